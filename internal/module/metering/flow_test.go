package metering_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// meter adds a meter and installs it at the point of a contract.
func (p *place) meter(serial, contract, on, index string) op.ID {
	p.Helper()
	s := p.contracts[contract]
	res := p.Must(apptest.Console(apptest.Admin), "metering.meter.add", op.Input{
		"serial": serial, "service": string(s.Contract.Service), "unit": p.Units["C11"].String(),
	})
	id := res.Out.(op.Saved).ID
	p.Must(apptest.Console(apptest.Admin), "metering.meter.install", op.Input{
		"id": id.String(), "service_point": s.Point.ID.String(), "installed_on": on, "index": index,
	})
	return id
}

func (p *place) enter(meter op.ID, on, index string) metering.ReadingAnswer {
	p.Helper()
	res := p.Must(apptest.Console(apptest.Admin), "metering.reading.enter", op.Input{"meter": meter.String(), "date": on, "index": index})
	return res.Out.(metering.ReadingAnswer)
}

// spent gives the consumptions that stand for their period, latest first, as
// "to quantity state".
func (p *place) spent(contract string) (out []string) {
	p.Helper()
	for _, c := range apptest.Rows[metering.ConsumptionRow](p.World, "metering.consumption.list", op.Input{"account": p.contracts[contract].Contract.Account.String()}) {
		if c.State != metering.Replaced && c.State != metering.Rejected {
			out = append(out, fmt.Sprintf("%s %s %s", c.To, c.Quantity, c.State))
		}
	}
	return out
}

func wantLines(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n  got  %s\n  want %s", what, strings.Join(got, " | "), strings.Join(want, " | "))
	}
}

// TestReadings goes through the life of a supply: read, corrected, replaced meter, change
// of occupant.
func TestReadings(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *place) {
		s := p.supply("E1", org.Electricity, "domestic", date(t, "2025-01-01"))
		p.write(s)
		meter := p.meter("A1", "E1", "2025-01-02", "100")
		p.enter(meter, "2025-02-01", "300")
		p.enter(meter, "2025-03-01", "520")
		again := p.enter(meter, "2025-03-01", "520")
		if !again.Known {
			t.Errorf("the same index again: %+v", again)
		}
		wantLines(t, "two months", p.spent("E1"), "2025-03-01 220 normal", "2025-02-01 200 normal")
		lower := p.enter(meter, "2025-04-01", "502")
		if lower.Severity != metering.Blocking || len(lower.Findings) != 1 || !strings.Contains(lower.Findings[0], "inférieur") {
			t.Errorf("lower: %+v", lower)
		}
		p.decide("lower", op.Input{"decision": "correct", "index": "702"})
		wantLines(t, "corrected", p.spent("E1"), "2025-04-01 182 accepted", "2025-03-01 220 normal", "2025-02-01 200 normal")

		// February is corrected: what began there is computed anew.
		for _, r := range apptest.Rows[metering.ReadingRow](p.World, "metering.reading.list", op.Input{"account": s.Contract.Account.String()}) {
			if r.ReadingDate == date(t, "2025-02-01") {
				p.Must(apptest.Console(apptest.Admin), "metering.reading.correct", op.Input{
					"account": r.Account.String(), "id": r.ID.String(), "index": "310", "reason": "Chiffres intervertis",
				})
			}
		}
		wantLines(t, "recomputed", p.spent("E1"), "2025-04-01 182 accepted", "2025-03-01 210 normal", "2025-02-01 210 normal")

		// The meter is replaced on 12 April at 760; the new one begins at 5.
		fresh := p.Must(apptest.Console(apptest.Admin), "metering.meter.add", op.Input{
			"serial": "A2", "service": "electricity", "unit": p.Units["C11"].String(),
		}).Out.(op.Saved).ID
		p.Must(apptest.Console(apptest.Admin), "metering.meter.replace", op.Input{
			"id": meter.String(), "by": fresh.String(), "on": "2025-04-12", "old_index": "760", "new_index": "5", "reason": "Compteur bloqué",
		})
		p.enter(fresh, "2025-05-01", "147")
		wantLines(t, "the sum of two parts, 58 and 142", p.spent("E1")[:1], "2025-05-01 200 normal")
	})
}

// decide decides the one open anomaly of a rule.
func (p *place) decide(rule string, in op.Input) metering.Decided {
	p.Helper()
	var open []metering.AnomalyRow
	for _, a := range apptest.Rows[metering.AnomalyRow](p.World, "metering.anomaly.list", op.Input{"rule": rule, "state": "open"}) {
		if s, own := p.contracts[a.ContractCode]; own && s.Contract.Account == a.Account { // the utility has others
			open = append(open, a)
		}
	}
	if len(open) != 1 {
		p.Fatalf("%s: %d open anomalies", rule, len(open))
	}
	in["account"], in["id"], in["version"] = open[0].Account.String(), open[0].ID.String(), fmt.Sprint(open[0].Version)
	if in["reason"] == nil {
		in["reason"] = "Vu sur place"
	}
	return p.Must(apptest.Console(apptest.Admin), "metering.anomaly.decide", in).Out.(metering.Decided)
}

