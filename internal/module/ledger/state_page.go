package ledger

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// balancePage is the trial balance of the scope.
func balancePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	labels, err := accountWords(ctx, v)
	if err != nil {
		return ui.Page{}, err
	}
	rows, more, err := screen.Rows[Balance](ctx, v, "ledger.balance", chartMax, "on", v.Query("on"), "known_on", v.Query("known_on"), "merged", "true")
	if err != nil {
		return ui.Page{}, err
	}
	l := ui.List{ID: "balance", Caption: v.Say("page.ledger.balance"), Columns: []ui.Column{
		{Label: v.Say("field.account"), Kind: ui.CodeColumn},
		{Label: v.Say("field.account_label")},
		{Label: v.Say("field.debit"), Kind: ui.AmountColumn},
		{Label: v.Say("field.credit"), Kind: ui.AmountColumn},
		{Label: v.Say("page.ledger.debit_balance"), Kind: ui.AmountColumn},
		{Label: v.Say("page.ledger.credit_balance"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconBook, Title: v.Say("page.ledger.entries_empty"), Text: v.Say("page.ledger.entries_empty.text")}}
	if err := v.Filters(ctx, "ledger.balance", &l, "scope", "merged"); err != nil {
		return ui.Page{}, err
	}
	var sums [4]money.Amount
	for _, b := range rows {
		debit, credit := sides(b.Balance)
		for i, amount := range []money.Amount{b.Debit, b.Credit, debit, credit} {
			sums[i] += amount
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: b.Account, Href: v.Href("/ledger/entries", "account", b.Account)},
			{Text: labels[b.Account]},
			{Text: ui.Money(b.Debit)},
			{Text: ui.Money(b.Credit)},
			{Text: ui.Money(debit)},
			{Text: ui.Money(credit)},
		}})
	}
	l.Totals = []ui.Cell{{Text: v.Say("field.total")}, {}}
	for _, s := range sums {
		l.Totals = append(l.Totals, ui.Cell{Text: ui.MoneyExact(s)})
	}
	l.Note = v.Say("page.ledger.balance.note")
	if more {
		l.Note = v.Say("page.ledger.balance.more", "count", len(rows))
	}
	l.Exports = v.Exports("ledger.balance", "on", v.Query("on"), "known_on", v.Query("known_on"))
	return ui.Page{Sub: g.Text(v.Say("page.ledger.balance.sub")), Body: v.Env.List(l)}, nil
}

// periodsPage lists the closed months.
func periodsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	actions := primary(v.Button(opClose, ui.IconLock))
	for i := range actions {
		actions[i].Href = v.Href(closePath)
	}
	l, err := v.List(ctx, "ledger.period.list", screen.ListOptions{
		Record: "none", Hide: []string{"scope"},
		Columns: []string{"month", "unit", "number", "entries", "items_debit", "items_credit", "allocated", "sha256", "recorded_at"},
		Empty: &ui.Empty{
			Icon: ui.IconLock, Title: v.Say("page.ledger.periods_empty"), Text: v.Say("page.ledger.periods_empty.text"), Actions: actions,
		},
		Cell: func(column string, row any) *ui.Cell {
			c, ok := row.(Closing)
			switch {
			case ok && column == "month":
				return &ui.Cell{Text: v.Month(c.Month), Href: v.Href("/ledger", "unit", c.Unit.String(), "on", day.MonthOf(c.Month).Last().String(), "closed", "true")}
			case ok && column == "sha256":
				return &ui.Cell{Text: c.SHA256[:min(len(c.SHA256), hashShown)]}
			}
			return nil
		},
	})
	l.Note = v.Say("page.ledger.periods.note")
	return ui.Page{Sub: g.Text(v.Say("page.ledger.periods.sub")), Body: v.Env.List(l), Actions: actions}, err
}

// hashShown is how many digits of a hash a list shows.
const hashShown = 12

