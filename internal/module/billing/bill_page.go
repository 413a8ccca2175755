package billing

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/module/tariff"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// billPage is a bill as its customer sees it, beside how it was computed: the lines, the
// readings, the volume in the blocks, the sentences, the months before.
func billPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	account, id := v.PathValue("account"), v.PathValue("id")
	card, err := screen.Fetch[BillCard](ctx, v, "billing.bill.show", "account", account, "id", id)
	if err != nil {
		return ui.Page{}, err
	}
	shown := []string{"name", "contract_code", "point_address", "unit", "run", "category", "issued_on", "due_on", "tariff"}
	if card.Kind == KindCreditNote {
		shown = append(shown, "cancels_number", "reason")
	}
	facts, err := v.Facts(ctx, "billing.bill.show", card, shown...)
	if err != nil {
		return ui.Page{}, err
	}
	payments, err := paymentsPart(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	rest, err := leftFigure(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	left := g.Group{linesList(v, card), payments, readingsList(v, card), historyChart(v, card)}
	side := g.Group{v.Panel(ui.Panel{Title: v.Say("page.billing.bill"), Body: v.Env.Facts(facts)}), blocks(v, card)}
	if card.Kind == KindBill && v.May("billing.explain") {
		if told, err := screen.Fetch[Explained](ctx, v, "billing.explain", "number", card.Number); err == nil {
			side = append(side, v.Panel(ui.Panel{
				Title: v.Say("page.billing.explained"),
				Body:  h.Ol(h.Class("w-sentences"), g.Map(told.Sentences, func(s string) g.Node { return h.Li(g.Text(s)) })),
			}))
		}
	}
	actions := v.Document("billing.bill.print", ui.IconPrint, "account", account, "id", id)
	if card.Kind == KindBill && card.CancelledBy == 0 {
		actions = append(actions, v.Button("billing.bill.cancel", ui.IconBan, "account", account, "id", id)...)
	}
	title := v.Say("page.billing.bill")
	if card.Kind == KindCreditNote {
		title = v.Say("bill.paper.credit_note")
	}
	return ui.Page{
		Title: title, Code: card.Number, Sub: g.Text(card.Name), Back: v.Href("/billing/bills"), Actions: actions,
		Body:   g.Group{v.Env.Figures(card.Number, append(billFigures(v, card), rest...)), v.Columns("8-4", left, side)},
		Crumbs: []ui.Link{{Label: v.Say("page.billing.bills"), Href: v.Href("/billing/bills")}, {Label: card.Number, Code: true}},
	}, nil
}

// billFigures are what one looks for first.
func billFigures(v *screen.View, card BillCard) []ui.Figure {
	unit := v.Say("unit.dh")
	return []ui.Figure{
		{Label: v.Say("field.total"), Value: ui.MoneyExact(card.Total), Unit: unit},
		{Label: v.Say("field.quantity"), Value: card.Quantity.French(), Unit: measure(v, card.Measure)},
		{Label: v.Say("field.net"), Value: ui.MoneyExact(card.Net), Unit: unit},
		{Label: v.Say("field.tax"), Value: ui.MoneyExact(card.Tax), Unit: unit},
		{Label: v.Say("page.billing.before"), Value: ui.MoneyExact(card.Before), Unit: unit},
	}
}

// measure is a unit as people write it.
func measure(v *screen.View, code string) string {
	if code == "m3" {
		return v.Say("unit.service.water")
	}
	return code
}

func linesList(v *screen.View, card BillCard) g.Node {
	l := ui.List{ID: "lines", Columns: []ui.Column{
		{Label: v.Say("field.line")},
		{Label: v.Say("field.quantity"), Kind: ui.NumberColumn},
		{Label: v.Say("bill.paper.price"), Kind: ui.NumberColumn},
		{Label: v.Say("field.amount"), Kind: ui.NumberColumn},
	}}
	for _, line := range card.Lines {
		quantity, price := ui.Dash, ui.Dash
		if line.Quantity != nil {
			quantity, price = line.Quantity.French(), line.Price.French()
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: inBlock(v, line.Label, line.Block), Sub: line.Code}, {Text: quantity}, {Text: price}, {Text: line.Amount.French()},
		}})
	}
	key := "page.billing.vat_of"
	if card.Basis == tariff.TTC {
		key = "page.billing.vat_within"
	}
	for _, t := range card.Taxes {
		if t.Amount != 0 {
			l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
				{Text: v.Say(key, "rate", t.Rate, "base", t.Base)}, {Text: ui.Dash}, {Text: ui.Dash}, {Text: t.Amount.French()},
			}})
		}
	}
	l.Totals = []ui.Cell{{Text: v.Say("page.billing.total")}, {}, {}, {Text: ui.MoneyExact(card.Total)}}
	l.Bare, l.Caption = true, v.Say("page.billing.lines")
	return v.Panel(ui.Panel{Title: v.Say("page.billing.lines"), Body: v.Env.List(l), Flush: true})
}

