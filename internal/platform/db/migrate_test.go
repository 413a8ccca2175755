package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/internal/kernel/fault"
	"wasl/internal/testkit/pgtest"
)

const migrateSchema = `
-- A comment; with a semicolon and {braces}.
CREATE TABLE alpha (
  id {int} NOT NULL PRIMARY KEY,
  name {text} NOT NULL
) {reference};

CREATE INDEX alpha_name ON alpha (name);

INSERT INTO alpha (id, name) VALUES (1, 'one; -- two');
`

const migrateSchemaNext = `
CREATE TABLE beta (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  done {bool} NOT NULL DEFAULT FALSE,
  PRIMARY KEY (receivable_account_id, id)
) {dist};

ALTER TABLE alpha ADD COLUMN size {int};
UPDATE alpha SET size = 5;
CREATE UNIQUE INDEX uq_alpha__size ON alpha (size);
`

func migrateSet(t testing.TB, last int) MigrationSet {
	t.Helper()
	files := []struct{ name, text string }{{"0100_alpha.sql", migrateSchema}, {"0200_beta.sql", migrateSchemaNext}, {"0300_late.sql", "DROP TABLE beta;"}}
	fsys := fstest.MapFS{}
	for _, f := range files[:last] {
		fsys["migrations/"+f.name] = &fstest.MapFile{Data: []byte(f.text)}
	}
	set, err := Migrations(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// emptyDatabases gives the address of a new empty database by engine name.
func emptyDatabases() map[string]func(t *testing.T) string {
	return map[string]func(t *testing.T) string{
		"sqlite":        func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "m.db") },
		"postgres":      func(t *testing.T) string { return pgtest.DSN(t) },
		"postgres-hash": func(t *testing.T) string { return pgtest.DSN(t) },
	}
}

