package metering

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
)

// Supply is a contract as metering sees it: whose account its readings belong to, where
// it is supplied and what its controls go by.
type Supply struct {
	Account, Contract, ServicePoint, Customer, Unit int64
	Code                                            string
	Service                                         org.Service
	// Name of the customer.
	Name string
	// StartsOn is the first day, EndsOn the day after the last; none is for ever.
	StartsOn, EndsOn day.Date
	// Category of the tariff and Power subscribed, on the date asked for.
	Category string
	Power    money.Quantity
}

// on says whether the contract is in force on a day.
func (s Supply) on(d day.Date) bool {
	return !d.Before(s.StartsOn) && (s.EndsOn.IsZero() || d.Before(s.EndsOn))
}

// closesOn says whether a closing reading of a day belongs to it: the day after its
// last one is where two occupants meet.
func (s Supply) closesOn(d day.Date) bool { return s.on(d) || d == s.EndsOn }
