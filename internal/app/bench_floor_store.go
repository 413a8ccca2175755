package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// floor loads the rows of a run again with no product code, into tables of the same form
// with the same durability.
type floor struct {
	app  *App
	name string
	// source and target are the files of SQLite; target is the floor's own.
	source, target string
}

// The programs of the engines.
const (
	programSQLite   = "sqlite3"
	programPostgres = "psql"
)

// floorTables are what a run writes for each bill.
func floorTables() []string { return []string{"bill", "open_item"} }

// newFloor makes the empty tables of the floor.
func newFloor(ctx context.Context, a *App) (*floor, error) {
	f := &floor{app: a, name: programPostgres}
	if a.DB.Engine() == db.SQLite {
		f.name = programSQLite
		f.source = strings.TrimPrefix(a.DB.DSN(), "sqlite:")
		f.target = f.source + ".floor"
	}
	if _, err := exec.LookPath(f.name); err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "bench.program", "name", f.name)
	}
	if f.target == "" {
		var script strings.Builder
		for _, t := range floorTables() {
			fmt.Fprintf(&script, "CREATE TABLE floor_%s (LIKE %s INCLUDING ALL);\n", t, t)
		}
		return f, f.script(ctx, script.String())
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(f.target + suffix); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	schema, err := exec.CommandContext(ctx, f.name, "-readonly", f.source,
		"SELECT sql || ';' FROM sqlite_master WHERE tbl_name IN ('bill', 'open_item') AND sql IS NOT NULL ORDER BY type DESC").Output()
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return f, f.script(ctx, "PRAGMA journal_mode = WAL;\n"+string(schema))
}

// script gives lines to the engine's program, which ends at the first error.
func (f *floor) script(ctx context.Context, lines string) error {
	args := []string{"-bail", f.target}
	if f.target == "" {
		args = []string{"-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", f.app.DB.DSN()}
	}
	cmd := exec.CommandContext(ctx, f.name, args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(lines), nil, &said
	if err := cmd.Run(); err != nil {
		return fault.Wrap(fmt.Errorf("%w: %s", err, said.String()), fault.Internal, "internal")
	}
	return nil
}

// load loads the rows of a run and gives the milliseconds. They are dumped before, in the
// order in which the run wrote them.
func (f *floor) load(ctx context.Context, run op.ID) (int64, error) {
	dump, err := os.MkdirTemp(f.app.Config.DataDir, "floor-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dump) }()
	out, in := f.texts(dump, run)
	if err := f.script(ctx, out); err != nil {
		return 0, err
	}
	start := f.app.opt.Now()
	if err := f.script(ctx, in); err != nil {
		return 0, err
	}
	return f.app.opt.Now().Sub(start).Milliseconds(), nil
}

// texts are the scripts of the dump and of the load.
func (f *floor) texts(dump string, run op.ID) (out, in string) {
	order := map[string]string{"bill": "run_id = " + run.String() + " ORDER BY ordinal", "open_item": "batch_id = " + run.String() + " ORDER BY id"}
	var write, read strings.Builder
	if f.target != "" {
		fmt.Fprintf(&write, "ATTACH '%s' AS source;\nATTACH '%s/rows.db' AS dump;\n", f.source, dump)
		fmt.Fprintf(&read, "PRAGMA synchronous = FULL;\nPRAGMA cache_size = -65536;\nATTACH '%s/rows.db' AS dump;\nBEGIN;\n", dump)
	}
	for _, t := range floorTables() {
		if f.target == "" {
			fmt.Fprintf(&write, "\\copy (SELECT * FROM %s WHERE %s) TO '%s/%s'\n", t, order[t], dump, t)
			fmt.Fprintf(&read, "\\copy floor_%s FROM '%s/%s'\n", t, dump, t)
			continue
		}
		fmt.Fprintf(&write, "CREATE TABLE dump.%s AS SELECT * FROM source.%s WHERE %s;\n", t, t, order[t])
		fmt.Fprintf(&read, "INSERT INTO main.%s SELECT * FROM dump.%s;\n", t, t)
	}
	if f.target != "" {
		read.WriteString("COMMIT;\n")
	}
	return write.String(), read.String()
}

// close removes the tables of the floor.
func (f *floor) close(ctx context.Context) error {
	if f.target == "" {
		return f.script(ctx, "DROP TABLE floor_bill, floor_open_item;\n")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(f.target + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
