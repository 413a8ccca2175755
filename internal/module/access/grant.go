package access

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// GrantFacts are what a grant says; changes of them are audited.
type GrantFacts struct {
	User op.ID `json:"user" out:"ref=user"`
	Role op.ID `json:"role" out:"ref=role"`
	// Unit is where it holds, with all below it.
	Unit op.ID `json:"unit" out:"ref=unit"`
	// ValidFrom and ValidTo are the first and the last day; no ValidTo is no end.
	// A grant that ends before it begins was taken back before its first day.
	ValidFrom day.Date `json:"valid_from"`
	ValidTo   day.Date `json:"valid_to"`
	// Limit is the most that may be decided, in centimes; nil is no limit.
	Limit  *money.Amount `json:"limit"`
	Reason string        `json:"reason"`
	// EndReason is why it was ended early.
	EndReason string `json:"end_reason"`
}

// Grant gives a user a role over a unit for a time.
type Grant struct {
	ID op.ID `json:"id"`
	GrantFacts
	Version int64 `json:"version"`
	// ReviewedOn is the day somebody last confirmed it.
	ReviewedOn day.Date `json:"reviewed_on"`
}

// GrantRow is a grant in a list.
type GrantRow struct {
	Grant
	Login    string `json:"login"`
	Name     string `json:"name"`
	RoleName string `json:"role_name"`
}

// PageKey is the row's place in its list.
func (g GrantRow) PageKey(sort string) []string {
	if sort == "valid_from" {
		return []string{g.ValidFrom.String(), g.ID.String()}
	}
	return []string{g.Login, g.ID.String()}
}

// On says whether the grant holds on a date.
func (f GrantFacts) On(on day.Date) bool {
	return !on.Before(f.ValidFrom) && (f.ValidTo.IsZero() || !on.After(f.ValidTo))
}

// overlaps says whether two grants hold on a common day.
func (f GrantFacts) overlaps(o GrantFacts) bool {
	first, last := f.ValidFrom, f.ValidTo
	if o.ValidFrom.After(first) {
		first = o.ValidFrom
	}
	if last.IsZero() || !o.ValidTo.IsZero() && o.ValidTo.Before(last) {
		last = o.ValidTo
	}
	return last.IsZero() || !last.Before(first)
}

// rightsByGrant gives, for each right, the grants that bring it.
func rightsByGrant(grants []Grant, roles map[int64][]string) map[string][]Grant {
	out := map[string][]Grant{}
	for _, g := range grants {
		for _, right := range roles[int64(g.Role)] {
			out[right] = append(out[right], g)
		}
	}
	return out
}

// unitsOf are the units of grants, sorted, each once.
func unitsOf(grants []Grant) []int64 {
	units := make([]int64, len(grants))
	for i, g := range grants {
		units[i] = int64(g.Unit)
	}
	slices.Sort(units)
	return slices.Compact(units)
}
