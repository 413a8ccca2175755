package account

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/dated"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Bounds of dates.
const (
	// PastDaysMax is how far back a change of payer may be dated: what was agreed is
	// often learned late, but a year is no slip of the keyboard.
	PastDaysMax = 366
	// AheadDaysMax is how far ahead it may be dated.
	AheadDaysMax = 366
)

// Filter narrows the list of accounts.
type Filter struct {
	// Number keeps the numbers that begin so.
	Number string `json:"number" in:"max=31"`
	Kind   Kind   `json:"kind"`
	State  State  `json:"state"`
}

// Row is an account in the list.
type Row struct {
	Account
	State State `json:"state"`
}

// PageKey is the row's place in its list.
func (r Row) PageKey(string) []string { return []string{r.Number, r.ID.String()} }

// Ref points at an account.
type Ref struct {
	ID op.ID `json:"id" in:"required,ref=account.account.list"`
}

// PayerSpan is a payer in time.
type PayerSpan struct {
	// ValidFrom is the first day, ValidTo the day after the last; none is for ever.
	ValidFrom  day.Date  `json:"valid_from"`
	ValidTo    day.Date  `json:"valid_to"`
	PayerID    op.ID     `json:"payer" out:"ref=customer"`
	Reason     string    `json:"reason"`
	ActorID    op.ID     `json:"actor"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
}

// Card is an account with its payers.
type Card struct {
	Account
	State State `json:"state"`
	// PayerID is who pays today instead of the holder; 0 for the holder.
	PayerID op.ID `json:"payer" out:"ref=customer"`
	// Payers are all of them, latest first.
	Payers []PayerSpan `json:"payers"`
}

// PayerSet is the input of saying who pays an account.
type PayerSet struct {
	ID      op.ID `json:"id" in:"required,ref=account.account.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// Payer is the customer who pays; absent, the holder pays himself.
	Payer op.ID `json:"payer" in:"ref=customer.customer.list"`
	// ValidFrom is the first day on which it holds.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	Reason    string   `json:"reason" in:"required,min=3,max=500,lines"`
}

type payerSpan = dated.Span[op.ID, note]

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	duties := []string{"AG-41", "DIST-1"}
	op.RegisterList(r, op.Spec{Name: "account.account.list", Path: "/accounts", Duties: duties}, op.ListHandler[Filter, Row]{
		Sorts: []string{"number"},
		Rows: func(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Row, error] {
			return listAccounts(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "account.account.show", Path: "/accounts/{id}", Duties: duties}, op.GetHandler[Ref, Card]{
		Targets: func(ctx context.Context, x *op.Exec, in Ref) ([]op.Target, error) { return target(ctx, x, in.ID) },
		Do:      show,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "account.account.payer_set", Path: "/accounts/{id}/payer", Versioned: true, Duties: duties,
	}, op.CommandHandler[PayerSet, op.Saved]{
		Locks:   func(in PayerSet) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in PayerSet) ([]op.Target, error) { return target(ctx, x, in.ID) },
		Do:      m.setPayer,
	})
	r.Label("account", labels)
}

func target(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
	a, err := Find(ctx, x.R, int64(id))
	return []op.Target{{Unit: int64(a.UnitID)}}, err
}

func show(ctx context.Context, x *op.Exec, in Ref) (card Card, err error) {
	if card.Account, err = Find(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	card.State = card.StateOn(x.Today)
	line, err := readPayers(ctx, x.R, int64(in.ID))
	if err != nil {
		return card, err
	}
	card.PayerID, _ = line.On(x.Today)
	for i := len(line) - 1; i >= 0; i-- {
		s := line[i]
		card.Payers = append(card.Payers, PayerSpan{s.From, s.To, s.Value, s.Note.reason, s.Note.actor, s.Note.at})
	}
	return card, nil
}

// setPayer says who pays from a day on, until the next payer already recorded. The
// account itself gets a new version, so that two people who change its payers at once
// do not undo each other.
func (m *Module) setPayer(ctx context.Context, x *op.Exec, in PayerSet) (op.Saved, error) {
	a, err := Find(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(a.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	if err := a.checkPayerDate(in.ValidFrom, x.Today); err != nil {
		return op.Saved{}, err
	}
	if in.Payer != 0 {
		if _, err := m.customers.Payer(ctx, x.Tx, int64(in.Payer)); fault.KindOf(err) == fault.NotFound {
			return op.Saved{}, fault.InvalidField("payer", fault.CodeOf(err))
		} else if err != nil {
			return op.Saved{}, err
		}
	}
	old, err := readPayers(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	next, changed := old.Set(in.ValidFrom, in.Payer, note{in.Reason, op.ID(x.Actor.UserID), x.Now})
	if in.Payer == 0 {
		next, changed = old.Until(in.ValidFrom)
	}
	if !changed {
		return op.Saved{}, fault.InvalidField("payer", "account.payer_same")
	}
	if err := savePayers(ctx, x.Tx, int64(in.ID), next); err != nil {
		return op.Saved{}, err
	}
	if err := touch(ctx, x.Tx, int64(in.ID), a.Version); err != nil {
		return op.Saved{}, err
	}
	was, _ := old.On(in.ValidFrom)
	before := map[string]any{"payer": was}
	after := map[string]any{"payer": in.Payer, "valid_from": in.ValidFrom, "reason": in.Reason}
	return op.Saved{ID: a.ID, Version: a.Version + 1}, x.Change("account", int64(a.ID), a.Number, before, after)
}

// checkPayerDate refuses a day on which the account is not there, or too far away.
func (a Account) checkPayerDate(on, today day.Date) error {
	switch first, last := today.AddDays(-PastDaysMax), today.AddDays(AheadDaysMax); {
	case on.Before(a.OpenedOn):
		return fault.InvalidField("valid_from", "account.before_opening", "opened_on", a.OpenedOn)
	case !a.ClosedOn.IsZero() && !on.Before(a.ClosedOn):
		return fault.InvalidField("valid_from", "account.after_closing", "closed_on", a.ClosedOn)
	case on.Before(first) && on != a.OpenedOn:
		return fault.InvalidField("valid_from", "account.too_far_back", "min", first)
	case on.After(last):
		return fault.InvalidField("valid_from", "account.too_far_ahead", "max", last)
	}
	return nil
}
