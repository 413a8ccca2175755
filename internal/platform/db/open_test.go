package db_test

import (
	"context"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

var someTime = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	now := dbtest.NewClock(someTime).Now
	for _, dsn := range []string{"", "sqlite:", "mysql://x", "sqlite:a?mode=ro", "file:x"} {
		_, err := db.Open(t.Context(), dsn, db.Options{Now: now})
		wantCode(t, err, fault.Invalid, "db.dsn")
	}
	_, err := db.Open(t.Context(), "sqlite:x", db.Options{})
	wantCode(t, err, fault.Internal, "db.options")
	_, err = db.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "no", "such", "folder.db"), db.Options{Now: now})
	if err == nil {
		t.Error("a file in no folder was opened")
	}
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = db.Open(t.Context(), "sqlite:"+garbage, db.Options{Now: now})
	wantCode(t, err, fault.Internal, "db.corrupt")
	_, err = db.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=2", db.Options{Now: now})
	wantCode(t, err, fault.Unavailable, "db.lost")
}

func TestClosedDatabaseRefuses(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d, err := db.Open(t.Context(), dbtest.DSN(t, engine, sampleSet(t)), db.Options{Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			first := d.Write(t.Context(), db.WriteOptions{}, add(1).fn)
			if err := errors.Join(first, d.Close(), d.Close()); err != nil {
				t.Fatal(err)
			}
			if err := d.Write(t.Context(), db.WriteOptions{}, add(2).fn); err == nil {
				t.Error("a closed database was written")
			}
			if err := d.Read(t.Context(), func(context.Context, db.Reader) error { return nil }); err == nil {
				t.Error("a closed database was read")
			}
		})
	}
}

func TestSQLiteFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "p.db")
	dbtest.Connect(t, "sqlite:"+path, db.Options{})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
}

// TestAnotherProcessWrites: two openings of one file, as a server and a
// command, write at the same time; and a lock held too long is told.
func TestAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t, dbtest.SQLite, sampleSet(t))
	one, two := dbtest.Connect(t, dsn, db.Options{}), dbtest.Connect(t, dsn, db.Options{})
	var wg sync.WaitGroup
	for i := range 40 {
		d := one
		if i%2 == 1 {
			d = two
		}
		wg.Go(func() {
			if err := d.Write(t.Context(), db.WriteOptions{}, add(i).fn); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := value[int64](t, one, `SELECT count(*) FROM thing`); n != 40 {
		t.Errorf("%d things", n)
	}
}

// TestEngineRollbackRunsEachAlone: a statement makes SQLite itself roll back
// the group's transaction. The neighbours run again and stay.
func TestEngineRollbackRunsEachAlone(t *testing.T) {
	t.Parallel()
	g := newGate()
	d := openSQLite(t, db.Options{Intercept: hooks{before: g.before}})
	exec(t, d, `INSERT INTO thing (id, code) VALUES (100, 'x')`)
	bad := memberSpec{fn: func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT OR ROLLBACK INTO thing (id, code) VALUES (100, 'y')`)
		if err == nil {
			return errors.New("the duplicate passed")
		}
		// Nothing may be written outside a transaction now.
		if _, again := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (101, 'z')`); again == nil {
			t.Error("a call was taken after the engine's rollback")
		}
		return err
	}}
	errs := g.grouped(t, d, []memberSpec{add(1), bad, add(3)})
	if err := errors.Join(errs[0], errs[2]); err != nil {
		t.Error(err)
	}
	wantCode(t, errs[1], fault.Conflict, "db.duplicate")
	if got := ids(t, d); got != "1 3 100" {
		t.Errorf("things %s", got)
	}
}

