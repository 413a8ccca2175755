package op

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// Proposal is a request that waits, or waited, for a second person.
type Proposal struct {
	ID         ID              `json:"id"`
	Number     string          `json:"number"`
	Operation  string          `json:"operation"`
	UnitID     ID              `json:"unit" out:"ref=unit"`
	State      ProposalState   `json:"state"`
	Version    int64           `json:"version"`
	ProposerID ID              `json:"proposer" out:"ref=user"`
	Channel    Channel         `json:"channel"`
	ProposedAt time.Time       `json:"proposed_at,omitzero"`
	ExpiresAt  time.Time       `json:"expires_at,omitzero"`
	DeciderID  ID              `json:"decider" out:"ref=user"`
	DecidedAt  time.Time       `json:"decided_at,omitzero"`
	Reason     string          `json:"reason"`
	Input      json.RawMessage `json:"input"`
	Effect     json.RawMessage `json:"effect"`
	InputHash  []byte          `json:"-"`
}

// PageKey is the row's place in its list.
func (p Proposal) PageKey(string) []string { return []string{KeyText(p.ProposedAt), p.ID.String()} }

const proposalColumns = `id, number, operation, unit_id, state, version, proposer_id, channel, proposed_at, expires_at,
	decider_id, decided_at, reason, input, effect, input_hash`

func scanProposal(rows db.Rows) (p Proposal, err error) {
	var input, effect string
	var decider *int64
	err = rows.Scan(&p.ID, &p.Number, &p.Operation, &p.UnitID, &p.State, &p.Version, &p.ProposerID, &p.Channel, &p.ProposedAt,
		&p.ExpiresAt, &decider, &p.DecidedAt, &p.Reason, &input, &effect, &p.InputHash)
	if decider != nil {
		p.DeciderID = ID(*decider)
	}
	p.Input, p.Effect = json.RawMessage(input), json.RawMessage(effect)
	return p, err
}

func insertProposal(ctx context.Context, tx db.Tx, p Proposal) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO proposal (id, number, operation, input, input_hash, effect, unit_id, state, version, proposer_id,
		   channel, proposed_at, expires_at, reason)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')`,
		p.ID, p.Number, p.Operation, string(p.Input), p.InputHash, string(p.Effect), p.UnitID, p.State, p.Version, p.ProposerID,
		p.Channel, p.ProposedAt, p.ExpiresAt)
	return err
}

// FindProposal reads one proposal; NotFound when there is none.
func FindProposal(ctx context.Context, r db.Reader, id ID) (Proposal, error) {
	p, err := db.One(ctx, r, scanProposal, `SELECT `+proposalColumns+` FROM proposal WHERE id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		return p, fault.New(fault.NotFound, "approval.unknown")
	}
	return p, err
}

// decideProposal moves a waiting proposal to a final state; Conflict when
// somebody else was faster.
func decideProposal(ctx context.Context, tx db.Tx, p Proposal, to ProposalState, decider int64, reason string) error {
	n, err := tx.Exec(ctx,
		`UPDATE proposal SET state = $1, version = version + 1, decider_id = $2, decided_at = $3, reason = $4
		 WHERE id = $5 AND state = 'waiting' AND version = $6`, to, decider, tx.Now(), reason, p.ID, p.Version)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "approval.decided")
	}
	return err
}

// ExpireProposals closes what waited too long and says how many.
func ExpireProposals(ctx context.Context, tx db.Tx) (int64, error) {
	return tx.Exec(ctx,
		`UPDATE proposal SET state = 'expired', version = version + 1, decided_at = $1
		 WHERE state = 'waiting' AND expires_at <= $1`, tx.Now())
}

// visibleProposals adds that a proposal is the actor's own or one he may decide.
func (x *Exec) visibleProposals(w *db.Where, rights *Rights, deciding bool) {
	var groups []func(*db.Where)
	if !deciding {
		groups = append(groups, func(w *db.Where) { w.And("proposer_id = ?", x.Actor.UserID) })
	}
	for _, d := range x.runner.Registry.All() {
		if !d.FourEyes || !rights.Has(d.ApproveRight()) {
			continue
		}
		groups = append(groups, func(w *db.Where) {
			w.And("operation = ?", d.Name)
			if deciding {
				w.And("proposer_id <> ?", x.Actor.UserID)
			}
			x.runner.Places.Filter(w, "unit_id", Scope{Roots: unitsOf(rights.Roots(d.ApproveRight())), On: x.Today})
		})
	}
	w.Or(groups...)
}

func listProposals(ctx context.Context, x *Exec, rights *Rights, in ProposalFilter) iter.Seq2[Proposal, error] {
	var w db.Where
	if in.State != "" {
		w.And("state = ?", in.State)
	}
	x.visibleProposals(&w, rights, in.Mine)
	order := x.Keyset(&w, map[string][]string{"proposed_at": {"@proposed_at", "#id"}})
	return db.Seq(ctx, x.R, scanProposal, `SELECT `+proposalColumns+` FROM proposal`+w.SQL()+order, w.Args()...)
}

// CountWaiting is the number of proposals the actor may decide.
func (x *Exec) CountWaiting(ctx context.Context) (int64, error) {
	rights, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return 0, err
	}
	var w db.Where
	w.And("state = 'waiting'")
	x.visibleProposals(&w, rights, true)
	return db.Value[int64](ctx, x.R, `SELECT count(*) FROM proposal`+w.SQL(), w.Args()...)
}

// canSee says whether the actor may see one proposal.
func (x *Exec) canSee(ctx context.Context, rights *Rights, id ID) (bool, error) {
	var w db.Where
	w.And("id = ?", id)
	x.visibleProposals(&w, rights, false)
	n, err := db.Value[int64](ctx, x.R, `SELECT count(*) FROM proposal`+w.SQL(), w.Args()...)
	return n > 0, err
}
