package db

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"wasl/internal/kernel/fault"
)

const (
	pgConnectTimeout  = 10 * time.Second
	pgEndTimeout      = 3 * time.Second // a rollback, a commit or work aside
	pgIdleInTxTimeout = "600000"        // milliseconds, for readers; writers have their own
	pgServerMargin    = time.Second     // the server gives up a little after the client
)

// pgPlanByValues lets the server plan a statement for its values when it thinks that pays, in
// one transaction: lists and jobs filter by what is often uneven.
const pgPlanByValues = "SET LOCAL plan_cache_mode = auto"

// pgEngine is the PostgreSQL engine: a pool, and one connection aside for what
// must not depend on the transaction in progress.
type pgEngine struct {
	d    *DB
	pool *pgxpool.Pool

	refill sync.Mutex // one reservation of ids at a time

	sideMu sync.Mutex
	side   *pgx.Conn
	config *pgx.ConnConfig

	namesMu sync.Mutex
	names   map[string]string // unique index → table.column,column
}

// pgQuerier is what the connection aside offers.
type pgQuerier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func openPostgres(ctx context.Context, d *DB, dsn string) (*pgEngine, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "db.dsn")
	}
	config.MaxConns = int32(min(d.opt.MaxConns, 1<<15))
	config.ConnConfig.ConnectTimeout = pgConnectTimeout
	params := config.ConnConfig.RuntimeParams
	params["timezone"] = "UTC"
	params["datestyle"] = "ISO, YMD"
	params["idle_in_transaction_session_timeout"] = pgIdleInTxTimeout
	// A command asks short questions by whole keys: one plan is good for all values, and
	// making one takes longer than what it saves. Others say pgPlanByValues.
	params["plan_cache_mode"] = "force_generic_plan"
	if params["application_name"] == "" {
		params["application_name"] = "wasl"
	}
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return &pgEngine{d: d, pool: pool, config: config.ConnConfig.Copy()}, nil
}

func (p *pgEngine) close() error {
	p.sideMu.Lock()
	defer p.sideMu.Unlock()
	var err error
	if p.side != nil {
		ctx, cancel := context.WithTimeout(p.d.base, pgEndTimeout)
		defer cancel()
		err = p.side.Close(ctx)
		p.side = nil
	}
	p.pool.Close()
	return err
}

// aside works on the connection apart, opened when first needed and opened
// again when it was lost.
func (p *pgEngine) aside(ctx context.Context, fn func(context.Context, pgQuerier) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pgConnectTimeout)
	defer cancel()
	p.sideMu.Lock()
	defer p.sideMu.Unlock()
	if p.side == nil || p.side.IsClosed() {
		c, err := pgx.ConnectConfig(ctx, p.config)
		if err != nil {
			return err
		}
		p.side = c
	}
	return fn(ctx, p.side)
}

// read runs fn in a snapshot.
func (p *pgEngine) read(ctx context.Context, fn func(context.Context, *txn) error) error {
	s, err := p.begin(ctx, false, func(ctx context.Context, s *pgSession) error {
		_, err := s.c.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "+pgPlanByValues)
		return err
	})
	if err != nil {
		return err
	}
	defer s.release()
	defer p.rollback(ctx, s)
	t := p.d.newTxn(ctx, s, false)
	defer func() { _ = t.end(txOver()) }()
	err = fn(ctx, t)
	if failed := t.end(txOver()); err == nil {
		err = failed
	}
	return err
}

// begin takes a connection and opens a transaction.
func (p *pgEngine) begin(ctx context.Context, write bool, open func(context.Context, *pgSession) error) (s *pgSession, err error) {
	err = p.d.timed(ctx, Call{Kind: CallBegin, Write: write}, func() error {
		conn, err := p.pool.Acquire(ctx)
		if err != nil {
			return err
		}
		s = &pgSession{c: conn.Conn(), release: conn.Release}
		return open(ctx, s)
	})
	if err == nil {
		return s, nil
	}
	if s != nil { // the interceptor may fail a begin that was made
		p.rollback(ctx, s)
		s.release()
	}
	return nil, p.lost(p.d.mapError(err))
}

