package ledger

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// LetteredMax bounds the items of one lettrage.
const LetteredMax = 50

// AllocationFilter narrows the list of allocations.
type AllocationFilter struct {
	Receivable op.ID `json:"receivable_account" in:"ref=account.account.list"`
	// Item keeps those of one item.
	Item op.ID `json:"item"`
	// Scope is a unit with all below it.
	Scope op.ID `json:"scope" in:"ref=org.unit.list"`
	// On and KnownOn are the two clocks: by default every day, and everything known.
	On      day.Date `json:"on"`
	KnownOn day.Date `json:"known_on"`
}

// AllocationRow is an allocation in the list, with the documents of its items.
type AllocationRow struct {
	Allocation
	DebitKind      ItemKind `json:"debit_kind"`
	DebitDocument  string   `json:"debit_document"`
	CreditKind     ItemKind `json:"credit_kind"`
	CreditDocument string   `json:"credit_document"`
	// Unit manages the debit.
	Unit op.ID `json:"unit" out:"ref=unit"`
	// ReversedBy is the allocation that took it back, 0 while it stands.
	ReversedBy op.ID `json:"reversed_by"`
	// ClearedOn is the day on which the money of a reserved one arrived.
	ClearedOn day.Date `json:"cleared_on"`
}

// PageKey is the row's place in its list.
func (r AllocationRow) PageKey(string) []string { return []string{r.Account.String(), r.ID.String()} }

// undoable says that a person may take it back: it stands, and it does not hold a
// returned receipt and its return together.
func (r AllocationRow) undoable() bool {
	return r.Reverses == 0 && r.ReversedBy == 0 && r.DebitKind != ItemReturn
}

