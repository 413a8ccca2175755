package tariff

import "wasl/internal/kernel/money"

// kinds are the words of a kind.
func kinds() []string {
	return []string{string(Unit), string(Fixed), string(InBlock), string(Percent), string(Minimum)}
}

// chargeKeys are the keys of every charge; each kind adds its own.
func chargeKeys(kind Kind) []string {
	common := []string{"code", "label", "kind", "service?", "vat?", "when?", "cap?", "cap_scale?", "third_party?"}
	switch kind {
	case Unit:
		return append(common, "price", "quantity?", "scale?")
	case Fixed:
		return append(common, "price", "scale?")
	case InBlock:
		return append(common, "quantity?", "scale?", "progressive_up_to?", "exempt_up_to?", "blocks")
	case Percent:
		return append(common, "rate", "of")
	case Minimum:
		return append(common, "price", "scale?", "of")
	}
	return append(common, "price?", "quantity?", "scale?", "progressive_up_to?", "exempt_up_to?", "blocks?", "rate?", "of?")
}

func (c cursor) charge() Charge {
	kind := Kind("")
	if members, ok := c.members(); ok {
		for _, m := range members {
			if m.key.node.Value == "kind" {
				kind = Kind(m.value.oneOf(kinds()...))
			}
		}
	}
	o := c.object(chargeKeys(kind)...)
	g := Charge{
		At: c.at(), Code: o.named("code", chargeForm, "tariff.charge_form"), Label: o.text("label"), Kind: kind,
		Service: Service(o.oneOf("service", services()...)), VAT: o.code("vat"), ThirdParty: o.text("third_party"),
	}
	o.counted(&g)
	o.capped(&g)
	o.blocked(&g)
	if w, ok := o.get("when"); ok {
		members, _ := w.members()
		for _, m := range members {
			g.When = append(g.When, m.condition())
		}
	}
	return g
}

// counted reads what a price multiplies.
func (o object) counted(g *Charge) {
	if p, ok := o.get("price"); ok {
		prices := p.prices(0)
		g.Price = &prices
	}
	if g.Kind == Unit || g.Kind == InBlock {
		g.Quantity = NameQuantity
		if q := o.name("quantity"); q != "" {
			g.Quantity = q
		}
	}
	most := ScaleMax
	if g.Kind == Unit {
		most = 1
	}
	g.Scale = o.names("scale", most)
	if r, ok := o.get("rate"); ok {
		g.Rate = decimal(r, RateMax)
	}
	for _, e := range o.filled("of", ChargesMax) {
		if code := e.named(chargeForm, "tariff.charge_form"); code != "" {
			g.Of = append(g.Of, code)
		}
	}
}

// capped reads the bound of a charge.
func (o object) capped(g *Charge) {
	if e, ok := o.get("cap"); ok {
		amount := decimal[money.Amount](e, AmountMax)
		g.Cap = &amount
	}
	g.CapScale = o.names("cap_scale", ScaleMax)
	if e, ok := o.get("cap_scale"); ok && g.Cap == nil {
		e.tell("tariff.cap_scale")
	}
}

// blocked reads what belongs to blocks.
func (o object) blocked(g *Charge) {
	if g.Kind != InBlock {
		return
	}
	g.ProgressiveUpTo, g.ExemptUpTo = o.quantity("progressive_up_to"), o.quantity("exempt_up_to")
	if e, ok := o.get("blocks"); ok {
		blocks := e.blocks(0)
		g.Blocks = &blocks
	}
}
