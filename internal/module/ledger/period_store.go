package ledger

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// lastClosed is the last closed month of a unit; no month when none is.
func lastClosed(ctx context.Context, r db.Reader, unit op.ID) (day.Month, error) {
	var last day.Date
	_, err := db.ScanOne(ctx, r, `SELECT month FROM period_closing WHERE unit_id = $1 ORDER BY month DESC LIMIT 1`, []any{unit}, &last)
	return day.MonthOf(last), err
}
