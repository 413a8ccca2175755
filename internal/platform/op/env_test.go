package op

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/testkit/dbtest"
)

// now is the instant every clock of these tests starts at: Monday 16 March 2026.
func now() time.Time { return time.Date(2026, 3, 16, 10, 0, 0, 0, time.UTC) }

const shopTables = `-- +goose Up
CREATE TABLE thing (
  id {int} NOT NULL PRIMARY KEY,
  unit_id {int} NOT NULL,
  name {text} NOT NULL,
  amount {int} NOT NULL,
  version {int} NOT NULL
) {lookup};
CREATE TABLE thing_seen (
  thing_id {int} NOT NULL PRIMARY KEY,
  times {int} NOT NULL
) {control};
`

// The units of the tests: 1 is the top, 10 and 20 are below it, 11 below 10.
func parentOf(unit int64) int64 {
	return map[int64]int64{10: 1, 11: 10, 20: 1}[unit]
}

// The people of the tests.
const (
	admin    = 1 // everything, everywhere
	clerk    = 2 // everything over 10, up to 1 000.00
	second   = 3 // approves everywhere
	nobody   = 4 // no right
	sibling  = 5 // everything over 20
	outside  = 6 // approves over 20 only
	newcomer = 7 // must change his password first
)

// people is a Guard over fixed users.
type people struct {
	mu     sync.Mutex
	gone   map[int64]bool
	rights map[int64]map[string][]Root
	alone  bool
}

func (p *people) Authenticate(_ context.Context, _ db.Reader, c Credential) (Actor, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Channel == System {
		return Actor{Channel: System}, nil
	}
	id := c.UserID
	if c.Token != "" {
		n, err := strconv.ParseInt(c.Token, 10, 64)
		if err != nil {
			return Actor{}, fault.New(fault.Unauthenticated, "session.unknown")
		}
		id = n
	}
	if p.gone[id] {
		return Actor{}, fault.New(fault.Unauthenticated, "user.locked")
	}
	return Actor{UserID: id, Login: fmt.Sprint("u", id), Channel: c.Channel, MustChangePassword: id == newcomer}, nil
}

func (p *people) RightsOf(_ context.Context, _ db.Reader, user int64) (*Rights, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return NewRights(p.rights[user]), nil
}

func (p *people) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.alone, nil
}

func (p *people) set(user int64, right string, roots ...Root) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rights[user][right] = roots
}

func (p *people) leave(user int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone[user] = true
}

// forest is the organisation of the tests.
type forest struct{}

func (forest) Within(_ context.Context, _ db.Reader, unit, root int64, _ day.Date) (bool, error) {
	return below(unit, root), nil
}

func below(unit, root int64) bool {
	for ; unit != 0; unit = parentOf(unit) {
		if unit == root {
			return true
		}
	}
	return false
}

func (forest) Top(context.Context, db.Reader) (int64, error) { return 1, nil }

func (forest) Filter(w *db.Where, column string, s Scope) {
	var in []int64
	for _, unit := range []int64{1, 10, 11, 20} {
		for _, root := range s.Roots {
			if below(unit, root) && !slices.Contains(in, unit) {
				in = append(in, unit)
			}
		}
	}
	w.In(column, in)
}

// shelf is a queue that keeps what it was given.
type shelf struct {
	mu   sync.Mutex
	kept []StepInput
}

