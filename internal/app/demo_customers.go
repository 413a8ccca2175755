package app

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

//go:embed demo/first_names.csv
var demoFirstNames string

//go:embed demo/last_names.csv
var demoLastNames string

//go:embed demo/streets.csv
var demoStreets string

//go:embed demo/bodies.csv
var demoBodies string

// Bounds of the customers of the demonstration.
const (
	// ContractsDefault is how many contracts it has unless more are asked for.
	ContractsDefault = 20_000
	// demoFileRows is how many contracts one of its files has: the text of a file is
	// made in memory.
	demoFileRows = 200_000
	demoYears    = 25
	percent      = 100
	// sharedShare of the homes stand behind a meter with others, in percent.
	sharedShare = 3
)

// demoTown is a centre with its customers.
type demoTown struct{ code, name string }

// demoMaker draws customers that could be, the same for the same seed.
type demoMaker struct {
	rand                         *rand.Rand
	first, last, streets, bodies []map[string]string
	towns                        []demoTown
	today                        day.Date
	customers, contracts         int
}

// newDemoMaker begins a drawing.
func newDemoMaker(seed int64, today day.Date) *demoMaker {
	m := &demoMaker{
		rand: rand.New(rand.NewPCG(uint64(seed), demoYears)), today: today, //nolint:gosec // a drawing that repeats, not a secret
		first: demoRows(demoFirstNames), last: demoRows(demoLastNames), streets: demoRows(demoStreets), bodies: demoRows(demoBodies),
	}
	for _, u := range demoRows(string(demoUnits)) {
		if u["kind"] == "centre" {
			m.towns = append(m.towns, demoTown{u["code"], strings.TrimPrefix(u["name"], "Centre ")})
		}
	}
	return m
}

// customers imports customers with their contracts, as a centre would its file.
func (d *demo) customers(ctx context.Context, contracts int, seed int64) error {
	if contracts == 0 {
		contracts = ContractsDefault
	}
	m := newDemoMaker(seed, d.app.Today())
	for part := 1; m.contracts < contracts; part++ {
		body, err := m.file(min(contracts-m.contracts, demoFileRows))
		if err != nil {
			return err
		}
		if err := d.importCustomers(ctx, fmt.Sprintf("clients-%d.csv", part), body); err != nil {
			return err
		}
	}
	return d.occupants(ctx)
}

// importCustomers runs the import of customers on a file.
func (d *demo) importCustomers(ctx context.Context, name string, body []byte) error {
	res, err := d.app.Runner.Run(ctx, op.Request{
		Name: "customer.import", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, RequestID: "demo",
		Input: op.Input{"file": op.NewUpload(name, body), "unit": d.units[demoTop].String(), "note": d.app.Texts.Printer("fr").T("demo.customers")},
	})
	if err != nil {
		return fmt.Errorf("customer.import: %w", err)
	}
	return d.finish(ctx, "customer.import", res)
}

// demoColumns are those of the file, in order.
func demoColumns() []string {
	return []string{
		"customer_code", "name", "name_ar", "nature", "cin", "phone", "city", "ministry", "authorising_officer", "public_accountant", "budget_line",
		"contract_code", "service", "address", "locality", "unit", "connection", "diameter_mm", "tariff", "category", "vat_use", "households", "power",
		"starts_on", "attributes",
	}
}

// file draws customers until there are so many contracts.
func (m *demoMaker) file(contracts int) ([]byte, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = ';'
	if err := w.Write(demoColumns()); err != nil {
		return nil, err
	}
	for n := 0; n < contracts; {
		town := m.town()
		who := m.someone(town)
		for _, service := range m.services(min(2, contracts-n)) {
			m.contracts++
			n++
			line := make([]string, 0, len(demoColumns()))
			row := m.contract(who, town, service)
			for _, column := range demoColumns() {
				line = append(line, row[column])
			}
			if err := w.Write(line); err != nil {
				return nil, err
			}
		}
	}
	w.Flush()
	return []byte(b.String()), w.Error()
}

// town draws a centre; the first ones are the largest.
func (m *demoMaker) town() demoTown {
	return m.towns[min(m.rand.IntN(len(m.towns)), m.rand.IntN(len(m.towns)))]
}

func (m *demoMaker) pick(rows []map[string]string) map[string]string {
	return rows[m.rand.IntN(len(rows))]
}

