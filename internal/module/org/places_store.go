package org

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// deleteBatch is how many units one statement of the closure names.
const deleteBatch = 500

// inForce is the condition that a row of an alias is in force on a date.
func inForce(w *db.Where, alias string, on day.Date) {
	w.And(alias+`.valid_from <= ? AND (`+alias+`.valid_to IS NULL OR ? < `+alias+`.valid_to)`, on, on)
}

// Filter adds to a condition that the column's unit lies in the scope, in the
// sense of Within. Everything lies below the top, on any date: nothing is looked
// up for it. A column named with its table is looked up row by row, so that the
// first page of a list does not begin with all the units of a region.
func (p *Places) Filter(w *db.Where, column string, s op.Scope) {
	if len(s.Roots) == 0 {
		w.And("1 = 0")
		return
	}
	if top := p.lastTop(); top != 0 && slices.Contains(s.Roots, top) {
		w.And("+" + column + " > 0") // the sign keeps an index on it out of the plan
		return
	}
	var values []any
	for _, root := range s.Roots {
		values = append(values, root)
	}
	marks := strings.Repeat(", ?", len(s.Roots))[2:]
	if strings.Contains(column, ".") {
		w.And(`EXISTS (SELECT 1 FROM unit_closure uc WHERE uc.ancestor_id IN (`+marks+`) AND uc.unit_id = `+column+`
			AND uc.valid_from <= ? AND (uc.valid_to IS NULL OR ? < uc.valid_to))`, append(values, s.On, s.On)...)
		return
	}
	w.And(column+` IN (SELECT uc.unit_id FROM unit_closure uc WHERE uc.ancestor_id IN (`+marks+`)
		AND uc.valid_from <= ? AND (uc.valid_to IS NULL OR ? < uc.valid_to))`, append(values, s.On, s.On)...)
}

// stampKey is the name of the tree's identity in a transaction's memory.
type stampKey struct{}

// treeStamp is readStamp once per transaction.
func treeStamp(ctx context.Context, r db.Reader) (int64, error) {
	if stamp, known := db.Remembered[int64](r, stampKey{}); known {
		return stamp, nil
	}
	stamp, err := readStamp(ctx, r)
	if err == nil {
		db.Remember(r, stampKey{}, stamp)
	}
	return stamp, err
}

// readStamp gives the identity of the tree; 0 before the first unit.
func readStamp(ctx context.Context, r db.Reader) (int64, error) {
	var stamp int64
	_, err := db.ScanOne(ctx, r, stampSQL, nil, &stamp)
	return stamp, err
}

const stampSQL = `SELECT stamp FROM unit_tree`

// Stamps implements op.Stamped.
func (p *Places) Stamps() []op.Stamp { return []op.Stamp{{Key: stampKey{}, SQL: "(" + stampSQL + ")"}} }

