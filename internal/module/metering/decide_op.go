package metering

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// AnomalyDecide is the input of deciding an anomaly, with all open ones of its value.
type AnomalyDecide struct {
	Account  op.ID    `json:"account" in:"required"`
	ID       op.ID    `json:"id" in:"required"`
	Version  int64    `json:"version" in:"required,min=1"`
	Decision Decision `json:"decision" in:"required"`
	// Index is the right one, for a correction of what was read; Date its date.
	Index *money.Quantity `json:"index" in:"min=0"`
	Date  day.Date        `json:"date"`
	// Turned says that the dial passed zero.
	Turned bool `json:"turned"`
	// Quantity is the right one, for a correction of what came without an index.
	Quantity *money.Quantity `json:"quantity" in:"min=0"`
	Reason   string          `json:"reason" in:"required,min=3,max=500,lines"`
}

// Decided is the answer of a decision.
type Decided struct {
	Account op.ID `json:"account"`
	ID      op.ID `json:"id"`
	// Consumption that stands now; none when nothing does.
	Consumption op.ID `json:"consumption"`
	// Quantity that may be billed now, and before.
	Quantity *money.Quantity `json:"quantity"`
	Before   *money.Quantity `json:"before"`
}

func (m *Module) registerDecisions(r *op.Registry) {
	duties := []string{"DRI-02", "AG-09", "AG-13"}
	op.RegisterCommand(r, op.Spec{
		Name: "metering.anomaly.decide", Path: "/metering/anomalies/{account}/{id}/decide", Versioned: true, Duties: duties,
	}, op.CommandHandler[AnomalyDecide, Decided]{
		Locks: func(in AnomalyDecide) []int64 { return []int64{int64(in.Account)} },
		Targets: func(ctx context.Context, x *op.Exec, in AnomalyDecide) ([]op.Target, error) {
			return m.anomalyTarget(ctx, x, Key{in.Account, in.ID})
		},
		Do: m.decide,
	})
	m.registerMass(r, duties)
}

// decide carries out the decision on an anomaly; what was there before is kept.
func (m *Module) decide(ctx context.Context, x *op.Exec, in AnomalyDecide) (Decided, error) {
	out := Decided{Account: in.Account, ID: in.ID}
	a, err := m.findAnomaly(ctx, x.R, Key{in.Account, in.ID})
	if err != nil {
		return out, err
	}
	if err := op.CheckVersion(a.Version, in.Version); err != nil {
		return out, err
	}
	if a.State != AnomalyOpen {
		return out, fault.New(fault.Conflict, "metering.already_decided")
	}
	if err := checkDecision(in.Decision, a.Consumption != 0 || a.Reading != 0, false); err != nil {
		return out, err
	}
	var value *ConsumptionRow
	if a.Consumption != 0 {
		v, err := findConsumption(ctx, x.R, Key{in.Account, a.Consumption})
		if err != nil {
			return out, err
		}
		value, out.Before = &v, quantity(v.Quantity)
	}
	now, err := m.carryOut(ctx, x, a.Anomaly, value, in)
	if err != nil {
		return out, err
	}
	v := verdictOf(x, in.Decision, in.Reason)
	if err := closeAnomalies(ctx, x, a.Anomaly, v); err != nil {
		return out, err
	}
	if now != nil {
		out.Consumption = now.ID
		if now.State.Billable() {
			out.Quantity = quantity(now.Quantity)
		}
	}
	after := a.Anomaly
	after.State, after.Decision, after.Reason, after.DecidedBy, after.DecidedAt = AnomalyDecided, in.Decision, in.Reason, op.ID(x.Actor.UserID), x.Now
	return out, x.Change("anomaly", int64(in.ID), a.ContractCode, a.Anomaly, after)
}

// closeAnomalies closes an anomaly and the other open ones of its value.
func closeAnomalies(ctx context.Context, x *op.Exec, a Anomaly, v verdict) error {
	if a.Consumption != 0 {
		return decideValue(ctx, x.Tx, a.Account, a.Consumption, v)
	}
	if a.Reading != 0 {
		return decideReading(ctx, x.Tx, a.Account, a.Reading, v)
	}
	return decideAnomaly(ctx, x.Tx, a.Account, a.ID, v)
}

