package org

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Kind is what a unit is in the organisation.
type Kind string

// The kinds of unit, from the top down.
const (
	// Central is the head office; there is exactly one.
	Central Kind = "central"
	// Region is a regional head office (DRi).
	Region Kind = "region"
	// AgencyService is an agence de service.
	AgencyService Kind = "agency_service"
	// AgencyMixed is an agence mixte.
	AgencyMixed Kind = "agency_mixed"
	// Centre is where customers are served.
	Centre Kind = "centre"
	// Annex is a unité, the smallest place.
	Annex Kind = "unit"
)

// EnumName is the prefix of the texts.
func (Kind) EnumName() string { return "unit_kind" }

// EnumValues are the kinds, from the top down.
func (Kind) EnumValues() []string {
	return []string{string(Central), string(Region), string(AgencyService), string(AgencyMixed), string(Centre), string(Annex)}
}

// hangsUnder is the rule table: the kinds of parent a kind accepts. A région may
// hold a centre directly: that is how it stands while its agence is being set
// up, or after the agence was closed. Centres and units both serve customers,
// so an agence may hold a unit without a centre between them. Every kind stands
// strictly below its parents' kinds, so the rules by themselves exclude circles.
func hangsUnder(k Kind) []Kind {
	switch k {
	case Region:
		return []Kind{Central}
	case AgencyService, AgencyMixed:
		return []Kind{Region}
	case Centre:
		return []Kind{AgencyService, AgencyMixed, Region}
	case Annex:
		return []Kind{Centre, AgencyService, AgencyMixed}
	default:
		return nil
	}
}

// MayHang says whether a unit of one kind may stand under one of another.
func MayHang(child, parent Kind) bool { return slices.Contains(hangsUnder(child), parent) }

// State says whether a unit is open on a date.
type State string

// The states of a unit.
const (
	Open   State = "open"
	Closed State = "closed"
	Future State = "future"
)

// EnumName is the prefix of the texts.
func (State) EnumName() string { return "unit_state" }

// EnumValues are the states.
func (State) EnumValues() []string { return []string{string(Open), string(Closed), string(Future)} }

// stateOn is the state of what is open from opened (included) to closed
// (excluded; no date is open for ever).
func stateOn(opened, closed, on day.Date) State {
	switch {
	case on.Before(opened):
		return Future
	case !closed.IsZero() && !on.Before(closed):
		return Closed
	default:
		return Open
	}
}

// Bounds of units.
const (
	// AheadDaysMax is how far in the future a change of the organisation may be
	// dated: five years.
	AheadDaysMax = 1826
	// depthMax bounds a climb in the tree; the rules allow five levels.
	depthMax = 32
	// lockTree serialises the changes of the tree. Ids of rows are far above it.
	lockTree int64 = 0x6f7267
)

// Beginning is the first date of the organisation: the first a person may type.
// The top is open since then, so that anything may be dated below it.
func Beginning() day.Date {
	d, err := day.New(day.YearTypedMin, 1, 1)
	if err != nil {
		return day.Date{}
	}
	return d
}

// checkDate refuses an effective date too far ahead.
func checkDate(path string, on, today day.Date) error {
	if last := today.AddDays(AheadDaysMax); on.After(last) {
		return fault.InvalidField(path, "org.date_too_far", "max", last)
	}
	if first := Beginning(); on.Before(first) {
		return fault.InvalidField(path, "org.date_too_early", "min", first)
	}
	return nil
}

// Unit is one place of the organisation.
type Unit struct {
	ID        op.ID  `json:"id"`
	Code      string `json:"code"`
	Kind      Kind   `json:"kind"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
	Address   string `json:"address"`
	Phone     string `json:"phone"`
	Email     string `json:"email"`
	// OpenedOn is the first day on which it is open.
	OpenedOn day.Date `json:"opened_on"`
	// ClosedOn is the first day on which it is closed; no date while it is open.
	ClosedOn day.Date `json:"closed_on"`
	Version  int64    `json:"version"`
}

// folded is the search text of a unit. It begins with the name, so that sorting
// by it sorts by name.
func (u Unit) folded() string { return db.Fold(u.Name + " " + u.ShortName + " " + u.Code) }

// label names the unit in the audit.
func (u Unit) label() string { return u.Code + " " + u.Name }
