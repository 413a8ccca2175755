package owrs

import (
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A Tariff is one class of a rate file as a tariff of wasl.
type Tariff struct {
	Class *Class
	Code  string
	// Choices says, for every map the bill depends on, the attribute and its word
	// for each key.
	Choices []Choice
	// Numbers are the inputs that became attributes.
	Numbers []string
}

// A Choice is a map's input as an attribute.
type Choice struct {
	Input, Attribute string
	Keys, Words      []string
}

// Convert writes a rate file as a tariff file: one tariff for each class, HT,
// outside VAT, rounded once. The error is the reason why it cannot.
func Convert(f *File) ([]byte, []Tariff, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\nformat: wasl-tariff/1\ntariffs:\n", f.Utility)
	var tariffs []Tariff
	for _, c := range f.Classes {
		e := &emitter{class: c, domain: c.domain(), numbers: map[string]bool{}}
		if err := e.all(); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		t := e.tariff()
		tariffs = append(tariffs, t)
		e.write(&out, f, t)
	}
	return []byte(out.String()), tariffs, nil
}

// An emitter makes the charges of one class.
type emitter struct {
	class      *Class
	domain     map[string][]string
	numbers    map[string]bool
	quantities []string
	charges    []string
	usage      bool // whether the quantity stands in a scale
	ladders    int
	last       int // the number of the last charge
}

// All makes the charges of the bill.
func (e *emitter) all() error {
	if e.class.parts["bill"] == nil {
		return fmt.Errorf("it has no bill")
	}
	if _, err := e.emit(&node{name: "bill"}, "", "bill"); err != nil {
		return err
	}
	if len(e.charges) == 0 { // a bill that is always 0
		e.charge("FIXED", "bill", "fixed", "", `price: "0"`)
	}
	return nil
}

// Emit makes the charges of a formula, one by one where it is a sum, and gives
// their codes.
func (e *emitter) emit(n *node, suffix, label string) ([]string, error) {
	if n.operator == '+' {
		return e.addends(n, suffix, label)
	}
	if n.name != "" {
		full, p := e.class.resolve(n.name, suffix)
		if p != nil && p.kind == isFormula && p.formula != nil && p.formula.number == nil {
			return e.emit(p.formula, suffixOf(full, suffix), full)
		}
		label = full
	}
	codes, err := e.leaf(n, suffix, label)
	if err != errDecimals || n.operator != '*' {
		return codes, err
	}
	for _, sides := range [][2]*node{{n.left, n.right}, {n.right, n.left}} {
		if sides[0].number != nil {
			return e.surcharge(sides[0].number, sides[1], suffix, label)
		}
	}
	return nil, err
}

// Addends makes the charges of both sides of a sum. A side may be below 0 by
// itself and not in the sum: then the sum is one leaf.
func (e *emitter) addends(n *node, suffix, label string) ([]string, error) {
	kept, last := len(e.charges), e.last
	left, err := e.emit(n.left, suffix, label)
	if err == nil {
		var right []string
		if right, err = e.emit(n.right, suffix, label); err == nil {
			return append(left, right...), nil
		}
	}
	if errors.Is(err, errNegative) {
		e.charges, e.last = e.charges[:kept], last
		return e.leaf(n, suffix, label)
	}
	return nil, err
}

// Surcharge makes the charges of what is multiplied, and percentages of them for
// what the number has above 1. A rate has four decimals: what is finer is a
// percentage of a percentage.
func (e *emitter) surcharge(by *big.Rat, n *node, suffix, label string) ([]string, error) {
	codes, err := e.emit(n, suffix, label)
	if err != nil {
		return nil, err
	}
	more := new(big.Rat).Sub(by, rat(1, 1))
	percent := func(rate *big.Rat, of []string) string {
		return e.charge("SURCHARGE", label, "percent", "", fmt.Sprintf("rate: %q", show(rate)), "of: ["+strings.Join(of, ", ")+"]")
	}
	if more.Sign() >= 0 && fits(more, 4) {
		return append(codes, percent(more, codes)), nil
	}
	hundredth := rat(1, 100)
	if more.Cmp(hundredth) < 0 || !fits(more, 6) {
		return nil, fmt.Errorf("%s is multiplied by %s, and the prices have too many decimals", label, show(by))
	}
	steps := new(big.Rat).Mul(more, rat(10_000, 1))
	coarse := new(big.Rat).SetFrac(new(big.Int).Quo(steps.Num(), steps.Denom()), big.NewInt(10_000))
	fine := new(big.Rat).Sub(more, coarse)
	first := percent(hundredth, codes)
	second := percent(coarse.Sub(coarse, hundredth), codes)
	third := percent(fine.Quo(fine, hundredth), []string{first})
	return append(codes, first, second, third), nil
}

// Charge writes a charge and gives its code.
func (e *emitter) charge(family, label, kind, when string, lines ...string) string {
	e.last++
	code := fmt.Sprintf("%s-%d", family, e.last)
	text := fmt.Sprintf("          - code: %s\n            label: %s\n            kind: %s\n", code, label, kind)
	if when != "" {
		lines = append([]string{"when: " + when}, lines...)
	}
	for _, line := range lines {
		if line != "" {
			text += "            " + line + "\n"
		}
	}
	e.charges = append(e.charges, text)
	return code
}

// Tariff says what the class became.
func (e *emitter) tariff() Tariff {
	t := Tariff{Class: e.class, Code: word(e.class.Name)}
	var names []string
	for name := range e.domain {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		t.Choices = append(t.Choices, choice(name, e.domain[name]))
	}
	for name := range e.numbers {
		t.Numbers = append(t.Numbers, name)
	}
	sort.Strings(t.Numbers)
	return t
}

// Choice names the attribute of a map's input and its words: both are small
// letters, digits and - where the file has inches and blanks. What is a number
// elsewhere in the file is another attribute there.
func choice(input string, keys []string) Choice {
	c := Choice{Input: input, Attribute: attributeOf(input), Keys: keys}
	taken := map[string]bool{}
	for _, key := range keys {
		w := word(key)
		for taken[w] {
			w += "-x"
		}
		taken[w] = true
		c.Words = append(c.Words, w)
	}
	return c
}

func attributeOf(input string) string {
	name := strings.ReplaceAll(word(input), "-", "_")
	if isInput(input) {
		return name + "_class"
	}
	return name
}

func word(s string) string {
	fields := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(fields, "-")
}

// Write writes the tariff of one class.
func (e *emitter) write(out *strings.Builder, f *File, t Tariff) {
	fmt.Fprintf(out, "  - code: %s\n    label: %s\n    service: water\n    unit: %s\n    currency: USD\n",
		t.Code, strconv.Quote(f.Utility+", "+t.Class.Name), f.Unit)
	if len(t.Choices)+len(t.Numbers) == 0 {
		out.WriteString("    attributes: []\n")
	} else {
		out.WriteString("    attributes:\n")
	}
	for _, c := range t.Choices {
		fmt.Fprintf(out, "      - { name: %s, type: choice, values: [%s] }\n", c.Attribute, `"`+strings.Join(c.Words, `", "`)+`"`)
	}
	for _, name := range t.Numbers {
		fmt.Fprintf(out, "      - { name: %s, type: quantity }\n", name)
	}
	source := f.Link
	if source == "" {
		source = f.Utility
	}
	fmt.Fprintf(out, "    versions:\n      - version: %q\n        from: %s\n        status: official\n        source: %s\n", f.From.Format(time.DateOnly),
		f.From.Format(time.DateOnly), strconv.Quote(source))
	out.WriteString("        basis: HT\n        rounding: total\n        prorata: none\n        on_change: days\n")
	if e.usage {
		e.quantities = append([]string{"          - { name: usage, terms: [ { factor: \"1\", of: [quantity] } ] }\n"}, e.quantities...)
	}
	if len(e.quantities) > 0 {
		out.WriteString("        quantities:\n" + strings.Join(e.quantities, ""))
	}
	out.WriteString("        charges:\n" + strings.Join(e.charges, ""))
}
