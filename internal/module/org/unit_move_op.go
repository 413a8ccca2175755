package org

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
)

// UnitMove is the input of moving a unit.
type UnitMove struct {
	ID      op.ID `json:"id" in:"required,ref=org.unit.list"`
	Version int64 `json:"version" in:"required,min=1"`
	Parent  op.ID `json:"parent" in:"required,ref=org.unit.list"`
	// ValidFrom is the first day at the new place.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	Reason    string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// UnitMoveCancel is the input of taking back a move planned for later.
type UnitMoveCancel struct {
	ID      op.ID `json:"id" in:"required,ref=org.unit.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// ValidFrom is the date of the move to take back.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	Reason    string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// UnitClose is the input of closing a unit.
type UnitClose struct {
	ID      op.ID `json:"id" in:"required,ref=org.unit.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// ClosedOn is the first day on which it is closed.
	ClosedOn day.Date `json:"closed_on" in:"required"`
	Reason   string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// UnitReopen is the input of taking a closing back.
type UnitReopen struct {
	ID      op.ID  `json:"id" in:"required,ref=org.unit.list"`
	Version int64  `json:"version" in:"required,min=1"`
	Reason  string `json:"reason" in:"required,min=3,max=500,lines"`
}

func (m *Module) registerMoves(r *op.Registry) {
	lock := []int64{lockTree}
	spec := func(verb string) op.Spec {
		return op.Spec{Name: "org.unit." + verb, Path: "/org/units/{id}/" + verb, Versioned: true, Duties: []string{"AG-08"}}
	}
	op.RegisterCommand(r, spec("move"), op.CommandHandler[UnitMove, op.Saved]{
		Locks: func(UnitMove) []int64 { return lock },
		Targets: func(ctx context.Context, x *op.Exec, in UnitMove) ([]op.Target, error) {
			return m.withParent(ctx, x, in.ID, in.ValidFrom, in.Parent)
		},
		Do: func(ctx context.Context, x *op.Exec, in UnitMove) (op.Saved, error) {
			if err := checkDate("valid_from", in.ValidFrom, x.Today); err != nil {
				return op.Saved{}, err
			}
			return m.edit(ctx, x, in.ID, in.Version, in.Reason, func(f *forest) (*node, error) {
				return f.move(int64(in.ID), int64(in.Parent), in.ValidFrom)
			})
		},
	})
	op.RegisterCommand(r, spec("move_cancel"), op.CommandHandler[UnitMoveCancel, op.Saved]{
		Locks: func(UnitMoveCancel) []int64 { return lock },
		Targets: func(ctx context.Context, x *op.Exec, in UnitMoveCancel) ([]op.Target, error) {
			before, err := m.withParent(ctx, x, in.ID, in.ValidFrom.AddDays(-1))
			if err != nil {
				return nil, err
			}
			after, err := m.withParent(ctx, x, in.ID, in.ValidFrom)
			return append(before, after...), err
		},
		Do: func(ctx context.Context, x *op.Exec, in UnitMoveCancel) (op.Saved, error) {
			return m.edit(ctx, x, in.ID, in.Version, in.Reason, func(f *forest) (*node, error) {
				return f.unmove(int64(in.ID), in.ValidFrom, x.Today)
			})
		},
	})
	op.RegisterCommand(r, spec("close"), op.CommandHandler[UnitClose, op.Saved]{
		Locks: func(UnitClose) []int64 { return lock },
		Targets: func(ctx context.Context, x *op.Exec, in UnitClose) ([]op.Target, error) {
			return m.withParent(ctx, x, in.ID, in.ClosedOn)
		},
		Do: func(ctx context.Context, x *op.Exec, in UnitClose) (op.Saved, error) {
			if err := checkDate("closed_on", in.ClosedOn, x.Today); err != nil {
				return op.Saved{}, err
			}
			return m.edit(ctx, x, in.ID, in.Version, in.Reason, func(f *forest) (*node, error) {
				return f.shut(int64(in.ID), in.ClosedOn)
			})
		},
	})
	op.RegisterCommand(r, spec("reopen"), op.CommandHandler[UnitReopen, op.Saved]{
		Locks: func(UnitReopen) []int64 { return lock },
		Targets: func(ctx context.Context, x *op.Exec, in UnitReopen) ([]op.Target, error) {
			return m.withParent(ctx, x, in.ID, x.Today)
		},
		Do: func(ctx context.Context, x *op.Exec, in UnitReopen) (op.Saved, error) {
			return m.edit(ctx, x, in.ID, in.Version, in.Reason, func(f *forest) (*node, error) {
				return f.reopen(int64(in.ID))
			})
		},
	})
}

// withParent are the unit, its parent on a date, and others: a change of place
// is decided by someone above all of them.
func (m *Module) withParent(ctx context.Context, x *op.Exec, unit op.ID, on day.Date, others ...op.ID) ([]op.Target, error) {
	f, err := m.places.forest(ctx, x.R)
	if err != nil {
		return nil, err
	}
	n, err := f.find(int64(unit))
	if err != nil {
		return nil, err
	}
	targets := unitTarget(append([]op.ID{unit}, others...)...)
	if parent := n.placeOn(on); parent != 0 {
		targets = append(targets, op.Target{Unit: parent})
	}
	return targets, nil
}

// placeInTime is what the audit keeps of a unit's place.
type placeInTime struct {
	ClosedOn day.Date   `json:"closed_on"`
	Stays    []stayKept `json:"stays"`
	Reason   string     `json:"reason,omitempty"`
}

type stayKept struct {
	ValidFrom day.Date `json:"valid_from"`
	ValidTo   day.Date `json:"valid_to"`
	Parent    string   `json:"parent"`
}

// edit changes one node of the tree, with its unit's version.
func (m *Module) edit(ctx context.Context, x *op.Exec, id op.ID, version int64, reason string,
	change func(*forest) (*node, error),
) (op.Saved, error) {
	u, err := findUnit(ctx, x.Tx, int64(id))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(u.Version, version); err != nil {
		return op.Saved{}, err
	}
	old, err := m.places.forest(ctx, x.Tx)
	if err != nil {
		return op.Saved{}, err
	}
	n, err := change(old)
	if err != nil {
		return op.Saved{}, err
	}
	u.ClosedOn = n.closed
	if err := updateUnit(ctx, x.Tx, &u); err != nil {
		return op.Saved{}, err
	}
	if err := saveTree(ctx, x.Tx, old, old.with(n), []int64{n.id}, originOf(x, reason)); err != nil {
		return op.Saved{}, err
	}
	before, err := describe(ctx, x, old.nodes[n.id], "")
	if err != nil {
		return op.Saved{}, err
	}
	after, err := describe(ctx, x, n, reason)
	if err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: u.ID, Version: u.Version}, x.Change("unit", n.id, u.label(), before, after)
}

// describe writes a node for the audit, with the codes of its parents.
func describe(ctx context.Context, x *op.Exec, n *node, reason string) (placeInTime, error) {
	ids := make([]int64, len(n.segs))
	for i, s := range n.segs {
		ids[i] = s.parent
	}
	byID, err := unitsByID(ctx, x.Tx, ids)
	p := placeInTime{ClosedOn: n.closed, Reason: reason}
	for _, s := range n.segs {
		p.Stays = append(p.Stays, stayKept{s.from, s.to, byID[s.parent].Code})
	}
	return p, err
}
