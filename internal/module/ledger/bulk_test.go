package ledger

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// mirror is two units with the same customers: what happens to one happens to the
// other, in C1 receipt by receipt and in C2 in bulk.
type mirror struct {
	*house
	accounts [2][]op.ID
}

// mirrored is the place of an account of C2 beside the one of C1.
const mirrored = 100_000

// drawn is one receipt of a draw.
type drawn struct {
	Account, Amount, Back int
	Tender                string
	Kind                  ItemKind
	Reserved, Unpaid      bool
}

// drawnBill is a bill of a draw.
type drawnBill struct {
	Account int
	Net     int64
	Rate    money.Rate
}

// drawnRound is some bills, then some receipts.
type drawnRound struct {
	Bills    []drawnBill
	Receipts []drawn
}

// mirroredAccounts is how many accounts each side has.
const mirroredAccounts = 3

func anyRounds() *rapid.Generator[[]drawnRound] {
	account := rapid.IntRange(0, mirroredAccounts-1)
	bill := rapid.Custom(func(t *rapid.T) drawnBill {
		return drawnBill{
			account.Draw(t, "account"), rapid.OneOf(rapid.Int64Range(1, 30), rapid.Int64Range(1, 30_000)).Draw(t, "net"),
			rapid.SampledFrom([]money.Rate{700, 1000, 2000}).Draw(t, "rate"),
		}
	})
	receipt := rapid.Custom(func(t *rapid.T) drawn {
		return drawn{
			Account: account.Draw(t, "account"), Amount: rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(1, 9_000)).Draw(t, "amount"),
			Back: rapid.IntRange(0, 1).Draw(t, "back"), Tender: rapid.SampledFrom([]string{"51613", "5141"}).Draw(t, "tender"),
			Kind:     rapid.SampledFrom([]ItemKind{ItemReceipt, ItemReceipt, ItemReceipt, ItemOverpayment, ItemAdvance, ItemUnallocated}).Draw(t, "kind"),
			Reserved: rapid.IntRange(0, 5).Draw(t, "reserved") == 0, Unpaid: rapid.IntRange(0, 5).Draw(t, "unpaid") == 0,
		}
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawnRound {
		return drawnRound{rapid.SliceOfN(bill, 0, 8).Draw(t, "bills"), rapid.SliceOfN(receipt, 1, 25).Draw(t, "receipts")}
	}), 1, 3)
}

// opening makes the opening of a receipt on a side; owed is what its account owes.
func (m *mirror) opening(side int, r drawn, on day.Date, owed []Position) Opening {
	amount := money.Amount(r.Amount)
	o := Opening{
		Posting: Posting{
			Account: m.accounts[side][r.Account], On: on.AddDays(-r.Back), Document: "R", Label: "Lot", Batch: op.ID(50 + side), Actor: 1,
			Stamps: Stamps{Managing: m.units[[]string{"C1", "C2"}[side]], Collecting: m.units["AG1"], Entity: m.entity},
		},
		Kind: r.Kind, Split: Received(amount), Service: Other, Category: "domestic", LegalNature: "private", Tender: r.Tender, Reserved: r.Reserved,
	}
	if r.Tender == "51613" && r.Kind == ItemReceipt {
		o.Stamp = amount / 400
	}
	due := slices.DeleteFunc(owed, func(p Position) bool { return p.EffectiveOn.After(o.On) })
	if !r.Unpaid {
		o.Pay, _ = Share(due, amount)
	}
	return o
}

// bill opens the same bill on both sides, two days before on.
func (m *mirror) bill(b drawnBill, on day.Date) {
	net := money.Amount(b.Net)
	vat, _ := net.TimesRate(b.Rate)
	split, _ := NewSplit(Part{Water, Principal, 0, net}, Part{Water, VAT, b.Rate, vat}, Part{Electricity, TPPAN, 0, net / 9}, Part{Sanitation, Principal, 0, net / 3})
	for side := range m.accounts {
		o := Opening{
			Posting: Posting{
				Account: m.accounts[side][b.Account], On: on.AddDays(-2), Document: "F",
				Stamps: Stamps{Managing: m.units[[]string{"C1", "C2"}[side]], Entity: m.entity},
			},
			Kind: ItemBill, Split: split, Service: Water, Category: "domestic", LegalNature: "private", DueOn: on.AddDays(b.Account),
		}
		m.open(o)
	}
}

// state is what a side comes to, in words that do not name it: the balance of every
// account of the chart, and each item with what is left and what was moved.
func (m *mirror) state(side int) (out []string) {
	unit := m.units[[]string{"C1", "C2"}[side]]
	m.read(func(ctx context.Context, r db.Reader) error {
		rows, err := trialBalance(ctx, r, AsOf{}, true, func(w *db.Where, column string) { w.And(column+" = ?", unit) })
		if err != nil {
			return err
		}
		for _, b := range rows {
			if b.Balance != 0 {
				out = append(out, b.Account+" "+b.Balance.String())
			}
		}
		for n, id := range m.accounts[side] {
			a, err := loadAccount(ctx, r, id)
			if err != nil {
				return err
			}
			for _, p := range a.positions {
				out = append(out, fmt.Sprint(n, " ", p.Kind, " ", p.Control, " ", p.Amount, " left ", p.Left, " moved ", p.Moved, " on ", p.EffectiveOn, " in ", p.Period))
			}
			for _, row := range a.allocations {
				out = append(out, fmt.Sprint(n, " ", row.Amount, " of ", row.DebitSplit, " by ", row.CreditSplit, " on ", row.EffectiveOn, " in ", row.Period, row.Reserved))
			}
		}
		return nil
	})
	return out
}

