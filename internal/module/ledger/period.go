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
	month := day.MonthOf(on)
	over := isOver(tx, on)
	closed, known := knownClosed(tx, unit, over)
	if !known {
		if over {
			if err := tx.Lock(ctx, int64(unit)); err != nil {
				return month, err
			}
		}
		var err error
		if closed, err = lastClosed(ctx, tx, unit); err != nil {
			return month, err
		}
		rememberClosed(tx, unit, over, closed)
	}
	if !month.After(closed) {
		return closed.Add(1), nil
	}
	return month, nil
}

// isOver says that a day lies in a month that is over, which may be closed.
func isOver(r db.Reader, on day.Date) bool {
	return day.MonthOf(on).Before(day.MonthOf(day.Of(r.Now())))
}

// closedKey names, in a transaction's memory, the last closed month of a unit;
// locked is the one that was read under the lock of the unit, and holds.
type closedKey struct {
	unit   op.ID
	locked bool
}

func rememberClosed(r db.Reader, unit op.ID, locked bool, last day.Month) {
	db.Remember(r, closedKey{unit, locked}, last)
}

// RememberClosed tells the transaction the last closed month of a unit by its first day,
// which ClosedSQL read: zero is none. It is of no use for a month that is over.
func RememberClosed(r db.Reader, unit op.ID, last day.Date) {
	rememberClosed(r, unit, false, day.MonthOf(last))
}

// knownClosed is the last closed month that the transaction knows: for a month
// that is over only if it was read under the lock.
func knownClosed(r db.Reader, unit op.ID, over bool) (day.Month, bool) {
	last, known := db.Remembered[day.Month](r, closedKey{unit, true})
	if !known && !over {
		last, known = db.Remembered[day.Month](r, closedKey{unit, false})
	}
	return last, known
}
