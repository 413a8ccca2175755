package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// hooks is an interceptor made of functions; nil ones do nothing.
type hooks struct {
	before func(c db.Call) error
	after  func(c db.Call, err error) error
}

// Before implements db.Interceptor.
func (h hooks) Before(_ context.Context, c db.Call) error {
	if h.before == nil {
		return nil
	}
	return h.before(c)
}

// After implements db.Interceptor.
func (h hooks) After(_ context.Context, c db.Call, err error) error {
	if h.after == nil {
		return err
	}
	return h.after(c, err)
}

// gate holds the SQLite writer at its next begin until it is opened, so that
// the members queued meanwhile form one group.
type gate struct {
	armed atomic.Bool
	held  chan struct{}
	open  chan struct{}
}

func newGate() *gate { return &gate{held: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) before(c db.Call) error {
	if c.Kind == db.CallBegin && c.Write && g.armed.CompareAndSwap(true, false) {
		close(g.held)
		<-g.open
	}
	return nil
}

// grouped starts every function as a Write, waits until all of them wait in
// one group, lets them go and gives their errors.
func (g *gate) grouped(t *testing.T, d *db.DB, members []memberSpec) []error {
	t.Helper()
	g.armed.Store(true)
	errs := make([]error, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			ctx := m.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			errs[i] = d.Write(ctx, m.o, m.fn)
		})
		if i == 0 {
			<-g.held
		}
		for d.Stats().Waiting < int64(i) {
			runtime.Gosched()
		}
	}
	close(g.open)
	wg.Wait()
	return errs
}

type memberSpec struct {
	ctx context.Context
	o   db.WriteOptions
	fn  func(ctx context.Context, tx db.Tx) error
}

