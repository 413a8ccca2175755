package billing

import (
	"cmp"
	"context"
	"encoding/json"
	"sync"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Bounds of what is made ahead.
const (
	// aheadParts are read and priced beyond the one that is wanted.
	aheadParts = 2
	// aheadRuns are remembered at once; more lose the oldest.
	aheadRuns = 4
	// aheadTimeout ends what nobody came for.
	aheadTimeout = 2 * time.Minute
)

// ahead makes the drafts of runs before the transactions that want them: while those of one
// part are being written, the next are priced and those after them read. Nothing depends on
// it: a part that is not here is made where it is wanted.
type ahead struct {
	read   func(ctx context.Context, fn func(context.Context, db.Reader) error) error
	module *Module

	mu    sync.Mutex
	lines []*line
}

// line is the parts of one run, in order, and its contracts without consumption.
type line struct {
	run    op.ID
	parts  []*coming
	absent *seeking
}

// seeking looks for the contracts of a run without consumption, beside its parts: at the size
// of a country that takes seconds, which no transaction should. done is closed when they are
// there.
type seeking struct {
	done  chan struct{}
	found []absent
	err   error
}

// coming is a part being made. seen is closed when its consumptions are read, made when its
// drafts are there.
type coming struct {
	after place
	seen  chan struct{}
	made  chan struct{}
	last  place
	over  bool
	part  *part
	err   error
}

// Jobs are the operations whose slow work is done outside their transactions, for
// job.Options.Outside. read reads in a snapshot.
func (m *Module) Jobs(
	read func(ctx context.Context, fn func(context.Context, db.Reader) error) error,
) map[string]func(ctx context.Context, input, checkpoint []byte) ([]byte, error) {
	m.ahead = &ahead{read: read, module: m}
	return map[string]func(context.Context, []byte, []byte) ([]byte, error){
		PrintJob: m.printOutside(read),
		"billing.run.compute": func(ctx context.Context, input, checkpoint []byte) ([]byte, error) {
			var in RunCompute
			var s computeState
			if err := decode(input, &in, checkpoint, &s); err != nil {
				return nil, err
			}
			return checkpoint, m.ahead.make(ctx, in.ID, s.After)
		},
		"billing.run.issue": m.ahead.issue,
	}
}

// issue verifies what a run was approved with, before it takes its numbers.
func (a *ahead) issue(ctx context.Context, input, checkpoint []byte) ([]byte, error) {
	var in RunIssue
	var s issueState
	if err := decode(input, &in, checkpoint, &s); err != nil {
		return nil, err
	}
	var run Run
	err := a.read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		if run, err = loadRun(ctx, r, in.ID); err == nil {
			s.Reservation, err = lastReservation(ctx, r, run.Entity)
		}
		return err
	})
	if err != nil || run.State != Approved {
		return checkpoint, err
	}
	run.places = a.module.places
	if err := a.verify(ctx, &run); err != nil {
		return nil, err
	}
	s.Verified = true
	next, err := json.Marshal(s)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return next, nil
}

// verify reads everything again that a run was approved with, on all processors: Conflict
// "billing.inputs_changed" names the first part that is no longer what it was.
func (a *ahead) verify(ctx context.Context, run *Run) error {
	var all []chunk
	err := a.read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		all, err = chunksOf(ctx, r, run.ID)
		return err
	})
	if err != nil {
		return err
	}
	errs := make([]error, a.module.workers)
	var work sync.WaitGroup
	for w := range errs {
		work.Go(func() {
			for i := w; i < len(all) && errs[w] == nil; i += len(errs) {
				errs[w] = a.read(ctx, func(ctx context.Context, r db.Reader) error { return verifyChunk(ctx, r, run, &all[i]) })
			}
		})
	}
	work.Wait()
	return cmp.Or(errs...)
}

// verifyChunk compares the consumptions of a part with what they were.
func verifyChunk(ctx context.Context, r db.Reader, run *Run, c *chunk) error {
	dues, err := dueAfter(ctx, r, run, c.after, &c.last)
	if err == nil && inputsOf(dues) != c.inputs {
		err = fault.New(fault.Conflict, "billing.inputs_changed", "run", run.Code, "chunk", c.no+1)
	}
	return err
}

