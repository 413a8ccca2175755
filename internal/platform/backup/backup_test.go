package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/backup"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/pgtest"
)

// The first table by name refers to the last and to itself; a migration puts a
// row of its own in.
const schema = `-- +goose Up
CREATE TABLE zone (
  id {int} NOT NULL PRIMARY KEY,
  name {text} NOT NULL
) {reference};
CREATE TABLE article (
  id {int} NOT NULL PRIMARY KEY,
  parent_id {int} REFERENCES article (id),
  zone_id {int} REFERENCES zone (id),
  label {text},
  sold {bool},
  since {date},
  seen_at {instant},
  picture {bytes}
) {control};
CREATE UNIQUE INDEX uq_article__label ON article (label);
INSERT INTO zone (id, name) VALUES (1, 'seeded');
`

const younger = `-- +goose Up
ALTER TABLE article ADD COLUMN weight {int};
UPDATE article SET weight = 7;
`

func sources(more ...string) []fs.FS {
	files := fstest.MapFS{"m/9001_article.sql": {Data: []byte(schema)}}
	for i, m := range more {
		files[fmt.Sprintf("m/%d_more.sql", 9002+i)] = &fstest.MapFile{Data: []byte(m)}
	}
	return []fs.FS{files}
}

// article is a row of every type, each also NULL.
type article struct {
	ID      int64
	Parent  *int64
	Zone    *int64
	Label   *string
	Sold    *bool
	Since   day.Date
	SeenAt  time.Time
	Picture []byte
}

func articles(t testing.TB) []article {
	t.Helper()
	since, err := day.New(2024, time.February, 29)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) *string { return &s }
	number := func(n int64) *int64 { return &n }
	truth := func(b bool) *bool { return &b }
	seen := time.Date(2026, 3, 22, 1, 59, 59, 999999000, time.UTC)
	return []article{
		{
			ID: 1, Parent: number(3), Zone: number(2), Sold: truth(true), Since: since, SeenAt: seen, Picture: []byte{0, 1, 255, '\n', '\t'},
			Label: text("été\tà l’Agdal\n\\N \\ \r وصل"),
		},
		{ID: 2, Zone: number(2), Label: text(""), Sold: truth(false), SeenAt: time.Date(1931, 1, 1, 0, 0, 0, 1000, time.UTC), Picture: []byte{}},
		{ID: 3},
		{ID: 1<<53 - 1, Label: text(`\N`), Picture: []byte(`\N`)},
		{ID: -5, Label: text(strings.Repeat("long ", 20000))},
	}
}

type setup struct {
	d       *db.DB
	clock   *dbtest.Clock
	dir     string
	store   *file.Folder
	config  backup.Config
	targets int
}

func now() time.Time { return time.Date(2026, 6, 2, 1, 30, 0, 0, time.UTC) }

func prepare(t testing.TB, engine string) *setup {
	t.Helper()
	s := &setup{clock: dbtest.NewClock(now()), dir: t.TempDir()}
	set := dbtest.Migrations(t, sources()...)
	s.d = dbtest.Open(t, engine, set, db.Options{Now: s.clock.Now, Node: 1})
	store, err := file.NewFolder(filepath.Join(s.dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
	for _, body := range []string{"first content", "", strings.Repeat("x", 100_000)} {
		if _, err := store.Put(t.Context(), strings.NewReader(body), 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	key := filepath.Join(s.dir, "audit.key")
	if err := os.WriteFile(key, []byte("a private seed of thirty-two byt"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, s.d, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO zone (id, name) VALUES ($1, $2)`, 2, "Agdal")
		// Two passes, because a row may refer to one that comes later.
		for _, a := range articles(t) {
			if err == nil {
				_, err = tx.Exec(ctx, `INSERT INTO article (id, zone_id, label, sold, since, seen_at, picture) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
					a.ID, a.Zone, a.Label, a.Sold, a.Since, a.SeenAt, a.Picture)
			}
		}
		for _, a := range articles(t) {
			if err == nil {
				_, err = tx.Exec(ctx, `UPDATE article SET parent_id = $1 WHERE id = $2`, a.Parent, a.ID)
			}
		}
		return err
	})
	s.config = backup.Config{
		DB: s.d, Set: set, Program: "1.2.3", Files: s.store, Keys: []backup.KeyFile{{Name: "audit.key", Path: key}},
		Passphrase: []byte("correct horse battery"), Out: filepath.Join(s.dir, "out"), Now: s.clock.Now,
		Heads: func(context.Context, db.Reader) (any, error) { return map[string]int{"1": 42}, nil },
	}
	return s
}

func write(t testing.TB, d *db.DB, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), db.WriteOptions{}, fn); err != nil {
		t.Fatal(err)
	}
}