// readingsList are the indexes the quantity comes from; nil without any.
func readingsList(v *screen.View, card BillCard) g.Node {
	if len(card.Readings) == 0 {
		return nil
	}
	l := ui.List{ID: "readings", Bare: true, Caption: v.Say("page.billing.readings"), Columns: []ui.Column{
		{Label: v.Say("bill.paper.meter")},
		{Label: v.Say("bill.paper.old_index"), Kind: ui.NumberColumn},
		{Label: v.Say("bill.paper.new_index"), Kind: ui.NumberColumn},
		{Label: v.Say("bill.paper.coefficient"), Kind: ui.NumberColumn},
	}}
	for _, r := range card.Readings {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: r.Meter},
			{Text: r.Old.French(), Sub: r.From.French() + ", " + v.Say("enum.reading_kind."+r.OldKind)},
			{Text: r.New.French(), Sub: r.To.French() + ", " + v.Say("enum.reading_kind."+r.NewKind)},
			{Text: r.Coefficient.French()},
		}})
	}
	return v.Panel(ui.Panel{Title: v.Say("page.billing.readings"), Body: v.Env.List(l), Flush: true})
}

// historyChart draws what was consumed in the months up to the bill's.
func historyChart(v *screen.View, card BillCard) g.Node {
	if len(card.History) == 0 {
		return nil
	}
	chart := ui.BarChart{
		Title: v.Say("page.billing.history"), Unit: measure(v, card.Measure), Head: v.Say("field.month"), Series: []string{v.Say("field.quantity")},
		Highlight: v.Say("page.billing.this_month"),
	}
	for _, q := range card.History {
		_, month, _ := q.Month.Civil()
		chart.Bars = append(chart.Bars, ui.ChartBar{
			Label: v.Say("bill.paper.month."+strconv.Itoa(int(month)), "year", strconv.Itoa(q.Month.Year()%100)), Name: q.Month.French()[3:],
			Values: []ui.ChartValue{{N: int64(q.Quantity), Text: q.Quantity.French()}}, Marked: q.Month == monthOf(card.To),
		})
	}
	return v.Panel(ui.Panel{Title: v.Say("page.billing.history"), Sub: measure(v, card.Measure), Body: v.BarChart(chart)})
}

// blocks shows for each charge how the volume falls into its blocks; nil when none has any.
func blocks(v *screen.View, card BillCard) g.Node {
	var bars []ui.SplitBar
	for _, line := range card.Lines {
		if line.Block == 0 || line.Quantity == nil {
			continue
		}
		if n := len(bars); n == 0 || bars[n-1].Title != line.Label {
			bars = append(bars, ui.SplitBar{
				Title: line.Label, Unit: measure(v, card.Measure), Heads: [2]string{v.Say("field.line"), v.Say("field.quantity")},
			})
		}
		bar := &bars[len(bars)-1]
		bar.Parts = append(bar.Parts, ui.SplitPart{
			Label: v.Say("bill.paper.block", "n", op.ID(line.Block).String()), Value: ui.ChartValue{N: int64(*line.Quantity), Text: line.Quantity.French()},
		})
	}
	if len(bars) == 0 {
		return nil
	}
	body := g.Group{}
	for _, bar := range bars {
		body = append(body, h.P(h.Class("w-sub"), g.Text(bar.Title)), v.SplitBar(bar))
	}
	return v.Panel(ui.Panel{Title: v.Say("page.billing.blocks"), Body: body})
}
