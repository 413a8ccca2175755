package apptest

import (
	"time"

	"wasl/internal/platform/op"
)

// What every person of the utility shares.
const (
	// Password opens every account that has one.
	Password = "violet-otter-crosses-42"
	// Address is where requests come from.
	Address = "192.0.2.7"
)

// The people of the utility, besides those of each place.
const (
	// Admin holds every right at the top; Second too, and approves.
	Admin  = "admin"
	Second = "seconde"
	// Actor holds every right over the unit Own and is the one whose reach is
	// tried.
	Actor = "acteur"
	// Nobody holds no right; Former held every right over Own until some weeks ago.
	Nobody = "sans.droit"
	Former = "ancien"
)

// Place is where a record lies, seen from Actor.
type Place string

// The places around Actor.
const (
	Own     Place = "own"
	Parent  Place = "parent"
	Child   Place = "child"
	Sibling Place = "sibling"
	Other   Place = "other"
)

// Places are all of them, those out of Actor's reach first.
func Places() []Place { return []Place{Parent, Sibling, Other, Own, Child} }

// Reached says whether Actor's grant covers the place.
func (p Place) Reached() bool { return p == Own || p == Child }

// code is the unit of a place.
func (p Place) code() string {
	return map[Place]string{Own: "A1", Parent: "R1", Child: "C11", Sibling: "A2", Other: "A3"}[p]
}

// Chef is the login of who holds every right at the place and no other.
func (p Place) Chef() string { return "chef." + string(p) }

// Agent is the login of who may read at the place.
func (p Place) Agent() string { return "agent." + string(p) }

// UnitKind is the kind of a unit that may be added under the place.
func (p Place) UnitKind() string {
	if p == Child {
		return "unit"
	}
	return "centre"
}

// Records are what exists at a place: one of each kind.
type Records struct {
	// Customer has Contract at Point, and Account for the sanitation there. Ministry
	// pays from a public budget and has nothing. FreePoint has no contract.
	Customer, Ministry, Point, FreePoint, Contract, Account op.ID
	Unit                                                    op.ID
	// Meter stands at Point and was read; Stock and Spare are water meters that may be placed.
	// Route walks past Point, and Period is open for it. Dial is the last reading, Spent its
	// consumption, on the account Supply; Anomaly was found in it.
	Meter, Stock, Spare, Route, Period, Dial, Spent, Supply, Anomaly op.ID
	// Leaf is an empty unit below, LeafTo a unit under which it may be moved.
	Leaf, LeafTo op.ID
	// Closed is an empty unit below that is closed; Moving one whose move to LeafTo
	// is planned on MoveOn.
	Closed, Moving op.ID
	// Agent is active and holds Grant; Locked is not active.
	Agent, Locked, Grant, Session op.ID
	Holiday                       op.ID
	// Job waits, Failed was given up; both are imports below the unit.
	Job, Failed op.ID
	// Proposal waits for a second person.
	Proposal op.ID
	// Import is a file that was checked, with a refused line.
	Import op.ID
	// Batch is a file that was refused for one of its rows.
	Batch op.ID
	// Event of the outbox was given up.
	Event op.ID
	// Audit is an entry filed under the unit.
	Audit op.ID
	// Item is a bill of Account, paid in half by Allocation of Credit, a receipt of which
	// something is left; Entry is one written by a person.
	Item, Entry, Credit, Allocation op.ID
}

// Facts are what is known of the utility.
type Facts struct {
	// Now is where the clock of each copy stands.
	Now time.Time
	// MoveOn is the day of the planned moves, HolidayOn that of the holidays.
	MoveOn, HolidayOn string
	// Units by code; Above is the parent's code of each.
	Units map[string]op.ID
	Above map[string]string
	Users map[string]op.ID
	Roles map[string]op.ID
	// Free is a role nobody holds.
	Free op.ID
	// Draft is a set of posting rules that is not in force.
	Draft            op.ID
	Entity, Operator op.ID
	// Versions of tariffs and VAT tables, by name.
	Versions map[string]op.ID
	At       map[Place]Records
	// LastID is above every id given so far.
	LastID op.ID
}

// Below says whether a unit is another one or below it, by the parents alone.
func (f Facts) Below(unit, root op.ID) bool {
	for code, id := range f.Units {
		if id != unit {
			continue
		}
		for ; code != ""; code = f.Above[code] {
			if f.Units[code] == root {
				return true
			}
		}
	}
	return false
}
