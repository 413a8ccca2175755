package ledger

import (
	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Account is an account of the chart (CGNC).
type Account struct {
	ID    op.ID       `json:"id"`
	Code  string      `json:"code"`
	Label string      `json:"label"`
	Kind  AccountKind `json:"kind"`
	// ValidFrom is the first day on which it is open, ValidTo the first on which it
	// is not; none is for ever.
	ValidFrom day.Date `json:"valid_from"`
	ValidTo   day.Date `json:"valid_to"`
	Version   int64    `json:"version"`
}

func (a Account) folded() string { return db.Fold(a.Label + " " + a.Code) }
