package collection_test

import (
	"context"
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// waiting lists the money that waits.
func (t *till) waiting() []collection.Waiting {
	t.Helper()
	return apptest.Rows[collection.Waiting](t.World, "collection.waiting.list", nil)
}

// assign moves money that waits to the account of the till, by two people, and gives the
// move.
func (t *till) assign(from collection.Waiting, pairs ...any) (out collection.Move) {
	t.Helper()
	t.Approved(t.Must(admin(), "collection.waiting.assign", t.assigning(from, pairs...)))
	all := apptest.Rows[collection.Move](t.World, "collection.move.list", op.Input{"receipt": from.Receipt.String()})
	if len(all) == 0 {
		t.Fatal("no move")
	}
	for _, each := range all {
		if each.ID > out.ID {
			out = each
		}
	}
	return out
}

func (t *till) assigning(from collection.Waiting, pairs ...any) op.Input {
	in := op.Input{
		"from_account": from.Account.String(), "item": from.Item.String(), "receivable_account": t.account.String(), "reason": "Virement reconnu",
	}
	for i := 0; i < len(pairs); i += 2 {
		in[pairs[i].(string)] = pairs[i+1]
	}
	return in
}

func (t *till) undo(m collection.Move) {
	t.Helper()
	t.Approved(t.Must(admin(), "collection.move.undo", op.Input{"id": m.ID.String(), "reason": "Erreur de client"}))
}

// left is what waits of the only money that does.
func (t *till) left(want money.Amount) {
	t.Helper()
	all := t.waiting()
	if want == 0 && len(all) == 0 {
		return
	}
	if len(all) != 1 || all[0].Left != want {
		t.Errorf("waiting: %+v, want %s", all, want)
	}
}

// TestMoneyThatWaits: a transfer of 300.00 from nobody knows whom. 80.00 of it turn out to
// be for a bill of 110.00 (VAT 80 / 110 × 10.00 = 7.2727…, so 7.27), then the rest is the
// same customer's: 30.00 for the bill, 190.00 beyond. Each move is undone, and the receipt
// is cancelled only when nothing of it is elsewhere.
func TestMoneyThatWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		bill := h.bill(h.account, "100.00", "10.00")
		taken := do[collection.Receipted](w, "collection.receipt.take", op.Input{"unallocated": "true", "tenders": "transfer;300.00;V-1", "payer": "X"})
		h.expect("received", "3421 110.00", "44551 -10.00", "4497 -300.00", "5141 300.00", "71211 -100.00")
		all := h.waiting()
		if len(all) != 1 || all[0].Left != dh("300.00") || all[0].Reference != "V-1" || all[0].Receipt != taken.ID || all[0].Age != 0 {
			t.Fatalf("waiting: %+v", all)
		}
		from := all[0]
		refused(w, "collection.waiting.assign", h.assigning(from), "collection.surplus")
		refused(w, "collection.waiting.assign", h.assigning(from, "amount", "300.01"), "collection.waiting_left")
		refused(w, "collection.waiting.assign", h.assigning(from, "receivable_account", from.Account.String()), "collection.waiting_same")
		refused(w, "collection.waiting.assign", h.assigning(from, "item", bill.ID.String(), "from_account", h.account.String(), "receivable_account",
			from.Account.String()), "collection.waiting_none")
		refused(w, "collection.waiting.assign", h.assigning(from, "amount", "10.00", "items", from.Item.String()), "collection.item_unknown")

		first := h.assign(from, "amount", "80.00", "items", bill.ID.String())
		h.expect("a part", "3421 30.00", "4455 -7.27", "44551 -2.73", "4497 -220.00", "5141 300.00", "71211 -100.00")
		h.left(dh("220.00"))
		second := h.assign(from, "surplus", "overpayment")
		h.expect("the rest", "3421 -190.00", "4455 -10.00", "5141 300.00", "71211 -100.00")
		h.left(0)
		h.Sound()

		h.undo(first)
		h.expect("the part undone", "3421 -110.00", "4455 -2.73", "44551 -7.27", "4497 -80.00", "5141 300.00", "71211 -100.00")
		h.left(dh("80.00"))
		refused(w, "collection.move.undo", op.Input{"id": first.ID.String(), "reason": "Encore"}, "collection.move_undone")
		cancel := op.Input{"id": taken.ID.String(), "reason": "Erreur de compte"}
		refused(w, "collection.receipt.cancel", cancel, "collection.moved")
		h.undo(second)
		h.expect("both undone", "3421 110.00", "44551 -10.00", "4497 -300.00", "5141 300.00", "71211 -100.00")
		h.left(dh("300.00"))
		h.Sound()
		h.Approved(h.Must(admin(), "collection.receipt.cancel", cancel))
		h.expect("cancelled", "3421 110.00", "44551 -10.00", "71211 -100.00")
		h.left(0)
		h.Sound()
	})
}

// TestChequeThatWaits: money of a cheque moves only once it is there, and a cheque whose
// money was moved comes back only when the move is undone. The VAT of the bill counts at
// once, for the money is there.
func TestChequeThatWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		h.bill(h.account, "100.00", "10.00")
		taken := do[collection.Receipted](w, "collection.receipt.take", op.Input{"unallocated": "true", "tenders": "cheque;110.00;CH-1"})
		from := h.waiting()[0]
		if !from.Reserved {
			t.Error("the cheque in hand is not told")
		}
		refused(w, "collection.waiting.assign", h.assigning(from), "collection.waiting_reserved")
		cheque := h.cheque(taken.ID)
		h.clear(h.remit(cheque))
		move := h.assign(h.waiting()[0])
		h.expect("moved", "4455 -10.00", "5141 110.00", "71211 -100.00")
		back := op.Input{"id": cheque.String(), "returned_on": h.today(), "fee": "0.00", "reason": "Provision insuffisante"}
		refused(w, "collection.cheque.return", back, "collection.moved")
		h.undo(move)
		do[collection.ChequesSaved](w, "collection.cheque.return", back)
		h.expect("back unpaid", "3421 110.00", "44551 -10.00", "71211 -100.00")
		h.left(0)
		h.Sound()
	})
}

// TestMovedToAnotherUnit: each book balances through the liaison account.
func TestMovedToAnotherUnit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		do[collection.Receipted](w, "collection.receipt.take", op.Input{"unallocated": "true", "tenders": "transfer;5.00;V-1"})
		h.account = w.At[apptest.Child].Account
		before := h.owed()
		move := h.assign(h.waiting()[0])
		if got := before - h.owed(); got != dh("5.00") {
			t.Errorf("%s paid, want 5.00", got)
		}
		h.Sound()
		h.undo(move)
		if h.owed() != before {
			t.Errorf("%s owed after the undoing, want %s", h.owed(), before)
		}
		h.left(dh("5.00"))
		h.Sound()
	})
}

// owed is what the account of the till comes to.
func (t *till) owed() (sum money.Amount) {
	t.Helper()
	err := t.App.Runner.Within(t.Context(), func(ctx context.Context, x *op.Exec) error {
		all, err := t.App.Ledger.Positions(ctx, x.Tx, t.account)
		for _, p := range all {
			sum += p.Left
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
