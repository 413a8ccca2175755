package customer

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

// PointFilter narrows the list of service points.
type PointFilter struct {
	// Text is a code, or words of the address.
	Text       string      `json:"text" in:"max=80"`
	Service    org.Service `json:"service"`
	Connection Connection  `json:"connection"`
}

// PointRow is a service point in the list.
type PointRow struct {
	ServicePoint
	folded string
}

// PageKey is the row's place in its list.
func (p PointRow) PageKey(string) []string { return []string{p.Code, p.ID.String()} }

// PointRef points at a service point.
type PointRef struct {
	ID op.ID `json:"id" in:"required,ref=customer.service_point.list"`
}

// PointCard is a service point with the contracts it has and had.
type PointCard struct {
	ServicePoint
	// Contracts are those of all dates, the latest first.
	Contracts []PointContract `json:"contracts"`
}

// PointContract is a contract at a service point.
type PointContract struct {
	Contract
	State ContractState `json:"state"`
}

// PointAdd is the input of adding a service point.
type PointAdd struct {
	Unit       op.ID       `json:"unit" in:"required,ref=org.unit.list"`
	Service    org.Service `json:"service" in:"required"`
	Address    string      `json:"address" in:"required,min=2,max=200"`
	Locality   string      `json:"locality" in:"max=60"`
	Connection Connection  `json:"connection" in:"required"`
	// DiameterMM of the pipe.
	DiameterMM int64 `json:"diameter_mm" in:"min=0,max=3000"`
	// Phases are 1 or 3.
	Phases int64 `json:"phases" in:"min=0,max=3"`
	// Power in kVA that the connection can carry; the bounds are in thousandths.
	Power  money.Quantity `json:"power" in:"min=0,max=100000000"`
	LaidOn day.Date       `json:"laid_on"`
	// Code is given by the program when it is empty.
	Code string `json:"code" in:"pattern=code,max=31"`
}

// Validate refuses facts of a connection that its service does not have.
func (in *PointAdd) Validate() []fault.Field {
	return connectionFaults(in.Service, in.DiameterMM, in.Phases, in.Power)
}

// connectionFaults are what a connection of a service cannot have.
func connectionFaults(s org.Service, diameter, phases int64, power money.Quantity) (faults []fault.Field) {
	electric := s == org.Electricity
	if electric && diameter != 0 {
		faults = append(faults, fault.Field{Path: "diameter_mm", Code: "customer.point.no_pipe"})
	}
	if !electric && phases != 0 {
		faults = append(faults, fault.Field{Path: "phases", Code: "customer.point.not_electric"})
	}
	if !electric && power != 0 {
		faults = append(faults, fault.Field{Path: "power", Code: "customer.point.not_electric"})
	}
	if phases == 2 {
		faults = append(faults, fault.Field{Path: "phases", Code: "customer.point.phases"})
	}
	return faults
}

// PointUpdate is the input of correcting a service point; what is absent stays.
type PointUpdate struct {
	ID         op.ID           `json:"id" in:"required,ref=customer.service_point.list"`
	Version    int64           `json:"version" in:"required,min=1"`
	Address    *string         `json:"address" in:"min=2,max=200"`
	Locality   *string         `json:"locality" in:"max=60"`
	Connection *Connection     `json:"connection"`
	DiameterMM *int64          `json:"diameter_mm" in:"min=0,max=3000"`
	Phases     *int64          `json:"phases" in:"min=0,max=3"`
	Power      *money.Quantity `json:"power" in:"min=0,max=100000000"`
	LaidOn     *day.Date       `json:"laid_on"`
	// RemovedOn is the first day without the connection.
	RemovedOn *day.Date `json:"removed_on"`
}

func (m *Module) registerPoints(r *op.Registry) {
	duties := []string{"AG-03", "DRI-02"}
	op.RegisterList(r, op.Spec{Name: "customer.service_point.list", Path: "/service-points", Duties: duties}, op.ListHandler[PointFilter, PointRow]{
		Sorts: []string{"code"},
		Rows: func(ctx context.Context, x *op.Exec, in PointFilter) iter.Seq2[PointRow, error] {
			return listPoints(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{
		Name: "customer.service_point.show", Path: "/service-points/{id}", Duties: duties,
	}, op.GetHandler[PointRef, PointCard]{
		Targets: func(ctx context.Context, x *op.Exec, in PointRef) ([]op.Target, error) {
			return pointTarget(ctx, x, in.ID)
		},
		Do: showPoint,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.service_point.add", Path: "/service-points", Duties: duties,
		Example: PointAdd{Unit: 1 << 43, Service: org.Water, Address: "12 rue de la Source", Locality: "Sefrou", Connection: Individual, DiameterMM: 15},
	}, op.CommandHandler[PointAdd, op.Saved]{
		Targets: func(_ context.Context, _ *op.Exec, in PointAdd) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.Unit)}}, nil
		},
		Do: addPoint,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.service_point.update", Path: "/service-points/{id}", Versioned: true, Duties: duties,
	}, op.CommandHandler[PointUpdate, op.Saved]{
		Locks: func(in PointUpdate) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in PointUpdate) ([]op.Target, error) {
			return pointTarget(ctx, x, in.ID)
		},
		Do: changePoint,
	})
}

