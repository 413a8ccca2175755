package owrs

import (
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strings"
)

// A monomial is a number times the product of inputs.
type monomial struct {
	coefficient *big.Rat
	inputs      []string // sorted; an input that stands twice is squared
}

func (m monomial) key() string { return strings.Join(m.inputs, "*") }

// A polynomial is a sum of monomials, by their keys.
type polynomial map[string]monomial

// A ladder is a tiered charge: the starts of its tiers in the inputs, and their prices.
type ladder struct {
	name   string
	starts []polynomial
	ceil   bool // the starts are rounded up to the whole unit
	prices []*big.Rat
}

// A climb is a number times inputs times a tiered charge.
type climb struct {
	monomial
	ladder *ladder
}

// A symbol is what a formula comes to with the inputs as unknowns.
type symbol struct {
	plain  polynomial
	climbs []climb
}

func constant(v *big.Rat) *symbol {
	return &symbol{plain: polynomial{}.plus(monomial{v, nil})}
}

func (p polynomial) plus(m monomial) polynomial {
	if old, has := p[m.key()]; has {
		m.coefficient = new(big.Rat).Add(old.coefficient, m.coefficient)
	}
	p[m.key()] = m
	if m.coefficient.Sign() == 0 {
		delete(p, m.key())
	}
	return p
}

// Sorted lists the monomials in a fixed order.
func (p polynomial) sorted() []monomial {
	var all []monomial
	for _, m := range p {
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].key() < all[j].key() })
	return all
}

// Constant is the value of a polynomial without inputs.
func (p polynomial) constant() (*big.Rat, bool) {
	if len(p) == 0 {
		return new(big.Rat), true
	}
	m, has := p[""]
	return m.coefficient, has && len(p) == 1
}

func (m monomial) times(n monomial) monomial {
	inputs := append(append([]string{}, m.inputs...), n.inputs...)
	sort.Strings(inputs)
	return monomial{new(big.Rat).Mul(m.coefficient, n.coefficient), inputs}
}

func (s *symbol) plus(t *symbol, sign int64) *symbol {
	sum := &symbol{plain: polynomial{}, climbs: append([]climb{}, s.climbs...)}
	by := monomial{rat(sign, 1), nil}
	for _, m := range s.plain {
		sum.plain.plus(m)
	}
	for _, m := range t.plain {
		sum.plain.plus(m.times(by))
	}
	for _, c := range t.climbs {
		sum.climbs = append(sum.climbs, climb{c.times(by), c.ladder})
	}
	return sum
}

func (s *symbol) times(t *symbol) (*symbol, error) {
	if len(s.climbs) > 0 && len(t.climbs) > 0 {
		return nil, fmt.Errorf("a tiered charge is multiplied by another")
	}
	product := &symbol{plain: polynomial{}}
	for _, m := range s.plain {
		for _, n := range t.plain {
			product.plain.plus(m.times(n))
		}
		for _, c := range t.climbs {
			product.climbs = append(product.climbs, climb{c.times(m), c.ladder})
		}
	}
	for _, c := range s.climbs {
		for _, n := range t.plain {
			product.climbs = append(product.climbs, climb{c.times(n), c.ladder})
		}
	}
	return product, nil
}

// A reader evaluates formulas for one choice of every map, the inputs unknown.
type reader struct {
	class   *Class
	choices map[string]string
	deep    int
}

var errNoCell = errors.New("no value for these keys")

func (r *reader) name(name, suffix string) (*symbol, error) {
	full, p := r.class.resolve(name, suffix)
	if p == nil {
		if isInput(name) {
			return &symbol{plain: polynomial{}.plus(monomial{rat(1, 1), []string{name}})}, nil
		}
		return nil, fmt.Errorf("it uses %s, which it does not define", name)
	}
	r.deep++
	defer func() { r.deep-- }()
	if r.deep > deepMax {
		return nil, fmt.Errorf("%s leads to itself", name)
	}
	return r.part(p, full, suffixOf(full, suffix))
}

func (r *reader) part(p *part, name, suffix string) (*symbol, error) {
	p, err := r.cell(p)
	if err != nil {
		return nil, err
	}
	switch {
	case p.kind == isTiered || p.kind == isBudget:
		return r.tiers(name, p.kind == isBudget, suffix)
	case p.kind == isFormula && p.formula != nil:
		return r.formula(p.formula, suffix)
	default:
		return nil, fmt.Errorf("%s is no amount", name)
	}
}

func (r *reader) cell(p *part) (*part, error) {
	if p.kind != isTable {
		return p, nil
	}
	var keys []string
	for _, name := range p.depends {
		keys = append(keys, r.choices[name])
	}
	if c := p.cells[strings.Join(keys, "|")]; c != nil {
		return c, nil
	}
	return nil, errNoCell
}

