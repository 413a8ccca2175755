package metering

import (
	"testing"

	"wasl/internal/kernel/day"
)

func TestSpanOf(t *testing.T) {
	t.Parallel()
	at := func(text string) day.Month { return day.MonthOf(date(t, text)) }
	for _, c := range []struct {
		months      []string
		first, last string
	}{
		{[]string{"2026-10-01"}, "2026-10-01", "2026-10-01"},
		{[]string{"2026-02-01", "2025-12-01"}, "2025-12-01", "2026-02-01"},
		{[]string{"2026-10-01", "2020-01-01"}, "2024-11-01", "2026-10-01"},
	} {
		sums := map[day.Month]monthSum{}
		for _, m := range c.months {
			sums[at(m)] = monthSum{}
		}
		if first, last := spanOf(sums); first != at(c.first) || last != at(c.last) {
			t.Errorf("%v: %v to %v, want %v to %v", c.months, first, last, c.first, c.last)
		}
	}
}
