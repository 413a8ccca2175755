package job

import (
	"context"
	"log/slog"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Schedule is a job that starts by itself, declared by code. A person may
// change its rule or turn it off; the text key "schedule.CODE" names it.
type Schedule struct {
	// Code is its name: lower case, digits, underscores.
	Code string
	// Operation is a registered job; it runs as the program itself.
	Operation string
	// Input is its input as JSON; empty is {}.
	Input string
	// Rule is the first rule; see Rule.
	Rule string
	// Off declares it without enabling it.
	Off bool
}

// Schedules declares schedules; call it before Run. It is an Internal fault
// "job.schedule" when a rule cannot be read or an operation is not a job.
func (q *Queue) Schedules(all ...Schedule) error {
	for _, s := range all {
		_, err := ParseRule(s.Rule)
		d := q.runner.Registry.Find(s.Operation)
		if err != nil || d == nil || d.Kind != op.Job || s.Code == "" {
			return fault.Wrap(err, fault.Internal, "job.schedule", "code", s.Code)
		}
		if s.Input == "" {
			s.Input = "{}"
		}
		q.builtIn = append(q.builtIn, s)
	}
	return nil
}

// Install writes the declared schedules the database does not have yet. What a
// person changed stays. Run calls it; the schema must be there.
func (q *Queue) Install(ctx context.Context) error {
	return q.runner.Within(ctx, func(ctx context.Context, x *op.Exec) error {
		calendar, err := q.calendar(ctx, x.R)
		if err != nil {
			return err
		}
		for _, s := range q.builtIn {
			rule, err := ParseRule(s.Rule)
			if err != nil {
				return err
			}
			next, err := nextRun(rule, x.Now, calendar)
			if err != nil {
				return err
			}
			if err := insertSchedule(ctx, x.Tx, s, next); err != nil {
				return err
			}
		}
		return nil
	})
}

func (q *Queue) calendar(ctx context.Context, r db.Reader) (day.Calendar, error) {
	if q.opt.Calendar != nil {
		return q.opt.Calendar(ctx, r)
	}
	return day.NewCalendar(nil, nil)
}

// nextRun is Rule.Next; a calendar that never works is a Precondition fault.
func nextRun(rule Rule, now time.Time, calendar day.Calendar) (time.Time, error) {
	next := rule.Next(now, calendar)
	if next.IsZero() {
		return next, fault.New(fault.Precondition, "job.rule_never", "rule", rule.String())
	}
	return next, nil
}

// Tick starts what is due. A schedule that was missed while nothing ran starts
// once; one whose last job has not ended is left out this time.
func (q *Queue) Tick(ctx context.Context) error {
	var due []dueSchedule
	err := q.runner.DB.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		due, err = dueSchedules(ctx, r)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range due {
		started := false
		err := q.runner.Within(ctx, func(ctx context.Context, x *op.Exec) (err error) {
			started, err = q.start(ctx, x, s)
			return err
		})
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			// One schedule that cannot start must not hold up the others.
			q.log.Error("schedule not started", slog.String("schedule", s.code), slog.Any("error", err))
			continue
		}
		if started {
			q.Poke()
		}
	}
	return nil
}

// start moves a schedule to its next time and queues its job, in one
// transaction, unless another process was faster.
func (q *Queue) start(ctx context.Context, x *op.Exec, s dueSchedule) (bool, error) {
	rule, err := ParseRule(s.rule)
	if err != nil {
		return false, err
	}
	calendar, err := q.calendar(ctx, x.R)
	if err != nil {
		return false, err
	}
	next, err := nextRun(rule, x.Now, calendar)
	if err != nil {
		return false, err
	}
	moved, err := moveSchedule(ctx, x.Tx, s, next)
	if err != nil || !moved {
		return false, err
	}
	id, err := q.enqueueScheduled(ctx, x, s.code, s.operation, s.input, s.due)
	if err != nil || id == 0 {
		return false, err
	}
	return true, noteRun(ctx, x.Tx, s.code, s.due, id)
}

// enqueueScheduled queues the job of a schedule as the program; 0 when the last
// one has not ended.
func (q *Queue) enqueueScheduled(ctx context.Context, x *op.Exec, code, operation, input string, due time.Time) (int64, error) {
	key := *uniqueKey("schedule", code)
	if taken, err := uniqueTaken(ctx, x.R, key); err != nil || taken {
		return 0, err
	}
	top, err := x.Places().Top(ctx, x.R)
	if err != nil {
		return 0, err
	}
	return insertJob(ctx, x.Tx, newJob{
		operation: operation, input: input, unit: top, request: key, priority: q.priority(operation),
		unique: &key, schedule: &code, due: due,
	})
}
