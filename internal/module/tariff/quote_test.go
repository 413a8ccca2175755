package tariff

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// sample is a tariff around some charges: attributes use, flats, kva (split) and size.
func sample(settings, quantities, charges string) string {
	if settings == "" {
		settings = "basis: HT, rounding: line, prorata: months, on_change: days"
	}
	return sampleHead + "    versions:\n" + sampleVersion("v1", "2020-01-01", settings, quantities, charges)
}

const sampleHead = `format: wasl-tariff/1
vat:
  - code: v
    use_attribute: use
    components:
      - { code: c, rates: [ { from: 2015-01-01, rate: "0.10" }, { from: 2020-02-01, rate: "0.20" }, { from: 2015-01-01, use: home, exempt: true } ] }
      - { code: d, rates: [ { from: 2020-01-10, rate: "0.07" } ] }
tariffs:
  - code: t
    label: T
    service: water
    unit: m3
    currency: MAD
    vat_table: v
    attributes:
      - { name: use, type: choice, values: [shop, home], default: shop }
      - { name: flats, type: integer, min: 1, max: 9, default: 1 }
      - { name: kva, type: quantity, max: "1000", default: "3", split: true }
      - { name: size, type: choice, values: ["15", "20", "40"], default: "15" }
`

func sampleVersion(code, from, settings, quantities, charges string) string {
	return "      - { version: " + code + ", from: " + from + ", status: example, source: s, " + settings + ", quantities: [" + quantities + "], charges: [" + charges + "] }\n"
}

// request is a request for January 2020 with changes: key, value, key, value … where a
// key that is no field is an attribute.
func request(t testing.TB, quantity string, changes ...string) Request {
	t.Helper()
	line := fmt.Sprintf(`{"id":"1","tariff":"t","from":"2020-01-01","to":"2020-01-31","quantity":%q}`, quantity)
	var r Request
	if err := DecodeRequest([]byte(line), &r); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		switch v := changes[i+1]; changes[i] {
		case "from":
			r.From = date(t, v)
		case "to":
			r.To = date(t, v)
		case "tax_date":
			r.TaxDate = date(t, v)
		case "months":
			n, ok := thousandths(v)
			if !ok {
				t.Fatal(v)
			}
			r.Months = money.Quantity(n)
		default:
			r.Attributes = append(r.Attributes, Value{Name: changes[i], Text: v})
		}
	}
	return r
}

// shown writes the lines and totals of a quote in a few words.
func shown(q Quote) string {
	var b strings.Builder
	for _, l := range q.Lines {
		fmt.Fprintf(&b, "%s", l.Code)
		if l.Measured {
			fmt.Fprintf(&b, " %s×%s", l.Quantity, l.Price)
		}
		fmt.Fprintf(&b, " %s; ", l.Amount)
	}
	return b.String() + q.Net.String() + "+" + q.Tax.String()
}

