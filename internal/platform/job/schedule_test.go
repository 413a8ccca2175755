package job_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// install declares a nightly maintenance and installs it.
func (e *env) install(t testing.TB, rule string) {
	t.Helper()
	if err := e.queue.Schedules(job.Schedule{Code: "nightly", Operation: job.MaintenanceOp, Rule: rule}); err != nil {
		t.Fatal(err)
	}
	if err := e.queue.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (e *env) tick(t testing.TB) {
	t.Helper()
	if err := e.queue.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (e *env) schedule(t testing.TB) job.ScheduleRow {
	t.Helper()
	var out job.ScheduleRow
	n := 0
	_, err := e.runner.Rows(t.Context(), op.Request{
		Name: "job.schedule_list", Credential: op.Credential{Channel: op.API, Token: "2"},
	}, nil, func(row any) error {
		out = row.(job.ScheduleRow)
		n++
		return nil
	})
	if err != nil || n != 1 {
		t.Fatalf("%d schedules: %v", n, err)
	}
	return out
}

func TestScheduleStartsOnce(t *testing.T) {
	t.Parallel()
	set := testSet(t)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := dbtest.NewClock(start())
			dsn := dbtest.DSN(t, engine, set)
			a := newEnv(t, dbtest.Connect(t, dsn, db.Options{Now: clock.Now}), clock, newPeople(), job.Options{Worker: "a"})
			b := newEnv(t, dbtest.Connect(t, dsn, db.Options{Now: clock.Now}), clock, newPeople(), job.Options{Worker: "b"})
			a.install(t, "daily 02:30")
			b.install(t, "daily 02:30")
			if got := a.schedule(t).NextRunAt; !got.Equal(time.Date(2026, 6, 3, 1, 30, 0, 0, time.UTC)) {
				t.Fatalf("next at %v", got)
			}
			a.tick(t)
			if n := a.count(t, `SELECT count(*) FROM job`); n != 0 {
				t.Fatalf("%d jobs before the time", n)
			}
			for night := int64(1); night <= 5; night++ {
				clock.Advance(24 * time.Hour)
				var all sync.WaitGroup
				for _, e := range []*env{a, b, a, b} {
					all.Go(func() { e.tick(t) })
				}
				all.Wait()
				if n := a.count(t, `SELECT count(*) FROM job`); n != night {
					t.Fatalf("%d jobs after %d nights", n, night)
				}
				a.one(t)
			}
			s := a.schedule(t)
			j := a.show(t, s.LastJob)
			if s.LastState != job.Done || j.Actor != 0 || j.Schedule != "nightly" || !s.LastDueAt.Equal(time.Date(2026, 6, 7, 1, 30, 0, 0, time.UTC)) {
				t.Fatalf("%+v\n%+v", s, j)
			}
		})
	}
}

func TestMissedRunsStartOnce(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		e.install(t, "every 15m")
		e.clock.Advance(9 * 24 * time.Hour)
		e.tick(t)
		e.tick(t)
		if n := e.count(t, `SELECT count(*) FROM job`); n != 1 {
			t.Fatalf("%d jobs after nine days without a process, want 1", n)
		}
		// Nor do they pile up behind a job that does not end.
		for range 4 {
			e.clock.Advance(15 * time.Minute)
			e.tick(t)
		}
		if n := e.count(t, `SELECT count(*) FROM job`); n != 1 {
			t.Fatalf("%d jobs behind one that waits, want 1", n)
		}
		e.one(t)
		e.clock.Advance(15 * time.Minute)
		e.tick(t)
		if n := e.count(t, `SELECT count(*) FROM job`); n != 2 {
			t.Fatalf("%d jobs, want 2", n)
		}
	})
}

func TestScheduleIsChangedByPeople(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		e.install(t, "daily 02:30")
		no, rule, bad := false, "weekly mon 06:00", "sometimes"
		_, err := e.ask(t, 1, "job.schedule_set", job.ScheduleSet{Code: "nightly", Enabled: &no, Version: 1})
		wantFault(t, err, fault.Forbidden, "right.missing")
		_, err = e.ask(t, 2, "job.schedule_set", job.ScheduleSet{Code: "nightly", Rule: &bad, Version: 1})
		wantFault(t, err, fault.Invalid, "input.invalid")
		_, err = e.ask(t, 2, "job.schedule_set", job.ScheduleSet{Code: "absent", Version: 1})
		wantFault(t, err, fault.NotFound, "job.schedule_unknown")
		_, err = e.ask(t, 2, "job.schedule_set", job.ScheduleSet{Code: "nightly", Enabled: &no, Version: 9})
		wantFault(t, err, fault.Conflict, "row.stale")
		e.must(t, 2, "job.schedule_set", job.ScheduleSet{Code: "nightly", Enabled: &no, Version: 1})
		e.clock.Advance(48 * time.Hour)
		e.tick(t)
		if n := e.count(t, `SELECT count(*) FROM job`); n != 0 {
			t.Fatal("a schedule turned off started")
		}
		yes := true
		e.must(t, 2, "job.schedule_set", job.ScheduleSet{Code: "nightly", Enabled: &yes, Rule: &rule, Version: 2})
		e.install(t, "daily 02:30") // a restart keeps what a person changed
		s := e.schedule(t)
		// Thursday 4 June 2026: the next Monday is the 8th, 06:00 is 05:00 UTC.
		if s.Rule != rule || !s.Enabled || s.Version != 3 || !s.NextRunAt.Equal(time.Date(2026, 6, 8, 5, 0, 0, 0, time.UTC)) {
			t.Fatalf("%+v", s)
		}
		e.must(t, 2, "job.schedule_run", job.ScheduleRef{Code: "nightly"})
		_, err = e.ask(t, 2, "job.schedule_run", job.ScheduleRef{Code: "nightly"})
		wantFault(t, err, fault.Conflict, "job.already_running")
		e.one(t)
		if s := e.schedule(t); s.LastState != job.Done {
			t.Fatalf("started by hand: %+v", s)
		}
	})
}

