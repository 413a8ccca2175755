package collection

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// known narrows items to an account and to what was recorded by the end of a day.
func (a *StatementAsk) known(w *db.Where) {
	w.And("i.receivable_account_id = ?", a.Account)
	if !a.KnownOn.IsZero() {
		w.And("i.recorded_at < ?", day.StartOf(a.KnownOn.AddDays(1)))
	}
}

// balanceBefore is what was owed before the first day.
func balanceBefore(ctx context.Context, r db.Reader, in *StatementAsk) (money.Amount, error) {
	if in.From.IsZero() {
		return 0, nil
	}
	var w db.Where
	in.known(&w)
	w.And("i.effective_on < ?", in.From)
	return db.Value[money.Amount](ctx, r, `SELECT CAST(COALESCE(sum(i.amount), 0) AS {int}) FROM open_item i`+w.SQL(), w.Args()...)
}

// movements are the items of the period, one more than MovementsMax at most.
func movements(ctx context.Context, r db.Reader, in *StatementAsk) ([]Movement, error) {
	var w db.Where
	in.known(&w)
	if !in.From.IsZero() {
		w.And("i.effective_on >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And("i.effective_on <= ?", in.To)
	}
	return db.All(ctx, r, func(rows db.Rows) (v Movement, err error) {
		err = rows.Scan(&v.On, &v.Kind, &v.Document, &v.DueOn, &v.amount, &v.RecordedAt)
		return v, err
	}, `SELECT i.effective_on, i.kind, i.document, i.due_on, i.amount, i.recorded_at FROM open_item i`+w.SQL()+
		` ORDER BY i.effective_on, i.recorded_at, i.id LIMIT `+w.Arg(MovementsMax+1), w.Args()...)
}

// holderOf is the customer of an account's latest contract; none for accounts of another
// kind.
func holderOf(ctx context.Context, r db.Reader, account op.ID) (id op.ID, name string, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT c.id, c.name FROM contract k JOIN customer c ON c.id = k.customer_id WHERE k.receivable_account_id = $1
		ORDER BY k.starts_on DESC, k.id DESC LIMIT 1`, []any{account}, &id, &name)
	return id, name, err
}
