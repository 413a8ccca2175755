// Package screen is what a module's pages are made with: a Screen declares its
// address, its place in the navigation and the operation whose right opens it; a
// View gives its renderer the person, the texts and the operations, and builds lists,
// forms and records out of their declarations. It knows no module and no SQL.
package screen

import (
	"context"
	"maps"
	"net/url"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// Place is a place of the navigation, by work (screens page).
type Place string

// The places in use; others come with their modules.
const (
	Day            Place = "day"
	Customers      Place = "customers"
	Reading        Place = "reading"
	Billing        Place = "billing"
	Collection     Place = "collection"
	Accounting     Place = "accounting"
	Organisation   Place = "organisation"
	Administration Place = "administration"
)

// Screen is one page of a module.
type Screen struct {
	// Path is the address, with {id} where a record is shown.
	Path string
	// Place is lit in the navigation.
	Place Place
	// Title is the text key of the page's name.
	Title string
	// Right is the operation that opens the page; empty is anybody signed in.
	Right string
	// Menu lists the page in the menu of its place, in this order; 0 does not.
	Menu int
	// Record is the kind of record shown at {id}; links to such records lead here.
	Record string
	// After is the operation whose answer is shown here once it is carried out.
	After string
	// Does is the operation that a form of the page carries out by posting to the page's
	// own address; empty is none. A refusal draws the page again, with View.Posted.
	Does string
	// Input turns the fields of that form into those of the operation; nil takes them as
	// they are.
	Input func(values url.Values) url.Values
	// Render draws the page.
	Render func(ctx context.Context, v *View) (ui.Page, error)
	// Fragment says that Render's body is sent alone, without frame, when the
	// request comes from the page itself.
	Fragment bool
}

// Zone is where a part stands on the page of a record.
type Zone string

// The zones.
const (
	// Main is the wide column.
	Main Zone = ""
	// Head is the strip above everything: the figures that matter.
	Head Zone = "head"
	// Side is the narrow column.
	Side Zone = "side"
)

// DayRecord is the kind under which modules add parts to the page of the day (Ma
// journée), whose id is the unit chosen, 0 for all.
const DayRecord = "day"

// Part is a piece that one module adds to the records of another: the meters of a
// service point, the balance of a contract. The page of the record shows it where it
// calls View.Parts; a page that stands above several such records (a customer with its
// accounts) shows it for all of them together.
type Part struct {
	// Record is the kind of record.
	Record string
	// Zone is where it stands.
	Zone Zone
	// Right is the operation that shows the part; empty is whoever sees the record.
	Right string
	// Render draws the part of one record; nil draws nothing.
	Render func(ctx context.Context, v *View, id op.ID) (g.Node, error)
	// Together draws it for one or more records; Render is not asked then. Where there
	// are several, a part without it is left out.
	Together func(ctx context.Context, v *View, ids []op.ID) (g.Node, error)
}

// Finder finds the records of one list by the search of another, which knows more of them:
// an account by the name and the meter of its customer.
type Finder struct {
	// List is the operation that searches; Column of its rows points at the record, Sub at
	// the one whose label is told beside, of the kind of that name.
	List, Column, Sub string
}

// Beside draws what a form is about, with the values it knows; nil draws nothing.
type Beside func(ctx context.Context, v *View, values url.Values) (g.Node, error)

// Set holds the screens of the program.
type Set struct {
	all     []Screen
	records map[string]string
	// opens are the rights of those pages.
	opens   map[string]string
	after   map[string]string
	parts   map[string][]Part
	forms   map[string]Beside
	finders map[string]Finder
}

// Add adds parts of modules to the records of others, in the order given.
func (s *Set) Add(groups ...[]Part) *Set {
	for _, group := range groups {
		for _, p := range group {
			s.parts[p.Record] = append(s.parts[p.Record], p)
		}
	}
	return s
}

// Forms adds what stands beside the forms of operations, by their names, in place of the
// record they change.
func (s *Set) Forms(groups ...map[string]Beside) *Set {
	for _, group := range groups {
		maps.Copy(s.forms, group)
	}
	return s
}

// Finders adds other ways to find the records of lists, by the names of the lists.
func (s *Set) Finders(groups ...map[string]Finder) *Set {
	for _, group := range groups {
		maps.Copy(s.finders, group)
	}
	return s
}

// Finder is the other way to find the records of a list.
func (s *Set) Finder(list string) (Finder, bool) {
	f, known := s.finders[list]
	return f, known
}

// Parts draws what other modules show of a record in the wide column.
func (v *View) Parts(ctx context.Context, kind string, id op.ID) (g.Node, error) {
	return v.PartsIn(ctx, Main, kind, id)
}

// PartsIn draws what other modules show of some records of one kind in a zone; nil
// when that is nothing.
func (v *View) PartsIn(ctx context.Context, zone Zone, kind string, ids ...op.ID) (g.Node, error) {
	var nodes g.Group
	for _, p := range v.Set.parts[kind] {
		if p.Zone != zone || len(ids) == 0 || p.Right != "" && !v.May(p.Right) {
			continue
		}
		node, err := p.draw(ctx, v, ids)
		if err != nil {
			return nil, err
		}
		if node != nil {
			nodes = append(nodes, node)
		}
	}
	if len(nodes) == 0 {
		return nil, nil
	}
	return nodes, nil
}

func (p Part) draw(ctx context.Context, v *View, ids []op.ID) (g.Node, error) {
	switch {
	case p.Together != nil:
		return p.Together(ctx, v, ids)
	case len(ids) == 1:
		return p.Render(ctx, v, ids[0])
	}
	return nil, nil
}

// Several are the pairs that give one input several records.
func Several(name string, ids []op.ID) []string {
	pairs := make([]string, 0, 2*len(ids))
	for _, id := range ids {
		pairs = append(pairs, name, id.String())
	}
	return pairs
}

// NewSet gathers the screens of the modules.
func NewSet(groups ...[]Screen) *Set {
	s := &Set{
		records: map[string]string{}, opens: map[string]string{}, after: map[string]string{}, parts: map[string][]Part{},
		forms: map[string]Beside{}, finders: map[string]Finder{},
	}
	for _, group := range groups {
		for _, sc := range group {
			s.all = append(s.all, sc)
			if sc.Record != "" {
				s.records[sc.Record], s.opens[sc.Record] = sc.Path, sc.Right
			}
			if sc.After != "" {
				s.after[sc.After] = sc.Path
			}
		}
	}
	return s
}

// All gives the screens in the order they were given.
func (s *Set) All() []Screen { return s.all }

// RecordRight is the operation whose right opens the page of the records of a kind.
func (s *Set) RecordRight(kind string) string { return s.opens[kind] }

// RecordPath is the address of the records of a kind; empty when they have no page.
func (s *Set) RecordPath(kind string) string { return s.records[kind] }
