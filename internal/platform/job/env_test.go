package job_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

const testTable = `-- +goose Up
CREATE TABLE test_row (
  batch {int} NOT NULL,
  n {int} NOT NULL,
  PRIMARY KEY (batch, n)
) {control};
`

func testSet(t testing.TB) db.MigrationSet {
	t.Helper()
	return dbtest.Migrations(t, op.Migrations(), job.Migrations(), fstest.MapFS{"9001_test_row.sql": {Data: []byte(testTable)}})
}

// people is a Guard over fixed users; top is the only root of their rights.
type people struct {
	mu     sync.Mutex
	locked map[int64]bool
	rights map[int64]map[string][]op.Root
}

func newPeople() *people {
	top := []op.Root{{Unit: 1}}
	return &people{locked: map[int64]bool{}, rights: map[int64]map[string][]op.Root{
		1: {"test.fill": top, "test.spread": top},
		2: {"test.fill": top, "test.spread": top, "job.list": top, "job.schedule_list": top, "job.schedule_set": top, "job.schedule_run": top, "system.maintenance": top},
		3: {},
		4: {"job.list": {{Unit: 7}}, "test.fill": {{Unit: 7}}},
	}}
}

func (p *people) Authenticate(_ context.Context, _ db.Reader, c op.Credential) (op.Actor, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Channel == op.System {
		return op.Actor{Channel: op.System}, nil
	}
	user := c.UserID
	if c.Token != "" {
		n, err := strconv.ParseInt(c.Token, 10, 64)
		if err != nil {
			return op.Actor{}, err
		}
		user = n
	}
	if p.locked[user] {
		return op.Actor{}, fault.New(fault.Unauthenticated, "user.locked")
	}
	return op.Actor{UserID: user, Login: "u" + strconv.FormatInt(user, 10), Channel: c.Channel}, nil
}

func (p *people) RightsOf(_ context.Context, _ db.Reader, user int64) (*op.Rights, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return op.NewRights(p.rights[user]), nil
}

func (p *people) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	return true, nil
}

func (p *people) lock(user int64, locked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.locked[user] = locked
}

// plain is an organisation of one top unit and its direct children.
type plain struct{}

func (plain) Within(_ context.Context, _ db.Reader, unit, root int64, _ day.Date) (bool, error) {
	return root == 1 || unit == root, nil
}

func (plain) Top(context.Context, db.Reader) (int64, error) { return 1, nil }

func (plain) Filter(w *db.Where, column string, s op.Scope) {
	for _, root := range s.Roots {
		if root == 1 {
			return
		}
	}
	w.In(column, s.Roots)
}

// fill inserts the numbers of a batch, some per chunk, and chains their hash.
type fill struct {
	Batch  int64  `json:"batch" in:"required"`
	Count  int64  `json:"count" in:"required"`
	Part   int64  `json:"part" in:"required"`
	FailAt int64  `json:"fail_at"`
	Unique string `json:"unique"`
}

// UniqueKey makes jobs of one key exclusive.
func (f fill) UniqueKey() string { return f.Unique }

type filled struct {
	At   int64  `json:"at"`
	Hash string `json:"hash"`
}

func link(hash string, n int64) string {
	sum := sha256.Sum256([]byte(hash + strconv.FormatInt(n, 10)))
	return hex.EncodeToString(sum[:])
}

// wanted is the summary of an uninterrupted run, computed straight.
func wanted(count int64) filled {
	hash := ""
	for n := range count {
		hash = link(hash, n)
	}
	return filled{At: count, Hash: hash}
}

// env is one process: a database handle, a runner and a queue.
type env struct {
	d      *db.DB
	runner *op.Runner
	queue  *job.Queue
	people *people
	clock  *dbtest.Clock
	// trouble is what chunks whose number is FailAt answer.
	mu      sync.Mutex
	trouble error
	// hold is called by each chunk when it is set.
	hold func(ctx context.Context)
	// making and doing are called by each part of a spread before it is made, and inside its
	// transaction after its row, when they are set.
	making, doing func(part int64) error
}

func (e *env) setTrouble(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.trouble = err
}

func (e *env) troubleNow() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.trouble
}

func newEnv(t testing.TB, d *db.DB, clock *dbtest.Clock, p *people, o job.Options) *env {
	t.Helper()
	e := &env{d: d, people: p, clock: clock}
	r := op.NewRegistry()
	op.RegisterJob(r, op.Spec{Name: "test.fill", Path: "/test/fill", Example: fill{Batch: 1, Count: 1, Part: 1}}, op.JobHandler[fill, filled]{
		Targets: func(context.Context, *op.Exec, fill) ([]op.Target, error) { return []op.Target{{Unit: 1}}, nil },
		Plan:    func(_ context.Context, _ *op.Exec, in fill) (filled, int64, error) { return filled{}, in.Count, nil },
		Chunk:   e.chunk,
		Finish:  func(_ context.Context, _ *op.Exec, _ fill, s filled) (any, error) { return s, nil },
		Cancel: func(ctx context.Context, x *op.Exec, in fill, _ filled) error {
			_, err := x.Tx.Exec(ctx, `DELETE FROM test_row WHERE batch = $1`, in.Batch)
			return err
		},
	})
	e.registerSpread(r)
	r.Consume(op.Consumer{Topic: job.TopicDone, Name: "test", Handle: func(context.Context, db.Tx, []byte) error { return nil }})
	e.runner = &op.Runner{DB: d, Registry: r, Guard: p, Places: plain{}, Now: clock.Now, Node: 1}
	e.queue = job.New(e.runner, o)
	e.runner.Queue, e.runner.Observe = e.queue, e.queue.Observe
	e.queue.Register(r)
	job.RegisterMaintenance(r, job.Purge{Name: "rows", Do: func(ctx context.Context, tx db.Tx, n int) (int64, error) {
		return tx.Exec(ctx, `DELETE FROM test_row WHERE (batch, n) IN (SELECT batch, n FROM test_row WHERE batch = 99 ORDER BY n LIMIT $1)`, n)
	}})
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *env) chunk(ctx context.Context, x *op.Exec, in fill, s *filled) (int64, bool, error) {
	if e.hold != nil {
		e.hold(ctx)
	}
	for end := min(s.At+in.Part, in.Count); s.At < end; s.At++ {
		if s.At == in.FailAt && in.FailAt > 0 {
			if err := e.troubleNow(); err != nil {
				return 0, false, err
			}
		}
		if _, err := x.Tx.Exec(ctx, `INSERT INTO test_row (batch, n) VALUES ($1, $2)`, in.Batch, s.At); err != nil {
			return 0, false, err
		}
		s.Hash = link(s.Hash, s.At)
	}
	return s.At, s.At == in.Count, nil
}

