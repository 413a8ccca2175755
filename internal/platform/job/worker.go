package job

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Run installs the declared schedules, then carries out jobs and starts
// schedules until ctx ends; it lets the chunks in progress finish, gives their
// jobs back and returns.
func (q *Queue) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for range max(q.opt.Workers, 0) {
		all.Go(func() { q.work(ctx) })
	}
	all.Go(func() { q.watch(ctx) })
	all.Wait()
	return nil
}

// work is the loop of one worker. It looks again shortly after it was poked,
// then less and less often: the transaction that queued the job may not have
// been committed yet.
func (q *Queue) work(ctx context.Context) {
	wait := pollMin
	for {
		found, err := q.One(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Error("job queue", slog.Any("error", err))
		}
		if found && err == nil {
			wait = pollMin
			continue
		}
		timer := time.NewTimer(min(wait, q.opt.Poll))
		select {
		case <-ctx.Done():
		case <-q.wake:
			wait = pollMin
		case <-timer.C:
			wait = min(2*wait, q.opt.Poll)
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// watch starts schedules when they are due.
func (q *Queue) watch(ctx context.Context) {
	tick := time.NewTicker(q.opt.Poll)
	defer tick.Stop()
	installed := false
	for {
		var err error
		if !installed {
			err = q.Install(ctx)
			installed = err == nil
		}
		if installed {
			err = q.Tick(ctx)
		}
		if err != nil && ctx.Err() == nil {
			q.log.Error("job schedules", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// One carries out one job that may be taken, until it ends, is postponed or ctx
// ends; found is false when there was none.
func (q *Queue) One(ctx context.Context) (found bool, err error) {
	err = q.runner.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		found, err = hasWork(ctx, r)
		return err
	})
	if err != nil || !found {
		return false, err
	}
	c, err := q.take(ctx, claim)
	if err != nil || c == nil {
		return false, err
	}
	q.Poke() // there may be more for the other workers
	return true, q.carry(ctx, c)
}

// RunJob carries out one given job in the caller's goroutine, as the command
// line does. It returns once the job ended or is in other hands.
func (q *Queue) RunJob(ctx context.Context, id op.ID) error {
	c, err := q.take(ctx, func(ctx context.Context, tx db.Tx, worker string, lease time.Duration) (*claimed, error) {
		return claimOne(ctx, tx, int64(id), worker, lease)
	})
	if err != nil || c == nil {
		return err
	}
	return q.carry(ctx, c)
}

type taker func(ctx context.Context, tx db.Tx, worker string, lease time.Duration) (*claimed, error)

// take claims. A claim whose commit got no answer is made again; the one that
// was lost ends with its lease.
func (q *Queue) take(ctx context.Context, from taker) (c *claimed, err error) {
	err = q.runner.Within(ctx, func(ctx context.Context, x *op.Exec) error {
		c, err = from(ctx, x.Tx, q.opt.Worker, q.opt.Lease)
		return err
	})
	if err != nil || c == nil {
		return nil, err
	}
	c.clock = q.runner.Now
	c.since = c.clock()
	c.mark = c.since
	return c, nil
}

// carry runs the steps of a claimed job.
func (q *Queue) carry(ctx context.Context, c *claimed) error {
	if c.attempts > AttemptsMax {
		return q.fail(ctx, c, fault.New(fault.Limit, "job.attempts", "count", AttemptsMax))
	}
	for {
		if ctx.Err() != nil {
			return q.giveBack(ctx, c)
		}
		over, err := q.step(ctx, c)
		switch {
		case errors.Is(err, errLost):
			q.log.Warn("job lease lost", slog.Int64("job", c.id), slog.Int64("fence", c.fence))
			return nil
		case err != nil && ctx.Err() != nil:
			return q.giveBack(ctx, c)
		case err != nil:
			return q.fail(ctx, c, err)
		case over:
			return nil
		}
	}
}

// giveBack releases a job at a graceful stop.
func (q *Queue) giveBack(ctx context.Context, c *claimed) error {
	err := q.runner.Within(context.WithoutCancel(ctx), func(ctx context.Context, x *op.Exec) error { return release(ctx, x.Tx, c) })
	return unlessLost(err)
}

// fail records why a step failed: a passing fault is tried again later, any
// other one waits for a person.
func (q *Queue) fail(ctx context.Context, c *claimed, cause error) error {
	again := fault.KindOf(cause) == fault.Unavailable && c.attempts < AttemptsMax
	q.log.Warn("job step failed", slog.Int64("job", c.id), slog.Bool("again", again), slog.Int64("attempt", c.attempts), slog.Any("error", cause))
	err := q.runner.Within(context.WithoutCancel(ctx), func(ctx context.Context, x *op.Exec) error {
		if again {
			return postpone(ctx, x.Tx, c, backoff(c.attempts), cause)
		}
		if err := finish(ctx, x.Tx, c, Failed, nil, cause); err != nil {
			return err
		}
		x.Emit(TopicDone, DoneEvent{Job: op.ID(c.id)})
		return nil
	})
	return unlessLost(err)
}

func unlessLost(err error) error {
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}

// step carries out the next step; over says that the job has ended.
func (q *Queue) step(ctx context.Context, c *claimed) (over bool, err error) {
	h, found, err := q.stands(ctx, c)
	if err != nil {
		return false, err
	}
	var ready *prepared
	if found && h.step == op.StepChunk && h.state == Running { // a job that is gone is found out by the step
		if err = q.beside(ctx, c, h); err == nil {
			ready, err = q.outside(ctx, c, h)
		}
	}
	if err != nil {
		return false, err
	}
	err = q.runner.WithinFor(ctx, q.long(), func(ctx context.Context, x *op.Exec) error {
		over, err = q.stepIn(ctx, x, c, ready)
		return err
	})
	if err == nil {
		c.attempts, c.since = 1, c.mark // what comes next has not failed yet
	}
	return over, err
}

// long is for steps: they are long beside a command, and must not make one wait in a group.
func (q *Queue) long() db.WriteOptions {
	return db.WriteOptions{NoGroup: true, Timeout: q.opt.Lease / 2}
}

// stands is a job as it is before its next step; not found when it is in other hands.
func (q *Queue) stands(ctx context.Context, c *claimed) (h held, found bool, err error) {
	err = q.runner.DB.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		h, found, err = peek(ctx, r, c)
		return err
	})
	return h, found, err
}

// prepared is the checkpoint made outside, and the one it was made from.
type prepared struct{ next, from []byte }

// stepIn is a step inside its transaction. It may be run again by a retry.
func (q *Queue) stepIn(ctx context.Context, x *op.Exec, c *claimed, ready *prepared) (over bool, err error) {
	h, found, err := renew(ctx, x.Tx, c, q.opt.Lease)
	if err != nil {
		return false, err
	}
	if !found {
		return false, errLost
	}
	in := h.stepInput(c)
	if ready != nil && h.state == Running {
		if string(ready.from) != h.checkpoint {
			return false, nil // the step was committed and is being run again
		}
		in.State = ready.next
	}
	in.Actor, in.Rights, err = q.identity(ctx, x, h)
	if h.state == Cancelling {
		return q.cancel(ctx, x, c, in, err)
	}
	if err != nil {
		return false, err
	}
	res, err := x.JobStep(ctx, h.step, in)
	if err != nil {
		return false, err
	}
	switch h.step {
	case op.StepPlan:
		return false, checkpoint(ctx, x.Tx, c, op.StepChunk, res.State, res.Total, 0)
	case op.StepChunk:
		return false, chunked(ctx, x, c, res)
	}
	x.Emit(TopicDone, DoneEvent{Job: op.ID(c.id)})
	return true, finish(ctx, x.Tx, c, Done, res.Summary, nil)
}

// chunked stores the checkpoint of a chunk. A plan that did not know the total
// learns it at the end.
func chunked(ctx context.Context, x *op.Exec, c *claimed, res op.StepResult) error {
	total, err := knownTotal(ctx, x.Tx, c)
	if err != nil {
		return err
	}
	next := op.StepChunk
	if res.Last {
		next, total = op.StepFinish, max(total, res.Done)
	}
	return checkpoint(ctx, x.Tx, c, next, res.State, total, res.Done)
}

// cancel undoes what the chunks left behind and closes the job. Undoing is
// owed even when the owner is gone: the program does it itself then.
func (q *Queue) cancel(ctx context.Context, x *op.Exec, c *claimed, in op.StepInput, gone error) (bool, error) {
	if gone != nil {
		if fault.KindOf(gone) == fault.Unavailable {
			return false, gone
		}
		in.Actor, in.Rights = op.Actor{Channel: op.System}, nil
	}
	if x.Registry().Find(in.Operation) != nil { // otherwise nobody knows how to undo
		res, err := x.JobStep(ctx, op.StepCancel, in)
		if err != nil || !res.Last {
			return false, err
		}
	}
	x.Emit(TopicDone, DoneEvent{Job: op.ID(c.id)})
	return true, finish(ctx, x.Tx, c, Cancelled, nil, nil)
}

// identity finds again, at each step, who the job works for and what he may do
// now. A user locked or deprived of the right since then stops the job.
func (q *Queue) identity(ctx context.Context, x *op.Exec, h held) (op.Actor, *op.Rights, error) {
	if h.actor == 0 {
		return op.Actor{Channel: op.System}, nil, nil
	}
	d := x.Registry().Find(h.operation)
	if d == nil {
		return op.Actor{}, nil, fault.New(fault.Precondition, "job.operation_gone", "name", h.operation)
	}
	actor, err := x.Guard().Authenticate(ctx, x.R, op.Credential{Channel: op.JobRun, UserID: h.actor})
	if fault.KindOf(err) == fault.Unavailable {
		return actor, nil, err
	}
	if err != nil {
		return actor, nil, fault.Wrap(err, fault.Precondition, "job.actor_gone")
	}
	rights, err := x.Guard().RightsOf(ctx, x.R, actor.UserID)
	if err != nil || d.Access != op.Granted {
		return actor, rights, err
	}
	reach, err := reaches(ctx, x, rights, d.Name, h.unit)
	if err == nil && !reach {
		err = fault.New(fault.Precondition, "job.right_lost", "right", d.Name)
	}
	return actor, rights, err
}

// reaches says whether a right holds over a unit today.
func reaches(ctx context.Context, x *op.Exec, rights *op.Rights, right string, unit int64) (bool, error) {
	for _, root := range rights.Roots(right) {
		in, err := x.Places().Within(ctx, x.R, unit, root.Unit, x.Today)
		if err != nil || in {
			return in, err
		}
	}
	return false, nil
}

// outside does the slow work of the next chunk, if its operation has any, and
// gives the checkpoint it made; nil otherwise.
func (q *Queue) outside(ctx context.Context, c *claimed, h held) (*prepared, error) {
	work := q.opt.Outside[h.operation]
	if work == nil {
		return nil, nil
	}
	next, err := q.beating(ctx, c, func(ctx context.Context) ([]byte, error) { return work(ctx, []byte(h.input), []byte(h.checkpoint)) })
	if err != nil || next == nil {
		return nil, err
	}
	return &prepared{next: next, from: []byte(h.checkpoint)}, nil
}

// beating renews the lease while slow work goes on, and ends the work when the
// job is lost or cancelled.
func (q *Queue) beating(ctx context.Context, c *claimed, work func(ctx context.Context) ([]byte, error)) (next []byte, err error) {
	inner, cancel := context.WithCancelCause(ctx)
	var beat sync.WaitGroup
	stop := make(chan struct{})
	beat.Go(func() {
		tick := time.NewTicker(q.opt.Lease / 4)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-inner.Done():
				return
			case <-tick.C:
				q.beat(inner, c, cancel)
			}
		}
	})
	next, err = work(inner)
	close(stop)
	beat.Wait()
	cause := context.Cause(inner)
	cancel(nil)
	if err != nil && cause != nil && ctx.Err() == nil {
		if errors.Is(cause, errLost) {
			return nil, errLost
		}
		return nil, nil // cancelled: the step that follows undoes it
	}
	return next, err
}

var errCancelled = fault.New(fault.Conflict, "job.cancelled")

// beat renews the lease once. A passing fault is left to the next beat.
func (q *Queue) beat(ctx context.Context, c *claimed, cancel context.CancelCauseFunc) {
	err := q.runner.Within(ctx, func(ctx context.Context, x *op.Exec) error {
		h, found, err := renew(ctx, x.Tx, c, q.opt.Lease)
		switch {
		case err != nil:
			return err
		case !found:
			return errLost
		case h.state == Cancelling:
			return errCancelled
		}
		return nil
	})
	if errors.Is(err, errLost) || errors.Is(err, errCancelled) {
		cancel(err)
	}
}
