package metering

import (
	"wasl/internal/kernel/fault"
)

// stateFor is what a decision makes of a consumption; false for the decisions that put
// another value in its place.
func stateFor(d Decision) (ConsumptionState, bool) {
	switch d {
	case Accept:
		return Accepted, true
	case SendBack:
		return SentBack, true
	case Reject:
		return Rejected, true
	}
	return "", false
}

// checkDecision says whether a decision fits an anomaly: without a value or reading there is
// nothing to put aside, and a mass decision cannot tell each right value.
func checkDecision(d Decision, hasValue, mass bool) error {
	switch {
	case mass && d == Correct:
		return fault.InvalidField("decision", "metering.decision_one_by_one")
	case !hasValue && d == Reject:
		return fault.InvalidField("decision", "metering.decision_without_value")
	}
	return nil
}
