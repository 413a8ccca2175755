package ledger

import (
	"context"
	"slices"

	"wasl/internal/platform/db"
)

// postFacts posts an allocation: move is the amount going from one control account to
// the other (none when it has gone before), settled what counts for taxes now, the
// debit's first. Items in the books of two units, which happens when an account has
// been moved between a bill and the credit that pays it, need an entry in each book:
// the amount passes through the liaison account, and each book settles its own taxes.
// The first entry given is in the debit's book, whenever anything is posted there.
func (m *Module) postFacts(ctx context.Context, tx db.Tx, row *Allocation, p Posting, move Facts, settled []Facts) ([]Entry, error) {
	if row.debit.Managing == row.credit.Managing {
		if move.Event != "" {
			p.Events = append(p.Events, move)
		}
		p.Events = append(p.Events, settled...)
		return m.Post(ctx, tx, p)
	}
	var out []Entry
	if move.Event != "" {
		set, err := m.rulesOn(ctx, tx, p.Stamps.Entity, p.On)
		if err != nil {
			return nil, err
		}
		between := p
		between.Events, between.Stamps.Collecting = []Facts{move}, row.credit.Managing
		between.manual = []Line{
			{Book: Managing, Account: row.debit.Control, Amount: -row.Amount + row.inEntry()},
			{Book: Managing, Account: row.doubtfulAt, Amount: -row.inEntry()},
			{Book: Managing, Account: set.Liaison, Amount: row.Amount},
			{Book: Collecting, Account: row.credit.Control, Amount: row.Amount},
			{Book: Collecting, Account: set.Liaison, Amount: -row.Amount},
		}
		between.manual = slices.DeleteFunc(between.manual, func(l Line) bool { return l.Amount == 0 })
		if out, err = m.Post(ctx, tx, between); err != nil {
			return nil, err
		}
	}
	settled = slices.DeleteFunc(slices.Clone(settled), func(f Facts) bool { return f.Event == EventAllocate })
	for i, f := range settled {
		own := p
		own.Events = []Facts{f}
		if i > 0 {
			own.Stamps = Stamps{Managing: row.credit.Managing, Entity: row.credit.Entity, Operator: row.credit.Operator}
		}
		entries, err := m.Post(ctx, tx, own)
		if err != nil {
			return nil, err
		}
		out = append(out, entries...)
	}
	return out, nil
}
