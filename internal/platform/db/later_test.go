package db_test

import (
	"context"
	"errors"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// A statement that must change one row fails its transaction when it does not,
// whether its answer is read at once or later, and whatever follows it.
func TestExecOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		if _, err := try(t, d, `INSERT INTO thing (id, code, size) VALUES (1, 'a', 1), (2, 'b', 1)`); err != nil {
			t.Fatal(err)
		}
		stale := fault.New(fault.Conflict, "thing.stale")
		next := map[string]func(ctx context.Context, tx db.Tx) error{
			"nothing": func(context.Context, db.Tx) error { return nil },
			"a row": func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (9, 'z')`)
				return err
			},
			"another one": func(ctx context.Context, tx db.Tx) error {
				return db.ExecOne(ctx, tx, errors.New("not this one"), `UPDATE thing SET size = 7 WHERE id = 2`)
			},
			"a question": func(ctx context.Context, tx db.Tx) error {
				_, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM thing`)
				return err
			},
		}
		for name, then := range next {
			for where, rows := range map[string]int{"id = 1": 1, "id = 77": 0, "id < 3": 2} {
				err := d.Write(t.Context(), db.WriteOptions{DryRun: true}, func(ctx context.Context, tx db.Tx) error {
					if err := db.ExecOne(ctx, tx, stale, `UPDATE thing SET size = 5 WHERE `+where); err != nil {
						return err
					}
					return then(ctx, tx)
				})
				if rows == 1 && err != nil || rows != 1 && fault.CodeOf(err) != "thing.stale" {
					t.Errorf("%d rows, then %s: %v", rows, name, err)
				}
			}
		}
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			if err := db.ExecOne(ctx, tx, stale, `UPDATE thing SET size = 5 WHERE id = 1`); err != nil {
				return err
			}
			n, err := db.Value[int64](ctx, tx, `SELECT size FROM thing WHERE id = 1`)
			if n != 5 {
				t.Errorf("the next question sees %d", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if _, err := try(t, d, `UPDATE thing SET size = 6 WHERE id = 1`); err != nil {
			t.Errorf("the connection is not as before: %v", err)
		}
	})
}
