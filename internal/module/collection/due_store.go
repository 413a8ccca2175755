package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// accountsAsked are the accounts that a question is about, at most AccountsMax. A number
// that nobody has is NotFound "collection.due_nobody".
func accountsAsked(ctx context.Context, r db.Reader, in *DueFilter) (ids []int64, err error) {
	switch {
	case in.Account != 0:
		return []int64{int64(in.Account)}, nil
	case in.Number != "":
		ids, err = accountIDs(ctx, r, `SELECT receivable_account_id FROM account_number WHERE number = $1`, in.Number)
	case in.Bill != "":
		ids, err = accountIDs(ctx, r, `SELECT receivable_account_id FROM bill WHERE number = $1`, in.Bill)
	default:
		return accountIDs(ctx, r, `SELECT receivable_account_id FROM contract WHERE customer_id = $1
			UNION SELECT receivable_account_id FROM account_payer WHERE $2 AND payer_id = $1 AND valid_from <= $3 AND (valid_to IS NULL OR $3 < valid_to)
			ORDER BY 1 LIMIT $4`, in.Customer, in.Payer, day.Of(r.Now()), AccountsMax)
	}
	if err == nil && len(ids) == 0 {
		err = fault.New(fault.NotFound, "collection.due_nobody")
	}
	return ids, err
}

// unitsOf are the units that manage some accounts.
func unitsOf(ctx context.Context, r db.Reader, accounts []int64) ([]int64, error) {
	return accountIDs(ctx, r, `SELECT DISTINCT unit_id FROM receivable_account WHERE receivable_account_id IN {ints $1} ORDER BY unit_id`, accounts)
}

func accountIDs(ctx context.Context, r db.Reader, sql string, args ...any) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	}, sql, args...)
}

// listDue reads the items of some accounts of which something is left, oldest first.
func listDue(ctx context.Context, x *op.Exec, in *DueFilter, accounts []int64) iter.Seq2[Due, error] {
	const left = `i.amount - (CASE WHEN i.amount > 0 THEN 1 ELSE -1 END) * CAST(coalesce((SELECT sum(a.amount) FROM allocation a
		WHERE a.receivable_account_id = i.receivable_account_id AND (a.debit_item_id = i.id OR a.credit_item_id = i.id)), 0) AS {int})`
	var w db.Where
	w.And("i.receivable_account_id IN {ints ?}", accounts)
	x.Filter(&w, "i.managing_unit_id")
	if in.Credits {
		w.And(left + " <> 0")
	} else {
		w.And("i.amount > 0 AND " + left + " > 0")
	}
	intake.Visible(&w, "n.batch_id")
	order := x.Keyset(&w, map[string][]string{"due_on": {"%i.due_on", "#i.receivable_account_id", "#i.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (d Due, err error) {
		err = rows.Scan(&d.Account, &d.Number, &d.Customer, &d.Name, &d.Unit, &d.Item, &d.Kind, &d.Document, &d.Service, &d.IssuedOn, &d.DueOn, &d.Amount,
			&d.Left)
		return d, err
	}, `SELECT i.receivable_account_id, n.number, COALESCE(k.customer_id, 0), COALESCE(c.name, ''), i.managing_unit_id, i.id, i.kind, i.document, i.service,
		i.issued_on, i.due_on, i.amount, `+left+` FROM open_item i
		JOIN receivable_account n ON n.receivable_account_id = i.receivable_account_id
		LEFT JOIN contract k ON k.receivable_account_id = i.receivable_account_id
		LEFT JOIN customer c ON c.id = k.customer_id`+w.SQL()+order, w.Args()...)
}
