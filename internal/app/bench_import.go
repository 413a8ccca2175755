package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"

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
	// MemoryMB is the most memory the process took from the system.
	MemoryMB int64 `json:"memory_mb"`
}

const (
	// benchContracts and benchMonths make a million readings.
	benchContracts, benchMonths = 100_000, 10
	// bareShift moves the rows of the bare load to ids of their own.
	bareShift = int64(1) << 51
	megabyte  = 1 << 20
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
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	res.MemoryMB = int64(m.Sys / megabyte)
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
	start := d.app.opt.Now()
	if err := d.importFile(ctx, "metering.reading.import", "releves.csv", file.Bytes(), d.units[demoTop]); err != nil {
		return err
	}
	took := d.app.opt.Now().Sub(start).Milliseconds()
	bare, err := d.lastBatch(ctx)
	if err != nil {
		return err
	}
	start = d.app.opt.Now()
	if err := bare.BareLoad(ctx, d.app.DB, intake.ChunkRows); err != nil {
		return err
	}
	floor := d.app.opt.Now().Sub(start).Milliseconds()
	res.Readings += int64(res.Contracts)
	res.Rows += int64(bare.Count())
	res.ImportMS, res.BareMS, res.LastThousandths = res.ImportMS+took, res.BareMS+floor, took*thousand/max(floor, 1)
	return nil
}

// lastBatch reads the rows of the last import of readings.
func (d *demo) lastBatch(ctx context.Context) (rows *metering.BareRows, err error) {
	var batch op.ID
	_, err = d.app.Runner.Rows(ctx, op.Request{
		Name: "intake.batch.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{}, RequestID: "bench",
	}, nil, func(row any) error {
		if b, ok := row.(intake.BatchRow); ok {
			batch = max(batch, b.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = d.app.DB.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		rows, err = metering.ReadBare(ctx, r, int64(batch), bareShift)
		return err
	})
	return rows, err
}
