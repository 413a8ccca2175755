package job

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// MaintenanceOp is the operation that throws away what is kept long enough.
const MaintenanceOp = "system.maintenance"

// purgeChunk is how many rows one transaction removes: well under the time any
// other writer may wait.
const purgeChunk = 500

// Purge removes at most n rows of one kind that are kept long enough, and says
// how many. It is called until it removes fewer than n.
type Purge struct {
	// Name is its key in the summary.
	Name string
	Do   func(ctx context.Context, tx db.Tx, n int) (int64, error)
}

// MaintenanceInput is the empty input of the maintenance.
type MaintenanceInput struct{}

// UniqueKey lets one maintenance run at a time.
func (MaintenanceInput) UniqueKey() string { return "all" }

// maintenance is the checkpoint: which purge, and what was removed so far.
type maintenance struct {
	At      int              `json:"at"`
	Removed map[string]int64 `json:"removed"`
}

// RegisterMaintenance registers system.maintenance with what the program purges
// by itself (old idempotency keys, proposals that waited too long, delivered
// events, ended jobs) and more.
func RegisterMaintenance(r *op.Registry, more ...Purge) {
	purges := append([]Purge{
		{Name: "replay_keys", Do: op.PurgeKeys},
		{Name: "proposals", Do: func(ctx context.Context, tx db.Tx, _ int) (int64, error) { return op.ExpireProposals(ctx, tx) }},
		{Name: "events", Do: purgeEvents},
		{Name: "jobs", Do: purgeJobs},
	}, more...)
	op.RegisterJob(r, op.Spec{Name: MaintenanceOp, Path: "/system/maintenance", Central: true, Example: MaintenanceInput{}},
		op.JobHandler[MaintenanceInput, maintenance]{
			Plan: func(context.Context, *op.Exec, MaintenanceInput) (maintenance, int64, error) {
				return maintenance{Removed: map[string]int64{}}, int64(len(purges)), nil
			},
			Chunk: func(ctx context.Context, x *op.Exec, _ MaintenanceInput, s *maintenance) (int64, bool, error) {
				return s.next(ctx, x.Tx, purges)
			},
			Finish: func(_ context.Context, _ *op.Exec, _ MaintenanceInput, s maintenance) (any, error) {
				return s.Removed, nil
			},
		})
}

// next makes one bounded purge. A program with fewer purges than the one that
// began simply ends.
func (s *maintenance) next(ctx context.Context, tx db.Tx, purges []Purge) (done int64, last bool, err error) {
	if s.At >= len(purges) {
		return int64(len(purges)), true, nil
	}
	p := purges[s.At]
	n, err := p.Do(ctx, tx, purgeChunk)
	if err != nil {
		return 0, false, err
	}
	s.Removed[p.Name] += n
	if n < purgeChunk || p.Name == "proposals" {
		s.At++
	}
	return int64(s.At), s.At == len(purges), nil
}
