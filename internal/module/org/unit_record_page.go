package org

import (
	"context"
	"slices"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// record is the unit selected: who it is, who runs it, where it stood, what
// happened.
func (a *unitsAsk) record(ctx context.Context, card UnitCard, side treeSide) (g.Node, error) {
	v := a.v
	ids := make([]op.ID, 0, len(card.Stays))
	for _, s := range card.Stays {
		ids = append(ids, s.ActorID)
	}
	given, err := a.given(ctx, card)
	if err != nil {
		return nil, err
	}
	for _, row := range given {
		ids = append(ids, row.ActorID)
	}
	people, err := v.Labels(ctx, "user", ids)
	if err != nil {
		return nil, err
	}
	holders, err := a.holders(ctx, card)
	if err != nil {
		return nil, err
	}
	history, err := v.History(ctx, "unit", card.ID)
	if err != nil {
		return nil, err
	}
	return g.Group{a.identity(card, side), holders, a.stays(card, people), a.assignments(card, given, people), history}, nil
}

// identity is what is known of the unit, and what is below it.
func (a *unitsAsk) identity(card UnitCard, side treeSide) g.Node {
	v := a.v
	var who []ui.Fact
	if up := parentOf(card); up != 0 {
		who = append(who, ui.Fact{Label: v.Say("page.org.parent"), Value: parentName(card), Href: a.href(up)})
	}
	who = append(who, ui.Fact{Label: v.Say("field.kind"), Value: enumWord(v, card.Kind)},
		ui.Fact{Label: v.Say("field.opened_on"), Value: card.OpenedOn.French()})
	if !card.ClosedOn.IsZero() {
		who = append(who, ui.Fact{Label: v.Say("field.closed_on"), Value: card.ClosedOn.French()})
	}
	where := []ui.Fact{
		{Label: v.Say("field.address"), Value: card.Address}, {Label: v.Say("field.phone"), Value: card.Phone}, {Label: v.Say("field.email"), Value: card.Email},
	}
	if card.ShortName != "" {
		who = append(who, ui.Fact{Label: v.Say("field.short_name"), Value: card.ShortName})
	}
	body := g.Group{}
	if side.below > 0 {
		body = append(body, v.Env.Figures(v.Say("page.org.below"), a.figures(card, side)))
	}
	return append(body, v.Columns("6-6", v.Panel(ui.Panel{Body: v.Env.Facts(who)}), v.Panel(ui.Panel{Body: v.Env.Facts(where)})))
}

// status is the unit's state and kind beside its name.
func (a *unitsAsk) status(card UnitCard) g.Node {
	status := ui.Status{Label: enumWord(a.v, card.State), Tone: screen.ToneOf(string(card.State))}
	if card.State == Closed {
		status.Icon = ui.IconBan
	}
	return g.Group{a.v.Badge(status), g.Text(" " + enumWord(a.v, card.Kind))}
}

func parentName(card UnitCard) string {
	if len(card.Path) == 0 {
		return ""
	}
	up := card.Path[len(card.Path)-1]
	return up.Name
}

// figures count what is below: all of it, and by kind what hangs directly.
func (a *unitsAsk) figures(card UnitCard, side treeSide) []ui.Figure {
	v := a.v
	figures := []ui.Figure{{
		Label: v.Say("page.org.below"), Value: ui.Count(side.below), Unit: v.Say("page.org.units", "count", side.below),
		Href: v.Href("/org/list", "unit", card.ID.String(), "state", string(Open)),
	}}
	counts := map[Kind]int{}
	for _, child := range side.children {
		if child.State == Open {
			counts[child.Kind]++
		}
	}
	for _, kind := range Kind("").EnumValues() {
		if n := counts[Kind(kind)]; n > 0 {
			figures = append(figures, ui.Figure{Label: v.Say("page.org.directly", "kind", enumWord(v, Kind(kind))), Value: ui.Number(n)})
		}
	}
	return figures
}

// holders says who runs each service there, given to it or to a unit above.
func (a *unitsAsk) holders(ctx context.Context, card UnitCard) (g.Node, error) {
	v := a.v
	ids := make([]op.ID, 0, len(card.Holders))
	for _, h := range card.Holders {
		ids = append(ids, h.FromUnit)
	}
	units, err := v.Labels(ctx, "unit", ids)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "holders", Columns: []ui.Column{
		{Label: v.Say("field.service")},
		{Label: v.Say("page.org.entity")},
		{Label: v.Say("page.org.operator")},
		{Label: v.Say("page.org.since"), Kind: ui.DateColumn},
		{Label: v.Say("page.org.given_to")},
	}}
	for _, h := range card.Holders {
		from := ui.Cell{Text: units[h.FromUnit], Href: a.href(h.FromUnit)}
		if h.FromUnit == card.ID {
			from = ui.Cell{Text: v.Say("page.org.given_here")}
		}
		operator := ui.Cell{Text: h.OperatorName, Href: v.RecordHref("operator", h.OperatorID)}
		if h.OperatorID == 0 {
			operator = ui.Cell{Text: v.Say("page.org.itself")}
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: enumWord(v, h.Service)}, {Text: h.EntityName, Href: v.RecordHref("entity", h.EntityID)}, operator, {Text: h.ValidFrom.French()}, from,
		}})
	}
	l.Bare, l.Caption = true, v.Say("page.org.holders")
	panel := ui.Panel{Title: l.Caption, Sub: v.Say("page.org.on", "date", a.dateOf()), Body: v.Env.List(l), Flush: true}
	if len(l.Rows) == 0 {
		panel.Body, panel.Flush = g.Text(v.Say("page.org.holders_empty")), false
	}
	for _, b := range append(v.Button("org.unit.assign", ui.IconPlus, "id", card.ID.String()), a.unassign(card)...) {
		panel.Links = append(panel.Links, ui.Link{Label: b.Label, Href: b.Href, Icon: b.Icon})
	}
	return v.Panel(panel), nil
}

