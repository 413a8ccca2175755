package job_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

func TestRunsToTheEnd(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		in := fill{Batch: 1, Count: 10, Part: 4}
		id := e.enqueue(t, in)
		if j := e.show(t, id); j.State != job.Queued || j.Step != op.StepPlan || j.Actor != 1 || j.Unit != 1 {
			t.Fatalf("queued as %+v", j)
		}
		if !e.one(t) {
			t.Fatal("nothing to do")
		}
		e.checkDone(t, id, in)
		if e.one(t) {
			t.Fatal("a finished job was taken again")
		}
		if n := e.count(t, `SELECT count(*) FROM outbox WHERE topic = 'job.done'`); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
	})
}

// TestKilledAnywhere kills the worker before and after each of its calls to the
// database; another one then gives the result of an uninterrupted run.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	killedAnywhere(t, func(t *testing.T, e *env, batch int64) (op.ID, func()) {
		in := fill{Batch: batch, Count: 5, Part: 2}
		id := e.enqueue(t, in)
		return id, func() {
			e.checkDone(t, id, in)
			// The jobs before were each checked so: there is one event for each.
			if events := e.count(t, `SELECT count(*) FROM outbox WHERE topic = 'job.done'`); events != batch {
				t.Errorf("%d events for %d jobs", events, batch)
			}
		}
	})
}

// killedAnywhere runs a job for each call to the database that a worker makes, kills it at
// that call, before and after it was done, on both engines; another worker does what is
// left, and the job is held against what it should give. queued puts the job of a number
// from 1 into the queue and gives its check.
func killedAnywhere(t *testing.T, queued func(t *testing.T, e *env, batch int64) (id op.ID, check func())) {
	t.Helper()
	set := testSet(t)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		for _, after := range []bool{false, true} {
			t.Run(engine+"/after="+strconv.FormatBool(after), func(t *testing.T) {
				t.Parallel()
				k := &killer{left: -1}
				clock := dbtest.NewClock(start())
				e := newEnv(t, dbtest.Open(t, engine, set, db.Options{Now: clock.Now, Intercept: k}), clock, newPeople(), job.Options{Worker: "first"})
				second := job.New(e.runner, job.Options{Worker: "second"})
				n := 0
				for fired := true; fired; n++ {
					id, check := queued(t, e, int64(n+1))
					k.arm(n, after)
					_, err := e.queue.One(t.Context())
					if fired = k.disarm(); !fired && err != nil {
						t.Fatalf("call %d: %v", n, err)
					}
					clock.Advance(job.LeaseDefault + time.Second)
					if err := second.RunJob(t.Context(), id); err != nil {
						t.Fatalf("call %d, resumed: %v", n, err)
					}
					check()
				}
				if n < 30 {
					t.Errorf("only %d calls were killed", n)
				}
			})
		}
	}
}

func TestTwoProcessesOnceEach(t *testing.T) {
	t.Parallel()
	set := testSet(t)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			const jobs = 200
			clock := dbtest.NewClock(start())
			dsn := dbtest.DSN(t, engine, set)
			a := newEnv(t, dbtest.Connect(t, dsn, db.Options{Now: clock.Now}), clock, newPeople(), job.Options{Worker: "a"})
			b := newEnv(t, dbtest.Connect(t, dsn, db.Options{Now: clock.Now}), clock, newPeople(), job.Options{Worker: "b"})
			ids := make([]op.ID, jobs)
			for i := range ids {
				ids[i] = a.enqueue(t, fill{Batch: int64(i + 1), Count: 2, Part: 1})
			}
			var all sync.WaitGroup
			var mu sync.Mutex
			taken := map[*env]int{}
			for _, e := range []*env{a, a, b, b} {
				all.Go(func() {
					for {
						found, err := e.queue.One(t.Context())
						if err != nil {
							t.Error(err)
						}
						if err != nil || !found && a.count(t, `SELECT count(*) FROM job WHERE state <> 'done'`) == 0 {
							return
						}
						mu.Lock()
						taken[e]++
						mu.Unlock()
					}
				})
			}
			all.Wait()
			for i, id := range ids {
				a.checkDone(t, id, fill{Batch: int64(i + 1), Count: 2, Part: 1})
			}
			// A second run of any step would have met the primary key of its rows,
			// or moved the fence once more.
			if n := a.count(t, `SELECT count(*) FROM job WHERE fence <> 1`); n != 0 {
				t.Errorf("%d jobs were taken more than once", n)
			}
			if n := a.count(t, `SELECT count(*) FROM audit WHERE operation = 'test.fill' AND channel = 'job'`); n != jobs {
				t.Errorf("%d ends in the audit, want %d", n, jobs)
			}
			if engine == dbtest.Postgres && (taken[a] == 0 || taken[b] == 0) {
				t.Errorf("one process did everything: %v", taken)
			}
		})
	}
}

