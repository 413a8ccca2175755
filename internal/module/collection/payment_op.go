package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// PaymentFilter says whose payments are asked for.
type PaymentFilter struct {
	Account op.ID `json:"receivable_account" in:"ref=account.account.list"`
	// Item keeps those of one bill, by the item it opened.
	Item op.ID `json:"item"`
}

// Payment is a part of a bill paid or, below zero, unpaid again: by a receipt with one of its
// means, or by a credit note or an advance, which have none.
type Payment struct {
	Account op.ID `json:"receivable_account" out:"ref=account"`
	ID      op.ID `json:"id"`
	Item    op.ID `json:"item"`
	// Bill is the document that was paid, Document what paid it: the number of the receipt.
	Bill     string          `json:"bill"`
	Document string          `json:"document"`
	Kind     ledger.ItemKind `json:"kind"`
	// Receipt is 0 when it is none.
	Receipt   op.ID        `json:"receipt" out:"ref=receipt"`
	PaidOn    day.Date     `json:"paid_on"`
	Tender    string       `json:"tender"`
	Reference string       `json:"reference"`
	Amount    money.Amount `json:"amount"`
	// Reserved says that the money has not arrived yet: a cheque that is not cleared.
	Reserved bool  `json:"reserved"`
	Unit     op.ID `json:"unit" out:"ref=unit"`
}

// PageKey is the row's place in its list.
func (p Payment) PageKey(string) []string { return []string{p.Account.String(), p.ID.String()} }

func (m *Module) registerPayments(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "collection.payment.list", Path: "/collection/payments", Duties: duties()}, op.ListHandler[PaymentFilter, Payment]{
		Sorts: []string{"receivable_account"},
		Rows: func(ctx context.Context, x *op.Exec, in PaymentFilter) iter.Seq2[Payment, error] {
			return listPayments(ctx, x, in)
		},
	})
}
