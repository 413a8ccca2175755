package ledger

import (
	"context"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Allocation is a lettrage: part of a debit paid by part of a credit of the same
// account. A reversal has an amount below zero and the same splits.
type Allocation struct {
	Account op.ID        `json:"receivable_account" out:"ref=account"`
	ID      op.ID        `json:"id"`
	Debit   op.ID        `json:"debit_item"`
	Credit  op.ID        `json:"credit_item"`
	Amount  money.Amount `json:"amount"`
	// DebitSplit and CreditSplit are what was moved of each, never negative.
	DebitSplit  Split `json:"debit_split"`
	CreditSplit Split `json:"credit_split"`
	// Reserved says that it counts for taxes only once cleared.
	Reserved bool  `json:"reserved"`
	Reverses op.ID `json:"reverses"`
	// Entry is 0 when nothing moved between accounts.
	Entry       op.ID     `json:"entry"`
	Batch       op.ID     `json:"batch"`
	Actor       op.ID     `json:"actor" out:"ref=user"`
	Reason      string    `json:"reason"`
	EffectiveOn day.Date  `json:"effective_on"`
	Period      day.Date  `json:"period" out:"month"`
	RecordedAt  time.Time `json:"recorded_at"`

	debit, credit Item
	// recovered is what the payment brings back from the account of doubtful debts,
	// doubtfulAt: in its own entry, or on recoveredOn when it is of a day before the debt
	// became doubtful.
	recovered   money.Amount
	doubtfulAt  string
	recoveredOn day.Date
}

// Allocating is an allocation to make.
type Allocating struct {
	Account       op.ID
	Debit, Credit op.ID
	Amount        money.Amount
	On            day.Date
	Reserved      bool
	Reason        string
	Batch         op.ID
	Actor         op.ID

	// across lets the items stand in the books of two units.
	across bool
}

// Position gives an item of an account with what is left of it. None is NotFound
// "ledger.item_unknown".
func (m *Module) Position(ctx context.Context, r db.Reader, acc, item op.ID) (Position, error) {
	a, err := loadAccount(ctx, r, acc)
	if err != nil {
		return Position{}, err
	}
	if p := a.find(item); p != nil {
		return *p, nil
	}
	return Position{}, fault.New(fault.NotFound, "ledger.item_unknown")
}

// Positions gives the items of an account with what is left of each, in the
// order in which they were recorded.
func (m *Module) Positions(ctx context.Context, r db.Reader, acc op.ID) ([]Position, error) {
	a, err := loadAccount(ctx, r, acc)
	return a.positions, err
}

// Allocate pays part of a debit with part of a credit and posts what this moves.
// The account is locked. Errors: an item that is not there is NotFound
// "ledger.item_unknown", two items of one side Invalid "ledger.sides", of two
// entities "ledger.allocate_units", more than is left Conflict "ledger.allocate_left", a day before one of the items Invalid
// "ledger.allocate_before"; those of Post.
func (m *Module) Allocate(ctx context.Context, tx db.Tx, in Allocating) (Allocation, error) {
	if err := tx.Lock(ctx, int64(in.Account)); err != nil {
		return Allocation{}, err
	}
	acc, err := loadAccount(ctx, tx, in.Account)
	if err != nil {
		return Allocation{}, err
	}
	in.across = true
	row, facts, err := m.plan(ctx, tx, acc, in, in.On)
	if err != nil {
		return Allocation{}, err
	}
	return row, m.postAllocation(ctx, tx, &row, in, facts)
}

// postAllocation posts and inserts a planned row.
func (m *Module) postAllocation(ctx context.Context, tx db.Tx, row *Allocation, in Allocating, facts []Facts) error {
	p := Posting{
		Account: in.Account, On: in.On, Document: row.debit.Document, Label: in.Reason, Batch: in.Batch, Actor: in.Actor,
		Stamps: Stamps{Managing: row.debit.Managing, Entity: row.debit.Entity, Operator: row.debit.Operator},
	}
	entries, err := m.postFacts(ctx, tx, row, p, facts[0], facts[1:])
	if err != nil {
		return err
	}
	row.Reason = in.Reason
	var c changes
	if err := m.insert(ctx, tx, row, entries, p, &c); err != nil {
		return err
	}
	return c.write(ctx, tx)
}

// pair says which of two items is the debit.
func (a *account) pair(item op.ID, pay Pay) Allocating {
	if p := a.find(item); p != nil && p.Amount < 0 {
		return Allocating{Debit: pay.Item, Credit: item, Amount: pay.Amount}
	}
	return Allocating{Debit: item, Credit: pay.Item, Amount: pay.Amount}
}

// plan computes an allocation, takes it off the account in memory and gives the
// events that post it.
func (m *Module) plan(ctx context.Context, tx db.Tx, acc *account, in Allocating, on day.Date) (Allocation, []Facts, error) {
	debit, credit := acc.find(in.Debit), acc.find(in.Credit)
	switch {
	case debit == nil || credit == nil:
		return Allocation{}, nil, fault.New(fault.NotFound, "ledger.item_unknown")
	case debit.Amount < 0 || credit.Amount > 0:
		return Allocation{}, nil, fault.New(fault.Invalid, "ledger.sides")
	case debit.Managing != credit.Managing && !in.across || debit.Entity != credit.Entity:
		return Allocation{}, nil, fault.New(fault.Invalid, "ledger.allocate_units")
	case on.Before(debit.EffectiveOn) || on.Before(credit.EffectiveOn):
		return Allocation{}, nil, fault.New(fault.Invalid, "ledger.allocate_before", "date", on)
	case in.Amount <= 0 || in.Amount > debit.Left || in.Amount > -credit.Left:
		return Allocation{}, nil, fault.New(fault.Conflict, "ledger.allocate_left", "amount", in.Amount, "debit", debit.Left, "credit", -credit.Left)
	}
	row := Allocation{
		Account: debit.Account, Debit: debit.ID, Credit: credit.ID, Amount: in.Amount, Reserved: in.Reserved, EffectiveOn: on,
		debit: debit.Item, credit: credit.Item,
	}
	var err error
	if row.DebitSplit, err = debit.Split.Take(debit.Moved, in.Amount); err != nil {
		return row, nil, err
	}
	if row.CreditSplit, err = credit.Split.Take(credit.Moved, in.Amount); err != nil {
		return row, nil, err
	}
	if debit.Moved, err = debit.Moved.Plus(row.DebitSplit); err != nil {
		return row, nil, err
	}
	if credit.Moved, err = credit.Moved.Plus(row.CreditSplit); err != nil {
		return row, nil, err
	}
	debit.Left, credit.Left = debit.Left-in.Amount, credit.Left+in.Amount
	row.recover(debit)
	facts, err := m.facts(ctx, tx, &row, !in.Reserved)
	return row, facts, err
}

// facts are the events of an allocation: the amount goes from one control account
// to the other, and what was paid counts for taxes when the money is there. Each
// item follows the regime it was posted under.
func (m *Module) facts(ctx context.Context, r db.Reader, row *Allocation, settled bool) ([]Facts, error) {
	amount, err := row.Amount.Abs()
	if err != nil {
		return nil, err
	}
	undo := row.Amount < 0
	out := row.moves(amount)
	if !settled {
		return out, nil
	}
	debit, err := m.fiscalOf(ctx, r, row.debit.Entity, row.debit.EffectiveOn)
	if err != nil {
		return nil, err
	}
	credit, err := m.fiscalOf(ctx, r, row.credit.Entity, row.credit.EffectiveOn)
	if err != nil {
		return nil, err
	}
	out = append(out, Facts{Event: EventSettle, Debit: row.DebitSplit, Undo: undo, Regimes: debit.regimes})
	if row.credit.Kind == ItemAdvance {
		return append(out, Facts{Event: EventSettle, Prepaid: row.CreditSplit, Undo: undo, Regimes: credit.regimes}), nil
	}
	return append(out, Facts{Event: EventSettle, Credit: row.CreditSplit, Undo: undo, Regimes: credit.regimes}), nil
}

// recover plans what the payment brings back of a doubtful debt: as much as it pays.
func (row *Allocation) recover(debit *Position) {
	if row.recovered = min(row.Amount, debit.InDoubt); row.recovered == 0 {
		return
	}
	row.doubtfulAt, row.recoveredOn = debit.doubtfulAt, row.EffectiveOn
	if debit.doubtfulOn.After(row.EffectiveOn) {
		row.recoveredOn = debit.doubtfulOn
	}
	debit.InDoubt -= row.recovered
}

// inEntry is what the entry of the payment itself takes off the account of doubtful
// debts.
func (row *Allocation) inEntry() money.Amount {
	if row.recoveredOn != row.EffectiveOn {
		return 0
	}
	return row.recovered
}

// moves are the events that take an amount from one control account to the other: what
// the payment brings back of a doubtful debt comes off the account where it stands.
func (row *Allocation) moves(amount money.Amount) []Facts {
	event := func(sum money.Amount, debit string) Facts {
		return Facts{Event: EventAllocate, Sum: sum, Undo: row.Amount < 0, Roles: map[Role]string{RoleDebit: debit, RoleCredit: row.credit.Control}}
	}
	switch row.inEntry() {
	case 0:
		return []Facts{event(amount, row.debit.Control)}
	case amount:
		return []Facts{event(amount, row.doubtfulAt)}
	}
	return []Facts{event(amount-row.recovered, row.debit.Control), event(row.recovered, row.doubtfulAt)}
}

// opened puts an item, which its entry has stamped since the row was planned, on its side.
func (row *Allocation) opened(i Item) {
	if row.Debit == i.ID {
		row.debit = i
	} else {
		row.credit = i
	}
}

// insert gives a planned row its identity and its entry, and writes it. What it changes of
// the totals is added to c.
func (m *Module) insert(ctx context.Context, tx db.Tx, row *Allocation, entries []Entry, p Posting, c *changes) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	row.ID, row.Batch, row.Actor, row.EffectiveOn = op.ID(id), p.Batch, p.Actor, p.On
	row.recorded(tx.Now())
	if len(entries) > 0 {
		row.Entry, row.Period = entries[0].ID, entries[0].Period
	} else {
		month, err := m.periodFor(ctx, tx, row.debit.Managing, p.On)
		if err != nil {
			return err
		}
		row.Period = month.First()
	}
	if row.debit.Managing != row.credit.Managing {
		if err := row.afterClosings(ctx, tx); err != nil {
			return err
		}
	}
	if err := c.allocation(row.Amount, row.EffectiveOn, &row.debit, &row.credit); err != nil {
		return err
	}
	if err := insertAllocation(ctx, tx, row); err != nil {
		return err
	}
	return m.returned(ctx, tx, row)
}

