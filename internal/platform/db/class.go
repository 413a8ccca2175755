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

// expandTables expands the closing words of the tables of a migration.
func expandTables(name, source string, e Engine, partitions bool) (string, error) {
	bare := withoutComments(source)
	if all, known := len(anyTable.FindAllString(bare, -1)), len(createTable.FindAllString(bare, -1)); all != known {
		return "", badMigration(name, fmt.Sprintf("%d tables, %d with a class", all, known))
	}
	var failed error
	out := createTable.ReplaceAllStringFunc(bare, func(text string) string {
		m := createTable.FindStringSubmatch(text)
		table, body, class := m[1], m[2], Class(m[3])
		head := text[:strings.LastIndex(text, ")")+1]
		switch {
		case e == SQLite:
			return head + " STRICT;"
		case !partitions || class != Dist && class != Lookup:
			return head + ";"
		}
		key := DistKey
		if class == Lookup {
			key = firstKey(body)
		}
		if key == "" {
			failed = badMigration(name, "table "+table+" has no primary key")
		}
		return head + " PARTITION BY HASH (" + key + ");" + partitionsOf(table)
	})
	return out, failed
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
