package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// date reads a date.
func date(s string) day.Date {
	d, err := day.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// desk lets every user do everything everywhere.
type desk struct{ run *op.Runner }

func (d *desk) Authenticate(_ context.Context, _ db.Reader, c op.Credential) (op.Actor, error) {
	if c.Channel == op.System {
		return op.Actor{Channel: op.System}, nil
	}
	if c.UserID != 0 {
		return op.Actor{UserID: c.UserID, Channel: c.Channel}, nil
	}
	var id int64
	_, err := fmt.Sscanf(c.Token, "user-%d", &id)
	return op.Actor{UserID: id, Login: c.Token, Channel: c.Channel}, err
}

func (d *desk) RightsOf(ctx context.Context, r db.Reader, _ int64) (*op.Rights, error) {
	top, err := d.run.Places.Top(ctx, r)
	all := map[string][]op.Root{}
	for _, right := range d.run.Registry.Rights() {
		all[right] = []op.Root{{Unit: top}}
	}
	return op.NewRights(all), err
}

func (d *desk) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	return true, nil
}

// house is the module on a database with a small organisation: an agency with two
// centres, an entity that holds everything.
type house struct {
	t       testing.TB
	db      *db.DB
	m       *Module
	run     *op.Runner
	clock   *dbtest.Clock
	entity  op.ID
	units   map[string]op.ID
	keys    int
	account op.ID
}

func schema(t testing.TB) db.MigrationSet {
	t.Helper()
	return dbtest.Migrations(t, op.Migrations(), org.Migrations(), Migrations())
}

// newHouse opens it on an engine, on 2 January 2026 at 10:00.
func newHouse(t testing.TB, engine string) *house {
	t.Helper()
	return newHouseSeen(t, engine, nil)
}