// Reversing is an allocation to take back.
type Reversing struct {
	Account, Allocation op.ID
	On                  day.Date
	Reason              string
	Batch, Actor        op.ID
}

// Reverse takes an allocation back by a new row: both items are open again by
// what it had moved, and so are the taxes if it had counted for them. Errors:
// NotFound "ledger.allocation_unknown", Conflict "ledger.reversed"; those of Post.
func (m *Module) Reverse(ctx context.Context, tx db.Tx, in Reversing) (Allocation, error) {
	if err := tx.Lock(ctx, int64(in.Account)); err != nil {
		return Allocation{}, err
	}
	acc, err := loadAccount(ctx, tx, in.Account)
	if err != nil {
		return Allocation{}, err
	}
	return m.reverse(ctx, tx, acc, in)
}

func (m *Module) reverse(ctx context.Context, tx db.Tx, acc *account, in Reversing) (Allocation, error) {
	old := acc.allocation(in.Allocation)
	if old == nil || old.Reverses != 0 {
		return Allocation{}, fault.New(fault.NotFound, "ledger.allocation_unknown")
	}
	if acc.reversed(old.ID) {
		return Allocation{}, fault.New(fault.Conflict, "ledger.reversed")
	}
	if in.On.Before(old.EffectiveOn) {
		return Allocation{}, fault.New(fault.Invalid, "ledger.reverse_before", "date", old.EffectiveOn)
	}
	row := *old
	row.Amount, row.Reverses, row.ID, row.Entry = -old.Amount, old.ID, 0, 0
	row.Reserved = old.Reserved && !acc.cleared[old.ID]
	row.debit, row.credit = acc.find(old.Debit).Item, acc.find(old.Credit).Item
	facts, err := m.facts(ctx, tx, &row, !row.Reserved)
	if err != nil {
		return row, err
	}
	err = m.postAllocation(ctx, tx, &row, Allocating{
		Account: in.Account, On: in.On, Reason: in.Reason, Batch: in.Batch, Actor: in.Actor,
	}, facts)
	acc.allocations = append(acc.allocations, row)
	return row, err
}

