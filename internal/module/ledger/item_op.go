package ledger

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// ItemFilter narrows the list of open items.
type ItemFilter struct {
	Receivable op.ID `json:"receivable_account" in:"ref=account.account.list"`
	// Accounts are several receivable accounts; none is all.
	Accounts    []op.ID     `json:"accounts"`
	Kind        ItemKind    `json:"kind"`
	Category    string      `json:"category" in:"max=31"`
	LegalNature LegalNature `json:"legal_nature"`
	Service     Service     `json:"service"`
	// DueFrom and DueTo are due dates, both included.
	DueFrom day.Date `json:"due_from"`
	DueTo   day.Date `json:"due_to"`
	// IssuedFrom and IssuedTo are days of issue, both included.
	IssuedFrom day.Date `json:"issued_from"`
	IssuedTo   day.Date `json:"issued_to"`
	// Owing leaves out what is due to customers: receipts, credits, advances.
	Owing bool `json:"owing"`
	// Settled shows also the items of which nothing is left.
	Settled bool `json:"settled"`
	// Doubtful keeps the items of which something is on the account of doubtful debts.
	Doubtful bool `json:"doubtful"`
	// Scope is a unit with all below it.
	Scope op.ID `json:"scope" in:"ref=org.unit.list"`
	// On and KnownOn are the two clocks: by default every day, and everything known.
	On      day.Date `json:"on"`
	KnownOn day.Date `json:"known_on"`
	// Closed is the month of On as it was closed: the units that closed it, without what
	// was entered of it afterwards.
	Closed bool `json:"closed"`
}

// asOf are the clocks of the filter; a closed month is seen at its end.
func (f ItemFilter) asOf() AsOf {
	if f.Closed {
		return AsOf{On: day.MonthOf(f.On).Last()}
	}
	return AsOf{f.On, endOf(f.KnownOn)}
}

// ItemRow is an item in the list.
type ItemRow struct {
	Item
	// Left is what is not allocated, with the sign of the item.
	Left money.Amount `json:"left"`
	// InDoubt is what of Left is on the account of doubtful debts.
	InDoubt money.Amount `json:"in_doubt"`
}

// PageKey is the row's place in its list.
func (r ItemRow) PageKey(string) []string {
	return []string{r.DueOn.String(), r.Account.String(), r.ID.String()}
}

// Offer says how an item reads among those to choose for a lettrage.
func (r ItemRow) Offer(say func(key string, args ...any) string) (name, sub, group string) {
	group = say("page.ledger.lettering.debits")
	if r.Left < 0 {
		group = say("page.ledger.lettering.credits")
	}
	name = say("enum.ledger_item_kind."+string(r.Kind)) + " " + r.Document
	return name, say("page.ledger.lettering.item", "date", r.DueOn, "amount", r.Amount, "left", r.Left), group
}

// ItemRef points at an item of a receivable account.
type ItemRef struct {
	ID         op.ID `json:"id" in:"required"`
	Receivable op.ID `json:"receivable_account" in:"required,ref=account.account.list"`
}

// ItemCard is an item with what was moved of it.
type ItemCard struct {
	Position
	Allocations []AllocationRow `json:"allocations"`
	// Transfers to the account of doubtful debts and back.
	Transfers []Transfer `json:"transfers"`
}

// StandingRef asks for the balance of a receivable account.
type StandingRef struct {
	Receivable op.ID    `json:"receivable_account" in:"required,ref=account.account.list"`
	On         day.Date `json:"on"`
	KnownOn    day.Date `json:"known_on"`
}

// Standing is what a receivable account comes to.
type Standing struct {
	Receivable op.ID `json:"receivable_account" out:"ref=account"`
	// Owed is what is left of its debits, Credits of its credits, both not negative;
	// Balance is the first less the second.
	Owed    money.Amount `json:"owed"`
	Late    money.Amount `json:"late"`
	Credits money.Amount `json:"credits"`
	Balance money.Amount `json:"balance"`
	// InDoubt is what of Owed is on the account of doubtful debts.
	InDoubt money.Amount `json:"in_doubt"`
	// Items is the number of items of which something is left.
	Items int64 `json:"items"`
	// OldestDueOn is the earliest due date of what is late; none when nothing is.
	OldestDueOn day.Date `json:"oldest_due_on"`
	// Ages is what is owed by days since it was due, what is nothing left out.
	Ages []AgeRow `json:"ages"`
}

func (m *Module) registerItems(r *op.Registry) {
	duties := []string{"DRI-11", "AG-18"}
	op.RegisterList(r, op.Spec{Name: "ledger.item.list", Path: "/ledger/items", Duties: duties}, op.ListHandler[ItemFilter, ItemRow]{
		Sorts: []string{"due_on"},
		Rows: func(ctx context.Context, x *op.Exec, in ItemFilter) iter.Seq2[ItemRow, error] {
			return listItems(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "ledger.item.show", Path: "/ledger/items/{id}", Duties: duties}, op.GetHandler[ItemRef, ItemCard]{
		Targets: func(ctx context.Context, x *op.Exec, in ItemRef) ([]op.Target, error) {
			p, err := m.Position(ctx, x.R, in.Receivable, in.ID)
			return []op.Target{{Unit: int64(p.Managing)}}, err
		},
		Do: func(ctx context.Context, x *op.Exec, in ItemRef) (ItemCard, error) {
			a, err := loadAccount(ctx, x.R, in.Receivable)
			if err != nil {
				return ItemCard{}, err
			}
			c := ItemCard{Position: *a.find(in.ID)}
			if c.Allocations, err = allocationsOf(ctx, x.R, in.Receivable, in.ID); err != nil {
				return c, err
			}
			c.Transfers, err = transfersOf(ctx, x.R, in.Receivable, in.ID)
			return c, err
		},
	})
	op.RegisterGet(r, op.Spec{
		Name: "ledger.item.balance", Path: "/ledger/items/balance/{receivable_account}", Duties: duties,
	}, op.GetHandler[StandingRef, Standing]{
		Targets: func(ctx context.Context, x *op.Exec, in StandingRef) ([]op.Target, error) {
			unit, err := managedBy(ctx, x.R, in.Receivable)
			return []op.Target{{Unit: int64(unit)}}, err
		},
		Do: standingOf,
	})
}

// standingOf adds an account up as of two clocks.
func standingOf(ctx context.Context, x *op.Exec, in StandingRef) (Standing, error) {
	out, on := Standing{Receivable: in.Receivable}, in.On
	if on.IsZero() {
		on = x.Today
	}
	a, err := loadAccountAsOf(ctx, x.R, in.Receivable, AsOf{in.On, endOf(in.KnownOn)})
	if err != nil {
		return out, err
	}
	limits := LimitsDefault()
	age := Age{Amounts: make([]money.Amount, len(limits)+2)}
	for _, p := range a.positions {
		if p.Left == 0 {
			continue
		}
		out.Items++
		if out.Balance, err = out.Balance.Add(p.Left); err != nil {
			return out, err
		}
		if p.Left < 0 {
			out.Credits -= p.Left
			continue
		}
		out.Owed, out.InDoubt = out.Owed+p.Left, out.InDoubt+p.InDoubt
		age.Amounts[ageOf(p.DueOn.DaysUntil(on), limits)] += p.Left
		if !p.DueOn.Before(on) {
			continue
		}
		out.Late += p.Left
		if out.OldestDueOn.IsZero() || p.DueOn.Before(out.OldestDueOn) {
			out.OldestDueOn = p.DueOn
		}
	}
	out.Ages = age.cells(limits)
	return out, nil
}
