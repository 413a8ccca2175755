package tariff

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/kernel/money"
)

// shared opens a file of the given data; without it the test is skipped, or fails when
// WASL_TEST_REQUIRE asks for data.
func shared(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open("../../../../shared/" + name)
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("WASL_TEST_REQUIRE"), ","), "data") {
			t.Fatal(err)
		}
		t.Skipf("without the given data: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// The vectors of electricity and water: energy, TPPAN, totals and water.
func TestGivenVectors(t *testing.T) {
	t.Parallel()
	var v struct {
		Domestic struct {
			Energy map[string]string `json:"energy_ttc"`
			TPPAN  map[string]string `json:"tppan_ttc_exempt200"`
		} `json:"electricity_domestic_ttc"`
		Radeef struct {
			Totals map[string]string `json:"totals"`
		} `json:"radeef_2025_total_ttc"`
		Water []struct {
			M3, Months, Households int64
			Water                  string
		} `json:"water_synthetic"`
	}
	if err := json.NewDecoder(shared(t, "domain/vectors.json")).Decode(&v); err != nil {
		t.Fatal(err)
	}
	book := loadPack(t, packNames(t)...)
	family := func(r Request, prefix string) string {
		q, err := book.Quote(r)
		if err != nil {
			t.Fatal(err)
		}
		var sum money.Amount
		for _, l := range q.Lines {
			if strings.HasPrefix(l.Code, prefix) {
				sum += l.Amount
			}
		}
		return sum.String()
	}
	kwh := func(s string) money.Quantity {
		n, ok := thousandths(s)
		if !ok {
			t.Fatal(s)
		}
		return money.Quantity(n)
	}
	for _, year := range []string{"2014", "2026"} {
		from := map[string]string{"2014": "2015"}[year]
		if from == "" {
			from = year
		}
		for q, want := range v.Domestic.Energy {
			if got := family(ask(t, "ma-elec-domestic", from, kwh(q), "use", "domestic"), "ENERGY"); got != want {
				t.Errorf("energy %s: %s, want %s", q, got, want)
			}
		}
		for q, want := range v.Domestic.TPPAN {
			if got := family(ask(t, "ma-elec-domestic", from, kwh(q), "use", "domestic"), "TPPAN"); got != want {
				t.Errorf("TPPAN %s: %s, want %s", q, got, want)
			}
		}
	}
	for q, want := range v.Radeef.Totals {
		quote, err := book.Quote(ask(t, "ma-elec-radeef-2025", "2025", kwh(q), "use", "domestic"))
		if err != nil || quote.Total.String() != want {
			t.Errorf("RADEEF %s: %s %v, want %s", q, quote.Total, err, want)
		}
	}
	for _, w := range v.Water {
		r := ask(t, "ma-water-example", "2026", money.Quantity(w.M3*1000), "use", "domestic", "households", strconv.FormatInt(w.Households, 10))
		r.Months = money.Quantity(w.Months * 1000)
		if got := family(r, "WATER"); got != w.Water {
			t.Errorf("water %+v: %s", w, got)
		}
	}
	if len(v.Domestic.Energy) == 0 || len(v.Domestic.TPPAN) == 0 || len(v.Radeef.Totals) == 0 || len(v.Water) == 0 {
		t.Error("the vectors are not where they were")
	}
}

// The water totals of facts.md §1.6, with sanitation and fixed parts: domestic is exempt,
// other uses pay 10 %.
func TestWaterTotals(t *testing.T) {
	t.Parallel()
	book := loadPack(t, "ma/water-example.yaml")
	for _, c := range []struct {
		m3, months, households  int64
		water, domestic, others string
	}{
		{0, 1, 1, "0.00", "9.00", "9.90"},
		{6, 1, 1, "15.00", "36.00", "39.60"},
		{7, 1, 1, "22.00", "45.00", "49.50"},
		{12, 1, 1, "57.00", "90.00", "99.00"},
		{13, 1, 1, "97.50", "132.50", "145.75"},
		{20, 1, 1, "150.00", "199.00", "218.90"},
		{21, 1, 1, "231.00", "282.00", "310.20"},
		{35, 1, 1, "385.00", "464.00", "510.40"},
		{36, 1, 1, "414.00", "495.00", "544.50"},
		{18, 3, 1, "45.00", "108.00", "118.80"},
		{36, 3, 1, "171.00", "270.00", "297.00"},
		{37, 3, 1, "277.50", "378.50", "416.35"},
		{26, 1, 2, "195.00", "256.00", "281.60"},
		{24, 1, 2, "114.00", "171.00", "188.10"},
	} {
		for use, want := range map[string]string{"domestic": c.domestic, "other": c.others} {
			r := ask(t, "ma-water-example", "2026", money.Quantity(c.m3*1000), "use", use, "households", strconv.FormatInt(c.households, 10))
			r.Months = money.Quantity(c.months * 1000)
			q, err := book.Quote(r)
			var water money.Amount
			for _, l := range q.Lines {
				if strings.HasPrefix(l.Code, "WATER") {
					water += l.Amount
				}
			}
			if err != nil || q.Total.String() != want || water.String() != c.water {
				t.Errorf("%+v %s: %s, water %s, %v", c, use, q.Total, water, err)
			}
		}
	}
}