func (r *reader) formula(n *node, suffix string) (*symbol, error) {
	if n.number != nil {
		return constant(n.number), nil
	}
	if n.name != "" {
		return r.name(n.name, suffix)
	}
	a, err := r.formula(n.left, suffix)
	if err != nil {
		return nil, err
	}
	b, err := r.formula(n.right, suffix)
	if err != nil {
		return nil, err
	}
	switch n.operator {
	case '+':
		return a.plus(b, 1), nil
	case '-':
		return a.plus(b, -1), nil
	case '*':
		return a.times(b)
	}
	by, is := b.plain.constant()
	if !is || len(b.climbs) > 0 || by.Sign() == 0 {
		return nil, fmt.Errorf("a division by what is no number")
	}
	return a.times(constant(new(big.Rat).Inv(by)))
}

func (r *reader) tiers(name string, budget bool, suffix string) (*symbol, error) {
	starts, err := r.list("tier_starts", suffix)
	if err != nil {
		return nil, err
	}
	prices, err := r.list("tier_prices", suffix)
	if err != nil {
		return nil, err
	}
	if len(starts) != len(prices) {
		return nil, fmt.Errorf("%s has %d starts of tiers and %d prices", name, len(starts), len(prices))
	}
	l := &ladder{name: name, ceil: budget}
	for i, p := range starts {
		s, err := r.start(p, suffix)
		if err != nil {
			return nil, err
		}
		price, err := r.part(prices[i], "tier_prices", suffix)
		if err != nil {
			return nil, err
		}
		number, is := price.plain.constant()
		if !is || len(price.climbs) > 0 || len(s.climbs) > 0 {
			return nil, fmt.Errorf("%s has a price that is no number, or a start in tiers", name)
		}
		l.starts, l.prices = append(l.starts, s.plain), append(l.prices, number)
	}
	return &symbol{plain: polynomial{}, climbs: []climb{{monomial{rat(1, 1), nil}, l}}}, nil
}

func (r *reader) start(p *part, suffix string) (*symbol, error) {
	m := share.FindStringSubmatch(p.text)
	if m == nil {
		return r.part(p, "tier_starts", suffix)
	}
	percent, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return nil, fmt.Errorf("%q is no share", p.text)
	}
	budget, err := r.name("budget", suffix)
	if err != nil {
		return nil, err
	}
	return budget.times(constant(percent.Quo(percent, rat(100, 1))))
}

func (r *reader) list(name, suffix string) ([]*part, error) {
	_, p := r.class.resolve(name, suffix)
	if p == nil {
		return nil, fmt.Errorf("it uses %s, which it does not define", name)
	}
	p, err := r.cell(p)
	if err != nil {
		return nil, err
	}
	if p.kind == isList {
		return p.list, nil
	}
	return []*part{p}, nil
}

// Depends lists the choices that a formula depends on, in the order they are met.
func (c *Class) depends(n *node, suffix string) []string {
	w := &walk{class: c, seen: map[string]bool{}}
	w.formula(n, suffix)
	return w.found
}

// Domain lists the keys of every choice that the bill depends on.
func (c *Class) domain() map[string][]string {
	w := &walk{class: c, seen: map[string]bool{}}
	w.name("bill", "")
	domain := map[string][]string{}
	known := map[string]bool{}
	for _, t := range w.tables {
		for _, keys := range t.keys {
			for i, key := range keys {
				if at := t.depends[i] + "|" + key; !known[at] {
					known[at] = true
					domain[t.depends[i]] = append(domain[t.depends[i]], key)
				}
			}
		}
	}
	return domain
}

// A walk follows the names of formulas to the maps below them.
type walk struct {
	class  *Class
	seen   map[string]bool
	found  []string
	tables []*part
}

func (w *walk) formula(n *node, suffix string) {
	if n == nil {
		return
	}
	if n.name != "" {
		w.name(n.name, suffix)
	}
	w.formula(n.left, suffix)
	w.formula(n.right, suffix)
}

func (w *walk) name(name, suffix string) {
	full, p := w.class.resolve(name, suffix)
	if p == nil || w.seen[full] {
		return
	}
	w.seen[full] = true
	w.part(p, suffixOf(full, suffix))
}

func (w *walk) part(p *part, suffix string) {
	for _, d := range p.depends {
		if !w.has(d) {
			w.found = append(w.found, d)
		}
	}
	if p.kind == isTable {
		w.tables = append(w.tables, p)
	}
	for _, keys := range p.keys {
		w.part(p.cells[strings.Join(keys, "|")], suffix)
	}
	for _, item := range p.list {
		w.part(item, suffix)
	}
	w.formula(p.formula, suffix)
	if share.MatchString(p.text) {
		w.name("budget", suffix)
	}
	if p.kind == isTiered || p.kind == isBudget {
		w.name("tier_starts", suffix)
		w.name("tier_prices", suffix)
	}
}

func (w *walk) has(choice string) bool {
	for _, f := range w.found {
		if f == choice {
			return true
		}
	}
	return false
}
