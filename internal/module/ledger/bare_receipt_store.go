package ledger

import (
	"cmp"
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Bare is the rows of a receipt that pays one item, to be written again: the floor of
// the benchmark of payments.
type Bare struct {
	entry      Entry
	lines      []Line
	item       Item
	allocation Allocation
}

// BareOf reads the rows of the receipt that opened an item.
func BareOf(ctx context.Context, r db.Reader, account, item op.ID) (*Bare, error) {
	a, err := loadAccount(ctx, r, account)
	if err != nil {
		return nil, err
	}
	p := a.find(item)
	rows := a.live(item)
	if p == nil || len(rows) != 1 {
		return nil, fault.New(fault.NotFound, "ledger.item_unknown")
	}
	b := &Bare{item: p.Item, allocation: rows[0]}
	b.allocation.debit, b.allocation.credit = a.find(rows[0].Debit).Item, p.Item
	if b.entry, err = findEntry(ctx, r, account, p.Entry); err != nil {
		return nil, err
	}
	lines, err := linesOf(ctx, r, account, p.Entry)
	for _, l := range lines {
		b.lines = append(b.lines, Line{Account: l.Account, Service: l.Service, Rate: l.Rate, Amount: l.Amount})
	}
	return b, err
}

// BareReceipt is what differs from one receipt to another: the account, the item that it
// pays, and the document.
type BareReceipt struct {
	Account, Paid, Batch op.ID
	Document             string
	Actor                op.ID
}

// Write writes the rows under ids of their own and gives the id of the item.
func (b *Bare) Write(ctx context.Context, tx db.Tx, of BareReceipt) (op.ID, error) {
	first, err := tx.NewIDs(ctx, 3)
	if err != nil {
		return 0, err
	}
	e, i, a := b.entry, b.item, b.allocation
	e.Account, e.ID, i.Account, i.ID, i.Entry = of.Account, op.ID(first), of.Account, op.ID(first+1), op.ID(first)
	a.Account, a.ID, a.Entry, a.Debit, a.Credit = of.Account, op.ID(first+2), e.ID, of.Paid, i.ID
	e.Batch, i.Batch, a.Batch, e.Document, i.Document, e.Actor, a.Actor = of.Batch, of.Batch, of.Batch, of.Document, of.Document, of.Actor, of.Actor
	e.RecordedAt, i.RecordedAt, a.RecordedAt = tx.Now(), tx.Now(), tx.Now()
	if err := insertEntry(ctx, tx, &e); err != nil {
		return 0, err
	}
	if err := insertLines(ctx, tx, &e, "", b.lines); err != nil {
		return 0, err
	}
	if err := insertItem(ctx, tx, &i); err != nil {
		return 0, err
	}
	var c changes
	if err := cmp.Or(c.item(&i), c.allocation(a.Amount, a.EffectiveOn, &a.debit, &a.credit), insertAllocation(ctx, tx, &a)); err != nil {
		return 0, err
	}
	return i.ID, c.write(ctx, tx)
}
