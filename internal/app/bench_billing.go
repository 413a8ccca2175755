package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/billing"
	"wasl/internal/module/customer"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// BillingMonth is one run of the benchmark of billing: its steps, and the bare load of the
// very rows it wrote.
type BillingMonth struct {
	Month day.Date `json:"month"`
	Bills int64    `json:"bills"`
	// PrepareMS looks at what is due, ComputeMS makes the drafts, IssueMS the bills.
	PrepareMS int64 `json:"prepare_ms"`
	ComputeMS int64 `json:"compute_ms"`
	IssueMS   int64 `json:"issue_ms"`
	// FloorMS is the load of the same rows by the engine's own program, from texts (sqlite3
	// .import, psql \copy), FloorCPU its processor time for one bill in microseconds (on
	// PostgreSQL the client's alone).
	FloorMS  int64 `json:"floor_ms"`
	FloorCPU int64 `json:"floor_cpu_us"`
	// BareMS and BareCPU are the same from tables, without texts that are to be read; SQLite,
	// and one month only.
	BareMS  int64 `json:"bare_ms"`
	BareCPU int64 `json:"bare_cpu_us"`
	// RatioThousandths is the whole run over the floor, IssueThousandths the issue alone.
	RatioThousandths int64 `json:"ratio_thousandths"`
	IssueThousandths int64 `json:"issue_thousandths"`
	// CPU is the processor time of this process for one bill, in microseconds.
	CPU int64 `json:"cpu_us"`
	// MemoryMB is the most memory the process held during the run.
	MemoryMB int64 `json:"memory_mb"`
}

// BillingBench is what the benchmark of billing measured.
type BillingBench struct {
	Engine    string `json:"engine"`
	Contracts int    `json:"contracts"`
	// Floor names what loaded the rows: the engine's own program, or the bare database layer.
	Floor  string         `json:"floor"`
	Months []BillingMonth `json:"months"`
	// PerSecond is bills a second over prepare, compute and issue of all months.
	PerSecond int64 `json:"bills_per_second"`
	// RatioThousandths is the median of the months.
	RatioThousandths int64 `json:"ratio_thousandths"`
}

const (
	// billingContracts is the size of P1.
	billingContracts = 1_000_000
	// spentRows are consumptions inserted in one transaction.
	spentRows = 20_000
	// benchTariffCode prices the bills of the benchmark.
	benchTariffCode = "ma-water-example"
)

// BenchBilling measures billing runs, one a month, on an empty database, which it fills
// first.
func (a *App) BenchBilling(ctx context.Context, contracts, months int, log io.Writer) (BillingBench, error) {
	if contracts == 0 {
		contracts = billingContracts
	}
	months = max(months, 1)
	res := BillingBench{Engine: string(a.DB.Engine()), Contracts: contracts}
	b := &billingBench{demo: &demo{app: a, out: io.Discard, units: map[string]op.ID{}, users: map[string]op.ID{}, roles: map[string]op.ID{}}}
	first := day.MonthOf(a.Today()).Add(-months)
	if err := b.fill(ctx, contracts, first.Add(-1).First()); err != nil {
		return res, err
	}
	floor, err := newFloor(ctx, a, months)
	if err != nil {
		return res, err
	}
	res.Floor = floor.name
	for i := range months {
		month := first.Add(i)
		if err := b.spend(ctx, month, i); err != nil {
			return res, err
		}
		if err := floor.settle(ctx); err != nil {
			return res, err
		}
		m, err := b.month(ctx, month, floor)
		if err != nil {
			return res, err
		}
		res.Months = append(res.Months, m)
		if _, err := fmt.Fprintf(log, "%s: %d ms, %d ms\n", m.Month, m.PrepareMS+m.ComputeMS+m.IssueMS, m.FloorMS); err != nil {
			return res, err
		}
	}
	var bills, took int64
	var ratios []int64
	for _, m := range res.Months {
		bills, took, ratios = bills+m.Bills, took+m.PrepareMS+m.ComputeMS+m.IssueMS, append(ratios, m.RatioThousandths)
	}
	res.PerSecond, res.RatioThousandths = bills*thousand/max(took, 1), median(ratios)
	return res, floor.close(ctx)
}

