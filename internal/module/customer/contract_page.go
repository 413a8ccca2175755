package customer

import (
	"context"
	"slices"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// contractPage is one contract: whom, where, on what terms, who was there before.
func contractPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[ContractCard](ctx, v, "customer.contract.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	terms, err := termsPanel(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	head, err := v.PartsIn(ctx, screen.Head, kindAccount, card.Account)
	if err != nil {
		return ui.Page{}, err
	}
	parts, err := contractParts(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	origin, first, err := intake.Origin(ctx, v, card.BatchID)
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, kindContract, card.ID, first...)
	if err != nil {
		return ui.Page{}, err
	}
	right, err := contractRight(ctx, v, card, origin)
	if err != nil {
		return ui.Page{}, err
	}
	return ui.Page{
		Title: card.CustomerName, Code: card.Code, Back: v.RecordHref(kindCustomer, card.CustomerID), Actions: contractActions(v, card),
		Sub:    g.Group{v.Badge(*stateBadge(v, card.State)), g.Text(" " + v.Say("enum.service."+string(card.Service)))},
		Crumbs: []ui.Link{{Label: v.Say("page.customer.contracts"), Href: v.Href("/contracts")}, {Label: card.Code, Code: true}},
		Body:   g.Group{head, v.Columns("8-4", g.Group{parts, terms, history}, right)},
	}, nil
}

// contractParts are what other modules show of a contract, its account and its place.
func contractParts(ctx context.Context, v *screen.View, card ContractCard) (g.Node, error) {
	nodes := g.Group{}
	for _, about := range []struct {
		kind string
		id   op.ID
	}{{kindContract, card.ID}, {kindAccount, card.Account}, {kindServicePoint, card.PointID}} {
		parts, err := v.Parts(ctx, about.kind, about.id)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, parts)
	}
	return nodes, nil
}

// contractActions are what may be done with a contract that has no end yet.
func contractActions(v *screen.View, card ContractCard) []ui.Button {
	if !card.EndsOn.IsZero() {
		return nil
	}
	id := card.ID.String()
	all := v.Button("customer.contract.close", ui.IconBan, "id", id)
	all = append(all, v.Button("customer.contract.change_occupant", ui.IconMove, "id", id)...)
	return append(all, primary(v.Button("customer.contract.terms_set", ui.IconCalendar, "id", id))...)
}

// termsPanel are the terms in time, the latest first.
func termsPanel(ctx context.Context, v *screen.View, card ContractCard) (g.Node, error) {
	ids := make([]op.ID, 0, len(card.History))
	for _, t := range card.History {
		ids = append(ids, t.ActorID)
	}
	people, err := v.Labels(ctx, "user", ids)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "terms", Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.category")},
		{Label: v.Say("field.vat_use")},
		{Label: v.Say("page.customer.measures")},
		{Label: v.Say("page.customer.period")},
		{Label: v.Say("field.reason")},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}}
	for _, t := range card.History {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: t.Category, Sub: t.Tariff},
			{Text: v.Say("enum.vat_use." + string(t.VATUse))},
			{Text: measures(v, t.Terms), Sub: strings.Join(t.Attributes.Lines(), ", ")},
			{Text: v.Say("page.customer.since", "date", t.ValidFrom), Sub: untilWord(v, t.ValidTo)},
			{Text: t.Reason, Sub: people[t.ActorID]},
			{Status: standing(v, t.ValidFrom, t.ValidTo)},
		}})
	}
	return listPanel(v, v.Say("page.customer.terms"), v.Say("page.customer.terms.sub"), l), nil
}

// untilWord is the last day of what ends.
func untilWord(v *screen.View, to day.Date) string {
	if to.IsZero() {
		return ""
	}
	return v.Say("page.customer.until", "date", to.AddDays(-1))
}

// measures are the figures of the terms: homes behind the meter, power.
func measures(v *screen.View, t Terms) string {
	words := v.Say("page.customer.households", "count", t.Households)
	if t.SubscribedPower != 0 {
		words += " · " + power(v, t.SubscribedPower)
	}
	return words
}

func power(v *screen.View, q money.Quantity) string {
	return q.French() + ui.HardSpace + v.Say("unit.kva")
}

// contractRight is who and where.
func contractRight(ctx context.Context, v *screen.View, card ContractCard, origin []ui.Fact) (g.Node, error) {
	who, err := v.Facts(ctx, "customer.contract.show", card, "customer", "account", "unit", "starts_on")
	if err != nil {
		return nil, err
	}
	if !card.EndsOn.IsZero() {
		who = append(who, ui.Fact{Label: v.Say("page.customer.last_day"), Value: lastDay(card.EndsOn)},
			ui.Fact{Label: v.Say("field.ending"), Value: v.Say("enum.ending." + string(card.Ending))})
	}
	side, err := v.PartsIn(ctx, screen.Side, kindAccount, card.Account)
	if err != nil {
		return nil, err
	}
	nodes := g.Group{v.Panel(ui.Panel{Title: v.Say("page.customer.who"), Body: v.Env.Facts(append(who, origin...))})}
	where, err := wherePanel(ctx, v, card.PointID)
	if err != nil {
		return nil, err
	}
	nodes = append(nodes, where)
	around, err := v.Facts(ctx, "customer.contract.show", card, "previous", "next")
	if err != nil {
		return nil, err
	}
	if card.Before != 0 || card.After != 0 {
		nodes = append(nodes, v.Panel(ui.Panel{Title: v.Say("page.customer.around"), Body: v.Env.Facts(around)}))
	}
	return append(nodes, side), nil
}

