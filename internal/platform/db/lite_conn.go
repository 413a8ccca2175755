package db

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"wasl/internal/kernel/day"
)

const (
	liteBusyTimeout   = 2 * time.Second // a wait for another process, per run
	liteStatementsMax = 256             // prepared statements kept per connection
	liteWriterCacheKB = 64 << 10
	liteReaderCacheKB = 16 << 10
	liteCheckpoint    = 4000     // pages of WAL between checkpoints
	liteWALKeep       = 64 << 20 // bytes of WAL kept after a checkpoint
	liteFileMode      = 0o600
	liteTextRoom      = 64 // bytes of texts read without another allocation
)

// liteConn is one SQLite connection with its prepared statements, the least
// recently used dropped first.
type liteConn struct {
	c      *sqlite.Conn
	byText map[string]*list.Element
	recent *list.List
	bulks  map[string][]bool // columns that change in loads, by table and columns
}

// openLiteConn opens a connection. The file is created with a private mode.
func openLiteConn(path string, writer bool) (*liteConn, error) {
	if writer {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, liteFileMode)
		if err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	lc := &liteConn{c: c, byText: make(map[string]*list.Element), recent: list.New(), bulks: make(map[string][]bool)}
	c.SetBusyTimeout(liteBusyTimeout)
	// SetDefensive is not called: the binding (v1.4.2) passes it one variable
	// argument where SQLite reads two, the second an address it writes to.
	if err := lc.configure(writer); err != nil {
		return nil, errors.Join(err, lc.close())
	}
	return lc, nil
}

func (lc *liteConn) configure(writer bool) error {
	cache, queryOnly := liteReaderCacheKB, "ON"
	pragmas := []string{}
	if writer {
		cache, queryOnly = liteWriterCacheKB, "OFF"
		pragmas = append(pragmas, "PRAGMA journal_mode = WAL")
	}
	pragmas = append(pragmas,
		"PRAGMA synchronous = FULL",
		"PRAGMA foreign_keys = ON",
		"PRAGMA case_sensitive_like = ON", // as on PostgreSQL
		"PRAGMA trusted_schema = OFF",
		"PRAGMA cell_size_check = ON",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA cache_size = -"+strconv.Itoa(cache),
		"PRAGMA wal_autocheckpoint = "+strconv.Itoa(liteCheckpoint),
		"PRAGMA journal_size_limit = "+strconv.Itoa(liteWALKeep),
		"PRAGMA query_only = "+queryOnly,
	)
	for _, p := range pragmas {
		if err := lc.run(p); err != nil {
			return err
		}
	}
	return nil
}

func (lc *liteConn) close() error {
	for e := lc.recent.Front(); e != nil; e = e.Next() {
		// The error of a finalised statement is that of its last step, already told.
		_ = e.Value.(keptStatement).stmt.Finalize()
	}
	lc.recent.Init()
	return lc.c.Close()
}

// keptStatement is a prepared statement with the text it came from.
type keptStatement struct {
	sql  string
	stmt *sqlite.Stmt
}

// prepare gives a statement ready to be bound. A statement is used once at a
// time, because rows must be closed before the next call.
func (lc *liteConn) prepare(sql string) (*sqlite.Stmt, error) {
	if e := lc.byText[sql]; e != nil {
		lc.recent.MoveToFront(e)
		return e.Value.(keptStatement).stmt, nil
	}
	stmt, trailing, err := lc.c.PrepareTransient(sql)
	if err != nil {
		return nil, err
	}
	if trailing > 0 && strings.TrimSpace(sql[len(sql)-trailing:]) != "" {
		_ = stmt.Finalize()
		return nil, errors.New("sqlite: more than one statement in one text")
	}
	lc.byText[sql] = lc.recent.PushFront(keptStatement{sql, stmt})
	if lc.recent.Len() > liteStatementsMax {
		last := lc.recent.Back()
		k := lc.recent.Remove(last).(keptStatement)
		delete(lc.byText, k.sql)
		_ = k.stmt.Finalize()
	}
	return stmt, nil
}

// run executes a statement without arguments nor result.
func (lc *liteConn) run(sql string) error {
	stmt, err := lc.prepare(sql)
	if err != nil {
		return err
	}
	return drain(stmt)
}

// number runs a statement that gives one integer.
func (lc *liteConn) number(sql string, args ...any) (n int64, found bool, err error) {
	stmt, err := lc.bound(sql, args)
	if err != nil {
		return 0, false, err
	}
	ok, err := stmt.Step()
	if err != nil || !ok {
		return 0, false, errors.Join(err, stmt.Reset())
	}
	n = stmt.ColumnInt64(0)
	return n, true, stmt.Reset()
}

func (lc *liteConn) bound(sql string, args []any) (*sqlite.Stmt, error) {
	stmt, err := lc.prepare(sql)
	if err != nil {
		return nil, err
	}
	return stmt, bindAll(stmt, args)
}