// start is an ordinary instant: a Tuesday, 09:00 in Casablanca.
func start() time.Time { return time.Date(2026, 6, 2, 8, 0, 0, 0, time.UTC) }

// each runs a subtest per engine with one process on a clock set by hand.
func each(t *testing.T, o job.Options, fn func(t *testing.T, e *env)) {
	t.Helper()
	set := testSet(t)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := dbtest.NewClock(start())
			fn(t, newEnv(t, dbtest.Open(t, engine, set, db.Options{Now: clock.Now}), clock, newPeople(), o))
		})
	}
}

// ask runs an operation for a user.
func (e *env) ask(t testing.TB, user int64, name string, in any) (op.Result, error) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	input, err := op.FromJSON(body)
	if err != nil {
		t.Fatal(err)
	}
	return e.runner.Run(t.Context(), op.Request{
		Name: name, Credential: op.Credential{Channel: op.API, Token: strconv.FormatInt(user, 10)}, Input: input,
	})
}

// must is ask for what has to succeed.
func (e *env) must(t testing.TB, user int64, name string, in any) op.Result {
	t.Helper()
	res, err := e.ask(t, user, name, in)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return res
}

func (e *env) enqueue(t testing.TB, in fill) op.ID {
	t.Helper()
	return e.must(t, 1, "test.fill", in).Out.(op.QueuedJob).Job
}

// show reads a job as its owner's superior.
func (e *env) show(t testing.TB, id op.ID) job.Job {
	t.Helper()
	return e.must(t, 2, "job.show", job.Ref{ID: id}).Out.(job.Job)
}

// one carries out one job and says whether there was one.
func (e *env) one(t testing.TB) bool {
	t.Helper()
	found, err := e.queue.One(t.Context())
	if err != nil {
		t.Fatalf("one: %v", err)
	}
	return found
}

// rows reads the numbers of a batch.
func (e *env) rows(t testing.TB, batch int64) []int64 {
	t.Helper()
	var out []int64
	err := e.d.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.All(ctx, r, func(rows db.Rows) (n int64, err error) {
			err = rows.Scan(&n)
			return n, err
		}, `SELECT n FROM test_row WHERE batch = $1 ORDER BY n`, batch)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (e *env) count(t testing.TB, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	err := e.d.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		n, err = db.Value[int64](ctx, r, sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// checkDone says that a batch has exactly what an uninterrupted run gives.
func (e *env) checkDone(t testing.TB, id op.ID, in fill) {
	t.Helper()
	j := e.show(t, id)
	if j.State != job.Done || j.Done != in.Count || j.Total != in.Count || j.ErrorCode != "" {
		t.Fatalf("job %s: state %s, %d/%d, error %q", id, j.State, j.Done, j.Total, j.ErrorCode)
	}
	var s filled
	if err := json.Unmarshal(j.Summary, &s); err != nil || s != wanted(in.Count) {
		t.Fatalf("job %s: summary %s (%v), want %v", id, j.Summary, err, wanted(in.Count))
	}
	rows := e.rows(t, in.Batch)
	if int64(len(rows)) != in.Count {
		t.Fatalf("job %s: %d rows, want %d", id, len(rows), in.Count)
	}
	for i, n := range rows {
		if n != int64(i) {
			t.Fatalf("job %s: row %d is %d", id, i, n)
		}
	}
}

// wantFault checks kind and code of an error.
func wantFault(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		t.Fatalf("error %v, want %s %s", err, kind, code)
	}
}

var errKilled = errors.New("killed")

// killer makes every call fail from the n-th on, as for a process that died
// before it, or just after it.
type killer struct {
	mu    sync.Mutex
	left  int // calls that still work; -1 is all
	after bool
	fired bool
}

func (k *killer) arm(n int, after bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left, k.after, k.fired = n, after, false
}

func (k *killer) disarm() (fired bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left = -1
	return k.fired
}

func (k *killer) Before(context.Context, db.Call) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.left < 0:
		return nil
	case k.left == 0 && (!k.after || k.fired):
		k.fired = true
		return errKilled
	case k.left > 0:
		k.left--
	}
	return nil
}

func (k *killer) After(_ context.Context, _ db.Call, err error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.left == 0 && k.after && !k.fired {
		k.fired = true
		return errKilled
	}
	return err
}
