package app

import (
	"context"
	"slices"
	"strconv"

	"wasl/internal/kernel/money"
	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
)

const (
	// demoCashier takes money today, demoCashierBefore yesterday; both at the first centre.
	demoCashier, demoCashierBefore, demoDeskUnit = "s.idrissi", "h.naciri", "BM"
	// demoCustomers are how many people come to a desk in a day.
	demoCustomers = 18
)

// yesterday is a day at a desk: opened, money taken, counted with a small difference.
func (d *demo) yesterday(ctx context.Context) error {
	d.before()
	session, cash, err := d.desk(ctx, demoCashierBefore, "2", 0)
	if err != nil || session.ID == 0 {
		return err
	}
	const short = 20_00
	_, err = d.run(ctx, demoCashierBefore, "collection.session.close", "id", session.ID.String(), "counted", (cash - short).String(),
		"reason", d.words("demo.short"))
	return err
}

// desks is the day under way: a desk is open, and some customers have come.
func (d *demo) desks(ctx context.Context) error {
	_, _, err := d.desk(ctx, demoCashier, "1", demoCustomers)
	return err
}

// demoFloat is the cash in a drawer in the morning.
const demoFloat = money.Amount(500_00)

// desk opens a desk and takes the money of some customers, by every means. It gives the
// session and the cash in the drawer.
func (d *demo) desk(ctx context.Context, cashier, desk string, skip int) (saved collection.SessionSaved, cash money.Amount, err error) {
	res, err := d.run(ctx, cashier, "collection.session.open", "unit", d.units[demoDeskUnit].String(), "desk", desk, "opening_float", demoFloat.String())
	if err != nil {
		return saved, 0, err
	}
	saved, _ = res.Out.(collection.SessionSaved)
	cash = demoFloat
	who := d.customersOf(demoDeskUnit)
	for i, m := range who[min(skip, len(who)):min(skip+demoCustomers, len(who))] {
		left, _, err := d.owed(ctx, m.Account)
		if err != nil {
			return saved, cash, err
		}
		if left <= 0 {
			continue
		}
		pairs := []string{"accounts", m.Account.String(), "customer", m.CustomerID.String(), "surplus", "refuse"}
		number := strconv.Itoa(4_410_000 + skip + i)
		switch d.number("w"+m.Code, 5) {
		case 0:
			pairs = append(pairs, "tenders", "cheque;"+left.String()+";"+number+";BMCE;"+d.words("demo.drawer"))
		case 1:
			pairs = append(pairs, "tenders", "card;"+left.String()+";"+number)
		case 2:
			half := left / 2
			cash += half
			pairs = append(pairs, "tenders", "cash;"+half.String(), "tenders", "card;"+(left-half).String()+";"+number)
		default:
			cash += left
			pairs = append(pairs, "tenders", "cash;"+left.String())
		}
		res, err := d.run(ctx, cashier, "collection.receipt.take", pairs...)
		if err != nil {
			return saved, cash, err
		}
		if r, ok := res.Out.(collection.Receipted); ok {
			cash += r.Stamp
		}
	}
	return saved, cash, nil
}

// customersOf are the meters of a centre, in the order of their contracts.
func (d *demo) customersOf(unit string) (out []demoMeter) {
	for _, m := range d.meters {
		if m.UnitID == d.units[unit] {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b demoMeter) int { return int(a.ID - b.ID) })
	return out
}

// owed is what is left of the bills of an account, and of how many.
func (d *demo) owed(ctx context.Context, account op.ID) (left money.Amount, bills int, err error) {
	_, err = d.app.Runner.Rows(ctx, op.Request{
		Name: "collection.due.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin},
		Input: op.Input{"receivable_account": account.String()}, RequestID: "demo",
	}, nil, func(row any) error {
		if due, ok := row.(collection.Due); ok {
			var err error
			bills++
			left, err = left.Add(due.Left)
			return err
		}
		return nil
	})
	return left, bills, err
}
