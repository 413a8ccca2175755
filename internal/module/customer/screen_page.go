package customer

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Finders find accounts as clerks do: by anything that finds their customer.
func (m *Module) Finders() map[string]screen.Finder {
	return map[string]screen.Finder{"account.account.list": {List: "customer.contract.list", Column: "account", Sub: "customer"}}
}

// Screens are the pages of the customers (AG-02, AG-41, DRI-02, DIST-1).
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right, record string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Customers, Title: title, Menu: menu, Right: right, Record: record, Render: render}
	}
	return []screen.Screen{
		page(1, "/customers", "page.customer.customers", "customer.customer.list", "", customersPage),
		page(0, "/customers/{id}", "page.customer.customer", "customer.customer.show", kindCustomer, customerPage),
		page(2, "/contracts", "page.customer.contracts", "customer.contract.list", "", contractsPage),
		page(0, "/contracts/{id}", "page.customer.contract", "customer.contract.show", kindContract, contractPage),
		page(3, "/service-points", "page.customer.points", "customer.service_point.list", "", pointsPage),
		page(0, "/service-points/{id}", "page.customer.point", "customer.service_point.show", kindServicePoint, pointPage),
	}
}

// primary fills the last of some buttons.
func primary(all []ui.Button) []ui.Button {
	if len(all) > 0 {
		all[len(all)-1].Primary = true
	}
	return all
}

// standing is the badge of what holds from a day to the day before another.
func standing(v *screen.View, from, to day.Date) *ui.Status {
	switch {
	case v.Today.Before(from):
		return &ui.Status{Label: v.Say("page.customer.planned"), Tone: ui.Waits}
	case to.IsZero() || v.Today.Before(to):
		return &ui.Status{Label: v.Say("page.customer.current"), Tone: ui.Settled}
	}
	return &ui.Status{Label: v.Say("page.customer.past"), Icon: ui.IconHistory}
}

// stateBadge is the state of a contract.
func stateBadge(v *screen.View, s ContractState) *ui.Status {
	status := &ui.Status{Label: v.Say("enum.contract_state." + string(s)), Tone: screen.ToneOf(string(s))}
	switch s {
	case Planned:
		status.Tone = ui.Waits
	case Ended:
		status.Icon = ui.IconBan
	}
	return status
}

// lastDay is the last day of an interval of which the end is the day after.
func lastDay(to day.Date) string {
	if to.IsZero() {
		return ""
	}
	return to.AddDays(-1).French()
}

// listPanel is a list in a panel; nothing without rows.
func listPanel(v *screen.View, title, sub string, l ui.List, links ...ui.Link) g.Node {
	if len(l.Rows) == 0 && l.Empty == nil {
		return nil
	}
	l.Bare, l.Caption = true, title
	return v.Panel(ui.Panel{Title: title, Sub: sub, Body: v.Env.List(l), Flush: true, Links: links})
}

// customersPage lists the customers.
func customersPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "customer.customer.list", screen.ListOptions{
		Record: kindCustomer, Columns: []string{"code", "name", "name_ar", "nature", "cin", "phone", "city", "unit"}, Cell: plainEnum(v),
		Empty: &ui.Empty{
			Icon: ui.IconUsers, Title: v.Say("page.customer.customers_empty"), Text: v.Say("page.customer.customers_empty.text"),
			Actions: primary(v.Button("customer.customer.add", ui.IconPlus)),
		},
	})
	plainColumns(&l)
	nothingFound(v, &l)
	return ui.Page{Body: v.Env.List(l), Actions: primary(v.Button("customer.customer.add", ui.IconPlus, "unit", unitText(v)))}, err
}

// nothingFound is what an empty list says when filters are why.
func nothingFound(v *screen.View, l *ui.List) {
	if len(l.Chips) > 0 {
		l.Empty = &ui.Empty{Icon: ui.IconSearch, Title: v.Say("page.customer.found_none"), Text: v.Say("page.customer.found_none.text")}
	}
}

// unitText is the unit chosen in the top bar, for the forms of what is new.
func unitText(v *screen.View) string {
	if v.Unit == 0 {
		return ""
	}
	return op.ID(v.Unit).String()
}

// plainColumns lets the choices of a list that are no state read as words.
func plainColumns(l *ui.List) {
	for i := range l.Columns {
		if l.Columns[i].Kind == ui.StatusColumn {
			l.Columns[i].Kind = ui.TextColumn
		}
	}
}

// plainEnum makes cells that the list would draw otherwise: codes in monospace, a state
// as its badge.
func plainEnum(v *screen.View) func(string, any) *ui.Cell {
	return func(column string, row any) *ui.Cell {
		switch r := row.(type) {
		case ContractRow:
			return contractCell(v, column, r)
		case Row:
			if column == "name_ar" && r.NameAr != "" {
				return &ui.Cell{Node: arabic(r.NameAr)}
			}
		}
		return nil
	}
}

func contractCell(v *screen.View, column string, r ContractRow) *ui.Cell {
	switch column {
	case "state":
		return &ui.Cell{Status: stateBadge(v, r.State)}
	case "customer_name":
		return &ui.Cell{Text: r.CustomerName, Sub: r.CustomerCode, Href: v.RecordHref(kindCustomer, r.CustomerID)}
	case "address":
		return &ui.Cell{Text: r.Address, Sub: r.Locality}
	}
	return nil
}

// contractsPage lists the contracts.
func contractsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "customer.contract.list", screen.ListOptions{
		Record: kindContract, Columns: []string{"code", "customer_name", "service", "address", "category", "starts_on", "state"}, Cell: plainEnum(v),
		Empty: &ui.Empty{
			Icon: ui.IconFile, Title: v.Say("page.customer.contracts_empty"), Text: v.Say("page.customer.contracts_empty.text"),
			Actions: primary(v.Button("customer.contract.open", ui.IconPlus)),
		},
	})
	l.Tall = true
	nothingFound(v, &l)
	return ui.Page{Body: v.Env.List(l), Actions: primary(v.Button("customer.contract.open", ui.IconPlus))}, err
}

// pointsPage lists the service points.
func pointsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "customer.service_point.list", screen.ListOptions{
		Record: kindServicePoint, Columns: []string{"code", "service", "address", "locality", "connection", "laid_on", "unit"},
		Empty: &ui.Empty{
			Icon: ui.IconPin, Title: v.Say("page.customer.points_empty"), Text: v.Say("page.customer.points_empty.text"),
			Actions: primary(v.Button("customer.service_point.add", ui.IconPlus)),
		},
	})
	plainColumns(&l)
	nothingFound(v, &l)
	return ui.Page{Body: v.Env.List(l), Actions: primary(v.Button("customer.service_point.add", ui.IconPlus, "unit", unitText(v)))}, err
}
