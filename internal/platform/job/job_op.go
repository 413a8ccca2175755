package job

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Job is a job as shown.
type Job struct {
	ID        op.ID   `json:"id"`
	Operation string  `json:"operation"`
	State     State   `json:"state"`
	Step      op.Step `json:"step"`
	// Actor is the user it works for; 0 is the program itself.
	Actor op.ID `json:"actor" out:"ref=user"`
	Unit  op.ID `json:"unit" out:"ref=unit"`
	// Total is 0 while it is not known.
	Total int64 `json:"total"`
	Done  int64 `json:"done"`
	// Percent is of the total, 0 to 100; absent while the total is not known.
	Percent *int64 `json:"percent,omitempty"`
	// PerMinute is the rate over the time really worked.
	PerMinute int64 `json:"per_minute"`
	// RemainingSeconds is absent when it cannot be said.
	RemainingSeconds *int64          `json:"remaining_seconds,omitempty"`
	Attempts         int64           `json:"attempts"`
	Priority         int64           `json:"priority"`
	RunAt            time.Time       `json:"run_at,omitzero"`
	RecordedAt       time.Time       `json:"recorded_at,omitzero"`
	StartedAt        time.Time       `json:"started_at,omitzero"`
	FinishedAt       time.Time       `json:"finished_at,omitzero"`
	ErrorCode        string          `json:"error_code"`
	ErrorArgs        json.RawMessage `json:"error_args"`
	Summary          json.RawMessage `json:"summary"`
	Input            json.RawMessage `json:"input"`
	Worker           string          `json:"worker"`
	// Schedule is the code of the schedule that started it; empty for a person.
	Schedule string `json:"schedule"`

	workedMs int64
}

// PageKey is the row's place in its lists.
func (j Job) PageKey(string) []string { return []string{op.KeyText(j.RecordedAt), j.ID.String()} }

// complete computes the rate and the time that remains.
func (j *Job) complete() {
	const msPerMinute, msPerSecond, hundred = 60_000, 1000, 100
	if j.workedMs > 0 {
		j.PerMinute = j.Done * msPerMinute / j.workedMs
	}
	if j.Total <= 0 {
		return
	}
	percent := min(j.Done, j.Total) * hundred / j.Total
	j.Percent = &percent
	if j.State != Running && j.State != Queued || j.Done <= 0 || j.workedMs <= 0 {
		return
	}
	left := max(j.Total-j.Done, 0)
	// Divided first by parts so that large counts cannot overflow.
	seconds := left / j.Done * j.workedMs / msPerSecond
	seconds += left % j.Done * (j.workedMs / msPerSecond) / j.Done
	j.RemainingSeconds = &seconds
}

// Filter narrows the lists of jobs.
type Filter struct {
	State     State  `json:"state"`
	Operation string `json:"operation"`
}

// Ref points at a job.
type Ref struct {
	ID op.ID `json:"id" in:"required"`
}

// Moved is the answer of a change of state.
type Moved struct {
	ID    op.ID `json:"id"`
	State State `json:"state"`
}

// Rights and operations of this package.
const (
	opList     = "job.list"
	subjectJob = "job"
)

// Register registers the operations on jobs and schedules.
func (q *Queue) Register(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: opList, Path: "/jobs", Duties: []string{"DRI-25"}}, op.ListHandler[Filter, Job]{
		Sorts: []string{"-recorded_at"},
		Rows: func(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Job, error] {
			return listJobs(ctx, x, in, false)
		},
	})
	op.RegisterList(r, op.Spec{Name: "job.mine", Path: "/jobs/mine", Access: op.Signed}, op.ListHandler[Filter, Job]{
		Sorts: []string{"-recorded_at"},
		Rows: func(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Job, error] {
			return listJobs(ctx, x, in, true)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "job.show", Path: "/jobs/{id}", Access: op.Signed}, op.GetHandler[Ref, Job]{Do: show})
	op.RegisterCommand(r, op.Spec{Name: "job.cancel", Path: "/jobs/{id}/cancel", Access: op.Signed}, op.CommandHandler[Ref, Moved]{
		Locks: func(in Ref) []int64 { return []int64{int64(in.ID)} },
		Do:    cancelJob,
	})
	op.RegisterCommand(r, op.Spec{Name: "job.retry", Path: "/jobs/{id}/retry", Access: op.Signed}, op.CommandHandler[Ref, Moved]{
		Locks: func(in Ref) []int64 { return []int64{int64(in.ID)} },
		Do: func(ctx context.Context, x *op.Exec, in Ref) (Moved, error) {
			defer q.Poke()
			return retryJob(ctx, x, in)
		},
	})
	q.registerSchedules(r)
}

