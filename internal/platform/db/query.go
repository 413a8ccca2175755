package db

import "context"

// One reads exactly the first row. Without a row it is a NotFound fault
// "db.no_row", which the caller turns into its own.
func One[T any](ctx context.Context, r Reader, scan func(Rows) (T, error), sql string, args ...any) (T, error) {
	var zero T
	rows, err := r.Query(ctx, sql, args...)
	if err != nil {
		return zero, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return zero, err
		}
		return zero, notFound()
	}
	return scan(rows)
}

// All reads every row. The caller bounds the query.
func All[T any](ctx context.Context, r Reader, scan func(Rows) (T, error), sql string, args ...any) ([]T, error) {
	var out []T
	err := Each(ctx, r, func(rows Rows) error {
		v, err := scan(rows)
		out = append(out, v)
		return err
	}, sql, args...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Each calls fn for each row and stops at its first error. fn may not use the
// transaction: both engines refuse a second statement while rows are open.
func Each(ctx context.Context, r Reader, fn func(Rows) error, sql string, args ...any) error {
	rows, err := r.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Words reads pairs of an id and a text: how records are named in lists and pages.
// The caller bounds the query.
func Words(ctx context.Context, r Reader, sql string, args ...any) (map[int64]string, error) {
	words := map[int64]string{}
	return words, Each(ctx, r, func(rows Rows) error {
		var id int64
		var word string
		err := rows.Scan(&id, &word)
		words[id] = word
		return err
	}, sql, args...)
}

// ScanOne reads the first row into pointers and says whether there was one.
func ScanOne(ctx context.Context, r Reader, sql string, args []any, dest ...any) (found bool, err error) {
	rows, err := r.Query(ctx, sql, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	return true, rows.Scan(dest...)
}

// Value reads the single column of a row. It is One for one value.
func Value[T any](ctx context.Context, r Reader, sql string, args ...any) (T, error) {
	return One(ctx, r, func(rows Rows) (T, error) {
		var v T
		err := rows.Scan(&v)
		return v, err
	}, sql, args...)
}
