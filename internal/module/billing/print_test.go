package billing_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/pdftext"
)

// paper prints a document through its operation and gives its pages.
func paper(w *apptest.World, b billing.Bill) []string {
	w.Helper()
	name, body := w.PDF(apptest.Console(apptest.Admin), "billing.bill.print", op.Input{"account": b.Account.String(), "id": b.ID.String()})
	if name != b.Number+".pdf" {
		w.Fatalf("the file is %s", name)
	}
	return pdftext.Pages(w, body)
}

// TestPrintedByHand prints the bill of TestABillByHand: 6 m³ at 2.30 and 4 at 7.40, 43.40
// without taxes, 3.47 of VAT, 46.87 in all, and what the account owes without it.
func TestPrintedByHand(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		_, bill := w.Issued(apptest.Own, apptest.BillMonth)
		pages := paper(w, bill)
		if len(pages) != 1 {
			t.Fatalf("%d pages", len(pages))
		}
		said := "\n" + pages[0] + "\n"
		for _, want := range []string{
			bill.Number, bill.Contract, "13,80", "29,60", "43,40", "3,47", "46,87\u00a0DH", "10\u00a0m³", "tranche 1\u00a0: jusqu’à 6\u00a0m³",
			"tranche 2\u00a0: au-delà de 6\u00a0m³", "Quarante-six dirhams et quatre-vingt-sept centimes", bill.Number + "/46.87",
		} {
			if !strings.Contains(said, "\n"+want+"\n") {
				t.Errorf("the paper does not say %q", want)
			}
		}
		if t.Failed() {
			t.Log(said)
		}
		again := paper(w, bill)
		if again[0] != pages[0] {
			t.Error("printed again it differs")
		}
	})
}

// printFile makes the print file of a run and reads it: the parts by name, and the list.
func printFile(w *apptest.World, run op.ID) (parts map[string][]string, list [][]string, p billing.Print) {
	w.Helper()
	w.Worked(billing.PrintJob, op.Input{"id": run.String()})
	admin := apptest.Console(apptest.Admin)
	p = apptest.Rows[billing.Print](w, "billing.print.list", op.Input{"run": run.String()})[0]
	d, _ := w.Must(admin, "billing.print.download", op.Input{"id": p.ID.String()}).Out.(op.Document)
	content, err := d.Open(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	body, err := io.ReadAll(content)
	if err != nil {
		w.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		w.Fatal(err)
	}
	parts = map[string][]string{}
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			w.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			w.Fatal(err)
		}
		if f.Name == "bordereau.csv" {
			if list, err = csv.NewReader(bytes.NewReader(content)).ReadAll(); err != nil {
				w.Fatal(err)
			}
			continue
		}
		parts[f.Name] = pdftext.Pages(w, content)
	}
	return parts, list, p
}

// TestPrintFile prints a town of 1,050 contracts outside all walks, the i-th of i cubic
// metres: two files in the order of the accounts, each bill on its page, and sums that a
// second calculation gives: 6 m³ at 2.30, the rest at 7.40, 8 % of VAT on each bill.
func TestPrintFile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		const bills = 1050
		town(w, bills)
		run := prepared(w, "1000")
		admin := apptest.Console(apptest.Admin)
		w.Approved(w.Must(admin, "billing.run.approve", op.Input{"id": run.String(), "sha256": w.RunCard(run).SHA256}))
		if _, err := w.Run(admin, "billing.bill.print", op.Input{"account": "1", "id": "1"}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a bill that is not there: %v", err)
		}
		w.Worked("billing.run.issue", op.Input{"id": run.String()})
		parts, list, p := printFile(w, run)
		if len(parts) != 2 || len(parts["0001-0.pdf"]) != 1000 || len(parts["0002-0.pdf"]) != bills-1000 || p.Duplicate {
			t.Fatalf("%d parts: %+v", len(parts), p)
		}
		sum, at := int64(0), 0
		for _, name := range []string{"0001-0.pdf", "0002-0.pdf"} {
			for _, page := range parts[name] {
				net := int64(min(at, 6)*230 + max(at-6, 0)*740)
				total := net + (net*8+50)/100
				sum += total
				want := fmt.Sprintf("N%05d", at)
				if lines := "\n" + page + "\n"; !strings.Contains(lines, "\n"+want+"\n") || !strings.Contains(lines, "\n"+money.Amount(total).French()+"\u00a0DH\n") {
					t.Fatalf("page %d does not say %s and %d", at, want, total)
				}
				at++
			}
		}
		last := list[len(list)-1]
		if len(list) != 4 || last[2] != "1050" || last[3] != "1050" || last[4] != money.Amount(sum).String() || int64(p.Total) != sum || p.Pages != bills {
			t.Errorf("the list says %v, want %s", last, money.Amount(sum))
		}
		again, _, p := printFile(w, run)
		if !p.Duplicate || !strings.Contains(again["0002-0.pdf"][0], "DUPLICATA") {
			t.Errorf("printed again it is no duplicate: %+v", p)
		}
	})
}

// TestPrintByWalk prints the bills of a walk in its order.
func TestPrintByWalk(t *testing.T) {
	t.Parallel()
	w := kit.Open(t, dbtest.SQLite, apptest.Options{})
	run, bill := w.Issued(apptest.Own, apptest.BillMonth)
	parts, list, _ := printFile(w, run)
	if len(list) < 3 || len(parts) != len(list)-2 {
		t.Fatalf("%v", list)
	}
	found := false
	for name, pages := range parts {
		for _, page := range pages {
			if strings.Contains(page, bill.Number) {
				found = name != "0001-0.pdf" && strings.Contains(page, "rang 1")
			}
		}
	}
	if !found {
		t.Errorf("the bill is not in the file of its walk: %v", list)
	}
}
