package billing

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// BillCancel is the input of the cancellation of a bill by a credit note.
type BillCancel struct {
	Account op.ID  `json:"account" in:"required"`
	ID      op.ID  `json:"id" in:"required"`
	Reason  string `json:"reason" in:"required,min=3,max=500,lines"`
}

// BillCancelled is the credit note.
type BillCancelled struct {
	ID     op.ID        `json:"id"`
	Number string       `json:"number"`
	Total  money.Amount `json:"total"`
}

func (m *Module) registerCancel(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{Name: "billing.bill.cancel", Path: "/billing/bills/{account}/{id}/cancel", Duties: duties(), FourEyes: true},
		op.CommandHandler[BillCancel, BillCancelled]{
			Targets: func(ctx context.Context, x *op.Exec, in BillCancel) ([]op.Target, error) {
				b, err := findBill(ctx, x.R, BillRef{in.Account, in.ID})
				return []op.Target{{Unit: int64(b.Unit), Amount: &b.Total}}, err
			},
			Locks: func(in BillCancel) []int64 { return []int64{int64(in.Account)} },
			Do:    m.cancelBill,
		})
}

// cancelBill takes a bill back as a whole: a credit note of the same lines, posted and
// set against what is left of the bill. What was paid already is due to the customer.
// The consumption can be billed again.
func (m *Module) cancelBill(ctx context.Context, x *op.Exec, in BillCancel) (BillCancelled, error) {
	b, err := findBill(ctx, x.R, BillRef{in.Account, in.ID})
	if err != nil {
		return BillCancelled{}, err
	}
	if b.Kind != KindBill {
		return BillCancelled{}, fault.New(fault.Conflict, "billing.not_a_bill")
	}
	note, err := cancelledBy(ctx, x.R, &b)
	if err != nil {
		return BillCancelled{}, err
	}
	if note != 0 {
		return BillCancelled{}, fault.New(fault.Conflict, "billing.cancelled_before", "number", b.Number)
	}
	credit, err := m.creditNote(ctx, x, &b, in.Reason)
	if err != nil {
		return BillCancelled{}, err
	}
	if err := m.postCredit(ctx, x, &b, credit); err != nil {
		return BillCancelled{}, err
	}
	if err := insertBills(ctx, x.Tx, []draft{{bill: *credit}}); err != nil {
		return BillCancelled{}, err
	}
	// The number is taken when the second person approves: it is no part of the effect.
	type effect struct {
		Kind   BillKind     `json:"kind"`
		Total  money.Amount `json:"total"`
		Reason string       `json:"reason"`
	}
	return BillCancelled{credit.ID, credit.Number, credit.Total}, x.Change("bill", int64(b.ID), b.Number, nil, effect{credit.Kind, credit.Total, in.Reason})
}

// creditNote makes the document that takes a bill back.
func (m *Module) creditNote(ctx context.Context, x *op.Exec, b *Bill, reason string) (*Bill, error) {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return nil, err
	}
	credit := *b
	credit.ID, credit.Kind, credit.Cancels, credit.reason, credit.IssuedOn, credit.DueOn = op.ID(id), KindCreditNote, b.ID, reason, x.Today, x.Today
	credit.Net, credit.Tax, credit.Total, credit.ordinal = -b.Net, -b.Tax, -b.Total, 0
	run := Run{Entity: b.entity}
	var entity string
	if run.exercise, entity, err = m.ledger.Numbering(ctx, x.Tx, b.entity, x.Today); err != nil {
		return nil, err
	}
	if credit.serial, err = nextNumbers(ctx, x.Tx, &run, KindCreditNote, 1); err != nil {
		return nil, err
	}
	credit.exercise = run.exercise
	credit.Number = numberOf(KindCreditNote, run.exercise, entity, db.NodeOf(id), credit.serial)
	return &credit, nil
}

// postCredit opens the credit and pays with it what is left of the bill.
func (m *Module) postCredit(ctx context.Context, x *op.Exec, b, credit *Bill) error {
	if b.Total == 0 {
		return nil
	}
	position, err := m.ledger.Position(ctx, x.R, b.Account, b.ID)
	if err != nil {
		return err
	}
	left := position.Left
	stamps := ledger.Stamps{Managing: position.Managing, Entity: position.Entity, Operator: position.Operator}
	opening := ledger.Opening{
		Posting: ledger.Posting{
			Account: b.Account, Stamps: stamps, On: credit.IssuedOn, Document: credit.Number, Label: b.Number, Actor: op.ID(x.Actor.UserID),
		},
		Kind: ledger.ItemCreditNote, Split: position.Split, Service: position.Service, Category: position.Category, LegalNature: position.LegalNature,
		IssuedOn: credit.IssuedOn, DueOn: credit.DueOn,
	}
	if left > 0 {
		opening.Pay = []ledger.Pay{{Item: b.ID, Amount: left}}
	}
	_, err = m.ledger.Open(ctx, x.Tx, opening)
	return err
}
