package db

import (
	"cmp"
	"context"
	"iter"
	"strconv"
	"sync"
	"time"

	"wasl/internal/kernel/fault"
)

// session is one engine's open transaction.
type session interface {
	exec(ctx context.Context, s *statement, args []any) (int64, error)
	query(ctx context.Context, s *statement, args []any) (cursor, error)
	// bulk inserts rows; step guards each use of the connection.
	bulk(ctx context.Context, b bulkInsert, step func(func() error) error) (int64, error)
	lock(ctx context.Context, ids []int64) error
	// control runs transaction statements without arguments.
	control(ctx context.Context, sqls ...string) error
	// execLater is exec for a statement whose answer nobody needs: an engine may send
	// it with the next one, whose error then says what became of it. Unless it changes
	// one row, that error is unless; nil does not count.
	execLater(ctx context.Context, s *statement, args []any, unless error) error
	// ask keeps a question that will be asked with the next statement; nil says that
	// the engine gains nothing by it, and that it is asked when its answer is wanted.
	ask(s *statement, args []any) kept
	// settle sends what was kept for later.
	settle(ctx context.Context) error
	// forget drops what was kept for later: it is about to be undone.
	forget()
	// open says that the engine has not ended the transaction by itself.
	open() bool
}

// cursor is one engine's running query.
type cursor interface {
	next() (bool, error)
	width() int
	cell(i int) (cell, error)
	close()
}

// kept are the rows of a question asked ahead; false says that they have not come.
type kept interface{ cursor() (cursor, bool) }

type bulkInsert struct {
	table   string
	columns []string
	rows    iter.Seq2[[]any, error]
}

// txn is the one implementation of Tx and Reader: what is the same on both
// engines, on top of a session. Its mutex is held during each use of the
// connection and never while code of the caller runs, so that the writer can
// take the connection back from a member whose time is over.
type txn struct {
	d     *DB
	s     session
	now   time.Time
	write bool
	limit context.Context // of the member: its deadline holds whatever context a call brings

	mu     sync.Mutex
	dead   error       // no call reaches the connection any more
	failed error       // a statement failed: only going back to a savepoint helps
	broken bool        // what failed cannot be helped by a savepoint
	busy   *rows       // rows being read
	bulk   bool        // a bulk load is running
	depth  int         // open savepoints
	ids    int64       // ids taken
	memo   map[any]any // see Remember
}

var _ Tx = (*txn)(nil)

// Writing says that what reads is a transaction that writes: on PostgreSQL its statements
// are not of one snapshot, so that two of them may see a change between them.
func Writing(r Reader) bool {
	t, known := r.(*txn)
	return known && t.write
}

func (d *DB) newTxn(limit context.Context, s session, write bool) *txn {
	return &txn{d: d, s: s, now: d.clock.now(), write: write, limit: limit}
}

// Now implements Reader.
func (t *txn) Now() time.Time { return t.now }

// Engine implements Reader.
func (t *txn) Engine() Engine { return t.d.engine }

// usable says why a call may not be made, with the mutex held.
func (t *txn) usable(ctx context.Context) error {
	switch {
	case t.dead != nil:
		return t.dead
	case t.failed != nil:
		return engineFault(classOf(t.failed), fault.KindOf(t.failed), "db.tx_failed", t.failed)
	case t.busy != nil || t.bulk:
		return fault.New(fault.Internal, "db.rows_open")
	}
	return mapCommon(cmp.Or(t.limit.Err(), ctx.Err()))
}

// call makes one call on the connection.
func (t *txn) call(ctx context.Context, c Call, fn func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.usable(ctx); err != nil {
		return err
	}
	return t.make(ctx, c, fn)
}

// make makes a call with the mutex held and remembers that it failed: after a
// failed statement both engines refuse everything until a savepoint is undone.
func (t *txn) make(ctx context.Context, c Call, fn func() error) error {
	c.Write = t.write
	err := t.d.timed(ctx, c, fn)
	if err == nil {
		return nil
	}
	return t.fail(err)
}

// fail maps an error and spoils the transaction, with the mutex held.
func (t *txn) fail(err error) error {
	err = t.d.mapError(err)
	t.failed = err
	if classOf(err) != classPlain || !t.s.open() {
		t.broken = true
	}
	return err
}

// Exec implements Tx.
func (t *txn) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	s, values, err := t.prepare(sql, args)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	err = t.call(ctx, Call{Kind: CallExec, SQL: sql}, func() (err error) {
		n, err = t.s.exec(ctx, s, values)
		return err
	})
	return n, err
}

// ExecLater is Tx.Exec for a row that cannot be refused and that nothing in the
// transaction reads again: on PostgreSQL it goes with the next statement, in one
// round trip.
func ExecLater(ctx context.Context, tx Tx, sql string, args ...any) error {
	return execLater(ctx, tx, nil, sql, args)
}

// ExecOne is ExecLater for a statement that changes one row, such as the edit of a
// version; unless it does, the transaction fails with the error given, at this call or
// at a later one.
func ExecOne(ctx context.Context, tx Tx, unless error, sql string, args ...any) error {
	return execLater(ctx, tx, unless, sql, args)
}

func execLater(ctx context.Context, tx Tx, unless error, sql string, args []any) error {
	t, ok := tx.(*txn)
	if !ok {
		n, err := tx.Exec(ctx, sql, args...)
		if err == nil && unless != nil && n != 1 {
			err = unless
		}
		return err
	}
	s, values, err := t.prepare(sql, args)
	if err != nil {
		return err
	}
	return t.call(ctx, Call{Kind: CallExec, SQL: sql}, func() error { return t.s.execLater(ctx, s, values, unless) })
}

