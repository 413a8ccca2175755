package org

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Screens are the pages of the organisation (AG-08, DRI-17).
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Organisation, Title: title, Menu: menu, Right: right, Render: render}
	}
	unit := page(0, "/org/units/{id}", "page.org.unit", "org.unit.show", unitsPage)
	unit.Record = "unit"
	children := page(0, "/org/children", "page.org.tree", "org.unit.tree", childrenPage)
	children.Fragment = true
	imports := page(3, "/org/import", "page.org.import", "org.unit.import_check", importPage)
	imports.After = "org.unit.import_check"
	entity := page(0, "/org/entities/{id}", "page.org.entity", "org.entity.show", entityPage)
	entity.Record = "entity"
	operator := page(0, "/org/operators/{id}", "page.org.operator", "org.operator.show", operatorPage)
	operator.Record = "operator"
	return []screen.Screen{
		page(1, "/org", "page.org.tree", "org.unit.tree", unitsPage), unit, children,
		page(2, "/org/list", "page.org.list", "org.unit.list", listPage), imports,
		page(4, "/org/entities", "page.org.entities", "org.entity.list", entitiesPage), entity,
		page(5, "/org/operators", "page.org.operators", "org.operator.list", operatorsPage), operator,
		page(6, "/org/holidays", "page.org.holidays", "org.holiday.list", holidaysPage),
	}
}

// listPage is all units in a flat list, with filters and export.
func listPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "org.unit.list", screen.ListOptions{
		Record: "unit", Columns: []string{"code", "name", "kind", "parent_name", "opened_on", "closed_on", "phone", "state"},
		Empty: &ui.Empty{
			Icon: ui.IconTree, Title: v.Say("page.org.list_empty"), Text: v.Say("page.org.list_empty.text"),
			Actions: primary(v.Button("org.unit.add", ui.IconPlus)),
		},
	})
	if err != nil {
		return ui.Page{}, err
	}
	actions := append(v.Button("org.unit.import_check", ui.IconImport), primary(v.Button("org.unit.add", ui.IconPlus))...)
	for i := range actions {
		if actions[i].Icon == ui.IconImport {
			actions[i].Label, actions[i].Href = v.Say("page.org.import"), v.Href("/org/import")
		}
	}
	return ui.Page{Body: v.Env.List(l), Actions: actions}, nil
}

// primary fills the last of some buttons.
func primary(all []ui.Button) []ui.Button {
	if len(all) > 0 {
		all[len(all)-1].Primary = true
	}
	return all
}

// dated is the first day as a date, and the last day of an interval of which the
// end is the day after.
func lastDay(to day.Date) string {
	if to.IsZero() {
		return ""
	}
	return to.AddDays(-1).French()
}

// standing is the badge of what holds from a day to the day before another.
func standing(v *screen.View, from, to day.Date) *ui.Status {
	switch {
	case v.Today.Before(from):
		return &ui.Status{Label: v.Say("page.org.planned"), Tone: ui.Waits}
	case to.IsZero() || v.Today.Before(to):
		return &ui.Status{Label: v.Say("page.org.current"), Tone: ui.Settled}
	}
	return &ui.Status{Label: v.Say("page.org.past"), Icon: ui.IconHistory}
}

// enumWord is the word of a value of a closed set.
func enumWord(v *screen.View, e op.Enum) string {
	switch value := e.(type) {
	case Kind:
		return v.Say("enum.unit_kind." + string(value))
	case State:
		return v.Say("enum.unit_state." + string(value))
	case Service:
		return v.Say("enum.service." + string(value))
	case HolidayKind:
		return v.Say("enum.holiday_kind." + string(value))
	case OperatorKind:
		return v.Say("enum.operator_kind." + string(value))
	case FiscalParameter:
		return v.Say("enum.fiscal_parameter." + string(value))
	}
	return ""
}

// panelOf is a list in a panel; nothing without rows.
func panelOf(v *screen.View, title, sub string, l ui.List) g.Node {
	if len(l.Rows) == 0 && l.Empty == nil {
		return nil
	}
	l.Bare, l.Caption = true, title
	return v.Panel(ui.Panel{Title: title, Sub: sub, Body: v.Env.List(l), Flush: true})
}
