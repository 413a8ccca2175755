package conformance

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func boardScenarios() map[string]scenario {
	return map[string]scenario{
		"board.cycle.list":   {in: nothing, unitOf: column("unit")},
		"board.anomaly.list": {in: nothing, unitOf: column("unit")},
		"board.unit.list": {in: func(w *apptest.World, _ apptest.Place) op.Input {
			w.IssuedEverywhere()
			return op.Input{}
		}, unitOf: column("unit")},
	}
}
