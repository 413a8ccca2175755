package backup

import (
	"context"
	"encoding/json"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

// Op is the operation that makes a backup. It is asked for on the machine or by
// a schedule, never through the network, and runs as a job: the archive is made
// outside any transaction (see Outside), its record inside one.
const Op = "system.backup"

// Input is the empty input of a backup: where it goes is configuration.
type Input struct{}

// UniqueKey lets one backup run at a time.
func (Input) UniqueKey() string { return "all" }

// made is the checkpoint: nothing before the archive, its summary after.
type made struct {
	Summary *Summary `json:"summary,omitempty"`
}

// Register registers system.backup. The queue must be given Outside for Op.
func Register(r *op.Registry) {
	op.RegisterJob(r, op.Spec{Name: Op, Path: "/system/backup", Central: true, ConsoleOnly: true, Example: Input{}}, op.JobHandler[Input, made]{
		Plan: func(context.Context, *op.Exec, Input) (made, int64, error) { return made{}, 1, nil },
		Chunk: func(_ context.Context, _ *op.Exec, _ Input, s *made) (int64, bool, error) {
			if s.Summary == nil {
				return 0, false, fault.New(fault.Precondition, "backup.not_configured")
			}
			return 1, true, nil
		},
		Finish: func(_ context.Context, x *op.Exec, _ Input, s made) (any, error) {
			return s.Summary, x.Change("backup", 0, s.Summary.Archive, nil, s.Summary)
		},
	})
}

// Outside is the work of the job, for job.Options. The configuration is asked
// for each time, so that it may follow what changes.
func Outside(config func() (Config, error)) job.Outside {
	return func(ctx context.Context, _, checkpoint []byte) ([]byte, error) {
		var s made
		if err := json.Unmarshal(checkpoint, &s); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "internal")
		}
		if s.Summary != nil {
			return checkpoint, nil
		}
		c, err := config()
		if err != nil {
			return nil, err
		}
		summary, err := Create(ctx, c)
		if err != nil {
			return nil, err
		}
		next, err := json.Marshal(made{Summary: &summary})
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "internal")
		}
		return next, nil
	}
}