// TestFullDisk: the file may not grow any more.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	d := openSQLite(t, db.Options{})
	full := func(ctx context.Context, tx db.Tx) error {
		if err := db.Each(ctx, tx, func(db.Rows) error { return nil }, `PRAGMA max_page_count = 60`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO thing (id, code, content) VALUES (1, 'big', zeroblob(2000000))`)
		return err
	}
	wantCode(t, d.Write(t.Context(), db.WriteOptions{}, full), fault.Unavailable, "db.full")
	if err := d.Write(t.Context(), db.WriteOptions{}, add(2).fn); err != nil {
		t.Error(err)
	}
	if got := ids(t, d); got != "2" {
		t.Errorf("things %s", got)
	}
}

// admin runs a statement on a connection of its own.
func admin(t *testing.T, dsn, sql string, args ...any) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context()) //nolint:errcheck // a test
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

const killOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

// TestCutConnections: the server ends every session, at rest and in the middle
// of a transaction; the work is done once.
func TestCutConnections(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.Postgres, sampleSet(t), db.Options{})
	var wg sync.WaitGroup
	for i := range 8 { // several connections at rest, and the one aside
		wg.Go(func() {
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				if _, err := tx.NewID(ctx); err != nil {
					return err
				}
				return add(i).fn(ctx, tx)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	admin(t, d.DSN(), killOthers)
	if n := value[int64](t, d, `SELECT count(*) FROM thing`); n != 8 {
		t.Errorf("%d things", n)
	}
	cuts := atomic.Int64{}
	write(t, d, func(ctx context.Context, tx db.Tx) error {
		if err := add(100).fn(ctx, tx); err != nil {
			return err
		}
		if cuts.Add(1) <= 2 {
			admin(t, d.DSN(), killOthers)
		}
		_, err := tx.NewIDs(ctx, 100000)
		return errors.Join(err, add(101).fn(ctx, tx))
	})
	if n := value[int64](t, d, `SELECT count(*) FROM thing`); n != 10 || cuts.Load() != 3 {
		t.Errorf("%d things after %d runs", n, cuts.Load())
	}
}

// TestDeadlockIsRetried: two transactions take two rows in opposite orders.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.Postgres, sampleSet(t), db.Options{})
	addSizes(t, d, 0, 0)
	var barrier sync.WaitGroup
	barrier.Add(2)
	var wg sync.WaitGroup
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		wg.Go(func() {
			once := false
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE thing SET size = size + 1 WHERE id = $1`, order[0]); err != nil {
					return err
				}
				if !once {
					once = true
					barrier.Done()
					barrier.Wait()
				}
				_, err := tx.Exec(ctx, `UPDATE thing SET size = size + 1 WHERE id = $1`, order[1])
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := value[int64](t, d, `SELECT CAST(sum(size) AS {int}) FROM thing`); n != 4 || d.Stats().Retries == 0 {
		t.Errorf("sum %d after %d retries", n, d.Stats().Retries)
	}
}

func TestLockServe(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "s.db")
	release, err := db.LockServe(dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.LockServe(dsn)
	wantCode(t, err, fault.Conflict, "db.served_elsewhere")
	release()
	release, err = db.LockServe(dsn)
	if err != nil {
		t.Fatal(err)
	}
	release()
	for range 2 {
		if _, err := db.LockServe("postgres://x/y"); err != nil {
			t.Error(err)
		}
	}
	_, err = db.LockServe("x")
	wantCode(t, err, fault.Invalid, "db.dsn")
	_, err = db.LockServe("sqlite:" + filepath.Join(t.TempDir(), "no", "s.db"))
	wantCode(t, err, fault.Unavailable, "db.storage")
}

// TestLibcIsTheOneSQLiteWants: another version crashes.
func TestLibcIsTheOneSQLiteWants(t *testing.T) {
	t.Parallel()
	out, err := goTool(t, "go", "list", "-m", "-f", "{{.Path}} {{.Version}} {{.GoMod}}", "modernc.org/sqlite", "modernc.org/libc")
	if err != nil {
		t.Fatalf("go list: %v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	gomod, err := os.ReadFile(strings.Fields(lines[0])[2])
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(gomod)
	used := strings.Fields(lines[1])[1]
	v := db.Versions()
	if string(want[1]) != used || v.LibcWanted != used {
		t.Errorf("sqlite wants libc %s, go.mod has %s, the program says %s", want[1], used, v.LibcWanted)
	}
	if !v.LibcMatches() || !strings.HasPrefix(v.SQLite, "3.") {
		t.Errorf("versions %+v", v)
	}
	v.ModerncLibc = "v0.0.1"
	if v.LibcMatches() {
		t.Error("another libc matches")
	}
}

func goTool(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := osexec.CommandContext(t.Context(), name, args...)
	cmd.Dir = filepath.Dir(thisFile())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func thisFile() string {
	_, file, _, _ := runtime.Caller(0)
	return file
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		bump := func(o db.WriteOptions, topics ...string) {
			err := d.Write(t.Context(), o, func(ctx context.Context, tx db.Tx) error {
				for _, topic := range topics {
					if err := db.Bump(ctx, tx, topic); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		bump(db.WriteOptions{}, "org", "org", "access")
		bump(db.WriteOptions{DryRun: true}, "org")
		bump(db.WriteOptions{}, "org")
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			got, err := db.Revisions(ctx, r)
			if len(got) != 2 || got["org"] != 3 || got["access"] != 1 {
				t.Errorf("revisions %v", got)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