// add is a member that adds a thing.
func add(id int) memberSpec {
	return memberSpec{fn: func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES ($1, $2)`, id, fmt.Sprint("c", id))
		return err
	}}
}

func openSQLite(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	return dbtest.Open(t, dbtest.SQLite, sampleSet(t), o)
}

func ids(t *testing.T, d *db.DB) string {
	t.Helper()
	return strings.Join(texts(t, d, `SELECT CAST(id AS {text}) FROM thing ORDER BY id`), " ")
}

func TestMembersShareACommit(t *testing.T) {
	t.Parallel()
	g := newGate()
	d := openSQLite(t, db.Options{Intercept: hooks{before: g.before}})
	before := d.Stats().Commits
	errs := g.grouped(t, d, []memberSpec{add(1), add(2), add(3), add(4)})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := d.Stats().Commits - before; got != 1 {
		t.Errorf("%d commits for 4 members", got)
	}
	if got := ids(t, d); got != "1 2 3 4" {
		t.Errorf("things %s", got)
	}
}

func TestGroupIsBounded(t *testing.T) {
	t.Parallel()
	g := newGate()
	d := openSQLite(t, db.Options{Intercept: hooks{before: g.before}, GroupMax: 2})
	before := d.Stats().Commits
	if err := errors.Join(g.grouped(t, d, []memberSpec{add(1), add(2), add(3), add(4), add(5)})...); err != nil {
		t.Fatal(err)
	}
	if got := d.Stats().Commits - before; got != 3 {
		t.Errorf("%d commits for 5 members by 2", got)
	}
}

// TestBadMembersNeverTouchNeighbours puts one member of each bad kind between
// good ones, in one group.
func TestBadMembersNeverTouchNeighbours(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	then := func(m memberSpec, fn func(ctx context.Context, tx db.Tx) error) memberSpec {
		first := m.fn
		m.fn = func(ctx context.Context, tx db.Tx) error {
			if err := first(ctx, tx); err != nil {
				return err
			}
			return fn(ctx, tx)
		}
		return m
	}
	dry := add(50)
	dry.o.DryRun = true
	slow := then(add(50), func(ctx context.Context, tx db.Tx) error {
		<-ctx.Done() // its deadline, not its neighbours'
		_, err := tx.Exec(context.WithoutCancel(ctx), `INSERT INTO thing (id, code) VALUES (51, 'late')`)
		wantCode(t, err, fault.Unavailable, "db.timeout")
		return nil
	})
	slow.o.Timeout = 30 * time.Millisecond
	cases := map[string]struct {
		m    memberSpec
		code string
	}{
		"failing":      {then(add(50), func(context.Context, db.Tx) error { return fault.Wrap(own, fault.Conflict, "own") }), "own"},
		"duplicate":    {then(add(50), add(1).fn), "db.duplicate"},
		"dry run":      {dry, ""},
		"slow":         {slow, "db.timeout"},
		"panicking":    {then(add(50), func(context.Context, db.Tx) error { panic("own") }), "db.panic"},
		"hidden error": {then(add(50), func(ctx context.Context, tx db.Tx) error { _ = add(1).fn(ctx, tx); return nil }), "db.duplicate"},
		"rows left":    {then(add(50), leaveRows), "own"},
		"ends its goroutine": {then(add(50), func(context.Context, db.Tx) error {
			runtime.Goexit()
			return nil
		}), ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate()
			d := openSQLite(t, db.Options{Intercept: hooks{before: g.before}})
			before := d.Stats().Commits
			errs := g.grouped(t, d, []memberSpec{add(1), c.m, add(2), add(3)})
			if got := fault.CodeOf(errs[1]); got != c.code {
				t.Errorf("answered %v, want %q", errs[1], c.code)
			}
			if err := errors.Join(errs[0], errs[2], errs[3]); err != nil {
				t.Errorf("a neighbour failed: %v", err)
			}
			if got := ids(t, d); got != "1 2 3" {
				t.Errorf("things %s", got)
			}
			// A slow member may outlast the group, which then takes no one else.
			if got := d.Stats().Commits - before; got != 1 && name != "slow" {
				t.Errorf("%d commits", got)
			}
		})
	}
}

func leaveRows(ctx context.Context, tx db.Tx) error {
	rows, err := tx.Query(ctx, `SELECT id FROM thing`)
	if err != nil {
		return err
	}
	rows.Next()
	return fault.New(fault.Conflict, "own")
}

func TestCancelledMember(t *testing.T) {
	t.Parallel()
	t.Run("while queued it is not run", func(t *testing.T) {
		t.Parallel()
		g := newGate()
		d := openSQLite(t, db.Options{Intercept: hooks{before: g.before}})
		ctx, cancel := context.WithCancel(t.Context())
		left := add(50)
		left.ctx = ctx
		third := add(3)
		third.fn = func(c context.Context, tx db.Tx) error { return add(3).fn(c, tx) }
		answered := make(chan error, 1)
		g.armed.Store(true)
		first := make(chan error, 1)
		go func() { first <- d.Write(t.Context(), db.WriteOptions{}, add(1).fn) }()
		<-g.held
		go func() { answered <- d.Write(ctx, db.WriteOptions{}, left.fn) }()
		for d.Stats().Waiting < 1 {
			runtime.Gosched()
		}
		cancel()
		wantCode(t, <-answered, fault.Unavailable, "db.cancelled") // at once, the writer still being held
		close(g.open)
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), db.WriteOptions{}, third.fn); err != nil {
			t.Fatal(err)
		}
		if got := ids(t, d); got != "1 3" {
			t.Errorf("things %s", got)
		}
	})
	t.Run("while running it is finished and answered", func(t *testing.T) {
		t.Parallel()
		g := newGate()
		d := openSQLite(t, db.Options{Intercept: hooks{before: g.before}})
		ctx, cancel := context.WithCancel(t.Context())
		m := add(2)
		m.ctx = ctx
		m.fn = func(c context.Context, tx db.Tx) error {
			cancel()
			if c.Err() != nil {
				t.Error("the member's context was cancelled")
			}
			return add(2).fn(c, tx)
		}
		if err := errors.Join(g.grouped(t, d, []memberSpec{add(1), m, add(3)})...); err != nil {
			t.Fatal(err)
		}
		if got := ids(t, d); got != "1 2 3" {
			t.Errorf("things %s", got)
		}
	})
	t.Run("before it begins", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, d *db.DB) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			wantCode(t, d.Write(ctx, db.WriteOptions{}, add(1).fn), fault.Unavailable, "db.cancelled")
			if got := ids(t, d); got != "" {
				t.Errorf("things %s", got)
			}
		})
	})
}

// TestAnsweredAfterCommit: no member hears of its success before the COMMIT.
func TestAnsweredAfterCommit(t *testing.T) {
	t.Parallel()
	var d *db.DB
	var answered, early atomic.Int64
	g := newGate()
	h := hooks{before: func(c db.Call) error {
		if c.Kind == db.CallCommit && c.Group > 0 {
			early.Add(answered.Load())
		}
		return g.before(c)
	}}
	d = openSQLite(t, db.Options{Intercept: h})
	members := []memberSpec{add(1), add(2), add(3)}
	g.armed.Store(true)
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			if err := d.Write(t.Context(), m.o, m.fn); err != nil {
				t.Error(err)
			}
			answered.Add(1)
		})
		if i == 0 {
			<-g.held
		}
		for d.Stats().Waiting < int64(i) {
			runtime.Gosched()
		}
	}
	close(g.open)
	wg.Wait()
	if early.Load() != 0 || answered.Load() != 3 {
		t.Errorf("%d answered before the commit, %d after", early.Load(), answered.Load())
	}
}

// TestFailedCommitRunsEachAlone: the commit of the group fails, the members
// then run by themselves, in their own transactions.
func TestFailedCommitRunsEachAlone(t *testing.T) {
	t.Parallel()
	g := newGate()
	boom := errors.New("disk I/O error")
	h := hooks{before: func(c db.Call) error {
		if c.Kind == db.CallCommit && c.Group > 1 {
			return boom
		}
		return g.before(c)
	}}
	d := openSQLite(t, db.Options{Intercept: h})
	runs := [3]atomic.Int64{}
	count := func(i int) memberSpec {
		m := add(i + 1)
		fn := m.fn
		m.fn = func(ctx context.Context, tx db.Tx) error { runs[i].Add(1); return fn(ctx, tx) }
		return m
	}
	dry := count(1)
	dry.o.DryRun = true
	before := d.Stats()
	if err := errors.Join(g.grouped(t, d, []memberSpec{count(0), dry, count(2)})...); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, d); got != "1 3" {
		t.Errorf("things %s", got)
	}
	for i := range runs {
		if runs[i].Load() != 2 {
			t.Errorf("member %d ran %d times", i, runs[i].Load())
		}
	}
	if s := d.Stats(); s.Alone-before.Alone != 3 || s.Commits-before.Commits != 2 {
		t.Errorf("%d alone, %d commits", s.Alone-before.Alone, s.Commits-before.Commits)
	}
}

// TestUnknownCommitOfAGroup: the commit was done and its answer lost. A keyed
// member runs again and finds its key; another is told that nobody knows.
func TestUnknownCommitOfAGroup(t *testing.T) {
	t.Parallel()
	g := newGate()
	lost := atomic.Bool{}
	h := hooks{before: g.before, after: func(c db.Call, err error) error {
		if c.Kind == db.CallCommit && c.Group == 3 && lost.CompareAndSwap(false, true) {
			return db.ErrNoAnswer
		}
		return err
	}}
	d := openSQLite(t, db.Options{Intercept: h})
	keyed := add(2)
	keyed.o.Keyed = true
	keyed.fn = func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (2, 'key') ON CONFLICT DO NOTHING`)
		return err
	}
	failing := memberSpec{fn: func(context.Context, db.Tx) error { return fault.New(fault.Conflict, "own") }}
	errs := g.grouped(t, d, []memberSpec{add(1), keyed, failing})
	wantCode(t, errs[0], fault.Unavailable, "db.commit_unknown")
	if errs[1] != nil {
		t.Errorf("keyed: %v", errs[1])
	}
	wantCode(t, errs[2], fault.Conflict, "own")
	if got := ids(t, d); got != "1 2" {
		t.Errorf("things %s", got)
	}
}