// writeStamp gives the tree a new identity and tells the other processes. It
// comes after the last change.
func writeStamp(ctx context.Context, tx db.Tx) error {
	stamp, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO unit_tree (one, stamp) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET stamp = excluded.stamp`, stamp)
	if err != nil {
		return err
	}
	db.Remember(tx, stampKey{}, stamp)
	return db.Bump(ctx, tx, Topic)
}

// loadForest reads the whole tree.
func loadForest(ctx context.Context, r db.Reader) (*forest, error) {
	byID := map[int64]*node{}
	var nodes []*node
	err := db.Each(ctx, r, func(rows db.Rows) error {
		n := &node{}
		err := rows.Scan(&n.id, &n.kind, &n.opened, &n.closed)
		byID[n.id] = n
		nodes = append(nodes, n)
		return err
	}, `SELECT id, kind, opened_on, closed_on FROM unit ORDER BY id`)
	if err != nil {
		return nil, err
	}
	err = db.Each(ctx, r, func(rows db.Rows) error {
		var unit int64
		var s seg
		if err := rows.Scan(&unit, &s.from, &s.to, &s.parent); err != nil {
			return err
		}
		if n := byID[unit]; n != nil {
			n.segs = append(n.segs, s)
		}
		return nil
	}, `SELECT unit_id, valid_from, valid_to, parent_id FROM unit_attachment ORDER BY unit_id, valid_from`)
	if err != nil {
		return nil, err
	}
	return newForest(nodes), nil
}

// origin says who changes the tree, when and why; it goes with each new stay.
type origin struct {
	reason string
	actor  int64
	at     time.Time
}

func originOf(x *op.Exec, reason string) origin { return origin{reason, x.Actor.UserID, x.Now} }

// saveTree writes the difference between two trees for the units that changed,
// with the closure of all that stand below them, and gives the tree its new
// stamp. The rows of new units are inserted before.
func saveTree(ctx context.Context, tx db.Tx, old, next *forest, changed []int64, o origin) error {
	var fresh []int64
	for _, unit := range changed {
		if old.nodes[unit] == nil {
			fresh = append(fresh, unit)
			continue
		}
		if err := saveStays(ctx, tx, unit, old.nodes[unit].segs, next.nodes[unit].segs, o); err != nil {
			return err
		}
	}
	columns := []string{"unit_id", "valid_from", "valid_to", "parent_id", "reason", "actor_id", "recorded_at"}
	_, err := tx.Bulk(ctx, "unit_attachment", columns, func(yield func([]any, error) bool) {
		for _, unit := range fresh {
			for _, s := range next.nodes[unit].segs {
				if !yield([]any{unit, s.from, s.to, s.parent, o.reason, o.actor, o.at}, nil) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	if err := saveClosure(ctx, tx, old, next, changed); err != nil {
		return err
	}
	return writeStamp(ctx, tx)
}

// saveStays writes what differs between the stays of one unit.
func saveStays(ctx context.Context, tx db.Tx, unit int64, old, next []seg, o origin) error {
	at := func(list []seg, from day.Date) *seg {
		if i := slices.IndexFunc(list, func(s seg) bool { return s.from == from }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	for _, s := range old {
		if at(next, s.from) == nil {
			if _, err := tx.Exec(ctx, `DELETE FROM unit_attachment WHERE unit_id = $1 AND valid_from = $2`, unit, s.from); err != nil {
				return err
			}
		}
	}
	for _, s := range next {
		was := at(old, s.from)
		var err error
		switch {
		case was == nil:
			_, err = tx.Exec(ctx, `INSERT INTO unit_attachment (unit_id, valid_from, valid_to, parent_id, reason, actor_id, recorded_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, unit, s.from, s.to, s.parent, o.reason, o.actor, o.at)
		case was.parent != s.parent:
			_, err = tx.Exec(ctx, `UPDATE unit_attachment SET valid_to = $1, parent_id = $2, reason = $3, actor_id = $4, recorded_at = $5
				WHERE unit_id = $6 AND valid_from = $7`, s.to, s.parent, o.reason, o.actor, o.at, unit, s.from)
		case was.to != s.to:
			_, err = tx.Exec(ctx, `UPDATE unit_attachment SET valid_to = $1 WHERE unit_id = $2 AND valid_from = $3`, s.to, unit, s.from)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// saveClosure rewrites the closure of the units for which it differs.
func saveClosure(ctx context.Context, tx db.Tx, old, next *forest, changed []int64) error {
	before, after := old.closures(), next.closures()
	var stale, differ []int64
	for _, unit := range everBelow(changed, old, next) {
		if old.nodes[unit] == nil {
			differ = append(differ, unit)
		} else if !slices.Equal(before.of(unit), after.of(unit)) {
			stale, differ = append(stale, unit), append(differ, unit)
		}
	}
	for part := range slices.Chunk(stale, deleteBatch) {
		var w db.Where
		w.In("unit_id", part)
		if _, err := tx.Exec(ctx, `DELETE FROM unit_closure`+w.SQL(), w.Args()...); err != nil {
			return err
		}
	}
	columns := []string{"ancestor_id", "unit_id", "valid_from", "valid_to", "depth"}
	_, err := tx.Bulk(ctx, "unit_closure", columns, closureRows(after, differ))
	return err
}

func closureRows(c *closures, units []int64) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, unit := range units {
			for _, r := range c.of(unit) {
				if !yield([]any{r.ancestor, unit, r.from, r.to, r.depth}, nil) {
					return
				}
			}
		}
	}
}
