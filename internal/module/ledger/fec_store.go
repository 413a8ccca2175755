package ledger

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// numberMonth gives the entries of a month that has been closed their numbers. The
// caller holds the lock of the unit, which is that of all its series.
func (m *Module) numberMonth(ctx context.Context, tx db.Tx, unit op.ID, month day.Month) error {
	counts, err := db.All(ctx, tx, func(rows db.Rows) (n Numbers, err error) {
		n.Unit, n.Month = unit, month.First()
		err = rows.Scan(&n.Entity, &n.Journal, &n.Count)
		return n, err
	}, `SELECT entity_id, journal, count(*) FROM ledger_entry WHERE unit_id = $1 AND period = $2 GROUP BY entity_id, journal ORDER BY entity_id, journal`,
		unit, month.First())
	if err != nil {
		return err
	}
	for _, n := range counts {
		f, err := m.fiscalOf(ctx, tx, n.Entity, n.Month)
		if err != nil {
			return err
		}
		n.Exercise = int64(yearFrom(n.Month, f.exercise))
		_, err = tx.Exec(ctx, `INSERT INTO entry_series (unit_id, month, entity_id, journal, exercise, first_number, entries)
			SELECT $1, $2, $3, $4, $5, 1 + coalesce(sum(entries), 0), $6 FROM entry_series
			WHERE unit_id = $1 AND entity_id = $3 AND journal = $4 AND exercise = $5`, n.Unit, n.Month, n.Entity, n.Journal, n.Exercise, n.Count)
		if err != nil {
			return err
		}
	}
	return nil
}

// numberOf is the legal number of an entry, empty while its month is open.
func numberOf(ctx context.Context, r db.Reader, e *Entry) (string, error) {
	on := e.EffectiveOn
	if on.Before(e.Period) {
		on = e.Period
	}
	var exercise, n int64
	found, err := db.ScanOne(ctx, r, `SELECT s.exercise, s.first_number + (SELECT count(*) FROM ledger_entry o
		  WHERE o.unit_id = s.unit_id AND o.period = s.month AND o.entity_id = s.entity_id AND o.journal = s.journal
		    AND (`+accountingOn("o.")+`, o.recorded_at, o.id) < ($5, $6, $7))
		FROM entry_series s WHERE s.unit_id = $1 AND s.month = $2 AND s.entity_id = $3 AND s.journal = $4`,
		[]any{e.Unit, e.Period, e.Entity, e.Journal, on, e.RecordedAt, e.ID}, &exercise, &n)
	if err != nil || !found {
		return "", err
	}
	return printed(exercise, n), nil
}

// accountingOn is the day of the journal of an entry.
func accountingOn(prefix string) string {
	return `CASE WHEN ` + prefix + `effective_on < ` + prefix + `period THEN ` + prefix + `period ELSE ` + prefix + `effective_on END`
}

// checkNumbers: the numbers of a series follow one another from 1 on, and the entries
// of each closed month have theirs.
func checkNumbers(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "ledger.series_gap", "unit", `SELECT unit_id, journal, first_number - want FROM (
		  SELECT unit_id, journal, first_number, CAST(1 + coalesce(sum(entries) OVER (PARTITION BY entity_id, unit_id, journal, exercise ORDER BY month
		    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS {int}) AS want FROM entry_series) s
		WHERE first_number <> want ORDER BY unit_id, journal`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "ledger.series_count", "unit", `SELECT unit_id, journal, CAST(sum(n) AS {int}) FROM (
		  SELECT e.unit_id, e.period AS month, e.entity_id, e.journal, 1 AS n FROM ledger_entry e
		    JOIN period_closing c ON c.unit_id = e.unit_id AND c.month = e.period
		  UNION ALL SELECT unit_id, month, entity_id, journal, -entries FROM entry_series) AS counted
		GROUP BY unit_id, month, entity_id, journal HAVING sum(n) <> 0 ORDER BY unit_id, journal`)
}
