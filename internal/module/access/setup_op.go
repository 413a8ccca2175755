package access

import (
	"context"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// SetupLife is how long the link for the first administrator is good; each
// start of an empty program issues another.
const SetupLife = 24 * time.Hour

// SetupInput makes the first administrator and the top of the organisation.
type SetupInput struct {
	Link     string `json:"link" in:"required,max=200,secret"`
	Login    string `json:"login" in:"required,pattern=login"`
	Name     string `json:"name" in:"required,min=2,max=100,personal"`
	Email    string `json:"email" in:"pattern=email,max=200,personal"`
	Password string `json:"password" in:"required,max=600,secret"`
	UnitCode string `json:"unit_code" in:"required,pattern=code"`
	UnitName string `json:"unit_name" in:"required,min=2,max=100"`

	hash string
}

// SetupAnswer says what was made.
type SetupAnswer struct {
	User op.ID `json:"user" out:"ref=user"`
	Unit op.ID `json:"unit" out:"ref=unit"`
}

// IssueSetupToken makes the one-time link for the first administrator and voids
// those issued before. Precondition "setup.done" when there is a user already.
func (m *Module) IssueSetupToken(ctx context.Context, tx db.Tx) (auth.Token, error) {
	if err := tx.Lock(ctx, lockSetup); err != nil {
		return auth.Token{}, err
	}
	if err := beforeSetup(ctx, tx); err != nil {
		return auth.Token{}, err
	}
	return m.issueLink(ctx, tx, linkSetup, 0, SetupLife)
}

// NeedsSetup says that there is no user yet.
func (m *Module) NeedsSetup(ctx context.Context, r db.Reader) (bool, error) {
	n, err := countUsers(ctx, r)
	return n == 0, err
}

func beforeSetup(ctx context.Context, r db.Reader) error {
	n, err := countUsers(ctx, r)
	if err == nil && n > 0 {
		err = fault.New(fault.Precondition, "setup.done")
	}
	return err
}

func (m *Module) prepareSetup(ctx context.Context, p *op.Prep, in *SetupInput) error {
	err := p.Read(ctx, func(ctx context.Context, r db.Reader) error {
		if err := beforeSetup(ctx, r); err != nil {
			return err
		}
		_, _, err := openLink(ctx, r, r.Now(), in.Link, linkSetup)
		return err
	})
	if err != nil {
		return err
	}
	if err := passwordFaults(in.Password, in.Login, in.Name); err != nil {
		return err
	}
	in.hash, err = m.o.Hasher.Hash(ctx, in.Password)
	return err
}

// setup makes the top unit, the roles shipped with the program, the first
// administrator and his grant, in one transaction.
func (m *Module) setup(ctx context.Context, x *op.Exec, in SetupInput) (SetupAnswer, error) {
	if err := beforeSetup(ctx, x.R); err != nil {
		return SetupAnswer{}, err
	}
	digest, _, err := openLink(ctx, x.R, x.Now, in.Link, linkSetup)
	if err != nil {
		return SetupAnswer{}, err
	}
	if err := useLink(ctx, x.Tx, digest); err != nil {
		return SetupAnswer{}, err
	}
	top, err := m.o.Top.CreateTop(ctx, x, in.UnitCode, in.UnitName)
	if err != nil {
		return SetupAnswer{}, err
	}
	admin, err := shipRoles(ctx, x)
	if err != nil {
		return SetupAnswer{}, err
	}
	first, err := x.Tx.NewIDs(ctx, 2)
	if err != nil {
		return SetupAnswer{}, err
	}
	u := User{ID: op.ID(first), Version: 1, UserFacts: UserFacts{
		Login: in.Login, Name: in.Name, Email: in.Email, Lang: French, Unit: op.ID(top), State: Active,
	}}
	if err := insertUser(ctx, x.Tx, u, in.hash); err != nil {
		return SetupAnswer{}, err
	}
	if err := x.Change("user", first, u.Name, nil, u.UserFacts); err != nil {
		return SetupAnswer{}, err
	}
	g := Grant{ID: op.ID(first + 1), Version: 1, GrantFacts: GrantFacts{
		User: u.ID, Role: admin.ID, Unit: op.ID(top), ValidFrom: x.Today, Reason: "setup",
	}}
	if err := insertGrant(ctx, x.Tx, g); err != nil {
		return SetupAnswer{}, err
	}
	if err := x.Change("grant", int64(g.ID), u.Name, nil, g.GrantFacts); err != nil {
		return SetupAnswer{}, err
	}
	if err := markApprovers(ctx, x.Tx, x.Today); err != nil {
		return SetupAnswer{}, err
	}
	return SetupAnswer{User: u.ID, Unit: op.ID(top)}, m.changed(ctx, x.Tx)
}
