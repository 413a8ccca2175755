package org

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// Finding is one thing wrong with the organisation as stored.
type Finding struct {
	// Rule names the invariant: "top", "kind", "hole", "overlap", "circle",
	// "parent_open", "closure".
	Rule string
	// Unit is where it is broken; 0 for the whole tree.
	Unit int64
	// Detail says what was found, for the log.
	Detail string
}

// CheckTree recomputes what the organisation promises from its rows alone, by
// other means than those that wrote it, and gives every breach and the number of
// units checked: one top; every unit has a place on each day of its life, and
// only one; no unit stands under itself; a parent is open and of a kind that may
// hold it; the closure is what following the parents day by day gives.
func CheckTree(ctx context.Context, r db.Reader) (findings []Finding, checked int, err error) {
	t := &treeCheck{units: map[int64]Unit{}, stays: map[int64][]seg{}}
	if err := t.load(ctx, r); err != nil {
		return nil, 0, err
	}
	tops := 0
	for id, u := range t.units {
		if u.Kind == Central {
			tops++
		}
		t.life(id, u)
		t.parents(id, u)
	}
	if tops != 1 && len(t.units) > 0 {
		t.add("top", 0, "%d units are the top", tops)
	}
	t.closure()
	slices.SortFunc(t.found, func(a, b Finding) int { return strings.Compare(a.key(), b.key()) })
	return t.found, len(t.units), nil
}

func (f Finding) key() string { return fmt.Sprintf("%s/%020d/%s", f.Rule, f.Unit, f.Detail) }

type treeCheck struct {
	units map[int64]Unit
	stays map[int64][]seg
	rows  map[int64][]reach // closure as stored, by unit
	found []Finding
}

func (t *treeCheck) add(rule string, unit int64, format string, args ...any) {
	t.found = append(t.found, Finding{rule, unit, fmt.Sprintf(format, args...)})
}

func (t *treeCheck) load(ctx context.Context, r db.Reader) error {
	list, err := db.All(ctx, r, scanUnit, `SELECT `+unitColumns+` FROM unit u`)
	if err != nil {
		return err
	}
	for _, u := range list {
		t.units[int64(u.ID)] = u
	}
	err = db.Each(ctx, r, func(rows db.Rows) error {
		var unit int64
		var s seg
		err := rows.Scan(&unit, &s.from, &s.to, &s.parent)
		t.stays[unit] = append(t.stays[unit], s)
		return err
	}, `SELECT unit_id, valid_from, valid_to, parent_id FROM unit_attachment ORDER BY unit_id, valid_from`)
	if err != nil {
		return err
	}
	t.rows = map[int64][]reach{}
	return db.Each(ctx, r, func(rows db.Rows) error {
		var unit int64
		var c reach
		err := rows.Scan(&unit, &c.ancestor, &c.depth, &c.from, &c.to)
		t.rows[unit] = append(t.rows[unit], c)
		return err
	}, `SELECT unit_id, ancestor_id, depth, valid_from, valid_to FROM unit_closure ORDER BY unit_id, ancestor_id, valid_from`)
}

// life checks that the stays of a unit cover its life exactly.
func (t *treeCheck) life(id int64, u Unit) {
	stays := t.stays[id]
	if u.Kind == Central {
		if len(stays) > 0 {
			t.add("top", id, "the top stands under unit %d", stays[0].parent)
		}
		return
	}
	if len(stays) == 0 {
		t.add("hole", id, "no place at all")
		return
	}
	if stays[0].from != u.OpenedOn {
		t.add("hole", id, "opened on %s, placed since %s", u.OpenedOn, stays[0].from)
	}
	for i := 1; i < len(stays); i++ {
		before, s := stays[i-1], stays[i]
		switch {
		case before.to.IsZero() || s.from.Before(before.to):
			t.add("overlap", id, "two places on %s", s.from)
		case before.to.Before(s.from):
			t.add("hole", id, "no place from %s to %s", before.to, s.from)
		}
	}
	if last := stays[len(stays)-1]; last.to != u.ClosedOn {
		t.add("hole", id, "closed on %q, placed until %q", u.ClosedOn, last.to)
	}
}

// parents checks each stay against its parent.
func (t *treeCheck) parents(id int64, u Unit) {
	for _, s := range t.stays[id] {
		p, known := t.units[s.parent]
		switch {
		case !known:
			t.add("parent_open", id, "parent %d does not exist", s.parent)
			continue
		case !MayHang(u.Kind, p.Kind):
			t.add("kind", id, "%s under %s %d", u.Kind, p.Kind, s.parent)
		}
		if s.from.Before(p.OpenedOn) || !p.ClosedOn.IsZero() && (s.to.IsZero() || s.to.After(p.ClosedOn)) {
			t.add("parent_open", id, "stands from %s to %q under %d, open from %s to %q", s.from, s.to, s.parent, p.OpenedOn, p.ClosedOn)
		}
	}
}

// edges are the days on which something above a unit changes.
func (t *treeCheck) edges(id int64, seen map[int64]bool, into map[day.Date]bool) {
	if seen[id] {
		return
	}
	seen[id] = true
	for i, s := range t.stays[id] {
		if i > 0 {
			into[s.from] = true
		}
		t.edges(s.parent, seen, into)
	}
}

// parentOn is the parent on a day, first or last place outside its life.
func (t *treeCheck) parentOn(id int64, on day.Date) (parent int64) {
	for i, s := range t.stays[id] {
		if i == 0 || !s.from.After(on) {
			parent = s.parent
		}
	}
	return parent
}

// closure climbs from each unit on each day on which anything changes above it,
// and compares with the rows that are in force on that day.
func (t *treeCheck) closure() {
	for id := range t.units {
		days := map[day.Date]bool{Beginning(): true}
		t.edges(id, map[int64]bool{}, days)
		for _, c := range t.rows[id] {
			days[c.from] = true
			if !c.to.IsZero() {
				days[c.to] = true
			}
		}
		for on := range days {
			if !t.climbs(id, on) {
				break
			}
		}
	}
	for id := range t.rows {
		if _, known := t.units[id]; !known {
			t.add("closure", id, "rows of a unit that does not exist")
		}
	}
}

// climbs checks one unit on one day.
func (t *treeCheck) climbs(id int64, on day.Date) bool {
	want := map[int64]int64{}
	depth := int64(0)
	for unit := id; unit != 0; unit = t.parentOn(unit, on) {
		if _, again := want[unit]; again {
			t.add("circle", id, "above itself on %s", on)
			return false
		}
		want[unit] = depth
		depth++
	}
	have := 0
	for _, c := range t.rows[id] {
		if on.Before(c.from) || !c.to.IsZero() && !on.Before(c.to) {
			continue
		}
		have++
		if d, right := want[c.ancestor]; !right || d != c.depth {
			t.add("closure", id, "on %s the row for %d at depth %d is wrong", on, c.ancestor, c.depth)
			return false
		}
	}
	if have != len(want) {
		t.add("closure", id, "on %s %d rows, %d expected", on, have, len(want))
		return false
	}
	return true
}
