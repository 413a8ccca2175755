package org

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// readTimeline reads the assignments of one service of one unit, by date.
func readTimeline(ctx context.Context, r db.Reader, unit int64, s Service) (timeline, error) {
	return db.All(ctx, r, func(rows db.Rows) (Assignment, error) {
		a := Assignment{Service: s}
		var operator *int64
		err := rows.Scan(&a.ValidFrom, &a.ValidTo, &a.EntityID, &operator)
		if operator != nil {
			a.OperatorID = op.ID(*operator)
		}
		return a, err
	}, `SELECT valid_from, valid_to, entity_id, operator_id FROM unit_assignment WHERE unit_id = $1 AND service = $2 ORDER BY valid_from`, unit, s)
}

// orNone is NULL for no id.
func orNone(id op.ID) *int64 {
	if id == 0 {
		return nil
	}
	n := int64(id)
	return &n
}

// saveTimeline writes what differs from the timeline before.
func saveTimeline(ctx context.Context, tx db.Tx, unit int64, s Service, old, next timeline, o origin) error {
	kept := map[day.Date]Assignment{}
	for _, a := range next {
		kept[a.ValidFrom] = a
	}
	was := map[day.Date]Assignment{}
	for _, a := range old {
		was[a.ValidFrom] = a
		if _, stays := kept[a.ValidFrom]; stays {
			continue
		}
		_, err := tx.Exec(ctx, `DELETE FROM unit_assignment WHERE unit_id = $1 AND service = $2 AND valid_from = $3`, unit, s, a.ValidFrom)
		if err != nil {
			return err
		}
	}
	for _, a := range next {
		before, known := was[a.ValidFrom]
		if known && before == a {
			continue
		}
		if known && before.EntityID == a.EntityID && before.OperatorID == a.OperatorID {
			_, err := tx.Exec(ctx, `UPDATE unit_assignment SET valid_to = $1 WHERE unit_id = $2 AND service = $3 AND valid_from = $4`,
				a.ValidTo, unit, s, a.ValidFrom)
			if err != nil {
				return err
			}
			continue
		}
		_, err := tx.Exec(ctx, `INSERT INTO unit_assignment
			  (unit_id, service, valid_from, valid_to, entity_id, operator_id, reason, actor_id, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (unit_id, service, valid_from) DO UPDATE SET valid_to = excluded.valid_to, entity_id = excluded.entity_id,
			  operator_id = excluded.operator_id, reason = excluded.reason, actor_id = excluded.actor_id, recorded_at = excluded.recorded_at`,
			unit, s, a.ValidFrom, a.ValidTo, a.EntityID, orNone(a.OperatorID), o.reason, o.actor, o.at)
		if err != nil {
			return err
		}
	}
	return nil
}

// holders reads who holds the services of a unit on a date: for each service the
// assignment of the nearest unit above that has one.
func holders(ctx context.Context, r db.Reader, w *db.Where, unit int64, on day.Date) ([]Holder, error) {
	w.And("c.unit_id = ?", unit)
	inForce(w, "c", on)
	inForce(w, "a", on)
	all, err := db.All(ctx, r, func(rows db.Rows) (h Holder, err error) {
		var operator *int64
		err = rows.Scan(&h.Service, &h.EntityID, &h.EntityCode, &h.EntityName, &operator, &h.OperatorCode, &h.OperatorName, &h.FromUnit, &h.ValidFrom)
		if operator != nil {
			h.OperatorID = op.ID(*operator)
		}
		return h, err
	}, `SELECT a.service, e.id, e.code, e.name, o.id, coalesce(o.code, ''), coalesce(o.name, ''), a.unit_id, a.valid_from
		FROM unit_closure c JOIN unit_assignment a ON a.unit_id = c.ancestor_id JOIN legal_entity e ON e.id = a.entity_id
		LEFT JOIN network_operator o ON o.id = a.operator_id`+w.SQL()+` ORDER BY a.service, c.depth`, w.Args()...)
	if err != nil {
		return nil, err
	}
	var nearest []Holder
	for _, h := range all {
		if last := len(nearest) - 1; last < 0 || nearest[last].Service != h.Service {
			nearest = append(nearest, h)
		}
	}
	return nearest, nil
}

// holdersOf gives the holder of every service of a unit on a date.
func holdersOf(ctx context.Context, r db.Reader, unit int64, on day.Date) ([]Holder, error) {
	return holders(ctx, r, &db.Where{}, unit, on)
}

// EntityOf gives who holds a service of a unit on a date, and whether anybody
// does: what was given to the unit itself, else to the nearest unit above it on
// that date.
func EntityOf(ctx context.Context, r db.Reader, unit int64, s Service, on day.Date) (h Holder, found bool, err error) {
	var w db.Where
	w.And("a.service = ?", s)
	list, err := holders(ctx, r, &w, unit, on)
	if err != nil || len(list) == 0 {
		return Holder{}, false, err
	}
	return list[0], true, nil
}

// countHeld is the number of units where an operator holds a service on a date
// or later.
func countHeld(ctx context.Context, r db.Reader, operator int64, s Service, on day.Date) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT count(*) FROM unit_assignment
		WHERE operator_id = $1 AND service = $2 AND (valid_to IS NULL OR $3 < valid_to)`, operator, s, on)
}

// listAssignments reads the assignments given to a unit itself, latest first.
func listAssignments(ctx context.Context, x *op.Exec, unit int64) iter.Seq2[AssignmentRow, error] {
	var w db.Where
	w.And("a.unit_id = ?", unit)
	order := x.Keyset(&w, map[string][]string{"valid_from": {"%a.valid_from", "a.service"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row AssignmentRow, err error) {
		var operator *int64
		err = rows.Scan(&row.Service, &row.ValidFrom, &row.ValidTo, &row.EntityID, &row.EntityCode, &operator, &row.OperatorCode,
			&row.Reason, &row.ActorID, &row.RecordedAt)
		if operator != nil {
			row.OperatorID = op.ID(*operator)
		}
		return row, err
	}, `SELECT a.service, a.valid_from, a.valid_to, a.entity_id, e.code, a.operator_id, coalesce(o.code, ''), a.reason, a.actor_id, a.recorded_at
		FROM unit_assignment a JOIN legal_entity e ON e.id = a.entity_id LEFT JOIN network_operator o ON o.id = a.operator_id`+w.SQL()+order, w.Args()...)
}
