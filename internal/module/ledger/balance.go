package ledger

import "wasl/internal/kernel/money"

// Balance is what an account of the chart comes to: debit positive.
type Balance struct {
	Account string       `json:"account"`
	Debit   money.Amount `json:"debit"`
	Credit  money.Amount `json:"credit"`
	Balance money.Amount `json:"balance"`
}
