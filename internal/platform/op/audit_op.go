package op

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// AuditFilter narrows the audit.
type AuditFilter struct {
	// From and To are business days, both included.
	From      day.Date `json:"from"`
	To        day.Date `json:"to"`
	Operation string   `json:"operation" in:"pattern=right"`
	Actor     ID       `json:"actor" in:"ref=access.user.list"`
	// Subject is a kind of record ("unit", "user"), SubjectID one of them.
	Subject   string `json:"subject" in:"max=40"`
	SubjectID ID     `json:"subject_id"`
}

// AuditEntry is one audit row as shown.
type AuditEntry struct {
	ID         ID        `json:"id"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
	Operation  string    `json:"operation"`
	Outcome    string    `json:"outcome"`
	Channel    Channel   `json:"channel"`
	Actor      ID        `json:"actor" out:"ref=user"`
	Approver   ID        `json:"approver" out:"ref=user"`
	Unit       ID        `json:"unit" out:"ref=unit"`
	Subject    string    `json:"subject"`
	SubjectID  ID        `json:"subject_id"`
	RequestID  string    `json:"request_id"`
	Detail     Detail    `json:"detail"`
}

// PageKey is the row's place in its list.
func (e AuditEntry) PageKey(string) []string { return []string{KeyText(e.RecordedAt), e.ID.String()} }

// entry is the row as shown. An erased detail is empty.
func (a auditRow) entry() (AuditEntry, error) {
	e := AuditEntry{
		ID: ID(a.ID), RecordedAt: a.RecordedAt, Operation: a.Operation, Outcome: string(a.Outcome), Channel: a.Channel, Actor: ID(a.ActorID),
		Approver: ID(a.ApproverID), Unit: ID(a.UnitID), Subject: a.SubjectKind, SubjectID: ID(a.SubjectID), RequestID: a.RequestID,
	}
	if a.Detail == "" {
		return e, nil
	}
	if err := json.Unmarshal([]byte(a.Detail), &e.Detail); err != nil {
		return e, fault.Wrap(err, fault.Internal, "internal")
	}
	return e, nil
}

// AuditRef points at an audit row.
type AuditRef struct {
	ID ID `json:"id" in:"required"`
}

// OutState is where an outbox event stands.
type OutState string

// EnumName is the prefix of the texts.
func (OutState) EnumName() string { return "outbox_state" }

// EnumValues are the states.
func (OutState) EnumValues() []string { return []string{EventPending, EventDone, EventFailed} }

// OutboxFilter narrows the list of events.
type OutboxFilter struct {
	State OutState `json:"state"`
}

// OutboxRef points at an event.
type OutboxRef struct {
	ID ID `json:"id" in:"required"`
}

// RegisterAudit registers the operations on the audit and the outbox.
func RegisterAudit(r *Registry) {
	RegisterList(r, Spec{Name: "audit.entry.list", Path: "/audit", Duties: []string{"DRI-07", "DRI-25"}}, ListHandler[AuditFilter, AuditEntry]{
		Sorts: []string{"-recorded_at"},
		Rows: func(ctx context.Context, x *Exec, in AuditFilter) iter.Seq2[AuditEntry, error] {
			return listAudit(ctx, x, in)
		},
	})
	RegisterGet(r, Spec{Name: "audit.entry.show", Path: "/audit/{id}", Duties: []string{"DRI-07", "DRI-25"}}, GetHandler[AuditRef, AuditEntry]{
		Targets: func(ctx context.Context, x *Exec, in AuditRef) ([]Target, error) {
			a, err := findAudit(ctx, x.R, in.ID)
			return []Target{{Unit: a.UnitID}}, err
		},
		Do: func(ctx context.Context, x *Exec, in AuditRef) (AuditEntry, error) {
			a, err := findAudit(ctx, x.R, in.ID)
			if err != nil {
				return AuditEntry{}, err
			}
			return a.entry()
		},
	})
	RegisterList(r, Spec{Name: "outbox.event.list", Path: "/outbox"}, ListHandler[OutboxFilter, OutboxEntry]{
		Sorts: []string{"-id"},
		Rows: func(ctx context.Context, x *Exec, in OutboxFilter) iter.Seq2[OutboxEntry, error] {
			return outboxEntries(ctx, x, in.State)
		},
	})
	RegisterCommand(r, Spec{Name: "outbox.event.retry", Path: "/outbox/{id}/retry"}, CommandHandler[OutboxRef, OutboxRef]{
		Locks: func(in OutboxRef) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *Exec, in OutboxRef) ([]Target, error) {
			unit, _, found, err := outboxUnit(ctx, x.R, in.ID)
			if err == nil && !found {
				err = fault.New(fault.NotFound, "outbox.unknown")
			}
			return []Target{{Unit: unit}}, err
		},
		Do: func(ctx context.Context, x *Exec, in OutboxRef) (OutboxRef, error) {
			_, failed, _, err := outboxUnit(ctx, x.R, in.ID)
			if err != nil {
				return in, err
			}
			if !failed {
				return in, fault.New(fault.Precondition, "outbox.not_failed")
			}
			if err := reviveEvent(ctx, x.Tx, in.ID); err != nil {
				return in, err
			}
			return in, x.Change("event", int64(in.ID), in.ID.String(), map[string]any{"state": EventFailed}, map[string]any{"state": EventPending})
		},
	})
}
