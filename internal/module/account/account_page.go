package account

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// menuPlace is the place of the accounts in the menu of the customers.
const menuPlace = 4

// Screens are the pages of the accounts (AG-41, DIST-1).
func (m *Module) Screens() []screen.Screen {
	return []screen.Screen{
		{Path: "/accounts", Place: screen.Customers, Title: "page.account.accounts", Menu: menuPlace, Right: "account.account.list", Render: accountsPage},
		{
			Path: "/accounts/{id}", Place: screen.Customers, Title: "page.account.account", Right: "account.account.show", Record: "account",
			Render: accountPage,
		},
	}
}

// accountsPage lists the accounts.
func accountsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "account.account.list", screen.ListOptions{
		Record: "account", Columns: []string{"number", "kind", "unit", "opened_on", "closed_on", "state"},
		Empty: &ui.Empty{Icon: ui.IconBook, Title: v.Say("page.account.accounts_empty"), Text: v.Say("page.account.accounts_empty.text")},
	})
	return ui.Page{Sub: g.Text(v.Say("page.account.accounts.sub")), Body: v.Env.List(l)}, err
}

// accountPage is one account with who pays it.
func accountPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[Card](ctx, v, "account.account.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	line, err := payersPanel(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	head, err := v.PartsIn(ctx, screen.Head, "account", card.ID)
	if err != nil {
		return ui.Page{}, err
	}
	parts, err := v.Parts(ctx, "account", card.ID)
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, "account", card.ID)
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "account.account.show", card, "unit", "entity", "opened_on", "closed_on")
	if err != nil {
		return ui.Page{}, err
	}
	actions := v.Button("account.account.payer_set", ui.IconUsers, "id", card.ID.String())
	for i := range actions {
		actions[i].Primary = true
	}
	status := ui.Status{Label: v.Say("enum.account_state." + string(card.State)), Tone: screen.ToneOf(string(card.State))}
	return ui.Page{
		Title: v.Say("page.account.account"), Code: card.Number, Back: v.Href("/accounts"), Actions: actions,
		Sub:    g.Group{v.Badge(status), g.Text(" " + v.Say("enum.account_kind."+string(card.Kind)))},
		Crumbs: []ui.Link{{Label: v.Say("page.account.accounts"), Href: v.Href("/accounts")}, {Label: card.Number, Code: true}},
		Body: g.Group{
			head, v.Columns("8-4", g.Group{line, parts, history}, v.Panel(ui.Panel{Title: v.Say("page.account.facts"), Body: v.Env.Facts(facts)})),
		},
	}, nil
}

// payersPanel are the payers in time, the latest first.
func payersPanel(ctx context.Context, v *screen.View, card Card) (g.Node, error) {
	var people, who []op.ID
	for _, p := range card.Payers {
		people, who = append(people, p.ActorID), append(who, p.PayerID)
	}
	users, err := v.Labels(ctx, "user", people)
	if err != nil {
		return nil, err
	}
	customers, err := v.Labels(ctx, "customer", who)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "payers", Caption: v.Say("page.account.payers"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.payer")},
		{Label: v.Say("field.valid_from"), Kind: ui.DateColumn},
		{Label: v.Say("page.account.last_day"), Kind: ui.DateColumn},
		{Label: v.Say("field.reason")},
	}, Empty: &ui.Empty{Icon: ui.IconUser, Title: v.Say("page.account.holder_pays"), Text: v.Say("page.account.holder_pays.text")}}
	for _, p := range card.Payers {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: customers[p.PayerID], Href: v.RecordHref("customer", p.PayerID)},
			{Text: p.ValidFrom.French()},
			{Text: lastDay(p.ValidTo)},
			{Text: p.Reason, Sub: users[p.ActorID]},
		}})
	}
	return v.Panel(ui.Panel{Title: l.Caption, Sub: v.Say("page.account.payers.sub"), Body: v.Env.List(l), Flush: true}), nil
}

// lastDay is the last day of an interval of which the end is the day after.
func lastDay(to day.Date) string {
	if to.IsZero() {
		return ""
	}
	return to.AddDays(-1).French()
}
