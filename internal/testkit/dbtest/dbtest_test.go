package dbtest_test

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

func set(t *testing.T) db.MigrationSet {
	t.Helper()
	return dbtest.Migrations(t, fstest.MapFS{"0901_a.sql": {Data: []byte("CREATE TABLE a (id {int} NOT NULL PRIMARY KEY) {lookup};")}})
}

// TestEachOpensEveryEngine, migrated, the hash partitions being partitions.
func TestEachOpensEveryEngine(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var mu sync.Mutex
	t.Run("group", func(t *testing.T) {
		dbtest.Each(t, set(t), func(t *testing.T, d *db.DB) {
			if err := d.CheckSchema(t.Context(), set(t)); err != nil {
				t.Error(err)
			}
			name := string(d.Engine())
			if d.Engine() == db.Postgres {
				err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
					kind, err := db.Value[string](ctx, r, `SELECT relkind::text FROM pg_class WHERE relname = 'a'`)
					name += " " + kind
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			seen[name] = true
		})
	})
	for _, want := range []string{"sqlite", "postgres r", "postgres p"} {
		if !seen[want] {
			t.Errorf("no %s in %v", want, seen)
		}
	}
}

// TestDatabasesAreApart: a copy is the test's own.
func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				d := dbtest.Open(t, engine, set(t), db.Options{})
				err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
					n, err := tx.Exec(ctx, `INSERT INTO a (id) VALUES (1)`)
					if n != 1 {
						t.Errorf("%d rows", n)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := dbtest.NewClock(start)
	c.Advance(time.Hour)
	c.Advance(-time.Minute)
	if want := start.Add(59 * time.Minute); !c.Now().Equal(want) {
		t.Errorf("%s, want %s", c.Now(), want)
	}
}
