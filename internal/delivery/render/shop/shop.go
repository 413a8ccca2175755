// Package shop is a small invented office for the tests of the deliveries: a few
// operations of every kind over one table, on the real runner and a real
// database. No program imports it.
package shop

import (
	"context"
	"testing/fstest"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

// The units of the office.
const (
	TopUnit   = 1
	NorthUnit = 2
	SouthUnit = 3
)

// The tokens of its people, of the shape of real ones.
const (
	TokenHead  = "wasl_t_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	TokenChief = "wasl_t_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
	TokenNorth = "wasl_t_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA"
	TokenGuest = "wasl_t_DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDA"
)

// The people: head and chief may do everything everywhere, north everything in
// the northern unit, guest nothing.
const (
	Head  = 11
	Chief = 12
	North = 13
	Guest = 14
)

// Table is the migration of the office.
func Table() fstest.MapFS {
	return fstest.MapFS{"9001_shop.sql": {Data: []byte(schema)}}
}

// New makes the runner of the office on a database that has Table, and its queue.
func New(d *db.DB, now func() time.Time) (*op.Runner, *job.Queue) {
	r := &op.Runner{DB: d, Registry: Registry(), Now: now, Node: 1, Places: places{}}
	r.Guard = guard{r.Registry}
	q := job.New(r, job.Options{Worker: "test", Workers: -1})
	r.Queue = q
	q.Register(r.Registry)
	return r, q
}

// guard knows four people.
type guard struct{ registry *op.Registry }

// Authenticate finds a person by token, login or id.
func (guard) Authenticate(_ context.Context, _ db.Reader, c op.Credential) (op.Actor, error) {
	if c.Channel == op.System {
		return op.Actor{Channel: op.System}, nil
	}
	for _, p := range []struct {
		id           int64
		login, token string
	}{{Head, "head", TokenHead}, {Chief, "chief", TokenChief}, {North, "north", TokenNorth}, {Guest, "guest", TokenGuest}} {
		if c.Token != "" && c.Token == p.token || c.Token == "" && (c.Login == p.login || c.UserID == p.id) {
			return op.Actor{UserID: p.id, Login: p.login, Name: p.login, Channel: c.Channel}, nil
		}
	}
	if c.Token != "" || c.Login != "" {
		return op.Actor{}, fault.New(fault.Unauthenticated, "unauthenticated")
	}
	return op.Actor{Channel: c.Channel}, nil
}

// RightsOf gives every right to the heads, those of one unit to the north.
func (g guard) RightsOf(_ context.Context, _ db.Reader, user int64) (*op.Rights, error) {
	unit := int64(TopUnit)
	switch user {
	case Guest:
		return op.NewRights(nil), nil
	case North:
		unit = NorthUnit
	}
	rights := map[string][]op.Root{}
	for _, name := range g.registry.Rights() {
		rights[name] = []op.Root{{Unit: unit}}
	}
	return op.NewRights(rights), nil
}

// SecondApprover is always there.
func (guard) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	return true, nil
}

// places is one top unit with two others below it.
type places struct{}

// Within says whether a unit is the root or below it.
func (places) Within(_ context.Context, _ db.Reader, unit, root int64, _ day.Date) (bool, error) {
	return unit == root || root == TopUnit, nil
}

// Top is the top unit.
func (places) Top(context.Context, db.Reader) (int64, error) { return TopUnit, nil }

// Filter narrows to the units of the scope.
func (places) Filter(w *db.Where, column string, s op.Scope) {
	for _, root := range s.Roots {
		if root == TopUnit {
			return
		}
	}
	w.In(column, s.Roots)
}

// Kind is what a thing is.
type Kind string

// EnumName is the prefix of the texts.
func (Kind) EnumName() string { return "shop_kind" }

// EnumValues are the kinds.
func (Kind) EnumValues() []string { return []string{"tool", "part"} }

// Thing is a record of the office.
type Thing struct {
	ID      op.ID        `json:"id"`
	Code    string       `json:"code"`
	Name    string       `json:"name"`
	Amount  money.Amount `json:"amount"`
	Count   int64        `json:"count"`
	Kind    Kind         `json:"kind"`
	Since   day.Date     `json:"since"`
	NotedAt time.Time    `json:"noted_at,omitzero"`
	Active  bool         `json:"active"`
	Unit    op.ID        `json:"unit" out:"ref=unit"`
	Version int64        `json:"version"`
	Tags    []string     `json:"tags"`
}

// PageKey is the thing's place in its list.
func (t Thing) PageKey(sort string) []string {
	if sort == "noted_at" {
		return []string{op.KeyText(t.NotedAt), t.ID.String()}
	}
	return []string{t.Code, t.ID.String()}
}
