package billing

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// The operation of another module that lists what paid a bill.
const paymentList = "collection.payment.list"

// paymentsPart are the payments of a bill, each with its receipt; nil for a credit note and
// for those who may not see them.
func paymentsPart(ctx context.Context, v *screen.View, card BillCard) (g.Node, error) {
	if card.Kind != KindBill || !v.May(paymentList) {
		return nil, nil
	}
	l, err := v.List(ctx, paymentList, screen.ListOptions{
		Fixed: []string{"receivable_account", card.Account.String(), "item", card.ID.String()}, Bare: true, Record: "none",
		Columns: []string{"paid_on", "document", "kind", "tender", "reference", "reserved", "amount"},
		Empty:   &ui.Empty{Icon: ui.IconCash, Title: v.Say("page.billing.payments_empty"), Text: v.Say("page.billing.payments_empty.text")},
		Cell:    paymentCell(v),
	})
	if err != nil {
		return nil, err
	}
	l.Caption = v.Say("page.billing.payments")
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true}), nil
}

// paymentCell leads from what paid a bill to its receipt.
func paymentCell(v *screen.View) func(string, any) *ui.Cell {
	columns := v.Runner.Registry.Find(paymentList).Columns
	value := func(name string, row any) any {
		for _, c := range columns {
			if c.Name == name {
				return c.Value(row)
			}
		}
		return nil
	}
	return func(column string, row any) *ui.Cell {
		receipt, _ := value("receipt", row).(op.ID)
		document, _ := value("document", row).(string)
		if column != "document" || receipt == 0 {
			return nil
		}
		return &ui.Cell{Text: document, Href: v.RecordHref("receipt", receipt)}
	}
}

// leftFigure is what is left of a bill; none for a credit note and for those who may not see it.
func leftFigure(ctx context.Context, v *screen.View, card BillCard) ([]ui.Figure, error) {
	if card.Kind != KindBill || !v.May("ledger.item.list") {
		return nil, nil
	}
	left, err := leftsOf(ctx, v, []op.ID{card.Account})
	if err != nil {
		return nil, err
	}
	rest, open := left.by[leftKey{card.Account, card.Number}]
	if !open && !left.known {
		return nil, nil
	}
	status, _ := lastBillState(v, card.Bill, left, rest, open)
	f := ui.Figure{Label: v.Say("field.left"), Value: ui.MoneyExact(rest), Unit: v.Say("unit.dh")}
	if status != nil {
		f.Sub, f.Tone = status.Label, status.Tone
	}
	return []ui.Figure{f}, nil
}
