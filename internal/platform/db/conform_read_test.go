package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

func TestReadIsASnapshot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addSizes(t, d, 1)
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			before, err := db.Value[int64](ctx, r, `SELECT CAST(sum(size) AS {int}) FROM thing`)
			if err != nil {
				return err
			}
			exec(t, d, `UPDATE thing SET size = 50`)
			after, err := db.Value[int64](ctx, r, `SELECT CAST(sum(size) AS {int}) FROM thing`)
			if before != 1 || after != 1 {
				t.Errorf("before %d, after %d", before, after)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		// And it only reads.
		err = d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			rows, err := r.Query(ctx, `UPDATE thing SET size = 51 RETURNING size`)
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			return rows.Err()
		})
		wantCode(t, err, fault.Unavailable, "db.read_only")
		if n := value[int64](t, d, `SELECT size FROM thing`); n != 50 {
			t.Errorf("size %d", n)
		}
	})
}

func TestKeysetPaging(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "b", "a", "b", "c")
		page := func(desc bool, key ...any) []string {
			var w db.Where
			w.After([]string{"name", "id"}, key, desc)
			order := map[bool]string{false: " ORDER BY name, id", true: " ORDER BY name DESC, id DESC"}[desc]
			return texts(t, d, `SELECT name || CAST(id AS {text}) FROM thing`+w.SQL()+order, w.Args()...)
		}
		for _, c := range []struct {
			got  []string
			want string
		}{{page(false), "[a2 b1 b3 c4]"}, {page(false, "b", 1), "[b3 c4]"}, {page(true, "b", 3), "[b1 a2]"}, {page(false, "c", 4), "[]"}} {
			if fmt.Sprint(c.got) != c.want {
				t.Errorf("got %v, want %s", c.got, c.want)
			}
		}
		if got := texts(t, d, `SELECT code FROM thing ORDER BY id LIMIT $1 OFFSET $2`, 2, 1); fmt.Sprint(got) != "[b c]" {
			t.Error(got)
		}
	})
}

func TestSeqReadsAsItIsConsumed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "a", "b", "c")
		scan := func(rows db.Rows) (s string, err error) { return s, rows.Scan(&s) }
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			got := ""
			for s, err := range db.Seq(ctx, r, scan, `SELECT name FROM thing ORDER BY id`) {
				if err != nil {
					return err
				}
				if got += s; s == "b" {
					break
				}
			}
			if got != "ab" {
				t.Errorf("read %q", got)
			}
			// Broken off, it has freed the transaction.
			for _, err := range db.Seq(ctx, r, scan, `SELECT 1 FROM thing`) {
				wantCode(t, err, fault.Internal, "db.value")
			}
			n := 0
			for _, err := range db.Seq(ctx, r, scan, `SELECT name FROM nowhere`) {
				wantCode(t, err, fault.Internal, "db.statement")
				n++
			}
			if n != 1 {
				t.Errorf("the error came %d times", n)
			}
			return nil
		})
		wantCode(t, err, fault.Internal, "db.statement") // a failure is never swallowed
	})
}

func TestOneAllEach(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addThings(t, d, "a", nil)
		own := errors.New("own")
		scan := func(rows db.Rows) (s string, err error) { return s, rows.Scan(&s) }
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			if s, err := db.One(ctx, r, scan, `SELECT name FROM thing WHERE id = $1`, 1); s != "a" || err != nil {
				t.Errorf("One: %q, %v", s, err)
			}
			_, err := db.One(ctx, r, scan, `SELECT name FROM thing WHERE id = $1`, 9)
			wantCode(t, err, fault.NotFound, "db.no_row")
			_, err = db.All(ctx, r, scan, `SELECT name FROM thing ORDER BY id`) // the second is NULL
			wantCode(t, err, fault.Internal, "db.value")
			n := 0
			err = db.Each(ctx, r, func(db.Rows) error { n++; return own }, `SELECT id FROM thing`)
			if !errors.Is(err, own) || n != 1 {
				t.Errorf("Each went on: %d, %v", n, err)
			}
			var id int64
			var name *string
			found, err := db.ScanOne(ctx, r, `SELECT id, name FROM thing WHERE id = $1`, []any{2}, &id, &name)
			if !found || id != 2 || name != nil || err != nil {
				t.Errorf("ScanOne: %v %d %v %v", found, id, name, err)
			}
			if found, err := db.ScanOne(ctx, r, `SELECT id FROM thing WHERE id = $1`, []any{7}, &id); found || err != nil {
				t.Errorf("ScanOne of nothing: %v %v", found, err)
			}
			// Too few or too many arguments are told on both engines.
			for _, args := range [][]any{nil, {1, 2}} {
				if _, err := r.Query(ctx, `SELECT id FROM thing WHERE id = $1`, args...); err != nil {
					break // the first failure spoils the transaction
				}
				t.Errorf("%d arguments for one placeholder passed", len(args))
			}
			return nil
		})
		if fault.KindOf(err) != fault.Internal { // the failed query
			t.Error(err)
		}
	})
}
