package job_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

// spread inserts the numbers of a batch, each in a part of its own, beside each other.
type spread struct {
	Batch int64 `json:"batch" in:"required"`
	Count int64 `json:"count" in:"required"`
}

// spreadSum is its checkpoint: begun says that the parts may be done, Sum is made at the end.
type spreadSum struct {
	Begun bool  `json:"begun"`
	Sum   int64 `json:"sum"`
}

// square is what the parts are given: it is made outside their transactions.
func square(n int64) int64 { return n * n }

func (e *env) registerSpread(r *op.Registry) {
	op.RegisterJob(r, op.Spec{Name: "test.spread", Path: "/test/spread", Example: spread{Batch: 1, Count: 1}}, op.JobHandler[spread, spreadSum]{
		Targets: func(context.Context, *op.Exec, spread) ([]op.Target, error) { return []op.Target{{Unit: 1}}, nil },
		Plan: func(_ context.Context, _ *op.Exec, in spread) (spreadSum, int64, error) {
			return spreadSum{}, in.Count, nil
		},
		Parts: op.Parts[spread]{
			Left: spreadLeft,
			Make: func(_ context.Context, _ db.Reader, _ spread, part int64) (any, error) {
				if e.making != nil {
					if err := e.making(part); err != nil {
						return nil, err
					}
				}
				return square(part), nil
			},
			Do: e.spreadPart,
		},
		Chunk: func(ctx context.Context, x *op.Exec, in spread, s *spreadSum) (int64, bool, error) {
			left, err := spreadLeft(ctx, x.R, in)
			done := in.Count - int64(len(left))
			if err != nil || len(left) > 0 {
				return done, false, err
			}
			s.Sum, err = db.Value[int64](ctx, x.R, `SELECT CAST(COALESCE(sum(n), 0) AS {int}) FROM test_row WHERE batch = $1`, in.Batch)
			return done, true, err
		},
		Finish: func(_ context.Context, _ *op.Exec, _ spread, s spreadSum) (any, error) { return s, nil },
		Cancel: func(ctx context.Context, x *op.Exec, in spread, _ spreadSum) error {
			_, err := x.Tx.Exec(ctx, `DELETE FROM test_row WHERE batch = $1`, in.Batch)
			return err
		},
	})
}

// spreadLeft are the numbers without a row.
func spreadLeft(ctx context.Context, r db.Reader, in spread) (left []int64, err error) {
	have := map[int64]bool{}
	err = db.Each(ctx, r, func(rows db.Rows) error {
		var n int64
		err := rows.Scan(&n)
		have[n] = true
		return err
	}, `SELECT n FROM test_row WHERE batch = $1`, in.Batch)
	for n := range in.Count {
		if !have[square(n)] {
			left = append(left, n)
		}
	}
	return left, err
}

func (e *env) spreadPart(ctx context.Context, x *op.Exec, in spread, part int64, made any) (int64, error) {
	have, err := db.Value[int64](ctx, x.R, `SELECT count(*) FROM test_row WHERE batch = $1 AND n = $2`, in.Batch, made)
	if err != nil || have > 0 {
		return 0, err
	}
	if _, err := x.Tx.Exec(ctx, `INSERT INTO test_row (batch, n) VALUES ($1, $2)`, in.Batch, made); err != nil {
		return 0, err
	}
	if e.doing != nil {
		err = e.doing(part)
	}
	return 1, err
}

func (e *env) enqueueSpread(t testing.TB, in spread) op.ID {
	t.Helper()
	return e.must(t, 1, "test.spread", in).Out.(op.QueuedJob).Job
}

// checkSpread says that every part was done once. The squares below n add up to
// (n-1)n(2n-1)/6.
func (e *env) checkSpread(t testing.TB, id op.ID, in spread) {
	t.Helper()
	j := e.show(t, id)
	want := `{"begun":false,"sum":` + strconv.FormatInt((in.Count-1)*in.Count*(2*in.Count-1)/6, 10) + `}`
	if j.State != job.Done || j.Done != in.Count || j.Total != in.Count || j.ErrorCode != "" || string(j.Summary) != want {
		t.Fatalf("job %s: state %s, %d/%d, error %q, %s, want %s", id, j.State, j.Done, j.Total, j.ErrorCode, j.Summary, want)
	}
	if rows := e.rows(t, in.Batch); int64(len(rows)) != in.Count {
		t.Fatalf("job %s: rows %v", id, rows)
	}
}

