package db

import (
	"context"
	"log/slog"

	"wasl/internal/kernel/fault"
)

// read runs fn on a reader, in a snapshot.
func (l *lite) read(ctx context.Context, fn func(context.Context, *txn) error) error {
	r, err := l.reader(ctx)
	if err != nil {
		return l.d.mapError(err)
	}
	defer l.release(r)
	r.c.SetInterrupt(ctx.Done())
	defer l.leave(ctx, r)
	err = l.d.timed(ctx, Call{Kind: CallBegin}, func() error { return r.run("BEGIN") })
	if err != nil {
		return l.d.mapError(err)
	}
	t := l.d.newTxn(ctx, liteSession{r}, false)
	defer func() { _ = t.end(txOver()) }()
	err = fn(ctx, t)
	if failed := t.end(txOver()); err == nil {
		err = failed
	}
	return err
}

// leave ends a reader's transaction, cancelled or not.
func (l *lite) leave(ctx context.Context, r *liteConn) {
	r.c.SetInterrupt(nil)
	if r.c.AutocommitEnabled() {
		return
	}
	if err := r.run("ROLLBACK"); err != nil {
		l.d.log.ErrorContext(ctx, "end of read failed", slog.Any("error", err))
	}
}

// reader takes a reader at rest, or opens one while there are slots, or waits.
func (l *lite) reader(ctx context.Context) (*liteConn, error) {
	l.mu.Lock()
	closing := l.closing
	l.mu.Unlock()
	if closing {
		return nil, fault.New(fault.Unavailable, "db.closed")
	}
	select {
	case r := <-l.free:
		return r, nil
	default:
	}
	select {
	case r := <-l.free:
		return r, nil
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r, err := openLiteConn(l.path, false)
	if err != nil {
		<-l.slots
		return nil, err
	}
	return r, nil
}

func (l *lite) release(r *liteConn) { l.free <- r }
