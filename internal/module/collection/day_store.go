package collection

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

func listDays(ctx context.Context, x *op.Exec, in DayFilter) iter.Seq2[DayTotal, error] {
	var w db.Where
	x.Filter(&w, "r.unit_id")
	if !in.From.IsZero() {
		w.And("r.received_on >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And("r.received_on <= ?", in.To)
	}
	if in.Tender != "" {
		w.And("t.kind = ?", in.Tender)
	}
	order := x.Keyset(&w, map[string][]string{"received_on": {"%r.received_on", "#r.unit_id", "t.kind"}})
	sql := `SELECT r.received_on, r.unit_id, t.kind, count(DISTINCT CASE WHEN c.receipt_id IS NULL THEN r.id END),
		CAST(sum(CASE WHEN c.receipt_id IS NULL THEN t.amount ELSE 0 END) AS {int}), CAST(sum(CASE WHEN c.receipt_id IS NULL THEN t.stamp ELSE 0 END) AS {int}),
		CAST(sum(CASE WHEN c.receipt_id IS NULL THEN 0 ELSE t.amount END) AS {int})` + receiptFrom + ` JOIN receipt_tender t ON t.receipt_id = r.id`
	return db.Seq(ctx, x.R, func(rows db.Rows) (d DayTotal, err error) {
		err = rows.Scan(&d.On, &d.Unit, &d.Kind, &d.Receipts, &d.Amount, &d.Stamp, &d.Cancelled)
		return d, err
	}, strings.Join([]string{sql, w.SQL(), ` GROUP BY r.received_on, r.unit_id, t.kind`, order}, ""), w.Args()...)
}
