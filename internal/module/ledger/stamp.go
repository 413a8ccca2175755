package ledger

import (
	"context"
	"slices"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Stamps are what is true of the organisation when a fact is posted. They are
// written with it and never derived again: a unit that moves to another entity
// leaves them as they were.
type Stamps struct {
	// Managing is the unit that manages the customer; its books hold the items.
	Managing op.ID
	// Collecting is the unit that holds the money; 0 is the managing one.
	Collecting op.ID
	Entity     op.ID
	// Operator runs the network of the service; 0 is the entity itself.
	Operator op.ID
}

// collecting is the unit that holds the money.
func (s Stamps) collecting() op.ID {
	if s.Collecting == 0 {
		return s.Managing
	}
	return s.Collecting
}

// StampsOf finds who holds a service of a unit on a date. Without one:
// Precondition "ledger.entity_unknown".
func (m *Module) StampsOf(ctx context.Context, r db.Reader, unit op.ID, service Service, on day.Date) (Stamps, error) {
	type key struct {
		unit    op.ID
		service Service
		on      day.Date
	}
	if s, known := db.Remembered[Stamps](r, key{unit, service, on}); known {
		return s, nil
	}
	services := []org.Service{org.Service(service)}
	if service == Works || service == Other {
		services = []org.Service{org.Water, org.Electricity, org.Sanitation}
	}
	for _, s := range services {
		h, found, err := org.EntityOf(ctx, r, int64(unit), s, on)
		if err != nil {
			return Stamps{}, err
		}
		if found {
			stamps := Stamps{Managing: unit, Entity: h.EntityID, Operator: h.OperatorID}
			db.Remember(r, key{unit, service, on}, stamps)
			return stamps, nil
		}
	}
	return Stamps{}, fault.New(fault.Precondition, "ledger.entity_unknown", "date", on)
}

// fiscal are the dated parameters of an entity that a posting needs.
type fiscal struct {
	regime      Regime
	exercise    int
	budgetMonth int
}

// fiscalOf gives them; what was never set is what the law says.
func (m *Module) fiscalOf(ctx context.Context, r db.Reader, entity op.ID, on day.Date) (fiscal, error) {
	f := fiscal{regime: OnReceipts, exercise: 1, budgetMonth: 1}
	history, err := m.fiscalHistory(ctx, r, entity)
	for _, v := range slices.Backward(history) { // the latest of each parameter comes last
		if v.ValidFrom.After(on) {
			continue
		}
		month, _ := strconv.Atoi(v.Value) // org accepts 1 to 12 only
		switch v.Parameter {
		case org.VATRegime:
			f.regime = Regime(v.Value)
		case org.ExerciseStart:
			f.exercise = month
		case org.BudgetStart:
			f.budgetMonth = month
		}
	}
	return f, err
}

// Exercise is the accounting year of an entity that holds a day, named by the year in
// which it begins.
func (m *Module) Exercise(ctx context.Context, r db.Reader, entity op.ID, on day.Date) (int64, error) {
	f, err := m.fiscalOf(ctx, r, entity, on)
	return int64(yearFrom(on, f.exercise)), err
}

// Numbering is what the legal numbers of an entity hold on a day: the exercise, and the
// entity's code.
func (m *Module) Numbering(ctx context.Context, r db.Reader, entity op.ID, on day.Date) (exercise int64, code string, err error) {
	if exercise, err = m.Exercise(ctx, r, entity, on); err != nil {
		return 0, "", err
	}
	code, err = entityCode(ctx, r, entity)
	return exercise, code, err
}

// yearFrom is the year, named by its first day, of a date in years that begin
// with a month.
func yearFrom(on day.Date, month int) int {
	if int(on.Month()) < month {
		return on.Year() - 1
	}
	return on.Year()
}
