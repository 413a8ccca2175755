package billing

import (
	"context"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// RunCompute is the input of the drafts of a run.
type RunCompute struct {
	ID op.ID `json:"id" in:"required,ref=billing.run.list"`
}

// UniqueKey lets one computation of a run go on at a time.
func (in RunCompute) UniqueKey() string { return in.ID.String() }

// computeState is the checkpoint of the drafts.
type computeState struct {
	Tree  Tree         `json:"tree"`
	After place        `json:"after"`
	Chunk int64        `json:"chunk"`
	Done  int64        `json:"done"`
	Net   money.Amount `json:"net"`
	Tax   money.Amount `json:"tax"`
	Total money.Amount `json:"total"`
}

// RunSummary is what drafts or an issue came to.
type RunSummary struct {
	Run    op.ID        `json:"run"`
	Code   string       `json:"code"`
	Bills  int64        `json:"bills"`
	Total  money.Amount `json:"total"`
	SHA256 string       `json:"sha256"`
	// Blocking and Warnings wait for a decision.
	Blocking int64 `json:"blocking"`
	Warnings int64 `json:"warnings"`
}

func (m *Module) registerDrafts(r *op.Registry) {
	op.RegisterJob(r, op.Spec{Name: "billing.run.compute", Path: "/billing/runs/{id}/compute", Duties: duties()}, op.JobHandler[RunCompute, computeState]{
		Targets: func(ctx context.Context, x *op.Exec, in RunCompute) ([]op.Target, error) {
			return runTargets(ctx, x, RunRef(in))
		},
		Plan:   m.planDrafts,
		Chunk:  m.chunkDrafts,
		Finish: m.finishDrafts,
	})
}

// planDrafts begins anew: what an earlier computation left is put away, but for the
// decisions.
func (m *Module) planDrafts(ctx context.Context, x *op.Exec, in RunCompute) (computeState, int64, error) {
	m.ahead.forget(in.ID)
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return computeState{}, 0, err
	}
	if err := inState(run.State, Prepared, Computing, Computed, Approved); err != nil {
		return computeState{}, 0, err
	}
	if err := resetRun(ctx, x.Tx, run.ID); err != nil {
		return computeState{}, 0, err
	}
	if err := keepVersions(ctx, x.Tx, run.ID); err != nil {
		return computeState{}, 0, err
	}
	if run.RatedAtIssue, err = m.ratedAtIssue(ctx, x.R, &run); err != nil {
		return computeState{}, 0, err
	}
	run.State, run.SHA256, run.Bills, run.Net, run.Tax, run.Total, run.ApprovedBy = Computing, "", 0, 0, 0, 0, 0
	return computeState{}, run.Due, updateRun(ctx, x.Tx, &run)
}

func (m *Module) chunkDrafts(ctx context.Context, x *op.Exec, in RunCompute, s *computeState) (int64, bool, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return s.Done, false, err
	}
	if err := inState(run.State, Computing); err != nil {
		return s.Done, false, err
	}
	p, err := m.compute(ctx, x.R, &run, s.After)
	if err != nil || p.read == 0 {
		return s.Done, true, err
	}
	if err := s.take(p); err != nil {
		return s.Done, false, err
	}
	if err := insertChunk(ctx, x.Tx, run.ID, s.Chunk, int64(s.Tree.Count)-int64(len(p.drafts)), p); err != nil {
		return s.Done, false, err
	}
	if err := addTotals(ctx, x.Tx, run.ID, p); err != nil {
		return s.Done, false, err
	}
	return s.Done, int64(p.read) < run.ChunkSize, insertFindings(ctx, x, run.ID, p.findings)
}

// take moves the checkpoint behind a part.
func (s *computeState) take(p *part) (err error) {
	if err = s.Tree.Add(p.leaves...); err != nil {
		return err
	}
	s.After, s.Chunk, s.Done = p.last, s.Chunk+1, s.Done+int64(p.read)
	if s.Net, err = s.Net.Add(p.net); err != nil {
		return err
	}
	if s.Tax, err = s.Tax.Add(p.tax); err != nil {
		return err
	}
	s.Total, err = s.Total.Add(p.total)
	return err
}

func (m *Module) finishDrafts(ctx context.Context, x *op.Exec, in RunCompute, s computeState) (any, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return nil, err
	}
	missing, found := m.ahead.absents(ctx, run.ID)
	if !found {
		if missing, err = absentOf(ctx, x.R, &run); err != nil {
			return nil, err
		}
	}
	m.ahead.forget(in.ID)
	if err := insertAbsent(ctx, x, run.ID, missing); err != nil {
		return nil, err
	}
	was := run
	if run.SHA256, err = s.Tree.Root(); err != nil {
		return nil, err
	}
	run.State, run.Due, run.Bills, run.Net, run.Tax, run.Total = Computed, s.Done, int64(s.Tree.Count), s.Net, s.Tax, s.Total
	if err := updateRun(ctx, x.Tx, &run); err != nil {
		return nil, err
	}
	out := RunSummary{Run: run.ID, Code: run.Code, Bills: run.Bills, Total: run.Total, SHA256: run.SHA256}
	if out.Blocking, out.Warnings, err = openExceptions(ctx, x.R, run.ID); err != nil {
		return nil, err
	}
	return out, x.Change("billing_run", int64(run.ID), run.Code, was, run)
}
