package access

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// PasswordInput is a user changing his own password.
type PasswordInput struct {
	Current  string `json:"current" in:"required,max=600,secret"`
	Password string `json:"password" in:"required,max=600,secret"`

	checked checked
	hash    string
}

// MyRights are what the user may do today, for the navigation.
type MyRights struct {
	Rights []MyRight `json:"rights"`
}

// MyRight is one right and the places where it holds.
type MyRight struct {
	Right  string    `json:"right"`
	Places []MyPlace `json:"places"`
}

// MyPlace is a unit with all below it, up to an amount.
type MyPlace struct {
	Unit  op.ID         `json:"unit"`
	Limit *money.Amount `json:"limit,omitempty"`
}

func (m *Module) registerMe(r *op.Registry) {
	duties := dutiesRights()
	op.RegisterGet(r, op.Spec{Name: "me.show", Path: "/me", Access: op.Signed, Duties: duties}, op.GetHandler[Nothing, User]{
		Do: func(ctx context.Context, x *op.Exec, _ Nothing) (User, error) {
			return findUser(ctx, x.R, op.ID(x.Actor.UserID))
		},
	})
	op.RegisterGet(r, op.Spec{Name: "me.rights", Path: "/me/rights", Access: op.Signed, Duties: duties},
		op.GetHandler[Nothing, MyRights]{Do: myRights})
	op.RegisterCommand(r, op.Spec{Name: "me.password", Path: "/me/password", Access: op.Signed, Hidden: true, Duties: duties},
		op.CommandHandler[PasswordInput, SignedIn]{Prepare: m.preparePassword, Do: m.changePassword})
	op.RegisterList(r, op.Spec{Name: "me.sessions", Path: "/me/sessions", Access: op.Signed, Duties: duties}, op.ListHandler[Nothing, Session]{
		Sorts: []string{"-created_at"},
		Rows: func(ctx context.Context, x *op.Exec, _ Nothing) iter.Seq2[Session, error] {
			return ownSessions(ctx, x, m.o.Session)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "me.session_revoke", Path: "/me/sessions/{id}/revoke", Access: op.Signed, Duties: duties},
		op.CommandHandler[SessionRef, Nothing]{
			Do: func(ctx context.Context, x *op.Exec, in SessionRef) (Nothing, error) {
				if err := ownSession(ctx, x, in.ID); err != nil {
					return Nothing{}, err
				}
				return Nothing{}, endSession(ctx, x, in.ID, x.Actor.Login)
			},
		})
}

func myRights(ctx context.Context, x *op.Exec, _ Nothing) (MyRights, error) {
	rights, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return MyRights{}, err
	}
	out := MyRights{Rights: []MyRight{}}
	for _, name := range rights.Names() {
		mine := MyRight{Right: name}
		for _, root := range rights.Roots(name) {
			mine.Places = append(mine.Places, MyPlace{Unit: op.ID(root.Unit), Limit: root.Limit})
		}
		out.Rights = append(out.Rights, mine)
	}
	return out, nil
}

// preparePassword applies the policy, verifies the current password and hashes
// the new one before any lock.
func (m *Module) preparePassword(ctx context.Context, p *op.Prep, in *PasswordInput) error {
	var u secretUser
	err := p.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		u, err = findSecret(ctx, r, op.ID(p.Actor.UserID))
		return err
	})
	if err != nil {
		return err
	}
	if in.Password == in.Current {
		return fault.InvalidField("password", "password.same")
	}
	if err := passwordFaults(in.Password, u.Login, u.Name); err != nil {
		return err
	}
	if in.checked, err = m.check(ctx, in.Current, u.hash); err != nil || !in.checked.ok {
		return err
	}
	in.hash, err = m.o.Hasher.Hash(ctx, in.Password)
	return err
}

// changePassword counts a wrong current password like a failed login: a stolen
// session is no way to guess it. Every session of before ends; the one that
// asked gets a new token.
func (m *Module) changePassword(ctx context.Context, x *op.Exec, in PasswordInput) (SignedIn, error) {
	if x.Actor.TokenID != 0 {
		return SignedIn{}, fault.New(fault.Forbidden, "token.by_token")
	}
	u, err := findSecret(ctx, x.R, op.ID(x.Actor.UserID))
	if err != nil {
		return SignedIn{}, err
	}
	a := attempt{login: u.Login, address: x.Address, user: u.ID}
	if err := m.admit(ctx, x.Tx, a); err != nil {
		return SignedIn{}, err
	}
	if !in.checked.holds(u) {
		return SignedIn{}, op.Keep(fault.InvalidField("current", "password.wrong"))
	}
	if err := clearFailures(ctx, x.Tx, a); err != nil {
		return SignedIn{}, err
	}
	if err := m.newPassword(ctx, x, u.User, in.hash); err != nil {
		return SignedIn{}, err
	}
	if !auth.Renew(auth.EventPasswordChanged).Issue || x.Actor.SessionID == 0 {
		return SignedIn{User: u.ID, Login: u.Login, Name: u.Name, Lang: u.Lang}, nil
	}
	agent, err := agentOf(ctx, x.R, x.Actor.SessionID)
	if err != nil {
		return SignedIn{}, err
	}
	u.MustChange = false
	return m.openSession(ctx, x, u.User, agent)
}
