package collection

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// denominations are the notes and coins of the dirham, in centimes (Bank Al-Maghrib).
func denominations() []int64 {
	return []int64{20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5}
}

// piecesMax bounds the count of one denomination.
const piecesMax = 100_000

// countField is the name of the count of a denomination.
func countField(centimes int64) string { return "n_" + strconv.FormatInt(centimes, 10) }

// closeInput turns the fields of the page into the input of a count: without a sum typed
// it is that of the notes and coins.
func closeInput(values url.Values) url.Values {
	out := url.Values{"id": values["id"]}
	if reason := values.Get("reason"); reason != "" {
		out.Set("reason", reason)
	}
	if counted := strings.TrimSpace(values.Get("counted")); counted != "" {
		out.Set("counted", counted)
		return out
	}
	var sum money.Amount
	any := false
	for _, d := range denominations() {
		text := strings.TrimSpace(values.Get(countField(d)))
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > piecesMax {
			out.Set("counted", text) // refused with its reason
			return out
		}
		any, sum = true, sum+money.Amount(n*d)
	}
	if any {
		out.Set("counted", sum.String())
	}
	return out
}

// sessionsPage lists the sessions.
func sessionsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "collection.session.list", screen.ListOptions{
		Record: "cash_session", Columns: []string{"number", "business_day", "unit", "desk", "cashier", "receipts", "expected", "counted", "difference", "state"},
		Empty: &ui.Empty{Icon: ui.IconCash, Title: v.Say("page.collection.sessions_empty"), Text: v.Say("page.collection.sessions_empty.text")},
	})
	return ui.Page{Body: v.Env.List(l), Actions: v.Button(opOpen, ui.IconPlus)}, err
}

// openPanel is the page of the desk before it is opened.
func openPanel(ctx context.Context, v *screen.View) (g.Node, error) {
	if !v.May(opOpen) {
		empty := ui.Empty{Icon: ui.IconCash, Title: v.Say("page.collection.closed"), Text: v.Say("page.collection.closed.text")}
		return v.Panel(ui.Panel{Body: v.Env.Empty(empty)}), nil
	}
	unit := op.ID(v.Unit)
	if roots := v.Rights.Roots(opOpen); unit == 0 && len(roots) == 1 {
		unit = op.ID(roots[0].Unit)
	}
	word, err := v.Label(ctx, "unit", unit)
	if err != nil {
		return nil, err
	}
	return v.Panel(ui.Panel{Title: v.Say("op." + opOpen), Sub: v.Say("page.collection.closed.text"), Body: v.Form(ui.Form{
		ID: "open", Action: v.OpHref(opOpen), IdemKey: v.Key(), Submit: v.Say("op." + opOpen), SubmitIcon: ui.IconCash,
		Hidden: []ui.Pair{{Name: screen.BackField, Value: v.Href(counterPath)}},
		Sets: []ui.FieldSet{{Fields: []ui.Field{
			{Name: "desk", Label: v.Say("field.desk"), Kind: ui.TextField, Required: true, MaxLength: deskMax, Focus: true},
			{Name: "opening_float", Label: v.Say("field.opening_float"), Kind: ui.AmountField, Unit: v.Say("unit.dh")},
			{Name: "unit", Label: v.Say("field.unit"), Kind: ui.PickField, Source: v.Href("/pick/org.unit.list"), Required: true, Value: idText(unit), Shown: word},
			{Name: "paper", Label: v.Say("field.paper"), Kind: ui.EnumField, Value: string(PaperA5), Options: papers(v)},
			{Name: "print_at_once", Label: v.Say("field.print_at_once"), Kind: ui.BoolField},
		}}},
	})}), nil
}

// papers are the choices of paper.
func papers(v *screen.View) (out []ui.Option) {
	for _, p := range Paper("").EnumValues() {
		out = append(out, ui.Option{Value: p, Label: v.Say("enum.collection_paper." + p)})
	}
	return out
}

// deskMax is the longest name of a desk.
const deskMax = 31

// side is the state of the desk: what was taken, what is in the drawer.
func (d *desk) side(ctx context.Context) (g.Node, error) {
	v, s := d.v, &d.session
	cashier, err := v.Label(ctx, "user", s.Cashier)
	if err != nil {
		return nil, err
	}
	facts := append([]ui.Fact{
		{Label: v.Say("field.cashier"), Value: cashier}, {Label: v.Say("page.collection.opened_at"), Value: clock(s.OpenedAt)},
	}, d.totals()...)
	body := g.Group{v.Env.Facts(facts)}
	if s.Day != v.Today {
		body = append(body, v.Notice(ui.Notice{Tone: ui.Wrong, Title: v.Say("error.collection.session_yesterday", "date", s.Day)}))
	}
	if v.May(opClose) {
		body = append(body, v.Env.Button(ui.Button{Label: v.Say("page.collection.count"), Icon: ui.IconLock, Href: v.RecordHref("cash_session", s.ID)}))
	}
	return v.Panel(ui.Panel{
		Title: s.Desk, Status: &ui.Status{Label: v.Say("enum.cash_session_state." + string(s.State)), Tone: ui.Settled}, Body: body,
	}), nil
}

// totals are what a session took, by means, and what the drawer must hold.
func (d *desk) totals() []ui.Fact { return sessionFacts(d.v, &d.session, d.kinds) }

