package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// trial is one operation tried on one engine.
type trial struct {
	*apptest.World
	d   *op.Def
	s   scenario
	doc map[string]endpoint
	in  map[apptest.Place]op.Input
}

// TestOperations carries out every operation of the registry on every engine,
// on each channel, within reach and out of it, with right and wrong inputs. What
// the runner itself has seen must be complete.
func TestOperations(t *testing.T) {
	t.Parallel()
	all := scenarios(t)
	names := registered(t)
	for name := range all {
		if !slices.Contains(names, name) {
			t.Errorf("a scenario for %s, which is no operation", name)
		}
	}
	var mu sync.Mutex
	var missing []string
	try := func(t *testing.T, c *trial) {
		tryOperation(c)
		mu.Lock()
		defer mu.Unlock()
		missing = append(missing, unseen(c)...)
	}
	t.Run("on", func(t *testing.T) {
		for _, engine := range dbtest.Engines() {
			t.Run(engine, func(t *testing.T) {
				t.Parallel()
				onEngine(t, engine, names, all, try)
			})
		}
	})
	slices.Sort(missing)
	for _, line := range missing {
		t.Error("not seen: " + line)
	}
}

// onEngine tries every operation: each change on a copy of its own, the queries
// one after the other on one that must stay as it was.
func onEngine(t *testing.T, engine string, names []string, all map[string]scenario, try func(*testing.T, *trial)) {
	shared := kit.Open(t, engine, apptest.Options{})
	for _, login := range []string{apptest.Admin, apptest.Actor, apptest.Nobody, apptest.Former, apptest.Own.Chef()} {
		shared.Token(login)
	}
	for _, name := range names {
		s, ok := all[name]
		d := shared.App.Registry.Find(name)
		if ok && !d.Kind.Changes() {
			t.Run(name, func(t *testing.T) {
				w := shared.For(t)
				try(t, ready(w, name, s))
			})
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !ok {
				t.Fatal("no scenario: say in this package how the operation is carried out, refused and replayed")
			}
			try(t, open(t, engine, name, s))
		})
	}
}

// registered are the operations of the program.
func registered(t *testing.T) []string {
	w := kit.Open(t, dbtest.SQLite, apptest.Options{Empty: true})
	var names []string
	for _, d := range w.App.Registry.All() {
		names = append(names, d.Name)
	}
	return names
}

// open gives a trial on a fresh copy, its inputs and people ready.
func open(t *testing.T, engine, name string, s scenario) *trial {
	t.Helper()
	return ready(kit.Open(t, engine, apptest.Options{Empty: s.empty}), name, s)
}

// ready makes the inputs and signs the people in.
func ready(w *apptest.World, name string, s scenario) *trial {
	c := &trial{World: w, d: w.App.Registry.Find(name), s: s, doc: endpoints(w), in: map[apptest.Place]op.Input{}}
	if !s.empty {
		people := []string{s.login(c.d), apptest.Nobody, apptest.Former}
		if c.d.Kind == op.List {
			people = append(people, apptest.Admin)
		}
		if c.d.Central {
			people = append(people, apptest.Own.Chef())
		}
		for _, login := range people {
			w.Session(login)
			w.Token(login)
		}
	}
	c.in[apptest.Own] = s.in(w, apptest.Own)
	if s.reach == units && !c.d.Central && c.d.Access != op.Anyone {
		for _, p := range apptest.Places() {
			c.in[p] = s.in(w, p)
		}
	}
	return c
}

func (c *trial) token(login string) string {
	if c.s.empty || c.d.Access == op.Anyone {
		return ""
	}
	return c.Token(login)
}

func (c *trial) session(login string) string {
	if c.s.empty || c.d.Access == op.Anyone {
		return ""
	}
	return c.Session(login)
}

func (c *trial) console(login string) op.Credential {
	if c.d.Access == op.Anyone {
		return op.Credential{Channel: op.Console}
	}
	return apptest.Console(login)
}

func tryOperation(c *trial) {
	if c.d.ConsoleOnly {
		c.consoleOnly()
		return
	}
	before := c.Dump()
	c.strangers()
	c.unreached()
	c.foreign()
	c.invalid()
	c.dryRun()
	c.sameAs(before, "refusals and trials")
	if c.d.Kind.Changes() {
		c.carriedOut()
		return
	}
	c.asked()
	c.sameAs(before, "a query")
}

