package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/app"
	"wasl/internal/delivery/cli"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/backup"
	"wasl/internal/platform/db"
	"wasl/internal/platform/text"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/pgtest"
)

// digests gives the rows of each table, counted and told apart whatever their order and
// engine: in the order of their own text, as a logical copy writes them.
func digests(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if d.Engine() == db.Postgres {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
	}
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		text := func(sql string, args ...any) ([]string, error) {
			return db.All(ctx, r, func(rows db.Rows) (s string, err error) {
				err = rows.Scan(&s)
				return s, err
			}, sql, args...)
		}
		tables, err := text(list)
		for _, name := range tables {
			if strings.Contains(name, "goose") || name == "id_block" {
				continue // when a migration ran, and which numbers a process has set aside, are the machine's own
			}
			row := `SELECT CAST(t.* AS text) FROM "` + name + `" t`
			if d.Engine() == db.SQLite {
				columns, err := text(`SELECT 'quote("' || name || '")' FROM pragma_table_info($1)`, name)
				if err != nil {
					return err
				}
				row = `SELECT ` + strings.Join(columns, "||','||") + ` FROM "` + name + `"`
			}
			lines, err := text(row)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			slices.Sort(lines)
			out[name] = fmt.Sprintf("%d rows %s", len(lines), sumOf(strings.Join(lines, "\n")))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// program is the program as the command line drives it.
func program(t *testing.T) *app.Program {
	t.Helper()
	texts, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	return &app.Program{Now: time.Now, Log: io.Discard, Texts: texts}
}

// TestABackupGivesEverythingBack restores a utility at work on each engine: every table has
// the same rows, every invariant holds with the same counts, and a damaged copy is refused
// by name with nothing put in place.
func TestABackupGivesEverythingBack(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			a, p := filledOn(t, engine), program(t)
			from := cli.Globals{Settings: map[string]string{"db": a.Config.DB, "data-dir": a.Config.DataDir}, Format: "json", Lang: "fr"}
			archive := backedUp(t, p, from)
			if err := p.Restore(t.Context(), from, cli.RestoreOptions{From: archive, Verify: true}, io.Discard); err != nil {
				t.Fatalf("a sound copy: %v", err)
			}
			to := emptyPlace(t, engine)
			if err := p.Restore(t.Context(), to, cli.RestoreOptions{From: archive}, io.Discard); err != nil {
				t.Fatalf("restore: %v", err)
			}
			compare(t, a, to)
			refuseDamaged(t, p, archive, engine)
		})
	}
}

// emptyPlace is where nothing is yet.
func emptyPlace(t *testing.T, engine string) cli.Globals {
	t.Helper()
	address := "sqlite:" + filepath.Join(t.TempDir(), "wasl.db")
	if engine == dbtest.Postgres {
		address = pgtest.DSN(t)
	}
	return cli.Globals{Settings: map[string]string{"db": address, "data-dir": filepath.Join(t.TempDir(), "data")}, Format: "json", Lang: "fr"}
}

// backedUp makes a copy beside the program at work, and gives its folder.
func backedUp(t *testing.T, p *app.Program, g cli.Globals) string {
	t.Helper()
	dir := t.TempDir()
	var said strings.Builder
	if err := p.Backup(t.Context(), g, dir, &said); err != nil {
		t.Fatalf("backup: %v", err)
	}
	var s backup.Summary
	if err := json.Unmarshal([]byte(said.String()), &s); err != nil || s.Rows == 0 {
		t.Fatalf("summary %q: %v", said.String(), err)
	}
	return filepath.Join(dir, s.Archive)
}

// compare holds the copy against what it was taken from: rows by table, and what verify
// counts of customers, metering, tariffs, billing, ledger and collection.
func compare(t *testing.T, a *app.App, to cli.Globals) {
	t.Helper()
	copied := opened(t, to)
	want, got := digests(t, a.DB), digests(t, copied.DB)
	for _, name := range []string{
		"customer", "contract", "reading", "consumption", "anomaly", "tariff_version", "billing_run", "bill", "open_item", "allocation", "ledger_line",
		"receipt", "receipt_tender", "period_closing", "audit",
	} {
		if want[name] == "" || strings.HasPrefix(want[name], "0 rows") {
			t.Errorf("%s: %q: nothing to compare", name, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s: %s restored, %s before", name, got[name], want[name])
		}
	}
	before, err := a.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := copied.Verify(t.Context(), nil)
	if err != nil || len(after) != len(before) {
		t.Fatalf("%d checks of the copy, %d before: %v", len(after), len(before), err)
	}
	for i, c := range after {
		if c.Name != before[i].Name || c.Count != before[i].Count || len(c.Findings) > 0 {
			t.Errorf("%s: %d checked of the copy, %d before; found %v", c.Name, c.Count, before[i].Count, c.Findings)
		}
	}
}

// refuseDamaged changes one byte of the largest file of the archive: the copy is refused by
// the name of that file, and the place stays empty.
func refuseDamaged(t *testing.T, p *app.Program, archive, engine string) {
	t.Helper()
	largest, size := "", int64(0)
	err := filepath.WalkDir(archive, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if info, err := e.Info(); err == nil && info.Size() > size {
			largest, size = path, info.Size()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	body[len(body)/2] ^= 1
	if err := os.Chmod(largest, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(largest, body, 0o600); err != nil {
		t.Fatal(err)
	}
	to := emptyPlace(t, engine)
	for _, verify := range []bool{true, false} {
		err := p.Restore(t.Context(), to, cli.RestoreOptions{From: archive, Verify: verify}, io.Discard)
		if fault.CodeOf(err) != "backup.altered" || !strings.Contains(fmt.Sprint(fault.As(err).Args["file"]), filepath.Base(largest)) {
			t.Errorf("a damaged copy: %v, want backup.altered of %s", err, filepath.Base(largest))
		}
	}
	if path, ok := strings.CutPrefix(to.Settings["db"], "sqlite:"); ok {
		if _, err := os.Stat(path); err == nil {
			t.Error("a damaged copy left a database")
		}
	}
}
