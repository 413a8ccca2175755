package conformance

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func lotScenarios() map[string]scenario {
	file := func(w *apptest.World, p apptest.Place) op.Input {
		return w.LotInput(p, "10,00;17/02/2026;transfer;V-1")
	}
	return map[string]scenario{
		"collection.receipt.import":       {in: file, page: "/o/collection.receipt.import", apart: waited},
		"collection.receipt.import_check": {in: file, page: "/o/collection.receipt.import_check"},
		"collection.lot.list": {in: func(w *apptest.World, _ apptest.Place) op.Input {
			w.LotsEverywhere()
			return op.Input{}
		}, unitOf: column("unit")},
		"collection.lot.post": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.LotAt(p))
		}},
	}
}
