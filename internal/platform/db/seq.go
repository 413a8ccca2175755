package db

import (
	"context"
	"iter"
)

// Again gives a value for a row of a Bulk: last, that of the row before, when it is the same,
// so that nothing is allocated for a column that repeats.
func Again[T comparable](last any, v T) any {
	if have, ok := last.(T); ok && have == v {
		return last
	}
	return v
}

// Seq is the rows of a query as a sequence, read as it is consumed. It ends
// with the first error. While it is open the transaction takes no other
// statement.
func Seq[T any](ctx context.Context, r Reader, scan func(Rows) (T, error), sql string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := r.Query(ctx, sql, args...)
		if err != nil {
			yield(zero, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, err)
		}
	}
}

// Failed is a sequence that only says what went wrong.
func Failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}
