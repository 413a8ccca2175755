package db_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// The tests of this file hold the silent differences between the engines about
// text: each says how to write so that both answer the same.

func texts(t *testing.T, d *db.DB, sql string, args ...any) []string {
	t.Helper()
	var out []string
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.All(ctx, r, func(rows db.Rows) (string, error) {
			var s *string
			if err := rows.Scan(&s); err != nil || s == nil {
				return "NULL", err
			}
			return *s, nil
		}, sql, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func wantTexts(t *testing.T, d *db.DB, want []string, sql string, args ...any) {
	t.Helper()
	if got := texts(t, d, sql, args...); !slices.Equal(got, want) {
		t.Errorf("%s %v\ngot  %q\nwant %q", sql, args, got, want)
	}
}

func addThings(t *testing.T, d *db.DB, names ...any) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx db.Tx) error {
		for i, name := range names {
			if _, err := tx.Exec(ctx, `INSERT INTO thing (id, code, name) VALUES ($1, $2, $3)`, i+1, string(rune('a'+i)), name); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestLikeIsCaseSensitive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "Agadir", "agadir", "AGADIR")
		wantTexts(t, d, []string{"agadir"}, `SELECT name FROM thing WHERE name LIKE $1 ESCAPE '\' ORDER BY id`, "aga%")
	})
}

func TestLikeEscapes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, `50%`, `500`, `a_b`, `axb`, `c\d`, `cd`)
		for _, s := range []string{`50%`, `a_b`, `c\d`} {
			wantTexts(t, d, []string{s}, `SELECT name FROM thing WHERE name LIKE $1 ESCAPE '\'`, db.Like(s)+"%")
		}
	})
}

func TestAccentsNeedAFoldedColumn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "ÉLÈVE")
		// lower() knows only ASCII under the binary collation, on both engines.
		wantTexts(t, d, []string{"ÉlÈve"}, `SELECT lower(name) FROM thing`)
		exec(t, d, `UPDATE thing SET name = $1`, db.Fold("ÉLÈVE"))
		wantTexts(t, d, []string{"eleve"}, `SELECT name FROM thing WHERE name LIKE $1 ESCAPE '\'`, db.Like(db.Fold("Élè"))+"%")
	})
}

func TestTextOrderIsThatOfBytes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		names := []any{"b", "É", "a", "B", "_", "Z", "é", "10", "9", "A", "z", "ç", " x", "ab", "a b", "أ"}
		addThings(t, d, names...)
		want := make([]string, len(names))
		for i, n := range names {
			want[i] = n.(string)
		}
		slices.Sort(want) // Go compares bytes
		wantTexts(t, d, want, `SELECT name FROM thing ORDER BY name`)
		wantTexts(t, d, []string{" x"}, `SELECT min(name) FROM thing`)
		wantTexts(t, d, []string{"أ"}, `SELECT max(name) FROM thing`)
		wantTexts(t, d, []string{"z", "É", "é", "ç", "أ"}[:1], `SELECT name FROM thing WHERE name > $1 AND name < $2`, "b", "~")
	})
}

func TestNullOrderIsSaid(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "b", nil, "a")
		wantTexts(t, d, []string{"a", "b", "NULL"}, `SELECT name FROM thing ORDER BY name NULLS LAST`)
		wantTexts(t, d, []string{"NULL", "a", "b"}, `SELECT name FROM thing ORDER BY name NULLS FIRST`)
		wantTexts(t, d, []string{"b", "a", "NULL"}, `SELECT name FROM thing ORDER BY name DESC NULLS LAST`)
		// Unsaid, the engines disagree: that is why it is said.
		first := map[db.Engine]string{db.SQLite: "NULL", db.Postgres: "a"}[d.Engine()]
		if got := texts(t, d, `SELECT name FROM thing ORDER BY name`)[0]; got != first {
			t.Errorf("unsaid order begins with %s: the rule may no longer be needed", got)
		}
	})
}

func TestEmptyTextIsNotNull(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "", nil)
		wantTexts(t, d, []string{""}, `SELECT name FROM thing WHERE name = ''`)
		wantTexts(t, d, []string{"NULL"}, `SELECT name FROM thing WHERE name IS NULL`)
		wantTexts(t, d, []string{"NULL"}, `SELECT name || 'x' FROM thing WHERE name IS NULL`)
		wantTexts(t, d, []string{"NULL"}, `SELECT nullif(name, '') FROM thing WHERE name = ''`)
		empty := value[[]byte](t, d, `SELECT CAST($1 AS {bytes})`, []byte{})
		if empty == nil || len(empty) != 0 {
			t.Errorf("empty bytes came back as %#v", empty)
		}
		if null := value[[]byte](t, d, `SELECT CAST($1 AS {bytes})`, []byte(nil)); null != nil {
			t.Errorf("no bytes came back as %#v", null)
		}
	})
}

func TestTextFunctionsCountCharacters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "éàü")
		if n := value[int64](t, d, `SELECT length(name) FROM thing`); n != 3 {
			t.Errorf("length %d", n)
		}
		wantTexts(t, d, []string{"à"}, `SELECT substr(name, 2, 1) FROM thing`)
		wantTexts(t, d, []string{"x"}, `SELECT trim('  x ')`)
		wantTexts(t, d, []string{"a-c"}, `SELECT replace('abc', 'b', '-')`)
		wantTexts(t, d, []string{"12"}, `SELECT CAST(CAST($1 AS {int}) AS {text})`, 12)
	})
}

func TestTextsBothEnginesRefuse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, bad := range []string{"a\x00b", "\xff\xfe"} {
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (1, $1)`, bad)
				return err
			})
			wantCode(t, err, fault.Invalid, "db.text")
		}
		long := strings.Repeat("é", 1<<20)
		addThings(t, d, long)
		if got := value[string](t, d, `SELECT name FROM thing`); got != long {
			t.Errorf("a long text came back with %d bytes", len(got))
		}
	})
}
