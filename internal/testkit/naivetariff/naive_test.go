package naivetariff_test

import (
	"fmt"
	"strings"
	"testing"

	"wasl/internal/testkit/naivetariff"
)

// The figures of this file are worked out by hand from the page, so that the
// second implementation does not only agree with the first.

const vatFile = `format: wasl-tariff/1
vat:
  - code: vat
    use_attribute: use
    components:
      - code: energy
        rates:
          - { from: 2024-01-01, rate: "0.18" }
          - { from: 2025-01-01, rate: "0.20" }
      - code: water
        rates:
          - { from: 2024-01-01, use: domestic, exempt: true }
          - { from: 2024-01-01, rate: "0.10" }
`

// A version of a tariff for the tests: charges and quantities are put in.
const tariffFile = `format: wasl-tariff/1
include: [vat.yaml]
tariffs:
  - code: t
    label: T
    service: electricity
    unit: kWh
    currency: MAD
    vat_table: vat
    attributes:
      - { name: use, type: choice, values: [domestic, other], default: domestic }
      - { name: households, type: integer, min: 1, default: "1" }
      - { name: kva, type: quantity, max: "100", default: "0", split: true }
    versions:
`

func version(name, from, terms, rest string) string {
	return fmt.Sprintf("      - { version: %q, from: %s, status: example, source: s, %s,\n          %s }\n", name, from, terms, rest)
}

// The published domestic grid, and the tax on the audiovisual landscape with its cap.
const (
	ttc   = "basis: TTC, rounding: ttc, prorata: months, on_change: days"
	total = "basis: HT, rounding: total, prorata: months, on_change: days"
	line  = "basis: HT, rounding: line, prorata: days/30, on_change: end"
	grid  = `charges: [ { code: ENERGY, label: E, kind: blocks, vat: energy, scale: [months, households], progressive_up_to: "150", blocks: [
            { up_to: "100", price: "0.9010" }, { up_to: "150", price: "1.0732" }, { up_to: "200", tolerance: "10", price: "1.0732" },
            { up_to: "300", tolerance: "10", price: "1.1676" }, { up_to: "500", tolerance: "10", price: "1.3817" }, { price: "1.5958" } ] },
          { code: TPPAN, label: P, kind: blocks, vat: energy, scale: [months], exempt_up_to: "200", cap: "100.00", cap_scale: [months],
            blocks: [ { up_to: "100", price: "0.10" }, { up_to: "200", price: "0.15" }, { price: "0.20" } ] } ]`
	radeef = `charges: [ { code: ENERGY, label: E, kind: blocks, vat: energy, progressive_up_to: "150", blocks: [
            { up_to: "100", price: "0.7636" }, { up_to: "150", price: "0.9095" }, { price: "0.9895" } ] },
          { code: TPPAN, label: P, kind: blocks, vat: energy, exempt_up_to: "200",
            blocks: [ { up_to: "100", price: "0.0847" }, { up_to: "200", price: "0.1271" }, { price: "0.1695" } ] },
          { code: FIXED, label: F, kind: fixed, vat: energy, scale: [months], price: "20.74" } ]`
	mixed = `quantities: [ { name: sewered, terms: [ { factor: "0.8", of: [quantity] } ] },
            { name: allowance, terms: [ { factor: "55/748", of: [households, period_days] }, { factor: "-1", of: [] } ], min: "0" } ],
          charges: [ { code: WATER, label: W, kind: unit, vat: water, price: "2.005" },
          { code: SEWER, label: S, kind: unit, vat: none, quantity: sewered, price: "1.015", when: { households: { max: "4" } } },
          { code: SURCHARGE, label: A, kind: percent, vat: water, of: [WATER], rate: "0.025" },
          { code: FIXED-KVA, label: K, kind: fixed, vat: energy, scale: [kva, months], price: "3.50", when: { kva: { min: "0.001" } } },
          { code: MINIMUM, label: M, kind: minimum, vat: none, of: [SEWER], price: "4.00", scale: [months] },
          { code: WATER-ALLOWANCE, label: B, kind: unit, vat: none, quantity: allowance, price: { by: use, values: { domestic: "0.10" } }, when: { use: domestic } } ]`
)

