package ledger

import (
	"context"
	"iter"

	"wasl/internal/platform/db"
)

// InsertBare writes allocations in bulk for the benchmark of ageings, with the items
// they pay: no entry is posted and nothing is controlled.
func InsertBare(ctx context.Context, tx db.Tx, rows iter.Seq2[*Allocation, [2]*Item]) (int64, error) {
	columns := []string{
		"receivable_account_id", "id", "debit_item_id", "credit_item_id", "amount", "debit_split", "credit_split", "reserved", "reverses_id", "entry_id",
		"batch_id", "actor_id", "reason", "effective_on", "period", "recorded_at", "managing_unit_id", "due_on", "issued_on", "category", "legal_nature",
		"credit_unit_id", "credit_category", "credit_legal_nature",
	}
	var c changes
	n, err := tx.Bulk(ctx, "allocation", columns, func(yield func([]any, error) bool) {
		for a, of := range rows {
			debit, credit := of[0], of[1]
			if err := c.allocation(a.Amount, a.EffectiveOn, debit, credit); err != nil {
				yield(nil, err)
				return
			}
			if !yield([]any{
				a.Account, a.ID, debit.ID, credit.ID, a.Amount, a.DebitSplit.String(), a.CreditSplit.String(), a.Reserved, orNone(a.Reverses), a.Entry,
				a.Batch, a.Actor, a.Reason, a.EffectiveOn, a.Period, a.RecordedAt, debit.Managing, debit.DueOn, debit.IssuedOn, debit.Category,
				debit.LegalNature, credit.Managing, credit.Category, credit.LegalNature,
			}, nil) {
				return
			}
		}
	})
	if err != nil {
		return n, err
	}
	return n, c.writeBulk(ctx, tx)
}
