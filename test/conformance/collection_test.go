package conformance

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func collectionScenarios() map[string]scenario {
	everywhere := func(w *apptest.World, _ apptest.Place) op.Input {
		w.CollectedEverywhere()
		return op.Input{}
	}
	values := func(more ...any) maker {
		return func(*apptest.World, apptest.Place) op.Input {
			return about(append([]any{
				"label", "Terminal", "valid_from", "2027-01-01", "account", "5118", "bank_account", "5141", "settles", "receipt", "status", "official",
				"source", "Note du 5 janvier", "reason", reason,
			}, more...)...)
		}
	}
	cashiers := map[apptest.Place]string{
		apptest.Own: apptest.Own.Chef(), apptest.Child: apptest.Child.Chef(), apptest.Parent: apptest.Parent.Chef(), apptest.Sibling: apptest.Sibling.Chef(),
		apptest.Other: apptest.Other.Chef(),
	}
	return map[string]scenario{
		"collection.tender.list":   {in: nothing, reach: everything, why: shared},
		"collection.tender.add":    {in: values("code", "TPE")},
		"collection.tender.update": {in: values("code", "card")},
		"collection.session.list":  {in: everywhere, unitOf: column("unit")},
		"collection.session.get": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.ReceiptAt(p).Session)
		}},
		"collection.session.open": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("unit", w.At[p].Unit, "desk", "G2", "opening_float", "100.00", "cashier", w.Users[cashiers[p]])
		}},
		"collection.session.close": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.DeskOf(cashiers[p], p), "counted", "199.50", "reason", reason)
		}},
		"collection.due.list": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("receivable_account", w.At[p].Account)
		}},
		"collection.receipt.take": {in: func(w *apptest.World, p apptest.Place) op.Input {
			w.DeskOf(apptest.Actor, apptest.Own)
			return about("accounts", w.At[p].Account, "tenders", "cash;20.00", "given", "50.00")
		}},
		"collection.receipt.list": {in: everywhere, unitOf: column("unit")},
		"collection.receipt.get": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.ReceiptAt(p).ID)
		}},
	}
}
