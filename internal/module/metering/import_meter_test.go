package metering_test

import (
	"strings"
	"testing"

	"wasl/internal/module/org"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestWrongMeters tells each wrong line of a file of meters with its column and reason, and
// takes the right ones: one in stock, one where a contract is.
func TestWrongMeters(t *testing.T) {
	t.Parallel()
	wrong := []struct{ line, column, rule string }{
		{"N1;NOBODY;;01/02/2024;0;", "contract", "metering.contract_unknown"},
		{"N2;A1;;;0;", "installed_on", "input.required"},
		{"N3;;water;01/02/2024;0;", "contract", "input.required"}, // put, but nowhere
		{"N4;;;;;", "service", "input.required"},
		{"N5;A1;electricity;01/02/2024;0;", "service", "metering.service_of_contract"},
		{"N6;A1;;01/02/2024;123456;5", "index", "metering.index_range"},
		{"N7;A1;;32/01/2024;0;", "installed_on", "date.impossible"},
	}
	var body strings.Builder
	body.WriteString("compteur;contrat;service;pose_le;index;chiffres\n")
	for _, c := range wrong {
		body.WriteString(c.line + "\n")
	}
	body.WriteString("N8;;water;;;\nN9;A1;;01/02/2024;0;\nN10;A1;;02/02/2024;0;\n")
	wrong = append(wrong, struct{ line, column, rule string }{"N10, the second at one place", "contract", "metering.contract_has_meter"})
	onBoth(t, func(t *testing.T, p *place) {
		p.write(p.supply("A1", org.Water, "domestic", date(t, "2024-01-01")))
		r := p.imported("metering.meter.import", "compteurs.csv", []byte(body.String()), nil)
		if r.Created != 2 || r.Rejected != int64(len(wrong)) {
			t.Errorf("%+v", r)
		}
		told := apptest.Rows[intake.Reject](p.World, "intake.batch.rejects", op.Input{"batch": r.Batch.String()})
		for i, c := range wrong {
			if i >= len(told) {
				t.Fatalf("%d refusals are told, want %d", len(told), len(wrong))
			}
			if got := told[i]; got.Column != c.column || got.Rule != c.rule || got.Reason == "" {
				t.Errorf("%s\n got %s %s: %s\nwant %s %s", c.line, got.Column, got.Rule, got.Reason, c.column, c.rule)
			}
		}
		p.Sound()
	})
}
