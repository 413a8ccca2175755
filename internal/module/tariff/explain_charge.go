package tariff

import "wasl/internal/kernel/money"

// explainCharge prices a charge in the part at hand and says how.
func (q *Quote) explainCharge(t *compiled, v *version, g *charge) (ChargeExplained, error) {
	s := g.source
	out := ChargeExplained{
		Code: s.Code, Label: s.Label, Kind: s.Kind, Outcome: Priced, Scale: t.namedAll(v, q, g.scale), Of: s.Of, ThirdParty: s.ThirdParty,
	}
	if g.quantity != nowhere {
		n := t.named(v, q, g.quantity)
		out.Quantity = &n
	}
	if s.ExemptUpTo != nil {
		limit := money.Quantity(q.now.limit(int64(*s.ExemptUpTo), g.scale))
		out.ExemptUpTo = &limit
	}
	first := len(q.Lines)
	if err := q.priced(t, g); err != nil {
		return out, err
	}
	var err error
	if out.Value, err = q.sum(span{first, len(q.Lines)}); err != nil {
		return out, err
	}
	if err := out.details(t, q, g, first); err != nil {
		return out, err
	}
	return out, out.capped(t, v, q, g, first)
}

// details adds what belongs to the kind.
func (c *ChargeExplained) details(t *compiled, q *Quote, g *charge, first int) error {
	none := len(q.Lines) == first
	switch c.Kind {
	case InBlock:
		if none {
			c.Outcome = Exempted
			return nil
		}
		return c.inBlocks(t, q, g, q.Lines[first:])
	case Unit, Fixed:
		c.Price = &q.Lines[first].Price
		return nil
	}
	sum, err := q.sumOf(g)
	if err != nil {
		return err
	}
	c.Sum = &sum
	if c.Kind == Percent {
		c.Rate = &g.source.Rate
		return nil
	}
	if none {
		c.Outcome = Reached
	}
	price, err := g.price.at(t, &q.now)
	if err != nil {
		return err
	}
	least, err := q.now.scaled(price.Exact(), g.scale)
	c.Price, c.Least = &price, &least
	return err
}

// inBlocks tells the blocks of the lines with their effective bounds.
func (c *ChargeExplained) inBlocks(t *compiled, q *Quote, g *charge, lines []Line) error {
	list, err := g.blocks.at(t, &q.now)
	if err != nil {
		return err
	}
	for i := range lines {
		l := &lines[i]
		at := l.Block - 1
		b := BlockExplained{Block: l.Block, Quantity: l.Quantity, Price: l.Price, Product: l.Value}
		if at > 0 {
			b.Above = money.Quantity(q.now.limit(list[at-1].limit, g.scale))
		}
		if !list[at].open {
			limit := money.Quantity(q.now.limit(list[at].limit, g.scale))
			b.UpTo = &limit
		}
		c.Selective = !list[at].progressive
		c.Blocks = append(c.Blocks, b)
	}
	return nil
}

// capped applies the cap, as the quote does.
func (c *ChargeExplained) capped(t *compiled, v *version, q *Quote, g *charge, first int) error {
	if g.source.Cap == nil {
		return nil
	}
	most, err := q.now.scaled(g.source.Cap.Exact(), g.capScale)
	if err != nil {
		return err
	}
	c.Cap, c.CapScale = &most, t.namedAll(v, q, g.capScale)
	if len(q.Lines) == first {
		return nil
	}
	if c.Value.Compare(most) > 0 {
		c.Outcome = Capped
	}
	return q.capped(g, first)
}