// settle sends what was kept, at the end of the function.
func (t *txn) settle(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead != nil || t.failed != nil {
		return nil // said by end
	}
	if err := t.s.settle(ctx); err != nil {
		return t.fail(err)
	}
	return nil
}

// Query implements Reader.
func (t *txn) Query(ctx context.Context, sql string, args ...any) (Rows, error) {
	s, values, err := t.prepare(sql, args)
	if err != nil {
		return nil, err
	}
	r := &rows{t: t, ctx: ctx, sql: sql}
	err = t.call(ctx, Call{Kind: CallQuery, SQL: sql}, func() (err error) {
		r.c, err = t.s.query(ctx, s, values)
		if err == nil {
			t.busy = r
		}
		return err
	})
	if err != nil {
		t.mu.Lock()
		r.close() // an interceptor may fail a query that did start
		t.mu.Unlock()
		return nil, err
	}
	return r, nil
}

func (t *txn) prepare(sql string, args []any) (*statement, []any, error) {
	s, err := t.d.translate.statement(sql)
	if err != nil {
		return nil, nil, err
	}
	values, err := normaliseAll(args)
	return s, values, err
}

// Bulk implements Tx.
func (t *txn) Bulk(ctx context.Context, table string, columns []string, rows iter.Seq2[[]any, error]) (int64, error) {
	for _, name := range append([]string{table}, columns...) {
		if !plainName(name) {
			return 0, badValue("the name " + strconv.Quote(name))
		}
	}
	t.mu.Lock()
	if err := t.usable(ctx); err != nil {
		t.mu.Unlock()
		return 0, err
	}
	t.bulk = true
	t.mu.Unlock()

	n := int64(0)
	err := t.d.timed(ctx, Call{Kind: CallBulk, SQL: table, Write: t.write}, func() (err error) {
		n, err = t.s.bulk(ctx, bulkInsert{table, columns, rows}, t.step)
		return err
	})

	t.mu.Lock()
	defer t.mu.Unlock()
	t.bulk = false
	switch {
	case t.dead != nil:
		return 0, t.dead
	case err != nil:
		return 0, t.fail(err)
	}
	return n, nil
}

// step uses the connection once inside a bulk load.
func (t *txn) step(fn func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead != nil {
		return t.dead
	}
	return fn()
}

// Lock implements Tx.
func (t *txn) Lock(ctx context.Context, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	return t.call(ctx, Call{Kind: CallLock}, func() error { return t.s.lock(ctx, ids) })
}

// Sub implements Tx.
func (t *txn) Sub(ctx context.Context, rollback bool, fn func(Tx) error) error {
	name := "sub" + strconv.Itoa(t.depth)
	err := t.call(ctx, Call{Kind: CallSavepoint}, func() error { return t.s.control(ctx, "SAVEPOINT "+name) })
	if err != nil {
		return err
	}
	t.depth++
	err = fn(t)
	t.depth--
	if err == nil && !rollback {
		return t.call(ctx, Call{Kind: CallRelease}, func() error { return t.s.control(ctx, "RELEASE SAVEPOINT "+name) })
	}
	if undo := t.undo(ctx, name); undo != nil && err == nil {
		return undo
	}
	return err
}

// undo goes back to a savepoint and forgets the failure it helps.
func (t *txn) undo(ctx context.Context, name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy.close()
	switch {
	case t.dead != nil:
		return t.dead
	case t.broken:
		return t.failed
	}
	t.failed, t.memo = nil, nil
	t.s.forget()
	return t.make(ctx, Call{Kind: CallUndo}, func() error {
		return t.s.control(ctx, "ROLLBACK TO SAVEPOINT "+name, "RELEASE SAVEPOINT "+name)
	})
}

// end closes the transaction to its function: a handle kept by mistake fails.
// It gives the failure the function may not have reported.
func (t *txn) end(why error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy.close()
	if t.dead == nil {
		t.dead = why
	}
	return t.failed
}

func txOver() error { return fault.New(fault.Internal, "db.tx_over") }

func plainName(s string) bool {
	for i := range len(s) {
		if !isWord(s[i]) || s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9')
}

// rows implements Rows.
type rows struct {
	t     *txn
	c     cursor
	ctx   context.Context
	sql   string
	begun bool
	err   error
}

// Next implements Rows.
func (r *rows) Next() bool {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	if r.c == nil {
		if r.err == nil && r.t.dead != nil {
			r.err = r.t.dead
		}
		return false
	}
	ok := false
	step := func() (err error) {
		ok, err = r.c.next()
		return err
	}
	err := error(nil)
	if r.begun {
		err = step()
	} else { // the engine works until the first row: that is the query's time
		err = r.t.d.slow(r.ctx, Call{Kind: CallQuery, SQL: r.sql}, step)
	}
	r.begun = true
	if err != nil {
		r.err = r.t.fail(err)
		ok = false
	}
	if !ok {
		r.close()
	}
	return ok
}

// Scan implements Rows.
func (r *rows) Scan(dest ...any) error {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	if r.c == nil || !r.begun {
		return fault.New(fault.Internal, "db.no_current_row")
	}
	if len(dest) != r.c.width() {
		return badValue(strconv.Itoa(r.c.width()) + " columns for " + strconv.Itoa(len(dest)) + " destinations")
	}
	for i, d := range dest {
		c, err := r.c.cell(i)
		if err != nil {
			return r.t.d.mapError(err)
		}
		if err := assign(d, c); err != nil {
			return err
		}
	}
	return nil
}

// Err implements Rows.
func (r *rows) Err() error { return r.err }

// Close implements Rows.
func (r *rows) Close() {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	r.close()
}

// close frees the cursor, with the mutex held.
func (r *rows) close() {
	if r == nil || r.c == nil {
		return
	}
	r.c.close()
	r.c = nil
	if r.t.busy == r {
		r.t.busy = nil
	}
}
