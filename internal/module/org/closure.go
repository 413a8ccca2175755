package org

import (
	"cmp"
	"slices"

	"wasl/internal/kernel/day"
)

// reach is one row of the closure of a unit: it stands under an ancestor, so
// many steps below, from a day to the day before another.
type reach struct {
	ancestor int64
	depth    int64
	from, to day.Date
}

// closures computes the closure of units, each once.
type closures struct {
	f    *forest
	done map[int64][]reach
}

func (f *forest) closures() *closures { return &closures{f: f, done: map[int64][]reach{}} }

// of is the closure of a unit, sorted by ancestor and date. A circle, which the
// rules exclude, ends where it closes.
func (c *closures) of(unit int64) []reach {
	if rows, seen := c.done[unit]; seen {
		return rows
	}
	c.done[unit] = nil
	rows := []reach{{ancestor: unit, from: Beginning()}}
	if n := c.f.nodes[unit]; n != nil {
		for i := range n.segs {
			s := n.stretched(i)
			for _, r := range c.of(s.parent) {
				if from, to, some := intersect(s.from, s.to, r.from, r.to); some {
					rows = append(rows, reach{r.ancestor, r.depth + 1, from, to})
				}
			}
		}
	}
	rows = joined(rows)
	c.done[unit] = rows
	return rows
}

// joined sorts rows and makes one of those that follow each other.
func joined(rows []reach) []reach {
	slices.SortFunc(rows, func(a, b reach) int {
		return cmp.Or(cmp.Compare(a.ancestor, b.ancestor), a.from.Compare(b.from))
	})
	out := rows[:0]
	for _, r := range rows {
		if last := len(out) - 1; last >= 0 && out[last].ancestor == r.ancestor && out[last].depth == r.depth && out[last].to == r.from {
			out[last].to = r.to
			continue
		}
		out = append(out, r)
	}
	return out
}

// everBelow are the units themselves and all that ever stood below them, in
// either of two forests.
func everBelow(units []int64, forests ...*forest) []int64 {
	seen := map[int64]bool{}
	queue := slices.Clone(units)
	for len(queue) > 0 {
		unit := queue[0]
		queue = queue[1:]
		if seen[unit] {
			continue
		}
		seen[unit] = true
		for _, f := range forests {
			queue = append(queue, f.below[unit]...)
		}
	}
	out := make([]int64, 0, len(seen))
	for unit := range seen {
		out = append(out, unit)
	}
	slices.Sort(out)
	return out
}
