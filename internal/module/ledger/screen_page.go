package ledger

import (
	"context"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Screens are the pages of the accounts (DRI-08, DRI-11, AG-16, NORM-3).
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Accounting, Title: title, Menu: menu, Right: right, Render: render}
	}
	rule := page(0, "/ledger/rules/{id}", "page.ledger.rule", "ledger.rule.show", rulePage)
	rule.Record = "rule"
	return []screen.Screen{
		page(1, "/ledger", "page.ledger.ageing", "ledger.ageing", ageingPage),
		page(2, "/ledger/items", "page.ledger.items", "ledger.item.list", itemsPage),
		page(0, "/ledger/items/{id}", "page.ledger.item", "ledger.item.show", itemPage),
		page(0, "/ledger/lettering/{id}", "page.ledger.lettering", "ledger.allocation.list", letteringPage),
		page(3, "/ledger/entries", "page.ledger.entries", "ledger.entry.list", entriesPage),
		page(0, "/ledger/entries/{id}", "page.ledger.entry", "ledger.entry.show", entryPage),
		page(4, "/ledger/balance", "page.ledger.balance", "ledger.balance", balancePage),
		page(5, doubtfulPath, "page.ledger.doubtful", "ledger.doubtful.list", doubtfulPage),
		page(6, "/ledger/periods", "page.ledger.periods", "ledger.period.list", periodsPage),
		page(0, closePath, "op."+opClose, opClose, closePage),
		page(7, "/ledger/accounts", "page.ledger.chart", "ledger.account.list", chartPage),
		page(8, "/ledger/rules", "page.ledger.rules", "ledger.rule.list", rulesPage), rule,
	}
}

// primary fills the last of some buttons.
func primary(all []ui.Button) []ui.Button {
	if len(all) > 0 {
		all[len(all)-1].Primary = true
	}
	return all
}

// itemsPage lists the open items.
func itemsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "ledger.item.list", screen.ListOptions{
		Record: "none", Hide: []string{"scope", "accounts"},
		Columns: []string{"document", "kind", "receivable_account", "unit", "category", "issued_on", "due_on", "amount", "left"},
		Empty:   &ui.Empty{Icon: ui.IconBook, Title: v.Say("page.ledger.items_empty"), Text: v.Say("page.ledger.items_empty.text")},
		Cell: func(column string, row any) *ui.Cell {
			i, ok := row.(ItemRow)
			switch {
			case ok && column == "document":
				return &ui.Cell{Text: i.Document, Href: itemHref(v, i.Account, i.ID)}
			case ok && column == "left" && i.Left > 0 && i.DueOn.Before(v.Today):
				return &ui.Cell{Text: ui.Money(i.Left), Sub: v.Say("page.ledger.late", "days", i.DueOn.DaysUntil(v.Today)), Tone: ui.Wrong}
			}
			return nil
		},
	})
	l.Note = v.Say("page.ledger.items.note")
	return ui.Page{Sub: g.Text(v.Say("page.ledger.items.sub")), Body: v.Env.List(l)}, err
}

// entriesPage lists the journal.
func entriesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "ledger.entry.list", screen.ListOptions{
		Record: "none", Columns: []string{"effective_on", "journal", "document", "label", "event", "unit", "receivable_account", "period", "total"},
		Empty: &ui.Empty{
			Icon: ui.IconBook, Title: v.Say("page.ledger.entries_empty"), Text: v.Say("page.ledger.entries_empty.text"),
			Actions: primary(v.Button("ledger.entry.post", ui.IconPlus)),
		},
		Cell: func(column string, row any) *ui.Cell {
			e, ok := row.(Entry)
			switch {
			case ok && column == "effective_on":
				return &ui.Cell{Text: e.EffectiveOn.French(), Href: entryHref(v, e.Account, e.ID)}
			}
			return nil
		},
	})
	return ui.Page{
		Sub: g.Text(v.Say("page.ledger.entries.sub")), Body: v.Env.List(l), Actions: primary(v.Button("ledger.entry.post", ui.IconPlus)),
	}, err
}

