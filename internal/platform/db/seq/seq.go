// Package seq gives legal numbers: gap-free series by entity, kind, node and
// exercise. A number is taken in the transaction of the fact that bears it, so
// a fact that is rolled back leaves no gap. Taking a number serialises the
// transactions of its series until they end: take it last.
package seq

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// CountMax bounds the numbers taken at once: a billing run of the whole country.
const CountMax = 100_000_000

// Series names a series of legal numbers.
type Series struct {
	// EntityID is the legal entity that numbers.
	EntityID int64
	// Kind is what is numbered: "bill", "receipt", …
	Kind string
	// Node is the node that issues; 0 is that of this database.
	Node int64
	// Exercise is the year of the series; 0 for a series that never restarts.
	Exercise int64
}

// Next takes n consecutive numbers and gives the first. A new series starts at
// 1. It is a Limit fault "seq.count" when n is not between 1 and CountMax.
func Next(ctx context.Context, tx db.Tx, s Series, n int64) (first int64, err error) {
	if n < 1 || n > CountMax {
		return 0, fault.New(fault.Limit, "seq.count", "count", n, "max", CountMax)
	}
	if s.Kind == "" {
		return 0, fault.New(fault.Internal, "seq.kind")
	}
	if s.Node == 0 {
		if s.Node, err = db.Value[int64](ctx, tx, `SELECT node FROM db_node`); err != nil {
			return 0, err
		}
	}
	next, err := db.Value[int64](ctx, tx, `INSERT INTO series (entity_id, kind, node, exercise, next) VALUES ($1, $2, $3, $4, 1 + $5)
ON CONFLICT (entity_id, kind, node, exercise) DO UPDATE SET next = series.next + $5 RETURNING next`,
		s.EntityID, s.Kind, s.Node, s.Exercise, n)
	return next - n, err
}

// Peek gives the next number of a series without taking it: 1 for a new one.
// Another transaction may take it first.
func Peek(ctx context.Context, r db.Reader, s Series) (int64, error) {
	next := int64(1)
	_, err := db.ScanOne(ctx, r, `SELECT next FROM series
WHERE entity_id = $1 AND kind = $2 AND node = coalesce(nullif($3, 0), (SELECT node FROM db_node)) AND exercise = $4`,
		[]any{s.EntityID, s.Kind, s.Node, s.Exercise}, &next)
	return next, err
}
