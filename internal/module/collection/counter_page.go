package collection

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	// billsShown is the most open bills of one payer at the desk.
	billsShown = 200
	// lastShown is how many of the last receipts are on the page.
	lastShown = 6
	// findMax is the longest text to search for.
	findMax = 80
)

// desk is the page of the desk while it is drawn.
type desk struct {
	v       *screen.View
	session SessionCard
	kinds   []TenderKind
	dues    []Due
	// ticked are the bills to pay, by item.
	ticked map[op.ID]bool
	found  []Payer
	// slip is the bill that was asked for by its number or its payment slip.
	slip Payer
	// asked says that something was searched for, known that the payer was found.
	asked, known bool
	// receipt is the one just given.
	receipt *ReceiptCard
}

// counterPage is the desk: find, tick, take, give the receipt, next.
func (m *Module) counterPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	v.Prefs.NavFolded = true
	d := &desk{v: v, ticked: map[op.ID]bool{}}
	page := ui.Page{Title: v.Say("page.collection.counter"), Back: v.Href(counterPath)}
	id, err := openSession(ctx, v)
	if err != nil {
		return page, err
	}
	if id == 0 {
		page.Body, err = openPanel(ctx, v)
		return page, err
	}
	if d.session, err = screen.Fetch[SessionCard](ctx, v, opSession, "id", id.String()); err != nil {
		return page, err
	}
	if err := d.read(ctx, m.find); err != nil {
		return page, err
	}
	last, err := d.last(ctx)
	if err != nil {
		return page, err
	}
	side, err := d.side(ctx)
	if err != nil {
		return page, err
	}
	left := g.Group{d.search(), d.results(), d.settled(), d.bills()}
	middle := g.Group{}
	switch {
	case len(d.dues) > 0:
		middle = append(middle, d.pay())
	case d.receipt != nil:
		given, err := receiptNode(ctx, v, d.receipt)
		if err != nil {
			return page, err
		}
		middle = append(middle, d.given(), given)
	}
	page.Body = h.Div(h.Class("w-counter"), g.Attr("data-w-counter", v.Href(counterPath)),
		h.Div(h.Class("w-counter-left"), left, last), h.Div(h.Class("w-counter-pay"), middle), h.Div(h.Class("w-counter-side"), side), keysLine(v))
	return page, nil
}

// openSession is the open session of the person; 0 for none.
func openSession(ctx context.Context, v *screen.View) (op.ID, error) {
	if v.Actor.UserID == 0 {
		return 0, nil
	}
	rows, _, err := screen.Rows[Session](ctx, v, "collection.session.list", 1, "state", string(SessionOpen), "cashier", op.ID(v.Actor.UserID).String())
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].ID, nil
}

// read gathers what the page shows.
func (d *desk) read(ctx context.Context, find Finder) (err error) {
	if d.kinds, _, err = screen.Rows[TenderKind](ctx, d.v, "collection.tender.list", kindsShown, "on", d.v.Today.String()); err != nil {
		return err
	}
	// In the order in which they were introduced: cash first.
	slices.SortFunc(d.kinds, func(a, b TenderKind) int { return cmp.Compare(a.ID, b.ID) })
	customer, account := d.v.Query("customer"), d.v.Query("account")
	if text := d.v.Query("find"); text != "" && find != nil {
		d.asked = true
		if d.found, err = find(ctx, d.v, text); err != nil {
			return err
		}
		if len(d.found) == 1 {
			only := d.found[0]
			d.found, d.slip, customer, account = nil, only, idText(only.Customer), idText(only.Account)
		}
	}
	if customer != "" || account != "" {
		d.asked, d.known = true, true
		if err := d.owed(ctx, customer, account); err != nil {
			return err
		}
	}
	if id := d.v.Query("id"); id != "" && d.v.May(opReceipt) {
		card, err := screen.Fetch[ReceiptCard](ctx, d.v, opReceipt, "id", id)
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		d.receipt = &card
		return err
	}
	return nil
}

