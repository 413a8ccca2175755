package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/module/customer"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// ImportBench is what the benchmark of imports measured: readings with all controls, against
// the bare load of the rows they became, in the same tables and transactions of the same size,
// month by month in turn.
type ImportBench struct {
	Engine    string `json:"engine"`
	Contracts int    `json:"contracts"`
	Months    int    `json:"months"`
	Readings  int64  `json:"readings"`
	// Rows were written by the imports and again by the bare loads.
	Rows      int64 `json:"rows"`
	ImportMS  int64 `json:"import_ms"`
	BareMS    int64 `json:"bare_ms"`
	PerSecond int64 `json:"readings_per_second"`
	// RatioThousandths is import over bare load; Last that of the last month.
	RatioThousandths int64 `json:"ratio_thousandths"`
	LastThousandths  int64 `json:"last_thousandths"`
	// ImportCPU and BareCPU are the processor time of this process for each reading, in
	// microseconds, the reading of the file included; a server of PostgreSQL is not in it.
	ImportCPU int64 `json:"import_cpu_us"`
	BareCPU   int64 `json:"bare_cpu_us"`
	// Each are the months one by one: what an import costs grows with the history its
	// controls look at.
	Each []ImportMonth `json:"each"`
	// MemoryMB is the most memory the process held, files of the system in memory not
	// counted: its peak resident set.
	MemoryMB int64 `json:"memory_mb"`

	importCPU, bareCPU time.Duration
}

// ImportMonth is one file of the benchmark.
type ImportMonth struct {
	ImportMS int64 `json:"import_ms"`
	BareMS   int64 `json:"bare_ms"`
	// ImportCPU and BareCPU are in microseconds for each reading.
	ImportCPU int64 `json:"import_cpu_us"`
	BareCPU   int64 `json:"bare_cpu_us"`
}

const (
	// benchContracts and benchMonths make a million readings.
	benchContracts, benchMonths = 100_000, 10
	// bareShift moves the rows of the bare load to ids of their own.
	bareShift = int64(1) << 51
	// kilobytes of a megabyte: the system counts the peak in the former.
	kilobytes = 1 << 10
	// benchSupplies are inserted in one transaction.
	benchSupplies = 5_000
)

// BenchImport measures the import of readings on an empty database, which it fills first.
func (a *App) BenchImport(ctx context.Context, contracts, months int) (ImportBench, error) {
	if contracts == 0 {
		contracts = benchContracts
	}
	if months == 0 {
		months = benchMonths
	}
	res := ImportBench{Engine: string(a.DB.Engine()), Contracts: contracts, Months: months}
	d := &demo{app: a, out: io.Discard, units: map[string]op.ID{}, users: map[string]op.ID{}, roles: map[string]op.ID{}}
	if err := a.Demo(ctx, DemoSize{Contracts: -1}, io.Discard); err != nil {
		return res, err
	}
	if err := d.learn(ctx, "org.unit.list", "code", d.units); err != nil {
		return res, err
	}
	first := day.MonthOf(a.Today()).Add(-months - 1)
	if err := d.benchSupplies(ctx, contracts, first.First()); err != nil {
		return res, err
	}
	for i := range months {
		if err := d.benchMonth(ctx, &res, first.Add(i+1).First().AddDays(9), i); err != nil {
			return res, err
		}
	}
	res.PerSecond = res.Readings * thousand / max(res.ImportMS, 1)
	res.RatioThousandths = res.ImportMS * thousand / max(res.BareMS, 1)
	res.ImportCPU, res.BareCPU = res.each(res.importCPU), res.each(res.bareCPU)
	res.MemoryMB = peakResident() / kilobytes
	return res, nil
}

