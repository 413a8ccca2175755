package org

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// AgencyOf is the agence a unit belongs to today; a unit above the agences stands
// for itself. The audit has one chain for each.
func (p *Places) AgencyOf(ctx context.Context, r db.Reader, unit int64) (int64, error) {
	f, err := p.forest(ctx, r)
	if err != nil {
		return 0, err
	}
	for _, id := range f.path(unit, day.Of(r.Now())) {
		if k := f.nodes[id].kind; k == AgencyService || k == AgencyMixed {
			return id, nil
		}
	}
	return unit, nil
}

// Calendar gives the days worked everywhere, around today: schedules use it.
func (m *Module) Calendar(ctx context.Context, r db.Reader) (day.Calendar, error) {
	year := int64(day.Of(r.Now()).Year())
	return m.CalendarOf(ctx, r, 0, year-1, year+1)
}
