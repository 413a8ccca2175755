package ledger

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// allocationQuery reads allocations as a, with both items.
const allocationQuery = `SELECT a.receivable_account_id, a.id, a.debit_item_id, a.credit_item_id, a.amount, a.debit_split, a.credit_split, a.reserved,
	a.reverses_id, a.entry_id, a.batch_id, a.actor_id, a.reason, a.effective_on, a.period, a.recorded_at, d.kind, d.document, c.kind, c.document,
	a.managing_unit_id, r.id, k.effective_on
	FROM allocation a
	JOIN open_item d ON d.receivable_account_id = a.receivable_account_id AND d.id = a.debit_item_id
	JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id
	LEFT JOIN allocation r ON r.receivable_account_id = a.receivable_account_id AND r.reverses_id = a.id
	LEFT JOIN allocation_clearing k ON k.receivable_account_id = a.receivable_account_id AND k.allocation_id = a.id`

func scanAllocationRow(rows db.Rows) (a AllocationRow, err error) {
	var debit, credit string
	var reverses, reversed *int64
	err = rows.Scan(&a.Account, &a.ID, &a.Debit, &a.Credit, &a.Amount, &debit, &credit, &a.Reserved, &reverses, &a.Entry, &a.Batch, &a.Actor, &a.Reason,
		&a.EffectiveOn, &a.Period, &a.RecordedAt, &a.DebitKind, &a.DebitDocument, &a.CreditKind, &a.CreditDocument, &a.Unit, &reversed, &a.ClearedOn)
	if err != nil {
		return a, err
	}
	if reverses != nil {
		a.Reverses = op.ID(*reverses)
	}
	if reversed != nil {
		a.ReversedBy = op.ID(*reversed)
	}
	if a.DebitSplit, err = ParseSplit(debit); err != nil {
		return a, err
	}
	a.CreditSplit, err = ParseSplit(credit)
	return a, err
}

// listAllocations reads allocations by account, the latest of each first.
func listAllocations(ctx context.Context, x *op.Exec, in AllocationFilter) iter.Seq2[AllocationRow, error] {
	var w db.Where
	if in.Receivable != 0 {
		w.And("a.receivable_account_id = ?", in.Receivable)
	}
	if in.Item != 0 {
		w.And("(a.debit_item_id = ? OR a.credit_item_id = ?)", in.Item, in.Item)
	}
	AsOf{in.On, endOf(in.KnownOn)}.narrow(&w, "a.")
	scoped(x, in.Scope)(&w, "a.managing_unit_id")
	order := x.Keyset(&w, map[string][]string{"receivable_account": {"#a.receivable_account_id", "#a.id"}})
	return db.Seq(ctx, x.R, scanAllocationRow, allocationQuery+w.SQL()+order, w.Args()...)
}

// allocationsOf are those of an item, in the order of their recording.
func allocationsOf(ctx context.Context, r db.Reader, account, item op.ID) ([]AllocationRow, error) {
	return db.All(ctx, r, scanAllocationRow, allocationQuery+` WHERE a.receivable_account_id = $1 AND (a.debit_item_id = $2 OR a.credit_item_id = $2)
		ORDER BY a.id`, account, item)
}

// findAllocation gives one, or NotFound "ledger.allocation_unknown".
func findAllocation(ctx context.Context, r db.Reader, account, id op.ID) (AllocationRow, error) {
	all, err := db.All(ctx, r, scanAllocationRow, allocationQuery+` WHERE a.receivable_account_id = $1 AND a.id = $2`, account, id)
	if err != nil {
		return AllocationRow{}, err
	}
	if len(all) == 0 {
		return AllocationRow{}, fault.New(fault.NotFound, "ledger.allocation_unknown")
	}
	return all[0], nil
}

// waits says whether a standing allocation of a credit waits for its money.
func waits(ctx context.Context, r db.Reader, account, credit op.ID) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM allocation a WHERE a.receivable_account_id = $1 AND a.credit_item_id = $2 AND a.reserved
		AND a.reverses_id IS NULL
		AND NOT EXISTS (SELECT 1 FROM allocation r WHERE r.receivable_account_id = a.receivable_account_id AND r.reverses_id = a.id)
		AND NOT EXISTS (SELECT 1 FROM allocation_clearing k WHERE k.receivable_account_id = a.receivable_account_id AND k.allocation_id = a.id)`, account, credit)
	return n > 0, err
}