func openFor(t *testing.T, name, dsn string, o Options) *DB {
	t.Helper()
	o.Now = time.Now
	o.PartitionProfile = name == "postgres-hash"
	d, err := Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// cutDriver fails the nth statement of a migration and every one after it on
// the same pool: the process was killed there.
type cutDriver struct {
	driver.Connector
	nth   int64
	after bool // the statement is made, its answer is lost
	die   func()
	count atomic.Int64
}

var errKilled = errors.New("killed")

// Connect implements driver.Connector.
func (c *cutDriver) Connect(ctx context.Context) (driver.Conn, error) {
	if c.count.Load() >= c.nth {
		return nil, errKilled
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &cutConn{Conn: conn, c: c}, nil
}

// step makes a statement unless the process is dead, or dies around it.
func (c *cutDriver) step(make func() error) error {
	n := c.count.Add(1)
	if n < c.nth {
		return make()
	}
	defer c.die()
	if n == c.nth && c.after {
		return errors.Join(make(), errKilled)
	}
	return errKilled
}

type cutConn struct {
	driver.Conn
	c *cutDriver
}

// ExecContext implements driver.ExecerContext.
func (c *cutConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (r driver.Result, err error) {
	err = c.c.step(func() (err error) {
		r, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
		return err
	})
	return r, err
}

// QueryContext implements driver.QueryerContext.
func (c *cutConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (r driver.Rows, err error) {
	err = c.c.step(func() (err error) {
		r, err = c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
		return err
	})
	if err != nil && r != nil {
		_ = r.Close()
	}
	return r, err
}

// BeginTx implements driver.ConnBeginTx.
func (c *cutConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	var tx driver.Tx
	err := c.c.step(func() (err error) {
		tx, err = c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return cutTx{tx, c.c}, nil
}

// CheckNamedValue implements driver.NamedValueChecker.
func (c *cutConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type cutTx struct {
	driver.Tx
	c *cutDriver
}

// Commit implements driver.Tx.
func (t cutTx) Commit() error { return t.c.step(t.Tx.Commit) }

// schemaOf gives everything a migration makes, as text.
func schemaOf(t *testing.T, d *DB) string {
	t.Helper()
	sql := By{
		SQLite: `SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name`,
		Postgres: `SELECT line FROM (
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace) AS l
ORDER BY line COLLATE "C"`,
	}.For(d.Engine())
	var lines []string
	err := d.Read(t.Context(), func(ctx context.Context, r Reader) (err error) {
		if lines, err = All(ctx, r, scanText, sql); err != nil {
			return err
		}
		rows, err := All(ctx, r, scanText, `SELECT name || ' ' || CAST(size AS {text}) FROM alpha ORDER BY id`)
		versions, err2 := All(ctx, r, scanText, `SELECT CAST(version_id AS {text}) FROM goose_db_version ORDER BY version_id`)
		lines = append(append(lines, rows...), versions...)
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestMigrationsInterruptedAtEachStatement kills a migration at its nth
// statement, before or after it, for every n, and runs it again: the schema is
// that of a migration nobody disturbed.
func TestMigrationsInterruptedAtEachStatement(t *testing.T) {
	t.Parallel()
	set := migrateSet(t, 2)
	for name, dsn := range emptyDatabases() {
		if name == "postgres-hash" {
			continue // the same statements, only more of them
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := openFor(t, name, dsn(t), Options{})
			if _, err := whole.Migrate(t.Context(), set); err != nil {
				t.Fatal(err)
			}
			want := schemaOf(t, whole)
			address := whole.DSN()
			for _, after := range []bool{false, true} {
				finished := int64(0)
				for n := int64(1); finished == 0; n++ {
					if interruptedAt(t, name, emptied(t, name, address), set, n, after, want) {
						finished = n
					}
				}
				// Three migrations with two or more statements each, their begin,
				// record and commit, and the version table.
				if finished < 20 {
					t.Errorf("only %d statements were counted", finished)
				}
			}
		})
	}
}

// emptied empties a PostgreSQL database, which costs less than a new one, or
// gives a new file.
func emptied(t *testing.T, name, dsn string) string {
	t.Helper()
	if name == "sqlite" {
		return emptyDatabases()[name](t)
	}
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Exec(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	if err := errors.Join(err, c.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// interruptedAt says that the migration ended before its nth statement.
func interruptedAt(t *testing.T, name, dsn string, set MigrationSet, n int64, after bool, want string) bool {
	t.Helper()
	var cut *cutDriver
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := openFor(t, name, dsn, Options{migrating: func(c driver.Connector) driver.Connector {
		cut = &cutDriver{Connector: c, nth: n, after: after, die: cancel}
		return cut
	}})
	_, err := d.Migrate(ctx, set)
	if err == nil {
		return cut.count.Load() < n
	}
	if !errors.Is(err, errKilled) && !errors.Is(err, context.Canceled) {
		t.Fatalf("statement %d: %v", n, err)
	}
	d.opt.migrating = nil
	if _, err := d.Migrate(t.Context(), set); err != nil {
		t.Fatalf("again after statement %d: %v", n, err)
	}
	if got := schemaOf(t, d); got != want {
		t.Fatalf("after statement %d the schema is\n%s\nwant\n%s", n, got, want)
	}
	if err := d.CheckSchema(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	return false
}

func TestMigrateAndCheck(t *testing.T) {
	t.Parallel()
	for name, dsn := range emptyDatabases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openFor(t, name, dsn(t), Options{Node: 12})
			ctx := t.Context()
			old, current, later := migrateSet(t, 1), migrateSet(t, 2), migrateSet(t, 3)
			if err := d.CheckSchema(ctx, old); fault.KindOf(err) != fault.Precondition || fault.CodeOf(err) != "db.schema_missing" {
				t.Errorf("empty: %v", err)
			}
			steps := []struct {
				set  MigrationSet
				want []int64
			}{{old, []int64{1, 100}}, {current, []int64{200}}, {current, nil}}
			for _, s := range steps {
				applied, err := d.Migrate(ctx, s.set)
				var got []int64
				for _, m := range applied {
					got = append(got, m.Version)
				}
				if err != nil || !slices.Equal(got, s.want) {
					t.Errorf("applied %v, %v; want %v", got, err, s.want)
				}
			}
			// An old program refuses a newer schema, and does not touch it.
			for _, err := range []error{d.CheckSchema(ctx, old), second(d.Migrate(ctx, old))} {
				if fault.KindOf(err) != fault.Precondition || fault.CodeOf(err) != "db.schema_newer" || fault.As(err).Args["version"] != int64(200) {
					t.Errorf("old program: %v", err)
				}
			}
			if err := d.CheckSchema(ctx, current); err != nil {
				t.Error(err)
			}
			if err := d.CheckSchema(ctx, later); fault.CodeOf(err) != "db.schema_missing" || fault.As(err).Args["count"] != 1 {
				t.Errorf("new program: %v", err)
			}
			if node, err := d.Node(ctx); node != 12 || err != nil {
				t.Errorf("node %d, %v", node, err)
			}
			if err := CheckCatalog(ctx, d, current); err != nil {
				t.Error(err)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// TestMigrateTogether: two processes begin at the same moment.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	for name, dsn := range emptyDatabases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := dsn(t)
			set := migrateSet(t, 2)
			done := make(chan error)
			for range 3 {
				d := openFor(t, name, address, Options{})
				go func() {
					_, err := d.Migrate(t.Context(), set)
					done <- err
				}()
			}
			for range 3 {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestMigrationsOutOfOrder(t *testing.T) {
	t.Parallel()
	d := openFor(t, "sqlite", emptyDatabases()["sqlite"](t), Options{})
	one, err := Migrations(fstest.MapFS{"0200_b.sql": {Data: []byte("CREATE TABLE b (id {int} NOT NULL PRIMARY KEY) {control};")}})
	if err != nil {
		t.Fatal(err)
	}
	both, err := Migrations(fstest.MapFS{
		"0200_b.sql": {Data: []byte("CREATE TABLE b (id {int} NOT NULL PRIMARY KEY) {control};")},
		"0150_a.sql": {Data: []byte("CREATE TABLE a (id {int} NOT NULL PRIMARY KEY) {control};")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []MigrationSet{one, both} {
		if _, err := d.Migrate(t.Context(), set); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.CheckSchema(t.Context(), both); err != nil {
		t.Error(err)
	}
}

func TestMigrationsRefused(t *testing.T) {
	t.Parallel()
	table := "CREATE TABLE a (id {int} NOT NULL PRIMARY KEY) {control};"
	cases := map[string]fstest.MapFS{
		"the number":    {"a/0100_a.sql": {Data: []byte(table)}, "b/0100_b.sql": {Data: []byte("SELECT 1;")}},
		"NNNN_noun":     {"100_a.sql": {Data: []byte(table)}},
		"with a class":  {"0100_a.sql": {Data: []byte("CREATE TABLE a (id {int});")}},
		"0100_a":        {"0100_a.sql": {Data: []byte("CREATE TABLE a (id {integer}) {control};")}},
		"primary key":   {"0100_a.sql": {Data: []byte("CREATE TABLE a (id {int}) {lookup};")}},
		"of 0001_db":    {"0001_a.sql": {Data: []byte(table)}},
		"1 with a cla":  {"0100_a.sql": {Data: []byte("CREATE TABLE b (id {int});\n" + table)}},
		"0 with a clas": {"0100_a.sql": {Data: []byte("CREATE TABLE b (id {int}) {big};\n")}},
	}
	for want, fsys := range cases {
		_, err := Migrations(fsys)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestRenderAndClasses(t *testing.T) {
	t.Parallel()
	source := `
CREATE TABLE account ( -- of someone, {odd}
  receivable_account_id {int} NOT NULL PRIMARY KEY
) {dist};
CREATE TABLE meter (
  serial {text} NOT NULL, -- a comma, PRIMARY KEY (nothing)
  place {int},
  PRIMARY KEY (serial, place)
) {lookup};
CREATE TABLE old (id {int} NOT NULL PRIMARY KEY) {control};
CREATE TABLE gone (id {int} NOT NULL PRIMARY KEY) {control};
ALTER TABLE old RENAME TO new;
DROP TABLE IF EXISTS gone;
`
	set, err := Migrations(fstest.MapFS{"0100_a.sql": {Data: []byte(source)}})
	if err != nil {
		t.Fatal(err)
	}
	classes := Classes(set)
	want := map[string]Class{"account": Dist, "meter": Lookup, "new": Control, "db_node": Control, "id_block": Control, "series": Control, "revision": Control}
	if fmt.Sprint(classes) != fmt.Sprint(want) {
		t.Errorf("classes %v", classes)
	}
	rendered := func(e Engine, partitions bool) string {
		files, err := set.render(e, partitions)
		if err != nil {
			t.Fatal(err)
		}
		return files["0100_a.sql"]
	}
	for _, c := range []struct {
		text string
		want []string
		not  string
	}{
		{rendered(SQLite, true), []string{"-- +goose Up", "serial TEXT NOT NULL", ") STRICT;"}, "PARTITION"},
		{rendered(Postgres, false), []string{`serial text COLLATE "C" NOT NULL`, "place bigint"}, "PARTITION"},
		{rendered(Postgres, true), []string{
			") PARTITION BY HASH (receivable_account_id);\n" +
				"CREATE TABLE account_p0 PARTITION OF account FOR VALUES WITH (MODULUS 4, REMAINDER 0);",
			") PARTITION BY HASH (serial);", "meter_p3",
		}, "old_p0"},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.text, want) {
				t.Errorf("no %q in\n%s", want, c.text)
			}
		}
		if strings.Contains(c.text, c.not) {
			t.Errorf("%q in\n%s", c.not, c.text)
		}
	}
	if got := firstKey("a {int}, b {text} NOT NULL PRIMARY KEY, c {int}"); got != "b" {
		t.Errorf("first key %q", got)
	}
	a, _ := set.Hash(Postgres, true)
	b, _ := set.Hash(Postgres, false)
	if a == b || len(a) != 16 {
		t.Errorf("hashes %s %s", a, b)
	}
}

func TestMemFS(t *testing.T) {
	t.Parallel()
	if err := fstest.TestFS(memFS{"a.sql": "x", "b.sql": ""}, "a.sql", "b.sql"); err != nil {
		t.Fatal(err)
	}
}
