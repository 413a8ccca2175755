package day

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// november2026 rests on Saturday and Sunday and on the two holidays of the
// month: the Green March (Friday 6) and Independence Day (Wednesday 18).
func november2026(t testing.TB) Calendar {
	t.Helper()
	c, err := NewCalendar(nil, []Date{date(t, "2026-11-06"), date(t, "2026-11-18"), {}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCalendarTable(t *testing.T) {
	t.Parallel()
	c := november2026(t)
	for _, w := range []struct {
		day            string
		working        bool
		next, previous string
	}{
		{"2026-11-05", true, "2026-11-05", "2026-11-05"},
		{"2026-11-06", false, "2026-11-09", "2026-11-05"}, // holiday, then the week-end
		{"2026-11-07", false, "2026-11-09", "2026-11-05"},
		{"2026-11-08", false, "2026-11-09", "2026-11-05"},
		{"2026-11-18", false, "2026-11-19", "2026-11-17"},
		{"2026-11-20", true, "2026-11-20", "2026-11-20"},
	} {
		d := date(t, w.day)
		if c.IsWorking(d) != w.working || c.NextWorking(d).String() != w.next || c.PreviousWorking(d).String() != w.previous {
			t.Errorf("%s: %v, next %s, previous %s", d, c.IsWorking(d), c.NextWorking(d), c.PreviousWorking(d))
		}
	}
	if c.IsWorking(Date{}) || !c.NextWorking(Date{}).IsZero() {
		t.Error("no date is worked")
	}
}

func TestAddWorkingTable(t *testing.T) {
	t.Parallel()
	c := november2026(t)
	for _, w := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-04", 0, "2026-11-04"},
		{"2026-11-07", 0, "2026-11-07"},
		{"2026-11-04", 1, "2026-11-05"},
		{"2026-11-04", 2, "2026-11-09"},
		{"2026-11-07", 1, "2026-11-09"},
		{"2026-11-16", 5, "2026-11-24"}, // 17, 19, 20, 23, 24
		{"2026-11-09", -1, "2026-11-05"},
		{"2026-11-24", -5, "2026-11-16"},
		{"9999-12-31", 1, ""},
		{"1000-01-01", -1, ""},
	} {
		if got := c.AddWorking(date(t, w.from), w.n).String(); got != w.want {
			t.Errorf("%s + %d worked days = %q, want %q", w.from, w.n, got, w.want)
		}
	}
	// November 2026 has 30 days, 9 of them Saturdays or Sundays, 2 holidays.
	if n := c.WorkingBetween(date(t, "2026-10-31"), date(t, "2026-11-30")); n != 19 {
		t.Errorf("November 2026 has %d worked days, want 19", n)
	}
	if n := c.WorkingBetween(Date{}, date(t, "2026-11-30")); n != 0 {
		t.Errorf("no date: %d worked days", n)
	}
}

func TestWorkingProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rest := rapid.SliceOfN(rapid.SampledFrom([]time.Weekday{0, 1, 2, 3, 4, 5, 6}), 0, 6).Draw(t, "rest")
		from := recentDate().Draw(t, "from")
		var holidays []Date
		for _, n := range rapid.SliceOfN(rapid.IntRange(-60, 60), 0, 30).Draw(t, "holidays") {
			holidays = append(holidays, from.AddDays(n))
		}
		c, err := NewCalendar(rest, holidays)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, 40).Draw(t, "n")
		after, before := c.AddWorking(from, n), c.AddWorking(from, -n)
		if !c.IsWorking(after) || !c.IsWorking(before) || !after.After(from) || !before.Before(from) {
			t.Fatalf("%s ± %d = %s, %s", from, n, after, before)
		}
		if got := c.WorkingBetween(from, after); got != n {
			t.Fatalf("%d worked days from %s to %s, want %d", got, from, after, n)
		}
		if c.WorkingBetween(after, from) != -n {
			t.Fatal("WorkingBetween is not antisymmetric")
		}
		if c.IsWorking(from) && c.AddWorking(after, -n) != from {
			t.Fatalf("%s + %d - %d = %s", from, n, n, c.AddWorking(after, -n))
		}
	})
}

func TestNewCalendarRefuses(t *testing.T) {
	t.Parallel()
	_, err := NewCalendar([]time.Weekday{0, 1, 2, 3, 4, 5, 6}, nil)
	wantCode(t, err, "calendar.no_working_day")
	_, err = NewCalendar([]time.Weekday{7}, nil)
	wantCode(t, err, "calendar.weekday")
	_, err = NewCalendar([]time.Weekday{-1}, nil)
	wantCode(t, err, "calendar.weekday")
	// Repeating a day of rest is not seven days of rest.
	c, err := NewCalendar([]time.Weekday{0, 0, 0, 0, 0, 0, 0}, nil)
	if err != nil || !c.IsWorking(date(t, "2026-11-21")) || c.IsWorking(date(t, "2026-11-22")) {
		t.Errorf("Sunday as the only rest: %v", err)
	}
	// No weekly rest at all is a choice.
	c, err = NewCalendar([]time.Weekday{}, nil)
	if err != nil || !c.IsWorking(date(t, "2026-11-22")) {
		t.Errorf("no weekly rest: %v", err)
	}
}
