// Package job carries out the operations that are too long for one transaction:
// durable, leased, fenced, resumable. A job is queued in the transaction of the
// operation that asks for it. Workers, in one process or several, claim it and
// run its steps (plan, chunks, finish), each in one transaction together with
// its checkpoint, its counters and the renewal of the lease. A worker that was
// killed loses at most the chunk in progress; one that lost its lease changes
// nothing any more, because every write is guarded by the fence it was given.
//
// The package also owns schedules: jobs that start by themselves, in business
// time.
package job

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"log/slog"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this package.
func Migrations() fs.FS { return migrations }

// Defaults and bounds.
const (
	// LeaseDefault is how long a claim holds without a step ending. It is far
	// above the longest transaction, so that a slow step keeps its lease.
	LeaseDefault = time.Minute
	// PollDefault is how often an idle worker looks for work of other processes.
	PollDefault = time.Second
	// WorkersDefault is the number of jobs a process carries out at once.
	WorkersDefault = 2
	// LanesDefault is how many parts of a job are carried out beside each other.
	LanesDefault = 2
	// AttemptsMax is how often a job may be claimed without any step ending
	// before a person must look: it stops a job that kills its process.
	AttemptsMax = 8
	// PriorityDefault is the rank of a job; lower runs first.
	PriorityDefault = 100
	// KeepFinished is how long a finished job is kept.
	KeepFinished = 400 * 24 * time.Hour

	pollMin    = 10 * time.Millisecond // after a poke or some work
	backoffMin = 2 * time.Second
	backoffMax = 10 * time.Minute
)

// TopicDone is the outbox topic of a job that came to its end, well or not. The
// payload is DoneEvent.
const TopicDone = "job.done"

// DoneEvent is the payload of TopicDone.
type DoneEvent struct {
	Job op.ID `json:"job"`
}

// State is where a job stands.
type State string

// The states of a job; the last three are final.
const (
	// Queued waits for a worker, or for the time of its next attempt.
	Queued State = "queued"
	// Running is held by a worker, or by one that died and whose lease has not
	// ended yet.
	Running State = "running"
	// Cancelling will be undone and closed by the next worker.
	Cancelling State = "cancelling"
	Cancelled  State = "cancelled"
	Done       State = "done"
	// Failed stopped on an error; a person may retry it from its checkpoint.
	Failed State = "failed"
)

// EnumName is the prefix of the texts.
func (State) EnumName() string { return "job_state" }

// EnumValues are the states.
func (State) EnumValues() []string {
	return []string{string(Queued), string(Running), string(Cancelling), string(Cancelled), string(Done), string(Failed)}
}

// Final says that the job will not move by itself any more.
func (s State) Final() bool { return s == Cancelled || s == Done || s == Failed }

// Unique is an input whose job may exist only once before its end: a second
// request is refused with "job.already_running". The key completes the name of
// the operation.
type Unique interface{ UniqueKey() string }

// Outside is slow work made before each chunk of an operation, outside any
// transaction: a backup, a computation whose result the chunk stores. It gets
// the checkpoint and gives the one the chunk receives. It may be run again
// after a fault or by another worker, so it must be safe to repeat. Its lease
// is renewed while it works; ctx ends when the lease is lost, the job cancelled
// or the process stops.
type Outside func(ctx context.Context, input, checkpoint []byte) (next []byte, err error)

// Options of New. Every field has a usable zero value except Log, which may be
// nil to discard.
type Options struct {
	// Worker names this process in the table, for people.
	Worker string
	// Workers is the number of jobs carried out at once; -1 is none.
	Workers int
	// Lanes is how many parts of one job are carried out beside each other, for jobs with
	// op.Parts; 0 is LanesDefault.
	Lanes int
	// Lease and Poll replace LeaseDefault and PollDefault.
	Lease, Poll time.Duration
	// Priority gives ranks by operation; lower runs first.
	Priority map[string]int64
	// Outside gives slow work by operation.
	Outside map[string]Outside
	// Calendar gives the working days for schedules; nil is Monday to Friday.
	Calendar func(ctx context.Context, r db.Reader) (day.Calendar, error)
	Log      *slog.Logger
}

// Queue keeps jobs and carries them out. Make it with New; it is safe for
// concurrent use.
type Queue struct {
	runner  *op.Runner
	opt     Options
	log     *slog.Logger
	wake    chan struct{}
	builtIn []Schedule
}

// New makes the queue of a runner. The caller sets Runner.Queue to it and
// starts Run.
func New(r *op.Runner, o Options) *Queue {
	if o.Lease <= 0 {
		o.Lease = LeaseDefault
	}
	if o.Poll <= 0 {
		o.Poll = PollDefault
	}
	if o.Workers == 0 {
		o.Workers = WorkersDefault
	}
	if o.Lanes <= 0 {
		o.Lanes = LanesDefault
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Queue{runner: r, opt: o, log: o.Log, wake: make(chan struct{}, 1)}
}

var _ op.Queue = (*Queue)(nil)

// Enqueue stores a job in the transaction of the operation that asks for it.
// It is a Conflict "job.already_running" when the input is Unique and such a
// job has not ended.
func (q *Queue) Enqueue(ctx context.Context, x *op.Exec, input []byte, prepared any) (op.ID, error) {
	j := newJob{operation: x.Def.Name, input: string(input), actor: x.Actor.UserID, request: x.RequestID, priority: q.priority(x.Def.Name)}
	if u, ok := prepared.(Unique); ok {
		j.unique = uniqueKey(x.Def.Name, u.UniqueKey())
	}
	var err error
	if j.unit, err = unitOf(ctx, x); err != nil {
		return 0, err
	}
	id, err := insertJob(ctx, x.Tx, j)
	if db.Constraint(err) == "job.unique_key" {
		return 0, fault.Wrap(err, fault.Conflict, "job.already_running")
	}
	if err != nil {
		return 0, err
	}
	q.Poke() // the commit comes after this call: see work
	return op.ID(id), nil
}

func (q *Queue) priority(operation string) int64 {
	if p, ok := q.opt.Priority[operation]; ok {
		return p
	}
	return PriorityDefault
}

// uniqueKey keeps keys of different operations apart; NULL when there is none.
func uniqueKey(operation, key string) *string {
	if key == "" {
		return nil
	}
	k := operation + ":" + key
	return &k
}

// unitOf is where the job is filed: the unit its operation touches; for what the
// program starts by itself, the first place the right is held, or the top.
func unitOf(ctx context.Context, x *op.Exec) (int64, error) {
	if unit := x.Unit(); unit != 0 {
		return unit, nil
	}
	if roots := x.ScopeOf().Roots; len(roots) > 0 && !x.Def.Central {
		return roots[0], nil
	}
	return x.Places().Top(ctx, x.R)
}

// Poke makes an idle worker of this process look for work now.
func (q *Queue) Poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Observe pokes the workers when a job was queued and committed; app may call
// it from Runner.Observe to save the first milliseconds.
func (q *Queue) Observe(e op.Event) {
	if e.Err == nil && e.Outcome == op.Queued {
		q.Poke()
	}
}

// backoff is the wait before the next attempt after n without success: twice
// as long each time.
func backoff(attempts int64) time.Duration {
	return min(backoffMin<<min(max(attempts-1, 0), 20), backoffMax)
}

// errorArgs are the arguments of an error's text as stored: what JSON can hold.
func errorArgs(err error) string {
	body, failed := json.Marshal(fault.As(err).Args)
	if failed != nil || string(body) == "null" {
		return "{}"
	}
	return string(body)
}
