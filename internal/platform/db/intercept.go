package db

import "context"

// CallKind names a step of a transaction.
type CallKind string

// The kinds of calls an Interceptor sees.
const (
	CallBegin     CallKind = "begin"
	CallExec      CallKind = "exec"
	CallQuery     CallKind = "query"
	CallBulk      CallKind = "bulk"
	CallLock      CallKind = "lock"
	CallSavepoint CallKind = "savepoint"
	CallRelease   CallKind = "release"
	CallUndo      CallKind = "undo" // ROLLBACK TO.
	CallCommit    CallKind = "commit"
	CallRollback  CallKind = "rollback"
	CallIDs       CallKind = "ids" // Reservation of a block of ids.
)

// Call describes a step.
type Call struct {
	Kind CallKind
	// SQL is the text as its caller wrote it; empty when the package made it.
	SQL string
	// Write is false inside DB.Read.
	Write bool
	// Group is the number of members a commit answers; 0 elsewhere and on
	// PostgreSQL.
	Group int
}

// Interceptor sees every call, before and after. It exists for tests of
// failures and must be safe for concurrent use.
type Interceptor interface {
	// Before may wait, or fail the call, which is then not made.
	Before(ctx context.Context, c Call) error
	// After is given what the call answered and gives what is reported instead.
	After(ctx context.Context, c Call, err error) error
}

// intercepted makes a call between the interceptor's two halves.
func (d *DB) intercepted(ctx context.Context, c Call, call func() error) error {
	i := d.opt.Intercept
	if i == nil {
		return call()
	}
	if err := i.Before(ctx, c); err != nil {
		return err
	}
	return i.After(ctx, c, call())
}
