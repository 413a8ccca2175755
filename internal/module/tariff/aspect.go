package tariff

import "strconv"

// aspects are all a version says, as files write it, without its name, dates and
// origin: what two versions are compared by. Charges of one code that exclude each
// other are told apart by their conditions.
func aspects(t *Tariff) []aspect {
	v := &t.Versions[0]
	var out []aspect
	add := func(name, value string) {
		if value != "" {
			out = append(out, aspect{name: name, value: value})
		}
	}
	add("status", string(v.Status))
	add("basis", string(v.Basis))
	add("rounding", string(v.Rounding))
	add("prorata", string(v.Prorata))
	add("on_change", string(v.OnChange))
	add("vat_table", t.VATTable)
	for i := range t.Attributes {
		add("attribute."+t.Attributes[i].Name, attributeText(&t.Attributes[i]))
	}
	for i := range v.Quantities {
		s := &scribe{}
		s.derived(&v.Quantities[i])
		add("quantity."+v.Quantities[i].Name, s.b.String())
	}
	codes := map[string]int{}
	for i := range v.Charges {
		g := &v.Charges[i]
		key := g.Code
		if codes[g.Code]++; codes[g.Code] > 1 {
			key += " (" + strconv.Itoa(codes[g.Code]) + ")"
		}
		out = append(out, chargeAspects(g, key)...)
	}
	return out
}

// chargeAspects are all a charge says.
func chargeAspects(g *Charge, key string) []aspect {
	var out []aspect
	add := func(block int64, name, value string) {
		if value != "" {
			out = append(out, aspect{charge: key, label: g.Label, block: block, name: name, value: value})
		}
	}
	add(0, "kind", string(g.Kind))
	add(0, "service", string(g.Service))
	add(0, "vat", g.VAT)
	add(0, "when", whenText(g.When))
	if g.Quantity != NameQuantity {
		add(0, "quantity", g.Quantity)
	}
	if g.Price != nil {
		add(0, "price", plainPrice(g.Price))
	}
	if g.Kind == Percent {
		add(0, "rate", g.Rate.String())
	}
	add(0, "scale", listed(g.Scale))
	add(0, "of", listed(g.Of))
	if g.ProgressiveUpTo != nil {
		add(0, "progressive_up_to", g.ProgressiveUpTo.String())
	}
	if g.ExemptUpTo != nil {
		add(0, "exempt_up_to", g.ExemptUpTo.String())
	}
	if g.Cap != nil {
		add(0, "cap", g.Cap.String())
	}
	add(0, "cap_scale", listed(g.CapScale))
	add(0, "third_party", g.ThirdParty)
	if g.Blocks != nil {
		blockAspects(g.Blocks, "", add)
	}
	return out
}

// blockAspects are the limits and prices of blocks; those of a table are told apart by
// the value they hold for.
func blockAspects(b *Blocks, of string, add func(block int64, name, value string)) {
	for i := range b.List {
		k := &b.List[i]
		n := int64(i + 1)
		if k.UpTo != nil {
			add(n, "up_to"+of, k.UpTo.String())
		}
		if k.Tolerance != 0 {
			add(n, "tolerance"+of, k.Tolerance.String())
		}
		add(n, "price"+of, plainPrice(&k.Price))
	}
	for i := range b.Values {
		blockAspects(&b.Values[i].Blocks, of+"."+b.Values[i].Value, add)
	}
}

// plainPrice is a price without quotes, or a table as files write it.
func plainPrice(p *Prices) string {
	if p.By == "" {
		return p.Price.String()
	}
	return pricesText(p)
}
