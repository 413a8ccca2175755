package collection_test

import (
	"testing"

	"wasl/internal/module/collection"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestBillOfSevenPayments is the bill of 110.01 of the ledger, paid at the desk: its
// figures are worked out in ledger/example_110_test.go. Here the cash also bears its duty of
// 0.25 %: 20.00 → 0.05; 10.00 → 0.025, so 0.03; 8.88 → 0.0222, so 0.02; 30.00 → 0.075, so
// 0.08: 0.18 together.
func TestBillOfSevenPayments(t *testing.T) {
	t.Parallel()
	onBoth(t, func(_ *testing.T, w *apptest.World) {
		h := newTill(w)
		bill := h.bill(h.account, "100.01", "10.00")
		step := func(what, due, waiting string) {
			h.Helper()
			now := h.books()
			if got := now["4455"] - h.before["4455"]; got != dh(due) {
				h.Errorf("%s: 4455 %s, want %s", what, got, due)
			}
			if got := now["44551"] - h.before["44551"]; got != dh(waiting) {
				h.Errorf("%s: 44551 %s, want %s", what, got, waiting)
			}
		}
		step("billed", "0.00", "-10.00")
		h.take("cash;20.00")
		step("1 cash", "-1.82", "-8.18")
		h.take("transfer;15.37;V-1")
		step("2 transfer", "-3.22", "-6.78")
		cheque := h.cheque(h.take("cheque;25.00;CH-1").ID)
		step("3 cheque", "-3.22", "-6.78")
		h.take("cash;10.00")
		step("4 cash", "-4.13", "-5.87")
		h.clear(h.remit(cheque))
		step("the cheque is cleared", "-6.40", "-3.60")
		h.take("cash;8.88")
		step("5 cash", "-7.20", "-2.80")
		h.giveBack(cheque, "0.00")
		step("the cheque comes back", "-4.93", "-5.07")
		h.take("cash;30.00")
		step("6 cash", "-7.66", "-2.34")
		h.take("transfer;5.76;V-2")
		step("7 transfer", "-8.18", "-1.82")
		h.open(ledger.Opening{
			Posting: ledger.Posting{Account: h.account, Document: "A-1"}, Kind: ledger.ItemCreditNote, Split: taxed(h, "18.18", "1.82"),
			Service: ledger.Electricity, Category: "DOM", LegalNature: "private", Pay: []ledger.Pay{{Item: bill.ID, Amount: dh("20.00")}},
		})
		step("8 credit note", "-8.18", "0.00")
		// Cash 68.88 with a duty of 0.18, bank 15.37 + 5.76 + 25.00 − 25.00, revenue 100.01 − 18.18.
		h.expect("at the end", "4455 -8.18", "44573 -0.18", "5141 21.13", "5161 69.06", "71211 -81.83")
		closed := do[collection.SessionSaved](w, "collection.session.close", op.Input{"id": h.session.ID.String(), "counted": "269.06"})
		if closed.Difference != 0 {
			h.Errorf("the drawer differs by %s", closed.Difference)
		}
		h.Sound()
	})
}

// TestWorkedPostings are those of the domain facts (§6.3), at the desk: a bill of 100.00 with
// 10 % of VAT.
func TestWorkedPostings(t *testing.T) {
	t.Parallel()
	onBoth(t, func(_ *testing.T, w *apptest.World) {
		h := newTill(w)
		h.bill(h.account, "100.00", "10.00")
		h.expect("billed", "3421 110.00", "44551 -10.00", "71211 -100.00")
		cheque := h.cheque(h.take("cheque;110.00;CH-1").ID)
		h.expect("cheque received: under reserve", "44551 -10.00", "51111 110.00", "71211 -100.00")
		deposit := h.remit(cheque)
		h.expect("remitted", "44551 -10.00", "51112 110.00", "71211 -100.00")
		h.clear(deposit)
		h.expect("cleared", "4455 -10.00", "5141 110.00", "71211 -100.00")
		h.giveBack(cheque, "12.50")
		h.expect("returned after clearing, with the bank's fee", "3421 110.00", "44551 -10.00", "5141 -12.50", "6147 12.50", "71211 -100.00")
		second := h.cheque(h.take("cheque;110.00;CH-2").ID)
		h.remit(second)
		h.giveBack(second, "0.00")
		h.expect("another one returned before clearing", "3421 110.00", "44551 -10.00", "5141 -12.50", "6147 12.50", "71211 -100.00")
		part := h.take("transfer;55.00;V-1")
		h.expect("half of it", "3421 55.00", "4455 -5.00", "44551 -5.00", "5141 42.50", "6147 12.50", "71211 -100.00")
		h.Approved(h.Must(admin(), "collection.receipt.cancel", op.Input{"id": part.ID.String(), "reason": "Erreur de compte"}))
		h.expect("taken back by two people", "3421 110.00", "44551 -10.00", "5141 -12.50", "6147 12.50", "71211 -100.00")
		h.Sound()
	})
}

// TestCashCancelled: the duty leaves with the cash, and the drawer must hold neither.
func TestCashCancelled(t *testing.T) {
	t.Parallel()
	onBoth(t, func(_ *testing.T, w *apptest.World) {
		h := newTill(w)
		h.bill(h.account, "100.00", "10.00")
		taken := h.take("cash")
		h.expect("paid in cash", "4455 -10.00", "44573 -0.28", "5161 110.28", "71211 -100.00")
		cancel := op.Input{"id": taken.ID.String(), "reason": "Erreur de compte"}
		h.Approved(h.Must(admin(), "collection.receipt.cancel", cancel))
		h.expect("cancelled", "3421 110.00", "44551 -10.00", "71211 -100.00")
		refused(w, "collection.receipt.cancel", cancel, "collection.cancelled")
		again := h.take("cash;10.00")
		closing := op.Input{"id": h.session.ID.String(), "counted": "205.00"}
		refused(w, "collection.session.close", closing, "collection.count_reason")
		closing["reason"] = "Erreur de rendu"
		// 200.00 at the beginning, 10.00 and its duty of 0.03: 5.03 is missing.
		if got := do[collection.SessionSaved](w, "collection.session.close", closing); got.Expected != dh("210.03") || got.Difference != dh("-5.03") {
			h.Errorf("counted %+v", got)
		}
		// VAT of 10.00 / 110.00 × 10.00 = 0.909…, so 0.91.
		h.expect("counted", "3421 100.00", "4455 -0.91", "44551 -9.09", "44573 -0.03", "5161 5.00", "63861 5.03", "71211 -100.00")
		refused(w, "collection.receipt.cancel", op.Input{"id": again.ID.String(), "reason": "Trop tard"}, "collection.cancel_counted")
		refused(w, "collection.receipt.take", op.Input{"accounts": h.account.String(), "tenders": "cash"}, "collection.session_none")
		h.Sound()
	})
}

// TestManyTendersManyAccounts: cash of 60.00 and a cheque of 50.00 pay two bills of 33.00 and
// 77.00 of two accounts: 33.00 and 27.00 in cash, 50.00 by cheque. Of the VAT of the second
// bill (7.00) the cash makes 27 / 77 due, 2.4545…, so 2.45.
func TestManyTendersManyAccounts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(_ *testing.T, w *apptest.World) {
		h := newTill(w)
		other := w.At[apptest.Own].Account // owes 55.00 of a bill of 110.00
		do[collection.Receipted](w, "collection.receipt.take", op.Input{"accounts": other.String(), "tenders": "transfer;;V-0"})
		h.before = h.books()
		h.bill(h.account, "30.00", "3.00")
		h.bill(other, "70.00", "7.00")
		owed := []any{h.account.String(), other.String()}
		refused(w, "collection.receipt.take", op.Input{"accounts": owed, "tenders": []any{"cash;60.00", "cheque;51.00;CH-1"}}, "collection.surplus")
		taken := do[collection.Receipted](w, "collection.receipt.take", op.Input{
			"accounts": owed, "tenders": []any{"cash;60.00", "cheque;;CH-1;BMCE;ALAMI"}, "given": "70.00",
		})
		if taken.Total != dh("110.00") || taken.Stamp != dh("0.15") || taken.Change != dh("9.85") {
			h.Errorf("taken %+v", taken)
		}
		card := do[collection.ReceiptCard](w, "collection.receipt.get", op.Input{"id": taken.ID.String()})
		var lines []string
		for _, l := range card.Lines {
			lines = append(lines, l.Account.String()+" "+l.Amount.String())
		}
		if len(card.Paid) != 3 || len(lines) != 3 {
			h.Errorf("lines %v, paid %v", lines, card.Paid)
		}
		h.expect("taken", "4455 -5.45", "44551 -4.55", "44573 -0.15", "51111 50.00", "5161 60.15", "71211 -100.00")
		cheque := h.cheque(taken.ID)
		h.clear(h.remit(cheque))
		h.expect("cleared", "4455 -10.00", "44573 -0.15", "5141 50.00", "5161 60.15", "71211 -100.00")
		h.giveBack(cheque, "0.00")
		h.expect("returned", "3421 50.00", "4455 -5.45", "44551 -4.55", "44573 -0.15", "5161 60.15", "71211 -100.00")
		h.Sound()
	})
}

