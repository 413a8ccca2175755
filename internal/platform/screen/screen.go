// Package screen is what a module's pages are made with: a Screen declares its
// address, its place in the navigation and the operation whose right opens it; a
// View gives its renderer the person, the texts and the operations, and builds lists,
// forms and records out of their declarations. It knows no module and no SQL.
package screen

import (
	"context"

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
	// Render draws the page.
	Render func(ctx context.Context, v *View) (ui.Page, error)
	// Fragment says that Render's body is sent alone, without frame, when the
	// request comes from the page itself.
	Fragment bool
}

// The kinds of record under which modules add parts to the page of the day (Ma
// journée): a strip above it, its wide column, its side.
const (
	DayTop  = "day.top"
	DayMain = "day.main"
	DaySide = "day.side"
)

// Part is a piece that one module adds to the records of another: the meters of a
// service point, the balance of a contract. The page of the record shows it where it
// calls View.Parts.
type Part struct {
	// Record is the kind of record.
	Record string
	// Right is the operation that shows the part; empty is whoever sees the record.
	Right string
	// Render draws the part; nil draws nothing.
	Render func(ctx context.Context, v *View, id op.ID) (g.Node, error)
}

// Set holds the screens of the program.
type Set struct {
	all     []Screen
	records map[string]string
	after   map[string]string
	parts   map[string][]Part
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

// Parts draws what other modules show of a record.
func (v *View) Parts(ctx context.Context, kind string, id op.ID) (g.Node, error) {
	var nodes g.Group
	for _, p := range v.Set.parts[kind] {
		if p.Right != "" && !v.May(p.Right) {
			continue
		}
		node, err := p.Render(ctx, v, id)
		if err != nil {
			return nil, err
		}
		if node != nil {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}

// NewSet gathers the screens of the modules.
func NewSet(groups ...[]Screen) *Set {
	s := &Set{records: map[string]string{}, after: map[string]string{}, parts: map[string][]Part{}}
	for _, group := range groups {
		for _, sc := range group {
			s.all = append(s.all, sc)
			if sc.Record != "" {
				s.records[sc.Record] = sc.Path
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

// RecordPath is the address of the records of a kind; empty when they have no page.
func (s *Set) RecordPath(kind string) string { return s.records[kind] }
