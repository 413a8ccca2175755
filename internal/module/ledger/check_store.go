package ledger

import (
	"context"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// checkRowsMax is how many items are looked at together.
const checkRowsMax = 20_000

func itemsAfter(ctx context.Context, r db.Reader, account op.ID) ([]Item, error) {
	return db.All(ctx, r, scanItem, `SELECT `+itemColumns+` FROM open_item WHERE receivable_account_id > $1
		ORDER BY receivable_account_id, id LIMIT $2`, account, checkRowsMax)
}

func itemsOf(ctx context.Context, r db.Reader, account op.ID) ([]Item, error) {
	return db.All(ctx, r, scanItem, `SELECT `+itemColumns+` FROM open_item WHERE receivable_account_id = $1 ORDER BY id`, account)
}

func allocationsBetween(ctx context.Context, r db.Reader, after, through op.ID) ([]Allocation, error) {
	return db.All(ctx, r, scanAllocation, `SELECT `+allocationColumns+` FROM allocation
		WHERE receivable_account_id > $1 AND receivable_account_id <= $2 ORDER BY receivable_account_id, id`, after, through)
}

func closings(ctx context.Context, r db.Reader) ([]Closing, error) {
	return db.All(ctx, r, scanClosing, `SELECT `+closingColumns+` FROM period_closing ORDER BY unit_id, month`)
}

// found runs a query whose rows are violations: an id, a text and an amount.
func found(ctx context.Context, r db.Reader, rep *op.Report, code, what string, sql string, args ...any) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var id op.ID
		var text string
		var amount money.Amount
		err := rows.Scan(&id, &text, &amount)
		rep.Found(code, what, id, "account", text, "amount", amount)
		return err
	}, sql, args...)
}

