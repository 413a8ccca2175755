package board

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// lastCycle is the latest month that has a reading period; the zero date when none.
func lastCycle(ctx context.Context, r db.Reader) (day.Date, error) {
	months, err := db.All(ctx, r, func(rows db.Rows) (d day.Date, err error) {
		err = rows.Scan(&d)
		return d, err
	}, `SELECT month FROM reading_period ORDER BY month DESC LIMIT 1`)
	if err != nil || len(months) == 0 {
		return day.Date{}, err
	}
	return months[0], nil
}

// listCycle reads the routes of a month in the scope, with their walk.
func listCycle(ctx context.Context, x *op.Exec, month day.Date) iter.Seq2[Cycle, error] {
	var w db.Where
	w.And("p.month = ?", month)
	x.Filter(&w, "t.unit_id")
	order := x.Keyset(&w, map[string][]string{"code": {"t.code"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (c Cycle, err error) {
		err = rows.Scan(&c.Route, &c.Code, &c.Name, &c.Unit, &c.Reader, &c.Month, &c.OpensOn, &c.ClosesOn, &c.Ended, &c.Stops)
		if !c.Ended && x.Today.After(c.ClosesOn) {
			c.LateDays = int64(c.ClosesOn.DaysUntil(x.Today))
		}
		return c, err
	}, `SELECT t.id, t.code, t.name, t.unit_id, t.reader, p.month, p.opens_on, p.closes_on, p.closed_at IS NOT NULL, p.stops
		FROM reading_period p JOIN reading_route t ON t.id = p.route_id`+w.SQL()+order, w.Args()...)
}

// addProgress counts the values of a month of some routes. It begins with the month of
// their units: an account has the consumptions of many years.
func addProgress(ctx context.Context, r db.Reader, all []Cycle) error {
	at, units := map[op.ID]int{}, []int64{}
	for i := range all {
		at[all[i].Route] = i
		units = append(units, int64(all[i].Unit))
	}
	if len(all) == 0 {
		return nil
	}
	var w db.Where
	w.And("c.month = ?", all[0].Month)
	w.In("c.unit_id", units)
	w.And("c.state IN ('normal', 'accepted', 'to_decide', 'sent_back')")
	intake.Visible(&w, "c.batch_id")
	w.And("k.receivable_account_id = c.receivable_account_id AND k.id = c.contract_id AND s.service_point_id = k.service_point_id")
	return db.Each(ctx, r, func(rows db.Rows) error {
		var route op.ID
		var read, wait, billed int64
		if err := rows.Scan(&route, &read, &wait, &billed); err != nil {
			return err
		}
		if i, ok := at[route]; ok {
			all[i].Read, all[i].ToDecide, all[i].Billed = read, wait, billed
		}
		return nil
	}, `SELECT s.route_id, count(DISTINCT c.receivable_account_id), CAST(sum(CASE WHEN c.state IN ('to_decide', 'sent_back') THEN 1 ELSE 0 END) AS {int}),
		  CAST(sum((SELECT count(*) FROM bill b WHERE b.receivable_account_id = c.receivable_account_id AND b.consumption_id = c.id AND b.kind = 'bill')) AS {int})
		FROM consumption c CROSS JOIN contract k CROSS JOIN route_stop s`+w.SQL()+` GROUP BY s.route_id`, w.Args()...)
}

// run is a billing run as the cycle needs it.
type run struct {
	id, unit, route op.ID
	code, state     string
	issuedOn        day.Date
}

// runsOf are the runs of a month that stand, latest first.
func runsOf(ctx context.Context, r db.Reader, month day.Date) ([]run, error) {
	return db.All(ctx, r, func(rows db.Rows) (u run, err error) {
		err = rows.Scan(&u.id, &u.unit, &u.route, &u.code, &u.state, &u.issuedOn)
		return u, err
	}, `SELECT id, unit_id, route_id, code, state, issued_on FROM billing_run WHERE from_month <= $1 AND to_month >= $1 AND state <> 'abandoned'
		ORDER BY recorded_at DESC, id DESC`, month)
}

// waitingOf counts the open anomalies by unit and rule.
func waitingOf(ctx context.Context, r db.Reader, within narrow) ([]Waiting, error) {
	var w db.Where
	w.And("state = 'open'")
	within(&w, "unit_id")
	return db.All(ctx, r, func(rows db.Rows) (a Waiting, err error) {
		err = rows.Scan(&a.Unit, &a.Rule, &a.Blocking, &a.Count)
		return a, err
	}, `SELECT unit_id, rule, severity_rank = 0, count(*) FROM anomaly`+w.SQL()+` GROUP BY unit_id, rule, severity_rank = 0 ORDER BY 1, 2, 3`, w.Args()...)
}

// billing is what the runs of a day issued for a unit.
type billing struct {
	unit  op.ID
	on    day.Date
	bills int64
	total money.Amount
}

// billedBetween are the totals of the runs issued from one day to another.
func billedBetween(ctx context.Context, r db.Reader, within narrow, from, to day.Date) ([]billing, error) {
	var w db.Where
	w.And("u.issued_on >= ? AND u.issued_on <= ? AND u.state IN ('issuing', 'issued')", from, to)
	within(&w, "b.unit_id")
	return db.All(ctx, r, func(rows db.Rows) (b billing, err error) {
		err = rows.Scan(&b.unit, &b.on, &b.bills, &b.total)
		return b, err
	}, `SELECT b.unit_id, u.issued_on, CAST(sum(b.bills) AS {int}), CAST(sum(b.total) AS {int}) FROM billing_run u
		JOIN billing_book b ON b.run_id = u.id`+w.SQL()+` GROUP BY b.unit_id, u.issued_on ORDER BY 1, 2`, w.Args()...)
}

// closedUnits are the units that have closed a month.
func closedUnits(ctx context.Context, r db.Reader, within narrow, month day.Month) (map[op.ID]bool, error) {
	var w db.Where
	w.And("month = ?", month.First())
	within(&w, "unit_id")
	out := map[op.ID]bool{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var id op.ID
		err := rows.Scan(&id)
		out[id] = true
		return err
	}, `SELECT unit_id FROM period_closing`+w.SQL(), w.Args()...)
}

// walks are the routes of a month by unit: how many, and how many are overdue on a day.
func walks(ctx context.Context, r db.Reader, within narrow, month, on day.Date, add func(unit op.ID, all, late int64) error) error {
	var w db.Where
	w.And("p.month = ?", month)
	within(&w, "t.unit_id")
	return db.Each(ctx, r, func(rows db.Rows) error {
		var unit op.ID
		var closesOn day.Date
		var open bool
		var n int64
		if err := rows.Scan(&unit, &closesOn, &open, &n); err != nil {
			return err
		}
		if open && on.After(closesOn) {
			return add(unit, n, n)
		}
		return add(unit, n, 0)
	}, `SELECT t.unit_id, p.closes_on, p.closed_at IS NULL, count(*) FROM reading_period p JOIN reading_route t ON t.id = p.route_id`+w.SQL()+`
		GROUP BY t.unit_id, p.closes_on, p.closed_at IS NULL`, w.Args()...)
}
