package job

import (
	"context"
	"encoding/json"
	"reflect"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// ScheduleFilter is the input of the list of schedules: there are few.
type ScheduleFilter struct{}

// ScheduleRef points at a schedule.
type ScheduleRef struct {
	Code string `json:"code" in:"required,max=60"`
}

// ScheduleSet changes a schedule; what is absent stays.
type ScheduleSet struct {
	Code    string  `json:"code" in:"required,max=60"`
	Rule    *string `json:"rule" in:"max=40"`
	Enabled *bool   `json:"enabled"`
	Version int64   `json:"version" in:"required,min=1"`
}

// Validate says whether the rule can be read.
func (s *ScheduleSet) Validate() []fault.Field {
	if s.Rule == nil {
		return nil
	}
	if _, err := ParseRule(*s.Rule); err != nil {
		return []fault.Field{{Path: "rule", Code: "job.rule", Args: fault.Args{"rule": *s.Rule}}}
	}
	return nil
}

const subjectSchedule = "job_schedule"

func (q *Queue) registerSchedules(r *op.Registry) {
	op.RegisterList(r, op.Spec{
		Name: "job.schedule_list", Path: "/schedules", Central: true,
	}, op.ListHandler[ScheduleFilter, ScheduleRow]{Sorts: []string{"code"}, Rows: listSchedules})
	op.RegisterCommand(r, op.Spec{
		Name: "job.schedule_set", Path: "/schedules/{code}", Central: true, Versioned: true,
		Example: ScheduleSet{Code: "maintenance", Version: 1},
	}, op.CommandHandler[ScheduleSet, ScheduleRow]{Do: q.setSchedule})
	op.RegisterCommand(r, op.Spec{
		Name: "job.schedule_run", Path: "/schedules/{code}/run", Central: true,
		Example: ScheduleRef{Code: "maintenance"},
	}, op.CommandHandler[ScheduleRef, op.QueuedJob]{Do: q.runSchedule})
}

// scheduleState is what the audit keeps of a schedule.
type scheduleState struct {
	Rule    string `json:"rule"`
	Enabled bool   `json:"enabled"`
}

func (q *Queue) setSchedule(ctx context.Context, x *op.Exec, in ScheduleSet) (ScheduleRow, error) {
	s, err := findSchedule(ctx, x.R, in.Code)
	if err != nil {
		return s, err
	}
	if err := op.CheckVersion(s.Version, in.Version); err != nil {
		return s, err
	}
	before := scheduleState{s.Rule, s.Enabled}
	if in.Enabled != nil {
		s.Enabled = *in.Enabled
	}
	if in.Rule != nil {
		s.Rule = *in.Rule
	}
	rule, err := ParseRule(s.Rule)
	if err != nil {
		return s, err
	}
	s.Rule = rule.String()
	calendar, err := q.calendar(ctx, x.R)
	if err != nil {
		return s, err
	}
	// From now on: what was missed while it was off does not start.
	if s.NextRunAt, err = nextRun(rule, x.Now, calendar); err != nil {
		return s, err
	}
	if err := updateSchedule(ctx, x.Tx, s); err != nil {
		return s, err
	}
	s.Version++
	return s, x.Change(subjectSchedule, 0, s.Code, before, scheduleState{s.Rule, s.Enabled})
}

// runSchedule starts a schedule's job now, once.
func (q *Queue) runSchedule(ctx context.Context, x *op.Exec, in ScheduleRef) (op.QueuedJob, error) {
	s, err := findSchedule(ctx, x.R, in.Code)
	if err != nil {
		return op.QueuedJob{}, err
	}
	id, err := q.enqueueScheduled(ctx, x, s.Code, s.Operation, s.input, x.Now)
	if err != nil {
		return op.QueuedJob{}, err
	}
	if id == 0 {
		return op.QueuedJob{}, fault.New(fault.Conflict, "job.already_running")
	}
	if err := noteRun(ctx, x.Tx, s.Code, x.Now, id); err != nil {
		return op.QueuedJob{}, err
	}
	q.Poke()
	return op.QueuedJob{Job: op.ID(id)}, x.Change(subjectJob, id, s.Operation, nil, map[string]any{"state": Queued, "schedule": s.Code})
}

// keyOf computes the unique key of a stored input; nil when it has none.
func keyOf(d *op.Def, input []byte) *string {
	typed := reflect.New(d.In)
	u, ok := typed.Interface().(Unique)
	if !ok || json.Unmarshal(input, typed.Interface()) != nil {
		return nil
	}
	return uniqueKey(d.Name, u.UniqueKey())
}
