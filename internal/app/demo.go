package app

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"wasl/internal/delivery/web"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

//go:embed demo/units.csv
var demoUnits []byte

//go:embed demo/users.csv
var demoUsers string

//go:embed demo/holidays.csv
var demoHolidays string

const (
	demoAdmin    = "admin"
	demoPassword = "tenir-la-maison-ouverte"
	demoTop      = "DC"
)

// demoAccounts are the ready accounts, shown at the sign-in page of the demo only.
func (a *App) demoAccounts() []web.DemoAccount {
	if !a.opt.Demo {
		return nil
	}
	out := []web.DemoAccount{{Login: demoAdmin, Password: demoPassword, Role: a.Texts.Printer("fr").T("demo.admin")}}
	for _, u := range demoPeople() {
		if u["password"] != "" {
			out = append(out, web.DemoAccount{Login: u["login"], Password: u["password"], Role: u["function"]})
		}
	}
	return out
}

// demoRows reads an embedded table by the names of its columns.
func demoRows(body string) []map[string]string {
	r := csv.NewReader(strings.NewReader(body))
	r.Comma = ';'
	lines, err := r.ReadAll()
	if err != nil || len(lines) == 0 {
		return nil
	}
	var out []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		out = append(out, row)
	}
	return out
}

func demoPeople() []map[string]string { return demoRows(demoUsers) }

// DemoSize asks for more than the ready utility, for measures at real sizes.
type DemoSize struct {
	// Units and Users are the totals wanted; less than the ready ones changes
	// nothing.
	Units, Users int
	// Contracts wanted; ContractsDefault when 0, none when negative.
	Contracts int
	// Seed makes everything that is drawn repeatable: the same seed on the same day gives
	// the same database, but for the salts of its passwords.
	Seed int64
}

// demo fills an empty database through the operations themselves.
type demo struct {
	app  *App
	out  io.Writer
	size DemoSize
	// cycle is the month that is being read and billed.
	cycle day.Month
	// ids by code or login.
	units, users, roles map[string]op.ID
	meters              []demoMeter
	routes              []demoRoute
	// payments are those to come, by agence.
	payments map[string][]demoPayment
}

// Demo fills an empty database with a coherent utility and says on out what it
// does. It is refused on a database that has a user already.
func (a *App) Demo(ctx context.Context, size DemoSize, out io.Writer) error {
	d := newDemo(a, size, out)
	if a.clock != nil {
		defer a.clock.release()
	}
	steps := []func(context.Context) error{
		d.setup,
		func(ctx context.Context) error { return d.importUnits(ctx, "demo.csv", demoUnits) },
		func(ctx context.Context) error { return d.moreUnits(ctx, size.Units) },
		d.people, d.grants, d.tariffs, d.money,
		func(ctx context.Context) error { return d.morePeople(ctx, size.Users) },
	}
	if size.Contracts >= 0 {
		steps = append(steps, func(ctx context.Context) error { return d.customers(ctx, size.Contracts, size.Seed) }, d.placed, d.walks, d.past, d.present,
			d.cheques, d.yesterday)
	}
	steps = append(steps, d.today, d.life)
	if size.Contracts >= 0 {
		steps = append(steps, d.desks, d.chequeBack)
	}
	steps = append(steps, func(ctx context.Context) error { return a.Ledger.Fold(ctx, a.DB) })
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out, a.Texts.Printer("fr").T("demo.done", "units", int64(len(d.units)), "users", int64(len(d.users))))
	return err
}

// demoRead is the first day of a month on which it can be the month under way: before,
// nothing of it is read.
const demoRead = 15

// newDemo is the filling of an app.
func newDemo(a *App, size DemoSize, out io.Writer) *demo {
	d := &demo{app: a, out: out, size: size, units: map[string]op.ID{}, users: map[string]op.ID{}, roles: map[string]op.ID{}, payments: map[string][]demoPayment{}}
	today := a.Today()
	if a.clock != nil {
		today = day.Of(a.clock.real())
	}
	d.cycle = demoCycle(today)
	return d
}

