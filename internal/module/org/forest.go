package org

import (
	"maps"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// seg is a stay under a parent, from its first day to the day after its last;
// no date is for ever.
type seg struct {
	from, to day.Date
	parent   int64
}

// node is a unit as the tree sees it: when it is open and where it stands. Its
// segs follow each other without hole from opened to closed. The top has none.
type node struct {
	id             int64
	kind           Kind
	opened, closed day.Date
	segs           []seg
}

// forest is the dated tree of all units at one moment of the data. It is never
// changed once made: an edit makes new nodes and a new forest.
type forest struct {
	nodes map[int64]*node
	// below are the units that ever stood under a unit.
	below map[int64][]int64
	top   int64
}

func newForest(nodes []*node) *forest {
	f := &forest{nodes: make(map[int64]*node, len(nodes)), below: map[int64][]int64{}}
	for _, n := range nodes {
		f.put(n)
	}
	return f
}

// with is the forest in which some nodes are replaced or added.
func (f *forest) with(changed ...*node) *forest {
	next := f.draft()
	for _, n := range changed {
		next.put(n)
	}
	return next
}

// draft is a copy that may still be changed with put. Its lists are clipped, so
// that adding to them never writes into those of f.
func (f *forest) draft() *forest {
	next := &forest{nodes: maps.Clone(f.nodes), below: make(map[int64][]int64, len(f.below)), top: f.top}
	for id, list := range f.below {
		next.below[id] = slices.Clip(list)
	}
	return next
}

// put is for forests that nobody else sees yet.
func (f *forest) put(n *node) {
	if old := f.nodes[n.id]; old != nil {
		for _, s := range old.segs {
			f.below[s.parent] = slices.DeleteFunc(slices.Clone(f.below[s.parent]), func(id int64) bool { return id == n.id })
		}
	}
	f.nodes[n.id] = n
	for i, s := range n.segs {
		if !slices.ContainsFunc(n.segs[:i], func(o seg) bool { return o.parent == s.parent }) {
			f.below[s.parent] = append(f.below[s.parent], n.id)
		}
	}
	if n.kind == Central {
		f.top = n.id
	}
}

// placeOn is the parent on a date, 0 for the top. Before its opening a unit has
// its first place, after its closing its last one: what belongs to a closed
// centre stays in the sight of those above it.
func (n *node) placeOn(on day.Date) int64 {
	if len(n.segs) == 0 {
		return 0
	}
	return n.segs[n.segOn(on)].parent
}

// segOn is the index of the stay on a date, in the same sense.
func (n *node) segOn(on day.Date) int {
	at := 0
	for i, s := range n.segs {
		if !on.Before(s.from) {
			at = i
		}
	}
	return at
}

// within climbs from a unit to a root.
func (f *forest) within(unit, root int64, on day.Date) bool {
	for range depthMax {
		n := f.nodes[unit]
		if n == nil {
			return false
		}
		if unit == root {
			return true
		}
		unit = n.placeOn(on)
	}
	return false
}

// path is the unit and those above it on a date, from the top down.
func (f *forest) path(unit int64, on day.Date) []int64 {
	var up []int64
	for n := f.nodes[unit]; n != nil && len(up) < depthMax; n = f.nodes[n.placeOn(on)] {
		up = append(up, n.id)
	}
	slices.Reverse(up)
	return up
}

// find gives a node, or NotFound.
func (f *forest) find(unit int64) (*node, error) {
	if n := f.nodes[unit]; n != nil {
		return n, nil
	}
	return nil, unknownUnit()
}

func unknownUnit() error { return fault.New(fault.NotFound, "org.unit.unknown") }

// openOver says whether the node is open from one day to the day after the last.
func (n *node) openOver(from, to day.Date) bool {
	return !from.Before(n.opened) && (n.closed.IsZero() || !to.IsZero() && !to.After(n.closed))
}

// accept says whether the parent may hold the child over a period.
func (f *forest) accept(child *node, parent int64, from, to day.Date) error {
	p := f.nodes[parent]
	switch {
	case p == nil:
		return fault.InvalidField("parent", "org.parent_unknown")
	case f.everUnder(parent, child.id, from, to):
		return fault.InvalidField("parent", "org.parent_circle")
	case !MayHang(child.kind, p.kind):
		return fault.InvalidField("parent", "org.parent_kind", "kind", child.kind, "parent_kind", p.kind)
	case from.Before(p.opened):
		return fault.InvalidField("parent", "org.parent_not_open", "since", p.opened)
	case !p.openOver(from, to):
		return fault.InvalidField("parent", "org.parent_closed", "on", p.closed)
	}
	return nil
}

// everUnder says whether a unit stands under another, or is it, on any day of a
// period.
func (f *forest) everUnder(unit, above int64, from, to day.Date) bool {
	n := f.nodes[unit]
	if unit == above || n == nil {
		return unit == above
	}
	for i := range n.segs {
		s := n.stretched(i)
		lo, hi, some := intersect(s.from, s.to, from, to)
		if some && f.everUnder(s.parent, above, lo, hi) {
			return true
		}
	}
	return false
}

// stretched is a stay with the first one reaching back to the beginning and the
// last one lasting for ever.
func (n *node) stretched(i int) seg {
	s := n.segs[i]
	if i == 0 {
		s.from = Beginning()
	}
	if i == len(n.segs)-1 {
		s.to = day.Date{}
	}
	return s
}

// intersect is the part two periods share; both end the day before their second
// date, no date being for ever.
func intersect(aFrom, aTo, bFrom, bTo day.Date) (from, to day.Date, some bool) {
	from, to = aFrom, aTo
	if bFrom.After(from) {
		from = bFrom
	}
	if to.IsZero() || !bTo.IsZero() && bTo.Before(to) {
		to = bTo
	}
	return from, to, to.IsZero() || from.Before(to)
}

// plant makes a new unit under a parent from its opening on.
func (f *forest) plant(id int64, kind Kind, parent int64, opened day.Date) (*node, error) {
	n := &node{id: id, kind: kind, opened: opened, segs: []seg{{from: opened, parent: parent}}}
	if kind == Central {
		return nil, fault.InvalidField("kind", "org.top_exists")
	}
	return n, f.accept(n, parent, opened, day.Date{})
}

// move places a unit elsewhere from a date until its next recorded move, or for
// ever. What was before the date, and what was already planned after, stays.
func (f *forest) move(unit, parent int64, on day.Date) (*node, error) {
	n, err := f.find(unit)
	if err != nil {
		return nil, err
	}
	switch {
	case n.kind == Central:
		return nil, fault.New(fault.Conflict, "org.unit.top")
	case on.Before(n.opened):
		return nil, fault.InvalidField("valid_from", "org.unit.not_open_yet", "since", n.opened)
	case stateOn(n.opened, n.closed, on) == Closed:
		return nil, fault.InvalidField("valid_from", "org.unit.closed_then", "on", n.closed)
	}
	i := n.segOn(on)
	stay := n.segs[i]
	if stay.parent == parent {
		return nil, fault.InvalidField("parent", "org.unit.already_there", "since", stay.from)
	}
	if err := f.accept(n, parent, on, stay.to); err != nil {
		return nil, err
	}
	segs := slices.Clone(n.segs[:i])
	if stay.from.Before(on) {
		segs = append(segs, seg{stay.from, on, stay.parent})
	}
	segs = append(segs, seg{on, stay.to, parent})
	return n.stays(append(segs, n.segs[i+1:]...)), nil
}

// stays is the node with other stays; those that follow each other under the
// same parent become one.
func (n *node) stays(segs []seg) *node {
	var out []seg
	for _, s := range segs {
		if last := len(out) - 1; last >= 0 && out[last].parent == s.parent {
			out[last].to = s.to
			continue
		}
		out = append(out, s)
	}
	copied := *n
	copied.segs = out
	return &copied
}

// unmove takes back a move that has not happened yet: the place before it goes
// on in its stead.
func (f *forest) unmove(unit int64, from, today day.Date) (*node, error) {
	n, err := f.find(unit)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(n.segs, func(s seg) bool { return s.from == from })
	switch {
	case i < 1:
		return nil, fault.InvalidField("valid_from", "org.move.unknown")
	case !from.After(today):
		return nil, fault.InvalidField("valid_from", "org.move.past")
	}
	before := n.segs[i-1]
	if err := f.accept(n, before.parent, from, n.segs[i].to); err != nil {
		return nil, err
	}
	segs := slices.Clone(n.segs)
	segs[i].parent = before.parent
	return n.stays(segs), nil
}

// shut closes a unit from a day on.
func (f *forest) shut(unit int64, on day.Date) (*node, error) {
	n, err := f.find(unit)
	if err != nil {
		return nil, err
	}
	switch {
	case n.kind == Central:
		return nil, fault.New(fault.Conflict, "org.unit.top")
	case !n.closed.IsZero():
		return nil, fault.New(fault.Conflict, "org.unit.closed", "on", n.closed)
	case !on.After(n.opened):
		return nil, fault.InvalidField("closed_on", "org.unit.closed_before_open", "since", n.opened)
	}
	last := len(n.segs) - 1
	if n.segs[last].from.After(on) || n.segs[last].from == on {
		return nil, fault.New(fault.Conflict, "org.unit.move_planned", "on", n.segs[last].from)
	}
	if count := f.holdsAfter(unit, on); count > 0 {
		return nil, fault.New(fault.Conflict, "org.unit.has_children", "count", count)
	}
	copied := *n
	copied.closed, copied.segs = on, slices.Clone(n.segs)
	copied.segs[last].to = on
	return &copied, nil
}

// holdsAfter is the number of units that stand under a unit on or after a day.
func (f *forest) holdsAfter(unit int64, on day.Date) int {
	count := 0
	for _, id := range f.below[unit] {
		for _, s := range f.nodes[id].segs {
			if s.parent == unit && (s.to.IsZero() || s.to.After(on)) {
				count++
				break
			}
		}
	}
	return count
}

// reopen takes a closing back, as if it had never been.
func (f *forest) reopen(unit int64) (*node, error) {
	n, err := f.find(unit)
	if err != nil {
		return nil, err
	}
	if n.closed.IsZero() {
		return nil, fault.New(fault.Conflict, "org.unit.not_closed")
	}
	last := len(n.segs) - 1
	copied := *n
	copied.closed, copied.segs = day.Date{}, slices.Clone(n.segs)
	copied.segs[last].to = day.Date{}
	stay := copied.segs[last]
	return &copied, f.accept(&copied, stay.parent, stay.from, day.Date{})
}

// retype changes a unit's kind where every stay of it and under it allows the
// new one.
func (f *forest) retype(unit int64, kind Kind) (*node, error) {
	n, err := f.find(unit)
	if err != nil {
		return nil, err
	}
	if n.kind == Central || kind == Central {
		return nil, fault.InvalidField("kind", "org.unit.top")
	}
	for _, s := range n.segs {
		if p := f.nodes[s.parent]; p != nil && !MayHang(kind, p.kind) {
			return nil, fault.InvalidField("kind", "org.parent_kind", "kind", kind, "parent_kind", p.kind)
		}
	}
	for _, id := range f.below[unit] {
		if child := f.nodes[id]; !MayHang(child.kind, kind) {
			return nil, fault.InvalidField("kind", "org.parent_kind", "kind", child.kind, "parent_kind", kind)
		}
	}
	copied := *n
	copied.kind = kind
	return &copied, nil
}