// consoleOnly operations are refused on the network.
func (c *trial) consoleOnly() {
	if _, served := c.doc[c.d.Name]; served {
		c.Errorf("served by the API")
	}
	if got := c.byPage(c.Session(apptest.Admin), c.in[apptest.Own], nil); got.status != http.StatusNotFound {
		c.Errorf("page: %v", got)
	}
	if got := c.inProcess(op.Credential{Channel: op.Web, Token: c.Session(apptest.Admin)}, c.in[apptest.Own], "", false); got.code != "operation.console_only" {
		c.Errorf("in process: %v", got)
	}
	in := c.in[apptest.Own]
	stray := maps.Clone(in)
	stray["zzz"] = "1"
	before := c.Dump()
	for _, refused := range []struct {
		login, code string
		in          op.Input
	}{{apptest.Nobody, "right.missing", in}, {apptest.Own.Chef(), "scope.outside", in}, {"", "unauthenticated", in}, {apptest.Admin, "input.invalid", stray}} {
		if got := c.inProcess(apptest.Console(refused.login), refused.in, "", false); got.code != refused.code {
			c.Errorf("console: want %s, got %v", refused.code, got)
		}
	}
	if got := c.inProcess(apptest.Console(apptest.Admin), in, "", true); !got.ok() {
		c.Errorf("trial at the console: %v", got)
	}
	c.sameAs(before, "refusals and trials")
	for range 2 {
		if got := c.inProcess(apptest.Console(apptest.Admin), in, "k", false); !got.ok() {
			c.Errorf("console: %v", got)
		}
	}
}

// refusedEverywhere expects one refusal on all channels.
func (c *trial) refusedEverywhere(what, login string, in op.Input, code string) {
	c.Helper()
	api := c.byAPI(c.token(login), in)
	if api.code != code {
		c.Errorf("%s by API: want %s, got %v", what, code, api)
	}
	if login == "" {
		return
	}
	if got := c.inProcess(c.console(login), in, "", false); got.code != code && c.s.refuse[op.Console] == "" {
		c.Errorf("%s at the console: want %s, got %v", what, code, got)
	}
	if got := c.byPage(c.session(login), in, nil); got.status != api.status {
		c.Errorf("%s by page: want status %d as by API, got %v", what, api.status, got)
	}
}

// strangers: nobody, no grant, a grant that is over.
func (c *trial) strangers() {
	c.Helper()
	if c.d.Access == op.Anyone {
		return
	}
	in := c.in[apptest.Own]
	if got := c.byAPI("", in); got.code != "unauthenticated" || got.status != http.StatusUnauthorized {
		c.Errorf("anonymous by API: %v", got)
	}
	if got := c.byPage("", in, nil); got.status != http.StatusSeeOther || !strings.HasPrefix(got.to, "/login") {
		c.Errorf("anonymous by page: %v to %q", got, got.to)
	}
	if got := c.inProcess(op.Credential{Channel: op.Console}, in, "", false); got.code != "unauthenticated" {
		c.Errorf("anonymous at the console: %v", got)
	}
	code := "right.missing"
	switch {
	case c.d.Access == op.Granted:
	case c.s.reach == units && c.d.Kind != op.List:
		code = c.s.outsideCode()
	default:
		return // what is his own, whoever he is
	}
	c.refusedEverywhere("no grant", apptest.Nobody, in, code)
	c.refusedEverywhere("expired grant", apptest.Former, in, code)
}

// unreached: the records of places the grant does not cover.
func (c *trial) unreached() {
	c.Helper()
	if c.d.Access == op.Granted && c.d.Central {
		// The right held over one's own unit is not enough.
		c.refusedEverywhere("held below the top", apptest.Own.Chef(), c.in[apptest.Own], "scope.outside")
		return
	}
	if c.d.Access == op.Anyone || c.s.reach != units || c.whole() {
		return
	}
	for _, p := range apptest.Places() {
		if p.Reached() || slices.Contains(c.s.open, p) {
			continue
		}
		c.refusedEverywhere(string(p), c.s.login(c.d), c.in[p], c.s.outsideCode())
	}
}

// whole says that the operation is a list narrowed by the grants, not one about
// a record.
func (c *trial) whole() bool { return c.d.Kind == op.List && len(c.in[apptest.Own]) == 0 }

func (c *trial) foreign() {
	if c.s.foreign != nil {
		in := c.s.foreign(c.World)
		before := c.Dump()
		c.refusedEverywhere("somebody else's", c.s.login(c.d), in, c.s.foreignCode)
		c.sameAs(before, "somebody else's record")
	}
}

