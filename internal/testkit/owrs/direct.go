package owrs

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// ErrNoValue is given when a map has no value for the keys of the input.
var ErrNoValue = errors.New("no value for these keys")

// An Input is what a customer's month brings.
type Input struct {
	Choices map[string]string   // the keys of the maps
	Numbers map[string]*big.Rat // usage_ccf and the others
}

// Bill evaluates the formula of the bill, exactly.
func (c *Class) Bill(in Input) (*big.Rat, error) {
	return (&direct{c, in, 0}).name("bill", "")
}

// Direct evaluates the formulas of one class for one input.
type direct struct {
	class *Class
	in    Input
	deep  int
}

// DeepMax is how far names may lead to names.
const deepMax = 30

func (d *direct) name(name, suffix string) (*big.Rat, error) {
	full, p := d.class.resolve(name, suffix)
	if p == nil {
		if v, has := d.in.Numbers[name]; has {
			return v, nil
		}
		return nil, fmt.Errorf("%s is not defined", name)
	}
	d.deep++
	defer func() { d.deep-- }()
	if d.deep > deepMax {
		return nil, fmt.Errorf("%s leads to itself", name)
	}
	return d.part(p, full, suffixOf(full, suffix))
}

func (d *direct) part(p *part, name, suffix string) (*big.Rat, error) {
	p, err := d.cell(p)
	if err != nil {
		return nil, err
	}
	switch p.kind {
	case isFormula:
		if p.formula == nil {
			return nil, fmt.Errorf("%s: %q is no amount", name, p.text)
		}
		return d.formula(p.formula, suffix)
	case isTiered, isBudget:
		return d.tiers(p.kind == isBudget, suffix)
	default:
		return nil, fmt.Errorf("%s is a list", name)
	}
}

// Cell follows a map to the value of the input's keys.
func (d *direct) cell(p *part) (*part, error) {
	if p.kind != isTable {
		return p, nil
	}
	var keys []string
	for _, name := range p.depends {
		keys = append(keys, d.in.Choices[name])
	}
	cell := p.cells[strings.Join(keys, "|")]
	if cell == nil {
		return nil, ErrNoValue
	}
	return cell, nil
}

func (d *direct) formula(n *node, suffix string) (*big.Rat, error) {
	switch {
	case n.number != nil:
		return n.number, nil
	case n.name != "":
		return d.name(n.name, suffix)
	}
	a, err := d.formula(n.left, suffix)
	if err != nil {
		return nil, err
	}
	b, err := d.formula(n.right, suffix)
	if err != nil {
		return nil, err
	}
	v := new(big.Rat)
	switch n.operator {
	case '+':
		v.Add(a, b)
	case '-':
		v.Sub(a, b)
	case '*':
		v.Mul(a, b)
	default:
		if b.Sign() == 0 {
			return nil, fmt.Errorf("division by zero")
		}
		v.Quo(a, b)
	}
	return v, nil
}

// List is the cell of a part of the class as a list.
func (d *direct) list(name, suffix string) ([]*part, error) {
	_, p := d.class.resolve(name, suffix)
	if p == nil {
		return nil, fmt.Errorf("%s is not defined", name)
	}
	p, err := d.cell(p)
	if err != nil {
		return nil, err
	}
	if p.kind == isList {
		return p.list, nil
	}
	return []*part{p}, nil
}

// Tiers adds up the tiers: the usage of each is what is left of the usage, but
// not beyond one unit before the next tier begins.
func (d *direct) tiers(budget bool, suffix string) (*big.Rat, error) {
	starts, err := d.list("tier_starts", suffix)
	if err != nil {
		return nil, err
	}
	prices, err := d.list("tier_prices", suffix)
	if err != nil {
		return nil, err
	}
	if len(starts) != len(prices) {
		return nil, fmt.Errorf("%d starts of tiers, %d prices", len(starts), len(prices))
	}
	usage := d.in.Numbers["usage_ccf"]
	amount, used := new(big.Rat), new(big.Rat)
	for i, p := range prices {
		price, err := d.part(p, "tier_prices", suffix)
		if err != nil {
			return nil, err
		}
		within := new(big.Rat).Sub(usage, used)
		if i+1 < len(starts) {
			end, err := d.start(starts[i+1], budget, suffix)
			if err != nil {
				return nil, err
			}
			if end.Sub(end, rat(1, 1)).Sub(end, used); end.Cmp(within) < 0 {
				within = end
			}
		}
		if within.Sign() < 0 {
			continue
		}
		used.Add(used, within)
		amount.Add(amount, new(big.Rat).Mul(within, price))
	}
	return amount, nil
}

// Start is the first unit of a tier.
func (d *direct) start(p *part, budget bool, suffix string) (*big.Rat, error) {
	v := new(big.Rat)
	if m := share.FindStringSubmatch(p.text); m != nil {
		of, err := d.name("budget", suffix)
		if err != nil {
			return nil, err
		}
		percent, ok := new(big.Rat).SetString(m[1])
		if !ok {
			return nil, fmt.Errorf("%q is no share", p.text)
		}
		v.Mul(of, percent.Quo(percent, rat(100, 1)))
	} else {
		of, err := d.part(p, "tier_starts", suffix)
		if err != nil {
			return nil, err
		}
		v.Set(of)
	}
	if budget {
		return ceiling(v), nil
	}
	return v, nil
}

// Ceiling is the least whole number that is not below.
func ceiling(v *big.Rat) *big.Rat {
	n := new(big.Int).Neg(v.Num())
	n.Div(n, v.Denom())
	return new(big.Rat).SetInt(n.Neg(n))
}
