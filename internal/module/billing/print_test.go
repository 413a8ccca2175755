package billing_test

import (
	"io"
	"strings"
	"testing"

	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/pdftext"
)

// paper prints a document through its operation and gives its pages.
func paper(w *apptest.World, b billing.Bill) []string {
	w.Helper()
	d, ok := w.Must(apptest.Console(apptest.Admin), "billing.bill.print", op.Input{"account": b.Account.String(), "id": b.ID.String()}).Out.(op.Document)
	if !ok || d.MediaType != "application/pdf" || d.Name != b.Number+".pdf" {
		w.Fatalf("%+v", d)
	}
	content, err := d.Open(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	body, err := io.ReadAll(content)
	if err != nil || int64(len(body)) != d.Size {
		w.Fatalf("%d bytes, want %d: %v", len(body), d.Size, err)
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
