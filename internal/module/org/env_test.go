package org

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// now is the instant of every test: Monday 16 March 2026.
func now() time.Time { return time.Date(2026, 3, 16, 10, 0, 0, 0, time.UTC) }

func date(t testing.TB, s string) day.Date {
	t.Helper()
	if s == "" {
		return day.Date{}
	}
	d, err := day.Parse(s)
	if err != nil {
		t.Fatalf("date %q: %v", s, err)
	}
	return d
}

// desk knows users by their token, with rights given by the test.
type desk struct {
	rights map[int64]map[string][]op.Root
}

func (d *desk) Authenticate(_ context.Context, _ db.Reader, c op.Credential) (op.Actor, error) {
	if c.Channel == op.System {
		return op.Actor{Channel: op.System}, nil
	}
	if c.UserID != 0 {
		return op.Actor{UserID: c.UserID, Channel: c.Channel}, nil
	}
	var id int64
	if _, err := fmt.Sscanf(c.Token, "user-%d", &id); err != nil {
		return op.Actor{Channel: c.Channel}, nil
	}
	return op.Actor{UserID: id, Login: c.Token, Channel: c.Channel}, nil
}

func (d *desk) RightsOf(_ context.Context, _ db.Reader, user int64) (*op.Rights, error) {
	return op.NewRights(d.rights[user]), nil
}

func (d *desk) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	return true, nil
}

// drawer is a queue that keeps what it was given.
type drawer struct{ kept []op.StepInput }

func (q *drawer) Enqueue(_ context.Context, x *op.Exec, input []byte, _ any) (op.ID, error) {
	q.kept = append(q.kept, op.StepInput{Operation: x.Def.Name, Input: input, Actor: x.Actor, Rights: x.Rights})
	return op.ID(len(q.kept)), nil
}

// bench is the module on a database, with a top and an administrator.
type bench struct {
	t     testing.TB
	db    *db.DB
	m     *Module
	run   *op.Runner
	desk  *desk
	queue *drawer
	top   op.ID
	ids   map[string]op.ID
	keys  int
}

const admin = 1

func schema(t testing.TB) db.MigrationSet {
	t.Helper()
	return dbtest.Migrations(t, op.Migrations(), Migrations())
}

// engines runs a test on every engine.
func engines(t *testing.T, fn func(t *testing.T, b *bench)) {
	t.Helper()
	dbtest.EachWith(t, schema(t), dbtest.Options{DB: db.Options{Now: now, MemberTimeout: time.Minute}}, func(t *testing.T, d *db.DB) { fn(t, newBench(t, d)) })
}

