package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// floor loads the rows of a run again with no product code, into tables of the same form
// with the same indexes, constraints and durability.
type floor struct {
	app  *App
	name string
	// source and target are the files of SQLite; target is the floor's own.
	source, target string
	// loads is how often each month is loaded; the median counts. More than one need tables
	// that are empty before.
	loads int
}

// The programs of the engines.
const (
	programSQLite   = "sqlite3"
	programPostgres = "psql"
)

// floorLoads is how often the only month of a benchmark is loaded.
const floorLoads = 3

// floorTable is a table with the rows that a run wrote to it, in the order of their writing.
type floorTable struct {
	name, rows string
	// bulk tables have a row for each bill; the others some for each unit.
	bulk bool
}

// floorTables are all rows that a run leaves, parents before children. What its bills were
// priced from is dropped at its end, and is not loaded.
func floorTables(run string) []floorTable {
	const posted = " IN (SELECT id FROM ledger_entry WHERE batch_id = "
	return []floorTable{
		{name: "billing_run", rows: "id = " + run},
		{name: "billing_chunk", rows: "run_id = " + run + " ORDER BY chunk_no"},
		{name: "billing_version", rows: "run_id = " + run},
		{name: "billing_total", rows: "run_id = " + run},
		{name: "billing_book", rows: "run_id = " + run},
		{name: "billing_exception", rows: "run_id = " + run + " ORDER BY receivable_account_id, id"},
		{name: "ledger_entry", rows: "batch_id = " + run + " ORDER BY id"},
		{name: "ledger_line", rows: "entry_id" + posted + run + ") ORDER BY entry_id, line_no"},
		{name: "bill", rows: "run_id = " + run + " ORDER BY ordinal", bulk: true},
		{name: "open_item", rows: "batch_id = " + run + " ORDER BY id", bulk: true},
	}
}

// floorTimes are what the loads of a month took: the median of the clock and of the
// processor time of the program. bare is the load of the same rows from tables of another
// file, which no text has to be read for; SQLite only.
type floorTimes struct {
	ms, cpu, bareMS, bareCPU int64
}

// newFloor makes the empty tables of the floor for some months.
func newFloor(ctx context.Context, a *App, months int) (*floor, error) {
	f := &floor{app: a, name: programPostgres, loads: 1}
	if months == 1 {
		f.loads = floorLoads
	}
	if a.DB.Engine() == db.SQLite {
		f.name = programSQLite
		f.source = strings.TrimPrefix(a.DB.DSN(), "sqlite:")
		f.target = f.source + ".floor"
	}
	if _, err := exec.LookPath(f.name); err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "bench.program", "name", f.name)
	}
	return f, f.empty(ctx)
}

// empty makes the tables of the floor anew.
func (f *floor) empty(ctx context.Context) error {
	if err := f.close(ctx); err != nil {
		return err
	}
	if f.target == "" {
		var script strings.Builder
		for _, t := range floorTables("0") {
			fmt.Fprintf(&script, "CREATE TABLE floor_%s (LIKE %s INCLUDING ALL);\n", t.name, t.name)
		}
		_, err := f.script(ctx, script.String())
		return err
	}
	var names []string
	for _, t := range floorTables("0") {
		names = append(names, "'"+t.name+"'")
	}
	schema, err := exec.CommandContext(ctx, f.name, "-readonly", f.source,
		"SELECT sql || ';' FROM sqlite_master WHERE tbl_name IN ("+strings.Join(names, ", ")+") AND sql IS NOT NULL ORDER BY type DESC").Output()
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	_, err = f.script(ctx, "PRAGMA journal_mode = WAL;\n"+string(schema))
	return err
}

// settle lets PostgreSQL know its tables, as its autovacuum does in time.
func (f *floor) settle(ctx context.Context) error {
	if f.target != "" {
		return nil
	}
	_, err := f.script(ctx, "VACUUM (ANALYZE);\n")
	return err
}

