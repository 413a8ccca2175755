package backup

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"strconv"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// dump writes every table in the snapshot of the reader.
func (c Config) dump(ctx context.Context, r db.Reader, w *writer) error {
	tables, err := tablesOf(ctx, r)
	if err != nil {
		return err
	}
	for _, t := range tables {
		rows := int64(0)
		err := w.add(tablePath(t.Name), func(to io.Writer) (err error) {
			rows, err = readRows(ctx, r, t, func(line []byte) error { _, err := to.Write(line); return err })
			return err
		})
		if err != nil {
			return err
		}
		w.m.Tables = append(w.m.Tables, Table{Name: t.Name, Rows: rows, Columns: t.Columns})
	}
	return c.heads(ctx, r, w)
}

func tablePath(name string) string { return tableFolder + "/" + name + ".tsv" }

// appendHex writes bytes in hexadecimal after x, so that no bytes differ from
// an empty text.
func appendHex(line, b []byte) []byte {
	line = append(line, 'x')
	return hex.AppendEncode(line, b)
}

// appendText writes a text with what separates fields and lines escaped.
func appendText(line []byte, s string) []byte {
	for i := range len(s) {
		switch b := s[i]; b {
		case '\\':
			line = append(line, '\\', '\\')
		case '\t':
			line = append(line, '\\', 't')
		case '\n':
			line = append(line, '\\', 'n')
		case '\r':
			line = append(line, '\\', 'r')
		default:
			line = append(line, b)
		}
	}
	return line
}

// errLine says that a line is not one this package wrote.
var errLine = errors.New("backup: unreadable line")

// unescape is the inverse of appendText.
func unescape(b []byte) (string, error) {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b), nil
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		if i++; i == len(b) {
			return "", errLine
		}
		plain, ok := map[byte]byte{'\\': '\\', 't': '\t', 'n': '\n', 'r': '\r'}[b[i]]
		if !ok {
			return "", errLine
		}
		out = append(out, plain)
	}
	return string(out), nil
}

// parseCell reads a value for a column of the target, whose engine may know
// more types than the one the archive comes from.
func parseCell(b []byte, kind string) (any, error) {
	if string(b) == `\N` {
		return nil, nil
	}
	switch kind {
	case typeInt, typeInstant, typeBool:
		n, err := strconv.ParseInt(string(b), 10, 64)
		switch {
		case err != nil:
			return nil, errLine
		case kind == typeInstant:
			return time.UnixMicro(n).UTC(), nil
		case kind == typeBool && (n == 0 || n == 1):
			return n == 1, nil
		case kind == typeBool:
			return nil, errLine
		}
		return n, nil
	case typeDate:
		return day.Parse(string(b))
	case typeBytes:
		if len(b) == 0 || b[0] != 'x' {
			return nil, errLine
		}
		out := make([]byte, hex.DecodedLen(len(b)-1))
		_, err := hex.Decode(out, b[1:])
		return out, err
	}
	return unescape(b)
}

// parseRows reads the lines of a table.
func parseRows(from io.Reader, columns []Column) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		in := bufio.NewReaderSize(from, 1<<18)
		for {
			line, err := in.ReadBytes('\n')
			if err == io.EOF && len(line) == 0 {
				return
			}
			if err != nil {
				yield(nil, errLine)
				return
			}
			row, err := parseLine(line[:len(line)-1], columns)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func parseLine(line []byte, columns []Column) ([]any, error) {
	row := make([]any, len(columns))
	for i, c := range columns {
		field, rest, more := bytes.Cut(line, []byte{'\t'})
		if more == (i == len(columns)-1) {
			return nil, errLine
		}
		v, err := parseCell(field, c.Type)
		if err != nil {
			return nil, err
		}
		row[i], line = v, rest
	}
	return row, nil
}
