package metering_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/module/customer"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

const (
	// orderMeters read in orderMonths are more rows than a chunk holds.
	orderMeters, orderMonths = 501, 20
)

// TestImportOrder delivers the same readings meter by meter and month by month, in files of
// more than one chunk, and in a file for each month: the controls find the same.
func TestImportOrder(t *testing.T) {
	t.Parallel()
	if orderMeters*orderMonths <= metering.ReadingChunk {
		t.Fatal("one chunk holds it all")
	}
	onBoth(t, func(t *testing.T, p *place) {
		first := day.MonthOf(date(t, "2024-01-01"))
		var supplies []*customer.Supply
		meters := "compteur;contrat;pose_le;index\n"
		for _, set := range []string{"A", "B", "C"} {
			for i := range orderMeters {
				supplies = append(supplies, p.supply(fmt.Sprintf("%s%03d", set, i), org.Water, "domestic", first.First()))
				meters += fmt.Sprintf("%[1]s%03[2]d;%[1]s%03[2]d;%[3]s;0\n", set, i, first.First().French())
			}
		}
		for part := range slices.Chunk(supplies, 500) {
			p.write(part...)
		}
		p.imported("metering.meter.import", "compteurs.csv", []byte(meters), nil)

		byMeter, byMonth := readingsHeader, readingsHeader
		for i := range orderMeters {
			for month := range orderMonths {
				byMeter += orderLine("A", i, first, month)
			}
		}
		for month := range orderMonths {
			one := readingsHeader
			for i := range orderMeters {
				byMonth += orderLine("B", i, first, month)
				one += orderLine("C", i, first, month)
			}
			p.imported("metering.reading.import", fmt.Sprintf("mois-%d.csv", month), []byte(one), nil)
		}
		// One meter in 50, 40 and 60 has the defect: 0, 50 … 500; 1, 41 … 481; 2, 62 … 482.
		want := map[string]int64{"anomaly_high": 11, "anomaly_zero": 13, "anomaly_lower": 9}
		for name, body := range map[string]string{"compteurs": byMeter, "mois": byMonth} {
			r := p.imported("metering.reading.import", name+".csv", []byte(body), nil)
			if r.Created != orderMeters*orderMonths || fmt.Sprint(r.Flagged) != fmt.Sprint(want) {
				t.Errorf("%s: created %d, flagged %v, want %v", name, r.Created, r.Flagged, want)
			}
		}
		found := p.foundBySet()
		wantLines(t, "month by month in one file", found["B"], found["A"]...)
		wantLines(t, "a file for each month", found["C"], found["A"]...)
		if len(found["A"]) != 11+13+9 {
			t.Errorf("%d anomalies: %v", len(found["A"]), found["A"])
		}
	})
}

const readingsHeader = "compteur;date;index\n"

// orderLine is the line of a meter and month: 20 to 26 m³ each month; one meter in 50 has a
// month of ten times as much, one in 40 a month of nothing, one in 60 a hand that went back.
func orderLine(set string, i int, first day.Month, month int) string {
	index := 0
	for m := range month + 1 {
		switch used := 20 + (i+m)%7; {
		case i%50 == 0 && m == 14:
			index += 10 * used
		case i%40 == 1 && m == 12:
		case i%60 == 2 && m == 17:
			index -= 5
		default:
			index += used
		}
	}
	return fmt.Sprintf("%s%03d;%s;%d\n", set, i, first.Add(month).First().AddDays(19).French(), index)
}

// foundBySet gives what the controls found, by the first letter of the contract, in order.
func (p *place) foundBySet() map[string][]string {
	p.Helper()
	codes := map[op.ID]string{}
	for code, s := range p.contracts {
		codes[s.Contract.ID] = code
	}
	out := map[string][]string{}
	for _, a := range apptest.Rows[metering.AnomalyRow](p.World, "metering.anomaly.list", op.Input{}) {
		code := codes[a.Contract]
		if code == "" {
			continue
		}
		e := a.Evidence
		line := fmt.Sprintf("%s %s %s %s %s", code[1:], a.Month, a.Rule, a.Severity, e.Reason)
		if e.Usual != nil {
			line += fmt.Sprintf(" usual %s of %d", *e.Usual, e.Periods)
		}
		if e.Quantity != nil {
			line += " quantity " + e.Quantity.String()
		}
		out[code[:1]] = append(out[code[:1]], line)
	}
	for _, lines := range out {
		slices.SortFunc(lines, strings.Compare)
	}
	return out
}
