package job

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

func insertSchedule(ctx context.Context, tx db.Tx, s Schedule, next time.Time) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO job_schedule (code, operation, input, rule, enabled, next_run_at, version)
		 VALUES ($1, $2, $3, $4, $5, $6, 1)
		 ON CONFLICT (code) DO UPDATE SET operation = excluded.operation, input = excluded.input`,
		s.Code, s.Operation, s.Input, s.Rule, !s.Off, next)
	return err
}

// dueSchedule is a schedule whose time has come.
type dueSchedule struct {
	code, operation, input, rule string
	due                          time.Time
}

func dueSchedules(ctx context.Context, r db.Reader) ([]dueSchedule, error) {
	return db.All(ctx, r, func(rows db.Rows) (s dueSchedule, err error) {
		err = rows.Scan(&s.code, &s.operation, &s.input, &s.rule, &s.due)
		return s, err
	}, `SELECT code, operation, input, rule, next_run_at FROM job_schedule WHERE enabled = $1 AND next_run_at <= $2 ORDER BY next_run_at, code`,
		true, r.Now())
}

// moveSchedule takes a due time; false when another process did or the schedule
// was changed.
func moveSchedule(ctx context.Context, tx db.Tx, s dueSchedule, next time.Time) (bool, error) {
	n, err := tx.Exec(ctx,
		`UPDATE job_schedule SET next_run_at = $1 WHERE code = $2 AND next_run_at = $3 AND rule = $4 AND enabled = $5`,
		next, s.code, s.due, s.rule, true)
	return n == 1, err
}

func noteRun(ctx context.Context, tx db.Tx, code string, due time.Time, job int64) error {
	_, err := tx.Exec(ctx, `UPDATE job_schedule SET last_due_at = $1, last_job_id = $2 WHERE code = $3`, due, job, code)
	return err
}

// ScheduleRow is a schedule as shown.
type ScheduleRow struct {
	Code      string    `json:"code"`
	Operation string    `json:"operation"`
	Rule      string    `json:"rule"`
	Enabled   bool      `json:"enabled"`
	NextRunAt time.Time `json:"next_run_at,omitzero"`
	LastDueAt time.Time `json:"last_due_at,omitzero"`
	LastJob   op.ID     `json:"last_job"`
	// LastState is empty before the first run and once the job was purged.
	LastState State `json:"last_state"`
	Version   int64 `json:"version"`

	input string
}

// PageKey is the row's place in its list.
func (s ScheduleRow) PageKey(string) []string { return []string{s.Code} }

const scheduleColumns = `s.code, s.operation, s.input, s.rule, s.enabled, s.next_run_at, s.last_due_at, s.last_job_id, j.state, s.version
	FROM job_schedule s LEFT JOIN job j ON j.id = s.last_job_id`

func scanSchedule(rows db.Rows) (s ScheduleRow, err error) {
	var job *int64
	var state *State
	err = rows.Scan(&s.Code, &s.Operation, &s.input, &s.Rule, &s.Enabled, &s.NextRunAt, &s.LastDueAt, &job, &state, &s.Version)
	if job != nil {
		s.LastJob = op.ID(*job)
	}
	if state != nil {
		s.LastState = *state
	}
	return s, err
}

func listSchedules(ctx context.Context, x *op.Exec, _ ScheduleFilter) iter.Seq2[ScheduleRow, error] {
	var w db.Where
	order := x.Keyset(&w, map[string][]string{"code": {"s.code"}})
	return db.Seq(ctx, x.R, scanSchedule, `SELECT `+scheduleColumns+w.SQL()+order, w.Args()...)
}

func findSchedule(ctx context.Context, r db.Reader, code string) (ScheduleRow, error) {
	s, err := db.One(ctx, r, scanSchedule, `SELECT `+scheduleColumns+` WHERE s.code = $1`, code)
	if fault.KindOf(err) == fault.NotFound {
		return s, fault.New(fault.NotFound, "job.schedule_unknown")
	}
	return s, err
}

func updateSchedule(ctx context.Context, tx db.Tx, s ScheduleRow) error {
	n, err := tx.Exec(ctx,
		`UPDATE job_schedule SET rule = $1, enabled = $2, next_run_at = $3, version = version + 1 WHERE code = $4 AND version = $5`,
		s.Rule, s.Enabled, s.NextRunAt, s.Code, s.Version)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "row.stale", "version", s.Version+1, "given", s.Version)
	}
	return err
}