func answers(t *testing.T, versions string) func(request string) naivetariff.Answer {
	t.Helper()
	files := map[string][]byte{"main.yaml": []byte(tariffFile + versions), "vat.yaml": []byte(vatFile)}
	return func(request string) naivetariff.Answer {
		a, err := naivetariff.Quote(files, []byte(`{"id":"1","tariff":"t",`+request+`}`))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

func march(quantity, more string) string {
	return fmt.Sprintf(`"from":"2024-03-01","to":"2024-03-31","months":1,"quantity":%q%s`, quantity, more)
}

// Told writes the lines and totals of an answer.
func told(a naivetariff.Answer) string {
	if a.Error != "" {
		return a.Error + " " + a.Field
	}
	var parts []string
	for _, l := range a.Lines {
		parts = append(parts, strings.Join(strings.Fields(l.Code+" "+l.Quantity+" "+l.Amount), " "))
	}
	for _, x := range a.Taxes {
		kind := x.Rate
		if x.Exempt {
			kind = "exempt"
		}
		parts = append(parts, kind+": "+x.Base+"+"+x.Amount)
	}
	return strings.Join(parts, "; ") + " = " + a.Total
}

func TestBlocksProgressiveAndSelective(t *testing.T) {
	t.Parallel()
	ask := answers(t, version("v", "2024-01-01", ttc, grid))
	for _, c := range []struct{ quantity, more, want string }{
		// 100 × 0.9010 + 50 × 1.0732 = 90.10 + 53.66 = 143.76; ÷ 1.18 = 121.8305 → 121.83.
		{"150", "", "ENERGY-1 100 90.1; ENERGY-2 50 53.66; 0.18: 121.83+21.93 = 143.76"},
		// 150.001 × 1.0732 = 160.9810732; selective above 150. ÷ 1.18 = 136.4237 → 136.42.
		{"150.001", "", "ENERGY-3 150.001 160.98; 0.18: 136.42+24.56 = 160.98"},
		{"0", "", "ENERGY-1 0 0; 0.18: 0+0 = 0"},
		// 210 × 1.0732 = 225.372; the tolerance holds 210. The tax: 100 × 0.10 + 100 × 0.15 + 10 × 0.20 = 27.00. 252.37 ÷ 1.18 = 213.8729.
		{"210", "", "ENERGY-3 210 225.37; TPPAN-1 100 10; TPPAN-2 100 15; TPPAN-3 10 2; 0.18: 213.87+38.5 = 252.37"},
		// 210.001 × 1.1676 = 245.1971676 → 245.20; 10.001 × 0.20 = 2.0002 → 2.00. 272.20 ÷ 1.18 = 230.678.
		{"210.001", "", "ENERGY-4 210.001 245.2; TPPAN-1 100 10; TPPAN-2 100 15; TPPAN-3 10.001 2; 0.18: 230.68+41.52 = 272.2"},
		// Two households: limits 200 and 300. 150 × 0.9010 = 135.15 ÷ 1.18 = 114.5339.
		{"150", `,"attributes":{"households":2}`, "ENERGY-1 150 135.15; 0.18: 114.53+20.62 = 135.15"},
		// 600 × 1.5958 = 957.48; tax 10 + 15 + 400 × 0.20 = 105 > 100: one line of 100. 1057.48 ÷ 1.18 = 896.1695.
		{"600", "", "ENERGY-6 600 957.48; TPPAN 100; 0.18: 896.17+161.31 = 1057.48"},
	} {
		if got := told(ask(march(c.quantity, c.more))); got != c.want {
			t.Errorf("%s%s\n got %s\nwant %s", c.quantity, c.more, got, c.want)
		}
	}
}

// The totals of RADEEF 2025 are given: 114.58, 168.24, 351.37.
func TestTotalRounding(t *testing.T) {
	t.Parallel()
	ask := answers(t, version("v", "2024-01-01", total, radeef))
	for quantity, want := range map[string]string{"100": "114.58", "150": "168.24", "250": "351.37"} {
		if got := ask(march(quantity, "")).Total; got != want {
			t.Errorf("%s kWh: %s, want %s", quantity, got, want)
		}
	}
	// 76.36 + 45.475 + 20.74 = 142.575 → base 142.58. The centime too many goes to
	// the largest remainder, the line of 45.475.
	want := "ENERGY-1 100 76.36; ENERGY-2 50 45.48; FIXED 1 20.74; 0.18: 142.58+25.66 = 168.24"
	if got := told(ask(march("150", ""))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEveryOtherCharge(t *testing.T) {
	t.Parallel()
	ask := answers(t, version("v", "2024-01-01", line, mixed))
	for _, c := range []struct{ quantity, more, want string }{
		// Water 10 × 2.005 = 20.05, exempt. 8 × 1.015 = 8.12. 2.5 % of 20.05 = 0.50125. 31 days × 1 × 55/748 - 1 = 1.279 × 0.10.
		{"10", "", "WATER 10 20.05; SEWER 8 8.12; SURCHARGE 0.5; WATER-ALLOWANCE 1.279 0.13; exempt: 20.55+0; 0: 8.25+0 = 28.8"},
		// The other use pays 10 % of water: 20.55 × 0.10 = 2.055 → 2.06.
		{"10", `,"attributes":{"use":"other"}`, "WATER 10 20.05; SEWER 8 8.12; SURCHARGE 0.5; 0: 8.12+0; 0.1: 20.55+2.06 = 30.73"},
		// Sewerage of 3 × 0.8 × 1.015 = 2.436 is topped up to 4.00: 1.564.
		{
			"3", `,"attributes":{"use":"other"}`,
			"WATER 3 6.02; SEWER 2.4 2.44; SURCHARGE 0.15; MINIMUM 1.56; 0: 4+0; 0.1: 6.17+0.62 = 10.79",
		},
		// More than four households: no sewerage, the minimum is 4.00 whole; 5 × 31 × 55/748 - 1 = 10.397. A quantity of 0 has its line.
		{"0", `,"attributes":{"households":5}`, "WATER 0 0; SURCHARGE 0; MINIMUM 4; WATER-ALLOWANCE 10.397 1.04; exempt: 0+0; 0: 5.04+0 = 5.04"},
		// 9.5 kVA × 3.50 = 33.25; VAT 18 % on 33.25 = 5.985 → 5.99; on a tax date of 2025: 6.65.
		{
			"0", `,"attributes":{"use":"other","kva":"9.5"}`,
			"WATER 0 0; SEWER 0 0; SURCHARGE 0; FIXED-KVA 9.5 33.25; MINIMUM 4; 0: 4+0; 0.1: 0+0; 0.18: 33.25+5.99 = 43.24",
		},
		{
			"0", `,"tax_date":"2025-01-01","attributes":{"use":"other","kva":"9.5"}`,
			"WATER 0 0; SEWER 0 0; SURCHARGE 0; FIXED-KVA 9.5 33.25; MINIMUM 4; 0: 4+0; 0.1: 0+0; 0.2: 33.25+6.65 = 43.9",
		},
	} {
		if got := told(ask(march(c.quantity, c.more))); got != c.want {
			t.Errorf("%s%s\n got %s\nwant %s", c.quantity, c.more, got, c.want)
		}
	}
}

func TestChangeOfVersion(t *testing.T) {
	t.Parallel()
	unit := func(price string) string {
		return `charges: [ { code: ENERGY, label: E, kind: unit, vat: none, price: "` + price + `" },
          { code: FIXED, label: F, kind: fixed, vat: none, scale: [kva, months], price: "1.00", when: { kva: { min: "0.001" } } } ]`
	}
	for _, c := range []struct{ change, want string }{
		// 31 days: 10 before 11 March, 21 from then on. 100 × 10/31 = 32.258064… → 32.258, 100 × 21/31 = 67.741935… → 67.741, the thousandth left goes
		// to the larger remainder, 0.935. Months 0.322580… → 0.322 + 0.001 = 0.323 (remainder 0.58) and 0.677 (0.419). kVA 10: 3.225806… → 3.226, 6.774.
		// 3.226 × 0.323 = 1.041998; 6.774 × 0.677 = 4.585998.
		{"days", "ENERGY 32.258 32.26; FIXED 1.042 1.04; ENERGY 67.742 135.48; FIXED 4.586 4.59; 0: 173.37+0 = 173.37"},
		{"start", "ENERGY 100 100; FIXED 10 10; 0: 110+0 = 110"},
		{"end", "ENERGY 100 200; FIXED 10 10; 0: 210+0 = 210"},
	} {
		terms := "basis: HT, rounding: line, prorata: months, on_change: " + c.change
		ask := answers(t, version("a", "2024-01-01", terms, unit("1.00"))+version("b", "2024-03-11", terms, unit("2.00")))
		if got := told(ask(march("100", `,"attributes":{"kva":10}`))); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.change, got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	ask := answers(t, version("v", "2024-01-01", line, mixed)+version("w", "2025-01-01", ttc, grid))
	for _, c := range []struct{ request, want string }{
		{`"from":"2024-03-31","to":"2024-03-01","quantity":"1"`, "tariff.period to"},
		{`"from":"2023-12-31","to":"2024-03-01","quantity":"1"`, "tariff.no_version from"},
		{`"from":"2024-12-31","to":"2025-01-01","quantity":"1","months":1`, "tariff.change_mixed from"},
		{`"from":"2025-01-02","to":"2025-01-31","quantity":"1"`, "tariff.months_needed months"},
		{march("1.0001", ""), "tariff.quantity quantity"},
		{march("1", `,"attributes":{"zone":"a"}`), "tariff.attribute_unknown attributes.zone"},
		{march("1", `,"attributes":{"zone":{},"zone":"a"}`), "tariff.request_field attributes.zone"},
		{march("1", `,"attributes":{"use":"a"}`), "tariff.attribute_value attributes.use"},
		{march("1", `,"attributes":{"households":0}`), "tariff.attribute_value attributes.households"},
		{march("1", `,"tax_date":"2023-01-01"`), "tariff.vat_missing tax_date"},
	} {
		if got := told(ask(c.request)); got != c.want {
			t.Errorf("%s: %s, want %s", c.request, got, c.want)
		}
	}
}

// A case depends on its seed alone.
func TestGenerateIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := naivetariff.Generate(5, 3), naivetariff.Generate(5, 3)
	if a.Shown(2) != b.Shown(2) {
		t.Error("the same seed gave two cases")
	}
	if a.Shown(2) == naivetariff.Generate(6, 3).Shown(2) {
		t.Error("two seeds gave one case")
	}
}
