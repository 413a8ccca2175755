package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// LinesMax bounds the lines of the entry grid.
const LinesMax = op.ListMax

// ReadingFilter narrows the list of readings.
type ReadingFilter struct {
	// Account is the receivable account of a contract.
	Account op.ID        `json:"account"`
	Meter   op.ID        `json:"meter" in:"ref=metering.meter.list"`
	Kind    ReadingKind  `json:"kind"`
	State   ReadingState `json:"state"`
}

// ReadingRow is a reading in the list.
type ReadingRow struct {
	Reading
	ContractCode string `json:"contract_code"`
	Serial       string `json:"serial"`
}

// PageKey is the row's place in its list.
func (r ReadingRow) PageKey(string) []string {
	return []string{r.ReadingDate.String(), r.Account.String(), r.ID.String()}
}

// ReadingCheck asks what the controls would say of an index, without recording it.
type ReadingCheck struct {
	Meter    op.ID          `json:"meter" in:"required,ref=metering.meter.list"`
	Register string         `json:"register" in:"max=10"`
	Date     day.Date       `json:"date" in:"required"`
	Index    money.Quantity `json:"index" in:"min=0"`
	Kind     ReadingKind    `json:"kind"`
}

// ReadingAdd is the input of recording an index.
type ReadingAdd struct {
	Meter    op.ID          `json:"meter" in:"required,ref=metering.meter.list"`
	Register string         `json:"register" in:"max=10"`
	Date     day.Date       `json:"date" in:"required"`
	Index    money.Quantity `json:"index" in:"min=0"`
	// Kind is read when absent. Opening and closing readings come with meters and
	// occupants.
	Kind ReadingKind `json:"kind"`
	// Turned confirms that the dial passed zero.
	Turned bool   `json:"turned"`
	Note   string `json:"note" in:"max=500,lines"`
}

// Validate says what is wrong across the fields.
func (in ReadingAdd) Validate() []fault.Field {
	if in.Kind == Opening || in.Kind == Closing || in.Kind == Estimated {
		return []fault.Field{{Path: "kind", Code: "metering.kind_not_typed"}}
	}
	return nil
}

// ReadingAnswer says what an index came to and what the controls found.
type ReadingAnswer struct {
	Account     op.ID `json:"account"`
	Reading     op.ID `json:"reading"`
	Consumption op.ID `json:"consumption"`
	// Known says that the same index was recorded before: nothing changed.
	Known bool `json:"known"`
	// Previous index and its date.
	Previous   *money.Quantity `json:"previous_index"`
	PreviousOn day.Date        `json:"previous_on"`
	// Quantity consumed, and the usual one.
	Quantity *money.Quantity `json:"quantity"`
	Usual    *money.Quantity `json:"usual"`
	// Severity is that of the gravest anomaly; empty when there is none.
	Severity Severity `json:"severity"`
	// Findings are the anomalies in words.
	Findings []string `json:"findings"`
}

// ReadingCorrect is the input of correcting a reading: a new one takes its place.
type ReadingCorrect struct {
	Account op.ID           `json:"account" in:"required"`
	ID      op.ID           `json:"id" in:"required"`
	Index   *money.Quantity `json:"index" in:"min=0"`
	Date    day.Date        `json:"date"`
	Turned  bool            `json:"turned"`
	Reason  string          `json:"reason" in:"required,max=500,lines"`
}

// Handover is the input of a change of occupant at a service point.
type Handover struct {
	Meter op.ID `json:"meter" in:"required,ref=metering.meter.list"`
	// Date is the first day of the new occupant.
	Date    day.Date       `json:"date" in:"required"`
	Index   money.Quantity `json:"index" in:"min=0"`
	Indexes []string       `json:"indexes" in:"max=40"`
	Note    string         `json:"note" in:"max=500,lines"`
}

