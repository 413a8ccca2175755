package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
	"wasl/internal/platform/op"
)

// FloatMax bounds the cash in a drawer at the beginning, in centimes.
const FloatMax = 10_000_000

// SessionFilter narrows the list of sessions.
type SessionFilter struct {
	State   SessionState `json:"state"`
	Cashier op.ID        `json:"cashier" in:"ref=access.user.list"`
	// From and To are business days, both included.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
}

// SessionRef points at a session.
type SessionRef struct {
	ID op.ID `json:"id" in:"required,ref=collection.session.list"`
}

// Opening is the input of the opening of a desk.
type Opening struct {
	Unit op.ID  `json:"unit" in:"required,ref=org.unit.list"`
	Desk string `json:"desk" in:"required,max=31"`
	// Float is the cash in the drawer.
	Float money.Amount `json:"opening_float" in:"min=0,max=10000000"`
	// Cashier is who takes money at it; whoever asks unless said.
	Cashier op.ID `json:"cashier" in:"ref=access.user.list"`
	// Paper is what its printer takes; A5 unless said.
	Paper Paper `json:"paper"`
	// AtOnce has each receipt printed as soon as it is given.
	AtOnce bool `json:"print_at_once"`
}

// Closing is the input of the count of a desk.
type Closing struct {
	ID op.ID `json:"id" in:"required,ref=collection.session.list"`
	// Counted is all the cash in the drawer, the opening float included.
	Counted money.Amount `json:"counted" in:"required,min=0"`
	// Reason explains a difference; it is asked for when there is one.
	Reason string `json:"reason" in:"max=500,lines"`
}

// SessionSaved is the answer of opening and closing.
type SessionSaved struct {
	ID         op.ID        `json:"id"`
	Number     string       `json:"number"`
	Expected   money.Amount `json:"expected"`
	Difference money.Amount `json:"difference"`
	Version    int64        `json:"version"`
}

