// Package db is the storage of wasl: one SQL text on two engines, SQLite (the
// default) and PostgreSQL. It owns connections, transactions, group commit,
// migrations, ids, error mapping and retry. It knows no business word.
//
// SQL is written in PostgreSQL grammar with $1, $2 … and the type words
// {int} {bool} {date} {instant} {text} {bytes}; it is translated once per text
// and kept. Values are Go values: int64 (and any integer kind), string, bool,
// []byte, time.Time (UTC, microseconds), day.Date, named types of those
// kinds, pointers to them (nil is NULL). A zero day.Date or time.Time is NULL,
// both ways. A []string or []int64 is a list for {texts $n} or {ints $n}: see
// ListMax.
package db

import (
	"context"
	"iter"
	"time"
)

// Engine names a storage engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Reader reads inside one transaction: everything it returns belongs to the
// same snapshot on SQLite and in DB.Read, and to a committed state per
// statement inside DB.Write on PostgreSQL.
type Reader interface {
	// Query runs a statement that returns rows. The caller closes the rows, or
	// uses One, All or Each, which do.
	Query(ctx context.Context, sql string, args ...any) (Rows, error)
	// Now is the instant fixed when the transaction (or the group member)
	// began: UTC, truncated to the microsecond.
	Now() time.Time
	// Engine says which engine answers.
	Engine() Engine
}

// Tx is the one transaction type. It is used by one goroutine at a time and
// not after its function has returned.
type Tx interface {
	Reader
	// Exec runs a statement and returns the number of rows it changed.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
	// Bulk inserts rows (COPY on PostgreSQL, one prepared insert on SQLite) in
	// this transaction and returns their number. An error of the sequence stops
	// it and is returned.
	Bulk(ctx context.Context, table string, columns []string, rows iter.Seq2[[]any, error]) (int64, error)
	// Lock serialises this transaction with others that lock one of the same
	// ids, until it ends. Ids are taken in sorted order, whatever the order
	// given. On SQLite, where there is one writer, it does nothing.
	Lock(ctx context.Context, ids ...int64) error
	// Sub runs fn inside a savepoint: its error, or a true rollback, undoes what fn
	// did and nothing else.
	Sub(ctx context.Context, rollback bool, fn func(Tx) error) error
	// NewID gives a new id: node << 43 | sequence, unique in the database, never
	// reused, below 2^53. Ids grow within a process, not across processes.
	NewID(ctx context.Context) (int64, error)
	// NewIDs reserves n consecutive ids and gives the first.
	NewIDs(ctx context.Context, n int64) (int64, error)
}

// Rows is a forward cursor. Its strings and bytes are copies.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}