// The amounts are worked by hand from the words of docs/tariff-format.md.
func TestCharges(t *testing.T) {
	t.Parallel()
	const steps = `{ up_to: "6", price: "1" }, { up_to: "12", price: "2" }, { up_to: "20", tolerance: "2", price: "3" }, { price: "4" }`
	blocks := func(more string) string {
		return "{ code: WATER, label: W, kind: blocks, vat: none, " + more + " blocks: [" + steps + "] }"
	}
	for _, c := range []struct {
		name, quantities, charges string
		quantity                  string
		changes                   []string
		want                      string
	}{
		{"progressive", "", blocks(""), "15.5", nil, "WATER-1 6×1.00 6.00; WATER-2 6×2.00 12.00; WATER-3 3.5×3.00 10.50; 28.50+0.00"},
		{"nothing used", "", blocks(""), "0", nil, "WATER-1 0×1.00 0.00; 0.00+0.00"},
		{"at a limit", "", blocks(""), "12", nil, "WATER-1 6×1.00 6.00; WATER-2 6×2.00 12.00; 18.00+0.00"},
		{"a thousandth above", "", blocks(""), "12.001", nil, "WATER-1 6×1.00 6.00; WATER-2 6×2.00 12.00; WATER-3 0.001×3.00 0.00; 18.00+0.00"},
		{"selective", "", blocks(`progressive_up_to: "0",`), "15", nil, "WATER-3 15×3.00 45.00; 45.00+0.00"},
		{"selective, nothing used", "", blocks(`progressive_up_to: "0",`), "0", nil, "WATER-1 0×1.00 0.00; 0.00+0.00"},
		{"mixed below", "", blocks(`progressive_up_to: "12",`), "12", nil, "WATER-1 6×1.00 6.00; WATER-2 6×2.00 12.00; 18.00+0.00"},
		{"mixed above, within the tolerance", "", blocks(`progressive_up_to: "12",`), "22", nil, "WATER-3 22×3.00 66.00; 66.00+0.00"},
		{"mixed, beyond the tolerance", "", blocks(`progressive_up_to: "12",`), "22.001", nil, "WATER-4 22.001×4.00 88.00; 88.00+0.00"},
		{"last block after a mixed limit is selective", "", blocks(`progressive_up_to: "20",`), "30", nil, "WATER-4 30×4.00 120.00; 120.00+0.00"},
		{"limits twice as wide", "", blocks("scale: [flats],"), "13", []string{"flats", "2"}, "WATER-1 12×1.00 12.00; WATER-2 1×2.00 2.00; 14.00+0.00"},
		{ // 6 × 0.333 × 2 = 3.996; 12 × 0.666 = 7.992
			"limits by fractions", "", blocks("scale: [months, flats],"), "8",
			[]string{"flats", "2", "months", "0.333"},
			"WATER-1 3.996×1.00 4.00; WATER-2 3.996×2.00 7.99; WATER-3 0.008×3.00 0.02; 12.01+0.00",
		},
		{"limits of nothing", "", blocks("scale: [kva],"), "5", []string{"kva", "0"}, "WATER-4 5×4.00 20.00; 20.00+0.00"},
		{"exempt with others", "", blocks(`exempt_up_to: "7",`) + `, { code: FIXED, label: F, kind: fixed, vat: none, price: "1" }`, "7", nil, "FIXED 1×1.00 1.00; 1.00+0.00"},
		{"above the exemption all counts", "", blocks(`exempt_up_to: "7",`), "7.5", nil, "WATER-1 6×1.00 6.00; WATER-2 1.5×2.00 3.00; 9.00+0.00"},
		{
			"exemption is scaled", "", blocks(`exempt_up_to: "7", scale: [flats],`) + `, { code: FIXED, label: F, kind: fixed, vat: none, price: "1" }`,
			"14",
			[]string{"flats", "2"},
			"FIXED 1×1.00 1.00; 1.00+0.00",
		},
		{"cap not passed", "", blocks(`cap: "28.50",`), "15.5", nil, "WATER-1 6×1.00 6.00; WATER-2 6×2.00 12.00; WATER-3 3.5×3.00 10.50; 28.50+0.00"},
		{"cap passed by less than a centime", "", blocks(`cap: "28.50",`), "15.501", nil, "WATER 28.50; 28.50+0.00"},
		{"cap for two months", "", blocks(`cap: "10.00", cap_scale: [months],`), "15.5", []string{"months", "2"}, "WATER 20.00; 20.00+0.00"},
		{
			"unit", "", `{ code: SEWER, label: S, kind: unit, vat: none, price: "0.333333", quantity: kva, scale: [months] }`,
			"9",
			[]string{"months", "2"},
			"SEWER 3×0.333333 2.00; 2.00+0.00",
		},
		{
			"fixed by two", "", `{ code: FIXED, label: F, kind: fixed, vat: none, price: "1.5", scale: [kva, months] }`,
			"9",
			[]string{"months", "1.5", "kva", "0.333"},
			"FIXED 0.5×1.50 0.75; 0.75+0.00",
		},
		{
			"price by size", "", `{ code: FIXED, label: F, kind: fixed, vat: none, price: { by: size, values: { "15": "6", "20": { by: use, values: { home: "9" } } } } }`,
			"9",
			[]string{"size", "20", "use", "home"},
			"FIXED 1×9.00 9.00; 9.00+0.00",
		},
		{
			"blocks by size", "", `{ code: WATER, label: W, kind: blocks, vat: none, ` +
				`blocks: { by: size, values: { "15": [ { price: "1" } ], "40": [ { up_to: "1", price: "5" }, { price: "7" } ] } } }`,
			"2",
			[]string{"size", "40"},
			"WATER-1 1×5.00 5.00; WATER-2 1×7.00 7.00; 12.00+0.00",
		},
		{
			"percent of two", "", blocks("") + `, { code: FIXED, label: F, kind: fixed, vat: none, price: "2.25" }, ` +
				`{ code: SURCHARGE, label: S, kind: percent, vat: none, rate: "0.05", of: [WATER, FIXED] }`,
			"6", nil,
			"WATER-1 6×1.00 6.00; FIXED 1×2.25 2.25; SURCHARGE 0.41; 8.66+0.00",
		},
		{
			"percent of what is capped", "", blocks(`cap: "5.00",`) + `, { code: SURCHARGE, label: S, kind: percent, vat: none, rate: "0.5", of: [WATER] }`,
			"6", nil,
			"WATER 5.00; SURCHARGE 2.50; 7.50+0.00",
		},
		{
			"minimum tops up", "", blocks("") + `, { code: MINIMUM, label: M, kind: minimum, vat: none, price: "0.5", scale: [period_days], of: [WATER] }`,
			"6", nil,
			"WATER-1 6×1.00 6.00; MINIMUM 9.50; 15.50+0.00",
		},
		{"minimum reached", "", blocks("") + `, { code: MINIMUM, label: M, kind: minimum, vat: none, price: "6", of: [WATER] }`, "6", nil, "WATER-1 6×1.00 6.00; 6.00+0.00"},
		{
			"conditions", "", `{ code: FIXED, label: F, kind: fixed, vat: none, price: "1", when: { flats: { min: 2, max: 3 } } }, ` +
				`{ code: FIXED-2, label: F, kind: fixed, vat: none, price: "2", when: { use: [home], flats: [2, 5] } }, ` +
				`{ code: FIXED-3, label: F, kind: fixed, vat: none, price: "4", when: { kva: "3.0" } }`,
			"6",
			[]string{"flats", "2"},
			"FIXED 1×1.00 1.00; FIXED-3 1×4.00 4.00; 5.00+0.00",
		},
		{ // 15.5 × 0.8 = 12.4
			"derived", `{ name: sewered, terms: [ { factor: "0.8", of: [quantity] } ] }`,
			`{ code: SEWER, label: S, kind: unit, vat: none, price: "2", quantity: sewered }`, "15.5", nil, "SEWER 12.4×2.00 24.80; 24.80+0.00",
		},
		{ // 55/748 × 4 × 31 + 0.62/748 × 3 × 31 = (6820 + 57.66)/748 = 9.19473…
			"budget of quotients", `{ name: budget, terms: [ { factor: "55/748", of: [flats, period_days] }, { factor: "0.62/748", of: [kva, period_days] } ] }`,
			`{ code: WATER, label: S, kind: unit, vat: none, price: "1", quantity: budget }`, "0",
			[]string{"flats", "4"},
			"WATER 9.195×1.00 9.20; 9.20+0.00",
		},
		{ // the middle of two thousandths goes away from zero; below min it is raised, above max lowered
			"derived bounds", `{ name: half, terms: [ { factor: "0.5", of: [quantity] } ] }, ` +
				`{ name: low, terms: [ { factor: "-1", of: [half] } ], min: "2" }, ` +
				`{ name: high, terms: [ { factor: "1", of: [half] }, { factor: "7", of: [] } ], max: "5" }`,
			`{ code: WATER-1, label: S, kind: unit, vat: none, price: "1", quantity: half }, ` +
				`{ code: WATER-2, label: S, kind: unit, vat: none, price: "1", quantity: low }, ` +
				`{ code: WATER-3, label: S, kind: unit, vat: none, price: "1", quantity: high }`,
			"0.005", nil, "WATER-1 0.003×1.00 0.00; WATER-2 2×1.00 2.00; WATER-3 5×1.00 5.00; 7.00+0.00",
		},
		{
			"third of a factor beyond 128 bits of denominators",
			`{ name: third, terms: [ { factor: "1/999999.999983", of: [quantity, kva, kva, kva] }, ` +
				`{ factor: "1/999983", of: [quantity] }, { factor: "1/3", of: [quantity] } ] }`,
			`{ code: WATER, label: S, kind: unit, vat: none, price: "1", quantity: third }`, "3", nil, "WATER 1×1.00 1.00; 1.00+0.00",
		},
	} {
		book, problems := compileText(t, "f", sample("", c.quantities, c.charges))
		if len(problems) > 0 {
			t.Fatalf("%s: %v", c.name, problems)
		}
		q, err := book.Quote(request(t, c.quantity, c.changes...))
		if err != nil || shown(q) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, shown(q), err, c.want)
		}
	}
}