func pointTarget(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
	p, err := FindServicePoint(ctx, x.R, int64(id))
	return []op.Target{{Unit: int64(p.UnitID)}}, err
}

func showPoint(ctx context.Context, x *op.Exec, in PointRef) (card PointCard, err error) {
	if card.ServicePoint, err = FindServicePoint(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	if card.BatchID, err = batchOf(ctx, x.R, kindServicePoint, card.ID); err != nil {
		return card, err
	}
	all, err := ContractsAt(ctx, x.R, []int64{int64(in.ID)})
	contracts := all[int64(in.ID)]
	for i := len(contracts) - 1; i >= 0; i-- {
		card.Contracts = append(card.Contracts, PointContract{contracts[i], contracts[i].StateOn(x.Today)})
	}
	return card, err
}

func addPoint(ctx context.Context, x *op.Exec, in PointAdd) (op.Saved, error) {
	if !in.LaidOn.IsZero() {
		if err := checkAhead("laid_on", in.LaidOn, x.Today); err != nil {
			return op.Saved{}, err
		}
	}
	code, err := pointSeries().choose(ctx, x.Tx, in.Code, codeTakenPoint)
	if err != nil {
		return op.Saved{}, err
	}
	p := &ServicePoint{
		Code: code, UnitID: in.Unit, Service: in.Service, Address: in.Address, Locality: in.Locality, Connection: in.Connection,
		DiameterMM: in.DiameterMM, Phases: in.Phases, Power: in.Power, LaidOn: in.LaidOn,
	}
	if err := Insert(ctx, x.Tx, Origin{Actor: op.ID(x.Actor.UserID), At: x.Now}, &Supply{Point: p}); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: p.ID, Version: p.Version}, x.Change(kindServicePoint, int64(p.ID), p.label(), nil, *p)
}

func changePoint(ctx context.Context, x *op.Exec, in PointUpdate) (op.Saved, error) {
	p, err := FindServicePoint(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(p.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := p
	op.Set(&p.Address, in.Address)
	op.Set(&p.Locality, in.Locality)
	op.Set(&p.Connection, in.Connection)
	op.Set(&p.DiameterMM, in.DiameterMM)
	op.Set(&p.Phases, in.Phases)
	op.Set(&p.Power, in.Power)
	op.Set(&p.LaidOn, in.LaidOn)
	op.Set(&p.RemovedOn, in.RemovedOn)
	if p == before {
		return op.Saved{ID: p.ID, Version: p.Version}, nil
	}
	if faults := connectionFaults(p.Service, p.DiameterMM, p.Phases, p.Power); len(faults) > 0 {
		return op.Saved{}, fault.InvalidFields(faults)
	}
	if err := mayRemove(ctx, x, p); err != nil {
		return op.Saved{}, err
	}
	if err := updatePoint(ctx, x.Tx, &before, &p); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: p.ID, Version: p.Version}, x.Change(kindServicePoint, int64(p.ID), p.label(), before, p)
}

// mayRemove refuses the end of a connection before it was laid, or while a contract
// needs it.
func mayRemove(ctx context.Context, x *op.Exec, p ServicePoint) error {
	if p.RemovedOn.IsZero() {
		return nil
	}
	if !p.LaidOn.IsZero() && !p.LaidOn.Before(p.RemovedOn) {
		return fault.InvalidField("removed_on", "customer.point.removed_before_laid", "laid_on", p.LaidOn)
	}
	if err := checkAhead("removed_on", p.RemovedOn, x.Today); err != nil {
		return err
	}
	all, err := ContractsAt(ctx, x.Tx, []int64{int64(p.ID)})
	if err != nil {
		return err
	}
	for _, c := range all[int64(p.ID)] {
		if c.EndsOn.IsZero() || p.RemovedOn.Before(c.EndsOn) {
			return fault.InvalidField("removed_on", "customer.point.in_use", "contract", c.Code)
		}
	}
	return nil
}
