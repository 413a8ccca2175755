package op

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"wasl/internal/platform/db"
)

type badTag struct {
	A string `json:"a" in:"obligatory"`
}

type badBound struct {
	A string `json:"a" in:"max=ten"`
}

type badPattern struct {
	A string `json:"a" in:"pattern=roman"`
}

type badType struct {
	A map[string]string `json:"a"`
}

func doNothing[In any](context.Context, *Exec, In) (thingRef, error) { return thingRef{}, nil }

func command[In any](s Spec) func(*Registry) {
	return func(r *Registry) { RegisterCommand(r, s, CommandHandler[In, thingRef]{Do: doNothing[In]}) }
}

func TestRegistryRefusals(t *testing.T) {
	t.Parallel()
	good := Spec{Name: "shop.it.do", Path: "/it", Central: true}
	with := func(change func(*Spec)) Spec {
		s := good
		change(&s)
		return s
	}
	anywhere := func(context.Context, *Exec, nothing) ([]Target, error) { return nil, nil }
	eyes := with(func(s *Spec) { s.FourEyes = true })
	cases := map[string]func(*Registry){
		"":                    command[nothing](good),
		"bad name":            command[nothing](with(func(s *Spec) { s.Name = "Shop.do" })),
		"bad name: one part":  command[nothing](with(func(s *Spec) { s.Name = "shop" })),
		"bad name: five":      command[nothing](with(func(s *Spec) { s.Name = "a.b.c.d.e" })),
		"no path":             command[nothing](with(func(s *Spec) { s.Path = "it" })),
		"no code":             func(r *Registry) { RegisterCommand(r, good, CommandHandler[nothing, thingRef]{}) },
		"no code: get":        func(r *Registry) { RegisterGet(r, good, GetHandler[nothing, thingRef]{}) },
		"no code: list":       func(r *Registry) { RegisterList(r, good, ListHandler[nothing, thing]{}) },
		"no code: job":        func(r *Registry) { RegisterJob(r, good, JobHandler[nothing, bulkState]{}) },
		"units or must":       command[nothing](with(func(s *Spec) { s.Central = false })),
		"four eyes":           command[nothing](with(func(s *Spec) { s.FourEyes, s.Access = true, Signed })),
		"four eyes: get":      func(r *Registry) { RegisterGet(r, eyes, GetHandler[nothing, thingRef]{Do: doNothing[nothing]}) },
		"secret or a file":    command[secretIn](eyes),
		"secret or a file: f": command[filed](eyes),
		"not prepared": func(r *Registry) {
			RegisterCommand(r, eyes, CommandHandler[nothing, thingRef]{
				Prepare: func(context.Context, *Prep, *nothing) error { return nil }, Targets: anywhere, Do: doNothing[nothing],
			})
		},
		"must be a struct": func(r *Registry) {
			RegisterCommand(r, good, CommandHandler[nothing, string]{Do: func(context.Context, *Exec, nothing) (string, error) { return "", nil }})
		},
		"unknown tag obligatory": command[badTag](good),
		"bad bound max=ten":      command[badBound](good),
		"unknown pattern roman":  command[badPattern](good),
		"type not accepted":      command[badType](good),
		"path parameter":         command[nothing](with(func(s *Spec) { s.Path = "/it/{id}" })),
		"registered twice":       func(r *Registry) { command[nothing](good)(r); command[nothing](good)(r) },
		"same path as shop.it.do": func(r *Registry) {
			command[nothing](good)(r)
			command[nothing](with(func(s *Spec) { s.Name = "shop.it.redo" }))(r)
		},
		"unknown right shop.no.one": command[nothing](with(func(s *Spec) { s.Conflicts = []string{"shop.no.one"} })),
	}
	for want, register := range cases {
		r := NewRegistry()
		register(r)
		err := r.Check()
		reason, _, _ := strings.Cut(want, ":")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), reason)) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}

