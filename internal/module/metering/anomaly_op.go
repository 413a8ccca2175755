package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

// AnomalyFilter narrows the list of anomalies; it also says what a mass decision is about.
type AnomalyFilter struct {
	State    AnomalyState `json:"state"`
	Severity Severity     `json:"severity"`
	Rule     Rule         `json:"rule"`
	// Month is any day of it.
	Month    day.Date    `json:"month" in:"month"`
	Service  org.Service `json:"service"`
	Category string      `json:"category" in:"max=60"`
	Owner    op.ID       `json:"owner" in:"ref=access.user.list"`
	// Batch is the import that brought the value.
	Batch op.ID `json:"batch"`
}

// AnomalyRow is an anomaly in the list.
type AnomalyRow struct {
	Anomaly
	ContractCode string `json:"contract_code"`
	Customer     string `json:"customer"`
	// Finding is the anomaly in words.
	Finding string `json:"finding"`
	rank    int64
	weight  int64
}

// PageKey is the row's place in its list.
func (a AnomalyRow) PageKey(string) []string {
	return []string{op.ID(a.rank).String(), op.ID(a.weight).String(), a.Account.String(), a.ID.String()}
}

// AnomalyCard is an anomaly with what is needed to decide it.
type AnomalyCard struct {
	AnomalyRow
	// Value is the consumption it is about; nil when there is none.
	Value *ConsumptionRow `json:"value"`
	// Past are the earlier consumptions, latest first.
	Past []ConsumptionRow `json:"past"`
	// Readings are the last ones, latest first.
	Readings []ReadingRow `json:"readings"`
	// Meter in place; nil when none is known.
	Meter *Meter `json:"meter"`
	// Stay of the meter there.
	Stay *Stay `json:"stay"`
	// Estimate of the period; nil when there is nothing to go by.
	Estimate *Estimate `json:"estimate"`
	// Others are the other open anomalies of the same value.
	Others []AnomalyRow `json:"others"`
}

// AnomalyAssign is the input of giving an anomaly to somebody.
type AnomalyAssign struct {
	Account op.ID `json:"account" in:"required"`
	ID      op.ID `json:"id" in:"required"`
	Version int64 `json:"version" in:"required,min=1"`
	// Owner is who decides; none takes it from whoever has it.
	Owner op.ID `json:"owner" in:"ref=access.user.list"`
}

// AnomalySaved is the answer of a change of an anomaly.
type AnomalySaved struct {
	Account op.ID `json:"account"`
	ID      op.ID `json:"id"`
	Version int64 `json:"version"`
}

func (m *Module) registerAnomalies(r *op.Registry) {
	duties := []string{"DRI-02", "AG-09", "AG-13"}
	op.RegisterList(r, op.Spec{Name: "metering.anomaly.list", Path: "/metering/anomalies", Duties: duties}, op.ListHandler[AnomalyFilter, AnomalyRow]{
		Sorts: []string{"severity"},
		Rows: func(ctx context.Context, x *op.Exec, in AnomalyFilter) iter.Seq2[AnomalyRow, error] {
			return m.listAnomalies(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "metering.anomaly.show", Path: "/metering/anomalies/{account}/{id}", Duties: duties}, op.GetHandler[Key, AnomalyCard]{
		Targets: m.anomalyTarget,
		Do:      m.showAnomaly,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.anomaly.assign", Path: "/metering/anomalies/{account}/{id}/assign", Versioned: true, Duties: duties,
	}, op.CommandHandler[AnomalyAssign, AnomalySaved]{
		Locks: func(in AnomalyAssign) []int64 { return []int64{int64(in.Account)} },
		Targets: func(ctx context.Context, x *op.Exec, in AnomalyAssign) ([]op.Target, error) {
			return m.anomalyTarget(ctx, x, Key{in.Account, in.ID})
		},
		Do: m.assignAnomaly,
	})
}

func (m *Module) anomalyTarget(ctx context.Context, x *op.Exec, in Key) ([]op.Target, error) {
	a, err := m.findAnomaly(ctx, x.R, in)
	return unitTargets(int64(a.Unit)), err
}

// pastShown is how many earlier periods a decision is shown.
const pastShown = 13

func (m *Module) showAnomaly(ctx context.Context, x *op.Exec, in Key) (card AnomalyCard, err error) {
	if card.AnomalyRow, err = m.findAnomaly(ctx, x.R, in); err != nil {
		return card, err
	}
	if card.Consumption != 0 {
		value, err := findConsumption(ctx, x.R, Key{in.Account, card.Consumption})
		if err != nil {
			return card, err
		}
		card.Value = &value
		if card.Others, err = m.openOf(ctx, x.R, in.Account, card.Consumption, in.ID); err != nil {
			return card, err
		}
	}
	if card.Past, err = pastOf(ctx, x.R, card, pastShown); err != nil {
		return card, err
	}
	if card.Readings, err = lastReadings(ctx, x.R, in.Account, card.register(), card.until(), pastShown); err != nil {
		return card, err
	}
	if len(card.Readings) > 0 {
		if err := card.addMeter(ctx, x); err != nil {
			return card, err
		}
	}
	if e, err := m.estimateFor(ctx, x, card.Anomaly, card.Value); err == nil {
		card.Estimate = &e
	}
	return card, nil
}

// register of the value.
func (c AnomalyCard) register() string {
	if c.Value != nil {
		return c.Value.Register
	}
	return ""
}

// until is the last day that matters.
func (c AnomalyCard) until() day.Date {
	if c.Value != nil {
		return c.Value.PeriodDate
	}
	return day.MonthOf(c.Month).Last()
}

func (c *AnomalyCard) addMeter(ctx context.Context, x *op.Exec) error {
	meter, err := findMeter(ctx, x.R, int64(c.Readings[0].Meter))
	if err != nil {
		return err
	}
	c.Meter = &meter
	stays, err := staysOf(ctx, x.R, int64(meter.ID))
	for i, s := range stays {
		if s.ServicePoint == c.Readings[0].ServicePoint {
			c.Stay = &stays[i]
			break
		}
	}
	return err
}

func (m *Module) assignAnomaly(ctx context.Context, x *op.Exec, in AnomalyAssign) (AnomalySaved, error) {
	a, err := m.findAnomaly(ctx, x.R, Key{in.Account, in.ID})
	if err != nil {
		return AnomalySaved{}, err
	}
	if err := op.CheckVersion(a.Version, in.Version); err != nil {
		return AnomalySaved{}, err
	}
	before := a.Anomaly
	a.Owner = in.Owner
	if a.Anomaly.Owner == before.Owner {
		return AnomalySaved{in.Account, in.ID, a.Version}, nil
	}
	if err := setOwner(ctx, x.Tx, &a.Anomaly); err != nil {
		return AnomalySaved{}, err
	}
	return AnomalySaved{in.Account, in.ID, a.Version}, x.Change("anomaly", int64(in.ID), a.ContractCode, before, a.Anomaly)
}
