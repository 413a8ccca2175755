package billing

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// RunApprove is the input of the approval of a run.
type RunApprove struct {
	ID op.ID `json:"id" in:"required,ref=billing.run.list"`
	// SHA256 is the hash of the drafts, as billing.run.show gives it: what is approved is
	// exactly that.
	SHA256 string `json:"sha256" in:"required,min=64,max=64"`
}

func (m *Module) registerApproval(r *op.Registry) {
	spec := op.Spec{Name: "billing.run.approve", Path: "/billing/runs/{id}/approve", Duties: duties(), FourEyes: true}
	op.RegisterCommand(r, spec, op.CommandHandler[RunApprove, RunSaved]{
		Targets: func(ctx context.Context, x *op.Exec, in RunApprove) ([]op.Target, error) {
			run, err := findRun(ctx, x, in.ID)
			return []op.Target{{Unit: int64(run.Unit), Amount: &run.Total}}, err
		},
		Locks: func(in RunApprove) []int64 { return []int64{int64(in.ID)} },
		Do:    approveRun,
	})
}

// approveRun lets a run be issued. Conflict "billing.hash_changed" when its drafts are
// not those approved; Precondition "billing.blocking" while exceptions block.
func approveRun(ctx context.Context, x *op.Exec, in RunApprove) (RunSaved, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return RunSaved{}, err
	}
	if err := inState(run.State, Computed); err != nil {
		return RunSaved{}, err
	}
	if run.SHA256 != in.SHA256 {
		return RunSaved{}, fault.New(fault.Conflict, "billing.hash_changed")
	}
	blocking, _, err := openExceptions(ctx, x.R, run.ID)
	if err != nil {
		return RunSaved{}, err
	}
	if blocking > 0 {
		return RunSaved{}, fault.New(fault.Precondition, "billing.blocking", "count", blocking)
	}
	if run.Bills == 0 {
		return RunSaved{}, fault.New(fault.Precondition, "billing.no_bills")
	}
	run.State, run.ApprovedBy = Approved, op.ID(x.Actor.UserID)
	if x.Approver != nil {
		run.ApprovedBy = op.ID(x.Approver.UserID)
	}
	if err := updateRun(ctx, x.Tx, &run); err != nil {
		return RunSaved{}, err
	}
	if err := markApproved(ctx, x.Tx, run.ID, x.Now); err != nil {
		return RunSaved{}, err
	}
	// The effect shown to the second person is the one that is carried out: it does not
	// say who approves.
	type effect struct {
		State  RunState     `json:"state"`
		Bills  int64        `json:"bills"`
		Total  money.Amount `json:"total"`
		SHA256 string       `json:"sha256"`
	}
	return run.saved(), x.Change("billing_run", int64(run.ID), run.Code, nil, effect{run.State, run.Bills, run.Total, run.SHA256})
}

// RunIssue is the input of the issue of a run.
type RunIssue struct {
	ID op.ID `json:"id" in:"required,ref=billing.run.list"`
}

// UniqueKey lets one issue of a run go on at a time.
func (in RunIssue) UniqueKey() string { return in.ID.String() }

// issueState is the checkpoint of an issue. What is out is in the parts themselves, so
// that an issue begun by one job is completed by another.
type issueState struct {
	Done int64 `json:"done"`
	// Verified says that everything the run was approved with was found as it was, and
	// Reservation which of its entity was the last one then.
	Verified    bool  `json:"verified"`
	Reservation int64 `json:"reservation"`
}

func (m *Module) registerIssue(r *op.Registry) {
	op.RegisterJob(r, op.Spec{Name: "billing.run.issue", Path: "/billing/runs/{id}/issue", Duties: duties()}, op.JobHandler[RunIssue, issueState]{
		Targets: func(ctx context.Context, x *op.Exec, in RunIssue) ([]op.Target, error) {
			return runTargets(ctx, x, RunRef(in))
		},
		Plan:   m.planIssue,
		Parts:  m.issueParts(),
		Chunk:  m.chunkIssue,
		Finish: m.finishIssue,
	})
}

// planIssue begins, or goes on with an issue that had begun.
func (m *Module) planIssue(ctx context.Context, x *op.Exec, in RunIssue) (issueState, int64, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return issueState{}, 0, err
	}
	if err := inState(run.State, Approved, Issuing); err != nil {
		return issueState{}, 0, err
	}
	done, err := billsIssued(ctx, x.R, run.ID)
	return issueState{Done: done}, run.Bills, err
}

// reserve takes, in one transaction, the run's whole range of numbers and ids and posts its
// totals. Once numbers are taken the run can only be completed: what has changed since its
// approval is told before.
func (m *Module) reserve(ctx context.Context, x *op.Exec, run *Run, s *issueState) error {
	if err := x.Tx.Lock(ctx, int64(run.ID), int64(run.Entity)); err != nil {
		return err
	}
	now, err := findRun(ctx, x, run.ID)
	if err != nil {
		return err
	}
	if *run = now; inState(run.State, Approved) != nil {
		return inState(run.State, Approved)
	}
	if !s.Verified {
		if s.Reservation, err = lastReservation(ctx, x.R, run.Entity); err != nil {
			return err
		}
		if err := m.verifyHere(ctx, x.R, run); err != nil {
			return err
		}
		s.Verified = true
	}
	changed, err := activeChanged(ctx, x.R, run.ID)
	if err != nil {
		return err
	}
	if changed {
		return fault.New(fault.Conflict, "billing.tariffs_changed", "run", run.Code)
	}
	if err := noRival(ctx, x, run, s.Reservation); err != nil {
		return err
	}
	was := *run
	if err := m.postBooks(ctx, x, run); err != nil {
		return err
	}
	if run.firstBill, err = x.Tx.NewIDs(ctx, run.Bills); err != nil {
		return err
	}
	if run.firstNumber, err = nextNumbers(ctx, x.Tx, run, KindBill, run.Bills); err != nil {
		return err
	}
	run.State = Issuing
	if err := updateRun(ctx, x.Tx, run); err != nil {
		return err
	}
	if err := markReserved(ctx, x.Tx, run); err != nil {
		return err
	}
	return x.Change("billing_run", int64(run.ID), run.Code, was, *run)
}