func TestSchedulesMustBeJobs(t *testing.T) {
	t.Parallel()
	set := testSet(t)
	clock := dbtest.NewClock(start())
	e := newEnv(t, dbtest.Open(t, dbtest.SQLite, set, db.Options{Now: clock.Now}), clock, newPeople(), job.Options{})
	for _, s := range []job.Schedule{
		{Code: "x", Operation: "job.cancel", Rule: "daily 02:30"},
		{Code: "x", Operation: "no.such", Rule: "daily 02:30"},
		{Code: "x", Operation: job.MaintenanceOp, Rule: "later"},
		{Operation: job.MaintenanceOp, Rule: "daily 02:30"},
	} {
		wantFault(t, e.queue.Schedules(s), fault.Internal, "job.schedule")
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		var ids []op.ID
		for i := range 3 {
			ids = append(ids, e.enqueue(t, fill{Batch: int64(i), Count: 1, Part: 1}))
			e.clock.Advance(time.Second)
		}
		e.one(t)
		list := func(user, name string, in op.Input, page op.Page) (out []op.ID) {
			_, err := e.runner.Rows(t.Context(), op.Request{
				Name: name, Credential: op.Credential{Channel: op.API, Token: user}, Input: in, Page: page,
			}, nil, func(row any) error { out = append(out, row.(job.Job).ID); return nil })
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		want := func(what string, got []op.ID, want ...op.ID) {
			t.Helper()
			if len(got) != len(want) {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%s: %v, want %v", what, got, want)
				}
			}
		}
		want("all", list("2", "job.list", nil, op.Page{}), ids[2], ids[1], ids[0])
		want("done", list("2", "job.list", op.Input{"state": "done"}, op.Page{}), ids[0])
		want("elsewhere", list("4", "job.list", nil, op.Page{}))
		want("own", list("1", "job.mine", nil, op.Page{}), ids[2], ids[1], ids[0])
		want("nobody's", list("3", "job.mine", nil, op.Page{}))
		first := list("2", "job.list", nil, op.Page{Limit: 1})
		want("first page", first, ids[2])
		want("second page", list("2", "job.list", nil, op.Page{Limit: 1, After: e.show(t, first[0]).PageKey("")}), ids[1])
		_, err := e.ask(t, 3, "job.show", job.Ref{ID: ids[0]})
		wantFault(t, err, fault.NotFound, "job.unknown")
		_, err = e.ask(t, 1, "job.show", job.Ref{ID: 12345})
		wantFault(t, err, fault.NotFound, "job.unknown")
	})
}

// TestMaintenance: what is kept long enough goes, in several chunks; the rest
// stays.
func TestMaintenance(t *testing.T) {
	t.Parallel()
	each(t, job.Options{}, func(t *testing.T, e *env) {
		e.enqueue(t, fill{Batch: 99, Count: 1200, Part: 400})
		e.one(t)
		kept := e.enqueue(t, fill{Batch: 1, Count: 1, Part: 1}) // waits for 400 days and is not thrown away
		if err := e.queue.RunJob(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		e.clock.Advance(job.KeepFinished + time.Hour)
		young := e.enqueue(t, fill{Batch: 2, Count: 1, Part: 1})
		id := e.must(t, 2, job.MaintenanceOp, job.MaintenanceInput{}).Out.(op.QueuedJob).Job
		if err := e.queue.RunJob(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		j := e.show(t, id)
		var removed map[string]int64
		if err := json.Unmarshal(j.Summary, &removed); err != nil || j.State != job.Done {
			t.Fatalf("%s %s %s: %v", j.State, j.ErrorCode, j.Summary, err)
		}
		// Two keys of the first two requests, one job that ended, the rows of batch 99.
		if removed["replay_keys"] != 2 || removed["jobs"] != 1 || removed["rows"] != 1200 || removed["proposals"] != 0 {
			t.Fatalf("removed %v", removed)
		}
		if e.show(t, kept).State != job.Queued || e.show(t, young).State != job.Queued {
			t.Error("a job that waits was removed")
		}
	})
}

// TestRunLoop: an idle process wakes for its own jobs at once and for those of
// others at the next poll, starts schedules, and stops when told. Time is
// simulated.
func TestRunLoop(t *testing.T) {
	t.Parallel()
	set := testSet(t)
	dsn := dbtest.DSN(t, dbtest.SQLite, set)
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.Connect(t, dsn, db.Options{Now: time.Now})
		e := newEnv(t, d, dbtest.NewClock(time.Now()), newPeople(), job.Options{Poll: 10 * time.Second, Workers: 2})
		e.runner.Now = time.Now
		if err := e.queue.Schedules(job.Schedule{Code: "nightly", Operation: job.MaintenanceOp, Rule: "every 15m"}); err != nil {
			t.Fatal(err)
		}
		stopped := make(chan error, 1)
		ctx, stop := context.WithCancel(t.Context())
		go func() { stopped <- e.queue.Run(ctx) }()
		synctest.Wait()
		began := time.Now()
		in := fill{Batch: 1, Count: 4, Part: 2}
		id := e.enqueue(t, in)
		synctest.Wait()
		e.checkDone(t, id, in)
		if waited := time.Since(began); waited >= 10*time.Second {
			t.Errorf("its own job waited %v", waited)
		}
		time.Sleep(16 * time.Minute) // simulated
		synctest.Wait()
		if s := e.schedule(t); s.LastState != job.Done {
			t.Errorf("schedule: %+v", s)
		}
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}
