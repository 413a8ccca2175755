package faults

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func tariffScenarios() map[string]scenario {
	of := func(name string, pairs ...any) scenario {
		return by(apptest.Admin, func(w *apptest.World) op.Input { return about(append([]any{"id", w.Versions[name]}, pairs...)...) })
	}
	return map[string]scenario{
		"tariff.import": admin("files", op.NewUpload("eau.yaml", apptest.TariffFile("2028", "2028-01-01", "2.70"))),
		"tariff.activate": by(apptest.Admin, func(w *apptest.World) op.Input {
			return about("versions", []any{w.Versions[apptest.TariffDraft].String()}, "reason", reason)
		}),
		"tariff.withdraw": of(apptest.TariffName, "version", "2", "reason", reason),
		"tariff.discard":  of(apptest.TariffDraft, "version", "1"),
	}
}

func tariffDamages() []damage {
	active := ` WHERE code = '` + apptest.TariffName + `'`
	draft := ` WHERE code = '` + apptest.TariffDraft + `'`
	tariff := func(name, code string, sql ...string) damage {
		return damage{name: name, check: "TARIFF", code: code, sql: sql}
	}
	return []damage{
		tariff("price edited", "tariff.hash", `UPDATE tariff_version SET content = replace(content, '2.30', '1.30')`+active),
		tariff("hash edited", "tariff.hash", `UPDATE tariff_version SET sha256 = 'ff'`+active),
		tariff("text torn", "tariff.text", `UPDATE tariff_version SET content = substr(content, 1, 60)`+active),
		tariff("text of another form", "tariff.text", `UPDATE tariff_version SET content = '# ' || content`+active),
		tariff("first day moved", "tariff.row", `UPDATE tariff_version SET valid_from = '2023-01-01'`+active),
		tariff("status raised", "tariff.row", `UPDATE tariff_version SET status = 'official'`+active),
		tariff("made active behind the back", "tariff.state", `UPDATE tariff_version SET state = 'active'`+draft),
		tariff("activity forgotten", "tariff.state", `UPDATE tariff_version SET activated_at = NULL`+active),
		tariff("two versions on one day", "tariff.overlap", `UPDATE tariff_version SET state = 'active', activated_at = imported_at, valid_from = '2024-01-01'`+draft),
		tariff("table of rates lost", "tariff.compile", `UPDATE tariff_version SET state = 'withdrawn', ended_at = imported_at WHERE tariff_id =
			(SELECT id FROM tariff WHERE kind = 'vat')`),
	}
}
