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
	regimes     Regimes
	atIssue     []Service // whose VAT rate is that of the day of the bill
	exercise    int
	budgetMonth int
}

// fiscalOf gives them; what was never set is what the law says.
func (m *Module) fiscalOf(ctx context.Context, r db.Reader, entity op.ID, on day.Date) (fiscal, error) {
	f := fiscal{regimes: Uniform(OnReceipts), exercise: 1, budgetMonth: 1}
	history, err := m.fiscalHistory(ctx, r, entity)
	for _, alone := range []bool{false, true} { // what a service has of its own comes after what all have
		for _, v := range slices.Backward(history) { // the latest of each parameter comes last
			if !v.ValidFrom.After(on) && (v.Service != "") == alone {
				f.take(v)
			}
		}
	}
	return f, err
}

// take puts a value in the place of the one before.
func (f *fiscal) take(v org.FiscalValue) {
	month, _ := strconv.Atoi(v.Value) // org accepts 1 to 12 only
	switch v.Parameter {
	case org.VATRegime:
		if v.Service == "" {
			f.regimes = Uniform(Regime(v.Value))
		} else {
			f.regimes = f.regimes.with(Service(v.Service), Regime(v.Value))
		}
	case org.TaxPoint:
		f.point(Service(v.Service), v.Value == atBill)
	case org.ExerciseStart:
		f.exercise = month
	case org.BudgetStart:
		f.budgetMonth = month
	}
}

// atBill is the value of org.TaxPoint by which a bill has the VAT rates of its own day;
// otherwise it has those of the last day supplied.
const atBill = "bill"

// point notes of a service, or of all (empty), which day decides its VAT rate.
func (f *fiscal) point(s Service, atIssue bool) {
	for _, name := range s.EnumValues() {
		if s != "" && s != Service(name) {
			continue
		}
		f.atIssue = slices.DeleteFunc(f.atIssue, func(have Service) bool { return have == Service(name) })
		if atIssue {
			f.atIssue = append(f.atIssue, Service(name))
		}
	}
}

// RatedAtIssue are the services of an entity whose bills, made out on a day, have the VAT
// rates of that day; those of the others have the rates of the last day supplied.
func (m *Module) RatedAtIssue(ctx context.Context, r db.Reader, entity op.ID, on day.Date) ([]Service, error) {
	f, err := m.fiscalOf(ctx, r, entity, on)
	return f.atIssue, err
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