// someone draws a customer: mostly a person, sometimes a body of the town.
func (m *demoMaker) someone(town demoTown) map[string]string {
	m.customers++
	who := map[string]string{"customer_code": fmt.Sprintf("%06d", 100_000+m.customers), "city": town.name}
	const bodies = 6
	if m.rand.IntN(percent) < bodies {
		body := m.pick(m.bodies)
		named := strings.NewReplacer("{town}", town.name, "{ar}", "")
		for column, from := range map[string]string{
			"name": "name", "name_ar": "ar", "nature": "nature", "ministry": "ministry", "authorising_officer": "officer", "public_accountant": "accountant",
			"budget_line": "budget", "category": "category",
		} {
			who[column] = strings.TrimSpace(named.Replace(body[from]))
		}
		return who
	}
	first, last := m.pick(m.first), m.pick(m.last)
	letters := []string{"A", "B", "D", "I", "QA", "QB", "IA", "IB", "CD", "JC"}
	who["name"], who["name_ar"] = first["fr"]+" "+last["fr"], first["ar"]+" "+last["ar"]
	who["nature"], who["cin"] = "private", letters[m.rand.IntN(len(letters))]+strconv.Itoa(10_000+m.rand.IntN(900_000))
	who["phone"] = fmt.Sprintf("06%08d", m.rand.IntN(100_000_000))
	return who
}

// services draws what a customer is supplied with; in most places both.
func (m *demoMaker) services(most int) []string {
	both := []string{"water", "electricity"}
	const share = 45
	if most < 2 || m.rand.IntN(percent) < share {
		return both[:1]
	}
	return both
}

// contract draws the contract of a customer.
func (m *demoMaker) contract(who map[string]string, town demoTown, service string) map[string]string {
	row := map[string]string{}
	for column, value := range who {
		row[column] = value
	}
	row["contract_code"] = strconv.Itoa(2_000_000 + m.contracts)
	row["service"], row["unit"], row["locality"], row["connection"] = service, town.code, town.name, "individual"
	row["address"] = strconv.Itoa(1+m.rand.IntN(240)) + ", " + m.pick(m.streets)["name"]
	row["starts_on"] = m.today.AddDays(-30 - m.rand.IntN(demoYears*365)).String()
	row["vat_use"] = "other"
	if row["category"] == "" {
		row["category"], row["vat_use"] = "DOM", "domestic"
		if m.rand.IntN(percent) < sharedShare {
			row["connection"], row["households"] = "shared", strconv.Itoa(2+m.rand.IntN(4))
		}
	}
	row["tariff"] = map[string]string{"water": "ma-water-example", "electricity": "ma-elec-other-example"}[service]
	if service == "electricity" {
		if row["vat_use"] == "domestic" {
			row["tariff"], row["attributes"] = "ma-elec-domestic", "fixed=onee-2018"
		}
		row["power"] = []string{"2,2", "3,3", "4,4", "6,6", "9,9"}[m.rand.IntN(5)]
		return row
	}
	row["diameter_mm"] = []string{"15", "15", "15", "20", "25", "40"}[m.rand.IntN(6)]
	return row
}

// demoMoves is how many people of the first centre have moved out.
const demoMoves = 12

// occupants lets some places change hands, so that the demonstration shows what that
// leaves behind.
func (d *demo) occupants(ctx context.Context) error {
	contracts, err := d.firstIDs(ctx, "customer.contract.list", demoMoves, "BM")
	if err != nil {
		return err
	}
	people, err := d.firstIDs(ctx, "customer.customer.list", 4*demoMoves, "BM")
	if err != nil || len(people) < demoMoves {
		return err
	}
	slices.Reverse(people)
	for i, id := range contracts {
		show, err := d.run(ctx, demoAdmin, "customer.contract.show", "id", id.String())
		if err != nil {
			return err
		}
		version := intOf(d.app.Registry.Find("customer.contract.show"), show.Out, "version")
		_, err = d.run(ctx, demoAdmin, "customer.contract.change_occupant", "id", id.String(), "version", strconv.FormatInt(version, 10),
			"successor", people[i].String(), "moved_on", d.app.Today().AddDays(-3*i).String(), "reason", d.app.Texts.Printer("fr").T("demo.occupant"))
		if code := fault.CodeOf(err); err != nil && code != "input.invalid" { // the same person, or a contract that began later
			return err
		}
	}
	return nil
}

// firstIDs gives the first records of a list in a unit.
func (d *demo) firstIDs(ctx context.Context, name string, n int, unit string) (ids []op.ID, err error) {
	def := d.app.Registry.Find(name)
	_, err = d.app.Runner.Rows(ctx, op.Request{
		Name: name, Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{}, Unit: int64(d.units[unit]), Page: op.Page{Limit: n},
	}, nil, func(row any) error {
		ids = append(ids, idOf(def, row))
		return nil
	})
	return ids[:min(len(ids), n)], err
}
