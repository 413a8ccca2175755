package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// ItemKind says what an open item is.
type ItemKind string

// The kinds of item. Debits: what a customer owes.
const (
	ItemBill    ItemKind = "bill"
	ItemWorks   ItemKind = "works"
	ItemPenalty ItemKind = "penalty"
	ItemCosts   ItemKind = "costs"
	// ItemReturn is money that went back: a cheque returned, a refund.
	ItemReturn ItemKind = "return"
)

// Credits: what is due to him.
const (
	ItemCreditNote  ItemKind = "credit_note"
	ItemReceipt     ItemKind = "receipt"
	ItemOverpayment ItemKind = "overpayment"
	ItemAdvance     ItemKind = "advance"
	// ItemUnallocated is money whose bills are not known yet.
	ItemUnallocated ItemKind = "unallocated"
)

// EnumName is the prefix of the texts.
func (ItemKind) EnumName() string { return "ledger_item_kind" }

// EnumValues are the kinds.
func (ItemKind) EnumValues() []string {
	return []string{
		string(ItemBill), string(ItemWorks), string(ItemPenalty), string(ItemCosts), string(ItemReturn), string(ItemCreditNote),
		string(ItemReceipt), string(ItemOverpayment), string(ItemAdvance), string(ItemUnallocated),
	}
}

// event is what posts an item of the kind.
func (k ItemKind) event() Event {
	switch k {
	case ItemCreditNote:
		return EventCreditNote
	case ItemReceipt, ItemOverpayment:
		return EventReceipt
	case ItemAdvance:
		return EventAdvance
	case ItemUnallocated:
		return EventUnallocated
	case ItemReturn:
		return EventReceiptReturn
	default:
		return EventBill
	}
}

// debit says that the kind is owed by the customer.
func (k ItemKind) debit() bool { return slices.Contains(ItemKind("").EnumValues()[:5], string(k)) }

// LegalNature narrows by the legal nature of the customer. Items repeat it as the module
// of customers gave it; these are its words (customer.Nature).
type LegalNature string

// EnumName is the prefix of the texts.
func (LegalNature) EnumName() string { return "nature" }

// EnumValues are the natures.
func (LegalNature) EnumValues() []string {
	return []string{
		"private", "company", "state", "local_authority", "autonomous_body", "local_utility", "concession_operator", "association",
	}
}

