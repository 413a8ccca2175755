package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/module/customer"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// PageLoad is how long a page takes while all clients ask for pages, in microseconds, and
// alone: the best of a few. CPU is the processor time of one asked for alone, client
// included.
type PageLoad struct {
	// Login is whose page it is: that of the administrator of everything, of the head of a
	// region, of an agence, of a cashier of a centre.
	Login string `json:"login"`
	Path  string `json:"path"`
	Bytes int    `json:"bytes"`
	P50   int64  `json:"p50_us"`
	P99   int64  `json:"p99_us"`
	Alone int64  `json:"alone_us"`
	First int64  `json:"first_us"`
	CPU   int64  `json:"cpu_us"`
	// Goal and AloneGoal are the most that P99 and Alone should be; Missed says that one of
	// them is more.
	Goal      int64 `json:"goal_us"`
	AloneGoal int64 `json:"alone_goal_us"`
	Missed    bool  `json:"missed"`
}

// PagesBench is what the benchmark of pages measured (performance page, P9).
type PagesBench struct {
	Engine    string `json:"engine"`
	Clients   int    `json:"clients"`
	Contracts int64  `json:"contracts"`
	Bills     int64  `json:"bills"`
	// PerSecond is pages a second of all clients, who wait for nothing between two pages.
	PerSecond int64 `json:"pages_per_second"`
	// Missed counts the pages beyond a goal.
	Missed int        `json:"missed"`
	Pages  []PageLoad `json:"pages"`
}

const (
	pagesContracts = 1_000_000
	// pagesRounds is how often each client asks for every page.
	pagesRounds = 4
	// pagesAlone is how often a page is asked for alone.
	pagesAlone = 4
	pagesSeed  = 7
	// The goals of P9, in microseconds.
	pagesGoal, pagesAloneGoal = 150_000, 100_000
)

// pagesBench is one run.
type pagesBench struct {
	*bench
	*billingBench
	visits []visit
}

// visit is a page of a person.
type visit struct{ login, session, path string }

// BenchPages measures the pages of a large utility. An empty database is filled first, with
// contracts whose customers have common names and with a bill a month of each; one that
// was filled by it is measured again.
func (a *App) BenchPages(ctx context.Context, contracts, months int, assets *ui.Assets) (PagesBench, error) {
	if contracts == 0 {
		contracts = pagesContracts
	}
	res := PagesBench{Engine: string(a.DB.Engine()), Clients: benchClients}
	p := &pagesBench{bench: &bench{app: a, opt: BenchOptions{Clients: benchClients}}, billingBench: &billingBench{demo: newDemo(a, DemoSize{}, io.Discard)}}
	if err := p.ready(ctx, contracts, max(months, 1)); err != nil {
		return res, err
	}
	var err error
	if res.Contracts, res.Bills, err = p.sizes(ctx); err != nil {
		return res, err
	}
	if p.handler, err = a.Handler(assets); err != nil {
		return res, err
	}
	if err := p.walk(ctx); err != nil {
		return res, err
	}
	if res.Pages, err = p.alone(ctx); err != nil {
		return res, err
	}
	if res.PerSecond, err = p.together(ctx, res.Pages); err != nil {
		return res, err
	}
	for i := range res.Pages {
		l := &res.Pages[i]
		if l.Missed = l.P99 > l.Goal || l.Alone > l.AloneGoal; l.Missed {
			res.Missed++
		}
	}
	return res, nil
}

// ready fills the database unless that was done.
func (p *pagesBench) ready(ctx context.Context, contracts, months int) error {
	a := p.billingBench.app
	filled, err := a.filledForPages(ctx)
	if err != nil || filled {
		return err
	}
	p.people = newDemoMaker(pagesSeed, a.Today())
	first := day.MonthOf(a.Today()).Add(-months)
	if err := p.fill(ctx, contracts, first.Add(-1).First()); err != nil {
		return err
	}
	for i := range months {
		if _, err := p.bill(ctx, first.Add(i), i); err != nil {
			return err
		}
	}
	return a.Ledger.Fold(ctx, a.DB) // as the server would have done
}

// live gives a supply a person and a place.
func (m *demoMaker) live(s *customer.Supply) {
	town := m.town()
	who := m.someone(town)
	s.Customer.Name, s.Customer.NameAr, s.Customer.CIN, s.Customer.Phone, s.Customer.City = who["name"], who["name_ar"], who["cin"], who["phone"], town.name
	s.Point.Address, s.Point.Locality = strconv.Itoa(1+m.rand.IntN(240))+", "+m.pick(m.streets)["name"], town.name
}

// get asks for a page and gives how long it took and how long it is.
func (p *pagesBench) get(ctx context.Context, v visit) (time.Duration, int, error) {
	now := p.now()
	start := now()
	rec, err := p.ask(ctx, http.MethodGet, v.path, nil, map[string]string{"Cookie": "wasl_session=" + v.session})
	took := now().Sub(start)
	if err == nil && rec.status != http.StatusOK {
		err = fmt.Errorf("%s: status %d", v.path, rec.status)
	}
	return took, rec.body.Len(), err
}

// sign signs a person in.
func (p *pagesBench) sign(ctx context.Context, login, password string) (session string, err error) {
	a := p.billingBench.app
	res, err := a.Runner.Run(ctx, op.Request{
		Name: "access.login", Credential: op.Credential{Channel: op.Web, Address: "127.0.0.1"}, Input: op.Input{"login": login, "password": password},
	})
	if err != nil {
		return "", err
	}
	return secretIn(a.Registry.Find("access.login"), res.Out), nil
}

