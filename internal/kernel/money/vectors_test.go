package money

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/kernel/day"
)

// vectors is the part of the domain's test vectors that this package can prove.
type vectors struct {
	Electricity struct {
		Prices          []string          `json:"prices"`
		Upper           []*int64          `json:"upper"`
		ProgressiveUpto int64             `json:"progressive_upto"`
		EnergyTTC       map[string]Amount `json:"energy_ttc"`
	} `json:"electricity_domestic_ttc"`
	Radeef struct {
		Totals map[string]Amount `json:"totals"`
	} `json:"radeef_2025_total_ttc"`
	Bank struct {
		Open     Amount      `json:"open"`
		Moves    [][2]string `json:"moves"`
		Rate     Rate        `json:"rate"`
		Numbers  Amount      `json:"debit_numbers"`
		Agios365 Amount      `json:"agios365"`
		Agios360 Amount      `json:"agios360"`
		CPFD     Amount      `json:"cpfd"`
		Turnover Amount      `json:"turnover_commission"`
		VAT      Amount      `json:"vat10"`
		Total    Amount      `json:"total_ttc"`
	} `json:"bank_scale_q1_2026"`
}

// readVectors finds shared/domain/vectors.json beside the project's root. Where
// it is absent the test is skipped, or fails if WASL_TEST_REQUIRE asks for data.
func readVectors(t *testing.T) vectors {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; root != filepath.Dir(root); root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
	}
	path := filepath.Join(root, "..", "shared", "domain", "vectors.json")
	b, err := os.ReadFile(path)
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("WASL_TEST_REQUIRE"), ","), "data") {
			t.Fatalf("the test vectors are required: %v", err)
		}
		t.Skipf("the test vectors are not beside the project (shared/domain/vectors.json): %v", err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// energy lists the blocks of a consumption: filled one after the other up to the
// progressive threshold, above it the whole volume at the price of its block.
func (v vectors) energy(t *testing.T, kwh int64, price func(Price) Price, rate Rate) []Line {
	t.Helper()
	var lines []Line
	low := int64(0)
	for i, text := range v.Electricity.Prices {
		p, err := ParsePlain[Price](text)
		if err != nil {
			t.Fatal(err)
		}
		last := v.Electricity.Upper[i] == nil
		selective := kwh > v.Electricity.ProgressiveUpto
		volume := int64(0)
		switch {
		case selective && kwh > low && (last || kwh <= *v.Electricity.Upper[i]):
			volume = kwh
		case !selective && kwh > low:
			volume = min(kwh, *v.Electricity.Upper[i]) - low
		}
		if volume > 0 {
			lines = append(lines, Line{Value: Quantity(volume * 1000).Times(price(p)), Rate: rate})
		}
		if !last {
			low = *v.Electricity.Upper[i]
		}
	}
	return lines
}

func TestVectorsEnergyTTC(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	if len(v.Electricity.EnergyTTC) < 17 {
		t.Fatalf("only %d vectors", len(v.Electricity.EnergyTTC))
	}
	for text, want := range v.Electricity.EnergyTTC {
		kwh, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := RoundTTC.Round(v.energy(t, kwh, func(p Price) Price { return p }, 2000))
		if err != nil || got.Total != want {
			t.Errorf("%s kWh: %s, %v; want %s", text, got.Total, err, want)
		}
	}
}

func TestVectorsTotalMode(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	const vat = Rate(1800)
	net := func(p Price) Price {
		n, err := p.Net(vat, 4)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	fixed := Line{Value: Price(20_740_000).Exact(), Rate: vat}
	if len(v.Radeef.Totals) != 3 {
		t.Fatalf("%d vectors", len(v.Radeef.Totals))
	}
	for text, want := range v.Radeef.Totals {
		kwh, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		lines := append(v.energy(t, kwh, net, vat), fixed)
		if kwh > 200 { // the audiovisual tax: 100 kWh at each of its first two prices, the rest at the third
			for _, block := range []struct {
				volume Quantity
				price  Price
			}{{100_000, 84_700}, {100_000, 127_100}, {Quantity(kwh-200) * 1000, 169_500}} {
				lines = append(lines, Line{Value: block.volume.Times(block.price), Rate: vat})
			}
		}
		got, err := RoundTotal.Round(lines)
		if err != nil || got.Total != want {
			t.Errorf("%s kWh: %s, %v; want %s", text, got.Total, err, want)
		}
		printed, err := Sum(got.Lines...)
		if err != nil || printed != got.Net || got.Net+got.Tax != want {
			t.Errorf("%s kWh: lines print %s, net %s, tax %s", text, printed, got.Net, got.Tax)
		}
	}
}

func TestVectorsBankScale(t *testing.T) {
	t.Parallel()
	b := readVectors(t).Bank
	end, err := day.Parse("2026-04-01") // the last day of the quarter counts
	if err != nil {
		t.Fatal(err)
	}
	must := func(a Amount, err error) Amount {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	// Debit numbers: each debit balance times the days it lasted.
	var numbers, turnover Amount
	balance, since := b.Open, day.Date{}
	highest := map[day.Month]Amount{}
	note := func(until day.Date) {
		if balance >= 0 {
			return
		}
		numbers = must(numbers.Add(must(must(balance.Neg()).Mul(int64(since.DaysUntil(until))))))
		for m := day.MonthOf(since); !m.After(day.MonthOf(until.AddDays(-1))); m = m.Add(1) {
			highest[m] = max(highest[m], -balance)
		}
	}
	for _, move := range b.Moves {
		on, err := day.Parse(move[0])
		if err != nil {
			t.Fatal(err)
		}
		note(on)
		amount, err := ParsePlain[Amount](move[1])
		if err != nil {
			t.Fatal(err)
		}
		if amount < 0 {
			turnover = must(turnover.Sub(amount))
		}
		balance, since = must(balance.Add(amount)), on
	}
	note(end)
	if numbers != b.Numbers {
		t.Errorf("debit numbers %s, want %s", numbers, b.Numbers)
	}
	agios := must(numbers.Portion(int64(b.Rate), int64(RateOne)*365))
	if agios != b.Agios365 {
		t.Errorf("interest on 365 days %s, want %s", agios, b.Agios365)
	}
	if got := must(numbers.Portion(int64(b.Rate), int64(RateOne)*360)); got != b.Agios360 {
		t.Errorf("interest on 360 days %s, want %s", got, b.Agios360)
	}
	var debits Amount
	for _, a := range highest {
		debits += a
	}
	cpfd := must(debits.TimesRate(5))             // 0.05 %
	commission := must(turnover.Portion(25, 1e5)) // 0.025 %
	if cpfd != b.CPFD || commission != b.Turnover {
		t.Errorf("commissions %s and %s, want %s and %s", cpfd, commission, b.CPFD, b.Turnover)
	}
	lines := []Line{{Value: agios.Exact(), Rate: 1000}, {Value: cpfd.Exact(), Rate: 1000}, {Value: commission.Exact(), Rate: 1000}}
	for _, mode := range []Rounding{RoundLine, RoundTotal} {
		got, err := mode.Round(lines)
		if err != nil || got.Tax != b.VAT || got.Total != b.Total {
			t.Errorf("mode %s: tax %s, total %s, %v; want %s, %s", mode, got.Tax, got.Total, err, b.VAT, b.Total)
		}
	}
}