// checkEntries: the lines of an entry sum to zero, its total is that of its debits.
func checkEntries(ctx context.Context, r db.Reader, rep *op.Report) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM ledger_entry`)
	if err != nil {
		return err
	}
	rep.Count += n
	err = found(ctx, r, rep, "ledger.entry_unbalanced", "entry", `SELECT entry_id, '', CAST(sum(amount) AS {int}) FROM ledger_line
		GROUP BY receivable_account_id, entry_id HAVING sum(amount) <> 0 ORDER BY entry_id`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "ledger.entry_total", "entry", `SELECT e.id, '', e.total FROM ledger_entry e
		LEFT JOIN (SELECT receivable_account_id, entry_id, sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS debit FROM ledger_line
		  GROUP BY receivable_account_id, entry_id) l ON l.receivable_account_id = e.receivable_account_id AND l.entry_id = e.id
		WHERE l.debit IS NULL OR l.debit <> e.total ORDER BY e.id`)
}

// checkLines: a line stands under a known account and repeats its entry.
func checkLines(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "ledger.line_account", "entry", `SELECT l.entry_id, l.account, l.amount FROM ledger_line l
		LEFT JOIN gl_account a ON a.code = l.account WHERE a.code IS NULL ORDER BY l.entry_id`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "ledger.line_stamp", "entry", `SELECT l.entry_id, l.account, l.amount FROM ledger_line l
		JOIN ledger_entry e ON e.receivable_account_id = l.receivable_account_id AND e.id = l.entry_id
		WHERE l.unit_id <> e.unit_id OR l.effective_on <> e.effective_on OR l.recorded_at <> e.recorded_at ORDER BY l.entry_id`)
}

// checkBatches: the entries of a batch balance together (O4).
func checkBatches(ctx context.Context, r db.Reader, rep *op.Report) error {
	return found(ctx, r, rep, "ledger.batch_unbalanced", "batch", `SELECT e.batch_id, '', CAST(sum(l.amount) AS {int}) FROM ledger_entry e
		JOIN ledger_line l ON l.receivable_account_id = e.receivable_account_id AND l.entry_id = e.id
		WHERE e.batch_id <> 0 GROUP BY e.batch_id HAVING sum(l.amount) <> 0 ORDER BY e.batch_id`)
}

// checkControls: per unit, a control account is what items and allocations come
// to.
func checkControls(ctx context.Context, r db.Reader, rep *op.Report) error {
	return found(ctx, r, rep, "ledger.control", "unit", `SELECT unit_id, account, CAST(sum(amount) AS {int}) FROM (
		  SELECT l.unit_id, l.account, l.amount FROM ledger_line l JOIN gl_account a ON a.code = l.account WHERE a.kind = $1
		  UNION ALL SELECT managing_unit_id, account, -amount FROM open_item
		  UNION ALL SELECT d.managing_unit_id, d.account, a.amount FROM allocation a
		    JOIN open_item d ON d.receivable_account_id = a.receivable_account_id AND d.id = a.debit_item_id
		  UNION ALL SELECT c.managing_unit_id, c.account, -a.amount FROM allocation a
		    JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id
		  UNION ALL SELECT managing_unit_id, from_account, amount FROM item_transfer
		  UNION ALL SELECT managing_unit_id, to_account, -amount FROM item_transfer
		) AS moves GROUP BY unit_id, account HAVING sum(amount) <> 0 ORDER BY unit_id, account`, Control)
}

// checkRuns: the items of a batch of bills are its customer lines.
func checkRuns(ctx context.Context, r db.Reader, rep *op.Report) error {
	return found(ctx, r, rep, "ledger.run", "batch", `SELECT batch_id, account, CAST(sum(amount) AS {int}) FROM (
		  SELECT e.batch_id, l.unit_id, l.account, l.amount FROM ledger_entry e
		    JOIN ledger_line l ON l.receivable_account_id = e.receivable_account_id AND l.entry_id = e.id
		    JOIN gl_account a ON a.code = l.account WHERE e.event = $1 AND e.batch_id <> 0 AND a.kind = $2
		  UNION ALL SELECT batch_id, managing_unit_id, account, -amount FROM open_item
		    WHERE batch_id <> 0 AND kind IN ($3, $4, $5, $6)
		) AS moves GROUP BY batch_id, unit_id, account HAVING sum(amount) <> 0 ORDER BY batch_id, account`,
		EventBill, Control, ItemBill, ItemWorks, ItemPenalty, ItemCosts)
}

// checkSuspense: what goes through a suspense account comes back to zero within
// its batch; between units the liaison accounts are at zero.
func checkSuspense(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "ledger.suspense", "batch", `SELECT e.batch_id, l.account, CAST(sum(l.amount) AS {int}) FROM ledger_line l
		JOIN gl_account a ON a.code = l.account
		JOIN ledger_entry e ON e.receivable_account_id = l.receivable_account_id AND e.id = l.entry_id
		WHERE a.kind = $1 GROUP BY e.batch_id, l.account HAVING sum(l.amount) <> 0 ORDER BY e.batch_id, l.account`, Suspense)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "ledger.liaison", "unit", `SELECT 0, l.account, CAST(sum(l.amount) AS {int}) FROM ledger_line l
		JOIN gl_account a ON a.code = l.account JOIN ledger_entry e ON e.receivable_account_id = l.receivable_account_id AND e.id = l.entry_id
		WHERE a.kind = $1 AND e.event <> $2 GROUP BY l.account HAVING sum(l.amount) <> 0 ORDER BY l.account`, Liaison, EventManual)
}

// checkStamps: an allocation repeats its items.
func checkStamps(ctx context.Context, r db.Reader, rep *op.Report) error {
	return found(ctx, r, rep, "ledger.allocation_stamp", "allocation", `SELECT a.id, d.account, a.amount FROM allocation a
		JOIN open_item d ON d.receivable_account_id = a.receivable_account_id AND d.id = a.debit_item_id
		JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id
		WHERE a.managing_unit_id <> d.managing_unit_id OR a.due_on <> d.due_on OR a.issued_on <> d.issued_on OR a.category <> d.category
		  OR a.legal_nature <> d.legal_nature OR a.credit_unit_id <> c.managing_unit_id OR a.credit_category <> c.category
		  OR a.credit_legal_nature <> c.legal_nature OR a.effective_on < d.effective_on OR a.effective_on < c.effective_on ORDER BY a.id`)
}

// checkClearings: only what was reserved is cleared, once its money could be there.
func checkClearings(ctx context.Context, r db.Reader, rep *op.Report) error {
	return found(ctx, r, rep, "ledger.clearing", "allocation", `SELECT a.id, '', a.amount FROM allocation_clearing c
		JOIN allocation a ON a.receivable_account_id = c.receivable_account_id AND a.id = c.allocation_id
		WHERE NOT a.reserved OR a.reverses_id IS NOT NULL OR c.effective_on < a.effective_on ORDER BY a.id`)
}

// keptAges are the details that were kept when a month was closed.
func keptAges(ctx context.Context, r db.Reader, unit op.ID, month day.Month) ([]piece, error) {
	var out []piece
	err := closedPieces(ctx, r, AgeingQuery{AsOf: AsOf{On: month.Last()}}, func(w *db.Where, column string) { w.And(column+" = ?", unit) }, func(p piece) error {
		out = append(out, p)
		return nil
	})
	return out, err
}

// keptSums are the sums by age that were kept with them, in the order of usualAges.
func keptSums(ctx context.Context, r db.Reader, unit op.ID, month day.Month) ([]ageSum, error) {
	sums, err := db.All(ctx, r, func(rows db.Rows) (s ageSum, err error) {
		err = rows.Scan(&s.counted, &s.category, &s.nature, &s.from, &s.amount)
		return s, err
	}, `SELECT counted, category, legal_nature, from_days, amount FROM period_age WHERE month = $1 AND unit_id = $2`, month.First(), unit)
	slices.SortFunc(sums, compareSums)
	return sums, err
}

func checkHolders(ctx context.Context, r db.Reader, rep *op.Report) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM open_item`)
	if err != nil {
		return err
	}
	rep.Count += n
	return db.Each(ctx, r, func(rows db.Rows) error {
		var item, account op.ID
		var code string
		err := rows.Scan(&item, &account, &code)
		rep.Found("ledger."+code, "item", item, "account", account)
		return err
	}, `SELECT i.id, i.receivable_account_id, CASE WHEN a.receivable_account_id IS NULL THEN 'holder_none' WHEN a.unit_id <> i.managing_unit_id THEN 'holder_unit'
		  ELSE 'holder_entity' END
		FROM open_item i LEFT JOIN receivable_account a ON a.receivable_account_id = i.receivable_account_id LEFT JOIN legal_entity e ON e.id = i.entity_id
		WHERE a.receivable_account_id IS NULL OR a.unit_id <> i.managing_unit_id OR e.id IS NULL OR a.entity_id <> i.entity_id ORDER BY i.id`)
}
