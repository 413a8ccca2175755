package ledger

import (
	"context"
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// The figures of these tests are the worked postings of the domain facts (§6.3):
// a bill of 100.00 net with 10 % VAT, 110.00.

// transfer moves money between tenders.
func (h *house) transfer(on, from, to, amount string) {
	h.t.Helper()
	h.must(func(ctx context.Context, tx db.Tx) error {
		p := h.posting(on)
		p.Account = 0
		p.Events = []Facts{{Event: EventTransfer, Sum: dh(amount), Roles: map[Role]string{RoleFrom: from, RoleTender: to}}}
		_, err := h.m.Post(ctx, tx, p)
		return err
	})
}

func (h *house) clear(on string, credit op.ID) {
	h.t.Helper()
	h.must(func(ctx context.Context, tx db.Tx) error {
		n, err := h.m.Clear(ctx, tx, Clearing{Account: h.account, Credit: credit, On: date(on)})
		if n == 0 {
			h.t.Error("nothing is cleared")
		}
		return err
	})
}

func (h *house) giveBack(on, tender string, credit op.ID, fee string) {
	h.t.Helper()
	h.must(func(ctx context.Context, tx db.Tx) error {
		_, err := h.m.Return(ctx, tx, Returning{Account: h.account, Credit: credit, Tender: tender, Fee: dh(fee), On: date(on), Document: "RET", Reason: "Provision insuffisante"})
		return err
	})
}

func (h *house) allocate(on string, debit, credit op.ID, amount string) (out Allocation) {
	h.t.Helper()
	h.must(func(ctx context.Context, tx db.Tx) (err error) {
		out, err = h.m.Allocate(ctx, tx, Allocating{Account: h.account, Debit: debit, Credit: credit, Amount: dh(amount), On: date(on), Reason: "Affectation"})
		return err
	})
	return out
}

func TestChequeOnReceipts(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-05", "100.00", "10.00")
	h.expect("billed", "3421 110.00", "44551 -10.00", "71211 -100.00")
	cheque := h.receipt("2026-01-10", "51111", "110.00", true, bill.ID)
	h.expect("cheque received: under reserve", "44551 -10.00", "51111 110.00", "71211 -100.00")
	h.transfer("2026-01-11", "51111", "51112", "110.00")
	h.expect("remitted", "44551 -10.00", "51112 110.00", "71211 -100.00")
	h.transfer("2026-01-13", "51112", "5141", "110.00")
	h.clear("2026-01-13", cheque.Item.ID)
	h.expect("cleared", "4455 -10.00", "5141 110.00", "71211 -100.00")
	h.giveBack("2026-01-20", "5141", cheque.Item.ID, "12.50")
	h.expect("returned after clearing, with the bank's fee", "3421 110.00", "44551 -10.00", "5141 -12.50", "6147 12.50", "71211 -100.00")
}

func TestChequeReturnedBeforeClearing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-05", "100.00", "10.00")
	cheque := h.receipt("2026-01-10", "51111", "110.00", true, bill.ID)
	h.transfer("2026-01-11", "51111", "51112", "110.00")
	h.giveBack("2026-01-15", "51112", cheque.Item.ID, "0.00")
	h.expect("returned before clearing", "3421 110.00", "44551 -10.00", "71211 -100.00")
	part := h.receipt("2026-01-16", "51613", "55.00", false, bill.ID)
	h.expect("half of it in cash", "3421 55.00", "4455 -5.00", "44551 -5.00", "51613 55.00", "71211 -100.00")
	if got := part.Allocations[0].DebitSplit.String(); got != "wp:5000 wv1000:500" {
		t.Errorf("the part payment moved %s", got)
	}
}

func TestCashWithStamp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-05", "100.00", "10.00")
	o := Opening{Posting: h.posting("2026-01-06"), Kind: ItemReceipt, Split: Received(dh("110.00")), Tender: "5161", Stamp: dh("0.28"), Pay: []Pay{{bill.ID, dh("110.00")}}}
	got := h.open(o)
	h.expect("cash with 0.25 % of stamp", "4455 -10.00", "44573 -0.28", "5161 110.28", "71211 -100.00")
	if len(got.Entries) != 1 || got.Entries[0].Total != dh("120.28") {
		t.Errorf("one entry of 110.28 + 10.00: %+v", got.Entries)
	}
}

func TestOnInvoices(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	do[struct{}](h, "org.entity.fiscal_set", op.Input{
		"id": h.entity.String(), "parameter": "vat_regime", "value": "debit", "valid_from": "2026-01-01", "reason": "Option",
	})
	h.approveAll()
	bill := h.bill("2026-01-05", "100.00", "10.00")
	h.expect("billed under débit", "3421 110.00", "4455 -10.00", "71211 -100.00")
	h.receipt("2026-01-06", "5141", "110.00", false, bill.ID)
	h.expect("paid", "4455 -10.00", "5141 110.00", "71211 -100.00")
}

func TestUnallocatedTransfer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-05", "272.73", "27.27")
	money := h.open(Opening{Posting: h.posting("2026-01-07"), Kind: ItemUnallocated, Split: Received(dh("500.00")), Tender: "5141"})
	h.expect("received", "3421 300.00", "44551 -27.27", "4497 -500.00", "5141 500.00", "71211 -272.73")
	h.allocate("2026-01-09", bill.ID, money.Item.ID, "300.00")
	h.expect("300 allocated", "4455 -27.27", "4497 -200.00", "5141 500.00", "71211 -272.73")
}