// wherePanel is the service point of a contract.
func wherePanel(ctx context.Context, v *screen.View, id op.ID) (g.Node, error) {
	if !v.May("customer.service_point.show") {
		return nil, nil
	}
	p, err := screen.Fetch[PointCard](ctx, v, "customer.service_point.show", "id", id.String())
	if err != nil {
		return nil, err
	}
	facts := []ui.Fact{{Label: v.Say("field.service_point"), Value: p.Code, Code: true, Href: v.RecordHref(kindServicePoint, p.ID)}}
	facts = append(facts, connectionFacts(v, p.ServicePoint)...)
	return v.Panel(ui.Panel{Title: v.Say("page.customer.where"), Body: v.Env.Facts(facts)}), nil
}

// connectionFacts are the place and its connection; what is not known is left out.
func connectionFacts(v *screen.View, p ServicePoint) []ui.Fact {
	facts := []ui.Fact{
		{Label: v.Say("field.address"), Value: p.Address},
		{Label: v.Say("field.locality"), Value: p.Locality},
		{Label: v.Say("field.connection"), Value: v.Say("enum.connection." + string(p.Connection))},
	}
	if p.DiameterMM != 0 {
		facts = append(facts, ui.Fact{Label: v.Say("field.diameter_mm"), Value: ui.Number(p.DiameterMM), Number: true})
	}
	if p.Phases != 0 {
		facts = append(facts, ui.Fact{Label: v.Say("field.phases"), Value: ui.Number(p.Phases), Number: true})
	}
	if p.Power != 0 {
		facts = append(facts, ui.Fact{Label: v.Say("page.customer.power"), Value: power(v, p.Power), Number: true})
	}
	if !p.LaidOn.IsZero() {
		facts = append(facts, ui.Fact{Label: v.Say("field.laid_on"), Value: p.LaidOn.French()})
	}
	if !p.RemovedOn.IsZero() {
		facts = append(facts, ui.Fact{Label: v.Say("field.removed_on"), Value: p.RemovedOn.French()})
	}
	return facts
}

// pointPage is one service point: its connection, who has it and had it.
func pointPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[PointCard](ctx, v, "customer.service_point.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	occupants, err := occupantsPanel(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	parts, err := v.Parts(ctx, kindServicePoint, card.ID)
	if err != nil {
		return ui.Page{}, err
	}
	origin, first, err := intake.Origin(ctx, v, card.BatchID)
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, kindServicePoint, card.ID, first...)
	if err != nil {
		return ui.Page{}, err
	}
	side, err := v.PartsIn(ctx, screen.Side, kindAccount, card.accountsInForce()...)
	if err != nil {
		return ui.Page{}, err
	}
	id := card.ID.String()
	actions := v.Button("customer.service_point.update", ui.IconEdit, "id", id)
	if card.RemovedOn.IsZero() {
		actions = append(actions, primary(v.Button("customer.contract.open", ui.IconPlus, "service_point", id))...)
	}
	unit, err := v.Facts(ctx, "customer.service_point.show", card, "unit")
	if err != nil {
		return ui.Page{}, err
	}
	return ui.Page{
		Title: card.Address, Code: card.Code, Back: v.Href("/service-points"), Actions: actions,
		Sub:    g.Text(v.Say("enum.service." + string(card.Service))),
		Crumbs: []ui.Link{{Label: v.Say("page.customer.points"), Href: v.Href("/service-points")}, {Label: card.Code, Code: true}},
		Body: v.Columns("8-4", g.Group{parts, occupants, history}, g.Group{
			v.Panel(ui.Panel{Title: v.Say("page.customer.connection"), Body: v.Env.Facts(slices.Concat(connectionFacts(v, card.ServicePoint), unit, origin))}), side,
		}),
	}, nil
}

// accountsInForce are the accounts of the contracts in force at a point.
func (p PointCard) accountsInForce() (out []op.ID) {
	for _, k := range p.Contracts {
		if k.State == Active {
			out = append(out, k.Account)
		}
	}
	return out
}

// occupantsPanel are the contracts of a service point, the latest first.
func occupantsPanel(ctx context.Context, v *screen.View, card PointCard) (g.Node, error) {
	ids := make([]op.ID, 0, len(card.Contracts))
	for _, k := range card.Contracts {
		ids = append(ids, k.CustomerID)
	}
	names, err := v.Labels(ctx, kindCustomer, ids)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "occupants", Columns: []ui.Column{
		{Label: v.Say("page.customer.contract"), Kind: ui.CodeColumn},
		{Label: v.Say("page.customer.customer")},
		{Label: v.Say("field.service")},
		{Label: v.Say("field.starts_on"), Kind: ui.DateColumn},
		{Label: v.Say("page.customer.last_day"), Kind: ui.DateColumn},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}, Empty: &ui.Empty{
		Icon: ui.IconFile, Title: v.Say("page.customer.no_occupant"), Text: v.Say("page.customer.no_occupant.text"),
		Actions: v.Button("customer.contract.open", ui.IconPlus, "service_point", card.ID.String()),
	}}
	for _, k := range card.Contracts {
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref(kindContract, k.ID), Cells: []ui.Cell{
			{Text: k.Code},
			{Text: names[k.CustomerID], Href: v.RecordHref(kindCustomer, k.CustomerID)},
			{Text: v.Say("enum.service." + string(k.Service))},
			{Text: k.StartsOn.French()},
			{Text: lastDay(k.EndsOn)},
			{Status: stateBadge(v, k.State)},
		}})
	}
	return listPanel(v, v.Say("page.customer.occupants"), "", l), nil
}