// Rounding and VAT of the same three lines, by hand: 3 × 0.335 = 1.005 twice at 10 %,
// once at 7 %, and 0.335 outside.
func TestRoundings(t *testing.T) {
	t.Parallel()
	charges := `{ code: WATER-1, label: A, kind: unit, vat: c, price: "0.335" }, { code: WATER-2, label: B, kind: unit, vat: c, price: "0.335" }, ` +
		`{ code: SEWER, label: C, kind: unit, vat: d, price: "0.335" }, { code: FIXED, label: D, kind: fixed, vat: none, price: "0.335" }`
	for _, c := range []struct{ settings, use, want string }{
		// line: 1.01, 1.01, 1.01, 0.34; 10 % of 2.02 = 0.20, 7 % of 1.01 = 0.07.
		{"basis: HT, rounding: line", "shop", "1.01 1.01 1.01 0.34 | NONE 0.00 0.34 0.00 | VAT 0.07 1.01 0.07 | VAT 0.10 2.02 0.20 | 3.37 + 0.27 = 3.64"},
		// total: 2.01 shared 1.01 and 1.00; 10 % of 2.01 = 0.20; base 1.005 → 1.01, 7 % of 1.005 = 0.07.
		{"basis: HT, rounding: total", "shop", "1.01 1.00 1.01 0.34 | NONE 0.00 0.34 0.00 | VAT 0.07 1.01 0.07 | VAT 0.10 2.01 0.20 | 3.36 + 0.27 = 3.63"},
		// ttc: 2.02 / 1.10 = 1.836, 1.01 / 1.07 = 0.944.
		{"basis: TTC, rounding: ttc", "shop", "1.01 1.01 1.01 0.34 | NONE 0.00 0.34 0.00 | VAT 0.07 0.94 0.07 | VAT 0.10 1.84 0.18 | 3.12 + 0.25 = 3.37"},
		// home is exempt of c: apart from what is outside.
		{"basis: HT, rounding: total", "home", "1.01 1.00 1.01 0.34 | EXEMPT 0.00 2.01 0.00 | NONE 0.00 0.34 0.00 | VAT 0.07 1.01 0.07 | 3.36 + 0.07 = 3.43"},
	} {
		book, problems := compileText(t, "f", sample(c.settings+", prorata: months, on_change: days", "", charges))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		q, err := book.Quote(request(t, "3", "use", c.use, "tax_date", "2020-01-31"))
		if err != nil {
			t.Fatal(err)
		}
		var parts []string
		for _, l := range q.Lines {
			parts = append(parts, l.Amount.String())
		}
		got := strings.Join(parts, " ")
		for _, x := range q.Taxes {
			got += fmt.Sprintf(" | %s %s %s %s", x.Code, x.Rate, x.Base, x.Amount)
		}
		got += fmt.Sprintf(" | %s + %s = %s", q.Net, q.Tax, q.Total)
		if got != c.want {
			t.Errorf("%s %s:\ngot  %s\nwant %s", c.settings, c.use, got, c.want)
		}
	}
}

