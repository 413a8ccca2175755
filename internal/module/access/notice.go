package access

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

// NoticeKind says what a notice is about; its text is "page.me.notice." and the
// kind.
type NoticeKind string

// The kinds of notice.
const (
	// NoticeProposed: something waits for this user's decision.
	NoticeProposed NoticeKind = "proposed"
	// NoticeDecided: what this user proposed was decided.
	NoticeDecided NoticeKind = "decided"
	// NoticeJob: long work this user asked for has ended.
	NoticeJob NoticeKind = "job"
)

// EnumName is the prefix of the texts.
func (NoticeKind) EnumName() string { return "notice_kind" }

// EnumValues are the kinds.
func (NoticeKind) EnumValues() []string {
	return []string{string(NoticeProposed), string(NoticeDecided), string(NoticeJob)}
}

// Notice is something a user should know.
type Notice struct {
	ID         op.ID      `json:"id"`
	RecordedAt time.Time  `json:"recorded_at,omitzero"`
	Kind       NoticeKind `json:"kind"`
	// Args complete the text: ids, numbers and operation names, no personal data.
	Args map[string]string `json:"args"`
	// Link is a page of the program.
	Link   string    `json:"link"`
	ReadAt time.Time `json:"read_at,omitzero"`
}

// PageKey is the row's place in its list.
func (n Notice) PageKey(string) []string { return []string{op.KeyText(n.RecordedAt), n.ID.String()} }

// NoticeFilter narrows the list of notices.
type NoticeFilter struct {
	Unread bool `json:"unread"`
}

// NoticeRef points at a notice; none is all of them.
type NoticeRef struct {
	ID op.ID `json:"id"`
}

// NoticesRead says how many notices were unread before.
type NoticesRead struct {
	Count int64 `json:"count"`
}

func (m *Module) registerNotices(r *op.Registry) {
	duties := []string{"DRI-07"}
	op.RegisterList(r, op.Spec{Name: "me.notices", Path: "/me/notices", Access: op.Signed, Duties: duties}, op.ListHandler[NoticeFilter, Notice]{
		Sorts: []string{"-recorded_at"},
		Rows: func(ctx context.Context, x *op.Exec, in NoticeFilter) iter.Seq2[Notice, error] {
			return ownNotices(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "me.notice_read", Path: "/me/notices/read", Access: op.Signed, Duties: duties},
		op.CommandHandler[NoticeRef, NoticesRead]{
			Do: func(ctx context.Context, x *op.Exec, in NoticeRef) (NoticesRead, error) {
				n, err := readNotices(ctx, x.Tx, x.Actor.UserID, in.ID)
				return NoticesRead{Count: n}, err
			},
		})
	r.Consume(op.Consumer{Topic: op.TopicProposed, Name: "access.notice", Handle: m.onProposed})
	r.Consume(op.Consumer{Topic: op.TopicDecided, Name: "access.notice", Handle: m.onDecided})
	r.Consume(op.Consumer{Topic: job.TopicDone, Name: "access.notice", Handle: onJobDone})
}

// proposalOf reads the proposal an event is about; false when it is gone.
func proposalOf(ctx context.Context, tx db.Tx, payload []byte) (p op.Proposal, found bool, err error) {
	var e op.ProposalEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return p, false, fault.Wrap(err, fault.Internal, "internal")
	}
	p, err = op.FindProposal(ctx, tx, e.Proposal)
	if fault.KindOf(err) == fault.NotFound {
		return p, false, nil
	}
	return p, err == nil, err
}

// onProposed tells everybody who may decide: the right to approve, held over the
// unit, and not the proposer.
func (m *Module) onProposed(ctx context.Context, tx db.Tx, payload []byte) error {
	p, found, err := proposalOf(ctx, tx, payload)
	if err != nil || !found || p.State != op.Waiting {
		return err
	}
	on := day.Of(tx.Now())
	candidates, err := holdersOfRight(ctx, tx, p.Operation+op.ApproveSuffix, on)
	if err != nil {
		return err
	}
	told := map[op.ID]bool{p.ProposerID: true}
	for _, c := range candidates {
		if told[c.User] {
			continue
		}
		in, err := m.o.Places.Within(ctx, tx, int64(p.UnitID), int64(c.Unit), on)
		if err != nil {
			return err
		}
		if !in {
			continue
		}
		told[c.User] = true
		if err := addNotice(ctx, tx, c.User, NoticeProposed, p); err != nil {
			return err
		}
	}
	return nil
}

// onDecided tells the proposer, unless he took it back himself.
func (m *Module) onDecided(ctx context.Context, tx db.Tx, payload []byte) error {
	p, found, err := proposalOf(ctx, tx, payload)
	if err != nil || !found || p.State == op.Withdrawn {
		return err
	}
	return addNotice(ctx, tx, p.ProposerID, NoticeDecided, p)
}

// onJobDone tells the person who asked for long work how it ended. What the program
// starts by itself has nobody to tell.
func onJobDone(ctx context.Context, tx db.Tx, payload []byte) error {
	var e job.DoneEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	j, err := job.Find(ctx, tx, e.Job)
	if fault.KindOf(err) == fault.NotFound || err == nil && j.Actor == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	args, err := json.Marshal(map[string]string{"operation": j.Operation, "state": string(j.State)})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	return insertNotice(ctx, tx, j.Actor, NoticeJob, string(args), "/jobs/"+j.ID.String())
}

func addNotice(ctx context.Context, tx db.Tx, user op.ID, kind NoticeKind, p op.Proposal) error {
	args, err := json.Marshal(map[string]string{"number": p.Number, "operation": p.Operation, "state": string(p.State)})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	return insertNotice(ctx, tx, user, kind, string(args), "/approvals/"+p.ID.String())
}
