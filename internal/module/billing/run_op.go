package billing

import (
	"cmp"
	"context"
	"iter"
	"sync"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// RunFilter narrows the list of runs.
type RunFilter struct {
	State RunState `json:"state"`
}

// RunRef names a run.
type RunRef struct {
	ID op.ID `json:"id" in:"required,ref=billing.run.list"`
}

// Line is a row of the totals of a run.
type Line struct {
	Unit     op.ID  `json:"unit" out:"ref=unit"`
	Service  string `json:"service"`
	Category string `json:"category"`
	// Line is the code of a line of the bills, with its block, or a rate.
	Line string `json:"line"`
	// Label is the line in the words of its tariff; empty for a rate, and where tariffs
	// of the run name it differently.
	Label    string         `json:"label"`
	Bills    int64          `json:"bills"`
	Quantity money.Quantity `json:"quantity"`
	Amount   money.Amount   `json:"amount"`
}

// RunCard is all there is to know of a run.
type RunCard struct {
	Run
	// Totals by unit, service, category and line.
	Totals []Line `json:"totals"`
	// Blocking and Warnings count the exceptions that wait for a decision.
	Blocking int64 `json:"blocking"`
	Warnings int64 `json:"warnings"`
	// Chunks and Issued count the parts, and those that are out.
	Chunks int64 `json:"chunks"`
	Issued int64 `json:"chunks_issued"`
	// Progress is that of its drafts or of its issue.
	Progress
	// Versions are the versions of tariffs it was computed with.
	Versions []tariff.VersionRef `json:"versions"`
}

// RunSaved is what a change of a run gives back.
type RunSaved struct {
	ID      op.ID    `json:"id"`
	Code    string   `json:"code"`
	State   RunState `json:"state"`
	Due     int64    `json:"due"`
	Missing int64    `json:"missing"`
	Version int64    `json:"version"`
}

func duties() []string { return []string{"DRI-02", "AG-13"} }

func (m *Module) registerRuns(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "billing.run.list", Path: "/billing/runs", Duties: duties()}, op.ListHandler[RunFilter, RunRow]{
		Sorts: []string{"-recorded"},
		Rows: func(ctx context.Context, x *op.Exec, in RunFilter) iter.Seq2[RunRow, error] {
			return listRuns(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "billing.run.show", Path: "/billing/runs/{id}", Duties: duties()}, op.GetHandler[RunRef, RunCard]{
		Targets: runTargets, Do: m.showRun,
	})
	op.RegisterCommand(r, op.Spec{Name: "billing.run.prepare", Path: "/billing/runs", Duties: duties()}, op.CommandHandler[RunPrepare, RunSaved]{
		Targets: func(_ context.Context, _ *op.Exec, in RunPrepare) ([]op.Target, error) {
			return unitTarget(in.Unit), nil
		},
		Prepare: m.look,
		Do:      m.prepare,
	})
	spec := op.Spec{Name: "billing.run.cancel", Path: "/billing/runs/{id}/cancel", Duties: duties(), Versioned: true}
	op.RegisterCommand(r, spec, op.CommandHandler[RunCancel, RunSaved]{
		Targets: func(ctx context.Context, x *op.Exec, in RunCancel) ([]op.Target, error) {
			return runTargets(ctx, x, RunRef{in.ID})
		},
		Locks: func(in RunCancel) []int64 { return []int64{int64(in.ID)} },
		Do:    cancelRun,
	})
}

// runTargets is the unit of a run.
func runTargets(ctx context.Context, x *op.Exec, in RunRef) ([]op.Target, error) {
	run, err := findRun(ctx, x, in.ID)
	return unitTarget(run.Unit), err
}

func (m *Module) showRun(ctx context.Context, x *op.Exec, in RunRef) (RunCard, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return RunCard{}, err
	}
	card := RunCard{Run: run}
	if card.Totals, err = totalsOf(ctx, x.R, in.ID); err != nil {
		return card, err
	}
	if card.Blocking, card.Warnings, err = openExceptions(ctx, x.R, in.ID); err != nil {
		return card, err
	}
	if card.Chunks, card.Issued, err = countChunks(ctx, x.R, in.ID); err != nil {
		return card, err
	}
	if card.Progress, err = progressOf(ctx, x.R, &run); err != nil {
		return card, err
	}
	if card.Versions, err = versionsUsed(ctx, x.R, in.ID); err != nil {
		return card, err
	}
	book, err := m.tariffs.Book(ctx, x.R)
	if err != nil {
		return card, err
	}
	words := lineWordsOf(book, card.Versions)
	for i := range card.Totals {
		card.Totals[i].Label = words.of(card.Totals[i].Service, card.Totals[i].Line)
	}
	return card, nil
}