// The tax date decides the rate: the last day unless the request says another.
func TestTaxDate(t *testing.T) {
	t.Parallel()
	book, problems := compileText(t, "f", sample("", "", `{ code: WATER, label: A, kind: unit, vat: c, price: "1" }`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		changes []string
		rate    money.Rate
		exempt  bool
	}{
		{nil, 1000, false},
		{[]string{"tax_date", "2020-02-01"}, 2000, false},
		{[]string{"to", "2020-02-29"}, 2000, false},
		{[]string{"to", "2020-02-29", "tax_date", "2015-01-01"}, 1000, false},
		{[]string{"use", "home", "tax_date", "2030-01-01"}, 0, true},
	} {
		q, err := book.Quote(request(t, "3", c.changes...))
		if err != nil || q.Lines[0].Rate != c.rate || q.Lines[0].Exempt != c.exempt {
			t.Errorf("%v: %+v %v", c.changes, q.Lines, err)
		}
	}
}

// A change of version: days 1 to 10 by v1 at 1, days 11 to 31 by v2 at 2.
func TestChangeOfVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		onChange, prorata string
		changes           []string
		want              string
	}{
		// 10 × 10/31 = 3.2258 and 6.7741: floors leave a thousandth for the larger remainder, .8064 against .1935.
		{"days", "months", nil, "WATER 3.226×1.00 3.23; FIXED 0.323×3.00 0.97; WATER 6.774×2.00 13.55; FIXED 0.677×4.00 2.71; 20.46+0.00 v1+v2"},
		{"start", "months", nil, "WATER 10×1.00 10.00; FIXED 1×3.00 3.00; 13.00+0.00 v1"},
		{"end", "months", nil, "WATER 10×2.00 20.00; FIXED 1×4.00 4.00; 24.00+0.00 v2"},
		// 31 days are 1.0333 months, 1.033; shared 0.333 (0.33322) and 0.700 (0.69977).
		{"days", "days/30", nil, "WATER 3.226×1.00 3.23; FIXED 0.333×3.00 1.00; WATER 6.774×2.00 13.55; FIXED 0.7×4.00 2.80; 20.58+0.00 v1+v2"},
		{"days", "none", []string{"months", "2"}, "WATER 3.226×1.00 3.23; FIXED 0.645×3.00 1.94; WATER 6.774×2.00 13.55; FIXED 1.355×4.00 5.42; 24.14+0.00 v1+v2"},
		{"days", "months", []string{"to", "2020-01-10", "months", "1"}, "WATER 10×1.00 10.00; FIXED 1×3.00 3.00; 13.00+0.00 v1"},
		{"days", "months", []string{"from", "2020-01-11", "months", "1"}, "WATER 10×2.00 20.00; FIXED 1×4.00 4.00; 24.00+0.00 v2"},
	} {
		settings := "basis: HT, rounding: line, prorata: " + c.prorata + ", on_change: " + c.onChange
		charges := func(water, fixed string) string {
			return `{ code: WATER, label: A, kind: unit, vat: none, price: "` + water + `" }, { code: FIXED, label: B, kind: fixed, vat: none, price: "` + fixed + `", scale: [months] }`
		}
		source := sampleHead + "    versions:\n" + sampleVersion("v1", "2020-01-01", settings, "", charges("1", "3")) + sampleVersion("v2", "2020-01-11", settings, "", charges("2", "4"))
		book, problems := compileText(t, "f", source)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		q, err := book.Quote(request(t, "10", c.changes...))
		got := shown(q)
		for i, p := range q.Parts {
			got += []string{" ", "+"}[min(i, 1)] + p.Version
		}
		if err != nil || got != c.want {
			t.Errorf("%s %s %v: %s, %v; want %s", c.onChange, c.prorata, c.changes, got, err, c.want)
		}
	}
}

