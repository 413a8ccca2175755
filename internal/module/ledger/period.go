package ledger

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// periodFor gives the accounting month of a fact of a unit: that of its day while
// it is open, else the first open one. A month that is over takes a lock, which a
// closing takes too, so that nothing enters a month while it is being closed.
func (m *Module) periodFor(ctx context.Context, tx db.Tx, unit op.ID, on day.Date) (day.Month, error) {
	month, present := day.MonthOf(on), day.MonthOf(day.Of(tx.Now()))
	if month.Before(present) {
		if err := tx.Lock(ctx, int64(unit)); err != nil {
			return month, err
		}
	}
	closed, err := lastClosed(ctx, tx, unit)
	if err != nil {
		return month, err
	}
	if !month.After(closed) {
		return closed.Add(1), nil
	}
	return month, nil
}
