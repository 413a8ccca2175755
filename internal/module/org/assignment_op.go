package org

import (
	"context"
	"iter"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// AssignmentRow is an assignment in the history of a unit.
type AssignmentRow struct {
	Assignment
	EntityCode   string    `json:"entity_code"`
	OperatorCode string    `json:"operator_code"`
	Reason       string    `json:"reason"`
	ActorID      op.ID     `json:"actor"`
	RecordedAt   time.Time `json:"recorded_at,omitzero"`
}

// PageKey is the row's place in its list.
func (a AssignmentRow) PageKey(string) []string {
	return []string{op.KeyText(a.ValidFrom), string(a.Service)}
}

// UnitAssign is the input of giving services of a unit to an entity.
type UnitAssign struct {
	ID     op.ID `json:"id" in:"required,ref=org.unit.list"`
	Entity op.ID `json:"entity" in:"required,ref=org.entity.list"`
	// Operator is absent where the entity runs the services itself.
	Operator op.ID     `json:"operator" in:"ref=org.operator.list"`
	Services []Service `json:"services" in:"required"`
	// ValidFrom is the first day on which it holds.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	Reason    string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// UnitUnassign is the input of letting a unit inherit again.
type UnitUnassign struct {
	ID       op.ID     `json:"id" in:"required,ref=org.unit.list"`
	Services []Service `json:"services" in:"required"`
	// ValidFrom is the first day on which the unit inherits.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	Reason    string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// UnitAssigned is the answer of a change of assignments.
type UnitAssigned struct {
	ID op.ID `json:"id"`
	// Assignments are those of the services concerned, by date.
	Assignments []Assignment `json:"assignments"`
}

func (m *Module) registerAssignments(r *op.Registry) {
	duties := []string{"AG-08", "AG-14"}
	op.RegisterList(r, op.Spec{
		Name: "org.unit.assignments", Path: "/org/units/{id}/assignments", Duties: duties,
	}, op.ListHandler[UnitRef, AssignmentRow]{
		Sorts: []string{"-valid_from"},
		Rows: func(ctx context.Context, x *op.Exec, in UnitRef) iter.Seq2[AssignmentRow, error] {
			if err := m.mustSee(ctx, x, int64(in.ID)); err != nil {
				return db.Failed[AssignmentRow](err)
			}
			return listAssignments(ctx, x, int64(in.ID))
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "org.unit.assign", Path: "/org/units/{id}/assign", Duties: duties}, op.CommandHandler[UnitAssign, UnitAssigned]{
		Locks: func(in UnitAssign) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in UnitAssign) ([]op.Target, error) {
			return m.target(ctx, x, in.ID)
		},
		Do: assignUnit,
	})
	op.RegisterCommand(r, op.Spec{Name: "org.unit.unassign", Path: "/org/units/{id}/unassign", Duties: duties}, op.CommandHandler[UnitUnassign, UnitAssigned]{
		Locks: func(in UnitUnassign) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in UnitUnassign) ([]op.Target, error) {
			return m.target(ctx, x, in.ID)
		},
		Do: func(ctx context.Context, x *op.Exec, in UnitUnassign) (UnitAssigned, error) {
			return reassign(ctx, x, in.ID, in.Services, in.ValidFrom, in.Reason, func(_ Service, t timeline) (timeline, error) {
				return t.take(in.ValidFrom)
			})
		},
	})
}

func assignUnit(ctx context.Context, x *op.Exec, in UnitAssign) (UnitAssigned, error) {
	if _, err := FindEntity(ctx, x.Tx, int64(in.Entity)); err != nil {
		return UnitAssigned{}, inField(err, "entity")
	}
	if in.Operator != 0 {
		o, err := FindOperator(ctx, x.Tx, int64(in.Operator))
		if err != nil {
			return UnitAssigned{}, inField(err, "operator")
		}
		for _, s := range in.Services {
			if !o.offers(s) {
				return UnitAssigned{}, fault.InvalidField("services", "org.operator.service_not_offered", "service", s)
			}
		}
	}
	return reassign(ctx, x, in.ID, in.Services, in.ValidFrom, in.Reason, func(s Service, t timeline) (timeline, error) {
		return t.give(Assignment{Service: s, ValidFrom: in.ValidFrom, EntityID: in.Entity, OperatorID: in.Operator})
	})
}

// inField turns a record that is not found into a fault of the field that
// pointed at it.
func inField(err error, path string) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.InvalidField(path, fault.CodeOf(err))
	}
	return err
}

// reassign changes the timelines of some services of a unit.
func reassign(ctx context.Context, x *op.Exec, id op.ID, services []Service, on day.Date, reason string,
	change func(Service, timeline) (timeline, error),
) (UnitAssigned, error) {
	out := UnitAssigned{ID: id}
	u, err := findUnit(ctx, x.Tx, int64(id))
	if err != nil {
		return out, err
	}
	if err := checkDate("valid_from", on, x.Today); err != nil {
		return out, err
	}
	services = slices.Clone(services)
	slices.Sort(services)
	var before []Assignment
	for _, s := range slices.Compact(services) {
		old, err := readTimeline(ctx, x.Tx, int64(id), s)
		if err != nil {
			return out, err
		}
		next, err := change(s, old)
		if err != nil {
			return out, err
		}
		if err := saveTimeline(ctx, x.Tx, int64(id), s, old, next, originOf(x, reason)); err != nil {
			return out, err
		}
		before, out.Assignments = append(before, old...), append(out.Assignments, next...)
	}
	return out, x.Change("unit", int64(id), u.label(),
		map[string]any{"assignments": before}, map[string]any{"assignments": out.Assignments, "reason": reason})
}