// A quantity attribute that is split follows the days; another does not.
func TestChangeSplitsAttributes(t *testing.T) {
	t.Parallel()
	settings := "basis: HT, rounding: line, prorata: months, on_change: days"
	charge := `{ code: FIXED, label: B, kind: fixed, vat: none, price: "1", scale: [kva] }, { code: FIXED-D, label: B, kind: fixed, vat: none, price: "1", scale: [period_days, flats] }`
	source := sampleHead + "    versions:\n" + sampleVersion("v1", "2020-01-01", settings, "", charge) + sampleVersion("v2", "2020-01-11", settings, "", charge) +
		sampleVersion("v3", "2020-01-21", settings, "", charge)
	book, problems := compileText(t, "f", source)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	// 1 kVA over 10, 10 and 11 days of 31: 0.32258, 0.32258, 0.35483; two thousandths are left, for the last and the first of the equal ones.
	q, err := book.Quote(request(t, "10", "kva", "1", "flats", "2"))
	want := "FIXED 0.323×1.00 0.32; FIXED-D 20×1.00 20.00; FIXED 0.322×1.00 0.32; FIXED-D 20×1.00 20.00; FIXED 0.355×1.00 0.36; FIXED-D 22×1.00 22.00; 63.00+0.00"
	if err != nil || shown(q) != want {
		t.Errorf("got  %s, %v\nwant %s", shown(q), err, want)
	}
}

