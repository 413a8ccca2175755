package metering

import (
	"testing"

	"wasl/internal/kernel/day"
)

func TestEstimateParametersByCategoryAndDate(t *testing.T) {
	t.Parallel()
	rows := []EstimateSetting{ // the latest first, as they are read
		{Category: "DOM", ValidFrom: date(t, "2026-07-01"), EstimateRule: EstimateRule{Cover: 80, Periods: 2}},
		{Category: "", ValidFrom: date(t, "2026-06-01"), EstimateRule: EstimateRule{Cover: 70, Periods: 3}},
		{Category: "DOM", ValidFrom: date(t, "2026-02-01"), EstimateRule: EstimateRule{Cover: 60, Periods: 4}},
	}
	for _, c := range []struct {
		category, on string
		cover        int64
	}{
		{"DOM", "2026-01-31", 50}, {"DOM", "2026-02-01", 60}, {"DOM", "2026-06-30", 60}, {"DOM", "2026-07-01", 80}, {"PAT", "2026-05-31", 50}, {"PAT", "2026-06-01", 70},
	} {
		if got := estimateIn(rows, c.category, date(t, c.on)); got.Cover != c.cover {
			t.Errorf("%s on %s: %+v, want %d percent", c.category, c.on, got, c.cover)
		}
	}
}

// TestCoverOfTheYearBefore: 15 of 30 days of June were read the year before. Half is enough,
// 51 percent is not; then the average of the last period is taken.
func TestCoverOfTheYearBefore(t *testing.T) {
	t.Parallel()
	history := past(t, [3]string{"2025-06-01", "2025-06-15", "15"}, [3]string{"2026-05-01", "2026-05-31", "62"})
	june := day.Period{From: date(t, "2026-06-01"), To: date(t, "2026-06-30")}
	for cover, want := range map[int64]string{50: "30", 51: "60"} {
		e, err := EstimateFor(june, history, 0, EstimateRule{Cover: cover, Periods: 1})
		if err != nil || e.Quantity != q(t, want) {
			t.Errorf("%d percent: %+v, %v, want %s", cover, e, err, want)
		}
	}
}
