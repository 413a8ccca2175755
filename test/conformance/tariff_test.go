package conformance

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func tariffScenarios() map[string]scenario {
	file := func(name, version, from, price string) op.Input {
		return about("files", op.NewUpload(name, apptest.TariffFile(version, from, price)))
	}
	version := func(name string, more ...any) maker {
		return func(w *apptest.World, _ apptest.Place) op.Input {
			return about(append([]any{"id", w.Versions[name]}, more...)...)
		}
	}
	return map[string]scenario{
		"tariff.import": {
			in: func(*apptest.World, apptest.Place) op.Input {
				return file("eau-2026.yaml", "2026", "2026-09-01", "2.40")
			},
			other: file("eau-2028.yaml", "2028", "2028-01-01", "2.60"),
		},
		"tariff.activate": {in: func(w *apptest.World, _ apptest.Place) op.Input {
			return about("versions", []any{w.Versions[apptest.TariffDraft].String()}, "reason", reason)
		}},
		"tariff.withdraw": {in: version(apptest.TariffName, "version", "2", "reason", reason)},
		"tariff.discard":  {in: version(apptest.TariffDraft, "version", "1")},
		"tariff.list":     {in: nothing, reach: everything, why: shared},
		"tariff.versions": {in: nothing, reach: everything, why: shared},
		"tariff.show": {reach: everything, why: shared, in: func(*apptest.World, apptest.Place) op.Input {
			return about("code", apptest.TariffCode, "name", apptest.TariffName)
		}},
		"tariff.compare": {reach: everything, why: shared, in: func(*apptest.World, apptest.Place) op.Input {
			return about("code", apptest.TariffCode, "before", apptest.TariffName, "after", apptest.TariffDraft)
		}},
		"tariff.quote.explain": {reach: everything, why: shared, in: func(*apptest.World, apptest.Place) op.Input {
			return about("tariff", apptest.TariffCode, "from", "2026-01-01", "to", "2026-01-31", "quantity", "10", "attributes", []any{"households=1"})
		}},
	}
}
