package collection

import (
	"context"
	"net/url"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// receiptBadge is the state of a receipt.
func receiptBadge(v *screen.View, s ReceiptState) *ui.Status {
	status := &ui.Status{Label: v.Say("enum.receipt_state." + string(s)), Tone: ui.Settled}
	if s == Cancelled {
		status.Tone, status.Icon = ui.Wrong, ui.IconBan
	}
	return status
}

// receiptsPage lists the receipts.
func receiptsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "collection.receipt.list", screen.ListOptions{
		Record: "receipt", Columns: []string{"number", "received_on", "customer", "payer", "unit", "actor", "total", "stamp", "to_pay", "state"},
		Cell: func(column string, row any) *ui.Cell {
			if r, ok := row.(Receipt); ok && column == "state" {
				return &ui.Cell{Status: receiptBadge(v, r.State)}
			}
			return nil
		},
		Empty: &ui.Empty{Icon: ui.IconReceipt, Title: v.Say("page.collection.receipts_empty"), Text: v.Say("page.collection.receipts_empty.text")},
	})
	return ui.Page{Body: v.Env.List(l)}, err
}

// receiptPage is one receipt, as it is given and printed.
func receiptPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[ReceiptCard](ctx, v, opReceipt, "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	paper, err := receiptNode(ctx, v, &card)
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, opReceipt, card, "session", "actor", "recorded_at", "entity", "copies", "note")
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, "receipt", card.ID)
	if err != nil {
		return ui.Page{}, err
	}
	button := printForm(v, &card, "/collection/receipts/"+card.ID.String())
	actions := files(v, &card)
	if card.State == Taken && v.Runner.Registry.Find(opCancel) != nil {
		for _, b := range v.Button(opCancel, ui.IconBan, "id", card.ID.String()) {
			b.Danger = true
			actions = append(actions, b)
		}
	}
	return ui.Page{
		Title: v.Say("page.collection.receipt"), Code: card.Number, Sub: v.Badge(*receiptBadge(v, card.State)), Back: v.Href("/collection/receipts"),
		Actions: actions,
		Crumbs:  []ui.Link{{Label: v.Say("page.collection.receipts"), Href: v.Href("/collection/receipts")}, {Label: card.Number, Code: true}},
		Body: h.Div(h.Class("w-receipt-page"), v.Columns("5-7", paper,
			g.Group{v.Panel(ui.Panel{Title: v.Say("page.collection.taken_down"), Body: g.Group{v.Env.Facts(facts), button}}), history})),
	}, nil
}

// opCancel takes a receipt back.
const opCancel = "collection.receipt.cancel"

// printForm notes the print of the receipt of the page and comes back, where the script
// prints it; nothing for those who may not.
func printForm(v *screen.View, r *ReceiptCard, back string) g.Node {
	if !v.May(opPrint) {
		return nil
	}
	return h.Form(h.Class("w-inline"), h.Method("post"), h.Action(v.OpHref(opPrint)), g.Attr("data-w-send"), g.Attr("data-w-print-form"),
		h.Input(h.Type("hidden"), h.Name(ui.KeyField), h.Value(v.Key())), h.Input(h.Type("hidden"), h.Name("id"), h.Value(r.ID.String())),
		h.Input(h.Type("hidden"), h.Name("paper"), h.Value(string(r.Paper))),
		h.Input(h.Type("hidden"), h.Name(screen.BackField), h.Value(v.Href(back, copyField, strconv.FormatInt(r.Copies+1, 10)))),
		h.Button(h.Class("w-btn w-print-now"), h.Type("submit"), v.Env.Icon(ui.IconPrint), h.Span(g.Text(v.Say("page.collection.print"))), ui.Key("F9")))
}

// copyField says in an address which print of a receipt is to come out of the printer.
const copyField = "copy"

// printsNow says that the page was asked for to print the copy just noted.
func printsNow(v *screen.View, r *ReceiptCard) bool {
	return r.Copies > 0 && v.Query(copyField) == strconv.FormatInt(r.Copies, 10) && r.last.actor == op.ID(v.Actor.UserID)
}

// files are the ways to the receipt as PDF: each notes a print first.
func files(v *screen.View, r *ReceiptCard) (out []ui.Button) {
	if !v.May(opPrint) || !v.May(opPaper) {
		return nil
	}
	for _, each := range []struct {
		paper Paper
		label string
	}{{PaperA4, "page.collection.file_a4"}, {PaperTicket, "page.collection.file_ticket"}} {
		paper := string(each.paper)
		out = append(out, ui.Button{
			Label: v.Say(each.label), Icon: ui.IconFile, Post: v.OpHref(opPrint), IdemKey: v.Key(), Hidden: []ui.Pair{
				{Name: "id", Value: r.ID.String()},
				{Name: "paper", Value: paper},
				{Name: screen.BackField, Value: v.Href(screen.DocumentPath+opPaper, "id", r.ID.String(), "paper", paper)},
			},
		})
	}
	return out
}

// paperMark is what the page says across the receipt once it is on paper: only the print
// just noted for the first time is the original.
func paperMark(v *screen.View, r *ReceiptCard) g.Node {
	key := "page.collection.preview"
	switch {
	case r.Original:
		return nil
	case r.Copies > 0:
		key = "collection.paper.duplicate"
	}
	return h.P(h.Class("w-receipt-mark"), h.Aria("hidden", "true"), g.Text(v.Say(key)))
}

