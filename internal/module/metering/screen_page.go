package metering

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Screens are the pages of metering (DRI-01, DRI-02, AG-09, AG-12, AG-13).
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Reading, Title: title, Menu: menu, Right: right, Render: render}
	}
	period := page(0, "/metering/periods/{id}", "page.metering.entry", "metering.period.show", m.entryPage)
	period.Record = "period"
	check := page(0, "/metering/check", "page.metering.entry", "metering.reading.check", m.checkPage)
	check.Fragment = true
	meter := page(0, "/metering/meters/{id}", "page.metering.meter", "metering.meter.show", meterPage)
	meter.Record = "meter"
	route := page(0, "/metering/routes/{id}", "page.metering.route", "metering.route.show", routePage)
	route.Record = "route"
	return []screen.Screen{
		page(1, "/metering", "page.metering.cycle", "metering.period.list", cyclePage), period, check,
		page(2, "/metering/anomalies", "page.metering.anomalies", "metering.anomaly.list", m.anomaliesPage),
		page(0, "/metering/mass", "page.metering.mass", "metering.anomaly.preview", massPage),
		page(3, "/metering/consumptions", "page.metering.consumptions", "metering.consumption.list", consumptionsPage),
		page(4, "/metering/meters", "page.metering.meters", "metering.meter.list", metersPage), meter,
		page(5, "/metering/routes", "page.metering.routes", "metering.route.list", routesPage), route,
		page(6, "/metering/controls", "page.metering.controls", "metering.control.list", controlsPage),
	}
}

// shown is a quantity, or a dash.
func shown(q *money.Quantity) string {
	if q == nil {
		return ui.Dash
	}
	return q.French()
}

// unitOf is the unit a service is counted in.
func unitOf(v *screen.View, service string) string { return v.Say("unit.service." + service) }

// primary fills the last of some buttons.
func primary(all []ui.Button) []ui.Button {
	if len(all) > 0 {
		all[len(all)-1].Primary = true
	}
	return all
}

// monthAsked is the month of the address, or the present one.
func monthAsked(v *screen.View) day.Date {
	return v.MonthQuery("month", day.MonthOf(v.Today)).First()
}

// panelOf is a list in a panel.
func panelOf(v *screen.View, title, sub string, l ui.List) g.Node {
	l.Bare, l.Caption = true, title
	return v.Panel(ui.Panel{Title: title, Sub: sub, Body: v.Env.List(l), Flush: true})
}

// severityBadge is the gravity of an anomaly.
func severityBadge(v *screen.View, s Severity) *ui.Status {
	if s == Blocking {
		return &ui.Status{Label: v.Say("enum.anomaly_severity.blocking"), Tone: ui.Wrong, Icon: ui.IconStop}
	}
	return &ui.Status{Label: v.Say("enum.anomaly_severity.warning"), Tone: ui.Waits, Icon: ui.IconEye}
}

// cyclePage is the month's cycle: each route with what is planned, read, to decide, late.
func cyclePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	month := monthAsked(v)
	l, err := v.List(ctx, "metering.period.list", screen.ListOptions{
		Record: "period", Bare: true, Fixed: []string{"month", month.String(), "overdue", v.Query("overdue")}, Limit: 200,
		Columns: []string{"code", "name", "reader", "opens_on", "closes_on", "stops", "read", "estimated", "held_up", "missing", "state"},
		Cell: func(column string, row any) *ui.Cell {
			p, ok := row.(PeriodRow)
			if ok && column == "closes_on" && p.LateDays > 0 {
				return &ui.Cell{Text: p.ClosesOn.French(), Sub: v.Say("page.metering.late", "count", p.LateDays), Tone: ui.Wrong}
			}
			if ok && column == "read" {
				return &ui.Cell{Text: ui.Number(p.Read), Sub: share(p.Read, p.Stops)}
			}
			return nil
		},
		Empty: &ui.Empty{
			Icon: ui.IconGauge, Title: v.Say("page.metering.cycle_empty"), Text: v.Say("page.metering.cycle_empty.text"),
			Actions: primary(v.Button("metering.period.open", ui.IconPlus, "month", month.String())),
		},
	})
	if err != nil {
		return ui.Page{}, err
	}
	bar := v.Bar(screen.Bar{ID: "cycle", Action: "/metering", Fields: []ui.Field{
		{Name: "month", Label: v.Say("field.month"), Kind: ui.MonthField, Value: day.MonthOf(month).String()},
	}})
	actions := append(importButtons(v), primary(v.Button("metering.period.open", ui.IconPlus, "month", month.String()))...)
	return ui.Page{
		Sub:  g.Text(v.Texts.Value(day.MonthOf(month))),
		Body: g.Group{bar, v.Panel(ui.Panel{Body: v.Env.List(l), Flush: true})}, Actions: actions,
	}, nil
}

