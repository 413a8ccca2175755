package metering

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/text"
)

// months makes a history of whole months that ends in October 2026, the last value being
// the latest.
func months(t testing.TB, values ...string) (out []Past) {
	t.Helper()
	last := day.MonthOf(date(t, "2026-10-01"))
	for i, v := range values {
		m := last.Add(i - len(values) + 1)
		out = append(out, Past{From: m.First(), To: m.Last(), Quantity: q(t, v), Real: true, Month: m})
	}
	slices.Reverse(out)
	return out
}

// november is a usual case: 255 read on 17 November over 30 days.
func november(t testing.TB, quantity string, history []Past) Case {
	return Case{
		Today: date(t, "2026-11-20"), Date: date(t, "2026-11-17"), Period: day.Period{From: date(t, "2026-11-01"), To: date(t, "2026-11-30")},
		Quantity: q(t, quantity), Kind: Read, Ordinal: 1, History: history,
	}
}

func rulesOf(found []Finding) (out []string) {
	for _, f := range found {
		out = append(out, string(f.Rule)+" "+f.Evidence.Reason)
	}
	return out
}

// lasting is a history of twelve months whose median is 24: sorted, 18 20 21 22 23 24 25
// 26 27 28 30 31, of which the sixth is the lower middle.
func lasting(t testing.TB) []Past {
	return months(t, "25", "18", "31", "22", "24", "28", "20", "26", "21", "30", "23", "27")
}

// seasons are two summers of 200 m³ and winters of 20.
func seasons(t testing.TB) []Past {
	var values []string
	for i := range 30 {
		v := "20"
		if m := (4 + i) % 12; m >= 5 && m <= 8 { // the history begins in May 2024
			v = "200"
		}
		values = append(values, v)
	}
	return months(t, values...)
}

