package db

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in, sqlite, postgres string
		definition                 bool
	}{
		{name: "placeholders", in: "a = $1 AND b = $12", sqlite: "a = ?1 AND b = ?12", postgres: "a = $1 AND b = $12"},
		{
			name: "quoted text is left alone", in: "SELECT '$1 {int} it''s', \"{date}\", $2", sqlite: "SELECT '$1 {int} it''s', \"{date}\", ?2",
			postgres: "SELECT '$1 {int} it''s', \"{date}\", $2",
		},
		{
			name: "comments are left alone", in: "SELECT 1 -- $1 {x}\n/* {y} $2 */ + $3", sqlite: "SELECT 1 -- $1 {x}\n/* {y} $2 */ + ?3",
			postgres: "SELECT 1 -- $1 {x}\n/* {y} $2 */ + $3",
		},
		{
			name: "cast", in: "CAST($1 AS {int}), CAST($2 AS {text}), CAST($3 AS {bool}), CAST($4 AS {date})",
			sqlite:   "CAST(?1 AS INTEGER), CAST(?2 AS TEXT), CAST(?3 AS INTEGER), CAST(?4 AS TEXT)",
			postgres: "CAST($1 AS bigint), CAST($2 AS text), CAST($3 AS boolean), CAST($4 AS date)",
		},
		{
			name: "columns", definition: true, in: "a {int}, b {text} NOT NULL, c {bool}, d {date}, e {instant}, f {bytes}",
			sqlite:   "a INTEGER, b TEXT NOT NULL, c INTEGER CHECK (c IN (0, 1)), d TEXT, e INTEGER, f BLOB",
			postgres: `a bigint, b text COLLATE "C" NOT NULL, c boolean, d date, e timestamptz, f bytea`,
		},
		{
			name: "cast in a definition", definition: true, in: "CHECK (CAST(a AS {bool}))", sqlite: "CHECK (CAST(a AS INTEGER))",
			postgres: "CHECK (CAST(a AS boolean))",
		},
		{name: "dollar without number", in: "SELECT '$', a$b", sqlite: "SELECT '$', a$b", postgres: "SELECT '$', a$b"},
		{name: "unclosed quote", in: "SELECT 'a $1", sqlite: "SELECT 'a $1", postgres: "SELECT 'a $1"},
	}
	for _, c := range cases {
		for engine, want := range map[Engine]string{SQLite: c.sqlite, Postgres: c.postgres} {
			got, err := translate(engine, c.in, c.definition)
			if err != nil || got != want {
				t.Errorf("%s on %s: %q, %v; want %q", c.name, engine, got, err, want)
			}
		}
	}
}

func TestTranslateRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"CAST($1 AS {integer})", "SELECT {", "{dist}"} {
		for _, e := range []Engine{SQLite, Postgres} {
			if _, err := translate(e, in, false); fault.CodeOf(err) != "db.sql" {
				t.Errorf("%q on %s: %v", in, e, err)
			}
		}
	}
}

func TestTranslateKeepsTextsWithoutMarks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[a-z0-9 '"();,=*/\n-]*`).Draw(t, "sql")
		for _, e := range []Engine{SQLite, Postgres} {
			if got, err := translate(e, in, true); err != nil || got != in {
				t.Fatalf("%q became %q, %v", in, got, err)
			}
		}
	})
}

func TestChangesRows(t *testing.T) {
	t.Parallel()
	yes := []string{
		"INSERT INTO a VALUES (1)", "  update a SET b = 1", "-- why\nDELETE FROM a", "/* x */ insert INTO a SELECT 1",
		"WITH x AS (SELECT 1)\n INSERT  INTO a SELECT * FROM x", "with x as (select 1) delete from a",
	}
	no := []string{"SELECT 1", "WITH x AS (SELECT 1) SELECT * FROM x", "CREATE TABLE insert_into (a)", "", "(SELECT 1)"}
	for _, sql := range yes {
		if !changesRows(sql) {
			t.Errorf("%q changes rows", sql)
		}
	}
	for _, sql := range no {
		if changesRows(sql) {
			t.Errorf("%q changes no row", sql)
		}
	}
}

func TestTranslatorIsBounded(t *testing.T) {
	t.Parallel()
	tr := newTranslator(SQLite)
	for i := range statementsMax + 10 {
		s, err := tr.statement(fmt.Sprintf("SELECT %d, $1", i))
		if err != nil || s.sql != fmt.Sprintf("SELECT %d, ?1", i) {
			t.Fatalf("%v %v", s, err)
		}
	}
	if len(tr.known) != statementsMax {
		t.Fatalf("%d texts kept", len(tr.known))
	}
}

func TestBy(t *testing.T) {
	t.Parallel()
	by := By{SQLite: "a", Postgres: "b"}
	if by.For(SQLite)+by.For(Postgres) != "ab" {
		t.Fatal(by.For(SQLite), by.For(Postgres))
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	var w Where
	if w.SQL() != "" || len(w.Args()) != 0 {
		t.Fatalf("empty: %q %v", w.SQL(), w.Args())
	}
	w.And("a = ?", 1)
	w.And("(b = ? OR c = ?)", "x", "y")
	w.And("d IS NULL")
	w.In("e", []int64{7, 8})
	w.In("f", nil)
	w.After([]string{"g", "h"}, []any{"k", 9}, false)
	w.After([]string{"i"}, []any{3}, true)
	w.After([]string{"i"}, nil, true)
	w.Or(func(w *Where) { w.And("j = ?", 5); w.And("k = 1") }, func(*Where) {})
	w.Or()
	want := " WHERE a = $1 AND (b = $2 OR c = $3) AND d IS NULL AND e IN ($4, $5) AND 1 = 0 AND (g, h) > ($6, $7) AND (i) < ($8)" +
		" AND ((j = $9 AND k = 1) OR (1 = 1)) AND (1 = 0)"
	if w.SQL() != want {
		t.Errorf("got  %s\nwant %s", w.SQL(), want)
	}
	if got := fmt.Sprint(w.Args()...); got != fmt.Sprint(1, "x", "y", int64(7), int64(8), "k", 9, 3, 5) {
		t.Errorf("args %s", got)
	}
}

func TestPlainName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a": true, "bill_2": true, "": false, "2a": false, "A": false, "a b": false, `a"`: false, "é": false} {
		if plainName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	if !strings.HasPrefix(partitionsOf("x"), "\nCREATE TABLE x_p0 PARTITION OF x") {
		t.Error(partitionsOf("x"))
	}
}