func (q *shelf) Enqueue(ctx context.Context, x *Exec, input []byte, _ any) (ID, error) {
	id, err := x.Tx.NewID(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.kept = append(q.kept, StepInput{Operation: x.Def.Name, Input: input, Actor: x.Actor, Rights: x.Rights, RequestID: x.RequestID, Unit: 1})
	return ID(id), err
}

// drawer is a file store that counts.
type drawer struct {
	mu   sync.Mutex
	kept []string
}

func (d *drawer) Put(_ context.Context, source io.Reader, _ int64) (file.Ref, error) {
	body, err := io.ReadAll(source)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = append(d.kept, string(body))
	return file.Ref{}, err
}

// hooks is an interceptor made of functions; nil ones do nothing.
type hooks struct {
	mu     sync.Mutex
	before func(c db.Call) error
	after  func(c db.Call, err error) error
}

func (h *hooks) set(before func(c db.Call) error, after func(c db.Call, err error) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.before, h.after = before, after
}

func (h *hooks) Before(_ context.Context, c db.Call) error {
	h.mu.Lock()
	fn := h.before
	h.mu.Unlock()
	if fn == nil {
		return nil
	}
	return fn(c)
}

func (h *hooks) After(_ context.Context, c db.Call, err error) error {
	h.mu.Lock()
	fn := h.after
	h.mu.Unlock()
	if fn == nil {
		return err
	}
	return fn(c, err)
}

// env is the shop on a database.
type env struct {
	*testing.T
	db     *db.DB
	run    *Runner
	people *people
	clock  *dbtest.Clock
	queue  *shelf
	files  *drawer
	hooks  *hooks
	shop   *shop

	mu     sync.Mutex
	events []Event
}

// onEach runs a test on every engine.
func onEach(t *testing.T, fn func(e *env)) {
	t.Helper()
	set := shopSet(t)
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock, h := dbtest.NewClock(now()), &hooks{}
			fn(newEnv(t, dbtest.Open(t, engine, set, db.Options{Now: clock.Now, Intercept: h}), clock, h))
		})
	}
}

func shopSet(t testing.TB) db.MigrationSet {
	t.Helper()
	return dbtest.Migrations(t, Migrations(), fstest.MapFS{"9001_shop.sql": {Data: []byte(shopTables)}})
}

func newEnv(t *testing.T, d *db.DB, clock *dbtest.Clock, h *hooks) *env {
	t.Helper()
	e := &env{T: t, db: d, clock: clock, queue: &shelf{}, files: &drawer{}, hooks: h, shop: &shop{}}
	e.people = &people{gone: map[int64]bool{}, rights: map[int64]map[string][]Root{}}
	registry := NewRegistry()
	e.shop.register(registry)
	RegisterApprovals(registry, Policy{})
	RegisterAudit(registry)
	if err := registry.Check(); err != nil {
		t.Fatal(err)
	}
	for user := int64(admin); user <= newcomer; user++ {
		e.people.rights[user] = map[string][]Root{}
	}
	limit := money.Amount(100_000)
	for _, right := range registry.Rights() {
		if !isApproval(right) {
			e.people.set(admin, right, Root{Unit: 1})
			e.people.set(clerk, right, Root{Unit: 10, Limit: &limit})
			e.people.set(sibling, right, Root{Unit: 20})
			e.people.set(newcomer, right, Root{Unit: 1})
			continue
		}
		e.people.set(admin, right, Root{Unit: 1})
		e.people.set(second, right, Root{Unit: 1})
		e.people.set(outside, right, Root{Unit: 20})
	}
	e.run = &Runner{
		DB: d, Registry: registry, Guard: e.people, Places: forest{}, Queue: e.queue, Now: clock.Now, Node: 1, Files: e.files,
		Observe: func(v Event) { e.mu.Lock(); defer e.mu.Unlock(); e.events = append(e.events, v) },
	}
	return e
}

func isApproval(right string) bool { return len(right) > 8 && right[len(right)-8:] == ApproveSuffix }

func as(user int64) Credential {
	return Credential{Channel: API, Token: strconv.FormatInt(user, 10)}
}

// ask carries out an operation.
func (e *env) ask(user int64, name string, in Input) (Result, error) {
	return e.run.Run(e.Context(), Request{Name: name, Credential: as(user), Input: in, RequestID: "test"})
}

// askKey is ask under a key.
func (e *env) askKey(user int64, name, key string, in Input) (Result, error) {
	return e.run.Run(e.Context(), Request{Name: name, Credential: as(user), Input: in, Key: key})
}

// must is ask that fails the test.
func (e *env) must(user int64, name string, in Input) Result {
	e.Helper()
	res, err := e.ask(user, name, in)
	if err != nil {
		e.Fatalf("%s: %v", name, err)
	}
	return res
}