func TestAPassingFaultIsTriedAgain(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		e.setTrouble(fault.New(fault.Unavailable, "test.away", "host", "x"))
		in := fill{Batch: 1, Count: 6, Part: 2, FailAt: 3}
		id := e.enqueue(t, in)
		// 2 s, 4 s, 8 s: doubled from the first failure on.
		for _, wait := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
			if !e.one(t) {
				t.Fatal("not taken")
			}
			j := e.show(t, id)
			if j.State != job.Queued || j.Done != 2 || j.ErrorCode != "test.away" || string(j.ErrorArgs) != `{"host":"x"}` {
				t.Fatalf("after a fault: %s, done %d, %s %s", j.State, j.Done, j.ErrorCode, j.ErrorArgs)
			}
			if got := j.RunAt.Sub(e.clock.Now()); got != wait {
				t.Fatalf("waits %v, want %v", got, wait)
			}
			e.clock.Advance(wait - time.Millisecond)
			if e.one(t) {
				t.Fatal("taken before its time")
			}
			e.clock.Advance(time.Millisecond)
		}
		e.setTrouble(nil)
		if !e.one(t) {
			t.Fatal("not taken")
		}
		e.checkDone(t, id, in)
	})
}

func TestPassingFaultsEnd(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		e.setTrouble(fault.New(fault.Unavailable, "test.away"))
		id := e.enqueue(t, fill{Batch: 1, Count: 2, Part: 2, FailAt: 1})
		runs := 0
		for ; runs < 2*job.AttemptsMax && e.one(t); runs++ {
			e.clock.Advance(time.Hour)
		}
		if j := e.show(t, id); j.State != job.Failed || j.ErrorCode != "test.away" || runs != job.AttemptsMax {
			t.Fatalf("%s %s after %d runs", j.State, j.ErrorCode, runs)
		}
	})
}

// TestAKillerJobStops: a job that always takes its process down is given up.
func TestAKillerJobStops(t *testing.T) {
	t.Parallel()
	set := testSet(t)
	k := &killer{left: -1}
	clock := dbtest.NewClock(start())
	e := newEnv(t, dbtest.Open(t, dbtest.SQLite, set, db.Options{Now: clock.Now, Intercept: k}), clock, newPeople(), job.Options{})
	id := e.enqueue(t, fill{Batch: 1, Count: 4, Part: 1})
	e.hold = func(context.Context) { k.arm(0, false) }
	for range job.AttemptsMax + 2 {
		_, err := e.queue.One(t.Context())
		k.disarm()
		if err == nil {
			break
		}
		clock.Advance(2 * job.LeaseDefault)
	}
	if j := e.show(t, id); j.State != job.Failed || j.ErrorCode != "job.attempts" {
		t.Fatalf("%s %s, attempts %d", j.State, j.ErrorCode, j.Attempts)
	}
}

