package metering

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
)

// ControlRun is the input of controlling a month anew: after a change of parameters, or a
// file whose rows came in another order than time's.
type ControlRun struct {
	Unit op.ID `json:"unit" in:"required,ref=org.unit.list"`
	// Month is any day of it.
	Month day.Date `json:"month" in:"required,month"`
}

// runState is the checkpoint of a control.
type runState struct {
	Unit    op.ID `json:"unit"`
	Account op.ID `json:"account"`
	ID      op.ID `json:"id"`
	Done    int64 `json:"done"`
	Found   int64 `json:"found"`
}

// RunSummary is what a control came to.
type RunSummary struct {
	Controlled int64 `json:"controlled"`
	Anomalies  int64 `json:"anomalies"`
}

// runChunk is how many consumptions are controlled in one transaction.
const runChunk = 2000

func (m *Module) registerRun(r *op.Registry, duties []string) {
	op.RegisterJob(r, op.Spec{Name: "metering.control.run", Path: "/metering/controls/run", Duties: duties}, op.JobHandler[ControlRun, runState]{
		Targets: func(_ context.Context, _ *op.Exec, in ControlRun) ([]op.Target, error) {
			return unitTargets(int64(in.Unit)), nil
		},
		Plan: func(ctx context.Context, x *op.Exec, in ControlRun) (runState, int64, error) {
			n, err := countMonth(ctx, x, in)
			return runState{}, n, err
		},
		Chunk: chunkRun,
		Finish: func(_ context.Context, _ *op.Exec, _ ControlRun, s runState) (any, error) {
			return RunSummary{s.Done, s.Found}, nil
		},
	})
}

// chunkRun controls the next consumptions; what a rule found before is not found again.
func chunkRun(ctx context.Context, x *op.Exec, in ControlRun, s *runState) (int64, bool, error) {
	all, err := nextOfMonth(ctx, x, in, *s, runChunk)
	if err != nil || len(all) == 0 {
		return s.Done, true, err
	}
	supplies, err := suppliesOfAccounts(ctx, x.R, all)
	if err != nil {
		return s.Done, false, err
	}
	a := newAsk(0)
	a.spentOnly = true
	for _, c := range all {
		a.about(supplies[int64(c.Account)], 0, c.PeriodDate)
	}
	b, err := openBook(ctx, x, a)
	if err != nil {
		return s.Done, false, err
	}
	known, err := foundBefore(ctx, x.R, all)
	if err != nil {
		return s.Done, false, err
	}
	for _, c := range all {
		s.Found += b.controlAgain(c, supplies[int64(c.Account)], known)
	}
	if err := b.flush(ctx, x.Tx); err != nil {
		return s.Done, false, err
	}
	last := all[len(all)-1]
	s.Done += int64(len(all))
	s.Unit, s.Account, s.ID = last.Unit, last.Account, last.ID
	return s.Done, false, nil
}

// foundKey is a rule that spoke of a consumption.
type foundKey struct {
	id   op.ID
	rule Rule
}

// controlAgain judges a stored consumption by the rules that compare it with its history.
func (b *book) controlAgain(c Consumption, s Supply, known map[foundKey]bool) (found int64) {
	if c.State != Normal {
		return 0
	}
	s.Category = c.Category
	k := Case{Today: b.today, Date: c.PeriodDate, Period: day.Period{From: c.From, To: c.To}, Quantity: c.Quantity, Kind: c.Kind, Ordinal: 1}
	k.History, k.EstimatedRun = b.history(b.at(place{int64(c.Account), c.Register}), c.PeriodDate)
	if c.Kind == Estimated {
		k.EstimatedRun++
	}
	params := b.params(s.Category, c.PeriodDate)
	var fresh []Finding
	blocked := false
	for _, r := range []Rule{RuleDate, RuleZero, RuleHigh, RuleLow, RuleEstimated} {
		if f := Judge(r, &k, params(r)); f != nil && !known[foundKey{c.ID, r}] {
			fresh = append(fresh, *f)
			blocked = blocked || f.Severity == Blocking
		}
	}
	b.report(s, c.Month, int64(c.ID), int64(c.ToReading), fresh)
	if blocked {
		b.changedSpent = append(b.changedSpent, stateChange{int64(c.Account), int64(c.ID), string(ToDecide)})
	}
	return int64(len(fresh))
}
