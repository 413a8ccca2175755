package tariff

import (
	"context"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// versionPage is one version as a manager reads it.
func versionPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	return readVersion(ctx, v, v.PathValue("code"), v.PathValue("name"))
}

// versionByIDPage is the same, found by the id that audit rows and bills hold.
func versionByIDPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	id := idIn(v)
	label, err := v.Label(ctx, "tariff_version", id)
	if err != nil {
		return ui.Page{}, err
	}
	code, name, found := strings.Cut(label, " ") // codes hold no space
	if !found {
		return ui.Page{}, fault.New(fault.NotFound, "tariff.version_unknown")
	}
	return readVersion(ctx, v, code, name)
}

// reader puts one version into words.
type versionReader struct {
	v    *screen.View
	card Card
	// t and version are nil for a table of rates, which is table.
	t       *Tariff
	version *Version
	table   *VATTable
}

func readVersion(ctx context.Context, v *screen.View, code, name string) (ui.Page, error) {
	card, err := screen.Fetch[Card](ctx, v, "tariff.show", "code", code, "name", name)
	if err != nil {
		return ui.Page{}, err
	}
	f, problems := Parse(card.label(), []byte(card.YAML))
	if len(problems) > 0 {
		return ui.Page{}, fault.New(fault.Precondition, "tariff.stored_unreadable", "label", card.label())
	}
	r := versionReader{v: v, card: card}
	var left g.Group
	if card.Nature == NatureVAT {
		r.table = &f.VAT[0]
		left = r.rates()
	} else {
		r.t = &f.Tariffs[0]
		r.version = &r.t.Versions[0]
		left = r.charges()
	}
	history, err := r.history(ctx)
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{}
	if card.Status == Example {
		body = append(body, v.Env.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say("page.tariff.example"), Text: v.Say("page.tariff.example.text")}))
	}
	body = append(body, v.Columns("8-4", left, g.Group{r.identity(), r.attributes(), r.texts(), history}))
	state := stateBadge(v, card.State)
	return ui.Page{
		Title: card.Label, Code: card.Tariff + " " + card.Name, Sub: v.Badge(state), Crumbs: crumbs(v, card.Name, card.Tariff), Body: body,
		Actions: r.actions(), Back: tariffHref(v, card.Tariff),
	}, nil
}

// actions are what may be done with a version.
func (r versionReader) actions() []ui.Button {
	id := r.card.ID.String()
	switch r.card.State {
	case Draft:
		all := r.v.Button("tariff.discard", ui.IconTrash, "id", id, "version", op.ID(r.card.Version).String())
		if r.v.May("tariff.activate") {
			b := activateButton(r.v, r.v.Say("op.tariff.activate"), []VersionRow{r.card.VersionRow})
			b.Primary = true
			all = append(all, b)
		}
		return all
	case Active:
		all := r.v.Button("tariff.withdraw", ui.IconBan, "id", id, "version", op.ID(r.card.Version).String())
		if r.t != nil && r.v.May("tariff.quote.explain") {
			href := r.v.Href("/tariff/quote", "tariff", r.card.Tariff)
			all = append(all, ui.Button{Label: r.v.Say("page.tariff.quote"), Icon: ui.IconAdjust, Href: href, Primary: true})
		}
		return all
	}
	return nil
}

