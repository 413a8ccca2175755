package ledger

import (
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Balance is what an account of the chart comes to: debit positive.
type Balance struct {
	// Unit is whose books are meant; 0 is all of them together.
	Unit    op.ID        `json:"unit" out:"ref=unit"`
	Account string       `json:"account"`
	Debit   money.Amount `json:"debit"`
	Credit  money.Amount `json:"credit"`
	Balance money.Amount `json:"balance"`
}
