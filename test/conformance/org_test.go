package conformance

import (
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

const (
	unitShow = "org.unit.show"
	userShow = "access.user.show"
)

const shared = "reference data of the whole utility: whoever holds the right sees all of it"

func unitScenarios() map[string]scenario {
	today := func(w *apptest.World) string { return w.App.Today().String() }
	file := func(w *apptest.World, p apptest.Place) op.Input {
		return about("file", op.NewUpload("lieux.csv", apptest.UnitsFile("F-"+string(p), p.UnitKind(), codeOf(w, p))), "root", w.At[p].Unit)
	}
	return map[string]scenario{
		"org.unit.list":        {in: nothing, unitOf: column("id")},
		"org.unit.show":        {in: at(unitAt)},
		"org.unit.history":     {in: at(unitAt)},
		"org.unit.assignments": {in: at(unitAt)},
		"org.unit.tree":        {in: func(w *apptest.World, p apptest.Place) op.Input { return about("parent", w.At[p].Unit) }},
		"org.unit.add": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("code", "N-"+strings.ToUpper(string(p)), "kind", p.UnitKind(), "name", "Lieu nouveau", "parent", w.At[p].Unit, "opened_on", today(w))
		}},
		"org.unit.update": {in: versioned(unitShow, at(unitAt, "short_name", "Abrégé"))},
		"org.unit.move": {in: versioned(unitShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Leaf, "parent", w.At[p].LeafTo, "valid_from", w.MoveOn, "reason", reason)
		})},
		"org.unit.move_cancel": {in: versioned(unitShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Moving, "valid_from", w.MoveOn, "reason", reason)
		})},
		"org.unit.close": {in: versioned(unitShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Leaf, "closed_on", today(w), "reason", reason)
		})},
		"org.unit.reopen": {in: versioned(unitShow, at(func(r apptest.Records) op.ID { return r.Closed }, "reason", reason))},
		"org.unit.assign": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Unit, "entity", w.Entity, "operator", w.Operator, "services", []any{"water"}, "valid_from", today(w), "reason", reason)
		}},
		"org.unit.unassign": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Unit, "services", []any{"electricity"}, "valid_from", today(w), "reason", reason)
		}},
		"org.unit.import":       {in: file},
		"org.unit.import_check": {in: file},
		"org.unit.import_rejects": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("import", w.At[p].Import)
		}},
	}
}

func codeOf(w *apptest.World, p apptest.Place) string {
	for code, id := range w.Units {
		if id == w.At[p].Unit {
			return code
		}
	}
	return ""
}

func masterScenarios() map[string]scenario {
	entity := func(more ...any) maker {
		return func(w *apptest.World, _ apptest.Place) op.Input {
			return about(append([]any{"id", w.Entity}, more...)...)
		}
	}
	operator := func(more ...any) maker {
		return func(w *apptest.World, _ apptest.Place) op.Input {
			return about(append([]any{"id", w.Operator}, more...)...)
		}
	}
	holiday := func(r apptest.Records) op.ID { return r.Holiday }
	return map[string]scenario{
		"org.entity.list": {in: nothing, reach: everything, why: shared},
		"org.entity.show": {in: entity(), reach: everything, why: shared},
		"org.entity.add": {in: func(*apptest.World, apptest.Place) op.Input {
			return about("code", "SRM-2", "name", "Autre entreprise")
		}},
		"org.entity.update":     {in: entity("version", "1", "legal_form", "SA")},
		"org.entity.fiscal_set": {in: entity("parameter", "vat_regime", "value", "debit", "valid_from", "2026-06-01", "reason", reason)},
		"org.operator.list":     {in: nothing, reach: everything, why: shared},
		"org.operator.show":     {in: operator(), reach: everything, why: shared},
		"org.operator.add": {in: func(*apptest.World, apptest.Place) op.Input {
			return about("code", "OP-2", "name", "Autre gestionnaire", "kind", "distributor", "services", []any{"water"})
		}},
		"org.operator.update": {in: operator("version", "1", "phone", "+212 522 00 00 00")},
		"org.holiday.list":    {in: nothing, reach: everything, why: shared},
		"org.holiday.add": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("date", "2026-07-30", "label", "Fête locale", "kind", "exceptional", "unit", w.At[p].Unit)
		}},
		"org.holiday.update": {in: at(holiday, "version", "1", "label", "Moussem")},
		"org.holiday.remove": {in: at(holiday, "version", "1")},
		"org.calendar.working_day": {reach: everything, why: shared, in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("date", w.HolidayOn, "unit", w.At[p].Unit)
		}},
	}
}