// demoCycle is the month that is being read and billed on a day.
func demoCycle(today day.Date) day.Month {
	if today.Day() < demoRead {
		return day.MonthOf(today).Add(-1)
	}
	return day.MonthOf(today)
}

// at sets the clock to the morning of a day of a month.
func (d *demo) at(first day.Date, dayOfMonth int) {
	if d.app.clock != nil {
		d.app.clock.set(first.AddDays(dayOfMonth-1), demoHour)
	}
}

// today sets the clock to this morning.
func (d *demo) today(context.Context) error {
	if d.app.clock != nil {
		d.at(day.Of(d.app.clock.real()), 1)
	}
	return nil
}

// before sets the clock to yesterday morning.
func (d *demo) before() {
	if d.app.clock != nil {
		d.at(day.Of(d.app.clock.real()).AddDays(-1), 1)
	}
}

// words are those of the demonstration, in French.
func (d *demo) words(key string) string { return d.app.Texts.Printer("fr").T(key) }

// run carries out one operation as somebody at the console.
func (d *demo) run(ctx context.Context, login, name string, pairs ...string) (op.Result, error) {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Add(pairs[i], pairs[i+1])
		}
	}
	res, err := d.app.Runner.Run(ctx, op.Request{
		Name: name, Credential: op.Credential{Channel: op.Console, Login: login}, Input: op.FromValues(values), RequestID: "demo",
	})
	if err != nil {
		return res, fmt.Errorf("%s: %w", name, err)
	}
	return res, nil
}

// setup makes the first administrator by the one-time link, as a person would.
func (d *demo) setup(ctx context.Context) error {
	link, err := d.app.SetupLink(ctx, "")
	if err != nil {
		return err
	}
	_, token, found := strings.Cut(link, "link=")
	if !found {
		return fault.New(fault.Precondition, "demo.not_empty")
	}
	t := d.app.Texts.Printer("fr")
	_, err = d.app.Runner.Run(ctx, op.Request{Name: "access.setup", Credential: op.Credential{Channel: op.Console}, RequestID: "demo", Input: op.Input{
		"link": token, "login": demoAdmin, "name": t.T("demo.admin"), "password": demoPassword, "unit_code": demoTop, "unit_name": t.T("demo.top"),
	}})
	return err
}

// importUnits runs the import job on a file.
func (d *demo) importUnits(ctx context.Context, name string, body []byte) error {
	res, err := d.app.Runner.Run(ctx, op.Request{
		Name: "org.unit.import", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, RequestID: "demo",
		Input: op.Input{"file": op.NewUpload(name, body)},
	})
	if err != nil {
		return err
	}
	if err := d.finish(ctx, "org.unit.import", res); err != nil {
		return err
	}
	return d.learn(ctx, "org.unit.list", "code", d.units)
}

// work runs a job to its end as somebody at the console.
func (d *demo) work(ctx context.Context, login, name string, pairs ...string) error {
	res, err := d.run(ctx, login, name, pairs...)
	if err != nil {
		return err
	}
	return d.finish(ctx, name, res)
}

// finish carries out the job that an operation has queued.
func (d *demo) finish(ctx context.Context, name string, res op.Result) error {
	queued, ok := res.Out.(op.QueuedJob)
	if !ok {
		return fault.New(fault.Internal, "internal")
	}
	if err := d.app.Queue.RunJob(ctx, queued.Job); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	show, err := d.run(ctx, demoAdmin, "job.show", "id", queued.Job.String())
	if err != nil {
		return err
	}
	if j, ok := show.Out.(job.Job); !ok || j.State != job.Done {
		return fault.New(fault.Precondition, "demo.import", "operation", name, "code", j.ErrorCode)
	}
	return nil
}

