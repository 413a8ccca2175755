package db

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"

	"wasl/internal/kernel/fault"
)

// What an interceptor may answer to imitate an engine. Any other error it
// returns is taken as it is.
var (
	// ErrLost imitates a connection cut before the commit.
	ErrLost = errors.New("db: connection lost")
	// ErrBusy imitates a database locked by another process.
	ErrBusy = errors.New("db: busy")
	// ErrSerialization imitates a serialization failure.
	ErrSerialization = errors.New("db: serialization failure")
	// ErrNoAnswer, given after a commit, imitates a commit that was done but
	// whose answer never came.
	ErrNoAnswer = errors.New("db: no answer to commit")
)

// class says what the machinery may do about an engine error.
type class uint8

const (
	classPlain   class = iota
	classRetry         // nothing was committed: run the whole function again
	classUnknown       // the commit may have been done
	classAlone         // a group broke: run again alone, at once
)

// engineError carries the class of an engine error down the chain of causes.
type engineError struct {
	class      class
	constraint string
	cause      error
}

func (e *engineError) Error() string { return e.cause.Error() }

func (e *engineError) Unwrap() error { return e.cause }

// Constraint names the unique constraint an error was refused by, the same on
// both engines: "table.column,column" in the order of the constraint. It is
// empty for any other error.
func Constraint(err error) string {
	var e *engineError
	if errors.As(err, &e) {
		return e.constraint
	}
	return ""
}

func classOf(err error) class {
	var e *engineError
	if errors.As(err, &e) {
		return e.class
	}
	return classPlain
}

// engineFault makes the error every caller sees out of an engine error.
func engineFault(c class, kind fault.Kind, code string, cause error, pairs ...any) *fault.Error {
	return fault.Wrap(&engineError{class: c, cause: cause}, kind, code, pairs...)
}

// mapError maps an engine error once. Errors that are already faults pass.
func (d *DB) mapError(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	if out := mapCommon(err); out != nil {
		return out
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return d.mapPostgres(pg, err)
	}
	if d.engine == SQLite {
		if code := sqlite.ErrCode(err); code != sqlite.ResultError || isSQLiteError(err) {
			return mapSQLite(code, err)
		}
	}
	if lostConnection(err) {
		return engineFault(classRetry, fault.Unavailable, "db.lost", err)
	}
	return engineFault(classPlain, fault.Internal, "db.failed", err)
}

// mapCommon maps what does not depend on the engine; nil when it is not that.
func mapCommon(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return engineFault(classPlain, fault.Unavailable, "db.timeout", err)
	case errors.Is(err, context.Canceled):
		return engineFault(classPlain, fault.Unavailable, "db.cancelled", err)
	case errors.Is(err, ErrLost):
		return engineFault(classRetry, fault.Unavailable, "db.lost", err)
	case errors.Is(err, ErrBusy):
		return engineFault(classRetry, fault.Unavailable, "db.busy", err)
	case errors.Is(err, ErrSerialization):
		return engineFault(classRetry, fault.Unavailable, "db.serialization", err)
	case errors.Is(err, ErrNoAnswer):
		return commitUnknown(err)
	}
	return nil
}

func commitUnknown(cause error) error {
	return engineFault(classUnknown, fault.Unavailable, "db.commit_unknown", cause)
}

// duplicate is the answer to a refused unique constraint.
func duplicate(constraint string, cause error) error {
	table, columns, _ := strings.Cut(constraint, ".")
	f := engineFault(classPlain, fault.Conflict, "db.duplicate", cause, "constraint", constraint, "table", table, "columns", columns)
	f.Cause.(*engineError).constraint = constraint
	return f
}

func lostConnection(err error) bool {
	var n net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &n) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// isSQLiteError says that an error comes from the engine and not from Go code.
func isSQLiteError(err error) bool { return strings.Contains(err.Error(), "sqlite: ") }

