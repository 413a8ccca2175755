package app

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/module/customer"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

const (
	// demoMonths is how many months of readings the demo has.
	demoMonths = 24
	// demoWalk is the fewest points of one route; a large demonstration has longer ones,
	// so that it has some demoRoutes.
	demoWalk, demoRoutes = 40, 80
	// demoOdd is how often a reading is odd in each of its three ways: one in so many.
	demoOdd = 140
	// demoAbsent is how often nobody opens: one in so many.
	demoAbsent = 90
	// demoReadDay is the first day on which a route is read, demoReadDays how many follow.
	demoReadDay, demoReadDays = 9, 8
)

// demoMeter is a meter as its dial really stands, whatever is read of it.
type demoMeter struct {
	customer.ContractRow
	serial string
	posed  day.Date
	// usual is what a month takes, first the index when it was placed, index the last one.
	usual, first, index int64
	// route is the code of its walk, share how much of the walk is read this month, in
	// tenths.
	route string
	share int64
}

// number is a number below n that the seed and a text always give.
func (d *demo) number(text string, n uint64) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash never fails
	_, _ = h.Write(strconv.AppendInt(nil, d.size.Seed, 10))
	return int64(h.Sum64() % n)
}

// supplied finds the meters of the contracts in force of services that are metered.
func (d *demo) supplied(ctx context.Context) error {
	first := d.cycle.Add(-demoMonths)
	_, err := d.app.Runner.Rows(ctx, op.Request{
		Name: "customer.contract.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{}, RequestID: "demo",
	}, nil, func(row any) error {
		k, ok := row.(customer.ContractRow)
		if !ok || k.Service == org.Sanitation || !k.InForce(d.app.Today()) {
			return nil
		}
		m := demoMeter{
			ContractRow: k, posed: first.First().AddDays(-20), usual: 6 + d.number("u"+k.Code, 10) + d.number("v"+k.Code, 10), first: d.number("i"+k.Code, 30_000),
			serial: fmt.Sprintf("%08d-%s", 4_000_000+d.number(k.Code, 5_000_000), k.Code[max(len(k.Code)-4, 0):]),
		}
		if k.StartsOn.After(m.posed) {
			m.posed = k.StartsOn
		}
		if k.Service == org.Electricity {
			m.usual *= 9
		}
		if k.Category != "DOM" {
			m.usual *= 4
		}
		m.index = m.first
		d.meters = append(d.meters, m)
		return nil
	})
	return err
}

// placed imports the meters, with where they stand, and the readings of the months before
// the first that is billed.
func (d *demo) placed(ctx context.Context) error {
	if err := d.supplied(ctx); err != nil {
		return err
	}
	var m, r bytes.Buffer
	m.WriteString("compteur;contrat;calibre;marque;pose_le;index\n")
	for i := range d.meters {
		k := &d.meters[i]
		fmt.Fprintf(&m, "%s;%s;DN15;Itron;%s;%d\n", k.serial, k.Code, k.posed.French(), k.first)
	}
	if err := d.importFile(ctx, "metering.meter.import", "compteurs.csv", m.Bytes(), d.units[demoTop]); err != nil {
		return err
	}
	r.WriteString(demoReadings)
	// One meter after the other: so the import knows each place's history from the file
	// itself, and does not read it again for every month.
	for i := range d.meters {
		for month := d.cycle.Add(-demoMonths); month.Before(d.firstBilled()); month = month.Add(1) {
			d.readingLine(&r, &d.meters[i], month, false)
		}
	}
	return d.importFile(ctx, "metering.reading.import", "releves-historique.csv", r.Bytes(), d.units[demoTop])
}

// demoReadings is the first line of a file of readings.
const demoReadings = "compteur;date;index\n"

// readings imports the readings of one month. Of the month under way only what was read.
func (d *demo) readings(ctx context.Context, month day.Month) error {
	var r bytes.Buffer
	r.WriteString(demoReadings)
	d.readingLines(&r, month, true)
	return d.importFile(ctx, "metering.reading.import", "releves-"+month.String()+".csv", r.Bytes(), d.units[demoTop])
}

// demoSeason is the consumption of each month of the year, in percent.
func demoSeason() [12]int64 { return [12]int64{92, 90, 92, 95, 102, 115, 130, 134, 112, 98, 92, 94} }

// readingLines are the readings of a month, one a meter; odd lets some be wrong, as in each
// month that people have looked at.
func (d *demo) readingLines(r *bytes.Buffer, month day.Month, odd bool) {
	for i := range d.meters {
		d.readingLine(r, &d.meters[i], month, odd)
	}
}

// readingLine is the reading of one meter, if it is read that month.
func (d *demo) readingLine(r *bytes.Buffer, k *demoMeter, month day.Month, odd bool) {
	_, of := month.Civil()
	season, text := demoSeason()[of-1], month.String()
	on := month.First().AddDays(demoReadDay + int(d.number("d"+k.route+k.Code, demoReadDays)))
	if !on.After(k.posed) || month == d.cycle && d.number("h"+k.Code, 10) >= k.share {
		return
	}
	absent := odd && d.number("a"+k.Code+text, demoAbsent) == 0
	if on.After(d.app.Today()) {
		on = d.app.Today()
	}
	used := max(k.usual*season/percent+d.number(k.Code+text, uint64(k.usual/2+1))-k.usual/4, 0)
	shown, used := d.misread(k, text, used, odd)
	if !absent {
		fmt.Fprintf(r, "%s;%s;%d\n", k.serial, on.French(), shown)
	}
	k.index += used
}

