package collection

import (
	"context"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// PastDaysMax is how far back money without cash may be dated: a transfer is often known
// days after it came in.
const PastDaysMax = 60

// Take is the input of a receipt. The session is the open one of whoever asks.
type Take struct {
	// Accounts are what is paid; none for money whose customer is not known.
	Accounts []op.ID `json:"accounts" in:"ref=account.account.list"`
	// Items are the bills chosen, in the order in which they are paid: "item" or "item ;
	// amount". Without any the oldest of the accounts are paid first.
	Items []string `json:"items" in:"max=60"`
	// Tenders are "kind ; amount ; reference ; bank ; drawer". Only the kind is needed; one
	// of them may leave its amount open and takes what the others leave.
	Tenders []string `json:"tenders" in:"required,max=300"`
	// Given is the cash handed over, when change is to be computed.
	Given money.Amount `json:"given" in:"min=0"`
	// Surplus says what becomes of what is beyond what is owed; refuse unless said.
	Surplus Surplus `json:"surplus"`
	// Unallocated takes money down whose bills are not known.
	Unallocated bool `json:"unallocated"`
	// ReceivedOn is the day that counts; today unless said.
	ReceivedOn day.Date `json:"received_on"`
	Customer   op.ID    `json:"customer" in:"ref=customer.customer.list"`
	Payer      string   `json:"payer" in:"max=100,personal"`
	Note       string   `json:"note" in:"max=200"`
	// Print notes that the receipt is printed at once, on the paper of the desk.
	Print bool `json:"print"`
}

// Receipted is the answer of a receipt. Its code is given by collection.receipt.get.
type Receipted struct {
	ID     op.ID        `json:"id"`
	Number string       `json:"number"`
	Total  money.Amount `json:"total"`
	Stamp  money.Amount `json:"stamp"`
	// ToPay is the total with its duty.
	ToPay  money.Amount `json:"to_pay"`
	Given  money.Amount `json:"given"`
	Change money.Amount `json:"change"`
	// Copy is 1 when it was to be printed at once, else 0.
	Copy int64 `json:"copy"`
}

// chosen is a bill chosen by hand; amount is 0 for all that is left of it.
type chosen struct {
	item   op.ID
	amount money.Amount
}

// items reads the bills chosen.
func (in *Take) items() ([]chosen, []fault.Field) {
	var out []chosen
	var faults []fault.Field
	for i, text := range in.Items {
		id, amount, said := strings.Cut(text, ";")
		var c chosen
		err := c.item.UnmarshalJSON([]byte(`"` + strings.TrimSpace(id) + `"`))
		if err == nil && said {
			c.amount, err = money.ParseAmount(strings.TrimSpace(amount))
		}
		known := slices.ContainsFunc(out, func(o chosen) bool { return o.item == c.item })
		if err != nil || c.item <= 0 || said && c.amount <= 0 || known {
			faults = append(faults, fault.Field{Path: "items", Code: "collection.item_form", Args: fault.Args{"line": i + 1}})
			continue
		}
		out = append(out, c)
	}
	return out, faults
}

// picks are the bills chosen, and their ids when they are read one by one.
func (in *Take) picks() (picks []chosen, only []op.ID) {
	picks, _ = in.items()
	if len(picks) <= onlyMax {
		for _, pick := range picks {
			only = append(only, pick.item)
		}
	}
	return picks, only
}

// Validate refuses what cannot be read and what contradicts itself.
func (in *Take) Validate() []fault.Field {
	_, faults := in.items()
	_, tenders := parseTenders(in.Tenders)
	faults = append(faults, tenders...)
	slices.Sort(in.Accounts)
	in.Accounts = slices.Compact(in.Accounts)
	if len(in.Accounts) > AccountsMax {
		faults = append(faults, fault.Field{Path: "accounts", Code: "input.too_many", Args: fault.Args{"max": AccountsMax}})
	}
	if len(in.Items) > ItemsMax {
		faults = append(faults, fault.Field{Path: "items", Code: "input.too_many", Args: fault.Args{"max": ItemsMax}})
	}
	switch {
	case len(in.Accounts) == 0 && !in.Unallocated:
		faults = append(faults, fault.Field{Path: "accounts", Code: "input.required"})
	case in.Unallocated && len(in.Accounts) > 1:
		faults = append(faults, fault.Field{Path: "accounts", Code: "collection.unallocated_one"})
	case in.Unallocated && len(in.Items) > 0:
		faults = append(faults, fault.Field{Path: "items", Code: "collection.unallocated_items"})
	}
	return faults
}

func (m *Module) registerTake(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{
		Name: "collection.receipt.take", Path: "/collection/receipts", Duties: duties(),
		Example: Take{Accounts: []op.ID{42}, Tenders: []string{"cash;110,00"}, Given: 120_00},
	}, op.CommandHandler[Take, Receipted]{
		Locks: func(in Take) []int64 {
			locks := make([]int64, len(in.Accounts))
			for i, a := range in.Accounts {
				locks[i] = int64(a)
			}
			return locks
		},
		Ahead:   m.takeAhead,
		Targets: m.takeTargets,
		Do:      m.take,
	})
}

