package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

type memoKey struct{}

// The members of a group remember together what the transaction says; what was
// remembered by one that is undone is forgotten, and nothing outlives the commit.
func TestMembersRememberTogether(t *testing.T) {
	t.Parallel()
	g := newGate()
	d := openSQLite(t, db.Options{Now: time.Now, Intercept: hooks{before: g.before}})
	seen := map[string]int64{}
	look := func(name string, keep int64, err error) func(context.Context, db.Tx) error {
		return func(_ context.Context, tx db.Tx) error {
			seen[name], _ = db.Remembered[int64](tx, memoKey{})
			if keep != 0 {
				db.Remember(tx, memoKey{}, keep)
			}
			return err
		}
	}
	g.grouped(t, d, []memberSpec{
		{fn: look("first", 1, nil)},
		{fn: look("second", 2, nil)},
		{fn: look("failing", 3, errors.New("no"))},
		{fn: look("after a failure", 4, nil)},
		{fn: look("dry", 5, nil), o: db.WriteOptions{DryRun: true}},
		{fn: look("after a dry run", 6, nil)},
		{fn: look("last", 0, nil)},
	})
	if n := d.Stats().Commits; n < 1 {
		t.Fatalf("%d commits", n)
	}
	if err := d.Write(t.Context(), db.WriteOptions{}, look("next group", 7, nil)); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), db.WriteOptions{NoGroup: true}, look("alone", 8, nil)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{
		"first": 0, "second": 1, "failing": 2, "after a failure": 0, "dry": 4, "after a dry run": 0, "last": 6, "next group": 0, "alone": 0,
	} {
		if seen[name] != want {
			t.Errorf("%s remembers %d, want %d", name, seen[name], want)
		}
	}
}

// On PostgreSQL each transaction remembers for itself.
func TestTransactionsRememberAlone(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.Postgres, sampleSet(t), db.Options{Now: time.Now})
	for range 2 {
		err := d.Write(t.Context(), db.WriteOptions{}, func(_ context.Context, tx db.Tx) error {
			if _, known := db.Remembered[int64](tx, memoKey{}); known {
				t.Error("remembered what another transaction said")
			}
			db.Remember(tx, memoKey{}, int64(1))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
