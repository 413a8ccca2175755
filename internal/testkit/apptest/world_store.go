package apptest

import (
	"context"
	"slices"
	"strings"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// schema is the tables of a live schema with their columns; the columns that hold
// bytes are marked with a leading #.
type schema struct {
	names   []string
	columns map[string][]string
}

func readSchema(ctx context.Context, r db.Reader) (*schema, error) {
	text := db.By{
		SQLite: `SELECT t.name, c.name, lower(c.type) FROM sqlite_schema t JOIN pragma_table_info(t.name) c
			WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'goose_db_version' ORDER BY t.name, c.cid`,
		Postgres: `SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = current_schema() AND c.relname <> 'goose_db_version'
			  AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`,
	}
	s := &schema{columns: map[string][]string{}}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			return err
		}
		if s.columns[table] == nil {
			s.names = append(s.names, table)
		}
		if kind == "blob" {
			column = "#" + column
		}
		s.columns[table] = append(s.columns[table], column)
		return nil
	}, text.For(r.Engine()))
	return s, err
}

// rowsOf selects the name of a table and each of its rows as a JSON object.
func (s *schema) rowsOf(table string, e db.Engine) string {
	if e == db.Postgres {
		return `SELECT '` + table + `', row_to_json(t)::text FROM "` + table + `" t`
	}
	var parts []string
	for _, c := range s.columns[table] {
		if name, bytes := strings.CutPrefix(c, "#"); bytes {
			parts = append(parts, `'`+name+`', hex("`+name+`")`)
		} else {
			parts = append(parts, `'`+name+`', "`+name+`"`)
		}
	}
	return `SELECT '` + table + `', json_object(` + strings.Join(parts, ", ") + `) FROM "` + table + `"`
}

// InOneProcess has PostgreSQL read without other processes until the transaction ends:
// very many small tables look worth several of them, which cost more than all the rows.
func InOneProcess(ctx context.Context, r db.Reader) error {
	if r.Engine() != db.Postgres {
		return nil
	}
	_, err := db.Value[string](ctx, r, `SELECT set_config('max_parallel_workers_per_gather', '0', true)`)
	return err
}

// dump reads every row of every table as a JSON object, sorted.
func (s *schema) dump(ctx context.Context, r db.Reader) (map[string][]string, error) {
	if err := InOneProcess(ctx, r); err != nil {
		return nil, err
	}
	all := make([]string, len(s.names))
	for i, table := range s.names {
		all[i] = s.rowsOf(table, r.Engine())
	}
	if r.Engine() == db.Postgres { // one statement: each costs a way there and back
		all = []string{strings.Join(all, " UNION ALL ")}
	}
	out := make(map[string][]string, len(s.names))
	for _, table := range s.names {
		out[table] = nil
	}
	for _, sql := range all {
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var table, row string
			err := rows.Scan(&table, &row)
			out[table] = append(out[table], row)
			return err
		}, sql)
		if err != nil {
			return nil, err
		}
	}
	for _, rows := range out {
		slices.Sort(rows)
	}
	return out, nil
}

// failSome makes failures that only time or a defect brings: each event of the
// outbox given up, and the jobs named failed.
func failSome(ctx context.Context, tx db.Tx, jobs []op.ID) error {
	_, err := tx.Exec(ctx, `UPDATE outbox SET state = 'failed', attempts = 8, error = 'db.busy' WHERE state = 'pending'`)
	if err != nil {
		return err
	}
	for _, id := range jobs {
		_, err := tx.Exec(ctx, `UPDATE job SET state = 'failed', error_code = 'job.attempts', unique_key = NULL, finished_at = $1 WHERE id = $2`, tx.Now(), id)
		if err != nil {
			return err
		}
	}
	return nil
}

// refusedFile is a file with one wrong row, of a kind that no module has.
func refusedFile(ctx context.Context, tx db.Tx, id int64, unit, actor op.ID) error {
	_, err := tx.Exec(ctx, `INSERT INTO import_batch (id, kind, operation, scope, file_name, sha256, size, signature, form, column_map, parameters,
		  mode, state, pending, reason, same_id, note, job_id, unit_id, actor_id, row_count, created, changed, unchanged, rejected, flagged,
		  preview, recorded_at)
		VALUES ($1, 'files', 'org.unit.import', 'import', 'faux.csv', '', 9, '', '{"charset":"utf-8","separator":"semicolon","header":["code","n"]}',
		  '{"code":"code"}', '{}', 'all', 'refused', $2, 'import.rejected', 0, '', 0, $3, $4, 1, 0, 0, 0, 1, 0, '', $5)`, id, false, unit, actor, tx.Now())
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO import_reject (batch_id, line_no, cells, faults)
		VALUES ($1, 2, '["A 1","x"]', '[{"path":"n","code":"input.number","args":{"value":"x"}}]')`, id)
	return err
}

// savedMaps are maps of columns by their names.
func savedMaps(ctx context.Context, tx db.Tx, actor op.ID, names ...string) error {
	for _, name := range names {
		_, err := tx.Exec(ctx, `INSERT INTO import_map (kind, name, signature, columns, actor_id, recorded_at) VALUES ('files', $1, '', '{"code":"Code"}', $2, $3)`,
			name, actor, tx.Now())
		if err != nil {
			return err
		}
	}
	return nil
}

// idsAt reads ids by the unit of their row, the lowest of each unit.
func idsAt(ctx context.Context, r db.Reader, sql string, args ...any) (map[op.ID]op.ID, error) {
	out := map[op.ID]op.ID{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var unit, id int64
		err := rows.Scan(&unit, &id)
		if out[op.ID(unit)] == 0 {
			out[op.ID(unit)] = op.ID(id)
		}
		return err
	}, sql, args...)
}

// The records that operations do not name in their answer, by unit.
const (
	eventsByUnit = `SELECT unit_id, id FROM outbox WHERE state = 'failed' ORDER BY unit_id, id`
	auditByUnit  = `SELECT unit_id, id FROM audit WHERE subject_kind = 'holiday' ORDER BY unit_id, id`
	grantsByUnit = `SELECT unit_id, id FROM access_grant WHERE role_id = $1 ORDER BY unit_id, id`
)

// OutboxUnits are the units of the events of the outbox, by id: a list shows
// none.
func (w *World) OutboxUnits() map[string]op.ID {
	w.Helper()
	out := map[string]op.ID{}
	err := w.App.DB.Read(w.Context(), func(ctx context.Context, r db.Reader) error {
		return db.Each(ctx, r, func(rows db.Rows) error {
			var id, unit int64
			err := rows.Scan(&id, &unit)
			out[op.ID(id).String()] = op.ID(unit)
			return err
		}, `SELECT id, unit_id FROM outbox ORDER BY id`)
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// CountKeys says how many of the keys of a person were answered.
func (w *World) CountKeys(user op.ID, prefix string) (n int64) {
	w.Helper()
	err := w.App.DB.Read(w.Context(), func(ctx context.Context, r db.Reader) (err error) {
		n, err = db.Value[int64](ctx, r, `SELECT count(*) FROM op_key WHERE actor_id = $1 AND idem_key LIKE $2`, user, prefix+"%")
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}
