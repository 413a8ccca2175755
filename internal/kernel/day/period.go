package day

import (
	"strings"

	"wasl/internal/kernel/fault"
)

// Period is a range of days, both ends included. A zero To means "until
// further notice". From is always a date: the zero Period is no period and
// contains nothing.
type Period struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// NewPeriod makes a period. A missing From is Invalid "period.from_required"; a
// To before From is Invalid "period.reversed".
func NewPeriod(from, to Date) (Period, error) {
	p := Period{From: from, To: to}
	if err := p.Validate(); err != nil {
		return Period{}, err
	}
	return p, nil
}

// Validate checks a period that came from outside; errors are those of
// NewPeriod.
func (p Period) Validate() error {
	if p.From.IsZero() {
		return fault.New(fault.Invalid, "period.from_required")
	}
	if !p.To.IsZero() && p.To.Before(p.From) {
		return fault.New(fault.Invalid, "period.reversed", "from", p.From, "to", p.To)
	}
	return nil
}

// IsZero says that there is no period.
func (p Period) IsZero() bool { return p == Period{} }

// IsOpen says that the period has no end yet.
func (p Period) IsOpen() bool { return !p.From.IsZero() && p.To.IsZero() }

// Contains says whether d is one of the days of the period.
func (p Period) Contains(d Date) bool {
	return !p.From.IsZero() && !d.IsZero() && !d.Before(p.From) && (p.To.IsZero() || !d.After(p.To))
}

// Covers says whether every day of o is a day of p.
func (p Period) Covers(o Period) bool {
	common, ok := p.Intersect(o)
	return ok && common == o
}

// Overlaps says whether the two periods share a day.
func (p Period) Overlaps(o Period) bool {
	_, ok := p.Intersect(o)
	return ok
}

// Intersect is the days shared by two periods; false when there are none.
func (p Period) Intersect(o Period) (Period, bool) {
	if p.Validate() != nil || o.Validate() != nil {
		return Period{}, false
	}
	common := Period{From: p.From, To: p.To}
	if o.From.After(common.From) {
		common.From = o.From
	}
	if common.To.IsZero() || (!o.To.IsZero() && o.To.Before(common.To)) {
		common.To = o.To
	}
	if common.Validate() != nil {
		return Period{}, false
	}
	return common, true
}

// Days is the number of days, both ends included; false for a period without
// end or no period.
func (p Period) Days() (int, bool) {
	if p.From.IsZero() || p.To.IsZero() {
		return 0, false
	}
	return p.From.DaysUntil(p.To) + 1, true
}

// String is the ISO 8601 interval "2026-11-01/2026-11-30", with ".." for an
// open end, and "" for no period.
func (p Period) String() string {
	switch {
	case p.IsZero():
		return ""
	case p.To.IsZero():
		return p.From.String() + "/.."
	}
	return p.From.String() + "/" + p.To.String()
}

// French is the printed form "01/11/2026 – 30/11/2026"; an open period
// prints its start followed by a dash, and no period prints "".
func (p Period) French() string {
	if p.IsZero() {
		return ""
	}
	return strings.TrimSpace(p.From.French() + " – " + p.To.French())
}
