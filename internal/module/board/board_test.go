package board

import (
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

func date(t *testing.T, iso string) day.Date {
	t.Helper()
	d, err := day.Parse(iso)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRateIsRoundedHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole money.Amount
		want        money.Rate
	}{
		{0, 100, 0}, {100, 100, 10_000}, {1, 3, 3_333}, {2, 3, 6_667}, {1, 20_000, 1}, {1, 20_001, 0}, {-1, 3, -3_333}, {-1, 20_000, -1}, {5, 0, 0},
	} {
		if got, err := rateOf(c.part, c.whole); err != nil || got != c.want {
			t.Errorf("%d of %d: %d, %v; want %d", c.part, c.whole, got, err, c.want)
		}
	}
	if _, err := rateOf(1<<62, 1); err == nil {
		t.Error("an impossible product gave a rate")
	}
}

func TestBucketsKeepTheBillsOfAMonthApart(t *testing.T) {
	t.Parallel()
	october := day.MonthOf(date(t, "2026-10-01"))
	for _, c := range []struct {
		on     string
		limits []int
		which  []int
	}{
		{"2026-10-01", []int{1}, []int{0}},        // nothing is older than a day
		{"2026-10-31", []int{30}, []int{0, 1}},    // of the day itself, and of the 30 days before
		{"2026-11-01", []int{31}, []int{1}},       // 1 to 31 days
		{"2026-11-02", []int{1, 32}, []int{2}},    // 2 to 32 days
		{"2026-11-27", []int{26, 57}, []int{2}},   // 27 to 57 days
		{"2027-10-31", []int{364, 395}, []int{2}}, // a year later
	} {
		limits, which := issueBuckets(october, date(t, c.on))
		if !slices.Equal(limits, c.limits) || !slices.Equal(which, c.which) {
			t.Errorf("on %s: %v of %v, want %v of %v", c.on, which, limits, c.which, c.limits)
		}
	}
}

func TestChangeAgainstAnEarlierFigure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now, before money.Amount
		want        string
	}{
		{110, 100, "+10,0 %"}, {95, 100, "−5,0 %"}, {100, 100, "+0,0 %"}, {100, 0, "–"}, {1_234, 1_200, "+2,8 %"}, {1_000, 1_003, "−0,3 %"},
	} {
		if got := change(c.now, c.before); got != c.want {
			t.Errorf("%d after %d: %q, want %q", c.now, c.before, got, c.want)
		}
	}
}

func TestLinesAreOrderedByTheFigureAsked(t *testing.T) {
	t.Parallel()
	all := []Standing{{Unit: 1, Billed: 5, Rate: 30}, {Unit: 2, Billed: 9, Rate: 10}, {Unit: 3, Billed: 5, Rate: 20}}
	for _, c := range []struct {
		sort string
		down bool
		want [3]int64
	}{{"unit", false, [3]int64{1, 2, 3}}, {"billed", true, [3]int64{2, 3, 1}}, {"rate", false, [3]int64{2, 3, 1}}} {
		order(all, c.sort, c.down)
		if got := [3]int64{int64(all[0].Unit), int64(all[1].Unit), int64(all[2].Unit)}; got != c.want {
			t.Errorf("by %s, falling %v: %v, want %v", c.sort, c.down, got, c.want)
		}
	}
}
