package ledger

import (
	"context"
	"slices"
	"testing"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// books are the accounts of a unit that are not at zero, as text, in order.
func (h *house) books(unit op.ID) (out []string) {
	h.t.Helper()
	h.read(func(ctx context.Context, r db.Reader) error {
		rows, err := trialBalance(ctx, r, AsOf{}, true, nil)
		for _, b := range rows {
			if b.Balance != 0 && b.Unit == unit {
				out = append(out, b.Account+" "+b.Balance.String())
			}
		}
		return err
	})
	return out
}

// A bill of C1 is paid with money of C2, where the account has gone meanwhile. Each
// book balances through the liaison account, and the VAT is settled where it was
// billed; by hand: 55.00 of 110.00 moves half of 10.00.
func TestAllocateAcrossUnits(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			bill := h.bill("2026-01-05", "100.00", "10.00")
			moved := h.posting("2026-01-06")
			moved.Stamps.Managing = h.units["C2"]
			money := h.open(Opening{Posting: moved, Kind: ItemUnallocated, Split: Received(dh("60.00")), Tender: "5141"}).Item
			expect := func(when string, c1, c2 []string) {
				t.Helper()
				if got := h.books(h.units["C1"]); !slices.Equal(got, c1) {
					t.Errorf("%s, C1: %v, want %v", when, got, c1)
				}
				if got := h.books(h.units["C2"]); !slices.Equal(got, c2) {
					t.Errorf("%s, C2: %v, want %v", when, got, c2)
				}
			}
			before := [2][]string{{"3421 110.00", "44551 -10.00", "71211 -100.00"}, {"4497 -60.00", "5141 60.00"}}
			expect("before", before[0], before[1])
			var row Allocation
			h.must(func(ctx context.Context, tx db.Tx) (err error) {
				row, err = h.m.Allocate(ctx, tx, Allocating{Account: bill.Account, Debit: bill.ID, Credit: money.ID, Amount: dh("55.00"), On: date("2026-01-07")})
				return err
			})
			expect("allocated", []string{"1605 55.00", "3421 55.00", "4455 -5.00", "44551 -5.00", "71211 -100.00"}, []string{"1605 -55.00", "4497 -5.00", "5141 60.00"})
			h.sound()
			h.must(func(ctx context.Context, tx db.Tx) error {
				_, err := h.m.Reverse(ctx, tx, Reversing{Account: bill.Account, Allocation: row.ID, On: date("2026-01-07"), Reason: "Erreur"})
				return err
			})
			expect("taken back", before[0], before[1])
			h.sound()
			err := h.write(func(ctx context.Context, tx db.Tx) error {
				_, err := h.m.Open(ctx, tx, Opening{Posting: moved, Kind: ItemReceipt, Split: Received(dh("5.00")), Tender: "5141", Pay: []Pay{{bill.ID, dh("5.00")}}})
				return err
			})
			if !slices.Contains(codesOf(err), "ledger.allocate_units") {
				t.Errorf("a receipt stands in the book of what it pays: %v", err)
			}
		})
	}
}

// sound expects that verify finds nothing.
func (h *house) sound() {
	h.t.Helper()
	h.read(func(ctx context.Context, r db.Reader) error {
		rep, err := Check().Run(ctx, r)
		if len(rep.Findings) > 0 || rep.Count == 0 {
			h.t.Errorf("verify: %d rows, %v", rep.Count, rep.Findings)
		}
		return err
	})
}

// lettered asks for an account's lettrage.
func lettered(account op.ID, more ...op.ID) op.Input {
	var items []any
	for _, id := range more {
		items = append(items, id.String())
	}
	return op.Input{"receivable_account": account.String(), "items": items, "reason": "Lettrage demandé"}
}

