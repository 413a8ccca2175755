package board

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// CycleAsk asks for the cycle of a month.
type CycleAsk struct {
	// Month is any day of it; none is the latest month that is read.
	Month day.Date `json:"month" in:"month"`
}

// WaitingAsk asks for the open anomalies by rule.
type WaitingAsk struct{}

// StandingAsk asks for units side by side.
type StandingAsk struct {
	// Under is a unit: its lines are the units directly below it. Without one each unit
	// that bills has a line.
	Under op.ID `json:"under" in:"ref=org.unit.list"`
	// Month is any day of it; none is the month before the present one.
	Month day.Date `json:"month" in:"month"`
	// Live takes what is known today, although the month is closed: it reads the items
	// themselves.
	Live bool `json:"live"`
}

// Register registers the queries (DRI-01, DRI-08, AG-09, AG-18).
func (m *Module) Register(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "board.cycle.list", Path: "/board/cycle", Duties: []string{"DRI-01", "AG-09"}}, op.ListHandler[CycleAsk, Cycle]{
		Sorts: []string{"code"},
		Rows:  m.cycle,
	})
	op.RegisterList(r, op.Spec{Name: "board.anomaly.list", Path: "/board/anomalies", Duties: []string{"AG-09"}}, op.ListHandler[WaitingAsk, Waiting]{
		Sorts: []string{"unit"},
		Rows: func(ctx context.Context, x *op.Exec, _ WaitingAsk) iter.Seq2[Waiting, error] {
			all, err := waitingOf(ctx, x.R, x.Filter)
			return given(x, all, err)
		},
	})
	op.RegisterList(r, op.Spec{Name: "board.unit.list", Path: "/board/units", Duties: []string{"DRI-01", "DRI-08", "AG-18"}},
		op.ListHandler[StandingAsk, Standing]{
			Sorts: []string{"unit", "-billed", "-collected", "rate", "-arrears", "-arrears_over_90", "-anomalies", "-late_routes"},
			Rows: func(ctx context.Context, x *op.Exec, in StandingAsk) iter.Seq2[Standing, error] {
				all, err := m.standings(ctx, x, in)
				return given(x, all, err)
			},
		})
}

// given yields rows that are all in memory, from the place the page begins at.
func given[T op.Keyed](x *op.Exec, rows []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err != nil {
			yield(none, err)
			return
		}
		begin := 0
		if len(x.Page.After) > 0 {
			begin = slices.IndexFunc(rows, func(row T) bool { return slices.Equal(row.PageKey(x.Page.Sort), x.Page.After) }) + 1
		}
		for n, row := range rows[begin:] {
			if x.Page.Limit > 0 && n > x.Page.Limit || !yield(row, nil) {
				return
			}
		}
	}
}

