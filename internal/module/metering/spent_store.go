package metering

import (
	"context"

	"wasl/internal/platform/db"
)

// InsertSpent adds consumptions in bulk, for first loads and measures: nothing is
// checked but that their keys are free (Conflict).
func InsertSpent(ctx context.Context, tx db.Tx, all []Consumption) error {
	b := &book{consumptions: all}
	return b.flushSpent(ctx, tx)
}