// verifyHere is the verification inside the transaction, where nothing was done before it.
func (m *Module) verifyHere(ctx context.Context, r db.Reader, run *Run) error {
	all, err := chunksOf(ctx, r, run.ID)
	for i := 0; i < len(all) && err == nil; i++ {
		err = verifyChunk(ctx, r, run, &all[i])
	}
	return err
}

// noRival refuses a run while another one bills the same: Conflict "billing.run_open".
func noRival(ctx context.Context, x *op.Exec, run *Run, after int64) error {
	rivals, err := rivalsOf(ctx, x.R, run, after)
	if err != nil {
		return err
	}
	for i := range rivals {
		for _, pair := range [][2]op.ID{{rivals[i].Unit, run.Unit}, {run.Unit, rivals[i].Unit}} {
			within, err := x.Places().Within(ctx, x.R, int64(pair[0]), int64(pair[1]), run.IssuedOn)
			if err != nil {
				return err
			}
			if within {
				return fault.New(fault.Conflict, "billing.run_open", "run", rivals[i].Code)
			}
		}
	}
	return nil
}

// chunkIssue takes the run's numbers; then its parts are issued (putPart), and the chunk
// after them is the last.
func (m *Module) chunkIssue(ctx context.Context, x *op.Exec, in RunIssue, s *issueState) (int64, bool, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return s.Done, false, err
	}
	if run.State == Approved {
		return s.Done, false, m.reserve(ctx, x, &run, s)
	}
	if err := inState(run.State, Issuing); err != nil {
		return s.Done, false, err
	}
	left, err := partsLeft(ctx, x.R, run.ID)
	if err != nil {
		return s.Done, false, err
	}
	s.Done, err = billsIssued(ctx, x.R, run.ID)
	return s.Done, len(left) == 0, err
}

// issueParts are the parts of a run once it has its numbers: where each begins in them is
// known from its drafts, so that they are issued beside each other.
func (m *Module) issueParts() op.Parts[RunIssue] {
	return op.Parts[RunIssue]{
		Left: func(ctx context.Context, r db.Reader, in RunIssue) ([]int64, error) {
			run, err := loadRun(ctx, r, in.ID)
			if err != nil || run.State != Issuing {
				return nil, err // a state that does not fit is told by the chunk
			}
			return partsLeft(ctx, r, in.ID)
		},
		Make: func(ctx context.Context, r db.Reader, in RunIssue, no int64) (any, error) {
			return m.bills(ctx, r, in.ID, no)
		},
		Do: m.putPart,
	}
}

// bills computes the bills of a part again from what was kept of it.
func (m *Module) bills(ctx context.Context, r db.Reader, id op.ID, no int64) (*part, error) {
	run, err := loadRun(ctx, r, id)
	if err != nil {
		return nil, err
	}
	rd, err := m.thawed(ctx, r, &run, no)
	if err != nil {
		return nil, err
	}
	return m.finished(ctx, r, rd)
}

// putPart issues a part of a run: Internal "billing.part_damaged" when it is not what was
// approved. Parts are numbered from 0, for people from 1.
func (m *Module) putPart(ctx context.Context, x *op.Exec, in RunIssue, no int64, made any) (int64, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return 0, err
	}
	if err := inState(run.State, Issuing); err != nil {
		return 0, err
	}
	c, err := chunkAt(ctx, x.R, run.ID, no)
	if err != nil || c.issued {
		return 0, err
	}
	p, _ := made.(*part)
	if p == nil || !c.holds(p) {
		return 0, fault.New(fault.Internal, "billing.part_damaged", "run", run.Code, "chunk", no+1)
	}
	if err := m.put(ctx, x, &run, c, p); err != nil {
		return 0, err
	}
	after := struct {
		Chunk  int64        `json:"chunk"`
		Bills  int64        `json:"bills"`
		Total  money.Amount `json:"total"`
		SHA256 string       `json:"sha256"`
	}{no + 1, c.bills, p.total, c.sha}
	return c.bills, x.Change("billing_run", int64(run.ID), run.Code, nil, after)
}

// holds says that drafts are exactly those that were approved.
func (c *chunk) holds(p *part) bool { return p.sha == c.sha && int64(len(p.drafts)) == c.bills }

func (m *Module) finishIssue(ctx context.Context, x *op.Exec, in RunIssue, _ issueState) (any, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return nil, err
	}
	was := run
	run.State = Issued
	if err := updateRun(ctx, x.Tx, &run); err != nil {
		return nil, err
	}
	if err := dropInputs(ctx, x.Tx, run.ID); err != nil {
		return nil, err
	}
	if err := markIssued(ctx, x.Tx, run.ID, x.Now); err != nil {
		return nil, err
	}
	out := RunSummary{Run: run.ID, Code: run.Code, Bills: run.Bills, Total: run.Total, SHA256: run.SHA256}
	if out.Blocking, out.Warnings, err = openExceptions(ctx, x.R, run.ID); err != nil {
		return nil, err
	}
	return out, x.Change("billing_run", int64(run.ID), run.Code, was, run)
}