func show(ctx context.Context, x *op.Exec, in Ref) (Job, error) {
	j, err := findJob(ctx, x.R, in.ID)
	if err != nil {
		return j, err
	}
	return j, mayTouch(ctx, x, j, opList)
}

// mayTouch lets pass the owner, and whoever holds a right over the job's unit.
// To others the job does not exist.
func mayTouch(ctx context.Context, x *op.Exec, j Job, right string) error {
	if x.Actor.Channel == op.System || int64(j.Actor) == x.Actor.UserID && x.Actor.UserID != 0 {
		return nil
	}
	rights, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return err
	}
	ok, err := reaches(ctx, x, rights, right, int64(j.Unit))
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "job.unknown")
	}
	return err
}

// cancelJob stops a job and undoes what its chunks left behind. The owner may,
// and whoever may ask for the same operation over the same unit.
func cancelJob(ctx context.Context, x *op.Exec, in Ref) (Moved, error) {
	j, err := findJob(ctx, x.R, in.ID)
	if err != nil {
		return Moved{}, err
	}
	if err := mayTouch(ctx, x, j, j.Operation); err != nil {
		return Moved{}, err
	}
	switch {
	case j.State == Cancelling || j.State == Cancelled:
		return Moved{ID: j.ID, State: j.State}, nil
	case j.State == Done:
		return Moved{}, fault.New(fault.Conflict, "job.ended", "state", j.State)
	case j.Step == op.StepFinish && j.State == Running:
		return Moved{}, fault.New(fault.Conflict, "job.finishing")
	}
	to, err := askCancel(ctx, x.Tx, j)
	if err != nil {
		return Moved{}, err
	}
	if to == Cancelled {
		x.Emit(TopicDone, DoneEvent{Job: j.ID})
	}
	return Moved{ID: j.ID, State: to}, x.Change(subjectJob, int64(j.ID), j.Operation, map[string]any{"state": j.State}, map[string]any{"state": to})
}

// retryJob takes a failed job up again from its checkpoint. Somebody else than
// the owner takes it over, so that a job whose owner left can be finished; a
// job of the program stays the program's.
func retryJob(ctx context.Context, x *op.Exec, in Ref) (Moved, error) {
	j, err := findJob(ctx, x.R, in.ID)
	if err != nil {
		return Moved{}, err
	}
	if err := mayTouch(ctx, x, j, j.Operation); err != nil {
		return Moved{}, err
	}
	if j.State != Failed {
		return Moved{}, fault.New(fault.Conflict, "job.not_failed", "state", j.State)
	}
	actor := int64(j.Actor)
	if actor != 0 && x.Actor.UserID != 0 {
		actor = x.Actor.UserID
	}
	unique, err := keyAgain(ctx, x, j)
	if err != nil {
		return Moved{}, err
	}
	if err := revive(ctx, x.Tx, j.ID, actor, unique); err != nil {
		return Moved{}, err
	}
	return Moved{ID: j.ID, State: Queued}, x.Change(subjectJob, int64(j.ID), j.Operation,
		map[string]any{"state": j.State, "actor": j.Actor}, map[string]any{"state": Queued, "actor": op.ID(actor)})
}

// keyAgain is the key a retried job takes again; refused when another job has
// it now.
func keyAgain(ctx context.Context, x *op.Exec, j Job) (*string, error) {
	var key *string
	if j.Schedule != "" {
		key = uniqueKey("schedule", j.Schedule)
	} else if d := x.Registry().Find(j.Operation); d != nil {
		key = keyOf(d, j.Input)
	}
	if key == nil {
		return nil, nil
	}
	taken, err := uniqueTaken(ctx, x.R, *key)
	if err == nil && taken {
		err = fault.New(fault.Conflict, "job.already_running")
	}
	return key, err
}