// survey is what there is to know of the scope of a run.
type survey struct {
	spans   []tariffSpan
	due     int64
	missing int64
}

// look surveys the scope of a run before the transaction: at the size of a country it takes
// seconds, which nobody else may wait for. Contracts are counted beside the consumptions, in
// a snapshot of their own.
func (m *Module) look(ctx context.Context, p *op.Prep, in *RunPrepare) error {
	run := in.run(p.Now, day.Of(p.Now))
	run.places = m.places
	var absent error
	var beside sync.WaitGroup
	s := &survey{}
	beside.Go(func() {
		absent = p.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
			s.missing, err = countAbsent(ctx, r, &run)
			return err
		})
	})
	err := p.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		s.spans, err = spansOf(ctx, r, &run)
		return err
	})
	beside.Wait()
	for _, span := range s.spans {
		s.due += span.Count
	}
	in.survey = s
	return cmp.Or(err, absent)
}

// prepare looks at everything a run needs before anything starts. Precondition
// "billing.run_refused" lists all reasons at once.
func (m *Module) prepare(ctx context.Context, x *op.Exec, in RunPrepare) (RunSaved, error) {
	run := in.run(x.Now, x.Today)
	run.PreparedBy, run.places = op.ID(x.Actor.UserID), x.Places()
	run.Due, run.Missing = in.survey.due, in.survey.missing
	if err := x.Tx.Lock(ctx, int64(in.Unit)); err != nil {
		return RunSaved{}, err
	}
	reasons, err := m.reasons(ctx, x.R, &run, in.survey.spans, in.AllowMissing)
	if err != nil {
		return RunSaved{}, err
	}
	if len(reasons) > 0 {
		e := fault.New(fault.Precondition, "billing.run_refused", "count", int64(len(reasons)))
		e.Fields = reasons
		return RunSaved{}, e
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return RunSaved{}, err
	}
	run.ID = op.ID(id)
	exercise, entity, err := m.ledger.Numbering(ctx, x.Tx, run.Entity, run.IssuedOn)
	if err != nil {
		return RunSaved{}, err
	}
	if run.Code, err = nextRunCode(ctx, x.Tx, &run, exercise, entity); err != nil {
		return RunSaved{}, err
	}
	if err := insertRun(ctx, x.Tx, &run); err != nil {
		return RunSaved{}, err
	}
	return run.saved(), x.Change("billing_run", id, run.Code, nil, run)
}

func (r *Run) saved() RunSaved { return RunSaved{r.ID, r.Code, r.State, r.Due, r.Missing, r.Version} }

// RunCancel is the input of giving a run up before its issue.
type RunCancel struct {
	ID      op.ID  `json:"id" in:"required,ref=billing.run.list"`
	Version int64  `json:"version" in:"required,min=1"`
	Reason  string `json:"reason" in:"required,min=3,max=500,lines"`
}

func cancelRun(ctx context.Context, x *op.Exec, in RunCancel) (RunSaved, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return RunSaved{}, err
	}
	if err := op.CheckVersion(run.Version, in.Version); err != nil {
		return RunSaved{}, err
	}
	if err := inState(run.State, Prepared, Computing, Computed, Approved); err != nil {
		return RunSaved{}, err
	}
	was := run
	run.State = Abandoned
	if err := updateRun(ctx, x.Tx, &run); err != nil {
		return RunSaved{}, err
	}
	return run.saved(), x.Change("billing_run", int64(run.ID), in.Reason, was, run)
}
