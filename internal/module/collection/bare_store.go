package collection

import (
	"context"
	"encoding/json"

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
	// Detail and Response are as long as what the audit and the key of the receipt hold.
	Detail, Response string
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
	detail, err := json.Marshal(map[string]any{
		"input":   Take{Accounts: []op.ID{t.lines[0].Account}, Items: []string{t.lines[0].Item.String()}, Tenders: []string{"cash;107.00"}},
		"changes": []map[string]any{{"kind": "receipt", "id": receipt, "label": t.receipt.Number, "after": t.receipt}},
	})
	if err != nil {
		return nil, err
	}
	response, err := json.Marshal(Receipted{ID: receipt, Number: t.receipt.Number, Total: t.receipt.Total, Stamp: t.receipt.Stamp})
	b.Detail, b.Response = string(detail), string(response)
	return b, err
}

// Write writes the rows in an open session, on an account that has nothing else.
func (b *Bare) Write(ctx context.Context, tx db.Tx, session, account op.ID) error {
	t := b.taking
	s := Session{ID: session, Number: sessionPrefix + "-" + session.String()}
	ordinal, err := takeOrdinal(ctx, tx, &s)
	if err != nil {
		return err
	}
	first, err := tx.NewIDs(ctx, 2)
	if err != nil {
		return err
	}
	t.receipt.ID, t.receipt.Session, t.receipt.ordinal, t.receipt.Number = op.ID(first), session, ordinal, receiptNumber(s.Number, ordinal)
	t.tenders = []Tender{b.taking.tenders[0]}
	t.tenders[0].ID = op.ID(first + 1)
	t.lines = []ReceiptLine{b.taking.lines[0]}
	t.lines[0].Account = account
	if t.lines[0].Item, err = b.ledger.Write(ctx, tx, account); err != nil {
		return err
	}
	return insertReceipt(ctx, tx, &t)
}
