package db_test

import (
	"context"
	"math"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// failing runs a query that must fail and gives its error.
func failing(t *testing.T, d *db.DB, sql string, args ...any) error {
	t.Helper()
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		_, err := db.Value[int64](ctx, r, sql, args...)
		return err
	})
	if err == nil {
		t.Fatalf("%s succeeded", sql)
	}
	return err
}

func addSizes(t *testing.T, d *db.DB, sizes ...any) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx db.Tx) error {
		for i, size := range sizes {
			if _, err := tx.Exec(ctx, `INSERT INTO thing (id, code, size) VALUES ($1, $2, $3)`, i+1, string(rune('a'+i)), size); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestSumIsCast(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addSizes(t, d, 1, 2, nil)
		if n := value[int64](t, d, `SELECT CAST(sum(size) AS {int}) FROM thing`); n != 3 {
			t.Errorf("sum %d", n)
		}
		if n := value[int64](t, d, `SELECT CAST(coalesce(sum(size), 0) AS {int}) FROM thing WHERE id > 100`); n != 0 {
			t.Errorf("sum of nothing %d", n)
		}
		if n := value[*int64](t, d, `SELECT CAST(sum(size) AS {int}) FROM thing WHERE id > 100`); n != nil {
			t.Errorf("bare sum of nothing %d", *n)
		}
		if n := value[int64](t, d, `SELECT count(size) + count(*) FROM thing`); n != 5 {
			t.Errorf("counts %d", n)
		}
		if d.Engine() == db.Postgres { // the reason of the cast
			wantCode(t, failing(t, d, `SELECT sum(size) FROM thing`), fault.Internal, "db.value")
		}
	})
}

func TestOverflowIsAnError(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addSizes(t, d, math.MaxInt64, math.MaxInt64, math.MinInt64)
		if n := value[int64](t, d, `SELECT max(size) FROM thing`); n != math.MaxInt64 {
			t.Errorf("max %d", n)
		}
		if n := value[int64](t, d, `SELECT min(size) FROM thing`); n != math.MinInt64 {
			t.Errorf("min %d", n)
		}
		wantCode(t, failing(t, d, `SELECT CAST(sum(size) AS {int}) FROM thing WHERE size > 0`), fault.Internal, "db.overflow")
		// SQLite turns such a product into a real number, which does not fit an integer.
		err := failing(t, d, `SELECT size * 2 FROM thing WHERE id = 1`)
		wantCode(t, err, fault.Internal, map[db.Engine]string{db.SQLite: "db.value", db.Postgres: "db.overflow"}[d.Engine()])
		err = d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE thing SET size = size + 1 WHERE id = 1`)
			return err
		})
		wantCode(t, err, fault.Internal, map[db.Engine]string{db.SQLite: "db.check", db.Postgres: "db.overflow"}[d.Engine()])
	})
}

func TestDivision(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addSizes(t, d, 7, -7, 0)
		for _, c := range []struct{ id, quotient, rest int64 }{{1, 3, 1}, {2, -3, -1}} {
			if n := value[int64](t, d, `SELECT size / 2 FROM thing WHERE id = $1`, c.id); n != c.quotient {
				t.Errorf("quotient of row %d: %d", c.id, n)
			}
			if n := value[int64](t, d, `SELECT size % 2 FROM thing WHERE id = $1`, c.id); n != c.rest {
				t.Errorf("rest of row %d: %d", c.id, n)
			}
		}
		// SQLite gives NULL and PostgreSQL an error: nullif gives NULL on both.
		if n := value[*int64](t, d, `SELECT 1 / nullif(size, 0) FROM thing WHERE id = 3`); n != nil {
			t.Errorf("guarded division by zero: %d", *n)
		}
		failing(t, d, `SELECT 1 / size FROM thing WHERE id = 3`)
	})
}

func TestGroupByNamesItsColumns(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		addSizes(t, d, 1, 1, 2)
		var groups, rows int64
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			return db.Each(ctx, r, func(row db.Rows) error {
				var size, n int64
				err := row.Scan(&size, &n)
				groups++
				rows += n
				return err
			}, `SELECT size, count(*) FROM thing GROUP BY size ORDER BY size`)
		})
		if err != nil || groups != 2 || rows != 3 {
			t.Errorf("%d groups, %d rows, %v", groups, rows, err)
		}
		// A column that is not grouped: PostgreSQL refuses, SQLite picks any row.
		err = d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			_, err := db.Value[string](ctx, r, `SELECT code FROM thing GROUP BY size`)
			return err
		})
		if refused := fault.CodeOf(err) == "db.statement"; refused != (d.Engine() == db.Postgres) {
			t.Errorf("bare column: %v", err)
		}
	})
}

func TestBooleans(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `INSERT INTO thing (id, code, active) VALUES (1, 'a', $1), (2, 'b', $2), (3, 'c', TRUE), (4, 'd', FALSE)`, true, false)
		wantTexts(t, d, []string{"a", "c"}, `SELECT code FROM thing WHERE active ORDER BY id`)
		wantTexts(t, d, []string{"b", "d"}, `SELECT code FROM thing WHERE NOT active ORDER BY id`)
		wantTexts(t, d, []string{"b", "d"}, `SELECT code FROM thing WHERE active = $1 ORDER BY id`, false)
		wantTexts(t, d, []string{"a", "c"}, `SELECT code FROM thing WHERE active = TRUE ORDER BY id`)
		if !value[bool](t, d, `SELECT active FROM thing WHERE id = 1`) || value[bool](t, d, `SELECT active FROM thing WHERE id = 2`) {
			t.Error("a boolean came back changed")
		}
		if n := value[int64](t, d, `SELECT count(*) FILTER (WHERE active) FROM thing`); n != 2 {
			t.Errorf("%d active", n)
		}
		if !value[bool](t, d, `SELECT count(*) = 4 FROM thing`) {
			t.Error("a comparison is not a boolean")
		}
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE thing SET active = $1`, 2)
			return err
		})
		if err == nil {
			t.Error("2 was taken for a boolean")
		}
	})
}

