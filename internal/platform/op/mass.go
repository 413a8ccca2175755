package op

import "wasl/internal/kernel/fault"

// MassMax bounds the records of one mass decision; MassChunk is how many are decided in one
// transaction.
const (
	MassMax   = 200_000
	MassChunk = 500
)

// CheckMass holds what a mass decision is about now against what its preview counted: Limit
// "op.mass_too_many", Conflict "op.mass_changed".
func CheckMass(count, expected int64) error {
	switch {
	case count > MassMax:
		return fault.New(fault.Limit, "op.mass_too_many", "count", count, "max", int64(MassMax))
	case count != expected:
		return fault.New(fault.Conflict, "op.mass_changed", "count", count, "expected", expected)
	}
	return nil
}

// MassTargets are the unit a mass decision asks for, or (0) all where the person may decide.
func (x *Exec) MassTargets(unit ID) []Target {
	if unit != 0 {
		return []Target{{Unit: int64(unit)}}
	}
	var out []Target
	for _, root := range x.ScopeOf().Roots {
		out = append(out, Target{Unit: root})
	}
	return out
}
