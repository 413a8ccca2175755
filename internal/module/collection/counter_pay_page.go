package collection

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

const (
	// payForm is the id of the form that takes the money.
	payForm = "pay"
	// tendersShown is how many means the page takes at once; the operation takes more.
	tendersShown = 3
	// kindsShown bounds the kinds of tender read.
	kindsShown = 50
	// clockForm is a time of day.
	clockForm = "15:04"
)

// tenderKeys are the keys that choose a means, in the order of the kinds. F5 renews a
// page in every browser and is left alone.
func tenderKeys() []string { return []string{"F2", "F3", "F4", "F6", "F7", "F8"} }

// clock is a time of day as people read it.
func clock(at time.Time) string { return at.In(day.Zone()).Format(clockForm) }

// tenderField is the name of a field of a means of payment: t1_kind, t2_amount.
func tenderField(no int, name string) string { return "t" + strconv.Itoa(no) + "_" + name }

// takeInput turns the fields of the page into the input of a receipt: each means becomes
// one line. The first may leave its amount open; the others count once they have one.
func takeInput(values url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"items", "given", "surplus", "received_on", "payer", "note", "print"} {
		for _, value := range values[name] {
			if value != "" {
				out.Add(name, value)
			}
		}
	}
	for i, account := range values["accounts"] {
		if !slices.Contains(values["accounts"][:i], account) {
			out.Add("accounts", account)
		}
	}
	if customer := values.Get("customer"); customer != "" {
		out.Set("customer", customer)
	}
	for no := 1; no <= tendersShown; no++ {
		kind, amount := values.Get(tenderField(no, "kind")), strings.TrimSpace(values.Get(tenderField(no, "amount")))
		if kind == "" || no > 1 && amount == "" {
			continue
		}
		cells := []string{kind, amount}
		for _, name := range []string{"reference", "bank", "drawer"} {
			cells = append(cells, strings.ReplaceAll(values.Get(tenderField(no, name)), ";", ","))
		}
		out.Add("tenders", strings.Join(cells, ";"))
	}
	return out
}

// pay is the form that takes the money: what is due in large figures, the means, the
// change.
func (d *desk) pay() g.Node {
	v := d.v
	address := v.Href(counterPath, "customer", v.Query("customer"), "account", v.Query("account"), "find", v.Query("find"))
	return h.Form(h.Class("w-panel w-pay"), h.ID(payForm), h.Method("post"), h.Action(address), g.Attr("novalidate"), g.Attr("data-w-send"),
		g.Attr("data-w-pay"), h.Aria("label", v.Say("op."+opTake)),
		h.Input(h.Type("hidden"), h.Name(ui.KeyField), h.Value(keyOf(v))), d.hidden(), d.refused(),
		h.Div(h.Class("w-pay-due"), h.Div(h.Class("w-figure-label"), g.Text(v.Say("page.collection.to_take"))),
			output(h.Class("w-large"), g.Attr("data-w-total"), g.Text(ui.MoneyExact(d.initial()))), h.Span(h.Class("w-large-unit"), g.Text(v.Say("unit.dh"))),
			h.Dl(h.Class("w-facts"),
				h.Div(h.Dt(g.Text(v.Say("page.collection.bills"))), h.Dd(g.Attr("data-w-bills"), g.Text(ui.MoneyExact(d.sum())))),
				h.Div(h.Dt(g.Text(d.stampLabel())), h.Dd(g.Attr("data-w-stamp"), g.Text(ui.MoneyExact(d.stamp())))))),
		d.tender(1),
		g.Map([]int{2, tendersShown}, func(no int) g.Node {
			return h.Details(h.Class("w-pay-more"), g.Attr("data-w-more"), g.If(typed(v, tenderField(no, "amount")) != "", g.Attr("open")),
				h.Summary(g.Text(v.Say("page.collection.other_tender", "no", no)), g.If(no == 2, ui.Key("+"))), d.tender(no))
		}),
		d.change(),
		h.Button(h.Class("w-btn w-btn-primary w-pay-take"), h.Type("submit"), v.Env.Icon(ui.IconCash), h.Span(g.Text(v.Say("page.collection.take"))), ui.Key(v.Say(
			"page.collection.key.enter_key"))), d.precisions())
}