func (s *setup) create(t testing.TB) (backup.Summary, string) {
	t.Helper()
	sum, err := backup.Create(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	return sum, filepath.Join(s.config.Out, sum.Archive)
}

// target is a fresh place to restore to.
func (s *setup) target(t testing.TB, engine, archive string) backup.Target {
	t.Helper()
	s.targets++
	dir := filepath.Join(s.dir, fmt.Sprintf("target%d", s.targets))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	dsn := "sqlite:" + filepath.Join(dir, "wasl.db")
	if engine == dbtest.Postgres {
		dsn = pgtest.DSN(t)
	}
	return backup.Target{
		Archive: archive, DSN: dsn, Files: filepath.Join(dir, "files"), Keys: filepath.Join(dir, "keys"),
		Passphrase: s.config.Passphrase, Migrations: sources(), DB: db.Options{Now: s.clock.Now},
	}
}

func readArticles(t testing.TB, d *db.DB) (out []article) {
	t.Helper()
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.All(ctx, r, func(rows db.Rows) (a article, err error) {
			err = rows.Scan(&a.ID, &a.Parent, &a.Zone, &a.Label, &a.Sold, &a.Since, &a.SeenAt, &a.Picture)
			return a, err
		}, `SELECT id, parent_id, zone_id, label, sold, since, seen_at, picture FROM article ORDER BY abs(id)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantFault(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		t.Fatalf("error %v, want %s %s", err, kind, code)
	}
}

// checkRestored compares a restored installation with what was put in.
func (s *setup) checkRestored(t *testing.T, target backup.Target) {
	t.Helper()
	d := dbtest.Connect(t, target.DSN, db.Options{Now: s.clock.Now, Node: 9})
	want := articles(t)
	want[3], want[4] = want[4], want[3]
	got := readArticles(t, d)
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	byID := map[int64]article{}
	for _, a := range got {
		byID[a.ID] = a
	}
	for _, w := range want {
		if !reflect.DeepEqual(byID[w.ID], w) {
			t.Errorf("restored %+v\nwant     %+v", byID[w.ID], w)
		}
	}
	if node, err := d.Node(t.Context()); err != nil || node != 1 {
		t.Errorf("node %d (%v), want the original's", node, err)
	}
	if found, err := d.CheckIntegrity(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("integrity: %v %v", found, err)
	}
	store, err := file.NewFolder(target.Files)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = store.Walk(t.Context(), func(ref file.Ref) error {
		n++
		return store.Verify(t.Context(), ref)
	})
	if err != nil || n != 3 {
		t.Errorf("%d contents (%v), want 3", n, err)
	}
	key, err := os.ReadFile(filepath.Join(target.Keys, "audit.key"))
	if err != nil || string(key) != "a private seed of thirty-two byt" {
		t.Errorf("key %q (%v)", key, err)
	}
	if info, err := os.Stat(filepath.Join(target.Keys, "audit.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key: %v %v", info.Mode(), err)
	}
}

// TestRoundTrip restores each form to each engine that takes it.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from string
		logical    bool
		to         []string
	}{
		{"physical", dbtest.SQLite, false, []string{dbtest.SQLite}},
		{"logical", dbtest.SQLite, true, []string{dbtest.SQLite, dbtest.Postgres}},
		{"postgres", dbtest.Postgres, false, []string{dbtest.Postgres, dbtest.SQLite}},
		{"partitions", dbtest.PostgresHash, false, []string{dbtest.Postgres, dbtest.SQLite}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := prepare(t, c.from)
			s.config.Logical = c.logical
			sum, archive := s.create(t)
			if sum.Archive != "wasl-20260602T013000Z-n1" || sum.Keys != backup.KeysEncrypted || sum.Rows < 7 {
				t.Fatalf("%+v", sum)
			}
			for _, to := range c.to {
				target := s.target(t, to, archive)
				verified := false
				target.Verify = func(ctx context.Context, d *db.DB, files string) error {
					verified = files != "" && d.CheckSchema(ctx, dbtest.Migrations(t, sources()...)) == nil
					return nil
				}
				out, err := backup.Restore(t.Context(), target)
				if err != nil || !verified || !out.Keys {
					t.Fatalf("to %s: %v, verified %v, keys %v", to, err, verified, out.Keys)
				}
				if string(out.Manifest.AuditHeads) == "" || out.Manifest.Program != "1.2.3" {
					t.Errorf("manifest %+v", out.Manifest)
				}
				s.checkRestored(t, target)
				_, err = backup.Restore(t.Context(), target)
				wantFault(t, err, fault.Conflict, "backup.target_not_empty")
			}
		})
	}
}

// TestAllFormsSayTheSame: the same data give the same files whatever the
// engine.
func TestAllFormsSayTheSame(t *testing.T) {
	t.Parallel()
	var first []byte
	for _, engine := range dbtest.Engines() {
		s := prepare(t, engine)
		s.config.Logical = true
		_, archive := s.create(t)
		body, err := os.ReadFile(filepath.Join(archive, "table", "article.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = body
		}
		if !bytes.Equal(first, body) {
			t.Errorf("%s gives another file", engine)
		}
	}
	// Worked out by hand: NULL everywhere but the key.
	if !bytes.Contains(first, []byte("\n3\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n")) {
		t.Error("the row of NULLs is not there")
	}
	if !bytes.Contains(first, []byte("2\t\\N\t2\t\t0\t\\N\t-1230767999999999\tx\n")) {
		t.Error("the row of empty values is not there")
	}
}

func TestPhysicalStaysOnItsEngine(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.SQLite)
	_, archive := s.create(t)
	_, err := backup.Restore(t.Context(), s.target(t, dbtest.Postgres, archive))
	wantFault(t, err, fault.Precondition, "backup.engine")
}

// TestOlderArchive: an archive of an older program is brought to the schema of
// this one; one of a newer program is refused.
func TestOlderArchive(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		for _, logical := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/logical=%v", engine, logical), func(t *testing.T) {
				t.Parallel()
				s := prepare(t, engine)
				s.config.Logical = logical
				_, archive := s.create(t)
				target := s.target(t, engine, archive)
				target.Migrations = sources(younger)
				out, err := backup.Restore(t.Context(), target)
				if err != nil || len(out.Migrated) != 1 || out.Migrated[0].Version != 9002 {
					t.Fatalf("%v %v", out.Migrated, err)
				}
				d := dbtest.Connect(t, target.DSN, db.Options{Now: s.clock.Now})
				err = d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
					n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM article WHERE weight = 7`)
					if n != 5 {
						t.Errorf("%d rows migrated, want 5", n)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				s.config.DB, s.config.Set = d, dbtest.Migrations(t, target.Migrations...)
				s.clock.Advance(time.Minute)
				_, newer := s.create(t)
				target = s.target(t, engine, newer)
				_, err = backup.Restore(t.Context(), target)
				wantFault(t, err, fault.Precondition, "db.schema_newer")
				s.mustBeUntouched(t, target)
			})
		}
	}
}

