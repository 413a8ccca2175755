package pgtest_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/internal/testkit/pgtest"
)

func run(t *testing.T, dsn, sql string) string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context()) //nolint:errcheck // a test
	var out string
	if err := c.QueryRow(t.Context(), sql).Scan(&out); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// TestDatabasesAreFreshAndApart, and dropped at the end of their test.
func TestDatabasesAreFreshAndApart(t *testing.T) {
	t.Parallel()
	var first string
	outer := pgtest.DSN(t)
	t.Run("inner", func(t *testing.T) {
		first = pgtest.DSN(t)
		run(t, first, `CREATE TABLE a (b int)`)
	})
	if first == outer {
		t.Fatal("two tests share a database")
	}
	if got := run(t, outer, `SELECT count(*)::text FROM pg_class WHERE relname = 'a'`); got != "0" {
		t.Errorf("%s tables", got)
	}
	name := first[strings.Index(first, "wasl_"):strings.Index(first, "?")]
	if got := run(t, outer, `SELECT count(*)::text FROM pg_database WHERE datname = '`+name+`'`); got != "0" {
		t.Errorf("database %s stayed", name)
	}
}

// TestTemplateIsBuiltOnce by whoever comes first, and only kept complete.
func TestTemplateIsBuiltOnce(t *testing.T) {
	t.Parallel()
	name := "wasl_template_of_" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	admin := pgtest.DSN(t)
	run(t, admin, `DROP DATABASE IF EXISTS `+name)
	var mu sync.Mutex
	built := 0
	build := func(dsn string) error {
		mu.Lock()
		defer mu.Unlock()
		built++
		run(t, dsn, `CREATE TABLE made (b int)`)
		return nil
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			dsn := pgtest.FromTemplate(t, name, build)
			if got := run(t, dsn, `SELECT count(*)::text FROM pg_class WHERE relname = 'made'`); got != "1" {
				t.Errorf("%s tables", got)
			}
		})
	}
	wg.Wait()
	if built != 1 {
		t.Errorf("built %d times", built)
	}
}

// TestDefaultOrderIsNotBinary: a text column that forgets its collation shows.
func TestDefaultOrderIsNotBinary(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	icu := run(t, dsn, `SELECT datlocprovider::text FROM pg_database WHERE datname = current_database()`) == "i"
	got := run(t, dsn, `SELECT string_agg(x, '' ORDER BY x) FROM (VALUES ('b'), ('A'), ('a'), ('B'), ('é')) v (x)`)
	if want := map[bool]string{true: "aAbBé", false: "ABabé"}[icu]; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestClusterIsReused(t *testing.T) {
	t.Parallel()
	first := run(t, pgtest.DSN(t), `SELECT pg_postmaster_start_time()::text`)
	if second := run(t, pgtest.DSN(t), `SELECT pg_postmaster_start_time()::text`); first != second {
		t.Errorf("started at %s, then at %s", first, second)
	}
}
