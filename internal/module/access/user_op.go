package access

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/op"
)

// LinkLife is how long an invitation or a link for a new password is good.
const LinkLife = 72 * time.Hour

// UserFilter narrows the list of users.
type UserFilter struct {
	Search string    `json:"search" in:"max=100,personal"`
	State  UserState `json:"state"`
}

// UserRef points at a user.
type UserRef struct {
	ID op.ID `json:"id" in:"required,ref=access.user.list"`
}

// UserInput is a new user.
type UserInput struct {
	Login    string `json:"login" in:"required,pattern=login"`
	Name     string `json:"name" in:"required,min=2,max=100,personal"`
	Email    string `json:"email" in:"pattern=email,max=200,personal"`
	Phone    string `json:"phone" in:"pattern=phone,personal"`
	Lang     Lang   `json:"lang"`
	Unit     op.ID  `json:"unit" in:"required,ref=org.unit.list"`
	Function string `json:"function" in:"max=100"`
	// Temporary asks for a temporary password instead of an invitation link.
	Temporary bool `json:"temporary"`

	password string
	hash     string
}

// NewUser is the answer to a new user: one of the two secrets, shown once.
type NewUser struct {
	ID       op.ID  `json:"id"`
	Password string `json:"password,omitempty" out:"secret"`
	Link     string `json:"link,omitempty" out:"secret"`
}

// UserChange is an edit of a user; what is absent stays.
type UserChange struct {
	ID       op.ID   `json:"id" in:"required,ref=access.user.list"`
	Version  int64   `json:"version" in:"required,min=1"`
	Name     *string `json:"name" in:"min=2,max=100,personal"`
	Email    *string `json:"email" in:"pattern=email,max=200,personal"`
	Phone    *string `json:"phone" in:"pattern=phone,personal"`
	Lang     *Lang   `json:"lang"`
	Unit     *op.ID  `json:"unit" in:"ref=org.unit.list"`
	Function *string `json:"function" in:"max=100"`
}

// userDecision changes a user's state, with the reason.
type userDecision struct {
	ID      op.ID  `json:"id" in:"required,ref=access.user.list"`
	Version int64  `json:"version" in:"required,min=1"`
	Reason  string `json:"reason" in:"required,min=3,max=300,lines"`
}

