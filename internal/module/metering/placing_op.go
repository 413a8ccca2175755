package metering

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// MeterInstall is the input of placing a meter at a service point.
type MeterInstall struct {
	ID           op.ID    `json:"id" in:"required,ref=metering.meter.list"`
	ServicePoint op.ID    `json:"service_point" in:"required,ref=customer.service_point.list"`
	InstalledOn  day.Date `json:"installed_on" in:"required"`
	// Index shown when it is placed; Indexes "REGISTER=INDEX" for a meter with several.
	Index   money.Quantity `json:"index" in:"min=0"`
	Indexes []string       `json:"indexes" in:"max=40"`
	Reason  string         `json:"reason" in:"max=500,lines"`
}

// MeterReplace is the input of replacing the meter of a service point.
type MeterReplace struct {
	// ID is the meter that leaves, By the one that comes.
	ID       op.ID          `json:"id" in:"required,ref=metering.meter.list"`
	By       op.ID          `json:"by" in:"required,ref=metering.meter.list"`
	On       day.Date       `json:"on" in:"required"`
	OldIndex money.Quantity `json:"old_index" in:"min=0"`
	NewIndex money.Quantity `json:"new_index" in:"min=0"`
	// OldIndexes and NewIndexes are "REGISTER=INDEX" for meters with several.
	OldIndexes []string `json:"old_indexes" in:"max=40"`
	NewIndexes []string `json:"new_indexes" in:"max=40"`
	// Withdraw says that the old meter will not be placed again.
	Withdraw bool   `json:"withdraw"`
	Reason   string `json:"reason" in:"required,max=500,lines"`
}

// MeterRemove is the input of taking a meter away.
type MeterRemove struct {
	ID        op.ID          `json:"id" in:"required,ref=metering.meter.list"`
	RemovedOn day.Date       `json:"removed_on" in:"required"`
	Index     money.Quantity `json:"index" in:"min=0"`
	Indexes   []string       `json:"indexes" in:"max=40"`
	Withdraw  bool           `json:"withdraw"`
	Reason    string         `json:"reason" in:"required,max=500,lines"`
}

// Placed is the answer of a change of where a meter stands.
type Placed struct {
	ID      op.ID `json:"id"`
	Version int64 `json:"version"`
	// Readings written on the account of the contract in force; 0 without one.
	Readings int64 `json:"readings"`
	// Anomalies found.
	Anomalies int64 `json:"anomalies"`
}

func (m *Module) registerPlacing(r *op.Registry) {
	duties := []string{"DRI-02", "AG-13"}
	op.RegisterCommand(r, op.Spec{Name: "metering.meter.install", Path: "/metering/meters/{id}/install", Duties: duties}, op.CommandHandler[MeterInstall, Placed]{
		Locks: func(in MeterInstall) []int64 { return []int64{int64(in.ID), int64(in.ServicePoint)} },
		Targets: func(ctx context.Context, x *op.Exec, in MeterInstall) ([]op.Target, error) {
			return placeTargets(ctx, x, in.ServicePoint, in.ID)
		},
		Do: m.installMeter,
	})
	op.RegisterCommand(r, op.Spec{Name: "metering.meter.replace", Path: "/metering/meters/{id}/replace", Duties: duties}, op.CommandHandler[MeterReplace, Placed]{
		Locks: func(in MeterReplace) []int64 { return []int64{int64(in.ID), int64(in.By)} },
		Targets: func(ctx context.Context, x *op.Exec, in MeterReplace) ([]op.Target, error) {
			return placeTargets(ctx, x, 0, in.ID, in.By)
		},
		Do: m.replaceMeter,
	})
	op.RegisterCommand(r, op.Spec{Name: "metering.meter.remove", Path: "/metering/meters/{id}/remove", Duties: duties}, op.CommandHandler[MeterRemove, Placed]{
		Locks: func(in MeterRemove) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in MeterRemove) ([]op.Target, error) {
			return placeTargets(ctx, x, 0, in.ID)
		},
		Do: m.removeMeter,
	})
}

// placeTargets are the units of some meters and of a service point.
func placeTargets(ctx context.Context, x *op.Exec, servicePoint op.ID, meters ...op.ID) ([]op.Target, error) {
	var units []int64
	for _, id := range meters {
		meter, err := findMeter(ctx, x.R, int64(id))
		if err != nil {
			return nil, err
		}
		units = append(units, int64(meter.Unit))
	}
	if servicePoint != 0 {
		p, err := findPoint(ctx, x.R, int64(servicePoint))
		if err != nil {
			return nil, err
		}
		units = append(units, p.unit)
	}
	return unitTargets(units...), nil
}

