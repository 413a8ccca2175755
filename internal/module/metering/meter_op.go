package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// FindKind is the kind of meters in the search by words.
const FindKind = "meter"

// MeterFilter narrows the list of meters.
type MeterFilter struct {
	// Text is the serial number, or its last digits.
	Text    string      `json:"text" in:"max=80"`
	Service org.Service `json:"service"`
	State   MeterState  `json:"state"`
	// ServicePoints keeps the meters in place at some service points; none is all.
	ServicePoints []op.ID `json:"service_points"`
}

// MeterRow is a meter in the list, with where it stands.
type MeterRow struct {
	Meter
	// Point is the code of the service point where it stands; empty when it does not.
	Point       string   `json:"point"`
	InstalledOn day.Date `json:"installed_on"`
}

// PageKey is the row's place in its list.
func (m MeterRow) PageKey(string) []string { return []string{m.Serial, m.ID.String()} }

// MeterRef points at a meter.
type MeterRef struct {
	ID op.ID `json:"id" in:"required,ref=metering.meter.list"`
}

// MeterCard is all there is to know of a meter.
type MeterCard struct {
	Meter
	// Registers of a meter with several; none for one.
	Registers []Register `json:"registers"`
	// Stays are the places where it stood, latest first.
	Stays []Stay `json:"stays"`
	Seals []Seal `json:"seals"`
}

// MeterAdd is the input of adding a meter.
type MeterAdd struct {
	Serial  string      `json:"serial" in:"required,pattern=code,max=31"`
	Service org.Service `json:"service" in:"required"`
	Make    string      `json:"make" in:"max=60"`
	Size    string      `json:"size" in:"max=30"`
	// Digits of the dial; five when absent.
	Digits   int64 `json:"digits" in:"min=0,max=9"`
	Decimals int64 `json:"decimals" in:"min=0,max=3"`
	// Coefficient is 1 when absent.
	Coefficient money.Quantity `json:"coefficient" in:"min=0,max=1000000000"`
	// Registers are the codes of its registers when it has several; each has the dial of
	// the meter.
	Registers []string `json:"registers" in:"pattern=code,max=10"`
	Unit      op.ID    `json:"unit" in:"required,ref=org.unit.list"`
	Note      string   `json:"note" in:"max=500,lines"`
}

// Validate says what is wrong across the fields.
func (in MeterAdd) Validate() (faults []fault.Field) {
	if len(in.Registers) > RegistersMax {
		faults = append(faults, fault.Field{Path: "registers", Code: "input.too_many", Args: fault.Args{"max": RegistersMax}})
	}
	seen := map[string]bool{}
	for _, g := range in.Registers {
		if seen[g] {
			faults = append(faults, fault.Field{Path: "registers", Code: "metering.register_twice", Args: fault.Args{"register": g}})
		}
		seen[g] = true
	}
	return faults
}

// MeterUpdate is the input of correcting a meter; what is absent stays.
type MeterUpdate struct {
	ID      op.ID   `json:"id" in:"required,ref=metering.meter.list"`
	Version int64   `json:"version" in:"required,min=1"`
	Make    *string `json:"make" in:"max=60"`
	Size    *string `json:"size" in:"max=30"`
	// Digits, Decimals and Coefficient may be corrected while nothing was consumed
	// through the meter.
	Digits      *int64          `json:"digits" in:"min=1,max=9"`
	Decimals    *int64          `json:"decimals" in:"min=0,max=3"`
	Coefficient *money.Quantity `json:"coefficient" in:"min=1,max=1000000000"`
	Note        *string         `json:"note" in:"max=500,lines"`
}

