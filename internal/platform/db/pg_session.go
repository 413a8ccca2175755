package db

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"wasl/internal/kernel/day"
)

// pgSession is an open transaction on a connection. What nobody waits for the
// answer of (the begin, a lock, an insert made later) is kept and sent with the
// next statement, in one round trip.
type pgSession struct {
	c       *pgx.Conn
	release func()
	pending []pgCall
}

type pgCall struct {
	sql  string
	args []any
	// unless is the error when the statement does not change one row; nil does not ask.
	unless error
	// into keeps the rows of a question asked ahead; nil is no question.
	into *pgKept
}

// pgKept are the rows of a question asked ahead.
type pgKept struct {
	answered bool
	fields   []pgconn.FieldDescription
	rows     [][][]byte
}

// answer takes what a statement answered in a batch.
func (c *pgCall) answer(answers pgx.BatchResults) error {
	if c.into != nil {
		rows, err := answers.Query()
		if err != nil {
			return err
		}
		return c.into.keep(rows)
	}
	tag, err := answers.Exec()
	if err == nil && c.unless != nil && tag.RowsAffected() != 1 {
		err = c.unless
	}
	return err
}

// keep copies rows: the connection uses their bytes again.
func (k *pgKept) keep(rows pgx.Rows) error {
	defer rows.Close()
	for rows.Next() {
		if k.fields == nil {
			k.fields = slices.Clone(rows.FieldDescriptions())
		}
		row := make([][]byte, len(k.fields))
		for i, cell := range rows.RawValues() {
			row[i] = bytes.Clone(cell)
		}
		k.rows = append(k.rows, row)
	}
	k.answered = rows.Err() == nil
	return rows.Err()
}

func (s *pgSession) open() bool { return !s.c.IsClosed() }

// idle says that the server has no transaction open.
func (s *pgSession) idle() bool { return s.c.IsClosed() || s.c.PgConn().TxStatus() == pgIdle }

// pgIdle is the server's word for no transaction.
const pgIdle = 'I'

// pgFailed is its word for one in which a statement failed: it is to be rolled back.
const pgFailed = 'E'

// later keeps a statement for the next round trip.
func (s *pgSession) later(sql string, args ...any) {
	s.pending = append(s.pending, pgCall{sql: sql, args: args})
}

// send sends what was kept, with one more statement, and gives its answers after
// those of what was kept. It is closed by the caller.
func (s *pgSession) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	var b pgx.Batch
	for _, c := range s.pending {
		b.Queue(c.sql, c.args...)
	}
	b.Queue(sql, args...)
	kept := s.pending
	s.pending = nil
	answers := s.c.SendBatch(ctx, &b)
	for i := range kept {
		if err := kept[i].answer(answers); err != nil {
			_ = answers.Close() // it tells the same error again
			return nil, err
		}
	}
	return answers, nil
}

// settle sends what was kept when nothing follows.
func (s *pgSession) settle(ctx context.Context) error {
	if len(s.pending) == 0 {
		return nil
	}
	last := s.pending[len(s.pending)-1]
	s.pending = s.pending[:len(s.pending)-1]
	answers, err := s.send(ctx, last.sql, last.args)
	if err != nil {
		return err
	}
	return cmp.Or(last.answer(answers), answers.Close())
}

// refusing says that something kept may have to fail the transaction without an error of
// the server: it cannot go along with a commit.
func (s *pgSession) refusing() bool {
	return slices.ContainsFunc(s.pending, func(c pgCall) bool { return c.unless != nil })
}

func (s *pgSession) exec(ctx context.Context, st *statement, args []any) (int64, error) {
	tag, err := s.run(ctx, st.sql, pgArgs(args))
	if err != nil || !st.changes {
		return 0, err
	}
	return tag.RowsAffected(), nil
}

