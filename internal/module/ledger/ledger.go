// Package ledger owns what is owed and the accounts: open items with their
// split by service and nature, the allocations between them, the entries of the
// journal, the rules by which an event becomes an entry, and the closing of
// months. It is append-only: what was wrong is corrected by a new row.
package ledger

import (
	"context"
	"embed"
	"io/fs"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module, the reference chart and rules.
func Migrations() fs.FS { return migrations }

// Blocker says what keeps a month of a unit open: a cash desk that is not
// counted, a run that is not complete. It gives the code of a text with its
// pairs, or an empty code.
type Blocker func(ctx context.Context, r db.Reader, unit int64, month day.Month) (code string, pairs []any, err error)

// Places knows the units above a unit; org.Places is one.
type Places interface {
	Path(ctx context.Context, r db.Reader, unit int64, on day.Date) ([]int64, error)
	// Below are the units within roots, and whether they are all there are.
	Below(ctx context.Context, r db.Reader, roots []int64, on day.Date) (units []int64, all bool, err error)
}

// Reserve says whether the money of a credit of an account is still to come: a cheque
// that is not cleared.
type Reserve func(ctx context.Context, r db.Reader, account, credit op.ID) (bool, error)

// Options of New.
type Options struct {
	// Places gives the lines of an ageing below a unit; nil gives each unit its own.
	Places Places
	// Blockers are asked before a month is closed.
	Blockers []Blocker
	// Uses are asked before an account of the chart is closed.
	Uses []Use
	// Reserved is asked about a credit that a person allocates; nil looks at the
	// other allocations of that credit.
	Reserved Reserve
}

// Module is the ledger. Make it with New; it is safe for concurrent use.
type Module struct {
	blockers []Blocker
	uses     []Use
	reserved Reserve
	places   Places
	memory   memory
}

// New makes the module.
func New(o Options) *Module {
	return &Module{blockers: o.Blockers, uses: o.Uses, reserved: o.Reserved, places: o.Places}
}
