package org

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

func TestHolidays(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		add := func(on, label string, kind HolidayKind, unit string) op.ID {
			t.Helper()
			in := op.Input{"date": on, "label": label, "kind": string(kind)}
			if unit != "" {
				in["unit"] = b.ids[unit].String()
			}
			return do[op.Saved](b, "org.holiday.add", in).ID
		}
		may := add("2026-05-01", "Fête du travail", Civil, "")
		add("2026-07-30", "Fête du trône", Civil, "")
		add("2026-04-30", "Crue", Exceptional, "DR1")
		add("2027-05-01", "Fête du travail", Civil, "")
		b.refuse(admin, "org.holiday.add", op.Input{"date": "2026-05-01", "label": "Encore", "kind": "civil"}, "org.holiday.twice")
		b.refuse(admin, "org.holiday.add", op.Input{"date": "2026-05-02", "label": "Ailleurs", "kind": "civil", "unit": "99"}, "scope.outside")
		labels := func(in op.Input) (out []string) {
			list, _ := rows[Holiday](b, admin, "org.holiday.list", in, op.Page{})
			for _, h := range list {
				out = append(out, h.Label)
			}
			return out
		}
		if got := labels(op.Input{"year": json.Number("2026")}); !slices.Equal(got, []string{"Crue", "Fête du travail", "Fête du trône"}) {
			t.Errorf("2026: %v", got)
		}
		if got := labels(op.Input{"year": json.Number("2026"), "unit": b.ids["C3"].String()}); !slices.Equal(got, []string{"Fête du travail", "Fête du trône"}) {
			t.Errorf("2026 in C3: %v", got)
		}
		// 30 April 2026 is a Thursday, 1 May a Friday: C1, in the first région, works again on Monday 4.
		for _, c := range []struct {
			in     op.Input
			want   string
			worked bool
			label  string
		}{
			{op.Input{"date": "2026-04-30", "unit": b.ids["C1"].String()}, "2026-05-04", false, "Crue"},
			{op.Input{"date": "2026-04-30", "unit": b.ids["C3"].String()}, "2026-04-30", true, ""},
			{op.Input{"date": "2026-04-30"}, "2026-04-30", true, ""},
			{op.Input{"date": "2026-05-03", "move": "previous"}, "2026-04-30", false, ""},
			{op.Input{"date": "2026-05-03", "move": "previous", "unit": b.ids["U1"].String()}, "2026-04-29", false, ""},
			{op.Input{"date": "2026-04-29", "move": "add", "days": json.Number("2")}, "2026-05-04", true, ""},
			{op.Input{"date": "2026-05-04", "move": "add", "days": json.Number("-2")}, "2026-04-29", true, ""},
		} {
			got := do[WorkingDay](b, "org.calendar.working_day", c.in)
			if got.Date != date(t, c.want) || got.Worked != c.worked || got.Label != c.label {
				t.Errorf("%v: %+v, want %s", c.in, got, c.want)
			}
		}
		b.refuse(admin, "org.holiday.update", op.Input{"id": may.String(), "version": json.Number("1"), "date": "2026-07-30"}, "org.holiday.twice")
		do[op.Saved](b, "org.holiday.update", op.Input{"id": may.String(), "version": json.Number("1"), "date": "2026-05-08"})
		b.refuse(admin, "org.holiday.remove", op.Input{"id": may.String(), "version": json.Number("1")}, "row.stale")
		do[op.Saved](b, "org.holiday.remove", op.Input{"id": may.String(), "version": json.Number("2")})
		b.refuse(admin, "org.holiday.remove", op.Input{"id": may.String(), "version": json.Number("2")}, "org.holiday.unknown")
		const regional = 2
		b.grant(regional, b.ids["DR1"])
		b.refuse(regional, "org.holiday.add", op.Input{"date": "2026-06-01", "label": "Partout", "kind": "civil"}, "scope.outside")
		here := op.Input{"date": "2026-06-01", "label": "Ici", "kind": "exceptional", "unit": b.ids["C1"].String()}
		if _, err := b.try(regional, "org.holiday.add", here); err != nil {
			t.Errorf("a holiday of the région: %v", err)
		}
		b.read(func(ctx context.Context, r db.Reader) error {
			if _, err := b.m.CalendarOf(ctx, r, 0, 2000, 2000+YearsMax); !slices.Contains(codesOf(err), "org.calendar_years") {
				t.Errorf("too many years: %v", err)
			}
			c, err := b.m.CalendarOf(ctx, r, int64(b.ids["C1"]), 2026, 2026)
			if err == nil && (c.IsWorking(date(t, "2026-06-01")) || !c.IsWorking(date(t, "2026-06-02"))) {
				t.Error("the holiday of the centre is not in its calendar")
			}
			return err
		})
	})
}