// refused checks an error's kind and code.
func (e *env) refused(what string, err error, kind fault.Kind, code string) {
	e.Helper()
	if fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		e.Errorf("%s: got %v, want %s %s", what, err, kind, code)
	}
}

// number reads one integer.
func (e *env) number(sql string, args ...any) (n int64) {
	e.Helper()
	err := e.db.Read(e.Context(), func(ctx context.Context, r db.Reader) (err error) {
		n, err = db.Value[int64](ctx, r, sql, args...)
		return err
	})
	if err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
	return n
}

// texts reads one column of texts.
func (e *env) texts(sql string, args ...any) (out []string) {
	e.Helper()
	err := e.db.Read(e.Context(), func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.All(ctx, r, func(rows db.Rows) (s string, err error) {
			err = rows.Scan(&s)
			return s, err
		}, sql, args...)
		return err
	})
	if err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
	return out
}

// exec changes the database behind the program's back.
func (e *env) exec(sql string, args ...any) (n int64) {
	e.Helper()
	err := e.db.Write(e.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.Exec(ctx, sql, args...)
		return err
	})
	if err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
	return n
}

// add puts a thing there and gives its id.
func (e *env) add(unit int64, name string) ID {
	e.Helper()
	return e.must(admin, "shop.thing.add", Input{"unit": ID(unit).String(), "name": name}).Out.(thingRef).ID
}

// shop is the module of these tests.
type shop struct {
	mu sync.Mutex
	// trouble is what the consumer answers after its effect.
	trouble error
	// inside is called by shop.thing.add before it writes.
	inside func(ctx context.Context, x *Exec) error
	// token is what the secret operations give.
	tokens int
}

func (s *shop) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = err
}

type thing struct {
	ID      ID           `json:"id"`
	Unit    ID           `json:"unit" out:"ref=unit"`
	Name    string       `json:"name"`
	Amount  money.Amount `json:"amount"`
	Version int64        `json:"version"`
}

func (t thing) PageKey(sort string) []string {
	if sort == "id" {
		return []string{t.ID.String()}
	}
	return []string{KeyText(t.Name), KeyText(t.ID)}
}

type thingRef struct {
	ID ID `json:"id" in:"required"`
}

type thingAdd struct {
	Unit   ID            `json:"unit" in:"required"`
	Name   string        `json:"name" in:"required,max=40"`
	Amount *money.Amount `json:"amount"`
}

type thingSet struct {
	ID      ID            `json:"id" in:"required"`
	Version int64         `json:"version" in:"required,min=1"`
	Name    *string       `json:"name"`
	Amount  *money.Amount `json:"amount"`
}

type nothing struct{}

type secretIn struct {
	Name string `json:"name"`
	Word string `json:"word" in:"required,secret"`
}

type secretOut struct {
	Shown string `json:"shown"`
	Token string `json:"token,omitempty" out:"secret"`
}

type fileIn struct {
	Unit ID      `json:"unit" in:"required"`
	File *Upload `json:"file"`
}

