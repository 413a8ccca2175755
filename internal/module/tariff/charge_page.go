package tariff

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// charge is a panel that says one charge: a drawing of its blocks or its price, then
// the rules in sentences.
func (r versionReader) charge(i int) g.Node {
	c := &r.version.Charges[i]
	body := g.Group{}
	switch {
	case c.Blocks != nil:
		body = append(body, r.blocksOf(c, c.Blocks, "")...)
	case c.Price != nil:
		body = append(body, r.pricesOf(c.Price, r.unitOf(c)))
	case c.Kind == Percent:
		body = append(body, h.P(h.Strong(g.Text(c.Rate.French())), g.Text(" "+r.v.Say("page.tariff.percent_of", "charges", r.labelsOf(c.Of)))))
	}
	if rules := r.rules(c); len(rules) > 0 {
		body = append(body, h.Ul(h.Class("w-rules"), g.Map(rules, func(s string) g.Node { return h.Li(g.Text(s)) })))
	}
	return r.v.Panel(ui.Panel{Title: c.Label, Sub: joinedWords(c.Code, word(r.v, "page.tariff.kind.", string(c.Kind)), r.taxOf(c)), Body: body})
}

// unitOf is the unit of a charge's price.
func (r versionReader) unitOf(c *Charge) string {
	unit := r.t.Unit
	switch {
	case c.Kind == Fixed || c.Kind == Minimum:
		unit = ""
	case c.Quantity != NameQuantity:
		unit = ""
		for i := range r.t.Attributes {
			if r.t.Attributes[i].Name == c.Quantity {
				unit = r.t.Attributes[i].Unit
			}
		}
		for i := range r.version.Quantities {
			if r.version.Quantities[i].Name == c.Quantity {
				unit = r.version.Quantities[i].Unit
			}
		}
	}
	return perUnit(r.v, r.t, unit)
}

func (r versionReader) taxOf(c *Charge) string {
	if c.VAT == Outside {
		return r.v.Say("page.tariff.outside_vat")
	}
	return r.v.Say("page.tariff.vat_component", "component", c.VAT)
}

// labelsOf are the labels of charges named by their codes.
func (r versionReader) labelsOf(codes []string) string {
	var all []string
	for _, code := range codes {
		label := code
		for i := range r.version.Charges {
			if r.version.Charges[i].Code == code {
				label = r.version.Charges[i].Label
			}
		}
		all = append(all, label)
	}
	return strings.Join(all, ", ")
}

// blocksOf draws blocks as steps, with a table; a table of lists is drawn list by list.
func (r versionReader) blocksOf(c *Charge, b *Blocks, of string) g.Group {
	if b.By != "" {
		var out g.Group
		for i := range b.Values {
			out = append(out, r.blocksOf(c, &b.Values[i].Blocks, joinedWords(of, r.choice(b.By, b.Values[i].Value)))...)
		}
		return out
	}
	v := r.v
	chart := ui.StepChart{
		Title: joinedWords(v.Say("page.tariff.price_by_block"), of), Unit: r.unitOf(c), Across: r.t.Unit,
		Heads: [3]string{v.Say("page.tariff.block"), v.Say("page.tariff.up_to"), v.Say("page.tariff.price")},
	}
	l := ui.List{ID: "blocks-" + c.Code + of, Caption: chart.Title, Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.tariff.block")},
		{Label: v.Say("page.tariff.up_to"), Kind: ui.NumberColumn},
		{Label: v.Say("page.tariff.price"), Kind: ui.NumberColumn},
		{Label: v.Say("page.tariff.applies")},
	}}
	drawn := true
	for i := range b.List {
		k := &b.List[i]
		drawn = drawn && k.Price.By == ""
		name := v.Say("page.tariff.block_n", "n", i+1)
		chart.Steps = append(chart.Steps, ui.ChartStep{
			Label: name, UpTo: limitValue(k.effective()), Value: ui.ChartValue{N: int64(k.Price.Price), Text: k.Price.Price.French()},
		})
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: name}, r.limitCell(k), {Text: r.priceWords(&k.Price, r.unitOf(c))}, {Text: r.applies(c, k)}}})
	}
	out := g.Group{}
	if of != "" {
		out = append(out, h.P(h.Strong(g.Text(of))))
	}
	if drawn {
		out = append(out, v.StepChart(chart))
	}
	return append(out, v.Env.List(l))
}

// effective is the limit with its tolerance; nil for the last block.
func (k *Block) effective() *money.Quantity {
	if k.UpTo == nil {
		return nil
	}
	q := *k.UpTo + k.Tolerance
	return &q
}

func (r versionReader) limitCell(k *Block) ui.Cell {
	if k.UpTo == nil {
		return ui.Cell{Text: r.v.Say("page.tariff.no_limit")}
	}
	c := ui.Cell{Text: k.effective().French() + ui.HardSpace + r.t.Unit}
	if k.Tolerance != 0 {
		c.Sub = r.v.Say("page.tariff.tolerance", "limit", *k.UpTo, "tolerance", k.Tolerance)
	}
	return c
}

// applies says whether a block prices its own part or the whole quantity.
func (r versionReader) applies(c *Charge, k *Block) string {
	if c.ProgressiveUpTo == nil || k.UpTo != nil && *k.UpTo <= *c.ProgressiveUpTo {
		return r.v.Say("page.tariff.progressive")
	}
	return r.v.Say("page.tariff.selective")
}

