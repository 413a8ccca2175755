package db

import "context"

// Asked is a question put before its answer is needed. On PostgreSQL it goes with the
// statement that follows, in one round trip; on SQLite, where there is none to save, it is
// asked when the answer is wanted. Either way the answer is of the same transaction, and
// of a moment after every lock taken before it was put.
type Asked struct {
	tx   Tx
	sql  string
	args []any
	kept kept
}

// Ask puts a question ahead. Nothing that it reads may be changed by the transaction
// before the answer is wanted.
func Ask(ctx context.Context, tx Tx, sql string, args ...any) (*Asked, error) {
	a := &Asked{tx: tx, sql: sql, args: args}
	t, ok := tx.(*txn)
	if !ok || t.d.engine == SQLite {
		return a, nil
	}
	s, values, err := t.prepare(sql, args)
	if err != nil {
		return nil, err
	}
	err = t.call(ctx, Call{Kind: CallQuery, SQL: sql}, func() error {
		a.kept = t.s.ask(s, values)
		return nil
	})
	return a, err
}

// Each calls fn for each row of the answer and stops at its first error. fn may not use
// the transaction. It may be called once.
func (a *Asked) Each(ctx context.Context, fn func(Rows) error) error {
	t, ok := a.tx.(*txn)
	if !ok || a.kept == nil {
		return Each(ctx, a.tx, fn, a.sql, a.args...)
	}
	c, come := a.kept.cursor()
	if !come { // nothing followed yet, or it was dropped with a savepoint
		if err := t.settle(ctx); err != nil {
			return err
		}
		if c, come = a.kept.cursor(); !come {
			return Each(ctx, a.tx, fn, a.sql, a.args...)
		}
	}
	return t.hand(ctx, a.sql, c, fn)
}

// hand gives rows that have come to fn, one by one.
func (t *txn) hand(ctx context.Context, sql string, c cursor, fn func(Rows) error) error {
	r := &rows{t: t, c: c, ctx: ctx, sql: sql}
	t.mu.Lock()
	if err := t.usable(ctx); err != nil {
		t.mu.Unlock()
		return err
	}
	t.busy = r
	t.mu.Unlock()
	defer r.Close()
	for r.Next() {
		if err := fn(r); err != nil {
			return err
		}
	}
	return r.Err()
}
