package customer

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// lockParents serialises the changes of who stands under whom: two at once could make
// a circle that neither makes alone. Ids of rows are far above it.
const lockParents int64 = 0x637573

// NatureSet is the input of saying the legal nature of a customer from a day on.
type NatureSet struct {
	ID      op.ID  `json:"id" in:"required,ref=customer.customer.list"`
	Version int64  `json:"version" in:"required,min=1"`
	Nature  Nature `json:"nature" in:"required"`
	// ValidFrom is the first day on which it holds.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	// What is due from a public budget; absent keeps what the customer has.
	Ministry           *string `json:"ministry" in:"max=120"`
	AuthorisingOfficer *string `json:"authorising_officer" in:"max=120"`
	PublicAccountant   *string `json:"public_accountant" in:"max=120"`
	BudgetLine         *string `json:"budget_line" in:"max=60"`
	Reason             string  `json:"reason" in:"required,min=3,max=500,lines"`
}

// ParentSet is the input of putting a customer under another one from a day on.
type ParentSet struct {
	ID      op.ID `json:"id" in:"required,ref=customer.customer.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// Parent is the customer above; absent, it stands alone.
	Parent op.ID `json:"parent" in:"ref=customer.customer.list"`
	// ValidFrom is the first day on which it holds.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	Reason    string   `json:"reason" in:"required,min=3,max=500,lines"`
}

func (m *Module) registerNatures(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{
		Name: "customer.customer.nature_set", Path: "/customers/{id}/nature", Versioned: true, Duties: []string{"AG-02", "DIST-2"},
	}, op.CommandHandler[NatureSet, Saved]{
		Locks: func(in NatureSet) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in NatureSet) ([]op.Target, error) {
			return customerTarget(ctx, x, in.ID)
		},
		Do: setNature,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.customer.parent_set", Path: "/customers/{id}/parent", Versioned: true, Duties: []string{"AG-41", "DIST-1"},
	}, op.CommandHandler[ParentSet, Saved]{
		Locks: func(in ParentSet) []int64 { return []int64{lockParents, int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in ParentSet) ([]op.Target, error) {
			return customerTarget(ctx, x, in.ID)
		},
		Do: setParent,
	})
}

// setNature says the legal nature from a day on. The first one recorded may begin
// earlier than it was recorded to; nothing before the day changes.
func setNature(ctx context.Context, x *op.Exec, in NatureSet) (Saved, error) {
	c, err := FindCustomer(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return Saved{}, err
	}
	if err := op.CheckVersion(c.Version, in.Version); err != nil {
		return Saved{}, err
	}
	if err := checkChange("valid_from", in.ValidFrom, x.Today); err != nil {
		return Saved{}, err
	}
	old, err := readNatures(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return Saved{}, err
	}
	next, changed := old.Set(in.ValidFrom, in.Nature, noteOf(x, in.Reason))
	if !changed {
		return Saved{}, fault.InvalidField("nature", "customer.nature_same")
	}
	before := c
	op.Set(&c.Ministry, in.Ministry)
	op.Set(&c.AuthorisingOfficer, in.AuthorisingOfficer)
	op.Set(&c.PublicAccountant, in.PublicAccountant)
	op.Set(&c.BudgetLine, in.BudgetLine)
	if in.Nature.Public() && len(c.missing()) > 0 {
		return Saved{}, fault.InvalidFields(c.missing())
	}
	if err := saveNatures(ctx, x.Tx, int64(in.ID), next); err != nil {
		return Saved{}, err
	}
	if err := updateCustomer(ctx, x.Tx, &before, &c); err != nil {
		return Saved{}, err
	}
	was, _ := old.On(in.ValidFrom)
	if c.PublicDebtor != before.PublicDebtor {
		if err := x.Change(kindCustomer, int64(c.ID), c.label(), before.PublicDebtor, c.PublicDebtor); err != nil {
			return Saved{}, err
		}
	}
	return Saved{ID: c.ID, Version: c.Version}, x.Change(kindCustomer, int64(c.ID), c.label(),
		map[string]any{"nature": was}, map[string]any{"nature": in.Nature, "valid_from": in.ValidFrom, "reason": in.Reason})
}

// setParent puts a customer under another one from a day on.
func setParent(ctx context.Context, x *op.Exec, in ParentSet) (Saved, error) {
	c, err := FindCustomer(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return Saved{}, err
	}
	if err := op.CheckVersion(c.Version, in.Version); err != nil {
		return Saved{}, err
	}
	if err := checkChange("valid_from", in.ValidFrom, x.Today); err != nil {
		return Saved{}, err
	}
	if err := mayStandUnder(ctx, x, in); err != nil {
		return Saved{}, err
	}
	old, err := readParents(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return Saved{}, err
	}
	next, changed := old.Set(in.ValidFrom, in.Parent, noteOf(x, in.Reason))
	if in.Parent == 0 {
		next, changed = old.Until(in.ValidFrom)
	}
	if !changed {
		return Saved{}, fault.InvalidField("parent", "customer.parent_same")
	}
	if err := saveParents(ctx, x.Tx, int64(in.ID), next); err != nil {
		return Saved{}, err
	}
	if err := touchCustomer(ctx, x.Tx, &c); err != nil {
		return Saved{}, err
	}
	was, _ := old.On(in.ValidFrom)
	return Saved{ID: c.ID, Version: c.Version}, x.Change(kindCustomer, int64(c.ID), c.label(),
		map[string]any{"above": was}, map[string]any{"above": in.Parent, "valid_from": in.ValidFrom, "reason": in.Reason})
}

// mayStandUnder refuses a parent that does not exist, or that stands under the customer
// itself on any date: who stands above whom would depend on the day it is read.
func mayStandUnder(ctx context.Context, x *op.Exec, in ParentSet) error {
	if in.Parent == 0 {
		return nil
	}
	if in.Parent == in.ID {
		return fault.InvalidField("parent", "customer.parent_circle")
	}
	if _, err := FindCustomer(ctx, x.Tx, int64(in.Parent)); err != nil {
		return inField(err, "parent")
	}
	above := []int64{int64(in.Parent)}
	for range DepthMax {
		var err error
		if above, err = parentsOf(ctx, x.Tx, above); err != nil || len(above) == 0 {
			return err
		}
		for _, id := range above {
			if id == int64(in.ID) {
				return fault.InvalidField("parent", "customer.parent_circle")
			}
		}
	}
	return fault.InvalidField("parent", "customer.parent_deep", "max", int64(DepthMax))
}

// DepthMax bounds how many customers stand above one another.
const DepthMax = 8

// inField turns a record that is not found into a fault of the field that pointed at
// it.
func inField(err error, path string) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.InvalidField(path, fault.CodeOf(err))
	}
	return err
}
