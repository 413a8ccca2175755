package collection

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Proof is the question whether a printed receipt is genuine.
type Proof struct {
	Number string `json:"number" in:"required,max=60"`
	Code   string `json:"code" in:"required,max=20"`
}

// Proven is its answer. What the receipt says is given only when it is genuine: it is
// then compared with the paper.
type Proven struct {
	Genuine    bool         `json:"genuine"`
	Number     string       `json:"number"`
	State      ReceiptState `json:"state"`
	ReceivedOn day.Date     `json:"received_on"`
	Total      money.Amount `json:"total"`
	Stamp      money.Amount `json:"stamp"`
	Unit       op.ID        `json:"unit" out:"ref=unit"`
}

func (m *Module) registerProof(r *op.Registry) {
	op.RegisterGet(r, op.Spec{Name: "collection.receipt.check", Path: "/collection/check/{number}/{code}", Duties: duties()}, op.GetHandler[Proof, Proven]{
		Do: func(ctx context.Context, x *op.Exec, in Proof) (Proven, error) {
			row, found, err := receiptByNumber(ctx, x.R, in.Number)
			if err != nil || !found {
				return Proven{Number: in.Number}, err
			}
			want, err := m.Code(&row)
			if err != nil || !sameCode(want, in.Code) {
				return Proven{Number: in.Number}, err
			}
			return Proven{true, row.Number, row.State, row.ReceivedOn, row.Total, row.Stamp, row.Unit}, nil
		},
	})
}