// billingBench is one benchmark of billing.
type billingBench struct {
	*demo
	contracts []benchContract
	// people gives the customers the names and places of the demonstration; nil numbers
	// them.
	people *demoMaker
}

// benchContract is what the benchmark remembers of a contract. At the size of a country it is
// in the memory that is measured.
type benchContract struct {
	account, id, unit op.ID
}

// fill adds the contracts, spread over the centres of the demonstration.
func (b *billingBench) fill(ctx context.Context, n int, from day.Date) error {
	if err := b.app.Demo(ctx, DemoSize{Contracts: -1}, io.Discard); err != nil {
		return err
	}
	if err := b.learn(ctx, "org.unit.list", "code", b.units); err != nil {
		return err
	}
	entities := map[string]op.ID{}
	if err := b.learn(ctx, "org.entity.list", "code", entities); err != nil {
		return err
	}
	res, err := b.run(ctx, demoAdmin, "org.unit.assign", "id", b.units[demoTop].String(), "entity", entities["OFFICE"].String(), "services", "water",
		"valid_from", "2020-01-01", "reason", "bench")
	if err == nil && res.Outcome == op.Proposed {
		err = b.approve(ctx, "z.alami", res.Proposal)
	}
	if err != nil {
		return err
	}
	var centres []op.ID
	for _, u := range demoRows(string(demoUnits)) {
		if u["kind"] == "centre" {
			centres = append(centres, b.units[u["code"]])
		}
	}
	for at := 0; at < n; at += benchSupplies {
		var all []*customer.Supply
		for i := at; i < min(at+benchSupplies, n); i++ {
			next := benchSupply(fmt.Sprintf("B%07d", i), centres[i*len(centres)/n], from)
			if b.people != nil {
				b.people.live(next)
			}
			all = append(all, next)
		}
		err := b.app.DB.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: time.Minute}, func(ctx context.Context, tx db.Tx) error {
			return customer.Insert(ctx, tx, customer.Origin{Reason: "bench", At: tx.Now()}, all...)
		})
		if err != nil {
			return err
		}
		for _, s := range all {
			b.contracts = append(b.contracts, benchContract{s.Contract.Account, s.Contract.ID, s.Contract.UnitID})
		}
	}
	return nil
}

// benchSupply is a household with a contract of water.
func benchSupply(code string, unit op.ID, from day.Date) *customer.Supply {
	return &customer.Supply{
		Customer: &customer.Customer{Code: code, UnitID: unit, Name: "Client " + code, Language: customer.French}, Nature: customer.Private, Since: from,
		Point:    &customer.ServicePoint{Code: code, UnitID: unit, Service: org.Water, Connection: customer.Individual},
		Contract: &customer.Contract{Code: code, UnitID: unit, Service: org.Water, StartsOn: from},
		Terms:    customer.Terms{Tariff: benchTariffCode, Category: "DOM", VATUse: customer.DomesticUse, Households: 1},
	}
}

