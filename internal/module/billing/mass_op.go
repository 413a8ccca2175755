package billing

import (
	"context"
	"slices"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// ExceptionMass says which open exceptions a mass decision is about: those of runs that are
// neither being computed nor approved nor out.
type ExceptionMass struct {
	Run      op.ID    `json:"run" in:"ref=billing.run.list"`
	Rule     Rule     `json:"rule"`
	Severity Severity `json:"severity"`
	Service  string   `json:"service" in:"max=20"`
	// Unit narrows to a unit and what is below it; none is everything.
	Unit op.ID `json:"unit" in:"ref=org.unit.list"`
	// IDs narrows to those ticked in the list.
	IDs []op.ID `json:"ids"`
}

// ExceptionMassAsk asks for the effect of a mass decision.
type ExceptionMassAsk struct {
	ExceptionMass
	// Decision accepts, excludes, or leaves open for its owner.
	Decision ExceptionState `json:"decision" in:"required"`
}

// ExceptionEffect is what a mass decision would do, before it is made.
type ExceptionEffect struct {
	Decision ExceptionState `json:"decision"`
	// Count of exceptions it would decide, of which Blocking hold up their bill, and the sum
	// of what they are about.
	Count    int64        `json:"count"`
	Blocking int64        `json:"blocking"`
	Amount   money.Amount `json:"amount"`
	// Refused are those left as they are: what cannot be computed cannot be accepted.
	Refused int64 `json:"refused"`
	// Moved are the bills that would come into or leave their run, whose drafts are then to
	// be computed anew; Runs counts these.
	Moved int64 `json:"moved"`
	Runs  int64 `json:"runs"`
	// Groups are the same by rule and service.
	Groups []ExceptionGroup `json:"groups"`
	// Max is the most one decision may be about.
	Max int64 `json:"max"`
}

// ExceptionGroup is the part of one rule and service in a mass decision.
type ExceptionGroup struct {
	Rule    Rule         `json:"rule"`
	Service string       `json:"service"`
	Count   int64        `json:"count"`
	Amount  money.Amount `json:"amount"`
	// Refused says that the decision does not apply to it.
	Refused bool `json:"refused"`
}

// ExceptionDecideMany is the input of a mass decision.
type ExceptionDecideMany struct {
	ExceptionMass
	Decision ExceptionState `json:"decision" in:"required"`
	// Owner looks after the exceptions from now on; required for those that stay open.
	Owner op.ID `json:"owner" in:"ref=access.user.list"`
	// Expected is the count that the preview gave; another one now refuses.
	Expected int64  `json:"expected" in:"required,min=1"`
	Reason   string `json:"reason" in:"required,min=3,max=500,lines"`
}

// Validate asks for an owner of what stays open.
func (in *ExceptionDecideMany) Validate() (faults []fault.Field) {
	if in.Decision == ExceptionOpen && in.Owner == 0 {
		faults = append(faults, fault.Field{Path: "owner", Code: "input.required"})
	}
	return faults
}

// exceptionMassState is the checkpoint of a mass decision.
type exceptionMassState struct {
	Done   int64        `json:"done"`
	Amount money.Amount `json:"amount"`
	// Runs are those whose drafts are to be computed anew.
	Runs []op.ID `json:"runs"`
	// Account and ID are the last exception decided.
	Account op.ID `json:"account"`
	ID      op.ID `json:"id"`
}

// ExceptionMassSummary is what a mass decision came to.
type ExceptionMassSummary struct {
	Decided int64        `json:"decided"`
	Amount  money.Amount `json:"amount"`
	// Runs are to be computed anew.
	Runs []op.ID `json:"runs"`
}

func (m *Module) registerMass(r *op.Registry) {
	op.RegisterGet(r, op.Spec{Name: "billing.exception.preview", Path: "/billing/exceptions/preview", Duties: duties()},
		op.GetHandler[ExceptionMassAsk, ExceptionEffect]{
			Targets: func(_ context.Context, x *op.Exec, in ExceptionMassAsk) ([]op.Target, error) {
				return x.MassTargets(in.Unit), nil
			},
			Do: func(ctx context.Context, x *op.Exec, in ExceptionMassAsk) (ExceptionEffect, error) {
				return exceptionEffect(ctx, x, in)
			},
		})
	op.RegisterJob(r, op.Spec{Name: "billing.exception.decide_many", Path: "/billing/exceptions/decide", Duties: duties()},
		op.JobHandler[ExceptionDecideMany, exceptionMassState]{
			Targets: func(_ context.Context, x *op.Exec, in ExceptionDecideMany) ([]op.Target, error) {
				return x.MassTargets(in.Unit), nil
			},
			Plan:  planExceptions,
			Chunk: chunkExceptions,
			Finish: func(_ context.Context, _ *op.Exec, _ ExceptionDecideMany, s exceptionMassState) (any, error) {
				return ExceptionMassSummary{s.Done, s.Amount, s.Runs}, nil
			},
		})
}

// applies says whether a decision can be made on the findings of a rule.
func (d ExceptionState) applies(r Rule) bool { return d != ExceptionAccepted || r.acceptable() }

// moves says whether a decision on an open finding of a rule takes its bill into its run or
// out of it.
func (d ExceptionState) moves(r Rule) bool {
	f := Finding{Rule: r}
	return r != RuleMissing && f.keeps(verdictOpen) != f.keeps(verdict(d))
}

// exceptionEffect counts what a mass decision is about and what it changes.
func exceptionEffect(ctx context.Context, x *op.Exec, in ExceptionMassAsk) (ExceptionEffect, error) {
	out := ExceptionEffect{Decision: in.Decision, Max: op.MassMax, Groups: []ExceptionGroup{}}
	groups, err := exceptionGroups(ctx, x, in.ExceptionMass)
	if err != nil {
		return out, err
	}
	runs := map[op.ID]bool{}
	for _, g := range groups {
		g.Refused = !in.Decision.applies(g.Rule)
		if err := out.addGroup(g.ExceptionGroup); err != nil {
			return out, err
		}
		switch {
		case g.Refused:
			out.Refused += g.Count
			continue
		case in.Decision.moves(g.Rule):
			out.Moved += g.Count
			runs[g.run] = true
		}
		out.Count += g.Count
		if g.Rule.blocks() {
			out.Blocking += g.Count
		}
		if out.Amount, err = out.Amount.Add(g.Amount); err != nil {
			return out, err
		}
	}
	out.Runs = int64(len(runs))
	return out, nil
}

// addGroup adds the part of one run to that of its rule and service.
func (e *ExceptionEffect) addGroup(g ExceptionGroup) (err error) {
	at := slices.IndexFunc(e.Groups, func(have ExceptionGroup) bool { return have.Rule == g.Rule && have.Service == g.Service })
	if at < 0 {
		e.Groups = append(e.Groups, g)
		return nil
	}
	have := &e.Groups[at]
	have.Count += g.Count
	have.Amount, err = have.Amount.Add(g.Amount)
	return err
}

func planExceptions(ctx context.Context, x *op.Exec, in ExceptionDecideMany) (exceptionMassState, int64, error) {
	p, err := exceptionEffect(ctx, x, ExceptionMassAsk{in.ExceptionMass, in.Decision})
	if err != nil {
		return exceptionMassState{}, 0, err
	}
	return exceptionMassState{}, p.Count, op.CheckMass(p.Count, in.Expected)
}

// chunkExceptions decides the next exceptions in the order of their keys. Runs whose bills
// are no longer the same go back to their preparation.
func chunkExceptions(ctx context.Context, x *op.Exec, in ExceptionDecideMany, s *exceptionMassState) (int64, bool, error) {
	rows, err := nextExceptions(ctx, x, in, exceptionKey{s.Account, s.ID})
	if err != nil || len(rows) == 0 {
		return s.Done, true, err
	}
	if err := settleRuns(ctx, x, in.Decision, rows, s); err != nil {
		return s.Done, false, err
	}
	if err := decideExceptions(ctx, x, in, rows); err != nil {
		return s.Done, false, err
	}
	for i := range rows {
		if s.Amount, err = s.Amount.Add(rows[i].Amount); err != nil {
			return s.Done, false, err
		}
	}
	last := &rows[len(rows)-1]
	s.Done += int64(len(rows))
	s.Account, s.ID = last.Account, last.ID
	after := struct {
		Decision ExceptionState `json:"decision"`
		Owner    op.ID          `json:"owner"`
		Reason   string         `json:"reason"`
		Count    int64          `json:"count"`
		Until    op.ID          `json:"until"`
	}{in.Decision, in.Owner, in.Reason, int64(len(rows)), last.ID}
	return s.Done, false, x.Change("billing_exception", int64(rows[0].ID), in.Reason, nil, after)
}

// settleRuns locks the runs of some exceptions, refuses those that went on meanwhile, and
// asks for new drafts where a bill comes or goes.
func settleRuns(ctx context.Context, x *op.Exec, d ExceptionState, rows []Exception, s *exceptionMassState) error {
	moved := map[op.ID]bool{}
	var ids []int64
	for i := range rows {
		e := &rows[i]
		if _, known := moved[e.Run]; !known {
			ids = append(ids, int64(e.Run))
		}
		moved[e.Run] = moved[e.Run] || d.moves(e.Rule)
	}
	slices.Sort(ids)
	if err := x.Tx.Lock(ctx, ids...); err != nil {
		return err
	}
	s.Runs = slices.Clone(s.Runs) // a step that is run again begins with the old ones
	for _, id := range ids {
		run, err := findRun(ctx, x, op.ID(id))
		if err != nil {
			return err
		}
		if err := inState(run.State, Prepared, Computed); err != nil {
			return err
		}
		if !moved[run.ID] {
			continue
		}
		if !slices.Contains(s.Runs, run.ID) {
			s.Runs = append(s.Runs, run.ID)
		}
		run.State, run.SHA256 = Prepared, ""
		if err := updateRun(ctx, x.Tx, &run); err != nil {
			return err
		}
	}
	return nil
}