// AllocationMake is the input of a lettrage.
type AllocationMake struct {
	Receivable op.ID `json:"receivable_account" in:"required,ref=account.account.list"`
	// Items are debits and credits of the account: the credits, in the order of their
	// recording, pay the debits, oldest due date first.
	Items []op.ID `json:"items" in:"required,ref=ledger.item.list,within=receivable_account"`
	// Amount bounds what is allocated; none is all that can be.
	Amount money.Amount `json:"amount" in:"min=0"`
	// On is the day; by default today.
	On     day.Date `json:"effective_on"`
	Reason string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// Validate bounds the items.
func (in *AllocationMake) Validate() []fault.Field {
	if len(in.Items) > LetteredMax {
		return []fault.Field{{Path: "items", Code: "ledger.allocation_items", Args: fault.Args{"max": LetteredMax}}}
	}
	return nil
}

// AllocationMade is the answer of a lettrage.
type AllocationMade struct {
	Receivable op.ID        `json:"receivable_account" out:"ref=account"`
	Amount     money.Amount `json:"amount"`
	// Left is what stays owed of the items chosen, Unused what stays of the credits.
	Left        money.Amount `json:"left"`
	Unused      money.Amount `json:"unused"`
	Allocations []Allocation `json:"allocations"`
}

// AllocationReverse is the input of undoing a lettrage.
type AllocationReverse struct {
	ID         op.ID    `json:"id" in:"required"`
	Receivable op.ID    `json:"receivable_account" in:"required,ref=account.account.list"`
	On         day.Date `json:"effective_on"`
	Reason     string   `json:"reason" in:"required,min=3,max=500,lines"`
}

func (m *Module) registerAllocations(r *op.Registry) {
	duties := []string{"DRI-11", "AG-18"}
	op.RegisterList(r, op.Spec{Name: "ledger.allocation.list", Path: "/ledger/allocations", Duties: duties}, op.ListHandler[AllocationFilter, AllocationRow]{
		Sorts: []string{"-receivable_account"},
		Rows: func(ctx context.Context, x *op.Exec, in AllocationFilter) iter.Seq2[AllocationRow, error] {
			return listAllocations(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "ledger.allocation.make", Path: "/ledger/allocations", Duties: duties}, op.CommandHandler[AllocationMake, AllocationMade]{
		Locks: func(in AllocationMake) []int64 { return []int64{int64(in.Receivable)} },
		Targets: func(ctx context.Context, x *op.Exec, in AllocationMake) ([]op.Target, error) {
			l, err := m.lettering(ctx, x.R, in)
			return l.targets(), err
		},
		Do: m.makeAllocations,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.allocation.reverse", Path: "/ledger/allocations/{id}/reverse", Duties: duties,
	}, op.CommandHandler[AllocationReverse, Allocation]{
		Locks: func(in AllocationReverse) []int64 { return []int64{int64(in.Receivable)} },
		Targets: func(ctx context.Context, x *op.Exec, in AllocationReverse) ([]op.Target, error) {
			row, err := findAllocation(ctx, x.R, in.Receivable, in.ID)
			amount := abs(row.Amount)
			return []op.Target{{Unit: int64(row.Unit), Amount: &amount}}, err
		},
		Do: m.reverseAllocation,
	})
}

// lettering is a lettrage as it would be made: who pays what.
type lettering struct {
	debits, credits []Position
	pays            []letteredPay
	total           money.Amount
}

type letteredPay struct {
	debit, credit *Position
	amount        money.Amount
}

// lettering finds the items and spreads the credits over the debits. None of one
// side, or one of which nothing is left, is Invalid.
func (m *Module) lettering(ctx context.Context, r db.Reader, in AllocationMake) (lettering, error) {
	var l lettering
	all, err := m.Positions(ctx, r, in.Receivable)
	if err != nil {
		return l, err
	}
	for _, id := range in.Items {
		i := slices.IndexFunc(all, func(p Position) bool { return p.ID == id })
		switch {
		case i < 0:
			return l, fault.New(fault.NotFound, "ledger.item_unknown")
		case all[i].Left == 0:
			return l, fault.InvalidField("items", "ledger.allocation_settled", "document", all[i].Document)
		case all[i].Left > 0:
			l.debits = append(l.debits, all[i])
		default:
			l.credits = append(l.credits, all[i])
		}
	}
	if len(l.debits) == 0 || len(l.credits) == 0 {
		return l, fault.InvalidField("items", "ledger.sides")
	}
	l.debits = OldestFirst(l.debits)
	slices.SortFunc(l.credits, func(a, b Position) int { return int(a.ID - b.ID) })
	l.spread(in.Amount)
	return l, nil
}

// spread shares the credits out, up to a bound; 0 is none.
func (l *lettering) spread(bound money.Amount) {
	d := 0
	for c := range l.credits {
		credit := &l.credits[c]
		for credit.Left < 0 && d < len(l.debits) {
			debit := &l.debits[d]
			take := min(debit.Left, -credit.Left)
			if bound > 0 {
				take = min(take, bound-l.total)
			}
			if take == 0 {
				return
			}
			l.pays = append(l.pays, letteredPay{debit, credit, take})
			debit.Left, credit.Left, l.total = debit.Left-take, credit.Left+take, l.total+take
			if debit.Left == 0 {
				d++
			}
		}
	}
}

// targets are the units that own the items, and the amount in each.
func (l *lettering) targets() (out []op.Target) {
	sums := map[op.ID]money.Amount{}
	for _, p := range l.pays {
		sums[p.debit.Managing] += p.amount
		if p.credit.Managing != p.debit.Managing {
			sums[p.credit.Managing] += p.amount
		}
	}
	for unit, amount := range sums {
		out = append(out, op.Target{Unit: int64(unit), Amount: &amount})
	}
	slices.SortFunc(out, func(a, b op.Target) int { return int(a.Unit - b.Unit) })
	return out
}

// left is what stays of both sides.
func (l *lettering) left() (owed, unused money.Amount) {
	for _, p := range l.debits {
		owed += p.Left
	}
	for _, p := range l.credits {
		unused -= p.Left
	}
	return owed, unused
}

// makeAllocations carries a lettrage out. What a receipt under reserve pays waits for
// its money, as its other allocations do.
func (m *Module) makeAllocations(ctx context.Context, x *op.Exec, in AllocationMake) (AllocationMade, error) {
	on, err := effective(x, in.On)
	if err != nil {
		return AllocationMade{}, err
	}
	l, err := m.lettering(ctx, x.Tx, in)
	if err != nil {
		return AllocationMade{}, err
	}
	out := AllocationMade{Receivable: in.Receivable, Amount: l.total}
	out.Left, out.Unused = l.left()
	for _, p := range l.pays {
		reserved, err := m.awaited(ctx, x.Tx, in.Receivable, p.credit.ID)
		if err != nil {
			return out, err
		}
		row, err := m.Allocate(ctx, x.Tx, Allocating{
			Account: in.Receivable, Debit: p.debit.ID, Credit: p.credit.ID, Amount: p.amount, On: on, Reserved: reserved, Reason: in.Reason,
			Actor: op.ID(x.Actor.UserID),
		})
		if err != nil {
			return out, err
		}
		out.Allocations = append(out.Allocations, row)
		effect := allocationEffect{Debit: p.debit.Document, Credit: p.credit.Document, Amount: p.amount, Left: row.debit.Amount, EffectiveOn: on, Reserved: reserved}
		if effect.Left, err = m.leftOf(ctx, x.Tx, in.Receivable, p.debit.ID); err != nil {
			return out, err
		}
		if err := x.Change("ledger_allocation", int64(row.ID), p.debit.Document, nil, effect); err != nil {
			return out, err
		}
	}
	return out, nil
}

// allocationEffect is what a lettrage does, in the words of its preview and of the
// audit: Left is what stays owed of the debit.
type allocationEffect struct {
	Debit       string       `json:"debit_document"`
	Credit      string       `json:"credit_document"`
	Amount      money.Amount `json:"amount"`
	Left        money.Amount `json:"left"`
	EffectiveOn day.Date     `json:"effective_on"`
	Reserved    bool         `json:"reserved"`
}

// leftOf is what stays of an item.
func (m *Module) leftOf(ctx context.Context, r db.Reader, account, item op.ID) (money.Amount, error) {
	p, err := m.Position(ctx, r, account, item)
	return p.Left, err
}

// effective is the day of a lettrage: today, or a day before.
func effective(x *op.Exec, on day.Date) (day.Date, error) {
	if on.IsZero() {
		return x.Today, nil
	}
	if on.After(x.Today) {
		return on, fault.InvalidField("effective_on", "ledger.future", "today", x.Today)
	}
	return on, nil
}

// reverseAllocation undoes a lettrage.
func (m *Module) reverseAllocation(ctx context.Context, x *op.Exec, in AllocationReverse) (Allocation, error) {
	on, err := effective(x, in.On)
	if err != nil {
		return Allocation{}, err
	}
	old, err := findAllocation(ctx, x.Tx, in.Receivable, in.ID)
	switch {
	case err != nil:
		return Allocation{}, err
	case old.DebitKind == ItemReturn:
		return Allocation{}, fault.New(fault.Precondition, "ledger.reverse_return")
	}
	row, err := m.Reverse(ctx, x.Tx, Reversing{in.Receivable, in.ID, on, in.Reason, 0, op.ID(x.Actor.UserID)})
	if err != nil {
		return row, err
	}
	effect := allocationEffect{Debit: old.DebitDocument, Credit: old.CreditDocument, Amount: row.Amount, EffectiveOn: on, Reserved: row.Reserved}
	if effect.Left, err = m.leftOf(ctx, x.Tx, in.Receivable, row.Debit); err != nil {
		return row, err
	}
	return row, x.Change("ledger_allocation", int64(row.ID), old.DebitDocument, nil, effect)
}

// awaited says whether the money of a credit is still to come: what the module of
// receipts knows, else whether another allocation of it waits.
func (m *Module) awaited(ctx context.Context, r db.Reader, account, credit op.ID) (bool, error) {
	if m.reserved != nil {
		return m.reserved(ctx, r, account, credit)
	}
	return waits(ctx, r, account, credit)
}
