package conformance

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func billingScenarios() map[string]scenario {
	run := func(pick func(w *apptest.World, p apptest.Place) op.ID) maker {
		return func(w *apptest.World, p apptest.Place) op.Input { return about("id", pick(w, p)) }
	}
	prepared := func(w *apptest.World, p apptest.Place) op.ID { return w.Prepared(p, apptest.DraftMonth) }
	drafted := func(w *apptest.World, p apptest.Place) op.ID { return w.Drafted(p, apptest.DraftMonth) }
	accepted := func(w *apptest.World, p apptest.Place) op.ID { return w.Accepted(p, apptest.DraftMonth) }
	bill := func(more ...any) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			b := w.BillAt(p)
			return about(append([]any{"account", b.Account, "id", b.ID}, more...)...)
		}
	}
	everywhere := func(w *apptest.World, _ apptest.Place) op.Input {
		w.IssuedEverywhere()
		return op.Input{}
	}
	mass := func(more ...any) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			e := w.Exception(w.Drafted(p, apptest.BlockedMonth), w.At[p].Unit)
			return about(append([]any{"unit", w.At[p].Unit, "run", e.Run, "ids", []any{e.ID.String()}, "decision", "excluded"}, more...)...)
		}
	}
	return map[string]scenario{
		"billing.run.list":    {in: everywhere, unitOf: column("unit")},
		"billing.run.show":    {in: run(prepared)},
		"billing.run.compare": {in: run(drafted)},
		"billing.run.prepare": {in: func(w *apptest.World, p apptest.Place) op.Input {
			w.Watered()
			return about("unit", w.At[p].Unit, "from_month", apptest.DraftMonth, "service", "water", "allow_missing", true)
		}},
		"billing.run.compute": {in: run(prepared)},
		"billing.run.cancel": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", prepared(w, p), "version", "1", "reason", reason)
		}},
		"billing.run.approve": {in: func(w *apptest.World, p apptest.Place) op.Input {
			id := drafted(w, p)
			return about("id", id, "sha256", w.RunCard(id).SHA256)
		}},
		"billing.run.issue":      {in: run(accepted)},
		"billing.exception.list": {in: everywhere, unitOf: column("unit")},
		"billing.exception.decide": {in: func(w *apptest.World, p apptest.Place) op.Input {
			e := w.Exception(w.Drafted(p, apptest.BlockedMonth), w.At[p].Unit)
			return about("account", e.Account, "id", e.ID, "version", "1", "state", "excluded", "reason", reason)
		}},
		"billing.exception.preview":     {in: mass()},
		"billing.exception.decide_many": {in: mass("expected", "1", "reason", reason)},
		"billing.bill.list":             {in: everywhere, unitOf: column("unit")},
		"billing.bill.show":             {in: bill()},
		"billing.bill.print":            {in: bill()},
		"billing.run.print":             {in: run(func(w *apptest.World, p apptest.Place) op.ID { return w.BillAt(p).Run })},
		"billing.print.list": {in: func(w *apptest.World, p apptest.Place) op.Input {
			w.PrintedEverywhere()
			return op.Input{}
		}, unitOf: column("unit")},
		"billing.print.download": {in: func(w *apptest.World, p apptest.Place) op.Input { return about("id", w.PrintAt(p)) }},
		"billing.explain": {in: func(w *apptest.World, p apptest.Place) op.Input {
			b := w.BillAt(p)
			return about("number", b.Number)
		}},
		"billing.bill.cancel": {in: bill("reason", reason)},
		"billing.recompute": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("run", w.BillAt(p).Run)
		}},
	}
}
