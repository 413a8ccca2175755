package ledger

import (
	"context"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// trialBalance adds the lines up by account, in the order of the accounts, for
// the units of a condition (nil is all); by unit as well when asked.
func trialBalance(ctx context.Context, r db.Reader, at AsOf, byUnit bool, within func(w *db.Where, column string)) ([]Balance, error) {
	var w db.Where
	at.narrow(&w, "")
	if within != nil {
		within(&w, "unit_id")
	}
	unit, group := "0", "account"
	if byUnit {
		unit, group = "unit_id", "account, unit_id"
	}
	return db.All(ctx, r, func(rows db.Rows) (b Balance, err error) {
		if err = rows.Scan(&b.Unit, &b.Account, &b.Debit, &b.Credit); err == nil {
			b.Balance, err = b.Debit.Sub(b.Credit)
		}
		return b, err
	}, `SELECT `+unit+`, account, CAST(coalesce(sum(CASE WHEN amount > 0 THEN amount END), 0) AS {int}),
		  CAST(coalesce(sum(CASE WHEN amount < 0 THEN -amount END), 0) AS {int})
		FROM ledger_line`+w.SQL()+` GROUP BY `+group+` ORDER BY `+group, w.Args()...)
}

// AccountBalance is the balance of a receivable account, in centimes, debit
// positive: what its items come to.
func AccountBalance(ctx context.Context, r db.Reader, account op.ID, at AsOf) (money.Amount, error) {
	w := at.of(account)
	return db.Value[money.Amount](ctx, r, `SELECT CAST(coalesce(sum(amount), 0) AS {int}) FROM open_item`+w.SQL(), w.Args()...)
}
