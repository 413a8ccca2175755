package db_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// answerOf reads the codes a question gives.
func answerOf(ctx context.Context, a *db.Asked) (codes []string, err error) {
	return codes, a.Each(ctx, func(rows db.Rows) error {
		var code string
		var size *int64
		err := rows.Scan(&code, &size)
		if size != nil {
			code = fmt.Sprint(code, *size)
		}
		codes = append(codes, code)
		return err
	})
}

// A question put ahead is answered as if it were asked when its answer is wanted,
// whatever comes in between.
func TestAsk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		if _, err := try(t, d, `INSERT INTO thing (id, code, size) VALUES (1, 'a', 7), (2, 'b', NULL), (3, 'c', 9)`); err != nil {
			t.Fatal(err)
		}
		between := map[string]func(ctx context.Context, tx db.Tx) error{
			"nothing": func(context.Context, db.Tx) error { return nil },
			"a question": func(ctx context.Context, tx db.Tx) error {
				_, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM thing`)
				return err
			},
			"a row kept": func(ctx context.Context, tx db.Tx) error {
				return db.ExecLater(ctx, tx, `INSERT INTO thing (id, code) VALUES (9, 'z')`)
			},
			"a savepoint undone": func(ctx context.Context, tx db.Tx) error {
				return tx.Sub(ctx, true, func(db.Tx) error { return nil })
			},
		}
		for name, then := range between {
			err := d.Write(t.Context(), db.WriteOptions{DryRun: true}, func(ctx context.Context, tx db.Tx) error {
				none, err := db.Ask(ctx, tx, `SELECT code, size FROM thing WHERE id > $1`, 77)
				if err != nil {
					return err
				}
				some, err := db.Ask(ctx, tx, `SELECT code, size FROM thing WHERE id <= $1 ORDER BY id`, 3)
				if err != nil {
					return err
				}
				if err := then(ctx, tx); err != nil {
					return err
				}
				codes, err := answerOf(ctx, some)
				if want := []string{"a7", "b", "c9"}; err == nil && !slices.Equal(codes, want) {
					t.Errorf("after %s: %v", name, codes)
				}
				if err != nil {
					return err
				}
				codes, err = answerOf(ctx, none)
				if len(codes) > 0 {
					t.Errorf("after %s nothing is %v", name, codes)
				}
				return err
			})
			if err != nil {
				t.Errorf("after %s: %v", name, err)
			}
		}
	})
}

// A question whose savepoint was undone before it was sent is still answered.
func TestAskInASavepoint(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			var a *db.Asked
			err := tx.Sub(ctx, true, func(tx db.Tx) (err error) {
				a, err = db.Ask(ctx, tx, `SELECT 'x', CAST(4 AS {int})`)
				return err
			})
			if err != nil {
				return err
			}
			codes, err := answerOf(ctx, a)
			if !slices.Equal(codes, []string{"x4"}) {
				t.Errorf("%v", codes)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// What is kept to the end goes along with the commit: a row the server refuses there
// fails the whole, by its own name, and the connection serves on.
func TestLastRowsWithTheCommit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		twice := func(ctx context.Context, tx db.Tx) error {
			if err := db.ExecLater(ctx, tx, `INSERT INTO thing (id, code) VALUES (1, 'a')`); err != nil {
				return err
			}
			return db.ExecLater(ctx, tx, `INSERT INTO thing (id, code) VALUES (1, 'b')`)
		}
		for range 20 { // more than there are connections
			if err := d.Write(t.Context(), db.WriteOptions{Keyed: true}, twice); fault.CodeOf(err) != "db.duplicate" || db.Constraint(err) != "thing.id" {
				t.Fatalf("%v, constraint %q", err, db.Constraint(err))
			}
		}
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			return db.ExecLater(ctx, tx, `INSERT INTO thing (id, code) VALUES (5, 'e')`)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			n, err := db.Value[int64](ctx, r, `SELECT CAST(sum(id) AS {int}) FROM thing`)
			if n != 5 {
				t.Errorf("the rows sum to %d", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
