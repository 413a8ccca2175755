package access_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/access"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// Units of the tests: a top with two regions.
//
//	1 ── 10 ── 11 ── 111, 112
//	 │    └─── 12 ── 121
//	 └── 20 ── 21 ── 211
const (
	top     = 1
	regionA = 10
	agencyA = 11
	centreA = 111
	centreB = 112
	agencyB = 12
	regionB = 20
	agencyC = 21
)

// tree is an organisation that never changes.
type tree struct{}

func parents() map[int64]int64 {
	return map[int64]int64{1: 0, 10: 1, 11: 10, 111: 11, 112: 11, 12: 10, 121: 12, 20: 1, 21: 20, 211: 21}
}

func (tree) Within(_ context.Context, _ db.Reader, unit, root int64, _ day.Date) (bool, error) {
	return below(unit, root), nil
}

func below(unit, root int64) bool {
	up := parents()
	for ; unit != 0; unit = up[unit] {
		if unit == root {
			_, exists := up[unit]
			return exists
		}
	}
	return false
}

func (tree) Top(context.Context, db.Reader) (int64, error) { return top, nil }

func (tree) Filter(w *db.Where, column string, s op.Scope) {
	var in []int64
	for unit := range parents() {
		if slices.ContainsFunc(s.Roots, func(root int64) bool { return below(unit, root) }) {
			in = append(in, unit)
		}
	}
	slices.Sort(in)
	w.In(column, in)
}

func (tree) Cards(_ context.Context, _ db.Reader, ids []int64, _ day.Date) (map[int64]access.UnitCard, error) {
	out := map[int64]access.UnitCard{}
	for _, id := range ids {
		if _, exists := parents()[id]; exists {
			kind := []string{"central", "region", "agency_service", "centre"}[min(3, depth(id))]
			out[id] = access.UnitCard{Code: "U" + strconv.FormatInt(id, 10), Name: "Unit " + strconv.FormatInt(id, 10), Kind: kind}
		}
	}
	return out, nil
}

func depth(id int64) int {
	n := -1
	for ; id != 0; id = parents()[id] {
		n++
	}
	return n
}

func (tree) CountWithin(_ context.Context, _ db.Reader, root int64, _ day.Date) (n int64, _ error) {
	for unit := range parents() {
		if below(unit, root) {
			n++
		}
	}
	return n, nil
}

func (tree) CreateTop(_ context.Context, x *op.Exec, code, name string) (int64, error) {
	return top, x.Change("unit", top, name, nil, map[string]any{"code": code})
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// env is a program with the access module alone.
type env struct {
	t     testing.TB
	d     *db.DB
	m     *access.Module
	r     *op.Runner
	reg   *op.Registry
	clock *clock
	admin op.ID
}

const goodPassword = "violet-otter-crosses-42"

type cashInput struct {
	Unit   op.ID        `json:"unit" in:"required"`
	Amount money.Amount `json:"amount"`
}

type cashOutput struct {
	Done bool `json:"done"`
}

// registerCash brings operations of another module: money within a limit, and
// four eyes that are never one pair.
func registerCash(r *op.Registry) {
	h := op.CommandHandler[cashInput, cashOutput]{
		Targets: func(_ context.Context, _ *op.Exec, in cashInput) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.Unit), Amount: &in.Amount}}, nil
		},
		Do: func(_ context.Context, x *op.Exec, in cashInput) (cashOutput, error) {
			return cashOutput{Done: true}, x.Change("cash", int64(in.Unit), "cash", nil, map[string]any{"amount": in.Amount})
		},
	}
	op.RegisterCommand(r, op.Spec{Name: "cash.desk.collect", Path: "/cash/collect", Conflicts: []string{"cash.desk.close"}}, h)
	op.RegisterCommand(r, op.Spec{Name: "cash.desk.close", Path: "/cash/close"}, h)
	op.RegisterCommand(r, op.Spec{Name: "cash.desk.refund", Path: "/cash/refund", FourEyes: true}, h)
}

func migrationSet(t testing.TB) db.MigrationSet {
	return dbtest.Migrations(t, op.Migrations(), access.Migrations())
}

// start is a Sunday morning in Morocco.
func start() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }

func newEnv(t testing.TB, engine string) *env {
	t.Helper()
	return newEnvWith(t, engine, auth.TestParams())
}

func newEnvWith(t testing.TB, engine string, params auth.Params) *env {
	t.Helper()
	e := &env{t: t, clock: &clock{now: start()}, reg: op.NewRegistry()}
	e.d = dbtest.Open(t, engine, migrationSet(t), db.Options{Now: e.clock.Now})
	hasher, err := auth.NewHasher(params, 4, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e.m = access.New(access.Options{
		DB: e.d, Hasher: hasher, Random: rand.Reader, Session: auth.DefaultSession(), Throttle: auth.DefaultThrottle(),
		Places: tree{}, Units: tree{}, Top: tree{},
	})
	e.m.Register(e.reg)
	op.RegisterApprovals(e.reg, op.Policy{ConsoleApproves: true})
	registerCash(e.reg)
	if err := e.reg.Check(); err != nil {
		t.Fatal(err)
	}
	e.r = &op.Runner{DB: e.d, Registry: e.reg, Guard: e.m, Places: tree{}, Now: e.clock.Now, Node: 1}
	return e
}

// each runs a parallel subtest per engine with the first administrator "root".
func each(t *testing.T, fn func(e *env)) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t, engine)
			e.setup()
			fn(e)
		})
	}
}

