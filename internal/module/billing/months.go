package billing

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
)

// daysPerMonth is the month of a part of a month, in days; wholeMonth one month, in
// thousandths.
const (
	daysPerMonth = 30
	wholeMonth   = 1000
)

// monthsOf is how many months a period is billed for, in thousandths, when the tariff
// counts months and the period is not made of whole ones: it goes from one walk of the
// reader to the next. Each month that a walk falls in is billed once, however many days
// lie between two walks. Of a period within one month, as a closing reading makes, the
// days count, 30 to the month, rounded half away from zero. It is 0 where the tariff
// counts by itself.
func monthsOf(t *tariff.Tariff, from, to day.Date) money.Quantity {
	byDays := func(v tariff.Version) bool { return v.Prorata == tariff.Days30 }
	first, last := day.MonthOf(from), day.MonthOf(to)
	if first.First() == from && last.Last() == to || slices.ContainsFunc(t.Versions, byDays) {
		return 0
	}
	if n := day.MonthOf(from.AddDays(-1)).MonthsUntil(last); n > 0 {
		return money.Quantity(n) * wholeMonth
	}
	days := int64(from.DaysUntil(to)) + 1
	return max(1, money.Quantity((2*days*wholeMonth+daysPerMonth)/(2*daysPerMonth)))
}