func newBench(t testing.TB, d *db.DB) *bench {
	t.Helper()
	files, err := file.NewFolder(t.TempDir() + "/files")
	if err != nil {
		t.Fatal(err)
	}
	registry := op.NewRegistry()
	b := &bench{t: t, db: d, m: New(Options{Files: files}), desk: &desk{rights: map[int64]map[string][]op.Root{}}, queue: &drawer{}, ids: map[string]op.ID{}}
	b.m.Register(registry)
	op.RegisterApprovals(registry, op.Policy{})
	if err := registry.Check(); err != nil {
		t.Fatal(err)
	}
	b.run = &op.Runner{DB: d, Registry: registry, Guard: b.desk, Places: b.m.Places(), Queue: b.queue, Now: now, Node: 1}
	err = b.run.Within(t.Context(), func(ctx context.Context, x *op.Exec) error {
		id, err := b.m.CreateTop(ctx, x, "DG", "Direction générale")
		b.top, b.ids["DG"] = op.ID(id), op.ID(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.grant(admin, b.top)
	return b
}

// grant gives every right over some units.
func (b *bench) grant(user int64, units ...op.ID) {
	var roots []op.Root
	for _, u := range units {
		roots = append(roots, op.Root{Unit: int64(u)})
	}
	b.desk.rights[user] = map[string][]op.Root{}
	for _, right := range b.run.Registry.Rights() {
		b.desk.rights[user][right] = roots
	}
}

// as makes a request of a user.
func (b *bench) as(user int64, name string, in op.Input) op.Request {
	b.keys++
	return op.Request{
		Name: name, Input: in, Key: fmt.Sprintf("k%d", b.keys), RequestID: "r1",
		Credential: op.Credential{Channel: op.API, Token: fmt.Sprintf("user-%d", user)},
	}
}

// try carries out an operation as a user.
func (b *bench) try(user int64, name string, in op.Input) (op.Result, error) {
	return b.run.Run(b.t.Context(), b.as(user, name, in))
}

// do carries out an operation as the administrator and reads its answer.
func do[T any](b *bench, name string, in op.Input) T {
	b.t.Helper()
	res, err := b.try(admin, name, in)
	if err != nil {
		b.t.Fatalf("%s %v: %v", name, in, err)
	}
	out, ok := res.Out.(T)
	if !ok {
		b.t.Fatalf("%s: answer %T", name, res.Out)
	}
	return out
}

// refuse expects a refusal with a code, of the whole or of a field.
func (b *bench) refuse(user int64, name string, in op.Input, code string) {
	b.t.Helper()
	_, err := b.try(user, name, in)
	if got := codesOf(err); !slices.Contains(got, code) {
		b.t.Errorf("%s %v: %v, want %s", name, in, err, code)
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

// rows reads a list as a user.
func rows[T any](b *bench, user int64, name string, in op.Input, page op.Page) (list []T, more bool) {
	b.t.Helper()
	q := b.as(user, name, in)
	q.Page = page
	more, err := b.run.Rows(b.t.Context(), q, nil, func(row any) error {
		list = append(list, row.(T))
		return nil
	})
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	return list, more
}

// add adds a unit under another, by codes.
func (b *bench) add(code string, kind Kind, parent, opened string) op.ID {
	b.t.Helper()
	saved := do[op.Saved](b, "org.unit.add", op.Input{
		"code": code, "kind": string(kind), "name": "Unité " + code, "parent": b.ids[parent].String(), "opened_on": opened,
	})
	b.ids[code] = saved.ID
	return saved.ID
}

// card reads a unit.
func (b *bench) card(code, on string) UnitCard {
	b.t.Helper()
	in := op.Input{"id": b.ids[code].String()}
	if on != "" {
		in["on"] = on
	}
	return do[UnitCard](b, "org.unit.show", in)
}

// change runs an operation on a unit at its present version.
func (b *bench) change(verb, code string, in op.Input) {
	b.t.Helper()
	if _, err := b.tryChange(verb, code, in); err != nil {
		b.t.Fatalf("%s %s %v: %v", verb, code, in, err)
	}
}

func (b *bench) tryChange(verb, code string, in op.Input) (op.Result, error) {
	b.t.Helper()
	in["id"], in["version"] = b.ids[code].String(), json.Number(fmt.Sprint(b.card(code, "").Version))
	if verb != "update" {
		in["reason"] = "Réorganisation"
	}
	return b.try(admin, "org.unit."+verb, in)
}

// healthy expects no breach in the stored tree.
func (b *bench) healthy() {
	b.t.Helper()
	var found []Finding
	err := b.db.Read(b.t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		found, _, err = CheckTree(ctx, r)
		return err
	})
	if err != nil || len(found) > 0 {
		b.t.Errorf("the tree is not healthy: %v %v", found, err)
	}
}

// read runs fn in a snapshot.
func (b *bench) read(fn func(ctx context.Context, r db.Reader) error) {
	b.t.Helper()
	if err := b.db.Read(b.t.Context(), fn); err != nil {
		b.t.Fatal(err)
	}
}

// job runs an import to its end, with a stop between all steps.
func (b *bench) job(data string, more op.Input) (ImportReport, error) {
	b.t.Helper()
	in := op.Input{"file": op.NewUpload("unites.csv", []byte(data))}
	for k, v := range more {
		in[k] = v
	}
	if _, err := b.try(admin, "org.unit.import", in); err != nil {
		return ImportReport{}, err
	}
	return b.steps(b.queue.kept[len(b.queue.kept)-1])
}

func (b *bench) steps(in op.StepInput) (report ImportReport, err error) {
	step := func(s op.Step) (res op.StepResult, err error) {
		err = b.run.Within(b.t.Context(), func(ctx context.Context, x *op.Exec) error {
			res, err = x.JobStep(ctx, s, in)
			return err
		})
		return res, err
	}
	res, err := step(op.StepPlan)
	if err != nil {
		return report, err
	}
	for in.State = res.State; !res.Last; in.State = res.State {
		if res, err = step(op.StepChunk); err != nil {
			return report, err
		}
	}
	if res, err = step(op.StepFinish); err != nil {
		return report, err
	}
	return report, json.Unmarshal(res.Summary, &report)
}

// dataFile reads a file of real data, or skips.
func dataFile(t testing.TB, path string) io.ReadCloser {
	t.Helper()
	root := os.Getenv("WASL_DATA")
	if root == "" {
		root = "../../../../shared/data"
	}
	f, err := os.Open(root + "/" + path)
	if errors.Is(err, os.ErrNotExist) {
		if strings.Contains(os.Getenv("WASL_TEST_REQUIRE"), "data") {
			t.Fatalf("the data set is required and missing: %s", path)
		}
		t.Skipf("the data set is not there: %s", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}
