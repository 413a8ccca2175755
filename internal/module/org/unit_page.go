package org

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// foundMax is the most units shown by the search of the tree.
const foundMax = 12

// unitsAsk is what the address of the tree page says.
type unitsAsk struct {
	v *screen.View
	// on is the date of the tree, as ISO; empty is today. all shows closed and
	// future units. text is searched.
	on, all, text string
	selected      op.ID
	found         map[op.ID]bool
}

func newUnitsAsk(v *screen.View) *unitsAsk {
	return &unitsAsk{v: v, on: v.Query("on"), all: v.Query("all"), text: v.Query("find"), found: map[op.ID]bool{}}
}

// href is the page with a unit selected, the rest kept.
func (a *unitsAsk) href(unit op.ID) string {
	path := "/org"
	if unit != 0 {
		path = "/org/units/" + unit.String()
	}
	return a.v.Href(path, "on", a.on, "all", a.all, "find", a.text)
}

// unitsPage is the organisation: the tree, and beside it the unit selected.
func unitsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	a := newUnitsAsk(v)
	if asked := v.PathValue("id"); asked != "" {
		id, err := strconv.ParseInt(asked, 10, 64)
		if err != nil || id <= 0 {
			return ui.Page{}, unknownUnit()
		}
		a.selected = op.ID(id)
	}
	found, err := a.search(ctx)
	if err != nil {
		return ui.Page{}, err
	}
	if a.selected == 0 {
		a.selected = op.ID(v.Unit)
	}
	side, err := a.tree(ctx)
	if err != nil {
		return ui.Page{}, err
	}
	if a.selected == 0 {
		return ui.Page{Body: v.Panel(ui.Panel{Body: g.Group{side.bar, v.Env.Empty(ui.Empty{
			Icon: ui.IconTree, Title: v.Say("page.org.tree_empty"), Text: v.Say("page.org.tree_empty.text"),
		})}})}, nil
	}
	card, err := screen.Fetch[UnitCard](ctx, v, "org.unit.show", "id", a.selected.String(), "on", a.on)
	if err != nil {
		return ui.Page{}, err
	}
	right, err := a.record(ctx, card, side)
	if err != nil {
		return ui.Page{}, err
	}
	p := ui.Page{
		Title: card.Name, Code: card.Code, Sub: a.status(card), Crumbs: a.crumbs(card), Actions: a.actions(card), Back: a.href(parentOf(card)),
		Body: right,
	}
	if side.tree != nil {
		left := v.Panel(ui.Panel{
			Title: v.Say("page.org.tree"), Sub: side.sub, Links: side.links, Body: g.Group{side.bar, found, side.tree}, Flush: true,
		})
		p.Body = v.Columns("5-7", left, right)
	}
	return p, nil
}

// parentOf is the unit just above; 0 for the top.
func parentOf(card UnitCard) op.ID {
	if len(card.Path) == 0 {
		return 0
	}
	return card.Path[len(card.Path)-1].ID
}

func (a *unitsAsk) crumbs(card UnitCard) []ui.Link {
	crumbs := make([]ui.Link, 0, len(card.Path)+1)
	for _, u := range card.Path {
		crumbs = append(crumbs, ui.Link{Label: u.Name, Href: a.href(u.ID)})
	}
	return append(crumbs, ui.Link{Label: card.Name})
}

// search shows the units found as a short tree of their own; without a unit
// selected, the first one found is.
func (a *unitsAsk) search(ctx context.Context) (g.Node, error) {
	if a.text == "" || !a.v.May("org.unit.list") {
		return nil, nil
	}
	state := "open"
	if a.all != "" {
		state = ""
	}
	rows, more, err := screen.Rows[UnitRow](ctx, a.v, "org.unit.list", foundMax, searchField, a.text, "on", a.on, "state", state)
	if err != nil {
		return nil, err
	}
	title := a.v.Say("page.org.found", "count", len(rows))
	if more {
		title = a.v.Say("page.org.found_more", "count", len(rows))
	}
	nodes := make([]ui.TreeNode, 0, len(rows))
	for i, row := range rows {
		if i == 0 && a.selected == 0 {
			a.selected = row.ID
		}
		a.found[row.ID] = true
		nodes = append(nodes, ui.TreeNode{
			ID: "f" + row.ID.String(), Label: row.Name, Code: row.Code, Sub: row.ParentName, Icon: iconOf(row.Kind), Href: a.href(row.ID),
			Current: row.ID == a.selected, Muted: row.State != Open,
		})
	}
	links := []ui.Link{{Label: a.v.Say("page.org.search_clear"), Href: a.v.Href(a.v.Request.URL.Path, "on", a.on, "all", a.all)}}
	if more {
		links = append(links, ui.Link{Label: a.v.Say("page.org.found_all"), Href: a.v.Href("/org/list", searchField, a.text, "on", a.on)})
	}
	body := a.v.Env.Empty(ui.Empty{Icon: ui.IconSearch, Title: a.v.Say("page.org.found_none", "text", a.text)})
	if len(nodes) > 0 {
		body = a.v.Tree(ui.Tree{ID: "found", Label: title, Nodes: nodes})
	}
	return a.v.Panel(ui.Panel{Title: title, Links: links, Body: body, Flush: true}), nil
}

// searchField is the name of the searched text in every list.
const searchField = "text"

// treeSide is the left part of the page.
type treeSide struct {
	bar, tree g.Node
	sub       string
	links     []ui.Link
	// below is the number of units open below the unit selected, children those
	// shown just under it.
	below    int64
	children []TreeNode
}