// mustBeUntouched says that a refused restore left nothing under a final name,
// and nothing in a PostgreSQL database.
func (s *setup) mustBeUntouched(t testing.TB, target backup.Target) {
	t.Helper()
	for _, path := range []string{strings.TrimPrefix(target.DSN, "sqlite:"), target.Files, target.Keys, strings.TrimPrefix(target.DSN, "sqlite:") + ".restoring"} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s was left", filepath.Base(path))
		}
	}
	if strings.HasPrefix(target.DSN, "postgres") {
		d := dbtest.Connect(t, target.DSN, db.Options{Now: s.clock.Now})
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace`)
			if n != 0 {
				t.Errorf("%d tables were left", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestVerifyRefuses: nothing is installed when the verification fails, and the
// same target can be used again.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := prepare(t, engine)
			_, archive := s.create(t)
			target := s.target(t, engine, archive)
			target.Verify = func(context.Context, *db.DB, string) error { return fault.New(fault.Internal, "verify.failed") }
			_, err := backup.Restore(t.Context(), target)
			wantFault(t, err, fault.Internal, "verify.failed")
			s.mustBeUntouched(t, target)
			target.Verify = nil
			if _, err := backup.Restore(t.Context(), target); err != nil {
				t.Fatal(err)
			}
			s.checkRestored(t, target)
		})
	}
}

// TestAlteredAnywhere flips a byte of, truncates, lengthens, removes and adds
// files of an archive: each is refused, with the file named.
func TestAlteredAnywhere(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := prepare(t, engine)
			_, archive := s.create(t)
			if _, err := backup.Check(t.Context(), archive); err != nil {
				t.Fatal(err)
			}
			refused := func(path, what string) {
				t.Helper()
				_, err := backup.Check(t.Context(), archive)
				wantFault(t, err, fault.Invalid, "backup.altered")
				named := fault.As(err).Args["file"]
				// A digest that does not fit its manifest accuses the manifest.
				if named != path && (path != "manifest.sha256" || named != "manifest.json") {
					t.Fatalf("%s of %s: %v is named", what, path, named)
				}
			}
			for _, path := range filesOf(t, archive) {
				full := filepath.Join(archive, filepath.FromSlash(path))
				body, err := os.ReadFile(full)
				if err != nil {
					t.Fatal(err)
				}
				put := func(b []byte) {
					if err := os.WriteFile(full, b, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				for _, at := range offsets(len(body)) {
					flipped := bytes.Clone(body)
					flipped[at] ^= 0x20
					put(flipped)
					refused(path, "a flip")
					put(body[:at])
					refused(path, "a truncation")
				}
				put(append(bytes.Clone(body), '\n'))
				refused(path, "an addition")
				if err := os.Remove(full); err != nil {
					t.Fatal(err)
				}
				refused(path, "a removal")
				put(body)
			}
			extra := filepath.Join(archive, "table-extra.tsv")
			if err := os.WriteFile(extra, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			refused("table-extra.tsv", "a new file")
			target := s.target(t, engine, archive)
			_, err := backup.Restore(t.Context(), target)
			wantFault(t, err, fault.Invalid, "backup.altered")
			s.mustBeUntouched(t, target)
			if err := os.Remove(extra); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Check(t.Context(), archive); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// offsets are the first and last bytes and some between.
func offsets(size int) []int {
	var out []int
	for i := range 20 {
		if at := i * size / 20; at < size {
			out = append(out, at)
		}
	}
	if size > 0 {
		out = append(out, size-1)
	}
	return out
}

func filesOf(t testing.TB, archive string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(archive, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(archive, path)
		out = append(out, filepath.ToSlash(relative))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestInterrupted: a backup that fails anywhere leaves no archive, and the next
// one removes what it left.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.SQLite)
	s.config.Heads = func(context.Context, db.Reader) (any, error) { return nil, errors.New("stopped") }
	if _, err := backup.Create(t.Context(), s.config); err == nil {
		t.Fatal("no error")
	}
	s.config.Heads = nil
	left := filepath.Join(s.config.Out, ".part-wasl-20250101T000000Z-n1")
	if err := os.MkdirAll(filepath.Join(left, "table"), 0o700); err != nil {
		t.Fatal(err)
	}
	if all, err := backup.Archives(s.config.Out); err != nil || len(all) != 0 {
		t.Fatalf("%v %v", all, err)
	}
	_, err := backup.Latest(s.config.Out)
	wantFault(t, err, fault.NotFound, "backup.none")
	sum, _ := s.create(t)
	if _, err := os.Lstat(left); err == nil {
		t.Error("what an interrupted backup left is still there")
	}
	if last, err := backup.Latest(s.config.Out); err != nil || last.Name != sum.Archive || !last.At.Equal(now()) {
		t.Errorf("%v %v", last, err)
	}
	_, err = backup.Create(t.Context(), s.config)
	wantFault(t, err, fault.Conflict, "backup.exists")
}

// TestWhileWriting: a backup taken while others write holds a state that
// existed: both rows of each pair or none.
func TestWhileWriting(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := prepare(t, engine)
			stop, stopped := make(chan struct{}), make(chan int64)
			go func() {
				for n := int64(0); ; n++ {
					select {
					case <-stop:
						stopped <- n
						return
					default:
					}
					err := s.d.Write(context.WithoutCancel(t.Context()), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
						_, err := tx.Exec(ctx, `INSERT INTO zone (id, name) VALUES ($1, 'pair'), ($2, 'pair')`, 1000+2*n, 1001+2*n)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			}()
			var archive string
			for range 3 {
				_, archive = s.create(t)
				s.clock.Advance(time.Minute)
			}
			close(stop)
			written := 2 * <-stopped
			target := s.target(t, engine, archive)
			if _, err := backup.Restore(t.Context(), target); err != nil {
				t.Fatal(err)
			}
			d := dbtest.Connect(t, target.DSN, db.Options{Now: s.clock.Now})
			err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
				n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM zone WHERE name = 'pair'`)
				if n%2 != 0 || n > written {
					t.Errorf("%d rows of pairs, %d written", n, written)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestRetention(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.SQLite)
	s.config.KeepDays, s.config.Files, s.config.Keys = 3, nil, nil
	var made []string
	for range 5 { // two a day, five days
		for range 2 {
			sum, _ := s.create(t)
			made = append(made, sum.Archive)
			s.clock.Advance(6 * time.Hour)
		}
		s.clock.Advance(12 * time.Hour)
	}
	all, err := backup.Archives(s.config.Out)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Name)
	}
	// The second archive of each of the last three days.
	if want := []string{made[5], made[7], made[9]}; !reflect.DeepEqual(names, want) {
		t.Errorf("kept %v, want %v", names, want)
	}
	if hidden, err := filepath.Glob(filepath.Join(s.config.Out, ".part-*")); err != nil || len(hidden) > 0 {
		t.Errorf("left %v %v", hidden, err)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.SQLite)
	_, archive := s.create(t)
	for _, path := range filesOf(t, archive) {
		body, err := os.ReadFile(filepath.Join(archive, filepath.FromSlash(path)))
		if err != nil || bytes.Contains(body, []byte("private seed")) {
			t.Errorf("%s holds the key in clear (%v)", path, err)
		}
	}
	target := s.target(t, dbtest.SQLite, archive)
	target.Passphrase = []byte("another passphrase")
	_, err := backup.Restore(t.Context(), target)
	wantFault(t, err, fault.Forbidden, "backup.passphrase_wrong")
	target.Passphrase = nil
	_, err = backup.Restore(t.Context(), target)
	wantFault(t, err, fault.Precondition, "backup.passphrase_missing")
	s.mustBeUntouched(t, target)
	target.Keys = "" // the keys may stay in the archive
	if out, err := backup.Restore(t.Context(), target); err != nil || out.Keys {
		t.Fatal(out.Keys, err)
	}

	s.config.Passphrase = nil
	s.clock.Advance(time.Minute)
	sum, archive := s.create(t)
	m, err := backup.ReadManifest(archive)
	if err != nil || sum.Keys != backup.KeysExcluded || m.Keys != backup.KeysExcluded {
		t.Fatalf("%+v %v", sum, err)
	}
	if _, err := os.Lstat(filepath.Join(archive, "keys.enc")); err == nil {
		t.Error("keys without passphrase")
	}
	s.config.Passphrase = []byte("short")
	_, err = backup.Create(t.Context(), s.config)
	wantFault(t, err, fault.Invalid, "backup.passphrase_short")
}

