package access

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// RoleFilter narrows the list of roles.
type RoleFilter struct {
	// Search is a part of the code or the name, without accents or capitals.
	Search string `json:"search" in:"max=100"`
	Right  string `json:"right" in:"pattern=right"`
	// Retired shows also the roles that can no longer be granted.
	Retired bool `json:"retired"`
}

// RoleRef points at a role.
type RoleRef struct {
	ID op.ID `json:"id" in:"required,ref=access.role.list"`
}

// RoleInput is a new role.
type RoleInput struct {
	Code        string   `json:"code" in:"required,pattern=code"`
	Name        string   `json:"name" in:"required,min=2,max=80"`
	Description string   `json:"description" in:"max=500,lines"`
	Rights      []string `json:"rights" in:"required,pattern=right"`
}

// RoleChange is an edit of a role; what is absent stays.
type RoleChange struct {
	ID          op.ID     `json:"id" in:"required,ref=access.role.list"`
	Version     int64     `json:"version" in:"required,min=1"`
	Name        *string   `json:"name" in:"min=2,max=80"`
	Description *string   `json:"description" in:"max=500,lines"`
	Rights      *[]string `json:"rights" in:"pattern=right"`
}

// RoleRemoval retires a role.
type RoleRemoval struct {
	ID      op.ID `json:"id" in:"required,ref=access.role.list"`
	Version int64 `json:"version" in:"required,min=1"`
}

func (m *Module) registerRoles(r *op.Registry) {
	duties := dutiesRights()
	op.RegisterList(r, op.Spec{Name: "access.role.list", Path: "/roles", Duties: duties}, op.ListHandler[RoleFilter, RoleRow]{
		Sorts: []string{"name", "code"},
		Rows: func(ctx context.Context, x *op.Exec, in RoleFilter) iter.Seq2[RoleRow, error] {
			s, err := m.staffOn(ctx, x, x.Today)
			if err != nil {
				return func(yield func(RoleRow, error) bool) { yield(RoleRow{}, err) }
			}
			return listRoles(ctx, x, in, s.byRole)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "access.role.show", Path: "/roles/{id}", Duties: duties}, op.GetHandler[RoleRef, Role]{
		Do: func(ctx context.Context, x *op.Exec, in RoleRef) (Role, error) { return findRole(ctx, x.R, in.ID) },
	})
	op.RegisterCommand(r, op.Spec{
		Name: "access.role.add", Path: "/roles", Central: true, Duties: duties, Conflicts: []string{"access.grant.add.approve"},
		Example: RoleInput{Code: "GUICHET", Name: "Guichet", Rights: []string{"org.unit.list"}},
	}, op.CommandHandler[RoleInput, Role]{Do: addRole})
	// A role changes what all its holders may do: that takes two, like a grant.
	op.RegisterCommand(r, op.Spec{
		Name: "access.role.update", Path: "/roles/{id}", Central: true, FourEyes: true, SoleAllowed: true, Versioned: true, Duties: duties,
	}, op.CommandHandler[RoleChange, Role]{
		Locks: func(in RoleChange) []int64 { return []int64{int64(in.ID), lockAdministrators} },
		Do:    m.updateRole,
	})
	op.RegisterCommand(r, op.Spec{Name: "access.role.remove", Path: "/roles/{id}/remove", Central: true, Versioned: true, Duties: duties},
		op.CommandHandler[RoleRemoval, Role]{
			Locks: func(in RoleRemoval) []int64 { return []int64{int64(in.ID)} },
			Do:    m.removeRole,
		})
}

func addRole(ctx context.Context, x *op.Exec, in RoleInput) (Role, error) {
	rights, err := sortedRights(x.Registry(), in.Rights)
	if err != nil {
		return Role{}, err
	}
	return makeRole(ctx, x, RoleFacts{Code: in.Code, Name: in.Name, Description: in.Description, Rights: rights})
}

func makeRole(ctx context.Context, x *op.Exec, facts RoleFacts) (Role, error) {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return Role{}, err
	}
	r := Role{ID: op.ID(id), RoleFacts: facts, Version: 1}
	if err := insertRole(ctx, x.Tx, r); err != nil {
		return Role{}, err
	}
	return r, x.Change("role", id, r.Name, nil, r.RoleFacts)
}

// shipRoles makes the roles shipped with the program and gives the first, the
// administrator.
func shipRoles(ctx context.Context, x *op.Exec) (admin Role, err error) {
	roles, err := shippedRoles()
	if err != nil {
		return Role{}, err
	}
	for i, s := range roles {
		rights := expand(s.Rights, x.Registry().Rights())
		if rights == nil {
			rights = []string{}
		}
		r, err := makeRole(ctx, x, RoleFacts{Code: s.Code, Name: s.Name, Description: s.Description, Rights: rights})
		if err != nil {
			return Role{}, err
		}
		if i == 0 {
			admin = r
		}
	}
	return admin, nil
}

func (m *Module) updateRole(ctx context.Context, x *op.Exec, in RoleChange) (Role, error) {
	before, err := findRole(ctx, x.R, in.ID)
	if err != nil {
		return Role{}, err
	}
	if err := op.CheckVersion(before.Version, in.Version); err != nil {
		return Role{}, err
	}
	if before.Retired {
		return Role{}, fault.New(fault.Precondition, "role.retired", "code", before.Code)
	}
	after := before
	op.Set(&after.Name, in.Name)
	op.Set(&after.Description, in.Description)
	if in.Rights != nil {
		if after.Rights, err = sortedRights(x.Registry(), *in.Rights); err != nil {
			return Role{}, err
		}
	}
	if err := markApprovers(ctx, x.Tx, x.Today); err != nil {
		return Role{}, err
	}
	err = m.keepAdministrator(ctx, x, x.Today, func() error { return saveRole(ctx, x.Tx, after) })
	if err != nil {
		return Role{}, err
	}
	after.Version++
	if err := markApprovers(ctx, x.Tx, x.Today); err != nil {
		return Role{}, err
	}
	if err := m.changed(ctx, x.Tx); err != nil {
		return Role{}, err
	}
	return after, x.Change("role", int64(after.ID), after.Name, before.RoleFacts, after.RoleFacts)
}

// removeRole retires a role nobody holds any more.
func (m *Module) removeRole(ctx context.Context, x *op.Exec, in RoleRemoval) (Role, error) {
	before, err := findRole(ctx, x.R, in.ID)
	if err != nil {
		return Role{}, err
	}
	if err := op.CheckVersion(before.Version, in.Version); err != nil {
		return Role{}, err
	}
	if before.Retired {
		return Role{}, fault.New(fault.Precondition, "role.retired", "code", before.Code)
	}
	n, err := openGrants(ctx, x.R, in.ID, x.Today)
	if err != nil {
		return Role{}, err
	}
	if n > 0 {
		return Role{}, fault.New(fault.Conflict, "role.in_use", "code", before.Code, "count", n)
	}
	after := before
	after.Retired = true
	if err := saveRole(ctx, x.Tx, after); err != nil {
		return Role{}, err
	}
	after.Version++
	if err := m.changed(ctx, x.Tx); err != nil {
		return Role{}, err
	}
	return after, x.Change("role", int64(after.ID), after.Name, before.RoleFacts, after.RoleFacts)
}