// takeAsked are the questions of a receipt, put ahead, with what its texts say.
type takeAsked struct {
	ground  *groundAsked
	picks   []chosen
	only    []op.ID
	tenders []Tender
	// held are those about accounts, in their order.
	held []*ledger.Foreseen
}

// foreseenMax is how many accounts are asked for ahead.
const foreseenMax = 8

// takeAhead asks for the desk, the accounts and what is owed.
func (m *Module) takeAhead(ctx context.Context, tx db.Tx, cashier int64, in Take) (any, error) {
	out, err := askTake(ctx, tx, cashier, &in)
	if err != nil || in.Unallocated || len(in.Accounts) > foreseenMax {
		return out, err
	}
	for _, id := range in.Accounts {
		held, err := m.ledger.Foresee(ctx, tx, id, out.only)
		if err != nil {
			return nil, err
		}
		out.held = append(out.held, held)
	}
	return out, nil
}

// askTake reads the texts of the input and asks for the desk and the accounts.
func askTake(ctx context.Context, tx db.Tx, cashier int64, in *Take) (out *takeAsked, err error) {
	out = in.said()
	out.ground, err = askGround(ctx, tx, cashier, in.Accounts)
	return out, err
}

// said reads the texts of the input and asks for nothing.
func (in *Take) said() *takeAsked {
	out := &takeAsked{}
	out.picks, out.only = in.picks()
	out.tenders, _ = parseTenders(in.Tenders)
	return out
}

// asked are the questions put ahead, or the same put now: who asks turned out to be
// somebody else.
func (m *Module) asked(ctx context.Context, x *op.Exec, in *Take) (*takeAsked, error) {
	if a, ok := x.Ahead.(*takeAsked); ok && a.ground.of(x.Actor.UserID, in.Accounts) {
		return a, nil
	}
	a, err := askTake(ctx, x.Tx, x.Actor.UserID, in)
	x.Ahead = a
	return a, err
}

// account is the question put ahead about the account in a place; nil when none was.
func (a *takeAsked) account(i int) *ledger.Foreseen {
	if i >= len(a.held) {
		return nil
	}
	return a.held[i]
}