func (s *shop) register(r *Registry) {
	add := CommandHandler[thingAdd, thingRef]{
		Locks: func(in thingAdd) []int64 { return []int64{int64(in.Unit)} },
		Targets: func(_ context.Context, _ *Exec, in thingAdd) ([]Target, error) {
			return []Target{{Unit: int64(in.Unit), Amount: in.Amount}}, nil
		},
		Do: s.add,
	}
	RegisterCommand(r, Spec{Name: "shop.thing.add", Path: "/things"}, add)
	set := CommandHandler[thingSet, thingRef]{Locks: func(in thingSet) []int64 { return []int64{int64(in.ID)} }, Targets: thingTargets, Do: setThing}
	RegisterCommand(r, Spec{Name: "shop.thing.set", Path: "/things/{id}", Versioned: true, Conflicts: []string{"shop.thing.add"}}, set)
	RegisterCommand(r, Spec{Name: "shop.thing.sell", Path: "/things/{id}/sell", Versioned: true, FourEyes: true}, set)
	RegisterCommand(r, Spec{Name: "shop.thing.solo", Path: "/things/{id}/solo", Versioned: true, FourEyes: true, SoleAllowed: true}, set)
	RegisterCommand(r, Spec{Name: "shop.thing.buy", Path: "/things/buy", FourEyes: true}, add)
	RegisterList(r, Spec{Name: "shop.thing.list", Path: "/things"}, ListHandler[nothing, thing]{Sorts: []string{"name", "-id"}, Rows: listThings})
	RegisterGet(r, Spec{Name: "shop.thing.show", Path: "/things/{id}"}, GetHandler[thingRef, thing]{
		Targets: func(ctx context.Context, x *Exec, in thingRef) ([]Target, error) {
			t, err := findThing(ctx, x.R, in.ID)
			return []Target{{Unit: int64(t.Unit)}}, err
		},
		Do: func(ctx context.Context, x *Exec, in thingRef) (thing, error) { return findThing(ctx, x.R, in.ID) },
	})
	count := func(ctx context.Context, x *Exec, _ nothing) (thingRef, error) {
		return thingRef{ID: 7}, x.Change("shop", 7, "shop", nil, map[string]any{"open": true})
	}
	RegisterCommand(r, Spec{Name: "shop.open", Path: "/shop/open", Central: true}, CommandHandler[nothing, thingRef]{Do: count})
	RegisterCommand(r, Spec{Name: "shop.console", Path: "/shop/console", Central: true, ConsoleOnly: true}, CommandHandler[nothing, thingRef]{Do: count})
	RegisterCommand(r, Spec{Name: "shop.token", Path: "/shop/token", Access: Signed}, CommandHandler[secretIn, secretOut]{Do: s.token})
	RegisterCommand(r, Spec{Name: "shop.knock", Path: "/shop/knock", Access: Anyone}, CommandHandler[secretIn, secretOut]{Do: s.knock})
	RegisterCommand(r, Spec{Name: "shop.file", Path: "/shop/file"}, CommandHandler[fileIn, thingRef]{
		Targets: func(_ context.Context, _ *Exec, in fileIn) ([]Target, error) {
			return []Target{{Unit: int64(in.Unit)}}, nil
		},
		Do: func(context.Context, *Exec, fileIn) (thingRef, error) { return thingRef{ID: 1}, nil },
	})
	s.registerJob(r)
	r.Consume(Consumer{Topic: "shop.added", Name: "seen", Handle: s.seen})
}

func thingTargets(ctx context.Context, x *Exec, in thingSet) ([]Target, error) {
	t, err := findThing(ctx, x.R, in.ID)
	return []Target{{Unit: int64(t.Unit), Amount: in.Amount}}, err
}

func findThing(ctx context.Context, r db.Reader, id ID) (thing, error) {
	var t thing
	found, err := db.ScanOne(ctx, r, `SELECT id, unit_id, name, amount, version FROM thing WHERE id = $1`, []any{id}, &t.ID, &t.Unit, &t.Name, &t.Amount, &t.Version)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "thing.unknown")
	}
	return t, err
}

func (s *shop) add(ctx context.Context, x *Exec, in thingAdd) (thingRef, error) {
	if s.inside != nil {
		if err := s.inside(ctx, x); err != nil {
			return thingRef{}, err
		}
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return thingRef{}, err
	}
	t := thing{ID: ID(id), Unit: in.Unit, Name: in.Name, Version: 1}
	if in.Amount != nil {
		t.Amount = *in.Amount
	}
	if _, err := x.Tx.Exec(ctx, `INSERT INTO thing (id, unit_id, name, amount, version) VALUES ($1, $2, $3, $4, 1)`, id, t.Unit, t.Name, t.Amount); err != nil {
		return thingRef{}, err
	}
	x.Emit("shop.added", thingRef{ID: t.ID})
	after := t
	after.ID = 0
	return thingRef{ID: t.ID}, x.Change("thing", id, t.Name, nil, after)
}

