package job

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// nobody is a Guard that knows no user: the jobs here are the program's.
type nobody struct{}

func (nobody) Authenticate(context.Context, db.Reader, op.Credential) (op.Actor, error) {
	return op.Actor{Channel: op.System}, nil
}

func (nobody) RightsOf(context.Context, db.Reader, int64) (*op.Rights, error) { return nil, nil }

func (nobody) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	return false, nil
}

type oneUnit struct{}

func (oneUnit) Within(context.Context, db.Reader, int64, int64, day.Date) (bool, error) {
	return true, nil
}
func (oneUnit) Top(context.Context, db.Reader) (int64, error) { return 1, nil }
func (oneUnit) Filter(*db.Where, string, op.Scope)            {}

type nothing struct{}

// counted is the checkpoint of a job of three chunks.
type counted struct {
	N       int64 `json:"n"`
	Outside int64 `json:"outside"`
}

func newCounter(t *testing.T, d *db.DB, clock *dbtest.Clock) *op.Runner {
	t.Helper()
	r := op.NewRegistry()
	op.RegisterJob(r, op.Spec{Name: "test.count", Path: "/test/count", Central: true}, op.JobHandler[nothing, counted]{
		Plan: func(context.Context, *op.Exec, nothing) (counted, int64, error) { return counted{}, 3, nil },
		Chunk: func(_ context.Context, _ *op.Exec, _ nothing, s *counted) (int64, bool, error) {
			s.N++
			return s.N, s.N == 3, nil
		},
		Finish: func(_ context.Context, _ *op.Exec, _ nothing, s counted) (any, error) {
			return s, nil
		},
	})
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	return &op.Runner{DB: d, Registry: r, Guard: nobody{}, Places: oneUnit{}, Now: clock.Now, Node: 1}
}

func eachCounter(t *testing.T, fn func(t *testing.T, d *db.DB, r *op.Runner, clock *dbtest.Clock)) {
	t.Helper()
	set := dbtest.Migrations(t, op.Migrations(), Migrations())
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := dbtest.NewClock(time.Date(2026, 6, 2, 8, 0, 0, 0, time.UTC))
			d := dbtest.Open(t, engine, set, db.Options{Now: clock.Now})
			fn(t, d, newCounter(t, d, clock), clock)
		})
	}
}

func (q *Queue) queueNow(t *testing.T) op.ID {
	t.Helper()
	res, err := q.runner.Run(t.Context(), op.Request{Name: "test.count", Credential: op.Credential{Channel: op.System}})
	if err != nil {
		t.Fatal(err)
	}
	return res.Out.(op.QueuedJob).Job
}

func (q *Queue) look(t *testing.T, id op.ID) (j Job) {
	t.Helper()
	err := q.runner.DB.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		j, err = findJob(ctx, r, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func same(t *testing.T, what string, a, b Job) {
	t.Helper()
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if errX != nil || errY != nil || string(x) != string(y) {
		t.Fatalf("%s changed the job:\n%s\n%s", what, x, y)
	}
}

// TestAnOldWorkerChangesNothing: a worker that slept past its lease wakes up
// while another one holds the job, and again after its end.
func TestAnOldWorkerChangesNothing(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, _ *db.DB, r *op.Runner, clock *dbtest.Clock) {
		old, fresh := New(r, Options{Worker: "old"}), New(r, Options{Worker: "fresh"})
		r.Queue = old
		id := old.queueNow(t)
		late, err := old.take(t.Context(), claim)
		if err != nil || late == nil {
			t.Fatal(err)
		}
		if _, err := old.step(t.Context(), late); err != nil { // the plan
			t.Fatal(err)
		}
		if c, err := fresh.take(t.Context(), claim); err != nil || c != nil {
			t.Fatalf("taken during the lease: %v %v", c, err)
		}
		clock.Advance(LeaseDefault)
		holder, err := fresh.take(t.Context(), claim)
		if err != nil || holder == nil || int64(id) != holder.id || holder.fence != late.fence+1 {
			t.Fatalf("after the lease: %+v %v", holder, err)
		}
		before := old.look(t, id)
		wakes := map[string]func() error{
			"a step":         func() error { _, err := old.step(t.Context(), late); return err },
			"a failure":      func() error { return old.fail(t.Context(), late, fault.New(fault.Internal, "internal")) },
			"a postponement": func() error { return old.fail(t.Context(), late, fault.New(fault.Unavailable, "x")) },
			"a release":      func() error { return old.giveBack(t.Context(), late) },
			"the rest":       func() error { return old.carry(t.Context(), late) },
		}
		for what, wake := range wakes {
			if err := wake(); err != nil && !errors.Is(err, errLost) {
				t.Fatalf("%s: %v", what, err)
			}
			same(t, what, before, old.look(t, id))
		}
		if err := fresh.carry(t.Context(), holder); err != nil {
			t.Fatal(err)
		}
		before = old.look(t, id)
		if before.State != Done || before.Done != 3 || string(before.Summary) != `{"n":3,"outside":0}` {
			t.Fatalf("%s, %d, %s", before.State, before.Done, before.Summary)
		}
		for what, wake := range wakes {
			if err := wake(); err != nil && !errors.Is(err, errLost) {
				t.Fatalf("%s: %v", what, err)
			}
			same(t, what+" after the end", before, old.look(t, id))
		}
	})
}

