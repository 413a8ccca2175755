package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/account"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// ReceiptFilter narrows the list of receipts.
type ReceiptFilter struct {
	Number  string `json:"number" in:"max=60"`
	Session op.ID  `json:"session" in:"ref=collection.session.list"`
	Account op.ID  `json:"receivable_account" in:"ref=account.account.list"`
	Cashier op.ID  `json:"cashier" in:"ref=access.user.list"`
	// Tender is the code of a kind.
	Tender string       `json:"tender" in:"max=31"`
	State  ReceiptState `json:"state"`
	// From and To are the days that count, both included.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
}

// ReceiptRef points at a receipt.
type ReceiptRef struct {
	ID op.ID `json:"id" in:"required,ref=collection.receipt.list"`
}

// Paid is what a receipt paid of a bill.
type Paid struct {
	Account op.ID `json:"receivable_account" out:"ref=account"`
	// Number is that of the account.
	Number   string          `json:"account_number"`
	Item     op.ID           `json:"item"`
	Kind     ledger.ItemKind `json:"kind"`
	Document string          `json:"document"`
	DueOn    day.Date        `json:"due_on"`
	// Amount was paid by this receipt, Of is the whole of the bill, Left what stayed of it
	// when the receipt was given.
	Amount money.Amount `json:"amount"`
	Of     money.Amount `json:"of"`
	Left   money.Amount `json:"left"`
}

// ReceiptCard is a receipt with its means, what it settled and the bills it paid.
type ReceiptCard struct {
	Receipt
	// Holder is the customer of the first account, for a receipt that names nobody.
	Holder op.ID `json:"holder" out:"ref=customer"`
	// Code proves that it is genuine.
	Code    string        `json:"code"`
	Tenders []Tender      `json:"tenders"`
	Lines   []ReceiptLine `json:"lines"`
	Paid    []Paid        `json:"paid"`
	// Copies counts how often it was printed; Original says that whoever asks may still have
	// the first one unmarked. Paper is what it goes on.
	Copies   int64 `json:"copies"`
	Original bool  `json:"original"`
	Paper    Paper `json:"paper"`

	last printing
}

func (m *Module) registerReceipts(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "collection.receipt.list", Path: "/collection/receipts", Duties: duties()}, op.ListHandler[ReceiptFilter, Receipt]{
		Sorts: []string{"-received_on"},
		Rows: func(ctx context.Context, x *op.Exec, in ReceiptFilter) iter.Seq2[Receipt, error] {
			return listReceipts(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "collection.receipt.get", Path: "/collection/receipts/{id}", Duties: duties()}, op.GetHandler[ReceiptRef, ReceiptCard]{
		Targets: func(ctx context.Context, x *op.Exec, in ReceiptRef) ([]op.Target, error) {
			row, err := findReceipt(ctx, x.R, in.ID)
			return unitTarget(row.Unit), err
		},
		Do: func(ctx context.Context, x *op.Exec, in ReceiptRef) (ReceiptCard, error) {
			card, err := m.receiptCard(ctx, x.R, in.ID)
			card.Original = card.last.original(x.Actor.UserID, x.Now)
			return card, err
		},
	})
}

func (m *Module) receiptCard(ctx context.Context, r db.Reader, id op.ID) (card ReceiptCard, err error) {
	if card.Receipt, err = findReceipt(ctx, r, id); err != nil {
		return card, err
	}
	if card.Code, err = m.Code(&card.Receipt); err != nil {
		return card, err
	}
	if card.Tenders, err = tendersOf(ctx, r, id); err != nil {
		return card, err
	}
	if card.Lines, err = linesOf(ctx, r, id); err != nil {
		return card, err
	}
	if card.Paid, err = paidBy(ctx, r, card.Lines); err != nil {
		return card, err
	}
	if card.Customer == 0 && len(card.Lines) > 0 {
		if card.Holder, _, err = holderOf(ctx, r, card.Lines[0].Account); err != nil {
			return card, err
		}
	}
	if card.last, err = lastPrint(ctx, r, id); err != nil {
		return card, err
	}
	s, err := findSession(ctx, r, card.Session)
	card.Copies, card.Paper = card.last.copy, card.last.paper.orElse(s.Paper)
	return card, err
}

// holdingPrefix begins the number of the account on which a unit holds money whose
// customer is not known.
const holdingPrefix = "ATTENTE-"

// suspended is where money goes whose customer is not known: the unit's own account of
// money to be allocated, made when it is first needed.
func (m *Module) suspended(ctx context.Context, x *op.Exec, t *taking) (part, error) {
	p := part{kind: ledger.ItemUnallocated}
	unit := t.session.Unit
	if err := x.Tx.Lock(ctx, int64(unit)); err != nil {
		return p, err
	}
	number := holdingPrefix + unit.String()
	id, err := holdingAccount(ctx, x.Tx, number)
	if err != nil {
		return p, err
	}
	if id == 0 {
		made, err := x.Tx.NewID(ctx)
		if err != nil {
			return p, err
		}
		id = op.ID(made)
		a := account.Account{ID: id, Number: number, Kind: account.Unallocated, UnitID: unit, OpenedOn: t.receipt.ReceivedOn, Version: 1}
		if err := account.Insert(ctx, x.Tx, &a); err != nil {
			return p, err
		}
		if err := x.Change("account", made, number, nil, a); err != nil {
			return p, err
		}
	}
	p.account = id
	p.stamps, err = m.ledger.StampsOf(ctx, x.Tx, unit, ledger.Other, t.receipt.ReceivedOn)
	return p, err
}
