package db

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"wasl/internal/kernel/fault"
)

const (
	groupSpanMax  = 50 * time.Millisecond // after which a group takes no new member
	walWatchEvery = 64                    // commits between two looks at the WAL
	walWarnBytes  = 256 << 20
)

// lite is the SQLite engine: one writer goroutine, which owns the writing
// connection and lends it to one member at a time, and a pool of readers.
//
// A group is one transaction. Each member runs in its caller's goroutine
// between a savepoint and its release, and is answered after the COMMIT. What
// breaks the transaction (a failed commit, a rollback by the engine) makes
// each member run again alone.
type lite struct {
	d    *DB
	path string
	w    *liteConn

	mu      sync.Mutex
	queue   []*member
	closing bool
	wake    chan struct{}
	done    chan struct{}

	free   chan *liteConn // readers at rest
	slots  chan struct{}  // one per reader open or being opened
	warned bool           // about the WAL; the writer's own
	seen   int            // commits since the last look at the WAL; the writer's own
	memo   map[any]any    // what the members of a group remember; the writer's own
}

// The states of a member.
const (
	memberQueued int32 = iota
	memberTaken
	memberLeft // its caller gave up before its turn
)

// member is one Write waiting for its turn or running.
type member struct {
	ctx    context.Context // the caller's values, without its cancellation
	o      WriteOptions
	fn     func(context.Context, Tx) error
	state  atomic.Int32
	turn   chan turn
	ran    chan error
	answer chan error
}

// turn is the right to run.
type turn struct {
	ctx context.Context
	t   *txn
}

func openLite(d *DB, path string) (*lite, error) {
	w, err := openLiteConn(path, true)
	if err != nil {
		return nil, err
	}
	l := &lite{
		d: d, path: path, w: w, wake: make(chan struct{}, 1), done: make(chan struct{}),
		free: make(chan *liteConn, d.opt.MaxConns), slots: make(chan struct{}, d.opt.MaxConns),
	}
	go l.loop()
	return l, nil
}

// close lets the queue end, then closes every connection.
func (l *lite) close() error {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return nil
	}
	l.closing = true
	l.mu.Unlock()
	l.poke()
	<-l.done
	var errs []error
	for range cap(l.slots) {
		select {
		case l.slots <- struct{}{}: // never opened
		case r := <-l.free:
			errs = append(errs, r.close())
		}
	}
	return errors.Join(append(errs, l.w.close())...)
}

func (l *lite) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *lite) waiting() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.queue))
}

