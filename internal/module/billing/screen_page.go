package billing

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Screens are the pages of billing (DRI-02, AG-13).
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Billing, Title: title, Menu: menu, Right: right, Render: render}
	}
	run := page(0, "/billing/runs/{id}", "page.billing.run", "billing.run.show", runPage)
	run.Record = "billing_run"
	advance := page(0, "/billing/runs/{id}/progress", "page.billing.run", "billing.run.show", progressFragment)
	advance.Fragment = true
	return []screen.Screen{
		advance,
		page(10, "/billing/runs", "page.billing.runs", "billing.run.list", runsPage), run,
		page(11, "/billing/exceptions", "page.billing.exceptions", "billing.exception.list", exceptionsPage),
		page(0, "/billing/exceptions/mass", "page.billing.mass", "billing.exception.preview", massPage),
		page(13, "/billing/prints", "page.billing.prints", "billing.print.list", printsPage),
		page(12, "/billing/bills", "page.billing.bills", "billing.bill.list", billsPage),
		page(0, "/billing/bills/{account}/{id}", "page.billing.bill", "billing.bill.show", billPage),
	}
}

func billHref(v *screen.View, b Bill) string {
	return v.Href("/billing/bills/" + b.Account.String() + "/" + b.ID.String())
}

// runsPage is the board of runs.
func runsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "billing.run.list", screen.ListOptions{
		Columns: []string{"code", "unit", "from_month", "state", "due", "missing", "bills", "total", "issued_on"}, Record: "billing_run",
		Cell: runCell(v), Empty: runsEmpty(v),
	})
	if err != nil {
		return ui.Page{}, err
	}
	actions := v.Button("billing.run.prepare", ui.IconPlus)
	for i := range actions {
		actions[i].Primary = true
	}
	under, err := underWay(ctx, v)
	return ui.Page{Title: v.Say("page.billing.runs"), Body: g.Group{under, v.Env.List(l)}, Actions: actions}, err
}

// runPage is one run: where it stands, what it came to by block, what waits.
func runPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	id := v.PathValue("id")
	card, err := screen.Fetch[RunCard](ctx, v, "billing.run.show", "id", id)
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "billing.run.show", card, append(ratedColumn(card),
		"unit", "issued_on", "due_on", "due", "missing", "net", "tax", "chunks", "chunks_issued", "prepared_by", "approved_by", "sha256")...)
	if err != nil {
		return ui.Page{}, err
	}
	facts = append([]ui.Fact{{Label: v.Say("page.billing.period"), Value: v.Months(card.FromMonth, card.ToMonth)}}, facts...)
	comparison, err := comparisonPart(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	totals, err := totalsList(v, card.Totals)
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{progressPanel(v, card.Run, card.Progress), comparison, totals}
	if v.May("billing.exception.list") {
		l, err := v.List(ctx, "billing.exception.list", screen.ListOptions{
			Fixed: []string{"run", id}, Bare: true, Limit: exceptionsShown, Columns: []string{"severity", "rule", "contract_code", "amount", "state"},
			Cell: exceptionCell(v), Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.billing.exceptions_none")},
		})
		if err != nil {
			return ui.Page{}, err
		}
		body = append(body, v.Panel(ui.Panel{Title: v.Say("page.billing.exceptions"), Body: v.Env.List(l), Flush: true}))
	}
	history, err := v.History(ctx, "billing_run", card.ID)
	return ui.Page{
		Title: v.Say("page.billing.run"), Code: card.Code, Sub: v.Badge(*runStatus(v, card.State)), Back: v.Href("/billing/runs"),
		Body: g.Group{
			v.Env.Figures(card.Code, runFigures(v, &card)),
			v.Columns("8-4", append(body, history), v.Panel(ui.Panel{Title: v.Say("page.billing.run"), Body: v.Env.Facts(facts)})),
		},
		Actions: runActions(v, card),
		Crumbs:  []ui.Link{{Label: v.Say("page.billing.runs"), Href: v.Href("/billing/runs")}, {Label: card.Code, Code: true}},
	}, err
}

// runFigures are what one looks for first in a run.
func runFigures(v *screen.View, card *RunCard) []ui.Figure {
	waits := ui.Figure{Label: v.Say("page.billing.exceptions"), Value: ui.Count(card.Blocking + card.Warnings)}
	if card.Blocking+card.Warnings > 0 && v.May("billing.exception.list") {
		waits.Href = v.Href("/billing/exceptions", "run", card.ID.String())
		waits.Sub = v.Say("page.billing.blocking_of", "count", card.Blocking)
	}
	return []ui.Figure{
		{Label: v.Say("page.billing.period"), Value: v.Months(card.FromMonth, card.ToMonth)},
		{Label: v.Say("field.bills"), Value: ui.Count(card.Bills), Sub: v.Say("page.billing.due_of", "count", card.Due)},
		{Label: v.Say("field.total"), Value: ui.MoneyExact(card.Total), Unit: v.Say("unit.dh")},
		waits,
	}
}