// A query and a change may share a path: the method tells them apart.
func TestRegistryFacts(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	(&shop{}).register(r)
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	set := r.Find("shop.thing.set")
	if got := set.PathParams(); !reflect.DeepEqual(got, []string{"id"}) || set.Method() != "POST" || r.Find("shop.thing.list").Method() != "GET" || set.Module() != "shop" {
		t.Errorf("%v %s", got, set.Method())
	}
	if r.Find("shop.nothing") != nil || set.Field("nothing") != nil {
		t.Error("found what is not there")
	}
	wantRights := []string{
		"shop.bulk", "shop.console", "shop.file", "shop.open", "shop.thing.add", "shop.thing.buy", "shop.thing.buy.approve", "shop.thing.list", "shop.thing.sell",
		"shop.thing.sell.approve", "shop.thing.set", "shop.thing.show", "shop.thing.solo", "shop.thing.solo.approve",
	}
	if got := r.Rights(); !reflect.DeepEqual(got, wantRights) {
		t.Errorf("rights %v", got)
	}
	wantConflicts := []Conflict{
		{"shop.thing.buy", "shop.thing.buy.approve"},
		{"shop.thing.sell", "shop.thing.sell.approve"},
		{"shop.thing.add", "shop.thing.set"},
		{"shop.thing.solo", "shop.thing.solo.approve"},
	}
	if got := r.Conflicts(); !reflect.DeepEqual(got, wantConflicts) {
		t.Errorf("conflicts %v", got)
	}
	both := NewRights(map[string][]Root{"b": {{Unit: 1}}, "a": {{Unit: 2}}, "none": {}})
	if !reflect.DeepEqual(both.Names(), []string{"a", "b", "none"}) || both.Has("none") || !both.Has("a") {
		t.Errorf("rights %v", both.Names())
	}
	var nobody *Rights
	if nobody.Has("a") || nobody.Roots("a") != nil || nobody.Names() != nil {
		t.Error("no rights are rights")
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	calls := 0
	r.Label("unit", func(_ context.Context, _ db.Reader, ids []int64) (map[int64]string, error) {
		calls++
		return map[int64]string{ids[0]: "AG-1"}, nil
	})
	got, err := r.Labels(t.Context(), nil, "unit", []int64{4})
	if err != nil || !reflect.DeepEqual(got, map[int64]string{4: "AG-1"}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := r.Labels(t.Context(), nil, "unit", nil); err != nil || got != nil {
		t.Errorf("no ids: %v, %v", got, err)
	}
	if got, err := r.Labels(t.Context(), nil, "moon", []int64{4}); err != nil || got != nil {
		t.Errorf("unknown kind: %v, %v", got, err)
	}
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	type inner struct {
		Deep string `json:"deep"`
	}
	type row struct {
		inner
		Own    *int64  `json:"own"`
		Hidden string  `json:"-"`
		Token  string  `json:"token" out:"secret"`
		Unit   ID      `json:"unit" out:"ref=unit"`
		Sizes  []inner `json:"sizes"`
	}
	d := newDef[nothing, row](Spec{}, Get)
	var names []string
	for _, c := range d.Columns {
		names = append(names, c.Name+":"+string(c.Type))
	}
	if want := []string{"deep:text", "own:number", "token:text", "unit:id", "sizes:object"}; !reflect.DeepEqual(names, want) {
		t.Errorf("columns %v, want %v", names, want)
	}
	n := int64(4)
	r := row{inner: inner{"d"}, Own: &n, Token: "t"}
	if d.Columns[0].Value(&r) != "d" || d.Columns[1].Value(r) != int64(4) || d.Columns[1].Value(row{}) != nil || !d.Columns[2].Secret || d.Columns[3].Ref != "unit" {
		t.Error("values of columns")
	}
}

func TestSortOf(t *testing.T) {
	t.Parallel()
	d := &Def{Spec: Spec{Name: "a.b"}, Sorts: []string{"name", "-recorded_at"}}
	for asked, want := range map[string]Page{
		"": {Sort: "name"}, "name": {Sort: "name"}, "-name": {Sort: "name", Desc: true}, "recorded_at": {Sort: "recorded_at"}, "-recorded_at": {Sort: "recorded_at", Desc: true},
	} {
		p := Page{Sort: asked}
		if err := d.sortOf(&p); err != nil || !reflect.DeepEqual(p, want) {
			t.Errorf("%q: %+v, %v", asked, p, err)
		}
	}
	for _, asked := range []string{"id", "--name", "name desc", "name;DROP TABLE unit", "-"} {
		if err := d.sortOf(&Page{Sort: asked}); err == nil {
			t.Errorf("%q was accepted", asked)
		}
	}
	d.Sorts = []string{"-recorded_at", "name"}
	p := Page{}
	if err := d.sortOf(&p); err != nil || p.Sort != "recorded_at" || !p.Desc {
		t.Errorf("default: %+v, %v", p, err)
	}
	p = Page{Sort: "anything", Desc: true}
	if err := (&Def{}).sortOf(&p); err != nil || p.Sort != "" || p.Desc {
		t.Errorf("no orders: %+v, %v", p, err)
	}
}

// pagesOf reads a list page by page.
func (e *env) pagesOf(name, sort string, limit int, user int64) (all []thing) {
	e.Helper()
	var after []string
	for range 100 {
		var page []thing
		more, err := e.run.Rows(e.Context(), Request{Name: name, Credential: as(user), Page: Page{Sort: sort, Limit: limit, After: after}}, nil, func(row any) error {
			page = append(page, row.(thing))
			return nil
		})
		if err != nil {
			e.Fatal(err)
		}
		all = append(all, page...)
		if !more {
			return all
		}
		if len(page) != limit {
			e.Fatalf("a page of %d rows says that more follow", len(page))
		}
		after = page[len(page)-1].PageKey(strings.TrimPrefix(sort, "-"))
	}
	e.Fatal("the list does not end")
	return nil
}

// Pages of any size laid end to end are the whole list, in each order and
// direction, with ties and accents.
func TestKeysetPages(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		for i, name := range []string{"b", "a", "b", "é", "Z", "a", "b", "z", "", "e", "b"} {
			e.exec(`INSERT INTO thing (id, unit_id, name, amount, version) VALUES ($1, $2, $3, 0, 1)`, 500-i*7, []int64{1, 10, 11, 20}[i%4], name)
		}
		for _, sort := range []string{"name", "-name", "id", "-id"} {
			whole := e.pagesOf("shop.thing.list", sort, 0, admin)
			if len(whole) != 11 {
				e.Fatalf("%s: %d rows", sort, len(whole))
			}
			for _, limit := range []int{1, 2, 3, 5, 10, 11, 12} {
				if got := e.pagesOf("shop.thing.list", sort, limit, admin); !reflect.DeepEqual(got, whole) {
					e.Errorf("%s by %d: %v\nwant %v", sort, limit, got, whole)
				}
			}
		}
		up, down := e.pagesOf("shop.thing.list", "id", 0, admin), e.pagesOf("shop.thing.list", "-id", 0, admin)
		for i := range up {
			if up[i] != down[len(down)-1-i] || i > 0 && up[i].ID <= up[i-1].ID {
				e.Errorf("order at %d: %v, %v", i, up[i], down[len(down)-1-i])
			}
		}
		// A forged cursor with another number of keys starts the list.
		n := 0
		_, err := e.run.Rows(e.Context(), Request{Name: "shop.thing.list", Credential: as(admin), Page: Page{Sort: "name", After: []string{"only"}}}, nil, func(any) error { n++; return nil })
		if err != nil || n != 11 {
			e.Errorf("forged cursor: %d rows, %v", n, err)
		}
	})
}

func TestKeyText(t *testing.T) {
	t.Parallel()
	if KeyText(now()) != "1773655200000000" || KeyText(ID(7)) != "7" || KeyText("a") != "a" || KeyText(3.5) != "" {
		t.Errorf("%s %s %s", KeyText(now()), KeyText(ID(7)), KeyText("a"))
	}
}

// A noun that two modules have is told apart by the module, where labels say so.
func TestKindOf(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	none := func(context.Context, db.Reader, []int64) (map[int64]string, error) { return nil, nil }
	r.Label("account", none)
	r.Label("ledger_account", none)
	for name, want := range map[string]string{
		"account.account.list": "account", "ledger.account.list": "ledger_account", "org.unit.list": "unit", "alone": "alone",
	} {
		if got := r.KindOf(name); got != want {
			t.Errorf("%s: %s, not %s", name, got, want)
		}
	}
}
