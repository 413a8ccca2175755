package metering_test

import (
	"fmt"
	"testing"
	"time"

	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestEstimateBySetParameters estimates the same history by the average of six periods, and
// of two where the category says so.
func TestEstimateBySetParameters(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *place) {
		// As an approved request writes it.
		p.exec(`INSERT INTO estimate_rule (category, valid_from, cover, periods, power_hours, reason, actor_id, recorded_at)
			VALUES ('TWO', $1, 50, 2, 3, 'Saison courte', 1, $2)`, date(t, "2025-01-01"), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
		for _, code := range []string{"SIX", "TWO"} {
			p.write(p.supply(code, org.Electricity, code, date(t, "2025-01-01")))
			meter := p.meter("E"+code, code, "2025-02-05", "0")
			// Six periods of 30 days: four of 300, two of 600; then one of 9000.
			index := 0
			for period := 1; period <= 7; period++ {
				used := 300
				if period > 4 {
					used = 600
				}
				if period == 7 {
					used = 9000
				}
				index += used
				p.enter(meter, date(t, "2025-02-05").AddDays(30*period).String(), fmt.Sprint(index))
			}
		}
		// (4 × 300 + 2 × 600) ÷ 6 = 400; the last two are of 600.
		want := map[string]string{"SIX": "400", "TWO": "600"}
		for _, a := range apptest.Rows[metering.AnomalyRow](p.World, "metering.anomaly.list", op.Input{"rule": "high", "state": "open"}) {
			s, own := p.contracts[a.ContractCode]
			if !own || s.Contract.Account != a.Account {
				continue
			}
			card := p.Must(apptest.Console(apptest.Admin), "metering.anomaly.show", op.Input{"account": a.Account.String(), "id": a.ID.String()}).Out.(metering.AnomalyCard)
			if card.Estimate == nil || card.Estimate.Quantity != quantity(t, want[a.ContractCode]) {
				t.Errorf("%s: %+v, want %s", a.ContractCode, card.Estimate, want[a.ContractCode])
			}
			delete(want, a.ContractCode)
		}
		if len(want) != 0 {
			t.Errorf("no anomaly of %v", want)
		}
		var cover []string
		for _, row := range apptest.Rows[metering.EstimateRow](p.World, "metering.estimate.list", op.Input{}) {
			cover = append(cover, fmt.Sprintf("%s %d %t", row.Category, row.Periods, row.Current))
		}
		wantLines(t, "parameters", cover, " 6 true", "TWO 2 true")
	})
}