func TestAdvance(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	advance := h.open(Opening{Posting: h.posting("2026-01-03"), Kind: ItemAdvance, Split: Received(dh("200.00")), Tender: "5141"})
	h.expect("advance", "4421 -200.00", "5141 200.00")
	bill := h.bill("2026-01-05", "100.00", "10.00")
	h.allocate("2026-01-05", bill.ID, advance.Item.ID, "110.00")
	h.expect("used", "4421 -90.00", "4455 -10.00", "5141 200.00", "71211 -100.00")
}

// TestTaxedAdvance: the VAT of an advance is due when it is received, and not a
// second time when it pays a bill.
func TestTaxedAdvance(t *testing.T) {
	t.Parallel()
	for _, regime := range []string{"encaissement", "debit"} {
		h := newHouse(t, dbtest.SQLite)
		if regime == "debit" {
			do[struct{}](h, "org.entity.fiscal_set", op.Input{
				"id": h.entity.String(), "parameter": "vat_regime", "value": "debit", "valid_from": "2026-01-01", "reason": "Option",
			})
			h.approveAll()
		}
		advance := h.open(Opening{Posting: h.posting("2026-01-03"), Kind: ItemAdvance, Split: taxed("100.00", "10.00"), Tender: "5141"})
		h.expect(regime+": advance", "4421 -110.00", "4455 -10.00", "44551 10.00", "5141 110.00")
		bill := h.bill("2026-01-05", "100.00", "10.00")
		h.allocate("2026-01-06", bill.ID, advance.Item.ID, "110.00")
		h.expect(regime+": used", "4455 -10.00", "5141 110.00", "71211 -100.00")
	}
}

func TestCreditNote(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-05", "100.00", "10.00")
	note := h.open(Opening{Posting: h.posting("2026-01-08"), Kind: ItemCreditNote, Split: taxed("40.00", "4.00"), Service: Water, Pay: []Pay{{bill.ID, dh("44.00")}}})
	h.expect("a credit note on an unpaid bill moves no cashed VAT", "3421 66.00", "44551 -6.00", "71211 -60.00")
	if note.Item.Amount != -dh("44.00") {
		t.Errorf("the item is %s", note.Item.Amount)
	}
	h.receipt("2026-01-09", "5141", "66.00", false, bill.ID)
	h.expect("the rest is paid", "4455 -6.00", "5141 66.00", "71211 -60.00")
}

func TestOperatorAndDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-05", "100.00", "10.00")
	h.receipt("2026-01-06", "3488", "110.00", false, bill.ID)
	h.expect("a private operator has the money", "3488 110.00", "4455 -10.00", "71211 -100.00")
	h.transfer("2026-01-08", "3488", "5141", "110.00")
	post := func(on string, f Facts) {
		h.must(func(ctx context.Context, tx db.Tx) error {
			p := h.posting(on)
			p.Account, p.Section, p.Events = 0, "CC-12", []Facts{f}
			_, err := h.m.Post(ctx, tx, p)
			return err
		})
	}
	bank := map[Role]string{RoleTender: "5141"}
	post("2026-01-09", Facts{Event: EventCommission, Fee: dh("1.25"), FeeVAT: dh("0.13"), Roles: bank})
	h.expect("and its commission is paid", "34552 0.13", "4455 -10.00", "5141 108.62", "6136 1.25", "71211 -100.00")
	post("2026-01-10", Facts{Event: EventCashShort, Sum: dh("5.00"), Roles: map[Role]string{RoleTender: "5161"}})
	post("2026-01-10", Facts{Event: EventCashOver, Sum: dh("2.00"), Roles: map[Role]string{RoleTender: "5161"}})
	h.transfer("2026-01-11", "5141", "5115", "3.00")
	h.transfer("2026-01-12", "5115", "5161", "3.00")
	h.expect("differences of a desk", "34552 0.13", "4455 -10.00", "5141 105.62", "6136 1.25", "63861 5.00", "71211 -100.00", "73861 -2.00")
}

// TestAnotherUnitCollects: centre C2 cashes a bill of centre C1. Each book
// balances by the liaison account, and both say who did what.
func TestAnotherUnitCollects(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-05", "100.00", "10.00")
	p := h.posting("2026-01-06")
	p.Stamps.Collecting = h.units["C2"]
	got := h.open(Opening{Posting: p, Kind: ItemReceipt, Split: Received(dh("110.00")), Tender: "51613", Pay: []Pay{{bill.ID, dh("110.00")}}})
	if len(got.Entries) != 2 || got.Entries[0].Unit != h.units["C1"] || got.Entries[1].Unit != h.units["C2"] {
		t.Fatalf("entries %+v", got.Entries)
	}
	for unit, want := range map[string][2]money.Amount{"C1": {dh("110.00"), 0}, "C2": {-dh("110.00"), dh("110.00")}} {
		h.read(func(ctx context.Context, r db.Reader) error {
			rows, err := trialBalance(ctx, r, AsOf{}, false, func(w *db.Where, c string) { w.And(c+" = ?", h.units[unit]) })
			found := map[string]money.Amount{}
			for _, b := range rows {
				found[b.Account] = b.Balance
			}
			if found["1605"] != want[0] || found["51613"] != want[1] || unit == "C1" && (found["3421"] != 0 || found["4455"] != -dh("10.00")) {
				t.Errorf("%s: %v", unit, found)
			}
			return err
		})
	}
	h.expect("together", "4455 -10.00", "51613 110.00", "71211 -100.00")
}
