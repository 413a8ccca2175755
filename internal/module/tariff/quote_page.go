package tariff

import (
	"context"
	"math/big"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// attributePrefix stands before the names of a tariff's attributes in the address.
const attributePrefix = "a_"

// calculator is what the address of the calculator says.
type calculator struct {
	v *screen.View
	t *Tariff
	// version is the one in force on the last day.
	version  *Version
	from, to string
	faults   map[string]string
}

// quotePage is the calculator: what a quantity costs, and how it comes about.
func quotePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	rows, _, err := screen.Rows[Row](ctx, v, "tariff.list", versionsShown, "nature", string(NatureTariff))
	if err != nil {
		return ui.Page{}, err
	}
	var options []ui.Option
	code := v.Query("tariff")
	for _, r := range rows {
		if r.Versions == 0 {
			continue
		}
		options = append(options, ui.Option{Value: r.Code, Label: r.Label, Sub: r.Code})
		if code == "" {
			code = r.Code
		}
	}
	if len(options) == 0 {
		return ui.Page{Body: v.Env.Empty(ui.Empty{
			Icon: ui.IconInvoice, Title: v.Say("page.tariff.quote_empty"), Text: v.Say("page.tariff.quote_empty.text"), Actions: importButton(v),
		})}, nil
	}
	last := day.MonthOf(v.Today).Add(-1)
	c := &calculator{v: v, from: orText(v.Query("from"), last.First().String()), to: orText(v.Query("to"), last.Last().String()), faults: map[string]string{}}
	if err := c.find(ctx, code); err != nil {
		return ui.Page{}, err
	}
	var result g.Node
	if v.Query("quantity") != "" {
		if result, err = c.result(ctx, code); err != nil {
			return ui.Page{}, err
		}
	}
	form := v.Panel(ui.Panel{Title: v.Say("page.tariff.quote_ask"), Body: c.bar(code, options)})
	if result == nil {
		result = v.Env.Empty(ui.Empty{Icon: ui.IconAdjust, Title: v.Say("page.tariff.quote_start"), Text: v.Say("page.tariff.quote_start.text")})
	}
	return ui.Page{Body: g.Group{form, result}}, nil
}

// find reads the tariff at the last day of the period.
func (c *calculator) find(ctx context.Context, code string) error {
	if !c.v.May("tariff.show") {
		return nil
	}
	on := c.to
	if _, err := day.Parse(on); err != nil {
		on = ""
	}
	card, err := screen.Fetch[Card](ctx, c.v, "tariff.show", "code", code, "on", on)
	if err != nil {
		return err
	}
	f, problems := Parse(card.label(), []byte(card.YAML))
	if len(problems) == 0 && len(f.Tariffs) == 1 {
		c.t, c.version = &f.Tariffs[0], &f.Tariffs[0].Versions[0]
	}
	return nil
}

// bar is the form: the tariff, the period, the quantity, then what the tariff asks.
func (c *calculator) bar(code string, options []ui.Option) g.Node {
	v := c.v
	unit := ""
	if c.t != nil {
		unit = " (" + c.t.Unit + ")"
	}
	fields := []ui.Field{
		{Name: "tariff", Label: v.Say("field.tariff"), Kind: ui.EnumField, Value: code, Options: options, Wide: true},
		{Name: "from", Label: v.Say("field.from"), Kind: ui.DateField, Value: c.from},
		{Name: "to", Label: v.Say("field.to"), Kind: ui.DateField, Value: c.to},
		{Name: "quantity", Label: v.Say("field.quantity") + unit, Kind: ui.AmountField, Value: v.Query("quantity")},
		{Name: "months", Label: v.Say("field.months"), Kind: ui.AmountField, Value: v.Query("months")},
		{Name: "tax_date", Label: v.Say("field.tax_date"), Kind: ui.DateField, Value: v.Query("tax_date")},
	}
	if c.t != nil {
		for i := range c.t.Attributes {
			fields = append(fields, c.field(&c.t.Attributes[i]))
		}
	}
	return v.Bar(screen.Bar{ID: "quote", Action: "/tariff/quote", Fields: fields, Submit: v.Say("page.tariff.quote_do")})
}

// value is what the address says of an attribute, or what holds without a word.
func (c *calculator) value(a *Attribute) string {
	if given := c.v.Query(attributePrefix + a.Name); given != "" {
		return given
	}
	if a.Default != nil {
		return *a.Default
	}
	if a.Type == Choice && len(a.Values) > 0 {
		return a.Values[0]
	}
	return ""
}

func (c *calculator) field(a *Attribute) ui.Field {
	f := ui.Field{Name: attributePrefix + a.Name, Label: orText(a.Label, a.Name), Value: c.value(a), Kind: ui.AmountField}
	if a.Type == Choice {
		f.Kind = ui.EnumField
		for _, value := range a.Values {
			f.Options = append(f.Options, ui.Option{Value: value, Label: a.labelOf(value)})
		}
	}
	return f
}

