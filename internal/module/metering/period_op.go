package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// PeriodFilter narrows the list of reading periods.
type PeriodFilter struct {
	// Month is any day of it.
	Month day.Date    `json:"month" in:"month"`
	State PeriodState `json:"state"`
	Route op.ID       `json:"route" in:"ref=metering.route.list"`
	// Overdue are the open ones whose last day has passed.
	Overdue bool `json:"overdue"`
}

// PeriodRow is a reading period in the list, with what was done of it.
type PeriodRow struct {
	Period
	Code   string `json:"code"`
	Name   string `json:"name"`
	Unit   op.ID  `json:"unit" out:"ref=unit"`
	Reader string `json:"reader"`
	Progress
	// LateDays is how many days its end is passed while it is open.
	LateDays int64 `json:"late_days"`
}

// PageKey is the row's place in its list.
func (p PeriodRow) PageKey(string) []string { return []string{p.Month.String(), p.Route.String()} }

// PeriodRef points at a reading period.
type PeriodRef struct {
	ID op.ID `json:"id" in:"required,ref=metering.period.list"`
}

// PeriodAdd is the input of opening the reading of a route for a month.
type PeriodAdd struct {
	Route op.ID `json:"route" in:"required,ref=metering.route.list"`
	// Month is any day of it.
	Month    day.Date `json:"month" in:"required,month"`
	OpensOn  day.Date `json:"opens_on" in:"required"`
	ClosesOn day.Date `json:"closes_on" in:"required"`
}

// Validate says what is wrong across the fields.
func (in PeriodAdd) Validate() []fault.Field {
	if in.ClosesOn.Before(in.OpensOn) {
		return []fault.Field{{Path: "closes_on", Code: "period.reversed", Args: fault.Args{"from": in.OpensOn, "to": in.ClosesOn}}}
	}
	return nil
}

// PeriodClose is the input of closing a reading period.
type PeriodClose struct {
	ID      op.ID `json:"id" in:"required,ref=metering.period.list"`
	Version int64 `json:"version" in:"required,min=1"`
}

// PeriodClosing is the answer of closing a reading period.
type PeriodClosing struct {
	ID      op.ID `json:"id"`
	Version int64 `json:"version"`
	// Missing are the contracts of the walk without a value.
	Missing int64 `json:"missing"`
}