func sessionFacts(v *screen.View, s *SessionCard, kinds []TenderKind) []ui.Fact {
	labels := map[string]string{}
	for _, k := range kinds {
		labels[k.Code] = k.Label
	}
	facts := []ui.Fact{
		{Label: v.Say("field.receipts"), Value: ui.Count(s.Receipts), Number: true},
		{Label: v.Say("field.cancelled"), Value: ui.Count(s.Cancelled), Number: true},
		{Label: v.Say("field.opening_float"), Value: ui.MoneyExact(s.Float), Number: true, Rule: true},
	}
	var stamp, total money.Amount
	for _, t := range s.Tenders {
		label := labels[t.Kind]
		if label == "" {
			label = t.Kind
		}
		facts = append(facts, ui.Fact{Label: v.Say("page.collection.by_tender", "tender", label, "count", t.Receipts), Value: ui.MoneyExact(t.Amount), Number: true})
		stamp, total = stamp+t.Stamp, total+t.Amount
	}
	return append(facts,
		ui.Fact{Label: v.Say("field.stamp"), Value: ui.MoneyExact(stamp), Number: true},
		ui.Fact{Label: v.Say("page.collection.taken"), Value: ui.MoneyExact(total + stamp), Number: true, Strong: true, Rule: true},
		ui.Fact{Label: v.Say("page.collection.in_drawer"), Value: ui.MoneyExact(s.Expected), Number: true, Strong: true})
}

// sessionPage is one session: its totals, and its count.
func sessionPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[SessionCard](ctx, v, opSession, "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	var kinds []TenderKind
	if v.May("collection.tender.list") {
		if kinds, _, err = screen.Rows[TenderKind](ctx, v, "collection.tender.list", kindsShown, "on", card.Day.String()); err != nil {
			return ui.Page{}, err
		}
	}
	facts, err := v.Facts(ctx, opSession, card, "unit", "desk", "cashier", "business_day", "opened_at")
	if err != nil {
		return ui.Page{}, err
	}
	status := ui.Status{Label: v.Say("enum.cash_session_state." + string(card.State)), Tone: ui.Settled}
	left := g.Group{}
	if card.State == SessionOpen && v.May(opClose) {
		left = append(left, v.Panel(ui.Panel{Title: v.Say("op." + opClose), Sub: v.Say("page.collection.count.sub"), Focus: true, Body: countForm(v, card.ID)}))
	}
	if card.State == SessionClosed {
		status.Icon, status.Tone = ui.IconLock, ui.Neutral
		counted, err := v.Facts(ctx, opSession, card, "closed_at", "closed_by", "expected", "counted", "difference", "reason")
		if err != nil {
			return ui.Page{}, err
		}
		left = append(left, v.Panel(ui.Panel{Title: v.Say("page.collection.counted"), Body: v.Env.Facts(counted)}))
	}
	history, err := v.History(ctx, "cash_session", card.ID)
	return ui.Page{
		Title: v.Say("page.collection.session"), Code: card.Number, Sub: v.Badge(status), Back: v.Href("/collection/sessions"),
		Crumbs: []ui.Link{{Label: v.Say("page.collection.sessions"), Href: v.Href("/collection/sessions")}, {Label: card.Number, Code: true}},
		Body: v.Columns("8-4", append(left, history), g.Group{
			v.Panel(ui.Panel{Title: v.Say("page.collection.session"), Body: v.Env.Facts(facts)}),
			v.Panel(ui.Panel{Title: v.Say("page.collection.totals"), Body: v.Env.Facts(sessionFacts(v, &card, kinds))}),
		}),
	}, err
}

// countForm counts a drawer: by note and coin, or its sum.
func countForm(v *screen.View, id op.ID) g.Node {
	rows := g.Group{}
	for _, d := range denominations() {
		name := countField(d)
		field := "count-" + name
		rows = append(rows, h.Div(h.Class("w-count-line"), h.Label(h.For(field), g.Text(ui.MoneyExact(d))),
			h.Input(h.Type("text"), h.Class("w-control"), h.ID(field), h.Name(name), h.Value(typed(v, name)), g.Attr("inputmode", "numeric"), h.AutoComplete("off"),
				h.MaxLength("6"), g.Attr("data-w-piece", strconv.FormatInt(d, 10)), g.If(d == denominations()[0], h.AutoFocus()))))
	}
	form := ui.Form{
		ID: "count", Action: v.Request.URL.RequestURI(), IdemKey: keyOf(v), Submit: v.Say("op." + opClose), SubmitIcon: ui.IconLock, Errors: refusals(v),
		Hidden: []ui.Pair{{Name: "id", Value: id.String()}},
		Intro: h.FieldSet(h.Class("w-count"), g.Attr("data-w-count-cash"), h.Legend(g.Text(v.Say("page.collection.pieces"))), rows,
			h.P(h.Class("w-count-sum"), g.Text(v.Say("page.collection.pieces_sum")+" "), output(g.Attr("data-w-pieces"), g.Text(ui.Dash)))),
		Sets: []ui.FieldSet{{Fields: []ui.Field{
			{
				Name: "counted", Label: v.Say("field.counted"), Help: v.Say("page.collection.counted.help"), Kind: ui.AmountField, Unit: v.Say("unit.dh"),
				Value: typed(v, "counted"),
			},
			{Name: "reason", Label: v.Say("field.reason"), Help: v.Say("page.collection.reason.help"), Kind: ui.AreaField, Value: typed(v, "reason")},
		}}},
	}
	return v.Form(form)
}
