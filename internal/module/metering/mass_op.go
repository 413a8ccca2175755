package metering

import (
	"context"
	"slices"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

// MassFilter says which open anomalies a mass decision is about.
type MassFilter struct {
	AnomalyFilter
	// Unit narrows to a unit and what is below it; none is everything.
	Unit op.ID `json:"unit" in:"ref=org.unit.list"`
	// IDs narrows to those ticked in the list.
	IDs []op.ID `json:"ids"`
}

// MassAsk asks for the effect of a mass decision.
type MassAsk struct {
	MassFilter
	Decision Decision `json:"decision" in:"required"`
}

// MassPreview is the effect of a mass decision, before it is made.
type MassPreview struct {
	Decision Decision `json:"decision"`
	// Count of anomalies, of which Blocking hold up a bill; Values are the consumptions.
	Count    int64 `json:"count"`
	Blocking int64 `json:"blocking"`
	Values   int64 `json:"values"`
	// Measures are the quantities, for each service by itself.
	Measures []MassMeasure `json:"measures"`
	// Max is the most one decision may be about.
	Max int64 `json:"max"`
}

// MassMeasure is the part of one service in a mass decision. Services are never added up:
// kilowatt hours are no cubic metres, and the water a sewer takes is the water delivered.
type MassMeasure struct {
	Service org.Service `json:"service"`
	// Values are the consumptions.
	Values int64 `json:"values"`
	// Quantity of those values, and what may be billed of it now and after.
	Quantity money.Quantity `json:"quantity"`
	Before   money.Quantity `json:"billable_before"`
	After    money.Quantity `json:"billable_after"`
}

// measureOf is the part of a service among some, sorted; it is added where there is none.
func measureOf(all *[]MassMeasure, s org.Service) *MassMeasure {
	at, found := slices.BinarySearchFunc(*all, s, func(m MassMeasure, s org.Service) int { return strings.Compare(string(m.Service), string(s)) })
	if !found {
		*all = slices.Insert(*all, at, MassMeasure{Service: s})
	}
	return &(*all)[at]
}

// add adds a quantity, and to what may be billed of it; Limit "money.overflow" when it does
// not fit.
func (m *MassMeasure) add(q money.Quantity, before, after bool) (err error) {
	for _, part := range []struct {
		sum *money.Quantity
		has bool
	}{{&m.Quantity, true}, {&m.Before, before}, {&m.After, after}} {
		if part.has && err == nil {
			*part.sum, err = money.Add(*part.sum, q)
		}
	}
	return err
}

// AnomalyDecideMany is the input of a mass decision.
type AnomalyDecideMany struct {
	MassFilter
	Decision Decision `json:"decision" in:"required"`
	// Expected is the count that the preview gave; another one now refuses.
	Expected int64  `json:"expected" in:"required,min=1"`
	Reason   string `json:"reason" in:"required,min=3,max=500,lines"`
}

// massState is the checkpoint of a mass decision.
type massState struct {
	Total int64 `json:"total"`
	Done  int64 `json:"done"`
	// Skipped could not be estimated and stay open.
	Skipped  int64         `json:"skipped"`
	Measures []MassDecided `json:"measures"`
	// After is the last anomaly looked at.
	Account op.ID `json:"account"`
	ID      op.ID `json:"id"`
}

// MassSummary is what a mass decision came to.
type MassSummary struct {
	Decided  int64         `json:"decided"`
	Skipped  int64         `json:"skipped"`
	Measures []MassDecided `json:"measures"`
}

// MassDecided is the quantity of one service that was decided.
type MassDecided struct {
	Service  org.Service    `json:"service"`
	Quantity money.Quantity `json:"quantity"`
}

// add adds a quantity to that of its service; Limit "money.overflow" when it does not fit.
func (s *massState) add(service org.Service, q money.Quantity) (err error) {
	for i := range s.Measures {
		if m := &s.Measures[i]; m.Service == service {
			m.Quantity, err = money.Add(m.Quantity, q)
			return err
		}
	}
	s.Measures = append(s.Measures, MassDecided{service, q})
	return nil
}

// registerMass registers the mass decision. A single person makes it: what it lets through is
// billed only by a run that a second person approves. But who types readings should not
// accept their anomalies by the hundred.
func (m *Module) registerMass(r *op.Registry, duties []string) {
	target := func(_ context.Context, _ *op.Exec, unit op.ID) ([]op.Target, error) {
		return unitTargets(int64(unit)), nil
	}
	op.RegisterGet(r, op.Spec{Name: "metering.anomaly.preview", Path: "/metering/anomalies/preview", Duties: duties}, op.GetHandler[MassAsk, MassPreview]{
		Targets: func(_ context.Context, x *op.Exec, in MassAsk) ([]op.Target, error) {
			return x.MassTargets(in.Unit), nil
		},
		Do: previewMass,
	})
	op.RegisterJob(r, op.Spec{
		Name: "metering.anomaly.decide_many", Path: "/metering/anomalies/decide", Duties: duties,
		Conflicts: []string{"metering.reading.enter", "metering.reading.enter_many"},
	}, op.JobHandler[AnomalyDecideMany, massState]{
		Targets: func(ctx context.Context, x *op.Exec, in AnomalyDecideMany) ([]op.Target, error) {
			return target(ctx, x, in.Unit)
		},
		Plan:  planMass,
		Chunk: m.chunkMass,
		Finish: func(_ context.Context, _ *op.Exec, _ AnomalyDecideMany, s massState) (any, error) {
			return MassSummary{s.Done - s.Skipped, s.Skipped, s.Measures}, nil
		},
	})
}

func previewMass(ctx context.Context, x *op.Exec, in MassAsk) (MassPreview, error) {
	if err := checkDecision(in.Decision, true, true); err != nil {
		return MassPreview{}, err
	}
	p, err := massEffect(ctx, x, in.MassFilter, in.Decision)
	p.Decision, p.Max = in.Decision, op.MassMax
	return p, err
}

func planMass(ctx context.Context, x *op.Exec, in AnomalyDecideMany) (massState, int64, error) {
	if err := checkDecision(in.Decision, true, true); err != nil {
		return massState{}, 0, err
	}
	p, err := massEffect(ctx, x, in.MassFilter, in.Decision)
	if err != nil {
		return massState{}, 0, err
	}
	return massState{Total: p.Count}, p.Count, op.CheckMass(p.Count, in.Expected)
}

// chunkMass decides the next anomalies, in the order of their keys.
func (m *Module) chunkMass(ctx context.Context, x *op.Exec, in AnomalyDecideMany, s *massState) (int64, bool, error) {
	rows, err := nextOpen(ctx, x, in.MassFilter, Key{s.Account, s.ID}, op.MassChunk)
	if err != nil {
		return s.Done, false, err
	}
	if len(rows) == 0 {
		return s.Done, true, nil
	}
	s.Measures = slices.Clone(s.Measures) // a step that is run again begins with the old ones
	v := verdictOf(x, in.Decision, in.Reason)
	together, apart := rows, rows
	state, keeps := stateFor(in.Decision)
	if keeps {
		together, apart = parted(rows)
		err = settleMass(ctx, x.Tx, together, state, v, s)
	}
	if err == nil {
		err = m.settleEach(ctx, x, apart, v, s)
	}
	if err != nil {
		return s.Done, false, err
	}
	last := rows[len(rows)-1]
	s.Done += int64(len(rows))
	s.Account, s.ID = last.account, last.id
	after := struct {
		Decision Decision `json:"decision"`
		Reason   string   `json:"reason"`
		Count    int64    `json:"count"`
		Until    op.ID    `json:"until"`
	}{in.Decision, in.Reason, int64(len(rows)), last.id}
	return s.Done, false, x.Change("anomaly", int64(rows[0].id), in.Reason, nil, after)
}

// parted are the anomalies of a value, which are settled together, and the others.
func parted(rows []openRow) (together, apart []openRow) {
	for _, r := range rows {
		if r.consumption != 0 {
			together = append(together, r)
		} else {
			apart = append(apart, r)
		}
	}
	return together, apart
}

// settleEach decides anomalies one by one: estimates, and readings without a value. Those
// for which there is nothing to go by stay open.
func (m *Module) settleEach(ctx context.Context, x *op.Exec, rows []openRow, v verdict, s *massState) error {
	for _, row := range rows {
		a, err := m.findAnomaly(ctx, x.R, Key{row.account, row.id})
		if err != nil {
			return err
		}
		if a.State != AnomalyOpen { // decided with another of the same value
			continue
		}
		var value *ConsumptionRow
		if a.Consumption != 0 {
			c, err := findConsumption(ctx, x.R, Key{row.account, a.Consumption})
			if err != nil {
				return err
			}
			value = &c
		}
		now, err := m.carryOut(ctx, x, a.Anomaly, value, AnomalyDecide{Decision: v.decision, Reason: v.reason})
		if fault.KindOf(err) == fault.Precondition {
			s.Skipped++
			continue
		}
		if err != nil {
			return err
		}
		if now != nil {
			if err := s.add(a.Service, now.Quantity); err != nil {
				return err
			}
		}
		if err := closeAnomalies(ctx, x, a.Anomaly, v); err != nil {
			return err
		}
	}
	return nil
}
