package app

import (
	"context"
	"slices"
	"strconv"

	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
)

const (
	// demoHead follows the cheques of the agence.
	demoHead = "l.taibi"
	// demoCheques are taken at a desk of their own before the day under way: the first comes
	// back from the bank before it is cleared, the second after, the others stand.
	demoCheques = 4
	demoFee     = "12.50"
)

// cheques is the life of some cheques: taken at a desk, handed to the bank, cleared the
// day before the one under way, but for one that comes back unpaid.
func (d *demo) cheques(ctx context.Context) error {
	session, err := d.chequeDesk(ctx)
	if err != nil {
		return err
	}
	unit := d.units[demoDeskUnit].String()
	if _, err := d.run(ctx, demoCashierBefore, "collection.session.close", "id", session.String(), "counted", demoFloat.String()); err != nil {
		return err
	}
	all, err := d.chequesOf(ctx, collection.ChequeReceived)
	if err != nil || len(all) == 0 {
		return err
	}
	res, err := d.run(ctx, demoHead, "collection.cheque.deposit", "unit", unit, "deposited_on", d.app.Today().String(), "bank", "BMCE")
	if err != nil {
		return err
	}
	d.before()
	if err := d.unpaid(ctx, all[0].ID); err != nil || len(all) == 1 {
		return err
	}
	deposit, _ := res.Out.(collection.ChequesSaved)
	_, err = d.run(ctx, demoHead, "collection.cheque.clear", "deposit", deposit.ID.String(), "cleared_on", d.app.Today().String())
	return err
}

// chequeDesk opens a desk and takes money that waits, and the cheques of customers who owe
// one or two bills.
func (d *demo) chequeDesk(ctx context.Context) (session op.ID, err error) {
	res, err := d.run(ctx, demoCashierBefore, "collection.session.open", "unit", d.units[demoDeskUnit].String(), "desk", "3",
		"opening_float", demoFloat.String())
	if err != nil {
		return 0, err
	}
	saved, _ := res.Out.(collection.SessionSaved)
	// A transfer that nobody has recognised yet waits for its customer.
	_, err = d.run(ctx, demoCashierBefore, "collection.receipt.take", "unallocated", "true", "tenders", "transfer;640.00;VIR-88123",
		"payer", d.words("demo.payer"))
	if err != nil {
		return 0, err
	}
	taken, who := 0, d.customersOf(demoDeskUnit)
	slices.Reverse(who) // the first of them come to the other desks
	for _, m := range who {
		if taken == demoCheques {
			break
		}
		left, bills, err := d.owed(ctx, m.Account)
		if err != nil {
			return 0, err
		}
		if left <= 0 || bills > 2 {
			continue
		}
		taken++
		tender := "cheque;" + left.String() + ";" + strconv.Itoa(7_120_000+taken) + ";BMCE;" + d.words("demo.drawer")
		_, err = d.run(ctx, demoCashierBefore, "collection.receipt.take", "accounts", m.Account.String(), "customer", m.CustomerID.String(), "tenders", tender)
		if err != nil {
			return 0, err
		}
	}
	return saved.ID, nil
}

// chequesOf are the cheques in a state, in the order in which they came.
func (d *demo) chequesOf(ctx context.Context, state collection.ChequeState) (out []collection.Cheque, err error) {
	_, err = d.app.Runner.Rows(ctx, op.Request{
		Name: "collection.cheque.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{"state": string(state)}, RequestID: "demo",
	}, nil, func(row any) error {
		if c, ok := row.(collection.Cheque); ok {
			out = append(out, c)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b collection.Cheque) int { return int(a.ID - b.ID) })
	return out, err
}

// unpaid is a cheque that the bank gives back today, with its fee.
func (d *demo) unpaid(ctx context.Context, cheque op.ID) error {
	_, err := d.run(ctx, demoHead, "collection.cheque.return", "id", cheque.String(), "returned_on", d.app.Today().String(), "fee", demoFee,
		"reason", d.words("demo.unpaid"))
	return err
}

// chequeBack is a cheque that comes back after it was cleared.
func (d *demo) chequeBack(ctx context.Context) error {
	all, err := d.chequesOf(ctx, collection.ChequeCleared)
	if err != nil || len(all) == 0 {
		return err
	}
	return d.unpaid(ctx, all[0].ID)
}
