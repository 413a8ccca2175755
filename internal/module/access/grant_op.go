package access

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// GrantFilter narrows the list of grants.
type GrantFilter struct {
	User  op.ID  `json:"user" in:"ref=access.user.list"`
	Role  op.ID  `json:"role" in:"ref=access.role.list"`
	Unit  op.ID  `json:"unit" in:"ref=org.unit.list"`
	Right string `json:"right" in:"pattern=right"`
	// On keeps the grants that hold on that day.
	On day.Date `json:"on"`
}

// GrantInput is a grant asked for. Without a first day it begins when it is
// granted, that is when the second person agrees.
type GrantInput struct {
	User      op.ID         `json:"user" in:"required,ref=access.user.list"`
	Role      op.ID         `json:"role" in:"required,ref=access.role.list"`
	Unit      op.ID         `json:"unit" in:"required,ref=org.unit.list"`
	ValidFrom day.Date      `json:"valid_from"`
	ValidTo   day.Date      `json:"valid_to"`
	Limit     *money.Amount `json:"limit" in:"min=0"`
	Reason    string        `json:"reason" in:"required,min=3,max=300,lines"`
}

// Validate refuses an end before the beginning.
func (in *GrantInput) Validate() []fault.Field { return orderedDates(in.ValidFrom, in.ValidTo) }

func orderedDates(from, to day.Date) []fault.Field {
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		return []fault.Field{{Path: "valid_to", Code: "grant.dates"}}
	}
	return nil
}

// GrantEnd ends a grant. Without a last day it ends at once.
type GrantEnd struct {
	ID      op.ID    `json:"id" in:"required,ref=access.grant.list"`
	Version int64    `json:"version" in:"required,min=1"`
	LastDay day.Date `json:"last_day"`
	Reason  string   `json:"reason" in:"required,min=3,max=300,lines"`
}

// PreviewInput asks what a grant would change.
type PreviewInput struct {
	User      op.ID         `json:"user" in:"required,ref=access.user.list"`
	Role      op.ID         `json:"role" in:"required,ref=access.role.list"`
	Unit      op.ID         `json:"unit" in:"required,ref=org.unit.list"`
	ValidFrom day.Date      `json:"valid_from"`
	ValidTo   day.Date      `json:"valid_to"`
	Limit     *money.Amount `json:"limit" in:"min=0"`
}

// Validate refuses an end before the beginning.
func (in *PreviewInput) Validate() []fault.Field { return orderedDates(in.ValidFrom, in.ValidTo) }

// GrantPreview is what a grant would change.
type GrantPreview struct {
	// Gained are rights the user has nowhere yet on the unit during that time.
	Gained []string `json:"gained"`
	// Held are rights of the role he has there already.
	Held []string `json:"held"`
	// Conflicts are those the grant would create.
	Conflicts []ConflictPair `json:"conflicts"`
	// Units is the number of units covered.
	Units int64 `json:"units"`
	// Second says that another person must approve.
	Second bool `json:"second"`
}

// ConflictPair is two rights that one person should not hold over one unit.
type ConflictPair struct {
	RightA string `json:"right_a"`
	RightB string `json:"right_b"`
	Unit   op.ID  `json:"unit" out:"ref=unit"`
}

// grantEffect is what the second person is shown. The first day is as asked:
// none is the day of the approval.
type grantEffect struct {
	GrantFacts
	Rights    []string       `json:"rights"`
	Conflicts []ConflictPair `json:"conflicts"`
}