// entryHref is the page of an entry, which is found by its account and itself.
func entryHref(v *screen.View, account, id op.ID) string {
	receivable := ""
	if account != 0 {
		receivable = account.String()
	}
	return v.Href("/ledger/entries/"+id.String(), "receivable_account", receivable)
}

// entryPage is one entry with its lines.
func entryPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[EntryCard](ctx, v, "ledger.entry.show", "id", v.PathValue("id"), "receivable_account", v.Query("receivable_account"))
	if err != nil {
		return ui.Page{}, err
	}
	labels, err := accountWords(ctx, v)
	if err != nil {
		return ui.Page{}, err
	}
	l := ui.List{ID: "lines", Caption: v.Say("field.lines"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.account"), Kind: ui.CodeColumn},
		{Label: v.Say("field.account_label")},
		{Label: v.Say("field.service")},
		{Label: v.Say("field.section"), Kind: ui.CodeColumn},
		{Label: v.Say("field.debit"), Kind: ui.AmountColumn},
		{Label: v.Say("field.credit"), Kind: ui.AmountColumn},
	}}
	for _, line := range card.Lines {
		service := ""
		if line.Service != "" {
			service = v.Say("enum.ledger_service." + string(line.Service))
		}
		debit, credit := sides(line.Amount)
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: line.Account}, {Text: labels[line.Account]}, {Text: service}, {Text: line.Section}, {Text: ui.Money(debit)}, {Text: ui.Money(credit)},
		}})
	}
	l.Totals = []ui.Cell{{Text: v.Say("field.total")}, {}, {}, {}, {Text: ui.MoneyExact(card.Total)}, {Text: ui.MoneyExact(card.Total)}}
	facts, err := v.Facts(ctx, "ledger.entry.show", card, "unit", "entity", "collecting_unit", "receivable_account", "document", "recorded_at", "actor")
	if err != nil {
		return ui.Page{}, err
	}
	year := func(name string, n int64) ui.Fact {
		return ui.Fact{Label: v.Say("field." + name), Value: strconv.FormatInt(n, 10), Number: true}
	}
	number := ui.Fact{Label: v.Say("field.number"), Value: strings.ToUpper(string(card.Journal)) + " " + card.Number, Code: true}
	if card.Number == "" {
		number = ui.Fact{Label: v.Say("field.number"), Value: v.Say("page.ledger.entry.unnumbered")}
	}
	facts = append([]ui.Fact{number}, facts...)
	facts = append(facts, year("exercise", card.Exercise), year("budget_year", card.BudgetYear))
	var actions []ui.Button
	if card.Event == EventManual && card.ReversedBy == 0 && card.Reverses == 0 {
		actions = v.Button("ledger.entry.reverse", ui.IconHistory, "id", card.ID.String())
	}
	return ui.Page{
		Title: v.Say("enum.ledger_event." + string(card.Event)), Code: card.ID.String(), Back: v.Href("/ledger/entries"), Actions: actions,
		Sub:    g.Text(v.Say("page.ledger.entry.sub", "date", card.EffectiveOn, "month", day.MonthOf(card.Period), "label", card.Label)),
		Crumbs: []ui.Link{{Label: v.Say("page.ledger.entries"), Href: v.Href("/ledger/entries")}, {Label: card.ID.String(), Code: true}},
		Body: v.Columns("8-4", v.Panel(ui.Panel{Title: v.Say("field.lines"), Body: v.Env.List(l), Flush: true}),
			v.Panel(ui.Panel{Title: v.Say("page.ledger.stamps"), Body: v.Env.Facts(facts)})),
	}, nil
}

// sides are an amount as a debit and a credit.
func sides(a money.Amount) (debit, credit money.Amount) {
	if a > 0 {
		return a, 0
	}
	return 0, -a
}

// accountWords are the labels of the chart by number.
func accountWords(ctx context.Context, v *screen.View) (map[string]string, error) {
	out := map[string]string{}
	if !v.May("ledger.account.list") {
		return out, nil
	}
	rows, _, err := screen.Rows[Account](ctx, v, "ledger.account.list", chartMax)
	for _, a := range rows {
		out[a.Code] = a.Label
	}
	return out, err
}

// chartMax bounds the accounts named on a page.
const chartMax = 500
