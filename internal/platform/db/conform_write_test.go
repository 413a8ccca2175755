package db_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// try runs one statement in a Write and gives its row count and error.
func try(t *testing.T, d *db.DB, sql string, args ...any) (n int64, err error) {
	t.Helper()
	err = d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.Exec(ctx, sql, args...)
		return err
	})
	return n, err
}

func TestRowCounts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		steps := []struct {
			sql  string
			want int64
		}{
			{`INSERT INTO thing (id, code, size) VALUES (1, 'a', 1), (2, 'b', 1)`, 2},
			{`INSERT INTO thing (id, code) VALUES (3, 'a') ON CONFLICT DO NOTHING`, 0},
			{`INSERT INTO thing (id, code) VALUES (3, 'a') ON CONFLICT (code) DO UPDATE SET size = 5`, 1},
			{`UPDATE thing SET size = 5`, 2}, // rows matched, changed or not
			{`UPDATE thing SET size = 6 WHERE id = 99`, 0},
			{`SELECT id FROM thing`, 0},
			{`INSERT INTO thing (id, code) SELECT id + 10, code || 'x' FROM thing`, 2},
			{`WITH old AS (SELECT id FROM thing WHERE id > 10) DELETE FROM thing WHERE id IN (SELECT id FROM old)`, 2},
			{`DELETE FROM thing WHERE id = 1 RETURNING id`, 1},
		}
		for _, s := range steps {
			if n, err := try(t, d, s.sql); err != nil || n != s.want {
				t.Errorf("%s: %d, %v; want %d", s.sql, n, err, s.want)
			}
		}
	})
}

func TestOnConflictAndReturning(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		upsert := func() (out int64) {
			write(t, d, func(ctx context.Context, tx db.Tx) (err error) {
				out, err = db.Value[int64](ctx, tx, `INSERT INTO thing (id, code, size) VALUES ($1, 'a', 1)
ON CONFLICT (code) DO UPDATE SET size = thing.size + excluded.size WHERE thing.active RETURNING size`, 1)
				return err
			})
			return out
		}
		if a, b, c := upsert(), upsert(), upsert(); a != 1 || b != 2 || c != 3 {
			t.Errorf("%d %d %d", a, b, c)
		}
		exec(t, d, `UPDATE thing SET active = FALSE`)
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, err := db.Value[int64](ctx, tx, `INSERT INTO thing (id, code) VALUES (1, 'a')
ON CONFLICT (code) DO UPDATE SET size = 9 WHERE thing.active RETURNING size`)
			return err
		})
		wantCode(t, err, fault.NotFound, "db.no_row")
		// Rows that nobody reads were changed all the same.
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			rows, err := tx.Query(ctx, `UPDATE thing SET size = 77 RETURNING id`)
			if err != nil {
				return err
			}
			rows.Close()
			return rows.Err()
		})
		if n := value[int64](t, d, `SELECT size FROM thing`); n != 77 {
			t.Errorf("size %d", n)
		}
	})
}

func TestConstraintsAreMappedAlike(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `INSERT INTO thing (id, code) VALUES (1, 'a')`)
		exec(t, d, `INSERT INTO part (id, thing_id, label) VALUES (1, 1, 'x')`)
		exec(t, d, `INSERT INTO item (receivable_account_id, id, amount) VALUES (1, 1, 5)`)
		exec(t, d, `INSERT INTO meter (id) VALUES (1)`)
		duplicates := []struct{ sql, constraint string }{
			{`INSERT INTO thing (id, code) VALUES (1, 'z')`, "thing.id"},
			{`INSERT INTO thing (id, code) VALUES (2, 'a')`, "thing.code"},
			{`INSERT INTO part (id, thing_id, label) VALUES (2, 1, 'x')`, "part.thing_id,label"},
			{`INSERT INTO item (receivable_account_id, id, amount) VALUES (1, 1, 6)`, "item.receivable_account_id,id"},
			{`INSERT INTO item (receivable_account_id, id, amount) VALUES (1, 2, 5)`, "item.receivable_account_id,amount"},
			{`INSERT INTO meter (id) VALUES (1)`, "meter.id"},
		}
		for _, c := range duplicates {
			_, err := try(t, d, c.sql)
			wantCode(t, err, fault.Conflict, "db.duplicate")
			if got := db.Constraint(fmt.Errorf("wrapped: %w", err)); got != c.constraint || fault.As(err).Args["constraint"] != c.constraint {
				t.Errorf("%s: constraint %q", c.sql, got)
			}
		}
		others := []struct {
			sql, code string
			kind      fault.Kind
		}{
			{`INSERT INTO part (id, thing_id, label) VALUES (2, 99, 'x')`, "db.reference", fault.Conflict},
			{`DELETE FROM thing WHERE id = 1`, "db.reference", fault.Conflict},
			{`INSERT INTO part (id, thing_id, label) VALUES (2, 1, 'bad')`, "db.check", fault.Internal},
			{`INSERT INTO part (id, thing_id, label) VALUES (2, 1, NULL)`, "db.check", fault.Internal},
			{`INSERT INTO nothing (id) VALUES (1)`, "db.statement", fault.Internal},
			{`INSERT INTO thing (id, code, size) VALUES (5, 'e', 'abc')`, "", fault.Internal},
			{`SELEC 1`, "db.statement", fault.Internal},
		}
		for _, c := range others {
			_, err := try(t, d, c.sql)
			if fault.KindOf(err) != c.kind || c.code != "" && fault.CodeOf(err) != c.code {
				t.Errorf("%s: %v", c.sql, err)
			}
			if db.Constraint(err) != "" {
				t.Errorf("%s: constraint %q", c.sql, db.Constraint(err))
			}
		}
		if n := value[int64](t, d, `SELECT count(*) FROM part`); n != 1 {
			t.Errorf("%d parts", n)
		}
	})
}

