package billing_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/billing"
	"wasl/internal/module/collection"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) {
	if told := os.Getenv(childEnv); told != "" {
		os.Exit(child(told))
	}
	os.Exit(apptest.Main(m, &kit))
}

func onBoth(t *testing.T, fn func(t *testing.T, w *apptest.World)) {
	t.Helper()
	kit.OnBoth(t, fn)
}

// town gives the place Sibling many contracts with a consumption each: n of them, the
// i-th of i cubic metres, the month of November 2025.
func town(w *apptest.World, n int) {
	w.Helper()
	var customers, spent strings.Builder
	customers.WriteString("customer_code,name,contract_code,service,service_point_code,tariff,category,vat_use,starts_on\n")
	spent.WriteString("contract,from,to,quantity\n")
	for i := range n {
		fmt.Fprintf(&customers, "N%05d,Client %d,N%05d,water,N%05d,%s,DOM,domestic,2024-01-01\n", i, i, i, i, apptest.TariffCode)
		fmt.Fprintf(&spent, "N%05d,2025-11-01,2025-11-30,%d\n", i, i)
	}
	unit := w.Units["C21"].String()
	w.Worked("customer.import", op.Input{"file": op.NewUpload("c.csv", []byte(customers.String())), "unit": unit})
	w.Worked("metering.import", op.Input{"file": op.NewUpload("m.csv", []byte(spent.String())), "unit": unit, "service": "water"})
}

// prepared makes a run of the town with parts of some size.
func prepared(w *apptest.World, size string) op.ID {
	w.Helper()
	w.Watered()
	res := w.Must(apptest.Console(apptest.Admin), "billing.run.prepare", op.Input{
		"unit": w.Units["C21"].String(), "from_month": apptest.BillMonth, "chunk_size": size, "allow_missing": true,
	})
	saved, ok := res.Out.(billing.RunSaved)
	if !ok {
		w.Fatalf("%T", res.Out)
	}
	w.Worked("billing.run.compute", op.Input{"id": saved.ID.String()})
	return saved.ID
}

// TestTheHashKnowsNothingOfPartsWorkersAndEngines computes the same town on both engines in
// parts of several sizes, priced by one processor and by two: one hash. The last drafts are
// issued, in one part by one lane or in two beside each other: the same bills.
func TestTheHashKnowsNothingOfPartsWorkersAndEngines(t *testing.T) {
	t.Parallel()
	const bills = 1050
	var mu sync.Mutex
	seen, out := map[string][]string{}, map[string][]string{}
	t.Run("engines", func(t *testing.T) {
		for _, engine := range dbtest.Engines() {
			for workers, sizes := range map[int][]string{1: {"997", "10000"}, 2: {"1", "10000", "997"}} {
				t.Run(fmt.Sprintf("%s/%d", engine, workers), func(t *testing.T) {
					t.Parallel()
					w := kit.Open(t, engine, apptest.Options{Processors: workers})
					town(w, bills)
					var run op.ID
					for _, size := range sizes {
						run = prepared(w, size)
						card := w.RunCard(run)
						parts := map[string]int64{"1": bills, "997": 2, "10000": 1}[size]
						if card.Bills != bills || card.Chunks != parts {
							t.Errorf("%d bills in %d parts, want %d in %d", card.Bills, card.Chunks, bills, parts)
						}
						mu.Lock()
						seen[card.SHA256] = append(seen[card.SHA256], fmt.Sprintf("%s %s %d", engine, size, workers))
						mu.Unlock()
					}
					accept(w, run)
					w.Worked("billing.run.issue", op.Input{"id": run.String()})
					hash, n := billsHash(w, run)
					if n != bills {
						t.Errorf("%d bills, want %d", n, bills)
					}
					mu.Lock()
					defer mu.Unlock()
					out[hash] = append(out[hash], fmt.Sprintf("%s %d", engine, workers))
				})
			}
		}
	})
	if len(seen) != 1 || len(out) != 1 {
		t.Errorf("several hashes: %v, or bills: %v", seen, out)
	}
}

