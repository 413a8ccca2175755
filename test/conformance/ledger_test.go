package conformance

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func ledgerScenarios() map[string]scenario {
	unit := func(pairs ...any) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			return about(append([]any{"unit", w.At[p].Unit}, pairs...)...)
		}
	}
	account := func(more ...any) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			return about(append([]any{"receivable_account", w.At[p].Account}, more...)...)
		}
	}
	draft := func(more ...any) maker {
		return func(w *apptest.World, _ apptest.Place) op.Input {
			return about(append([]any{"id", w.Draft}, more...)...)
		}
	}
	return map[string]scenario{
		"ledger.account.list": {in: nothing, reach: everything, why: shared},
		"ledger.account.add": {in: func(*apptest.World, apptest.Place) op.Input {
			return about("code", "51614", "label", "Caisse de l'agence B", "kind", "ordinary", "valid_from", "2026-01-01")
		}},
		"ledger.account.update": {in: func(*apptest.World, apptest.Place) op.Input {
			return about("id", "1", "version", "1", "label", "Dépôts reçus")
		}},
		"ledger.rule.list":  {in: nothing, reach: everything, why: shared},
		"ledger.rule.show":  {in: draft(), reach: everything, why: shared},
		"ledger.rule.lines": {in: draft(), reach: everything, why: shared},
		"ledger.rule.import": {in: func(w *apptest.World, _ apptest.Place) op.Input {
			file, err := apptest.Rules(w.Context(), w.App.Runner, apptest.Console(apptest.Admin))
			if err != nil {
				w.Fatal(err)
			}
			return about("file", op.NewUpload("regles.csv", file), "label", "Autres règles", "valid_from", "2026-09-01", "liaison", "1605", "reason", reason)
		}},
		"ledger.rule.activate": {in: draft("version", "1")},
		"ledger.entry.list":    {in: nothing, unitOf: column("unit")},
		"ledger.entry.show":    {in: at(func(r apptest.Records) op.ID { return r.Entry })},
		"ledger.entry.post":    {in: unit("effective_on", "2026-02-20", "lines", "6147;3,00;\n5141;;3,00", "reason", reason)},
		"ledger.entry.reverse": {in: at(func(r apptest.Records) op.ID { return r.Entry }, "effective_on", "2026-02-20", "reason", reason)},
		"ledger.item.list":     {in: nothing, unitOf: column("unit")},
		"ledger.item.show": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Item, "receivable_account", w.At[p].Account)
		}},
		"ledger.item.balance":    {in: account()},
		"ledger.allocation.list": {in: nothing, unitOf: column("unit")},
		"ledger.allocation.make": {in: func(w *apptest.World, p apptest.Place) op.Input {
			r := w.At[p]
			return about("receivable_account", r.Account, "items", []any{r.Item.String(), r.Credit.String()}, "reason", reason)
		}},
		"ledger.allocation.reverse": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Allocation, "receivable_account", w.At[p].Account, "reason", reason)
		}},
		"ledger.balance":      {in: nothing, unitOf: column("unit")},
		"ledger.ageing":       {in: nothing, unitOf: column("unit")},
		"ledger.rate.list":    {in: nothing, unitOf: column("unit")},
		"ledger.period.list":  {in: nothing, unitOf: column("unit")},
		"ledger.period.show":  {in: at(func(r apptest.Records) op.ID { return r.Unit }, "month", apptest.BooksMonth)},
		"ledger.period.close": {in: unit("month", apptest.BooksMonth, "reason", reason)},
		"ledger.export":       {in: nothing, unitOf: column("unit")},

		"ledger.doubtful_rule.list": {in: nothing, reach: everything, why: shared},
		"ledger.doubtful_rule.set": {in: func(*apptest.World, apptest.Place) op.Input {
			return about("valid_from", "2026-01-01", "days_late", "180", "account", "3424", "label", "Règle", "reason", reason)
		}},
		"ledger.doubtful.list": {in: func(w *apptest.World, _ apptest.Place) op.Input {
			w.Doubt()
			return about()
		}, unitOf: column("unit")},
		"ledger.doubtful.show":     {in: at(func(r apptest.Records) op.ID { return r.Unit })},
		"ledger.doubtful.transfer": {in: func(w *apptest.World, p apptest.Place) op.Input { return w.DoubtfulList(p) }},
		"ledger.doubtful.return": {in: func(w *apptest.World, p apptest.Place) op.Input {
			w.Doubted(p)
			return about("id", w.At[p].Item, "receivable_account", w.At[p].Account, "reason", reason)
		}},
	}
}
