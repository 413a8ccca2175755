package db

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"wasl/internal/kernel/fault"
)

// guard runs code of the caller and turns its panic into an error.
func guard(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Wrap(fmt.Errorf("panic: %v\n%s", r, debug.Stack()), fault.Internal, "db.panic")
		}
	}()
	return fn()
}

// timed makes a call through the interceptor and logs it when it is slow.
func (d *DB) timed(ctx context.Context, c Call, fn func() error) error {
	return d.slow(ctx, c, func() error { return d.intercepted(ctx, c, fn) })
}

// slow logs a call that took long: its text, never its arguments.
func (d *DB) slow(ctx context.Context, c Call, fn func() error) error {
	start := d.opt.Now()
	err := fn()
	if took := d.opt.Now().Sub(start); took >= d.opt.SlowQuery {
		d.counters.slow.Add(1)
		d.log.WarnContext(ctx, "slow query", slog.String("call", string(c.Kind)), slog.String("sql", shortened(c.SQL)), slog.Duration("took", took))
	}
	return err
}

// slowTextMax bounds the text of a slow statement in the log, in bytes: a list of
// thousands of values has thousands of marks.
const slowTextMax = 1000

// shortened is the beginning of a long text of SQL, and its end, where the order and the
// limit are.
func shortened(sql string) string {
	if len(sql) <= slowTextMax {
		return sql
	}
	return strings.ToValidUTF8(sql[:slowTextMax/2]+" … "+sql[len(sql)-slowTextMax/2:], "")
}

// counters count what the machinery did since Open.
type counters struct {
	writes, commits, retries, slow, alone atomic.Int64
}

// Stats is a snapshot of what the machinery did since Open.
type Stats struct {
	// Writes is the number of functions run, Commits that of the commits they
	// shared, Retries the runs made again, Alone those made again because their
	// group broke, Slow the calls logged as slow.
	Writes, Commits, Retries, Alone, Slow int64
	// Waiting is the number of writes in the queue of the SQLite writer, or of
	// PostgreSQL connections in use.
	Waiting int64
	// WALBytes is the size of the SQLite WAL; 0 on PostgreSQL.
	WALBytes int64
}

// Stats gives the counters.
func (d *DB) Stats() Stats {
	s := Stats{
		Writes: d.counters.writes.Load(), Commits: d.counters.commits.Load(), Retries: d.counters.retries.Load(),
		Alone: d.counters.alone.Load(), Slow: d.counters.slow.Load(),
	}
	if d.lite != nil {
		s.Waiting, s.WALBytes = d.lite.waiting(), d.lite.walBytes()
	} else {
		s.Waiting = int64(d.pg.pool.Stat().AcquiredConns())
	}
	return s
}
