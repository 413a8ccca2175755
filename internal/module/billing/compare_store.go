package billing

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// addSums adds what the bills of a part come to by unit, service and category.
func addSums(ctx context.Context, tx db.Tx, run op.ID, kinds map[kindKey]Figures) error {
	for k, f := range kinds {
		if _, err := tx.Exec(ctx, `INSERT INTO billing_sum (run_id, unit_id, service, category, bills, quantity, net, tax, total)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (run_id, unit_id, service, category) DO UPDATE SET bills = billing_sum.bills + $5, quantity = billing_sum.quantity + $6,
			  net = billing_sum.net + $7, tax = billing_sum.tax + $8, total = billing_sum.total + $9`,
			run, k.unit, k.service, k.category, f.Bills, f.Quantity, f.Net, f.Tax, f.Total); err != nil {
			return err
		}
	}
	return nil
}

// sumsOf are what the bills of a run come to by service and category.
func sumsOf(ctx context.Context, r db.Reader, run op.ID) ([]kindFigures, error) {
	var w db.Where
	w.And("s.run_id = ?", run)
	return kindsWhere(ctx, r, &w)
}

// periodSums are what the bills of issued runs of some months come to, within the scope of a
// run: of its walk alone when it has one.
func periodSums(ctx context.Context, r db.Reader, run *Run, p *ComparedPeriod) ([]kindFigures, error) {
	var w db.Where
	w.And("r.state IN ('issuing', 'issued') AND r.id <> ? AND r.from_month >= ? AND r.to_month <= ?", run.ID, p.From, p.To)
	run.places.Filter(&w, "s.unit_id", op.Scope{Roots: []int64{int64(run.Unit)}, On: run.on})
	if run.Service != "" {
		w.And("s.service = ?", run.Service)
	}
	if len(run.Categories) > 0 {
		w.Or(categoryGroups("s.category", run.Categories)...)
	}
	if run.Route != 0 {
		w.And("r.route_id = ?", run.Route)
	}
	return kindsWhere(ctx, r, &w)
}

// kindsWhere adds up sums s of runs r by service and category.
func kindsWhere(ctx context.Context, r db.Reader, w *db.Where) ([]kindFigures, error) {
	return db.All(ctx, r, func(rows db.Rows) (k kindFigures, err error) {
		err = rows.Scan(&k.service, &k.category, &k.Bills, &k.Quantity, &k.Net, &k.Tax, &k.Total)
		return k, err
	}, `SELECT s.service, s.category, CAST(sum(s.bills) AS {int}), CAST(sum(s.quantity) AS {int}), CAST(sum(s.net) AS {int}), CAST(sum(s.tax) AS {int}),
		CAST(sum(s.total) AS {int}) FROM billing_sum s JOIN billing_run r ON r.id = s.run_id`+w.SQL()+`
		GROUP BY s.service, s.category ORDER BY s.service, s.category`, w.Args()...)
}