// TestABillByHand follows one bill to the centime. In November the household used 10 m³:
// 6 at 2.30 and 4 at 7.40 are 13.80 and 29.60, 43.40 without taxes; VAT of 8 % is 3.472,
// printed 3.47; 46.87 in all.
func TestABillByHand(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		run, bill := w.Issued(apptest.Own, apptest.BillMonth)
		if bill.Quantity != 10_000 || bill.Net != 43_40 || bill.Tax != 3_47 || bill.Total != 46_87 {
			t.Fatalf("%+v", bill)
		}
		card, ok := w.Must(apptest.Console(apptest.Admin), "billing.bill.show", op.Input{"account": bill.Account.String(), "id": bill.ID.String()}).Out.(billing.BillCard)
		if !ok || len(card.Lines) != 2 || card.Lines[0].Amount != 13_80 || card.Lines[1].Amount != 29_60 || card.Lines[1].Code != "WATER-2" {
			t.Errorf("lines %+v", card.Lines)
		}
		if len(card.Taxes) != 1 || card.Taxes[0].Base != 43_40 || card.Taxes[0].Amount != 3_47 || card.Taxes[0].Rate != 800 {
			t.Errorf("taxes %+v", card.Taxes)
		}
		if len(card.Versions) != 1 || card.Versions[0].ID != w.Versions[apptest.TariffName] {
			t.Errorf("versions %+v", card.Versions)
		}
		item := standing(w, bill)
		if item.Amount != 46_87 || item.Left != 46_87 || item.Split.Of(ledger.VAT) != 3_47 || item.Split.Of(ledger.Principal) != 43_40 {
			t.Errorf("item %+v", item)
		}
		told, ok := w.Must(apptest.Console(apptest.Admin), "billing.explain", op.Input{"number": bill.Number}).Out.(billing.Explained)
		if !ok || told.Total != 46_87 || !strings.Contains(strings.Join(told.Sentences, " "), "46,87") {
			t.Errorf("explained: %+v", told.Sentences)
		}
		cancelled(t, w, run, bill)
	})
}

// cancelled takes the bill back: the credit note settles it, another one is refused, and
// the consumption is due again.
func cancelled(t *testing.T, w *apptest.World, run op.ID, bill billing.Bill) {
	t.Helper()
	in := op.Input{"account": bill.Account.String(), "id": bill.ID.String(), "reason": "Erreur"}
	w.Approved(w.Must(apptest.Console(apptest.Admin), "billing.bill.cancel", in))
	if item := standing(w, bill); item.Left != 0 {
		t.Errorf("%v is left of a cancelled bill", item.Left)
	}
	if _, err := w.Run(apptest.Console(apptest.Admin), "billing.bill.cancel", in); fault.CodeOf(err) != "billing.cancelled_before" {
		t.Errorf("cancelled twice: %v", err)
	}
	again, second := w.Issued(apptest.Own, apptest.BillMonth)
	if second.Total != bill.Total || second.ID == bill.ID || second.Number == bill.Number || again == run {
		t.Errorf("billed again as %+v", second)
	}
	w.Sound()
}