func TestALastingFaultWaitsForAPerson(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		e.setTrouble(fault.New(fault.Precondition, "test.closed"))
		in := fill{Batch: 1, Count: 6, Part: 2, FailAt: 4, Unique: "k"}
		id := e.enqueue(t, in)
		e.one(t)
		if j := e.show(t, id); j.State != job.Failed || j.Done != 4 || j.ErrorCode != "test.closed" || j.FinishedAt.IsZero() {
			t.Fatalf("%+v", j)
		}
		if len(e.rows(t, 1)) != 4 {
			t.Fatal("the failed chunk left rows")
		}
		e.clock.Advance(24 * time.Hour)
		if e.one(t) {
			t.Fatal("a failed job ran again by itself")
		}
		_, err := e.ask(t, 3, "job.retry", job.Ref{ID: id})
		wantFault(t, err, fault.NotFound, "job.unknown")
		e.setTrouble(nil)
		e.must(t, 1, "job.retry", job.Ref{ID: id})
		_, err = e.ask(t, 1, "job.retry", job.Ref{ID: id})
		wantFault(t, err, fault.Conflict, "job.not_failed")
		_, err = e.ask(t, 1, "test.fill", fill{Batch: 2, Count: 1, Part: 1, Unique: "k"})
		wantFault(t, err, fault.Conflict, "job.already_running")
		e.one(t)
		e.checkDone(t, id, in)
		e.enqueue(t, fill{Batch: 3, Count: 1, Part: 1, Unique: "k"})
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		id := e.enqueue(t, fill{Batch: 1, Count: 6, Part: 2})
		_, err := e.ask(t, 3, "job.cancel", job.Ref{ID: id})
		wantFault(t, err, fault.NotFound, "job.unknown")
		_, err = e.ask(t, 4, "job.cancel", job.Ref{ID: id})
		wantFault(t, err, fault.NotFound, "job.unknown")
		if res := e.must(t, 1, "job.cancel", job.Ref{ID: id}).Out.(job.Moved); res.State != job.Cancelled {
			t.Fatalf("not begun, cancelled to %s", res.State)
		}
		if e.one(t) {
			t.Fatal("a cancelled job was taken")
		}

		// Between two chunks: the first chunks are undone.
		e.setTrouble(fault.New(fault.Unavailable, "test.away"))
		id = e.enqueue(t, fill{Batch: 2, Count: 6, Part: 2, FailAt: 4})
		e.one(t)
		if len(e.rows(t, 2)) != 4 {
			t.Fatalf("%d rows before", len(e.rows(t, 2)))
		}
		if res := e.must(t, 2, "job.cancel", job.Ref{ID: id}).Out.(job.Moved); res.State != job.Cancelling {
			t.Fatalf("cancelled to %s", res.State)
		}
		e.people.lock(1, true) // undoing is owed even when the owner left
		if !e.one(t) {
			t.Fatal("not taken to be undone")
		}
		if j := e.show(t, id); j.State != job.Cancelled || len(e.rows(t, 2)) != 0 {
			t.Fatalf("%s with %d rows", j.State, len(e.rows(t, 2)))
		}
		_, err = e.ask(t, 2, "job.retry", job.Ref{ID: id})
		wantFault(t, err, fault.Conflict, "job.not_failed")
	})
}

// TestCancelAtAnyMoment asks from another goroutine while chunks run: either
// the job had ended, or everything is undone.
func TestCancelAtAnyMoment(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		for batch := range int64(10) {
			id := e.enqueue(t, fill{Batch: batch, Count: 6, Part: 1})
			var chunks int64
			var all sync.WaitGroup
			e.hold = func(context.Context) {
				if chunks++; chunks != batch%6+1 {
					return
				}
				asked := make(chan struct{})
				all.Go(func() {
					close(asked)
					_, err := e.ask(t, 1, "job.cancel", job.Ref{ID: id})
					if code := fault.CodeOf(err); err != nil && code != "job.ended" && code != "job.finishing" && code != "job.moved" {
						t.Error(err)
					}
				})
				<-asked
			}
			e.one(t)
			all.Wait()
			for e.one(t) { // when the request came after the last look at it
				continue
			}
			rows := len(e.rows(t, batch))
			switch j := e.show(t, id); {
			case j.State == job.Done && rows == 6, j.State == job.Cancelled && rows == 0:
			default:
				t.Fatalf("%s with %d rows", j.State, rows)
			}
		}
	})
}

