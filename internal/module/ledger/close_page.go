package ledger

import (
	"context"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	opClose   = "ledger.period.close"
	closePath = "/ledger/periods/close"
)

// closePage shows what a closing of a month would find: everything that keeps the month
// open, with who must act and where, its control totals, and the closing when nothing does.
func closePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	month := v.MonthQuery("month", day.MonthOf(v.Today).Add(-1))
	back := v.Href("/ledger/periods")
	p := ui.Page{Back: back, Crumbs: []ui.Link{{Label: v.Say("page.ledger.periods"), Href: back}, {Label: v.Texts.Value(month)}}}
	bar := v.Bar(screen.Bar{ID: "month", Action: closePath, Submit: v.Say("page.ledger.close.check"), Fields: []ui.Field{
		{Name: "month", Label: v.Say("page.ledger.close.month"), Kind: ui.MonthField, Value: month.String()},
	}})
	if v.Unit == 0 {
		p.Body = g.Group{bar, v.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say("page.ledger.close.unit"), Text: v.Say("page.ledger.close.unit.text")})}
		return p, nil
	}
	check, err := screen.Fetch[ClosingCheck](ctx, v, "ledger.period.show", "id", op.ID(v.Unit).String(), "month", month.First().String())
	if err != nil {
		return p, err
	}
	word, err := v.Label(ctx, "unit", op.ID(v.Unit))
	if err != nil {
		return p, err
	}
	status := ui.Status{Label: v.Say("page.ledger.close.provisional"), Tone: ui.Waits}
	if check.Number != "" {
		status = ui.Status{Label: v.Say("page.ledger.close.closed"), Icon: ui.IconLock}
	}
	p.Sub = g.Group{v.Badge(status), g.Text(" " + word + ", " + v.Texts.Value(month))}
	left := g.Group{
		v.Panel(ui.Panel{Title: v.Say("page.ledger.close.controls"), Flush: true, Body: v.Env.List(controlList(v, month, check.Obstacles))}),
		v.Panel(ui.Panel{Title: v.Say("page.ledger.close.totals"), Flush: true, Body: v.Env.List(totalsList(v, month, &check))}),
	}
	if len(check.Obstacles) > 0 {
		p.Body = g.Group{bar, left}
		return p, nil
	}
	p.Body = g.Group{bar, v.Columns("8-4", left, closeForm(v, month, &check.Now))}
	return p, nil
}

// controlList are the controls, each with all that it found and where that is put right.
func controlList(v *screen.View, month day.Month, obstacles []Obstacle) ui.List {
	l := ui.List{ID: "controls", Caption: v.Say("page.ledger.close.controls"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
		{Label: v.Say("page.ledger.close.control")},
		{Label: v.Say("page.ledger.close.who")},
		{Label: v.Say("page.ledger.close.act")},
	}}
	if len(obstacles) == 1 && obstacles[0].Control == ControlDone {
		message, _ := v.Texts.Error(obstacles[0].refusal())
		l.Rows = []ui.Row{{Cells: []ui.Cell{
			{Status: &ui.Status{Label: v.Say("page.ledger.close.closed"), Icon: ui.IconLock}},
			{Text: message},
			{Text: v.Say("page.ledger.close.done.who")},
			obstacleAct(v, month, obstacles[0]),
		}}}
		return l
	}
	for _, name := range ClosingControl("").EnumValues() {
		who := ui.Cell{Text: v.Say("page.ledger.close." + name + ".who")}
		found := 0
		for _, o := range obstacles {
			if string(o.Control) != name {
				continue
			}
			found++
			message, _ := v.Texts.Error(o.refusal())
			l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
				{Status: &ui.Status{Label: v.Say("page.ledger.close.blocks"), Tone: ui.Wrong}},
				{Text: v.Say("page.ledger.close." + name), Sub: message},
				who, obstacleAct(v, month, o),
			}})
		}
		if found == 0 {
			l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
				{Status: &ui.Status{Label: v.Say("page.ledger.close.holds"), Tone: ui.Settled}}, {Text: v.Say("page.ledger.close." + name)}, who, {},
			}})
		}
	}
	if n := len(obstacles); n > 0 {
		l.Note = v.Say("page.ledger.close.count", "count", n)
	}
	return l
}

