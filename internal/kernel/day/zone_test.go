package day

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOf(t *testing.T) {
	t.Parallel()
	if err := ZoneError(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ instant, want, why string }{
		{"2026-11-22T12:00:00Z", "2026-11-22", "noon"},
		{"2026-11-22T22:59:59Z", "2026-11-22", "UTC+1: 23:59:59"},
		{"2026-11-22T23:00:00Z", "2026-11-23", "UTC+1: midnight"},
		{"2025-03-10T23:30:00Z", "2025-03-10", "Ramadan 2025 (1-30 March): UTC+0"},
		{"2025-03-11T00:00:00Z", "2025-03-11", "Ramadan 2025: midnight is that of UTC"},
		{"2025-04-10T23:30:00Z", "2025-04-11", "after Ramadan: UTC+1 again"},
		{"2026-11-22T23:30:00+05:00", "2026-11-22", "the zone of the instant does not matter"},
		{"2017-01-15T23:30:00Z", "2017-01-15", "before 2018 winter was UTC+0"},
	} {
		at, err := time.Parse(time.RFC3339, c.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := Of(at).String(); got != c.want {
			t.Errorf("Of(%s) = %s, want %s: %s", c.instant, got, c.want, c.why)
		}
	}
}

func TestStartOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ day, want, why string }{
		{"2026-11-22", "2026-11-21T23:00:00Z", "UTC+1"},
		{"2025-03-10", "2025-03-10T00:00:00Z", "Ramadan: UTC+0"},
		{"2008-06-01", "2008-06-01T00:00:00Z", "the clock jumped from midnight to one o'clock"},
		{"2008-05-31", "2008-05-31T00:00:00Z", "the day before that jump"},
		{"2008-06-02", "2008-06-01T23:00:00Z", "the day after it"},
	} {
		if got := StartOf(date(t, c.day)).Format(time.RFC3339); got != c.want {
			t.Errorf("StartOf(%s) = %s, want %s: %s", c.day, got, c.want, c.why)
		}
	}
}

// Every instant belongs to exactly one business day: a day begins where the one
// before it ends, on every day from 1960 to 2080, changes of clock included.
func TestDaysFollowEachOther(t *testing.T) {
	t.Parallel()
	lengths := map[time.Duration]int{}
	last := date(t, "2080-01-01")
	for d := date(t, "1960-01-01"); d.Before(last); d = d.AddDays(1) {
		start, next := StartOf(d), StartOf(d.AddDays(1))
		if Of(start) != d || Of(next.Add(-time.Microsecond)) != d || Of(start.Add(-time.Microsecond)) == d {
			t.Fatalf("%s does not run from %s to %s", d, start, next)
		}
		lengths[next.Sub(start)]++
	}
	if lengths[23*time.Hour] < 50 || lengths[25*time.Hour] < 50 || len(lengths) != 3 {
		t.Errorf("changes of clock are missing: %v", lengths)
	}
}

func TestOfIsMonotonic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := time.Unix(rapid.Int64Range(600_000_000, 3_000_000_000).Draw(t, "seconds"), 0)
		b := a.Add(time.Duration(rapid.Int64Range(25, 100).Draw(t, "hours")) * time.Hour)
		if !Of(a).Before(Of(b)) {
			t.Fatalf("%s and %s: %s, %s", a, b, Of(a), Of(b))
		}
		if StartOf(Of(a)).After(a) || !StartOf(Of(a).AddDays(1)).After(a) {
			t.Fatalf("%s is outside its day %s", a, Of(a))
		}
	})
}
