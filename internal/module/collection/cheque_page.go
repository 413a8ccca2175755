package collection

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	opCheques    = "collection.cheque.list"
	opDeposit    = "collection.cheque.deposit"
	opClear      = "collection.cheque.clear"
	opReturn     = "collection.cheque.return"
	chequesPath  = "/collection/cheques"
	depositPath  = "/collection/cheques/deposit"
	everyState   = "all"
	depositShown = 200 // cheques of one bordereau on a page
)

// chequeBadge is the state of a cheque.
func chequeBadge(v *screen.View, s ChequeState) *ui.Status {
	status := &ui.Status{Label: v.Say("enum.cheque_state." + string(s))}
	switch s {
	case ChequeReceived, ChequeDeposited:
		status.Tone = ui.Waits
	case ChequeCleared:
		status.Tone = ui.Settled
	case ChequeReturned:
		status.Tone = ui.Wrong
	case ChequeCancelled:
		status.Icon = ui.IconBan
	}
	return status
}

// chequeRegister is the page of the cheques in one state, or of one bordereau.
type chequeRegister struct {
	v       *screen.View
	state   string
	deposit string
	rows    []Cheque
}

// chequesPage is the register of cheques by state: those in hand go to the bank, those at
// the bank are cleared or come back.
func chequesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	c := &chequeRegister{v: v, state: v.Query("state"), deposit: v.Query("deposit")}
	switch {
	case slices.Contains(ChequeState("").EnumValues(), c.state):
	case c.deposit != "" || c.state == everyState:
		c.state = everyState
	default:
		c.state = string(ChequeReceived)
	}
	l, err := c.list(ctx)
	if err != nil {
		return ui.Page{}, err
	}
	actions := v.Button(opDeposit, ui.IconSend)
	for i := range actions {
		actions[i].Label, actions[i].Href = v.Say("page.collection.deposit.all"), v.Href(depositPath)
	}
	p := ui.Page{Sub: g.Text(v.Say("page.collection.cheques.sub")), Actions: actions}
	if depositID, ok := idOf(c.deposit); ok {
		number, err := v.Label(ctx, "cheque_deposit", depositID)
		if err != nil {
			return ui.Page{}, err
		}
		p.Code, p.Back, p.Actions = number, v.Href(chequesPath, "state", string(ChequeDeposited)), c.clearAll(l.Pager.Next == "")
		l.Chips = append(l.Chips, ui.Chip{
			Label: v.Say("field.deposit") + ui.HardSpace + ": " + number, Remove: v.Href(chequesPath, "state", string(ChequeDeposited)),
		})
	}
	p.Body = g.Group{c.tabs(), v.Env.List(l)}
	return p, nil
}

// tabs are the states.
func (c *chequeRegister) tabs() g.Node {
	var tabs []ui.Tab
	for _, s := range ChequeState("").EnumValues() {
		tabs = append(tabs, ui.Tab{Label: c.v.Say("page.collection.cheques." + s), Href: c.v.Href(chequesPath, "state", s), Current: c.state == s})
	}
	tabs = append(tabs, ui.Tab{Label: c.v.Say("filter.all"), Href: c.v.Href(chequesPath, "state", everyState), Current: c.state == everyState})
	return c.v.Tabs(c.v.Say("field.state"), tabs)
}