// TestADamagedContentIsNamed: it stays out and does not stop the backup.
func TestADamagedContentIsNamed(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.SQLite)
	ref, err := s.store.Put(t.Context(), strings.NewReader("to be damaged"), 100)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(s.dir, "files"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == ref.SHA256 {
			return os.WriteFile(path, []byte("to be domaged"), 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sum, archive := s.create(t)
	m, err := backup.Check(t.Context(), archive)
	if err != nil || sum.Damaged != 1 || len(m.Damaged) != 1 || m.Damaged[0] != ref.SHA256 {
		t.Fatalf("%v %+v %v", m.Damaged, sum, err)
	}
}

// TestTwoAtOnce: a second backup in the same folder is refused while one runs.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.SQLite)
	inner := errors.New("not called")
	s.config.Heads = func(ctx context.Context, _ db.Reader) (any, error) {
		other := s.config
		other.Heads = nil
		_, inner = backup.Create(context.WithoutCancel(t.Context()), other)
		return nil, nil
	}
	s.create(t)
	wantFault(t, inner, fault.Conflict, "backup.running")
}

func TestStopped(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.Postgres)
	ctx, cancel := context.WithCancel(t.Context())
	s.config.Heads = func(context.Context, db.Reader) (any, error) { cancel(); return nil, nil }
	if _, err := backup.Create(ctx, s.config); fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("error %v", err)
	}
	if all, err := backup.Archives(s.config.Out); err != nil || len(all) != 0 {
		t.Fatalf("%v %v", all, err)
	}
}