// obstacleAct leads to where an obstacle is put right.
func obstacleAct(v *screen.View, month day.Month, o Obstacle) ui.Cell {
	act := func(href string) ui.Cell {
		return ui.Cell{Text: v.Say("page.ledger.close." + string(o.Control) + ".act"), Href: href}
	}
	switch o.Control {
	case ControlDone:
		return act(v.Href("/ledger/periods", "from", month.First().String()))
	case ControlOrder:
		return act(v.Href(closePath, "month", o.Month.String()))
	case ControlSuspense:
		return act(v.Href("/ledger/entries", "account", o.Account, "to", month.Last().String()))
	case ControlOthers:
		if list := strings.TrimSuffix(v.Set.RecordPath("cash_session"), "/{id}"); list != "" {
			return act(v.Href(list, "state", "open"))
		}
	}
	return ui.Cell{}
}

// totalsList are the control totals: what was owed before the month and after it, and
// what its rows come to now, beside what was kept when it was closed.
func totalsList(v *screen.View, month day.Month, c *ClosingCheck) ui.List {
	l := ui.List{ID: "totals", Caption: v.Say("page.ledger.close.totals"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.ledger.close.total")}, {Label: v.Say("page.ledger.close.now"), Kind: ui.AmountColumn},
	}}
	if c.Number != "" {
		l.Columns = append(l.Columns, ui.Column{Label: v.Say("page.ledger.close.kept", "number", c.Number), Kind: ui.AmountColumn})
	}
	add := func(label, now, kept string) {
		cells := []ui.Cell{{Text: label}, {Text: now}, {Text: kept}}
		if c.Number != "" && now != kept && kept != "" {
			cells[1].Tone = ui.Wrong
		}
		l.Rows = append(l.Rows, ui.Row{Cells: cells[:len(l.Columns)]})
	}
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	now, kept := &c.Now, &c.Kept
	add(v.Say("page.ledger.close.before", "date", month.First().AddDays(-1)), ui.MoneyExact(c.Before), "")
	add(v.Say("field.items_debit"), ui.MoneyExact(now.ItemsDebit), ui.MoneyExact(kept.ItemsDebit))
	add(v.Say("field.items_credit"), ui.MoneyExact(-now.ItemsCredit), ui.MoneyExact(-kept.ItemsCredit))
	add(v.Say("page.ledger.close.after", "date", month.Last()), ui.MoneyExact(c.After), "")
	add(v.Say("field.entries"), count(now.Entries), count(kept.Entries))
	add(v.Say("field.lines"), count(now.Lines), count(kept.Lines))
	add(v.Say("field.debit"), ui.MoneyExact(now.Debit), ui.MoneyExact(kept.Debit))
	add(v.Say("field.items"), count(now.Items), count(kept.Items))
	add(v.Say("field.allocations"), count(now.Allocations), count(kept.Allocations))
	add(v.Say("field.allocated"), ui.MoneyExact(now.Allocated), ui.MoneyExact(kept.Allocated))
	add(v.Say("page.ledger.close.hash"), now.SHA256[:hashShown], kept.SHA256[:min(len(kept.SHA256), hashShown)])
	l.Note = v.Say("page.ledger.close.totals.note")
	return l
}

// closeForm closes the month, with the figures it fixes.
func closeForm(v *screen.View, month day.Month, c *Closing) g.Node {
	return v.Panel(ui.Panel{
		Title: v.Say("op." + opClose), Sub: v.Say("op." + opClose + ".help"), Focus: true, Body: v.Form(ui.Form{
			ID: "close", Action: v.OpHref(opClose), IdemKey: v.Key(), Danger: true, SubmitIcon: ui.IconLock, Cancel: v.Href("/ledger/periods"),
			Submit: v.Say("page.ledger.close.submit", "month", month, "count", c.Entries, "amount", c.Debit),
			Hidden: []ui.Pair{
				{Name: "unit", Value: op.ID(v.Unit).String()},
				{Name: "month", Value: month.First().String()},
				{Name: screen.BackField, Value: v.Href("/ledger/periods")},
			},
			Sets: []ui.FieldSet{{Fields: []ui.Field{{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Required: true, MaxLength: 500}}}},
		}),
	})
}
