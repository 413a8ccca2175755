package job

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// newJob is what a request gives.
type newJob struct {
	operation string
	input     string
	unit      int64
	actor     int64
	request   string
	priority  int64
	unique    *string
	schedule  *string
	due       time.Time
}

func insertJob(ctx context.Context, tx db.Tx, j newJob) (int64, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx,
		`INSERT INTO job (id, operation, input, unit_id, actor_id, request_id, state, step, checkpoint, priority, run_at,
		   unique_key, schedule_code, due_at, fence, worker, attempts, total, done, worked_ms, error_code, error_args, summary, recorded_at)
		 VALUES ($1, $2, $3, $4, $5, $6, 'queued', 'plan', '', $7, $8, $9, $10, $11, 0, '', 0, 0, 0, 0, '', '{}', '{}', $8)`,
		id, j.operation, j.input, j.unit, j.actor, j.request, j.priority, tx.Now(), j.unique, j.schedule, j.due)
	return id, err
}

// uniqueTaken says whether a job that has not ended holds the key.
func uniqueTaken(ctx context.Context, r db.Reader, key string) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM job WHERE unique_key = $1`, key)
	return n > 0, err
}

// claimable is what a worker may take: what waits and is due, and what a dead
// worker holds no longer. $1 is now.
const claimable = `run_at <= $1 AND (state = 'queued' OR state IN ('running', 'cancelling') AND (lease_until IS NULL OR lease_until <= $1))`

// claimed is a job in the hands of a worker.
type claimed struct {
	id       int64
	fence    int64
	attempts int64
	clock    func() time.Time
	since    time.Time // when the time worked was last counted and committed
	mark     time.Time // the same, in the transaction in progress
}

// workedMs is the time since it was last counted.
func (c *claimed) workedMs() int64 {
	c.mark = c.clock()
	return max(c.mark.Sub(c.since).Milliseconds(), 0)
}

// hasWork says, without writing, whether a claim could succeed.
func hasWork(ctx context.Context, r db.Reader) (bool, error) {
	return db.ScanOne(ctx, r, `SELECT id FROM job WHERE `+claimable+` ORDER BY priority, run_at, id LIMIT 1`, []any{r.Now()}, new(int64))
}

// claimStart takes the first job that may be taken; its end differs because
// several processes work the queue of one PostgreSQL.
const claimStart = `UPDATE job SET state = CASE WHEN state = 'cancelling' THEN 'cancelling' ELSE 'running' END, lease_until = $2,
	  fence = fence + 1, worker = $3, attempts = attempts + 1, started_at = coalesce(started_at, $1)
	WHERE id = (SELECT id FROM job WHERE ` + claimable + ` ORDER BY priority, run_at, id LIMIT 1`

// claim takes a job; nil when there is none.
func claim(ctx context.Context, tx db.Tx, worker string, lease time.Duration) (*claimed, error) {
	const end = `) RETURNING id, fence, attempts`
	sql := db.By{SQLite: claimStart + end, Postgres: claimStart + ` FOR UPDATE SKIP LOCKED` + end}
	var c claimed
	found, err := db.ScanOne(ctx, tx, sql.For(tx.Engine()), []any{tx.Now(), tx.Now().Add(lease), worker}, &c.id, &c.fence, &c.attempts)
	if err != nil || !found {
		return nil, err
	}
	return &c, nil
}

// claimOne takes one given job, if it may be taken.
func claimOne(ctx context.Context, tx db.Tx, id int64, worker string, lease time.Duration) (*claimed, error) {
	var c claimed
	found, err := db.ScanOne(ctx, tx,
		`UPDATE job SET state = CASE WHEN state = 'cancelling' THEN 'cancelling' ELSE 'running' END, lease_until = $2,
		   fence = fence + 1, worker = $3, attempts = attempts + 1, started_at = coalesce(started_at, $1)
		 WHERE id = $4 AND `+claimable+` RETURNING id, fence, attempts`,
		[]any{tx.Now(), tx.Now().Add(lease), worker, id}, &c.id, &c.fence, &c.attempts)
	if err != nil || !found {
		return nil, err
	}
	return &c, nil
}

// held is a job as its worker sees it at the beginning of a step.
type held struct {
	operation  string
	input      string
	checkpoint string
	step       op.Step
	state      State
	unit       int64
	actor      int64
	request    string
	workedMs   int64
}

// renew holds the row for this transaction, renews the lease and gives what the
// step needs; not found when the fence is no longer the worker's.
func renew(ctx context.Context, tx db.Tx, c *claimed, lease time.Duration) (h held, found bool, err error) {
	found, err = db.ScanOne(ctx, tx,
		`UPDATE job SET lease_until = $1 WHERE id = $2 AND fence = $3 AND state IN ('running', 'cancelling')
		 RETURNING operation, input, checkpoint, step, state, unit_id, actor_id, request_id`,
		[]any{tx.Now().Add(lease), c.id, c.fence},
		&h.operation, &h.input, &h.checkpoint, &h.step, &h.state, &h.unit, &h.actor, &h.request)
	return h, found, err
}

// peek is renew without writing.
func peek(ctx context.Context, r db.Reader, c *claimed) (h held, found bool, err error) {
	found, err = db.ScanOne(ctx, r,
		`SELECT operation, input, checkpoint, step, state, unit_id, actor_id, request_id, worked_ms FROM job
		 WHERE id = $1 AND fence = $2 AND state IN ('running', 'cancelling')`,
		[]any{c.id, c.fence},
		&h.operation, &h.input, &h.checkpoint, &h.step, &h.state, &h.unit, &h.actor, &h.request, &h.workedMs)
	return h, found, err
}

// checkpoint stores where the job stands after a plan or a chunk.
func checkpoint(ctx context.Context, tx db.Tx, c *claimed, next op.Step, state []byte, total, done int64) error {
	n, err := tx.Exec(ctx,
		`UPDATE job SET step = $1, checkpoint = $2, total = $3, done = $4, attempts = 0, worked_ms = worked_ms + $5, error_code = '', error_args = '{}'
		 WHERE id = $6 AND fence = $7`,
		next, string(state), total, done, c.workedMs(), c.id, c.fence)
	return fenced(n, err)
}

// advance counts a part that was done beside others, renews the lease and holds the row
// until the transaction ends: the last thing a part does, so that others wait no longer than
// for its commit.
func advance(ctx context.Context, tx db.Tx, c *claimed, lease time.Duration, done, workedMs int64) error {
	n, err := tx.Exec(ctx,
		`UPDATE job SET done = done + $1, attempts = 0, worked_ms = $2, lease_until = $3, error_code = '', error_args = '{}'
		 WHERE id = $4 AND fence = $5 AND state IN ('running', 'cancelling')`,
		done, workedMs, tx.Now().Add(lease), c.id, c.fence)
	return fenced(n, err)
}

// knownTotal gives the total the plan found.
func knownTotal(ctx context.Context, tx db.Tx, c *claimed) (int64, error) {
	return db.Value[int64](ctx, tx, `SELECT total FROM job WHERE id = $1`, c.id)
}

// finish closes a job in a final state and frees its key.
func finish(ctx context.Context, tx db.Tx, c *claimed, state State, summary []byte, cause error) error {
	code, args := "", "{}"
	if cause != nil {
		code, args = fault.CodeOf(cause), errorArgs(cause)
	}
	if len(summary) == 0 {
		summary = []byte("{}")
	}
	n, err := tx.Exec(ctx,
		`UPDATE job SET state = $1, summary = $2, error_code = $3, error_args = $4, finished_at = $5, unique_key = NULL, lease_until = NULL,
		   worked_ms = worked_ms + $6 WHERE id = $7 AND fence = $8`,
		state, string(summary), code, args, tx.Now(), c.workedMs(), c.id, c.fence)
	return fenced(n, err)
}

// postpone gives a job back for a later attempt and says why.
func postpone(ctx context.Context, tx db.Tx, c *claimed, wait time.Duration, cause error) error {
	n, err := tx.Exec(ctx,
		`UPDATE job SET state = CASE WHEN state = 'cancelling' THEN 'cancelling' ELSE 'queued' END, lease_until = NULL,
		   run_at = $1, error_code = $2, error_args = $3, attempts = $4 WHERE id = $5 AND fence = $6`,
		tx.Now().Add(wait), fault.CodeOf(cause), errorArgs(cause), c.attempts, c.id, c.fence)
	return fenced(n, err)
}

// release gives a job back at a graceful stop: it may be taken at once, and the
// attempt does not count.
func release(ctx context.Context, tx db.Tx, c *claimed) error {
	n, err := tx.Exec(ctx,
		`UPDATE job SET state = CASE WHEN state = 'cancelling' THEN 'cancelling' ELSE 'queued' END, lease_until = NULL,
		   attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END, worked_ms = worked_ms + $1 WHERE id = $2 AND fence = $3`,
		c.workedMs(), c.id, c.fence)
	return fenced(n, err)
}

// errLost says that another worker holds the job now.
var errLost = fault.New(fault.Conflict, "job.lease_lost")

// fenced turns a guarded write that changed nothing into errLost.
func fenced(n int64, err error) error {
	if err == nil && n == 0 {
		return errLost
	}
	return err
}

// findJob reads one job; NotFound when there is none.
// Find reads a job, for those who are told of its end; NotFound "job.unknown".
func Find(ctx context.Context, r db.Reader, id op.ID) (Job, error) { return findJob(ctx, r, id) }

func findJob(ctx context.Context, r db.Reader, id op.ID) (Job, error) {
	j, err := db.One(ctx, r, scanJob, `SELECT `+jobColumns+` FROM job WHERE id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		return j, fault.New(fault.NotFound, "job.unknown")
	}
	return j, err
}