func decode(input []byte, in any, checkpoint []byte, state any) error {
	if err := json.Unmarshal(input, in); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	if err := json.Unmarshal(checkpoint, state); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	return nil
}

// make waits for the part after a place, with others behind it under way.
func (a *ahead) make(ctx context.Context, id op.ID, after place) error {
	var run Run
	err := a.read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		run, err = loadRun(ctx, r, id)
		return err
	})
	if err != nil || run.State != Computing {
		return err // a state that does not fit is told by the step
	}
	run.places = a.module.places
	a.seek(ctx, &run)
	select {
	case <-a.extend(ctx, &run, after).made:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// seek begins to look for the contracts of a run without consumption, once.
func (a *ahead) seek(ctx context.Context, run *Run) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.line(run.ID)
	if l.absent != nil {
		return
	}
	s := &seeking{done: make(chan struct{})}
	l.absent = s
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), aheadTimeout)
	go func() {
		defer cancel()
		defer close(s.done)
		s.err = a.read(ctx, func(ctx context.Context, r db.Reader) (err error) {
			s.found, err = absentOf(ctx, r, run)
			return err
		})
	}()
}

// absents waits for the contracts of a run without consumption, if anybody looks for them.
func (a *ahead) absents(ctx context.Context, run op.ID) (all []absent, found bool) {
	if a == nil {
		return nil, false
	}
	a.mu.Lock()
	s := a.line(run).absent
	a.mu.Unlock()
	if s == nil {
		return nil, false
	}
	select {
	case <-s.done:
		return s.found, s.err == nil
	case <-ctx.Done():
		return nil, false
	}
}

// extend gives the part after a place and starts what is missing behind it.
func (a *ahead) extend(ctx context.Context, run *Run, after place) *coming {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.line(run.ID)
	for len(l.parts) > 0 && l.parts[0].after != after {
		l.parts = l.parts[1:]
	}
	for i := len(l.parts); i <= aheadParts; i++ {
		c := &coming{after: place{-1, -1, -1}, seen: make(chan struct{}), made: make(chan struct{})}
		var before *coming
		if i == 0 {
			c.after = after
		} else { // where it begins is not known yet
			before = l.parts[i-1]
		}
		l.parts = append(l.parts, c)
		go a.fill(context.WithoutCancel(ctx), run, c, before, c.after)
	}
	return l.parts[0]
}

// line finds the parts of a run.
func (a *ahead) line(run op.ID) *line {
	for _, l := range a.lines {
		if l.run == run {
			return l
		}
	}
	if len(a.lines) >= aheadRuns {
		a.lines = a.lines[1:]
	}
	a.lines = append(a.lines, &line{run: run})
	return a.lines[len(a.lines)-1]
}

// fill reads and prices a part. The part before says where it begins, once it is read.
func (a *ahead) fill(ctx context.Context, run *Run, c, before *coming, after place) {
	ctx, cancel := context.WithTimeout(ctx, aheadTimeout)
	defer cancel()
	defer close(c.made)
	seen := sync.OnceFunc(func() { close(c.seen) })
	c.over = true // until it is known that something may follow
	defer seen()
	if before != nil {
		<-before.seen
		if after = before.last; before.over {
			return
		}
		a.mu.Lock()
		c.after = after
		a.mu.Unlock()
	}
	c.err = a.read(ctx, func(ctx context.Context, r db.Reader) error {
		rd, err := a.module.read(ctx, r, run, after)
		if err != nil {
			return err
		}
		if c.last = rd.last; len(rd.dues) > 0 {
			c.over = false
			seen()
		}
		c.part, err = a.module.finished(ctx, r, rd)
		return err
	})
}

// take gives a part that was made ahead; nil when there is none.
func (a *ahead) take(run op.ID, after place) *part {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.line(run)
	if len(l.parts) == 0 || l.parts[0].after != after {
		return nil
	}
	c := l.parts[0]
	select {
	case <-c.made:
	default:
		return nil
	}
	if l.parts = l.parts[1:]; len(l.parts) > 0 {
		l.parts[0].after = c.last
	}
	if c.err != nil {
		return nil
	}
	return c.part
}

// forget drops what was made for a run that needs it no more.
func (a *ahead) forget(run op.ID) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, l := range a.lines {
		if l.run == run {
			a.lines = append(a.lines[:i], a.lines[i+1:]...)
			return
		}
	}
}
