package billing

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/kernel/page"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// billsShown is the number of last bills on the page of an account or its customer.
const billsShown = 8

// Parts are what billing shows of the records of others.
func (m *Module) Parts() []screen.Part {
	return []screen.Part{{Record: "account", Right: "billing.bill.list", Together: lastBillsPart}}
}

// lefts is what is not paid yet of bills, by account and number.
type lefts struct {
	known bool
	by    map[leftKey]money.Amount
}

type leftKey struct {
	account op.ID
	number  string
}

// leftsOf reads what is not paid of some accounts. It is not known to those who may
// not see items, nor when there are more than one page of them.
func leftsOf(ctx context.Context, v *screen.View, accounts []op.ID) (lefts, error) {
	out := lefts{by: map[leftKey]money.Amount{}}
	if !v.May("ledger.item.list") {
		return out, nil
	}
	rows, more, err := screen.Rows[ledger.ItemRow](ctx, v, "ledger.item.list", page.LimitMax, screen.Several("accounts", accounts)...)
	for _, r := range rows {
		out.by[leftKey{r.Account, r.Document}] = r.Left
	}
	out.known = !more
	return out, err
}

// lastBillsPart are the last bills of some accounts, with what is not paid of them.
func lastBillsPart(ctx context.Context, v *screen.View, ids []op.ID) (g.Node, error) {
	rows, more, err := screen.Rows[Bill](ctx, v, "billing.bill.list", billsShown, screen.Several("accounts", ids)...)
	if err != nil {
		return nil, err
	}
	left, err := leftsOf(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "last-bills", Caption: v.Say("page.billing.last"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.number"), Kind: ui.CodeColumn},
		{Label: v.Say("page.billing.period")},
		{Label: v.Say("field.quantity"), Kind: ui.NumberColumn},
		{Label: v.Say("field.due_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
		{Label: v.Say("field.total"), Kind: ui.AmountColumn},
		{Label: v.Say("field.left"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconInvoice, Title: v.Say("page.billing.last_empty"), Text: v.Say("page.billing.last_empty.text")}}
	for _, b := range rows {
		l.Rows = append(l.Rows, lastBill(v, b, left, len(ids) > 1))
	}
	var links []ui.Link
	if more && len(ids) == 1 {
		links = append(links, ui.Link{Label: v.Say("page.billing.last_all"), Href: v.Href("/billing/bills", "account", ids[0].String())})
	}
	return v.Panel(ui.Panel{Title: l.Caption, Sub: v.Say("page.billing.last.sub"), Body: v.Env.List(l), Flush: true, Links: links}), nil
}

// lastBill is one bill in the list; several says that its contract must be told.
func lastBill(v *screen.View, b Bill, left lefts, several bool) ui.Row {
	rest, open := left.by[leftKey{b.Account, b.Number}]
	status, shown := lastBillState(v, b, left, rest, open)
	contract := ""
	if several {
		contract = b.Contract
	}
	return ui.Row{Href: billHref(v, b), Cells: []ui.Cell{
		{Text: b.Number, Sub: contract},
		{Text: periodWord(b.From, b.To)},
		{Text: b.Quantity.French() + ui.HardSpace + v.Say("unit.service."+b.Service)},
		{Text: b.DueOn.French()},
		{Status: status},
		{Text: ui.MoneyExact(b.Total)},
		{Text: shown},
	}}
}

// dayMonth is the length of a day and a month in a French date: 16/05.
const dayMonth = 5

// periodWord is a service period on one line; the year is told once when it is one.
func periodWord(from, to day.Date) string {
	first := from.French()
	if from.Year() == to.Year() {
		first = first[:dayMonth]
	}
	return first + ui.HardSpace + "–" + ui.HardSpace + to.French()
}

// lastBillState says what became of a bill, and what is left of it.
func lastBillState(v *screen.View, b Bill, left lefts, rest money.Amount, open bool) (*ui.Status, string) {
	late := b.DueOn.DaysUntil(v.Today)
	switch {
	case b.Kind == KindCreditNote:
		return &ui.Status{Label: v.Say("enum.bill_kind.credit_note"), Icon: ui.IconHistory}, ui.Money(rest)
	case open && late > 0:
		return &ui.Status{Label: v.Say("page.billing.late", "days", late), Tone: ui.Wrong}, ui.Money(rest)
	case open && rest < b.Total:
		return &ui.Status{Label: v.Say("page.billing.part_paid"), Tone: ui.Waits}, ui.Money(rest)
	case open:
		return &ui.Status{Label: v.Say("page.billing.to_pay"), Tone: ui.Waits}, ui.Money(rest)
	case left.known:
		return &ui.Status{Label: v.Say("page.billing.settled"), Tone: ui.Settled}, ui.Dash
	}
	return nil, ""
}
