package db

import (
	"context"
	"database/sql/driver"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"wasl/internal/kernel/fault"
)

// Defaults and bounds.
const (
	// MemberTimeoutDefault bounds the function of one Write.
	MemberTimeoutDefault = 5 * time.Second
	// GroupMaxDefault bounds the members of one group commit.
	GroupMaxDefault = 64
	// MaxConnsDefault is the number of SQLite readers or PostgreSQL connections.
	MaxConnsDefault = 16
	// SlowQueryDefault is the duration from which a statement is logged.
	SlowQueryDefault = 200 * time.Millisecond
	// NodeDefault is the node of a database that was never told its own.
	NodeDefault = 1
	// NodeMax is the highest node: 10 bits above 43 of sequence, under 2^53.
	NodeMax = 1<<10 - 1

	attemptsMax  = 8                      // runs of one function
	retryTimeMax = 20 * time.Second       // after which no other run begins
	backoffMin   = 4 * time.Millisecond   // before the second run, ± half
	backoffMax   = 500 * time.Millisecond // between later runs, ± half
)

// Options of Open. Only Now is required.
type Options struct {
	// Now is the clock. The database truncates it to the microsecond, in UTC,
	// and never lets it go back.
	Now func() time.Time
	// Node is given to a database that has none yet, 1 to NodeMax. The one
	// recorded in the database wins.
	Node int64
	// Log receives slow statements (text and duration, never the arguments) and
	// warnings about the WAL. Nil discards.
	Log *slog.Logger
	// SlowQuery is the duration from which a statement is logged.
	SlowQuery time.Duration
	// MaxConns bounds the PostgreSQL pool, or the SQLite readers.
	MaxConns int
	// MemberTimeout is the deadline of one Write.
	MemberTimeout time.Duration
	// GroupMax bounds a group commit.
	GroupMax int
	// PartitionProfile makes {dist} and {lookup} tables hash partitions on
	// PostgreSQL. SQLite ignores it.
	PartitionProfile bool
	// migrating wraps the connections of Migrate; for tests of this package.
	migrating func(driver.Connector) driver.Connector
	// Intercept sees every call; for tests.
	Intercept Interceptor
}

// WriteOptions of one Write.
type WriteOptions struct {
	// DryRun rolls back what the function did and gives its result.
	DryRun bool
	// Keyed says that the function is protected by an idempotency key, so that
	// it may run again after a commit whose outcome is unknown.
	Keyed bool
	// Timeout replaces Options.MemberTimeout.
	Timeout time.Duration
	// NoGroup runs the function in a transaction of its own on SQLite, and lets
	// PostgreSQL plan its statements by their values; for chunks of jobs.
	NoGroup bool
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine    Engine
	dsn       string
	opt       Options
	log       *slog.Logger
	translate *translator
	clock     clock
	ids       idPool
	counters  counters
	base      context.Context // never cancelled; for work no caller waits for
	lite      *lite
	pg        *pgEngine
}

// Open opens sqlite:PATH or postgres://… . It does not migrate: see Migrate
// and CheckSchema.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.Now == nil {
		return nil, fault.New(fault.Internal, "db.options", "reason", "no clock")
	}
	if o.Node < 0 || o.Node > NodeMax {
		return nil, fault.New(fault.Invalid, "db.node", "node", o.Node, "max", NodeMax)
	}
	engine, rest, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	o = withDefaults(o)
	d := &DB{
		engine: engine, dsn: dsn, opt: o, log: o.Log, translate: newTranslator(engine),
		clock: clock{source: o.Now}, base: context.WithoutCancel(ctx),
	}
	if engine == SQLite {
		d.lite, err = openLite(d, rest)
	} else {
		d.pg, err = openPostgres(ctx, d, rest)
	}
	if err != nil {
		return nil, d.mapError(err)
	}
	return d, nil
}

