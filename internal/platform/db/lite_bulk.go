package db

import (
	"context"
	"strconv"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"wasl/internal/kernel/day"
)

const (
	// liteBulkRows are inserted by one statement: its cursors stay where the row before left
	// them, which is where the next one goes when rows come in the order of the indexes.
	liteBulkRows = 128
	// liteParamsMax is how many parameters a statement may have (SQLite's default limit).
	liteParamsMax = 32_766
)

// bulk inserts rows by prepared statements of many rows. Most columns of a load repeat: one
// that has not changed yet is one parameter of its statement, and what a parameter had before
// stays bound, because a text bound again is copied byte by byte.
func (s liteSession) bulk(ctx context.Context, b bulkInsert, step func(func() error) error) (int64, error) {
	width := len(b.columns)
	l := &liteLoad{lc: s.lc, b: b, width: width, changes: s.lc.changing(b), many: min(liteBulkRows, max(liteParamsMax/max(width, 1), 1))}
	for row, err := range b.rows {
		if err != nil {
			return l.done, err
		}
		if err := ctx.Err(); err != nil {
			return l.done, err
		}
		if len(row) != width {
			return l.done, badValue(strconv.Itoa(len(row)) + " values for " + strconv.Itoa(width) + " columns")
		}
		if l.room = append(l.room, row...); len(l.room) == l.many*width {
			if err := step(l.flush); err != nil {
				return l.done, err
			}
		}
	}
	return l.done, step(l.rest)
}

// liteLoad is a load of rows into a table.
type liteLoad struct {
	lc    *liteConn
	b     bulkInsert
	width int
	many  int
	// changes are the columns that have been seen to change, room the rows that wait.
	changes []bool
	room    []any
	done    int64
	// group inserts many rows, alone one.
	group, alone liteInsert
}

// liteInsert is a statement with what its parameters are bound to.
type liteInsert struct {
	stmt *sqlite.Stmt
	sql  string
	kept []keptValue
}

// changing are the columns that earlier loads of a table have seen to change, so that one
// statement serves them all.
func (lc *liteConn) changing(b bulkInsert) []bool {
	key := b.table + " " + strings.Join(b.columns, " ")
	known := lc.bulks[key]
	if known == nil {
		known = make([]bool, len(b.columns))
		lc.bulks[key] = known
	}
	return known
}

// flush inserts a full room by one statement.
func (l *liteLoad) flush() error {
	if l.learn() || l.group.sql == "" {
		l.group = liteInsert{sql: l.text(l.many)}
	}
	if err := l.group.ready(l.lc, len(l.room)); err != nil {
		return err
	}
	param := 0
	for at := 0; at < len(l.room); at += l.width {
		for i, v := range l.room[at : at+l.width] {
			if at > 0 && !l.changes[i] {
				continue
			}
			if err := l.group.kept[param].bind(l.group.stmt, param+1, v); err != nil {
				return err
			}
			param++
		}
	}
	if err := drain(l.group.stmt); err != nil {
		return err
	}
	l.done += int64(l.many)
	l.room = l.room[:0]
	return nil
}

// rest inserts what is left one by one.
func (l *liteLoad) rest() error {
	if len(l.room) > 0 {
		l.alone.sql = l.text(1)
	}
	for at := 0; at < len(l.room); at += l.width {
		if err := l.alone.ready(l.lc, l.width); err != nil {
			return err
		}
		for i, v := range l.room[at : at+l.width] {
			if err := l.alone.kept[i].bind(l.alone.stmt, i+1, v); err != nil {
				return err
			}
		}
		if err := drain(l.alone.stmt); err != nil {
			return err
		}
		l.done++
	}
	return nil
}

// ready prepares the statement. One that was dropped in the meantime has nothing bound.
func (in *liteInsert) ready(lc *liteConn, values int) error {
	stmt, err := lc.prepare(in.sql)
	if err != nil || stmt == in.stmt {
		return err
	}
	in.stmt, in.kept = stmt, make([]keptValue, values)
	return nil
}

// learn looks for columns that change in the room, and says whether there is another one.
func (l *liteLoad) learn() (more bool) {
	for i := range l.width {
		for at := i + l.width; at < len(l.room) && !l.changes[i]; at += l.width {
			if !repeats(l.room[i], l.room[at]) {
				l.changes[i], more = true, true
			}
		}
	}
	return more
}

// repeats says that two values are surely the same.
func repeats(a, b any) bool {
	switch a.(type) {
	case nil, int64, string, bool, day.Date, time.Time:
		return a == b
	}
	return false
}

// text is the statement that inserts some rows: the first has all parameters, the others have
// their own for the columns that change.
func (l *liteLoad) text(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + l.b.table + " (" + strings.Join(l.b.columns, ", ") + ") VALUES ")
	next := l.width
	marks := make([]string, l.width)
	for i := range marks {
		marks[i] = "?" + strconv.Itoa(i+1)
	}
	for row := range rows {
		if row > 0 {
			b.WriteString(", ")
			for i := range marks {
				if l.changes[i] {
					next++
					marks[i] = "?" + strconv.Itoa(next)
				}
			}
		}
		b.WriteString("(" + strings.Join(marks, ", ") + ")")
	}
	return b.String()
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
		if err := textFault(x); err != nil {
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
