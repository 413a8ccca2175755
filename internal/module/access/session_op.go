package access

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/op"
)

// SessionFilter narrows the list of sessions.
type SessionFilter struct {
	User op.ID `json:"user" in:"ref=access.user.list"`
}

// SessionRef points at a session.
type SessionRef struct {
	ID op.ID `json:"id" in:"required"`
}

// Nothing is an empty input or answer.
type Nothing struct{}

func (m *Module) registerSessions(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "access.session.list", Path: "/sessions", Duties: dutiesRights()}, op.ListHandler[SessionFilter, Session]{
		Sorts: []string{"-created_at"},
		Rows: func(ctx context.Context, x *op.Exec, in SessionFilter) iter.Seq2[Session, error] {
			return allSessions(ctx, x, m.o.Session, in)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "access.session.revoke", Path: "/sessions/{id}/revoke", Duties: dutiesRights()},
		op.CommandHandler[SessionRef, Nothing]{
			Targets: func(ctx context.Context, x *op.Exec, in SessionRef) ([]op.Target, error) {
				u, err := sessionOwner(ctx, x.R, in.ID)
				return []op.Target{{Unit: int64(u.Unit)}}, err
			},
			Do: func(ctx context.Context, x *op.Exec, in SessionRef) (Nothing, error) {
				u, err := sessionOwner(ctx, x.R, in.ID)
				if err != nil {
					return Nothing{}, err
				}
				return Nothing{}, endSession(ctx, x, in.ID, u.Login)
			},
		})
}

// endSession revokes a session and says so.
func endSession(ctx context.Context, x *op.Exec, id op.ID, login string) error {
	if err := revokeSession(ctx, x.Tx, id); err != nil {
		return err
	}
	return x.Change("session", int64(id), login, map[string]any{"state": auth.SessionLive}, map[string]any{"state": auth.SessionRevoked})
}

// openSession makes a session for a user and gives its token, once.
func (m *Module) openSession(ctx context.Context, x *op.Exec, u User, agent string) (SignedIn, error) {
	token, err := auth.NewToken(auth.SessionToken, m.o.Random)
	if err != nil {
		return SignedIn{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	s := Session{ID: op.ID(id), User: u.ID, CreatedAt: x.Now, SeenAt: x.Now, Address: x.Address, Agent: cut(agent, AgentMax)}
	if err := insertSession(ctx, x.Tx, s, token.Hash()); err != nil {
		return SignedIn{}, err
	}
	answer := SignedIn{
		Token: token.Reveal(), Session: s.ID, User: u.ID, Login: u.Login, Name: u.Name, Lang: u.Lang, MustChange: u.MustChange,
		EndsAt: x.Now.Add(m.o.Session.Absolute),
	}
	return answer, x.Change("session", id, u.Login, nil, map[string]any{"user": u.ID, "state": auth.SessionLive})
}

// cut keeps the first characters of a text.
func cut(s string, most int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), most)])
}

// ownSession refuses a session of somebody else as if it did not exist.
func ownSession(ctx context.Context, x *op.Exec, id op.ID) error {
	u, err := sessionOwner(ctx, x.R, id)
	if err == nil && int64(u.ID) != x.Actor.UserID {
		err = fault.New(fault.NotFound, "session.unknown", "id", id)
	}
	return err
}
