package billing

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// noticed is the change, up or down, from which on a figure is tinted: 20 %.
const noticed money.Rate = 2_000

// comparisonPart is a run beside the three periods before it; nil before it is computed.
func comparisonPart(ctx context.Context, v *screen.View, card RunCard) (g.Node, error) {
	if inState(card.State, Computed, Approved, Issuing, Issued) != nil || !v.May("billing.run.compare") {
		return nil, nil
	}
	c, err := screen.Fetch[RunComparison](ctx, v, "billing.run.compare", "id", card.ID.String())
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "comparison", Bare: true, Caption: v.Say("page.billing.comparison"), Columns: []ui.Column{
		{Label: v.Say("page.billing.comparison.of")}, {Label: v.Say("page.billing.comparison.measure")},
	}, Empty: &ui.Empty{Icon: ui.IconInvoice, Title: v.Say("error.billing.no_bills")}}
	known := 0
	for i := len(c.Periods) - 1; i >= 0; i-- {
		l.Columns = append(l.Columns, ui.Column{Label: monthsWord(c.Periods[i].From, c.Periods[i].To), Kind: ui.NumberColumn, Optional: i > 0})
		if c.Periods[i].Known {
			known++
		}
	}
	l.Columns = append(l.Columns, ui.Column{Label: v.Say("page.billing.comparison.now"), Kind: ui.NumberColumn},
		ui.Column{Label: v.Say("page.billing.comparison.change"), Kind: ui.NumberColumn})
	for i := range c.Rows {
		if onlyCategory(c.Rows, i) {
			continue
		}
		l.Rows = append(l.Rows, comparedRows(v, &c, &c.Rows[i])...)
	}
	l.Note = v.Say("page.billing.comparison.note")
	if known == 0 {
		l.Note = v.Say("page.billing.comparison.none")
	}
	return v.Panel(ui.Panel{Title: l.Caption, Sub: v.Say("page.billing.comparison.sub"), Body: v.Env.List(l), Flush: true}), nil
}

// onlyCategory says that a service as a whole is followed by one category alone, which
// says the same.
func onlyCategory(rows []Compared, i int) bool {
	same := func(k int) bool { return k < len(rows) && rows[k].Service == rows[i].Service }
	return rows[i].Category == "" && same(i+1) && !same(i+2)
}

// monthsWord is a period of months on one line.
func monthsWord(from, to day.Date) string {
	const monthAt = 3 // 01/11/2025
	if from == to {
		return from.French()[monthAt:]
	}
	return from.French()[monthAt:] + ui.HardSpace + "–" + ui.HardSpace + to.French()[monthAt:]
}

// measureRow is one measure of figures: its words, its change, how it is written.
type measureRow struct {
	label string
	rate  *money.Rate
	of    func(Figures) string
}

// comparedRows are the five measures of a service or one of its categories.
func comparedRows(v *screen.View, c *RunComparison, row *Compared) (rows []ui.Row) {
	name, sub := v.Say("enum.ledger_service."+row.Service), v.Say("page.billing.comparison.whole")
	if row.Category != "" {
		sub = v.Say("field.category") + " " + row.Category
	}
	unit := v.Say("unit.service." + row.Service)
	for i, m := range []measureRow{
		{v.Say("field.bills"), row.Change.Bills, func(f Figures) string { return ui.Number(f.Bills) }},
		{v.Say("field.quantity") + " (" + unit + ")", row.Change.Quantity, func(f Figures) string { return f.Quantity.French() }},
		{v.Say("field.net"), row.Change.Net, func(f Figures) string { return ui.MoneyExact(f.Net) }},
		{v.Say("field.tax"), row.Change.Tax, func(f Figures) string { return ui.MoneyExact(f.Tax) }},
		{v.Say("field.total"), row.Change.Total, func(f Figures) string { return ui.MoneyExact(f.Total) }},
	} {
		r := ui.Row{Cells: []ui.Cell{{}, {Text: m.label}}}
		if i == 0 {
			r.Cells[0] = ui.Cell{Text: name, Sub: sub}
		}
		for k := len(c.Periods) - 1; k >= 0; k-- {
			cell := ui.Cell{Text: ui.Dash}
			if c.Periods[k].Known {
				cell.Text = m.of(row.Before[k])
			}
			r.Cells = append(r.Cells, cell)
		}
		rows = append(rows, ui.Row{Cells: append(r.Cells, ui.Cell{Text: m.of(row.Now)}, changeCell(m.rate))})
	}
	return rows
}

// changeCell is a change with its sign, tinted when it is large.
func changeCell(rate *money.Rate) ui.Cell {
	if rate == nil {
		return ui.Cell{Text: ui.Dash}
	}
	cell := ui.Cell{Text: rate.French()}
	if *rate > 0 {
		cell.Text = "+" + cell.Text
	}
	if *rate >= noticed || *rate <= -noticed {
		cell.Tone = ui.Waits
	}
	return cell
}