// Item is an open item. Amount is above zero for what is owed, below for what is
// due to the customer; Split is always positive and sums to it.
type Item struct {
	Account op.ID    `json:"receivable_account" out:"ref=account"`
	ID      op.ID    `json:"id"`
	Kind    ItemKind `json:"kind"`
	// Control is the account of the chart on which it stands.
	Control  string       `json:"account"`
	Amount   money.Amount `json:"amount"`
	Split    Split        `json:"split"`
	Document string       `json:"document"`
	Service  Service      `json:"service"`
	// Category and LegalNature are those of the customer on the day.
	Category    string    `json:"category"`
	LegalNature string    `json:"legal_nature"`
	Managing    op.ID     `json:"unit" out:"ref=unit"`
	Entity      op.ID     `json:"entity" out:"ref=entity"`
	Operator    op.ID     `json:"operator" out:"ref=operator"`
	Batch       op.ID     `json:"batch"`
	Entry       op.ID     `json:"entry"`
	Exercise    int64     `json:"exercise"`
	BudgetYear  int64     `json:"budget_year"`
	IssuedOn    day.Date  `json:"issued_on"`
	DueOn       day.Date  `json:"due_on"`
	EffectiveOn day.Date  `json:"effective_on"`
	Period      day.Date  `json:"period" out:"month"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// Opening is an item to open, with its entry.
type Opening struct {
	// Posting says where and when; its Events are made from the fields below.
	Posting
	Kind  ItemKind
	Split Split
	// Service is the main one of the document.
	Service     Service
	Category    string
	LegalNature string
	// IssuedOn and DueOn are by default the day of the posting.
	IssuedOn, DueOn day.Date
	// Tender is the account money comes in on or goes out from, for receipts,
	// advances, unallocated amounts and returns.
	Tender string
	// Stamp is the duty on a cash receipt, Fee what the bank or collector keeps.
	Stamp, Fee money.Amount
	// Pay are the items of the other side that it pays at once, in the same entry.
	Pay []Pay
	// Reserved says that the money is not there yet: VAT and TPPAN wait for Clear.
	Reserved bool
	// Held is the account as Hold read it, for callers that looked at it first; nil
	// lets Open read it.
	Held *Held
}

// Held is a receivable account that is locked for the rest of the transaction, with
// what was read of it. What Open does with it is seen in it.
type Held struct{ account *account }

// Hold reads the items of an account of which something is left, or of some of them when
// there are any in only, and what a posting of a day in the books of some units will ask
// for, in one statement; it was asked before when foreseen is of the same account and items.
// The caller has locked the account (op.CommandHandler.Locks, db.Tx.Lock).
func (m *Module) Hold(ctx context.Context, tx db.Tx, foreseen *Foreseen, id op.ID, only []op.ID, on day.Date, units ...op.ID) (*Held, error) {
	if foreseen != nil && foreseen.account == id && slices.Equal(foreseen.only, only) {
		return foreseen.held(ctx, tx)
	}
	f := foresee(tx, len(only)+2)
	if !isOver(tx, on) { // else the units are locked first, by the posting
		f.closings(tx, false, units...)
	}
	a, err := loadOpen(ctx, tx, id, only, f)
	return &Held{a}, err
}

// Positions are the items of which something is left, in the order in which they were
// recorded.
func (h *Held) Positions() []Position { return h.account.positions }

// Pay is an amount of an item, in centimes, above zero.
type Pay struct {
	Item   op.ID
	Amount money.Amount
}

// Opened is what an opening wrote.
type Opened struct {
	Item        Item
	Entries     []Entry
	Allocations []Allocation
}

// Open posts an item and pays what it is told to, in one entry. The account is
// locked for the rest of the transaction. What it needs to know is read in one
// statement, and on PostgreSQL its rows go to the server with the statement that
// follows. Errors: those of Post and Plan; a posting with two collecting units is
// not made here.
func (m *Module) Open(ctx context.Context, tx db.Tx, o Opening) (Opened, error) {
	total, err := o.Split.Total()
	if err != nil {
		return Opened{}, err
	}
	if total <= 0 || o.Account == 0 {
		return Opened{}, fault.New(fault.Invalid, "ledger.item_zero")
	}
	acc, err := m.ground(ctx, tx, &o)
	if err != nil {
		return Opened{}, err
	}
	item, err := m.newItem(ctx, tx, &o, total)
	if err != nil {
		return Opened{}, err
	}
	acc.add(item)
	rows := make([]Allocation, 0, len(o.Pay))
	for _, pay := range o.Pay {
		a := acc.pair(item.ID, pay)
		a.Reserved = o.Reserved
		row, facts, err := m.plan(ctx, tx, acc, a, o.On)
		if err != nil {
			return Opened{}, err
		}
		rows, o.Events = append(rows, row), append(o.Events, facts...)
	}
	entries, err := m.Post(ctx, tx, o.Posting)
	if err != nil {
		return Opened{}, err
	}
	if len(entries) == 0 {
		return Opened{}, fault.New(fault.Invalid, "ledger.item_zero")
	}
	item.Stamp(entries[0])
	var c changes
	if err := cmp.Or(c.item(&item), insertItem(ctx, tx, &item)); err != nil {
		return Opened{}, err
	}
	for i := range rows {
		rows[i].opened(item)
		if err := m.insert(ctx, tx, &rows[i], entries, o.Posting, &c); err != nil {
			return Opened{}, err
		}
	}
	return Opened{item, entries, rows}, c.write(ctx, tx)
}

// ground locks the account when something on it is paid, and reads what the
// opening stands on: the items paid, and what the transaction does not know yet.
func (m *Module) ground(ctx context.Context, tx db.Tx, o *Opening) (*account, error) {
	if o.Held != nil {
		return o.Held.account, nil
	}
	over := isOver(tx, o.On)
	units := []op.ID{o.Stamps.Managing}
	if c := o.Stamps.collecting(); c != o.Stamps.Managing {
		units = append(units, c)
	}
	var locks []int64
	if len(o.Pay) > 0 {
		locks = append(locks, int64(o.Account))
	}
	for _, unit := range units {
		if _, known := knownClosed(tx, unit, over); over && !known {
			locks = append(locks, int64(unit))
		}
	}
	if err := tx.Lock(ctx, locks...); err != nil {
		return nil, err
	}
	if len(o.Pay) > 0 {
		f := foresee(tx, len(o.Pay)+2)
		f.closings(tx, over, units...)
		return loadPaid(ctx, tx, o, f)
	}
	f := foresee(tx, 1)
	f.closings(tx, over, units...)
	return &account{}, f.read(ctx, tx)
}

// newItem makes the item of an opening and the event that posts it.
func (m *Module) newItem(ctx context.Context, tx db.Tx, o *Opening, total money.Amount) (Item, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return Item{}, err
	}
	o.Events = append([]Facts{o.facts()}, o.Events...)
	item, err := m.itemOf(ctx, tx, o, total)
	item.ID = op.ID(id)
	return item, err
}

// facts are those of the event that posts the item.
func (o *Opening) facts() Facts {
	return Facts{Event: o.Kind.event(), Parts: o.Split, Stamp: o.Stamp, Fee: o.Fee, Roles: map[Role]string{RoleTender: o.Tender}}
}

// itemOf makes the item of an opening, without its identity.
func (m *Module) itemOf(ctx context.Context, tx db.Tx, o *Opening, total money.Amount) (Item, error) {
	set, err := m.rulesOn(ctx, tx, o.Stamps.Entity, o.On)
	if err != nil {
		return Item{}, err
	}
	fiscal, err := m.fiscalOf(ctx, tx, o.Stamps.Entity, o.On)
	if err != nil {
		return Item{}, err
	}
	item := Item{
		Account: o.Account, Kind: o.Kind, Control: set.Rules.ItemAccount(o.Kind.event(), fiscal.regimes.Main()), Amount: total, Split: o.Split,
		Document: o.Document, Service: o.Service, Category: o.Category, LegalNature: o.LegalNature, Managing: o.Stamps.Managing,
		Entity: o.Stamps.Entity, Operator: o.Stamps.Operator, Batch: o.Batch, IssuedOn: o.IssuedOn, DueOn: o.DueOn, EffectiveOn: o.On,
	}
	if item.IssuedOn.IsZero() {
		item.IssuedOn = o.On
	}
	if item.DueOn.IsZero() {
		item.DueOn = item.IssuedOn
	}
	if !o.Kind.debit() {
		item.Amount = -total
	}
	return item, nil
}

// Stamp copies what its entry knows.
func (i *Item) Stamp(e Entry) {
	i.Entry, i.Exercise, i.BudgetYear, i.Period, i.RecordedAt = e.ID, e.Exercise, e.BudgetYear, e.Period, e.RecordedAt
}

// Position is an item with what its allocations left of it.
type Position struct {
	Item
	// Moved is what was allocated of its split.
	Moved Split `json:"moved"`
	// Left is the amount that remains, with the sign of the item.
	Left money.Amount `json:"left"`
	// InDoubt is what of Left stands on the account of doubtful debts, doubtfulAt; it was
	// last moved on doubtfulOn.
	InDoubt    money.Amount `json:"in_doubt"`
	doubtfulAt string
	doubtfulOn day.Date
}

// account is all items and allocations of one receivable account at one moment.
type account struct {
	positions   []Position
	allocations []Allocation
	cleared     map[op.ID]bool

	reading
}

// add puts a new item on the account.
func (a *account) add(i Item) { a.positions = append(a.positions, Position{Item: i, Left: i.Amount}) }

// find gives an item of the account, or nil.
func (a *account) find(id op.ID) *Position {
	for i := range a.positions {
		if a.positions[i].ID == id {
			return &a.positions[i]
		}
	}
	return nil
}

// settle takes the allocations into account.
func (a *account) settle() error {
	at := make(map[op.ID]*Position, len(a.positions))
	for i := range a.positions {
		at[a.positions[i].ID] = &a.positions[i]
	}
	for _, back := range []bool{false, true} { // a reversal may come before what it reverses in the order of ids
		for _, row := range a.allocations {
			if (row.Amount < 0) != back {
				continue
			}
			if err := at[row.Debit].move(row.DebitSplit, back); err != nil {
				return err
			}
			if err := at[row.Credit].move(row.CreditSplit, back); err != nil {
				return err
			}
		}
	}
	return a.measure()
}

// measure computes what is left of every item.
func (a *account) measure() (err error) {
	for i := range a.positions {
		err = cmp.Or(err, a.positions[i].measure())
	}
	return err
}

// measure computes what is left from what was moved.
func (p *Position) measure() error {
	moved, err := p.Moved.Total()
	p.Left = p.Amount - moved
	if p.Amount < 0 {
		p.Left = p.Amount + moved
	}
	return err
}

// move takes one side of an allocation into account.
func (p *Position) move(part Split, back bool) (err error) {
	switch {
	case p == nil:
		return fault.New(fault.Internal, "ledger.item_unknown")
	case back:
		p.Moved, err = p.Moved.Minus(part)
	default:
		p.Moved, err = p.Moved.Plus(part)
	}
	return err
}

// OldestFirst orders what is still owed: the kinds given first, in their order
// (costs before bills, as the utility decided), then by due date, issue date and
// identity.
func OldestFirst(items []Position, first ...ItemKind) []Position {
	out := slices.DeleteFunc(slices.Clone(items), func(p Position) bool { return p.Left <= 0 })
	rank := func(k ItemKind) int {
		if i := slices.Index(first, k); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(out, func(a, b Position) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), a.DueOn.Compare(b.DueOn), a.IssuedOn.Compare(b.IssuedOn), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Share spreads an amount over items in order, and says what is left of it.
func Share(items []Position, amount money.Amount) (pays []Pay, left money.Amount) {
	for _, p := range items {
		take := min(amount, p.Left)
		if take <= 0 {
			continue
		}
		pays, amount = append(pays, Pay{p.ID, take}), amount-take
	}
	return pays, amount
}
