package ledger

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// rateSums adds up what was billed and received in an accounting month, and what
// receipts have paid of what was billed.
func rateSums(ctx context.Context, r db.Reader, month day.Month, at AsOf, within func(*db.Where, string), row func(unit op.ID) *RateRow) error {
	const (
		billed   = `i.kind IN ('bill', 'works', 'penalty', 'costs')`
		received = `('receipt', 'overpayment', 'advance', 'unallocated')`
	)
	for _, sum := range []struct {
		sql, narrowed, kinds string
		into                 func(*RateRow) *money.Amount
	}{
		{
			`SELECT i.managing_unit_id, CAST(sum(i.amount) AS {int}) FROM open_item i`, "i.", billed,
			func(r *RateRow) *money.Amount { return &r.Billed },
		},
		{
			`SELECT i.managing_unit_id, CAST(sum(a.amount) AS {int}) FROM open_item i
			JOIN allocation a ON a.receivable_account_id = i.receivable_account_id AND a.debit_item_id = i.id
			JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id`, "a.", billed + ` AND c.kind IN ` + received,
			func(r *RateRow) *money.Amount { return &r.Collected },
		},
		{
			`SELECT i.managing_unit_id, CAST(-sum(i.amount) AS {int}) FROM open_item i`, "i.", `(i.kind = 'return' OR i.kind IN ` + received + `)`,
			func(r *RateRow) *money.Amount { return &r.Received },
		},
	} {
		var w db.Where
		within(&w, "i.managing_unit_id")
		w.And("i.period = ?", month.First())
		w.And(sum.kinds)
		at.narrow(&w, sum.narrowed)
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var unit op.ID
			var amount money.Amount
			err := rows.Scan(&unit, &amount)
			*sum.into(row(unit)) = amount
			return err
		}, sum.sql+w.SQL()+` GROUP BY i.managing_unit_id`, w.Args()...)
		if err != nil {
			return err
		}
	}
	return nil
}
