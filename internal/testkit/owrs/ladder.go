package owrs

import (
	"fmt"
	"math/big"
	"sort"
	"strings"
)

// Ladders lists the tiered charges that stand in some combination, each by its
// name and the inputs that multiply it.
func (l *leaf) ladders() []string {
	found := map[string]bool{}
	for _, s := range l.symbols {
		if s == nil {
			continue
		}
		for _, c := range s.climbs {
			found[c.ladder.name+"|"+c.key()] = true
		}
	}
	var keys []string
	for key := range found {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Climb is the tiered charge of that key, with the sum of its numbers; nil when
// the combination has none.
func (s *symbol) climb(key string) *climb {
	var found *climb
	for _, c := range s.climbs {
		if c.ladder.name+"|"+c.key() != key {
			continue
		}
		if found == nil {
			found = &climb{monomial{new(big.Rat), c.inputs}, c.ladder}
		}
		found.coefficient.Add(found.coefficient, c.coefficient)
	}
	return found
}

// Climbs makes the charges of a tiered charge: blocks when the tiers begin at
// fixed numbers, else a derived quantity for each tier.
func (e *emitter) climbs(l *leaf, key, label string) ([]string, error) {
	fixed := strings.HasSuffix(key, "|")
	for _, s := range l.symbols {
		if s == nil || s.climb(key) == nil {
			continue
		}
		for _, start := range s.climb(key).ladder.starts {
			_, is := start.constant()
			fixed = fixed && is
		}
	}
	if !fixed {
		return e.derived(l, key, label)
	}
	blocks, err := l.table(nil, func(s *symbol) (string, error) {
		c := s.climb(key)
		if c == nil {
			return `[{ price: "0" }]`, nil
		}
		return c.blocks()
	})
	if err != nil {
		return nil, err
	}
	return []string{e.charge(family(label, "WATER"), label, "blocks", "", "blocks: "+blocks)}, nil
}

// Blocks writes the tiers as blocks. A tier ends one unit before the next begins;
// one that holds nothing is left out.
func (c *climb) blocks() (string, error) {
	var parts []string
	lower := new(big.Rat)
	for i, price := range c.ladder.prices {
		text, err := quoted(new(big.Rat).Mul(price, c.coefficient), 6)
		if err != nil {
			return "", err
		}
		if i == len(c.ladder.prices)-1 {
			parts = append(parts, fmt.Sprintf("{ price: %s }", text))
			break
		}
		start, _ := c.ladder.starts[i+1].constant()
		if c.ladder.ceil {
			start = ceiling(start)
		}
		upper := new(big.Rat).Sub(start, rat(1, 1))
		if upper.Cmp(lower) <= 0 {
			continue
		}
		lower = upper
		limit, err := quoted(upper, 3)
		if err != nil {
			return "", err
		}
		parts = append(parts, fmt.Sprintf("{ up_to: %s, price: %s }", limit, text))
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

// Derived makes, for every set of starts, a derived quantity for the part of the
// usage in each tier, and a unit charge on it.
func (e *emitter) derived(l *leaf, key, label string) ([]string, error) {
	by := l.deciding(key)
	var codes []string
	done := map[string]bool{}
	for i, combo := range l.combos {
		at := pickKeys(l.choices, combo, by)
		if l.symbols[i] == nil || l.symbols[i].climb(key) == nil || done[at] {
			continue
		}
		done[at] = true
		c := l.symbols[i].climb(key)
		scale, times := e.scale(append([]string{"usage_ccf"}, c.inputs...))
		if len(scale) > 1 {
			return nil, fmt.Errorf("%s multiplies tiers by %s (%d)", label, strings.Join(c.inputs, ", "), times)
		}
		parts, err := e.tiers(c.ladder)
		if err != nil {
			return nil, err
		}
		for tier, quantity := range parts {
			price, err := l.within(by, at).table(nil, func(s *symbol) (string, error) {
				c := s.climb(key)
				if c == nil || tier >= len(c.ladder.prices) {
					return `"0"`, nil
				}
				return quoted(new(big.Rat).Mul(c.ladder.prices[tier], c.coefficient), 6)
			})
			if err != nil {
				return nil, err
			}
			codes = append(codes, e.charge(family(label, "WATER"), label, "unit", l.when(by, combo), "quantity: "+quantity, "price: "+price, scaled(scale)))
		}
	}
	return codes, nil
}

// Deciding lists the choices on which the starts depend.
func (l *leaf) deciding(key string) []string {
	by := append([]string{}, l.choices...)
	for _, choice := range l.choices {
		without := remove(by, choice)
		starts := map[string]string{}
		needed := false
		for i, combo := range l.combos {
			if l.symbols[i] == nil {
				continue
			}
			at, text := pickKeys(l.choices, combo, without), l.symbols[i].signature(key)
			if old, has := starts[at]; has && old != text {
				needed = true
			}
			starts[at] = text
		}
		if !needed {
			by = without
		}
	}
	return by
}

// Signature is the starts of a tiered charge as text.
func (s *symbol) signature(key string) string {
	c := s.climb(key)
	if c == nil {
		return ""
	}
	var out strings.Builder
	for _, start := range c.ladder.starts {
		for _, m := range start.sorted() {
			out.WriteString(m.coefficient.RatString() + "*" + m.key() + "+")
		}
		out.WriteString(";")
	}
	return out.String()
}

func remove(names []string, name string) []string {
	var left []string
	for _, n := range names {
		if n != name {
			left = append(left, n)
		}
	}
	return left
}

func pickKeys(choices, combo, by []string) string {
	var keys []string
	for i, choice := range choices {
		for _, b := range by {
			if b == choice {
				keys = append(keys, combo[i])
			}
		}
	}
	return strings.Join(keys, "|")
}

// Within is the leaf where the deciding choices have these keys; elsewhere it has
// no symbols.
func (l *leaf) within(by []string, at string) *leaf {
	narrow := &leaf{choices: remove(l.choices, ""), domain: l.domain}
	for _, b := range by {
		narrow.choices = remove(narrow.choices, b)
	}
	for i, combo := range l.combos {
		if pickKeys(l.choices, combo, by) == at {
			var keys []string
			for j, choice := range l.choices {
				for _, left := range narrow.choices {
					if left == choice {
						keys = append(keys, combo[j])
					}
				}
			}
			narrow.combos, narrow.symbols = append(narrow.combos, keys), append(narrow.symbols, l.symbols[i])
		}
	}
	return narrow
}

// When is the condition that the deciding choices have the keys of the combination.
func (l *leaf) when(by, combo []string) string {
	var parts []string
	for i, input := range l.choices {
		for _, b := range by {
			if b != input {
				continue
			}
			c := choice(input, l.domain[input])
			for k, key := range c.Keys {
				if key == combo[i] {
					parts = append(parts, fmt.Sprintf("%s: %q", c.Attribute, c.Words[k]))
				}
			}
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// Tiers writes the derived quantities of a tiered charge and gives the names of
// the parts of the usage in each tier:
//
//	start   of the next tier, over 1000, rounded up to the whole unit: rounding to
//	        3 decimals after adding just below half a thousandth rounds up
//	above   what the usage has from the next tier on: usage - (1000 × start - 1),
//	        at least 0
//	part    what the tiers before leave of the usage, without what is above, at least 0;
//	        in the last tier nothing is above
//
// Rounding up is exact unless a start is above a whole unit by less than 10⁻⁹.
// Starts that are not rounded up have no more than 3 decimals of their own.
func (e *emitter) tiers(l *ladder) ([]string, error) {
	e.ladders++
	name := func(what string, i int) string { return fmt.Sprintf("%s_%d_%d", what, e.ladders, i+1) }
	var parts []string
	rest := []string{`{ factor: "1", of: [quantity] }`}
	for i := range l.prices {
		terms := rest
		if i < len(l.prices)-1 {
			by, err := e.start(name("start", i), l.starts[i+1], l.ceil)
			if err != nil {
				return nil, err
			}
			e.quantity(name("above", i), "0", `{ factor: "1", of: [quantity] }`,
				fmt.Sprintf("{ factor: %q, of: [%s] }", "-"+by, name("start", i)), `{ factor: "1", of: [] }`)
			terms = append(terms[:len(terms):len(terms)], fmt.Sprintf("{ factor: \"-1\", of: [%s] }", name("above", i)))
		}
		e.quantity(name("part", i), "0", terms...)
		parts = append(parts, name("part", i))
		rest = append(rest, fmt.Sprintf("{ factor: \"-1\", of: [%s] }", name("part", i)))
	}
	return parts, nil
}

// Start writes the first unit of a tier and says what it is to be multiplied by.
func (e *emitter) start(name string, start polynomial, ceil bool) (string, error) {
	one, by := rat(1, 1), "1"
	var terms []string
	if ceil {
		one, by = rat(1, 1000), "1000"
	}
	for _, m := range start.sorted() {
		term, err := e.term(m, one)
		if err != nil {
			return "", err
		}
		terms = append(terms, term)
	}
	if ceil {
		terms = append(terms, `{ factor: "499.999999/1000000", of: [] }`)
	}
	if len(terms) == 0 {
		terms = []string{`{ factor: "0", of: [] }`}
	}
	e.quantity(name, "", terms...)
	return by, nil
}

func (e *emitter) quantity(name, least string, terms ...string) {
	if least != "" {
		least = fmt.Sprintf(", min: %q", least)
	}
	e.quantities = append(e.quantities, fmt.Sprintf("          - { name: %s, terms: [ %s ]%s }\n", name, strings.Join(terms, ", "), least))
}

// Term writes a monomial times a number as a term of a quantity.
func (e *emitter) term(m monomial, by *big.Rat) (string, error) {
	factor, err := quotient(new(big.Rat).Mul(m.coefficient, by))
	if err != nil {
		return "", err
	}
	var names []string
	for _, name := range m.inputs {
		if name == "usage_ccf" {
			name = "quantity"
		} else {
			e.numbers[name] = true
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return fmt.Sprintf("{ factor: %q, of: [] }", factor), nil
	}
	return fmt.Sprintf("{ factor: %q, of: [%s] }", factor, strings.Join(names, ", ")), nil
}

// Quotient writes a fraction as a factor: a decimal of up to 6 decimals, or a
// quotient of two, none of them above a million.
func quotient(v *big.Rat) (string, error) {
	if fits(v, 6) {
		return show(v), nil
	}
	num, den := new(big.Rat).SetInt(v.Num()), new(big.Rat).SetInt(v.Denom())
	million, tenth := rat(1_000_000, 1), rat(1, 10)
	for range 7 {
		if num.Cmp(million) <= 0 && den.Cmp(million) <= 0 && fits(num, 6) && fits(den, 6) {
			return show(num) + "/" + show(den), nil
		}
		num.Mul(num, tenth)
		den.Mul(den, tenth)
	}
	return "", fmt.Errorf("the factor %s is no quotient of decimals", v.RatString())
}
