package tariff

import "wasl/internal/kernel/money"

// valueDecimals is the most decimals of the value of a line.
const valueDecimals = 12

// applies says whether the conditions of a charge hold.
func (g *charge) applies(t *compiled, k *known) bool {
	for i := range g.when {
		if !g.when[i].holds(t, k) {
			return false
		}
	}
	return true
}

func (c *test) holds(t *compiled, k *known) bool {
	if c.words != nil {
		return c.words[k.words[c.attribute]]
	}
	n := k.numbers[t.attributes[c.attribute].slot]
	if c.numbers == nil {
		return c.min <= n && n <= c.max
	}
	for _, accepted := range c.numbers {
		if accepted == n {
			return true
		}
	}
	return false
}

// at finds the price for what is known.
func (p *prices) at(t *compiled, k *known) (money.Price, error) {
	for p.by != nowhere {
		next := p.table[k.words[p.by]]
		if next == nil {
			return 0, notInTable(t, p.by)
		}
		p = next
	}
	return p.price, nil
}

func notInTable(t *compiled, attribute int) error {
	return t.attributes[attribute].refuse()
}

// priced adds the lines of a charge before its cap.
func (q *Quote) priced(t *compiled, g *charge) error {
	switch g.source.Kind {
	case InBlock:
		return q.inBlocks(t, g)
	case Unit:
		return q.byUnit(t, g)
	case Fixed:
		return q.fixed(t, g)
	case Percent:
		return q.percent(g)
	}
	return q.minimum(t, g)
}

func (q *Quote) byUnit(t *compiled, g *charge) error {
	price, err := g.price.at(t, &q.now)
	if err != nil {
		return err
	}
	n := q.now.numbers[g.quantity]
	value, err := q.now.scaled(money.Quantity(n).Times(price), g.scale)
	if err != nil {
		return err
	}
	q.add(g, 0, n, price, value)
	return nil
}

func (q *Quote) fixed(t *compiled, g *charge) error {
	price, err := g.price.at(t, &q.now)
	if err != nil {
		return err
	}
	value, err := q.now.scaled(price.Exact(), g.scale)
	if err != nil {
		return err
	}
	shown, err := q.now.product(g.scale)
	if err != nil { // a cap may still take the line away; if not, round refuses it
		shown = unprintable
	}
	q.add(g, 0, int64(shown), price, value)
	return nil
}

// unprintable stands for a quantity that does not fit; quantities are never negative.
const unprintable money.Quantity = -1

// scaled multiplies a value by a scale.
func (k *known) scaled(value money.Exact, scale []int) (money.Exact, error) {
	var err error
	for _, slot := range scale {
		if value, err = value.TimesQuantity(money.Quantity(k.numbers[slot])); err != nil {
			return value, err
		}
	}
	return value, nil
}

// product is a scale rounded to three decimals; 1 for none.
func (k *known) product(scale []int) (money.Quantity, error) {
	product := money.Quantity(thousandth)
	var err error
	for _, slot := range scale {
		if product, err = money.Portion(product, k.numbers[slot], thousandth); err != nil {
			return 0, err
		}
	}
	return product, nil // one factor is exact, so there is one rounding
}

// sumOf adds up the lines of the charges a percent or minimum charge looks at.
func (q *Quote) sumOf(g *charge) (money.Exact, error) {
	var total money.Exact
	for _, i := range g.of {
		sum, err := q.sum(q.spans[i])
		if err != nil {
			return total, err
		}
		if total, err = total.Add(sum); err != nil {
			return total, err
		}
	}
	return total, nil
}

func (q *Quote) percent(g *charge) error {
	sum, err := q.sumOf(g)
	if err != nil {
		return err
	}
	value, err := sum.TimesRate(g.source.Rate)
	if err != nil {
		return err
	}
	if value, err = value.RoundTo(valueDecimals); err != nil {
		return err
	}
	q.addValue(g, value)
	return nil
}

func (q *Quote) minimum(t *compiled, g *charge) error {
	price, err := g.price.at(t, &q.now)
	if err != nil {
		return err
	}
	least, err := q.now.scaled(price.Exact(), g.scale)
	if err != nil {
		return err
	}
	sum, err := q.sumOf(g)
	if err != nil {
		return err
	}
	missing, err := least.Sub(sum)
	if err != nil || missing.Sign() <= 0 {
		return err
	}
	q.addValue(g, missing)
	return nil
}

// capped puts one line in the place of those of a charge that pass its cap.
func (q *Quote) capped(g *charge, first int) error {
	if g.source.Cap == nil || len(q.Lines) == first {
		return nil
	}
	most, err := q.now.scaled(g.source.Cap.Exact(), g.capScale)
	if err != nil {
		return err
	}
	sum, err := q.sum(span{first, len(q.Lines)})
	if err != nil {
		return err
	}
	if sum.Compare(most) <= 0 {
		return nil
	}
	q.Lines = q.Lines[:first]
	q.addValue(g, most)
	return nil
}