func (l *lite) walBytes() int64 {
	info, err := os.Stat(l.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// write queues a member and waits for its answer.
func (l *lite) write(ctx context.Context, o WriteOptions, fn func(context.Context, Tx) error) error {
	m := &member{
		ctx: context.WithoutCancel(ctx), o: o, fn: fn,
		turn: make(chan turn, 1), ran: make(chan error, 1), answer: make(chan error, 1),
	}
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return fault.New(fault.Unavailable, "db.closed")
	}
	l.queue = append(l.queue, m)
	l.mu.Unlock()
	l.poke()
	select {
	case t := <-m.turn:
		return m.run(t)
	case err := <-m.answer:
		return err
	case <-ctx.Done():
		if m.state.CompareAndSwap(memberQueued, memberLeft) {
			return mapCommon(ctx.Err())
		}
	}
	// The turn came at the same moment: it is finished and answered.
	select {
	case t := <-m.turn:
		return m.run(t)
	case err := <-m.answer:
		return err
	}
}

// run runs the function in the caller's goroutine and waits for the commit.
func (m *member) run(t turn) error {
	returned := false
	defer func() {
		if !returned { // the goroutine is ending (runtime.Goexit): nobody waits any more
			m.ran <- errors.Join(fault.New(fault.Internal, "db.panic"), t.t.end(txOver()))
		}
	}()
	err := guard(func() error { return m.fn(t.ctx, t.t) })
	if failed := t.t.end(txOver()); err == nil {
		err = failed
	}
	returned = true
	m.ran <- err
	return <-m.answer
}

// loop is the writer.
func (l *lite) loop() {
	defer close(l.done)
	for {
		m := l.next()
		if m == nil {
			l.mu.Lock()
			over := l.closing && len(l.queue) == 0
			l.mu.Unlock()
			if over {
				return
			}
			<-l.wake
			continue
		}
		l.replenish(m.ctx)
		if m.o.NoGroup {
			l.alone(m)
		} else {
			l.group(m)
		}
		l.watchWAL(m.ctx)
	}
}

// next takes the first member still waiting; nil when there is none.
func (l *lite) next() *member { return l.take(func(*member) bool { return true }) }

func (l *lite) take(fits func(*member) bool) *member {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 {
		m := l.queue[0]
		if m.state.Load() == memberQueued && !fits(m) {
			return nil
		}
		l.queue[0] = nil
		l.queue = l.queue[1:]
		if m.state.CompareAndSwap(memberQueued, memberTaken) {
			return m
		}
	}
	l.queue = nil
	return nil
}

// begin opens the writer's transaction.
func (l *lite) begin(ctx context.Context) error {
	return l.d.timed(ctx, Call{Kind: CallBegin, Write: true}, func() error { return l.w.run("BEGIN IMMEDIATE") })
}

// rollback ends the writer's transaction if the engine did not.
func (l *lite) rollback(ctx context.Context) {
	if l.w.c.AutocommitEnabled() {
		return
	}
	if err := l.w.run("ROLLBACK"); err != nil {
		l.d.log.ErrorContext(ctx, "rollback failed", slog.Any("error", err))
	}
}

// commit commits; done says that the engine did, whatever was reported.
func (l *lite) commit(ctx context.Context, members int) (done bool, err error) {
	err = l.d.timed(ctx, Call{Kind: CallCommit, Write: true, Group: members}, func() error {
		err := l.w.run("COMMIT")
		done = err == nil
		return err
	})
	if done {
		l.d.counters.commits.Add(1)
	}
	return done, err
}

// outcome is a member that ran, with what to tell it if the group commits.
type outcome struct {
	m   *member
	err error
}

// group runs the first member and those that wait behind it in one
// transaction, and answers them all.
func (l *lite) group(first *member) {
	if err := l.begin(first.ctx); err != nil {
		l.rollback(first.ctx)
		first.answer <- l.d.mapError(err)
		return
	}
	var ran []outcome
	l.memo = nil
	span := time.NewTimer(groupSpanMax)
	defer span.Stop()
	for m := first; m != nil; m = l.follower(len(ran), span) {
		err, whole := l.inGroup(m)
		ran = append(ran, outcome{m, err})
		if !whole {
			l.rollback(first.ctx)
			l.scatter(ran, errors.New("the engine rolled back the group"))
			return
		}
	}
	done, err := l.commit(first.ctx, len(ran))
	switch {
	case err == nil:
		for _, o := range ran {
			o.m.answer <- o.err
		}
	case done:
		for _, o := range ran {
			o.m.answer <- orUnknown(o, err)
		}
	default:
		l.rollback(first.ctx)
		l.scatter(ran, err)
	}
}

// orUnknown tells a member that its commit may have been done, unless it has
// nothing in it.
func orUnknown(o outcome, cause error) error {
	if o.err != nil || o.m.o.DryRun {
		return o.err
	}
	return commitUnknown(cause)
}

// follower takes the next member of a group, as long as the group may grow.
func (l *lite) follower(members int, span *time.Timer) *member {
	if members >= l.d.opt.GroupMax {
		return nil
	}
	select {
	case <-span.C:
		return nil
	default:
	}
	grouped := func(m *member) bool { return !m.o.NoGroup }
	if m := l.take(grouped); m != nil {
		return m
	}
	// Whoever is ready to run may be about to queue: letting him costs nothing when
	// nobody is, and a commit shared by more when somebody is.
	runtime.Gosched()
	return l.take(grouped)
}

// scatter sends every member of a broken group to run again alone.
func (l *lite) scatter(ran []outcome, cause error) {
	l.d.counters.alone.Add(int64(len(ran)))
	for _, o := range ran {
		o.m.answer <- engineFault(classAlone, fault.Unavailable, "db.busy", cause)
	}
}

// inGroup runs one member inside its savepoint. whole is false when the
// group's transaction did not survive.
func (l *lite) inGroup(m *member) (err error, whole bool) {
	if err := l.w.run("SAVEPOINT member"); err != nil {
		return err, false
	}
	err = l.lend(m)
	if l.w.c.AutocommitEnabled() {
		return err, false
	}
	end := []string{"RELEASE SAVEPOINT member"}
	if err != nil || m.o.DryRun {
		l.memo = nil // it may be of what is undone here
		end = []string{"ROLLBACK TO SAVEPOINT member", "RELEASE SAVEPOINT member"}
	}
	return err, liteSession{l.w}.control(m.ctx, end...) == nil
}

// lend gives the connection to a member until its function returns or its time
// is over.
func (l *lite) lend(m *member) error {
	l.d.counters.writes.Add(1)
	ctx, cancel := context.WithTimeout(m.ctx, m.o.Timeout)
	defer cancel()
	t := l.d.newTxn(ctx, liteSession{l.w}, true)
	t.memo, l.memo = l.memo, nil
	m.turn <- turn{ctx, t}
	select {
	case err := <-m.ran:
		l.memo = t.remembered()
		if err == nil {
			err = mapCommon(ctx.Err())
		}
		return err
	case <-ctx.Done():
	}
	late := mapCommon(ctx.Err())
	_ = t.end(late) // what failed before does not matter any more
	return late
}

// alone runs a member in a transaction of its own.
func (l *lite) alone(m *member) {
	l.memo = nil
	if err := l.begin(m.ctx); err != nil {
		l.rollback(m.ctx)
		m.answer <- l.d.mapError(err)
		return
	}
	err := l.lend(m)
	if err != nil || m.o.DryRun {
		l.rollback(m.ctx)
		m.answer <- err
		return
	}
	done, err := l.commit(m.ctx, 1)
	switch {
	case err == nil:
	case done:
		err = commitUnknown(err)
	default:
		l.rollback(m.ctx)
		err = l.d.mapError(err)
	}
	m.answer <- err
}

// watchWAL looks at the size of the WAL now and then: a long reader keeps it
// from being folded back into the file.
func (l *lite) watchWAL(ctx context.Context) {
	if l.seen++; l.seen < walWatchEvery {
		return
	}
	l.seen = 0
	size := l.walBytes()
	if size < walWarnBytes {
		l.warned = l.warned && size > walWarnBytes/2
		return
	}
	if !l.warned {
		l.warned = true
		l.d.log.WarnContext(ctx, "the WAL grows: a long read keeps it", slog.Int64("bytes", size))
	}
	if _, _, err := l.w.number("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		l.d.log.WarnContext(ctx, "checkpoint failed", slog.Any("error", err))
	}
}
