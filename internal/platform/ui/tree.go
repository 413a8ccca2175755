package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// TreeNode is one node of a tree.
type TreeNode struct {
	// ID is unique in the page; it makes the ids of the elements.
	ID string
	// Label of the node.
	Label string
	// Code of the node.
	Code string
	// Sub is the muted text after it: its kind, a date.
	Sub string
	// Icon of its kind.
	Icon Icon
	// Status is shown when the node is not in its normal state.
	Status *Status
	// Count is a figure at the end of the line, already set.
	Count string
	// Href opens the node.
	Href string
	// Current marks the node shown beside the tree.
	Current bool
	// Match marks a node found by a search.
	Match bool
	// Muted draws a node that is closed or not in force.
	Muted bool
	// Open shows the children.
	Open bool
	// Children are the nodes below.
	Children []TreeNode
	// Lazy is the endpoint of the children when they are not given; it answers
	// [Env.TreeItems].
	Lazy string
}

// Tree is a tree of links moved through by keyboard: arrows, Home, End, and the
// first letters of a name.
type Tree struct {
	// ID is unique in the page.
	ID string
	// Label names the tree for screen readers.
	Label string
	// Nodes are the roots.
	Nodes []TreeNode
}

// Tree draws a tree.
func (e Env) Tree(t Tree) g.Node {
	return h.Ul(h.Class("w-tree"), h.ID(t.ID), h.Role("tree"), aria("label", t.Label), g.Attr("data-w-tree"), e.treeItems(t.Nodes, 1))
}

// TreeItems is the fragment a lazy node asks for: its children. level is the
// depth of these nodes, 1 for the roots.
func (e Env) TreeItems(nodes []TreeNode, level int) g.Node { return e.treeItems(nodes, level) }

func (e Env) treeItems(nodes []TreeNode, level int) g.Node {
	return g.Map(nodes, func(n TreeNode) g.Node { return e.treeItem(n, level) })
}

func (e Env) treeItem(n TreeNode, level int) g.Node {
	branch := len(n.Children) > 0 || n.Lazy != ""
	expanded := ""
	if branch {
		expanded = "false"
		if n.Open && len(n.Children) > 0 {
			expanded = "true"
		}
	}
	group := fieldID("w-tree", n.ID)
	return h.Li(h.Role("none"),
		h.A(h.Class(n.class()), href(n.Href), h.Role("treeitem"), g.Attr("aria-level", itoa(level)), aria("expanded", expanded),
			unless(!branch, g.Attr("aria-owns", group)), when(n.Current, g.Attr("aria-current", "true")), g.Attr("aria-selected", boolWord(n.Current)),
			h.TabIndex("-1"),
			h.Span(h.Class("w-twig"), g.Attr("aria-hidden", "true"), when(branch, e.icon(IconChevronEnd, "w-i-flip"))),
			e.icon(n.Icon), h.Span(h.Class("w-tree-label"), g.Text(n.Label)), g.Iff(n.Code != "", func() g.Node { return Code(n.Code) }),
			text(h.Span, "w-sub", n.Sub), g.Iff(n.Status != nil, func() g.Node { return e.Badge(*n.Status) }),
			g.Iff(n.Count != "", func() g.Node { return h.Span(h.Class("w-tree-count"), figure(n.Count)) })),
		g.Iff(branch, func() g.Node {
			return h.Ul(h.Role("group"), h.ID(group), when(expanded == "false", g.Attr("hidden")),
				g.Iff(n.Lazy != "" && len(n.Children) == 0, func() g.Node {
					return g.Group{g.Attr("hx-get", safeURL(n.Lazy)), g.Attr("hx-trigger", "w-expand once"), g.Attr("hx-swap", "innerHTML"), g.Attr("data-w-lazy")}
				}), e.treeItems(n.Children, level+1))
		}))
}

func (n TreeNode) class() string {
	class := "w-node"
	if n.Match {
		class += " w-match"
	}
	if n.Muted {
		class += " w-muted"
	}
	return class
}

func boolWord(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// Columns lays panels side by side: "8-4", "5-7", "6-6", "4-4-4"; any other
// word stacks them.
func (e Env) Columns(shape string, parts ...g.Node) g.Node {
	return h.Div(h.Class("w-cols w-cols-"+shape), g.Map(parts, func(p g.Node) g.Node { return h.Div(h.Class("w-col"), p) }))
}
