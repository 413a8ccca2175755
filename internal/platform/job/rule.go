package job

import (
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// Rule says when something starts by itself, in business time
// (Africa/Casablanca). It is written
//
//	daily 02:30
//	weekly mon 06:00
//	monthly 1 03:00
//	monthly last 23:00
//	workday 07:00
//	every 15m
//
// A monthly day that a month does not have is its last day. A time that the
// clock jumps over (end of Ramadan) is the instant of the jump; a time that
// comes twice (beginning of Ramadan) is the first. Intervals of "every" are in
// minutes or hours and counted from 1970 in UTC, so that they never depend on
// when the program was started.
type Rule struct {
	kind     ruleKind
	weekday  time.Weekday
	monthDay int // 1 to 31, or lastDay
	minutes  int // after midnight, wall time
	every    time.Duration
}

type ruleKind uint8

const (
	ruleNone ruleKind = iota
	ruleDaily
	ruleWeekly
	ruleMonthly
	ruleWorkday
	ruleEvery
)

const (
	lastDay        = 32
	everyMin       = time.Minute
	everyMax       = 24 * time.Hour
	hoursPerDay    = 24
	minutesPerHour = 60
	// daysAheadMax bounds the search for a working day: no calendar rests longer.
	daysAheadMax = 400
)

// weekdayNames gives the words of the days, Sunday first as in package time.
func weekdayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// ParseRule reads a rule; an Invalid fault "job.rule" otherwise.
func ParseRule(text string) (Rule, error) {
	words := strings.Fields(strings.ToLower(text))
	bad := fault.New(fault.Invalid, "job.rule", "rule", text)
	if len(words) < 2 {
		return Rule{}, bad
	}
	var r Rule
	ok := false
	switch words[0] {
	case "every":
		r.kind = ruleEvery
		r.every, ok = interval(words[1])
		ok = ok && len(words) == 2
	case "daily", "workday":
		r.kind = ruleDaily
		if words[0] == "workday" {
			r.kind = ruleWorkday
		}
		ok = len(words) == 2
	case "weekly":
		r.kind = ruleWeekly
		r.weekday, ok = weekdayOf(words[1])
		ok = ok && len(words) == 3
	case "monthly":
		r.kind = ruleMonthly
		r.monthDay, ok = monthDayOf(words[1])
		ok = ok && len(words) == 3
	}
	if ok && r.kind != ruleEvery {
		r.minutes, ok = clockTime(words[len(words)-1])
	}
	if !ok {
		return Rule{}, bad
	}
	return r, nil
}

// interval reads 15m or 6h.
func interval(s string) (time.Duration, bool) {
	if s == "" || len(s) > 5 {
		return 0, false
	}
	unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour}[s[len(s)-1]]
	n, ok := digits(s[:len(s)-1])
	d := time.Duration(n) * unit
	return d, ok && unit > 0 && d >= everyMin && d <= everyMax
}

func weekdayOf(s string) (time.Weekday, bool) {
	for i, name := range weekdayNames() {
		if s == name {
			return time.Weekday(i), true
		}
	}
	return 0, false
}

func monthDayOf(s string) (int, bool) {
	if s == "last" {
		return lastDay, true
	}
	n, ok := digits(s)
	return n, ok && n >= 1 && n < lastDay && len(s) <= 2
}

// clockTime reads 02:30 into minutes after midnight.
func clockTime(s string) (int, bool) {
	if len(s) != len("02:30") || s[2] != ':' {
		return 0, false
	}
	h, okH := digits(s[:2])
	m, okM := digits(s[3:])
	return h*minutesPerHour + m, okH && okM && h < hoursPerDay && m < minutesPerHour
}

// digits reads a number without sign.
func digits(s string) (int, bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// String writes the rule as ParseRule reads it.
func (r Rule) String() string {
	at := func(words ...string) string {
		h, m := r.minutes/minutesPerHour, r.minutes%minutesPerHour
		two := func(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
		return strings.Join(append(words, two(h)+":"+two(m)), " ")
	}
	switch r.kind {
	case ruleDaily:
		return at("daily")
	case ruleWorkday:
		return at("workday")
	case ruleWeekly:
		return at("weekly", weekdayNames()[r.weekday])
	case ruleMonthly:
		if r.monthDay == lastDay {
			return at("monthly", "last")
		}
		return at("monthly", strconv.Itoa(r.monthDay))
	case ruleEvery:
		if r.every%time.Hour == 0 {
			return "every " + strconv.Itoa(int(r.every/time.Hour)) + "h"
		}
		return "every " + strconv.Itoa(int(r.every/time.Minute)) + "m"
	}
	return ""
}

// Next is the first due instant strictly after one, in UTC. The calendar gives
// the working days. It is the zero time only for the zero Rule.
func (r Rule) Next(after time.Time, calendar day.Calendar) time.Time {
	if r.kind == ruleNone {
		return time.Time{}
	}
	if r.kind == ruleEvery {
		return time.Unix(0, 0).UTC().Add(after.Sub(time.Unix(0, 0)).Truncate(r.every) + r.every)
	}
	for d := day.Of(after); ; {
		d = r.dayFrom(d, calendar)
		if d.IsZero() {
			return time.Time{}
		}
		if t := wall(d, r.minutes); t.After(after) {
			return t
		}
		d = d.AddDays(1)
	}
}

// dayFrom is the first day of the rule, that day or later.
func (r Rule) dayFrom(d day.Date, calendar day.Calendar) day.Date {
	switch r.kind {
	case ruleWeekly:
		return d.AddDays((int(r.weekday) - int(d.Weekday()) + 7) % 7)
	case ruleMonthly:
		m := day.MonthOf(d)
		if due := r.dayIn(m); !due.Before(d) {
			return due
		}
		return r.dayIn(m.Add(1))
	case ruleWorkday:
		end := d.AddDays(daysAheadMax)
		if next := calendar.NextWorking(d); !next.After(end) {
			return next
		}
		return day.Date{}
	}
	return d
}

// dayIn is the day of a monthly rule in a month: the month's last when it is
// too short.
func (r Rule) dayIn(m day.Month) day.Date {
	if n := r.monthDay; n <= m.Last().Day() {
		return m.First().AddDays(n - 1)
	}
	return m.Last()
}

// wall is the first instant at which the clock on the wall of a business day
// shows a time, or the instant at which it jumps over it.
func wall(d day.Date, minutes int) time.Time {
	const around = 26 * time.Hour // beyond any offset and its change
	zone := day.Zone()
	naive := d.UTC().Add(time.Duration(minutes) * time.Minute)
	_, before := naive.Add(-around).In(zone).Zone()
	_, later := naive.Add(around).In(zone).Zone()
	first := naive.Add(-time.Duration(max(before, later)) * time.Second)
	last := naive.Add(-time.Duration(min(before, later)) * time.Second)
	for _, t := range []time.Time{first, last} {
		if shows(t.In(zone), naive) {
			return t
		}
	}
	jump, _ := last.In(zone).ZoneBounds()
	return jump.UTC()
}

// shows says whether a local time reads as a naive one.
func shows(local, naive time.Time) bool {
	_, offset := local.Zone()
	return local.UTC().Add(time.Duration(offset) * time.Second).Equal(naive)
}