func (m *Module) registerReadings(r *op.Registry) {
	duties := []string{"DRI-01", "AG-09", "AG-12"}
	op.RegisterList(r, op.Spec{Name: "metering.reading.list", Path: "/metering/readings", Duties: duties}, op.ListHandler[ReadingFilter, ReadingRow]{
		Sorts: []string{"-reading_date"},
		Rows: func(ctx context.Context, x *op.Exec, in ReadingFilter) iter.Seq2[ReadingRow, error] {
			return listReadings(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "metering.reading.show", Path: "/metering/readings/{account}/{id}", Duties: duties}, op.GetHandler[Key, ReadingRow]{
		Targets: readingTarget,
		Do:      func(ctx context.Context, x *op.Exec, in Key) (ReadingRow, error) { return findReading(ctx, x.R, in) },
	})
	op.RegisterGet(r, op.Spec{Name: "metering.reading.check", Path: "/metering/readings/check", Duties: duties}, op.GetHandler[ReadingCheck, ReadingAnswer]{
		Targets: func(ctx context.Context, x *op.Exec, in ReadingCheck) ([]op.Target, error) {
			return meterTarget(ctx, x, in.Meter)
		},
		Do: m.checkReading,
	})
	op.RegisterCommand(r, op.Spec{Name: "metering.reading.enter", Path: "/metering/readings", Duties: duties}, op.CommandHandler[ReadingAdd, ReadingAnswer]{
		Locks: func(in ReadingAdd) []int64 { return []int64{int64(in.Meter)} },
		Targets: func(ctx context.Context, x *op.Exec, in ReadingAdd) ([]op.Target, error) {
			return meterTarget(ctx, x, in.Meter)
		},
		Do: m.enterReading,
	})
	op.RegisterCommand(r, op.Spec{Name: "metering.reading.correct", Path: "/metering/readings/{account}/{id}/correct", Duties: duties},
		op.CommandHandler[ReadingCorrect, ReadingAnswer]{
			Locks: func(in ReadingCorrect) []int64 { return []int64{int64(in.Account)} },
			Targets: func(ctx context.Context, x *op.Exec, in ReadingCorrect) ([]op.Target, error) {
				return readingTarget(ctx, x, Key{in.Account, in.ID})
			},
			Do: m.correctReading,
		})
	op.RegisterCommand(r, op.Spec{Name: "metering.reading.handover", Path: "/metering/readings/handover", Duties: duties}, op.CommandHandler[Handover, Placed]{
		Locks: func(in Handover) []int64 { return []int64{int64(in.Meter)} },
		Targets: func(ctx context.Context, x *op.Exec, in Handover) ([]op.Target, error) {
			return meterTarget(ctx, x, in.Meter)
		},
		Do: m.handOver,
	})
	m.registerGrid(r, duties)
}

func readingTarget(ctx context.Context, x *op.Exec, in Key) ([]op.Target, error) {
	row, err := findReading(ctx, x.R, in)
	return unitTargets(int64(row.Unit)), err
}

// entryOf finds whose account an index of a meter on a date belongs to.
func entryOf(ctx context.Context, r reader, meter op.ID, register string, on day.Date, index money.Quantity, kind ReadingKind) (Entry, error) {
	if kind == "" {
		kind = Read
	}
	e := Entry{Meter: int64(meter), Register: register, Date: on, Index: index, Kind: kind}
	mt, err := findMeter(ctx, r, int64(meter))
	if err != nil {
		return e, err
	}
	dials, err := dialsOf(ctx, r, mt)
	if err != nil {
		return e, err
	}
	d, known := dials[register]
	if !known {
		return e, fault.InvalidField("register", "metering.register_unknown", "register", register)
	}
	if err := d.CheckIndex("index", index); err != nil {
		return e, err
	}
	point, err := standing(ctx, r, mt, on)
	if err != nil {
		return e, err
	}
	s, found, err := supplyOn(ctx, r, point, on, kind)
	if err == nil && !found {
		err = fault.InvalidField("date", "metering.no_contract", "serial", mt.Serial, "date", on)
	}
	e.Supply = s
	return e, err
}

// standing is the service point of a meter on a day; that of its last stay where the day
// falls outside, which the control of dates then says.
func standing(ctx context.Context, r reader, m Meter, on day.Date) (int64, error) {
	stays, err := staysOf(ctx, r, int64(m.ID))
	if err == nil && len(stays) == 0 {
		err = fault.New(fault.Conflict, "metering.meter_nowhere", "serial", m.Serial)
	}
	if err != nil {
		return 0, err
	}
	for _, s := range stays {
		if s.covers(on) {
			return int64(s.ServicePoint), nil
		}
	}
	return int64(stays[0].ServicePoint), nil
}

// takeAll takes entries in, in their order, and writes them.
func takeAll(ctx context.Context, x *op.Exec, entries []Entry) ([]Taken, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	a := newAsk(0)
	for _, e := range entries {
		a.about(e.Supply, e.Meter, e.Date)
	}
	if x.Tx != nil {
		if err := x.Tx.Lock(ctx, a.accounts...); err != nil {
			return nil, err
		}
	}
	b, err := openBook(ctx, x, a)
	if err != nil {
		return nil, err
	}
	out := make([]Taken, len(entries))
	for i, e := range entries {
		if out[i], err = b.take(e); err != nil {
			return nil, err
		}
		if out[i].Same == 0 && e.periodic() {
			if err := b.recompute(e); err != nil {
				return nil, err
			}
		}
	}
	if x.Tx == nil { // only asked
		return out, nil
	}
	return out, b.flush(ctx, x.Tx)
}

// answer says in words what became of an entry.
func (m *Module) answer(e Entry, t Taken) ReadingAnswer {
	out := ReadingAnswer{Account: op.ID(e.Supply.Account), Reading: op.ID(t.Same), Known: t.Same != 0, Findings: []string{}}
	if t.Reading != nil {
		out.Reading = t.Reading.ID
	}
	if t.Previous != nil {
		out.Previous, out.PreviousOn = quantity(t.Previous.Index), t.Previous.Date
	}
	if t.Consumption != nil {
		out.Consumption, out.Quantity = t.Consumption.ID, quantity(t.Consumption.Quantity)
	}
	if t.Usually {
		out.Usual = quantity(t.Usual.Quantity)
	}
	for _, f := range t.Findings {
		if out.Severity == "" || f.Severity == Blocking {
			out.Severity = f.Severity
		}
		out.Findings = append(out.Findings, m.sentence(f.Evidence, string(e.Supply.Service)))
	}
	return out
}

// checkReading looks at an index as enterReading would, and records nothing.
func (m *Module) checkReading(ctx context.Context, x *op.Exec, in ReadingCheck) (ReadingAnswer, error) {
	e, err := entryOf(ctx, x.R, in.Meter, in.Register, in.Date, in.Index, in.Kind)
	if err != nil {
		return ReadingAnswer{}, err
	}
	taken, err := takeAll(ctx, x, []Entry{e})
	if err != nil {
		return ReadingAnswer{}, err
	}
	out := m.answer(e, taken[0])
	out.Reading, out.Consumption = 0, 0 // nothing was written
	if taken[0].Same != 0 {
		out.Reading = op.ID(taken[0].Same)
	}
	return out, nil
}

func (m *Module) enterReading(ctx context.Context, x *op.Exec, in ReadingAdd) (ReadingAnswer, error) {
	e, err := entryOf(ctx, x.R, in.Meter, in.Register, in.Date, in.Index, in.Kind)
	if err != nil {
		return ReadingAnswer{}, err
	}
	e.Turned, e.Note = in.Turned, in.Note
	taken, err := takeAll(ctx, x, []Entry{e})
	if err != nil {
		return ReadingAnswer{}, err
	}
	if taken[0].Same != 0 {
		return m.answer(e, taken[0]), nil
	}
	return m.answer(e, taken[0]), x.Change("reading", int64(taken[0].Reading.ID), e.Supply.Code, nil, *taken[0].Reading)
}

// correctReading replaces a reading; what was computed with it is computed anew.
func (m *Module) correctReading(ctx context.Context, x *op.Exec, in ReadingCorrect) (ReadingAnswer, error) {
	old, err := findReading(ctx, x.R, Key{in.Account, in.ID})
	if err != nil {
		return ReadingAnswer{}, err
	}
	e, err := correction(ctx, x, old.Reading, in)
	if err != nil {
		return ReadingAnswer{}, err
	}
	taken, err := takeAll(ctx, x, []Entry{e})
	if err != nil {
		return ReadingAnswer{}, err
	}
	if err := decideAll(ctx, x, in.Account, old.ID, Correct, in.Reason); err != nil {
		return ReadingAnswer{}, err
	}
	return m.answer(e, taken[0]), x.Change("reading", int64(old.ID), e.Supply.Code, old.Reading, *taken[0].Reading)
}

// correction is the entry that takes the place of a reading; Conflict
// "metering.reading_replaced" when another one did.
func correction(ctx context.Context, x *op.Exec, old Reading, in ReadingCorrect) (Entry, error) {
	if old.State != Valid && old.State != ReadingHeld {
		return Entry{}, fault.New(fault.Conflict, "metering.reading_replaced")
	}
	s, err := findSupply(ctx, x.R, int64(old.Account), old.ReadingDate)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		Supply: s, Meter: int64(old.Meter), Register: old.Register, Date: orDate(in.Date, old.ReadingDate), Index: old.Dial, Kind: old.Kind, Turned: in.Turned,
		Note: in.Reason, Corrects: int64(old.ID), Final: old.Kind == Closing && !s.EndsOn.IsZero() && old.ReadingDate == s.EndsOn,
	}
	op.Set(&e.Index, in.Index)
	if e.Kind == Estimated {
		e.Kind = Read
	}
	mt, err := findMeter(ctx, x.R, int64(old.Meter))
	if err != nil {
		return e, err
	}
	dials, err := dialsOf(ctx, x.R, mt)
	if err != nil {
		return e, err
	}
	if old.State == Valid && e.Index == old.Dial && e.Date == old.ReadingDate && e.Turned == old.Turned {
		return e, fault.InvalidField("index", "metering.nothing_corrected")
	}
	return e, dials[old.Register].CheckIndex("index", e.Index)
}

// handOver writes the closing reading of the occupant who leaves and the opening one
// of the occupant who comes, each on his account.
func (m *Module) handOver(ctx context.Context, x *op.Exec, in Handover) (Placed, error) {
	if err := notAhead("date", in.Date, x.Today); err != nil {
		return Placed{}, err
	}
	mt, err := findMeter(ctx, x.R, int64(in.Meter))
	if err != nil {
		return Placed{}, err
	}
	dials, err := dialsOf(ctx, x.R, mt)
	if err != nil {
		return Placed{}, err
	}
	at, err := indexes("index", in.Index, in.Indexes, dials)
	if err != nil {
		return Placed{}, err
	}
	point, err := standing(ctx, x.R, mt, in.Date)
	if err != nil {
		return Placed{}, err
	}
	all, err := suppliesAt(ctx, x.R, point, in.Date)
	if err != nil {
		return Placed{}, err
	}
	var entries []Entry
	for _, i := range at {
		for _, s := range all {
			e := Entry{Supply: s, Meter: int64(in.Meter), Register: i.register, Date: in.Date, Index: i.index, Note: in.Note}
			switch {
			case s.EndsOn == in.Date:
				e.Kind, e.Final = Closing, true
			case s.StartsOn == in.Date:
				e.Kind = Opening
			default:
				continue
			}
			entries = append(entries, e)
		}
	}
	if len(entries) == 0 {
		return Placed{}, fault.InvalidField("date", "metering.no_handover", "serial", mt.Serial)
	}
	taken, err := takeAll(ctx, x, entries)
	if err != nil {
		return Placed{}, err
	}
	out := Placed{ID: in.Meter, Version: mt.Version}
	for i, t := range taken {
		out.Anomalies += int64(len(t.Findings))
		if t.Reading == nil {
			continue
		}
		out.Readings++
		if err := x.Change("reading", int64(t.Reading.ID), entries[i].Supply.Code, nil, *t.Reading); err != nil {
			return out, err
		}
	}
	return out, nil
}
