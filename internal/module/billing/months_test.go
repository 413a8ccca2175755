package billing

import (
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
)

func TestMonthsOfAPeriodBetweenWalks(t *testing.T) {
	t.Parallel()
	byMonths := &tariff.Tariff{Versions: []tariff.Version{{Prorata: tariff.Months}}}
	byDays := &tariff.Tariff{Versions: []tariff.Version{{Prorata: tariff.Days30}}}
	for _, c := range []struct {
		t        *tariff.Tariff
		from, to string
		want     money.Quantity
	}{
		{byMonths, "2026-03-01", "2026-03-31", 0},    // whole months: the tariff counts
		{byDays, "2026-03-11", "2026-04-10", 0},      // days: the tariff counts
		{byMonths, "2026-03-11", "2026-04-10", 1000}, // read on 10 March and on 10 April
		{byMonths, "2026-03-19", "2026-04-08", 1000}, // 21 days, one walk
		{byMonths, "2026-03-08", "2026-04-20", 1000}, // 44 days, one walk
		{byMonths, "2026-01-11", "2026-04-12", 3000}, // a quarter
		{byMonths, "2025-12-16", "2026-01-15", 1000}, // over the end of a year
		{byMonths, "2026-03-01", "2026-04-12", 2000}, // read on the last day of February
		{byMonths, "2026-03-11", "2026-03-20", 333},  // 10 days of 30
		{byMonths, "2026-03-11", "2026-03-11", 33},   // one day
		{byMonths, "2026-03-02", "2026-03-31", 1000}, // 30 days within a month
		{byMonths, "2026-03-11", "2026-03-30", 667},  // 20 days: 0,6667 is rounded up
	} {
		from, err := day.Parse(c.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := day.Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := monthsOf(c.t, from, to); got != c.want {
			t.Errorf("%s to %s: %d thousandths, want %d", c.from, c.to, got, c.want)
		}
	}
}
