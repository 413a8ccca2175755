package db

import (
	"fmt"
	"regexp"
	"strings"

	"wasl/internal/kernel/fault"
)

// Class says how a table is distributed when one PostgreSQL is not enough.
type Class string

// The classes.
const (
	// Dist rows belong to one receivable account: its id is in the primary key,
	// in every unique constraint and in foreign keys between such tables.
	Dist Class = "dist"
	// Reference rows are few and copied everywhere.
	Reference Class = "reference"
	// Control rows live in one place: jobs, counters, sessions, files, users.
	Control Class = "control"
	// Lookup rows are spread by their own key: customer, meter, service point.
	Lookup Class = "lookup"
)

// DistKey is the column that distributes {dist} tables.
const DistKey = "receivable_account_id"

// hashPartitions is the number of partitions of a table under PartitionProfile:
// enough to refuse what a distributed database refuses.
const hashPartitions = 4

var (
	createTable = regexp.MustCompile(`(?is)CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([a-z_][a-z0-9_]*)\s*\((.*?)\)\s*\{(dist|reference|control|lookup)\}\s*;`)
	anyTable    = regexp.MustCompile(`(?i)CREATE\s+TABLE\s`)
	tableKey    = regexp.MustCompile(`(?is)PRIMARY\s+KEY\s*\(\s*([a-z_][a-z0-9_]*)`)
	columnKey   = regexp.MustCompile(`(?is)(?:^|,)\s*([a-z_][a-z0-9_]*)\s[^,]*?PRIMARY\s+KEY`)
	dropTable   = regexp.MustCompile(`(?i)DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?([a-z_][a-z0-9_]*)`)
	renameTable = regexp.MustCompile(`(?i)ALTER\s+TABLE\s+([a-z_][a-z0-9_]*)\s+RENAME\s+TO\s+([a-z_][a-z0-9_]*)`)
)

// stretch is a part of a migration without its comments: text that is the same on
// every engine, then the table it leads to; the last one has no table.
type stretch struct {
	before string
	// head is the definition of the table, without its closing word.
	head, table string
	class       Class
	// key is the column that spreads the table over partitions.
	key string
}

// readTables cuts a migration at its tables. It is the costly part of reading one,
// and the same for every engine.
func readTables(name, source string) (out []stretch, err error) {
	bare := withoutComments(source)
	found := createTable.FindAllStringSubmatchIndex(bare, -1)
	if all := len(anyTable.FindAllStringIndex(bare, -1)); all != len(found) {
		return nil, badMigration(name, fmt.Sprintf("%d tables, %d with a class", all, len(found)))
	}
	from := 0
	for _, at := range found {
		part := func(n int) string { return bare[at[2*n]:at[2*n+1]] }
		text := part(0)
		s := stretch{before: bare[from:at[0]], head: text[:strings.LastIndex(text, ")")+1], table: part(1), class: Class(part(3))}
		switch s.class {
		case Dist:
			s.key = DistKey
		case Lookup:
			if s.key = firstKey(part(2)); s.key == "" {
				return nil, badMigration(name, "table "+s.table+" has no primary key")
			}
		case Reference, Control:
		}
		out = append(out, s)
		from = at[1]
	}
	return append(out, stretch{before: bare[from:]}), nil
}

// expandTables puts the closing words of an engine at the tables of a migration.
func expandTables(parts []stretch, e Engine, partitions bool) string {
	var b strings.Builder
	for _, s := range parts {
		b.WriteString(s.before)
		switch {
		case s.table == "":
		case e == SQLite:
			b.WriteString(s.head + " STRICT;")
		case !partitions || s.key == "":
			b.WriteString(s.head + ";")
		default:
			b.WriteString(s.head + " PARTITION BY HASH (" + s.key + ");" + partitionsOf(s.table))
		}
	}
	return b.String()
}

// partitionsOf gives one statement per line, as the migration reader wants.
func partitionsOf(table string) string {
	var b strings.Builder
	for i := range hashPartitions {
		fmt.Fprintf(&b, "\nCREATE TABLE %s_p%d PARTITION OF %s FOR VALUES WITH (MODULUS %d, REMAINDER %d);", table, i, table, hashPartitions, i)
	}
	return b.String()
}

// firstKey gives the first column of a table's primary key.
func firstKey(body string) string {
	if m := tableKey.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	if m := columnKey.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// Classes gives the class of every table that exists once a set is applied.
func Classes(set MigrationSet) map[string]Class {
	out := make(map[string]Class)
	for _, m := range set.files {
		source := withoutComments(m.source)
		for _, statement := range strings.SplitAfter(source, ";") {
			if t := createTable.FindStringSubmatch(statement); t != nil {
				out[t[1]] = Class(t[3])
			} else if t := dropTable.FindStringSubmatch(statement); t != nil {
				delete(out, t[1])
			} else if t := renameTable.FindStringSubmatch(statement); t != nil {
				out[t[2]] = out[t[1]]
				delete(out, t[1])
			}
		}
	}
	return out
}

// withoutComments drops the comments of a text, not what is quoted.
func withoutComments(sql string) string {
	var b strings.Builder
	for i := 0; i < len(sql); {
		if n := skipComment(sql, i); n > 0 {
			b.WriteByte('\n')
			i += n
			continue
		}
		end := max(skipQuoted(sql, i), i+1)
		b.WriteString(sql[i:end])
		i = end
	}
	return b.String()
}

func badMigration(name, reason string) error {
	return fault.New(fault.Internal, "db.migration", "name", name, "reason", reason)
}