// list are the cheques, with their total where all of them are shown.
func (c *chequeRegister) list(ctx context.Context) (ui.List, error) {
	v := c.v
	o := screen.ListOptions{
		Hide: []string{"state", "deposit", "cheques"}, Columns: []string{"reference", "bank", "drawer", "receipt", "unit", "received_on", "amount"},
		Open: func(row any) string {
			one, ok := row.(Cheque)
			if !ok {
				return ""
			}
			c.rows = append(c.rows, one)
			return v.RecordHref("receipt", one.Receipt)
		},
		Cell: c.cell,
		Empty: &ui.Empty{
			Icon: ui.IconReceipt, Title: v.Say("page.collection.cheques_empty"), Text: v.Say("page.collection.cheques." + c.state + ".text"),
		},
	}
	if c.state == everyState {
		o.Fixed = []string{"state", ""}
	} else {
		o.Fixed = []string{"state", c.state}
	}
	if c.state != string(ChequeReceived) {
		o.Columns = []string{"reference", "bank", "drawer", "receipt", "unit", "deposit", "changed_on", "amount"}
	}
	if c.state == everyState {
		o.Columns = slices.Insert(o.Columns, len(o.Columns)-1, "state")
	}
	if c.deposit != "" {
		o.Limit = depositShown
	}
	if c.state == string(ChequeReceived) && v.May(opDeposit) {
		o.Mass = []ui.MassAction{{Label: v.Say("page.collection.deposit"), Icon: ui.IconSend, Action: depositPath, Ask: true}}
	}
	l, err := v.List(ctx, opCheques, o)
	if err != nil {
		return l, err
	}
	for _, name := range []string{"state", "deposit", "unit"} {
		if value := v.Query(name); value != "" && name != "unit" {
			l.Kept = append(l.Kept, ui.Pair{Name: name, Value: value})
		}
		if value := v.Query(name); value != "" && name == "unit" && len(o.Mass) > 0 {
			l.MassKept = append(l.MassKept, ui.Pair{Name: name, Value: value})
		}
	}
	for i := range l.Columns {
		l.Columns[i].Sort = ui.Sort{} // the register is in one order
	}
	l.Tall = true
	l.Totals = c.total(l)
	c.act(&l)
	return l, nil
}

// cell shows a bordereau as the way to its cheques, and how long a cheque has been as it is.
func (c *chequeRegister) cell(column string, row any) *ui.Cell {
	one, ok := row.(Cheque)
	v := c.v
	switch {
	case ok && column == "state":
		return &ui.Cell{Status: chequeBadge(v, one.State)}
	case ok && column == "received_on" && c.state == string(ChequeReceived):
		return &ui.Cell{Text: one.ReceivedOn.French(), Sub: c.age(one.ReceivedOn)}
	case ok && column == "changed_on":
		return &ui.Cell{Text: one.ChangedOn.French(), Sub: c.age(one.ChangedOn)}
	}
	return nil
}

// age is how long ago a day was; nothing for today.
func (c *chequeRegister) age(on day.Date) string {
	days := on.DaysUntil(c.v.Today)
	if days <= 0 {
		return ""
	}
	return c.v.Say("page.collection.cheque_age", "days", days)
}

// total is the last line: nothing while there are further pages.
func (c *chequeRegister) total(l ui.List) []ui.Cell {
	if len(c.rows) == 0 || l.Pager.Next != "" || l.Pager.First != "" {
		return nil
	}
	var sum money.Amount
	for _, one := range c.rows {
		sum += one.Amount
	}
	cells := make([]ui.Cell, len(l.Columns))
	cells[0].Text, cells[drawerColumn].Text = c.v.Say("field.total"), c.v.Say("page.collection.cheques_count", "count", len(c.rows))
	cells[len(cells)-1].Text = ui.MoneyExact(sum)
	return cells
}

// drawerColumn is the place of the drawer in the lists.
const drawerColumn = 2

