package op

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
)

// ProposalState is where a proposal stands.
type ProposalState string

// The states of a proposal; the last four are final.
const (
	Waiting   ProposalState = "waiting"
	Approved  ProposalState = "approved"
	Declined  ProposalState = "declined"
	Withdrawn ProposalState = "withdrawn"
	Expired   ProposalState = "expired"
)

// EnumName is the prefix of the texts.
func (ProposalState) EnumName() string { return "proposal_state" }

// EnumValues are the states.
func (ProposalState) EnumValues() []string {
	return []string{string(Waiting), string(Approved), string(Declined), string(Withdrawn), string(Expired)}
}

// ProposalLife is how long a proposal may wait.
const ProposalLife = 30 * 24 * time.Hour

// Topics of the outbox about proposals; the payload is ProposalEvent.
const (
	TopicProposed = "proposal.made"
	TopicDecided  = "proposal.decided"
)

// ProposalEvent is the payload of the proposal topics.
type ProposalEvent struct {
	Proposal ID `json:"proposal"`
}

// proposalAnswer is what the proposer gets, stored under his key.
type proposalAnswer struct {
	Proposal ID     `json:"proposal"`
	Number   string `json:"number"`
}

// mayActAlone says whether a four-eyes operation runs at once: only where the
// operation allows it and there has never been anybody to ask (adr/0007).
func (x *Exec) mayActAlone(ctx context.Context) (bool, error) {
	if x.Actor.Channel == System {
		return true, nil
	}
	if !x.Def.SoleAllowed {
		return false, nil
	}
	second, err := x.runner.Guard.SecondApprover(ctx, x.R, x.Def.ApproveRight(), x.Actor.UserID)
	return !second, err
}

// propose finds out what the operation would do, undoes it and stores the
// request for a second person.
func (m *member) propose(ctx context.Context, x *Exec, targets []Target) error {
	changes, err := x.effect(ctx, m.in)
	if err != nil {
		return err
	}
	effect, err := json.Marshal(changes)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return err
	}
	n, err := seq.Next(ctx, x.Tx, seq.Series{Kind: "proposal", Node: x.runner.Node, Exercise: int64(x.Today.Year())}, 1)
	if err != nil {
		return err
	}
	p := Proposal{
		ID: ID(id), Number: fmt.Sprintf("%s-%05d", proposalPrefix(x.runner.Node, int64(x.Today.Year())), n), Operation: m.def.Name,
		UnitID: ID(targets[0].Unit), State: Waiting, Version: 1, ProposerID: ID(m.actor.UserID), Channel: m.actor.Channel,
		ProposedAt: x.Now, ExpiresAt: x.Now.Add(ProposalLife), Input: m.input, InputHash: m.hash, Effect: effect,
	}
	if err := insertProposal(ctx, x.Tx, p); err != nil {
		return err
	}
	x.changes = changes
	x.Emit(TopicProposed, ProposalEvent{Proposal: p.ID})
	audit, err := x.writeAudit(ctx, Proposed, targets[0].Unit, m.input)
	if err != nil {
		return err
	}
	if err := x.writeEvents(ctx, targets[0].Unit); err != nil {
		return err
	}
	answer, err := json.Marshal(proposalAnswer{Proposal: p.ID, Number: p.Number})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	m.res = Result{Outcome: Proposed, JSON: answer, Changes: changes, Proposal: p.ID, Number: p.Number}
	return saveKey(ctx, x.Tx, m, string(answer), Proposed, audit)
}

// proposalPrefix is the part of a number that names its series: year and node.
func proposalPrefix(node, year int64) string { return fmt.Sprintf("D%d-%d", year, node) }

// effect runs the handler in a savepoint that is always undone.
func (x *Exec) effect(ctx context.Context, in any) (changes []Change, err error) {
	err = x.Tx.Sub(ctx, true, func(tx db.Tx) error {
		trial := *x
		trial.Tx, trial.R, trial.changes, trial.events = tx, tx, nil, nil
		_, err := x.Def.do(ctx, &trial, in)
		changes = trial.changes
		return err
	})
	return changes, err
}

