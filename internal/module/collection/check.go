package collection

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Check recomputes what always holds of the desk: numbers without gap, a receipt that is its
// tenders and its lines, lines that are items of the ledger, counts of drawers, cheques that
// go one way, and accounts of money (class 5) that hold what receipts, cheques and counts say.
func Check() op.Check {
	return op.Check{Name: "COLLECTION", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		for _, check := range []func(context.Context, db.Reader, *op.Report) error{
			checkSessionNumbers, checkDepositNumbers, checkReceiptNumbers, checkReceiptSums, checkLines, checkCounts, checkCheques, checkBooks, checkMoves,
		} {
			if err := check(ctx, r, &rep); err != nil {
				return rep, err
			}
		}
		return rep, nil
	}}
}