// mapSQLite maps a result code.
func mapSQLite(code sqlite.ResultCode, err error) error {
	message := err.Error()
	switch code {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintRowID:
		return duplicate(sqliteConstraint(message), err)
	case sqlite.ResultConstraintForeignKey:
		return engineFault(classPlain, fault.Conflict, "db.reference", err)
	}
	switch code.ToPrimary() {
	case sqlite.ResultConstraint:
		return engineFault(classPlain, fault.Internal, "db.check", err, "constraint", afterLast(message, "constraint failed: "))
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return engineFault(classRetry, fault.Unavailable, "db.busy", err)
	case sqlite.ResultFull:
		return engineFault(classPlain, fault.Unavailable, "db.full", err)
	case sqlite.ResultReadOnly:
		return engineFault(classPlain, fault.Unavailable, "db.read_only", err)
	case sqlite.ResultInterrupt:
		return engineFault(classPlain, fault.Unavailable, "db.cancelled", err)
	case sqlite.ResultIOErr, sqlite.ResultCantOpen, sqlite.ResultNoMem, sqlite.ResultPerm, sqlite.ResultAuth:
		return engineFault(classPlain, fault.Unavailable, "db.storage", err)
	case sqlite.ResultCorrupt, sqlite.ResultNotADB:
		return engineFault(classPlain, fault.Internal, "db.corrupt", err)
	case sqlite.ResultMismatch:
		return engineFault(classPlain, fault.Internal, "db.check", err)
	}
	if strings.Contains(message, "integer overflow") {
		return engineFault(classPlain, fault.Internal, "db.overflow", err)
	}
	return engineFault(classPlain, fault.Internal, "db.statement", err)
}

// sqliteConstraint turns "… UNIQUE constraint failed: t.a, t.b" into "t.a,b".
func sqliteConstraint(message string) string {
	parts := strings.Split(afterLast(message, "constraint failed: "), ", ")
	if len(parts) == 0 || strings.HasPrefix(parts[0], "index ") {
		return strings.Trim(strings.TrimPrefix(parts[0], "index "), "'")
	}
	table, _, _ := strings.Cut(parts[0], ".")
	columns := make([]string, len(parts))
	for i, p := range parts {
		columns[i] = strings.TrimPrefix(p, table+".")
	}
	return table + "." + strings.Join(columns, ",")
}

func afterLast(s, mark string) string {
	if i := strings.LastIndex(s, mark); i >= 0 {
		return strings.TrimSpace(s[i+len(mark):])
	}
	return ""
}

// mapPostgres maps an SQLSTATE.
func (d *DB) mapPostgres(pg *pgconn.PgError, err error) error {
	switch pg.Code {
	case "23505":
		return duplicate(d.pg.constraint(pg.ConstraintName), hideDetail(pg))
	case "23503", "23001":
		return engineFault(classPlain, fault.Conflict, "db.reference", hideDetail(pg))
	case "40001":
		return engineFault(classRetry, fault.Unavailable, "db.serialization", err)
	case "40P01":
		return engineFault(classRetry, fault.Unavailable, "db.deadlock", err)
	case "55P03":
		return engineFault(classRetry, fault.Unavailable, "db.busy", err)
	case "53100":
		return engineFault(classPlain, fault.Unavailable, "db.full", err)
	case "25006":
		return engineFault(classPlain, fault.Unavailable, "db.read_only", err)
	case "57014":
		return engineFault(classPlain, fault.Unavailable, "db.timeout", err)
	case "22003":
		return engineFault(classPlain, fault.Internal, "db.overflow", hideDetail(pg))
	case "25P03", "57P01", "57P02", "57P03", "57P05":
		return engineFault(classRetry, fault.Unavailable, "db.lost", err)
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08":
		return engineFault(classRetry, fault.Unavailable, "db.lost", err)
	case "23":
		return engineFault(classPlain, fault.Internal, "db.check", hideDetail(pg), "constraint", pg.ConstraintName)
	case "53":
		return engineFault(classRetry, fault.Unavailable, "db.busy", err)
	case "58", "XX":
		return engineFault(classPlain, fault.Unavailable, "db.storage", err)
	}
	return engineFault(classPlain, fault.Internal, "db.statement", hideDetail(pg))
}

// hideDetail drops the part of a server error that quotes the values of the
// row, which may be personal data and would reach the logs.
func hideDetail(pg *pgconn.PgError) error {
	short := *pg
	short.Detail, short.Where = "", ""
	return &short
}

// commitRefused says that a server answered a commit with a plain refusal, so
// that nothing was committed.
func commitRefused(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Severity == "ERROR"
}

func notFound() error { return fault.New(fault.NotFound, "db.no_row") }