// TestFailedStatementSpoilsTheTransaction: PostgreSQL refuses whatever follows a
// failed statement, so SQLite does too.
func TestFailedStatementSpoilsTheTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `INSERT INTO thing (id, code) VALUES (1, 'a')`)
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, first := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (1, 'b')`)
			wantCode(t, first, fault.Conflict, "db.duplicate")
			_, second := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (2, 'b')`)
			wantCode(t, second, fault.Conflict, "db.tx_failed")
			return nil // the failure is not told, and is found all the same
		})
		wantCode(t, err, fault.Conflict, "db.duplicate")
		if n := value[int64](t, d, `SELECT count(*) FROM thing`); n != 1 {
			t.Errorf("%d things", n)
		}
	})
}

func TestSub(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		insert := func(ctx context.Context, tx db.Tx, id int) error {
			_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES ($1, $2)`, id, fmt.Sprint("c", id))
			return err
		}
		own := errors.New("own")
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			if err := insert(ctx, tx, 1); err != nil {
				return err
			}
			if err := tx.Sub(ctx, false, func(tx db.Tx) error { return insert(ctx, tx, 2) }); err != nil {
				t.Errorf("kept: %v", err)
			}
			if err := tx.Sub(ctx, true, func(tx db.Tx) error { return insert(ctx, tx, 3) }); err != nil {
				t.Errorf("rolled back: %v", err)
			}
			err := tx.Sub(ctx, false, func(tx db.Tx) error { return errors.Join(insert(ctx, tx, 4), own) })
			if !errors.Is(err, own) {
				t.Errorf("failed by its function: %v", err)
			}
			err = tx.Sub(ctx, false, func(tx db.Tx) error { return insert(ctx, tx, 1) })
			wantCode(t, err, fault.Conflict, "db.duplicate")
			// Nested: the inner failure leaves the outer one whole.
			return tx.Sub(ctx, false, func(tx db.Tx) error {
				if err := insert(ctx, tx, 5); err != nil {
					return err
				}
				if err := tx.Sub(ctx, false, func(tx db.Tx) error { return insert(ctx, tx, 5) }); err == nil {
					t.Error("a duplicate passed")
				}
				return insert(ctx, tx, 6)
			})
		})
		wantTexts(t, d, []string{"c1", "c2", "c5", "c6"}, `SELECT code FROM thing ORDER BY id`)
		// A failure its function does not tell still undoes the savepoint's transaction.
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			return tx.Sub(ctx, false, func(tx db.Tx) error {
				_ = insert(ctx, tx, 1)
				return nil
			})
		})
		wantCode(t, err, fault.Conflict, "db.tx_failed")
	})
}

func TestRowsAreClosedBeforeTheNextCall(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "a", "b", "c")
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			rows, err := tx.Query(ctx, `SELECT id FROM thing ORDER BY id`)
			if err != nil {
				return err
			}
			if !rows.Next() {
				t.Fatal("no row")
			}
			_, err = tx.Exec(ctx, `UPDATE thing SET size = 1`)
			wantCode(t, err, fault.Internal, "db.rows_open")
			_, err = tx.Query(ctx, `SELECT 1`)
			wantCode(t, err, fault.Internal, "db.rows_open")
			wantCode(t, rows.Scan(new(int64), new(int64)), fault.Internal, "db.value")
			rows.Close()
			wantCode(t, rows.Scan(new(int64)), fault.Internal, "db.no_current_row")
			_, err = tx.Exec(ctx, `UPDATE thing SET size = 1`)
			return err
		})
		// Rows left open at the end of the function are closed for it.
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			rows, err := tx.Query(ctx, `SELECT id FROM thing`)
			rows.Next()
			return err
		})
	})
}

func TestHandleIsDeadAfterwards(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		var kept db.Tx
		var reader db.Reader
		write(t, d, func(_ context.Context, tx db.Tx) error { kept = tx; return nil })
		_, err := kept.Exec(t.Context(), `INSERT INTO thing (id, code) VALUES (1, 'a')`)
		wantCode(t, err, fault.Internal, "db.tx_over")
		_, err = kept.NewID(t.Context())
		wantCode(t, err, fault.Internal, "db.tx_over")
		_, err = kept.Bulk(t.Context(), "thing", []string{"id"}, rowsOf())
		wantCode(t, err, fault.Internal, "db.tx_over")
		if err := d.Read(t.Context(), func(_ context.Context, r db.Reader) error { reader = r; return nil }); err != nil {
			t.Fatal(err)
		}
		_, err = reader.Query(t.Context(), `SELECT 1`)
		wantCode(t, err, fault.Internal, "db.tx_over")
	})
}

func rowsOf(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestBulk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		const count = 2000
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (1, 'a')`); err != nil {
				return err
			}
			n, err := tx.Bulk(ctx, "item", []string{"receivable_account_id", "id", "amount"}, func(yield func([]any, error) bool) {
				for i := range count {
					id, err := tx.NewID(ctx) // ids may be taken while the load runs
					if !yield([]any{int64(i % 7), id, i}, err) {
						return
					}
				}
			})
			if n != count {
				t.Errorf("%d rows", n)
			}
			return err
		})
		if n := value[int64](t, d, `SELECT count(*) FROM item`); n != count {
			t.Errorf("%d items", n)
		}
		if n := value[int64](t, d, `SELECT count(DISTINCT id) FROM item`); n != count {
			t.Errorf("%d ids", n)
		}
	})
}

func TestBulkIsPartOfTheTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		columns := []string{"id", "code", "born", "active", "name"}
		own := errors.New("own")
		bad := func(yield func([]any, error) bool) {
			_ = yield([]any{1, "a", nil, true, nil}, nil) && yield(nil, own)
		}
		explode := func(yield func([]any, error) bool) {
			yield([]any{1, "a", nil, true, nil}, nil)
			panic("sequence")
		}
		cases := map[string]struct {
			rows iter.Seq2[[]any, error]
			code string
		}{
			"db.duplicate": {rowsOf([]any{1, "a", nil, true, nil}, []any{1, "b", nil, true, nil}), "db.duplicate"},
			"db.check":     {rowsOf([]any{1, nil, nil, true, nil}), "db.check"},
			"db.value":     {rowsOf([]any{1.5, "a", nil, true, nil}), "db.value"},
			"own":          {bad, ""},
			"panic":        {explode, "db.panic"},
		}
		for name, c := range cases {
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Bulk(ctx, "thing", columns, c.rows)
				return err
			})
			if err == nil || c.code != "" && fault.CodeOf(err) != c.code || name == "own" && !errors.Is(err, own) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := value[int64](t, d, `SELECT count(*) FROM thing`); n != 0 {
			t.Errorf("%d rows stayed", n)
		}
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Bulk(ctx, `thing"; DROP TABLE thing`, columns, rowsOf())
			return err
		})
		wantCode(t, err, fault.Internal, "db.value")
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Bulk(ctx, "thing", columns, func(yield func([]any, error) bool) {
				_, err := tx.Exec(ctx, `SELECT 1`)
				wantCode(t, err, fault.Internal, "db.rows_open")
				yield([]any{1, "a", nil, true, nil}, nil)
			})
			return err
		})
	})
}

// TestConcurrentUniqueKeys: of many writers of one key, one wins.
func TestConcurrentUniqueKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		const writers = 12
		var wins, losses atomic.Int64
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
					_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES ($1, 'same')`, i)
					return err
				})
				switch {
				case err == nil:
					wins.Add(1)
				case fault.CodeOf(err) == "db.duplicate" && db.Constraint(err) == "thing.code":
					losses.Add(1)
				default:
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 || losses.Load() != writers-1 {
			t.Errorf("%d won, %d lost", wins.Load(), losses.Load())
		}
	})
}

// TestLockSerialises: read, then write what was read plus one, under a lock.
func TestLockSerialises(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addSizes(t, d, 0)
		const writers = 16
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
					ids := []int64{7, 3, 7, 5}
					if i%2 == 0 {
						ids = []int64{5, 3}
					}
					if err := tx.Lock(ctx, ids...); err != nil {
						return err
					}
					n, err := db.Value[int64](ctx, tx, `SELECT size FROM thing WHERE id = 1`)
					if err != nil {
						return err
					}
					_, err = tx.Exec(ctx, `UPDATE thing SET size = $1 WHERE id = 1`, n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := value[int64](t, d, `SELECT size FROM thing`); n != writers {
			t.Errorf("%d additions of %d survived", n, writers)
		}
	})
}

// TestCommitRefused: a deferred constraint fails at the commit, which is told
// as such and not as unknown.
func TestCommitRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, o := range []db.WriteOptions{{}, {Keyed: true}, {NoGroup: true}} {
			runs := 0
			err := d.Write(t.Context(), o, func(ctx context.Context, tx db.Tx) error {
				runs++
				_, err := tx.Exec(ctx, `INSERT INTO link (id, thing_id) VALUES (1, 99)`)
				return err
			})
			wantCode(t, err, fault.Conflict, "db.reference")
			if runs > 2 { // on SQLite once in its group, once alone
				t.Errorf("%d runs", runs)
			}
		}
		// Mended before the commit, it passes.
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO link (id, thing_id) VALUES (1, 99)`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO thing (id, code) VALUES (99, 'a')`)
			return err
		})
	})
}
