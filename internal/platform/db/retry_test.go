package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// failOnce fails the nth call of a Write with an error, before or after it is made.
type failOnce struct {
	nth   int64
	err   error
	after bool
	calls atomic.Int64
	armed atomic.Bool
	hit   atomic.Value // db.CallKind
}

func (f *failOnce) due(c db.Call, after bool) bool {
	if !f.armed.Load() || !c.Write || after != f.after || c.Kind == db.CallIDs {
		return false
	}
	if f.calls.Add(1) != f.nth {
		return false
	}
	f.hit.Store(c.Kind)
	return true
}

// Before implements db.Interceptor.
func (f *failOnce) Before(_ context.Context, c db.Call) error {
	if f.due(c, false) {
		return f.err
	}
	return nil
}

// After implements db.Interceptor.
func (f *failOnce) After(_ context.Context, c db.Call, err error) error {
	if f.due(c, true) {
		return f.err
	}
	return err
}

// everyCall makes each kind of call once: 11 with begin and commit.
func everyCall(ctx context.Context, tx db.Tx) error {
	if err := tx.Lock(ctx, 1); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (1, 'a')`); err != nil {
		return err
	}
	if err := tx.Sub(ctx, true, func(tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (2, 'b')`)
		return err
	}); err != nil {
		return err
	}
	if err := tx.Sub(ctx, false, func(tx db.Tx) error {
		_, err := tx.Bulk(ctx, "thing", []string{"id", "code"}, rowsOf([]any{3, "c"}))
		return err
	}); err != nil {
		return err
	}
	n, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM thing`)
	if err == nil && n != 2 {
		return fmt.Errorf("%d things", n)
	}
	return err
}

const callsOfEveryCall = 11

// TestEveryCallMayFail fails each call of a transaction in turn. A passing
// failure is retried and the work is there once; another one is told and the
// work is not there at all.
func TestEveryCallMayFail(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	cases := []struct {
		err   error
		after bool
		code  string // empty: it succeeds in the end
	}{
		{db.ErrLost, false, ""},
		{db.ErrLost, true, ""},
		{db.ErrBusy, false, ""},
		{db.ErrSerialization, false, ""},
		{plain, false, "db.failed"},
		{plain, true, "db.failed"},
		{context.DeadlineExceeded, false, "db.timeout"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.err, " after ", c.after), func(t *testing.T) {
			t.Parallel()
			for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					f := &failOnce{err: c.err, after: c.after}
					d := dbtest.Open(t, engine, sampleSet(t), db.Options{Intercept: f})
					for n := int64(1); n <= callsOfEveryCall; n++ {
						exec(t, d, `DELETE FROM thing`)
						f.calls.Store(0)
						f.nth = n
						f.armed.Store(true)
						err := d.Write(t.Context(), db.WriteOptions{NoGroup: true}, everyCall)
						f.armed.Store(false)
						checkNth(t, d, c.code, c.after, f.hit.Load().(db.CallKind), err)
					}
					exec(t, d, `DELETE FROM thing`)
					f.nth = callsOfEveryCall + 1
					f.calls.Store(0)
					f.armed.Store(true)
					if err := d.Write(t.Context(), db.WriteOptions{NoGroup: true}, everyCall); err != nil {
						t.Error("there are more calls than the test knows:", err)
					}
				})
			}
		})
	}
}

func checkNth(t *testing.T, d *db.DB, code string, after bool, hit db.CallKind, err error) {
	t.Helper()
	things := value[int64](t, d, `SELECT count(*) FROM thing`)
	switch {
	case hit == db.CallCommit && after: // whatever was reported, it was done
		wantCode(t, err, fault.Unavailable, "db.commit_unknown")
		if things != 2 {
			t.Errorf("%s: %d things after a commit", hit, things)
		}
	case code == "":
		if err != nil || things != 2 {
			t.Errorf("%s: %d things, %v", hit, things, err)
		}
	default:
		if fault.CodeOf(err) != code || things != 0 {
			t.Errorf("%s: %d things, %v; want %s", hit, things, err, code)
		}
	}
}

func TestUnknownCommitIsRetriedWithAKey(t *testing.T) {
	t.Parallel()
	for _, keyed := range []bool{true, false} {
		for _, engine := range dbtest.Engines() {
			t.Run(fmt.Sprint(engine, " keyed ", keyed), func(t *testing.T) {
				t.Parallel()
				lose := atomic.Int64{}
				h := hooks{after: func(c db.Call, err error) error {
					if c.Kind == db.CallCommit && lose.Add(-1) == 0 {
						return db.ErrNoAnswer
					}
					return err
				}}
				d := dbtest.Open(t, engine, sampleSet(t), db.Options{Intercept: h})
				lose.Store(1)
				runs := 0
				err := d.Write(t.Context(), db.WriteOptions{Keyed: keyed}, func(ctx context.Context, tx db.Tx) error {
					runs++
					_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (1, 'key') ON CONFLICT (id) DO NOTHING`)
					return err
				})
				if keyed && (err != nil || runs != 2) {
					t.Errorf("%d runs, %v", runs, err)
				}
				if !keyed && (fault.CodeOf(err) != "db.commit_unknown" || runs != 1) {
					t.Errorf("%d runs, %v", runs, err)
				}
				if got := ids(t, d); got != "1" {
					t.Errorf("things %s", got)
				}
			})
		}
	}
}

