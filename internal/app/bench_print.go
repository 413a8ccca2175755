package app

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
)

// PrintBench is what the benchmark of print files measured.
type PrintBench struct {
	Engine string `json:"engine"`
	Bills  int64  `json:"bills"`
	Pages  int64  `json:"pages"`
	// Bytes is the size of the print file.
	Bytes int64 `json:"bytes"`
	// TookMS is the clock time of the job, CPUMS the processor time of this process: a
	// server of PostgreSQL is not in it.
	TookMS int64 `json:"took_ms"`
	CPUMS  int64 `json:"cpu_ms"`
	// PerSecond is pages by the clock, PerCPUSecond pages for a second of one processor:
	// reading the rows, printing, packing and storing.
	PerSecond    int64 `json:"pages_per_second"`
	PerCPUSecond int64 `json:"pages_per_cpu_second"`
	// MemoryMB is the most memory the process held during the job.
	MemoryMB int64 `json:"memory_mb"`
}

// printContracts is how many bills the benchmark prints when it is not told.
const printContracts = 20_000

// BenchPrint measures the print file of a run on an empty database, which it fills first.
func (a *App) BenchPrint(ctx context.Context, contracts int) (PrintBench, error) {
	if contracts == 0 {
		contracts = printContracts
	}
	res := PrintBench{Engine: string(a.DB.Engine())}
	b := &billingBench{demo: &demo{app: a, units: map[string]op.ID{}, users: map[string]op.ID{}, roles: map[string]op.ID{}}}
	month := day.MonthOf(a.Today()).Add(-1)
	if err := b.fill(ctx, contracts, month.Add(-1).First()); err != nil {
		return res, err
	}
	run, err := b.bill(ctx, month, 0)
	if err != nil {
		return res, err
	}
	resetPeak()
	now := a.opt.Now
	if a.clock != nil { // the demonstration may have stopped it
		now = a.clock.real
	}
	start, before := now(), processorTime()
	if err := b.job(ctx, billing.PrintJob, run); err != nil {
		return res, err
	}
	res.TookMS, res.CPUMS = now().Sub(start).Milliseconds(), (processorTime() - before).Milliseconds()
	res.MemoryMB = peakMemory()
	_, err = a.Runner.Rows(ctx, op.Request{
		Name: "billing.print.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{"run": run.String()},
	}, nil, func(row any) error {
		if p, ok := row.(billing.Print); ok {
			res.Bills, res.Pages, res.Bytes = p.Bills, p.Pages, p.Size
		}
		return nil
	})
	res.PerSecond, res.PerCPUSecond = res.Pages*thousand/max(res.TookMS, 1), res.Pages*thousand/max(res.CPUMS, 1)
	return res, err
}

// bill reads and bills a month; turn is its place among the months.
func (b *billingBench) bill(ctx context.Context, month day.Month, turn int) (run op.ID, err error) {
	if err := b.spend(ctx, month, turn); err != nil {
		return 0, err
	}
	if run, err = b.prepare(ctx, month); err != nil {
		return run, err
	}
	if err := b.job(ctx, "billing.run.compute", run); err != nil {
		return run, err
	}
	if err := b.accept(ctx, run); err != nil {
		return run, err
	}
	return run, b.job(ctx, "billing.run.issue", run)
}
