package org

import (
	"context"
	"iter"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// TextFilter narrows a list to the rows that hold every word.
type TextFilter struct {
	Text string `json:"text" in:"max=80"`
}

// EntityRow is a legal entity in the list.
type EntityRow struct {
	Entity
	folded string
}

// PageKey is the row's place in its list.
func (e EntityRow) PageKey(sort string) []string {
	if sort == "name" {
		return []string{e.folded, e.ID.String()}
	}
	return []string{e.Code}
}

// EntityRef points at a legal entity.
type EntityRef struct {
	ID op.ID `json:"id" in:"required,ref=org.entity.list"`
}

// EntityCard is a legal entity with its fiscal parameters.
type EntityCard struct {
	Entity
	// Fiscal are the values in force today.
	Fiscal []FiscalValue `json:"fiscal"`
	// FiscalHistory are all values, past and to come.
	FiscalHistory []FiscalValue `json:"fiscal_history"`
}

// EntityAdd is the input of adding a legal entity.
type EntityAdd struct {
	Code          string `json:"code" in:"required,pattern=code,max=31"`
	Name          string `json:"name" in:"required,min=2,max=120"`
	LegalForm     string `json:"legal_form" in:"max=80"`
	ICE           string `json:"ice" in:"pattern=ice,max=15"`
	TaxID         string `json:"tax_id" in:"pattern=digits,max=20"`
	TradeRegister string `json:"trade_register" in:"max=40"`
	BusinessTax   string `json:"business_tax" in:"pattern=digits,max=20"`
	CNSS          string `json:"cnss" in:"pattern=digits,max=20"`
	Address       string `json:"address" in:"max=200,lines"`
	Phone         string `json:"phone" in:"pattern=phone"`
	Email         string `json:"email" in:"pattern=email,max=120"`
}

// EntityUpdate is the input of correcting a legal entity; what is absent stays.
type EntityUpdate struct {
	ID            op.ID   `json:"id" in:"required,ref=org.entity.list"`
	Version       int64   `json:"version" in:"required,min=1"`
	Name          *string `json:"name" in:"min=2,max=120"`
	LegalForm     *string `json:"legal_form" in:"max=80"`
	ICE           *string `json:"ice" in:"pattern=ice,max=15"`
	TaxID         *string `json:"tax_id" in:"pattern=digits,max=20"`
	TradeRegister *string `json:"trade_register" in:"max=40"`
	BusinessTax   *string `json:"business_tax" in:"pattern=digits,max=20"`
	CNSS          *string `json:"cnss" in:"pattern=digits,max=20"`
	Address       *string `json:"address" in:"max=200,lines"`
	Phone         *string `json:"phone" in:"pattern=phone"`
	Email         *string `json:"email" in:"pattern=email,max=120"`
}

// FiscalSet is the input of setting a fiscal parameter from a date on.
type FiscalSet struct {
	ID        op.ID           `json:"id" in:"required,ref=org.entity.list"`
	Parameter FiscalParameter `json:"parameter" in:"required"`
	Value     string          `json:"value" in:"required,max=20"`
	// Service is the only one it is to hold for; absent for all without their own.
	Service Service `json:"service"`
	// ValidFrom is the first day on which it holds.
	ValidFrom day.Date `json:"valid_from" in:"required"`
	Reason    string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// Validate refuses a value the parameter does not take, and a service where it has none.
func (in *FiscalSet) Validate() (faults []fault.Field) {
	if !in.Parameter.accepts(in.Value) {
		faults = append(faults, fault.Field{Path: "value", Code: "input.enum", Args: fault.Args{"values": strings.Join(in.Parameter.values(), ", ")}})
	}
	if in.Service != "" && !in.Parameter.byService() {
		faults = append(faults, fault.Field{Path: "service", Code: "org.fiscal_service"})
	}
	return faults
}

// FiscalSaved is the answer of setting a fiscal parameter.
type FiscalSaved struct {
	ID        op.ID           `json:"id"`
	Parameter FiscalParameter `json:"parameter"`
	Service   Service         `json:"service"`
	ValidFrom day.Date        `json:"valid_from"`
	Value     string          `json:"value"`
}

func (m *Module) registerEntities(r *op.Registry) {
	duties := []string{"NORM-3"}
	op.RegisterList(r, op.Spec{Name: "org.entity.list", Path: "/org/entities", Duties: duties}, op.ListHandler[TextFilter, EntityRow]{
		Sorts: []string{"code", "name"},
		Rows: func(ctx context.Context, x *op.Exec, in TextFilter) iter.Seq2[EntityRow, error] {
			return listEntities(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "org.entity.show", Path: "/org/entities/{id}", Duties: duties}, op.GetHandler[EntityRef, EntityCard]{Do: showEntity})
	op.RegisterCommand(r, op.Spec{
		Name: "org.entity.add", Path: "/org/entities", Central: true, Duties: duties,
		Example: EntityAdd{Code: "SRM-1", Name: "SRM Exemple", LegalForm: "SA", ICE: "001234567000089"},
	}, op.CommandHandler[EntityAdd, op.Saved]{Do: addEntity})
	op.RegisterCommand(r, op.Spec{
		Name: "org.entity.update", Path: "/org/entities/{id}", Central: true, Versioned: true, Duties: duties,
	}, op.CommandHandler[EntityUpdate, op.Saved]{
		Locks: func(in EntityUpdate) []int64 { return []int64{int64(in.ID)} },
		Do:    changeEntity,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "org.entity.fiscal_set", Path: "/org/entities/{id}/fiscal", Central: true, FourEyes: true, SoleAllowed: true,
		Duties: []string{"NORM-3", "NORM-5"},
	}, op.CommandHandler[FiscalSet, FiscalSaved]{
		Locks: func(in FiscalSet) []int64 { return []int64{int64(in.ID)} },
		Do:    setFiscal,
	})
}

func showEntity(ctx context.Context, x *op.Exec, in EntityRef) (card EntityCard, err error) {
	if card.Entity, err = FindEntity(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	if card.FiscalHistory, err = FiscalHistory(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	for _, v := range card.FiscalHistory {
		known := slices.ContainsFunc(card.Fiscal, func(o FiscalValue) bool { return o.Parameter == v.Parameter && o.Service == v.Service })
		if !known && !v.ValidFrom.After(x.Today) {
			card.Fiscal = append(card.Fiscal, v)
		}
	}
	return card, nil
}

func addEntity(ctx context.Context, x *op.Exec, in EntityAdd) (op.Saved, error) {
	if err := codeFree(ctx, x.Tx, "legal_entity", in.Code, "org.entity.code_taken"); err != nil {
		return op.Saved{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	e := Entity{
		ID: op.ID(id), Code: in.Code, Name: in.Name, LegalForm: in.LegalForm, ICE: in.ICE, TaxID: in.TaxID, TradeRegister: in.TradeRegister,
		BusinessTax: in.BusinessTax, CNSS: in.CNSS, Address: in.Address, Phone: in.Phone, Email: in.Email, Version: 1,
	}
	if err := insertEntity(ctx, x.Tx, &e); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: e.ID, Version: e.Version}, x.Change("entity", id, e.label(), nil, e)
}

func changeEntity(ctx context.Context, x *op.Exec, in EntityUpdate) (op.Saved, error) {
	e, err := FindEntity(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(e.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := e
	op.Set(&e.Name, in.Name)
	op.Set(&e.LegalForm, in.LegalForm)
	op.Set(&e.ICE, in.ICE)
	op.Set(&e.TaxID, in.TaxID)
	op.Set(&e.TradeRegister, in.TradeRegister)
	op.Set(&e.BusinessTax, in.BusinessTax)
	op.Set(&e.CNSS, in.CNSS)
	op.Set(&e.Address, in.Address)
	op.Set(&e.Phone, in.Phone)
	op.Set(&e.Email, in.Email)
	if e == before {
		return op.Saved{ID: e.ID, Version: e.Version}, nil
	}
	if err := updateEntity(ctx, x.Tx, &e); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: e.ID, Version: e.Version}, x.Change("entity", int64(e.ID), e.label(), before, e)
}

// setFiscal sets a parameter. Only the first value of a parameter may hold since
// a day that is past: what was billed keeps the rules it was billed by.
func setFiscal(ctx context.Context, x *op.Exec, in FiscalSet) (FiscalSaved, error) {
	e, err := FindEntity(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return FiscalSaved{}, err
	}
	if err := checkDate("valid_from", in.ValidFrom, x.Today); err != nil {
		return FiscalSaved{}, err
	}
	count, err := countFiscal(ctx, x.Tx, int64(in.ID), in.Parameter)
	if err != nil {
		return FiscalSaved{}, err
	}
	if count > 0 && in.ValidFrom.Before(x.Today) {
		return FiscalSaved{}, fault.InvalidField("valid_from", "org.fiscal_past", "today", x.Today)
	}
	was, found, err := FiscalOn(ctx, x.Tx, int64(in.ID), in.Parameter, in.Service, in.ValidFrom)
	if err != nil {
		return FiscalSaved{}, err
	}
	if found && was == in.Value {
		return FiscalSaved{}, fault.InvalidField("value", "org.fiscal_same", "value", in.Value)
	}
	v := FiscalValue{in.Parameter, in.Service, in.ValidFrom, in.Value, in.Reason, op.ID(x.Actor.UserID)}
	if err := saveFiscal(ctx, x.Tx, int64(in.ID), v); err != nil {
		return FiscalSaved{}, err
	}
	before := map[string]any{"parameter": in.Parameter, "value": was}
	after := map[string]any{"parameter": in.Parameter, "value": in.Value, "valid_from": in.ValidFrom, "reason": in.Reason}
	if in.Service != "" {
		before["service"], after["service"] = in.Service, in.Service
	}
	return FiscalSaved{in.ID, in.Parameter, in.Service, in.ValidFrom, in.Value}, x.Change("entity", int64(e.ID), e.label(), before, after)
}