func (m *Module) registerPeriods(r *op.Registry) {
	duties := []string{"DRI-01", "AG-09"}
	op.RegisterList(r, op.Spec{Name: "metering.period.list", Path: "/metering/periods", Duties: duties}, op.ListHandler[PeriodFilter, PeriodRow]{
		Sorts: []string{"-month"},
		Rows: func(ctx context.Context, x *op.Exec, in PeriodFilter) iter.Seq2[PeriodRow, error] {
			return listPeriods(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "metering.period.show", Path: "/metering/periods/{id}", Duties: duties}, op.GetHandler[PeriodRef, PeriodRow]{
		Targets: func(ctx context.Context, x *op.Exec, in PeriodRef) ([]op.Target, error) {
			_, t, err := findPeriod(ctx, x.R, int64(in.ID))
			return unitTargets(int64(t.Unit)), err
		},
		Do: func(ctx context.Context, x *op.Exec, in PeriodRef) (PeriodRow, error) {
			p, t, err := findPeriod(ctx, x.R, int64(in.ID))
			if err != nil {
				return PeriodRow{}, err
			}
			all := []PeriodRow{{Period: p, Code: t.Code, Name: t.Name, Unit: t.Unit, Reader: t.Reader}}
			err = addProgress(ctx, x.R, all, x.Today)
			return all[0], err
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "metering.period.open", Path: "/metering/periods", Duties: duties}, op.CommandHandler[PeriodAdd, op.Saved]{
		Locks: func(in PeriodAdd) []int64 { return []int64{int64(in.Route)} },
		Targets: func(ctx context.Context, x *op.Exec, in PeriodAdd) ([]op.Target, error) {
			t, err := findRoute(ctx, x.R, int64(in.Route))
			return unitTargets(int64(t.Unit)), err
		},
		Do: addPeriod,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.period.close", Path: "/metering/periods/{id}/close", Versioned: true, Duties: duties,
	}, op.CommandHandler[PeriodClose, PeriodClosing]{
		Locks: func(in PeriodClose) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in PeriodClose) ([]op.Target, error) {
			_, t, err := findPeriod(ctx, x.R, int64(in.ID))
			return unitTargets(int64(t.Unit)), err
		},
		Do: endPeriod,
	})
}

func addPeriod(ctx context.Context, x *op.Exec, in PeriodAdd) (op.Saved, error) {
	t, err := findRoute(ctx, x.R, int64(in.Route))
	if err != nil {
		return op.Saved{}, err
	}
	month := monthStart(in.Month)
	if _, known, err := periodOf(ctx, x.R, int64(in.Route), month); known || err != nil {
		if err == nil {
			err = fault.New(fault.Conflict, "metering.period_taken", "route", t.Code, "month", day.MonthOf(month))
		}
		return op.Saved{}, err
	}
	stops, err := stopsOf(ctx, x.R, int64(in.Route))
	if err != nil {
		return op.Saved{}, err
	}
	if len(stops) == 0 {
		return op.Saved{}, fault.New(fault.Precondition, "metering.route_empty", "route", t.Code)
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	p := Period{
		ID: op.ID(id), Route: in.Route, Month: month, OpensOn: in.OpensOn, ClosesOn: in.ClosesOn, State: PeriodOpen, Stops: int64(len(stops)), Version: 1,
	}
	if err := insertPeriod(ctx, x.Tx, p); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: p.ID, Version: 1}, x.Change("period", id, t.Code, nil, p)
}

// endPeriod closes the reading of a route: each contract in force that has no value for the
// month becomes an anomaly to decide.
func endPeriod(ctx context.Context, x *op.Exec, in PeriodClose) (PeriodClosing, error) {
	p, t, err := findPeriod(ctx, x.R, int64(in.ID))
	if err != nil {
		return PeriodClosing{}, err
	}
	if err := op.CheckVersion(p.Version, in.Version); err != nil {
		return PeriodClosing{}, err
	}
	if p.State != PeriodOpen {
		return PeriodClosing{}, fault.New(fault.Conflict, "metering.period_closed")
	}
	missing, err := missingOf(ctx, x, p)
	if err != nil {
		return PeriodClosing{}, err
	}
	if err := insertAnomalies(ctx, x.Tx, missing); err != nil {
		return PeriodClosing{}, err
	}
	before := p
	p.Missing, p.ClosedAt = int64(len(missing)), x.Now
	if err := closePeriod(ctx, x.Tx, &p); err != nil {
		return PeriodClosing{}, err
	}
	return PeriodClosing{p.ID, p.Version, p.Missing}, x.Change("period", int64(p.ID), t.Code, before, p)
}

// missingOf are the anomalies of the contracts of a walk without a value for the month.
func missingOf(ctx context.Context, x *op.Exec, p Period) ([]Anomaly, error) {
	rows, err := sheet(ctx, x, SheetAsk{p.Route, p.Month})
	if err != nil {
		return nil, err
	}
	rules, err := controlRules(ctx, x.R)
	if err != nil {
		return nil, err
	}
	book := newRulebook(rules)
	newID := idSource(ctx, x.Tx)
	var out []Anomaly
	seen := map[op.ID]bool{}
	for _, row := range rows {
		if row.Account == 0 || row.Quantity != nil || seen[row.Account] {
			continue
		}
		seen[row.Account] = true
		s, err := findSupply(ctx, x.R, int64(row.Account), p.ClosesOn)
		if err != nil {
			return nil, err
		}
		params := book.params(RuleMissing, s.Category, p.ClosesOn)
		if !params.Enabled {
			continue
		}
		id, err := newID()
		if err != nil {
			return nil, err
		}
		out = append(out, Anomaly{
			Account: row.Account, ID: op.ID(id), Contract: op.ID(s.Contract), Unit: op.ID(s.Unit), Service: s.Service, Category: s.Category, Month: p.Month,
			Rule: RuleMissing, Severity: params.Severity, Evidence: Evidence{Reason: "missing", Date: p.Month, Limit: p.ClosesOn, Usual: row.Usual},
			State: AnomalyOpen, RecordedAt: x.Now, Version: 1,
		})
	}
	return out, nil
}