func withDefaults(o Options) Options {
	or := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	or(&o.MaxConns, MaxConnsDefault)
	or(&o.GroupMax, GroupMaxDefault)
	if o.Node == 0 {
		o.Node = NodeDefault
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SlowQuery <= 0 {
		o.SlowQuery = SlowQueryDefault
	}
	if o.MemberTimeout <= 0 {
		o.MemberTimeout = MemberTimeoutDefault
	}
	return o
}

// parseDSN gives the engine and what its driver wants.
func parseDSN(dsn string) (Engine, string, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok && path != "" && !strings.Contains(path, "?") {
		return SQLite, path, nil
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return Postgres, dsn, nil
	}
	return "", "", fault.New(fault.Invalid, "db.dsn")
}

// Close waits for what is running and closes the database.
func (d *DB) Close() error {
	if d.lite != nil {
		return d.mapError(d.lite.close())
	}
	return d.mapError(d.pg.close())
}

// Engine says which engine answers.
func (d *DB) Engine() Engine { return d.engine }

// DSN gives the address the database was opened with; it may hold a password.
func (d *DB) DSN() string { return d.dsn }

// marker finds, in a context, that a Write of this database is running.
type marker struct{ d *DB }

func (d *DB) mark(ctx context.Context) context.Context {
	return context.WithValue(ctx, marker{d}, true)
}

// nested refuses a transaction asked for inside another one by the same call
// chain: it would wait for itself.
func (d *DB) nested(ctx context.Context) error {
	if ctx.Value(marker{d}) != nil {
		return fault.New(fault.Internal, "db.nested")
	}
	return nil
}

// Read runs fn in a read-only snapshot. It stops when ctx does. It may not be
// called with the context of a Write: the Tx itself reads.
func (d *DB) Read(ctx context.Context, fn func(ctx context.Context, r Reader) error) error {
	if err := d.nested(ctx); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		began, err := d.readOnce(ctx, fn)
		if err == nil || began || classOf(err) != classRetry || attempt == attemptsMax {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (d *DB) readOnce(ctx context.Context, fn func(context.Context, Reader) error) (began bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, mapCommon(err)
	}
	run := func(ctx context.Context, t *txn) error {
		began = true
		return guard(func() error { return fn(ctx, t) })
	}
	if d.lite != nil {
		err = d.lite.read(ctx, run)
	} else {
		err = d.pg.read(ctx, run)
	}
	return began, d.mapForeign(err)
}

// mapForeign maps an engine error and leaves an error of the function as it is.
func (d *DB) mapForeign(err error) error {
	if err == nil || fault.CodeOf(err) != "internal" {
		return err
	}
	if out := mapCommon(err); out != nil {
		return out
	}
	return err
}

// Write runs fn in one transaction and answers after its commit. On SQLite
// members waiting together share a commit. fn runs in the caller's goroutine,
// under a context that the caller cannot cancel any more, with the deadline of
// WriteOptions; it may run several times: after a busy database, a
// serialization failure, a deadlock, a lost connection, a broken group. A
// panic in fn becomes an Internal fault "db.panic".
func (d *DB) Write(ctx context.Context, o WriteOptions, fn func(ctx context.Context, tx Tx) error) error {
	if err := d.nested(ctx); err != nil {
		return err
	}
	if o.Timeout <= 0 {
		o.Timeout = d.opt.MemberTimeout
	}
	patience, cancel := context.WithTimeout(ctx, max(retryTimeMax, o.Timeout))
	defer cancel()
	run := func(ctx context.Context, tx Tx) error { return fn(d.mark(ctx), tx) }
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return mapCommon(err)
		}
		err := d.writeOnce(ctx, o, run)
		switch c := classOf(err); {
		case err == nil || attempt == attemptsMax:
			return settle(err)
		case c == classAlone:
			o.NoGroup = true // nothing to wait for
			continue
		case c == classRetry || c == classUnknown && o.Keyed:
		default:
			return err
		}
		d.counters.retries.Add(1)
		if pause(patience, attempt) != nil {
			return settle(err)
		}
	}
}

// settle gives a final face to an error that was meant for the machinery.
func settle(err error) error {
	if classOf(err) == classAlone {
		return fault.Wrap(err, fault.Unavailable, "db.busy")
	}
	return err
}

func (d *DB) writeOnce(ctx context.Context, o WriteOptions, fn func(context.Context, Tx) error) error {
	if d.lite != nil {
		return d.lite.write(ctx, o, fn)
	}
	return d.pg.write(ctx, o, fn)
}

// pause waits before another run: twice as long each time, with jitter.
func pause(ctx context.Context, attempt int) error {
	wait := min(backoffMin<<min(attempt-1, attemptsMax), backoffMax)
	timer := time.NewTimer(wait/2 + rand.N(wait))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return mapCommon(ctx.Err())
	}
}

// clock truncates a clock and never goes back.
type clock struct {
	source func() time.Time
	mu     sync.Mutex
	last   time.Time
}

func (c *clock) now() time.Time {
	t := time.UnixMicro(c.source().UnixMicro()).UTC()
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Before(c.last) {
		return c.last
	}
	c.last = t
	return t
}
