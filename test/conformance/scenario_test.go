package conformance

import (
	"strconv"
	"testing"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// reach says how far a grant over a unit reaches in an operation.
type reach int

const (
	// units: the grant covers its unit and what is below, nothing else.
	units reach = iota
	// everything: reference data, shown to whoever holds the right anywhere.
	everything
	// own: the caller's own records, whatever he may do.
	own
)

// scenario is what the suite must know of an operation to carry it out.
type scenario struct {
	// as is who succeeds: apptest.Actor unless said, apptest.Admin when the
	// operation is central.
	as string
	// in is a valid input about the record of a place. It is asked for once per
	// world and place.
	in func(w *apptest.World, p apptest.Place) op.Input
	// reach, and why it is not units.
	reach reach
	why   string
	// foreign is an input about somebody else's record, refused with foreignCode.
	foreign     func(w *apptest.World) op.Input
	foreignCode string
	// outside is the code of the refusal out of reach; scope.outside unless said.
	outside string
	// open are places out of reach that are answered all the same, with why.
	open []apptest.Place
	// refuse are the channels on which the operation is refused by its own rule.
	refuse map[op.Channel]string
	// page is the address of the page; /o/NAME unless said.
	page string
	// empty asks for a program without administrator.
	empty bool
	// other replaces the input found for another one under the same key.
	other op.Input
	// apart says why the channels leave different traces; then only what they answer
	// to the user is compared.
	apart string
	// lone says why no other input can come under the same key.
	lone string
	// unitOf gives the unit a row of a list belongs to.
	unitOf func(w *apptest.World) func(row map[string]any) op.ID
	// above also shows what is held over the units above the scope.
	above bool
}

func (s scenario) login(d *op.Def) string {
	switch {
	case s.as != "":
		return s.as
	case d.Central:
		return apptest.Admin
	}
	return apptest.Actor
}

func (s scenario) outsideCode() string {
	if s.outside == "" {
		return "scope.outside"
	}
	return s.outside
}

func (s scenario) path(d *op.Def) string {
	if s.page == "" {
		return "/o/" + d.Name
	}
	return s.page
}

const reason = "Motif de l'essai"

// about makes an input out of names and values.
func about(pairs ...any) op.Input {
	in := op.Input{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i].(string), pairs[i+1]
		if id, ok := value.(op.ID); ok {
			value = id.String()
		}
		in[name] = value
	}
	return in
}

type maker = func(w *apptest.World, p apptest.Place) op.Input

// nothing is the empty input.
func nothing(*apptest.World, apptest.Place) op.Input { return op.Input{} }

// at is an input whose one record depends on the place.
func at(pick func(apptest.Records) op.ID, more ...any) maker {
	return func(w *apptest.World, p apptest.Place) op.Input {
		return about(append([]any{"id", pick(w.At[p])}, more...)...)
	}
}

// versioned adds the version of the record, as its show operation gives it.
func versioned(show string, in maker) maker {
	return func(w *apptest.World, p apptest.Place) op.Input {
		out := in(w, p)
		res := w.Must(apptest.Console(apptest.Admin), show, op.Input{"id": out["id"]})
		for _, c := range w.App.Registry.Find(show).Columns {
			if n, ok := c.Value(res.Out).(int64); ok && c.Name == "version" {
				out["version"] = strconv.FormatInt(n, 10)
			}
		}
		return out
	}
}

// column reads the unit of a row from one of its columns.
func column(name string) func(*apptest.World) func(map[string]any) op.ID {
	return func(*apptest.World) func(map[string]any) op.ID {
		return func(row map[string]any) op.ID { return idOf(row[name]) }
	}
}

func idOf(v any) op.ID {
	text, _ := v.(string)
	n, _ := strconv.ParseInt(text, 10, 64)
	return op.ID(n)
}

func unitAt(r apptest.Records) op.ID { return r.Unit }

// session opens another session of a person and gives its token and its id.
func session(w *apptest.World, login string) (token string, id op.ID) {
	res := w.Must(op.Credential{Channel: op.Web, Address: apptest.Address}, "access.login", op.Input{"login": login, "password": apptest.Password})
	for _, c := range w.App.Registry.Find("access.login").Columns {
		if c.Name == "session" {
			id, _ = c.Value(res.Out).(op.ID)
		}
	}
	return w.SecretOf("access.login", res.Out), id
}

// firstID is the id of the first row of a person's own list.
func firstID(w *apptest.World, login, list string) (id op.ID) {
	w.Helper()
	d := w.App.Registry.Find(list)
	_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: list, Credential: apptest.Console(login), Input: op.Input{}}, nil, func(row any) error {
		for _, c := range d.Columns {
			if n, ok := c.Value(row).(op.ID); ok && c.Name == "id" && id == 0 {
				id = n
			}
		}
		return nil
	})
	if err != nil || id == 0 {
		w.Fatalf("%s of %s: %v, %d", list, login, err, id)
	}
	return id
}

// scenarios are all of them, by operation.
func scenarios(t testing.TB) map[string]scenario {
	all := map[string]scenario{}
	for _, group := range []map[string]scenario{
		unitScenarios(), customerScenarios(), masterScenarios(), peopleScenarios(), rightScenarios(), meterScenarios(), readingScenarios(), selfScenarios(),
		coreScenarios(), tariffScenarios(), ledgerScenarios(), billingScenarios(), collectionScenarios(), lotScenarios(), boardScenarios(),
	} {
		for name, s := range group {
			if _, twice := all[name]; twice {
				t.Fatalf("two scenarios for %s", name)
			}
			if s.reach != units && s.why == "" {
				t.Fatalf("%s: say why the scope does not apply", name)
			}
			all[name] = s
		}
	}
	return all
}