// TestEachMemberHasItsOwnNow on a clock that moves, and goes back.
func TestEachMemberHasItsOwnNow(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 6789, time.UTC)
	clock := dbtest.NewClock(start)
	dbtest.EachWith(t, sampleSet(t), dbtest.Options{DB: db.Options{Now: clock.Now}}, func(t *testing.T, d *db.DB) {
		now := func() (at time.Time) {
			write(t, d, func(_ context.Context, tx db.Tx) error {
				at = tx.Now()
				if tx.Now() != at {
					t.Error("now moved inside a transaction")
				}
				return nil
			})
			return at
		}
		first := now()
		if first.Nanosecond()%1000 != 0 || first.Location() != time.UTC {
			t.Errorf("now is %s", first)
		}
		clock.Advance(-time.Hour)
		if again := now(); again.Before(first) {
			t.Errorf("now went back from %s to %s", first, again)
		}
		clock.Advance(3 * time.Hour)
		if later := now(); !later.After(first) {
			t.Errorf("now stands still at %s", later)
		}
	})
}

func TestNestedWriteIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(ctx context.Context, _ db.Tx) error {
			wantCode(t, d.Write(ctx, db.WriteOptions{}, add(1).fn), fault.Internal, "db.nested")
			wantCode(t, d.Read(ctx, func(context.Context, db.Reader) error { return nil }), fault.Internal, "db.nested")
			return nil
		})
	})
}

// TestGroupsAgainstAModel runs random groups of good and bad members and
// compares what stays with what should.
func TestGroupsAgainstAModel(t *testing.T) {
	t.Parallel()
	d := openSQLite(t, db.Options{GroupMax: 5})
	next := 0
	rapid.Check(t, func(rt *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"good", "dry", "fail", "panic", "alone", "sub"}), 1, 12).Draw(rt, "kinds")
		var want []string
		var wg sync.WaitGroup
		low := next
		for _, kind := range kinds {
			id := next
			next++
			m := add(id)
			fn := m.fn
			switch kind {
			case "dry":
				m.o.DryRun = true
			case "alone":
				m.o.NoGroup = true
			case "fail":
				m.fn = func(ctx context.Context, tx db.Tx) error { return errors.Join(fn(ctx, tx), errors.New("own")) }
			case "panic":
				m.fn = func(ctx context.Context, tx db.Tx) error { panic(fn(ctx, tx)) }
			case "sub":
				m.fn = func(ctx context.Context, tx db.Tx) error {
					return tx.Sub(ctx, true, func(tx db.Tx) error { return fn(ctx, tx) })
				}
			}
			if kind == "good" || kind == "alone" {
				want = append(want, fmt.Sprint("c", id))
			}
			wg.Go(func() {
				err := d.Write(t.Context(), m.o, m.fn)
				if wantErr := kind == "fail" || kind == "panic"; (err != nil) != wantErr {
					t.Errorf("%s: %v", kind, err)
				}
			})
		}
		wg.Wait()
		got := texts(t, d, `SELECT code FROM thing WHERE id >= $1 ORDER BY id`, low)
		if !slices.Equal(got, want) {
			rt.Fatalf("%v left %v, want %v", kinds, got, want)
		}
	})
}
