package tariff

import (
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// priced compiles a sample and prices one request.
func priced(t *testing.T, quantities, charges, quantity string, changes ...string) (Quote, error) {
	t.Helper()
	book, problems := compileText(t, "f", sample("", quantities, charges))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return book.Quote(request(t, quantity, changes...))
}

// A limit widened beyond 64 bits holds every quantity.
func TestLimitBeyondEverything(t *testing.T) {
	t.Parallel()
	charge := `{ code: WATER, label: W, kind: blocks, vat: none, scale: [quantity, big], blocks: [ { up_to: "1000000", price: "1" }, { price: "2" } ] }`
	q, err := priced(t, `{ name: big, terms: [ { factor: "1000000", of: [] } ] }`, charge, "1000000")
	if err != nil || shown(q) != "WATER-1 1000000×1.00 1000000.00; 1000000.00+0.00" {
		t.Errorf("%s %v", shown(q), err)
	}
}

// Half a thousandth of a limit goes up: 0.001 × 0.5 = 0.0005, so 0.001 is still inside.
func TestLimitRoundsAwayFromZero(t *testing.T) {
	t.Parallel()
	charge := `{ code: WATER, label: W, kind: blocks, vat: none, scale: [months], progressive_up_to: "0", blocks: [ { up_to: "0.001", price: "1000" }, { price: "2000" } ] }`
	for months, want := range map[string]string{"0.5": "WATER-1 0.001×1000.00 1.00; 1.00+0.00", "0.499": "WATER-2 0.001×2000.00 2.00; 2.00+0.00"} {
		if q, err := priced(t, "", charge, "0.001", "months", months); err != nil || shown(q) != want {
			t.Errorf("%s months: %s %v", months, shown(q), err)
		}
	}
}

// A percentage of a percentage of a percentage is rounded to 12 decimals at each step.
func TestPercentagesOfPercentages(t *testing.T) {
	t.Parallel()
	charges := `{ code: FIXED, label: F, kind: fixed, vat: none, price: "0.000001" }, { code: SURCHARGE-1, label: A, kind: percent, vat: none, rate: "0.0005", of: [FIXED] }, ` +
		`{ code: SURCHARGE-2, label: B, kind: percent, vat: none, rate: "0.001", of: [SURCHARGE-1] }, { code: SURCHARGE-3, label: C, kind: percent, vat: none, rate: "0.9999", of: [SURCHARGE-2] }`
	q, err := priced(t, "", charges, "1")
	if err != nil {
		t.Fatal(err)
	}
	// 10⁻⁶ × 0.0005 = 5·10⁻¹⁰; × 0.001 = 5·10⁻¹³, half a unit of the 12th decimal: 10⁻¹²; × 0.9999 rounds back to it.
	for i, want := range []string{"0.000001", "0.0000000005", "0.000000000001", "0.000000000001"} {
		if q.Lines[i].Value.String() != want {
			t.Errorf("line %d: %s, want %s", i, q.Lines[i].Value, want)
		}
	}
}

// Values that pass 128 bits on the way are refused after other faults.
func TestValueBeyondEverything(t *testing.T) {
	t.Parallel()
	charges := `{ code: WATER, label: W, kind: unit, vat: none, price: "1000000", scale: [quantity] }, { code: SURCHARGE, label: S, kind: percent, vat: %, rate: "100", of: [WATER] }`
	for vat, code := range map[string]string{"none": "money.overflow", "d": "tariff.of_vat"} {
		book, problems := compileText(t, "f", sample("", "", strings.Replace(charges, "%", vat, 1)))
		if vat == "d" {
			if len(problems) != 1 || problems[0].Code != code {
				t.Errorf("%v", problems)
			}
			continue
		}
		_, err := book.Quote(request(t, "1000000000"))
		f := fault.As(err)
		if f == nil || f.Kind != fault.Limit || f.Code != code || len(f.Fields) != 1 || f.Fields[0].Path != "quantity" {
			t.Errorf("%v", err)
		}
	}
}

// Factors in any writing: signs above and below, decimals in both.
func TestFactorForms(t *testing.T) {
	t.Parallel()
	for factor, want := range map[string]string{"3/4": "0.75", "-3/-4": "0.75", "0.3/0.4": "0.75", "0.75": "0.75", "0": "0", "0/5": "0", "000001/00000002": "0.5"} {
		q, err := priced(t, `{ name: x, terms: [ { factor: "`+factor+`", of: [quantity] } ] }`, `{ code: WATER, label: W, kind: unit, vat: none, price: "1", quantity: x }`, "1")
		if err != nil || q.Lines[0].Quantity.String() != want {
			t.Errorf("%s: %+v %v", factor, q.Lines, err)
		}
	}
	for _, factor := range []string{"1/0", "1/0.0", "1//2", "1/2/3", "/2", "1/", "1e3", "1,5", "1/0.0000001", "1000001", ""} {
		charge := `{ code: WATER, label: W, kind: unit, vat: none, price: "1", quantity: x }`
		_, problems := compileText(t, "f", sample("", `{ name: x, terms: [ { factor: "`+factor+`", of: [quantity] } ] }`, charge))
		if len(problems) == 0 {
			t.Errorf("%q is accepted", factor)
		}
	}
}

// A request made by the program itself is checked as one that was read.
func TestRequestsWithoutDates(t *testing.T) {
	t.Parallel()
	book, problems := compileText(t, "f", sample("", "", `{ code: WATER, label: W, kind: unit, vat: none, price: "1" }`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, field := range []string{"from", "to", "months"} {
		r := request(t, "1")
		code := "input.required"
		switch field {
		case "from":
			r.From = r.From.AddDays(-99_999_999)
		case "to":
			r.To = r.To.AddDays(99_999_999)
		case "months":
			r.Months, code = -1, "tariff.months"
		}
		_, err := book.Quote(r)
		f := fault.As(err)
		if f == nil || f.Code != code || f.Fields[0].Path != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if p := (Problem{File: "f"}); p.Place() != "f" {
		t.Errorf("place %s", p.Place())
	}
}

// What a component's table says in the wrong place is told.
func TestComponentTwice(t *testing.T) {
	t.Parallel()
	_, problems := compileText(t, "f", strings.Replace(other, "components: [ ", `components: [ { code: c, rates: [ { from: 2014-01-01, rate: "0.1" } ] }, `, 1))
	if len(problems) != 1 || problems[0].Code != "tariff.code_taken" || problems[0].Path != "vat[0].components[1].code" {
		t.Errorf("%v", problems)
	}
}

// A table of blocks that lacks the value is refused when a line needs it, and not when
// the quantity is exempt.
func TestBlocksWithoutTheValue(t *testing.T) {
	t.Parallel()
	charge := `{ code: WATER, label: W, kind: blocks, vat: none, exempt_up_to: "5", blocks: { by: size, values: { "20": [ { price: "1" } ] } } }`
	if q, err := priced(t, "", charge, "5"); err != nil || q.Total != 0 || len(q.Lines) != 0 || len(q.Taxes) != 0 {
		t.Errorf("%+v %v", q, err)
	}
	if _, err := priced(t, "", charge, "6"); fault.CodeOf(err) != "tariff.attribute_value" {
		t.Errorf("%v", err)
	}
}

// The price of a block by an attribute, only in the blocks that are reached.
func TestBlockPriceByAttribute(t *testing.T) {
	t.Parallel()
	charge := `{ code: WATER, label: W, kind: blocks, vat: none, blocks: [ { up_to: "5", price: "1" }, { price: { by: size, values: { "20": "2" } } } ] }`
	if q, err := priced(t, "", charge, "5"); err != nil || q.Total != money.Amount(500) {
		t.Errorf("%s %v", shown(q), err)
	}
	if _, err := priced(t, "", charge, "6"); fault.CodeOf(err) != "tariff.attribute_value" {
		t.Errorf("%v", err)
	}
	if q, err := priced(t, "", charge, "6", "size", "20"); err != nil || q.Total != money.Amount(700) {
		t.Errorf("%s %v", shown(q), err)
	}
}