// misread is what is read of a meter that took so much, and what it really took.
func (d *demo) misread(k *demoMeter, month string, used int64, odd bool) (shown, took int64) {
	if !odd {
		return k.index + used, used
	}
	switch d.number("o"+k.Code+month, demoOdd) {
	case 0: // two digits exchanged: far too high
		return k.index + k.usual*7, used
	case 1: // a meter that stands still
		return k.index, 0
	case 2: // an index typed for another meter
		return max(k.index-used-3, 0), used
	}
	return k.index + used, used
}

// walks makes routes of the points of each unit.
func (d *demo) walks(ctx context.Context) error {
	byUnit := map[op.ID][]int{}
	var units []op.ID
	for i := range d.meters {
		k := &d.meters[i]
		if len(byUnit[k.UnitID]) == 0 {
			units = append(units, k.UnitID)
		}
		byUnit[k.UnitID] = append(byUnit[k.UnitID], i)
	}
	codes := map[op.ID]string{}
	for code, id := range d.units {
		codes[id] = code
	}
	readers := demoRows(demoLastNames)
	long := max(demoWalk, len(d.meters)/demoRoutes)
	for _, unit := range units {
		for j, part := range slices.Collect(slices.Chunk(byUnit[unit], long)) {
			code := fmt.Sprintf("%s-%02d", codes[unit], j+1)
			reader := demoLetter(code) + ". " + readers[d.number("r"+codes[unit]+strconv.Itoa(j/3), uint64(len(readers)))]["fr"]
			if err := d.walk(ctx, code, unit, reader, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoLetter is the first letter of a first name.
func demoLetter(code string) string { return string("AHKMNRSY"[len(code)*7%8]) }

// walk makes one route.
func (d *demo) walk(ctx context.Context, code string, unit op.ID, reader string, meters []int) error {
	streets := demoRows(demoStreets)
	name := streets[d.number("n"+code, uint64(len(streets)))]["name"]
	res, err := d.run(ctx, demoAdmin, "metering.route.add", "code", code, "name", name, "unit", unit.String(), "reader", reader)
	if err != nil {
		return err
	}
	id := idOf(d.app.Registry.Find("metering.route.add"), res.Out)
	pairs := []string{"id", id.String(), "version", "1"}
	share := d.share(code)
	for _, i := range meters {
		d.meters[i].route, d.meters[i].share = code, share
		pairs = append(pairs, "points", d.meters[i].PointCode)
	}
	d.routes = append(d.routes, demoRoute{id, code, share})
	_, err = d.run(ctx, demoAdmin, "metering.route.stops", pairs...)
	return err
}

// demoRoute is a route with how much of it is read this month, in tenths.
type demoRoute struct {
	id    op.ID
	code  string
	share int64
}

// share is how much of a route is read this month: the centres whose bills are under way
// wholly, one centre not at all, of the others some routes not, some in part.
func (d *demo) share(code string) int64 {
	switch code[:2] {
	case demoWaits, demoIssued:
		return 10
	case demoUnread:
		return 0
	}
	return []int64{10, 10, 10, 10, 10, 10, 6, 8, 0, 10}[d.number("s"+code, 10)]
}

// opened opens the reading of a month for all routes.
func (d *demo) opened(ctx context.Context, month day.Month) error {
	for _, r := range d.routes {
		_, err := d.run(ctx, demoAdmin, "metering.period.open", "route", r.id.String(), "month", month.First().String(),
			"opens_on", month.First().AddDays(demoReadDay-1).String(), "closes_on", month.First().AddDays(demoReadDay+demoReadDays).String())
		if err != nil {
			return err
		}
	}
	return nil
}

// ended closes the reading of a month for the routes that are wholly read.
func (d *demo) ended(ctx context.Context, month day.Month) error {
	whole := map[op.ID]bool{}
	for _, r := range d.routes {
		whole[r.id] = r.share >= 10 || month.Before(d.cycle)
	}
	var ids []op.ID
	_, err := d.app.Runner.Rows(ctx, op.Request{
		Name: "metering.period.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin},
		Input: op.Input{"month": month.First().String()}, RequestID: "demo",
	}, nil, func(row any) error {
		if p, ok := row.(metering.PeriodRow); ok && whole[p.Route] {
			ids = append(ids, p.ID)
		}
		return nil
	})
	for _, id := range ids {
		if _, err := d.run(ctx, demoAdmin, "metering.period.close", "id", id.String(), "version", "1"); err != nil {
			return err
		}
	}
	return err
}

// decided lets the office settle what the controls of a month found: what holds up a bill is
// estimated, the rest accepted.
func (d *demo) decided(ctx context.Context, month day.Month, unit op.ID) error {
	for _, s := range []struct{ severity, decision string }{{"blocking", "estimate"}, {"blocking", "accept"}, {"warning", "accept"}} {
		pairs := []string{"state", "open", "severity", s.severity, "month", month.First().String(), "unit", unit.String(), "decision", s.decision}
		res, err := d.run(ctx, demoAdmin, "metering.anomaly.preview", pairs...)
		if err != nil {
			return err
		}
		p, ok := res.Out.(metering.MassPreview)
		if !ok || p.Count == 0 {
			continue
		}
		pairs = append(pairs, "expected", strconv.FormatInt(p.Count, 10), "reason", d.words("demo.decided"))
		if err := d.work(ctx, demoAdmin, "metering.anomaly.decide_many", pairs...); err != nil {
			return err
		}
	}
	return nil
}
