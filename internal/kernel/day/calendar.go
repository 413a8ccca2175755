package day

import (
	"time"

	"wasl/internal/kernel/fault"
)

// Calendar says which days are worked. It is built once and never changes, so
// it may be shared between goroutines.
type Calendar struct {
	rest     [daysPerWeek]bool // by time.Weekday
	holidays map[Date]struct{}
}

// WeekendDefault is the weekly rest of Moroccan public services: Saturday and
// Sunday.
func WeekendDefault() []time.Weekday {
	return []time.Weekday{time.Saturday, time.Sunday}
}

// NewCalendar makes a calendar out of the days of weekly rest and the holidays.
// A nil rest means WeekendDefault; an empty one means no weekly rest. A week
// made of rest only is Invalid "calendar.no_working_day", an unknown weekday
// Invalid "calendar.weekday". Holidays without date are ignored.
func NewCalendar(rest []time.Weekday, holidays []Date) (Calendar, error) {
	if rest == nil {
		rest = WeekendDefault()
	}
	c := Calendar{holidays: make(map[Date]struct{}, len(holidays))}
	resting := 0
	for _, w := range rest {
		if w < time.Sunday || w > time.Saturday {
			return Calendar{}, fault.New(fault.Invalid, "calendar.weekday")
		}
		if !c.rest[w] {
			resting++
		}
		c.rest[w] = true
	}
	if resting == daysPerWeek {
		return Calendar{}, fault.New(fault.Invalid, "calendar.no_working_day")
	}
	for _, d := range holidays {
		if !d.IsZero() {
			c.holidays[d] = struct{}{}
		}
	}
	return c, nil
}

// IsWorking says whether the day is worked; no date is not.
func (c Calendar) IsWorking(d Date) bool {
	if d.IsZero() || c.rest[d.Weekday()] {
		return false
	}
	_, holiday := c.holidays[d]
	return !holiday
}

// NextWorking is the day itself when it is worked, else the first worked day
// after it: the rule for a due date that falls on a rest day.
func (c Calendar) NextWorking(d Date) Date { return c.roll(d, 1) }

// PreviousWorking is the day itself when it is worked, else the last worked day
// before it.
func (c Calendar) PreviousWorking(d Date) Date { return c.roll(d, -1) }

// roll steps until a worked day. It ends: past the finite list of holidays some
// day of every week is worked, and the range of dates is finite.
func (c Calendar) roll(d Date, step int) Date {
	for !d.IsZero() && !c.IsWorking(d) {
		d = d.AddDays(step)
	}
	return d
}

// AddWorking is the n-th worked day after d, d itself not counted; before d when
// n is negative. n = 0 gives d unchanged, worked or not. Out of the range of
// dates the result is no date.
func (c Calendar) AddWorking(d Date, n int) Date {
	step := 1
	if n < 0 {
		step = -1
	}
	for ; n != 0 && !d.IsZero(); n -= step {
		d = c.roll(d.AddDays(step), step)
	}
	return d
}

// WorkingBetween is the number of worked days after from, up to and including
// to: a delay that began on from has lasted that long on to. It is negative when
// to comes before from, and WorkingBetween(a, b) = -WorkingBetween(b, a). No date
// on either side gives 0.
func (c Calendar) WorkingBetween(from, to Date) int {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	if to.Before(from) {
		return -c.WorkingBetween(to, from)
	}
	count := 0
	for d := from; d.Before(to); {
		d = d.AddDays(1)
		if c.IsWorking(d) {
			count++
		}
	}
	return count
}