// A person allocates two credits to two bills, the oldest due first, and undoes one.
func TestLettering(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.at("2026-03-02")
	young, old := h.bill("2026-02-05", "100.00", "10.00"), h.bill("2026-01-05", "50.00", "5.00")
	first := h.receipt("2026-02-10", "5141", "40.00", false).Item
	second := h.receipt("2026-02-11", "5141", "30.00", false).Item
	acc := old.Account
	h.refuse("ledger.allocation.make", lettered(acc, young.ID, old.ID), "ledger.sides")
	h.refuse("ledger.allocation.make", lettered(acc, young.ID, first.ID+1_000_000), "ledger.item_unknown")
	early := lettered(acc, young.ID, first.ID)
	early["effective_on"] = "2026-02-09"
	h.refuse("ledger.allocation.make", early, "ledger.allocate_before")
	late := lettered(acc, young.ID, first.ID)
	late["effective_on"] = "2026-03-03"
	h.refuse("ledger.allocation.make", late, "ledger.future")

	made := do[AllocationMade](h, "ledger.allocation.make", lettered(acc, second.ID, young.ID, first.ID, old.ID))
	// 40.00 and 15.00 pay the old bill of 55.00, 15.00 go to the young one: 95.00 are left.
	if made.Amount != dh("70.00") || made.Left != dh("95.00") || made.Unused != 0 || len(made.Allocations) != 3 {
		t.Fatalf("made: %+v", made)
	}
	// VAT by hand: 5.00 of the old bill; 15.00 × 10.00 / 110.00 = 1.36 of the young one.
	h.expect("lettered", "3421 95.00", "4455 -6.36", "44551 -8.64", "5141 70.00", "71211 -150.00")
	h.refuse("ledger.allocation.make", lettered(acc, old.ID, young.ID), "ledger.allocation_settled")

	list := rows[AllocationRow](h, "ledger.allocation.list", op.Input{"receivable_account": acc.String()})
	if len(list) != 3 || list[0].Debit != young.ID || list[0].Amount != dh("15.00") || list[0].CreditDocument != second.Document || list[0].ReversedBy != 0 {
		t.Fatalf("listed, the latest first: %+v", list)
	}
	undo := op.Input{"id": list[0].ID.String(), "receivable_account": acc.String(), "reason": "Mauvaise facture"}
	do[Allocation](h, "ledger.allocation.reverse", undo)
	h.expect("one undone", "3421 95.00", "4455 -5.00", "44551 -10.00", "5141 70.00", "71211 -150.00")
	h.refuse("ledger.allocation.reverse", undo, "ledger.reversed")
	card := do[ItemCard](h, "ledger.item.show", op.Input{"id": young.ID.String(), "receivable_account": acc.String()})
	if card.Left != dh("110.00") || len(card.Allocations) != 2 || card.Allocations[0].ReversedBy != card.Allocations[1].ID {
		t.Errorf("the young bill is whole again: %+v", card)
	}
	bounded := lettered(acc, second.ID, young.ID)
	bounded["amount"] = "10.00"
	if made := do[AllocationMade](h, "ledger.allocation.make", bounded); made.Amount != dh("10.00") || made.Left != dh("100.00") || made.Unused != dh("5.00") {
		t.Errorf("bounded: %+v", made)
	}
	h.sound()
}

// What a cheque under reserve pays by hand waits for its money like the rest of it,
// and what holds a returned receipt and its return together is not undone.
func TestLetteringUnderReserve(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.at("2026-03-02")
	one, two := h.bill("2026-01-05", "100.00", "10.00"), h.bill("2026-01-06", "100.00", "10.00")
	p := h.posting("2026-01-10")
	cheque := h.open(Opening{
		Posting: p, Kind: ItemReceipt, Split: Received(dh("165.00")), Tender: "51111", Reserved: true, Pay: []Pay{{one.ID, dh("110.00")}},
	}).Item
	do[AllocationMade](h, "ledger.allocation.make", lettered(one.Account, two.ID, cheque.ID))
	h.expect("under reserve", "3421 55.00", "44551 -20.00", "51111 165.00", "71211 -200.00")
	h.must(func(ctx context.Context, tx db.Tx) error {
		n, err := h.m.Clear(ctx, tx, Clearing{Account: one.Account, Credit: cheque.ID, On: date("2026-03-02")})
		if n != 2 {
			t.Errorf("%d allocations cleared, want 2", n)
		}
		return err
	})
	h.expect("cleared", "3421 55.00", "4455 -15.00", "44551 -5.00", "51111 165.00", "71211 -200.00")
	var back Opened
	h.must(func(ctx context.Context, tx db.Tx) (err error) {
		back, err = h.m.Return(ctx, tx, Returning{Account: one.Account, Credit: cheque.ID, Tender: "51111", On: date("2026-03-02"), Reason: "Retour"})
		return err
	})
	h.refuse("ledger.allocation.reverse", op.Input{
		"id": back.Allocations[0].ID.String(), "receivable_account": one.Account.String(), "reason": "Erreur",
	}, "ledger.reverse_return")
	h.sound()
}
