package op

import (
	"context"
	"encoding/json"
	"iter"

	"wasl/internal/kernel/fault"
)

// ProposalFilter narrows the list of proposals.
type ProposalFilter struct {
	State ProposalState `json:"state"`
	// Mine keeps what the actor may decide and leaves out what he proposed.
	Mine bool `json:"to_decide"`
}

// ProposalRef points at a proposal.
type ProposalRef struct {
	ID ID `json:"id" in:"required"`
}

// Decision is the input of approving or withdrawing.
type Decision struct {
	ID      ID     `json:"id" in:"required"`
	Version int64  `json:"version" in:"required,min=1"`
	Reason  string `json:"reason" in:"max=500,lines"`
}

// RefusalInput is the input of declining: a reason is due.
type RefusalInput struct {
	ID      ID     `json:"id" in:"required"`
	Version int64  `json:"version" in:"required,min=1"`
	Reason  string `json:"reason" in:"required,min=3,max=500,lines"`
}

// Decided is the answer of a decision.
type Decided struct {
	ID     ID              `json:"id"`
	Number string          `json:"number"`
	State  ProposalState   `json:"state"`
	Result json.RawMessage `json:"result,omitempty"`
}

// Policy is what the program's owner sets about approvals.
type Policy struct {
	// ConsoleApproves lets the local command line decide (the demo only).
	ConsoleApproves bool
}

// RegisterApprovals registers the operations on proposals.
func RegisterApprovals(r *Registry, policy Policy) {
	RegisterList(r, Spec{
		Name: "approval.list", Path: "/approvals", Access: Signed, Duties: []string{"DRI-07", "DRI-25"},
	}, ListHandler[ProposalFilter, Proposal]{
		Sorts: []string{"-proposed_at"},
		Rows: func(ctx context.Context, x *Exec, in ProposalFilter) iter.Seq2[Proposal, error] {
			rights, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
			if err != nil {
				return func(yield func(Proposal, error) bool) { yield(Proposal{}, err) }
			}
			return listProposals(ctx, x, rights, in)
		},
	})
	RegisterGet(r, Spec{
		Name: "approval.show", Path: "/approvals/{id}", Access: Signed, Duties: []string{"DRI-07"},
	}, GetHandler[ProposalRef, Proposal]{Do: showProposal})
	RegisterCommand(r, Spec{
		Name: "approval.approve", Path: "/approvals/{id}/approve", Access: Signed, Versioned: true, Duties: []string{"DRI-07", "DRI-25"},
	}, CommandHandler[Decision, Decided]{
		Locks: func(in Decision) []int64 { return []int64{int64(in.ID)} },
		Do: func(ctx context.Context, x *Exec, in Decision) (Decided, error) {
			return decide(ctx, x, policy, in.ID, in.Version, Approved, in.Reason)
		},
	})
	RegisterCommand(r, Spec{
		Name: "approval.decline", Path: "/approvals/{id}/decline", Access: Signed, Versioned: true, Duties: []string{"DRI-07", "DRI-25"},
	}, CommandHandler[RefusalInput, Decided]{
		Locks: func(in RefusalInput) []int64 { return []int64{int64(in.ID)} },
		Do: func(ctx context.Context, x *Exec, in RefusalInput) (Decided, error) {
			return decide(ctx, x, policy, in.ID, in.Version, Declined, in.Reason)
		},
	})
	RegisterCommand(r, Spec{
		Name: "approval.withdraw", Path: "/approvals/{id}/withdraw", Access: Signed, Versioned: true, Duties: []string{"DRI-07"},
	}, CommandHandler[Decision, Decided]{
		Locks: func(in Decision) []int64 { return []int64{int64(in.ID)} },
		Do: func(ctx context.Context, x *Exec, in Decision) (Decided, error) {
			return decide(ctx, x, policy, in.ID, in.Version, Withdrawn, in.Reason)
		},
	})
}

func showProposal(ctx context.Context, x *Exec, in ProposalRef) (Proposal, error) {
	p, err := FindProposal(ctx, x.R, in.ID)
	if err != nil {
		return p, err
	}
	return p, x.mustSee(ctx, in.ID)
}

func (x *Exec) mustSee(ctx context.Context, id ID) error {
	rights, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return err
	}
	ok, err := x.canSee(ctx, rights, id)
	if err == nil && !ok {
		err = fault.New(fault.Forbidden, "approval.not_yours")
	}
	return err
}

// decide moves a proposal to its final state, carrying it out when approved.
func decide(ctx context.Context, x *Exec, policy Policy, id ID, version int64, to ProposalState, reason string) (Decided, error) {
	p, err := FindProposal(ctx, x.R, id)
	if err != nil {
		return Decided{}, err
	}
	if err := x.mustSee(ctx, id); err != nil {
		return Decided{}, err
	}
	if err := x.mayDecide(policy, p, to); err != nil {
		return Decided{}, err
	}
	if p.State != Waiting {
		return Decided{}, fault.New(fault.Conflict, "approval.decided", "state", p.State)
	}
	if err := CheckVersion(p.Version, version); err != nil {
		return Decided{}, err
	}
	if !x.Now.Before(p.ExpiresAt) {
		return Decided{}, fault.New(fault.Precondition, "approval.expired", "since", p.ExpiresAt)
	}
	answer := Decided{ID: p.ID, Number: p.Number, State: to}
	if to == Approved {
		if answer.Result, err = x.approve(ctx, p); err != nil {
			return Decided{}, err
		}
	}
	if err := decideProposal(ctx, x.Tx, p, to, x.Actor.UserID, reason); err != nil {
		return Decided{}, err
	}
	x.Emit(TopicDecided, ProposalEvent{Proposal: p.ID})
	return answer, x.Change("proposal", int64(p.ID), p.Number,
		map[string]any{"state": Waiting}, map[string]any{"state": to, "reason": reason, "operation": p.Operation})
}

// mayDecide keeps the two persons apart: only the proposer withdraws, never
// the proposer decides, and the console decides nothing outside the demo.
func (x *Exec) mayDecide(policy Policy, p Proposal, to ProposalState) error {
	own := int64(p.ProposerID) == x.Actor.UserID
	switch {
	case to == Withdrawn && !own:
		return fault.New(fault.Forbidden, "approval.not_proposer")
	case to != Withdrawn && own:
		return fault.New(fault.Forbidden, "approval.own")
	case to != Withdrawn && x.Actor.Channel == Console && !policy.ConsoleApproves:
		return fault.New(fault.Forbidden, "approval.console")
	}
	return nil
}