// allocation finds one, or nil.
func (a *account) allocation(id op.ID) *Allocation {
	for i := range a.allocations {
		if a.allocations[i].ID == id {
			return &a.allocations[i]
		}
	}
	return nil
}

// reversed says whether an allocation was taken back.
func (a *account) reversed(id op.ID) bool {
	for i := range a.allocations {
		if a.allocations[i].Reverses == id {
			return true
		}
	}
	return false
}

// live are the allocations of a credit that were not taken back.
func (a *account) live(credit op.ID) []Allocation {
	var out []Allocation
	for _, row := range a.allocations {
		if row.Credit == credit && row.Reverses == 0 && !a.reversed(row.ID) {
			out = append(out, row)
		}
	}
	return out
}

// Clearing is money that has arrived.
type Clearing struct {
	Account op.ID
	// Credit is the item of the receipt.
	Credit       op.ID
	On           day.Date
	Batch, Actor op.ID
	Label        string
}

// Clear makes the reserved allocations of a receipt count for taxes, in one entry
// a row, and gives how many there were. The transfer of the money itself is
// posted apart (EventTransfer).
func (m *Module) Clear(ctx context.Context, tx db.Tx, in Clearing) (int, error) {
	if err := tx.Lock(ctx, int64(in.Account)); err != nil {
		return 0, err
	}
	acc, err := loadAccount(ctx, tx, in.Account)
	if err != nil {
		return 0, err
	}
	if acc.find(in.Credit) == nil {
		return 0, fault.New(fault.NotFound, "ledger.item_unknown")
	}
	n := 0
	for _, row := range acc.live(in.Credit) {
		if !row.Reserved || acc.cleared[row.ID] {
			continue
		}
		if in.On.Before(row.EffectiveOn) {
			return n, fault.New(fault.Invalid, "ledger.allocate_before", "date", in.On)
		}
		row.debit, row.credit = acc.find(row.Debit).Item, acc.find(row.Credit).Item
		facts, err := m.facts(ctx, tx, &row, true)
		if err != nil {
			return n, err
		}
		if err := m.clear(ctx, tx, &row, in, facts[1:]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// clear posts the taxes of one allocation.
func (m *Module) clear(ctx context.Context, tx db.Tx, row *Allocation, in Clearing, facts []Facts) error {
	entries, err := m.postFacts(ctx, tx, row, Posting{
		Account: in.Account, On: in.On, Document: row.debit.Document, Label: in.Label, Batch: in.Batch, Actor: in.Actor,
		Stamps: Stamps{Managing: row.debit.Managing, Entity: row.debit.Entity, Operator: row.debit.Operator},
	}, Facts{}, facts)
	if err != nil {
		return err
	}
	month, err := m.periodFor(ctx, tx, row.debit.Managing, in.On)
	if err != nil {
		return err
	}
	var entry op.ID
	if len(entries) > 0 {
		entry = entries[0].ID
	}
	return insertClearing(ctx, tx, in.Account, row.ID, entry, in.On, month.First())
}

// Returning is money received that went back.
type Returning struct {
	Account op.ID
	// Credit is the item of the receipt.
	Credit op.ID
	// Tender is the account it goes back from: cheques at the bank, or the bank.
	Tender       string
	Fee          money.Amount
	On           day.Date
	Document     string
	Reason       string
	Batch, Actor op.ID
	Collecting   op.ID
}

// Return takes a receipt back whole: its allocations are reversed, so that the
// bills are open again, and a debit of the same amount is set against it.
func (m *Module) Return(ctx context.Context, tx db.Tx, in Returning) (Opened, error) {
	if err := tx.Lock(ctx, int64(in.Account)); err != nil {
		return Opened{}, err
	}
	acc, err := loadAccount(ctx, tx, in.Account)
	if err != nil {
		return Opened{}, err
	}
	receipt := acc.find(in.Credit)
	if receipt == nil || receipt.Amount >= 0 {
		return Opened{}, fault.New(fault.NotFound, "ledger.item_unknown")
	}
	for _, row := range acc.live(in.Credit) {
		if _, err := m.reverse(ctx, tx, acc, Reversing{in.Account, row.ID, in.On, in.Reason, in.Batch, in.Actor}); err != nil {
			return Opened{}, err
		}
	}
	return m.Open(ctx, tx, Opening{
		Posting: Posting{
			Account: in.Account, On: in.On, Document: in.Document, Label: in.Reason, Batch: in.Batch, Actor: in.Actor,
			Stamps: Stamps{Managing: receipt.Managing, Collecting: in.Collecting, Entity: receipt.Entity, Operator: receipt.Operator},
		},
		Kind: ItemReturn, Split: receipt.Split, Service: receipt.Service, Category: receipt.Category, LegalNature: receipt.LegalNature,
		Tender: in.Tender, Fee: in.Fee, Pay: []Pay{{in.Credit, -receipt.Amount}},
	})
}
