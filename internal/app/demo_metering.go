package app

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/customer"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

const (
	// demoMonths is how many months of readings the demo has.
	demoMonths = 24
	// demoWalk is the most points of one route.
	demoWalk = 60
	// demoOdd is how often a reading of the last months is odd: one in so many.
	demoOdd = 60
)

// metering gives each contract of water or electricity a meter, the routes their walks and
// two years of readings, through the imports; some of the last ones are odd.
func (d *demo) metering(ctx context.Context) error {
	contracts, err := d.supplied(ctx)
	if err != nil || len(contracts) == 0 {
		return err
	}
	top := d.units[demoTop]
	if top == 0 {
		return fault.New(fault.Internal, "internal")
	}
	meters, readings := d.meterFiles(contracts)
	for _, f := range []struct {
		operation, name string
		body            []byte
	}{{"metering.meter.import", "compteurs.csv", meters}, {"metering.reading.import", "releves.csv", readings}} {
		if err := d.importFile(ctx, f.operation, f.name, f.body, top); err != nil {
			return err
		}
	}
	return d.walks(ctx, contracts)
}

// supplied are the contracts in force of services that are metered.
func (d *demo) supplied(ctx context.Context) (out []customer.ContractRow, err error) {
	_, err = d.app.Runner.Rows(ctx, op.Request{
		Name: "customer.contract.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{}, RequestID: "demo",
	}, nil, func(row any) error {
		k, ok := row.(customer.ContractRow)
		if ok && k.Service != org.Sanitation && k.InForce(d.app.Today()) {
			out = append(out, k)
		}
		return nil
	})
	return out, err
}

// demoNumber is a number below n that a text always gives.
func demoNumber(text string, n uint64) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash never fails
	return int64(h.Sum64() % n)
}

// meterFiles are the files of meters and of readings.
func (d *demo) meterFiles(contracts []customer.ContractRow) (meters, readings []byte) {
	var m, r bytes.Buffer
	m.WriteString("compteur;contrat;calibre;marque;pose_le;index\n")
	r.WriteString("compteur;date;index\n")
	first := day.MonthOf(d.app.Today()).Add(-demoMonths)
	for _, k := range contracts {
		serial := fmt.Sprintf("%08d", 4_000_000+demoNumber(k.Code, 5_000_000))
		posed := first.First().AddDays(-20)
		if k.StartsOn.After(posed) {
			posed = k.StartsOn
		}
		index := demoNumber("i"+k.Code, 30_000)
		fmt.Fprintf(&m, "%s-%s;%s;DN15;Itron;%s;%d\n", serial, k.Code[max(len(k.Code)-4, 0):], k.Code, posed.French(), index)
		d.readingLines(&r, serial+"-"+k.Code[max(len(k.Code)-4, 0):], k, first, posed, index)
	}
	return m.Bytes(), r.Bytes()
}

// readingLines are the readings of one meter, month by month; the present month is read for
// half of them.
func (d *demo) readingLines(r *bytes.Buffer, serial string, k customer.ContractRow, first day.Month, posed day.Date, index int64) {
	usual := 8 + demoNumber("u"+k.Code, 25)
	if k.Service == org.Electricity {
		usual *= 9
	}
	for i := range demoMonths + 1 {
		month := first.Add(i)
		on := month.First().AddDays(int(9 + demoNumber("d"+k.Code, 8)))
		if !on.After(posed) || on.After(d.app.Today()) || i == demoMonths && demoNumber("h"+k.Code, 2) == 0 {
			continue
		}
		used := usual + demoNumber(k.Code+strconv.Itoa(i), uint64(usual/2+1)) - usual/4
		shown := index + used
		if odd := demoNumber("o"+k.Code+strconv.Itoa(i), demoOdd); i >= demoMonths-1 {
			switch odd {
			case 0: // two digits exchanged: far too high
				shown, used = index+usual*7, usual*7
			case 1: // a meter that stands still
				shown, used = index, 0
			case 2: // an index typed for another meter
				shown = max(index-used-3, 0)
				used = 0
			}
		}
		fmt.Fprintf(r, "%s;%s;%d\n", serial, on.French(), shown)
		index += used
	}
}

// importFile imports one file at the top, the right rows of it, and waits for the end.
func (d *demo) importFile(ctx context.Context, operation, name string, body []byte, unit op.ID) error {
	res, err := d.app.Runner.Run(ctx, op.Request{
		Name: operation, Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, RequestID: "demo",
		Input: op.Input{"file": op.NewUpload(name, body), "unit": unit.String(), "mode": "valid"},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	queued, ok := res.Out.(op.QueuedJob)
	if !ok {
		return fault.New(fault.Internal, "internal")
	}
	return d.app.Queue.RunJob(ctx, queued.Job)
}

// walks makes routes of the points of each unit and opens the reading of the month.
func (d *demo) walks(ctx context.Context, contracts []customer.ContractRow) error {
	byUnit := map[op.ID][]string{}
	var units []op.ID
	for _, k := range contracts {
		if len(byUnit[k.UnitID]) == 0 {
			units = append(units, k.UnitID)
		}
		byUnit[k.UnitID] = append(byUnit[k.UnitID], k.PointCode)
	}
	month := day.MonthOf(d.app.Today())
	for i, unit := range units {
		for j, part := range slices.Collect(slices.Chunk(byUnit[unit], demoWalk)) {
			code := fmt.Sprintf("T-%02d-%02d", i+1, j+1)
			if err := d.walk(ctx, code, unit, part, month); err != nil {
				return err
			}
		}
	}
	return nil
}

// walk makes one route with its period.
func (d *demo) walk(ctx context.Context, code string, unit op.ID, points []string, month day.Month) error {
	t := d.app.Texts.Printer("fr")
	res, err := d.run(ctx, demoAdmin, "metering.route.add", "code", code, "name", t.T("demo.route", "code", code), "unit", unit.String(), "reader",
		t.T("demo.reader"))
	if err != nil {
		return err
	}
	id := idOf(d.app.Registry.Find("metering.route.add"), res.Out)
	pairs := []string{"id", id.String(), "version", "1"}
	for _, p := range points {
		pairs = append(pairs, "points", p)
	}
	if _, err := d.run(ctx, demoAdmin, "metering.route.stops", pairs...); err != nil {
		return err
	}
	_, err = d.run(ctx, demoAdmin, "metering.period.open", "route", id.String(), "month", month.First().String(),
		"opens_on", month.First().AddDays(9).String(), "closes_on", month.First().AddDays(19).String())
	return err
}