// now is a clock that runs.
func (p *pagesBench) now() func() time.Time {
	a := p.billingBench.app
	if a.clock != nil { // the demonstration may have stopped it
		return a.clock.real
	}
	return a.opt.Now
}

// alone asks for every page with nobody else there.
func (p *pagesBench) alone(ctx context.Context) ([]PageLoad, error) {
	var out []PageLoad
	for _, v := range p.visits {
		l := PageLoad{Login: v.login, Path: v.path, Goal: pagesGoal, AloneGoal: pagesAloneGoal}
		before := processorTime()
		for i := range pagesAlone + 1 {
			took, size, err := p.get(ctx, v)
			if err != nil {
				return out, err
			}
			switch l.Bytes = size; {
			case i == 0:
				l.First, l.Alone = took.Microseconds(), took.Microseconds()
			default:
				l.Alone = min(l.Alone, took.Microseconds())
			}
		}
		l.CPU = (processorTime() - before).Microseconds() / (pagesAlone + 1)
		out = append(out, l)
	}
	return out, nil
}

// together lets all clients ask for all pages, each beginning elsewhere, and gives pages a
// second.
func (p *pagesBench) together(ctx context.Context, into []PageLoad) (int64, error) {
	took := make([][]int64, len(p.visits))
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed atomic.Value
	start := p.now()()
	for c := range p.bench.opt.Clients {
		all.Go(func() {
			for i := range pagesRounds * len(p.visits) {
				at := (i + c*len(p.visits)/p.bench.opt.Clients) % len(p.visits)
				d, _, err := p.get(ctx, p.visits[at])
				if err != nil || failed.Load() != nil {
					failed.CompareAndSwap(nil, errOr(err))
					return
				}
				mu.Lock()
				took[at] = append(took[at], d.Microseconds())
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	done := 0
	for i, times := range took {
		slices.Sort(times)
		into[i].P50, into[i].P99 = times[len(times)/2], times[len(times)*99/100]
		done += len(times)
	}
	return int64(done) * int64(time.Second) / max(int64(p.now()().Sub(start)), 1), nil
}

// errOr is the error, or that another client failed.
func errOr(err error) error {
	if err != nil {
		return err
	}
	return context.Canceled
}

// walk gives the pages: all that need no record, and lists, searches and records, of the
// administrator; lists and searches of the others, as far as they may open them.
func (p *pagesBench) walk(ctx context.Context) error {
	m, err := p.record(ctx)
	if err != nil {
		return err
	}
	add := func(login, session string, paths []string) {
		for _, path := range paths {
			p.visits = append(p.visits, visit{login, session, path})
		}
	}
	session, err := p.sign(ctx, demoAdmin, demoPassword)
	if err != nil {
		return err
	}
	add(demoAdmin, session, p.everything(m))
	for _, person := range demoPeople() {
		if !slices.Contains([]string{"a.mesbahi", "n.berrada", "s.idrissi"}, person["login"]) {
			continue
		}
		if session, err = p.sign(ctx, person["login"], person["password"]); err != nil {
			return err
		}
		var own []string
		for _, path := range searches([]string{"/", "/board", "/ledger", "/customers", "/contracts", "/service-points", "/billing/bills", "/ledger/items"}) {
			rec, err := p.ask(ctx, http.MethodGet, path, nil, map[string]string{"Cookie": "wasl_session=" + session})
			if err != nil {
				return err
			}
			if rec.status == http.StatusOK {
				own = append(own, path)
			}
		}
		add(person["login"], session, own)
	}
	return nil
}

// searches adds searches to some pages.
func searches(paths []string) []string {
	for _, name := range pagesNames() {
		paths = append(paths, query("/customers", "text", name), query("/contracts", "text", name), query("/collection/counter", "find", name),
			query("/search", "q", name), query("/search/suggest", "q", name))
	}
	return paths
}

// everything is the pages of the administrator.
func (p *pagesBench) everything(m pagesRecord) []string {
	var paths []string
	for _, s := range p.billingBench.app.Screens().All() {
		if !s.Fragment && !strings.Contains(s.Path, "{") {
			paths = append(paths, s.Path)
		}
	}
	paths = searches(paths)
	for _, number := range []string{m.number, m.code} {
		paths = append(paths, query("/collection/counter", "find", number), query("/search/suggest", "q", number))
	}
	return append(paths,
		"/customers/"+m.customer, "/contracts/"+m.contract, "/service-points/"+m.point, "/accounts/"+m.account, "/org/units/"+m.unit,
		"/billing/bills/"+m.account+"/"+m.bill, "/billing/runs/"+m.run, query("/ledger/items/"+m.item, "receivable_account", m.account),
		query("/billing/bills", "account", m.account), query("/billing/bills", "run", m.run), query("/ledger/items", "receivable_account", m.account),
		query("/collection/counter", "customer", m.customer, "account", m.account), query("/contracts", "state", "active"),
		query("/contracts", "state", "ended"), query("/ledger", "unit", m.unit), query("/board", "unit", m.unit), query("/customers", "unit", m.unit),
		query("/contracts", "unit", m.unit), query("/billing/bills", "unit", m.unit), query("/ledger/items", "unit", m.unit),
	)
}

// pagesNames are searched for: one that many have, two together, the beginning of one.
func pagesNames() []string { return []string{"mohamed", "mohamed alaoui", "moh", "el idrissi"} }

// query is a path with its values.
func query(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + values.Encode()
}