// importButtons lead to the files of metering.
func importButtons(v *screen.View) (out []ui.Button) {
	for _, kind := range []struct{ name, operation string }{{"reading", "metering.reading.import"}, {"consumption", "metering.import"}} {
		if v.May(kind.operation) {
			out = append(out, ui.Button{Label: v.Say("op." + kind.operation), Icon: ui.IconImport, Href: v.Href("/import/" + kind.name)})
		}
	}
	return out
}

// share is a part of a whole in percent, with its operands.
func share(n, of int64) string {
	if of <= 0 {
		return ""
	}
	return ui.Number(n*100/of) + ui.HardSpace + "%"
}

// consumptionsPage is the list of consumptions of a month.
func consumptionsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "metering.consumption.list", screen.ListOptions{
		Hide: []string{"accounts"}, Columns: []string{"contract_code", "customer", "service", "category", "from", "to", "quantity", "kind", "ordinal", "state"},
		Cell: func(column string, row any) *ui.Cell {
			c, ok := row.(ConsumptionRow)
			if ok && column == "quantity" {
				return &ui.Cell{Text: c.Quantity.French() + ui.HardSpace + unitOf(v, string(c.Service))}
			}
			return nil
		},
		Empty: &ui.Empty{Icon: ui.IconGauge, Title: v.Say("page.metering.consumptions_empty"), Text: v.Say("page.metering.consumptions_empty.text")},
	})
	return ui.Page{Body: v.Env.List(l), Actions: importButtons(v)}, err
}

// metersPage is the list of meters.
func metersPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "metering.meter.list", screen.ListOptions{
		Record: "meter", Hide: []string{"service_points"},
		Columns: []string{"serial", "service", "make", "size", "digits", "coefficient", "point", "installed_on", "state"},
		Empty: &ui.Empty{
			Icon: ui.IconGauge, Title: v.Say("page.metering.meters_empty"), Text: v.Say("page.metering.meters_empty.text"),
			Actions: primary(v.Button("metering.meter.add", ui.IconPlus)),
		},
	})
	if err != nil {
		return ui.Page{}, err
	}
	var actions []ui.Button
	if v.May("metering.meter.import") {
		actions = append(actions, ui.Button{Label: v.Say("op.metering.meter.import"), Icon: ui.IconImport, Href: v.Href("/import/meter")})
	}
	return ui.Page{Body: v.Env.List(l), Actions: append(actions, primary(v.Button("metering.meter.add", ui.IconPlus))...)}, nil
}

// meterPage is the record of a meter.
func meterPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[MeterCard](ctx, v, "metering.meter.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "metering.meter.show", card, "serial", "service", "make", "size", "digits", "decimals", "coefficient", "unit", "state", "note")
	if err != nil {
		return ui.Page{}, err
	}
	stays := ui.List{ID: "stays", Columns: []ui.Column{
		{Label: v.Say("field.point"), Kind: ui.CodeColumn},
		{Label: v.Say("field.installed_on"), Kind: ui.DateColumn},
		{Label: v.Say("page.metering.removed_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.reason")},
	}}
	for _, s := range card.Stays {
		stays.Rows = append(stays.Rows, ui.Row{Cells: []ui.Cell{
			{Text: s.Point, Href: v.RecordHref("service_point", s.ServicePoint)}, {Text: s.InstalledOn.French()}, {Text: s.RemovedOn.French()}, {Text: s.Reason},
		}})
	}
	seals := ui.List{ID: "seals", Columns: []ui.Column{
		{Label: v.Say("field.number"), Kind: ui.CodeColumn},
		{Label: v.Say("field.placed_on"), Kind: ui.DateColumn},
		{Label: v.Say("page.metering.removed_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.reason")},
	}}
	for _, s := range card.Seals {
		seals.Rows = append(seals.Rows, ui.Row{Cells: []ui.Cell{{Text: s.Number}, {Text: s.PlacedOn.French()}, {Text: s.RemovedOn.French()}, {Text: s.Reason}}})
	}
	readings, err := v.List(ctx, "metering.reading.list", screen.ListOptions{
		Bare: true, Fixed: []string{"meter", card.ID.String()}, Columns: []string{"reading_date", "contract_code", "register", "index", "kind", "state"}, Limit: 24,
	})
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, "meter", card.ID)
	left := g.Group{panelOf(v, v.Say("page.metering.readings"), "", readings), panelOf(v, v.Say("page.metering.stays"), "", stays), history}
	right := g.Group{v.Panel(ui.Panel{Title: v.Say("page.metering.meter"), Body: v.Env.Facts(facts)}), panelOf(v, v.Say("field.seals"), "", seals)}
	return ui.Page{
		Title: card.Serial, Back: v.Href("/metering/meters"), Actions: meterActions(v, card), Body: v.Columns("8-4", left, right),
		Crumbs: []ui.Link{{Label: v.Say("page.metering.meters"), Href: v.Href("/metering/meters")}, {Label: card.Serial, Code: true}},
	}, err
}