// newHouseSeen opens it with an interceptor.
func newHouseSeen(t testing.TB, engine string, seen db.Interceptor) *house {
	t.Helper()
	clock := dbtest.NewClock(time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC))
	d := dbtest.Open(t, engine, schema(t), db.Options{Now: clock.Now, MemberTimeout: time.Minute, Intercept: seen})
	places, registry := org.New(org.Options{}), op.NewRegistry()
	h := &house{t: t, db: d, m: New(Options{Places: places.Places()}), clock: clock, units: map[string]op.ID{}, account: 7001}
	places.Register(registry)
	h.m.Register(registry)
	op.RegisterApprovals(registry, op.Policy{})
	if err := registry.Check(); err != nil {
		t.Fatal(err)
	}
	guard := &desk{}
	h.run = &op.Runner{DB: d, Registry: registry, Guard: guard, Places: places.Places(), Now: clock.Now, Node: 1}
	guard.run = h.run
	err := h.run.Within(t.Context(), func(ctx context.Context, x *op.Exec) error {
		id, err := places.CreateTop(ctx, x, "DG", "Direction générale")
		h.units["DG"] = op.ID(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	add := func(code, kind, parent string) {
		h.units[code] = do[op.Saved](h, "org.unit.add", op.Input{
			"code": code, "kind": kind, "name": "Unité " + code, "parent": h.units[parent].String(), "opened_on": "2010-01-01",
		}).ID
	}
	add("DR1", "region", "DG")
	add("AG1", "agency_mixed", "DR1")
	add("C1", "centre", "AG1")
	add("C2", "centre", "AG1")
	h.entity = do[op.Saved](h, "org.entity.add", op.Input{"code": "ONEE", "name": "Office"}).ID
	do[struct{}](h, "org.unit.assign", op.Input{
		"id": h.units["DG"].String(), "entity": h.entity.String(), "services": []any{"water", "electricity", "sanitation"},
		"valid_from": "2010-01-01", "reason": "Ouverture",
	})
	return h
}

// as makes a request of a user.
func (h *house) as(user int64, name string, in op.Input) op.Request {
	h.keys++
	return op.Request{
		Name: name, Input: in, Key: fmt.Sprintf("k%d", h.keys), RequestID: "r1",
		Credential: op.Credential{Channel: op.API, Token: fmt.Sprintf("user-%d", user)},
	}
}

// do carries out an operation and reads its answer, of any type for struct{}.
func do[T any](h *house, name string, in op.Input) (out T) {
	h.t.Helper()
	res, err := h.run.Run(h.t.Context(), h.as(1, name, in))
	if err != nil {
		h.t.Fatalf("%s %v: %v", name, in, err)
	}
	if _, any := any(out).(struct{}); any {
		return out
	}
	out, ok := res.Out.(T)
	if !ok {
		h.t.Fatalf("%s: answer %T", name, res.Out)
	}
	return out
}

// refuse expects a refusal with a code, of the whole or of a field.
func (h *house) refuse(name string, in op.Input, code string) {
	h.t.Helper()
	q := h.as(1, name, in)
	var err error
	if h.run.Registry.Find(name).Kind == op.List {
		_, err = h.run.Rows(h.t.Context(), q, nil, func(any) error { return nil })
	} else {
		_, err = h.run.Run(h.t.Context(), q)
	}
	if !slices.Contains(codesOf(err), code) {
		h.t.Errorf("%s %v: %v, want %s", name, in, err, code)
	}
}

func codesOf(err error) []string {
	e := fault.As(err)
	if e == nil {
		return nil
	}
	out := []string{e.Code}
	for _, f := range e.Fields {
		out = append(out, f.Code)
	}
	return out
}

// write runs fn in a transaction.
func (h *house) write(fn func(ctx context.Context, tx db.Tx) error) error {
	return h.db.Write(h.t.Context(), db.WriteOptions{Keyed: true}, fn)
}

// must runs fn in a transaction and fails the test when it is refused.
func (h *house) must(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.write(fn); err != nil {
		h.t.Fatal(err)
	}
}

// read runs fn in a snapshot.
func (h *house) read(fn func(ctx context.Context, r db.Reader) error) {
	h.t.Helper()
	if err := h.db.Read(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// at moves the clock to a day, at ten in the morning.
func (h *house) at(s string) {
	d := date(s)
	y, m, n := d.Civil()
	h.clock.Advance(time.Date(y, m, n, 9, 0, 0, 0, time.UTC).Sub(h.clock.Now()))
}

// posting is one of centre C1 on a day.
func (h *house) posting(on string) Posting {
	return Posting{Account: h.account, On: date(on), Stamps: Stamps{Managing: h.units["C1"], Entity: h.entity}, Document: "D-" + on, Actor: 1}
}

// open opens an item.
func (h *house) open(o Opening) (out Opened) {
	h.t.Helper()
	h.must(func(ctx context.Context, tx db.Tx) (err error) {
		out, err = h.m.Open(ctx, tx, o)
		return err
	})
	return out
}

// bill opens a bill of water.
func (h *house) bill(on, net, vat string) Item {
	h.t.Helper()
	return h.open(Opening{Posting: h.posting(on), Kind: ItemBill, Split: taxed(net, vat), Service: Water, Category: "domestic", LegalNature: "private"}).Item
}

// receipt opens a receipt that pays an item.
func (h *house) receipt(on, tender, amount string, reserved bool, pay ...op.ID) Opened {
	h.t.Helper()
	o := Opening{Posting: h.posting(on), Kind: ItemReceipt, Split: Received(dh(amount)), Service: Other, Tender: tender, Reserved: reserved}
	for _, item := range pay {
		o.Pay = append(o.Pay, Pay{item, dh(amount)})
	}
	return h.open(o)
}

// balances are the accounts that are not at zero, as text, in order.
func (h *house) balances(at AsOf) (out []string) {
	h.t.Helper()
	h.read(func(ctx context.Context, r db.Reader) error {
		rows, err := trialBalance(ctx, r, at, false, nil)
		for _, b := range rows {
			if b.Balance != 0 {
				out = append(out, b.Account+" "+b.Balance.String())
			}
		}
		return err
	})
	return out
}

// expect compares the balances of the whole journal.
func (h *house) expect(what string, want ...string) {
	h.t.Helper()
	if got := h.balances(AsOf{}); !slices.Equal(got, want) {
		h.t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// approveAll lets a second person approve what waits.
func (h *house) approveAll() {
	h.t.Helper()
	var waiting []op.Proposal
	_, err := h.run.Rows(h.t.Context(), h.as(2, "approval.list", op.Input{"state": "waiting"}), nil, func(row any) error {
		if p, ok := row.(op.Proposal); ok {
			waiting = append(waiting, p)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range waiting {
		in := op.Input{"id": p.ID.String(), "version": json.Number(fmt.Sprint(p.Version))}
		if _, err := h.run.Run(h.t.Context(), h.as(2, "approval.approve", in)); err != nil {
			h.t.Fatal(err)
		}
	}
}
