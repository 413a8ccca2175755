package org

import (
	"cmp"
	"context"
	"slices"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// entitiesPage lists the legal entities.
func entitiesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	add := primary(v.Button("org.entity.add", ui.IconPlus))
	l, err := v.List(ctx, "org.entity.list", screen.ListOptions{
		Record: "entity", Columns: []string{"code", "name", "legal_form", "ice", "tax_id", "phone"},
		Empty: &ui.Empty{Icon: ui.IconBook, Title: v.Say("page.org.entities_empty"), Text: v.Say("page.org.entities_empty.text")},
	})
	return ui.Page{Sub: g.Text(v.Say("page.org.entities.sub")), Body: v.Env.List(l), Actions: add}, err
}

// operatorsPage lists the network operators and their subcontractors.
func operatorsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "org.operator.list", screen.ListOptions{
		Record: "operator", Columns: []string{"code", "name", "kind", "water", "electricity", "sanitation", "phone"},
		Empty: &ui.Empty{Icon: ui.IconGauge, Title: v.Say("page.org.operators_empty"), Text: v.Say("page.org.operators_empty.text")},
		Cell: func(column string, row any) *ui.Cell {
			o, ok := row.(OperatorRow)
			if service := Service(column); ok && slices.Contains(service.EnumValues(), column) {
				return offered(v, o.offers(service))
			}
			return nil
		},
	})
	for i := range l.Columns {
		if l.Columns[i].Kind == ui.StatusColumn {
			l.Columns[i].Kind = ui.TextColumn
		}
	}
	return ui.Page{Sub: g.Text(v.Say("page.org.operators.sub")), Body: v.Env.List(l), Actions: primary(v.Button("org.operator.add", ui.IconPlus))}, err
}

// offered is whether an operator may hold a service.
func offered(v *screen.View, yes bool) *ui.Cell {
	if yes {
		return &ui.Cell{Text: v.Say("yes")}
	}
	return &ui.Cell{Text: ui.Dash}
}

// entityPage is one legal entity with its fiscal parameters in time.
func entityPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[EntityCard](ctx, v, "org.entity.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	fiscal, err := fiscalPanel(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, "entity", card.ID)
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "org.entity.show", card, "legal_form", "ice", "tax_id", "trade_register", "business_tax", "cnss", "address", "phone", "email")
	if err != nil {
		return ui.Page{}, err
	}
	id := card.ID.String()
	actions := append(v.Button("org.entity.update", ui.IconEdit, "id", id), primary(v.Button("org.entity.fiscal_set", ui.IconCalendar, "id", id))...)
	return ui.Page{
		Title: card.Name, Code: card.Code, Back: v.Href("/org/entities"), Actions: actions,
		Crumbs: []ui.Link{{Label: v.Say("page.org.entities"), Href: v.Href("/org/entities")}, {Label: card.Code, Code: true}},
		Body:   v.Columns("8-4", g.Group{fiscal, history}, v.Panel(ui.Panel{Title: v.Say("page.org.identity"), Body: v.Env.Facts(facts)})),
	}, nil
}

// fiscalPanel are the values of each parameter, those in force first, then what
// is planned and what was.
func fiscalPanel(ctx context.Context, v *screen.View, card EntityCard) (g.Node, error) {
	ids := make([]op.ID, 0, len(card.FiscalHistory))
	for _, f := range card.FiscalHistory {
		ids = append(ids, f.ActorID)
	}
	people, err := v.Labels(ctx, "user", ids)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(card.FiscalHistory)
	slices.SortStableFunc(all, func(a, b FiscalValue) int {
		return cmp.Or(cmp.Compare(parameterRank(a.Parameter), parameterRank(b.Parameter)), cmp.Compare(a.Service, b.Service), b.ValidFrom.Compare(a.ValidFrom))
	})
	l := ui.List{ID: "fiscal", Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.parameter")},
		{Label: v.Say("field.value")},
		{Label: v.Say("page.org.since"), Kind: ui.DateColumn},
		{Label: v.Say("field.reason")},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}, Empty: &ui.Empty{
		Icon: ui.IconCalendar, Title: v.Say("page.org.fiscal_empty"), Text: v.Say("page.org.fiscal_empty.text"),
		Actions: v.Button("org.entity.fiscal_set", ui.IconCalendar, "id", card.ID.String()),
	}}
	for i, f := range all {
		name, alone := enumWord(v, f.Parameter), ""
		if f.Service != "" {
			alone = enumWord(v, f.Service)
		}
		if i > 0 && sameSeries(all[i-1], f) {
			name, alone = "", ""
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: name, Sub: alone},
			{Text: fiscalWord(v, f)},
			{Text: f.ValidFrom.French()},
			{Text: f.Reason, Sub: people[f.ActorID]},
			{Status: standing(v, f.ValidFrom, replacedOn(all, i))},
		}})
	}
	return panelOf(v, v.Say("page.org.fiscal"), v.Say("page.org.fiscal.sub"), l), nil
}

func parameterRank(p FiscalParameter) int { return slices.Index(p.EnumValues(), string(p)) }

// sameSeries says that two values follow one another: of one parameter and service.
func sameSeries(a, b FiscalValue) bool { return a.Parameter == b.Parameter && a.Service == b.Service }

// replacedOn is the day on which the next value of the same parameter takes
// over; none for the last one. The values are by parameter and service, the latest first.
func replacedOn(all []FiscalValue, i int) (next day.Date) {
	if i > 0 && sameSeries(all[i-1], all[i]) {
		next = all[i-1].ValidFrom
	}
	return next
}

// fiscalWord is a value as people say it.
func fiscalWord(v *screen.View, f FiscalValue) string {
	switch f.Parameter {
	case ExerciseStart, BudgetStart:
		return v.Say("month." + f.Value)
	}
	if key := "page.org.fiscal." + strings.ToLower(f.Value); v.Texts.Has(key) {
		return v.Say(key)
	}
	return f.Value
}

// operatorPage is one operator.
func operatorPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	o, err := screen.Fetch[Operator](ctx, v, "org.operator.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "org.operator.show", o, "ice", "address", "phone", "email")
	if err != nil {
		return ui.Page{}, err
	}
	services := make([]ui.Fact, 0, len(Service("").EnumValues()))
	for _, word := range Service("").EnumValues() {
		status := ui.Status{Label: v.Say("page.org.not_offered"), Icon: ui.IconBan}
		if o.offers(Service(word)) {
			status = ui.Status{Label: v.Say("page.org.offered"), Tone: ui.Settled}
		}
		services = append(services, ui.Fact{Label: enumWord(v, Service(word)), Node: v.Badge(status)})
	}
	history, err := v.History(ctx, "operator", o.ID)
	if err != nil {
		return ui.Page{}, err
	}
	return ui.Page{
		Title: o.Name, Code: o.Code, Sub: g.Text(enumWord(v, o.Kind)), Back: v.Href("/org/operators"),
		Actions: primary(v.Button("org.operator.update", ui.IconEdit, "id", o.ID.String())),
		Crumbs:  []ui.Link{{Label: v.Say("page.org.operators"), Href: v.Href("/org/operators")}, {Label: o.Code, Code: true}},
		Body: v.Columns("8-4", g.Group{v.Panel(ui.Panel{Title: v.Say("page.org.services"), Body: v.Env.Facts(services)}), history},
			v.Panel(ui.Panel{Title: v.Say("page.org.identity"), Body: v.Env.Facts(facts)})),
	}, nil
}