// takeTargets are the unit of the desk, with the amount, and those that manage the
// accounts.
func (m *Module) takeTargets(ctx context.Context, x *op.Exec, in Take) ([]op.Target, error) {
	asked, err := m.asked(ctx, x, &in)
	if err != nil {
		return nil, err
	}
	on, err := asked.ground.read(ctx, x.R)
	if err != nil {
		return nil, err
	}
	var total money.Amount
	for _, t := range asked.tenders {
		if total, err = total.Add(t.Amount); err != nil {
			return nil, err
		}
	}
	out := []op.Target{{Unit: int64(on.session.Unit), Amount: &total}}
	for _, unit := range on.accounts {
		if t := (op.Target{Unit: int64(unit)}); unit != on.session.Unit && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out, nil
}

// taking is a receipt on its way.
type taking struct {
	in      *Take
	asked   *takeAsked
	session Session
	// units manage the accounts, by account.
	units   map[op.ID]op.ID
	receipt Receipt
	kinds   []TenderKind
	tenders []Tender
	held    map[op.ID]*ledger.Held
	dues    []due
	parts   []part
	lines   []ReceiptLine
}

// take takes money down: it looks at what is owed, spreads what was handed over, posts it
// and gives the receipt. Errors name the field: "collection.surplus" for more than is
// owed, "collection.item_unknown", "collection.item_left" for bills chosen by hand;
// Precondition "collection.session_none" and those of Session.takes; those of the ledger.
func (m *Module) take(ctx context.Context, x *op.Exec, in Take) (Receipted, error) {
	t := &taking{in: &in, held: map[op.ID]*ledger.Held{}}
	for _, step := range []func(context.Context, *op.Exec, *taking) error{m.begin, m.owed, m.share, m.number, m.post, keep} {
		if err := step(ctx, x, t); err != nil {
			return Receipted{}, err
		}
	}
	r := &t.receipt
	out := Receipted{ID: r.ID, Number: r.Number, Total: r.Total, Stamp: r.Stamp, ToPay: r.ToPay, Given: r.Given, Change: r.Change}
	if err := x.Change("receipt", int64(r.ID), r.Number, nil, *r); err != nil || !in.Print {
		return out, err
	}
	printed, err := note(ctx, x, r, printing{}, t.session.Paper)
	out.Copy = printed.Copy
	return out, err
}

// begin looks at the session, the day and the kinds of tender.
func (m *Module) begin(ctx context.Context, x *op.Exec, t *taking) error {
	asked, err := m.asked(ctx, x, t.in)
	if err != nil {
		return err
	}
	stands, err := asked.ground.read(ctx, x.Tx)
	if err != nil {
		return err
	}
	t.asked = asked
	t.session, t.units = stands.session, stands.accounts
	if err := t.session.takes(x.Today); err != nil {
		return err
	}
	on := t.in.ReceivedOn
	if on.IsZero() {
		on = x.Today
	}
	if on.After(x.Today) || on.Before(x.Today.AddDays(-PastDaysMax)) {
		return fault.InvalidField("received_on", "collection.received_range", "min", x.Today.AddDays(-PastDaysMax), "max", x.Today)
	}
	rows, err := m.kindsAt(ctx, x.Tx, stands.kinds)
	if err != nil {
		return err
	}
	t.tenders = asked.tenders
	for i := range t.tenders {
		tender := &t.tenders[i]
		k, err := kindOn(rows, tender.Kind, on)
		if err != nil {
			return err
		}
		if k.NeedsReference && tender.Reference == "" {
			return fault.InvalidField("tenders", "collection.tender_reference", "code", k.Code)
		}
		if k.GivesChange && on != x.Today {
			return fault.InvalidField("received_on", "collection.received_cash")
		}
		tender.Account, tender.Settles, tender.Cash = k.Account, k.Settles, k.GivesChange
		t.kinds = append(t.kinds, k)
	}
	t.receipt = Receipt{
		Session: t.session.ID, Unit: t.session.Unit, Customer: t.in.Customer, Payer: t.in.Payer, ReceivedOn: on, Given: t.in.Given, Note: t.in.Note,
		State: Taken, Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now,
	}
	return nil
}

// onlyMax is how many bills chosen are read one by one; of more the whole account is.
const onlyMax = 16

// owed reads the accounts and orders what is to be paid: the bills chosen, or the oldest
// first.
func (m *Module) owed(ctx context.Context, x *op.Exec, t *taking) error {
	if t.in.Unallocated {
		return nil
	}
	picks := t.asked.picks
	var all []ledger.Position
	for i, id := range t.in.Accounts {
		held, err := m.ledger.Hold(ctx, x.Tx, t.asked.account(i), id, t.asked.only, t.receipt.ReceivedOn, t.units[id], t.session.Unit)
		if err != nil {
			return err
		}
		t.held[id] = held
		all = append(all, held.Positions()...)
	}
	if len(picks) == 0 {
		for _, p := range ledger.OldestFirst(all) {
			t.dues = append(t.dues, dueOf(&p))
		}
		return nil
	}
	for _, pick := range picks {
		i := slices.IndexFunc(all, func(p ledger.Position) bool { return p.ID == pick.item })
		if i < 0 {
			return fault.InvalidField("items", "collection.item_unknown", "item", pick.item)
		}
		d := dueOf(&all[i])
		if d.amount <= 0 || pick.amount > d.amount {
			return fault.InvalidField("items", "collection.item_left", "document", d.label, "left", max(0, d.amount))
		}
		if pick.amount > 0 {
			d.amount, d.exact = pick.amount, true
		}
		t.dues = append(t.dues, d)
	}
	return nil
}

// share spreads the tenders over what is owed.
func (m *Module) share(ctx context.Context, x *op.Exec, t *taking) error {
	r := &t.receipt
	total, surplus, err := amounts(t.tenders, t.dues)
	if err != nil {
		return err
	}
	if surplus > 0 && !t.in.Unallocated && (t.in.Surplus == "" || t.in.Surplus == Refuse) {
		return fault.InvalidField("tenders", "collection.surplus", "amount", surplus)
	}
	rest, err := m.rest(ctx, x, t, surplus)
	if err != nil {
		return err
	}
	t.parts = spread(t.tenders, t.dues, rest)
	for _, p := range t.parts {
		if r.Entity != 0 && p.stamps.Entity != r.Entity {
			return fault.InvalidField("accounts", "collection.entities")
		}
		r.Entity = p.stamps.Entity
	}
	r.Total = total
	if r.Stamp, err = stampDuty(t.tenders, t.kinds); err != nil {
		return err
	}
	if r.ToPay, err = r.Total.Add(r.Stamp); err != nil {
		return err
	}
	r.Change, err = changeOf(r.Given, t.tenders)
	return err
}

// rest is where a surplus goes: the first account, or that of money to be allocated.
func (m *Module) rest(ctx context.Context, x *op.Exec, t *taking, surplus money.Amount) (part, error) {
	if surplus == 0 {
		return part{}, nil
	}
	if len(t.in.Accounts) == 0 {
		return m.suspended(ctx, x, t)
	}
	p := part{kind: t.in.Surplus.item()}
	if t.in.Unallocated {
		p.kind = ledger.ItemUnallocated
	}
	for _, d := range t.dues {
		if d.account == t.in.Accounts[0] {
			p.holding, p.category, p.nature = d.holding, d.category, d.nature
			return p, nil
		}
	}
	of, err := profileOf(ctx, x.Tx, t.in.Accounts[0], t.receipt.ReceivedOn)
	if err != nil {
		return p, err
	}
	p.account, p.category, p.nature = t.in.Accounts[0], of.category, of.nature
	p.stamps, err = m.ledger.StampsOf(ctx, x.Tx, of.unit, of.service, t.receipt.ReceivedOn)
	return p, err
}

// number gives the receipt its identity and its legal number.
func (m *Module) number(ctx context.Context, x *op.Exec, t *taking) error {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return err
	}
	r := &t.receipt
	if r.ordinal, err = takeOrdinal(ctx, x.Tx, &t.session); err != nil {
		return err
	}
	r.ID, r.Number = op.ID(id), receiptNumber(t.session.Number, r.ordinal)
	for i := range t.tenders {
		id, err := x.Tx.NewID(ctx)
		if err != nil {
			return err
		}
		t.tenders[i].ID = op.ID(id)
	}
	return nil
}

// keep writes the receipt.
func keep(ctx context.Context, x *op.Exec, t *taking) error { return insertReceipt(ctx, x.Tx, t) }
