package collection

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// postMove takes the money off the account where it waited (D 4497 / C 44971) and brings
// it to the other one (D 44971 / C 3421), in the books of the unit where it waited.
func (m *Module) postMove(ctx context.Context, x *op.Exec, row *Move, source *ledger.Position, t *taking) error {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return err
	}
	row.ID = op.ID(id)
	o := row.opening(x, source, ledger.ItemReturn, row.Reason)
	o.Pay = []ledger.Pay{{Item: row.Item, Amount: row.Amount}}
	gone, err := m.ledger.Open(ctx, x.Tx, o)
	if err != nil {
		return err
	}
	row.returned, row.allocation = gone.Item.ID, gone.Allocations[0].ID
	for _, p := range t.parts {
		stamps := p.stamps
		stamps.Collecting = row.Unit
		_, err := m.ledger.Open(ctx, x.Tx, ledger.Opening{
			Posting: ledger.Posting{
				Account: p.account, Stamps: stamps, On: x.Today, Document: row.Document, Label: row.Reason, Batch: row.ID, Actor: op.ID(x.Actor.UserID),
			},
			Kind: p.kind, Split: ledger.Received(p.amount), Service: ledger.Other, Category: p.category, LegalNature: p.nature, Tender: suspense,
			Pay: p.pays, Held: t.held[p.account],
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// opening is an item on the account where the money waited.
func (row *Move) opening(x *op.Exec, source *ledger.Position, kind ledger.ItemKind, reason string) ledger.Opening {
	return ledger.Opening{
		Posting: ledger.Posting{
			Account: row.From, On: x.Today, Document: row.Document, Label: reason, Batch: row.ID, Actor: op.ID(x.Actor.UserID),
			Stamps: ledger.Stamps{Managing: source.Managing, Collecting: source.Managing, Entity: source.Entity, Operator: source.Operator},
		},
		Kind: kind, Split: ledger.Received(row.Amount), Service: source.Service, Category: source.Category, LegalNature: source.LegalNature, Tender: suspense,
	}
}

// undo takes a move back: what it paid is owed again, and the money waits again where it
// had waited, as old as before. Conflict "collection.move_undone".
func (m *Module) undo(ctx context.Context, x *op.Exec, in Undo) (MoveSaved, error) {
	row, err := findMove(ctx, x.Tx, in.ID)
	if err != nil {
		return MoveSaved{}, err
	}
	if row.State == Undone {
		return MoveSaved{}, fault.New(fault.Conflict, "collection.move_undone", "document", row.Document)
	}
	if err := x.Tx.Lock(ctx, plainIDs(distinct([]op.ID{row.From, row.To}))...); err != nil {
		return MoveSaved{}, err
	}
	items, err := movedItems(ctx, x.Tx, &row)
	if err != nil {
		return MoveSaved{}, err
	}
	for _, item := range items {
		_, err := m.ledger.Return(ctx, x.Tx, ledger.Returning{
			Account: row.To, Credit: item, Tender: suspense, On: x.Today, Document: row.Document, Reason: in.Reason, Batch: row.ID,
			Actor: op.ID(x.Actor.UserID), Collecting: row.Unit,
		})
		if err != nil {
			return MoveSaved{}, err
		}
	}
	left, err := m.waitAgain(ctx, x, &row, in.Reason)
	if err != nil {
		return MoveSaved{}, err
	}
	if err := insertUndo(ctx, x.Tx, row.ID, in.Reason, x); err != nil {
		return MoveSaved{}, err
	}
	before := moveEffect{row.From, row.To, row.Amount, "", 0, left - row.Amount, Moved, row.Reason}
	after := moveEffect{row.From, row.To, row.Amount, "", 0, left, Undone, in.Reason}
	return MoveSaved{row.ID, row.Amount, Undone, left}, x.Change("receipt_move", int64(row.ID), row.Document, before, after)
}

// waitAgain opens the money again: the allocation that took it off is reversed, and what
// had gone off is met by a contrary item.
func (m *Module) waitAgain(ctx context.Context, x *op.Exec, row *Move, reason string) (left money.Amount, err error) {
	_, err = m.ledger.Reverse(ctx, x.Tx, ledger.Reversing{
		Account: row.From, Allocation: row.allocation, On: x.Today, Reason: reason, Batch: row.ID, Actor: op.ID(x.Actor.UserID),
	})
	if err != nil {
		return 0, err
	}
	source, err := m.ledger.Position(ctx, x.Tx, row.From, row.Item)
	if err != nil {
		return 0, err
	}
	o := row.opening(x, &source, ledger.ItemUnallocated, reason)
	o.Pay = []ledger.Pay{{Item: row.returned, Amount: row.Amount}}
	_, err = m.ledger.Open(ctx, x.Tx, o)
	return -source.Left, err
}
