package ledger

import (
	"context"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// totalColumns are those of owed_total, in the order of its index; changeColumns those of a
// change.
const (
	totalColumns  = `managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on, owed, credit, doubtful`
	changeColumns = totalColumns + `, period, billed, collected, received`
)

func (c *change) values(id int64) []any {
	return []any{
		id, c.unit, c.due, c.issued, c.service, c.category, c.nature, c.on, c.owed, c.credit, c.doubtful, c.period, c.billed, c.collected, c.received,
	}
}

// fields are where a row of owed_total goes, and with changed one of owed_change.
func (c *change) fields(changed bool) []any {
	out := []any{&c.unit, &c.due, &c.issued, &c.service, &c.category, &c.nature, &c.on, &c.owed, &c.credit, &c.doubtful}
	if changed {
		out = append(out, &c.period, &c.billed, &c.collected, &c.received)
	}
	return out
}

// write appends what a posting changed.
func (c *changes) write(ctx context.Context, tx db.Tx) error {
	for _, row := range c.made() {
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		err = db.ExecLater(ctx, tx, `INSERT INTO owed_change (id, `+changeColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, row.values(id)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// writeBulk appends what many postings changed together.
func (c *changes) writeBulk(ctx context.Context, tx db.Tx) error {
	rows := c.made()
	if len(rows) == 0 {
		return nil
	}
	id, err := tx.NewIDs(ctx, int64(len(rows)))
	if err != nil {
		return err
	}
	_, err = tx.Bulk(ctx, "owed_change", strings.Split("id, "+changeColumns, ", "), func(yield func([]any, error) bool) {
		for i := range rows {
			if !yield(rows[i].values(id+int64(i)), nil) {
				return
			}
		}
	})
	return err
}

// foldedThrough is the last day that no longer stands apart in the totals; earlier before
// the first fold.
func foldedThrough(ctx context.Context, r db.Reader) (day.Date, error) {
	through := earlier()
	_, err := db.ScanOne(ctx, r, `SELECT through_on FROM owed_fold`, nil, &through)
	return through, err
}

// oldestChanges reads changes in the order of their ids, as they are seen: what another
// transaction has not committed is left to a later fold.
func oldestChanges(ctx context.Context, tx db.Tx, n int64) (ids []int64, rows []change, err error) {
	err = db.Each(ctx, tx, func(r db.Rows) error {
		var id int64
		var c change
		err := r.Scan(append([]any{&id}, c.fields(true)...)...)
		ids, rows = append(ids, id), append(rows, c)
		return err
	}, `SELECT id, `+changeColumns+` FROM owed_change ORDER BY id LIMIT $1`, n)
	return ids, rows, err
}

func dropChanges(ctx context.Context, tx db.Tx, ids []int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM owed_change WHERE id IN {ints $1}`, ids)
	return err
}

// passDays makes one of the days up to one that is over.
func passDays(ctx context.Context, tx db.Tx, through day.Date) error {
	const passed = ` WHERE effective_on > '1000-01-01' AND effective_on <= $1`
	rows, err := db.All(ctx, tx, func(r db.Rows) (c change, err error) {
		err = r.Scan(c.fields(false)...)
		return c, err
	}, `SELECT `+totalColumns+` FROM owed_total`+passed, through)
	if err != nil {
		return err
	}
	rates, err := db.All(ctx, tx, func(r db.Rows) (c change, err error) {
		err = r.Scan(&c.period, &c.unit, &c.on, &c.billed, &c.collected, &c.received)
		return c, err
	}, `SELECT period, managing_unit_id, effective_on, billed, collected, received FROM rate_total`+passed, through)
	if err != nil {
		return err
	}
	for _, sql := range []string{`DELETE FROM owed_total` + passed, `DELETE FROM rate_total` + passed} {
		if _, err := tx.Exec(ctx, sql, through); err != nil {
			return err
		}
	}
	if err := addOwed(ctx, tx, rows, through); err != nil {
		return err
	}
	if err := addRates(ctx, tx, rates, through); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO owed_fold (one, through_on) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET through_on = excluded.through_on`, through)
	return err
}

// addTotals adds changes to the three totals.
func addTotals(ctx context.Context, tx db.Tx, rows []change, through day.Date) error {
	for _, add := range []func(context.Context, db.Tx, []change, day.Date) error{addOwed, addRates, addMonths} {
		if err := add(ctx, tx, rows, through); err != nil {
			return err
		}
	}
	return nil
}

// addOwed adds to the totals of what is owed; those of which nothing is left go.
func addOwed(ctx context.Context, tx db.Tx, rows []change, through day.Date) error {
	sums, err := foldOf(rows, through, owedOf)
	if err != nil {
		return err
	}
	for i := range sums {
		const add = `INSERT INTO owed_total (` + totalColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on) DO UPDATE
			SET owed = owed_total.owed + excluded.owed, credit = owed_total.credit + excluded.credit, doubtful = owed_total.doubtful + excluded.doubtful`
		if err := db.ExecLater(ctx, tx, add, sums[i].values(0)[1:11]...); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `DELETE FROM owed_total WHERE owed = 0 AND credit = 0 AND doubtful = 0`)
	return err
}

// addRates adds to what was billed and received by month.
func addRates(ctx context.Context, tx db.Tx, rows []change, through day.Date) error {
	sums, err := foldOf(rows, through, ratesOf)
	if err != nil {
		return err
	}
	for _, s := range sums {
		err := db.ExecLater(ctx, tx, `INSERT INTO rate_total (period, managing_unit_id, effective_on, billed, collected, received) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (period, managing_unit_id, effective_on) DO UPDATE SET billed = rate_total.billed + excluded.billed,
			  collected = rate_total.collected + excluded.collected, received = rate_total.received + excluded.received`,
			s.period, s.unit, s.on, s.billed, s.collected, s.received)
		if err != nil {
			return err
		}
	}
	return nil
}

// addMonths adds to what the debits of a unit changed by in a month; its days are one.
func addMonths(ctx context.Context, tx db.Tx, rows []change, _ day.Date) error {
	sums, err := foldOf(rows, day.Date{}, monthsOf)
	if err != nil {
		return err
	}
	for _, s := range sums {
		err := db.ExecLater(ctx, tx, `INSERT INTO owed_month (managing_unit_id, month, owed) VALUES ($1, $2, $3)
			ON CONFLICT (managing_unit_id, month) DO UPDATE SET owed = owed_month.owed + excluded.owed`, s.unit, s.on, s.owed)
		if err != nil {
			return err
		}
	}
	return nil
}

// totalPieces adds up what is kept. The groups follow the index, as far as the ages need
// to know.
func totalPieces(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string), add func(piece) error) error {
	columns := []string{"managing_unit_id", "due_on", "issued_on", "service", "category", "legal_nature"}
	switch {
	case q.detailed() || q.byService():
	case q.By == ByIssue:
		columns = columns[:3]
	default:
		columns = columns[:2]
	}
	debit, credit := "owed", "credit"
	switch q.Doubt {
	case InDoubt:
		debit, credit = "doubtful", "0"
	case WithoutDoubt:
		debit = "owed - doubtful"
	}
	list := strings.Join(columns, ", ")
	for _, table := range []string{"owed_total", "owed_change"} {
		var w db.Where
		w.And("effective_on <= ?", q.On)
		if within != nil {
			within(&w, "managing_unit_id")
		}
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var p piece
			into := []any{&p.unit, &p.due, &p.issued, &p.service, &p.category, &p.nature}[:len(columns)]
			if err := rows.Scan(append(into, &p.debit, &p.credit)...); err != nil {
				return err
			}
			return add(p)
		}, `SELECT `+list+`, CAST(sum(`+debit+`) AS {int}), CAST(sum(`+credit+`) AS {int}) FROM `+table+w.SQL()+` GROUP BY `+list, w.Args()...)
		if err != nil {
			return err
		}
	}
	return nil
}

// keptRates adds up what is kept of what was billed and received in a month.
func keptRates(ctx context.Context, r db.Reader, month day.Month, at AsOf, within func(*db.Where, string), row func(unit op.ID) *RateRow) error {
	for _, table := range []string{"rate_total", "owed_change"} {
		var w db.Where
		w.And("period = ?", month.First())
		at.narrow(&w, "")
		within(&w, "managing_unit_id")
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var unit op.ID
			var s totalSums
			if err := rows.Scan(&unit, &s.billed, &s.collected, &s.received); err != nil {
				return err
			}
			out := row(unit)
			err := s.add(totalSums{billed: out.Billed, collected: out.Collected, received: out.Received})
			out.Billed, out.Collected, out.Received = s.billed, s.collected, s.received
			return err
		}, `SELECT managing_unit_id, CAST(sum(billed) AS {int}), CAST(sum(collected) AS {int}), CAST(sum(received) AS {int}) FROM `+table+w.SQL()+`
			GROUP BY managing_unit_id`, w.Args()...)
		if err != nil {
			return err
		}
	}
	return nil
}

// monthSums adds up what is kept of what was owed at the end of a month.
func monthSums(ctx context.Context, r db.Reader, month day.Month, within func(*db.Where, string), add func(unit op.ID, owed money.Amount)) error {
	for _, table := range []string{"owed_month", "owed_change"} {
		column := "month"
		if table == "owed_change" {
			column = "effective_on"
		}
		var w db.Where
		w.And(column+" <= ?", month.Last())
		within(&w, "managing_unit_id")
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var unit op.ID
			var owed money.Amount
			err := rows.Scan(&unit, &owed)
			add(unit, owed)
			return err
		}, `SELECT managing_unit_id, CAST(sum(owed) AS {int}) FROM `+table+w.SQL()+` GROUP BY managing_unit_id`, w.Args()...)
		if err != nil {
			return err
		}
	}
	return nil
}