// act adds what may be done with each cheque at the bank, and the way to its bordereau.
func (c *chequeRegister) act(l *ui.List) {
	v, any := c.v, false
	nodes := make([]g.Node, len(c.rows))
	for i, one := range c.rows {
		var buttons []ui.Button
		if one.State == ChequeDeposited {
			buttons = append(buttons, named(v.Button(opClear, ui.IconCheck, "deposit", one.Deposit.String(), "cheques", one.ID.String(),
				"cleared_on", v.Today.String()), v.Say("page.collection.cheque_clear"))...)
		}
		if one.State == ChequeDeposited || one.State == ChequeCleared {
			buttons = append(buttons, named(v.Button(opReturn, ui.IconArrowLeft, "id", one.ID.String(), "returned_on", v.Today.String()),
				v.Say("page.collection.cheque_return"))...)
		}
		any = any || len(buttons) > 0
		nodes[i] = linked(buttons)
	}
	for i := range l.Columns {
		if l.Columns[i].Label != v.Say("field.deposit") {
			continue
		}
		for j, one := range c.rows {
			if one.Deposit != 0 {
				l.Rows[j].Cells[i].Href = v.Href(chequesPath, "deposit", one.Deposit.String())
			}
		}
	}
	if any {
		extend(l, v.Say("page.collection.actions"), nodes)
	}
}

// clearAll says that the money of what is left of the bordereau has arrived. whole says
// that all its cheques are on the page.
func (c *chequeRegister) clearAll(whole bool) []ui.Button {
	pairs := []string{"deposit", c.deposit, "cleared_on", c.v.Today.String()}
	left := url.Values{}
	for _, one := range c.rows {
		if one.State == ChequeDeposited {
			left.Add("cheques", one.ID.String())
		}
	}
	if len(left) == 0 && whole {
		return nil
	}
	all := primaryOf(named(c.v.Button(opClear, ui.IconCheck, pairs...), c.v.Say("page.collection.deposit.clear")))
	for i := range all {
		if whole {
			all[i].Href += "&" + left.Encode()
		}
	}
	return all
}

// linked are the actions of a row, one below the other.
func linked(all []ui.Button) g.Node {
	return g.Map(all, func(b ui.Button) g.Node { return h.Div(h.A(h.Href(b.Href), g.Text(b.Label))) })
}

// named gives some buttons a shorter word.
func named(all []ui.Button, word string) []ui.Button {
	for i := range all {
		all[i].Label = word
	}
	return all
}

// primaryOf fills some buttons.
func primaryOf(all []ui.Button) []ui.Button {
	for i := range all {
		all[i].Primary = true
	}
	return all
}

// extend adds a column of actions to a list.
func extend(l *ui.List, head string, nodes []g.Node) {
	l.Columns = append(l.Columns, ui.Column{Label: head})
	for i := range l.Rows {
		l.Rows[i].Cells = append(l.Rows[i].Cells, ui.Cell{Node: nodes[i]})
	}
	if len(l.Totals) > 0 {
		l.Totals = append(l.Totals, ui.Cell{})
	}
}

// depositPage shows a bordereau before it is made: its cheques and their total. They are
// those ticked, else all in hand.
func depositPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	back := v.Href(chequesPath)
	pairs := []string{"state", string(ChequeReceived)}
	ticked := v.Request.URL.Query()["id"]
	for _, id := range ticked[:min(len(ticked), ChequesMax)] {
		pairs = append(pairs, "cheques", id)
	}
	rows, more, err := screen.Rows[Cheque](ctx, v, opCheques, ChequesMax, pairs...)
	if err != nil {
		return ui.Page{}, err
	}
	p := ui.Page{Back: back, Crumbs: []ui.Link{{Label: v.Say("page.collection.cheques"), Href: back}, {Label: v.Say("page.collection.deposit")}}}
	if len(rows) == 0 {
		p.Body = v.Panel(ui.Panel{Body: v.Env.Empty(ui.Empty{
			Icon: ui.IconReceipt, Title: v.Say("page.collection.deposit_empty"), Text: v.Say("page.collection.deposit_empty.text"),
			Actions: []ui.Button{{Label: v.Say("page.collection.cheques"), Href: back}},
		})})
		return p, nil
	}
	words, err := v.Labels(ctx, "unit", unitsOfCheques(rows))
	if err != nil {
		return p, err
	}
	total, err := together(rows, rows[0].Unit)
	side := g.Group{}
	if err != nil {
		side = append(side, mixedNotice(v, rows, words, err))
	} else {
		side = append(side, depositForm(v, rows, total))
	}
	if more {
		side = append(side, v.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say("page.collection.deposit_more", "max", ChequesMax)}))
	}
	p.Body = v.Columns("8-4", v.Panel(ui.Panel{Title: v.Say("page.collection.deposit.list"), Flush: true, Body: v.Env.List(depositList(v, rows, words))}), side)
	return p, nil
}

