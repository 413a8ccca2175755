// Package dbtest opens migrated databases for tests, one subtest per engine:
// SQLite, PostgreSQL, and PostgreSQL with hash partitions, which refuses what a
// distributed PostgreSQL refuses. The schema is made once per set of
// migrations and copied, so that a database costs milliseconds.
package dbtest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/testkit/pgtest"
)

// The engines a test may name.
const (
	SQLite       = "sqlite"
	Postgres     = "postgres"
	PostgresHash = "postgres-hash"
)

// Engines gives every engine of the suite.
func Engines() []string { return []string{SQLite, Postgres, PostgresHash} }

// Options of Open and EachWith.
type Options struct {
	// DB is passed on. A nil clock is the machine's.
	DB db.Options
	// Engines limits EachWith; empty is all.
	Engines []string
}

// Each runs a parallel subtest per engine on a migrated database.
func Each(t *testing.T, set db.MigrationSet, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachWith(t, set, Options{}, fn)
}

// EachWith is Each with options.
func EachWith(t *testing.T, set db.MigrationSet, o Options, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	engines := o.Engines
	if len(engines) == 0 {
		engines = Engines()
	}
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, Open(t, engine, set, o.DB))
		})
	}
}

// Migrations merges migrations or fails the test.
func Migrations(t testing.TB, sources ...fs.FS) db.MigrationSet {
	t.Helper()
	set, err := db.Migrations(sources...)
	if err != nil {
		t.Fatalf("migrations: %v", err)
	}
	return set
}

// Open gives a new migrated database, closed at the end of the test.
func Open(t testing.TB, engine string, set db.MigrationSet, o db.Options) *db.DB {
	t.Helper()
	o.PartitionProfile = engine == PostgresHash
	return Connect(t, DSN(t, engine, set), o)
}

// Connect opens a database that exists, closed at the end of the test.
func Connect(t testing.TB, dsn string, o db.Options) *db.DB {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	d, err := db.Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

// DSN gives the address of a new migrated database.
func DSN(t testing.TB, engine string, set db.MigrationSet) string {
	t.Helper()
	if engine == SQLite {
		return "sqlite:" + sqliteCopy(t, set)
	}
	hashed := engine == PostgresHash
	hash, err := set.Hash(db.Postgres, hashed)
	if err != nil {
		t.Fatalf("migrations: %v", err)
	}
	return pgtest.FromTemplate(t, "wasl_template_"+hash, func(dsn string) error {
		return migrate(t.Context(), dsn, set, hashed)
	})
}

func migrate(ctx context.Context, dsn string, set db.MigrationSet, hashed bool) error {
	d, err := db.Open(ctx, dsn, db.Options{Now: time.Now, PartitionProfile: hashed})
	if err != nil {
		return err
	}
	_, err = d.Migrate(ctx, set)
	return errors.Join(err, d.Close())
}

// sqliteCopy copies the migrated file of a set, made once per machine.
func sqliteCopy(t testing.TB, set db.MigrationSet) string {
	t.Helper()
	hash, err := set.Hash(db.SQLite, false)
	if err != nil {
		t.Fatalf("migrations: %v", err)
	}
	dir := filepath.Join(os.TempDir(), "wasl-dbtest-"+strconv.Itoa(os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	template := filepath.Join(dir, hash+".db")
	if err := makeOnce(template, func(draft string) error { return migrate(t.Context(), "sqlite:"+draft, set, false) }); err != nil {
		t.Fatalf("template file: %v", err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := copyFile(path, template); err != nil {
		t.Fatal(err)
	}
	return path
}

// makeOnce makes a file under a lock; it appears only when it is complete.
func makeOnce(path string, build func(draft string) error) error {
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // nothing was written
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), "draft-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover draft harms nobody
	draft := filepath.Join(dir, "draft.db")
	if err := build(draft); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Clock is a clock set by hand. Make it with NewClock.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock that stands at an instant.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now gives the instant it stands at.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves it, backwards too.
func (c *Clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}
