package db

import (
	"context"
	"errors"
	"sync"

	"wasl/internal/kernel/fault"
)

// An id is node << idSequenceBits | sequence, below 2^53 so that every JSON
// reader keeps it.
const (
	idSequenceBits = 43
	idSequenceMax  = int64(1) << idSequenceBits

	idBlock    = 16384 // ids reserved at once, outside the transactions that use them
	idLowWater = idBlock / 2
	idsMax     = int64(1) << 32
)

// NodeOf gives the node an id was made on.
func NodeOf(id int64) int64 { return id >> idSequenceBits }

// idSpan is a run of ids not given yet.
type idSpan struct{ next, end int64 }

func (s *idSpan) take(n int64) (int64, bool) {
	if s.end-s.next < n {
		return 0, false
	}
	first := s.next
	s.next += n
	return first, true
}

// idPool holds the ids this process has reserved. A reservation is committed
// before the first of its ids is given, so that no rollback can bring it back.
type idPool struct {
	mu     sync.Mutex
	span   idSpan
	demand int64 // the most one SQLite transaction was seen to want, with a margin
	failed error // why the last reservation of the SQLite writer failed
}

// take gives ids of the block in memory.
func (p *idPool) take(n int64) (int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.span.take(n)
}

// refill replaces the block.
func (p *idPool) refill(span idSpan, failed error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed = failed; failed == nil {
		p.span = span
	}
}

// missing gives the size of the block to reserve; 0 while there is enough.
func (p *idPool) missing() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.span.end-p.span.next >= max(idLowWater, p.demand) {
		return 0
	}
	return max(idBlock, 2*p.demand)
}

// want notes that a transaction needs more than there is.
func (p *idPool) want(n int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.demand = max(p.demand, 2*n)
	return p.failed
}

// NewID implements Tx.
func (t *txn) NewID(ctx context.Context) (int64, error) { return t.NewIDs(ctx, 1) }

// NewIDs implements Tx. It may be called by the sequence of a Bulk.
func (t *txn) NewIDs(ctx context.Context, n int64) (int64, error) {
	if n < 1 || n > idsMax {
		return 0, fault.New(fault.Internal, "db.ids", "count", n)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.usable(ctx); err != nil && fault.CodeOf(err) != "db.rows_open" {
		return 0, err
	}
	if first, ok := t.d.ids.take(n); ok {
		t.ids += n
		return first, nil
	}
	if t.d.pg != nil {
		return t.d.pg.newIDs(ctx, n)
	}
	// The writer cannot reserve for good in the middle of a transaction: this
	// one runs again, alone, after a reservation large enough.
	err := t.d.ids.want(t.ids + n)
	if err == nil {
		err = engineFault(classAlone, fault.Unavailable, "db.busy", errIDsWanted)
	}
	return 0, t.fail(err)
}

var errIDsWanted = errors.New("db: the block of ids is exhausted")

// Node gives the node recorded in the database.
func (d *DB) Node(ctx context.Context) (int64, error) {
	node := int64(0)
	err := d.Read(ctx, func(ctx context.Context, r Reader) error {
		found, err := ScanOne(ctx, r, `SELECT node FROM db_node`, nil, &node)
		if err == nil && !found {
			return notMigrated()
		}
		return err
	})
	return node, err
}

func notMigrated() error { return fault.New(fault.Precondition, "db.not_migrated") }

// reserve takes sequences in the writer's open transaction.
func (l *lite) reserve(size int64) (idSpan, error) {
	node, found, err := l.w.number(`SELECT node FROM db_node`)
	if err != nil {
		return idSpan{}, err
	}
	if !found {
		return idSpan{}, notMigrated()
	}
	next, found, err := l.w.number(`INSERT INTO id_block (node, next) VALUES (?1, 1 + ?2)
ON CONFLICT (node) DO UPDATE SET next = next + ?2 RETURNING next`, node, size)
	if err != nil || !found {
		return idSpan{}, err
	}
	return spanOf(node, next-size, size)
}

func spanOf(node, first, size int64) (idSpan, error) {
	if first > idSequenceMax-size {
		return idSpan{}, fault.New(fault.Limit, "db.ids_exhausted", "node", node)
	}
	id := node<<idSequenceBits | first
	return idSpan{next: id, end: id + size}, nil
}

// replenish reserves a block in a transaction of its own, before the members
// that will use it. When it fails, the member that wants an id is told why.
func (l *lite) replenish(ctx context.Context) {
	size := l.d.ids.missing()
	if size == 0 {
		return
	}
	var span idSpan
	err := l.d.timed(ctx, Call{Kind: CallIDs, Write: true}, func() (err error) {
		if err = l.w.run("BEGIN IMMEDIATE"); err == nil {
			span, err = l.reserve(size)
		}
		if err == nil {
			err = l.w.run("COMMIT")
		}
		return err
	})
	if err != nil {
		l.rollback(ctx)
		err = l.d.mapError(err)
	}
	l.d.ids.refill(span, err)
}

// newIDs reserves on PostgreSQL, on a connection apart: the reservation stays
// whatever becomes of the transaction, and nobody waits for its end.
func (p *pgEngine) newIDs(ctx context.Context, n int64) (int64, error) {
	pool := &p.d.ids
	p.refill.Lock()
	defer p.refill.Unlock()
	if first, ok := pool.take(n); ok { // another transaction came first
		return first, nil
	}
	size := n
	if n < idLowWater {
		size = idBlock
	}
	span, err := p.reserve(ctx, size)
	if err != nil {
		return 0, p.d.mapError(err)
	}
	first, _ := span.take(n)
	if size == idBlock {
		pool.refill(span, nil)
	}
	return first, nil
}

const pgReserve = `INSERT INTO id_block (node, next) SELECT node, 1 + $1::bigint FROM db_node
ON CONFLICT (node) DO UPDATE SET next = id_block.next + $1::bigint RETURNING node, next`

func (p *pgEngine) reserve(ctx context.Context, size int64) (span idSpan, err error) {
	err = p.d.timed(ctx, Call{Kind: CallIDs, Write: true}, func() error {
		return p.aside(ctx, func(ctx context.Context, q pgQuerier) error {
			var node, next int64
			rows, err := q.Query(ctx, pgReserve, size)
			if err != nil {
				return err
			}
			defer rows.Close()
			if !rows.Next() {
				return errors.Join(rows.Err(), notMigratedIf(rows.Err() == nil))
			}
			if err := rows.Scan(&node, &next); err != nil {
				return err
			}
			span, err = spanOf(node, next-size, size)
			return err
		})
	})
	return span, err
}

func notMigratedIf(missing bool) error {
	if missing {
		return notMigrated()
	}
	return nil
}
