package app

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"wasl/internal/kernel/money"
	"wasl/internal/module/access"
	"wasl/internal/module/customer"
	"wasl/internal/module/ledger"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// desks are the open desks of an agency and bills to be paid there, for the benchmark
// and the drill of payments.
type desks struct {
	app      *App
	unit     op.ID
	tokens   []string
	sessions []op.ID
	// accounts and items are those of the bills: bill i is item i of account i modulo
	// their number.
	accounts []op.ID
	items    []op.ID
}

const (
	// deskAgency is the agency of the demonstration where they are.
	deskAgency = "AG-FB"
	deskRole   = "CAISSE"
	// deskAccounts share the bills; deskBills are opened in one transaction.
	deskAccounts = 1200
	deskBills    = 500
	// A bill is 100.00 and 7.00 of tax; deskPaid is how it is paid.
	deskNet, deskTax = money.Amount(100_00), money.Amount(7_00)
	deskTaxRate      = money.Rate(700)
	deskPaid         = "cash;107.00"
)

// openDesks fills an empty database: cashiers with a desk each, and bills.
func (a *App) openDesks(ctx context.Context, cashiers, bills int) (*desks, error) {
	d := &desks{app: a}
	if err := a.Demo(ctx, DemoSize{Contracts: -1}, io.Discard); err != nil {
		return d, err
	}
	w := newDemo(a, DemoSize{}, io.Discard)
	if err := join(w.learn(ctx, "org.unit.list", "code", w.units), w.learn(ctx, "access.role.list", "code", w.roles)); err != nil {
		return d, err
	}
	d.unit = w.units[deskAgency]
	if err := d.cashiers(ctx, w, cashiers); err != nil {
		return d, err
	}
	if err := d.customers(ctx); err != nil {
		return d, err
	}
	return d, d.bills(ctx, bills)
}

// cashiers makes people who may take money, their tokens and their desks.
func (d *desks) cashiers(ctx context.Context, w *demo, n int) error {
	login := func(i int) string { return fmt.Sprintf("caisse%03d", i) }
	for i := range n {
		if _, err := w.run(ctx, demoAdmin, "access.user.add", "login", login(i), "name", "Caisse "+strconv.Itoa(i), "unit", d.unit.String()); err != nil {
			return err
		}
	}
	if err := w.learn(ctx, "access.user.list", "login", w.users); err != nil {
		return err
	}
	columns := []string{"id", "user_id", "role_id", "unit_id", "valid_from", "reason", "end_reason", "version", "recorded_at"}
	err := d.app.DB.Write(ctx, db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		first, err := tx.NewIDs(ctx, int64(n))
		if err != nil {
			return err
		}
		_, err = tx.Bulk(ctx, "access_grant", columns, func(yield func([]any, error) bool) {
			for i := range n {
				if !yield([]any{first + int64(i), w.users[login(i)], w.roles[deskRole], d.unit, d.app.Today(), "", "", 1, tx.Now()}, nil) {
					return
				}
			}
		})
		return join(err, access.Forget(ctx, tx))
	})
	if err != nil {
		return err
	}
	for i := range n {
		res, err := w.run(ctx, demoAdmin, "collection.session.open", "unit", d.unit.String(), "desk", "G"+strconv.Itoa(i), "opening_float", "100.00",
			"cashier", w.users[login(i)].String())
		if err != nil {
			return err
		}
		d.sessions = append(d.sessions, idOf(d.app.Registry.Find("collection.session.open"), res.Out))
		res, err = w.run(ctx, login(i), "me.token_add", "name", "desk", "expires_on", d.app.Today().AddDays(2).String())
		if err != nil {
			return err
		}
		d.tokens = append(d.tokens, secretIn(d.app.Registry.Find("me.token_add"), res.Out))
	}
	return nil
}

// customers makes the accounts that the bills are on.
func (d *desks) customers(ctx context.Context) error {
	var all []*customer.Supply
	since := d.app.Today()
	for i := range deskAccounts {
		code := fmt.Sprintf("D%05d", i)
		all = append(all, &customer.Supply{
			Customer: &customer.Customer{Code: code, UnitID: d.unit, Name: "Client " + code, Language: customer.French},
			Nature:   customer.Private, Since: since,
			Point:    &customer.ServicePoint{Code: code, UnitID: d.unit, Service: org.Water, Connection: customer.Individual},
			Contract: &customer.Contract{Code: code, UnitID: d.unit, Service: org.Water, StartsOn: since},
			Terms:    customer.Terms{Tariff: "T", Category: "DOM", VATUse: customer.DomesticUse, Households: 1},
		})
	}
	err := d.app.DB.Write(ctx, db.WriteOptions{NoGroup: true}, func(ctx context.Context, tx db.Tx) error {
		return customer.Insert(ctx, tx, customer.Origin{Reason: "bench", At: tx.Now()}, all...)
	})
	for _, s := range all {
		d.accounts = append(d.accounts, s.Contract.Account)
	}
	return err
}

// bills opens n bills, one account after the other.
func (d *desks) bills(ctx context.Context, n int) error {
	split := ledger.Split{
		{Service: ledger.Water, Nature: ledger.Principal, Amount: deskNet},
		{Service: ledger.Water, Nature: ledger.VAT, Rate: deskTaxRate, Amount: deskTax},
	}
	for at := 0; at < n; at += deskBills {
		made := make([]op.ID, 0, deskBills)
		err := d.app.DB.Write(ctx, db.WriteOptions{NoGroup: true}, func(ctx context.Context, tx db.Tx) error {
			made = made[:0]
			stamps, err := d.app.Ledger.StampsOf(ctx, tx, d.unit, ledger.Water, d.app.Today())
			if err != nil {
				return err
			}
			for i := at; i < min(at+deskBills, n); i++ {
				opened, err := d.app.Ledger.Open(ctx, tx, ledger.Opening{
					Posting: ledger.Posting{Account: d.accounts[i%len(d.accounts)], Stamps: stamps, On: d.app.Today(), Document: "F-" + strconv.Itoa(i)},
					Kind:    ledger.ItemBill, Split: split, Service: ledger.Water, Category: "DOM", LegalNature: "private",
				})
				if err != nil {
					return err
				}
				made = append(made, opened.Item.ID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		d.items = append(d.items, made...)
	}
	return nil
}

// account is that of a bill.
func (d *desks) account(bill int) op.ID { return d.accounts[bill%len(d.accounts)] }