func (m *Module) registerGrants(r *op.Registry) {
	duties := dutiesRights()
	op.RegisterList(r, op.Spec{Name: "access.grant.list", Path: "/grants", Duties: duties}, op.ListHandler[GrantFilter, GrantRow]{
		Sorts: []string{"login", "-valid_from"},
		Rows: func(ctx context.Context, x *op.Exec, in GrantFilter) iter.Seq2[GrantRow, error] {
			return listGrants(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "access.grant.add", Path: "/grants", FourEyes: true, SoleAllowed: true, Duties: duties,
		Example: GrantInput{User: 1, Role: 1, Unit: 1, Reason: "Remplacement"},
	}, op.CommandHandler[GrantInput, Grant]{
		Locks:   func(in GrantInput) []int64 { return []int64{int64(in.User), int64(in.Role)} },
		Targets: func(_ context.Context, _ *op.Exec, in GrantInput) ([]op.Target, error) { return at(in.Unit), nil },
		Do:      m.addGrant,
	})
	op.RegisterCommand(r, op.Spec{Name: "access.grant.end", Path: "/grants/{id}/end", Versioned: true, Duties: duties},
		op.CommandHandler[GrantEnd, Grant]{
			Locks: func(in GrantEnd) []int64 { return []int64{int64(in.ID), lockAdministrators} },
			Targets: func(ctx context.Context, x *op.Exec, in GrantEnd) ([]op.Target, error) {
				g, err := findGrant(ctx, x.R, in.ID)
				return at(g.Unit), err
			},
			Do: m.endGrant,
		})
	op.RegisterGet(r, op.Spec{Name: "access.grant.preview", Path: "/grants/preview", Duties: duties}, op.GetHandler[PreviewInput, GrantPreview]{
		Targets: func(_ context.Context, _ *op.Exec, in PreviewInput) ([]op.Target, error) { return at(in.Unit), nil },
		Do:      m.previewGrant,
	})
}

func at(unit op.ID) []op.Target { return []op.Target{{Unit: int64(unit)}} }

// notForOneself: nobody gives himself a right, neither by asking nor by agreeing.
func notForOneself(x *op.Exec, user op.ID) error {
	if int64(user) == x.Actor.UserID || x.Approver != nil && int64(user) == x.Approver.UserID {
		return fault.New(fault.Forbidden, "grant.self")
	}
	return nil
}

// grantFor checks what is asked and gives the grant as it would be stored.
func (m *Module) grantFor(ctx context.Context, x *op.Exec, in GrantInput) (Grant, User, Role, error) {
	u, err := findUser(ctx, x.R, in.User)
	if err == nil {
		err = u.mustBeActive()
	}
	if err != nil {
		return Grant{}, u, Role{}, err
	}
	role, err := findRole(ctx, x.R, in.Role)
	if err != nil {
		return Grant{}, u, role, err
	}
	if role.Retired {
		return Grant{}, u, role, fault.New(fault.Precondition, "role.retired", "code", role.Code)
	}
	if err := m.unitExists(ctx, x, in.Unit); err != nil {
		return Grant{}, u, role, err
	}
	g := Grant{Version: 1, GrantFacts: GrantFacts{
		User: in.User, Role: in.Role, Unit: in.Unit, ValidFrom: in.ValidFrom, ValidTo: in.ValidTo, Limit: in.Limit, Reason: in.Reason,
	}}
	switch {
	case g.ValidFrom.IsZero(), x.Approver != nil && g.ValidFrom.Before(x.Today):
		g.ValidFrom = x.Today
	case g.ValidFrom.Before(x.Today):
		return Grant{}, u, role, fault.InvalidField("valid_from", "grant.past", "today", x.Today)
	}
	if !g.ValidTo.IsZero() && g.ValidTo.Before(x.Today) {
		return Grant{}, u, role, fault.InvalidField("valid_to", "grant.past", "today", x.Today)
	}
	return g, u, role, nil
}

// addGrant gives a role. The second person is shown the rights and the conflicts;
// when either has changed since, the approval is refused by the runner.
func (m *Module) addGrant(ctx context.Context, x *op.Exec, in GrantInput) (Grant, error) {
	if err := notForOneself(x, in.User); err != nil {
		return Grant{}, err
	}
	g, u, role, err := m.grantFor(ctx, x, in)
	if err != nil {
		return Grant{}, err
	}
	others, err := grantsOf(ctx, x.R, in.User, x.Today)
	if err != nil {
		return Grant{}, err
	}
	for _, o := range others {
		if o.Role == g.Role && o.Unit == g.Unit && o.overlaps(g.GrantFacts) {
			return Grant{}, fault.New(fault.Conflict, "grant.twice", "from", o.ValidFrom, "to", o.ValidTo)
		}
	}
	pairs, err := m.newConflicts(ctx, x, others, g)
	if err != nil {
		return Grant{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return Grant{}, err
	}
	g.ID = op.ID(id)
	if err := insertGrant(ctx, x.Tx, g); err != nil {
		return Grant{}, err
	}
	if err := markApprovers(ctx, x.Tx, x.Today); err != nil {
		return Grant{}, err
	}
	if err := m.changed(ctx, x.Tx); err != nil {
		return Grant{}, err
	}
	effect := grantEffect{GrantFacts: g.GrantFacts, Rights: role.Rights, Conflicts: pairs}
	effect.ValidFrom = in.ValidFrom
	return g, x.Change("grant", id, u.Name, nil, effect)
}

// newConflicts are the conflicts a grant adds to those a user has.
func (m *Module) newConflicts(ctx context.Context, x *op.Exec, others []Grant, g Grant) ([]ConflictPair, error) {
	roles, err := roleRights(ctx, x.R)
	if err != nil {
		return nil, err
	}
	during := []Grant{g}
	for _, o := range others {
		if o.overlaps(g.GrantFacts) {
			during = append(during, o)
		}
	}
	f := conflictFinder{within: m.withinOn(ctx, x.R, g.ValidFrom), pairs: x.Registry().Conflicts()}
	had, err := f.find(rightsByGrant(during[1:], roles))
	if err != nil {
		return nil, err
	}
	has, err := f.find(rightsByGrant(during, roles))
	if err != nil {
		return nil, err
	}
	known := map[ConflictPair]bool{}
	for _, c := range had {
		known[c.pair()] = true
	}
	out := []ConflictPair{}
	for _, c := range has {
		if p := c.pair(); !known[p] {
			known[p] = true
			out = append(out, p)
		}
	}
	return out, nil
}

// endGrant sets the last day of a grant. It never makes one longer: that is a
// new grant, which takes two. The past is not rewritten: the earliest last day is
// yesterday.
func (m *Module) endGrant(ctx context.Context, x *op.Exec, in GrantEnd) (Grant, error) {
	before, err := findGrant(ctx, x.R, in.ID)
	if err != nil {
		return Grant{}, err
	}
	if err := op.CheckVersion(before.Version, in.Version); err != nil {
		return Grant{}, err
	}
	yesterday := x.Today.AddDays(-1)
	if !before.ValidTo.IsZero() && !before.ValidTo.After(yesterday) {
		return Grant{}, fault.New(fault.Conflict, "grant.over", "since", before.ValidTo)
	}
	after := before
	after.ValidTo, after.EndReason = in.LastDay, in.Reason
	if after.ValidTo.IsZero() {
		after.ValidTo = yesterday
	}
	switch {
	case after.ValidTo.Before(yesterday):
		return Grant{}, fault.InvalidField("last_day", "grant.past", "today", x.Today)
	case !before.ValidTo.IsZero() && !after.ValidTo.Before(before.ValidTo):
		return Grant{}, fault.InvalidField("last_day", "grant.longer", "to", before.ValidTo)
	}
	if err := markApprovers(ctx, x.Tx, x.Today); err != nil {
		return Grant{}, err
	}
	err = m.keepAdministrator(ctx, x, after.ValidTo.AddDays(1), func() error { return endGrant(ctx, x.Tx, after) })
	if err != nil {
		return Grant{}, err
	}
	after.Version++
	if err := m.changed(ctx, x.Tx); err != nil {
		return Grant{}, err
	}
	name, err := userLabels(ctx, x.R, []int64{int64(after.User)})
	if err != nil {
		return Grant{}, err
	}
	return after, x.Change("grant", int64(after.ID), name[int64(after.User)], before.GrantFacts, after.GrantFacts)
}

// keepAdministrator makes a change and refuses it when it takes away the last
// person who could grant at the top on a date: the organisation would be locked
// out of its own rights.
func (m *Module) keepAdministrator(ctx context.Context, x *op.Exec, on day.Date, change func() error) error {
	top, err := m.o.Places.Top(ctx, x.R)
	if err != nil {
		return err
	}
	before, err := administrators(ctx, x.R, top, on)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := administrators(ctx, x.R, top, on)
	if err == nil && before > 0 && after == 0 {
		err = fault.New(fault.Precondition, "access.last_administrator", "on", on)
	}
	return err
}

func (m *Module) previewGrant(ctx context.Context, x *op.Exec, in PreviewInput) (GrantPreview, error) {
	g, _, role, err := m.grantFor(ctx, x, GrantInput{
		User: in.User, Role: in.Role, Unit: in.Unit, ValidFrom: in.ValidFrom, ValidTo: in.ValidTo, Limit: in.Limit,
	})
	if err != nil {
		return GrantPreview{}, err
	}
	others, err := grantsOf(ctx, x.R, in.User, x.Today)
	if err != nil {
		return GrantPreview{}, err
	}
	out := GrantPreview{Gained: []string{}, Held: []string{}}
	if out.Gained, out.Held, err = m.gained(ctx, x, others, g, role); err != nil {
		return GrantPreview{}, err
	}
	if out.Conflicts, err = m.newConflicts(ctx, x, others, g); err != nil {
		return GrantPreview{}, err
	}
	if out.Units, err = m.o.Units.CountWithin(ctx, x.R, int64(in.Unit), g.ValidFrom); err != nil {
		return GrantPreview{}, err
	}
	d := x.Registry().Find("access.grant.add")
	out.Second, err = m.SecondApprover(ctx, x.R, d.ApproveRight(), x.Actor.UserID)
	return out, err
}

// gained parts the rights of a role into those a user does not have on the
// whole unit during the whole time yet, and the others.
func (m *Module) gained(ctx context.Context, x *op.Exec, others []Grant, g Grant, role Role) (gained, held []string, err error) {
	roles, err := roleRights(ctx, x.R)
	if err != nil {
		return nil, nil, err
	}
	within := m.withinOn(ctx, x.R, g.ValidFrom)
	byRight := rightsByGrant(others, roles)
	gained, held = []string{}, []string{}
	for _, right := range role.Rights {
		covered := false
		for _, o := range byRight[right] {
			in, err := within(int64(g.Unit), int64(o.Unit))
			if err != nil {
				return nil, nil, err
			}
			covered = covered || in && covers(o.GrantFacts, g.GrantFacts)
		}
		if covered {
			held = append(held, right)
		} else {
			gained = append(gained, right)
		}
	}
	return gained, held, nil
}

// covers says whether a grant already gives what another one would: the same
// days and at least its amount.
func covers(have, want GrantFacts) bool {
	days := !have.ValidFrom.After(want.ValidFrom) && (have.ValidTo.IsZero() || !want.ValidTo.IsZero() && !want.ValidTo.After(have.ValidTo))
	amount := have.Limit == nil || want.Limit != nil && *want.Limit <= *have.Limit
	return days && amount
}