// meterActions are what may be done with a meter where it is.
func meterActions(v *screen.View, card MeterCard) []ui.Button {
	id := card.ID.String()
	all := v.Button("metering.meter.update", ui.IconEdit, "id", id)
	all = append(all, v.Button("metering.seal.add", ui.IconLock, "id", id)...)
	if card.State == Installed {
		all = append(all, v.Button("metering.meter.remove", ui.IconBan, "id", id)...)
		return append(all, primary(v.Button("metering.meter.replace", ui.IconRefresh, "id", id))...)
	}
	return append(all, primary(v.Button("metering.meter.install", ui.IconPlus, "id", id))...)
}

// routesPage is the list of routes.
func routesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "metering.route.list", screen.ListOptions{
		Record: "route", Columns: []string{"code", "name", "reader", "unit", "stops"},
		Empty: &ui.Empty{
			Icon: ui.IconMove, Title: v.Say("page.metering.routes_empty"), Text: v.Say("page.metering.routes_empty.text"),
			Actions: primary(v.Button("metering.route.add", ui.IconPlus)),
		},
	})
	return ui.Page{Body: v.Env.List(l), Actions: primary(v.Button("metering.route.add", ui.IconPlus))}, err
}

// routePage is a route with its reading sheet in walking order, made to be printed.
func routePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	id := v.PathValue("id")
	card, err := screen.Fetch[RouteCard](ctx, v, "metering.route.show", "id", id)
	if err != nil {
		return ui.Page{}, err
	}
	l, err := v.List(ctx, "metering.route.sheet", screen.ListOptions{
		Fixed: []string{"id", id}, Hide: []string{"month"}, Limit: 500,
		Columns: []string{"sequence", "point", "address", "contract", "customer", "serial", "register", "previous_index", "previous_on", "usual", "index"},
	})
	actions := append(v.Button("metering.route.update", ui.IconEdit, "id", id), v.Button("metering.route.stops", ui.IconMove, "id", id)...)
	return ui.Page{
		Title: card.Name, Code: card.Code, Sub: g.Text(card.Reader), Back: v.Href("/metering/routes"), Body: v.Env.List(l),
		Actions: append(actions, primary(v.Button("metering.period.open", ui.IconCalendar, "route", id))...),
		Crumbs:  []ui.Link{{Label: v.Say("page.metering.routes"), Href: v.Href("/metering/routes")}, {Label: card.Code, Code: true}},
		Print:   ui.Print{Params: v.Say("op.metering.route.sheet") + " " + card.Code},
	}, err
}

// controlsPage is the parameters of the controls.
func controlsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "metering.control.list", screen.ListOptions{
		Columns: []string{"rule", "category", "valid_from", "enabled", "severity", "factor", "floor", "periods", "seasonal", "in_force", "reason"},
		Cell: func(column string, row any) *ui.Cell {
			c, ok := row.(ControlRow)
			if !ok {
				return nil
			}
			switch {
			case column == "valid_from" && c.ValidFrom.IsZero():
				return &ui.Cell{Text: v.Say("page.metering.built_in")}
			case column == "category" && c.Category == "":
				return &ui.Cell{Text: v.Say("page.metering.every_category")}
			case column == "factor" && c.Factor == 0, column == "floor" && c.Floor == 0, column == "periods" && c.Periods == 0:
				return &ui.Cell{Text: ui.Dash}
			}
			return nil
		},
	})
	if err != nil {
		return ui.Page{}, err
	}
	estimates, err := v.List(ctx, "metering.estimate.list", screen.ListOptions{
		Bare: true, Columns: []string{"category", "valid_from", "cover", "periods", "power_hours", "in_force", "reason"}, Hide: []string{"category"},
		Cell: func(column string, row any) *ui.Cell {
			e, ok := row.(EstimateRow)
			switch {
			case ok && column == "valid_from" && e.ValidFrom.IsZero():
				return &ui.Cell{Text: v.Say("page.metering.built_in")}
			case ok && column == "category" && e.Category == "":
				return &ui.Cell{Text: v.Say("page.metering.every_category")}
			}
			return nil
		},
	})
	actions := append(v.Button("metering.control.run", ui.IconRefresh), v.Button("metering.estimate.set", ui.IconAdjust)...)
	body := g.Group{v.Env.List(l), panelOf(v, v.Say("page.metering.estimates"), v.Say("page.metering.estimates.sub"), estimates)}
	return ui.Page{
		Sub: g.Text(v.Say("page.metering.controls.sub")), Body: body, Actions: append(actions, primary(v.Button("metering.control.set", ui.IconAdjust))...),
	}, err
}
