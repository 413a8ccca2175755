package owrs

import (
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strings"
)

// DependsMax is how many choices one table of prices may nest.
const dependsMax = 3

var (
	errDecimals = errors.New("a price has more than 6 decimals")
	errNegative = errors.New("a price or a limit is negative")
)

// A leaf is a formula that is not split further, evaluated for every combination
// of the choices it depends on.
type leaf struct {
	choices []string
	combos  [][]string
	symbols []*symbol // nil where a map has no value for the keys
	domain  map[string][]string
}

// Leaf makes the charges of a formula; nothing when it is 0 for everybody.
func (e *emitter) leaf(n *node, suffix, label string) ([]string, error) {
	l, err := e.evaluate(n, suffix)
	if err != nil {
		return nil, err
	}
	kept, last := len(e.charges), e.last
	var codes []string
	for _, inputs := range l.inputs() {
		code, err := e.plain(l, inputs, label)
		if err != nil {
			e.charges, e.last = e.charges[:kept], last
			return nil, err
		}
		codes = append(codes, code...)
	}
	for _, key := range l.ladders() {
		code, err := e.climbs(l, key, label)
		if err != nil {
			e.charges, e.last = e.charges[:kept], last
			return nil, err
		}
		codes = append(codes, code...)
	}
	return codes, nil
}

func (e *emitter) evaluate(n *node, suffix string) (*leaf, error) {
	l := &leaf{choices: e.class.depends(n, suffix), domain: e.domain, combos: [][]string{nil}}
	if len(l.choices) > dependsMax {
		return nil, fmt.Errorf("one amount depends on %s: more than %d choices", strings.Join(l.choices, ", "), dependsMax)
	}
	for _, choice := range l.choices {
		var longer [][]string
		for _, combo := range l.combos {
			for _, key := range e.domain[choice] {
				longer = append(longer, append(append([]string{}, combo...), key))
			}
		}
		l.combos = longer
	}
	some := false
	for _, combo := range l.combos {
		r := &reader{class: e.class, choices: map[string]string{}}
		for i, choice := range l.choices {
			r.choices[choice] = combo[i]
		}
		s, err := r.formula(n, suffix)
		if err != nil && !errors.Is(err, errNoCell) {
			return nil, err
		}
		some = some || err == nil
		l.symbols = append(l.symbols, s)
	}
	if !some {
		return nil, fmt.Errorf("no keys have a value in every map")
	}
	return l, nil
}

// Inputs lists the products of inputs that stand in some combination. Where some
// keys have no value, a constant is kept even when it is 0, to refuse them.
func (l *leaf) inputs() [][]string {
	found := map[string][]string{}
	for _, s := range l.symbols {
		if s == nil {
			found[""] = nil
			continue
		}
		for key, m := range s.plain {
			found[key] = m.inputs
		}
	}
	var keys []string
	for key := range found {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	var all [][]string
	for _, key := range keys {
		all = append(all, found[key])
	}
	return all
}

// Plain makes the charge of a price times inputs.
func (e *emitter) plain(l *leaf, inputs []string, label string) ([]string, error) {
	key := strings.Join(inputs, "*")
	price, err := l.table(nil, func(s *symbol) (string, error) {
		m, has := s.plain[key]
		if !has {
			return quoted(new(big.Rat), 6)
		}
		return quoted(m.coefficient, 6)
	})
	if err != nil {
		return nil, err
	}
	scale, times := e.scale(inputs)
	switch {
	case times == 0 && len(scale) <= 2:
		return []string{e.charge(family(label, "FIXED"), label, "fixed", "", "price: "+price, scaled(scale))}, nil
	case times >= 1 && len(scale) <= 1:
		return []string{e.charge(family(label, "WATER"), label, "unit", "", "price: "+price, scaled(scale))}, nil
	}
	return nil, fmt.Errorf("%s multiplies %s", label, strings.Join(inputs, ", "))
}

// Scale parts the inputs of a product: the first usage is the quantity of the
// charge, what is left its scale.
func (e *emitter) scale(inputs []string) (scale []string, times int) {
	for _, name := range inputs {
		if name != "usage_ccf" {
			e.numbers[name] = true
			scale = append(scale, name)
			continue
		}
		times++
		if times > 1 {
			e.usage = true
			scale = append(scale, "usage")
		}
	}
	return scale, times
}

func scaled(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "scale: [" + strings.Join(names, ", ") + "]"
}

// Family is the family of a charge's code.
func family(label, otherwise string) string {
	for _, at := range []struct{ part, family string }{
		{"sewer", "SEWER"},
		{"sanitation", "SEWER"},
		{"wastewater", "SEWER"},
		{"surcharge", "SURCHARGE"},
		{"elevation", "SURCHARGE"},
		{"pumping", "SURCHARGE"},
		{"outside_city", "SURCHARGE"},
		{"drought", "SURCHARGE"},
	} {
		if strings.Contains(label, at.part) {
			return at.family
		}
	}
	return otherwise
}

// Table writes a value for every combination that begins with the keys given: one
// value when all are equal, else tables by one choice after the other.
func (l *leaf) table(keys []string, cell func(*symbol) (string, error)) (string, error) {
	all, err := l.cells(keys, cell)
	if err != nil {
		return "", err
	}
	same := true
	for _, text := range all {
		same = same && text == all[0]
	}
	if same {
		return all[0], nil
	}
	choice := l.choices[len(keys)]
	var parts []string
	for i, key := range l.domain[choice] {
		below, err := l.table(append(append([]string{}, keys...), key), cell)
		if err != nil {
			return "", err
		}
		if below != "" {
			parts = append(parts, fmt.Sprintf("%q: %s", choiceWord(l.domain[choice], i, choice), below))
		}
	}
	return fmt.Sprintf("{ by: %s, values: { %s } }", attributeOf(choice), strings.Join(parts, ", ")), nil
}

func choiceWord(keys []string, i int, input string) string { return choice(input, keys).Words[i] }

// Cells lists the values of the combinations that begin with the keys; an empty
// text where there is none.
func (l *leaf) cells(keys []string, cell func(*symbol) (string, error)) ([]string, error) {
	var found []string
	for i, combo := range l.combos {
		if strings.Join(combo[:len(keys)], "|") != strings.Join(keys, "|") {
			continue
		}
		text := ""
		if l.symbols[i] != nil {
			var err error
			if text, err = cell(l.symbols[i]); err != nil {
				return nil, err
			}
		}
		found = append(found, text)
	}
	return found, nil
}

// Quoted writes a number of the file, which may not be negative nor have more
// decimals.
func quoted(v *big.Rat, decimals int) (string, error) {
	if v.Sign() < 0 {
		return "", fmt.Errorf("%w: %s", errNegative, show(v))
	}
	if !fits(v, decimals) {
		if decimals == 6 {
			return "", errDecimals
		}
		return "", fmt.Errorf("%s has more than %d decimals", v.FloatString(9), decimals)
	}
	return `"` + show(v) + `"`, nil
}

// Fits says whether a number has at most so many decimals.
func fits(v *big.Rat, decimals int) bool {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	return new(big.Rat).Mul(v, new(big.Rat).SetInt(p)).IsInt()
}

func show(v *big.Rat) string {
	s := v.FloatString(12)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