// TestSurplus: 20.00 beyond a bill of 110.00 are kept as the cashier says; what nobody owes
// waits on an account of the unit.
func TestSurplus(t *testing.T) {
	t.Parallel()
	onBoth(t, func(_ *testing.T, w *apptest.World) {
		w.Watered() // an advance is held by the entity that holds the service of the contract
		h := newTill(w)
		bill := h.bill(h.account, "100.00", "10.00")
		in := op.Input{"accounts": h.account.String(), "tenders": "transfer;130.00;V-1", "surplus": "overpayment"}
		do[collection.Receipted](w, "collection.receipt.take", in)
		h.expect("overpaid", "3421 -20.00", "4455 -10.00", "5141 130.00", "71211 -100.00")
		refused(w, "collection.receipt.take", op.Input{
			"accounts": h.account.String(), "items": bill.ID.String(), "tenders": "transfer;1.00;V-2",
		}, "collection.item_unknown")
		do[collection.Receipted](w, "collection.receipt.take", op.Input{"accounts": h.account.String(), "tenders": "transfer;40.00;V-3", "surplus": "advance"})
		h.expect("paid in advance", "3421 -20.00", "4421 -40.00", "4455 -10.00", "5141 170.00", "71211 -100.00")
		for range 2 {
			do[collection.Receipted](w, "collection.receipt.take", op.Input{"tenders": "transfer;7.00;V-4", "unallocated": "true"})
		}
		h.expect("from nobody", "3421 -20.00", "4421 -40.00", "4455 -10.00", "4497 -14.00", "5141 184.00", "71211 -100.00")
		s := do[collection.Statement](w, "collection.statement.get", op.Input{"receivable_account": h.account.String()})
		// 110.00 billed; 110.00 and 20.00 received, then 40.00.
		if s.Debit != dh("110.00") || s.Credit != dh("170.00") || s.Closing != dh("-60.00") || len(s.Movements) != 4 {
			h.Errorf("statement %+v", s)
		}
		h.Sound()
	})
}
