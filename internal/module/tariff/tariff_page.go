package tariff

import (
	"context"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// tariffPage is one tariff, or one table of rates: its versions over time.
func tariffPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	code := v.PathValue("code")
	rows, _, err := screen.Rows[VersionRow](ctx, v, "tariff.versions", versionsShown, "tariff", code)
	if err != nil {
		return ui.Page{}, err
	}
	if len(rows) == 0 {
		return ui.Page{}, fault.New(fault.NotFound, "tariff.unknown", "code", code)
	}
	l, err := v.List(ctx, "tariff.versions", screen.ListOptions{
		Columns: []string{"name", "valid_from", "valid_to", "status", "state", "file_name", "imported_at", "imported_by", "activated_at"},
		Fixed:   []string{"tariff", code}, Bare: true, Limit: versionsShown,
		Open: func(row any) string { return versionHref(v, code, row.(VersionRow).Name) },
		Cell: func(column string, row any) *ui.Cell { return versionCell(v, column, row.(VersionRow)) },
	})
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{
		v.Panel(ui.Panel{Title: v.Say("page.tariff.timeline"), Body: v.SpanChart(timeline(v, rows, false))}),
		v.Panel(ui.Panel{Title: v.Say("page.tariff.versions"), Body: v.Env.List(l), Flush: true}),
	}
	var actions []ui.Button
	if rows[0].Nature == NatureTariff {
		if bar := compareBar(v, code, rows); bar != nil {
			body = append(body, v.Panel(ui.Panel{Title: v.Say("page.tariff.compare"), Body: bar}))
		}
		if v.May("tariff.quote.explain") && current(rows) {
			actions = append(actions, ui.Button{Label: v.Say("page.tariff.quote"), Icon: ui.IconAdjust, Href: v.Href("/tariff/quote", "tariff", code)})
		}
	}
	if drafts := draftsOf(rows); len(drafts) > 0 && v.May("tariff.activate") {
		b := activateButton(v, v.Say("op.tariff.activate"), drafts)
		b.Primary = true
		actions = append(actions, b)
	}
	return ui.Page{
		Title: rows[len(rows)-1].Label, Code: code, Crumbs: crumbs(v, rows[len(rows)-1].Label, ""), Body: body, Actions: actions, Back: v.Href("/tariffs"),
		Sub: h.Span(g.Text(v.Say("enum.tariff_nature." + string(rows[0].Nature)))),
	}, nil
}

// current says whether one of the versions prices something.
func current(rows []VersionRow) bool {
	for _, r := range rows {
		if r.State == Active {
			return true
		}
	}
	return false
}

func draftsOf(rows []VersionRow) (out []VersionRow) {
	for _, r := range rows {
		if r.State == Draft {
			out = append(out, r)
		}
	}
	return out
}

// crumbs lead back to the list and to the tariff.
func crumbs(v *screen.View, label, code string) []ui.Link {
	all := []ui.Link{{Label: v.Say("page.tariff.list"), Href: v.Href("/tariffs")}}
	if code != "" {
		all = append(all, ui.Link{Label: code, Href: tariffHref(v, code)})
	}
	return append(all, ui.Link{Label: label})
}

// compareBar picks two versions; nil with fewer.
func compareBar(v *screen.View, code string, rows []VersionRow) g.Node {
	if len(rows) < 2 || !v.May("tariff.compare") {
		return nil
	}
	before, after := v.Query("before"), v.Query("after")
	if before == "" {
		before, after = rows[len(rows)-2].Name, rows[len(rows)-1].Name
	}
	var options []ui.Option
	for _, r := range rows {
		options = append(options, ui.Option{Value: r.Name, Label: r.Name + " (" + v.Say("enum.tariff_state."+string(r.State)) + ")"})
	}
	return v.Bar(screen.Bar{ID: "compare", Action: "/tariffs/" + code + "/compare", Submit: v.Say("page.tariff.compare_do"), Fields: []ui.Field{
		{Name: "before", Label: v.Say("field.tariff.compare.before"), Kind: ui.EnumField, Value: before, Options: options},
		{Name: "after", Label: v.Say("field.tariff.compare.after"), Kind: ui.EnumField, Value: after, Options: options},
	}})
}

// comparePage is two versions side by side.
func comparePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	code := v.PathValue("code")
	rows, _, err := screen.Rows[VersionRow](ctx, v, "tariff.versions", versionsShown, "tariff", code, "nature", string(NatureTariff))
	if err != nil {
		return ui.Page{}, err
	}
	before, after := v.Query("before"), v.Query("after")
	if before == "" && len(rows) > 1 {
		before, after = rows[len(rows)-2].Name, rows[len(rows)-1].Name
	}
	if before == "" || after == "" {
		empty := v.Env.Empty(ui.Empty{Icon: ui.IconAdjust, Title: v.Say("page.tariff.compare_empty")})
		return ui.Page{Body: empty, Crumbs: crumbs(v, v.Say("page.tariff.compare"), code)}, nil
	}
	c, err := screen.Fetch[Comparison](ctx, v, "tariff.compare", "code", code, "before", before, "after", after)
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{
		v.Panel(ui.Panel{Body: compareBar(v, code, rows)}),
		v.Columns("6-6", sidePanel(v, c.Before), sidePanel(v, c.After)),
		amountsPanel(v, &c),
		differencesPanel(v, &c),
	}
	return ui.Page{
		Title: v.Say("page.tariff.compare"), Code: code, Crumbs: crumbs(v, v.Say("page.tariff.compare"), code), Body: body, Back: tariffHref(v, code),
	}, nil
}