// script gives lines to the engine's program, which ends at the first error, and gives its
// processor time.
func (f *floor) script(ctx context.Context, lines string) (time.Duration, error) {
	args := []string{"-bail", f.target}
	if f.target == "" {
		args = []string{"-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", f.app.DB.DSN()}
	}
	cmd := exec.CommandContext(ctx, f.name, args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(lines), nil, &said
	if err := cmd.Run(); err != nil {
		return 0, fault.Wrap(fmt.Errorf("%w: %s", err, said.String()), fault.Internal, "internal")
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// load loads the rows of a run again. They are dumped before, in the order in which the run
// wrote them. A NULL is loaded as an empty text by .import.
func (f *floor) load(ctx context.Context, run op.ID, bills int64) (t floorTimes, err error) {
	dump, err := os.MkdirTemp(f.app.Config.DataDir, "floor-")
	if err != nil {
		return t, err
	}
	defer func() { _ = os.RemoveAll(dump) }()
	tables := floorTables(run.String())
	if _, err := f.script(ctx, f.dumpText(dump, tables)); err != nil {
		return t, err
	}
	// The bare load comes first, into tables of its own: those of the floor grow with the months.
	if f.target != "" && f.loads > 1 {
		if t.bareMS, t.bareCPU, err = f.timed(ctx, f.loadText(dump, tables, true)); err != nil {
			return t, err
		}
	}
	if t.ms, t.cpu, err = f.timed(ctx, f.loadText(dump, tables, false)); err != nil {
		return t, err
	}
	return t, f.check(ctx, run, bills)
}

// check counts what was loaded: sqlite3 goes on after a row that it cannot import.
func (f *floor) check(ctx context.Context, run op.ID, bills int64) error {
	query := "SELECT count(*) FROM bill WHERE run_id = " + run.String()
	args := []string{"-readonly", f.target, query}
	if f.target == "" {
		args = []string{"-X", "-A", "-t", "-d", f.app.DB.DSN(), "-c", strings.Replace(query, "bill", "floor_bill", 1)}
	}
	out, err := exec.CommandContext(ctx, f.name, args...).Output()
	if err == nil && strings.TrimSpace(string(out)) != strconv.Itoa(int(bills)) {
		err = fmt.Errorf("%s of %d bills loaded", bytes.TrimSpace(out), bills)
	}
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	return nil
}

// timed runs a load as often as it is to be run, into empty tables each time but the first.
func (f *floor) timed(ctx context.Context, in string) (ms, cpu int64, err error) {
	var clocks, processors []int64
	for range f.loads {
		if f.loads > 1 {
			if err := f.empty(ctx); err != nil {
				return 0, 0, err
			}
		}
		start := f.app.opt.Now()
		used, err := f.script(ctx, in)
		if err != nil {
			return 0, 0, err
		}
		clocks, processors = append(clocks, f.app.opt.Now().Sub(start).Milliseconds()), append(processors, used.Microseconds())
	}
	return median(clocks), median(processors), nil
}

// dumpText is the script that dumps the rows of a run.
func (f *floor) dumpText(dump string, tables []floorTable) string {
	var b strings.Builder
	if f.target != "" {
		fmt.Fprintf(&b, "ATTACH '%s' AS source;\nATTACH '%s/rows.db' AS dump;\n.mode ascii\n", f.source, dump)
	}
	for _, t := range tables {
		if f.target == "" {
			fmt.Fprintf(&b, "\\copy (SELECT * FROM %s WHERE %s) TO '%s/%s'\n", t.name, t.rows, dump, t.name)
			continue
		}
		rows := strings.ReplaceAll(t.rows, "FROM ", "FROM source.")
		fmt.Fprintf(&b, "CREATE TABLE dump.%s AS SELECT * FROM source.%s WHERE %s;\n", t.name, t.name, rows)
		if t.bulk {
			fmt.Fprintf(&b, ".once %s/%s\nSELECT * FROM dump.%s;\n", dump, t.name, t.name)
		}
	}
	return b.String()
}

// loadText is the script that loads what was dumped, in one transaction. bare takes the rows
// from tables instead of texts.
func (f *floor) loadText(dump string, tables []floorTable, bare bool) string {
	var b strings.Builder
	if f.target != "" {
		fmt.Fprintf(&b, "PRAGMA synchronous = FULL;\nPRAGMA foreign_keys = ON;\nPRAGMA cache_size = -65536;\nATTACH '%s/rows.db' AS dump;\n.mode ascii\n", dump)
	}
	b.WriteString("BEGIN;\n")
	for _, t := range tables {
		switch {
		case f.target == "":
			fmt.Fprintf(&b, "\\copy floor_%s FROM '%s/%s'\n", t.name, dump, t.name)
		case t.bulk && !bare:
			fmt.Fprintf(&b, ".import %s/%s %s\n", dump, t.name, t.name)
		default:
			fmt.Fprintf(&b, "INSERT INTO main.%s SELECT * FROM dump.%s;\n", t.name, t.name)
		}
	}
	b.WriteString("COMMIT;\n")
	return b.String()
}

// close removes the tables of the floor.
func (f *floor) close(ctx context.Context) error {
	if f.target == "" {
		var script strings.Builder
		for _, t := range floorTables("0") {
			fmt.Fprintf(&script, "DROP TABLE IF EXISTS floor_%s;\n", t.name)
		}
		_, err := f.script(ctx, script.String())
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(f.target + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
