package billing

import (
	"context"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// RunRecompute is the input of computing an issued run again.
type RunRecompute struct {
	Run op.ID `json:"run" in:"required,ref=billing.run.list"`
}

// UniqueKey lets one go on at a time for a run.
func (in RunRecompute) UniqueKey() string { return in.Run.String() }

// Difference is a bill that would not be the same today.
type Difference struct {
	Number string       `json:"number"`
	Was    money.Amount `json:"was"`
	Now    money.Amount `json:"now"`
	// Code says why there is none today; empty when there is one.
	Code string `json:"code,omitempty"`
}

// differencesMax bounds the differences that are listed; all are counted.
const differencesMax = 200

// recomputeState is the checkpoint of a recomputation.
type recomputeState struct {
	Tree      Tree         `json:"tree"`
	Done      int64        `json:"done"`
	Different int64        `json:"different"`
	List      []Difference `json:"list"`
}

// RecomputeSummary is what it came to.
type RecomputeSummary struct {
	Run       op.ID  `json:"run"`
	Bills     int64  `json:"bills"`
	Approved  string `json:"approved"`
	SHA256    string `json:"sha256"`
	Equal     bool   `json:"equal"`
	Different int64  `json:"different"`
	// Differences are the first ones.
	Differences []Difference `json:"differences"`
}

func (m *Module) registerRecompute(r *op.Registry) {
	op.RegisterJob(r, op.Spec{Name: "billing.recompute", Path: "/billing/runs/{run}/recompute", Duties: duties()}, op.JobHandler[RunRecompute, recomputeState]{
		Targets: func(ctx context.Context, x *op.Exec, in RunRecompute) ([]op.Target, error) {
			return runTargets(ctx, x, RunRef{in.Run})
		},
		Plan: func(ctx context.Context, x *op.Exec, in RunRecompute) (recomputeState, int64, error) {
			run, err := findRun(ctx, x, in.Run)
			if err != nil {
				return recomputeState{}, 0, err
			}
			return recomputeState{}, run.Bills, inState(run.State, Issued)
		},
		Chunk: m.chunkRecompute,
		Finish: func(ctx context.Context, x *op.Exec, in RunRecompute, s recomputeState) (any, error) {
			run, err := findRun(ctx, x, in.Run)
			if err != nil {
				return nil, err
			}
			out := RecomputeSummary{Run: run.ID, Bills: s.Done, Approved: run.SHA256, Different: s.Different, Differences: s.List}
			out.SHA256, err = s.Tree.Root()
			out.Equal = out.SHA256 == out.Approved
			return out, err
		},
	})
}

// chunkRecompute prices the consumptions of the next bills, as they are corrected since, from
// today's contracts and tariffs, and compares.
func (m *Module) chunkRecompute(ctx context.Context, x *op.Exec, in RunRecompute, s *recomputeState) (int64, bool, error) {
	bills, err := billsFrom(ctx, x.R, in.Run, s.Done, chunkDefault)
	if err != nil || len(bills) == 0 {
		return s.Done, true, err
	}
	dues, err := dueOfBills(ctx, x.R, bills)
	if err != nil {
		return s.Done, false, err
	}
	shas, err := shasOf(ctx, x.R, in.Run)
	if err != nil {
		return s.Done, false, err
	}
	run, err := findRun(ctx, x, in.Run)
	if err != nil {
		return s.Done, false, err
	}
	b := reading{run: &run}
	if b.book, err = m.tariffs.Book(ctx, x.R); err != nil {
		return s.Done, false, err
	}
	if b.versions, err = activeOf(ctx, x.R); err != nil {
		return s.Done, false, err
	}
	for i := range bills {
		if err := s.compare(&b, &bills[i], dues[bills[i].consumption], shas); err != nil {
			return s.Done, false, err
		}
	}
	s.Done += int64(len(bills))
	return s.Done, false, nil
}

// compare puts what a bill would be today into the tree and notes how it differs.
func (s *recomputeState) compare(rd *reading, was *Bill, d Due, shas map[uint64]string) error {
	have, err := was.canonical(nil, shas)
	if err != nil {
		return err
	}
	d.Turn = was.turn
	b := bench{reading: rd, desk: desk{book: rd.book, run: rd.run}}
	var now draft
	if err := b.desk.price(&d, &now.bill); err != nil {
		f, err := refusal(err)
		if err != nil {
			return err
		}
		s.differ(Difference{Number: was.Number, Was: was.Total, Code: f.Detail})
		return nil
	}
	if now.split, err = b.desk.split(); err != nil {
		return err
	}
	if err := b.put(&now); err != nil {
		return err
	}
	if leafOf(have) != b.leaves[0] {
		s.differ(Difference{Number: was.Number, Was: was.Total, Now: now.bill.Total})
	}
	return s.Tree.Add(b.leaves[0])
}

func (s *recomputeState) differ(d Difference) {
	s.Different++
	if len(s.List) < differencesMax {
		s.List = append(s.List, d)
	}
}
