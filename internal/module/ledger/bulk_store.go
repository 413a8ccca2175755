package ledger

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// load reads the debits of which something is left, with what was moved of those
// that are paid in part.
func (h *Holdings) load(ctx context.Context, tx db.Reader, ids []int64) error {
	begun := map[op.ID]*Position{}
	var partly []int64
	var doubtful []op.ID
	err := db.Each(ctx, tx, func(rows db.Rows) error {
		var i Item
		var split string
		var moved, doubt money.Amount
		if err := rows.Scan(append(i.fields(&split), &moved, &doubt)...); err != nil {
			return err
		}
		var err error
		if i.Split, err = ParseSplit(split); err != nil {
			return err
		}
		a := h.byID[i.Account]
		a.positions = append(a.positions, Position{Item: i, Left: i.Amount - moved, InDoubt: doubt})
		if doubt != 0 {
			doubtful = append(doubtful, i.Account)
		}
		if moved != 0 {
			partly = append(partly, int64(i.Account))
		}
		return nil
	}, `SELECT `+itemColumns+`, coalesce(moved, 0), CAST(coalesce((SELECT sum(t.amount) FROM item_transfer t
		  WHERE t.receivable_account_id = open_item.receivable_account_id AND t.item_id = open_item.id), 0) AS {int}) FROM open_item LEFT JOIN
		  (SELECT receivable_account_id AS of_account, debit_item_id, CAST(sum(amount) AS {int}) AS moved FROM allocation
		   WHERE receivable_account_id IN {ints $1} GROUP BY receivable_account_id, debit_item_id) a
		  ON of_account = receivable_account_id AND debit_item_id = id
		WHERE receivable_account_id IN {ints $1} AND amount > 0 AND amount > coalesce(moved, 0) ORDER BY receivable_account_id, id`, ids)
	if err != nil {
		return err
	}
	for _, id := range slices.Compact(doubtful) {
		if err := h.byID[id].doubt(ctx, tx, AsOf{}.of(id)); err != nil {
			return err
		}
	}
	if len(partly) == 0 {
		return nil
	}
	for _, id := range partly {
		a := h.byID[op.ID(id)]
		for i := range a.positions {
			if p := &a.positions[i]; p.Left != p.Amount {
				begun[p.ID] = p
			}
		}
	}
	return db.Each(ctx, tx, func(rows db.Rows) error {
		var debit op.ID
		var amount money.Amount
		var part string
		if err := rows.Scan(&debit, &amount, &part); err != nil {
			return err
		}
		if p := begun[debit]; p != nil {
			return p.moveText(amount, part)
		}
		return nil
	}, `SELECT debit_item_id, amount, debit_split FROM allocation WHERE receivable_account_id IN {ints $1} ORDER BY amount DESC`, partly)
}

// insertAllocations writes allocations in bulk.
func insertAllocations(ctx context.Context, tx db.Tx, rows iter.Seq[*Allocation]) error {
	_, err := tx.Bulk(ctx, "allocation", allocationNames(), func(yield func([]any, error) bool) {
		for a := range rows {
			if !yield(a.values(), nil) {
				return
			}
		}
	})
	return err
}

// OwedTotals are what some accounts owe: the debits less what was paid of them, in
// centimes. Accounts that owe nothing are left out.
func (m *Module) OwedTotals(ctx context.Context, r db.Reader, ids []int64) (map[op.ID]money.Amount, error) {
	out := map[op.ID]money.Amount{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var id op.ID
		var owed money.Amount
		err := rows.Scan(&id, &owed)
		out[id] = owed
		return err
	}, `SELECT account_id, CAST(sum(amount) AS {int}) FROM (
		  SELECT receivable_account_id AS account_id, amount FROM open_item WHERE receivable_account_id IN {ints $1} AND amount > 0
		  UNION ALL SELECT receivable_account_id, -amount FROM allocation WHERE receivable_account_id IN {ints $1}
		) AS moves GROUP BY account_id HAVING sum(amount) > 0`, ids)
}