// meeting is where two lanes wait for each other.
type meeting struct {
	mu   sync.Mutex
	came int
	both chan struct{}
}

func newMeeting() *meeting { return &meeting{both: make(chan struct{})} }

// meet waits for another one: an error when nobody comes.
func (m *meeting) meet() error {
	m.mu.Lock()
	if m.came++; m.came == 2 {
		close(m.both)
	}
	m.mu.Unlock()
	select {
	case <-m.both:
		return nil
	case <-time.After(20 * time.Second):
		return fault.New(fault.Internal, "test.alone")
	}
}

// TestPartsBesideEachOther: two parts are inside their transactions at once on PostgreSQL; on
// SQLite, where one writes, two are made at once.
func TestPartsBesideEachOther(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		m := newMeeting()
		if e.d.Engine() == db.Postgres {
			e.doing = func(int64) error { return m.meet() }
		} else {
			e.making = func(int64) error { return m.meet() }
		}
		in := spread{Batch: 1, Count: 7}
		id := e.enqueueSpread(t, in)
		e.one(t)
		e.checkSpread(t, id, in)
		// The parts change nothing that is told: the end alone is in the audit.
		if n := e.count(t, `SELECT count(*) FROM audit WHERE operation = 'test.spread' AND channel = 'job'`); n != 1 {
			t.Errorf("%d rows in the audit", n)
		}
	})
}

// TestPartsKilledAnywhere kills the worker at each of its calls to the database, with two
// parts in flight; another one does what is left.
func TestPartsKilledAnywhere(t *testing.T) {
	t.Parallel()
	killedAnywhere(t, func(t *testing.T, e *env, batch int64) (op.ID, func()) {
		in := spread{Batch: batch, Count: 5}
		id := e.enqueueSpread(t, in)
		return id, func() { e.checkSpread(t, id, in) }
	})
}

// TestAPartThatFails: what the other lane had begun is kept, and a retry does what is left.
func TestAPartThatFails(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		failed := make(chan struct{})
		e.making = func(part int64) error {
			switch part {
			case 0: // ends after part 1 has failed
				<-failed
			case 1:
				defer close(failed)
				return fault.New(fault.Precondition, "test.closed")
			}
			return nil
		}
		in := spread{Batch: 1, Count: 40}
		id := e.enqueueSpread(t, in)
		e.one(t)
		j := e.show(t, id)
		rows := e.rows(t, 1)
		if j.State != job.Failed || j.ErrorCode != "test.closed" || int64(len(rows)) != j.Done || int64(len(rows)) >= in.Count {
			t.Fatalf("%s %s, done %d, rows %v", j.State, j.ErrorCode, j.Done, rows)
		}
		e.making = nil
		e.must(t, 1, "job.retry", job.Ref{ID: id})
		e.one(t)
		e.checkSpread(t, id, in)
	})
}

// TestPartsAreCancelled: the cancellation is asked for while parts are in flight, and undoes
// those that were done.
func TestPartsAreCancelled(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		var once sync.Once
		var id op.ID
		e.making = func(part int64) error {
			if part == 3 {
				once.Do(func() { e.must(t, 1, "job.cancel", job.Ref{ID: id}) })
			}
			return nil
		}
		id = e.enqueueSpread(t, spread{Batch: 1, Count: 40})
		e.one(t)
		for e.one(t) { // when the request came after the last look at it
			continue
		}
		if j := e.show(t, id); j.State != job.Cancelled || len(e.rows(t, 1)) != 0 {
			t.Fatalf("%s with rows %v", j.State, e.rows(t, 1))
		}
	})
}

// TestPartsOfALostJob: while a part is in flight the lease ends and another worker takes the
// job: the part changes nothing, whatever it had written.
func TestPartsOfALostJob(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		second := job.New(e.runner, job.Options{Worker: "second"})
		in := spread{Batch: 1, Count: 9}
		id := e.enqueueSpread(t, in)
		var came atomic.Int64
		over := make(chan struct{})
		e.making = func(part int64) error {
			if part < 2 {
				return nil
			}
			switch came.Add(1) {
			case 1: // the one lane waits, so that nothing renews the lease
				<-over
			case 2:
				defer close(over)
				e.clock.Advance(job.LeaseDefault + time.Second)
				return second.RunJob(t.Context(), id)
			}
			return nil
		}
		e.one(t)
		e.checkSpread(t, id, in)
		if n := e.count(t, `SELECT fence FROM job WHERE id = $1`, int64(id)); n != 2 {
			t.Errorf("the fence is %d", n)
		}
	})
}
