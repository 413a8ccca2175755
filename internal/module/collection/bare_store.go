package collection

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Bare is the rows of a receipt of one tender on one account, to be written again with
// nothing of the program around: the floor of the benchmark of payments.
type Bare struct {
	taking taking
	ledger *ledger.Bare
	// Texts are what the audit and the key of the receipt hold.
	Texts op.BareTexts
}

// BareOf reads the rows of a receipt.
func BareOf(ctx context.Context, r db.Reader, receipt op.ID) (*Bare, error) {
	b := &Bare{}
	t := &b.taking
	var err error
	if t.receipt, err = findReceipt(ctx, r, receipt); err != nil {
		return nil, err
	}
	if t.tenders, err = tendersOf(ctx, r, receipt); err != nil {
		return nil, err
	}
	if t.lines, err = linesOf(ctx, r, receipt); err != nil {
		return nil, err
	}
	if len(t.lines) != 1 {
		return nil, fault.New(fault.Internal, "internal")
	}
	if b.ledger, err = ledger.BareOf(ctx, r, t.lines[0].Account, t.lines[0].Item); err != nil {
		return nil, err
	}
	b.Texts, err = op.BareTextsOf(ctx, r, "receipt", receipt)
	return b, err
}

// Write writes the rows of a receipt that pays an item of an account, in the open session
// of a cashier.
func (b *Bare) Write(ctx context.Context, tx db.Tx, s *Session, account, item op.ID) error {
	t := b.taking
	var ordinal int64
	_, err := db.ScanOne(ctx, tx, `UPDATE cash_session SET receipts = receipts + 1 WHERE id = $1 AND state = 'open' RETURNING receipts`,
		[]any{s.ID}, &ordinal)
	if err != nil {
		return err
	}
	first, err := tx.NewIDs(ctx, 2)
	if err != nil {
		return err
	}
	r := &t.receipt
	r.ID, r.Session, r.ordinal, r.Number = op.ID(first), s.ID, ordinal, receiptNumber(s.Number, ordinal)
	r.Actor, r.RecordedAt = s.Cashier, tx.Now()
	t.tenders = []Tender{b.taking.tenders[0]}
	t.tenders[0].ID = op.ID(first + 1)
	t.lines = []ReceiptLine{b.taking.lines[0]}
	t.lines[0].Account = account
	of := ledger.BareReceipt{Account: account, Paid: item, Batch: r.ID, Document: r.Number, Actor: r.Actor}
	if t.lines[0].Item, err = b.ledger.Write(ctx, tx, of); err != nil {
		return err
	}
	return insertReceipt(ctx, tx, &t)
}

// BareSession reads a session for Bare.Write.
func BareSession(ctx context.Context, r db.Reader, id op.ID) (*Session, error) {
	s, err := findSession(ctx, r, id)
	return &s, err
}
