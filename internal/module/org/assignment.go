package org

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Assignment gives a service of a unit, and of what is below it, to a legal
// entity and an operator from a date on.
type Assignment struct {
	Service Service `json:"service"`
	// ValidFrom is the first day, ValidTo the day after the last; none is for ever.
	ValidFrom day.Date `json:"valid_from"`
	ValidTo   day.Date `json:"valid_to"`
	EntityID  op.ID    `json:"entity"`
	// OperatorID is 0 where the entity runs the service itself.
	OperatorID op.ID `json:"operator"`
}

// Holder is who holds a service of a unit on a date.
type Holder struct {
	Service      Service `json:"service"`
	EntityID     op.ID   `json:"entity"`
	EntityCode   string  `json:"entity_code"`
	EntityName   string  `json:"entity_name"`
	OperatorID   op.ID   `json:"operator"`
	OperatorCode string  `json:"operator_code"`
	OperatorName string  `json:"operator_name"`
	// FromUnit is the unit it was given to: this one, or the nearest above.
	FromUnit op.ID `json:"from_unit"`
	// ValidFrom is the day since which it holds there.
	ValidFrom day.Date `json:"valid_from"`
}

// timeline are the assignments of one service of one unit, by date; they never
// overlap and may leave holes, where the unit inherits.
type timeline []Assignment

// at is the index of the assignment in force on a date, -1 for none.
func (t timeline) at(on day.Date) int {
	return slices.IndexFunc(t, func(a Assignment) bool {
		return !on.Before(a.ValidFrom) && (a.ValidTo.IsZero() || on.Before(a.ValidTo))
	})
}

// give puts an assignment in force from its date until the next change that is
// already recorded, or for ever.
func (t timeline) give(a Assignment) (timeline, error) {
	now := t.at(a.ValidFrom)
	if now >= 0 && t[now].EntityID == a.EntityID && t[now].OperatorID == a.OperatorID {
		return nil, fault.InvalidField("entity", "org.assign_same", "since", t[now].ValidFrom)
	}
	a.ValidTo = day.Date{}
	if now >= 0 {
		a.ValidTo = t[now].ValidTo
	} else if next := slices.IndexFunc(t, func(o Assignment) bool { return o.ValidFrom.After(a.ValidFrom) }); next >= 0 {
		a.ValidTo = t[next].ValidFrom
	}
	out := t.cut(now, a.ValidFrom)
	out = append(out, a)
	slices.SortFunc(out, func(x, y Assignment) int { return x.ValidFrom.Compare(y.ValidFrom) })
	return out, nil
}

// take ends the assignment in force on a date; the unit inherits from then on.
func (t timeline) take(on day.Date) (timeline, error) {
	now := t.at(on)
	if now < 0 {
		return nil, fault.InvalidField("valid_from", "org.assign_none")
	}
	return t.cut(now, on), nil
}

// cut ends one assignment on a date; one that would last no day disappears.
func (t timeline) cut(i int, on day.Date) timeline {
	out := slices.Clone(t)
	if i < 0 {
		return out
	}
	if out[i].ValidFrom == on {
		return slices.Delete(out, i, i+1)
	}
	out[i].ValidTo = on
	return out
}
