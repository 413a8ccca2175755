package metering_test

import (
	"context"
	"os"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/customer"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) { os.Exit(apptest.Main(m, &kit)) }

// place is a program with some contracts.
type place struct {
	*apptest.World
	// contracts by code.
	contracts map[string]*customer.Supply
}

// onBoth runs a test on both engines.
func onBoth(t *testing.T, fn func(t *testing.T, p *place)) {
	t.Helper()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		fn(t, &place{World: w, contracts: map[string]*customer.Supply{}})
	})
}

func date(t testing.TB, s string) day.Date {
	t.Helper()
	d, err := day.Parse(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

func quantity(t testing.TB, s string) money.Quantity {
	t.Helper()
	q, err := money.ParsePlain[money.Quantity](s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return q
}

// supply is a customer with a contract at a point of its own, in the unit C11.
func (p *place) supply(code string, service org.Service, category string, from day.Date) *customer.Supply {
	s := &customer.Supply{
		Customer: &customer.Customer{Code: "K" + code, UnitID: p.Units["C11"], Name: "Client " + code, Language: customer.French},
		Nature:   customer.Private, Since: from,
		Point:    &customer.ServicePoint{Code: "P" + code, UnitID: p.Units["C11"], Service: service, Address: "Rue " + code, Connection: customer.Individual},
		Contract: &customer.Contract{Code: code, UnitID: p.Units["C11"], Service: service, StartsOn: from},
		Terms:    customer.Terms{Tariff: "T", Category: category, VATUse: customer.DomesticUse, Households: 1},
	}
	p.contracts[code] = s
	return s
}

// write inserts supplies.
func (p *place) write(supplies ...*customer.Supply) {
	p.Helper()
	err := p.App.DB.Write(p.Context(), db.WriteOptions{NoGroup: true}, func(ctx context.Context, tx db.Tx) error {
		return customer.Insert(ctx, tx, customer.Origin{Reason: "Essai", At: tx.Now()}, supplies...)
	})
	if err != nil {
		p.Fatal(err)
	}
}

// imported imports a file, its right rows alone, and gives its report.
func (p *place) imported(operation, name string, body []byte, more op.Input) intake.Report {
	p.Helper()
	in := op.Input{"unit": p.Units["C11"].String(), "mode": "valid"}
	for k, v := range more {
		in[k] = v
	}
	return p.Imported(operation, name, string(body), in)
}

// exec changes the database behind the program's back.
func (p *place) exec(sql string, args ...any) {
	p.Helper()
	err := p.App.DB.Write(p.Context(), db.WriteOptions{NoGroup: true}, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
}
