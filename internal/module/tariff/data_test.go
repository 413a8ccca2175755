package tariff

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
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

// Real bills of New York's office of housing. The data do not say when a bill was made:
// each is priced at the year of every version, and counts as reproduced when one of
// them gives it to the cent. The others are listed by what can be seen of them.
func TestRealBillsOfNewYork(t *testing.T) {
	t.Parallel()
	packed, err := gzip.NewReader(shared(t, "data/water-nycha/bills.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(packed).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	book := loadPack(t, "example/nycha.yaml")
	years, reasons, reproduced := map[string]int{}, map[string]int{}, 0
	for _, row := range rows[1:] {
		charge, err := money.ParsePlain[money.Amount](row[at["current_charges"]])
		if err != nil {
			t.Fatal(err)
		}
		version := yearOf(t, book, row[at["consumption_hcf"]], row[at["days"]], charge)
		if version != "" {
			reproduced++
			years[version]++
			continue
		}
		reasons[whyNot(row[at["consumption_hcf"]], row[at["days"]], charge)]++
	}
	t.Logf("%d bills, %d reproduced: %v; the others: %v", len(rows)-1, reproduced, years, reasons)
	if len(rows) != 14_887 || reproduced*100 < 92*(len(rows)-1) {
		t.Errorf("%d of %d reproduced", reproduced, len(rows)-1)
	}
}

// yearOf finds the version that gives a charge; empty for none.
func yearOf(t *testing.T, book *Book, consumption, days string, charge money.Amount) string {
	t.Helper()
	n, ok := thousandths(consumption)
	if !ok {
		return ""
	}
	for _, v := range book.Tariff("nycha").Versions {
		r := Request{Tariff: "nycha", From: v.From, To: v.From.AddDays(30), Quantity: money.Quantity(n), Attributes: []Value{{Name: "days", Text: days}}}
		q, err := book.Quote(r)
		if err != nil {
			if code := fault.CodeOf(err); code != "tariff.attribute_value" {
				t.Fatal(err)
			}
			return ""
		}
		if q.Total == charge {
			return v.Code
		}
	}
	return ""
}

// whyNot sorts the bills that no year gives.
func whyNot(consumption, days string, charge money.Amount) string {
	n, _ := strconv.ParseInt(days, 10, 64)
	switch {
	case charge == 0:
		return "nothing charged for a consumption or days"
	case charge < 0:
		return "a credit"
	case n > 100:
		return "over 100 days, so over a change of price"
	case consumption == "0":
		return "nothing consumed, and not the minimum of these days"
	case consumption == "1" || consumption == "2" || consumption == "3":
		return "a minimum, for other days than those said"
	}
	return "a price between or outside those of the years: two years in one period, corrections"
}

// The change of year of New York falls inside a bill in the calendar: the version of the
// last day prices it, as its file says.
func TestNewYorkChangesOnTheLastDay(t *testing.T) {
	t.Parallel()
	book := loadPack(t, "example/nycha.yaml")
	r := Request{Tariff: "nycha", From: date(t, "2018-06-15"), To: date(t, "2018-07-14"), Quantity: 10_000, Attributes: []Value{{Name: "days", Text: "30"}}}
	for to, want := range map[string]string{"2018-07-14": "101.01", "2018-06-30": "98.68"} { // 39.00 × 2.59 and 38.10 × 2.59
		r.To = date(t, to)
		if q, err := book.Quote(r); err != nil || q.Total.String() != want {
			t.Errorf("to %s: %s %v, want %s", to, q.Total, err, want)
		}
	}
}