// carryOut makes the value that a decision asks for and gives what stands then.
func (m *Module) carryOut(ctx context.Context, x *op.Exec, a Anomaly, value *ConsumptionRow, in AnomalyDecide) (*Consumption, error) {
	switch state, keeps := stateFor(in.Decision); {
	case keeps && value == nil:
		return m.settleHeld(ctx, x, a, in)
	case keeps:
		now := value.Consumption
		now.State = state
		if in.Decision == Reject && now.ToReading != 0 {
			if err := setReading(ctx, x.Tx, a.Account, now.ToReading, ReadingRejected); err != nil {
				return nil, err
			}
		}
		return &now, setConsumption(ctx, x.Tx, a.Account, now.ID, state)
	case in.Decision == EstimateIt:
		e, err := m.estimateFor(ctx, x, a, value)
		if err != nil {
			return nil, err
		}
		return m.putEstimate(ctx, x, a, value, e, in.Reason)
	case value != nil && value.ToReading == 0:
		return m.putQuantity(ctx, x, value.Consumption, in.Quantity, value.Kind)
	}
	return m.putIndex(ctx, x, a, value, in)
}

// settleHeld decides on a reading whose date was in doubt: accepted, it takes its place in
// the chain; else it stays out of it. Without a held reading nothing changes.
func (m *Module) settleHeld(ctx context.Context, x *op.Exec, a Anomaly, in AnomalyDecide) (*Consumption, error) {
	if a.Reading == 0 {
		return nil, nil
	}
	r, err := findReading(ctx, x.R, Key{a.Account, a.Reading})
	if err != nil {
		return nil, err
	}
	switch {
	case in.Decision == Accept && r.State == ReadingHeld:
		return m.putIndex(ctx, x, a, nil, in)
	case in.Decision == Reject:
		return nil, setReading(ctx, x.Tx, a.Account, a.Reading, ReadingRejected)
	}
	return nil, nil
}

// putQuantity replaces a consumption that came without an index.
func (m *Module) putQuantity(ctx context.Context, x *op.Exec, old Consumption, q *money.Quantity, kind ReadingKind) (*Consumption, error) {
	if q == nil {
		return nil, fault.InvalidField("quantity", "input.required")
	}
	s, err := findSupply(ctx, x.R, int64(old.Account), old.PeriodDate)
	if err != nil {
		return nil, err
	}
	s.Category = old.Category
	return spendOne(ctx, x, Spend{
		Supply: s, Register: old.Register, Key: old.PeriodDate, Period: day.Period{From: old.From, To: old.To}, Month: old.Month, Quantity: *q, Kind: kind,
		Corrects: int64(old.ID), Answered: true,
	})
}

// spendOne takes one consumption in and gives it.
func spendOne(ctx context.Context, x *op.Exec, s Spend) (*Consumption, error) {
	a := newAsk(0)
	a.spentOnly = true
	a.about(s.Supply, 0, s.Key)
	b, err := openBook(ctx, x, a)
	if err != nil {
		return nil, err
	}
	t, err := b.spend(s)
	if err != nil {
		return nil, err
	}
	return t.Consumption, b.flush(ctx, x.Tx)
}

// putIndex replaces what was read, or writes what was missing.
func (m *Module) putIndex(ctx context.Context, x *op.Exec, a Anomaly, value *ConsumptionRow, in AnomalyDecide) (*Consumption, error) {
	old := a.Reading
	if value != nil {
		old = value.ToReading
	}
	if old == 0 {
		return m.putMissing(ctx, x, a, in)
	}
	r, err := findReading(ctx, x.R, Key{a.Account, old})
	if err != nil {
		return nil, err
	}
	e, err := correction(ctx, x, r.Reading, ReadingCorrect{Account: a.Account, ID: old, Index: in.Index, Date: in.Date, Turned: in.Turned, Reason: in.Reason})
	if err != nil {
		return nil, err
	}
	e.Answered = true
	taken, err := takeAll(ctx, x, []Entry{e})
	if err != nil {
		return nil, err
	}
	return taken[0].Consumption, nil
}

// putMissing writes the index that a closed period lacked.
func (m *Module) putMissing(ctx context.Context, x *op.Exec, a Anomaly, in AnomalyDecide) (*Consumption, error) {
	if in.Index == nil {
		return nil, fault.InvalidField("index", "input.required")
	}
	on := orDate(in.Date, day.MonthOf(a.Month).Last())
	s, err := findSupply(ctx, x.R, int64(a.Account), on)
	if err != nil {
		return nil, err
	}
	meters, err := metersAt(ctx, x.R, []int64{s.ServicePoint}, on)
	if err != nil {
		return nil, err
	}
	if meters[s.ServicePoint] == 0 {
		return nil, fault.New(fault.Precondition, "metering.no_meter")
	}
	e, err := entryOf(ctx, x.R, op.ID(meters[s.ServicePoint]), "", on, *in.Index, Read)
	if err != nil {
		return nil, err
	}
	e.Answered, e.Turned, e.Note = true, in.Turned, in.Reason
	taken, err := takeAll(ctx, x, []Entry{e})
	if err != nil {
		return nil, err
	}
	return taken[0].Consumption, nil
}