const jobColumns = `id, operation, state, step, actor_id, unit_id, total, done, worked_ms, attempts, priority, run_at, recorded_at, started_at,
	finished_at, error_code, error_args, summary, input, worker, schedule_code`

func scanJob(rows db.Rows) (j Job, err error) {
	var args, summary, input string
	var schedule *string
	err = rows.Scan(&j.ID, &j.Operation, &j.State, &j.Step, &j.Actor, &j.Unit, &j.Total, &j.Done, &j.workedMs, &j.Attempts, &j.Priority, &j.RunAt,
		&j.RecordedAt, &j.StartedAt, &j.FinishedAt, &j.ErrorCode, &args, &summary, &input, &j.Worker, &schedule)
	if schedule != nil {
		j.Schedule = *schedule
	}
	j.ErrorArgs, j.Summary, j.Input = json.RawMessage(args), json.RawMessage(summary), json.RawMessage(input)
	j.complete()
	return j, err
}

// listJobs are the jobs in the actor's scope, or his own, the latest first.
func listJobs(ctx context.Context, x *op.Exec, in Filter, own bool) iter.Seq2[Job, error] {
	var w db.Where
	if in.State != "" {
		w.And("state = ?", in.State)
	}
	if in.Operation != "" {
		w.And("operation = ?", in.Operation)
	}
	if own {
		w.And("actor_id = ?", x.Actor.UserID)
	} else {
		x.Filter(&w, "unit_id")
	}
	order := x.Keyset(&w, map[string][]string{"recorded_at": {"@recorded_at", "#id"}})
	return db.Seq(ctx, x.R, scanJob, `SELECT `+jobColumns+` FROM job`+w.SQL()+order, w.Args()...)
}