func (s *pgSession) run(ctx context.Context, sql string, args []any) (pgconn.CommandTag, error) {
	if len(s.pending) == 0 {
		return s.c.Exec(ctx, sql, args...)
	}
	answers, err := s.send(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := answers.Exec()
	return tag, cmp.Or(err, answers.Close())
}

// forget drops what was kept since the savepoint, which sent what came before it.
func (s *pgSession) forget() { s.pending = nil }

func (s *pgSession) execLater(_ context.Context, st *statement, args []any, unless error) error {
	s.pending = append(s.pending, pgCall{sql: st.sql, args: pgArgs(args), unless: unless})
	return nil
}

func (s *pgSession) ask(st *statement, args []any) kept {
	k := &pgKept{}
	s.pending = append(s.pending, pgCall{sql: st.sql, args: pgArgs(args), into: k})
	return k
}

// cursor gives the rows once they have come.
func (k *pgKept) cursor() (cursor, bool) {
	return &pgCursor{fields: k.fields, kept: k.rows}, k.answered
}

func (s *pgSession) query(ctx context.Context, st *statement, args []any) (cursor, error) {
	if len(s.pending) == 0 {
		rows, err := s.c.Query(ctx, st.sql, pgArgs(args)...)
		if err != nil {
			return nil, err
		}
		return &pgCursor{rows: rows}, nil
	}
	answers, err := s.send(ctx, st.sql, pgArgs(args))
	if err != nil {
		return nil, err
	}
	rows, err := answers.Query()
	if err != nil {
		_ = answers.Close()
		return nil, err
	}
	return &pgCursor{rows: rows, batch: answers}, nil
}

// commit commits, with what was kept in the same round trip: after a statement that
// fails the server does not come to the commit. A server that rolls back instead says so
// by its tag.
func (s *pgSession) commit(ctx context.Context) error {
	tag, err := s.run(ctx, "COMMIT", nil)
	switch {
	case err != nil && !s.idle() && s.c.PgConn().TxStatus() != pgFailed:
		_ = s.c.Close(ctx)
	case err == nil && tag.String() == "ROLLBACK":
		return pgx.ErrTxCommitRollback
	}
	return err
}

// pgArgs gives dates the type pgx knows. The slice is the call's own.
func pgArgs(args []any) []any {
	for i, a := range args {
		if d, ok := a.(day.Date); ok {
			args[i] = pgtype.Date{Time: d.UTC(), Valid: true}
		}
	}
	return args
}

func (s *pgSession) lock(_ context.Context, ids []int64) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	// The most common numbers of locks cost the server a third of what a list does. What is
	// selected is computed from left to right.
	switch len(ids) {
	case 1:
		s.later(`SELECT pg_advisory_xact_lock($1)`, ids[0])
	case 2:
		s.later(`SELECT pg_advisory_xact_lock($1), pg_advisory_xact_lock($2)`, ids[0], ids[1])
	default:
		s.later(`SELECT pg_advisory_xact_lock(id) FROM (SELECT id FROM unnest($1::bigint[]) AS u (id) ORDER BY id) AS s`, ids)
	}
	return nil
}

func (s *pgSession) control(ctx context.Context, sqls ...string) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	for _, sql := range sqls {
		if _, err := s.c.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	return nil
}

// pgCursor reads rows and decodes the few types the house uses.
type pgCursor struct {
	rows   pgx.Rows
	kept   [][][]byte       // the rows, when they came ahead and rows is nil
	batch  pgx.BatchResults // when the rows came with what was kept
	fields []pgconn.FieldDescription
	values [][]byte
}

func (c *pgCursor) next() (bool, error) {
	if c.rows == nil {
		if len(c.kept) == 0 {
			return false, nil
		}
		c.values, c.kept = c.kept[0], c.kept[1:]
		return true, nil
	}
	if !c.rows.Next() {
		return false, c.rows.Err()
	}
	if c.fields == nil {
		c.fields = c.rows.FieldDescriptions()
	}
	c.values = c.rows.RawValues()
	return true, nil
}

func (c *pgCursor) width() int { return len(c.fields) }

func (c *pgCursor) close() {
	if c.rows == nil {
		return
	}
	c.rows.Close()
	if c.batch != nil {
		_ = c.batch.Close() // an error of the rows was told by next
	}
}

const (
	pgEpochMicros = 946684800_000000 // 2000-01-01 in microseconds since 1970
	pgEpochDays   = 10957
)

func (c *pgCursor) cell(i int) (cell, error) {
	raw, f := c.values[i], c.fields[i]
	if raw == nil {
		return cell{}, nil
	}
	switch f.DataTypeOID {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.NameOID, pgtype.BPCharOID, pgtype.UnknownOID:
		return cell{kind: cellText, s: string(raw)}, nil
	}
	if f.Format != pgx.BinaryFormatCode {
		return otherType(f), nil
	}
	switch f.DataTypeOID {
	case pgtype.Int8OID:
		return cell{kind: cellInt, n: int64(binary.BigEndian.Uint64(raw))}, nil
	case pgtype.Int4OID:
		return cell{kind: cellInt, n: int64(int32(binary.BigEndian.Uint32(raw)))}, nil
	case pgtype.Int2OID:
		return cell{kind: cellInt, n: int64(int16(binary.BigEndian.Uint16(raw)))}, nil
	case pgtype.BoolOID:
		return cell{kind: cellBool, n: int64(raw[0])}, nil
	case pgtype.ByteaOID:
		return cell{kind: cellBytes, b: append([]byte{}, raw...)}, nil
	case pgtype.DateOID:
		days := int32(binary.BigEndian.Uint32(raw))
		if days == math.MaxInt32 || days == math.MinInt32 {
			return cell{kind: cellOther, s: "infinite date"}, nil
		}
		return cell{kind: cellDate, n: int64(days) + pgEpochDays}, nil
	case pgtype.TimestamptzOID:
		micros := int64(binary.BigEndian.Uint64(raw))
		if micros == math.MaxInt64 || micros == math.MinInt64 {
			return cell{kind: cellOther, s: "infinite instant"}, nil
		}
		return cell{kind: cellInstant, n: micros + pgEpochMicros}, nil
	}
	return otherType(f), nil
}

// otherType stands for a type to be cast in the text: numeric, most often.
func otherType(f pgconn.FieldDescription) cell {
	return cell{kind: cellOther, s: fmt.Sprintf("oid %d (cast column %s)", f.DataTypeOID, f.Name)}
}
