package db

import (
	"context"
	"encoding/binary"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"wasl/internal/kernel/day"
)

// bulk inserts rows by COPY in its binary form (PostgreSQL, "COPY", "Binary Format"). The few
// types the house uses are written here; any other goes through pgx.
func (s *pgSession) bulk(ctx context.Context, b bulkInsert, _ func(func() error) error) (int64, error) {
	if err := s.settle(ctx); err != nil {
		return 0, err
	}
	quoted := make([]string, len(b.columns))
	for i, c := range b.columns {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	table, list := pgx.Identifier{b.table}.Sanitize(), strings.Join(quoted, ", ")
	known, err := s.c.PgConn().Prepare(ctx, "", "SELECT "+list+" FROM "+table, nil)
	if err != nil {
		return 0, err
	}
	next, stop := iter.Pull2(b.rows)
	source := &copySource{next: next, stop: stop, fields: known.Fields, types: s.c.TypeMap()}
	source.ready = append(append(source.ready, copySignature...), 0, 0, 0, 0, 0, 0, 0, 0) // no flags, no extension
	defer source.close()
	tag, err := s.c.PgConn().CopyFrom(ctx, source, "COPY "+table+" ("+list+") FROM STDIN BINARY")
	if source.err != nil {
		return 0, source.err // the server only says that the client gave up
	}
	return tag.RowsAffected(), err
}

// The frame of a binary COPY.
const (
	copySignature = "PGCOPY\n\xff\r\n\x00"
	copyNull      = 0xffffffff
	copyFill      = 60 << 10 // bytes made before they are handed over
)

// copySource is the stream of a COPY. Another goroutine reads it, so a panic of the caller's
// sequence has to be caught here; when the connection is lost it may still be reading.
type copySource struct {
	mu     sync.Mutex
	next   func() ([]any, error, bool)
	stop   func()
	fields []pgconn.FieldDescription
	types  *pgtype.Map
	ready  []byte
	from   int
	over   bool
	err    error
}

// Read implements io.Reader.
func (c *copySource) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from == len(c.ready) && !c.over && c.err == nil {
		c.ready, c.from = c.ready[:0], 0
	}
	for len(c.ready) < copyFill && !c.over && c.err == nil {
		c.err = guard(c.more)
	}
	if c.err != nil {
		return 0, c.err
	}
	if c.from == len(c.ready) {
		return 0, io.EOF
	}
	n := copy(p, c.ready[c.from:])
	c.from += n
	return n, nil
}

// close ends the caller's sequence.
func (c *copySource) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.stop()
}

// more writes one more row.
func (c *copySource) more() error {
	row, err, ok := c.next()
	if err != nil {
		return err
	}
	if !ok {
		c.over = true
		c.ready = binary.BigEndian.AppendUint16(c.ready, math.MaxUint16) // the end of the rows
		return nil
	}
	if len(row) != len(c.fields) {
		return badValue(strconv.Itoa(len(row)) + " values for " + strconv.Itoa(len(c.fields)) + " columns")
	}
	c.ready = binary.BigEndian.AppendUint16(c.ready, uint16(len(row))) //nolint:gosec // columns of a table
	for i, v := range row {
		if c.ready, err = c.value(c.ready, c.fields[i].DataTypeOID, v); err != nil {
			return err
		}
	}
	return nil
}

// value writes a value for a column of a type.
func (c *copySource) value(b []byte, oid uint32, v any) ([]byte, error) {
	switch x := v.(type) {
	case int64:
		if oid == pgtype.Int8OID {
			return binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(x)), nil
		}
	case string:
		if oid == pgtype.TextOID {
			err := textFault(x)
			return append(binary.BigEndian.AppendUint32(b, uint32(len(x))), x...), err //nolint:gosec // a text in memory
		}
	case day.Date:
		if oid == pgtype.DateOID && !x.IsZero() {
			days := x.UTC().Unix()/secondsPerDay - pgEpochDays
			return binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), uint32(int32(days))), nil //nolint:gosec // a civil date
		}
	}
	return c.other(b, oid, v)
}

// other writes a value that is not one of the plainest.
func (c *copySource) other(b []byte, oid uint32, v any) ([]byte, error) {
	plain, err := normalise(v)
	if err != nil {
		return b, err
	}
	switch x := plain.(type) {
	case nil:
		return binary.BigEndian.AppendUint32(b, copyNull), nil
	case int64:
		if oid == pgtype.Int8OID {
			return c.value(b, oid, x)
		}
	case string:
		if oid == pgtype.TextOID {
			return c.value(b, oid, x)
		}
	case time.Time:
		if oid == pgtype.TimestamptzOID {
			return binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(x.UnixMicro()-pgEpochMicros)), nil
		}
	}
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	b, err = c.types.Encode(oid, pgtype.BinaryFormatCode, pgArgs([]any{plain})[0], b)
	if err != nil {
		return b, err
	}
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4)) //nolint:gosec // a value in memory
	return b, nil
}
