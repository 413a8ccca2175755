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
		Columns: []string{"code", "unit", "from_month", "to_month", "state", "due", "missing", "bills", "total", "issued_on"}, Record: "billing_run",
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
		"unit", "from_month", "to_month", "issued_on", "due_on", "due", "missing", "bills", "net", "tax", "total", "blocking", "warnings", "chunks",
		"chunks_issued", "prepared_by", "approved_by", "sha256")...)
	if err != nil {
		return ui.Page{}, err
	}
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
		Title: v.Say("page.billing.run"), Code: card.Code, Sub: g.Text(v.Say("enum.billing_run_state." + string(card.State))), Back: v.Href("/billing/runs"),
		Body:    v.Columns("8-4", append(body, history), v.Panel(ui.Panel{Title: v.Say("page.billing.run"), Body: v.Env.Facts(facts)})),
		Actions: runActions(v, card),
		Crumbs:  []ui.Link{{Label: v.Say("page.billing.runs"), Href: v.Href("/billing/runs")}, {Label: card.Code, Code: true}},
	}, err
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

// blockTotal is a line of the totals of a run over its units.
type blockTotal struct {
	Line
	quantity money.Quantity
	amount   money.Amount
}

// overUnits adds the totals of the units of a run up, in the order of their lines.
func overUnits(totals []Line) (out []blockTotal, err error) {
	for _, t := range totals {
		var b blockTotal
		if b.quantity, err = money.ParseQuantity(t.Quantity); err != nil {
			return nil, err
		}
		if b.amount, err = money.ParseAmount(t.Amount); err != nil {
			return nil, err
		}
		b.Line = t
		at, found := slices.BinarySearchFunc(out, b, func(a, b blockTotal) int {
			return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Line.Line, b.Line.Line))
		})
		if !found {
			out = slices.Insert(out, at, b)
			continue
		}
		have := &out[at]
		have.Bills += b.Bills
		if have.quantity, err = money.Add(have.quantity, b.quantity); err != nil {
			return nil, err
		}
		if have.amount, err = have.amount.Add(b.amount); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// totalsList is what a run came to by category and block.
func totalsList(v *screen.View, totals []Line) (g.Node, error) {
	l := ui.List{ID: "totals", Bare: true, Caption: v.Say("page.billing.totals"), Columns: []ui.Column{
		{Label: v.Say("field.service")},
		{Label: v.Say("field.category")},
		{Label: v.Say("field.line")},
		{Label: v.Say("field.bills"), Kind: ui.NumberColumn},
		{Label: v.Say("field.quantity"), Kind: ui.NumberColumn, Optional: true},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconInvoice, Title: v.Say("page.billing.totals_empty")}}
	all, err := overUnits(totals)
	for _, t := range all {
		quantity := t.quantity.French()
		if strings.HasPrefix(t.Line.Line, taxLine) {
			quantity = ui.Dash
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: v.Say("enum.ledger_service." + t.Service)},
			{Text: t.Category},
			{Text: lineName(v, t.Line.Line)},
			{Text: ui.Number(t.Bills)},
			{Text: quantity},
			{Text: ui.MoneyExact(t.amount)},
		}})
	}
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true}), err
}

// lineName is the code of a total in words: a block by its number, a tax by its rate.
func lineName(v *screen.View, code string) string {
	if text, ok := strings.CutPrefix(code, "TAX "); ok {
		if rate, err := money.ParseRate(text); err == nil {
			return v.Say("page.billing.vat", "rate", rate)
		}
	}
	if at := strings.LastIndexByte(code, '-'); at > 0 {
		if n, err := strconv.Atoi(code[at+1:]); err == nil {
			return v.Say("page.billing.block_of", "code", code[:at], "n", strconv.Itoa(n))
		}
	}
	return code
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
