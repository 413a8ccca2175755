package apptest

import (
	"context"
	"time"

	"wasl/internal/app"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

const (
	dayHours   = 24 * time.Hour
	formerDays = 5
	agentDays  = 50
	ageDays    = 30
	moveDays   = 60
	eventsMax  = 1000
)

// begin is when the utility is made: a Monday morning in Morocco.
func begin() time.Time { return time.Date(2026, time.February, 2, 9, 0, 0, 0, time.UTC) }

// maker makes the utility through the operations.
type maker struct {
	app   *app.App
	clock *dbtest.Clock
	f     *Facts
	// second is the session of who approves.
	second string
}

// makeWorld migrates and fills the database of an app.
func makeWorld(ctx context.Context, a *app.App, clock *dbtest.Clock, empty bool, f *Facts) error {
	*f = Facts{
		Now: clock.Now(), Units: map[string]op.ID{}, Above: map[string]string{}, Users: map[string]op.ID{}, Roles: map[string]op.ID{}, At: map[Place]Records{},
	}
	if _, err := a.Migrate(ctx); err != nil {
		return problemf("migrate", err)
	}
	if err := a.Queue.Install(ctx); err != nil || empty {
		return err
	}
	m := &maker{app: a, clock: clock, f: f}
	for _, step := range []func(context.Context) error{m.setup, m.units, m.people, m.masters, m.tariffs, m.age, m.draft, m.records, m.failures} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	f.Now = clock.Now()
	return nil
}

func (m *maker) do(ctx context.Context, c op.Credential, name string, in op.Input) (op.Result, error) {
	res, err := m.app.Runner.Run(ctx, op.Request{Name: name, Credential: c, Input: in, RequestID: "world"})
	if err != nil {
		return res, problemf(name, err)
	}
	return res, nil
}

// make carries out an operation and gives the id in its answer.
func (m *maker) make(ctx context.Context, c op.Credential, name, column string, in op.Input) (op.ID, error) {
	res, err := m.do(ctx, c, name, in)
	if err != nil {
		return 0, err
	}
	for _, col := range m.app.Registry.Find(name).Columns {
		if id, ok := col.Value(res.Out).(op.ID); ok && col.Name == column {
			return id, nil
		}
	}
	return 0, nil
}

func (m *maker) secretOf(name string, out any) string {
	for _, c := range m.app.Registry.Find(name).Columns {
		if text, _ := c.Value(out).(string); c.Secret && text != "" {
			return text
		}
	}
	return ""
}

// setup makes the first administrator by the one-time link.
func (m *maker) setup(ctx context.Context) error {
	link, err := m.app.SetupLink(ctx, "")
	if err != nil {
		return err
	}
	const before = len("/setup?link=")
	m.f.Units["DC"], err = m.make(ctx, op.Credential{Channel: op.Web}, "access.setup", "unit", op.Input{
		"link": link[before:], "login": Admin, "name": "Zineb Alami", "password": Password, "unit_code": "DC", "unit_name": "Direction centrale",
	})
	return err
}

func (m *maker) units(ctx context.Context) error {
	for _, u := range [][3]string{
		{"R1", "region", "DC"},
		{"R2", "region", "DC"},
		{"A1", "agency_mixed", "R1"},
		{"A2", "agency_mixed", "R1"},
		{"A3", "agency_mixed", "R2"},
		{"A4", "agency_service", "R2"},
		{"C11", "centre", "A1"},
		{"C12", "centre", "A1"},
		{"C21", "centre", "A2"},
		{"C31", "centre", "A3"},
		{"C41", "centre", "A4"},
		{"U111", "unit", "C11"},
		{"U121", "unit", "C12"},
		{"U211", "unit", "C21"},
		{"U311", "unit", "C31"},
	} {
		if err := m.unit(ctx, u[0], u[1], u[2]); err != nil {
			return err
		}
	}
	for _, p := range Places() {
		kind := "unit"
		if p == Parent {
			kind = "centre"
		}
		for _, letter := range []string{"L", "X", "M"} {
			if err := m.unit(ctx, letter+"-"+p.code(), kind, p.code()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *maker) unit(ctx context.Context, code, kind, parent string) (err error) {
	m.f.Above[code] = parent
	m.f.Units[code], err = m.make(ctx, Console(Admin), "org.unit.add", "id", op.Input{
		"code": code, "kind": kind, "name": "Lieu " + code, "parent": m.f.Units[parent].String(), "opened_on": "2020-01-01",
	})
	return err
}

// people makes everybody and gives the roles.
func (m *maker) people(ctx context.Context) error {
	if err := m.learnRoles(ctx); err != nil {
		return err
	}
	if err := m.user(ctx, Second, "DC", true); err != nil {
		return err
	}
	if err := m.grant(ctx, Second, "ADMIN", "DC", 0); err != nil {
		return err
	}
	res, err := m.do(ctx, op.Credential{Channel: op.Web}, "access.login", op.Input{"login": Second, "password": Password})
	if err != nil {
		return err
	}
	m.second = m.secretOf("access.login", res.Out)
	for _, login := range []string{Actor, Nobody, Former} {
		if err := m.user(ctx, login, "A1", true); err != nil {
			return err
		}
	}
	if err := m.grant(ctx, Actor, "ADMIN", "A1", 0); err != nil {
		return err
	}
	if err := m.grant(ctx, Former, "ADMIN", "A1", formerDays); err != nil {
		return err
	}
	for _, p := range Places() {
		if err := m.team(ctx, p); err != nil {
			return err
		}
	}
	_, err = m.app.Runner.DispatchEvents(ctx, eventsMax)
	return err
}

func (m *maker) learnRoles(ctx context.Context) error {
	list := m.app.Registry.Find("access.role.list")
	_, err := m.app.Runner.Rows(ctx, op.Request{Name: list.Name, Credential: Console(Admin), Input: op.Input{}}, nil, func(row any) error {
		var id op.ID
		var code string
		for _, c := range list.Columns {
			switch c.Name {
			case "id":
				id, _ = c.Value(row).(op.ID)
			case "code":
				code, _ = c.Value(row).(string)
			}
		}
		m.f.Roles[code] = id
		return nil
	})
	return err
}

// team makes the people of a place.
func (m *maker) team(ctx context.Context, p Place) error {
	for login, password := range map[string]bool{p.Chef(): true, p.Agent(): true, "verrou." + string(p): false} {
		if err := m.user(ctx, login, p.code(), password); err != nil {
			return err
		}
	}
	locked := m.f.Users["verrou."+string(p)]
	if _, err := m.do(ctx, Console(Admin), "access.user.lock", op.Input{"id": locked.String(), "version": "1", "reason": "Absence longue"}); err != nil {
		return err
	}
	if err := m.grant(ctx, p.Chef(), "ADMIN", p.code(), 0); err != nil {
		return err
	}
	return m.grant(ctx, p.Agent(), "LECTEUR", p.code(), agentDays)
}

func (m *maker) user(ctx context.Context, login, unit string, password bool) error {
	res, err := m.do(ctx, Console(Admin), "access.user.add", op.Input{"login": login, "name": "Personne " + login, "unit": m.f.Units[unit].String()})
	if err != nil {
		return err
	}
	for _, c := range m.app.Registry.Find("access.user.add").Columns {
		if id, ok := c.Value(res.Out).(op.ID); ok {
			m.f.Users[login] = id
		}
	}
	if !password {
		return nil
	}
	_, err = m.do(ctx, op.Credential{Channel: op.Web}, "access.invitation", op.Input{"link": m.secretOf("access.user.add", res.Out), "password": Password})
	return err
}

// grant gives a role, by the second person as soon as there is one; days is how
// long, 0 without end.
func (m *maker) grant(ctx context.Context, login, role, unit string, days int) error {
	in := op.Input{
		"user": m.f.Users[login].String(), "role": m.f.Roles[role].String(), "unit": m.f.Units[unit].String(), "reason": "Affectation",
	}
	if days > 0 {
		in["valid_to"] = m.app.Today().AddDays(days).String()
	}
	res, err := m.do(ctx, Console(Admin), "access.grant.add", in)
	if err != nil || res.Proposal == 0 {
		return err
	}
	_, err = m.do(ctx, op.Credential{Channel: op.Web, Token: m.second}, "approval.approve", op.Input{"id": res.Proposal.String(), "version": "1"})
	return err
}

// masters makes what belongs to no unit.
func (m *maker) masters(ctx context.Context) (err error) {
	if m.f.Entity, err = m.make(ctx, Console(Admin), "org.entity.add", "id", op.Input{"code": "SRM-1", "name": "Entreprise exemple"}); err != nil {
		return err
	}
	m.f.Operator, err = m.make(ctx, Console(Admin), "org.operator.add", "id", op.Input{
		"code": "OP-1", "name": "Gestionnaire exemple", "kind": "distributor", "services": []any{"water", "electricity"},
	})
	if err != nil {
		return err
	}
	m.f.Free, err = m.make(ctx, Console(Admin), "access.role.add", "id", op.Input{"code": "LIBRE", "name": "Sans titulaire", "rights": []any{"org.unit.list"}})
	return err
}

// age lets weeks pass: the grant of Former ends, the audit is sealed.
func (m *maker) age(ctx context.Context) error {
	m.clock.Advance(ageDays * dayHours)
	if err := m.app.Seal(ctx); err != nil {
		return err
	}
	m.f.MoveOn, m.f.HolidayOn = m.app.Today().AddDays(moveDays).String(), "2026-05-01"
	return nil
}

func (m *maker) records(ctx context.Context) error {
	to := map[Place]string{Own: "C11", Parent: "A1", Child: "A1", Sibling: "C21", Other: "C31"}
	for _, p := range Places() {
		r := Records{
			Unit: m.f.Units[p.code()], Leaf: m.f.Units["L-"+p.code()], Closed: m.f.Units["X-"+p.code()], Moving: m.f.Units["M-"+p.code()], LeafTo: m.f.Units[to[p]],
			Agent: m.f.Users[p.Agent()], Locked: m.f.Users["verrou."+string(p)],
		}
		for _, step := range []func(context.Context, Place, *Records) error{m.changes, m.supply, m.metering, m.books, m.files, m.requests} {
			if err := step(ctx, p, &r); err != nil {
				return problemf(string(p), err)
			}
		}
		m.f.At[p] = r
	}
	return nil
}

// changes are what administrators do with the units of a place.
func (m *maker) changes(ctx context.Context, p Place, r *Records) (err error) {
	const reason = "Organisation"
	if _, err = m.do(ctx, Console(Admin), "org.unit.close", op.Input{
		"id": r.Closed.String(), "version": "1", "closed_on": m.app.Today().AddDays(-1).String(), "reason": reason,
	}); err != nil {
		return err
	}
	if _, err = m.do(ctx, Console(Admin), "org.unit.move", op.Input{
		"id": r.Moving.String(), "version": "1", "parent": r.LeafTo.String(), "valid_from": m.f.MoveOn, "reason": reason,
	}); err != nil {
		return err
	}
	if _, err = m.do(ctx, Console(Admin), "org.unit.assign", op.Input{
		"id": r.Unit.String(), "entity": m.f.Entity.String(), "services": []any{"electricity"}, "valid_from": "2024-01-01", "reason": reason,
	}); err != nil {
		return err
	}
	if r.Holiday, err = m.make(ctx, Console(Admin), "org.holiday.add", "id", op.Input{
		"date": m.f.HolidayOn, "label": "Foire " + p.code(), "kind": "exceptional", "unit": r.Unit.String(),
	}); err != nil {
		return err
	}
	r.Session, err = m.make(ctx, op.Credential{Channel: op.Web, Address: Address}, "access.login", "session", op.Input{"login": p.Agent(), "password": Password})
	return err
}

// supply are the customers of a place: one with a contract, a ministry without, and a
// free service point.
func (m *maker) supply(ctx context.Context, p Place, r *Records) (err error) {
	unit, code := r.Unit.String(), p.code()
	for _, step := range []struct {
		to   *op.ID
		name string
		in   op.Input
	}{
		{&r.Customer, "customer.customer.add", op.Input{
			"code": "CU-" + code, "unit": unit, "name": "Amina Ben Said", "nature": "private", "cin": "BE45678", "phone": "0612345678",
		}},
		{&r.Ministry, "customer.customer.add", op.Input{
			"code": "MI-" + code, "unit": unit, "name": "Ministere exemple", "nature": "state", "ministry": "Sante", "authorising_officer": "Delegue",
			"public_accountant": "Tresorerie provinciale", "budget_line": "12-34",
		}},
		{&r.Point, "customer.service_point.add", op.Input{
			"code": "PT-" + code, "unit": unit, "service": "water", "address": "12 rue de la Source", "connection": "individual", "diameter_mm": "15",
		}},
		{&r.FreePoint, "customer.service_point.add", op.Input{
			"code": "PL-" + code, "unit": unit, "service": "electricity", "address": "14 rue de la Source", "connection": "individual",
		}},
	} {
		if *step.to, err = m.make(ctx, Console(Admin), step.name, "id", step.in); err != nil {
			return err
		}
	}
	in := op.Input{
		"code": "AB-" + code, "customer": r.Customer.String(), "service_point": r.Point.String(), "starts_on": "2024-01-01", "category": "DOM", "tariff": TariffCode,
		"vat_use": "domestic",
	}
	if r.Contract, err = m.make(ctx, Console(Admin), "customer.contract.open", "id", in); err != nil {
		return err
	}
	in["code"], in["service"] = "AS-"+code, "sanitation"
	delete(in, "tariff") // it prices no sanitation
	r.Account, err = m.make(ctx, Console(Admin), "customer.contract.open", "account", in)
	return err
}

// files are handed in by the chef of the place.
func (m *maker) files(ctx context.Context, p Place, r *Records) (err error) {
	chef := Console(p.Chef())
	for _, job := range []*op.ID{&r.Job, &r.Failed} {
		if *job, err = m.make(ctx, chef, "org.unit.import", "job", op.Input{
			"file": op.NewUpload("lieux.csv", UnitsFile("F-"+p.code(), p.UnitKind(), p.code())), "root": r.Unit.String(),
		}); err != nil {
			return err
		}
	}
	r.Import, err = m.make(ctx, chef, "org.unit.import_check", "import", op.Input{
		"file": op.NewUpload("faux.csv", UnitsFile("F-"+p.code(), p.UnitKind(), "NULLE-PART")), "root": r.Unit.String(),
	})
	return err
}

// UnitsFile is a file that imports one unit.
func UnitsFile(code, kind, parent string) []byte {
	return []byte("code;kind;name;parent;valid_from\n" + code + ";" + kind + ";Lieu " + code + ";" + parent + ";2024-01-01\n")
}

// requests are what the chef of the place asks a second person.
func (m *maker) requests(ctx context.Context, p Place, r *Records) (err error) {
	r.Proposal, err = m.ask(ctx, p, "AUDIT")
	return err
}

func (m *maker) ask(ctx context.Context, p Place, role string) (op.ID, error) {
	res, err := m.do(ctx, Console(p.Chef()), "access.grant.add", op.Input{
		"user": m.f.Users[p.Agent()].String(), "role": m.f.Roles[role].String(), "unit": m.f.Units[p.code()].String(), "reason": "Remplacement",
	})
	return res.Proposal, err
}

// failures breaks what only time breaks: the events of a second request of each
// place, and jobs. It learns the ids nobody answers.
func (m *maker) failures(ctx context.Context) error {
	if _, err := m.app.Runner.DispatchEvents(ctx, eventsMax); err != nil {
		return err
	}
	var failed []op.ID
	for _, p := range Places() {
		if _, err := m.ask(ctx, p, "CHEF"); err != nil {
			return err
		}
		failed = append(failed, m.f.At[p].Failed)
	}
	err := m.app.DB.Write(ctx, db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		id, err := tx.NewID(ctx)
		m.f.LastID = op.ID(id)
		if err != nil {
			return err
		}
		if err := m.batches(ctx, tx); err != nil {
			return err
		}
		return failSome(ctx, tx, failed)
	})
	if err != nil {
		return err
	}
	if _, err := m.do(ctx, Console(Actor), "org.unit.import", op.Input{
		"file": op.NewUpload("lieux.csv", UnitsFile("F-MINE", "centre", "A1")), "root": m.f.Units["A1"].String(),
	}); err != nil {
		return err
	}
	return m.app.DB.Read(ctx, m.learnRecords)
}

// batches are files that were refused, one by the chef of each place, and two maps.
func (m *maker) batches(ctx context.Context, tx db.Tx) error {
	for _, p := range Places() {
		r := m.f.At[p]
		id, err := tx.NewID(ctx)
		if err == nil {
			err = refusedFile(ctx, tx, id, r.Unit, m.f.Users[p.Chef()])
		}
		if err != nil {
			return err
		}
		r.Batch = op.ID(id)
		m.f.At[p] = r
	}
	return savedMaps(ctx, tx, m.f.Users[Admin], "Agence", "Autre")
}

func (m *maker) learnRecords(ctx context.Context, rd db.Reader) error {
	events, err := idsAt(ctx, rd, eventsByUnit)
	if err != nil {
		return err
	}
	audits, err := idsAt(ctx, rd, auditByUnit)
	if err != nil {
		return err
	}
	grants, err := idsAt(ctx, rd, grantsByUnit, m.f.Roles["LECTEUR"])
	if err != nil {
		return err
	}
	for p, r := range m.f.At {
		r.Event, r.Audit, r.Grant = events[r.Unit], audits[r.Unit], grants[r.Unit]
		m.f.At[p] = r
	}
	return nil
}