// TestManifest reads the manifest as another program would.
func TestManifest(t *testing.T) {
	t.Parallel()
	s := prepare(t, dbtest.Postgres)
	_, archive := s.create(t)
	body, err := os.ReadFile(filepath.Join(archive, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Format     int             `json:"format"`
		Engine     string          `json:"engine"`
		Form       string          `json:"form"`
		Schema     []int64         `json:"schema"`
		Node       int64           `json:"node"`
		CreatedAt  string          `json:"created_at"`
		AuditHeads json.RawMessage `json:"audit_heads"`
		Tables     []struct {
			Name string `json:"name"`
			Rows int64  `json:"rows"`
		} `json:"tables"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, table := range m.Tables {
		rows[table.Name] = table.Rows
	}
	var heads map[string]int
	if err := json.Unmarshal(m.AuditHeads, &heads); err != nil || heads["1"] != 42 {
		t.Errorf("heads %s", m.AuditHeads)
	}
	if m.Format != 1 || m.Engine != "postgres" || m.Form != "logical" || m.Node != 1 || m.CreatedAt != "2026-06-02T01:30:00Z" ||
		rows["article"] != 5 || rows["zone"] != 2 || rows["db_node"] != 1 || m.Schema[len(m.Schema)-1] != 9001 {
		t.Errorf("%s", body)
	}
	if _, there := rows["goose_db_version"]; there {
		t.Error("the table of the migrations is in the archive")
	}
}