// depositList are the cheques of a bordereau with their total.
func depositList(v *screen.View, rows []Cheque, units map[op.ID]string) ui.List {
	l := ui.List{ID: "deposit-cheques", Caption: v.Say("page.collection.deposit.list"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.collection.cheque.list.reference"), Kind: ui.CodeColumn},
		{Label: v.Say("field.bank")},
		{Label: v.Say("field.drawer")},
		{Label: v.Say("field.unit")},
		{Label: v.Say("field.collection.cheque.list.received_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
	}}
	var sum money.Amount
	for _, c := range rows {
		sum += c.Amount
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref("receipt", c.Receipt), Cells: []ui.Cell{
			{Text: c.Reference}, {Text: c.Bank}, {Text: c.Drawer}, {Text: units[c.Unit]}, {Text: c.ReceivedOn.French()}, {Text: ui.MoneyExact(c.Amount)},
		}})
	}
	l.Totals = []ui.Cell{{}, {}, {Text: v.Say("page.collection.cheques_count", "count", len(rows))}, {}, {}, {Text: ui.MoneyExact(sum)}}
	return l
}

// depositForm makes the bordereau.
func depositForm(v *screen.View, rows []Cheque, total money.Amount) g.Node {
	hidden := []ui.Pair{{Name: "unit", Value: rows[0].Unit.String()}, {Name: screen.BackField, Value: v.Href(chequesPath, "state", string(ChequeDeposited))}}
	for _, c := range rows {
		hidden = append(hidden, ui.Pair{Name: "cheques", Value: c.ID.String()})
	}
	return v.Panel(ui.Panel{
		Title: v.Say("page.collection.deposit"), Sub: v.Say("page.collection.deposit.sub"), Focus: true, Body: v.Form(ui.Form{
			ID: "deposit", Action: v.OpHref(opDeposit), IdemKey: v.Key(), Hidden: hidden, SubmitIcon: ui.IconSend, Cancel: v.Href(chequesPath),
			Submit: v.Say("page.collection.deposit.submit", "count", len(rows), "amount", total),
			Sets: []ui.FieldSet{{Fields: []ui.Field{
				{Name: "bank", Label: v.Say("page.collection.deposit.bank"), Kind: ui.TextField, Required: true, MaxLength: bankMax, Focus: true},
				{Name: "deposited_on", Label: v.Say("field.deposited_on"), Kind: ui.DateField, Required: true, Value: v.Today.String()},
			}}},
		}),
	})
}

// bankMax is the longest name of a bank.
const bankMax = 60

// mixedNotice says why the cheques do not go together, and leads to those of each unit.
func mixedNotice(v *screen.View, rows []Cheque, units map[op.ID]string, err error) g.Node {
	message, faults := v.Texts.Error(err)
	if own := faults["cheques"]; own != "" {
		message = own
	}
	n := ui.Notice{Tone: ui.Waits, Title: v.Say("page.collection.deposit_mixed"), Text: message}
	if all := unitsOfCheques(rows); len(all) > 1 {
		for _, unit := range all {
			n.Links = append(n.Links, ui.Link{Label: units[unit], Href: v.Href(depositPath, "unit", unit.String())})
		}
	}
	return v.Notice(n)
}

// unitsOfCheques are the units of some cheques, each once.
func unitsOfCheques(rows []Cheque) []op.ID {
	var ids []op.ID
	for _, c := range rows {
		ids = append(ids, c.Unit)
	}
	return distinct(ids)
}

// idOf is an id of the address.
func idOf(text string) (op.ID, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return op.ID(n), err == nil && n > 0
}
