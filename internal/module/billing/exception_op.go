package billing

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Exception is what a control of a run found.
type Exception struct {
	Account  op.ID  `json:"account" out:"ref=account"`
	ID       op.ID  `json:"id"`
	Run      op.ID  `json:"run" out:"ref=billing_run"`
	Contract string `json:"contract_code"`
	Unit     op.ID  `json:"unit" out:"ref=unit"`
	// Consumption is 0 for a contract without any.
	Consumption op.ID    `json:"consumption"`
	Rule        Rule     `json:"rule"`
	Severity    Severity `json:"severity"`
	// Detail is the code of the tariff's refusal, or the register.
	Detail string         `json:"detail"`
	Amount money.Amount   `json:"amount"`
	State  ExceptionState `json:"state"`
	Owner  op.ID          `json:"owner" out:"ref=user"`
	Reason string         `json:"reason"`
	// DecidedBy and DecidedAt are empty while it is open.
	DecidedBy  op.ID     `json:"decided_by" out:"ref=user"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
	// RunState is where its run stands.
	RunState RunState `json:"run_state"`

	rank int64
}

// ExceptionState is where an exception stands.
type ExceptionState string

// The states of an exception.
const (
	// ExceptionOpen waits for a decision.
	ExceptionOpen ExceptionState = "open"
	// ExceptionAccepted: the bill goes out as it is.
	ExceptionAccepted ExceptionState = "accepted"
	// ExceptionExcluded: the consumption is left out of the run, and stays due.
	ExceptionExcluded ExceptionState = "excluded"
)

// EnumName is the prefix of the texts.
func (ExceptionState) EnumName() string { return "billing_exception_state" }

// EnumValues are the states.
func (ExceptionState) EnumValues() []string {
	return []string{string(ExceptionOpen), string(ExceptionAccepted), string(ExceptionExcluded)}
}

// PageKey is the row's place in its list.
func (e Exception) PageKey(string) []string {
	return []string{op.ID(e.rank).String(), e.Account.String(), e.ID.String()}
}

// ExceptionFilter narrows the list of exceptions.
type ExceptionFilter struct {
	Run   op.ID          `json:"run" in:"ref=billing.run.list"`
	State ExceptionState `json:"state"`
	Rule  Rule           `json:"rule"`
	// Severity and Service narrow to some.
	Severity Severity `json:"severity"`
	Service  string   `json:"service" in:"max=20"`
	// Waiting leaves out those of runs that went on: nothing can be decided there.
	Waiting bool `json:"waiting"`
}

// waits says that an exception can be decided.
func (e *Exception) waits() bool {
	return e.State == ExceptionOpen && inState(e.RunState, Prepared, Computed) == nil
}

// ExceptionDecide is the input of a decision on one exception.
type ExceptionDecide struct {
	Account op.ID `json:"account" in:"required"`
	ID      op.ID `json:"id" in:"required"`
	Version int64 `json:"version" in:"required,min=1"`
	// State is accepted or excluded.
	State ExceptionState `json:"state" in:"required"`
	// Owner is who looks after it, for a decision that waits.
	Owner  op.ID  `json:"owner" in:"ref=access.user.list"`
	Reason string `json:"reason" in:"required,min=3,max=500,lines"`
}

// ExceptionSaved is what a decision gives back.
type ExceptionSaved struct {
	ID      op.ID `json:"id"`
	Version int64 `json:"version"`
	// RunState is that of its run: a decision that changes its bills asks for new drafts.
	RunState RunState `json:"run_state"`
}

func (m *Module) registerExceptions(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "billing.exception.list", Path: "/billing/exceptions", Duties: duties()}, op.ListHandler[ExceptionFilter, Exception]{
		Sorts: []string{"severity"},
		Rows: func(ctx context.Context, x *op.Exec, in ExceptionFilter) iter.Seq2[Exception, error] {
			return listExceptions(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "billing.exception.decide", Path: "/billing/exceptions/{account}/{id}/decide", Duties: duties(), Versioned: true},
		op.CommandHandler[ExceptionDecide, ExceptionSaved]{
			Targets: func(ctx context.Context, x *op.Exec, in ExceptionDecide) ([]op.Target, error) {
				e, err := findException(ctx, x.R, in.Account, in.ID)
				return unitTarget(e.Unit), err
			},
			Do: decide,
		})
}

// decide settles an exception. When that changes which bills the run holds, its drafts
// are to be computed anew.
func decide(ctx context.Context, x *op.Exec, in ExceptionDecide) (ExceptionSaved, error) {
	e, err := findException(ctx, x.R, in.Account, in.ID)
	if err != nil {
		return ExceptionSaved{}, err
	}
	if err := x.Tx.Lock(ctx, int64(e.Run)); err != nil {
		return ExceptionSaved{}, err
	}
	if err := op.CheckVersion(e.Version, in.Version); err != nil {
		return ExceptionSaved{}, err
	}
	run, err := findRun(ctx, x, e.Run)
	if err != nil {
		return ExceptionSaved{}, err
	}
	if err := inState(run.State, Prepared, Computed); err != nil {
		return ExceptionSaved{}, err
	}
	if in.State == ExceptionAccepted && !e.Rule.acceptable() {
		return ExceptionSaved{}, fault.New(fault.Precondition, "billing.not_acceptable", "rule", string(e.Rule))
	}
	f := Finding{Rule: e.Rule}
	anew := e.Rule != RuleMissing && f.keeps(verdict(e.State)) != f.keeps(verdict(in.State))
	was := e
	e.State, e.Reason, e.DecidedBy, e.Owner, e.Version = in.State, in.Reason, op.ID(x.Actor.UserID), in.Owner, e.Version+1
	if e.State == ExceptionOpen {
		e.DecidedBy = 0
	}
	if err := updateException(ctx, x.Tx, &e); err != nil {
		return ExceptionSaved{}, err
	}
	if anew {
		run.State, run.SHA256 = Prepared, ""
		if err := updateRun(ctx, x.Tx, &run); err != nil {
			return ExceptionSaved{}, err
		}
	}
	return ExceptionSaved{e.ID, e.Version, run.State}, x.Change("billing_exception", int64(e.ID), in.Reason, was, e)
}
