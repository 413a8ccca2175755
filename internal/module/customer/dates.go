package customer

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// Bounds of dates. What is new may be dated as far back as one likes: it rewrites
// nothing. What changes something recorded may be dated back a year, because facts are
// learned late, and not further, because that is a slip of the keyboard.
const (
	// PastDaysMax is how far back a change may be dated.
	PastDaysMax = 366
	// AheadDaysMax is how far ahead anything may be dated.
	AheadDaysMax = 366
)

// checkAhead refuses a date too far ahead.
func checkAhead(path string, on, today day.Date) error {
	if last := today.AddDays(AheadDaysMax); on.After(last) {
		return fault.InvalidField(path, "customer.too_far_ahead", "max", last)
	}
	return nil
}

// checkChange refuses the date of a change too far back or too far ahead.
func checkChange(path string, on, today day.Date) error {
	if first := today.AddDays(-PastDaysMax); on.Before(first) {
		return fault.InvalidField(path, "customer.too_far_back", "min", first)
	}
	return checkAhead(path, on, today)
}

// orDate is the date, or another when there is none.
func orDate(d, other day.Date) day.Date {
	if d.IsZero() {
		return other
	}
	return d
}