func setThing(ctx context.Context, x *Exec, in thingSet) (thingRef, error) {
	t, err := findThing(ctx, x.R, in.ID)
	if err != nil {
		return thingRef{}, err
	}
	if err := CheckVersion(t.Version, in.Version); err != nil {
		return thingRef{}, err
	}
	before := t
	if in.Name != nil {
		t.Name = *in.Name
	}
	if in.Amount != nil {
		t.Amount = *in.Amount
	}
	t.Version++
	_, err = x.Tx.Exec(ctx, `UPDATE thing SET name = $1, amount = $2, version = $3 WHERE id = $4 AND version = $5`, t.Name, t.Amount, t.Version, t.ID, in.Version)
	if err != nil {
		return thingRef{}, err
	}
	return thingRef{ID: t.ID}, x.Change("thing", int64(t.ID), t.Name, before, t)
}

func listThings(ctx context.Context, x *Exec, _ nothing) iter.Seq2[thing, error] {
	var w db.Where
	x.Filter(&w, "unit_id")
	order := x.Keyset(&w, map[string][]string{"name": {"name", "#id"}, "id": {"#id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (t thing, err error) {
		err = rows.Scan(&t.ID, &t.Unit, &t.Name, &t.Amount, &t.Version)
		return t, err
	}, `SELECT id, unit_id, name, amount, version FROM thing`+w.SQL()+order, w.Args()...)
}

func (s *shop) token(_ context.Context, x *Exec, in secretIn) (secretOut, error) {
	s.mu.Lock()
	s.tokens++
	out := secretOut{Shown: "abc…", Token: "secret-" + strconv.Itoa(s.tokens)}
	s.mu.Unlock()
	return out, x.Change("token", 1, in.Name, nil, out)
}

// knock refuses every word but "open" and counts the refusals in thing_seen.
func (s *shop) knock(ctx context.Context, x *Exec, in secretIn) (secretOut, error) {
	if in.Word == "open" {
		return secretOut{Shown: "in", Token: "door"}, x.Change("door", 1, in.Name, nil, map[string]any{"open": true})
	}
	_, err := x.Tx.Exec(ctx, `INSERT INTO thing_seen (thing_id, times) VALUES (0, 1) ON CONFLICT (thing_id) DO UPDATE SET times = thing_seen.times + 1`)
	return secretOut{}, errors.Join(err, Keep(fault.New(fault.Unauthenticated, "door.closed")))
}

// seen counts each thing told by an event.
func (s *shop) seen(ctx context.Context, tx db.Tx, payload []byte) error {
	in, err := FromJSON(payload)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(in["id"].(string), 10, 64)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO thing_seen (thing_id, times) VALUES ($1, 1) ON CONFLICT (thing_id) DO UPDATE SET times = thing_seen.times + 1`, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(err, s.trouble)
}

type bulkIn struct {
	Count int64        `json:"count" in:"required,min=1,max=100"`
	Part  money.Amount `json:"part"`
}

type bulkState struct {
	At int64 `json:"at"`
}

// registerJob adds shop.bulk, which adds things one by one.
func (s *shop) registerJob(r *Registry) {
	RegisterJob(r, Spec{Name: "shop.bulk", Path: "/shop/bulk", Central: true}, JobHandler[bulkIn, bulkState]{
		Plan: func(_ context.Context, _ *Exec, in bulkIn) (bulkState, int64, error) {
			return bulkState{}, in.Count, nil
		},
		Chunk: func(ctx context.Context, x *Exec, in bulkIn, st *bulkState) (int64, bool, error) {
			st.At++
			_, err := s.add(ctx, x, thingAdd{Unit: 10, Name: fmt.Sprint("bulk ", st.At), Amount: &in.Part})
			return st.At, st.At == in.Count, err
		},
		Finish: func(_ context.Context, _ *Exec, _ bulkIn, st bulkState) (any, error) {
			return map[string]int64{"made": st.At}, nil
		},
		Cancel: func(ctx context.Context, x *Exec, _ bulkIn, st bulkState) error {
			n, err := x.Tx.Exec(ctx, `DELETE FROM thing WHERE name LIKE 'bulk%'`)
			if err == nil && n != st.At {
				err = fault.New(fault.Internal, "bulk.count", "removed", n, "made", st.At)
			}
			return err
		},
	})
}