// approve carries out a proposal in the transaction of its approval: the
// proposer's rights, the approver's, the state of the data and the effect shown
// are all checked again.
func (x *Exec) approve(ctx context.Context, p Proposal) (json.RawMessage, error) {
	d := x.runner.Registry.Find(p.Operation)
	if d == nil || !d.FourEyes {
		return nil, fault.New(fault.Precondition, "approval.operation_gone", "name", p.Operation)
	}
	raw, err := FromJSON(p.Input)
	if err != nil {
		return nil, err
	}
	in, err := d.decode(raw)
	if err != nil {
		return nil, err
	}
	if d.locks != nil {
		if err := x.Tx.Lock(ctx, d.locks(in)...); err != nil {
			return nil, err
		}
	}
	made, targets, err := x.onBehalf(ctx, d, p, in)
	if err != nil {
		return nil, err
	}
	out, err := d.do(ctx, made, in)
	if err != nil {
		return nil, err
	}
	if err := sameEffect(p.Effect, made.changes); err != nil {
		return nil, err
	}
	if _, err := made.writeAudit(ctx, Done, targets[0].Unit, p.Input); err != nil {
		return nil, err
	}
	if err := made.writeEvents(ctx, targets[0].Unit); err != nil {
		return nil, err
	}
	return d.storable(out)
}

// onBehalf checks both persons and gives the proposer's execution.
func (x *Exec) onBehalf(ctx context.Context, d *Def, p Proposal, in any) (*Exec, []Target, error) {
	g := x.runner.Guard
	if int64(p.ProposerID) == x.Actor.UserID {
		return nil, nil, fault.New(fault.Forbidden, "approval.own")
	}
	proposer, err := g.Authenticate(ctx, x.R, Credential{Channel: JobRun, UserID: int64(p.ProposerID)})
	if fault.KindOf(err) == fault.Unauthenticated {
		return nil, nil, fault.Wrap(err, fault.Precondition, "approval.proposer_gone")
	}
	if err != nil {
		return nil, nil, err
	}
	rights, err := g.RightsOf(ctx, x.R, proposer.UserID)
	if err != nil {
		return nil, nil, err
	}
	if !rights.Has(d.Name) {
		return nil, nil, fault.New(fault.Precondition, "approval.proposer_right", "right", d.Name)
	}
	proposer.Channel = p.Channel
	made := *x
	made.Def, made.Actor, made.Rights, made.Approver, made.changes, made.events = d, proposer, rights, &x.Actor, nil, nil
	targets, err := made.allowed(ctx, in, proposer.UserID, rights, d.Name)
	if err != nil {
		return nil, nil, err
	}
	mine, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return nil, nil, err
	}
	if !mine.Has(d.ApproveRight()) {
		return nil, nil, fault.New(fault.Forbidden, "right.missing", "right", d.ApproveRight())
	}
	for _, t := range targets {
		if err := x.reaches(ctx, mine.Roots(d.ApproveRight()), t); err != nil {
			return nil, nil, err
		}
	}
	return &made, targets, nil
}

// sameEffect compares what was shown with what would now be done. The ids of new
// records differ by nature and do not count.
func sameEffect(shown []byte, now []Change) error {
	var before []Change
	if err := json.Unmarshal(shown, &before); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	fresh, err := json.Marshal(now)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	var after []Change
	if err := json.Unmarshal(fresh, &after); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	for _, list := range [][]Change{before, after} {
		for i := range list {
			if list[i].Before == nil {
				list[i].ID = 0
			}
		}
	}
	if !reflect.DeepEqual(before, after) {
		return fault.New(fault.Conflict, "approval.effect_changed")
	}
	return nil
}