// askCancel closes a job nobody has begun, or asks its worker to stop. It says
// the new state.
func askCancel(ctx context.Context, tx db.Tx, j Job) (State, error) {
	to := Cancelling
	if j.State == Queued && j.Step == op.StepPlan {
		to = Cancelled
	}
	sql := `UPDATE job SET state = 'cancelling', run_at = $1, attempts = 0 WHERE id = $2 AND state IN ('queued', 'running', 'failed') AND state = $3`
	if to == Cancelled {
		sql = `UPDATE job SET state = 'cancelled', finished_at = $1, unique_key = NULL WHERE id = $2 AND state = 'queued' AND state = $3`
	}
	n, err := tx.Exec(ctx, sql, tx.Now(), j.ID, j.State)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "job.moved")
	}
	return to, err
}

// revive queues a failed job again from its checkpoint, in the name of a user.
func revive(ctx context.Context, tx db.Tx, id op.ID, actor int64, unique *string) error {
	n, err := tx.Exec(ctx,
		`UPDATE job SET state = 'queued', attempts = 0, run_at = $1, finished_at = NULL, error_code = '', error_args = '{}', actor_id = $2,
		   unique_key = $3, fence = fence + 1 WHERE id = $4 AND state = 'failed'`, tx.Now(), actor, unique, id)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "job.moved")
	}
	return err
}