// spend adds the consumption of every contract in a month.
func (b *billingBench) spend(ctx context.Context, month day.Month, turn int) error {
	for at := 0; at < len(b.contracts); at += spentRows {
		part := b.contracts[at:min(at+spentRows, len(b.contracts))]
		err := b.app.DB.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: time.Minute}, func(ctx context.Context, tx db.Tx) error {
			first, err := tx.NewIDs(ctx, int64(len(part)))
			if err != nil {
				return err
			}
			all := make([]metering.Consumption, len(part))
			for i, k := range part {
				all[i] = metering.Consumption{
					Account: k.account, ID: op.ID(first) + op.ID(i), Contract: k.id, Unit: k.unit, Service: org.Water, Category: "DOM", PeriodDate: month.Last(),
					Ordinal: 1, From: month.First(), To: month.Last(), Month: month.First(), Quantity: money.Quantity(spentOf(at+i, turn)) * thousand,
					Kind: metering.Read, State: metering.Normal, RecordedAt: tx.Now(),
				}
			}
			return metering.InsertSpent(ctx, tx, all)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// spentOf is what a contract used in a month, in cubic metres.
func spentOf(contract, month int) int { return 2 + (contract*7+month*3)%38 }

// month bills a month and loads its rows again bare.
func (b *billingBench) month(ctx context.Context, month day.Month, floor *floor) (m BillingMonth, err error) {
	m.Month = month.First()
	resetPeak()
	before := processorTime()
	var run op.ID
	for _, step := range []struct {
		into *int64
		do   func() error
	}{
		{&m.PrepareMS, func() (err error) {
			run, err = b.prepare(ctx, month)
			return err
		}},
		{&m.ComputeMS, func() error { return b.job(ctx, "billing.run.compute", run) }},
		{new(int64), func() error { return b.accept(ctx, run) }},
		{&m.IssueMS, func() error { return b.job(ctx, "billing.run.issue", run) }},
	} {
		start := b.app.opt.Now()
		if err := step.do(); err != nil {
			return m, err
		}
		*step.into = b.app.opt.Now().Sub(start).Milliseconds()
	}
	card, err := b.card(ctx, run)
	if err != nil {
		return m, err
	}
	if m.Bills = card.Bills; card.State != billing.Issued {
		return m, fault.New(fault.Conflict, "billing.run_state", "state", card.State)
	}
	m.CPU = (processorTime() - before).Microseconds() / max(m.Bills, 1)
	m.MemoryMB = peakMemory()
	times, err := floor.load(ctx, run, m.Bills)
	if err != nil {
		return m, err
	}
	m.FloorMS, m.FloorCPU, m.BareMS, m.BareCPU = times.ms, times.cpu/max(m.Bills, 1), times.bareMS, times.bareCPU/max(m.Bills, 1)
	m.RatioThousandths = (m.PrepareMS + m.ComputeMS + m.IssueMS) * thousand / max(m.FloorMS, 1)
	m.IssueThousandths = m.IssueMS * thousand / max(m.FloorMS, 1)
	return m, nil
}

func (b *billingBench) prepare(ctx context.Context, month day.Month) (op.ID, error) {
	res, err := b.run(ctx, demoAdmin, "billing.run.prepare", "unit", b.units[demoTop].String(), "from_month", month.First().String(), "service", "water")
	return idOf(b.app.Registry.Find("billing.run.prepare"), res.Out), err
}

func (b *billingBench) card(ctx context.Context, run op.ID) (billing.RunCard, error) {
	res, err := b.run(ctx, demoAdmin, "billing.run.show", "id", run.String())
	card, _ := res.Out.(billing.RunCard)
	return card, err
}

func (b *billingBench) accept(ctx context.Context, run op.ID) error {
	card, err := b.card(ctx, run)
	if err != nil {
		return err
	}
	res, err := b.run(ctx, demoAdmin, "billing.run.approve", "id", run.String(), "sha256", card.SHA256)
	if err != nil {
		return err
	}
	return b.approve(ctx, "z.alami", res.Proposal)
}

// job carries out a job of a run to its end.
func (b *billingBench) job(ctx context.Context, name string, run op.ID) error {
	res, err := b.run(ctx, demoAdmin, name, "id", run.String())
	if err != nil {
		return err
	}
	queued, ok := res.Out.(op.QueuedJob)
	if !ok {
		return fault.New(fault.Internal, "internal")
	}
	return b.app.Queue.RunJob(ctx, queued.Job)
}

// The memory of a process as the system tells it (proc(5)).
const (
	peakReset  = "/proc/self/clear_refs"
	peakStatus = "/proc/self/status"
	kilobyte   = 1 << 10
)

// resetPeak begins the count of the most memory anew, where the system can.
func resetPeak() { _ = os.WriteFile(peakReset, []byte("5"), 0) }

// peakMemory is the most memory the process held since resetPeak, in MiB; 0 when the system
// does not tell.
func peakMemory() int64 {
	body, err := os.ReadFile(peakStatus)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(body)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n / kilobyte
		}
	}
	return 0
}