// identity is what holds of the whole version.
func (r versionReader) identity() g.Node {
	v, c := r.v, r.card
	facts := []ui.Fact{{Label: v.Say("field.valid_from"), Value: c.ValidFrom.French()}}
	end := c.EndsOn.French()
	if end == "" && !c.ValidTo.IsZero() {
		end = c.ValidTo.AddDays(-1).French()
	}
	if end == "" {
		end = v.Say("page.tariff.no_end")
	}
	if r.t != nil {
		facts = append(facts, ui.Fact{Label: v.Say("field.ends_on"), Value: end},
			ui.Fact{Label: v.Say("field.status"), Node: v.Badge(statusBadge(v, c.Status))},
			ui.Fact{Label: v.Say("field.service"), Value: v.Say("enum.tariff_service." + string(r.t.Service))},
			ui.Fact{Label: v.Say("field.measured_in"), Value: r.t.Unit},
			ui.Fact{Label: v.Say("page.tariff.basis"), Value: word(v, "page.tariff.basis.", strings.ToLower(string(r.version.Basis)))},
			ui.Fact{Label: v.Say("page.tariff.rounding"), Value: word(v, "page.tariff.rounding.", string(r.version.Rounding))},
			ui.Fact{Label: v.Say("page.tariff.prorata"), Value: word(v, "page.tariff.prorata.", strings.ReplaceAll(string(r.version.Prorata), "/", "_"))},
			ui.Fact{Label: v.Say("page.tariff.on_change"), Value: word(v, "page.tariff.on_change.", string(r.version.OnChange))})
		if r.t.VATTable != "" {
			facts = append(facts, ui.Fact{Label: v.Say("enum.tariff_nature.vat"), Value: r.t.VATTable, Href: tariffHref(v, r.t.VATTable), Code: true})
		}
	}
	facts = append(facts, ui.Fact{Label: v.Say("field.file_name"), Value: c.FileName})
	facts = append(facts, ui.Fact{Label: v.Say("page.tariff.hash"), Node: v.Copyable(c.SHA256[:16], v.Say("page.tariff.copy_hash"))})
	p := ui.Panel{Title: v.Say("page.tariff.identity"), Body: v.Env.Facts(facts)}
	if c.Provenance != "" {
		p.Foot = g.Text(v.Say("page.tariff.source", "source", c.Provenance))
	}
	return v.Panel(p)
}

// history is what happened to the version, the latest first. An operation moves several
// versions at once; the audit files it under one of them, so this comes from the row.
func (r versionReader) history(ctx context.Context) (g.Node, error) {
	who, err := r.v.Label(ctx, "user", r.card.ImportedBy)
	if err != nil {
		return nil, err
	}
	events := []ui.Event{{At: r.card.ImportedAt, Title: r.v.Say("op.tariff.import"), Who: who, Icon: ui.IconImport}}
	if !r.card.ActivatedAt.IsZero() {
		events = append([]ui.Event{{At: r.card.ActivatedAt, Title: r.v.Say("op.tariff.activate"), Tone: ui.Settled}}, events...)
	}
	if !r.card.EndedAt.IsZero() {
		events = append([]ui.Event{{At: r.card.EndedAt, Title: r.v.Say("enum.tariff_state." + string(r.card.State)), Icon: ui.IconHistory}}, events...)
	}
	return r.v.Panel(ui.Panel{Title: r.v.Say("audit.history"), Body: r.v.Timeline(events)}), nil
}

// attributes are what a request must or may say.
func (r versionReader) attributes() g.Node {
	if r.t == nil || len(r.t.Attributes) == 0 {
		return nil
	}
	facts := make([]ui.Fact, 0, len(r.t.Attributes))
	for i := range r.t.Attributes {
		a := &r.t.Attributes[i]
		facts = append(facts, ui.Fact{Label: orText(a.Label, a.Name), Value: r.attributeWords(a)})
	}
	return r.v.Panel(ui.Panel{Title: r.v.Say("field.attributes"), Sub: r.v.Say("page.tariff.attributes.sub"), Body: r.v.Env.Facts(facts)})
}

func (r versionReader) attributeWords(a *Attribute) string {
	values := r.v.Say("page.tariff.between", "min", a.Min, "max", a.Max)
	if a.Type == Choice {
		var all []string
		for _, value := range a.Values {
			all = append(all, a.labelOf(value))
		}
		values = strings.Join(all, ", ")
	} else if a.Max == QuantityMax {
		values = r.v.Say("page.tariff.at_least", "min", a.Min)
	}
	if a.Default == nil {
		return values
	}
	return joinedWords(values, r.v.Say("page.tariff.default", "value", a.labelOf(*a.Default)))
}

// labelOf is what people call a value.
func (a *Attribute) labelOf(value string) string {
	for i, v := range a.Values {
		if v == value && i < len(a.Labels) {
			return a.Labels[i]
		}
	}
	return value
}