// estimateFor computes what a value would be by its history or subscribed power.
func (m *Module) estimateFor(ctx context.Context, x *op.Exec, a Anomaly, value *ConsumptionRow) (Estimate, error) {
	on := day.MonthOf(a.Month).Last()
	register := ""
	if value != nil {
		on, register = value.PeriodDate, value.Register
	}
	s, err := findSupply(ctx, x.R, int64(a.Account), on)
	if err != nil {
		return Estimate{}, err
	}
	k := newAsk(0)
	k.spentOnly = true
	k.about(s, 0, on)
	b, err := openBook(ctx, x, k)
	if err != nil {
		return Estimate{}, err
	}
	at := b.at(place{s.Account, register})
	period := day.MonthOf(a.Month).Period()
	if value != nil {
		period = day.Period{From: value.From, To: value.To}
	} else if last := at.lastDay(period.To); !last.IsZero() {
		period.From = last.AddDays(1)
	}
	past, _ := b.history(at, on)
	rules, err := estimateRules(ctx, x.R)
	if err != nil {
		return Estimate{}, err
	}
	return EstimateFor(period, past, s.Power, estimateIn(rules, s.Category, on))
}

// lastDay is the last day consumed before a day; none when there is no consumption.
func (s *shelf) lastDay(before day.Date) (last day.Date) {
	for i := range s.spent {
		if c := &s.spent[i]; c.state.live() && c.to.Before(before) && c.to.After(last) {
			last = c.to
		}
	}
	return last
}

// putEstimate writes an estimate in the place of a value, with the index it leads to where
// a meter counts.
func (m *Module) putEstimate(ctx context.Context, x *op.Exec, a Anomaly, value *ConsumptionRow, e Estimate, reason string) (*Consumption, error) {
	if value != nil && value.ToReading == 0 {
		q := e.Quantity
		return m.putQuantity(ctx, x, value.Consumption, &q, Estimated)
	}
	on := day.MonthOf(a.Month).Last()
	if on.After(x.Today) {
		on = x.Today
	}
	entry := Entry{Kind: Estimated, Note: reason, Answered: true, Date: on}
	if value != nil {
		entry.Date, entry.Register, entry.Corrects = value.PeriodDate, value.Register, int64(value.ToReading)
	}
	var err error
	if entry.Supply, err = findSupply(ctx, x.R, int64(a.Account), entry.Date); err != nil {
		return nil, err
	}
	meters, err := metersAt(ctx, x.R, []int64{entry.Supply.ServicePoint}, entry.Date)
	if err != nil {
		return nil, err
	}
	if entry.Meter = meters[entry.Supply.ServicePoint]; entry.Meter == 0 {
		return nil, fault.New(fault.Precondition, "metering.no_meter")
	}
	if entry.Index, err = estimatedIndex(ctx, x, entry, e.Quantity); err != nil {
		return nil, err
	}
	taken, err := takeAll(ctx, x, []Entry{entry})
	if err != nil {
		return nil, err
	}
	if taken[0].Consumption == nil {
		return nil, fault.New(fault.Precondition, "metering.no_previous")
	}
	return taken[0].Consumption, nil
}

// estimatedIndex is where an estimate puts the hand: from the last index before it, by what
// is left of the estimate after the meters that were replaced.
func estimatedIndex(ctx context.Context, x *op.Exec, e Entry, q money.Quantity) (money.Quantity, error) {
	k := newAsk(0)
	k.about(e.Supply, e.Meter, e.Date)
	b, err := openBook(ctx, x, k)
	if err != nil {
		return 0, err
	}
	at := b.at(place{e.Supply.Account, e.Register})
	if e.Corrects != 0 {
		at.dropPoint(e.Corrects)
	}
	chain := at.before(e.Date, e.Kind)
	if len(chain) == 0 {
		return 0, fault.New(fault.Precondition, "metering.no_previous")
	}
	parts, err := Parts(chain[anchor(chain):], func(meter int64) Dial { return b.dial(meter, e.Register) })
	if err != nil {
		return 0, err
	}
	counted, err := Total(parts)
	if err != nil {
		return 0, err
	}
	d := b.dial(e.Meter, e.Register)
	units, err := d.Units(max(q-counted, 0))
	return d.Advance(chain[len(chain)-1].Index, units), err
}
