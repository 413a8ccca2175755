package ledger

import (
	"context"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	opClose   = "ledger.period.close"
	closePath = "/ledger/periods/close"
	// closeTrial is the reason of a closing that is rolled back.
	closeTrial = "essai"
)

// closeControls are what a closing asks, in its order: each with the codes that refuse it.
// The last is that of the blockers of other modules, whose codes are theirs.
func closeControls() [][]string {
	return [][]string{{"ledger.close_early"}, {"ledger.close_done"}, {"ledger.close_order"}, {"ledger.close_suspense"}, nil}
}

// closePage shows what a closing of a month would find, by carrying it out and rolling it
// back: what keeps the month open and who must act, or its control totals and the closing.
func closePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	month := day.MonthOf(v.Today).Add(-1)
	if text := v.Query("month"); text != "" {
		on, err := day.Parse(text)
		if err != nil {
			return ui.Page{}, err
		}
		month = day.MonthOf(on)
	}
	back := v.Href("/ledger/periods")
	p := ui.Page{Back: back, Crumbs: []ui.Link{{Label: v.Say("page.ledger.periods"), Href: back}, {Label: month.French()}}}
	bar := v.Bar(screen.Bar{ID: "month", Action: closePath, Submit: v.Say("page.ledger.close.check"), Fields: []ui.Field{
		{Name: "month", Label: v.Say("page.ledger.close.month"), Kind: ui.DateField, Value: month.First().String()},
	}})
	if v.Unit == 0 {
		p.Body = g.Group{bar, v.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say("page.ledger.close.unit"), Text: v.Say("page.ledger.close.unit.text")})}
		return p, nil
	}
	out, refusal := v.Preview(ctx, opClose, "unit", op.ID(v.Unit).String(), "month", month.First().String(), "reason", closeTrial)
	if refusal != nil && fault.KindOf(refusal) != fault.Precondition {
		return p, refusal
	}
	word, err := v.Label(ctx, "unit", op.ID(v.Unit))
	if err != nil {
		return p, err
	}
	c, _ := out.(Closing)
	status := ui.Status{Label: v.Say("page.ledger.close.provisional"), Tone: ui.Waits}
	if refusal != nil && fault.As(refusal).Code == "ledger.close_done" {
		status = ui.Status{Label: v.Say("page.ledger.close.closed"), Icon: ui.IconLock}
	}
	p.Sub = g.Group{v.Badge(status), g.Text(" " + word + ", " + month.French())}
	left := g.Group{v.Panel(ui.Panel{Title: v.Say("page.ledger.close.controls"), Flush: true, Body: v.Env.List(controlList(v, month, refusal))})}
	if refusal != nil {
		p.Body = g.Group{bar, left}
		return p, nil
	}
	facts, err := v.Facts(ctx, opClose, c, "entries", "lines", "debit", "items", "items_debit", "items_credit", "allocations", "allocated", "sha256")
	left = append(left, v.Panel(ui.Panel{Title: v.Say("page.ledger.close.totals"), Body: v.Env.Facts(facts)}))
	p.Body = g.Group{bar, v.Columns("8-4", left, closeForm(v, month, &c))}
	return p, err
}

// controlList are the controls with what the closing found: those before a refusal hold,
// those after it were not asked.
func controlList(v *screen.View, month day.Month, refusal error) ui.List {
	l := ui.List{ID: "controls", Caption: v.Say("page.ledger.close.controls"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
		{Label: v.Say("page.ledger.close.control")},
		{Label: v.Say("page.ledger.close.who")},
	}}
	all, at := closeControls(), -1
	code := ""
	if refusal != nil {
		code = fault.As(refusal).Code
		at = slices.IndexFunc(all, func(codes []string) bool { return slices.Contains(codes, code) })
		if at < 0 {
			at = len(all) - 1
		}
	}
	names := []string{"early", "done", "order", "suspense", "others"}
	for i, name := range names {
		status := &ui.Status{Label: v.Say("page.ledger.close.holds"), Tone: ui.Settled}
		cell := ui.Cell{Text: v.Say("page.ledger.close." + name)}
		who := ui.Cell{Text: v.Say("page.ledger.close." + name + ".who")}
		switch {
		case at >= 0 && i > at:
			status = &ui.Status{Label: v.Say("page.ledger.close.unasked")}
		case i == at:
			status = &ui.Status{Label: v.Say("page.ledger.close.blocks"), Tone: ui.Wrong}
			message, _ := v.Texts.Error(refusal)
			cell.Sub, cell.Href = message, controlHref(v, name, month, refusal)
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Status: status}, cell, who}})
	}
	return l
}

// controlHref leads to where a control is put right.
func controlHref(v *screen.View, name string, month day.Month, refusal error) string {
	switch name {
	case "done":
		return v.Href("/ledger/periods", "from", month.First().String())
	case "order":
		if text, ok := fault.As(refusal).Args["month"].(string); ok {
			if first, err := time.Parse("01/2006", text); err == nil {
				return v.Href(closePath, "month", first.Format(time.DateOnly))
			}
		}
	case "suspense":
		return v.Href("/ledger/balance", "on", month.Last().String())
	case "others":
		if list := strings.TrimSuffix(v.Set.RecordPath("cash_session"), "/{id}"); list != "" {
			return v.Href(list, "state", "open")
		}
	}
	return ""
}

// closeForm closes the month, with the figures it fixes.
func closeForm(v *screen.View, month day.Month, c *Closing) g.Node {
	return v.Panel(ui.Panel{
		Title: v.Say("op." + opClose), Sub: v.Say("op." + opClose + ".help"), Focus: true, Body: v.Form(ui.Form{
			ID: "close", Action: v.OpHref(opClose), IdemKey: v.Key(), Danger: true, SubmitIcon: ui.IconLock, Cancel: v.Href("/ledger/periods"),
			Submit: v.Say("page.ledger.close.submit", "month", month.French(), "count", c.Entries, "amount", c.Debit),
			Hidden: []ui.Pair{
				{Name: "unit", Value: op.ID(v.Unit).String()},
				{Name: "month", Value: month.First().String()},
				{Name: screen.BackField, Value: v.Href("/ledger/periods")},
			},
			Sets: []ui.FieldSet{{Fields: []ui.Field{{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Required: true, MaxLength: 500}}}},
		}),
	})
}