// Whatever cannot be priced names the field that is wrong.
func TestRefusals(t *testing.T) {
	t.Parallel()
	charges := `{ code: WATER, label: A, kind: unit, vat: c, price: "1000000", quantity: big, when: { size: "15" } }, ` +
		`{ code: SEWER, label: B, kind: fixed, vat: d, price: { by: size, values: { "15": "1", "40": "1" } }, when: { flats: [1, 2] } }`
	quantities := `{ name: big, terms: [ { factor: "1", of: [quantity] }, { factor: "-2", of: [flats] } ] }, { name: bigger, terms: [ { factor: "1000", of: [quantity] } ] }`
	source := sampleHead + "    versions:\n" +
		sampleVersion("v0", "2019-01-01", "to: 2019-06-01, basis: HT, rounding: line, prorata: none, on_change: end", "",
			`{ code: FIXED, label: B, kind: fixed, vat: none, price: "1" }`) +
		sampleVersion("v1", "2020-01-01", "basis: HT, rounding: line, prorata: months, on_change: days", quantities, charges) +
		sampleVersion("v2", "2021-01-01", "basis: HT, rounding: total, prorata: none, on_change: days", quantities, charges) +
		sampleVersion("v3", "2022-01-01", "basis: HT, rounding: total, prorata: none, on_change: start", quantities, charges)
	source = strings.Replace(source, `flats, type: integer, min: 1, max: 9, default: 1`, `flats, type: integer, min: 1, max: 9`, 1)
	book, problems := compileText(t, "f", source)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	many := "1000000"
	for _, c := range []struct {
		quantity    string
		changes     []string
		code, field string
	}{
		{"5", []string{"flats", "1", "to", "2019-12-31"}, "tariff.period", "to"},
		{"5", []string{"flats", "1", "to", "2030-01-31"}, "tariff.period", "to"},
		{"5", []string{"flats", "1", "from", "2019-12-31"}, "tariff.no_version", "from"},
		{"5", []string{"flats", "1", "from", "2018-12-31", "to", "2019-01-31"}, "tariff.no_version", "from"},
		{"5", []string{"flats", "1", "from", "2019-05-01", "to", "2019-06-01"}, "tariff.no_version", "from"},
		{"5", []string{"flats", "1", "flat", "1"}, "tariff.attribute_unknown", "attributes.flat"},
		{"5", nil, "tariff.attribute_missing", "attributes.flats"},
		{"5", []string{"flats", "0"}, "tariff.attribute_value", "attributes.flats"},
		{"5", []string{"flats", "10"}, "tariff.attribute_value", "attributes.flats"},
		{"5", []string{"flats", "1.5"}, "tariff.attribute_value", "attributes.flats"},
		{"5", []string{"flats", "-1"}, "tariff.attribute_value", "attributes.flats"},
		{"5", []string{"flats", "1e0"}, "tariff.attribute_value", "attributes.flats"},
		{"5", []string{"flats", "1", "kva", "1.0000"}, "tariff.attribute_value", "attributes.kva"},
		{"5", []string{"flats", "1", "kva", "1000.001"}, "tariff.attribute_value", "attributes.kva"},
		{"5", []string{"flats", "1", "use", "farm"}, "tariff.attribute_value", "attributes.use"},
		{"5", []string{"flats", "1", "flats", "1"}, "tariff.attribute_twice", "attributes.flats"},
		{"5", []string{"flats", "1", "to", "2020-01-30"}, "tariff.months_needed", "months"},
		{"5", []string{"flats", "1", "from", "2020-01-02"}, "tariff.months_needed", "months"},
		{"5", []string{"flats", "1", "from", "2021-01-01", "to", "2021-01-31", "months", "1.5"}, "tariff.months", "months"},
		{"5", []string{"flats", "1", "from", "2020-12-01", "to", "2021-01-31"}, "tariff.change_mixed", "from"},
		{"1", []string{"flats", "1"}, "tariff.quantity_negative", "quantity"},
		{"1000001", []string{"flats", "1"}, "tariff.quantity", "quantity"},
		{"5", []string{"flats", "1", "size", "20"}, "tariff.attribute_value", "attributes.size"},
		{"6", []string{"flats", "3", "size", "20"}, "tariff.no_charge", "attributes"},
		{"5", []string{"flats", "1", "size", "40", "tax_date", "2020-01-09"}, "tariff.vat_missing", "tax_date"},
		{"5", []string{"flats", "1", "tax_date", "2014-12-31"}, "tariff.vat_missing", "tax_date"},
		{many, []string{"flats", "1", "size", "40"}, "", ""}, // 10⁶ is not too much
	} {
		_, err := book.Quote(request(t, c.quantity, c.changes...))
		if c.code == "" {
			if err != nil {
				t.Errorf("%s %v: %v", c.quantity, c.changes, err)
			}
			continue
		}
		f := fault.As(err)
		if f == nil || f.Code != c.code || len(f.Fields) != 1 || f.Fields[0].Path != c.field {
			t.Errorf("%s %v: %v, want %s at %s", c.quantity, c.changes, err, c.code, c.field)
		}
	}
	r := request(t, "1", "flats", "1")
	r.Tariff = "u"
	if _, err := book.Quote(r); fault.CodeOf(err) != "tariff.unknown" {
		t.Errorf("unknown tariff: %v", err)
	}
	for _, bad := range []money.Quantity{-1, QuantityMax + 1} {
		r = request(t, "1", "flats", "1")
		r.Quantity = bad
		if _, err := book.Quote(r); fault.CodeOf(err) != "tariff.quantity" {
			t.Errorf("quantity %d: %v", bad, err)
		}
	}
}

