package metering

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// ofMonth narrows a condition on c to the month and unit of a control.
func (in ControlRun) ofMonth(x *op.Exec, w *db.Where) {
	w.And("c.month = ?", monthStart(in.Month))
	intake.Visible(w, "c.batch_id")
	x.Filter(w, "c.unit_id")
	x.Places().Filter(w, "c.unit_id", op.Scope{Roots: []int64{int64(in.Unit)}, On: x.Today})
}

func countMonth(ctx context.Context, x *op.Exec, in ControlRun) (int64, error) {
	var w db.Where
	in.ofMonth(x, &w)
	return db.Value[int64](ctx, x.R, `SELECT count(*) FROM consumption c`+w.SQL(), w.Args()...)
}

// nextOfMonth reads the next consumptions in the order of the index of months.
func nextOfMonth(ctx context.Context, x *op.Exec, in ControlRun, s runState, n int64) ([]Consumption, error) {
	var w db.Where
	in.ofMonth(x, &w)
	w.After([]string{"c.unit_id", "c.receivable_account_id", "c.id"}, []any{s.Unit, s.Account, s.ID}, false)
	return db.All(ctx, x.R, func(rows db.Rows) (c Consumption, err error) {
		err = rows.Scan(c.fields()...)
		return c, err
	}, `SELECT `+consumptionColumns+` FROM consumption c`+w.SQL()+` ORDER BY c.unit_id, c.receivable_account_id, c.id LIMIT `+w.Arg(n), w.Args()...)
}

// suppliesOfAccounts reads the contracts of some consumptions, by account.
func suppliesOfAccounts(ctx context.Context, r reader, all []Consumption) (map[int64]Supply, error) {
	accounts := make([]int64, len(all))
	for i, c := range all {
		accounts[i] = int64(c.Account)
	}
	var w db.Where
	w.And("k.receivable_account_id IN {ints ?}", accounts)
	rows, err := suppliesWhere(ctx, r, &w, all[0].PeriodDate)
	out := map[int64]Supply{}
	for _, s := range rows {
		out[s.Account] = s
	}
	return out, err
}

// foundBefore are the rules that spoke of some consumptions already.
func foundBefore(ctx context.Context, r reader, all []Consumption) (map[foundKey]bool, error) {
	accounts, ids := make([]int64, len(all)), make([]int64, len(all))
	for i, c := range all {
		accounts[i], ids[i] = int64(c.Account), int64(c.ID)
	}
	out := map[foundKey]bool{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var k foundKey
		err := rows.Scan(&k.id, &k.rule)
		out[k] = true
		return err
	}, `SELECT consumption_id, rule FROM anomaly WHERE receivable_account_id IN {ints $1} AND consumption_id IN {ints $2}`, accounts, ids)
	return out, err
}