// receiptNode is the receipt as it is given: on paper it stands alone.
func receiptNode(ctx context.Context, v *screen.View, r *ReceiptCard) (g.Node, error) {
	labels := map[string]string{}
	for kind, id := range map[string]op.ID{"entity": r.Entity, "unit": r.Unit, "customer": max(r.Customer, r.Holder), "user": r.Actor} {
		word, err := v.Label(ctx, kind, id)
		if err != nil {
			return nil, err
		}
		labels[kind] = word
	}
	who := r.Payer
	if who == "" {
		who = labels["customer"]
	}
	kinds, err := kindWords(ctx, v, r.ReceivedOn)
	if err != nil {
		return nil, err
	}
	symbol, err := doc.QR(proofOf(r))
	if err != nil {
		return nil, err
	}
	return h.Article(h.Class("w-panel w-receipt w-receipt-"+string(r.Paper)), h.Aria("label", v.Say("page.collection.receipt")+" "+r.Number),
		g.If(printsNow(v, r), g.Attr("data-w-print-now")), paperMark(v, r),
		h.Header(h.Div(h.Strong(g.Text(labels["entity"])), h.Div(g.Text(labels["unit"]))),
			h.Div(h.Class("w-receipt-number"), h.Strong(g.Text(v.Say("page.collection.receipt"))), h.Div(ui.Code(r.Number)),
				h.Div(g.Text(r.ReceivedOn.French()+" "+clock(r.RecordedAt))))),
		g.If(r.State == Cancelled, h.P(h.Class("w-receipt-void"), v.Badge(*receiptBadge(v, r.State)))),
		h.P(g.Text(v.Say("page.collection.received_from")+" "), h.Strong(g.Text(who))),
		paidTable(v, r), tendersTable(v, r, kinds),
		h.Footer(v.Symbol(ui.Symbol{Path: symbol.Path(), Width: symbol.Width, Height: symbol.Height, Label: v.Say("page.collection.qr", "number", r.Number)}),
			h.Div(h.Div(g.Text(v.Say("field.code"))), h.Div(h.Class("w-receipt-code"), ui.Code(r.Code)),
				h.Div(g.Text(v.Say("page.collection.cashier", "name", labels["user"]))),
				h.P(h.Class("w-sub"), g.Text(v.Say("page.collection.check"))))),
	), nil
}

// kindWords are the names of the means on a day, for those who may see them.
func kindWords(ctx context.Context, v *screen.View, on day.Date) (map[string]string, error) {
	out := map[string]string{}
	if !v.May("collection.tender.list") {
		return out, nil
	}
	rows, _, err := screen.Rows[TenderKind](ctx, v, "collection.tender.list", kindsShown, "on", on.String())
	for _, k := range rows {
		out[k.Code] = k.Label
	}
	return out, err
}

// amountRow is a line of a receipt with its amount.
func amountRow(strong bool, label, amount string) g.Node {
	var word, figure g.Node = g.Text(label), g.Text(amount)
	if strong {
		word, figure = h.Strong(word), h.Strong(figure)
	}
	return h.Tr(h.Th(h.Scope("row"), word), h.Td(h.Class("w-n"), figure))
}

// paidTable are the bills that a receipt paid, and what it kept beyond them.
func paidTable(v *screen.View, r *ReceiptCard) g.Node {
	rows := g.Group{}
	for _, p := range billsOf(r.Paid) {
		label := v.Say("page.collection.paid_bill", "document", p.Document, "account", p.Number)
		if p.Amount != p.Of {
			label = v.Say("page.collection.paid_part", "document", p.Document, "account", p.Number, "of", ui.MoneyExact(p.Of), "left", ui.MoneyExact(p.Left))
		}
		rows = append(rows, amountRow(false, label, ui.MoneyExact(p.Amount)))
	}
	if kept := keptOf(r); kept > 0 {
		rows = append(rows, amountRow(false, v.Say("page.collection.kept"), ui.MoneyExact(kept)))
	}
	rows = append(rows, amountRow(false, v.Say("field.stamp"), ui.MoneyExact(r.Stamp)), amountRow(true, v.Say("page.collection.total_dh"), ui.MoneyExact(r.ToPay)))
	return h.Table(h.Class("w-table"), h.Caption(h.Class("w-vh"), g.Text(v.Say("field.paid"))), h.TBody(rows))
}

// tendersTable are the means of a receipt, and the change.
func tendersTable(v *screen.View, r *ReceiptCard, kinds map[string]string) g.Node {
	rows := g.Group{}
	for _, t := range r.Tenders {
		label := kinds[t.Kind]
		if label == "" {
			label = t.Kind
		}
		for _, word := range []string{t.Reference, t.Bank, t.Drawer} {
			if word != "" {
				label += " · " + word
			}
		}
		rows = append(rows, amountRow(false, label, ui.MoneyExact(t.Amount+t.Stamp)))
	}
	if r.Given > 0 {
		rows = append(rows, amountRow(false, v.Say("field.given"), ui.MoneyExact(r.Given)), amountRow(true, v.Say("field.change"), ui.MoneyExact(r.Change)))
	}
	return h.Table(h.Class("w-table"), h.Caption(h.Class("w-vh"), g.Text(v.Say("field.tenders"))), h.TBody(rows))
}

// receiptBeside is a receipt beside the form that cancels it.
func receiptBeside(ctx context.Context, v *screen.View, values url.Values) (g.Node, error) {
	if !v.May(opReceipt) || values.Get("id") == "" {
		return nil, nil
	}
	card, err := screen.Fetch[ReceiptCard](ctx, v, opReceipt, "id", values.Get("id"))
	if err != nil {
		return nil, err
	}
	facts, err := v.Facts(ctx, opReceipt, card, "number", "state", "customer", "payer", "received_on", "total", "stamp", "to_pay", "session", "actor")
	return v.Panel(ui.Panel{Title: v.Say("page.collection.receipt"), Body: v.Env.Facts(facts)}), err
}