// unassign is offered where the unit has services of its own.
func (a *unitsAsk) unassign(card UnitCard) []ui.Button {
	own := func(h Holder) bool { return h.FromUnit == card.ID }
	if !slices.ContainsFunc(card.Holders, own) {
		return nil
	}
	return a.v.Button("org.unit.unassign", ui.IconArrowUp, "id", card.ID.String())
}

// stays are the places of the unit in time; a move still to come can be taken
// back.
func (a *unitsAsk) stays(card UnitCard, people map[op.ID]string) g.Node {
	v := a.v
	l := ui.List{ID: "stays", Tall: true, Columns: []ui.Column{
		{Label: v.Say("page.org.parent")},
		{Label: v.Say("field.from"), Kind: ui.DateColumn},
		{Label: v.Say("field.to"), Kind: ui.DateColumn},
		{Label: v.Say("field.reason")},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}}
	for i, s := range card.Stays {
		state := ui.Cell{Status: standing(v, s.ValidFrom, s.ValidTo)}
		if v.Today.Before(s.ValidFrom) && i < len(card.Stays)-1 {
			state = a.cancelCell(card, s, *state.Status)
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: s.ParentName, Sub: s.Parent, Href: a.href(s.ParentID)},
			{Text: s.ValidFrom.French()},
			{Text: lastDay(s.ValidTo)},
			{Text: s.Reason, Sub: people[s.ActorID]},
			state,
		}})
	}
	return panelOf(v, v.Say("page.org.stays"), "", l)
}

// cancelCell is the badge of a planned move with the way to take it back.
func (a *unitsAsk) cancelCell(card UnitCard, s Stay, status ui.Status) ui.Cell {
	node := g.Group{a.v.Badge(status)}
	for _, b := range a.v.Button("org.unit.move_cancel", ui.IconClose, "id", card.ID.String(), "valid_from", s.ValidFrom.String()) {
		b.Quiet, b.Label = true, a.v.Say("page.org.cancel")
		node = append(node, g.Text(" "), a.v.Env.Button(b))
	}
	return ui.Cell{Node: node}
}

// given are the assignments of the unit itself, for those who may list them.
func (a *unitsAsk) given(ctx context.Context, card UnitCard) ([]AssignmentRow, error) {
	if !a.v.May("org.unit.assignments") {
		return nil, nil
	}
	rows, _, err := screen.Rows[AssignmentRow](ctx, a.v, "org.unit.assignments", givenMax, "id", card.ID.String())
	return rows, err
}

// givenMax is the most assignments shown; the export has all of them.
const givenMax = 50

func (a *unitsAsk) assignments(card UnitCard, rows []AssignmentRow, people map[op.ID]string) g.Node {
	v := a.v
	l := ui.List{ID: "assignments", Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.service")},
		{Label: v.Say("page.org.entity")},
		{Label: v.Say("field.from"), Kind: ui.DateColumn},
		{Label: v.Say("field.to"), Kind: ui.DateColumn},
		{Label: v.Say("field.reason")},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}}
	for _, row := range rows {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: enumWord(v, row.Service)},
			{Text: row.EntityCode, Sub: row.OperatorCode, Href: v.RecordHref("entity", row.EntityID)},
			{Text: row.ValidFrom.French()},
			{Text: lastDay(row.ValidTo)},
			{Text: row.Reason, Sub: people[row.ActorID]},
			{Status: standing(v, row.ValidFrom, row.ValidTo)},
		}})
	}
	return panelOf(v, v.Say("page.org.assignments"), card.Code, l)
}