func (e *env) setupLink() string {
	e.t.Helper()
	var link string
	e.write(func(ctx context.Context, tx db.Tx) error {
		token, err := e.m.IssueSetupToken(ctx, tx)
		link = token.Reveal()
		return err
	})
	return link
}

func setupInput(link string) op.Input {
	return op.Input{"link": link, "login": "root", "name": "Zineb Alami", "password": goodPassword, "unit_code": "SIEGE", "unit_name": "Siège"}
}

func (e *env) setup() {
	e.t.Helper()
	out := e.must(op.Credential{Channel: op.Web}, "access.setup", setupInput(e.setupLink())).Out.(access.SetupAnswer)
	e.admin = out.User
}

func (e *env) write(fn func(ctx context.Context, tx db.Tx) error) {
	e.t.Helper()
	if err := e.d.Write(e.t.Context(), db.WriteOptions{}, fn); err != nil {
		e.t.Fatal(err)
	}
}

func (e *env) exec(sql string, args ...any) {
	e.t.Helper()
	e.write(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

func (e *env) count(sql string, args ...any) (n int64) {
	e.t.Helper()
	err := e.d.Read(e.t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		n, err = db.Value[int64](ctx, r, sql, args...)
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return n
}

// as is somebody at the local command line.
func as(login string) op.Credential { return op.Credential{Channel: op.Console, Login: login} }

// browser is somebody with a session.
func browser(token string) op.Credential {
	return op.Credential{Channel: op.Web, Token: token, Address: "10.0.0.1"}
}

func (e *env) run(c op.Credential, name string, in op.Input) (op.Result, error) {
	return e.r.Run(e.t.Context(), op.Request{Name: name, Credential: c, Input: in})
}

func (e *env) must(c op.Credential, name string, in op.Input) op.Result {
	e.t.Helper()
	res, err := e.run(c, name, in)
	if err != nil {
		e.t.Fatalf("%s: %v", name, err)
	}
	return res
}

// refused runs and expects a refusal with a code; for a field fault, the code of
// the first field.
func (e *env) refused(c op.Credential, name string, in op.Input, code string) {
	e.t.Helper()
	_, err := e.run(c, name, in)
	if got := codeOf(err); got != code {
		e.t.Fatalf("%s: got %q (%v), want %q", name, got, err, code)
	}
}

func codeOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return f.Fields[0].Code
	}
	return fault.CodeOf(err)
}

func (e *env) list(c op.Credential, name string, in op.Input) []any {
	e.t.Helper()
	rows, err := e.rows(op.Request{Name: name, Credential: c, Input: in})
	if err != nil {
		e.t.Fatalf("%s: %v", name, err)
	}
	return rows
}

func (e *env) rows(q op.Request) ([]any, error) {
	var rows []any
	_, err := e.r.Rows(e.t.Context(), q, nil, func(row any) error {
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

// user makes a user without password.
func (e *env) user(login string, unit int64) op.ID {
	e.t.Helper()
	return e.must(as("root"), "access.user.add", op.Input{"login": login, "name": "Person " + login, "unit": id(unit)}).Out.(access.NewUser).ID
}

// member makes a user with goodPassword.
func (e *env) member(login string, unit int64) op.ID {
	e.t.Helper()
	u := e.must(as("root"), "access.user.add", op.Input{"login": login, "name": "Person " + login, "unit": id(unit)}).Out.(access.NewUser)
	e.must(op.Credential{Channel: op.Web}, "access.invitation", op.Input{"link": u.Link, "password": goodPassword})
	return u.ID
}

func (e *env) role(code string, rights ...string) op.ID {
	e.t.Helper()
	list := make([]any, len(rights))
	for i, r := range rights {
		list[i] = r
	}
	return e.must(as("root"), "access.role.add", op.Input{"code": code, "name": "Role " + code, "rights": list}).Out.(access.Role).ID
}

// grant gives a role past every check, as it may have been given long ago.
func (e *env) grant(user, role op.ID, unit int64, from, to string, limit any) op.ID {
	e.t.Helper()
	var g int64
	e.write(func(ctx context.Context, tx db.Tx) (err error) {
		if g, err = tx.NewID(ctx); err != nil {
			return err
		}
		first, last := date(e.t, from), day.Date{}
		if to != "" {
			last = date(e.t, to)
		}
		_, err = tx.Exec(ctx,
			`INSERT INTO access_grant (id, user_id, role_id, unit_id, valid_from, valid_to, amount_limit, reason, end_reason, version, recorded_at)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, 'test', '', 1, $8)`, g, user, role, unit, first, last, limit, tx.Now())
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE access_stamp SET stamp = $1`, g)
		return err
	})
	return op.ID(g)
}

// login opens a session and gives its token.
func (e *env) login(login string) string {
	e.t.Helper()
	out := e.must(op.Credential{Channel: op.Web, Address: "10.0.0.1"}, "access.login", op.Input{"login": login, "password": goodPassword, "agent": "Test"})
	return out.Out.(access.SignedIn).Token
}

func date(t testing.TB, s string) day.Date {
	t.Helper()
	d, err := day.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
