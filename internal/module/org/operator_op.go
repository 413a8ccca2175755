package org

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// OperatorFilter narrows the list of operators.
type OperatorFilter struct {
	Text    string       `json:"text" in:"max=80"`
	Kind    OperatorKind `json:"kind"`
	Service Service      `json:"service"`
}

// OperatorRow is an operator in the list.
type OperatorRow struct {
	Operator
	folded string
}

// PageKey is the row's place in its list.
func (o OperatorRow) PageKey(sort string) []string {
	if sort == "name" {
		return []string{o.folded, o.ID.String()}
	}
	return []string{o.Code}
}

// OperatorRef points at an operator.
type OperatorRef struct {
	ID op.ID `json:"id" in:"required,ref=org.operator.list"`
}

// OperatorAdd is the input of adding an operator.
type OperatorAdd struct {
	Code    string       `json:"code" in:"required,pattern=code,max=31"`
	Name    string       `json:"name" in:"required,min=2,max=120"`
	Kind    OperatorKind `json:"kind" in:"required"`
	ICE     string       `json:"ice" in:"pattern=ice,max=15"`
	Address string       `json:"address" in:"max=200,lines"`
	Phone   string       `json:"phone" in:"pattern=phone"`
	Email   string       `json:"email" in:"pattern=email,max=120"`
	// Services are those it may be given.
	Services []Service `json:"services" in:"required"`
}

// OperatorUpdate is the input of correcting an operator; what is absent stays.
type OperatorUpdate struct {
	ID      op.ID         `json:"id" in:"required,ref=org.operator.list"`
	Version int64         `json:"version" in:"required,min=1"`
	Name    *string       `json:"name" in:"min=2,max=120"`
	Kind    *OperatorKind `json:"kind"`
	ICE     *string       `json:"ice" in:"pattern=ice,max=15"`
	Address *string       `json:"address" in:"max=200,lines"`
	Phone   *string       `json:"phone" in:"pattern=phone"`
	Email   *string       `json:"email" in:"pattern=email,max=120"`
	// Services replace those it had.
	Services *[]Service `json:"services"`
}

func (m *Module) registerOperators(r *op.Registry) {
	duties := []string{"DRI-18", "AG-12", "AG-14"}
	op.RegisterList(r, op.Spec{Name: "org.operator.list", Path: "/org/operators", Duties: duties}, op.ListHandler[OperatorFilter, OperatorRow]{
		Sorts: []string{"code", "name"},
		Rows: func(ctx context.Context, x *op.Exec, in OperatorFilter) iter.Seq2[OperatorRow, error] {
			return listOperators(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "org.operator.show", Path: "/org/operators/{id}", Duties: duties}, op.GetHandler[OperatorRef, Operator]{
		Do: func(ctx context.Context, x *op.Exec, in OperatorRef) (Operator, error) {
			return FindOperator(ctx, x.R, int64(in.ID))
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "org.operator.add", Path: "/org/operators", Central: true, Duties: duties,
		Example: OperatorAdd{Code: "OP-1", Name: "Operateur exemple", Kind: Distributor, Services: []Service{Water, Sanitation}},
	}, op.CommandHandler[OperatorAdd, op.Saved]{Do: addOperator})
	op.RegisterCommand(r, op.Spec{
		Name: "org.operator.update", Path: "/org/operators/{id}", Central: true, Versioned: true, Duties: duties,
	}, op.CommandHandler[OperatorUpdate, op.Saved]{
		Locks: func(in OperatorUpdate) []int64 { return []int64{int64(in.ID)} },
		Do:    changeOperator,
	})
}

// give sets the services of an operator.
func (o *Operator) give(services []Service) {
	o.Water, o.Electricity, o.Sanitation = false, false, false
	for _, s := range services {
		switch s {
		case Water:
			o.Water = true
		case Electricity:
			o.Electricity = true
		case Sanitation:
			o.Sanitation = true
		}
	}
}

func addOperator(ctx context.Context, x *op.Exec, in OperatorAdd) (op.Saved, error) {
	if err := codeFree(ctx, x.Tx, "network_operator", in.Code, "org.operator.code_taken"); err != nil {
		return op.Saved{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	o := Operator{
		ID: op.ID(id), Code: in.Code, Name: in.Name, Kind: in.Kind, ICE: in.ICE, Address: in.Address, Phone: in.Phone, Email: in.Email, Version: 1,
	}
	o.give(in.Services)
	if err := insertOperator(ctx, x.Tx, &o); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: o.ID, Version: o.Version}, x.Change("operator", id, o.label(), nil, o)
}

func changeOperator(ctx context.Context, x *op.Exec, in OperatorUpdate) (op.Saved, error) {
	o, err := FindOperator(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(o.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := o
	op.Set(&o.Name, in.Name)
	op.Set(&o.Kind, in.Kind)
	op.Set(&o.ICE, in.ICE)
	op.Set(&o.Address, in.Address)
	op.Set(&o.Phone, in.Phone)
	op.Set(&o.Email, in.Email)
	if in.Services != nil {
		o.give(*in.Services)
	}
	if !o.Water && !o.Electricity && !o.Sanitation {
		return op.Saved{}, fault.InvalidField("services", "input.required")
	}
	if o == before {
		return op.Saved{ID: o.ID, Version: o.Version}, nil
	}
	for _, s := range []Service{Water, Electricity, Sanitation} {
		if before.offers(s) && !o.offers(s) {
			if err := serviceUnused(ctx, x, o.ID, s); err != nil {
				return op.Saved{}, err
			}
		}
	}
	if err := updateOperator(ctx, x.Tx, &o); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: o.ID, Version: o.Version}, x.Change("operator", int64(o.ID), o.label(), before, o)
}

// serviceUnused refuses to take away a service the operator holds somewhere,
// today or later.
func serviceUnused(ctx context.Context, x *op.Exec, operator op.ID, s Service) error {
	count, err := countHeld(ctx, x.Tx, int64(operator), s, x.Today)
	if err == nil && count > 0 {
		return fault.InvalidField("services", "org.operator.service_held", "service", s, "count", count)
	}
	return err
}
