package org

import (
	"cmp"
	"context"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// LevelMax bounds the units of one level of the tree; past it, search.
const LevelMax = 2000

// TreeInput asks for one level of the tree.
type TreeInput struct {
	// Parent is the unit whose children are wanted; none gives the units at the
	// top of what the actor may see.
	Parent op.ID `json:"parent" in:"ref=org.unit.list"`
	// Reveal opens the levels down to a unit; only without Parent.
	Reveal op.ID `json:"reveal" in:"ref=org.unit.list"`
	// On is the date of the tree; none is today.
	On day.Date `json:"on"`
	// All shows closed and future units too.
	All bool `json:"all"`
}

// Validate keeps the two ways of asking apart.
func (in *TreeInput) Validate() []fault.Field {
	if in.Parent != 0 && in.Reveal != 0 {
		return []fault.Field{{Path: "reveal", Code: "org.tree.one_of"}}
	}
	return nil
}

// TreeNode is a unit in the tree.
type TreeNode struct {
	ID    op.ID  `json:"id"`
	Code  string `json:"code"`
	Kind  Kind   `json:"kind"`
	Name  string `json:"name"`
	State State  `json:"state"`
	// Children is the number of units shown directly under it, Below that of all
	// the units under it that are open on the date.
	Children int64 `json:"children"`
	Below    int64 `json:"below"`
	// Revealed marks the unit that was asked for.
	Revealed bool `json:"revealed,omitempty"`
	// Nodes are the children, where the level is open.
	Nodes []TreeNode `json:"nodes,omitempty"`
}

// Tree is a level of the tree, with the levels opened under it.
type Tree struct {
	On    day.Date   `json:"on"`
	Nodes []TreeNode `json:"nodes"`
	// More says that a level has more than LevelMax units.
	More bool `json:"more"`
}

func (m *Module) registerTree(r *op.Registry) {
	op.RegisterGet(r, op.Spec{
		Name: "org.unit.tree", Path: "/org/tree", Duties: []string{"AG-08", "DRI-17"},
	}, op.GetHandler[TreeInput, Tree]{
		Targets: func(ctx context.Context, x *op.Exec, in TreeInput) ([]op.Target, error) {
			if in.Parent == 0 && in.Reveal == 0 {
				return nil, nil
			}
			return m.target(ctx, x, cmp.Or(in.Parent, in.Reveal))
		},
		Do: m.showTree,
	})
}

// grower draws the tree out of the copy in memory; names are read by level.
type grower struct {
	x     *op.Exec
	f     *forest
	in    TreeInput
	on    day.Date
	open  map[int64]bool
	below map[int64]int64
	more  bool
}

func (m *Module) showTree(ctx context.Context, x *op.Exec, in TreeInput) (Tree, error) {
	f, err := m.places.forest(ctx, x.R)
	if err != nil {
		return Tree{}, err
	}
	g := &grower{x: x, f: f, in: in, on: orDate(in.On, x.Today), open: map[int64]bool{}}
	g.below = f.countBelow(g.on)
	level := g.children(int64(in.Parent))
	if in.Parent == 0 {
		level = g.roots()
		path := f.path(int64(in.Reveal), g.on)
		for _, unit := range path[:max(len(path)-1, 0)] {
			g.open[unit] = true
		}
	}
	nodes, err := g.grow(ctx, level)
	return Tree{On: g.on, Nodes: nodes, More: g.more}, err
}

// countBelow is the number of units open on a date below each unit.
func (f *forest) countBelow(on day.Date) map[int64]int64 {
	below := make(map[int64]int64, len(f.nodes))
	for _, n := range f.nodes {
		if stateOn(n.opened, n.closed, on) != Open {
			continue
		}
		up := n.placeOn(on)
		for range depthMax {
			if up == 0 {
				break
			}
			below[up]++
			up = f.nodes[up].placeOn(on)
		}
	}
	return below
}

// roots are the units of the scope that no other one of the scope is above of.
func (g *grower) roots() []int64 {
	scope := g.x.ScopeOf().Roots
	var out []int64
	for _, unit := range scope {
		covered := slices.ContainsFunc(scope, func(o int64) bool { return o != unit && g.f.within(unit, o, g.x.Today) })
		if !covered && g.f.nodes[unit] != nil && !slices.Contains(out, unit) {
			out = append(out, unit)
		}
	}
	return out
}

// children are the units shown under a unit, within the scope.
func (g *grower) children(parent int64) []int64 {
	var out []int64
	for _, id := range g.f.below[parent] {
		n := g.f.nodes[id]
		shown := g.in.All || stateOn(n.opened, n.closed, g.on) == Open
		if shown && n.placeOn(g.on) == parent && g.seen(id) {
			out = append(out, id)
		}
	}
	return out
}

// seen says whether the scope holds the unit today.
func (g *grower) seen(unit int64) bool {
	return slices.ContainsFunc(g.x.ScopeOf().Roots, func(root int64) bool { return g.f.within(unit, root, g.x.Today) })
}

// grow makes the nodes of a level, sorted by code, and of the open levels below.
func (g *grower) grow(ctx context.Context, level []int64) ([]TreeNode, error) {
	if len(level) > LevelMax {
		level, g.more = level[:LevelMax], true
	}
	byID, err := unitsByID(ctx, g.x.R, level)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(level, func(a, b int64) int { return cmp.Compare(byID[a].Code, byID[b].Code) })
	nodes := make([]TreeNode, 0, len(level))
	for _, id := range level {
		u, under := byID[id], g.children(id)
		node := TreeNode{
			ID: u.ID, Code: u.Code, Kind: u.Kind, Name: u.Name, State: stateOn(u.OpenedOn, u.ClosedOn, g.on),
			Children: int64(len(under)), Below: g.below[id], Revealed: int64(g.in.Reveal) == id,
		}
		if g.open[id] {
			if node.Nodes, err = g.grow(ctx, under); err != nil {
				return nil, err
			}
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}