// result asks for the quote; a refusal is said with the field it names.
func (c *calculator) result(ctx context.Context, code string) (g.Node, error) {
	v := c.v
	pairs := []string{
		"tariff", code, "from", c.from, "to", c.to, "quantity", v.Query("quantity"), "months", v.Query("months"), "tax_date", v.Query("tax_date"),
	}
	if c.t != nil {
		for i := range c.t.Attributes {
			a := &c.t.Attributes[i]
			if value := c.value(a); value != "" {
				pairs = append(pairs, "attributes", a.Name+"="+value)
			}
		}
	}
	answer, err := screen.Fetch[Answer](ctx, v, "tariff.quote.explain", pairs...)
	if err != nil {
		message, fields := v.Texts.Error(err)
		n := ui.Notice{Tone: ui.Wrong, Title: message}
		for path, said := range fields {
			if said != message {
				n.Text += c.label(path) + ui.HardSpace + ": " + said + " "
			}
		}
		return v.Env.Notice(n), nil
	}
	return c.answer(&answer), nil
}

// label is what people call a field of the request.
func (c *calculator) label(path string) string {
	if name, is := strings.CutPrefix(path, "attributes."); is && c.t != nil {
		for i := range c.t.Attributes {
			if a := &c.t.Attributes[i]; a.Name == name {
				return orText(a.Label, a.Name)
			}
		}
	}
	d := c.v.Runner.Registry.Find("tariff.quote.explain")
	if d.Field(path) == nil {
		return path
	}
	return c.v.FieldLabel(d, path)
}

// answer draws a quote: totals, the volume in the blocks, the lines, the sentences.
func (c *calculator) answer(a *Answer) g.Node {
	v := c.v
	sign := moneyOf(v, a.Explanation.Currency)
	figures := []ui.Figure{
		{Label: v.Say("page.tariff.total"), Value: ui.MoneyExact(a.Total), Unit: sign},
		{Label: v.Say("field.net"), Value: ui.MoneyExact(a.Net), Unit: sign},
		{Label: v.Say("field.tax"), Value: ui.MoneyExact(a.Tax), Unit: sign},
	}
	body := g.Group{v.Env.Figures(v.Say("page.tariff.quote"), figures)}
	for i := range a.Explanation.Parts {
		if a.Explanation.Parts[i].Status == Example {
			body = append(body, v.Env.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say("page.tariff.example"), Text: v.Say("page.tariff.example.text")}))
			break
		}
	}
	left := g.Group{c.linesPanel(a)}
	for i := range a.Explanation.Parts {
		left = append(left, c.partPanels(&a.Explanation, i)...)
	}
	return append(body, v.Columns("8-4", left, g.Group{c.sentences(a), c.versions(a)}))
}

// linesPanel is the bill's lines with its taxes.
func (c *calculator) linesPanel(a *Answer) g.Node {
	v := c.v
	amount := joinedWords(v.Say("page.tariff.amount"), string(a.Explanation.Basis))
	l := ui.List{ID: "lines", Caption: v.Say("field.lines"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.tariff.line")},
		{Label: v.Say("field.quantity"), Kind: ui.NumberColumn},
		{Label: v.Say("page.tariff.price"), Kind: ui.NumberColumn},
		{Label: v.Say("page.tariff.tax_rate"), Kind: ui.NumberColumn},
		{Label: amount, Kind: ui.AmountColumn},
	}}
	for i := range a.Lines {
		line := &a.Lines[i]
		quantity, price := "", ""
		if line.Quantity != nil {
			quantity = line.Quantity.French()
			if line.Unit != "" {
				quantity += ui.HardSpace + line.Unit
			}
			price = line.Price.French()
		}
		rate := line.TaxRate.French()
		switch {
		case line.Exempt:
			rate = v.Say("page.tariff.exempt")
		case line.Outside:
			rate = v.Say("page.tariff.outside_vat")
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: line.Label, Sub: joinedWords(line.Code, line.ThirdParty)}, {Text: quantity}, {Text: price}, {Text: rate}, {Text: ui.MoneyExact(line.Amount)},
		}})
	}
	if a.Explanation.Basis == HT {
		l.Totals = []ui.Cell{{Text: v.Say("field.net")}, {}, {}, {}, {Text: ui.MoneyExact(a.Net)}}
	} else {
		l.Totals = []ui.Cell{{Text: v.Say("page.tariff.total")}, {}, {}, {}, {Text: ui.MoneyExact(a.Total)}}
	}
	return v.Panel(ui.Panel{Title: v.Say("field.lines"), Body: v.Env.List(l), Flush: true})
}

