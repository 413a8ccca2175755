package access

import (
	"context"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// LoginInput is a login. Agent is the browser's name, for the list of sessions.
type LoginInput struct {
	Login    string `json:"login" in:"required,max=100,personal"`
	Password string `json:"password" in:"required,max=600,secret"`
	Agent    string `json:"agent" in:"max=1000"`

	checked checked
}

// SignedIn is the answer to a login: the token of the session, shown once.
type SignedIn struct {
	Token      string    `json:"token,omitempty" out:"secret"`
	Session    op.ID     `json:"session"`
	User       op.ID     `json:"user" out:"ref=user"`
	Login      string    `json:"login"`
	Name       string    `json:"name"`
	Lang       Lang      `json:"lang"`
	MustChange bool      `json:"must_change"`
	EndsAt     time.Time `json:"ends_at,omitzero"`
}

// InvitationInput chooses a password by a one-time link.
type InvitationInput struct {
	Link     string `json:"link" in:"required,max=200,secret"`
	Password string `json:"password" in:"required,max=600,secret"`

	hash string
}

// InvitationAnswer says for whom.
type InvitationAnswer struct {
	Login string `json:"login"`
}

func (m *Module) registerLogin(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{Name: "access.login", Path: "/login", Access: op.Anyone, Hidden: true, Duties: dutiesRights()},
		op.CommandHandler[LoginInput, SignedIn]{Prepare: m.prepareLogin, Do: m.login})
	op.RegisterCommand(r, op.Spec{Name: "access.logout", Path: "/logout", Access: op.Signed, Hidden: true, Duties: dutiesRights()},
		op.CommandHandler[Nothing, Nothing]{Do: logout})
	op.RegisterCommand(r, op.Spec{Name: "access.invitation", Path: "/invitation", Access: op.Anyone, Hidden: true, Duties: dutiesRights()},
		op.CommandHandler[InvitationInput, InvitationAnswer]{Prepare: m.prepareInvitation, Do: m.acceptInvitation})
	op.RegisterCommand(r, op.Spec{Name: "access.setup", Path: "/setup", Access: op.Anyone, Hidden: true, Duties: dutiesRights()},
		op.CommandHandler[SetupInput, SetupAnswer]{
			Prepare: m.prepareSetup,
			Locks:   func(SetupInput) []int64 { return []int64{lockSetup} },
			Do:      m.setup,
		})
}

// prepareLogin verifies the password before any lock. Where nobody could be
// known by his address, a throttled attempt is refused before that work.
func (m *Module) prepareLogin(ctx context.Context, p *op.Prep, in *LoginInput) error {
	var u secretUser
	err := p.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		a := attempt{login: foldLogin(in.Login)}
		if u, _, err = findLogin(ctx, r, a.login); err != nil {
			return err
		}
		a.user = u.ID
		if known, err := hasPlaces(ctx, r, a); err != nil || known {
			return err
		}
		recent, err := readRecent(ctx, r, a)
		if err != nil {
			return err
		}
		if d := m.o.Throttle.Decide(recent, r.Now()); !d.Allowed {
			return throttled(d)
		}
		return nil
	})
	if err != nil {
		return err
	}
	in.checked, err = m.check(ctx, in.Password, u.hash)
	return err
}

// login counts the attempt, judges it and opens a session. Whatever is wrong,
// the answer is the same. The token presented, if any, is never carried over.
func (m *Module) login(ctx context.Context, x *op.Exec, in LoginInput) (SignedIn, error) {
	u, found, err := findLogin(ctx, x.R, foldLogin(in.Login))
	if err != nil {
		return SignedIn{}, err
	}
	a := attempt{login: foldLogin(in.Login), address: x.Address, user: u.ID}
	if err := m.admit(ctx, x.Tx, a); err != nil {
		return SignedIn{}, err
	}
	if !found || u.State != Active || !in.checked.holds(u) {
		return SignedIn{}, refuseLogin(x, u)
	}
	if err := a.welcome(ctx, x.Tx); err != nil {
		return SignedIn{}, err
	}
	if in.checked.rehash != "" {
		if err := saveRehash(ctx, x.Tx, u.ID, in.checked.rehash); err != nil {
			return SignedIn{}, err
		}
	}
	if renewal := auth.Renew(auth.EventLogin); renewal.RevokeThis && x.Actor.SessionID != 0 {
		if err := revokeSession(ctx, x.Tx, op.ID(x.Actor.SessionID)); err != nil {
			return SignedIn{}, err
		}
	}
	return m.openSession(ctx, x, u.User, in.Agent)
}

// refuseLogin keeps the count and says in the audit whose account was tried.
func refuseLogin(x *op.Exec, u secretUser) error {
	if u.ID != 0 {
		if err := x.Change("user", int64(u.ID), u.Name, nil, map[string]any{"login": "refused"}); err != nil {
			return err
		}
	}
	return op.Keep(fault.New(fault.Unauthenticated, "login.refused"))
}

func logout(ctx context.Context, x *op.Exec, _ Nothing) (Nothing, error) {
	if x.Actor.SessionID == 0 {
		return Nothing{}, fault.New(fault.Precondition, "session.none")
	}
	return Nothing{}, endSession(ctx, x, op.ID(x.Actor.SessionID), x.Actor.Login)
}

// prepareInvitation finds the link, applies the policy and hashes, in the order
// that costs a stranger the most and the program the least.
func (m *Module) prepareInvitation(ctx context.Context, p *op.Prep, in *InvitationInput) error {
	var u User
	err := p.Read(ctx, func(ctx context.Context, r db.Reader) error {
		_, id, err := openLink(ctx, r, r.Now(), in.Link, linkInvitation, linkReset)
		if err == nil {
			u, err = findUser(ctx, r, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := passwordFaults(in.Password, u.Login, u.Name); err != nil {
		return err
	}
	in.hash, err = m.o.Hasher.Hash(ctx, in.Password)
	return err
}

func (m *Module) acceptInvitation(ctx context.Context, x *op.Exec, in InvitationInput) (InvitationAnswer, error) {
	digest, id, err := openLink(ctx, x.R, x.Now, in.Link, linkInvitation, linkReset)
	if err != nil {
		return InvitationAnswer{}, err
	}
	u, err := findUser(ctx, x.R, id)
	if err != nil {
		return InvitationAnswer{}, err
	}
	if err := u.mustBeActive(); err != nil {
		return InvitationAnswer{}, err
	}
	if err := useLink(ctx, x.Tx, digest); err != nil {
		return InvitationAnswer{}, err
	}
	if err := m.newPassword(ctx, x, u, in.hash); err != nil {
		return InvitationAnswer{}, err
	}
	if err := clearLogin(ctx, x.Tx, u.Login); err != nil {
		return InvitationAnswer{}, err
	}
	return InvitationAnswer{Login: u.Login}, nil
}

// newPassword stores a password its owner chose: every session and link of
// before ends.
func (m *Module) newPassword(ctx context.Context, x *op.Exec, u User, hash string) error {
	if err := savePassword(ctx, x.Tx, u.ID, hash, false); err != nil {
		return err
	}
	if err := revokeSessions(ctx, x.Tx, u.ID, 0); err != nil {
		return err
	}
	if err := voidLinks(ctx, x.Tx, u.ID); err != nil {
		return err
	}
	return x.Change("user", int64(u.ID), u.Name, map[string]any{"password": "old"}, map[string]any{"password": "new"})
}