// LinkAnswer is a one-time link, shown once.
type LinkAnswer struct {
	Link      string    `json:"link" out:"secret"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

func (m *Module) registerUsers(r *op.Registry) {
	duties := dutiesRights()
	op.RegisterList(r, op.Spec{Name: "access.user.list", Path: "/users", Duties: duties}, op.ListHandler[UserFilter, User]{
		Sorts: []string{"name", "login"},
		Rows: func(ctx context.Context, x *op.Exec, in UserFilter) iter.Seq2[User, error] {
			return listUsers(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "access.user.show", Path: "/users/{id}", Duties: duties}, op.GetHandler[UserRef, User]{
		Targets: func(ctx context.Context, x *op.Exec, in UserRef) ([]op.Target, error) { return homeOf(ctx, x, in.ID) },
		Do:      func(ctx context.Context, x *op.Exec, in UserRef) (User, error) { return findUser(ctx, x.R, in.ID) },
	})
	op.RegisterCommand(r, op.Spec{
		Name: "access.user.add", Path: "/users", Duties: duties, Conflicts: []string{"access.grant.add.approve"},
		Example: UserInput{Login: "s.idrissi", Name: "Salma Idrissi", Unit: 1, Function: "Caisse"},
	}, op.CommandHandler[UserInput, NewUser]{
		Prepare: m.prepareUser,
		Targets: func(_ context.Context, _ *op.Exec, in UserInput) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.Unit)}}, nil
		},
		Do: m.addUser,
	})
	op.RegisterCommand(r, op.Spec{Name: "access.user.update", Path: "/users/{id}", Versioned: true, Duties: duties},
		op.CommandHandler[UserChange, User]{
			Locks: func(in UserChange) []int64 { return []int64{int64(in.ID)} },
			Targets: func(ctx context.Context, x *op.Exec, in UserChange) ([]op.Target, error) {
				targets, err := homeOf(ctx, x, in.ID)
				if err == nil && in.Unit != nil {
					targets = append(targets, op.Target{Unit: int64(*in.Unit)})
				}
				return targets, err
			},
			Do: updateUser,
		})
	m.registerStates(r)
	op.RegisterCommand(r, op.Spec{
		Name: "access.user.reset_password", Path: "/users/{id}/reset-password", Duties: duties, Conflicts: []string{"access.grant.add.approve"},
	}, op.CommandHandler[UserRef, LinkAnswer]{
		Locks:   func(in UserRef) []int64 { return []int64{int64(in.ID)} },
		Targets: reachOf,
		Do:      m.resetPassword,
	})
}

func (m *Module) registerStates(r *op.Registry) {
	for _, s := range []struct {
		name, path string
		to         UserState
	}{
		{"access.user.lock", "/users/{id}/lock", Locked},
		{"access.user.unlock", "/users/{id}/unlock", Active},
		{"access.user.leave", "/users/{id}/leave", Left},
	} {
		op.RegisterCommand(r, op.Spec{Name: s.name, Path: s.path, Versioned: true, Duties: dutiesRights()},
			op.CommandHandler[userDecision, User]{
				Locks: func(in userDecision) []int64 { return []int64{int64(in.ID), lockAdministrators} },
				Targets: func(ctx context.Context, x *op.Exec, in userDecision) ([]op.Target, error) {
					return homeOf(ctx, x, in.ID)
				},
				Do: func(ctx context.Context, x *op.Exec, in userDecision) (User, error) {
					return m.changeState(ctx, x, in, s.to)
				},
			})
	}
}

// homeOf is the user's unit as the target of an operation.
func homeOf(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
	u, err := findUser(ctx, x.R, id)
	return []op.Target{{Unit: int64(u.Unit)}}, err
}

// reachOf is the user's unit and every unit he holds a role over: whoever can
// give himself somebody's password must be above all that person may do.
func reachOf(ctx context.Context, x *op.Exec, in UserRef) ([]op.Target, error) {
	targets, err := homeOf(ctx, x, in.ID)
	if err != nil {
		return nil, err
	}
	units, err := unitsGranted(ctx, x.R, in.ID, x.Today)
	for _, unit := range units {
		targets = append(targets, op.Target{Unit: unit})
	}
	return targets, err
}

// prepareUser makes and hashes the temporary password before any lock.
func (m *Module) prepareUser(ctx context.Context, _ *op.Prep, in *UserInput) (err error) {
	if !in.Temporary {
		return nil
	}
	if in.password, err = temporaryPassword(m.o.Random); err != nil {
		return err
	}
	in.hash, err = m.o.Hasher.Hash(ctx, in.password)
	return err
}

func (m *Module) addUser(ctx context.Context, x *op.Exec, in UserInput) (NewUser, error) {
	if err := m.unitExists(ctx, x, in.Unit); err != nil {
		return NewUser{}, err
	}
	u := User{Version: 1, UserFacts: UserFacts{
		Login: in.Login, Name: in.Name, Email: in.Email, Phone: in.Phone, Lang: in.Lang, Unit: in.Unit, Function: in.Function,
		State: Active, MustChange: in.Temporary,
	}}
	if u.Lang == "" {
		u.Lang = French
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return NewUser{}, err
	}
	u.ID = op.ID(id)
	if err := insertUser(ctx, x.Tx, u, in.hash); err != nil {
		return NewUser{}, err
	}
	answer := NewUser{ID: u.ID, Password: in.password}
	if !in.Temporary {
		link, err := m.issueLink(ctx, x.Tx, linkInvitation, u.ID, LinkLife)
		if err != nil {
			return NewUser{}, err
		}
		answer.Link = link.Reveal()
	}
	return answer, x.Change("user", id, u.Name, nil, u.UserFacts)
}

// unitExists refuses a unit nobody knows.
func (m *Module) unitExists(ctx context.Context, x *op.Exec, unit op.ID) error {
	cards, err := m.o.Units.Cards(ctx, x.R, []int64{int64(unit)}, x.Today)
	if err == nil && len(cards) == 0 {
		err = fault.InvalidField("unit", "unit.unknown", "id", unit)
	}
	return err
}

func updateUser(ctx context.Context, x *op.Exec, in UserChange) (User, error) {
	before, err := findUser(ctx, x.R, in.ID)
	if err != nil {
		return User{}, err
	}
	if err := op.CheckVersion(before.Version, in.Version); err != nil {
		return User{}, err
	}
	if before.State == Left {
		return User{}, before.mustBeActive()
	}
	after := before
	op.Set(&after.Name, in.Name)
	op.Set(&after.Email, in.Email)
	op.Set(&after.Phone, in.Phone)
	op.Set(&after.Lang, in.Lang)
	op.Set(&after.Unit, in.Unit)
	op.Set(&after.Function, in.Function)
	if err := saveUser(ctx, x.Tx, after); err != nil {
		return User{}, err
	}
	after.Version++
	return after, x.Change("user", int64(after.ID), after.Name, before.UserFacts, after.UserFacts)
}

// changeState locks, unlocks or lets go. Who stops being active loses his
// sessions at once; who leaves loses his roles and tokens too.
func (m *Module) changeState(ctx context.Context, x *op.Exec, in userDecision, to UserState) (User, error) {
	before, err := findUser(ctx, x.R, in.ID)
	if err != nil {
		return User{}, err
	}
	if err := op.CheckVersion(before.Version, in.Version); err != nil {
		return User{}, err
	}
	switch {
	case int64(in.ID) == x.Actor.UserID:
		return User{}, fault.New(fault.Forbidden, "user.self")
	case before.State == Left || before.State == to || to == Active && before.State != Locked:
		return User{}, fault.New(fault.Conflict, "user.state", "state", before.State)
	}
	if err := markApprovers(ctx, x.Tx, x.Today); err != nil {
		return User{}, err
	}
	after := before
	after.State, after.Reason = to, in.Reason
	if to == Active {
		after.Reason = ""
	}
	err = m.keepAdministrator(ctx, x, x.Today, func() error { return m.saveState(ctx, x, after) })
	after.Version++
	if err != nil {
		return User{}, err
	}
	return after, x.Change("user", int64(after.ID), after.Name, before.UserFacts, after.UserFacts)
}

// saveState writes a new state and draws its consequences.
func (m *Module) saveState(ctx context.Context, x *op.Exec, u User) error {
	if err := saveUser(ctx, x.Tx, u); err != nil {
		return err
	}
	if u.State != Active {
		if err := revokeSessions(ctx, x.Tx, u.ID, 0); err != nil {
			return err
		}
		if err := voidLinks(ctx, x.Tx, u.ID); err != nil {
			return err
		}
	}
	if u.State == Left {
		if err := revokeTokens(ctx, x.Tx, u.ID); err != nil {
			return err
		}
		if err := endGrantsOf(ctx, x.Tx, u.ID, x.Today.AddDays(-1), u.Reason); err != nil {
			return err
		}
	}
	if u.State == Active {
		if err := markApprovers(ctx, x.Tx, x.Today); err != nil {
			return err
		}
	}
	return m.changed(ctx, x.Tx)
}

// resetPassword closes the account until its owner chose a password by the link.
// Nobody resets his own: a stolen session could not be thrown out any more.
func (m *Module) resetPassword(ctx context.Context, x *op.Exec, in UserRef) (LinkAnswer, error) {
	u, err := findUser(ctx, x.R, in.ID)
	if err != nil {
		return LinkAnswer{}, err
	}
	if int64(in.ID) == x.Actor.UserID {
		return LinkAnswer{}, fault.New(fault.Forbidden, "user.self")
	}
	if err := u.mustBeActive(); err != nil {
		return LinkAnswer{}, err
	}
	if err := savePassword(ctx, x.Tx, u.ID, "", false); err != nil {
		return LinkAnswer{}, err
	}
	if err := revokeSessions(ctx, x.Tx, u.ID, 0); err != nil {
		return LinkAnswer{}, err
	}
	link, err := m.issueLink(ctx, x.Tx, linkReset, u.ID, LinkLife)
	if err != nil {
		return LinkAnswer{}, err
	}
	return LinkAnswer{Link: link.Reveal(), ExpiresAt: x.Now.Add(LinkLife)},
		x.Change("user", int64(u.ID), u.Name, map[string]any{"password": "set"}, map[string]any{"password": "reset"})
}

// passwordFaults is the policy applied to a new password of a user.
func passwordFaults(password, login, name string) error {
	return fault.InvalidFields(auth.CheckPassword("password", password, login, name))
}
