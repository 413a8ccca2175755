package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// BenchOptions of the benchmark of operations.
type BenchOptions struct {
	// Clients work at once; 16 when 0.
	Clients int
	// Commands are done per measure; 4000 when 0.
	Commands int
	// Units and Users are the size of the pages measured; 10 000 and 5 000 when 0.
	Units, Users int
	// Runs are the measures of which the median is kept; 3 when 0.
	Runs int
	// Program is the path of the program itself and Args its settings: it is started
	// to measure its cold start.
	Program string
	Args    []string
}

// Rate is a measure of durable commands.
type Rate struct {
	PerSecond int64 `json:"per_second"`
	// Ratio is the part of the floor reached, in thousandths.
	RatioThousandths int64 `json:"ratio_thousandths,omitempty"`
	// CPU is the processor time of this process per command, in microseconds: a
	// busy machine changes it less than the clock. A server of PostgreSQL is not in
	// it.
	CPU  int64   `json:"cpu_us"`
	Runs []int64 `json:"runs"`
	cpus []int64
}

// PageTime is how long a page takes, in microseconds, once it was asked for; CPU is
// the processor time of one, client included, and First the clock time of the first.
type PageTime struct {
	Path  string `json:"path"`
	First int64  `json:"first_us"`
	P50   int64  `json:"p50_us"`
	P99   int64  `json:"p99_us"`
	CPU   int64  `json:"cpu_us"`
	Bytes int    `json:"bytes"`
}

// BenchResult is what the benchmark measured. The floor is the bare transaction
// with its key and audit rows, through the same database layer and group commit,
// with the same number of clients, in the same run.
type BenchResult struct {
	Engine    string     `json:"engine"`
	Clients   int        `json:"clients"`
	Commands  int        `json:"commands"`
	Units     int        `json:"units"`
	Users     int        `json:"users"`
	Floor     Rate       `json:"floor"`
	InProcess Rate       `json:"in_process"`
	HTTP      Rate       `json:"http"`
	Pages     []PageTime `json:"pages"`
	// Grants is how many grants the users hold.
	Grants int `json:"grants"`
	// StartMicros is how long the program took from its start, on the filled
	// database, to its first answer that it is ready.
	StartMicros int64   `json:"start_us"`
	Starts      []int64 `json:"starts"`
}

const (
	benchClients  = 16
	benchCommands = 4000
	benchUnits    = 10_000
	benchUsers    = 5_000
	benchRuns     = 3
	pageSamples   = 100
	thousand      = 1000
)

func (o *BenchOptions) complete() {
	for _, d := range []struct {
		value *int
		def   int
	}{{&o.Clients, benchClients}, {&o.Commands, benchCommands}, {&o.Units, benchUnits}, {&o.Users, benchUsers}, {&o.Runs, benchRuns}} {
		if *d.value == 0 {
			*d.value = d.def
		}
	}
}

// bench is one run.
type bench struct {
	app   *App
	opt   BenchOptions
	units []op.ID
	// version of each client's unit.
	versions []int64
	token    string
	session  string
	handler  http.Handler
	wire     wire
	keys     atomic.Int64
	grants   int
}

// Bench measures operations on an empty database, which it fills first.
func (a *App) Bench(ctx context.Context, o BenchOptions, assets *ui.Assets, log io.Writer) (BenchResult, error) {
	o.complete()
	b := &bench{app: a, opt: o}
	res := BenchResult{Engine: string(a.DB.Engine()), Clients: o.Clients, Commands: o.Commands, Units: o.Units, Users: o.Users}
	if err := b.prepare(ctx, assets, log); err != nil {
		return res, err
	}
	for range o.Runs {
		if err := b.run(ctx, &res); err != nil {
			return res, err
		}
	}
	for _, r := range []*Rate{&res.Floor, &res.InProcess, &res.HTTP} {
		r.PerSecond, r.CPU = median(r.Runs), median(r.cpus)
	}
	res.InProcess.RatioThousandths = ratio(res.InProcess.Runs, res.Floor.Runs)
	res.HTTP.RatioThousandths = ratio(res.HTTP.Runs, res.Floor.Runs)
	var err error
	if res.Pages, err = b.pages(ctx); err != nil {
		return res, err
	}
	for range o.Runs {
		took, err := b.coldStart(ctx)
		if err != nil {
			return res, err
		}
		res.Starts = append(res.Starts, took)
	}
	res.Grants, res.StartMicros = b.grants, median(res.Starts)
	return res, nil
}

