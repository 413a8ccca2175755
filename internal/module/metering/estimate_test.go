package metering

import (
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// past reads "from to quantity [estimated]" lines.
func past(t testing.TB, lines ...[3]string) (out []Past) {
	t.Helper()
	for _, l := range lines {
		out = append(out, Past{From: date(t, l[0]), To: date(t, l[1]), Quantity: q(t, l[2]), Real: true})
	}
	return out
}

func TestEstimateFor(t *testing.T) {
	t.Parallel()
	rule := EstimateRule{Cover: 50, Periods: 2, PowerHours: 4}
	year := past(t, [3]string{"2025-11-01", "2025-11-30", "60"}, [3]string{"2026-09-01", "2026-09-30", "30"}, [3]string{"2026-10-01", "2026-10-31", "31"})
	for _, c := range []struct {
		name     string
		from, to string
		history  []Past
		power    string
		method   Method
		want     string
	}{
		{"the same month of last year, 30 days of 30", "2026-11-01", "2026-11-30", year, "0", BySeason, "60"},
		// 20 of the 30 days were read: 60 × 20/30 = 40 in 20 days, so 60 in 30.
		{"part of the period last year", "2026-11-11", "2026-12-10", year, "0", BySeason, "60"},
		// December 2025 was not read: 30 + 31 in 61 days, so 31 in 31 days.
		{"the last two periods by days", "2026-12-01", "2026-12-31", year, "0", ByAverage, "31"},
		// 61 kWh in 61 days, for 15 days.
		{"half a month", "2027-01-01", "2027-01-15", year, "9", ByAverage, "15"},
		// 6 kVA × 4 hours × 30 days.
		{"a new customer", "2026-11-01", "2026-11-30", nil, "6", ByPower, "720"},
	} {
		e, err := EstimateFor(day.Period{From: date(t, c.from), To: date(t, c.to)}, c.history, q(t, c.power), rule)
		if err != nil || e.Method != c.method || e.Quantity != q(t, c.want) {
			t.Errorf("%s: %v %v (%v), want %v %s", c.name, e.Method, e.Quantity, err, c.method, c.want)
		}
	}
	if _, err := EstimateFor(day.Period{From: date(t, "2026-11-01"), To: date(t, "2026-11-30")}, nil, 0, rule); fault.CodeOf(err) != "metering.no_estimate" {
		t.Errorf("nothing to go by: %v", err)
	}
	if _, err := EstimateFor(day.Period{From: date(t, "2026-11-01")}, year, 0, rule); fault.CodeOf(err) != "metering.estimate_period" {
		t.Errorf("no end: %v", err)
	}
}

// TestEstimateIgnoresEstimates: what was itself estimated never feeds an estimate.
func TestEstimateIgnoresEstimates(t *testing.T) {
	t.Parallel()
	history := past(t, [3]string{"2026-08-01", "2026-08-31", "31"}, [3]string{"2026-09-01", "2026-09-30", "9000"})
	history[1].Real = false
	e, err := EstimateFor(day.Period{From: date(t, "2026-10-01"), To: date(t, "2026-10-31")}, history, 0, EstimateRule{Cover: 50, Periods: 3})
	if err != nil || e.Quantity != q(t, "31") || e.Periods != 1 {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestAdjust(t *testing.T) {
	t.Parallel()
	// One month estimated at 200, then 260 read for both: 60 remain. By days, of 30 and
	// 31: 260 × 30/61 = 127.869 and 132.131.
	a, err := Adjust(q(t, "260"), past(t, [3]string{"2026-09-01", "2026-09-30", "200"}, [3]string{"2026-10-01", "2026-10-31", "0"}))
	if err != nil || a.Billed != q(t, "200") || a.Rest != q(t, "60") || a.Shares[0] != q(t, "127.869") || a.Shares[1] != q(t, "132.131") {
		t.Errorf("got %+v, %v", a, err)
	}
	// Too much was estimated: 40 are given back.
	a, err = Adjust(q(t, "160"), past(t, [3]string{"2026-09-01", "2026-09-30", "200"}, [3]string{"2026-10-01", "2026-10-31", "0"}))
	if err != nil || a.Rest != q(t, "-40") {
		t.Errorf("got %+v, %v", a, err)
	}
}

// TestAdjustSharesSumUp: the shares are the whole, and the rest with the estimates too.
func TestAdjustSharesSumUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var periods []Past
		at := dateOf(t)
		for range rapid.IntRange(1, 8).Draw(t, "periods") {
			to := at.AddDays(rapid.IntRange(1, 70).Draw(t, "days"))
			periods = append(periods, Past{From: at, To: to, Quantity: money.Quantity(rapid.Int64Range(0, 1e9).Draw(t, "estimate"))})
			at = to.AddDays(1)
		}
		total := money.Quantity(rapid.Int64Range(-1e6, 1e9).Draw(t, "total"))
		a, err := Adjust(total, periods)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := money.Sum(a.Shares...)
		if err != nil || sum != total || a.Rest+a.Billed != total {
			t.Fatalf("%+v sums to %v", a, sum)
		}
	})
}