// cycle gives the routes of a month with where they stand.
func (m *Module) cycle(ctx context.Context, x *op.Exec, in CycleAsk) iter.Seq2[Cycle, error] {
	return func(yield func(Cycle, error) bool) {
		all, err := m.cycleOf(ctx, x, in)
		if err != nil {
			yield(Cycle{}, err)
			return
		}
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (m *Module) cycleOf(ctx context.Context, x *op.Exec, in CycleAsk) ([]Cycle, error) {
	month := in.Month
	var err error
	if month.IsZero() {
		if month, err = lastCycle(ctx, x.R); err != nil || month.IsZero() {
			return nil, err
		}
	}
	month = day.MonthOf(month).First()
	var all []Cycle
	for c, err := range listCycle(ctx, x, month) {
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if err := addProgress(ctx, x.R, all); err != nil {
		return nil, err
	}
	runs, err := runsOf(ctx, x.R, month)
	if err != nil {
		return nil, err
	}
	above := map[op.ID][]int64{}
	for i := range all {
		c := &all[i]
		if _, known := above[c.Unit]; !known && m.places != nil {
			if above[c.Unit], err = m.places.Path(ctx, x.R, int64(c.Unit), x.Today); err != nil {
				return nil, err
			}
		}
		for _, u := range runs {
			if (u.route == 0 || u.route == c.Route) && (u.unit == c.Unit || slices.Contains(above[c.Unit], int64(u.unit))) {
				c.Run, c.RunCode, c.RunState, c.IssuedOn = u.id, u.code, u.state, u.issuedOn
				break
			}
		}
	}
	return all, nil
}

// narrow adds to a condition that a column's unit is one of those asked about.
type narrow func(w *db.Where, column string)

// within narrows to the scope, and to a unit with all below it. The units are named, so
// that an index is walked from one to the next.
func (m *Module) within(ctx context.Context, x *op.Exec, under op.ID) (narrow, error) {
	if m.places == nil {
		return x.Filter, nil
	}
	scope := x.ScopeOf()
	units, all, err := m.places.Below(ctx, x.R, scope.Roots, scope.On)
	if err != nil {
		return nil, err
	}
	if under != 0 {
		own, whole, err := m.places.Below(ctx, x.R, []int64{int64(under)}, x.Today)
		if err != nil {
			return nil, err
		}
		units, all = slices.DeleteFunc(own, func(u int64) bool { return !all && !slices.Contains(units, u) }), all && whole
	}
	return func(w *db.Where, column string) {
		if !all {
			w.In(column, units)
		}
	}, nil
}

// lines gathers the standings by line.
type lines struct {
	m     *Module
	x     *op.Exec
	under op.ID
	at    map[op.ID]op.ID
	by    map[op.ID]*Standing
	month day.Month
}

// of is the line of a unit: the unit directly below the one asked for.
func (l *lines) of(ctx context.Context, unit op.ID) (*Standing, error) {
	at, known := l.at[unit]
	if !known {
		at = unit
		if l.under != 0 && l.m.places != nil {
			path, err := l.m.places.Path(ctx, l.x.R, int64(unit), l.x.Today)
			if err != nil {
				return nil, err
			}
			if i := slices.Index(path, int64(l.under)); i >= 0 && i+1 < len(path) {
				at = op.ID(path[i+1])
			}
		}
		l.at[unit] = at
	}
	s := l.by[at]
	if s == nil {
		s = &Standing{Unit: at, Month: l.month.First()}
		l.by[at] = s
	}
	return s, nil
}

// standings puts the units side by side.
func (m *Module) standings(ctx context.Context, x *op.Exec, in StandingAsk) ([]Standing, error) {
	month := day.MonthOf(in.Month)
	if in.Month.IsZero() {
		month = day.MonthOf(x.Today).Add(-1)
	}
	within, err := m.within(ctx, x, in.Under)
	if err != nil {
		return nil, err
	}
	l := &lines{m: m, x: x, under: in.Under, at: map[op.ID]op.ID{}, by: map[op.ID]*Standing{}, month: month}
	closed, err := l.billed(ctx, within)
	if err != nil {
		return nil, err
	}
	closed = closed && !in.Live
	for _, step := range []func(context.Context, narrow, bool) error{l.owed, l.work} {
		if err := step(ctx, within, closed); err != nil {
			return nil, err
		}
	}
	out := make([]Standing, 0, len(l.by))
	for _, s := range l.by {
		if s.Rate, err = rateOf(s.Collected, s.Billed); err != nil {
			return nil, err
		}
		out = append(out, *s)
	}
	order(out, x.Page.Sort, x.Page.Desc)
	return out, nil
}

// billed adds what was billed in the month, the one before and that of a year before; and
// says whether all units that billed in the month have closed it.
func (l *lines) billed(ctx context.Context, within narrow) (closed bool, err error) {
	units, err := closedUnits(ctx, l.x.R, within, l.month)
	if err != nil {
		return false, err
	}
	closed = len(units) > 0
	for _, ago := range []int{0, 1, 12} {
		month := l.month.Add(-ago)
		all, err := billedBetween(ctx, l.x.R, within, month.First(), month.Last())
		if err != nil {
			return false, err
		}
		for _, b := range all {
			s, err := l.of(ctx, b.unit)
			if err != nil {
				return false, err
			}
			sum := map[int]*money.Amount{0: &s.Billed, 1: &s.BilledBefore, 12: &s.BilledYear}[ago]
			if *sum, err = sum.Add(b.total); err != nil {
				return false, err
			}
			if ago == 0 {
				s.Bills += b.bills
				closed = closed && units[b.unit]
			}
		}
	}
	return closed, nil
}

// ageing runs an ageing and hands its amounts out by line.
type ageing func(ctx context.Context, q ledger.AgeingQuery, add func(s *Standing, a ledger.Age) error) error

// oldDays is the age in days from which arrears are old; years is beyond every age.
const oldDays, years = 90, 36_500

// owed adds what is left of the bills of the month, and the arrears: of the closing, or as
// of today.
func (l *lines) owed(ctx context.Context, within narrow, closed bool) error {
	on := l.x.Today
	if closed {
		on = l.month.Last()
	}
	ages := func(ctx context.Context, q ledger.AgeingQuery, add func(s *Standing, a ledger.Age) error) error {
		all, err := ledger.Ageing(ctx, l.x.R, q, within, nil)
		for _, a := range all {
			s, err := l.of(ctx, a.Unit)
			if err != nil {
				return err
			}
			if err := add(s, a); err != nil {
				return err
			}
		}
		return err
	}
	limits, which := issueBuckets(l.month, on)
	for _, s := range l.by {
		s.Collected = s.Billed
	}
	err := ages(ctx, ledger.AgeingQuery{AsOf: ledger.AsOf{On: on}, By: ledger.ByIssue, Group: ledger.GroupUnit, Limits: limits, Closed: closed},
		func(s *Standing, a ledger.Age) error {
			left, err := sum(a.Amounts, which...)
			if err == nil && s.Billed != 0 {
				s.Collected, err = s.Collected.Sub(left)
			}
			return err
		})
	if err != nil {
		return err
	}
	for _, s := range l.by {
		s.Closed, s.AsOf = closed, on
	}
	return l.arrears(ctx, ages, closed, on)
}

// arrears adds what is past its due day, and what was at the end of the month before.
func (l *lines) arrears(ctx context.Context, ages ageing, closed bool, on day.Date) error {
	err := ages(ctx, ledger.AgeingQuery{AsOf: ledger.AsOf{On: on}, By: ledger.ByDue, Group: ledger.GroupUnit, Limits: []int{oldDays, years}, Closed: closed},
		func(s *Standing, a ledger.Age) error {
			late, err := sum(a.Amounts, 1, 2, 3)
			if err != nil {
				return err
			}
			if s.Arrears, err = s.Arrears.Add(late); err != nil {
				return err
			}
			over, err := sum(a.Amounts, 2, 3)
			if err == nil {
				s.Old, err = s.Old.Add(over)
			}
			return err
		})
	if err != nil || !closed {
		return err
	}
	before := l.month.Add(-1)
	return ages(ctx, ledger.AgeingQuery{AsOf: ledger.AsOf{On: before.Last()}, By: ledger.ByDue, Group: ledger.GroupUnit, Limits: []int{years}, Closed: true},
		func(s *Standing, a ledger.Age) error {
			late, err := sum(a.Amounts, 1, 2)
			if err == nil {
				s.ArrearsBefore, err = s.ArrearsBefore.Add(late)
			}
			return err
		})
}

// work adds the anomalies that wait and the routes that are overdue today.
func (l *lines) work(ctx context.Context, within narrow, _ bool) error {
	waiting, err := waitingOf(ctx, l.x.R, within)
	if err != nil {
		return err
	}
	for _, a := range waiting {
		s, err := l.of(ctx, a.Unit)
		if err != nil {
			return err
		}
		s.Anomalies += a.Count
		if a.Blocking {
			s.Blocking += a.Count
		}
	}
	month, err := lastCycle(ctx, l.x.R)
	if err != nil || month.IsZero() {
		return err
	}
	return walks(ctx, l.x.R, within, month, l.x.Today, func(unit op.ID, all, late int64) error {
		s, err := l.of(ctx, unit)
		if err == nil {
			s.Routes, s.Late, s.Cycle = s.Routes+all, s.Late+late, month
		}
		return err
	})
}

// order sorts lines as asked; equal ones by unit.
func order(all []Standing, sort string, down bool) {
	by := map[string]func(Standing) int64{
		"billed": func(s Standing) int64 { return int64(s.Billed) }, "collected": func(s Standing) int64 { return int64(s.Collected) },
		"rate": func(s Standing) int64 { return int64(s.Rate) }, "arrears": func(s Standing) int64 { return int64(s.Arrears) },
		"arrears_over_90": func(s Standing) int64 { return int64(s.Old) }, "anomalies": func(s Standing) int64 { return s.Anomalies },
		"late_routes": func(s Standing) int64 { return s.Late },
	}[sort]
	slices.SortFunc(all, func(a, b Standing) int {
		c := 0
		if by != nil {
			c = cmp.Compare(by(a), by(b))
		}
		if c = cmp.Or(c, cmp.Compare(a.Unit, b.Unit)); down {
			return -c
		}
		return c
	})
}
