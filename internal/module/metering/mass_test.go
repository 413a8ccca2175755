package metering_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestMassByService ticks one anomaly of electricity and two of water: kilowatt hours and
// cubic metres are never added up, and what is not ticked is left alone.
func TestMassByService(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *place) {
		for code, service := range map[string]org.Service{"ME": org.Electricity, "MW": org.Water, "MX": org.Water, "MY": org.Water} {
			p.write(p.supply(code, service, "domestic", date(t, "2025-01-01")))
			meter := p.meter("S"+code, code, "2025-01-02", "0")
			for month := 2; month <= 7; month++ { // five months of 20, then one of 400
				index := (month - 1) * 20
				if month == 7 {
					index = 500
				}
				p.enter(meter, fmt.Sprintf("2025-%02d-03", month), fmt.Sprint(index))
			}
		}
		var ids []any
		for _, a := range apptest.Rows[metering.AnomalyRow](p.World, "metering.anomaly.list", op.Input{"rule": "high", "state": "open"}) {
			if s, own := p.contracts[a.ContractCode]; own && s.Contract.Account == a.Account && a.ContractCode != "MY" {
				ids = append(ids, a.ID.String())
			}
		}
		in := op.Input{"ids": ids, "decision": "accept"}
		preview := p.Must(apptest.Console(apptest.Admin), "metering.anomaly.preview", in).Out.(metering.MassPreview)
		want := []metering.MassMeasure{
			{Service: org.Electricity, Values: 1, Quantity: quantity(t, "400"), After: quantity(t, "400")},
			{Service: org.Water, Values: 2, Quantity: quantity(t, "800"), After: quantity(t, "800")},
		}
		if preview.Count != 3 || preview.Blocking != 3 || fmt.Sprint(preview.Measures) != fmt.Sprint(want) {
			t.Fatalf("preview %+v, want %+v", preview, want)
		}
		in["expected"], in["reason"] = "3", "Vu sur place"
		var s metering.MassSummary
		if err := json.Unmarshal(p.Worked("metering.anomaly.decide_many", in), &s); err != nil {
			t.Fatal(err)
		}
		got := map[org.Service]string{}
		for _, m := range s.Measures {
			got[m.Service] += m.Quantity.String()
		}
		if s.Decided != 3 || len(s.Measures) != 2 || got[org.Electricity] != "400" || got[org.Water] != "800" {
			t.Errorf("decided %+v", s)
		}
		wantLines(t, "not ticked", p.spent("MY")[:1], "2025-07-03 400 to_decide")
		wantLines(t, "ticked", p.spent("MX")[:1], "2025-07-03 400 accepted")
	})
}