// hidden are the accounts whose bills are shown, and their customer.
func (d *desk) hidden() g.Node {
	nodes, seen := g.Group{}, []op.ID{}
	customer := idText(d.dues[0].Customer)
	for _, due := range d.dues {
		if !slices.Contains(seen, due.Account) {
			seen = append(seen, due.Account)
			nodes = append(nodes, h.Input(h.Type("hidden"), h.Name("accounts"), h.Value(due.Account.String())))
		}
	}
	if asked := d.v.Query("customer"); asked != "" {
		customer = asked
	}
	if customer != "" {
		nodes = append(nodes, h.Input(h.Type("hidden"), h.Name("customer"), h.Value(customer)))
	}
	if d.session.AtOnce && d.v.May(opPrint) {
		nodes = append(nodes, h.Input(h.Type("hidden"), h.Name("print"), h.Value("true")))
	}
	return nodes
}

// refused says why the receipt was not given; nothing that was typed is lost.
func (d *desk) refused() g.Node {
	all := refusals(d.v)
	if len(all) == 0 {
		return nil
	}
	return h.Div(h.Class("w-notice w-wrong"), h.Role("alert"), h.TabIndex("-1"), g.Attr("data-w-refused"), d.v.Env.Icon(ui.IconAlert),
		h.Div(h.Strong(g.Text(d.v.Say("page.collection.refused"))), g.Map(all, func(m string) g.Node { return h.P(g.Text(m)) })))
}

// sum is what is ticked.
func (d *desk) sum() (sum money.Amount) {
	for _, due := range d.dues {
		if d.ticked[due.Item] {
			sum += due.Left
		}
	}
	return sum
}

// cash is the kind that gives change; the zero kind when there is none.
func (d *desk) cash() (cash TenderKind) {
	for _, k := range d.kinds {
		if k.GivesChange {
			return k
		}
	}
	return cash
}

// stamp is the duty on what is ticked, paid in cash: what the page begins with.
func (d *desk) stamp() money.Amount {
	duty, err := d.sum().TimesRate(d.cash().StampRate)
	if err != nil {
		return 0
	}
	return duty
}

func (d *desk) initial() money.Amount { return d.sum() + d.stamp() }

func (d *desk) stampLabel() string {
	return d.v.Say("page.collection.stamp", "rate", d.cash().StampRate)
}

// tender are the fields of one means. The bank and the number are shown by the style
// sheet once a kind that needs them is chosen.
func (d *desk) tender(no int) g.Node {
	v := d.v
	chosen := typed(v, tenderField(no, "kind"))
	radios := g.Group{}
	for i, k := range d.kinds {
		if i >= len(tenderKeys()) {
			break
		}
		id := tenderField(no, "kind") + "-" + k.Code
		on := k.Code == chosen || chosen == "" && no == 1 && k.GivesChange
		radios = append(radios, h.Span(h.Class("w-tender-kind"),
			h.Input(h.Type("radio"), h.ID(id), h.Name(tenderField(no, "kind")), h.Value(k.Code), g.If(on, h.Checked()), g.Attr("data-w-kind", tenderKeys()[i]),
				g.Attr("data-w-rate", strconv.FormatInt(int64(k.StampRate), 10)), g.If(k.GivesChange, g.Attr("data-w-cash")),
				g.If(k.NeedsReference, g.Attr("data-w-needs"))),
			h.Label(h.For(id), g.Text(k.Label), ui.Key(tenderKeys()[i]))))
	}
	return h.FieldSet(h.Class("w-tender"), g.Attr("data-w-tender", strconv.Itoa(no)),
		h.Legend(g.Text(v.Say("page.collection.tender", "no", no))), h.Div(h.Class("w-tender-kinds"), radios),
		d.input(tenderField(no, "amount"), "field.amount", "page.collection.amount_rest", "decimal", "data-w-amount"),
		h.Div(h.Class("w-tender-needs"),
			d.input(tenderField(no, "reference"), "field.reference", "", "text", "data-w-reference"),
			d.input(tenderField(no, "bank"), "field.bank", "", "text", ""),
			d.input(tenderField(no, "drawer"), "field.drawer", "", "text", "")))
}