// What does not fit is refused; what only passes through is exact.
func TestOverflow(t *testing.T) {
	t.Parallel()
	huge := `{ code: WATER, label: A, kind: unit, vat: none, price: "1000000", quantity: quantity, scale: [quantity]%s }`
	// 10⁹ × 10⁶ × 10⁹ = 10²⁴ DH passes 64 bits of centimes; a cap brings it back.
	for cap, code := range map[string]string{"": "money.overflow", `, cap: "5.00"`: ""} {
		book, problems := compileText(t, "f", sample("", "", fmt.Sprintf(huge, cap)))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		q, err := book.Quote(request(t, "1000000000"))
		f := fault.As(err)
		if fault.CodeOf(err) != code || err != nil && f.Fields[0].Path != "quantity" || err == nil && q.Total != 500 {
			t.Errorf("cap %q: %v %s", cap, err, q.Total)
		}
	}
}

// A quantity that cannot be printed is refused, unless a cap takes its line away, and
// after whatever else is wrong.
func TestUnprintableQuantity(t *testing.T) {
	t.Parallel()
	// 10⁹ × 10⁹ passes 64 bits of thousandths; at 10⁻⁶ a unit the value, 10¹² DH, does not.
	source := sample("", "", `{ code: FIXED, label: A, kind: fixed, vat: %s, price: "0.000001", scale: [kva, quantity]%s }`)
	source = strings.Replace(source, `max: "1000", default: "3"`, `default: "1000000000"`, 1)
	for _, c := range []struct{ vat, cap, taxDate, code string }{
		{"none", "", "2020-01-31", "money.overflow"},
		{"none", `, cap: "5.00"`, "2020-01-31", ""},
		{"c", "", "2014-12-31", "tariff.vat_missing"},
	} {
		book, problems := compileText(t, "f", fmt.Sprintf(source, c.vat, c.cap))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		q, err := book.Quote(request(t, "1000000000", "tax_date", c.taxDate))
		if fault.CodeOf(err) != c.code || err == nil && shown(q) != "FIXED 5.00; 5.00+0.00" {
			t.Errorf("%+v: %s %v", c, shown(q), err)
		}
	}
}