// partPanels draw, for each charge by blocks, the volume that falls into them.
func (c *calculator) partPanels(e *Explanation, part int) g.Group {
	v := c.v
	var out g.Group
	p := &e.Parts[part]
	for i := range p.Charges {
		x := &p.Charges[i]
		if len(x.Blocks) == 0 {
			continue
		}
		split := ui.SplitBar{
			Title: joinedWords(v.Say("page.tariff.volume_by_block"), x.Label), Unit: x.Quantity.Unit,
			Heads: [2]string{v.Say("page.tariff.block"), v.Say("page.tariff.volume")},
		}
		for _, b := range x.Blocks {
			split.Parts = append(split.Parts, ui.SplitPart{
				Label: v.Say("page.tariff.block_n", "n", b.Block), Value: ui.ChartValue{N: int64(b.Quantity), Text: b.Quantity.French()},
			})
		}
		body := g.Group{}
		if steps, drawn := c.steps(e, p, x); drawn {
			body = append(body, v.StepChart(steps))
		}
		sub := ""
		if len(e.Parts) > 1 {
			sub = v.Say("page.tariff.part", "from", p.From, "to", p.To, "version", p.Version)
		}
		out = append(out, v.Panel(ui.Panel{Title: x.Label, Sub: sub, Body: append(body, v.SplitBar(split))}))
	}
	return out
}

// steps are all blocks of a charge with the quantity on them; false when the version
// shown is another one or its prices depend on an attribute.
func (c *calculator) steps(e *Explanation, p *PartExplained, x *ChargeExplained) (ui.StepChart, bool) {
	if c.version == nil || c.version.Code != p.Version {
		return ui.StepChart{}, false
	}
	var blocks []Block
	for i := range c.version.Charges {
		if g := &c.version.Charges[i]; g.Code == x.Code && g.Blocks != nil {
			blocks = c.chosen(g.Blocks)
		}
	}
	v := c.v
	unit := x.Quantity.Unit
	chart := ui.StepChart{
		Title: joinedWords(v.Say("page.tariff.price_by_block"), x.Label), Unit: perUnit(v, c.t, unit), Across: unit, Whole: x.Selective,
		Heads: [3]string{v.Say("page.tariff.block"), v.Say("page.tariff.up_to"), v.Say("page.tariff.price")},
		At:    &ui.ChartMark{Label: v.Say("field.quantity"), Value: ui.ChartValue{N: int64(x.Quantity.Value), Text: x.Quantity.Value.French()}},
	}
	for i := range blocks {
		k := &blocks[i]
		if k.Price.By != "" {
			return chart, false
		}
		chart.Steps = append(chart.Steps, ui.ChartStep{
			Label: v.Say("page.tariff.block_n", "n", i+1), UpTo: limitValue(widened(k.effective(), x.Scale)),
			Value: ui.ChartValue{N: int64(k.Price.Price), Text: k.Price.Price.French()},
		})
	}
	return chart, len(blocks) > 0
}

// chosen is the list of blocks for the attributes asked with.
func (c *calculator) chosen(b *Blocks) []Block {
	for b.By != "" {
		value := ""
		for i := range c.t.Attributes {
			if c.t.Attributes[i].Name == b.By {
				value = c.value(&c.t.Attributes[i])
			}
		}
		var next *Blocks
		for i := range b.Values {
			if b.Values[i].Value == value {
				next = &b.Values[i].Blocks
			}
		}
		if next == nil {
			return nil
		}
		b = next
	}
	return b.List
}

// widened is a limit times a scale, rounded half away from zero as the engine does;
// what does not fit is drawn at the greatest quantity.
func widened(limit *money.Quantity, scale []Named) *money.Quantity {
	if limit == nil {
		return nil
	}
	n, one := big.NewInt(int64(*limit)), big.NewInt(int64(thousandth))
	den := big.NewInt(1)
	for _, s := range scale {
		n.Mul(n, big.NewInt(int64(s.Value)))
		den.Mul(den, one)
	}
	half := new(big.Int).Rsh(den, 1)
	n.Div(n.Add(n, half), den)
	out := QuantityMax
	if n.IsInt64() && n.Int64() < int64(QuantityMax) {
		out = money.Quantity(n.Int64())
	}
	return &out
}

// sentences tell how the price comes about.
func (c *calculator) sentences(a *Answer) g.Node {
	return c.v.Panel(ui.Panel{
		Title: c.v.Say("field.sentences"), Body: h.Ol(h.Class("w-sentences"), g.Map(a.Sentences, func(s string) g.Node { return h.Li(g.Text(s)) })),
	})
}

// versions are those that priced the period, as bills refer to them.
func (c *calculator) versions(a *Answer) g.Node {
	v := c.v
	var facts []ui.Fact
	for _, r := range a.Versions {
		facts = append(facts, ui.Fact{Label: v.Say("page.tariff.version"), Value: r.Name, Href: versionHref(v, a.Explanation.Tariff, r.Name)},
			ui.Fact{Label: v.Say("page.tariff.hash"), Value: r.SHA256[:16], Code: true})
	}
	return v.Panel(ui.Panel{Title: v.Say("page.tariff.priced_by"), Body: v.Env.Facts(facts)})
}
