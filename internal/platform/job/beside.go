package job

import (
	"context"
	"errors"
	"sync"
	"time"

	"wasl/internal/platform/op"
)

// lanes carry out the parts of one job beside each other: each takes the next part, makes
// what it needs and commits it in a transaction of its own. On SQLite, where one writes at a
// time, the others make theirs meanwhile.
type lanes struct {
	*Queue
	c     *claimed
	h     held
	since time.Time // when the time worked was last counted before

	mu   sync.Mutex
	left []int64
	some bool // a part was committed
	over bool // one failed, or found the job cancelled
	err  error
}

// beside carries out the parts of a job that may commit beside each other, if it has any,
// until none is left, one fails, or the job is lost or cancelled.
func (q *Queue) beside(ctx context.Context, c *claimed, h held) error {
	if !q.runner.HasParts(h.operation) {
		return nil
	}
	left, err := q.runner.JobLeft(ctx, h.stepInput(c))
	if err != nil || len(left) == 0 {
		return err
	}
	l := &lanes{Queue: q, c: c, h: h, since: c.since, left: left}
	_, err = q.beating(ctx, c, l.run)
	if l.some {
		c.attempts, c.since = 1, c.clock() // what comes next has not failed yet
	}
	if err == nil {
		err = ctx.Err() // a stop is no end: parts may be left
	}
	return err
}

// run lets the lanes work until they have nothing to do. What one of them has begun when
// another fails is completed.
func (l *lanes) run(ctx context.Context) ([]byte, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	for range min(l.opt.Lanes, len(l.left)) {
		all.Go(func() {
			for {
				part, found := l.next(ctx)
				if !found {
					return
				}
				if l.note(l.do(ctx, part)) {
					stop()
				}
			}
		})
	}
	all.Wait()
	return nil, l.err
}

// next takes the next part, unless the lanes are to stop.
func (l *lanes) next(ctx context.Context) (part int64, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil || len(l.left) == 0 {
		return 0, false
	}
	part, l.left = l.left[0], l.left[1:]
	return part, true
}

// note keeps what became of a part and says whether the lanes are to stop. The first failure
// counts: those that follow may come from the stop itself. A job that was cancelled is undone
// by the step that follows.
func (l *lanes) note(err error) (over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.some = l.some || err == nil
	if err != nil && !l.over {
		l.over = true
		if !errors.Is(err, errCancelled) {
			l.err = err
		}
	}
	return err != nil
}

// do makes a part and commits it.
func (l *lanes) do(ctx context.Context, part int64) error {
	in := l.h.stepInput(l.c)
	in.Part = part
	var err error
	if in.Made, err = l.runner.JobMake(ctx, in); err != nil {
		return err
	}
	return l.runner.WithinFor(ctx, l.long(), func(ctx context.Context, x *op.Exec) error { return l.doIn(ctx, x, in) })
}

// doIn is a part inside its transaction. The row of the job is held only at its end: nothing
// is written unless the fence is still the worker's then.
func (l *lanes) doIn(ctx context.Context, x *op.Exec, in op.StepInput) error {
	h, found, err := peek(ctx, x.Tx, l.c)
	switch {
	case err != nil:
		return err
	case !found:
		return errLost
	case h.state == Cancelling:
		return errCancelled
	}
	if in.Actor, in.Rights, err = l.identity(ctx, x, h); err != nil {
		return err
	}
	res, err := x.JobStep(ctx, op.StepPart, in)
	if err != nil {
		return err
	}
	worked := max(l.c.clock().Sub(l.since).Milliseconds(), 0)
	return advance(ctx, x.Tx, l.c, l.opt.Lease, res.Done, l.h.workedMs+worked)
}

// stepInput is what a step of the job is given.
func (h *held) stepInput(c *claimed) op.StepInput {
	return op.StepInput{
		Operation: h.operation, Input: []byte(h.input), State: []byte(h.checkpoint), RequestID: h.request, Unit: h.unit, Job: c.id,
	}
}