// A cap beyond 128 bits bounds nothing.
func TestCapBeyondEverything(t *testing.T) {
	t.Parallel()
	charge := `{ code: FIXED, label: A, kind: fixed, vat: none, price: "7", cap: "1000000000", cap_scale: [quantity, quantity] }`
	book, problems := compileText(t, "f", sample("", "", charge))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if q, err := book.Quote(request(t, "1000000000")); err != nil || shown(q) != "FIXED 1×7.00 7.00; 7.00+0.00" {
		t.Errorf("%s %v", shown(q), err)
	}
}

// Without a VAT table, outside VAT is said by none or by nothing.
func TestOutsideByNothing(t *testing.T) {
	t.Parallel()
	source := strings.Replace(sample("", "", `{ code: WATER, label: A, kind: unit, vat: none, price: "2" }, { code: SURCHARGE, label: B, kind: percent, of: [WATER], rate: "0.1" }`),
		"    vat_table: v\n", "", 1)
	book, problems := compileText(t, "f", source)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if q, err := book.Quote(request(t, "10")); err != nil || shown(q) != "WATER 10×2.00 20.00; SURCHARGE 2.00; 22.00+0.00" {
		t.Errorf("%s %v", shown(q), err)
	}
}

// A Quote that is used again holds nothing of the one before.
func TestQuoteIntoForgets(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	requests := []Request{
		ask(t, "ma-elec-domestic", "2025", 900_000, "use", "domestic", "fixed", "onee-2018", "meter", "three-phase"),
		ask(t, "nycha", "2018", 2_000, "days", "35"),
		ask(t, "santa-monica-2016", "2015", 900_000, "class", "COMMERCIAL", "meter_size", "8", "water_type", "RECYCLED"),
		ask(t, "ma-elec-domestic", "2025", 10_000, "use", "domestic"),
		ask(t, "ma-water-example", "2025", 26_000, "use", "other"),
	}
	var used Quote
	for _, r := range append(slices.Clone(requests), requests...) {
		if err := book.QuoteInto(&r, &used); err != nil {
			t.Fatal(err)
		}
		fresh, err := book.Quote(r)
		if err != nil || string(AppendQuote(nil, &used)) != string(AppendQuote(nil, &fresh)) {
			t.Errorf("%s: %s\n%s %v", r.Tariff, AppendQuote(nil, &used), AppendQuote(nil, &fresh), err)
		}
	}
}

// A derived quantity agrees with rational arithmetic whatever its size.
func TestDerivedAgainstRationals(t *testing.T) {
	t.Parallel()
	d := Derived{Terms: []Term{{Factor: Factor{55_000_000, 748_000_000}.reduced(), Of: []string{"quantity", "kva"}}, {Factor: Factor{-620_000, 7_000_003}.reduced(), Of: []string{"kva"}}}}
	book, problems := compileText(t, "f", sample("", `{ name: x, terms: [ { factor: "55/748", of: [quantity, kva] }, { factor: "-0.62/7.000003", of: [kva] } ], min: "0", max: "1000000000" }`,
		`{ code: WATER, label: A, kind: unit, vat: none, price: "0", quantity: x }`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for quantity := int64(1); quantity < 1_000_000_000_000; quantity = quantity*7 + 13 {
		for _, kva := range []int64{1, 999, 1_000_000, 777_777} {
			r := request(t, "0", "kva", money.Quantity(kva).String())
			r.Quantity = money.Quantity(quantity)
			q, err := book.Quote(r)
			if err != nil {
				t.Fatal(err)
			}
			sum := new(big.Rat).Add(
				new(big.Rat).Mul(big.NewRat(d.Terms[0].Factor.Num, d.Terms[0].Factor.Den), new(big.Rat).Mul(big.NewRat(quantity, 1000), big.NewRat(kva, 1000))),
				new(big.Rat).Mul(big.NewRat(d.Terms[1].Factor.Num, d.Terms[1].Factor.Den), big.NewRat(kva, 1000)))
			if sum.Sign() < 0 {
				sum.SetInt64(0)
			}
			if most := big.NewRat(1_000_000_000, 1); sum.Cmp(most) > 0 {
				sum = most
			}
			want, ok := thousandths(sum.FloatString(3)) // rounds half away from zero
			if got := int64(q.Lines[0].Quantity); !ok || got != want {
				t.Fatalf("%d × %d: %d, want %d", quantity, kva, got, want)
			}
		}
	}
}
