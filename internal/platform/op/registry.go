package op

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"wasl/internal/platform/db"
)

// Registry holds the operations of the program. It is filled once, in app.New,
// and read-only afterwards.
type Registry struct {
	byName map[string]*Def
	names  []string
	faults []string
	// consumers of outbox events, by topic.
	consumers map[string][]Consumer
	labels    map[string]Labeller
}

// Labeller gives the words for records of one kind: a user's name, a unit's
// code and name. An id it does not know is left out.
type Labeller func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error)

// Label registers the labeller of a kind of record.
func (r *Registry) Label(kind string, l Labeller) { r.labels[kind] = l }

// Labels gives the words for some records of a kind.
func (r *Registry) Labels(ctx context.Context, rd db.Reader, kind string, ids []int64) (map[int64]string, error) {
	l := r.labels[kind]
	if l == nil || len(ids) == 0 {
		return nil, nil
	}
	return l(ctx, rd, ids)
}

// Noun is the kind of record an operation is about: the second part of its name.
func Noun(name string) string {
	parts := strings.Split(name, ".")
	if len(parts) < 2 {
		return name
	}
	return parts[1]
}

// KindOf is the kind of record that an operation is about, as labels know it: the noun of
// its name, with the module before it where two modules have such a noun.
func (r *Registry) KindOf(name string) string {
	module, _, _ := strings.Cut(name, ".")
	if own := module + "_" + Noun(name); r.labels[own] != nil {
		return own
	}
	return Noun(name)
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	return &Registry{byName: map[string]*Def{}, consumers: map[string][]Consumer{}, labels: map[string]Labeller{}}
}

var nameShape = regexp.MustCompile(`^[a-z]+(\.[a-z][a-z_]*){1,3}$`)

// add keeps the operation, or remembers why it is not acceptable.
func (r *Registry) add(d *Def) {
	if why := d.check(); why != "" {
		r.faults = append(r.faults, d.Name+": "+why)
		return
	}
	if _, twice := r.byName[d.Name]; twice {
		r.faults = append(r.faults, d.Name+": registered twice")
		return
	}
	for _, other := range r.byName {
		if other.Path == d.Path && other.Kind.Changes() == d.Kind.Changes() {
			r.faults = append(r.faults, d.Name+": same path as "+other.Name)
		}
	}
	r.byName[d.Name] = d
	r.names = append(r.names, d.Name)
	slices.Sort(r.names)
}

// check says what is wrong with a registration; empty when nothing is.
func (d *Def) check() string {
	switch {
	case !nameShape.MatchString(d.Name):
		return "bad name"
	case !strings.HasPrefix(d.Path, "/"):
		return "no path"
	case d.do == nil && d.list == nil && d.job == nil:
		return "no code"
	case d.Kind.Changes() && d.Access == Granted && !d.Central && d.targets == nil:
		return "a change needs its units or must be central"
	case d.FourEyes && (d.Kind != Command || d.Access != Granted):
		return "four eyes are for granted commands"
	case d.FourEyes && d.prepare != nil:
		return "what waits for approval is not prepared"
	case d.Out.Kind() != reflect.Struct:
		return "output must be a struct"
	}
	for _, f := range d.Fields {
		if f.Fault != "" {
			return "field " + f.Name + ": " + f.Fault
		}
		if d.FourEyes && (f.Secret || f.Type == File) {
			return "a secret or a file cannot wait for approval"
		}
	}
	for _, p := range pathParams(d.Path) {
		if d.Field(p) == nil {
			return "path parameter without field: " + p
		}
	}
	return ""
}

// Check says whether every registration was acceptable and every conflict
// names a right that exists.
func (r *Registry) Check() error {
	faults := slices.Clone(r.faults)
	rights := r.Rights()
	for _, d := range r.All() {
		for _, c := range d.Conflicts {
			if !slices.Contains(rights, c) {
				faults = append(faults, d.Name+": conflicts with an unknown right "+c)
			}
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("operations: %s", strings.Join(faults, "; "))
	}
	return nil
}

// Find gives an operation by name, or nil.
func (r *Registry) Find(name string) *Def { return r.byName[name] }

// All gives the operations in the order of their names.
func (r *Registry) All() []*Def {
	all := make([]*Def, 0, len(r.names))
	for _, n := range r.names {
		all = append(all, r.byName[n])
	}
	return all
}

// Rights gives every right that can be granted, sorted.
func (r *Registry) Rights() []string {
	var rights []string
	for _, d := range r.All() {
		rights = append(rights, d.Rights()...)
	}
	return rights
}

// Conflict is a pair of rights that one person should not hold over one unit.
type Conflict struct{ A, B string }

// Conflicts gives the pairs, each once: proposing and approving the same
// operation, and what the operations declare.
func (r *Registry) Conflicts() []Conflict {
	seen := map[Conflict]bool{}
	var out []Conflict
	add := func(a, b string) {
		if a > b {
			a, b = b, a
		}
		if c := (Conflict{a, b}); !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	for _, d := range r.All() {
		if d.FourEyes {
			add(d.Name, d.ApproveRight())
		}
		for _, c := range d.Conflicts {
			add(d.Name, c)
		}
	}
	return out
}

// Field finds an input field by its JSON name, or nil.
func (d *Def) Field(name string) *Field {
	for i := range d.Fields {
		if d.Fields[i].Name == name {
			return &d.Fields[i]
		}
	}
	return nil
}

// PathParams are the fields carried by the path.
func (d *Def) PathParams() []string { return pathParams(d.Path) }

// Method is the HTTP method of the operation.
func (d *Def) Method() string {
	if d.Kind.Changes() {
		return "POST"
	}
	return "GET"
}

var paramShape = regexp.MustCompile(`\{([a-z_]+)\}`)

func pathParams(path string) []string {
	var out []string
	for _, m := range paramShape.FindAllStringSubmatch(path, -1) {
		out = append(out, m[1])
	}
	return out
}

func firstPart(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first
}
