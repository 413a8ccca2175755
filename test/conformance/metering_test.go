package conformance

import (
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// keyed is an input about a row kept by receivable account.
func keyed(pick func(apptest.Records) op.ID, more ...any) maker {
	return func(w *apptest.World, p apptest.Place) op.Input {
		r := w.At[p]
		return about(append([]any{"account", r.Supply, "id", pick(r)}, more...)...)
	}
}

const waited = "the console waits for the end of an import, the network does not"

// once carries out what must come before, unless it was done for the place already.
func once(w *apptest.World, p apptest.Place, name string, in op.Input) {
	res, err := w.Run(apptest.Console(apptest.Admin), name, in)
	if err != nil && fault.KindOf(err) != fault.Conflict {
		w.Fatalf("%s at %s: %v, %+v", name, p, err, res)
	}
}

func meterScenarios() map[string]scenario {
	meter := func(r apptest.Records) op.ID { return r.Meter }
	stock := func(r apptest.Records) op.ID { return r.Stock }
	today := func(w *apptest.World) string { return w.App.Today().String() }
	file := func(body func(w *apptest.World, p apptest.Place) string) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			return about("file", op.NewUpload("fichier.csv", []byte(body(w, p))), "unit", w.At[p].Unit)
		}
	}
	code := func(w *apptest.World, p apptest.Place) string { return codeOf(w, p) }
	meters := file(func(w *apptest.World, p apptest.Place) string {
		return "compteur;service;calibre\nN1-" + code(w, p) + ";water;DN15\n"
	})
	readings := file(func(w *apptest.World, p apptest.Place) string {
		return "compteur;date;index\nW1-" + code(w, p) + ";28/02/2026;1010\n"
	})
	consumptions := file(func(w *apptest.World, p apptest.Place) string {
		return "contrat;date;quantite\nAB-" + code(w, p) + ";28/02/2026;12\n"
	})
	return map[string]scenario{
		"metering.meter.list": {in: nothing, unitOf: column("unit")},
		"metering.meter.show": {in: at(meter)},
		"metering.meter.add": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("serial", "N2-"+strings.ToUpper(string(p)), "service", "electricity", "unit", w.At[p].Unit, "digits", "6")
		}},
		"metering.meter.update": {in: versioned("metering.meter.show", at(meter, "make", "Itron"))},
		"metering.meter.install": {in: func(w *apptest.World, p apptest.Place) op.Input {
			once(w, p, "metering.meter.remove", about("id", w.At[p].Meter, "removed_on", "2026-02-10", "index", "1004", "reason", reason))
			return about("id", w.At[p].Stock, "service_point", w.At[p].Point, "installed_on", "2026-02-11", "index", "3")
		}},
		"metering.meter.replace": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Meter, "by", w.At[p].Spare, "on", "2026-02-10", "old_index", "1004", "new_index", "1", "reason", reason)
		}},
		"metering.meter.remove":       {in: at(meter, "removed_on", "2026-02-10", "index", "1004", "reason", reason)},
		"metering.seal.add":           {in: at(stock, "number", "S-9", "placed_on", "2026-02-10")},
		"metering.seal.remove":        {in: at(meter, "number", "S-1", "removed_on", "2026-02-10", "reason", reason)},
		"metering.meter.import":       {in: meters, page: "/o/metering.meter.import", apart: waited},
		"metering.meter.import_check": {in: meters, page: "/o/metering.meter.import_check"},
		"metering.route.list":         {in: nothing, unitOf: column("unit")},
		"metering.route.show":         {in: at(func(r apptest.Records) op.ID { return r.Route })},
		"metering.route.sheet":        {in: at(func(r apptest.Records) op.ID { return r.Route })},
		"metering.route.add": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("code", "N-"+strings.ToUpper(string(p)), "name", "Tour nouveau", "unit", w.At[p].Unit)
		}},
		"metering.route.update": {in: versioned("metering.route.show", at(func(r apptest.Records) op.ID { return r.Route }, "reader", "K. Fathi"))},
		"metering.route.stops": {in: versioned("metering.route.show", func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Route, "points", []any{"PL-" + code(w, p), "PT-" + code(w, p)})
		})},
		"metering.period.show": {in: at(func(r apptest.Records) op.ID { return r.Period })},
		"metering.period.list": {in: nothing, unitOf: column("unit")},
		"metering.period.open": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("route", w.At[p].Route, "month", "2026-04-01", "opens_on", "2026-04-01", "closes_on", "2026-04-10")
		}},
		"metering.period.close":         {in: at(func(r apptest.Records) op.ID { return r.Period }, "version", "1")},
		"metering.reading.import":       {in: readings, page: "/o/metering.reading.import", apart: waited},
		"metering.reading.import_check": {in: readings, page: "/o/metering.reading.import_check"},
		"metering.import":               {in: consumptions, page: "/o/metering.import", apart: waited},
		"metering.import_check":         {in: consumptions, page: "/o/metering.import_check"},
		"metering.control.list":         {in: nothing, reach: everything, why: "the parameters are the same for the whole utility"},
		"metering.control.set": {in: func(w *apptest.World, _ apptest.Place) op.Input {
			return about("rule", "high", "valid_from", today(w), "enabled", "true", "severity", "blocking", "factor", "3", "floor", "20", "periods", "12", "reason", reason)
		}},
		"metering.estimate.list": {in: nothing, reach: everything, why: "the parameters are the same for the whole utility"},
		"metering.estimate.set": {in: func(w *apptest.World, _ apptest.Place) op.Input {
			return about("valid_from", today(w), "cover", "60", "periods", "4", "power_hours", "2", "reason", reason)
		}},
		"metering.control.run": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("unit", w.At[p].Unit, "month", "2026-01-01")
		}},
	}
}