// choice names a value of an attribute.
func (r versionReader) choice(by, value string) string {
	for i := range r.t.Attributes {
		if a := &r.t.Attributes[i]; a.Name == by {
			return orText(a.Label, a.Name) + ui.HardSpace + ": " + a.labelOf(value)
		}
	}
	return by + ui.HardSpace + ": " + value
}

// priceWords is a price, or a table of prices, on one line.
func (r versionReader) priceWords(p *Prices, unit string) string {
	if p.By == "" {
		return priceText(p.Price, unit)
	}
	var all []string
	for i := range p.Values {
		all = append(all, r.choice(p.By, p.Values[i].Value)+" "+r.priceWords(&p.Values[i].Prices, unit))
	}
	return strings.Join(all, " ; ")
}

// pricesOf is a price in large, or a table by attribute.
func (r versionReader) pricesOf(p *Prices, unit string) g.Node {
	if p.By == "" {
		return h.P(h.Strong(g.Text(priceText(p.Price, unit))))
	}
	facts := make([]ui.Fact, 0, len(p.Values))
	for i := range p.Values {
		facts = append(facts, ui.Fact{Label: r.choice(p.By, p.Values[i].Value), Value: r.priceWords(&p.Values[i].Prices, unit), Number: true})
	}
	return r.v.Env.Facts(facts)
}

// rules are what else holds of a charge, one sentence each.
func (r versionReader) rules(c *Charge) []string {
	v := r.v
	var out []string
	for i := range c.When {
		out = append(out, v.Say("page.tariff.rule.when", "condition", r.condition(&c.When[i])))
	}
	if c.Quantity != "" && c.Quantity != NameQuantity {
		out = append(out, v.Say("page.tariff.rule.quantity", "name", r.named(c.Quantity)))
	}
	if times := r.times(c.Scale); times != "" {
		key := "page.tariff.rule.times"
		if c.Kind == InBlock {
			key = "page.tariff.rule.widened"
		}
		out = append(out, v.Say(key, "scale", times))
	}
	if c.Kind == Minimum {
		out = append(out, v.Say("page.tariff.rule.minimum", "charges", r.labelsOf(c.Of)))
	}
	if c.ExemptUpTo != nil {
		out = append(out, v.Say("page.tariff.rule.exempt", "limit", *c.ExemptUpTo, "unit", r.t.Unit))
	}
	if c.Cap != nil {
		limit := c.Cap.French() + ui.HardSpace + moneyOf(v, r.t.Currency)
		if times := r.times(c.CapScale); times != "" {
			limit += " × " + times
		}
		out = append(out, v.Say("page.tariff.rule.cap", "cap", limit))
	}
	if c.ThirdParty != "" {
		out = append(out, v.Say("page.tariff.rule.third_party", "party", c.ThirdParty))
	}
	return out
}

// condition is one condition in words.
func (r versionReader) condition(c *Condition) string {
	label := c.Name
	values := strings.Join(c.Values, ", ")
	for i := range r.t.Attributes {
		a := &r.t.Attributes[i]
		if a.Name != c.Name {
			continue
		}
		label = orText(a.Label, a.Name)
		var all []string
		for _, value := range c.Values {
			all = append(all, a.labelOf(value))
		}
		values = strings.Join(all, ", ")
	}
	if c.Range {
		values = rangeWords(r.v, c)
	}
	return label + ui.HardSpace + ": " + values
}

func rangeWords(v *screen.View, c *Condition) string {
	switch {
	case c.Min != nil && c.Max != nil:
		return v.Say("page.tariff.between", "min", *c.Min, "max", *c.Max)
	case c.Min != nil:
		return v.Say("page.tariff.at_least", "min", *c.Min)
	case c.Max != nil:
		return v.Say("page.tariff.at_most", "max", *c.Max)
	}
	return ""
}

// aspectWords name what two versions say differently.
func aspectWords(v *screen.View, d Difference) string {
	name, of, _ := strings.Cut(d.Aspect, ".")
	out := word(v, "page.tariff.aspect.", name)
	if of != "" {
		out += " " + of
	}
	if d.Block > 0 {
		out = joinedWords(v.Say("page.tariff.block_n", "n", d.Block), out)
	}
	return out
}

// valueWords put a value of a file into words where it is a number or a closed word.
func valueWords(v *screen.View, aspect, value string) string {
	if value == "" {
		return ui.Dash
	}
	name, _, _ := strings.Cut(aspect, ".")
	switch name {
	case "price":
		if p, err := money.ParsePlain[money.Price](value); err == nil {
			return p.French()
		}
	case "up_to", "tolerance", "progressive_up_to", "exempt_up_to":
		if q, err := money.ParsePlain[money.Quantity](value); err == nil {
			return q.French()
		}
	case "rate":
		if r, err := money.ParsePlain[money.Rate](value); err == nil {
			return r.French()
		}
	case "cap":
		if a, err := money.ParsePlain[money.Amount](value); err == nil {
			return a.French()
		}
	case "basis":
		return word(v, "page.tariff.basis.", strings.ToLower(value))
	case "rounding":
		return word(v, "page.tariff.rounding.", value)
	case "on_change":
		return word(v, "page.tariff.on_change.", value)
	case "kind":
		return word(v, "page.tariff.kind.", value)
	case "prorata":
		return word(v, "page.tariff.prorata.", strings.ReplaceAll(value, "/", "_"))
	case "status":
		return v.Say("enum.tariff_status." + value)
	case "service":
		return v.Say("enum.tariff_service." + value)
	}
	return value
}