func TestRetriesAreBounded(t *testing.T) {
	t.Parallel()
	h := hooks{before: func(c db.Call) error {
		if c.Kind == db.CallExec {
			return db.ErrBusy
		}
		return nil
	}}
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d := dbtest.Open(t, engine, sampleSet(t), db.Options{Intercept: h})
			runs := 0
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				runs++
				return add(1).fn(ctx, tx)
			})
			wantCode(t, err, fault.Unavailable, "db.busy")
			if runs != 8 {
				t.Errorf("%d runs", runs)
			}
			// The caller's context ends the waiting between runs.
			ctx, cancel := context.WithCancel(t.Context())
			runs = 0
			err = d.Write(ctx, db.WriteOptions{}, func(c context.Context, tx db.Tx) error {
				runs++
				cancel()
				return add(1).fn(c, tx)
			})
			wantCode(t, err, fault.Unavailable, "db.busy")
			if runs != 1 {
				t.Errorf("%d runs after the caller left", runs)
			}
		})
	}
}

// TestWriteDeadline: the function is late; nothing of it stays.
func TestWriteDeadline(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, alone := range []bool{false, true} {
			o := db.WriteOptions{Timeout: 20 * time.Millisecond, NoGroup: alone}
			err := d.Write(t.Context(), o, func(ctx context.Context, tx db.Tx) error {
				if err := add(1).fn(ctx, tx); err != nil {
					return err
				}
				<-ctx.Done()
				return nil
			})
			wantCode(t, err, fault.Unavailable, "db.timeout")
		}
		if got := ids(t, d); got != "" {
			t.Errorf("things %s", got)
		}
		exec(t, d, `INSERT INTO thing (id, code) VALUES (2, 'b')`)
	})
}

func TestDryRunAndPanic(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, alone := range []bool{false, true} {
			seen := int64(0)
			err := d.Write(t.Context(), db.WriteOptions{DryRun: true, NoGroup: alone}, func(ctx context.Context, tx db.Tx) (err error) {
				if err := add(1).fn(ctx, tx); err != nil {
					return err
				}
				seen, err = db.Value[int64](ctx, tx, `SELECT count(*) FROM thing`)
				return err
			})
			if err != nil || seen != 1 {
				t.Errorf("dry run: saw %d, %v", seen, err)
			}
			err = d.Write(t.Context(), db.WriteOptions{NoGroup: alone}, func(ctx context.Context, tx db.Tx) error {
				panic(add(1).fn(ctx, tx))
			})
			wantCode(t, err, fault.Internal, "db.panic")
			if !strings.Contains(err.Error(), "retry_test.go") {
				t.Error("the cause does not say where")
			}
		}
		wantCode(t, d.Read(t.Context(), func(context.Context, db.Reader) error { panic("read") }), fault.Internal, "db.panic")
		if got := ids(t, d); got != "" {
			t.Errorf("things %s", got)
		}
	})
}

// TestReadIsCancelled in the middle of a long query, and the reader lives on.
func TestReadIsCancelled(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := d.Read(ctx, func(ctx context.Context, r db.Reader) error {
			_, err := db.Value[int64](ctx, r, `WITH RECURSIVE n (i) AS (SELECT CAST(1 AS {int}) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
SELECT count(*) FROM n`)
			return err
		})
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("error %v", err)
		}
		for range 20 { // every reader still works
			if n := value[int64](t, d, `SELECT count(*) FROM thing`); n != 0 {
				t.Errorf("%d things", n)
			}
		}
	})
}

// TestReadersAreBounded: more readers than connections wait, none is lost.
func TestReadersAreBounded(t *testing.T) {
	t.Parallel()
	dbtest.EachWith(t, sampleSet(t), dbtest.Options{DB: db.Options{MaxConns: 2}}, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
					_, err := db.Value[int64](ctx, r, `SELECT count(*) FROM thing`)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// All taken: a reader with a short patience is told.
		release := make(chan struct{})
		for range 2 {
			held := make(chan struct{})
			wg.Go(func() {
				err := d.Read(t.Context(), func(context.Context, db.Reader) error { close(held); <-release; return nil })
				if err != nil {
					t.Error(err)
				}
			})
			<-held
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		wantCode(t, d.Read(ctx, func(context.Context, db.Reader) error { return nil }), fault.Unavailable, "db.timeout")
		close(release)
		wg.Wait()
	})
}

// TestSlowLogHasNoArguments.
func TestSlowLogHasNoArguments(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			var mu sync.Mutex
			log := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
				mu.Lock()
				defer mu.Unlock()
				return out.Write(p)
			}), nil))
			clock := dbtest.NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			h := hooks{before: func(c db.Call) error {
				if strings.HasPrefix(c.SQL, "INSERT") {
					clock.Advance(time.Second)
				}
				return nil
			}}
			d := dbtest.Open(t, engine, sampleSet(t), db.Options{Log: log, Now: clock.Now, Intercept: h})
			exec(t, d, `INSERT INTO thing (id, code) VALUES ($1, $2)`, 1, "secret")
			exec(t, d, `INSERT INTO thing (id, code) SELECT id + 10, code FROM thing WHERE id IN (`+strings.Repeat("7, ", 2000)+`8) ORDER BY id LIMIT 3`)
			mu.Lock()
			defer mu.Unlock()
			got := out.String()
			if n := len(got); n > 3000 || !strings.Contains(got, "ORDER BY id LIMIT 3") {
				t.Errorf("%d bytes logged for two statements, the second without its end", n)
			}
			if !strings.Contains(got, "INSERT INTO thing") || !strings.Contains(got, "took=1s") || strings.Contains(got, "secret") {
				t.Errorf("log: %s", got)
			}
			if d.Stats().Slow != 2 {
				t.Errorf("%d slow", d.Stats().Slow)
			}
		})
	}
}

type writerFunc func(p []byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