// move is one meter coming to a service point or leaving it.
type move struct {
	meter   Meter
	point   int64
	on      day.Date
	kind    ReadingKind
	indexes []indexAt
	reason  string
	// state of the meter afterwards.
	state MeterState
}

// dialsOf are the dials of a meter by register.
func dialsOf(ctx context.Context, r reader, meter Meter) (map[string]Dial, error) {
	several, err := registersOf(ctx, r, []int64{int64(meter.ID)})
	all := several[int64(meter.ID)]
	if err != nil || len(all) == 0 {
		return map[string]Dial{"": meter.dial()}, err
	}
	dials := map[string]Dial{}
	for _, g := range all {
		dials[g.Register] = Dial{g.Digits, g.Decimals, g.Coefficient}
	}
	return dials, nil
}

// notAhead refuses a date that has not come.
func notAhead(path string, on, today day.Date) error {
	if on.After(today) {
		return fault.InvalidField(path, "metering.date_ahead", "max", today)
	}
	return nil
}

func (m *Module) installMeter(ctx context.Context, x *op.Exec, in MeterInstall) (Placed, error) {
	if err := notAhead("installed_on", in.InstalledOn, x.Today); err != nil {
		return Placed{}, err
	}
	meter, err := freeMeter(ctx, x, in.ID, in.InstalledOn)
	if err != nil {
		return Placed{}, err
	}
	p, err := findPoint(ctx, x.R, int64(in.ServicePoint))
	if err != nil {
		return Placed{}, err
	}
	if err := pointFree(ctx, x, p, meter, in.InstalledOn); err != nil {
		return Placed{}, err
	}
	mv := move{meter: meter, point: p.id, on: in.InstalledOn, kind: Opening, reason: in.Reason, state: Installed}
	dials, err := dialsOf(ctx, x.R, meter)
	if err != nil {
		return Placed{}, err
	}
	if mv.indexes, err = indexes("index", in.Index, in.Indexes, dials); err != nil {
		return Placed{}, err
	}
	mv.meter.Unit = op.ID(p.unit)
	return m.place(ctx, x, mv)
}

// freeMeter reads a meter that may be placed on a day.
func freeMeter(ctx context.Context, x *op.Exec, id op.ID, on day.Date) (Meter, error) {
	meter, err := findMeter(ctx, x.R, int64(id))
	if err != nil {
		return meter, err
	}
	if meter.State != InStock {
		return meter, fault.New(fault.Conflict, "metering.meter_not_free", "serial", meter.Serial)
	}
	stays, err := staysOf(ctx, x.R, int64(id))
	for _, s := range stays {
		if !on.After(s.RemovedOn) {
			return meter, fault.New(fault.Conflict, "metering.meter_elsewhere", "serial", meter.Serial, "date", s.RemovedOn)
		}
	}
	return meter, err
}

// pointFree refuses a service point of another service, or where a meter stands.
func pointFree(ctx context.Context, x *op.Exec, p point, meter Meter, on day.Date) error {
	if p.service != string(meter.Service) {
		return fault.New(fault.Conflict, "metering.service_differs", "serial", meter.Serial)
	}
	stays, err := staysAt(ctx, x.R, p.id)
	for _, s := range stays {
		if s.RemovedOn.IsZero() || on.Before(s.RemovedOn) {
			return fault.New(fault.Conflict, "metering.point_taken", "code", p.code)
		}
	}
	return err
}

// place carries out moves that belong together: installations, readings, meters.
func (m *Module) place(ctx context.Context, x *op.Exec, moves ...move) (Placed, error) {
	var out Placed
	entries, err := m.moveEntries(ctx, x, moves)
	if err != nil {
		return out, err
	}
	for i := range moves {
		mv := &moves[i]
		if err := shift(ctx, x, mv); err != nil {
			return out, err
		}
		before := mv.meter
		mv.meter.State = mv.state
		if err := updateMeter(ctx, x.Tx, &mv.meter); err != nil {
			return out, err
		}
		after := struct {
			Meter
			ServicePoint op.ID    `json:"service_point"`
			On           day.Date `json:"on"`
			Reason       string   `json:"reason,omitempty"`
		}{mv.meter, op.ID(mv.point), mv.on, mv.reason}
		if err := x.Change("meter", int64(before.ID), before.Serial, nil, after); err != nil {
			return out, err
		}
	}
	taken, err := takeAll(ctx, x, entries)
	if err != nil {
		return out, err
	}
	for _, t := range taken {
		out.Readings++
		out.Anomalies += int64(len(t.Findings))
	}
	first := moves[0].meter
	out.ID, out.Version = first.ID, first.Version
	return out, nil
}