// drain steps a statement to its end and frees it.
func drain(stmt *sqlite.Stmt) error {
	for {
		more, err := stmt.Step()
		if err != nil {
			return err // the step has reset it
		}
		if !more {
			return stmt.Reset()
		}
	}
}

// bindAll binds normalised values.
func bindAll(stmt *sqlite.Stmt, args []any) error {
	if n := stmt.BindParamCount(); n != len(args) {
		return badValue(fmt.Sprintf("%d arguments for %d placeholders", len(args), n))
	}
	for i, a := range args {
		if err := bindOne(stmt, i+1, a); err != nil {
			return err
		}
	}
	return nil
}

// bindOne binds a normalised value.
func bindOne(stmt *sqlite.Stmt, param int, a any) error {
	switch v := a.(type) {
	case nil:
		stmt.BindNull(param)
	case int64:
		stmt.BindInt64(param, v)
	case string:
		stmt.BindText(param, v)
	case bool:
		stmt.BindBool(param, v)
	case []byte:
		stmt.BindBytes(param, v)
	case time.Time:
		stmt.BindInt64(param, v.UnixMicro())
	case day.Date:
		stmt.BindText(param, v.String())
	case []string, []int64:
		list, err := json.Marshal(v)
		if err != nil {
			return badValue(err.Error())
		}
		stmt.BindText(param, string(list))
	default:
		return badValue(fmt.Sprintf("type %T", a))
	}
	return nil
}

// liteSession is an open transaction on a connection.
type liteSession struct{ lc *liteConn }

func (s liteSession) open() bool { return !s.lc.c.AutocommitEnabled() }

func (s liteSession) exec(_ context.Context, st *statement, args []any) (int64, error) {
	stmt, err := s.lc.bound(st.sql, args)
	if err != nil {
		return 0, err
	}
	if err := drain(stmt); err != nil || !st.changes {
		return 0, err
	}
	return int64(s.lc.c.Changes()), nil
}

func (s liteSession) execLater(ctx context.Context, st *statement, args []any, unless error) error {
	n, err := s.exec(ctx, st, args)
	if err == nil && unless != nil && n != 1 {
		err = unless
	}
	return err
}

func (liteSession) ask(*statement, []any) kept { return nil }

func (liteSession) settle(context.Context) error { return nil }

func (liteSession) forget() {}

func (s liteSession) query(_ context.Context, st *statement, args []any) (cursor, error) {
	stmt, err := s.lc.bound(st.sql, args)
	if err != nil {
		return nil, err
	}
	// The first step is made now: a statement that changes rows and returns them
	// must have changed them even when nobody reads the rows.
	more, err := stmt.Step()
	if err != nil {
		return nil, err
	}
	return &liteCursor{stmt: stmt, columns: stmt.ColumnCount(), more: more}, nil
}

func (liteSession) lock(context.Context, []int64) error { return nil }

func (s liteSession) control(_ context.Context, sqls ...string) error {
	for _, sql := range sqls {
		if err := s.lc.run(sql); err != nil {
			return err
		}
	}
	return nil
}

// liteCursor reads a statement. It is always one step ahead at its start.
type liteCursor struct {
	stmt    *sqlite.Stmt
	columns int
	begun   bool
	more    bool
	texts   []string // the last text of each column: most columns repeat
	buf     []byte
}

func (c *liteCursor) next() (bool, error) {
	if !c.begun {
		c.begun = true
		return c.more, nil
	}
	if !c.more {
		return false, nil
	}
	more, err := c.stmt.Step()
	c.more = more
	return more, err
}

func (c *liteCursor) width() int { return c.columns }

func (c *liteCursor) cell(i int) (cell, error) {
	switch t := c.stmt.ColumnType(i); t {
	case sqlite.TypeInteger:
		return cell{kind: cellInt, n: c.stmt.ColumnInt64(i)}, nil
	case sqlite.TypeText:
		return cell{kind: cellText, s: c.text(i)}, nil
	case sqlite.TypeNull:
		return cell{}, nil
	case sqlite.TypeBlob:
		b := make([]byte, c.stmt.ColumnLen(i))
		c.stmt.ColumnBytes(i, b)
		return cell{kind: cellBytes, b: b}, nil
	default:
		return cell{kind: cellOther, s: t.String()}, nil
	}
}

// text reads a text. It is taken as bytes, which SQLite needs not end with a zero, and given
// again without a copy when it is that of the row before.
func (c *liteCursor) text(i int) string {
	n := c.stmt.ColumnLen(i)
	if n > cap(c.buf) {
		c.buf = make([]byte, 0, max(2*n, liteTextRoom))
	}
	b := c.buf[:n]
	c.stmt.ColumnBytes(i, b)
	if c.texts == nil {
		c.texts = make([]string, c.columns)
	}
	if c.texts[i] != string(b) {
		c.texts[i] = string(b)
	}
	return c.texts[i]
}

func (c *liteCursor) close() {
	// The reset tells the last step's error again, which the reader already has.
	_ = c.stmt.Reset()
}
