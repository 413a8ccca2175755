package collection

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	opStatement = "collection.statement.get"
	// receiptsOfAccount is how many of the last receipts are on the page of an account.
	receiptsOfAccount = 6
)

// Parts are what collection shows of the records of others.
func (m *Module) Parts() []screen.Part {
	return []screen.Part{{Record: "account", Right: "collection.receipt.list", Render: receiptsPart}}
}

// Forms are what stands beside the forms of collection.
func (m *Module) Forms() map[string]screen.Beside {
	return map[string]screen.Beside{opAssign: waitingBeside, "collection.receipt.cancel": receiptBeside}
}

// receiptsPart are the last receipts of an account, with the way to its statement.
func receiptsPart(ctx context.Context, v *screen.View, id op.ID) (g.Node, error) {
	rows, more, err := screen.Rows[Receipt](ctx, v, "collection.receipt.list", receiptsOfAccount, "receivable_account", id.String())
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "account-receipts", Caption: v.Say("page.collection.last"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.collection.receipt"), Kind: ui.CodeColumn},
		{Label: v.Say("field.received_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
		{Label: v.Say("field.to_pay"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconReceipt, Title: v.Say("page.collection.receipts_empty"), Text: v.Say("page.collection.receipts_empty.text")}}
	for _, r := range rows {
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref("receipt", r.ID), Cells: []ui.Cell{
			{Text: r.Number}, {Text: r.ReceivedOn.French()}, {Status: receiptBadge(v, r.State)}, {Text: ui.MoneyExact(r.ToPay)},
		}})
	}
	var links []ui.Link
	if more {
		links = append(links, ui.Link{Label: v.Say("page.collection.last_all"), Href: v.Href("/collection/receipts", "receivable_account", id.String())})
	}
	if v.May(opStatement) {
		links = append(links, ui.Link{Label: v.Say("page.collection.statement"), Href: v.Href("/collection/statements/" + id.String())})
	}
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true, Links: links}), nil
}

// statementPage is the statement of an account, made to be printed.
func statementPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	s, err := screen.Fetch[Statement](ctx, v, opStatement, "receivable_account", v.PathValue("account"), "from", v.Query("from"), "to", v.Query("to"))
	if err != nil {
		return ui.Page{}, err
	}
	l := ui.List{ID: "movements", Caption: v.Say("page.collection.statement"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.collection.on"), Kind: ui.DateColumn},
		{Label: v.Say("field.kind")},
		{Label: v.Say("field.document"), Kind: ui.CodeColumn},
		{Label: v.Say("field.due_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.debit"), Kind: ui.AmountColumn},
		{Label: v.Say("field.credit"), Kind: ui.AmountColumn},
		{Label: v.Say("field.balance"), Kind: ui.AmountColumn},
	}}
	l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
		{Text: s.From.French()}, {Text: v.Say("page.collection.opening")}, {}, {}, {}, {}, {Text: ui.MoneyExact(s.Opening)},
	}})
	for _, mv := range s.Movements {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: mv.On.French()},
			{Text: v.Say("enum.ledger_item_kind." + string(mv.Kind))},
			{Text: mv.Document},
			{Text: mv.Due()},
			{Text: ui.Money(mv.Debit)},
			{Text: ui.Money(mv.Credit)},
			{Text: ui.MoneyExact(mv.Balance)},
		}})
	}
	l.Totals = []ui.Cell{
		{Text: v.Say("page.collection.closing")}, {}, {}, {}, {Text: ui.MoneyExact(s.Debit)}, {Text: ui.MoneyExact(s.Credit)}, {Text: ui.MoneyExact(s.Closing)},
	}
	bar := v.Bar(screen.Bar{ID: "period", Action: "/collection/statements/" + s.Account.String(), Fields: []ui.Field{
		{Name: "from", Label: v.Say("field.from"), Kind: ui.DateField, Value: v.Query("from")},
		{Name: "to", Label: v.Say("field.to"), Kind: ui.DateField, Value: v.Query("to")},
	}})
	return ui.Page{
		Title: v.Say("page.collection.statement"), Code: s.Number, Sub: g.Text(s.Name), Back: v.RecordHref("account", s.Account),
		Crumbs:  []ui.Link{{Label: s.Name, Href: v.RecordHref("customer", s.Customer)}, {Label: s.Number, Code: true}},
		Actions: v.Document("collection.statement.paper", ui.IconPrint, "receivable_account", s.Account.String(), "from", v.Query("from"), "to", v.Query("to")),
		Body:    g.Group{bar, v.Panel(ui.Panel{Body: v.Env.List(l), Flush: true})},
	}, nil
}
