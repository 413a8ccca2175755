package naivetariff

import (
	"fmt"
	"math/big"
)

// A row is one line before rounding.
type row struct {
	code, charge, component string
	quantity, price, value  *big.Rat // quantity and price are nil where the line has none
	rate                    rate
}

// Rows computes the charges of the part, in their order.
func (p *part) rows(vat func(component string) (rate, *refusal)) ([]row, *refusal) {
	var all []row
	applies := false
	for _, charge := range trees(p.version["charges"]) {
		if !p.holds(charge["when"]) {
			continue
		}
		applies = true
		found, refused := p.charge(charge, all)
		if refused != nil {
			return nil, refused
		}
		for _, r := range p.capped(charge, found) {
			if r.rate, refused = vat(r.component); refused != nil {
				return nil, refused
			}
			all = append(all, r)
		}
	}
	if !applies {
		return nil, &refusal{"tariff.no_charge", "attributes"}
	}
	return all, nil
}

// Charge computes the lines of one charge, before its cap.
func (p *part) charge(charge tree, before []row) ([]row, *refusal) {
	switch text(charge["kind"]) {
	case "unit":
		return p.unit(charge)
	case "fixed":
		return p.fixed(charge)
	case "blocks":
		return p.blocks(charge)
	case "percent":
		value := round(mul(exact(text(charge["rate"])), sumOf(charge, before)), 12)
		return []row{p.row(charge, nil, nil, value)}, nil
	case "minimum":
		price, refused := p.price(charge["price"])
		if refused != nil {
			return nil, refused
		}
		least := mul(price, p.product(charge["scale"]))
		sum := sumOf(charge, before)
		if sum.Cmp(least) >= 0 {
			return nil, nil
		}
		return []row{p.row(charge, nil, nil, sub(least, sum))}, nil
	}
	return nil, &refusal{"naive.kind", text(charge["kind"])}
}

// Row is a line with the code of the charge.
func (p *part) row(charge tree, quantity, price, value *big.Rat) row {
	code := text(charge["code"])
	component := text(charge["vat"])
	if component == "none" {
		component = ""
	}
	return row{code, code, component, quantity, price, value, rate{}}
}

// Price is the number a price stands for.
func (p *part) price(v any) (*big.Rat, *refusal) {
	chosen, refused := p.chosen(v)
	if refused != nil {
		return nil, refused
	}
	return exact(text(chosen)), nil
}

func (p *part) unit(charge tree) ([]row, *refusal) {
	price, refused := p.price(charge["price"])
	if refused != nil {
		return nil, refused
	}
	quantity := p.main(charge)
	value := mul(mul(price, quantity), p.product(charge["scale"]))
	return []row{p.row(charge, quantity, price, value)}, nil
}

func (p *part) fixed(charge tree) ([]row, *refusal) {
	price, refused := p.price(charge["price"])
	if refused != nil {
		return nil, refused
	}
	scale := p.product(charge["scale"])
	return []row{p.row(charge, round(scale, 3), price, mul(price, scale))}, nil
}

// Main is the quantity a charge is on.
func (p *part) main(charge tree) *big.Rat {
	if name := text(charge["quantity"]); name != "" {
		return p.values[name]
	}
	return p.values["quantity"]
}

func (p *part) blocks(charge tree) ([]row, *refusal) {
	quantity, scale := p.main(charge), p.product(charge["scale"])
	if s, has := charge["exempt_up_to"]; has && quantity.Cmp(round(mul(exact(text(s)), scale), 3)) <= 0 {
		return nil, nil
	}
	chosen, refused := p.chosen(charge["blocks"])
	if refused != nil {
		return nil, refused
	}
	blocks := trees(chosen)
	limits := make([]*big.Rat, len(blocks)) // nil: no limit
	reached := -1
	for i, block := range blocks {
		if s, has := block["up_to"]; has {
			limits[i] = round(mul(add(exact(text(s)), exactOr0(block["tolerance"])), scale), 3)
		}
		if reached < 0 && (limits[i] == nil || quantity.Cmp(limits[i]) <= 0) {
			reached = i
		}
	}
	line := func(i int, part *big.Rat) (row, *refusal) {
		price, refused := p.price(blocks[i]["price"])
		if refused != nil {
			return row{}, refused
		}
		r := p.row(charge, part, price, mul(price, part))
		r.code = fmt.Sprintf("%s-%d", r.charge, i+1)
		return r, nil
	}
	if quantity.Sign() == 0 {
		r, refused := line(0, quantity)
		return []row{r}, refused
	}
	if !progressive(charge, blocks[reached]) {
		r, refused := line(reached, quantity)
		return []row{r}, refused
	}
	var rows []row
	lower := new(big.Rat)
	for i := 0; i <= reached; i++ {
		upper := quantity
		if i < reached {
			upper = limits[i]
		}
		if upper.Cmp(lower) > 0 {
			r, refused := line(i, sub(upper, lower))
			if refused != nil {
				return nil, refused
			}
			rows = append(rows, r)
			lower = upper
		}
	}
	return rows, nil
}

// Progressive says whether a block counts only its own part of the quantity.
func progressive(charge, block tree) bool {
	last, has := charge["progressive_up_to"]
	if !has {
		return true
	}
	limit, limited := block["up_to"]
	return limited && exact(text(limit)).Cmp(exact(text(last))) <= 0
}

func exactOr0(v any) *big.Rat {
	if v == nil {
		return new(big.Rat)
	}
	return exact(text(v))
}

// SumOf is the exact sum of the lines of the charges a charge names.
func sumOf(charge tree, before []row) *big.Rat {
	sum := new(big.Rat)
	for _, code := range texts(charge["of"]) {
		for _, r := range before {
			if r.charge == code {
				sum = add(sum, r.value)
			}
		}
	}
	return sum
}

// Capped is the lines, or the one line of the cap when they pass it.
func (p *part) capped(charge tree, rows []row) []row {
	s, has := charge["cap"]
	if !has {
		return rows
	}
	most := mul(exact(text(s)), p.product(charge["cap_scale"]))
	sum := new(big.Rat)
	for _, r := range rows {
		sum = add(sum, r.value)
	}
	if sum.Cmp(most) <= 0 {
		return rows
	}
	return []row{p.row(charge, nil, nil, most)}
}