// ratedColumn says which services have the VAT rate of the day of the bill, when some do.
func ratedColumn(card RunCard) []string {
	if len(card.RatedAtIssue) == 0 {
		return nil
	}
	return []string{"rated_at_issue"}
}

// exceptionsShown bounds the exceptions on the page of a run; its own page has all.
const exceptionsShown = 30

// runActions are the next steps of a run.
func runActions(v *screen.View, card RunCard) (all []ui.Button) {
	id := card.ID.String()
	switch card.State {
	case Prepared, Computing:
		all = v.Button("billing.run.compute", ui.IconRefresh, "id", id)
	case Computed:
		all = v.Button("billing.run.approve", ui.IconCheck, "id", id, "sha256", card.SHA256)
	case Approved, Issuing:
		all = v.Button("billing.run.issue", ui.IconInvoice, "id", id)
	case Issued:
		all = v.Button("billing.recompute", ui.IconRefresh, "run", id)
	}
	for i := range all {
		all[i].Primary = true
	}
	if card.State == Issued {
		all = append(v.Button(PrintJob, ui.IconPrint, "id", id), all...)
	}
	if inState(card.State, Prepared, Computing, Computed, Approved) == nil {
		all = append(v.Button("billing.run.cancel", ui.IconBan, "id", id, "version", op.ID(card.Version).String()), all...)
	}
	return all
}

// overUnits adds the totals of the units of a run up, in the order of their lines.
func overUnits(totals []Line) (out []Line, err error) {
	for _, t := range totals {
		at, found := slices.BinarySearchFunc(out, t, func(a, b Line) int {
			return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Line, b.Line))
		})
		if !found {
			out = slices.Insert(out, at, t)
			continue
		}
		have := &out[at]
		have.Bills += t.Bills
		if have.Quantity, err = money.Add(have.Quantity, t.Quantity); err != nil {
			return nil, err
		}
		if have.Amount, err = have.Amount.Add(t.Amount); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// totalsList is what a run came to by category and block: the words of the tariff, then
// the code that files have. A service and a category are said once.
func totalsList(v *screen.View, totals []Line) (g.Node, error) {
	l := ui.List{ID: "totals", Bare: true, Caption: v.Say("page.billing.totals"), Columns: []ui.Column{
		{Label: v.Say("page.billing.comparison.of")},
		{Label: v.Say("field.line")},
		{Label: v.Say("field.code"), Kind: ui.CodeColumn, Optional: true},
		{Label: v.Say("field.bills"), Kind: ui.NumberColumn},
		{Label: v.Say("field.quantity"), Kind: ui.NumberColumn, Optional: true},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconInvoice, Title: v.Say("page.billing.totals_empty")}}
	all, err := overUnits(totals)
	for i, t := range all {
		quantity, of := t.Quantity.French(), ui.Cell{}
		if strings.HasPrefix(t.Line, taxLine) {
			quantity = ui.Dash
		}
		if i == 0 || all[i-1].Service != t.Service || all[i-1].Category != t.Category {
			of = ui.Cell{Text: v.Say("enum.ledger_service." + t.Service), Sub: t.Category}
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			of,
			{Text: lineName(v, &all[i])},
			{Text: t.Line},
			{Text: ui.Number(t.Bills)},
			{Text: quantity},
			{Text: ui.MoneyExact(t.Amount)},
		}})
	}
	if len(all) > 0 {
		l.Note = v.Say("page.billing.totals.note")
	}
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true}), err
}

// lineName is a total in words: a tax by its rate, a charge as its tariff names it with
// the number of its block.
func lineName(v *screen.View, l *Line) string {
	if text, ok := strings.CutPrefix(l.Line, taxLine); ok {
		if rate, err := money.ParseRate(text); err == nil {
			return v.Say("page.billing.vat", "rate", rate)
		}
	}
	charge, block := blockOf(l.Line)
	if l.Label != "" {
		charge = l.Label
	}
	return inBlock(v, charge, block)
}

// inBlock is a charge with the number of its block; 0 is none.
func inBlock(v *screen.View, label string, block int) string {
	if block == 0 {
		return label
	}
	return v.Say("page.billing.block_of", "label", label, "n", strconv.Itoa(block))
}

// exceptionCell leads from an exception that waits to its evidence.
func exceptionCell(v *screen.View) func(string, any) *ui.Cell {
	return func(column string, row any) *ui.Cell {
		e, ok := row.(Exception)
		if !ok || column != "state" || !e.waits() || !v.May("billing.exception.decide") {
			return nil
		}
		return &ui.Cell{
			Text: v.Say("op.billing.exception.decide"), Href: v.Href("/billing/exceptions", "run", e.Run.String(), "at", exceptionAt(&e)),
		}
	}
}

func billsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "billing.bill.list", screen.ListOptions{
		Hide: []string{"accounts"}, Columns: []string{"number", "kind", "contract_code", "category", "from", "to", "quantity", "total", "issued_on", "due_on"},
		Open: func(row any) string {
			b, _ := row.(Bill)
			return billHref(v, b)
		},
	})
	return ui.Page{Title: v.Say("page.billing.bills"), Body: v.Env.List(l)}, err
}
