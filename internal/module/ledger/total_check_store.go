package ledger

import (
	"context"
	"slices"
	"strings"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// moves are all rows that what is owed is made of, as changes of their items i, with the
// kinds of both sides.
const moves = `SELECT i.managing_unit_id, i.due_on, i.issued_on, i.service, i.category, i.legal_nature, i.effective_on, i.period,
	  CASE WHEN i.amount > 0 THEN i.amount ELSE 0 END AS owed, CASE WHEN i.amount < 0 THEN -i.amount ELSE 0 END AS credit, 0 AS doubtful,
	  CASE WHEN i.kind IN ('bill', 'works', 'penalty', 'costs') THEN i.amount ELSE 0 END AS billed, 0 AS collected,
	  CASE WHEN i.kind IN ('bill', 'works', 'penalty', 'costs', 'credit_note') THEN 0 ELSE -i.amount END AS received FROM open_item i
	UNION ALL SELECT i.managing_unit_id, i.due_on, i.issued_on, i.service, i.category, i.legal_nature, a.effective_on, i.period, -a.amount, 0, 0, 0,
	  CASE WHEN i.kind <> 'return' AND c.kind <> 'credit_note' THEN a.amount ELSE 0 END, 0 FROM allocation a
	  JOIN open_item i ON i.receivable_account_id = a.receivable_account_id AND i.id = a.debit_item_id
	  JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id
	UNION ALL SELECT i.managing_unit_id, i.due_on, i.issued_on, i.service, i.category, i.legal_nature, a.effective_on, i.period, 0, -a.amount, 0, 0, 0, 0
	  FROM allocation a JOIN open_item i ON i.receivable_account_id = a.receivable_account_id AND i.id = a.credit_item_id
	UNION ALL SELECT i.managing_unit_id, i.due_on, i.issued_on, i.service, i.category, i.legal_nature, t.effective_on, i.period, 0, 0, t.amount, 0, 0, 0
	  FROM item_transfer t JOIN open_item i ON i.receivable_account_id = t.receivable_account_id AND i.id = t.item_id`

// totalCheck holds a table of totals against the rows: what is kept less what is.
type totalCheck struct {
	table string
	// keys and sums are the columns; those of a change are the same.
	keys, sums []string
	// day is what stands in the table for the day of a change, as a column of it.
	day, on string
}

// checkTotals: what is kept of what is owed, billed and received is what the rows
// themselves come to, day by day as far as days stand apart.
func checkTotals(ctx context.Context, r db.Reader, rep *op.Report) error {
	through, err := foldedThrough(ctx, r)
	if err != nil {
		return err
	}
	const passed = `CASE WHEN effective_on <= $1 THEN $2 ELSE effective_on END`
	for _, c := range []totalCheck{
		{
			"owed_total",
			[]string{"managing_unit_id", "due_on", "issued_on", "service", "category", "legal_nature"},
			[]string{"owed", "credit", "doubtful"},
			"effective_on", passed,
		},
		{"rate_total", []string{"managing_unit_id", "period"}, []string{"billed", "collected", "received"}, "effective_on", passed},
		{
			"owed_month",
			[]string{"managing_unit_id"},
			[]string{"owed"},
			"month",
			`CAST(substr(CAST(effective_on AS {text}), 1, 7) || '-01' AS {date})`,
		},
	} {
		args := []any{through, earlier()}
		if c.on != passed {
			args = nil
		}
		if err := c.run(ctx, r, rep, args); err != nil {
			return err
		}
	}
	return nil
}

// run adds the two up by key and day.
func (c totalCheck) run(ctx context.Context, r db.Reader, rep *op.Report, args []any) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM `+c.table)
	if err != nil {
		return err
	}
	rep.Count += n
	keys, sums := strings.Join(c.keys, ", "), strings.Join(c.sums, ", ")
	var rest, added, differs, texts []string
	for _, s := range c.sums {
		rest, added = append(rest, "-"+s), append(added, "CAST(sum("+s+") AS {int}) AS "+s)
		differs = append(differs, s+" <> 0")
	}
	for _, k := range append(slices.Clone(c.keys), "day") {
		texts = append(texts, "CAST("+k+" AS {text})")
	}
	var amounts []string
	for _, s := range c.sums {
		amounts = append(amounts, "'"+s+" ' || CAST("+s+" AS {text})")
	}
	return db.Each(ctx, r, func(rows db.Rows) error {
		var key, differences string
		err := rows.Scan(&key, &differences)
		rep.Found("ledger.total", "table", c.table, "key", key, "difference", differences)
		return err
	}, `SELECT `+strings.Join(texts, " || ' ' || ")+`, `+strings.Join(amounts, " || ', ' || ")+` FROM (
		  SELECT `+keys+`, day, `+strings.Join(added, ", ")+` FROM (
		    SELECT `+keys+`, `+c.day+` AS day, `+sums+` FROM `+c.table+`
		    UNION ALL SELECT `+keys+`, `+c.on+`, `+sums+` FROM owed_change
		    UNION ALL SELECT `+keys+`, `+c.on+`, `+strings.Join(rest, ", ")+` FROM (`+moves+`) AS m
		  ) AS both_sides GROUP BY `+keys+`, day
		) AS differences WHERE `+strings.Join(differs, " OR ")+` ORDER BY `+keys+`, day`, args...)
}