// benchSupplies inserts contracts and imports their meters.
func (d *demo) benchSupplies(ctx context.Context, n int, from day.Date) error {
	unit := d.units[demoTop]
	var file bytes.Buffer
	file.WriteString("compteur;contrat;pose_le;index\n")
	for at := 0; at < n; at += benchSupplies {
		var all []*customer.Supply
		for i := at; i < min(at+benchSupplies, n); i++ {
			code := fmt.Sprintf("%07d", i)
			all = append(all, &customer.Supply{
				Customer: &customer.Customer{Code: "B" + code, UnitID: unit, Name: "Client " + code, Language: customer.French},
				Nature:   customer.Private, Since: from,
				Point:    &customer.ServicePoint{Code: "B" + code, UnitID: unit, Service: org.Water, Connection: customer.Individual},
				Contract: &customer.Contract{Code: "B" + code, UnitID: unit, Service: org.Water, StartsOn: from},
				Terms:    customer.Terms{Tariff: "T", Category: "DOM", VATUse: customer.DomesticUse, Households: 1},
			})
			fmt.Fprintf(&file, "M%s;B%s;%s;%d\n", code, code, from.French(), i%1000)
		}
		err := d.app.DB.Write(ctx, db.WriteOptions{NoGroup: true}, func(ctx context.Context, tx db.Tx) error {
			return customer.Insert(ctx, tx, customer.Origin{Reason: "bench", At: tx.Now()}, all...)
		})
		if err != nil {
			return err
		}
	}
	return d.importFile(ctx, "metering.meter.import", "compteurs.csv", file.Bytes(), unit)
}

// benchMonth imports the readings of one month and loads the same rows bare.
func (d *demo) benchMonth(ctx context.Context, res *ImportBench, on day.Date, month int) error {
	var file bytes.Buffer
	file.WriteString("compteur;date;index\n")
	for i := range res.Contracts {
		used := int64(10 + (i*7+month*3)%25)
		if (i+month*13)%500 == 0 {
			used *= 12
		}
		file.WriteString("M" + fmt.Sprintf("%07d", i) + ";" + on.French() + ";" + strconv.FormatInt(int64(i%1000)+int64(month+1)*40+used, 10) + "\n")
	}
	one := ImportMonth{}
	imported, err := d.clocked(&one.ImportMS, func() error {
		return d.importFile(ctx, "metering.reading.import", "releves.csv", file.Bytes(), d.units[demoTop])
	})
	if err != nil {
		return err
	}
	batch, err := d.lastBatch(ctx)
	if err != nil {
		return err
	}
	bareTime := time.Duration(0)
	bare := metering.Bare{DB: d.app.DB, Batch: int64(batch), Shift: bareShift, Chunk: metering.ReadingChunk, Timed: func(load func() error) error {
		took, err := d.clocked(&one.BareMS, load)
		bareTime += took
		return err
	}}
	rows, err := bare.Load(ctx)
	if err != nil {
		return err
	}
	n := int64(res.Contracts)
	one.ImportCPU, one.BareCPU = imported.Microseconds()/n, bareTime.Microseconds()/n
	res.Each = append(res.Each, one)
	res.Readings += n
	res.Rows += rows
	res.importCPU, res.bareCPU = res.importCPU+imported, res.bareCPU+bareTime
	res.ImportMS, res.BareMS, res.LastThousandths = res.ImportMS+one.ImportMS, res.BareMS+one.BareMS, one.ImportMS*thousand/max(one.BareMS, 1)
	return nil
}

// each is a processor time for each reading, in microseconds.
func (r *ImportBench) each(total time.Duration) int64 {
	return total.Microseconds() / max(r.Readings, 1)
}

// clocked runs work, adds the milliseconds it took and gives its processor time.
func (d *demo) clocked(ms *int64, work func() error) (time.Duration, error) {
	start, cpu := d.app.opt.Now(), processorTime()
	err := work()
	*ms += d.app.opt.Now().Sub(start).Milliseconds()
	return processorTime() - cpu, err
}

// lastBatch is the last import.
func (d *demo) lastBatch(ctx context.Context) (batch op.ID, err error) {
	_, err = d.app.Runner.Rows(ctx, op.Request{
		Name: "intake.batch.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{}, RequestID: "bench",
	}, nil, func(row any) error {
		if b, ok := row.(intake.BatchRow); ok {
			batch = max(batch, b.ID)
		}
		return nil
	})
	return batch, err
}