func (m *Module) registerSessions(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "collection.session.list", Path: "/collection/sessions", Duties: duties()}, op.ListHandler[SessionFilter, Session]{
		Sorts: []string{"-business_day"},
		Rows: func(ctx context.Context, x *op.Exec, in SessionFilter) iter.Seq2[Session, error] {
			return listSessions(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "collection.session.get", Path: "/collection/sessions/{id}", Duties: duties()}, op.GetHandler[SessionRef, SessionCard]{
		Targets: func(ctx context.Context, x *op.Exec, in SessionRef) ([]op.Target, error) {
			s, err := findSession(ctx, x.R, in.ID)
			return unitTarget(s.Unit), err
		},
		Do: func(ctx context.Context, x *op.Exec, in SessionRef) (SessionCard, error) {
			return sessionCard(ctx, x.R, in.ID)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "collection.session.open", Path: "/collection/sessions", Duties: duties()}, op.CommandHandler[Opening, SessionSaved]{
		Targets: func(_ context.Context, _ *op.Exec, in Opening) ([]op.Target, error) { return unitTarget(in.Unit), nil },
		Do:      m.openSession,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.session.close", Path: "/collection/sessions/{id}/close", Duties: duties(),
	}, op.CommandHandler[Closing, SessionSaved]{
		Targets: func(ctx context.Context, x *op.Exec, in Closing) ([]op.Target, error) {
			s, err := findSession(ctx, x.R, in.ID)
			return unitTarget(s.Unit), err
		},
		Locks: func(in Closing) []int64 { return []int64{int64(in.ID)} },
		Do:    m.closeDesk,
	})
}

func sessionCard(ctx context.Context, r db.Reader, id op.ID) (SessionCard, error) {
	s, err := findSession(ctx, r, id)
	if err != nil {
		return SessionCard{}, err
	}
	card := SessionCard{Session: s}
	if card.Tenders, err = totalsOf(ctx, r, id); err != nil {
		return card, err
	}
	if s.State == SessionOpen {
		cash, err := cashOf(ctx, r, &s)
		if err != nil {
			return card, err
		}
		card.Expected = s.Float + cash
	}
	card.Cancelled, err = cancelledOf(ctx, r, id)
	return card, err
}

// sessionSeries is the kind of the numbers of sessions; a receipt's number is that of
// its session and its ordinal, with another prefix.
const (
	sessionSeries = "cash_session"
	sessionDigits = 6
	ordinalDigits = 4
	sessionPrefix = "CS"
	receiptPrefix = "REC"
)

// cashierOf is who takes money at a desk. Precondition "collection.session_nobody" when
// nobody is said, Invalid "collection.cashier_unknown" for nobody's id, Conflict
// "collection.session_already" when he has a desk.
func cashierOf(ctx context.Context, x *op.Exec, in Opening) (op.ID, error) {
	if in.Cashier == 0 {
		in.Cashier = op.ID(x.Actor.UserID)
	}
	if in.Cashier == 0 {
		return 0, fault.New(fault.Precondition, "collection.session_nobody")
	}
	names, err := x.Registry().Labels(ctx, x.Tx, "user", []int64{int64(in.Cashier)})
	if err != nil {
		return 0, err
	}
	if names[int64(in.Cashier)] == "" {
		return 0, fault.InvalidField("cashier", "collection.cashier_unknown")
	}
	_, err = sessionOf(ctx, x.Tx, int64(in.Cashier))
	if err == nil {
		err = fault.New(fault.Conflict, "collection.session_already")
	}
	if fault.CodeOf(err) == "collection.session_none" {
		err = nil
	}
	return in.Cashier, err
}

// openSession opens a desk, today.
func (m *Module) openSession(ctx context.Context, x *op.Exec, in Opening) (SessionSaved, error) {
	cashier, err := cashierOf(ctx, x, in)
	if err != nil {
		return SessionSaved{}, err
	}
	s := Session{
		Unit: in.Unit, Desk: in.Desk, Cashier: cashier, Day: x.Today, Float: in.Float, State: SessionOpen, OpenedAt: x.Now, Version: 1,
		Paper: in.Paper.orElse(PaperA5), AtOnce: in.AtOnce,
	}
	if err := m.identify(ctx, x.Tx, &s); err != nil {
		return SessionSaved{}, err
	}
	if err := insertSession(ctx, x.Tx, &s); err != nil {
		return SessionSaved{}, err
	}
	return SessionSaved{ID: s.ID, Number: s.Number, Version: 1}, x.Change("cash_session", int64(s.ID), s.Number, nil, s)
}

// identify gives the session of a unit on a day its entity, its id and its legal number.
func (m *Module) identify(ctx context.Context, tx db.Tx, s *Session) error {
	stamps, err := m.ledger.StampsOf(ctx, tx, s.Unit, ledger.Other, s.Day)
	if err != nil {
		return err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	s.ID, s.Entity = op.ID(id), stamps.Entity
	var entity string
	if s.Exercise, entity, err = m.ledger.Numbering(ctx, tx, s.Entity, s.Day); err != nil {
		return err
	}
	s.serial, err = seq.Next(ctx, tx, seq.Series{EntityID: int64(s.Entity), Kind: sessionSeries, Exercise: s.Exercise}, 1)
	if err != nil {
		return err
	}
	s.Number = seq.Number(sessionPrefix, s.Exercise, entity, db.NodeOf(id), s.serial, sessionDigits)
	return nil
}

// closeDesk counts a desk: what is there is compared with what must be there, and the
// difference is posted. Invalid "collection.count_reason" for one without a reason.
func (m *Module) closeDesk(ctx context.Context, x *op.Exec, in Closing) (SessionSaved, error) {
	if err := holdSession(ctx, x.Tx, in.ID); err != nil {
		return SessionSaved{}, err
	}
	s, err := findSession(ctx, x.Tx, in.ID)
	if err != nil {
		return SessionSaved{}, err
	}
	if s.State != SessionOpen {
		return SessionSaved{}, fault.New(fault.Precondition, "collection.session_closed", "number", s.Number)
	}
	cash, err := cashOf(ctx, x.Tx, &s)
	if err != nil {
		return SessionSaved{}, err
	}
	was := s
	s.State, s.Expected, s.Counted, s.ClosedBy, s.Reason, s.ClosedAt = SessionClosed, s.Float+cash, in.Counted, op.ID(x.Actor.UserID), in.Reason, x.Now
	s.Difference = s.Counted - s.Expected
	if s.Difference != 0 && in.Reason == "" {
		return SessionSaved{}, fault.InvalidField("reason", "collection.count_reason", "expected", s.Expected, "difference", s.Difference)
	}
	if err := m.postDifference(ctx, x, &s); err != nil {
		return SessionSaved{}, err
	}
	if err := closeSession(ctx, x.Tx, &s, x.Now); err != nil {
		return SessionSaved{}, err
	}
	s.Version++
	out := SessionSaved{ID: s.ID, Number: s.Number, Expected: s.Expected, Difference: s.Difference, Version: s.Version}
	return out, x.Change("cash_session", int64(s.ID), s.Number, was, s)
}

// postDifference posts what is missing at a count, or too much.
func (m *Module) postDifference(ctx context.Context, x *op.Exec, s *Session) error {
	if s.Difference == 0 {
		return nil
	}
	kinds, err := kindsOf(ctx, x.Tx)
	if err != nil {
		return err
	}
	cash, err := cashKind(kinds, s.Day)
	if err != nil {
		return err
	}
	f := ledger.Facts{Event: ledger.EventCashOver, Sum: s.Difference, Roles: map[ledger.Role]string{ledger.RoleTender: cash.Account}}
	if s.Difference < 0 {
		f.Event, f.Sum = ledger.EventCashShort, -s.Difference
	}
	stamps, err := m.ledger.StampsOf(ctx, x.Tx, s.Unit, ledger.Other, s.Day)
	if err != nil {
		return err
	}
	_, err = m.ledger.Post(ctx, x.Tx, ledger.Posting{
		Stamps: stamps, On: s.Day, Document: s.Number, Label: s.Reason, Batch: s.ID, Actor: op.ID(x.Actor.UserID), Events: []ledger.Facts{f},
	})
	return err
}

// cashKind is the kind of tender that gives change on a day; Precondition
// "collection.cash_none" without one.
func cashKind(kinds []TenderKind, on day.Date) (TenderKind, error) {
	for i := range kinds {
		if k, err := kindOn(kinds, kinds[i].Code, on); err == nil && k.GivesChange {
			return k, nil
		}
	}
	return TenderKind{}, fault.New(fault.Precondition, "collection.cash_none")
}

// Blocker keeps a month open while a desk of the unit that began in it is not counted.
// It is a ledger.Blocker.
func Blocker(ctx context.Context, r db.Reader, unit int64, month day.Month) (code string, pairs []any, err error) {
	number, err := openOn(ctx, r, unit, month)
	if err != nil || number == "" {
		return "", nil, err
	}
	return "collection.desk_open", []any{"number", number}, nil
}