// moveEntries are the opening and closing readings on the account of the contract in
// force; none without a contract.
func (m *Module) moveEntries(ctx context.Context, x *op.Exec, moves []move) ([]Entry, error) {
	var out []Entry
	for _, mv := range moves {
		s, found, err := supplyOn(ctx, x.R, mv.point, mv.on, mv.kind)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		for _, i := range mv.indexes {
			out = append(out, Entry{Supply: s, Meter: int64(mv.meter.ID), Register: i.register, Date: mv.on, Index: i.index, Kind: mv.kind, Note: mv.reason})
		}
	}
	return out, nil
}

// shift writes where the meter stands from now on.
func shift(ctx context.Context, x *op.Exec, mv *move) error {
	if mv.kind == Opening {
		return insertStays(ctx, x.Tx, nil, originOf(x), Stay{ServicePoint: op.ID(mv.point), Meter: mv.meter.ID, InstalledOn: mv.on, Reason: mv.reason})
	}
	s, err := openStay(ctx, x.R, mv.meter, mv.on)
	if err != nil {
		return err
	}
	return endStay(ctx, x.Tx, s, mv.on)
}

// openStay is where a meter stands, on a day not before it came; Conflict
// "metering.meter_nowhere" when it stands nowhere.
func openStay(ctx context.Context, r reader, meter Meter, on day.Date) (Stay, error) {
	stays, err := staysOf(ctx, r, int64(meter.ID))
	for _, s := range stays {
		if s.RemovedOn.IsZero() {
			if on.Before(s.InstalledOn) {
				return s, fault.New(fault.Conflict, "metering.before_installation", "date", s.InstalledOn)
			}
			return s, err
		}
	}
	if err == nil {
		err = fault.New(fault.Conflict, "metering.meter_nowhere", "serial", meter.Serial)
	}
	return Stay{}, err
}

func stateAfter(withdraw bool) MeterState {
	if withdraw {
		return Withdrawn
	}
	return InStock
}

func (m *Module) removal(ctx context.Context, x *op.Exec, id op.ID, on day.Date, index money.Quantity, several []string) (move, error) {
	meter, err := findMeter(ctx, x.R, int64(id))
	if err != nil {
		return move{}, err
	}
	s, err := openStay(ctx, x.R, meter, on)
	if err != nil {
		return move{}, err
	}
	dials, err := dialsOf(ctx, x.R, meter)
	if err != nil {
		return move{}, err
	}
	mv := move{meter: meter, point: int64(s.ServicePoint), on: on, kind: Closing}
	mv.indexes, err = indexes("index", index, several, dials)
	return mv, err
}

func (m *Module) removeMeter(ctx context.Context, x *op.Exec, in MeterRemove) (Placed, error) {
	if err := notAhead("removed_on", in.RemovedOn, x.Today); err != nil {
		return Placed{}, err
	}
	mv, err := m.removal(ctx, x, in.ID, in.RemovedOn, in.Index, in.Indexes)
	if err != nil {
		return Placed{}, err
	}
	mv.reason, mv.state = in.Reason, stateAfter(in.Withdraw)
	return m.place(ctx, x, mv)
}

func (m *Module) replaceMeter(ctx context.Context, x *op.Exec, in MeterReplace) (Placed, error) {
	if err := notAhead("on", in.On, x.Today); err != nil {
		return Placed{}, err
	}
	old, err := m.removal(ctx, x, in.ID, in.On, in.OldIndex, in.OldIndexes)
	if err != nil {
		return Placed{}, err
	}
	old.reason, old.state = in.Reason, stateAfter(in.Withdraw)
	meter, err := freeMeter(ctx, x, in.By, in.On)
	if err != nil {
		return Placed{}, err
	}
	if meter.Service != old.meter.Service {
		return Placed{}, fault.New(fault.Conflict, "metering.service_differs", "serial", meter.Serial)
	}
	meter.Unit = old.meter.Unit
	dials, err := dialsOf(ctx, x.R, meter)
	if err != nil {
		return Placed{}, err
	}
	fresh := move{meter: meter, point: old.point, on: in.On, kind: Opening, reason: in.Reason, state: Installed}
	if fresh.indexes, err = indexes("new_index", in.NewIndex, in.NewIndexes, dials); err != nil {
		return Placed{}, err
	}
	return m.place(ctx, x, old, fresh)
}