// chartPage lists the chart of accounts.
func chartPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "ledger.account.list", screen.ListOptions{
		Record: "none", Columns: []string{"code", "label", "kind", "valid_from", "valid_to"}, Limit: chartShown,
		Empty: &ui.Empty{Icon: ui.IconBook, Title: v.Say("page.ledger.chart_empty"), Text: v.Say("page.ledger.chart_empty.text")},
		Cell: func(column string, row any) *ui.Cell {
			a, ok := row.(Account)
			if ok && column == "code" {
				return &ui.Cell{Text: a.Code, Href: v.Href("/ledger/entries", "account", a.Code)}
			}
			return nil
		},
	})
	l.Note = v.Say("page.ledger.chart.note")
	return ui.Page{Sub: g.Text(v.Say("page.ledger.chart.sub")), Body: v.Env.List(l), Actions: primary(v.Button("ledger.account.add", ui.IconPlus))}, err
}

// chartShown is the number of accounts on a page.
const chartShown = 100

// rulesPage lists the sets of rules.
func rulesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "ledger.rule.list", screen.ListOptions{
		Record: "rule", Columns: []string{"label", "valid_from", "status", "entity", "liaison", "recorded_at", "actor"},
		Empty: &ui.Empty{Icon: ui.IconBook, Title: v.Say("page.ledger.rules_empty"), Text: v.Say("page.ledger.rules_empty.text")},
	})
	return ui.Page{Sub: g.Text(v.Say("page.ledger.rules.sub")), Body: v.Env.List(l), Actions: primary(v.Button("ledger.rule.import", ui.IconImport))}, err
}

// rulePage is a set with its lines, event by event.
func rulePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[RuleCard](ctx, v, "ledger.rule.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	labels, err := accountWords(ctx, v)
	if err != nil {
		return ui.Page{}, err
	}
	l := ui.List{ID: "lines", Caption: v.Say("field.lines"), Columns: []ui.Column{
		{Label: v.Say("field.event")},
		{Label: v.Say("field.regime")},
		{Label: v.Say("field.side")},
		{Label: v.Say("field.account"), Kind: ui.CodeColumn},
		{Label: v.Say("field.account_label")},
		{Label: v.Say("field.measure")},
		{Label: v.Say("field.service")},
		{Label: v.Say("page.ledger.nature")},
	}}
	word := func(enum, value string) string {
		if value == "" || value == string(AnyRegime) {
			return ""
		}
		return v.Say("enum." + enum + "." + value)
	}
	last := Event("")
	for _, r := range card.Lines {
		event := ""
		if r.Event != last {
			event, last = word("ledger_event", string(r.Event)), r.Event
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: event},
			{Text: word("ledger_regime", string(r.Regime))},
			{Text: word("ledger_side", string(r.Side))},
			{Text: r.Account},
			{Text: labels[r.Account]},
			{Text: word("ledger_measure", string(r.Measure))},
			{Text: word("ledger_service", string(r.Service))},
			{Text: word("ledger_nature", string(r.Nature))},
		}})
	}
	id := card.ID.String()
	l.Exports = v.Exports("ledger.rule.lines", "id", id)
	l.Note = v.Say("page.ledger.rule.note", "liaison", card.Liaison)
	var actions []ui.Button
	if card.Status == Draft {
		actions = primary(v.Button("ledger.rule.activate", ui.IconCheck, "id", id, "version", strconv.FormatInt(card.Version, 10)))
	}
	status := ui.Status{Label: v.Say("enum.ledger_rule_status." + string(card.Status)), Tone: screen.ToneOf(string(card.Status))}
	return ui.Page{
		Title: card.Label, Back: v.Href("/ledger/rules"), Actions: actions, Sub: g.Group{v.Badge(status), g.Text(" " + card.ValidFrom.French())},
		Crumbs: []ui.Link{{Label: v.Say("page.ledger.rules"), Href: v.Href("/ledger/rules")}, {Label: card.Label}}, Body: v.Env.List(l),
	}, nil
}

// unitsOf are the units of some cells.
func unitsOf(rows []AgeRow) (ids []op.ID) {
	for _, r := range rows {
		ids = append(ids, r.Unit)
	}
	return ids
}