// TestOutside: slow work is made before each chunk and its checkpoint counts
// once.
func TestOutside(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, _ *db.DB, r *op.Runner, _ *dbtest.Clock) {
		calls := int64(0)
		q := New(r, Options{Outside: map[string]Outside{"test.count": func(ctx context.Context, _, state []byte) ([]byte, error) {
			calls++
			var s counted
			if err := json.Unmarshal(state, &s); err != nil {
				return nil, err
			}
			s.Outside += 10
			return json.Marshal(s)
		}}})
		r.Queue = q
		id := q.queueNow(t)
		if found, err := q.One(t.Context()); !found || err != nil {
			t.Fatal(found, err)
		}
		if j := q.look(t, id); j.State != Done || calls != 3 || string(j.Summary) != `{"n":3,"outside":30}` {
			t.Fatalf("%s after %d calls: %s %s", j.State, calls, j.Summary, j.ErrorCode)
		}
	})
}

// TestOutsideIsNotUsedTwice: work made for a checkpoint that has moved since
// (a commit whose answer was lost) is thrown away.
func TestOutsideIsNotUsedTwice(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, _ *db.DB, r *op.Runner, _ *dbtest.Clock) {
		q := New(r, Options{})
		r.Queue = q
		id := q.queueNow(t)
		c, err := q.take(t.Context(), claim)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.step(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		ready := &prepared{next: []byte(`{"n":0,"outside":7}`), from: []byte(`{"n":0,"outside":0}`)}
		for range 2 {
			err := r.Within(t.Context(), func(ctx context.Context, x *op.Exec) error {
				over, err := q.stepIn(ctx, x, c, ready)
				if over {
					t.Error("over")
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if j := q.look(t, id); j.Done != 1 {
				t.Fatalf("done %d, want 1", j.Done)
			}
		}
	})
}

// TestOutsideEnds: slow work is told to stop when the job is cancelled or goes
// to another worker, keeps its lease meanwhile, and its fault is a fault of the
// job.
func TestOutsideEnds(t *testing.T) {
	t.Parallel()
	eachCounter(t, func(t *testing.T, d *db.DB, r *op.Runner, clock *dbtest.Clock) {
		lease := 2 * time.Second // beats every 500 ms of real time; a step may last half of it, on a busy machine too
		var meanwhile func(ctx context.Context) error
		work := func(ctx context.Context, _, _ []byte) ([]byte, error) {
			if err := meanwhile(ctx); err != nil {
				return nil, err
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		q := New(r, Options{Lease: lease, Outside: map[string]Outside{"test.count": work}})
		r.Queue = q
		set := func(sql string, id op.ID) {
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, sql, id)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		var id op.ID
		run := func() Job {
			id = q.queueNow(t)
			if _, err := q.One(t.Context()); err != nil {
				t.Fatal(err)
			}
			return q.look(t, id)
		}
		meanwhile = func(context.Context) error { set(`UPDATE job SET state = 'cancelling' WHERE id = $1`, id); return nil }
		if j := run(); j.State != Cancelled {
			t.Fatalf("cancelled: %s %s", j.State, j.ErrorCode)
		}
		meanwhile = func(context.Context) error { return fault.New(fault.Precondition, "test.closed") }
		if j := run(); j.State != Failed || j.ErrorCode != "test.closed" {
			t.Fatalf("failed: %s %s", j.State, j.ErrorCode)
		}
		meanwhile = func(context.Context) error { set(`UPDATE job SET fence = fence + 1 WHERE id = $1`, id); return nil }
		if j := run(); j.State != Running || j.Done != 0 {
			t.Fatalf("taken by another: %s", j.State)
		}
		_ = clock
	})
}
