package tariff

import "slices"

// checkTable checks a VAT table on its own.
func (c *compiler) checkTable(t *VATTable, at string) {
	for i := range t.Components {
		p := &t.Components[i]
		here := indexed(at, "components", i)
		if p.Code != "" && slices.ContainsFunc(t.Components[:i], func(o Component) bool { return o.Code == p.Code }) {
			c.tell(p.At, here+".code", "tariff.code_taken", "code", p.Code)
		}
		for j := range p.Rates {
			c.checkRate(t, p.Rates[:j], &p.Rates[j], indexed(here, "rates", j))
		}
	}
}

// checkRate checks a rate against those above it.
func (c *compiler) checkRate(t *VATTable, above []VATRate, r *VATRate, at string) {
	if r.Use != "" && t.UseAttribute == "" {
		c.tell(r.At, at+".use", "tariff.use_attribute")
	}
	for _, o := range slices.Backward(above) {
		if o.Use == r.Use {
			if !o.From.Before(r.From) && !r.From.IsZero() {
				c.tell(r.At, at+".from", "tariff.rates_order")
			}
			return
		}
	}
}

// addComponents prepares the rates of the VAT table for the uses of the tariff.
func (w *within) addComponents() {
	if w.table == nil {
		return
	}
	if i, ok := w.words[w.table.UseAttribute]; ok {
		w.use = i
	}
	for i := range w.table.Components {
		w.components = append(w.components, w.component(&w.table.Components[i]))
	}
}

func (w *within) component(p *Component) component {
	out := component{code: p.Code}
	if w.use == nowhere {
		out.rates = [][]VATRate{p.of("")}
		return out
	}
	for _, use := range w.attributes[w.use].source.Values {
		out.rates = append(out.rates, p.of(use))
	}
	return out
}

// of gives the rates of a use: its own, or failing any those without use.
func (p *Component) of(use string) []VATRate {
	var own, common []VATRate
	for _, r := range p.Rates {
		switch r.Use {
		case "":
			common = append(common, r)
		case use:
			own = append(own, r)
		}
	}
	if own != nil {
		return own
	}
	return common
}

// componentOf finds the component of a charge.
func (w *within) componentOf(g *Charge, at string) int {
	if g.VAT == "" && w.source.VATTable != "" {
		w.tell(g.At, at, "tariff.key_missing", "key", "vat")
	}
	if g.VAT == "" || g.VAT == Outside {
		return nowhere
	}
	if w.table == nil {
		if w.source.VATTable == "" {
			w.tell(g.At, at+".vat", "tariff.table_missing")
		}
		return nowhere
	}
	i := slices.IndexFunc(w.table.Components, func(p Component) bool { return p.Code == g.VAT })
	if i < 0 {
		w.tell(g.At, at+".vat", "tariff.component_unknown", "code", g.VAT)
		return nowhere
	}
	if w.use == nowhere && slices.ContainsFunc(w.table.Components[i].Rates, func(r VATRate) bool { return r.Use != "" }) {
		w.tell(g.At, at+".vat", "tariff.use_missing", "name", w.table.UseAttribute)
	}
	return i
}
