package ledger

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	doubtfulPath = "/ledger/doubtful"
	opTransfer   = "ledger.doubtful.transfer"
	// doubtfulShown is how many debts of the list a page shows.
	doubtfulShown = 100
)

// doubtfulPage prepares the debts of a unit that the rules make doubtful, for a second
// person to approve, and shows the rules.
func doubtfulPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	on := v.Today
	if d, err := day.Parse(v.Query("on")); err == nil && d.Before(on) {
		on = d
	}
	bar := v.Bar(screen.Bar{ID: "on", Action: doubtfulPath, Submit: v.Say("page.ledger.doubtful.prepare"), Fields: []ui.Field{
		{Name: "on", Label: v.Say("page.ledger.doubtful.on"), Kind: ui.DateField, Value: on.String()},
	}})
	p := ui.Page{Sub: g.Text(v.Say("page.ledger.doubtful.sub")), Actions: v.Button("ledger.doubtful_rule.set", ui.IconPlus)}
	rules, err := doubtfulRulesPanel(ctx, v)
	if err != nil {
		return p, err
	}
	if v.Unit == 0 {
		note := v.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say("page.ledger.close.unit"), Text: v.Say("page.ledger.doubtful.unit")})
		p.Body = g.Group{bar, note, rules}
		return p, nil
	}
	list, err := screen.Fetch[DoubtfulList](ctx, v, "ledger.doubtful.show", "id", op.ID(v.Unit).String(), "effective_on", on.String())
	if err != nil {
		return p, err
	}
	debts, err := doubtfulDebts(ctx, v, list)
	if err != nil {
		return p, err
	}
	dh := v.Say("unit.dh")
	figures := []ui.Figure{
		{
			Label: v.Say("page.ledger.doubtful.amount"), Value: ui.MoneyExact(list.Amount), Unit: dh,
			Sub: v.Say("page.ledger.doubtful.amount.sub", "count", list.Count),
		},
		{Label: v.Say("page.ledger.doubtful.accounts"), Value: strconv.FormatInt(list.Accounts, 10)},
	}
	if list.Count > 0 {
		figures = append(figures, ui.Figure{
			Label: v.Say("page.ledger.doubtful.oldest"), Value: list.Oldest.French(), Sub: v.Say("page.ledger.late", "days", list.Oldest.DaysUntil(on)),
		})
	}
	var form g.Node
	if list.Count > 0 && v.May(opTransfer) {
		form = transferForm(v, list)
	}
	p.Body = g.Group{bar, v.Figures(v.Say("page.ledger.doubtful"), figures), debts, form, rules}
	return p, nil
}

// doubtfulDebts are the debts of the list, each leading to its item.
func doubtfulDebts(ctx context.Context, v *screen.View, list DoubtfulList) (g.Node, error) {
	in := []string{"scope", op.ID(v.Unit).String(), "effective_on", list.On.String()}
	l := ui.List{ID: "debts", Caption: v.Say("page.ledger.doubtful.list"), Columns: []ui.Column{
		{Label: v.Say("field.document"), Kind: ui.CodeColumn},
		{Label: v.Say("field.receivable_account"), Kind: ui.CodeColumn},
		{Label: v.Say("field.category")},
		{Label: v.Say("field.due_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.left"), Kind: ui.AmountColumn},
		{Label: v.Say("field.in_doubt"), Kind: ui.AmountColumn, Optional: true},
		{Label: v.Say("field.transfer"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.ledger.doubtful_empty"), Text: v.Say("page.ledger.doubtful_empty.text")}}
	l.Exports = v.Exports("ledger.doubtful.list", in...)
	rows, more, err := screen.Rows[Doubtful](ctx, v, "ledger.doubtful.list", doubtfulShown, in...)
	if err != nil {
		return nil, err
	}
	var accounts []op.ID
	for _, r := range rows {
		accounts = append(accounts, r.Account)
	}
	words, err := v.Labels(ctx, "account", accounts)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: r.Document, Href: itemHref(v, r.Account, r.ID)},
			{Text: words[r.Account], Href: letteringHref(v, r.Account)},
			{Text: r.Category},
			{Text: r.DueOn.French(), Sub: v.Say("page.ledger.late", "days", r.DaysLate)},
			{Text: ui.Money(r.Left)},
			{Text: ui.Money(r.InDoubt)},
			{Text: ui.MoneyExact(r.Transfer)},
		}})
	}
	if l.Note = v.Say("page.ledger.doubtful.note"); more {
		l.Note = v.Say("page.ledger.doubtful.more", "count", len(rows))
	}
	if len(rows) > 0 && !more {
		l.Totals = []ui.Cell{{Text: v.Say("field.total")}, {}, {}, {}, {}, {}, {Text: ui.MoneyExact(list.Amount)}}
	}
	return v.Env.List(l), nil
}

// transferForm asks for the transfer of the list that is shown, and of no other.
func transferForm(v *screen.View, list DoubtfulList) g.Node {
	back := v.Href(doubtfulPath, "on", list.On.String())
	note := v.Say("page.ledger.doubtful.approve")
	if list.More {
		note = v.Say("page.ledger.doubtful.bound", "count", DoubtfulMax)
	}
	return v.Panel(ui.Panel{
		Title: v.Say("op." + opTransfer), Sub: v.Say("op." + opTransfer + ".help"), Focus: true, Foot: g.Text(note), Body: v.Form(ui.Form{
			ID: "transfer", Action: v.OpHref(opTransfer), IdemKey: v.Key(), Danger: true, SubmitIcon: ui.IconCheck, Cancel: back,
			Submit: v.Say("page.ledger.doubtful.submit", "count", list.Count, "amount", list.Amount),
			Hidden: []ui.Pair{
				{Name: "unit", Value: list.Unit.String()},
				{Name: "effective_on", Value: list.On.String()},
				{Name: "sha256", Value: list.SHA256},
				{Name: screen.BackField, Value: back},
			},
			Sets: []ui.FieldSet{{Fields: []ui.Field{{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Required: true, MaxLength: 500}}}},
		}),
	})
}

// doubtfulRulesPanel are the rules with the day from which each holds; what came with
// the program is an example and says so.
func doubtfulRulesPanel(ctx context.Context, v *screen.View) (g.Node, error) {
	if !v.May("ledger.doubtful_rule.list") {
		return nil, nil
	}
	rows, _, err := screen.Rows[DoubtfulRule](ctx, v, "ledger.doubtful_rule.list", page.LimitMax)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "rules", Caption: v.Say("page.ledger.doubtful.rules"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.valid_from"), Kind: ui.DateColumn},
		{Label: v.Say("field.label")},
		{Label: v.Say("field.category")},
		{Label: v.Say("field.legal_nature")},
		{Label: v.Say("field.days_late"), Kind: ui.NumberColumn},
		{Label: v.Say("field.account"), Kind: ui.CodeColumn},
	}}
	all := v.Say("page.ledger.doubtful.all")
	word := func(column, value string) string {
		if value == "" {
			return all
		}
		return v.Word(column, value)
	}
	for _, r := range rows {
		days := v.Say("page.ledger.doubtful.never")
		if r.DaysLate > 0 {
			days = strconv.FormatInt(r.DaysLate, 10)
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: r.ValidFrom.French()},
			{Text: r.Label, Sub: r.Reason},
			{Text: word("category", r.Category)},
			{Text: word("legal_nature", r.LegalNature)},
			{Text: days},
			{Text: r.Account},
		}})
	}
	l.Note = v.Say("page.ledger.doubtful.rules.note")
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true}), nil
}