// benchSlices is how often a run goes from one measure to the next: what else the
// machine does then weighs on all of them alike.
const benchSlices = 8

// run is one run of the three measures, slice by slice.
func (b *bench) run(ctx context.Context, res *BenchResult) error {
	return b.inTurn(ctx, []measured{{&res.Floor, b.floor}, {&res.InProcess, b.inProcess}, {&res.HTTP, b.overHTTP}})
}

// measured is one command and where its rate goes.
type measured struct {
	into *Rate
	one  func(ctx context.Context, client int) error
}

// inTurn is one run of some measures, slice by slice.
func (b *bench) inTurn(ctx context.Context, measures []measured) error {
	commands := max(b.opt.Commands/benchSlices, 1)
	took, used := make([]time.Duration, len(measures)), make([]time.Duration, len(measures))
	for range benchSlices {
		for i, m := range measures {
			before := processorTime()
			d, err := b.measure(ctx, commands, m.one)
			if err != nil {
				return err
			}
			took[i] += d
			used[i] += processorTime() - before
		}
	}
	done := int64(commands) * benchSlices
	for i, m := range measures {
		m.into.Runs = append(m.into.Runs, done*int64(time.Second)/max(int64(took[i]), 1))
		m.into.cpus = append(m.into.cpus, used[i].Microseconds()/done)
	}
	return nil
}

func median(all []int64) int64 {
	s := slices.Sorted(slices.Values(all))
	return s[len(s)/2]
}

// ratio is the median of the ratios of the runs, in thousandths: neighbours in
// time suffer the same neighbours on the machine.
func ratio(part, whole []int64) int64 {
	var all []int64
	for i := range part {
		all = append(all, part[i]*thousand/max(whole[i], 1))
	}
	return median(all)
}

// prepare fills the database and opens a door of each kind.
func (b *bench) prepare(ctx context.Context, assets *ui.Assets, log io.Writer) error {
	if err := b.app.Demo(ctx, DemoSize{Units: b.opt.Units, Users: b.opt.Users, Contracts: -1}, log); err != nil {
		return err
	}
	if err := b.grantAll(ctx); err != nil {
		return err
	}
	w := &demo{app: b.app, units: map[string]op.ID{}}
	if err := w.learn(ctx, "org.unit.list", "code", w.units); err != nil {
		return err
	}
	codes := make([]string, 0, len(w.units))
	for code := range w.units {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes[len(codes)-b.opt.Clients:] {
		b.units = append(b.units, w.units[code])
		b.versions = append(b.versions, 1)
	}
	res, err := w.run(ctx, demoAdmin, "me.token_add", "name", "bench", "expires_on", b.app.Today().AddDays(2).String())
	if err != nil {
		return err
	}
	b.token = secretIn(b.app.Registry.Find("me.token_add"), res.Out)
	res, err = b.app.Runner.Run(ctx, op.Request{
		Name: "access.login", Credential: op.Credential{Channel: op.Web, Address: "127.0.0.1"}, Input: op.Input{"login": demoAdmin, "password": demoPassword},
	})
	if err != nil {
		return err
	}
	b.session = secretIn(b.app.Registry.Find("access.login"), res.Out)
	b.handler, err = b.app.Handler(assets)
	return err
}

func secretIn(d *op.Def, out any) string {
	for _, c := range d.Columns {
		if s, _ := c.Value(out).(string); c.Secret && s != "" {
			return s
		}
	}
	return ""
}

// measure runs commands with all clients and gives how long they took.
func (b *bench) measure(ctx context.Context, commands int, one func(ctx context.Context, client int) error) (time.Duration, error) {
	var left atomic.Int64
	left.Store(int64(commands))
	var failed atomic.Value
	var all sync.WaitGroup
	start := b.app.opt.Now()
	for c := range b.opt.Clients {
		all.Go(func() {
			for left.Add(-1) >= 0 && failed.Load() == nil {
				if err := one(ctx, c); err != nil {
					failed.CompareAndSwap(nil, err)
				}
			}
		})
	}
	all.Wait()
	took := b.app.opt.Now().Sub(start)
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return took, nil
}

// floor is the same durable work with no product code: the row, the key, the audit.
func (b *bench) floor(ctx context.Context, client int) error {
	key := "floor-" + strconv.FormatInt(b.keys.Add(1), 10)
	err := b.app.DB.Write(ctx, db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) error {
		return op.BareWrite(ctx, tx, int64(b.units[client]), b.app.Org.BareUpdate(int64(b.units[client])), key)
	})
	if err == nil {
		b.versions[client]++
	}
	return err
}