// tree opens the levels down to the unit selected, and that unit.
func (a *unitsAsk) tree(ctx context.Context) (side treeSide, err error) {
	if !a.v.May("org.unit.tree") {
		return side, nil
	}
	level, err := screen.Fetch[Tree](ctx, a.v, "org.unit.tree", "reveal", idText(a.selected), "on", a.on, "all", a.all)
	if err != nil {
		return side, err
	}
	if a.selected == 0 && len(level.Nodes) > 0 {
		a.selected = level.Nodes[0].ID
	}
	if a.selected != 0 {
		under, err := screen.Fetch[Tree](ctx, a.v, "org.unit.tree", "parent", a.selected.String(), "on", a.on, "all", a.all)
		if err != nil {
			return side, err
		}
		side.children = under.Nodes
	}
	nodes := make([]ui.TreeNode, 0, len(level.Nodes))
	for _, n := range level.Nodes {
		nodes = append(nodes, a.node(n, 1, &side))
	}
	side.tree = a.v.Tree(ui.Tree{ID: "units", Label: a.v.Say("page.org.tree"), Nodes: nodes})
	side.sub = a.v.Say("page.org.on", "date", level.On)
	turn, word := "true", "page.org.show_closed"
	if a.all != "" {
		turn, word = "", "page.org.hide_closed"
	}
	side.links = []ui.Link{{Label: a.v.Say(word), Href: a.v.Href(a.v.Request.URL.Path, "on", a.on, "find", a.text, "all", turn)}}
	side.bar = a.v.Bar(screen.Bar{
		ID: "tree", Action: a.v.Request.URL.Path, Kept: kept("all", a.all), Fields: []ui.Field{
			{Name: "find", Label: a.v.Say("page.org.search"), Value: a.text, MaxLength: 80},
			{Name: "on", Label: a.v.Say("field.on"), Kind: ui.DateField, Value: orText(a.on, a.v.Today.String())},
		},
	})
	return side, nil
}

func kept(pairs ...string) (out []ui.Pair) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, ui.Pair{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	return out
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func idText(id op.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// node draws a unit of the tree with the levels open below it; side receives
// what the record says of the unit selected.
func (a *unitsAsk) node(n TreeNode, level int, side *treeSide) ui.TreeNode {
	out := ui.TreeNode{
		ID: n.ID.String(), Label: n.Name, Code: n.Code, Icon: iconOf(n.Kind), Href: a.href(n.ID), Current: n.ID == a.selected,
		Match: a.found[n.ID], Muted: n.State != Open,
	}
	if n.Below > 0 {
		out.Count = ui.Number(n.Below)
	}
	if n.State != Open {
		out.Status = &ui.Status{Label: enumWord(a.v, n.State), Tone: screen.ToneOf(string(n.State))}
	}
	under := n.Nodes
	if out.Current && side != nil {
		side.below, under = n.Below, side.children
	}
	for _, child := range under {
		out.Children = append(out.Children, a.node(child, level+1, side))
	}
	if out.Open = len(under) > 0; !out.Open && n.Children > 0 {
		out.Lazy = a.v.Href("/org/children", "parent", n.ID.String(), "level", strconv.Itoa(level+1), "on", a.on, "all", a.all, "find", a.text,
			"at", idText(a.selected))
	}
	return out
}

// iconOf is the drawing of a kind of unit.
func iconOf(k Kind) ui.Icon {
	switch k {
	case Central:
		return ui.IconHome
	case Region:
		return ui.IconTree
	case AgencyService, AgencyMixed:
		return ui.IconBuilding
	case Centre:
		return ui.IconPin
	}
	return ui.IconUser
}

// childrenPage is one level of the tree, asked for when a unit is opened.
func childrenPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	a := newUnitsAsk(v)
	at, err := strconv.ParseInt(v.Query("at"), 10, 64)
	if err == nil {
		a.selected = op.ID(at)
	}
	level, err := strconv.Atoi(v.Query("level"))
	if err != nil {
		level = 1
	}
	under, err := screen.Fetch[Tree](ctx, v, "org.unit.tree", "parent", v.Query("parent"), "on", a.on, "all", a.all)
	if err != nil {
		return ui.Page{}, err
	}
	nodes := make([]ui.TreeNode, 0, len(under.Nodes))
	for _, n := range under.Nodes {
		nodes = append(nodes, a.node(n, level, nil))
	}
	return ui.Page{Body: v.TreeItems(nodes, level)}, nil
}

// actions are what may be done with a unit; adding one under it is the main one.
func (a *unitsAsk) actions(card UnitCard) []ui.Button {
	v, id := a.v, card.ID.String()
	all := v.Button("org.unit.update", ui.IconEdit, "id", id)
	if card.Kind != Central {
		all = append(all, v.Button("org.unit.move", ui.IconMove, "id", id)...)
		if card.ClosedOn.IsZero() {
			all = append(all, v.Button("org.unit.close", ui.IconBan, "id", id)...)
		} else {
			all = append(all, v.Button("org.unit.reopen", ui.IconRefresh, "id", id)...)
		}
	}
	if card.State == Open && card.Kind != Annex {
		all = append(all, primary(v.Button("org.unit.add", ui.IconPlus, "parent", id))...)
	}
	return all
}

// dateOf is the date of the page.
func (a *unitsAsk) dateOf() day.Date {
	if on, err := day.Parse(a.on); err == nil {
		return on
	}
	return a.v.Today
}
