package billing

import (
	"context"

	"wasl/internal/platform/op"
)

// mediaPDF is the type of printed bills.
const mediaPDF = "application/pdf"

func (m *Module) registerPrint(r *op.Registry) {
	op.RegisterGet(r, op.Spec{Name: "billing.bill.print", Path: "/billing/bills/{account}/{id}/paper", Duties: duties()}, op.GetHandler[BillRef, op.Document]{
		Targets: func(ctx context.Context, x *op.Exec, in BillRef) ([]op.Target, error) {
			b, err := findBill(ctx, x.R, in)
			return unitTarget(b.Unit), err
		},
		Do: m.printBill,
	})
}

// printBill gives one bill or credit note on paper.
func (m *Module) printBill(ctx context.Context, x *op.Exec, in BillRef) (op.Document, error) {
	b, err := findBill(ctx, x.R, in)
	if err != nil {
		return op.Document{}, err
	}
	sheets, err := m.sheets(ctx, x.R, []Bill{b}, historyMonths)
	if err != nil {
		return op.Document{}, err
	}
	s := &sheets[0]
	// The original is what goes out with the print file of the run, or on the day of issue.
	if s.duplicate, err = printedBefore(ctx, x.R, b.Run); err != nil {
		return op.Document{}, err
	}
	s.duplicate = s.duplicate && b.Kind == KindBill || x.Today != b.IssuedOn
	k, err := newPress(m.fonts, m.words, b.Number, s.card.recordedAt)
	if err == nil {
		err = k.sheet(s)
	}
	if err != nil {
		return op.Document{}, err
	}
	body, err := k.p.Bytes()
	return op.NewDocument(b.Number+".pdf", mediaPDF, body), err
}
