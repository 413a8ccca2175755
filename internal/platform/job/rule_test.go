package job_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/job"
)

func weekdays(t testing.TB, holidays ...string) day.Calendar {
	t.Helper()
	var dates []day.Date
	for _, h := range holidays {
		d, err := day.Parse(h)
		if err != nil {
			t.Fatal(err)
		}
		dates = append(dates, d)
	}
	c, err := day.NewCalendar(nil, dates)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRuleNext: instants in UTC, worked out by hand. Morocco is at UTC+1; in
// 2026 it was at UTC+0 from Sunday 15 February (03:00 became 02:00) to Sunday
// 22 March (02:00 became 03:00).
func TestRuleNext(t *testing.T) {
	t.Parallel()
	const form = "2006-01-02 15:04:05"
	cases := []struct{ rule, after, want string }{
		{"daily 02:30", "2026-06-02 01:29:59", "2026-06-02 01:30:00"},
		{"daily 02:30", "2026-06-02 01:30:00", "2026-06-03 01:30:00"},
		{"daily 00:00", "2026-06-02 23:00:00", "2026-06-03 23:00:00"}, // 00:00 on the 3rd is 23:00 UTC on the 2nd
		{"daily 23:59", "2026-12-31 22:59:00", "2027-01-01 22:59:00"},
		// Ramadan begins: 02:30 comes twice, at 01:30 and 02:30 UTC; once is enough.
		{"daily 02:30", "2026-02-14 12:00:00", "2026-02-15 01:30:00"},
		{"daily 02:30", "2026-02-15 01:30:00", "2026-02-16 02:30:00"},
		{"daily 02:30", "2026-02-15 02:15:00", "2026-02-16 02:30:00"},
		// Ramadan ends: 02:30 does not come; the clock jumps at 02:00 UTC.
		{"daily 02:30", "2026-03-21 12:00:00", "2026-03-22 02:00:00"},
		{"daily 02:30", "2026-03-22 02:00:00", "2026-03-23 01:30:00"},
		{"daily 03:00", "2026-03-21 12:00:00", "2026-03-22 02:00:00"},
		{"daily 01:59", "2026-03-21 12:00:00", "2026-03-22 01:59:00"},
		{"weekly mon 06:00", "2026-06-02 08:00:00", "2026-06-08 05:00:00"},
		{"weekly tue 06:00", "2026-06-02 04:59:00", "2026-06-02 05:00:00"},
		{"weekly tue 06:00", "2026-06-02 05:00:00", "2026-06-09 05:00:00"},
		{"weekly sun 02:30", "2026-03-16 00:00:00", "2026-03-22 02:00:00"},
		{"monthly 1 03:00", "2026-06-02 08:00:00", "2026-07-01 02:00:00"},
		{"monthly 1 03:00", "2026-12-02 08:00:00", "2027-01-01 02:00:00"},
		{"monthly 31 03:00", "2026-05-31 02:00:00", "2026-06-30 02:00:00"},
		{"monthly 31 03:00", "2026-06-30 02:00:00", "2026-07-31 02:00:00"},
		{"monthly 29 12:00", "2027-02-01 00:00:00", "2027-02-28 12:00:00"}, // Ramadan 2027: UTC+0
		{"monthly 29 12:00", "2028-02-01 00:00:00", "2028-02-29 12:00:00"},
		{"monthly 29 12:00", "2028-02-29 12:00:00", "2028-03-29 11:00:00"},
		{"monthly 30 12:00", "2028-02-01 00:00:00", "2028-02-29 12:00:00"},
		{"monthly last 23:00", "2026-04-01 00:00:00", "2026-04-30 22:00:00"},
		{"monthly last 23:00", "2026-04-30 22:00:00", "2026-05-31 22:00:00"},
		{"monthly last 23:00", "2024-02-10 00:00:00", "2024-02-29 22:00:00"},
		{"workday 07:00", "2026-06-05 06:00:00", "2026-06-08 06:00:00"}, // Friday to Monday
		{"workday 07:00", "2026-07-29 06:00:00", "2026-07-31 06:00:00"}, // the 30th is a holiday
		{"every 15m", "2026-06-02 08:00:00", "2026-06-02 08:15:00"},
		{"every 15m", "2026-06-02 08:14:59", "2026-06-02 08:15:00"},
		{"every 1m", "2026-06-02 23:59:30", "2026-06-03 00:00:00"},
		{"every 6h", "2026-06-02 08:00:00", "2026-06-02 12:00:00"},
		{"every 24h", "2026-06-02 00:00:00", "2026-06-03 00:00:00"},
	}
	calendar := weekdays(t, "2026-07-30")
	for _, c := range cases {
		r, err := job.ParseRule(c.rule)
		if err != nil {
			t.Fatalf("%s: %v", c.rule, err)
		}
		after, err := time.Parse(form, c.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Next(after, calendar).Format(form); got != c.want {
			t.Errorf("%s after %s: %s, want %s", c.rule, c.after, got, c.want)
		}
	}
}

func TestRuleText(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"daily 02:30": "daily 02:30", "  Weekly   MON 06:00 ": "weekly mon 06:00", "monthly 1 03:00": "monthly 1 03:00",
		"monthly 01 03:00": "monthly 1 03:00", "monthly last 23:00": "monthly last 23:00", "workday 07:00": "workday 07:00",
		"every 15m": "every 15m", "every 90m": "every 90m", "every 60m": "every 1h", "every 24h": "every 24h",
	} {
		r, err := job.ParseRule(given)
		if err != nil || r.String() != want {
			t.Errorf("%q: %q %v, want %q", given, r, err, want)
		}
	}
	for _, bad := range []string{
		"", "daily", "02:30", "daily 24:00", "daily 02:60", "daily 2:30", "daily 02:30 x", "daily 0230", "weekly 06:00", "weekly lundi 06:00",
		"weekly mon", "monthly 0 03:00", "monthly 32 03:00", "monthly -1 03:00", "monthly 001 03:00", "monthly last", "monthly 1", "workday",
		"workday mon 07:00", "every 0m", "every -5m", "every 15", "every m", "every 15s", "every 25h", "every 1441m", "every 99999999999999m",
		"every 15m 02:00", "hourly", "daily +2:30", "every 1.5h", strings.Repeat("daily ", 1000),
	} {
		if r, err := job.ParseRule(bad); fault.KindOf(err) != fault.Invalid || fault.CodeOf(err) != "job.rule" {
			t.Errorf("%q was read as %q (%v)", bad, r, err)
		}
	}
	if got := (job.Rule{}).Next(time.Now(), day.Calendar{}); !got.IsZero() {
		t.Errorf("no rule is due at %v", got)
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"daily 02:30", "weekly mon 06:00", "monthly last 23:00", "every 15m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := job.ParseRule(s)
		if err != nil {
			return
		}
		again, err := job.ParseRule(r.String())
		if err != nil || again != r {
			t.Errorf("%q: %q reads back as %q (%v)", s, r, again, err)
		}
	})
}