func sidePanel(v *screen.View, r VersionRow) g.Node {
	state := stateBadge(v, r.State)
	facts := []ui.Fact{{Label: v.Say("field.valid_from"), Value: r.ValidFrom.French()}}
	if !r.ValidTo.IsZero() {
		facts = append(facts, ui.Fact{Label: v.Say("field.ends_on"), Value: r.ValidTo.AddDays(-1).French()})
	}
	facts = append(facts, ui.Fact{Label: v.Say("field.status"), Node: v.Badge(statusBadge(v, r.Status))})
	return v.Panel(ui.Panel{
		Title: r.Name, Status: &state, Body: v.Env.Facts(facts), Links: []ui.Link{{Label: v.Say("page.tariff.read"), Href: versionHref(v, r.Tariff, r.Name)}},
		Foot: g.Text(v.Say("page.tariff.source", "source", r.Provenance)),
	})
}

// amountsPanel draws what typical quantities cost under both versions.
func amountsPanel(v *screen.View, c *Comparison) g.Node {
	if len(c.Amounts) == 0 {
		return v.Env.Notice(ui.Notice{Tone: ui.Waits, Text: v.Say("page.tariff.compare_unpriced")})
	}
	chart := ui.BarChart{
		Title: v.Say("page.tariff.compare_amounts"), Unit: v.Say("page.tariff.with_tax"), Head: v.Say("field.quantity"),
		Series: []string{c.Before.Name, c.After.Name},
	}
	l := ui.List{ID: "amounts", Caption: chart.Title, Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.quantity"), Kind: ui.NumberColumn},
		{Label: c.Before.Name, Kind: ui.AmountColumn},
		{Label: c.After.Name, Kind: ui.AmountColumn},
		{Label: v.Say("page.tariff.delta"), Kind: ui.AmountColumn},
	}}
	for _, a := range c.Amounts {
		quantity := a.Quantity.French() + ui.HardSpace + c.Unit
		chart.Bars = append(chart.Bars, ui.ChartBar{
			Label: a.Quantity.French(), Name: quantity, Values: []ui.ChartValue{totalValue(a.Before), totalValue(a.After)},
		})
		delta := ui.Cell{Text: ui.Dash}
		if a.Delta != nil {
			delta.Text = ui.MoneyExact(*a.Delta)
			if *a.Delta > 0 {
				delta.Text = "+" + delta.Text
			}
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: quantity}, totalCell(v, a.Before), totalCell(v, a.After), delta}})
	}
	rule := v.Say("page.tariff.compare_rule", "date", c.TaxDate)
	return v.Columns("8-4", v.Panel(ui.Panel{Title: chart.Title, Body: v.BarChart(chart), Foot: g.Text(rule)}),
		v.Panel(ui.Panel{Title: v.Say("page.tariff.delta"), Body: v.Env.List(l), Flush: true}))
}

func totalValue(p Cost) ui.ChartValue {
	if p.Total == nil {
		return ui.ChartValue{None: true}
	}
	return ui.ChartValue{N: int64(*p.Total), Text: p.Total.French()}
}

func totalCell(v *screen.View, p Cost) ui.Cell {
	if p.Total == nil {
		return ui.Cell{Text: v.Say("page.tariff.refused")}
	}
	return ui.Cell{Text: p.Total.French()}
}

// differencesPanel lists what the versions say differently.
func differencesPanel(v *screen.View, c *Comparison) g.Node {
	if len(c.Differences) == 0 {
		return v.Env.Notice(ui.Notice{Tone: ui.Settled, Text: v.Say("page.tariff.compare_same")})
	}
	l := ui.List{ID: "differences", Caption: v.Say("page.tariff.differences"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.tariff.charge")}, {Label: v.Say("page.tariff.aspect")}, {Label: c.Before.Name}, {Label: c.After.Name},
	}}
	for _, d := range c.Differences {
		charge := d.Label
		if d.Charge == "" {
			charge = v.Say("page.tariff.whole_version")
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: charge, Sub: d.Charge},
			{Text: aspectWords(v, d)},
			{Text: valueWords(v, d.Aspect, d.Before)},
			{Text: valueWords(v, d.Aspect, d.After), Tone: ui.Action},
		}})
	}
	return v.Panel(ui.Panel{Title: v.Say("page.tariff.differences"), Body: v.Env.List(l), Flush: true})
}