func idText(id op.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// owed reads the bills of a payer, oldest first, and ticks them: those of the account
// that was found, or all; a bill asked for by itself alone. What a person ticked before a
// refusal stays.
func (d *desk) owed(ctx context.Context, customer, account string) (err error) {
	ask := []string{"receivable_account", account}
	if customer != "" {
		ask = []string{"customer", customer, "payer", "true"}
	}
	if d.dues, _, err = screen.Rows[Due](ctx, d.v, "collection.due.list", billsShown, ask...); err != nil {
		return err
	}
	for _, due := range d.dues {
		d.ticked[due.Item] = (account == "" || due.Account.String() == account) && (d.slip.Item == 0 || due.Item == d.slip.Item)
		if d.v.Posted != nil {
			d.ticked[due.Item] = slices.Contains(d.v.Posted.Values["items"], due.Item.String())
		}
	}
	return nil
}

// search is the one field that finds who pays.
func (d *desk) search() g.Node {
	v := d.v
	return h.Form(h.Class("w-panel w-counter-find"), h.Method("get"), h.Action(counterPath), h.Role("search"), h.Aria("label", v.Say("page.collection.find")),
		h.Label(h.For("find"), g.Text(v.Say("page.collection.find"))),
		h.Div(h.Class("w-control-line"),
			h.Input(h.Type("search"), h.ID("find"), h.Name("find"), h.Class("w-control"), h.Value(v.Query("find")), h.AutoComplete("off"),
				h.MaxLength(strconv.Itoa(findMax)), h.Placeholder(v.Say("page.collection.find.placeholder")), g.Attr("data-w-find"), g.If(len(d.dues) == 0, h.AutoFocus())),
			g.If(v.Query("unit") != "", h.Input(h.Type("hidden"), h.Name("unit"), h.Value(v.Query("unit")))),
			v.Env.Button(ui.Button{Label: v.Say("page.collection.find.go"), Icon: ui.IconSearch})))
}

// results are the payers found when there are several, or none.
func (d *desk) results() g.Node {
	v := d.v
	if d.asked && len(d.found) == 0 && len(d.dues) == 0 {
		if v.Query("find") != "" && !d.known {
			return v.Notice(ui.Notice{Tone: ui.Action, Title: v.Say("page.collection.found_none"), Text: v.Say("page.collection.found_none.text")})
		}
		return v.Notice(ui.Notice{Tone: ui.Action, Title: v.Say("page.collection.nothing_due"), Text: v.Say("page.collection.nothing_due.text")})
	}
	if len(d.found) == 0 {
		return nil
	}
	all := make([]ui.Found, len(d.found))
	for i, p := range d.found {
		all[i] = ui.Found{
			Kind: v.Say("subject." + p.Kind), Label: p.Label, Code: p.Code, Sub: p.Sub,
			Href: v.Href(counterPath, "customer", idText(p.Customer), "account", idText(p.Account)),
		}
	}
	return v.Panel(ui.Panel{Title: v.Say("page.collection.found", "count", len(all)), Body: h.Div(g.Attr("data-w-choices"), v.SearchResults(all))})
}

// settled says that the bill asked for is paid, while others of its payer are not.
func (d *desk) settled() g.Node {
	if d.slip.Item == 0 || len(d.dues) == 0 || slices.ContainsFunc(d.dues, func(due Due) bool { return due.Item == d.slip.Item }) {
		return nil
	}
	return d.v.Notice(ui.Notice{
		Tone: ui.Action, Title: d.v.Say("page.collection.settled", "number", d.slip.Bill), Text: d.v.Say("page.collection.settled.text", "count", len(d.dues)),
	})
}

// bills are what the payer owes, with a box each.
func (d *desk) bills() g.Node {
	if len(d.dues) == 0 {
		return nil
	}
	v := d.v
	head := func(key, class string) g.Node {
		return h.Th(h.Scope("col"), g.If(class != "", h.Class(class)), g.Text(v.Say(key)))
	}
	var total money.Amount
	count := 0
	rows := g.Group{}
	for _, due := range d.dues {
		if d.ticked[due.Item] {
			total, count = total+due.Left, count+1
		}
		rows = append(rows, d.bill(due))
	}
	return h.Section(h.Class("w-panel w-counter-bills"), h.Aria("label", v.Say("page.collection.bills")),
		h.Div(h.Class("w-panel-head"), h.H2(g.Text(d.who())), h.P(h.Class("w-sub"), g.Text(v.Say("page.collection.oldest_first")))),
		h.Table(h.Class("w-table"), h.Caption(h.Class("w-vh"), g.Text(v.Say("page.collection.bills"))),
			h.THead(h.Tr(h.Td(), head("page.collection.bill", ""), head("field.due_on", ""), head("field.left", "w-n"))),
			h.TBody(rows),
			h.TFoot(h.Tr(h.Td(), h.Th(h.Scope("row"), g.Attr("colspan", "2"), h.Span(g.Attr("data-w-ticked"), g.Text(ui.Number(count))),
				g.Text(" "+v.Say("page.collection.ticked_of", "count", len(d.dues)))),
				h.Td(h.Class("w-n"), h.Strong(g.Attr("data-w-sum"), g.Text(ui.MoneyExact(total))))))))
}

// who names whose bills they are: one customer, or how many.
func (d *desk) who() string {
	names := []string{}
	for _, due := range d.dues {
		name := due.Name
		if name == "" {
			name = due.Number
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	return d.v.Say("page.collection.several", "name", names[0], "count", len(names)-1)
}

func (d *desk) bill(due Due) g.Node {
	v := d.v
	late := due.DueOn.DaysUntil(v.Today)
	state := ui.Status{Label: due.DueOn.French(), Icon: ui.IconCalendar}
	if late > 0 {
		state = ui.Status{Label: v.Say("page.collection.late", "date", due.DueOn, "days", late), Tone: ui.Waits, Icon: ui.IconClock}
	}
	id := "item-" + due.Item.String()
	return h.Tr(
		h.Td(h.Input(h.Type("checkbox"), h.Class("w-check"), h.ID(id), h.Name("items"), h.Value(due.Item.String()), g.Attr("form", payForm),
			g.Attr("data-w-bill", strconv.FormatInt(int64(due.Left), 10)), g.If(d.ticked[due.Item], h.Checked()))),
		h.Td(h.Label(h.For(id), ui.Code(due.Document)), h.Div(h.Class("w-sub"), g.Text(v.Say("enum.ledger_service."+string(due.Service))+" · "+due.Number))),
		h.Td(v.Badge(state)),
		h.Td(h.Class("w-n"), h.Strong(g.Text(ui.MoneyExact(due.Left)))))
}

// last are the last receipts of the session.
func (d *desk) last(ctx context.Context) (g.Node, error) {
	v := d.v
	if !v.May("collection.receipt.list") {
		return nil, nil
	}
	rows, more, err := screen.Rows[Receipt](ctx, v, "collection.receipt.list", lastShown, "session", d.session.ID.String())
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	l := ui.List{ID: "last", Caption: v.Say("page.collection.last"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.collection.at"), Kind: ui.DateColumn},
		{Label: v.Say("page.collection.receipt"), Kind: ui.CodeColumn},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
		{Label: v.Say("field.to_pay"), Kind: ui.AmountColumn},
	}, Tall: true}
	names, err := customersOf(ctx, v, rows)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		who := r.Payer
		if who == "" {
			who = names[r.Customer]
		}
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref("receipt", r.ID), Cells: []ui.Cell{
			{Text: clock(r.RecordedAt)}, {Text: r.Number, Sub: who}, {Status: receiptBadge(v, r.State)}, {Text: ui.MoneyExact(r.ToPay)},
		}})
	}
	p := ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true}
	if more {
		p.Links = []ui.Link{{Label: v.Say("page.collection.last_all"), Href: v.Href("/collection/receipts", "session", d.session.ID.String())}}
	}
	return v.Panel(p), nil
}

func customersOf(ctx context.Context, v *screen.View, rows []Receipt) (map[op.ID]string, error) {
	ids := make([]op.ID, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.Customer)
	}
	return v.Labels(ctx, "customer", ids)
}

// arrows are the keys that move among bills and answers.
const arrows = "\u2191 \u2193"

// keysLine tells the keys of the desk.
func keysLine(v *screen.View) g.Node {
	keys := [][2]string{
		{"/", v.Say("page.collection.key.find")},
		{arrows, v.Say("page.collection.key.move")},
		{v.Say("page.collection.key.space_key"), v.Say("page.collection.key.tick")},
		{"+", v.Say("page.collection.key.more")},
		{v.Say("page.collection.key.enter_key"), v.Say("page.collection.key.take")},
		{"F9", v.Say("page.collection.key.print")},
		{v.Say("page.collection.key.escape_key"), v.Say("page.collection.key.next")},
	}
	return h.Div(h.Class("w-panel w-counter-keys"), h.Role("note"), g.Map(keys, func(k [2]string) g.Node {
		return h.Span(ui.Key(k[0]), g.Text(" "+k[1]))
	}))
}