func TestDates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		date := func(s string) day.Date {
			v, err := day.Parse(s)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		dates := []string{"1000-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2026-12-31", "9999-12-31"}
		for i, s := range dates {
			exec(t, d, `INSERT INTO thing (id, code, born) VALUES ($1, $2, $3)`, i+1, s, date(s))
			if got := value[day.Date](t, d, `SELECT born FROM thing WHERE id = $1`, i+1); got.String() != s {
				t.Errorf("%s came back as %s", s, got)
			}
		}
		exec(t, d, `INSERT INTO thing (id, code, born) VALUES (100, 'none', $1)`, day.Date{})
		if got := value[day.Date](t, d, `SELECT born FROM thing WHERE id = 100`); !got.IsZero() {
			t.Errorf("no date came back as %s", got)
		}
		wantTexts(t, d, dates, `SELECT code FROM thing WHERE born IS NOT NULL ORDER BY born`)
		wantTexts(t, d, dates[1:4], `SELECT code FROM thing WHERE born >= $1 AND born < $2 ORDER BY born`, date("1969-12-31"), date("2026-12-31"))
		wantTexts(t, d, dates[5:], `SELECT code FROM thing WHERE born = (SELECT max(born) FROM thing)`)
		wantTexts(t, d, []string{"2000-02-29"}, `SELECT CAST(CAST($1 AS {date}) AS {text})`, date("2000-02-29"))
	})
}

func TestInstants(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		instants := []time.Time{
			time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC),
			time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
			time.Date(2026, 3, 29, 1, 30, 0, 123456000, time.UTC),
			time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		}
		for i, at := range instants {
			exec(t, d, `INSERT INTO thing (id, code, seen) VALUES ($1, $2, $3)`, i+1, string(rune('a'+i)), at.Add(999).In(time.FixedZone("x", -7200)))
			if got := value[time.Time](t, d, `SELECT seen FROM thing WHERE id = $1`, i+1); !got.Equal(at) || got.Location() != time.UTC {
				t.Errorf("%s came back as %s", at, got)
			}
		}
		exec(t, d, `INSERT INTO thing (id, code, seen) VALUES (9, 'z', $1)`, time.Time{})
		if got := value[time.Time](t, d, `SELECT seen FROM thing WHERE id = 9`); !got.IsZero() {
			t.Errorf("no instant came back as %s", got)
		}
		wantTexts(t, d, []string{"b", "c"}, `SELECT code FROM thing WHERE seen > $1 AND seen <= $2 ORDER BY seen`, instants[0], instants[2])
	})
}