// standing is the open item of a bill.
func standing(w *apptest.World, bill billing.Bill) (out ledger.Position) {
	w.Helper()
	err := w.App.DB.Read(w.Context(), func(ctx context.Context, r db.Reader) (err error) {
		out, err = w.App.Ledger.Position(ctx, r, bill.Account, bill.ID)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// jobError is the code of the error that stopped a job.
func jobError(w *apptest.World, id op.ID) string {
	w.Helper()
	j, ok := w.Must(apptest.Console(apptest.Admin), "job.show", op.Input{"id": id.String()}).Out.(job.Job)
	if !ok {
		w.Fatal("no job")
	}
	return j.ErrorCode
}

// TestWhatBlocksAndWhatDoesNot looks at the month whose consumption waits for a decision.
func TestWhatBlocksAndWhatDoesNot(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		run := w.Drafted(apptest.Own, apptest.BlockedMonth)
		e := w.Exception(run, w.At[apptest.Own].Unit)
		if e.Rule != billing.RuleUndecided || e.Severity != billing.Blocking {
			t.Fatalf("%+v", e)
		}
		admin := apptest.Console(apptest.Admin)
		_, err := w.Run(admin, "billing.run.approve", op.Input{"id": run.String(), "sha256": w.RunCard(run).SHA256})
		if fault.CodeOf(err) != "billing.blocking" {
			t.Errorf("approved with what blocks: %v", err)
		}
		decide := op.Input{"account": e.Account.String(), "id": e.ID.String(), "version": "1", "state": "accepted", "reason": "Vu ainsi"}
		if _, err := w.Run(admin, "billing.exception.decide", decide); fault.CodeOf(err) != "billing.not_acceptable" {
			t.Errorf("accepted: %v", err)
		}
		_, err = w.Run(admin, "billing.run.approve", op.Input{"id": run.String(), "sha256": strings.Repeat("0", 64)})
		if fault.CodeOf(err) != "billing.hash_changed" {
			t.Errorf("approved another hash: %v", err)
		}
		_, err = w.Run(admin, "billing.run.prepare", op.Input{"unit": w.At[apptest.Own].Unit.String(), "from_month": "2031-01-01"})
		if fault.CodeOf(err) != "billing.run_refused" || len(fault.As(err).Fields) != 2 {
			t.Errorf("a month without anything: %v", err)
		}
	})
}

// TestPages opens the pages of a run, its exceptions and a bill.
func TestPages(t *testing.T) {
	t.Parallel()
	w := kit.Open(t, dbtest.SQLite, apptest.Options{})
	run, bill := w.Issued(apptest.Own, apptest.BillMonth)
	waiting := w.Drafted(apptest.Own, apptest.BlockedMonth)
	session := w.Session(apptest.Admin)
	for path, want := range map[string][]string{
		"/billing/runs":                     {w.RunCard(run).Code, "émise", "à approuver"},
		"/billing/runs/" + run.String():     {"WATER", "27,60", w.RunCard(run).SHA256}, // two units of 6 m³ at 2.30
		"/billing/runs/" + waiting.String(): {"anomalie de relève à décider", "/billing/exceptions?"},
		"/billing/exceptions":               {"bloquante"},
		"/billing/bills":                    {bill.Number},
		"/billing/bills/" + bill.Account.String() + "/" + bill.ID.String(): {"WATER-2", "29,60", "46,87", "8", "<svg"},
	} {
		got := w.Get(path, session)
		if got.Status != 200 {
			t.Fatalf("%s: status %d", path, got.Status)
		}
		for _, text := range want {
			if !strings.Contains(got.Body, text) {
				t.Errorf("%s does not show %q", path, text)
			}
		}
	}
}

// TestTwoRunsOfTheSame approves two runs of one month: the second is refused before it
// takes a number, and has nothing left when it is computed again.
func TestTwoRunsOfTheSame(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		first, second := w.Accepted(apptest.Own, apptest.BillMonth), w.Accepted(apptest.Own, apptest.BillMonth)
		w.Worked("billing.run.issue", op.Input{"id": first.String()})
		res := w.Must(apptest.Console(apptest.Admin), "billing.run.issue", op.Input{"id": second.String()})
		queued, ok := res.Out.(op.QueuedJob)
		if !ok {
			t.Fatalf("%T", res.Out)
		}
		_ = w.App.Queue.RunJob(t.Context(), queued.Job)
		if card := w.RunCard(second); card.State != billing.Approved {
			t.Errorf("the second run is %s", card.State)
		}
		w.Worked("billing.run.compute", op.Input{"id": second.String()})
		if card := w.RunCard(second); card.State != billing.Computed || card.Bills != 0 || card.Due != 0 {
			t.Errorf("computed again: %+v", card.Run)
		}
		w.Sound()
	})
}

// TestPaymentsOfABill: a bill of 46.87, of which 20.00 were paid in cash, says so on its page:
// the receipt, how it was paid, and 26.87 that are left. What was paid is listed by itself.
func TestPaymentsOfABill(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		_, bill := w.Issued(apptest.Own, apptest.BillMonth)
		w.DeskOf(apptest.Actor, apptest.Own)
		res := w.Must(apptest.Console(apptest.Actor), "collection.receipt.take", op.Input{
			"accounts": bill.Account.String(), "items": bill.ID.String(), "tenders": "cash;20.00", "given": "50.00",
		})
		taken, ok := res.Out.(collection.Receipted)
		if !ok {
			t.Fatalf("%T", res.Out)
		}
		paid := apptest.Rows[collection.Payment](w, "collection.payment.list", op.Input{"receivable_account": bill.Account.String(), "item": bill.ID.String()})
		if len(paid) != 1 || paid[0].Amount != 20_00 || paid[0].Document != taken.Number || paid[0].Tender != "Espèces" || paid[0].Bill != bill.Number {
			t.Fatalf("%+v, receipt %s", paid, taken.Number)
		}
		got := w.Get("/billing/bills/"+bill.Account.String()+"/"+bill.ID.String(), w.Session(apptest.Admin))
		for _, text := range []string{taken.Number, "/collection/receipts/" + paid[0].Receipt.String(), "Espèces", "20,00", "26,87"} {
			if got.Status != 200 || !strings.Contains(got.Body, text) {
				t.Errorf("status %d, the page does not show %q", got.Status, text)
			}
		}
	})
}
