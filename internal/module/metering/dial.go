package metering

import (
	"strconv"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Bounds of a dial.
const (
	// DigitsMax is the most digits a dial shows before the decimal separator.
	DigitsMax = 9
	// DigitsDefault is the dial of a usual meter.
	DigitsDefault = 5
	// CoefficientMax is the highest factor between the dial and what passed: the
	// ratio of the largest current and voltage transformers.
	CoefficientMax = money.Quantity(1_000_000) * quantityOne
	// zeroShare is the part of the dial next to zero, as a divisor, in which the
	// hand must stand before and after it is held to have passed zero.
	zeroShare = 10
)

// quantityOne is 1 as a Quantity.
const quantityOne = money.Quantity(1000)

// Dial is how a register of a meter counts. An index is a Quantity in units of
// the dial: what the meter shows, without the coefficient.
type Dial struct {
	// Digits before the decimal separator, 1 to DigitsMax.
	Digits int64
	// Decimals shown after it, 0 to money.QuantityDecimals.
	Decimals int64
	// Coefficient turns units of the dial into what is billed (transformer ratio,
	// pulse weight); 1 for most meters.
	Coefficient money.Quantity
}

// Validate says what is wrong with a dial: Invalid "metering.dial_digits",
// "metering.dial_decimals" or "metering.dial_coefficient".
func (d Dial) Validate() error {
	switch {
	case d.Digits < 1 || d.Digits > DigitsMax:
		return fault.InvalidField("digits", "metering.dial_digits", "max", DigitsMax)
	case d.Decimals < 0 || d.Decimals > money.QuantityDecimals:
		return fault.InvalidField("decimals", "metering.dial_decimals", "max", money.QuantityDecimals)
	case d.Coefficient <= 0 || d.Coefficient > CoefficientMax:
		return fault.InvalidField("coefficient", "metering.dial_coefficient", "max", CoefficientMax)
	}
	return nil
}

// Turn is one full turn of the dial, in its units: 100 000 for five digits.
func (d Dial) Turn() money.Quantity {
	turn := quantityOne
	for range d.Digits {
		turn *= 10
	}
	return turn
}

// step is the smallest difference the dial shows.
func (d Dial) step() money.Quantity {
	step := quantityOne
	for range d.Decimals {
		step /= 10
	}
	return step
}

// CheckIndex refuses what the dial cannot show: Invalid "metering.index_range"
// or "metering.index_decimals".
func (d Dial) CheckIndex(path string, index money.Quantity) error {
	if index < 0 || index >= d.Turn() {
		return fault.InvalidField(path, "metering.index_range", "digits", d.Digits, "max", d.Turn()-d.step())
	}
	if index%d.step() != 0 {
		return fault.InvalidField(path, "metering.index_decimals", "decimals", strconv.FormatInt(d.Decimals, 10))
	}
	return nil
}

// Quantity is what passed for a number of units of the dial, rounded half away
// from zero to 10⁻³; Limit "money.overflow" when it does not fit.
func (d Dial) Quantity(units money.Quantity) (money.Quantity, error) {
	if d.Coefficient == quantityOne {
		return units, nil
	}
	return money.Portion(units, int64(d.Coefficient), int64(quantityOne))
}

// Motion is how the hand came from one index to the next.
type Motion string

// The motions.
const (
	// Forward: the new index is the higher one, or the same.
	Forward Motion = "forward"
	// Turned: the hand passed zero.
	Turned Motion = "turned"
	// Backward: the new index is lower and the hand was not near zero.
	Backward Motion = "backward"
)

// Step is the way between two indexes of one register.
type Step struct {
	Motion Motion
	// Units of the dial; below zero when Motion is Backward.
	Units money.Quantity
}

// Between is the way of the hand from one index to a later one. A lower index is
// a turn when the old one stands in the last tenth of the dial and the new one in the
// first: a rule of thumb that is said as such, since no dial tells how often it
// turned. Any other lower index is Backward.
func (d Dial) Between(from, to money.Quantity) Step {
	if to >= from {
		return Step{Forward, to - from}
	}
	turn := d.Turn()
	if from >= turn-turn/zeroShare && to < turn/zeroShare {
		return Step{Turned, to + turn - from}
	}
	return Step{Backward, to - from}
}

// Across is the way when a person has said that the hand passed zero, wherever it
// stood.
func (d Dial) Across(from, to money.Quantity) Step {
	if to >= from {
		return Step{Forward, to - from}
	}
	return Step{Turned, to + d.Turn() - from}
}

// Advance is the index after some units, turning over zero: where an estimate
// puts the hand.
func (d Dial) Advance(from, units money.Quantity) money.Quantity {
	turn := d.Turn()
	return ((from+units)%turn + turn) % turn
}

// Units is the inverse of Quantity for an estimate: units of the dial, rounded
// to what the dial shows.
func (d Dial) Units(quantity money.Quantity) (money.Quantity, error) {
	steps, err := money.Portion(quantity, int64(quantityOne), int64(d.Coefficient))
	if err != nil {
		return 0, err
	}
	step := d.step()
	rounded, err := money.Portion(steps, 1, int64(step))
	if err != nil {
		return 0, err
	}
	return money.Mul(rounded, int64(step))
}
