package metering_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/module/customer"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

const dataFolder = "../../../../shared/data/"

// realReads gives the lines of the real file, the header first.
func realReads(t *testing.T) [][]string {
	t.Helper()
	file, err := os.Open(dataFolder + "water-santamonica/reads.csv.gz")
	if err != nil {
		if strings.Contains(os.Getenv("WASL_TEST_REQUIRE"), "data") {
			t.Fatal(err)
		}
		t.Skip("the data folder is not there")
	}
	defer func() { _ = file.Close() }()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func encode(t testing.TB, lines [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// realCustomers inserts a customer and contract for each one of the file.
func (p *place) realCustomers(lines [][]string) {
	p.Helper()
	from := date(p, "2010-01-01")
	var all []*customer.Supply
	for _, l := range lines[1:] {
		if _, known := p.contracts[l[0]]; !known {
			s := p.supply(l[0], org.Water, l[4], from)
			s.Customer.Code = l[0]
			all = append(all, s)
		}
	}
	for chunk := range slices.Chunk(all, 2000) {
		p.write(chunk...)
	}
}

type totals map[string]struct {
	Reads int64   `json:"reads"`
	Usage float64 `json:"usage_ccf"`
}

func realTotals(t testing.TB) totals {
	t.Helper()
	body, err := os.ReadFile(dataFolder + "TOTALS.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	var out totals
	if err := json.Unmarshal(all["shared/water-santamonica"], &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRealConsumptions takes in the whole real file, then the same rows again in another
// order with some left out, then decides the double months.
func TestRealConsumptions(t *testing.T) {
	t.Parallel()
	lines := realReads(t)
	onBoth(t, func(t *testing.T, p *place) {
		if testing.Short() && p.App.DB.Engine() != "sqlite" {
			t.Skip("short")
		}
		p.realCustomers(lines)
		r := p.imported("metering.import", "reads.csv", encode(t, lines), nil)
		if r.Rows != 107_027 || r.Created != 107_027 || r.State != "applied" {
			t.Fatalf("got %+v", r)
		}
		// 107,027 rows in 97,851 customer-months (awk, counting $1 FS $2): 9,176 are a second
		// or later row of their month.
		if n := r.Flagged["anomaly_duplicate"]; n != 9176 {
			t.Errorf("%d doubles, want 9176 of %v", n, r.Flagged)
		}
		p.compareTotals()
		p.deliverAgain(lines)
		p.decideDoubles()
		p.compareTotals()
	})
}

// compareTotals holds the sums by class and year against the published ones.
func (p *place) compareTotals() {
	p.Helper()
	want := realTotals(p)
	got := map[string]money.Quantity{}
	counts := map[string]int64{}
	for _, row := range apptest.Rows[metering.TotalsRow](p.World, "metering.consumption.totals", op.Input{}) {
		if row.Category == "DOM" { // the utility's own
			continue
		}
		for _, key := range []string{"ALL/ALL", "class/" + row.Category, "year/" + strconv.FormatInt(row.Year, 10)} {
			got[key] += row.Quantity
			counts[key] += row.Count
		}
	}
	if len(got) != len(want) {
		p.Errorf("%d sums, want %d: %v", len(got), len(want), got)
	}
	for key, w := range want {
		if counts[key] != w.Reads || got[key] != money.Quantity(int64(w.Usage))*1000 {
			p.Errorf("%s: %d rows, %v; want %d, %v", key, counts[key], got[key], w.Reads, w.Usage)
		}
	}
}

// deliverAgain sends what is known: shuffled and renamed, then the first third.
func (p *place) deliverAgain(lines [][]string) {
	p.Helper()
	again := slices.Clone(lines)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(again)-1, func(i, j int) { again[i+1], again[j+1] = again[j+1], again[i+1] })
	if r := p.imported("metering.import", "autre-nom.csv", encode(p, again), nil); r.Unchanged != 107_027 || r.Created != 0 || r.State != "unchanged" {
		p.Errorf("shuffled: %+v", r)
	}
	part := append([][]string{}, lines[:len(lines)/3]...)
	extra := slices.Clone(lines[1])
	extra[1], extra[6] = "2016-10-01", "12"
	part = append(part, extra)
	if r := p.imported("metering.import", "reste.csv", encode(p, part), nil); r.Created != 1 || r.Unchanged != int64(len(part)-2) {
		p.Errorf("overlapping: %+v", r)
	}
	p.undo(extra)
}

// undo removes the one consumption that the overlap brought, so that the sums stay those of
// the file.
func (p *place) undo(line []string) {
	p.Helper()
	for _, c := range apptest.Rows[metering.ConsumptionRow](p.World, "metering.consumption.list", op.Input{"month": "2016-10-01"}) {
		if c.Customer != "Client "+line[0] {
			p.Fatalf("another consumption: %+v", c)
		}
		p.exec(`DELETE FROM consumption WHERE receivable_account_id = $1 AND id = $2`, c.Account, c.ID)
		p.exec(`DELETE FROM anomaly WHERE receivable_account_id = $1 AND consumption_id = $2`, c.Account, c.ID)
	}
}

// decideDoubles accepts the later rows of a month of the residential classes, a decision for
// each: 5,410 of 85,594 (awk, in the order of the file). They are the 4,169 beyond the first
// residential row of a customer-month, and 1,241 that come after a row of another class.
func (p *place) decideDoubles() {
	p.Helper()
	decided := int64(0)
	for _, class := range []string{"RESIDENTIAL_SINGLE", "RESIDENTIAL_MULTI"} {
		filter := op.Input{"rule": "duplicate", "category": class, "decision": "accept"}
		res := p.Must(apptest.Console(apptest.Admin), "metering.anomaly.preview", filter)
		preview, ok := res.Out.(metering.MassPreview)
		if !ok || preview.Count == 0 || len(preview.Measures) != 1 || preview.Measures[0].Before != 0 ||
			preview.Measures[0].After != preview.Measures[0].Quantity {
			p.Fatalf("preview: %+v", res.Out)
		}
		filter["expected"], filter["reason"] = strconv.FormatInt(preview.Count, 10), "Plusieurs compteurs par client, confirmé par le fournisseur"
		var s metering.MassSummary
		if err := json.Unmarshal(p.Worked("metering.anomaly.decide_many", filter), &s); err != nil {
			p.Fatal(err)
		}
		if s.Decided != preview.Count || len(s.Measures) != 1 || s.Measures[0].Quantity != preview.Measures[0].Quantity {
			p.Errorf("%s: %+v, want %+v", class, s, preview)
		}
		decided += s.Decided
	}
	if decided != 5410 {
		p.Errorf("%d double residential rows, want 5410", decided)
	}
}
