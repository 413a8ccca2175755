package collection_test

import (
	"fmt"
	"slices"
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// lots are the lots, latest first.
func lots(w *apptest.World) []collection.Lot {
	w.Helper()
	return apptest.Rows[collection.Lot](w, "collection.lot.list", nil)
}

// left is what an account owes.
func left(t *testing.T, w *apptest.World, account op.ID) (sum money.Amount) {
	t.Helper()
	due := apptest.Rows[collection.Due](w, "collection.due.list", op.Input{"receivable_account": account.String(), "credits": "true"})
	for _, d := range due {
		sum += d.Left
	}
	return sum
}

// TestLot: the account owes 55.00 of a bill of 110.00, and 5.00 of what paid the rest
// are not used. Two payments of 10.00 of one day are two; 40.00 more are 5.00 beyond what is owed.
func TestLot(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		account := w.At[apptest.Own].Account
		in := w.LotInput(apptest.Own, "10,00;17/02/2026;transfer;V-1", "10,00;17/02/2026;transfer;V-1", "40,00;18/02/2026;postal;P-2")
		in["surplus"] = "overpayment"
		w.Worked("collection.receipt.import", in)
		all := lots(w)
		if len(all) != 1 || all[0].Receipts != 3 || all[0].Amount != 60_00 || all[0].State != collection.LotTaken {
			t.Fatalf("%+v", all)
		}
		if got := left(t, w, account); got != 50_00 {
			t.Fatalf("owed before it is posted: %s", got)
		}
		w.Worked("collection.lot.post", op.Input{"id": all[0].Batch.String()})
		if got := left(t, w, account); got != -10_00 {
			t.Errorf("owed after: %s, want 10.00 due to the customer", got)
		}
		lot := lots(w)[0]
		if lot.State != collection.LotPosted || lot.Posted != 3 || lot.PostedAmount != 60_00 {
			t.Errorf("%+v", lot)
		}
		receipts := apptest.Rows[collection.Receipt](w, "collection.receipt.list", op.Input{"session": lot.Session.String()})
		var totals []string
		for _, r := range receipts {
			totals = append(totals, r.Number[len(r.Number)-4:]+" "+r.ReceivedOn.String()+" "+r.Total.String())
		}
		slices.Sort(totals)
		if want := []string{"0001 2026-02-17 10.00", "0002 2026-02-17 10.00", "0003 2026-02-18 40.00"}; !slices.Equal(totals, want) {
			t.Errorf("receipts %v, want %v", totals, want)
		}
		again := w.Must(admin(), "collection.receipt.import_check", in)
		if text := fmt.Sprintf("%+v", again.Out); text == "" {
			t.Error("no report")
		}
		w.Worked("collection.receipt.import", in)
		if got := lots(w); len(got) != 1 {
			t.Errorf("the same file again made a lot: %+v", got)
		}
		if _, err := w.Run(admin(), "collection.lot.post", op.Input{"id": lot.Batch.String()}); err != nil {
			t.Errorf("a posted lot is refused by its job, not before: %v", err)
		}
		verify(t, w)
	})
}

// TestLotOccurrences: a file that says once more what an earlier one said twice brings one
// receipt.
func TestLotOccurrences(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		const line = "10,00;17/02/2026;transfer;V-1"
		w.Worked("collection.receipt.import", w.LotInput(apptest.Own, line, line))
		w.Worked("collection.receipt.import", w.LotInput(apptest.Own, line, line, line))
		all := lots(w)
		if len(all) != 2 || all[0].Receipts != 1 || all[1].Receipts != 2 {
			t.Errorf("%+v", all)
		}
	})
}

// TestLotRejects: each wrong line is refused with its reason, and the others come in when
// that was chosen.
func TestLotRejects(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		number, other := w.AccountNumber(w.At[apptest.Own].Account), w.AccountNumber(w.At[apptest.Other].Account)
		text := "facture;compte;montant;date;mode;reference\n" +
			";" + number + ";10,00;17/02/2026;transfer;V-1\n" +
			";NULLE-PART;10,00;17/02/2026;transfer;V-2\n" +
			"F-0;;10,00;17/02/2026;transfer;V-3\n" +
			";;10,00;17/02/2026;transfer;V-4\n" +
			";" + other + ";10,00;17/02/2026;transfer;V-5\n" +
			";" + number + ";0,00;17/02/2026;transfer;V-6\n" +
			";" + number + ";-5,00;17/02/2026;transfer;V-7\n" +
			";" + number + ";10,00;17/02/2090;transfer;V-8\n" +
			";" + number + ";10,00;17/02/2026;cheque;V-9\n" +
			";" + number + ";10,00;17/02/2026;troc;V-10\n" +
			";" + number + ";10,00;17/02/2026;transfer;\n" +
			";" + number + ";45,01;17/02/2026;transfer;V-12\n"
		in := op.Input{"file": op.NewUpload("lot.csv", []byte(text)), "unit": w.At[apptest.Own].Unit.String(), "mode": "valid"}
		w.Worked("collection.receipt.import", in)
		if all := lots(w); len(all) != 1 || all[0].Receipts != 1 || all[0].Amount != 10_00 {
			t.Errorf("%+v", all)
		}
		verify(t, w)
	})
}

func verify(t *testing.T, w *apptest.World) {
	t.Helper()
	checks, err := w.App.Verify(w.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if len(c.Findings) > 0 {
			t.Errorf("%s: %+v", c.Name, c.Findings)
		}
	}
}

// TestLotReceiptCancelled: a receipt of a lot is taken back like one of a desk; the totals of
// the lot stay, and verify follows both.
func TestLotReceiptCancelled(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		w.Worked("collection.receipt.import", w.LotInput(apptest.Own, "10,00;17/02/2026;transfer;V-1", "20,00;17/02/2026;transfer;V-2"))
		w.Worked("collection.lot.post", op.Input{"id": lots(w)[0].Batch.String()})
		owed := left(t, w, w.At[apptest.Own].Account)
		receipts := apptest.Rows[collection.Receipt](w, "collection.receipt.list", op.Input{"session": lots(w)[0].Session.String()})
		w.Approved(w.Must(admin(), "collection.receipt.cancel", op.Input{"id": receipts[0].ID.String(), "reason": "Fichier erroné"}))
		if got := left(t, w, w.At[apptest.Own].Account) - owed; got != receipts[0].Total {
			t.Errorf("%s is owed again, want %s", got, receipts[0].Total)
		}
		verify(t, w)
	})
}