// round takes receipts one by one on one side, and in bulk on the other.
func (m *mirror) round(receipts []drawn, on day.Date) {
	for _, r := range receipts {
		m.must(func(ctx context.Context, tx db.Tx) error {
			all, err := m.m.Positions(ctx, tx, m.accounts[0][r.Account])
			if err != nil {
				return err
			}
			_, err = m.m.Open(ctx, tx, m.opening(0, r, on, OldestFirst(all)))
			return err
		})
	}
	m.must(func(ctx context.Context, tx db.Tx) error {
		h, err := m.m.HoldAll(ctx, tx, m.accounts[1])
		if err != nil {
			return err
		}
		left := map[op.ID][]Position{}
		var openings []Opening
		for _, r := range receipts {
			id := m.accounts[1][r.Account]
			if left[id] == nil {
				left[id] = h.Owed(id)
			}
			o := m.opening(1, r, on, slices.Clone(left[id]))
			for _, pay := range o.Pay {
				i := slices.IndexFunc(left[id], func(p Position) bool { return p.ID == pay.Item })
				left[id][i].Left -= pay.Amount
			}
			openings = append(openings, o)
		}
		_, err = m.m.OpenAll(ctx, tx, h, Totals{"LOT", "Lot", 51, 1}, openings)
		return err
	})
}

// play carries rounds out on fresh accounts and compares the sides after each.
func (m *mirror) play(rounds []drawnRound, first op.ID) (difference string) {
	for n := range op.ID(mirroredAccounts) {
		m.accounts[0], m.accounts[1] = append(m.accounts[0], first+n), append(m.accounts[1], first+n+mirrored)
	}
	on := day.Of(m.clock.Now())
	for _, r := range rounds {
		for _, b := range r.Bills {
			m.bill(b, on)
		}
		m.round(r.Receipts, on)
		if one, bulk := m.state(0), m.state(1); !slices.Equal(one, bulk) {
			return fmt.Sprintf("one by one\n%v\nin bulk\n%v", one, bulk)
		}
		on = on.AddDays(1)
	}
	return ""
}

// TestBulkIsOneByOne: receipts posted in bulk leave the same balances, the same parts
// of every item and the same taxes as the same receipts one by one, at every step.
func TestBulkIsOneByOne(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, next := newHouse(t, engine), op.ID(0)
			h.at("2026-03-10")
			play := func(rounds []drawnRound) {
				next += mirroredAccounts
				if difference := (&mirror{house: h}).play(rounds, next); difference != "" {
					t.Fatal(difference)
				}
			}
			if engine == dbtest.SQLite {
				rapid.Check(t, func(t *rapid.T) { play(anyRounds().Draw(t, "rounds")) })
			}
			for seed := range 5 {
				play(anyRounds().Example(seed))
			}
			h.read(func(ctx context.Context, r db.Reader) error {
				rep, err := Check().Run(ctx, r)
				if len(rep.Findings) > 0 {
					t.Errorf("verify: %v", rep.Findings)
				}
				return err
			})
		})
	}
}

// TestBulkRefuses: what is not held, owed or above zero is refused with its place.
func TestBulkRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	bill := h.bill("2026-01-02", "100.00", "10.00")
	good := Opening{Posting: h.posting("2026-01-02"), Kind: ItemReceipt, Split: Received(110_00), Tender: "5141", Pay: []Pay{{bill.ID, 110_00}}}
	for name, c := range map[string]struct {
		change func(o *Opening)
		code   string
	}{
		"another account": {func(o *Opening) { o.Account++ }, "ledger.item_zero"},
		"nothing":         {func(o *Opening) { o.Split = nil }, "ledger.item_zero"},
		"a debit":         {func(o *Opening) { o.Kind = ItemBill }, "ledger.item_zero"},
		"more than left":  {func(o *Opening) { o.Pay = []Pay{{bill.ID, 110_01}} }, "ledger.allocate_left"},
		"unknown":         {func(o *Opening) { o.Pay = []Pay{{1, 1}} }, "ledger.item_unknown"},
		"too early":       {func(o *Opening) { o.On = date("2026-01-01") }, "ledger.allocate_before"},
	} {
		bad := good
		bad.Pay = slices.Clone(good.Pay)
		c.change(&bad)
		err := h.write(func(ctx context.Context, tx db.Tx) error {
			held, err := h.m.HoldAll(ctx, tx, []op.ID{h.account})
			if err != nil {
				return err
			}
			free := good
			free.Pay = nil
			_, err = h.m.OpenAll(ctx, tx, held, Totals{}, []Opening{free, bad})
			return err
		})
		if fault.CodeOf(err) != c.code || fault.As(err).Args["index"] != 1 {
			t.Errorf("%s: %v, want %s at 1", name, err, c.code)
		}
	}
	many := make([]op.ID, BulkMax+1)
	for i := range many {
		many[i] = op.ID(i + 1)
	}
	err := h.write(func(ctx context.Context, tx db.Tx) error {
		_, err := h.m.HoldAll(ctx, tx, many)
		return err
	})
	if fault.CodeOf(err) != "ledger.bulk" {
		t.Errorf("too many: %v", err)
	}
}
