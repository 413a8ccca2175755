package db

import (
	"context"
	"strconv"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"wasl/internal/kernel/day"
)

// bulk inserts rows by one prepared statement. What a column had in the row before stays
// bound: most columns of a load repeat, and a text bound again is copied byte by byte.
func (s liteSession) bulk(ctx context.Context, b bulkInsert, step func(func() error) error) (int64, error) {
	marks := make([]string, len(b.columns))
	for i := range marks {
		marks[i] = "?" + strconv.Itoa(i+1)
	}
	sql := "INSERT INTO " + b.table + " (" + strings.Join(b.columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
	n := int64(0)
	kept := make([]keptValue, len(b.columns))
	var stmt *sqlite.Stmt
	for row, err := range b.rows {
		if err != nil {
			return n, err
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if len(row) != len(kept) {
			return n, badValue(strconv.Itoa(len(row)) + " values for " + strconv.Itoa(len(kept)) + " columns")
		}
		err = step(func() (err error) {
			if stmt == nil {
				if stmt, err = s.lc.prepare(sql); err != nil {
					return err
				}
			}
			for i, v := range row {
				if err := kept[i].bind(stmt, i+1, v); err != nil {
					return err
				}
			}
			return drain(stmt)
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// keptValue is what a parameter is bound to.
type keptValue struct {
	kind keptKind
	n    int64
	s    string
	d    day.Date
}

type keptKind uint8

const (
	keptNothing keptKind = iota
	keptNull
	keptInt
	keptText
	keptDate
)

// bind binds a value unless the parameter has it already.
func (k *keptValue) bind(stmt *sqlite.Stmt, param int, v any) error {
	switch x := v.(type) {
	case int64:
		k.number(stmt, param, x)
		return nil
	case string:
		if k.kind == keptText && k.s == x {
			return nil
		}
		if _, err := checkText(x); err != nil {
			return err
		}
		*k = keptValue{kind: keptText, s: x}
		stmt.BindText(param, x)
		return nil
	case day.Date:
		if x.IsZero() {
			break
		}
		if k.kind != keptDate || k.d != x {
			*k = keptValue{kind: keptDate, d: x}
			stmt.BindText(param, x.String())
		}
		return nil
	}
	plain, err := normalise(v)
	if err != nil {
		return err
	}
	switch x := plain.(type) {
	case nil:
		if k.kind != keptNull {
			*k = keptValue{kind: keptNull}
			stmt.BindNull(param)
		}
	case int64, string, day.Date:
		return k.bind(stmt, param, x)
	case time.Time:
		k.number(stmt, param, x.UnixMicro())
	default:
		*k = keptValue{}
		return bindOne(stmt, param, x)
	}
	return nil
}

// number binds an integer unless the parameter has it already.
func (k *keptValue) number(stmt *sqlite.Stmt, param int, n int64) {
	if k.kind != keptInt || k.n != n {
		*k = keptValue{kind: keptInt, n: n}
		stmt.BindInt64(param, n)
	}
}
