package backup

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// The types of columns; SQLite only tells int, text and bytes.
const (
	typeInt     = "int"
	typeBool    = "bool"
	typeInstant = "instant"
	typeDate    = "date"
	typeText    = "text"
	typeBytes   = "bytes"
)

// table is a table of the live schema.
type table struct {
	Name    string
	Columns []Column
	key     []string
}

// typeOf gives the type of a column as the engine names it; empty when no
// column of this program is like that.
func typeOf(engine string) string {
	return map[string]string{
		"integer": typeInt, "bigint": typeInt, "text": typeText, "blob": typeBytes, "bytea": typeBytes,
		"boolean": typeBool, "timestamp with time zone": typeInstant, "date": typeDate,
	}[engine]
}

// tablesOf reads the schema, tables in alphabetical order; the table of the
// migrations and what belongs to the engine are left out.
func tablesOf(ctx context.Context, r db.Reader) ([]table, error) {
	columns := db.By{
		SQLite: `SELECT t.name, c.name, lower(c.type), c.pk FROM sqlite_schema t JOIN pragma_table_info(t.name) c
			WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name <> 'goose_db_version' ORDER BY t.name, c.cid`,
		Postgres: `SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
			  coalesce(array_position(x.indkey::int2[], a.attnum) + 1, 0)::bigint
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
			LEFT JOIN pg_index x ON x.indrelid = c.oid AND x.indisprimary
			WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = current_schema() AND c.relname <> 'goose_db_version'
			  AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname::text COLLATE "C", a.attnum`,
	}
	var out []table
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var name, column, kind string
		var at int64
		if err := rows.Scan(&name, &column, &kind, &at); err != nil {
			return err
		}
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, table{Name: name})
		}
		t := &out[len(out)-1]
		c := Column{Name: column, Type: typeOf(kind)}
		if c.Type == "" {
			return fault.New(fault.Internal, "backup.column_type", "table", name, "column", column, "type", kind)
		}
		t.Columns = append(t.Columns, c)
		if at > 0 {
			for int64(len(t.key)) < at {
				t.key = append(t.key, "")
			}
			t.key[at-1] = column
		}
		return nil
	}, columns.For(r.Engine()))
	return out, err
}

// parentsFirst orders tables so that each comes after those it refers to.
func parentsFirst(ctx context.Context, r db.Reader, tables []table) ([]table, error) {
	references := db.By{
		SQLite: `SELECT DISTINCT t.name, f."table" FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1, 2`,
		Postgres: `SELECT DISTINCT c.relname::text, p.relname::text FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
			JOIN pg_class p ON p.oid = f.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE f.contype = 'f' AND n.nspname = current_schema() ORDER BY 1, 2`,
	}
	parents := map[string][]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var child, parent string
		err := rows.Scan(&child, &parent)
		parents[child] = append(parents[child], parent)
		return err
	}, references.For(r.Engine()))
	if err != nil {
		return nil, err
	}
	byName := map[string]table{}
	for _, t := range tables {
		byName[t.Name] = t
	}
	var out []table
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, parent := range parents[name] {
			visit(parent)
		}
		if t, ok := byName[name]; ok {
			out = append(out, t)
		}
	}
	for _, t := range tables {
		visit(t.Name)
	}
	return out, nil
}

func countRows(ctx context.Context, r db.Reader, name string) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT count(*) FROM `+quote(name))
}

// quote writes a name of the catalogue.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func names(columns []Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}

// readRows calls use with each row of a table, in the order of its key, as
// written in an archive.
func readRows(ctx context.Context, r db.Reader, t table, use func(line []byte) error) (n int64, err error) {
	quoted := names(t.Columns)
	for i, name := range quoted {
		quoted[i] = quote(name)
	}
	key := slices.Clone(t.key)
	for i, name := range key {
		key[i] = quote(name)
	}
	sql := `SELECT ` + strings.Join(quoted, ", ") + ` FROM ` + quote(t.Name)
	if len(key) > 0 {
		sql += ` ORDER BY ` + strings.Join(key, ", ")
	}
	c := newCells(t.Columns)
	var line []byte
	err = db.Each(ctx, r, func(rows db.Rows) error {
		if err := rows.Scan(c.dest...); err != nil {
			return err
		}
		n++
		line = c.appendTo(line[:0])
		return use(line)
	}, sql)
	return n, err
}

// cells receives the values of a row.
type cells struct {
	columns []Column
	dest    []any
}

func newCells(columns []Column) cells {
	c := cells{columns: columns, dest: make([]any, len(columns))}
	for i, column := range columns {
		switch column.Type {
		case typeInt:
			c.dest[i] = new(*int64)
		case typeBool:
			c.dest[i] = new(*bool)
		case typeInstant:
			c.dest[i] = new(time.Time)
		case typeDate:
			c.dest[i] = new(day.Date)
		case typeBytes:
			c.dest[i] = new([]byte)
		default:
			c.dest[i] = new(*string)
		}
	}
	return c
}

// appendTo writes the values as one line.
func (c cells) appendTo(line []byte) []byte {
	for i, d := range c.dest {
		if i > 0 {
			line = append(line, '\t')
		}
		line = appendCell(line, d)
	}
	return append(line, '\n')
}

// appendCell writes one value: \N for NULL, decimal integers (an instant is
// microseconds since 1970, a truth is 0 or 1), ISO dates, hexadecimal bytes,
// escaped text.
func appendCell(line []byte, d any) []byte {
	const null = `\N`
	switch v := d.(type) {
	case **int64:
		if *v != nil {
			return strconv.AppendInt(line, **v, 10)
		}
	case **bool:
		if *v != nil && **v {
			return append(line, '1')
		} else if *v != nil {
			return append(line, '0')
		}
	case *time.Time:
		if !v.IsZero() {
			return strconv.AppendInt(line, v.UnixMicro(), 10)
		}
	case *day.Date:
		if !v.IsZero() {
			return append(line, v.String()...)
		}
	case *[]byte:
		if *v != nil {
			return appendHex(line, *v)
		}
	case **string:
		if *v != nil {
			return appendText(line, **v)
		}
	}
	return append(line, null...)
}

// clearTables empties the tables of a new schema, children first: migrations
// may have put rows there that the archive has too.
func clearTables(ctx context.Context, tx db.Tx, tables []table) error {
	for _, t := range slices.Backward(tables) {
		if _, err := tx.Exec(ctx, `DELETE FROM `+quote(t.Name)); err != nil {
			return err
		}
	}
	return nil
}

// lateForeignKeys lets the rows of one table refer to each other in any order;
// PostgreSQL checks a bulk load at its end anyway.
func lateForeignKeys(ctx context.Context, tx db.Tx) error {
	if tx.Engine() != db.SQLite {
		return nil
	}
	_, err := tx.Exec(ctx, `PRAGMA defer_foreign_keys = ON`)
	return err
}

// dropTables takes away the schema that a failed restore made in a database
// that was empty before.
func dropTables(ctx context.Context, tx db.Tx) error {
	tables, err := tablesOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range append(tables, table{Name: "goose_db_version"}) {
		if _, err := tx.Exec(ctx, `DROP TABLE IF EXISTS `+quote(t.Name)+` CASCADE`); err != nil {
			return err
		}
	}
	return nil
}