// lost gives up the other connections at rest when one was cut: they are most
// likely cut too.
func (p *pgEngine) lost(err error) error {
	if fault.CodeOf(err) == "db.lost" {
		p.pool.Reset()
	}
	return err
}

// rollback ends a transaction; after a commit it does nothing. An error is not
// told: the connection is then closed, which rolls back.
func (p *pgEngine) rollback(ctx context.Context, s *pgSession) {
	if s.idle() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pgEndTimeout)
	defer cancel()
	if _, err := s.c.Exec(ctx, "ROLLBACK"); err != nil {
		_ = s.c.Close(ctx)
	}
}

// write runs a member.
func (p *pgEngine) write(ctx context.Context, o WriteOptions, fn func(context.Context, Tx) error) error {
	server := strconv.FormatInt((o.Timeout + pgServerMargin).Milliseconds(), 10)
	s, err := p.begin(ctx, true, func(_ context.Context, s *pgSession) error {
		s.later("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
		s.later("SET LOCAL statement_timeout = " + server)
		s.later("SET LOCAL idle_in_transaction_session_timeout = " + server)
		if o.NoGroup {
			s.later(pgPlanByValues)
		}
		return nil
	})
	if err != nil {
		return err
	}
	defer s.release()
	defer p.rollback(ctx, s)
	member, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Timeout)
	defer cancel()
	p.d.counters.writes.Add(1)
	t := p.d.newTxn(member, s, true)
	defer func() { _ = t.end(txOver()) }()
	err = guard(func() error { return fn(member, t) })
	if err == nil && (o.DryRun || s.refusing()) {
		err = t.settle(member) // else it goes along with the commit
	}
	failed := t.end(txOver())
	switch {
	case err != nil:
		return p.lost(err)
	case failed != nil:
		return p.lost(failed)
	case o.DryRun:
		return nil
	case member.Err() != nil:
		return mapCommon(member.Err())
	}
	return p.commit(ctx, s, o.Timeout)
}

// commit ends a transaction with what was kept to the end, for which it waits as long as
// for the function.
func (p *pgEngine) commit(ctx context.Context, s *pgSession, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pgEndTimeout+wait)
	defer cancel()
	made, done := false, false
	err := p.d.timed(ctx, Call{Kind: CallCommit, Write: true}, func() error {
		made = true
		err := s.commit(ctx)
		done = err == nil
		return err
	})
	if done {
		p.d.counters.commits.Add(1)
	}
	switch {
	case err == nil:
		return nil
	case done || made && !commitRefused(err):
		return commitUnknown(err)
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return engineFault(classRetry, fault.Unavailable, "db.lost", err)
	}
	return p.d.mapError(err)
}

const pgNames = `SELECT i.relname::text, t.relname::text,
  (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum)
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = coalesce(pg_partition_root(x.indrelid)::oid, x.indrelid)
WHERE x.indisunique AND i.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname = ANY (current_schemas(false)))`

// constraint gives the house name of a unique index. The catalogue is read
// when an unknown name appears; a name that stays unknown is given as it is.
func (p *pgEngine) constraint(index string) string {
	p.namesMu.Lock()
	defer p.namesMu.Unlock()
	if p.names[index] == "" {
		if err := p.loadNames(); err != nil {
			p.d.log.WarnContext(p.d.base, "unique constraints unknown", "error", err)
		}
	}
	if name := p.names[index]; name != "" {
		return name
	}
	return index
}

func (p *pgEngine) loadNames() error {
	names := make(map[string]string)
	err := p.aside(p.d.base, func(ctx context.Context, q pgQuerier) error {
		rows, err := q.Query(ctx, pgNames)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var index, table string
			var columns *string
			if err := rows.Scan(&index, &table, &columns); err != nil {
				return err
			}
			if columns != nil {
				names[index] = table + "." + *columns
			}
		}
		return rows.Err()
	})
	if err == nil {
		p.names = names
	}
	return err
}