func (m *Module) registerMeters(r *op.Registry) {
	duties := []string{"DRI-02", "AG-13"}
	op.RegisterList(r, op.Spec{Name: "metering.meter.list", Path: "/metering/meters", Duties: duties}, op.ListHandler[MeterFilter, MeterRow]{
		Sorts: []string{"serial"},
		Rows: func(ctx context.Context, x *op.Exec, in MeterFilter) iter.Seq2[MeterRow, error] {
			return listMeters(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "metering.meter.show", Path: "/metering/meters/{id}", Duties: duties}, op.GetHandler[MeterRef, MeterCard]{
		Targets: func(ctx context.Context, x *op.Exec, in MeterRef) ([]op.Target, error) {
			return meterTarget(ctx, x, in.ID)
		},
		Do: showMeter,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.meter.add", Path: "/metering/meters", Duties: duties,
		Example: MeterAdd{Serial: "04118772", Service: org.Water, Make: "Itron", Size: "DN15", Unit: 1 << 43},
	}, op.CommandHandler[MeterAdd, op.Saved]{
		Targets: func(_ context.Context, _ *op.Exec, in MeterAdd) ([]op.Target, error) {
			return unitTargets(int64(in.Unit)), nil
		},
		Do: m.addMeter,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.meter.update", Path: "/metering/meters/{id}", Versioned: true, Duties: duties,
	}, op.CommandHandler[MeterUpdate, op.Saved]{
		Locks: func(in MeterUpdate) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in MeterUpdate) ([]op.Target, error) {
			return meterTarget(ctx, x, in.ID)
		},
		Do: m.updateMeter,
	})
}

// meterTarget is the unit of a meter.
func meterTarget(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
	m, err := findMeter(ctx, x.R, int64(id))
	return unitTargets(int64(m.Unit)), err
}

func showMeter(ctx context.Context, x *op.Exec, in MeterRef) (card MeterCard, err error) {
	if card.Meter, err = findMeter(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	registers, err := registersOf(ctx, x.R, []int64{int64(in.ID)})
	if err != nil {
		return card, err
	}
	card.Registers = registers[int64(in.ID)]
	if card.Stays, err = staysOf(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	card.Seals, err = sealsOf(ctx, x.R, int64(in.ID))
	return card, err
}

func (m *Module) addMeter(ctx context.Context, x *op.Exec, in MeterAdd) (op.Saved, error) {
	meter := Meter{
		Serial: in.Serial, Service: in.Service, Make: in.Make, Size: in.Size, Digits: in.Digits, Decimals: in.Decimals, Coefficient: in.Coefficient,
		State: InStock, Unit: in.Unit, Note: in.Note, Version: 1,
	}
	if meter.Digits == 0 {
		meter.Digits = DigitsDefault
	}
	if meter.Coefficient == 0 {
		meter.Coefficient = quantityOne
	}
	if err := meter.dial().Validate(); err != nil {
		return op.Saved{}, err
	}
	if err := serialFree(ctx, x.Tx, in.Serial, string(in.Service)); err != nil {
		return op.Saved{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	meter.ID = op.ID(id)
	if err := insertMeters(ctx, x.Tx, nil, meter); err != nil {
		return op.Saved{}, err
	}
	registers := make([]Register, len(in.Registers))
	for i, g := range in.Registers {
		registers[i] = Register{g, meter.Digits, meter.Decimals, meter.Coefficient}
	}
	if len(registers) > 0 {
		if err := insertRegisters(ctx, x.Tx, id, registers); err != nil {
			return op.Saved{}, err
		}
	}
	if err := find.Index(ctx, x.Tx, FindKind, id, nil, find.Code(meter.Serial)); err != nil {
		return op.Saved{}, err
	}
	after := struct {
		Meter
		Registers []Register `json:"registers,omitempty"`
	}{meter, registers}
	return op.Saved{ID: meter.ID, Version: 1}, x.Change("meter", id, meter.Serial, nil, after)
}

func (m *Module) updateMeter(ctx context.Context, x *op.Exec, in MeterUpdate) (op.Saved, error) {
	meter, err := findMeter(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(meter.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := meter
	op.Set(&meter.Make, in.Make)
	op.Set(&meter.Size, in.Size)
	op.Set(&meter.Digits, in.Digits)
	op.Set(&meter.Decimals, in.Decimals)
	op.Set(&meter.Coefficient, in.Coefficient)
	op.Set(&meter.Note, in.Note)
	if meter == before {
		return op.Saved{ID: meter.ID, Version: meter.Version}, nil
	}
	if meter.dial() != before.dial() {
		if err := meter.dial().Validate(); err != nil {
			return op.Saved{}, err
		}
		if err := neverRead(ctx, x.Tx, meter); err != nil {
			return op.Saved{}, err
		}
	}
	if err := updateMeter(ctx, x.Tx, &meter); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: meter.ID, Version: meter.Version}, x.Change("meter", int64(meter.ID), meter.Serial, before, meter)
}

// neverRead refuses to change the dial of a meter that counts somewhere: what was
// computed with it would no longer be what its readings say.
func neverRead(ctx context.Context, r reader, meter Meter) error {
	stays, err := staysOf(ctx, r, int64(meter.ID))
	if err == nil && len(stays) > 0 {
		return fault.New(fault.Precondition, "metering.dial_in_use", "serial", meter.Serial)
	}
	return err
}