func TestALockedUserStopsHisJob(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		in := fill{Batch: 1, Count: 4, Part: 1}
		id := e.enqueue(t, in)
		chunks := 0
		e.hold = func(context.Context) {
			if chunks++; chunks == 2 {
				e.people.lock(1, true)
			}
		}
		e.one(t)
		if j := e.show(t, id); j.State != job.Failed || j.ErrorCode != "job.actor_gone" || j.Done != 2 {
			t.Fatalf("%s %s, done %d", j.State, j.ErrorCode, j.Done)
		}
		// Somebody with the right takes it over.
		e.must(t, 2, "job.retry", job.Ref{ID: id})
		e.one(t)
		e.checkDone(t, id, in)
		if j := e.show(t, id); j.Actor != 2 {
			t.Errorf("works for %d, want 2", j.Actor)
		}
	})
}

func TestALostRightStopsTheJob(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		id := e.enqueue(t, fill{Batch: 1, Count: 4, Part: 1})
		e.people.mu.Lock()
		delete(e.people.rights[1], "test.fill")
		e.people.mu.Unlock()
		e.one(t)
		if j := e.show(t, id); j.State != job.Failed || j.ErrorCode != "job.right_lost" || len(e.rows(t, 1)) != 0 {
			t.Fatalf("%s %s", j.State, j.ErrorCode)
		}
	})
}

func TestPriorityAndOrder(t *testing.T) {
	t.Parallel()
	each(t, job.Options{Priority: map[string]int64{"system.maintenance": 10}}, func(t *testing.T, e *env) {
		first := e.enqueue(t, fill{Batch: 1, Count: 1, Part: 1})
		second := e.enqueue(t, fill{Batch: 2, Count: 1, Part: 1})
		urgent := e.must(t, 2, job.MaintenanceOp, job.MaintenanceInput{}).Out.(op.QueuedJob).Job
		for _, id := range []op.ID{urgent, first, second} {
			e.one(t)
			if j := e.show(t, id); j.State != job.Done {
				t.Fatalf("job %s is %s, out of its turn", j.Operation, j.State)
			}
		}
	})
}

// TestGracefulStop: the chunk in progress ends, and another worker goes on at
// once, without waiting for the lease.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		in := fill{Batch: 1, Count: 6, Part: 2}
		id := e.enqueue(t, in)
		ctx, stop := context.WithCancel(t.Context())
		e.hold = func(context.Context) { stop() }
		if _, err := e.queue.One(ctx); err != nil {
			t.Fatal(err)
		}
		if j := e.show(t, id); j.State != job.Queued || j.Done != 2 || j.Attempts != 0 {
			t.Fatalf("%s, done %d, attempts %d", j.State, j.Done, j.Attempts)
		}
		e.hold = nil
		if !e.one(t) {
			t.Fatal("not taken again at once")
		}
		e.checkDone(t, id, in)
	})
}

func TestProgress(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		e.setTrouble(fault.New(fault.Unavailable, "test.away"))
		id := e.enqueue(t, fill{Batch: 1, Count: 10, Part: 2, FailAt: 5})
		e.hold = func(context.Context) { e.clock.Advance(30 * time.Second) }
		e.one(t)
		// Two chunks of 30 s did 4 of 10 when the third failed: 4 a minute, and 6
		// more take 90 s. What the failed one took is not counted.
		j := e.show(t, id)
		if j.Done != 4 || j.Total != 10 || j.Percent == nil || *j.Percent != 40 {
			t.Fatalf("%d of %d, %v", j.Done, j.Total, j.Percent)
		}
		if j.PerMinute != 4 || j.RemainingSeconds == nil || *j.RemainingSeconds != 90 {
			t.Fatalf("%d a minute, remaining %v", j.PerMinute, j.RemainingSeconds)
		}
	})
}
