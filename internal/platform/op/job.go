package op

import (
	"context"
	"encoding/json"
	"reflect"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// JobHandler is the code of a job. In is the input; State is the checkpoint, a
// struct that goes through JSON between chunks. Every function runs in one
// transaction of its own and may be run again after a fault, so it reads what
// it needs and writes only through Exec.Tx.
type JobHandler[In, State any] struct {
	// Prepare does slow work before the job is queued; uploads are already
	// in the file store by then.
	Prepare func(ctx context.Context, p *Prep, in *In) error
	// Targets are the units touched; required unless Central or not Granted.
	Targets func(ctx context.Context, x *Exec, in In) ([]Target, error)
	// Plan counts the work (0 when unknown) and makes the first checkpoint.
	Plan func(ctx context.Context, x *Exec, in In) (State, int64, error)
	// Chunk does the next part, moves the checkpoint and says how much is done
	// in all and whether it was the last.
	Chunk func(ctx context.Context, x *Exec, in In, s *State) (done int64, last bool, err error)
	// Parts are chunks that commit beside each other, between two calls of Chunk; most
	// jobs have none.
	Parts Parts[In]
	// Finish makes the result visible and gives the summary shown to the user.
	Finish func(ctx context.Context, x *Exec, in In, s State) (any, error)
	// Cancel undoes what chunks left behind; nil when they leave nothing.
	Cancel func(ctx context.Context, x *Exec, in In, s State) error
	// Undo is Cancel in parts, for what is too much for one transaction: it is called
	// until nothing is left. It takes the place of Cancel.
	Undo func(ctx context.Context, x *Exec, in In, s State) (left bool, err error)
}

// jobFuncs are a job's functions without their types.
type jobFuncs struct {
	plan   func(ctx context.Context, x *Exec, in any) (state []byte, total int64, err error)
	chunk  func(ctx context.Context, x *Exec, in any, state []byte) (next []byte, done int64, last bool, err error)
	finish func(ctx context.Context, x *Exec, in any, state []byte) (summary []byte, err error)
	cancel func(ctx context.Context, x *Exec, in any, state []byte) (left bool, err error)
	parts  *partFuncs
}

// RegisterJob registers a job.
func RegisterJob[In, State any](r *Registry, s Spec, h JobHandler[In, State]) {
	d := newDef[In, QueuedJob](s, Job)
	if h.Prepare != nil {
		d.prepare = func(ctx context.Context, p *Prep, in any) error { return h.Prepare(ctx, p, in.(*In)) }
	}
	if h.Targets != nil {
		d.targets = func(ctx context.Context, x *Exec, in any) ([]Target, error) { return h.Targets(ctx, x, *in.(*In)) }
	}
	if h.Plan == nil || h.Chunk == nil {
		r.add(d)
		return
	}
	d.job = &jobFuncs{
		plan: func(ctx context.Context, x *Exec, in any) ([]byte, int64, error) {
			state, total, err := h.Plan(ctx, x, *in.(*In))
			return marshalState(state, total, err)
		},
		chunk: func(ctx context.Context, x *Exec, in any, state []byte) ([]byte, int64, bool, error) {
			var st State
			if err := json.Unmarshal(state, &st); err != nil {
				return nil, 0, false, fault.Wrap(err, fault.Internal, "internal")
			}
			done, last, err := h.Chunk(ctx, x, *in.(*In), &st)
			next, done, err := marshalState(st, done, err)
			return next, done, last, err
		},
		finish: func(ctx context.Context, x *Exec, in any, state []byte) ([]byte, error) {
			var st State
			if err := json.Unmarshal(state, &st); err != nil {
				return nil, fault.Wrap(err, fault.Internal, "internal")
			}
			if h.Finish == nil {
				return []byte("{}"), nil
			}
			summary, err := h.Finish(ctx, x, *in.(*In), st)
			body, _, err := marshalState(summary, 0, err)
			return body, err
		},
		cancel: h.undo,
		parts:  h.Parts.funcs(),
	}
	r.add(d)
}

// undo is one part of the undoing of a job.
func (h JobHandler[In, State]) undo(ctx context.Context, x *Exec, in any, state []byte) (left bool, err error) {
	var st State
	if h.Cancel == nil && h.Undo == nil || len(state) == 0 {
		return false, nil
	}
	if err := json.Unmarshal(state, &st); err != nil {
		return false, fault.Wrap(err, fault.Internal, "internal")
	}
	if h.Undo != nil {
		return h.Undo(ctx, x, *in.(*In), st)
	}
	return false, h.Cancel(ctx, x, *in.(*In), st)
}

func marshalState(state any, n int64, err error) ([]byte, int64, error) {
	if err != nil {
		return nil, 0, err
	}
	body, err := json.Marshal(state)
	if err != nil {
		return nil, 0, fault.Wrap(err, fault.Internal, "internal")
	}
	return body, n, nil
}

// Step is one part of a job carried out by JobStep.
type Step string

// The steps of a job.
const (
	StepPlan   Step = "plan"
	StepChunk  Step = "chunk"
	StepPart   Step = "part"
	StepFinish Step = "finish"
	StepCancel Step = "cancel"
)

// StepInput is what the queue hands to JobStep.
type StepInput struct {
	Operation string
	Input     []byte
	State     []byte
	Actor     Actor
	Rights    *Rights
	RequestID string
	// Unit is where the audit entry is filed.
	Unit int64
	// Job is the job whose step it is.
	Job int64
	// Part is the part of a StepPart, Made what JobMake gave for it.
	Part int64
	Made any
}

// StepResult is what a step came to.
type StepResult struct {
	State []byte
	Total int64
	Done  int64
	// Last says that the work, or the undoing, has come to its end.
	Last    bool
	Summary []byte
}

// JobStep carries out one step of a job inside the queue's transaction, with
// one audit row when it changed something. The queue stores the checkpoint in
// the same transaction.
func (x *Exec) JobStep(ctx context.Context, step Step, in StepInput) (res StepResult, err error) {
	d, typed, err := x.runner.jobOf(in)
	if err != nil {
		return res, err
	}
	y := *x
	y.Def, y.Actor, y.Rights, y.changes, y.events, y.RequestID = d, in.Actor, in.Rights, nil, nil, in.RequestID
	y.unit, y.Job = in.Unit, in.Job
	if y.scope, err = y.jobScope(ctx); err != nil {
		return res, err
	}
	switch step {
	case StepPlan:
		res.State, res.Total, err = d.job.plan(ctx, &y, typed)
	case StepChunk:
		res.State, res.Done, res.Last, err = d.job.chunk(ctx, &y, typed, in.State)
	case StepPart:
		res.Done, err = d.job.parts.do(ctx, &y, typed, in.Part, in.Made)
	case StepFinish:
		res.Summary, err = d.job.finish(ctx, &y, typed, in.State)
	case StepCancel:
		var left bool
		left, err = d.job.cancel(ctx, &y, typed, in.State)
		res.Last = !left
	}
	if err != nil {
		return res, err
	}
	if len(y.changes) > 0 || step == StepFinish || step == StepCancel && res.Last {
		if _, err := y.writeAudit(ctx, Done, in.Unit, in.Input); err != nil {
			return res, err
		}
	}
	return res, y.writeEvents(ctx, in.Unit)
}

// jobOf finds the operation of a step and reads its input.
func (r *Runner) jobOf(in StepInput) (d *Def, typed any, err error) {
	d = r.Registry.Find(in.Operation)
	if d == nil || d.job == nil {
		return nil, nil, fault.New(fault.Precondition, "job.operation_gone", "name", in.Operation)
	}
	typed = reflect.New(d.In).Interface()
	if err := json.Unmarshal(in.Input, typed); err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return d, typed, nil
}

// jobScope is where a job may look: its owner's rights, or everywhere for the
// program itself.
func (x *Exec) jobScope(ctx context.Context) (*Scope, error) {
	s := &Scope{Roots: unitsOf(x.Rights.Roots(x.Def.Name)), On: x.Today}
	if x.Actor.Channel != System {
		return s, nil
	}
	top, err := x.runner.Places.Top(ctx, x.R)
	s.Roots = []int64{top}
	return s, err
}

// Within runs fn in a write transaction as the program itself, outside any
// operation: the queue, the sealer and the consumers use it. Its events go out
// with it.
func (r *Runner) Within(ctx context.Context, fn func(ctx context.Context, x *Exec) error) error {
	return r.WithinFor(ctx, db.WriteOptions{}, fn)
}

// WithinFor is Within with a time limit of its own or outside group commit, for
// the chunks of jobs.
func (r *Runner) WithinFor(ctx context.Context, o db.WriteOptions, fn func(ctx context.Context, x *Exec) error) error {
	o.Keyed = true
	return r.DB.Write(ctx, o, func(ctx context.Context, tx db.Tx) error {
		x := r.exec(tx, tx, &Def{}, Request{}, Actor{Channel: System}, nil)
		if err := fn(ctx, x); err != nil {
			return err
		}
		return x.writeEvents(ctx, 0)
	})
}
