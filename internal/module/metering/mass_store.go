package metering

import (
	"context"

	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// where narrows a condition on a to the open anomalies of a mass decision.
func (in MassFilter) where(x *op.Exec, w *db.Where) {
	in.State = AnomalyOpen
	in.AnomalyFilter.where(w)
	if len(in.IDs) > 0 {
		ids := make([]int64, len(in.IDs))
		for i, id := range in.IDs {
			ids[i] = int64(id)
		}
		w.And("a.id IN {ints ?}", ids)
	}
	x.Filter(w, "a.unit_id")
	if in.Unit != 0 {
		x.Places().Filter(w, "a.unit_id", op.Scope{Roots: []int64{int64(in.Unit)}, On: x.Today})
	}
}

// massEffect counts what a mass decision is about and what it changes.
func massEffect(ctx context.Context, x *op.Exec, in MassFilter, d Decision) (p MassPreview, err error) {
	var w db.Where
	in.where(x, &w)
	type value struct{ account, id int64 }
	seen := map[value]bool{}
	state, keeps := stateFor(d)
	err = db.Each(ctx, x.R, func(rows db.Rows) error {
		var v value
		var rank int64
		var q money.Quantity
		var now ConsumptionState
		var service org.Service
		if err := rows.Scan(&v.account, &rank, &service, &v.id, &q, &now); err != nil {
			return err
		}
		p.Count++
		if rank == 0 {
			p.Blocking++
		}
		if v.id == 0 || seen[v] {
			return nil
		}
		seen[v] = true
		p.Values++
		m := measureOf(&p.Measures, service)
		m.Values++
		return m.add(q, now.Billable(), keeps && state.Billable())
	}, `SELECT a.receivable_account_id, a.severity_rank, a.service, COALESCE(a.consumption_id, 0), COALESCE(c.quantity, 0), COALESCE(c.state, '')
		FROM anomaly a LEFT JOIN consumption c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.consumption_id`+w.SQL(), w.Args()...)
	return p, err
}

// openRow is an open anomaly of a mass decision.
type openRow struct {
	account, id, consumption op.ID
	service                  org.Service
	quantity                 money.Quantity
}

// nextOpen reads the next open anomalies in the order of their keys.
func nextOpen(ctx context.Context, x *op.Exec, in MassFilter, after Key, n int64) ([]openRow, error) {
	var w db.Where
	in.where(x, &w)
	w.After([]string{"a.receivable_account_id", "a.id"}, []any{after.Account, after.ID}, false)
	return db.All(ctx, x.R, func(rows db.Rows) (r openRow, err error) {
		err = rows.Scan(&r.account, &r.id, &r.service, &r.consumption, &r.quantity)
		return r, err
	}, `SELECT a.receivable_account_id, a.id, a.service, COALESCE(a.consumption_id, 0), COALESCE(c.quantity, 0)
		FROM anomaly a LEFT JOIN consumption c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.consumption_id`+w.SQL()+
		` ORDER BY a.receivable_account_id, a.id LIMIT `+w.Arg(n), w.Args()...)
}

// settleMass gives the values of a chunk their state and closes their anomalies, with one
// statement for each table.
func settleMass(ctx context.Context, tx db.Tx, rows []openRow, state ConsumptionState, v verdict, s *massState) error {
	var accounts, ids, values []int64
	for _, r := range rows {
		accounts = append(accounts, int64(r.account))
		ids = append(ids, int64(r.id))
		if r.consumption != 0 {
			values = append(values, int64(r.consumption))
			if err := s.add(r.service, r.quantity); err != nil {
				return err
			}
		}
	}
	if len(values) > 0 {
		if _, err := tx.Exec(ctx, `UPDATE consumption SET state = $1 WHERE receivable_account_id IN {ints $2} AND id IN {ints $3}`, state, accounts,
			values); err != nil {
			return err
		}
		if state == Rejected {
			if err := rejectReadings(ctx, tx, accounts, values); err != nil {
				return err
			}
		}
	}
	_, err := tx.Exec(ctx, `UPDATE anomaly SET state = $1, decision = $2, reason = $3, decided_by = $4, decided_at = $5, version = version + 1
		WHERE receivable_account_id IN {ints $6} AND (id IN {ints $7} OR consumption_id IN {ints $8}) AND state = 'open'`,
		AnomalyDecided, v.decision, v.reason, v.by, v.at, accounts, ids, values)
	return err
}

// rejectReadings puts aside the readings that end some consumptions.
func rejectReadings(ctx context.Context, tx db.Tx, accounts, values []int64) error {
	_, err := tx.Exec(ctx, `UPDATE reading SET state = 'rejected' WHERE receivable_account_id IN {ints $1} AND state = 'valid' AND id IN
		(SELECT c.to_reading_id FROM consumption c WHERE c.receivable_account_id IN {ints $1} AND c.id IN {ints $2}
			AND c.to_reading_id IS NOT NULL)`, accounts, values)
	return err
}
