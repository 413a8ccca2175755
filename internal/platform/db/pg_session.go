package db

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"wasl/internal/kernel/day"
)

// pgSession is an open transaction on a connection.
type pgSession struct{ tx pgx.Tx }

func (s *pgSession) open() bool { return !s.tx.Conn().IsClosed() }

func (s *pgSession) exec(ctx context.Context, st *statement, args []any) (int64, error) {
	tag, err := s.tx.Exec(ctx, st.sql, pgArgs(args)...)
	if err != nil || !st.changes {
		return 0, err
	}
	return tag.RowsAffected(), nil
}

func (s *pgSession) query(ctx context.Context, st *statement, args []any) (cursor, error) {
	rows, err := s.tx.Query(ctx, st.sql, pgArgs(args)...)
	if err != nil {
		return nil, err
	}
	return &pgCursor{rows: rows}, nil
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

func (s *pgSession) lock(ctx context.Context, ids []int64) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	_, err := s.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(id) FROM (SELECT id FROM unnest($1::bigint[]) AS u (id) ORDER BY id) AS s`, ids)
	return err
}

func (s *pgSession) control(ctx context.Context, sqls ...string) error {
	for _, sql := range sqls {
		if _, err := s.tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	return nil
}

func (s *pgSession) bulk(ctx context.Context, b bulkInsert, _ func(func() error) error) (int64, error) {
	next, stop := iter.Pull2(b.rows)
	defer stop()
	source := &copySource{next: next}
	n, err := s.tx.CopyFrom(ctx, pgx.Identifier{b.table}, b.columns, source)
	if source.err != nil {
		return 0, source.err // the server only says that the client gave up
	}
	return n, err
}

// copySource feeds COPY. pgx reads it in a goroutine of its own, so a panic of
// the caller's sequence has to be caught here.
type copySource struct {
	next func() ([]any, error, bool)
	row  []any
	err  error
}

func (c *copySource) Next() bool {
	more := false
	err := guard(func() error {
		row, err, ok := c.next()
		if !ok || err != nil {
			return err
		}
		c.row, err = normaliseAll(row)
		more = err == nil
		return err
	})
	if err != nil {
		c.err = err
	}
	return more
}

func (c *copySource) Values() ([]any, error) { return pgArgs(c.row), nil }

func (c *copySource) Err() error { return c.err }

// pgCursor reads rows and decodes the few types the house uses.
type pgCursor struct {
	rows   pgx.Rows
	fields []pgconn.FieldDescription
	values [][]byte
}

func (c *pgCursor) next() (bool, error) {
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

func (c *pgCursor) close() { c.rows.Close() }

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
