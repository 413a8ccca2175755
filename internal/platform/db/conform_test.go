package db_test

import (
	"context"
	"testing"
	"testing/fstest"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// sampleSchema has a table of each class.
const sampleSchema = `
CREATE TABLE thing (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  name {text},
  active {bool} NOT NULL DEFAULT TRUE,
  born {date},
  seen {instant},
  size {int},
  content {bytes},
  CONSTRAINT uq_thing__code UNIQUE (code)
) {reference};

CREATE TABLE part (
  id {int} NOT NULL PRIMARY KEY,
  thing_id {int} NOT NULL REFERENCES thing (id),
  label {text} NOT NULL CHECK (label <> 'bad'),
  UNIQUE (thing_id, label)
) {reference};

CREATE TABLE item (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  amount {int} NOT NULL,
  PRIMARY KEY (receivable_account_id, id),
  UNIQUE (receivable_account_id, amount)
) {dist};

CREATE TABLE link (
  id {int} NOT NULL PRIMARY KEY,
  thing_id {int} NOT NULL REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED
) {control};

CREATE TABLE meter (
  id {int} NOT NULL PRIMARY KEY,
  thing_id {int} REFERENCES thing (id)
) {lookup};
`

func sampleSet(t testing.TB) db.MigrationSet {
	t.Helper()
	return dbtest.Migrations(t, fstest.MapFS{"migrations/0900_sample.sql": {Data: []byte(sampleSchema)}})
}

// each runs a test on every engine with the sample schema.
func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, sampleSet(t), fn)
}

func write(t *testing.T, d *db.DB, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), db.WriteOptions{}, fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

func exec(t *testing.T, d *db.DB, sql string, args ...any) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

func value[T any](t *testing.T, d *db.DB, sql string, args ...any) T {
	t.Helper()
	var out T
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.Value[T](ctx, r, sql, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func wantCode(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		t.Fatalf("error %v, want %s %s", err, kind, code)
	}
}

func TestWriteIsReadBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `INSERT INTO thing (id, code) VALUES ($1, $2)`, 1, "A")
		if got := value[string](t, d, `SELECT code FROM thing WHERE id = $1`, 1); got != "A" {
			t.Fatalf("code %q", got)
		}
	})
}