// dryRun says what would change and changes nothing.
func (c *trial) dryRun() {
	if !c.d.Kind.Changes() {
		return
	}
	login, in := c.s.login(c.d), c.in[apptest.Own]
	before := c.Dump()
	if c.d.Access == op.Anyone {
		if got := c.byAPI(c.token(login), in, "Wasl-Dry-Run", "true"); got.code != "operation.no_dry_run" {
			c.Errorf("trial by API: %v", got)
		}
		c.sameAs(before, "a trial refused")
		return
	}
	if got := c.byAPI(c.token(login), in, "Wasl-Dry-Run", "true"); c.s.refuse[op.API] != "" {
		if got.code != c.s.refuse[op.API] {
			c.Errorf("trial by API: %v", got)
		}
	} else if got.status != http.StatusOK || got.head.Get("Wasl-Dry-Run") != "true" {
		c.Errorf("trial by API: %v", got)
	}
	if got := c.inProcess(c.console(login), in, "", true); got.code != c.s.refuse[op.Console] {
		c.Errorf("trial at the console: %v", got)
	}
	if c.s.page == "" {
		if got := c.byPage(c.session(login), in, url.Values{"_preview": {"1"}}); got.status != http.StatusOK {
			c.Errorf("trial by page: %v", got)
		}
		if c.s.refuse[op.API] != "" {
			if got := c.inProcess(op.Credential{Channel: op.Web, Token: c.session(login)}, in, "", true); !got.ok() {
				c.Errorf("trial in a session: %v", got)
			}
		}
	} else {
		if got := c.inProcess(op.Credential{Channel: op.Web, Token: c.session(login)}, in, "", true); !got.ok() {
			c.Errorf("trial in a session: %v", got)
		}
	}
	c.sameAs(before, "a trial")
}

// sameAs expects the database as it was, the ids reserved apart.
func (c *trial) sameAs(before map[string][]string, after string) {
	c.Helper()
	now := c.Dump()
	for table := range now {
		if table != "id_block" && !slices.Equal(before[table], now[table]) {
			c.Errorf("%s changed table %s: %d rows, then %d\n%.600s\n%.600s", after, table, len(before[table]), len(now[table]),
				strings.Join(without(before[table], now[table]), "\n"), strings.Join(without(now[table], before[table]), "\n"))
		}
	}
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(row string) bool { return slices.Contains(other, row) })
}

// unseen lists the outcomes an operation owes and the runner has not seen.
func unseen(c *trial) []string {
	engine, name, s, w := c.Engine, c.d.Name, c.s, c.d
	var out []string
	need := func(what string, match func(apptest.Event) bool) {
		if !kit.Seen(func(e apptest.Event) bool { return e.Engine == engine && e.Operation == name && match(e) }) {
			out = append(out, fmt.Sprintf("%s, %s, %s", name, engine, what))
		}
	}
	code := func(code string) func(apptest.Event) bool {
		return func(e apptest.Event) bool { return e.Code == code }
	}
	need("success", func(e apptest.Event) bool {
		return e.Kind == "" && slices.Contains([]op.Outcome{op.Done, op.Proposed, op.Queued}, e.Outcome)
	})
	need("invalid", func(e apptest.Event) bool { return e.Kind == fault.Invalid && e.Path != "" })
	if w.Access != op.Anyone {
		need("unauthenticated", code("unauthenticated"))
	}
	if w.Access == op.Granted {
		need("forbidden", code("right.missing"))
	}
	if w.Access == op.Granted && (w.Central || s.reach == units && s.unitOf == nil) || s.reach == units && w.Access == op.Signed && s.unitOf == nil {
		need("out of scope", code(s.outsideCode()))
	}
	if s.foreign != nil {
		need("somebody else's record", code(s.foreignCode))
	}
	if !w.Kind.Changes() {
		return out
	}
	if w.Access == op.Anyone {
		need("no dry run", code("operation.no_dry_run"))
		return out // and two strangers never share a key
	}
	need("dry run", func(e apptest.Event) bool { return e.Outcome == op.DryRun })
	need("replay", func(e apptest.Event) bool { return e.Outcome == op.Replayed })
	if s.lone == "" {
		need("other input under the key", code("key.other_input"))
	}
	return out
}

// otherInput is an input that differs from the one given and reads as well.
func (c *trial) otherInput(in op.Input) op.Input {
	if c.s.other != nil {
		return c.s.other
	}
	out := maps.Clone(in)
	for _, f := range c.d.Fields {
		text, given := in[f.Name].(string)
		if !given || f.Secret {
			continue
		}
		switch {
		case f.Type == op.Text && f.Pattern == "":
			out[f.Name] = text + " bis"
		case f.Type == op.Text && f.Pattern == "code":
			out[f.Name] = text + "-B"
		case f.Type == op.Text && f.Pattern == "login":
			out[f.Name] = text + "b"
		case f.Type == op.Ident:
			out[f.Name] = "4611"
		case f.Type == op.Number:
			out[f.Name] = "97"
		case f.Type == op.Date:
			out[f.Name] = "2026-12-25"
		default:
			continue
		}
		return out
	}
	for _, f := range c.d.Fields { // a secret is part of the input too
		if text, given := in[f.Name].(string); given && f.Secret {
			out[f.Name] = text + "-bis"
			return out
		}
	}
	if _, file := in["file"]; file {
		out["file"] = op.NewUpload("autre.csv", apptest.UnitsFile("Z-1", "unit", "A1"))
		return out
	}
	c.Fatalf("no other input for %v", in)
	return nil
}