func readingScenarios() map[string]scenario {
	dial := func(r apptest.Records) op.ID { return r.Dial }
	spent := func(r apptest.Records) op.ID { return r.Spent }
	anomaly := func(r apptest.Records) op.ID { return r.Anomaly }
	of := func(name string, more ...any) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			return about(append([]any{name, w.At[p].Meter}, more...)...)
		}
	}
	mass := func(more ...any) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			return about(append([]any{"unit", w.At[p].Unit, "decision", "accept"}, more...)...)
		}
	}
	return map[string]scenario{
		"metering.reading.list":  {in: nothing, unitOf: column("unit")},
		"metering.reading.show":  {in: keyed(dial)},
		"metering.reading.check": {in: of("meter", "date", "2026-02-28", "index", "1010")},
		"metering.reading.enter": {in: of("meter", "date", "2026-02-28", "index", "1010")},
		"metering.reading.enter_many": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("route", w.At[p].Route, "date", "2026-02-28", "lines", []any{"W1-" + codeOf(w, p) + ";1010"})
		}},
		"metering.reading.correct": {in: keyed(dial, "index", "50", "reason", reason)},
		"metering.reading.handover": {in: func(w *apptest.World, p apptest.Place) op.Input {
			contract := versioned(contractShow, at(func(r apptest.Records) op.ID { return r.Contract }, "ends_on", "2026-02-20", "reason", reason))
			once(w, p, "customer.contract.close", contract(w, p))
			return of("meter", "date", "2026-02-20", "index", "1009")(w, p)
		}},
		"metering.consumption.list":   {in: nothing, unitOf: column("unit")},
		"metering.consumption.show":   {in: keyed(spent)},
		"metering.consumption.totals": {in: func(w *apptest.World, p apptest.Place) op.Input { return about("root", w.At[p].Unit) }},
		"metering.anomaly.list":       {in: nothing, unitOf: column("unit")},
		"metering.anomaly.show":       {in: keyed(anomaly)},
		"metering.anomaly.assign": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return keyed(anomaly, "version", "1", "owner", w.At[p].Agent)(w, p)
		}},
		"metering.anomaly.decide":      {in: keyed(anomaly, "version", "1", "decision", "accept", "reason", reason)},
		"metering.anomaly.preview":     {in: mass()},
		"metering.anomaly.decide_many": {in: mass("expected", "1", "reason", reason)},
	}
}
