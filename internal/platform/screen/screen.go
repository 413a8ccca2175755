// Package screen is what a module's pages are made with: a Screen declares its
// address, its place in the navigation and the operation whose right opens it; a
// View gives its renderer the person, the texts and the operations, and builds lists,
// forms and records out of their declarations. It knows no module and no SQL.
package screen

import (
	"context"

	"wasl/internal/platform/ui"
)

// Place is a place of the navigation, by work (screens page).
type Place string

// The places in use; others come with their modules.
const (
	Day            Place = "day"
	Billing        Place = "billing"
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

// Set holds the screens of the program.
type Set struct {
	all     []Screen
	records map[string]string
	after   map[string]string
}

// NewSet gathers the screens of the modules.
func NewSet(groups ...[]Screen) *Set {
	s := &Set{records: map[string]string{}, after: map[string]string{}}
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