func TestFindings(t *testing.T) {
	t.Parallel()
	five := plainDial(5)
	read := func(from, to string, previous ReadingKind, history []Past) Case {
		c := november(t, "0", history)
		step := five.Between(q(t, from), q(t, to))
		c.Step, c.Index, c.Quantity = &step, q(t, to), step.Units
		c.Previous = &Point{Date: date(t, "2026-10-31"), Index: q(t, from), Kind: previous}
		return c
	}
	with := func(c Case, change func(*Case)) Case { change(&c); return c }
	for _, c := range []struct {
		name string
		in   Case
		want []string
	}{
		{"as usual", november(t, "30", lasting(t)), nil},
		{"at the threshold: 4 × 24", november(t, "96", lasting(t)), nil},
		{"above it", november(t, "312", lasting(t)), []string{"high high"}},
		{"under the floor nothing is too high", november(t, "30", months(t, "1", "1", "2")), nil},
		{"too few periods to tell", november(t, "312", months(t, "24", "24")), nil},
		{"a quarter of 24 is 6", november(t, "6", lasting(t)), nil},
		{"too low", november(t, "5.999", lasting(t)), []string{"low low"}},
		{"zero is said once", november(t, "0", lasting(t)), []string{"zero zero"}},
		{"a house that is empty", november(t, "0", months(t, "0", "0", "1", "0")), nil},
		{"the season tells: 60 is high for November after winters of 20", november(t, "81", seasons(t)), []string{"high high_season"}},
		{"the second value of the month", with(november(t, "30", lasting(t)), func(c *Case) { c.Ordinal = 2 }), []string{"duplicate duplicate"}},
		{"another meter", with(november(t, "30", lasting(t)), func(c *Case) { c.Serial, c.Expected = "B", "A" }), []string{"unknown unknown"}},
		{"in the future", with(november(t, "30", nil), func(c *Case) { c.Date = date(t, "2026-11-21") }), []string{"date date_future"}},
		{
			"before the meter was there", with(november(t, "30", nil), func(c *Case) { c.Installed = date(t, "2026-11-18") }),
			[]string{"date date_before_installation"},
		},
		{"after it left", with(november(t, "30", nil), func(c *Case) { c.Removed = date(t, "2026-11-16") }), []string{"date date_after_removal"}},
		{"outside the days of the route", with(november(t, "30", nil), func(c *Case) {
			c.Window = day.Period{From: date(t, "2026-11-05"), To: date(t, "2026-11-16")}
		}), []string{"date date_outside"}},
		{"lower", read("18962", "18692", Read, nil), []string{"lower lower"}},
		{"lower than an estimate", read("560", "540", Estimated, nil), []string{"lower over_estimated"}},
		{"over zero", read("99990", "20", Read, lasting(t)), []string{"rollover rollover"}},
		{
			"the file's old index leaves a hole", with(read("13678", "14130", Read, nil), func(c *Case) { c.Declared = quantity(q(t, "13983")) }),
			[]string{"chain chain_hole"},
		},
		{"the file's old index overlaps", with(read("100", "130", Read, nil), func(c *Case) { c.Declared = quantity(q(t, "90")) }), []string{"chain chain_overlap"}},
		{
			"the third estimate in a row", with(november(t, "24", lasting(t)), func(c *Case) { c.Kind, c.EstimatedRun = Estimated, 3 }),
			[]string{"estimated estimated"},
		},
		{"the second one", with(november(t, "24", lasting(t)), func(c *Case) { c.Kind, c.EstimatedRun = Estimated, 2 }), nil},
	} {
		if got := rulesOf(Findings(&c.in, DefaultParams)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	c := november(t, "312", lasting(t))
	f := Judge(RuleHigh, &c, DefaultParams(RuleHigh))
	if f == nil || f.Severity != Blocking || *f.Evidence.Usual != q(t, "24") || *f.Evidence.Threshold != q(t, "96") || f.Evidence.Periods != 12 {
		t.Fatalf("got %+v", f)
	}
	if off := Judge(RuleHigh, &c, Params{Severity: Blocking}); off != nil {
		t.Errorf("a rule that is off found %+v", off)
	}
	catalog, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	args := f.Evidence.Args()
	args["unit"] = "m³"
	got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(catalog.Printer("fr").Text("anomaly.high", args))
	if want := "312 m³, médiane des 12 derniers relevés : 24 m³, seuil : 96 m³"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestProposedDate: a date in the future that fits once day and month are exchanged is
// proposed so.
func TestProposedDate(t *testing.T) {
	t.Parallel()
	c := november(t, "30", nil)
	c.Date, c.Previous = date(t, "2026-12-11"), &Point{Date: date(t, "2026-10-19")} // 12 November was meant
	f := Judge(RuleDate, &c, DefaultParams(RuleDate))
	if f == nil || f.Evidence.Reason != "date_future" || f.Evidence.Proposed != date(t, "2026-11-12") {
		t.Errorf("got %+v", f)
	}
	c.Date = date(t, "2026-12-25")
	if f := Judge(RuleDate, &c, DefaultParams(RuleDate)); f == nil || !f.Evidence.Proposed.IsZero() {
		t.Errorf("there is no month 25: %+v", f)
	}
}

// TestUsualLength: two months are compared with two months.
func TestUsualLength(t *testing.T) {
	t.Parallel()
	period := day.Period{From: date(t, "2026-11-01"), To: date(t, "2026-12-31")} // 61 days
	u, ok := UsualOf(period, months(t, "30", "31", "30"), 12, false)
	// Of 31, 30 and 31 days: 30 × 61/31 = 59.032, 31 × 61/30 = 63.033, 30 × 61/31 = 59.032.
	if !ok || u.Quantity != q(t, "59.032") || u.Periods != 3 {
		t.Errorf("got %+v, %v", u, ok)
	}
}

// TestMedianByCounting: the median is a value seen, with at least half of all values on
// either side of it.
func TestMedianByCounting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(historyMin, MedianMax).Draw(t, "periods")
		month := day.MonthOf(dateOf(t))
		var history []Past
		for i := range n {
			m := month.Add(i)
			history = append(history, Past{From: m.First(), To: m.Last(), Real: true, Quantity: money.Quantity(rapid.Int64Range(0, 50).Draw(t, "quantity"))})
		}
		next := month.Add(n)
		u, ok := UsualOf(next.Period(), history, MedianMax, false)
		var seen, below, above int
		for _, h := range history {
			switch {
			case h.Quantity < u.Quantity:
				below++
			case h.Quantity > u.Quantity:
				above++
			default:
				seen++
			}
		}
		if !ok || seen == 0 || 2*below > n || 2*above > n {
			t.Fatalf("%v of %+v: %d below, %d above", u, history, below, above)
		}
	})
}