// TestTenYearsOfDays: over ten years, holidays and changes of offset included,
// a rule is due on exactly the days it names, once each, and the clock on the
// wall then shows its time (or has just jumped over it).
func TestTenYearsOfDays(t *testing.T) {
	t.Parallel()
	calendar := weekdays(t, "2026-07-30", "2027-05-01", "2030-01-01", "2031-11-18")
	first, err := day.New(2025, time.January, 1)
	if err != nil {
		t.Fatal(err)
	}
	last := first.AddDays(10*365 + 3)
	rapid.Check(t, func(t *rapid.T) {
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		if rapid.Bool().Draw(t, "night") {
			hour = rapid.IntRange(1, 3).Draw(t, "night hour") // where the clocks change
		}
		at := time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:04")
		monthDay := rapid.IntRange(1, 31).Draw(t, "month day")
		weekday := time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday"))
		rules := map[string]func(day.Date) bool{
			"daily " + at: func(day.Date) bool { return true },
			"weekly " + strings.ToLower(weekday.String()[:3]) + " " + at: func(d day.Date) bool { return d.Weekday() == weekday },
			"monthly " + digitsOf(monthDay) + " " + at: func(d day.Date) bool {
				return d.Day() == monthDay || d.Day() < monthDay && d.AddDays(1).Day() == 1
			},
			"monthly last " + at: func(d day.Date) bool { return d.AddDays(1).Day() == 1 },
			"workday " + at:      calendar.IsWorking,
		}
		for text, wants := range rules {
			rule, err := job.ParseRule(text)
			if err != nil {
				t.Fatal(err)
			}
			next := rule.Next(day.StartOf(first).Add(-time.Nanosecond), calendar)
			for d := first; !d.After(last); d = d.AddDays(1) {
				if !wants(d) {
					continue
				}
				if day.Of(next) != d {
					t.Fatalf("%s: due at %v, want a time on %s", text, next, d)
				}
				if shown := next.In(day.Zone()).Format("15:04"); shown != at && !jumped(next) {
					t.Fatalf("%s: due at %v, when the clock shows %s", text, next, shown)
				}
				next = rule.Next(next, calendar)
			}
		}
	})
}

// jumped says whether the clock on the wall jumped forward at an instant.
func jumped(at time.Time) bool {
	_, before := at.Add(-time.Second).In(day.Zone()).Zone()
	_, now := at.In(day.Zone()).Zone()
	return now > before
}

// TestEveryNeverDrifts: an interval is due at the same instants whatever the
// instant it is asked at.
func TestEveryNeverDrifts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(1, 1440).Draw(t, "minutes")
		rule, err := job.ParseRule("every " + digitsOf(minutes) + "m")
		if err != nil {
			t.Fatal(err)
		}
		after := time.Unix(rapid.Int64Range(1_500_000_000, 2_500_000_000).Draw(t, "after"), 0)
		next := rule.Next(after, day.Calendar{})
		span := time.Duration(minutes) * time.Minute
		if !next.After(after) || next.Sub(after) > span || next.Unix()%int64(span/time.Second) != 0 {
			t.Fatalf("every %dm after %v: %v", minutes, after, next)
		}
	})
}

func digitsOf(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return digitsOf(n/10) + string(rune('0'+n%10))
}
