package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wasl/internal/kernel/fault"
)

// catalogue reads the live catalogue as the same lines on both engines: table,
// what, columns, target.
func catalogue() By {
	return By{
		SQLite: `
SELECT t.name, 'table', '', '' FROM sqlite_schema t WHERE t.type = 'table'
UNION ALL
SELECT t.name, 'primary', (SELECT group_concat(name, ',') FROM (SELECT c.name FROM pragma_table_info(t.name) c WHERE c.pk > 0 ORDER BY c.pk)), ''
FROM sqlite_schema t WHERE t.type = 'table'
UNION ALL
SELECT t.name, 'unique', (SELECT group_concat(name, ',') FROM (SELECT c.name FROM pragma_index_info(i.name) c ORDER BY c.seqno)), ''
FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i."unique" = 1 AND i.origin <> 'pk'
UNION ALL
SELECT t.name, 'foreign', group_concat(f."from", ','), f."table"
FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' GROUP BY t.name, f.id, f."table"`,
		Postgres: `
WITH ours AS (
  SELECT c.oid, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = current_schema())
SELECT name, 'table', '', '' FROM ours
UNION ALL
SELECT o.name, CASE WHEN x.indisprimary THEN 'primary' ELSE 'unique' END,
  (SELECT coalesce(string_agg(a.attname, ',' ORDER BY k.n), '') FROM unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = k.attnum), ''
FROM ours o JOIN pg_index x ON x.indrelid = o.oid WHERE x.indisunique
UNION ALL
SELECT o.name, 'foreign',
  (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(f.conkey) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = k.attnum), t.name
FROM ours o JOIN pg_constraint f ON f.conrelid = o.oid AND f.contype = 'f' JOIN ours t ON t.oid = f.confrelid`,
	}
}

// referable says what a table of a class may refer to.
func referable(from, to Class) bool {
	switch from {
	case Dist:
		return to == Dist || to == Reference
	case Control:
		return to == Control || to == Reference
	case Reference, Lookup:
		return to == Reference
	}
	return false
}

// CheckCatalog compares the live catalogue with the classes of a set and gives
// what breaks their rules: a table without class or without migration, a
// {dist} table whose key, unique constraint or foreign key lacks
// receivable_account_id, a {lookup} unique constraint without its key, a
// foreign key to a class that cannot be referred to.
func CheckCatalog(ctx context.Context, d *DB, set MigrationSet) error {
	var lines []catalogLine
	err := d.Read(ctx, func(ctx context.Context, r Reader) (err error) {
		lines, err = All(ctx, r, func(rows Rows) (l catalogLine, err error) {
			var columns, target *string
			err = rows.Scan(&l.table, &l.what, &columns, &target)
			l.columns, l.target = splitNames(columns), deref(target)
			return l, err
		}, catalogue().For(r.Engine()))
		return err
	})
	if err != nil {
		return err
	}
	if found := judgeCatalog(lines, Classes(set)); len(found) > 0 {
		return fault.New(fault.Internal, "db.catalog", "found", strings.Join(found, "; "))
	}
	return nil
}

type catalogLine struct {
	table, what string
	columns     []string
	target      string
}

func splitNames(s *string) []string {
	if s == nil || *s == "" {
		return nil
	}
	return strings.Split(*s, ",")
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// notOurs are the tables of the machinery.
func notOurs(table string) bool {
	return table == "goose_db_version" || strings.HasPrefix(table, "sqlite_")
}

func judgeCatalog(lines []catalogLine, classes map[string]Class) []string {
	var found []string
	missing := maps.Clone(classes)
	key := make(map[string]string)
	for _, l := range lines {
		if l.what == "primary" && len(l.columns) > 0 {
			key[l.table] = l.columns[0]
		}
	}
	for _, l := range lines {
		if notOurs(l.table) {
			continue
		}
		class, known := classes[l.table]
		if l.what == "table" {
			delete(missing, l.table)
			if !known {
				found = append(found, l.table+" has no class")
			}
			if key[l.table] == "" {
				found = append(found, l.table+" has no primary key")
			}
			continue
		}
		found = append(found, judgeLine(l, class, classes[l.target], key[l.table])...)
	}
	for table := range missing {
		found = append(found, table+" is missing")
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// judgeLine judges a key, a unique constraint or a foreign key.
func judgeLine(l catalogLine, class, target Class, key string) []string {
	var found []string
	bad := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	spread := map[Class]string{Dist: DistKey, Lookup: key}[class]
	if l.what == "foreign" {
		if !referable(class, target) {
			bad("%s {%s} refers to %s {%s}", l.table, class, l.target, target)
		}
		if class == Dist && target == Dist && !slices.Contains(l.columns, DistKey) {
			bad("%s refers to %s without %s", l.table, l.target, DistKey)
		}
		return found
	}
	if spread != "" && !slices.Contains(l.columns, spread) {
		bad("%s: %s (%s) lacks %s", l.table, l.what, strings.Join(l.columns, ","), spread)
	}
	return found
}
