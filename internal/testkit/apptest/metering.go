package apptest

import (
	"context"

	"wasl/internal/module/metering"
	"wasl/internal/platform/op"
)

// metering is what counts the water of a place: a meter read five times, the last index far
// too high, two meters in stock, a route and its open period.
func (m *maker) metering(ctx context.Context, p Place, r *Records) error {
	unit, code := r.Unit.String(), p.code()
	for to, serial := range map[*op.ID]string{&r.Meter: "W1-" + code, &r.Stock: "W2-" + code, &r.Spare: "W3-" + code} {
		id, err := m.make(ctx, Console(Admin), "metering.meter.add", "id", op.Input{"serial": serial, "service": "water", "unit": unit})
		if err != nil {
			return err
		}
		*to = id
	}
	for _, step := range []struct {
		name string
		in   op.Input
	}{
		{"metering.meter.install", op.Input{"id": r.Meter.String(), "service_point": r.Point.String(), "installed_on": "2024-01-02", "index": "0"}},
		{"metering.seal.add", op.Input{"id": r.Meter.String(), "number": "S-1", "placed_on": "2024-01-02"}},
	} {
		if _, err := m.do(ctx, Console(Admin), step.name, step.in); err != nil {
			return err
		}
	}
	for _, reading := range [][2]string{
		{"2025-09-30", "10"}, {"2025-10-31", "20"}, {"2025-11-30", "30"}, {"2025-12-31", "40"}, {"2026-01-31", "1000"},
	} {
		res, err := m.do(ctx, Console(Admin), "metering.reading.enter", op.Input{"meter": r.Meter.String(), "date": reading[0], "index": reading[1]})
		if err != nil {
			return err
		}
		if answer, ok := res.Out.(metering.ReadingAnswer); ok {
			r.Supply, r.Dial, r.Spent = answer.Account, answer.Reading, answer.Consumption
		}
	}
	if err := m.walk(ctx, p, r); err != nil {
		return err
	}
	_, err := m.app.Runner.Rows(ctx, op.Request{Name: "metering.anomaly.list", Credential: Console(Admin), Input: op.Input{}}, nil, func(row any) error {
		if a, ok := row.(metering.AnomalyRow); ok && a.Account == r.Supply {
			r.Anomaly = a.ID
		}
		return nil
	})
	return err
}

// walk is the route of a place, with its open period.
func (m *maker) walk(ctx context.Context, p Place, r *Records) (err error) {
	code := p.code()
	if r.Route, err = m.make(ctx, Console(Admin), "metering.route.add", "id", op.Input{"code": "T-" + code, "name": "Tour", "unit": r.Unit.String()}); err != nil {
		return err
	}
	if _, err = m.do(ctx, Console(Admin), "metering.route.stops", op.Input{"id": r.Route.String(), "version": "1", "points": []any{"PT-" + code}}); err != nil {
		return err
	}
	today := m.app.Today()
	r.Period, err = m.make(ctx, Console(Admin), "metering.period.open", "id", op.Input{
		"route": r.Route.String(), "month": today.String(), "opens_on": today.AddDays(-2).String(), "closes_on": today.AddDays(5).String(),
	})
	return err
}