// texts are the version as text and the file as handed in.
func (r versionReader) texts() g.Node {
	v := r.v
	text := func(title, content string) g.Node {
		return h.Details(h.Summary(h.Class("w-ink-action"), g.Text(title)), h.Pre(h.TabIndex("0"), h.Aria("label", title), g.Text(content)))
	}
	return v.Panel(ui.Panel{
		Title: v.Say("page.tariff.texts"), Body: g.Group{text(v.Say("page.tariff.canonical"), r.card.YAML), text(v.Say("field.handed"), r.card.Handed)},
	})
}

// rates are the rates of a table, by component.
func (r versionReader) rates() g.Group {
	v := r.v
	var out g.Group
	for i := range r.table.Components {
		c := &r.table.Components[i]
		l := ui.List{ID: "rates-" + c.Code, Caption: orText(c.Label, c.Code), Bare: true, Columns: []ui.Column{
			{Label: v.Say("field.valid_from"), Kind: ui.DateColumn},
			{Label: v.Say("page.tariff.use")},
			{Label: v.Say("page.tariff.rate"), Kind: ui.NumberColumn},
			{Label: v.Say("field.provenance")},
		}}
		for _, rate := range c.Rates {
			value := rate.Rate.French()
			if rate.Exempt {
				value = v.Say("page.tariff.exempt")
			}
			use := rate.Use
			switch {
			case use == "" && c.told():
				use = v.Say("page.tariff.other_uses")
			case use == "":
				use = v.Say("page.tariff.every_use")
			}
			l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: rate.From.French()}, {Text: use}, {Text: value}, {Text: rate.Source}}})
		}
		out = append(out, v.Panel(ui.Panel{Title: orText(c.Label, c.Code), Sub: c.Code, Body: v.Env.List(l), Flush: true}))
	}
	return out
}

// told says whether a component tells uses apart.
func (c *Component) told() bool {
	return slices.ContainsFunc(c.Rates, func(r VATRate) bool { return r.Use != "" })
}

// charges are the charges of a version and the quantities derived for them.
func (r versionReader) charges() g.Group {
	var out g.Group
	for i := range r.version.Charges {
		out = append(out, r.charge(i))
	}
	if len(r.version.Quantities) == 0 {
		return out
	}
	var facts []ui.Fact
	for i := range r.version.Quantities {
		d := &r.version.Quantities[i]
		facts = append(facts, ui.Fact{Label: orText(d.Label, d.Name), Value: r.derivedWords(d)})
	}
	return append(out, r.v.Panel(ui.Panel{Title: r.v.Say("page.tariff.quantities"), Body: r.v.Env.Facts(facts)}))
}

// derivedWords write a derived quantity as a formula.
func (r versionReader) derivedWords(d *Derived) string {
	var terms []string
	for _, t := range d.Terms {
		factors := []string{strings.ReplaceAll(t.Factor.String(), ".", ",")}
		for _, name := range t.Of {
			factors = append(factors, r.named(name))
		}
		terms = append(terms, strings.Join(factors, " × "))
	}
	return strings.Join(terms, " + ")
}

// named is what people call a quantity.
func (r versionReader) named(name string) string {
	switch name {
	case NameQuantity, NameMonths, NameDays:
		return word(r.v, "page.tariff.name.", name)
	}
	for i := range r.t.Attributes {
		if a := &r.t.Attributes[i]; a.Name == name {
			return orText(strings.ToLower(a.Label), name)
		}
	}
	for i := range r.version.Quantities {
		if d := &r.version.Quantities[i]; d.Name == name {
			return orText(strings.ToLower(d.Label), name)
		}
	}
	return name
}

// times are the names of a scale as a product; empty without.
func (r versionReader) times(scale []string) string {
	var all []string
	for _, name := range scale {
		all = append(all, r.named(name))
	}
	return strings.Join(all, " × ")
}

// limitValue is a limit on a chart.
func limitValue(q *money.Quantity) ui.ChartValue {
	if q == nil {
		return ui.ChartValue{None: true}
	}
	return ui.ChartValue{N: int64(*q), Text: q.French()}
}
