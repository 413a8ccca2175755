package metering_test

import (
	"context"
	"slices"
	"testing"

	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// broken gives the codes of what the check finds.
func (p *place) broken() (codes []string) {
	p.Helper()
	err := p.App.DB.Read(p.Context(), func(ctx context.Context, r db.Reader) error {
		rep, err := metering.Check().Run(ctx, r)
		for _, f := range rep.Findings {
			codes = append(codes, f.Code)
		}
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return codes
}

// TestCheckNamesEachBreach seeds one corruption after the other; each is named, and the
// sound database has none.
func TestCheckNamesEachBreach(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *place) {
		p.write(p.supply("V1", org.Electricity, "domestic", date(t, "2025-01-01")), p.supply("V2", org.Electricity, "domestic", date(t, "2025-01-01")))
		meter := p.meter("V-1", "V1", "2025-01-02", "0")
		for i, on := range []string{"2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01"} {
			p.enter(meter, on, op.ID(100*(i+1)).String())
		}
		p.enter(meter, "2025-06-01", "9000")
		p.decide("high", op.Input{"decision": "correct", "index": "500"})
		p.enter(meter, "2025-07-01", "9500")
		if got := p.broken(); len(got) > 0 {
			t.Fatalf("a sound database: %v", got)
		}
		account := p.contracts["V1"].Contract.Account
		other := p.contracts["V2"].Point.ID
		for code, sql := range map[string][2]string{
			"metering.two_places": {
				`INSERT INTO meter_installation (service_point_id, installed_on, meter_id, reason, actor_id, recorded_at) SELECT ` + other.String() +
					`, installed_on, meter_id, '', 0, recorded_at FROM meter_installation WHERE meter_id = ` + meter.String(),
				`DELETE FROM meter_installation WHERE service_point_id = ` + other.String(),
			},
			"metering.serial": {
				`UPDATE meter SET serial = 'X' WHERE id = ` + meter.String(), `UPDATE meter SET serial = 'V-1' WHERE id = ` + meter.String(),
			},
			"metering.quantity": {
				`UPDATE consumption SET quantity = quantity + 1 WHERE receivable_account_id = ` + account.String() + ` AND to_date = '2025-02-01'`,
				`UPDATE consumption SET quantity = quantity - 1 WHERE receivable_account_id = ` + account.String() + ` AND to_date = '2025-02-01'`,
			},
			"metering.reading_lost": {
				`UPDATE consumption SET to_reading_id = to_reading_id + 1000000 WHERE receivable_account_id = ` + account.String() + ` AND to_date = '2025-02-01'`,
				`UPDATE consumption SET to_reading_id = to_reading_id - 1000000 WHERE receivable_account_id = ` + account.String() + ` AND to_date = '2025-02-01'`,
			},
			"metering.undecided": {
				`UPDATE anomaly SET reason = '' WHERE state = 'decided' AND receivable_account_id = ` + account.String(),
				`UPDATE anomaly SET reason = 'vu' WHERE state = 'decided' AND receivable_account_id = ` + account.String(),
			},
			"metering.blocked": {
				`UPDATE consumption SET state = 'normal' WHERE state = 'to_decide' AND receivable_account_id = ` + account.String(),
				`UPDATE consumption SET state = 'to_decide' WHERE to_date = '2025-07-01' AND receivable_account_id = ` + account.String(),
			},
			"metering.replaced": {
				`UPDATE consumption SET state = 'normal' WHERE state = 'replaced' AND receivable_account_id = ` + account.String(),
				`UPDATE consumption SET state = 'replaced' WHERE to_date = '2025-06-01' AND ordinal = 1 AND receivable_account_id = ` + account.String(),
			},
		} {
			p.exec(sql[0])
			if got := p.broken(); !slices.Contains(got, code) {
				t.Errorf("%s is not named: %v", code, got)
			}
			p.exec(sql[1])
			if got := p.broken(); len(got) > 0 {
				t.Fatalf("%s: not put right: %v", code, got)
			}
		}
	})
}