// TestDecisions tries each decision on a value that is far too high after a year of 100.
func TestDecisions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, p *place) {
		var all []string
		for _, d := range []string{"accept", "estimate", "send_back", "reject"} {
			p.write(p.supply(strings.ToUpper(d), org.Electricity, "domestic", date(t, "2024-01-01")))
			all = append(all, d)
		}
		for i, d := range all {
			meter := p.meter(fmt.Sprintf("M%d", i), strings.ToUpper(d), "2024-12-31", "0")
			for month := range 12 {
				at := date(t, "2025-01-31").AddMonths(month)
				p.enter(meter, at.String(), money.Quantity(int64(month+1)*100_000).String())
			}
			answer := p.enter(meter, "2026-01-31", "3000")
			if answer.Severity != metering.Blocking || *answer.Usual != quantity(t, "100") || *answer.Quantity != quantity(t, "1800") {
				t.Fatalf("%s: %+v", d, answer)
			}
			done := p.decide("high", op.Input{"decision": d})
			want := map[string]string{
				"accept": "2026-01-31 1800 accepted", "estimate": "2026-01-31 100 accepted", "send_back": "2026-01-31 1800 sent_back",
				"reject": "2025-12-31 100 normal",
			}
			if got := p.spent(strings.ToUpper(d))[0]; got != want[d] {
				t.Errorf("%s: %s, want %s (%+v)", d, got, want[d], done)
			}
			if d == "send_back" {
				p.enter(meter, "2026-01-31", "1290")
				wantLines(t, "read again", p.spent("SEND_BACK")[:2], "2026-01-31 90 normal", "2025-12-31 100 normal")
			}
			if d == "estimate" { // the next real index puts the estimate right
				p.enter(meter, "2026-02-28", "1380")
				wantLines(t, "after an estimate", p.spent("ESTIMATE")[:2], "2026-02-28 80 normal", "2026-01-31 100 accepted")
			}
		}
	})
}

// TestSTEG imports the real history of one customer: 35 bills in the order of the file.
func TestSTEG(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(dataFolder + "steg/invoices_client0.csv")
	if err != nil {
		if strings.Contains(os.Getenv("WASL_TEST_REQUIRE"), "data") {
			t.Fatal(err)
		}
		t.Skip("the data folder is not there")
	}
	onBoth(t, func(t *testing.T, p *place) {
		p.write(p.supply("STEG0", org.Electricity, "11", date(t, "2004-01-01")))
		p.meter("1335667", "STEG0", "2005-06-17", "3685")
		r := p.imported("metering.reading.import", "steg.csv", body, op.Input{"unterminated": "true"})
		// Counted by hand in chain_test.go: three holes and four dates with day and month
		// exchanged.
		if r.Rows != 35 || r.Created != 35 || r.Flagged["anomaly_chain"] != 3 || r.Flagged["anomaly_date"] != 4 {
			t.Errorf("got %+v", r.Counts)
		}
		var holes []string
		for _, a := range apptest.Rows[metering.AnomalyRow](p.World, "metering.anomaly.list", op.Input{"rule": "chain"}) {
			holes = append(holes, a.Evidence.Gap.String())
		}
		wantLines(t, "holes, the largest first", holes, "305", "250", "134")
		if again := p.imported("metering.reading.import", "encore.csv", append(body, '\n'), nil); again.Unchanged != 35 || again.Created != 0 {
			t.Errorf("again: %+v", again.Counts)
		}
		// The four dates are corrected as proposed: each month has its own consumption.
		for _, a := range apptest.Rows[metering.AnomalyRow](p.World, "metering.anomaly.list", op.Input{"rule": "date", "state": "open"}) {
			p.Must(apptest.Console(apptest.Admin), "metering.anomaly.decide", op.Input{
				"account": a.Account.String(), "id": a.ID.String(), "version": "1", "decision": "correct", "date": a.Evidence.Proposed.String(), "reason": "Jour et mois inversés",
			})
		}
		total, n := money.Quantity(0), 0
		for _, c := range apptest.Rows[metering.ConsumptionRow](p.World, "metering.consumption.list", op.Input{"account": p.contracts["STEG0"].Contract.Account.String()}) {
			if c.State != metering.Replaced {
				total += c.Quantity
				n++
			}
		}
		// 35 periods from 3685 to 17078.
		if n != 35 || total != quantity(t, "13393") {
			t.Errorf("%d consumptions of %v in all, want 35 of 13393", n, total)
		}
	})
}
