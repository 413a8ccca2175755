package app

import (
	"sync/atomic"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// shiftedClock is a clock that runs as now does, so many days ago that it is the day
// given, as ISO text; now itself when that is empty. Only a day that is past is taken: what
// is recorded never bears a time that has not come. Errors: demo.day_unreadable,
// demo.day_ahead.
func shiftedClock(now func() time.Time, iso string) (func() time.Time, error) {
	if iso == "" {
		return now, nil
	}
	on, err := day.Parse(iso)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "demo.day_unreadable", "day", iso)
	}
	today := day.Of(now())
	if on.After(today) {
		return nil, fault.New(fault.Invalid, "demo.day_ahead", "day", on, "today", today)
	}
	ago := day.StartOf(today).Sub(day.StartOf(on))
	return func() time.Time { return now().Add(-ago) }, nil
}

// demoClock is the clock of the demonstration. It follows the real one until it is set
// to a day of the past, where it stands still: so the demonstration lives its months one
// after the other, each operation recorded on the day on which it belongs.
type demoClock struct {
	real func() time.Time
	at   atomic.Pointer[time.Time]
}

// newDemoClock makes a clock that begins on the first day of the demonstration.
func newDemoClock(real func() time.Time) *demoClock {
	c := &demoClock{real: real}
	c.set(demoCycle(day.Of(real())).Add(-demoBilled-1).First().AddDays(demoBillDay-1), demoHour)
	return c
}

// Now implements the clock of the process.
func (c *demoClock) Now() time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return c.real()
}

// set moves the clock to an hour of a business day; never back, and never beyond the
// real time.
func (c *demoClock) set(on day.Date, hour int) {
	to, now := day.StartOf(on).Add(time.Duration(hour)*time.Hour), c.real()
	if to.After(now) {
		to = now
	}
	if at := c.at.Load(); at == nil || to.After(*at) {
		c.at.Store(&to)
	}
}

// demoHour is when work begins.
const demoHour = 9

// release lets the clock follow the real one again.
func (c *demoClock) release() { c.at.Store(nil) }
