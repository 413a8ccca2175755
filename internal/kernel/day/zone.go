package day

import (
	"sync"
	"time"
	_ "time/tzdata" // The zone must be found on a machine without zone files.
)

// ZoneName is the legal time of the utility. Morocco keeps UTC+1 all year
// except during Ramadan, when it goes back to UTC+0: the offset of a date cannot
// be guessed and always comes from the zone tables.
const ZoneName = "Africa/Casablanca"

// loadZone reads the zone once; nothing can change it afterwards.
var loadZone = sync.OnceValues(func() (*time.Location, error) {
	return time.LoadLocation(ZoneName)
})

// Zone is the location of business days. If the zone tables of the machine are
// damaged it is a fixed UTC+1, and ZoneError says so: the program must check
// ZoneError when it starts.
func Zone() *time.Location {
	zone, err := loadZone()
	if err != nil {
		return time.FixedZone(ZoneName, 60*60)
	}
	return zone
}

// ZoneError is the reason why the zone could not be loaded; nil as a rule,
// because the tables are embedded. Only a damaged ZONEINFO file of the machine
// can cause it.
func ZoneError() error {
	_, err := loadZone()
	return err
}

// Of is the business day of an instant: its date in Africa/Casablanca. The zero
// time gives no date.
func Of(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	return FromUTC(t.In(Zone()))
}

// StartOf is the first instant of a business day in Africa/Casablanca, given in
// UTC. That is midnight, except on the few days of the past whose clock jumped
// over midnight (1 June 2008): then it is the instant of the jump. Days last 23,
// 24 or 25 hours, so the end of a day is StartOf(d.AddDays(1)), excluded. No
// date gives the zero time.
func StartOf(d Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	y, m, dom := d.Civil()
	t := time.Date(y, m, dom, 0, 0, 0, 0, Zone())
	if Of(t).Before(d) { // midnight was skipped and t fell before the jump
		_, t = t.ZoneBounds()
	} else if start, _ := t.ZoneBounds(); !start.IsZero() && start.Before(t) && Of(start) == d {
		t = start // midnight was skipped and t fell after the jump
	}
	return t.UTC()
}