// importFile imports the right rows of a file for a unit, and waits for the end.
func (d *demo) importFile(ctx context.Context, operation, name string, body []byte, unit op.ID) error {
	res, err := d.app.Runner.Run(ctx, op.Request{
		Name: operation, Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, RequestID: "demo",
		Input: op.Input{"file": op.NewUpload(name, body), "unit": unit.String(), "mode": "valid"},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return d.finish(ctx, operation, res)
}

// learn reads the ids of a list by one of its columns.
func (d *demo) learn(ctx context.Context, name, column string, into map[string]op.ID) error {
	def := d.app.Registry.Find(name)
	_, err := d.app.Runner.Rows(ctx, op.Request{Name: name, Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{}}, nil,
		func(row any) error {
			var id op.ID
			key := ""
			for _, c := range def.Columns {
				if c.Name == "id" {
					id, _ = c.Value(row).(op.ID)
				}
				if c.Name == column {
					key, _ = c.Value(row).(string)
				}
			}
			into[key] = id
			return nil
		})
	return err
}

// moreUnits adds centres and counters under the ready agences up to a total.
func (d *demo) moreUnits(ctx context.Context, total int) error {
	if total <= len(d.units) {
		return nil
	}
	var b strings.Builder
	b.WriteString("code;kind;name;parent;valid_from;address;phone;email\n")
	agences := []string{"AG-BM", "AG-KH", "AG-SE", "AG-EJ", "AG-SF"}
	const perCentre = 9
	centre := ""
	for i := 0; len(d.units)+i < total; i++ {
		if i%(perCentre+1) == 0 {
			centre = fmt.Sprintf("C%05d", i)
			fmt.Fprintf(&b, "%s;centre;Centre %d;%s;2020-01-01;;;\n", centre, i, agences[i/(perCentre+1)%len(agences)])
			continue
		}
		fmt.Fprintf(&b, "U%05d;unit;Guichet %d;%s;2021-01-01;;;\n", i, i, centre)
	}
	return d.importUnits(ctx, "demo-more.csv", []byte(b.String()))
}

// people adds the users; those with a password choose it by their invitation.
func (d *demo) people(ctx context.Context) error {
	for _, u := range demoPeople() {
		res, err := d.run(ctx, demoAdmin, "access.user.add", "login", u["login"], "name", u["name"], "function", u["function"],
			"unit", d.units[u["unit"]].String())
		if err != nil {
			return err
		}
		if u["password"] == "" {
			continue
		}
		link := ""
		for _, c := range d.app.Registry.Find("access.user.add").Columns {
			if c.Name == "link" {
				link, _ = c.Value(res.Out).(string)
			}
		}
		if _, err := d.run(ctx, "", "access.invitation", "link", link, "password", u["password"]); err != nil {
			return err
		}
	}
	if err := d.learn(ctx, "access.user.list", "login", d.users); err != nil {
		return err
	}
	return d.learn(ctx, "access.role.list", "code", d.roles)
}

// grants gives each person the role of his function. The first one makes a second
// administrator; from then on the other person approves.
func (d *demo) grants(ctx context.Context) error {
	second := ""
	for _, u := range demoPeople() {
		res, err := d.run(ctx, demoAdmin, "access.grant.add", "user", d.users[u["login"]].String(), "role", d.roles[u["role"]].String(),
			"unit", d.units[u["unit"]].String(), "limit", u["limit"], "valid_from", "", "reason", d.app.Texts.Printer("fr").T("demo.reason"))
		if err != nil {
			return err
		}
		if res.Outcome == op.Proposed {
			if err := d.approve(ctx, second, res.Proposal); err != nil {
				return err
			}
		}
		if second == "" {
			second = u["login"]
		}
	}
	return nil
}

func (d *demo) approve(ctx context.Context, login string, id op.ID) error {
	_, err := d.run(ctx, login, "approval.approve", "id", id.String(), "version", "1")
	return err
}

// money adds the legal entity, its fiscal regime and the days not worked; all of
// them are examples, to be set by the utility.
func (d *demo) money(ctx context.Context) error {
	t := d.app.Texts.Printer("fr")
	res, err := d.run(ctx, demoAdmin, "org.entity.add", "code", "OFFICE", "name", t.T("demo.entity"), "legal_form", t.T("demo.legal_form"),
		"ice", "001234567000089")
	if err != nil {
		return err
	}
	entity := idOf(d.app.Registry.Find("org.entity.add"), res.Out)
	res, err = d.run(ctx, demoAdmin, "org.entity.fiscal_set", "id", entity.String(), "parameter", "vat_regime", "value", "encaissement",
		"valid_from", "2024-01-01", "reason", t.T("demo.reason"))
	if err != nil {
		return err
	}
	if res.Outcome == op.Proposed {
		if err := d.approve(ctx, "z.alami", res.Proposal); err != nil {
			return err
		}
	}
	if _, err := d.run(ctx, demoAdmin, "org.unit.assign", "id", d.units[demoTop].String(), "entity", entity.String(), "services", "water", "services",
		"electricity", "services", "sanitation", "valid_from", d.app.Today().String(), "reason", t.T("demo.reason")); err != nil {
		return err
	}
	for _, h := range demoRows(demoHolidays) {
		if _, err := d.run(ctx, demoAdmin, "org.holiday.add", "date", h["date"], "label", h["label"], "kind", h["kind"]); err != nil {
			return err
		}
	}
	_, err = d.run(ctx, demoAdmin, "org.operator.add", "code", "OP-EX", "name", t.T("demo.operator"), "kind", "distributor", "services", "water")
	return err
}

// life leaves what a real day leaves: a planned move and a request that waits.
func (d *demo) life(ctx context.Context) error {
	t := d.app.Texts.Printer("fr")
	show, err := d.run(ctx, demoAdmin, "org.unit.show", "id", d.units["BJ"].String())
	if err != nil {
		return err
	}
	version := intOf(d.app.Registry.Find("org.unit.show"), show.Out, "version")
	next := d.app.Today().AddMonths(2)
	if _, err := d.run(ctx, demoAdmin, "org.unit.move", "id", d.units["BJ"].String(), "version", strconv.FormatInt(version, 10),
		"parent", d.units["AG-FB"].String(), "valid_from", next.String(), "reason", t.T("demo.move")); err != nil {
		return err
	}
	_, err = d.run(ctx, "c.mouline", "access.grant.add", "user", d.users["s.idrissi"].String(), "role", d.roles["CHEF"].String(),
		"unit", d.units["BM"].String(), "valid_to", d.app.Today().AddDays(12).String(), "limit", "500.00", "reason", t.T("demo.request"))
	return err
}

// morePeople adds users without a password up to a total.
func (d *demo) morePeople(ctx context.Context, total int) error {
	codes := make([]string, 0, len(d.units))
	for code := range d.units {
		codes = append(codes, code)
	}
	for i := len(d.users); i < total; i++ {
		login := fmt.Sprintf("agent%05d", i)
		unit := d.units[codes[i%len(codes)]]
		if _, err := d.run(ctx, demoAdmin, "access.user.add", "login", login, "name", fmt.Sprintf("Agent %05d", i), "unit", unit.String()); err != nil {
			return err
		}
		d.users[login] = 0
	}
	return nil
}

func idOf(def *op.Def, out any) op.ID {
	for _, c := range def.Columns {
		if c.Name == "id" {
			id, _ := c.Value(out).(op.ID)
			return id
		}
	}
	return 0
}

func intOf(def *op.Def, out any, column string) int64 {
	for _, c := range def.Columns {
		if c.Name == column {
			n, _ := c.Value(out).(int64)
			return n
		}
	}
	return 0
}