// input is one small field of the form.
func (d *desk) input(name, label, placeholder, mode, mark string) g.Node {
	v := d.v
	return h.Div(h.Class("w-field"), h.Label(h.For(payForm+"-"+name), g.Text(v.Say(label))),
		h.Input(h.Type("text"), h.Class("w-control"), h.ID(payForm+"-"+name), h.Name(name), h.Value(typed(v, name)), h.AutoComplete("off"),
			h.MaxLength(strconv.Itoa(WordMax)), g.Attr("inputmode", mode), g.If(placeholder != "", h.Placeholder(v.Say(placeholder))), g.If(mark != "", g.Attr(mark))))
}

// change is the money handed over and what goes back.
func (d *desk) change() g.Node {
	v := d.v
	return h.Div(h.Class("w-pay-cash"),
		h.Div(h.Class("w-pay-given"), h.Label(h.For("pay-given"), g.Text(v.Say("page.collection.given"))),
			h.Input(h.Type("text"), h.ID("pay-given"), h.Name("given"), h.Class("w-control w-given"), h.Value(typed(v, "given")), h.AutoComplete("off"),
				g.Attr("inputmode", "decimal"), h.MaxLength("14"), g.Attr("data-w-given"), g.If(v.Posted == nil, h.AutoFocus()))),
		h.Div(h.Class("w-pay-change"), h.Div(h.Class("w-figure-label"), g.Text(v.Say("page.collection.change"))),
			output(h.Class("w-large"), g.Attr("data-w-return"), g.Text(ui.Dash)), h.Span(h.Class("w-large-unit"), g.Text(v.Say("unit.dh"))),
			h.P(h.Class("w-sub"), h.Aria("live", "polite"), g.Attr("data-w-change-note"),
				g.Attr("data-w-short", v.Say("page.collection.short")), g.Attr("data-w-much", v.Say("page.collection.much")))))
}

// precisions are what is rarely said: what becomes of a surplus, who pays, on what day.
func (d *desk) precisions() g.Node {
	v := d.v
	chosen := typed(v, "surplus")
	open := chosen != "" && chosen != string(Refuse) || typed(v, "payer") != "" || typed(v, "received_on") != "" || typed(v, "note") != ""
	return h.Details(h.Class("w-pay-more"), g.If(open, g.Attr("open")), h.Summary(g.Text(v.Say("page.collection.precisions"))),
		h.Div(h.Class("w-field"), h.Label(h.For("pay-surplus"), g.Text(v.Say("field.surplus"))),
			h.Select(h.ID("pay-surplus"), h.Name("surplus"), h.Class("w-control w-menu"), g.Map(Surplus("").EnumValues(), func(s string) g.Node {
				return h.Option(h.Value(s), g.If(s == chosen, h.Selected()), g.Text(v.Say("enum.collection_surplus."+s)))
			}))),
		d.input("payer", "field.payer", "", "text", ""),
		h.Div(h.Class("w-field"), h.Label(h.For("pay-received_on"), g.Text(v.Say("field.received_on"))),
			h.Input(h.Type("date"), h.ID("pay-received_on"), h.Name("received_on"), h.Class("w-control"), h.Value(typed(v, "received_on")))),
		d.input("note", "field.note", "", "text", ""))
}

// given is what the cashier must do after a receipt: the change to hand over.
func (d *desk) given() g.Node {
	v, r := d.v, d.receipt
	return h.Div(h.Class("w-panel w-pay-change w-pay-done"),
		h.Div(h.Class("w-figure-label"), g.Text(v.Say("page.collection.change"))),
		output(h.Class("w-large"), g.Text(ui.MoneyExact(r.Change))), h.Span(h.Class("w-large-unit"), g.Text(v.Say("unit.dh"))),
		h.P(h.Class("w-sub"), g.Text(v.Say("page.collection.done", "number", r.Number, "amount", ui.MoneyExact(r.ToPay)))),
		printForm(v, r, v.Href(counterPath, "id", r.ID.String())))
}