func (b *bench) inProcess(ctx context.Context, client int) error {
	n := b.keys.Add(1)
	_, err := b.app.Runner.Run(ctx, op.Request{
		Name: "org.unit.update", Credential: op.Credential{Channel: op.API, Token: b.token}, Key: "bench-" + strconv.FormatInt(n, 10),
		Input: op.Input{"id": b.units[client].String(), "version": strconv.FormatInt(b.versions[client], 10), "address": "bench " + strconv.FormatInt(n, 10)},
	})
	if err == nil {
		b.versions[client]++
	}
	return err
}

// overHTTP goes through the whole handler, from the request's bytes to the
// answer's.
func (b *bench) overHTTP(ctx context.Context, client int) error {
	n := b.keys.Add(1)
	body, err := json.Marshal(map[string]any{"version": b.versions[client], "address": "bench " + strconv.FormatInt(n, 10)})
	if err != nil {
		return err
	}
	rec, err := b.ask(ctx, http.MethodPost, "/api/v1/org/units/"+b.units[client].String(), body, map[string]string{
		"Authorization": "Bearer " + b.token, "Content-Type": "application/json", "Idempotency-Key": "http-" + strconv.FormatInt(n, 10),
	})
	if err == nil && rec.status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", rec.status, rec.body.String())
	}
	if err == nil {
		b.versions[client]++
	}
	return err
}

// paths are all pages of the program, and forms, searches and records among them.
func (b *bench) paths() []string {
	paths := []string{
		"/o/org.unit.list?text=guichet+42", "/o/org.unit.add", "/o/access.user.list", "/o/access.conflict.list", "/o/access.matrix.list",
		"/org/units/" + b.units[0].String(), "/org/list?text=guichet+42", "/access/users?search=agent+42", "/search?q=guichet+42", "/search?q=agent+42",
		"/search/suggest?q=beni", "/pick/org.unit.list?q=beni", "/pick/access.user.list?q=agent",
	}
	for _, s := range b.app.Screens().All() {
		if !s.Fragment && !strings.Contains(s.Path, "{") {
			paths = append(paths, s.Path)
		}
	}
	slices.Sort(paths)
	return paths
}

// pages measures the pages of these modules, one after the other. A page that does
// not answer ends the benchmark.
func (b *bench) pages(ctx context.Context) ([]PageTime, error) {
	var out []PageTime
	for _, path := range b.paths() {
		p := PageTime{Path: path}
		times := make([]int64, 0, pageSamples)
		before := processorTime()
		for range pageSamples + 1 {
			start := b.app.opt.Now()
			rec, err := b.ask(ctx, http.MethodGet, path, nil, map[string]string{"Cookie": "wasl_session=" + b.session})
			times = append(times, b.app.opt.Now().Sub(start).Microseconds())
			if err != nil || rec.status != http.StatusOK {
				return out, fmt.Errorf("%s: status %d: %w", path, rec.status, err)
			}
			p.Bytes = rec.body.Len()
		}
		p.CPU = (processorTime() - before).Microseconds() / int64(len(times))
		p.First, times = times[0], times[1:]
		slices.Sort(times)
		p.P50, p.P99 = times[len(times)/2], times[len(times)*99/100]
		out = append(out, p)
	}
	return out, nil
}
