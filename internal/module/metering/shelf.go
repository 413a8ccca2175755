package metering

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// place is one register of an account.
type place struct {
	account  int64
	register string
}

// keyed is the business key of a reading (of a meter) or consumption (meter 0) of a place.
type keyed struct {
	meter int64
	date  day.Date
}

// copyOf is one row that stands under a business key.
type copyOf struct {
	keyed
	id    int64
	value money.Quantity
	kind  ReadingKind
	// own rows are of the batch being taken in; matched ones were already found by one
	// of its rows.
	own, matched bool
}

// spell is a consumption as the controls of later ones see it.
type spell struct {
	id, fromReading, toReading int64
	periodDate                 day.Date
	from, to, month            day.Date
	quantity                   money.Quantity
	kind                       ReadingKind
	state                      ConsumptionState
}

// past is the consumption as later controls see it.
func (s *spell) past() Past {
	return Past{From: s.from, To: s.to, Quantity: s.quantity, Real: s.kind.Real() && s.state.Billable(), Month: day.MonthOf(s.month)}
}

// spell is the consumption as the book keeps it.
func (c *Consumption) spell() spell {
	return spell{
		id: int64(c.ID), fromReading: int64(c.FromReading), toReading: int64(c.ToReading), periodDate: c.PeriodDate, from: c.From, to: c.To, month: c.Month,
		quantity: c.Quantity, kind: c.Kind, state: c.State,
	}
}

// shelf is what is known of one place.
type shelf struct {
	// points are in the order of comparePoints, spent the latest first.
	points []Point
	spent  []spell
	copies []copyOf
}

// find looks for a row of the same key and value that no row of the batch stands for
// yet.
func (s *shelf) find(k keyed, value money.Quantity, kind ReadingKind) *copyOf {
	for i := range s.copies {
		if c := &s.copies[i]; c.keyed == k && c.value == value && c.kind == kind && !c.own && !c.matched {
			return c
		}
	}
	return nil
}

// ordinal is that of the next row of a key.
func (s *shelf) ordinal(k keyed) int64 {
	n := int64(1)
	for i := range s.copies {
		if s.copies[i].keyed == k {
			n++
		}
	}
	return n
}

// addPoint puts a reading where it belongs.
func (s *shelf) addPoint(q Point) {
	at, _ := slices.BinarySearchFunc(s.points, q, comparePoints)
	s.points = slices.Insert(s.points, at, q)
}

// dropPoint takes a reading out of the chain.
func (s *shelf) dropPoint(id int64) {
	s.points = slices.DeleteFunc(s.points, func(q Point) bool { return q.ID == id })
}

// addSpent puts a consumption where it belongs, after those of its date.
func (s *shelf) addSpent(c spell) {
	at := len(s.spent)
	for at > 0 && s.spent[at-1].periodDate.Before(c.periodDate) {
		at--
	}
	s.spent = slices.Insert(s.spent, at, c)
}

// before are the readings that one of a date and kind follows. They are the shelf's own:
// who keeps or changes them copies them.
func (s *shelf) before(on day.Date, kind ReadingKind) []Point {
	n := len(s.points)
	for n > 0 {
		q := &s.points[n-1]
		if q.Date.Before(on) || q.Date == on && q.Kind.order() < kind.order() {
			break
		}
		n--
	}
	return s.points[:n:n]
}

// later is the date of the first reading known after a day that a consumption was
// computed with; none when there is none.
func (s *shelf) later(than day.Date) (at day.Date) {
	for i := len(s.points) - 1; i >= 0 && s.points[i].Date.After(than); i-- {
		if s.points[i].Kind != Opening {
			at = s.points[i].Date
		}
	}
	return at
}
