package tariff

import (
	"math"
	"math/big"
	"math/bits"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// thousandth is 1 in the unit of quantities.
const thousandth = 1000

// numberBytesMax bounds a number written in a request.
const numberBytesMax = 48

// thousandths reads a plain decimal of up to three decimals, from 0 to QuantityMax.
func thousandths(s string) (int64, bool) {
	if s == "" || len(s) > numberBytesMax {
		return 0, false
	}
	n, decimals, point := int64(0), 0, false
	for i := range len(s) {
		c := s[i]
		if c == '.' && !point && i > 0 && i+1 < len(s) {
			point = true
			continue
		}
		if c < '0' || c > '9' || n > int64(QuantityMax) {
			return 0, false
		}
		if point {
			decimals++
		}
		n = n*10 + int64(c-'0')
	}
	if decimals > money.QuantityDecimals {
		return 0, false
	}
	for ; decimals < money.QuantityDecimals; decimals++ {
		n *= 10
	}
	return n, n <= int64(QuantityMax)
}

// decimalText reads a number as thousandths does; Invalid "input.number" otherwise.
func decimalText(s string) (money.Quantity, error) {
	n, ok := thousandths(s)
	if !ok {
		return 0, fault.New(fault.Invalid, "input.number")
	}
	return money.Quantity(n), nil
}

// limit widens a limit by a scale, rounded half away from zero to three decimals.
// One beyond 64 bits, which no quantity reaches, is the greatest number there is.
func (k *known) limit(limit int64, scale []int) int64 {
	hi, lo, unit := uint64(0), uint64(limit), uint64(1)
	for _, slot := range scale {
		over, carried := bits.Mul64(lo, uint64(k.numbers[slot]))
		hi, lo = hi*uint64(k.numbers[slot])+over, carried // at most 10³⁶ in all
		unit *= thousandth
	}
	if hi >= unit {
		return math.MaxInt64
	}
	quotient, rest := bits.Div64(hi, lo, unit)
	if rest >= unit-rest && rest > 0 {
		quotient++
	}
	return int64(min(quotient, math.MaxInt64))
}

// derive computes the derived quantities of a part, in the order of the file.
func (v *version) derive(k *known, t *compiled, q *Quote, part int) error {
	if err := q.enter(t, part); err != nil {
		return err
	}
	for i := range v.derived {
		d := &v.derived[i]
		n, err := d.compute(k)
		if err != nil {
			return err
		}
		k.numbers[d.slot] = n
	}
	return nil
}

// compute gives the quantity, bounded, in thousandths.
func (d *derived) compute(k *known) (int64, error) {
	sum, ok := d.sum(k)
	if !ok {
		sum, ok = d.bigSum(k)
	}
	if d.source.Min != nil && ok {
		sum = max(sum, int64(*d.source.Min))
	}
	if d.source.Max != nil && ok {
		sum = min(sum, int64(*d.source.Max))
	}
	switch {
	case ok && sum < 0:
		return 0, refuse("tariff.quantity_negative", "quantity", "name", d.source.Name)
	case !ok || sum > int64(QuantityMax):
		return 0, refuse("tariff.quantity", "quantity", "max", QuantityMax)
	}
	return sum, nil
}

// sum adds the terms within 64 bits; false when that may not do.
func (d *derived) sum(k *known) (int64, bool) {
	if d.den == 0 || d.den > math.MaxInt32 {
		return 0, false
	}
	total, unit := int64(0), int64(1)
	for range d.places {
		unit *= thousandth
	}
	for i := range d.terms {
		n, ok := d.terms[i].product(k, d.places)
		sum := total + n
		if !ok || (sum > total) != (n > 0) && n != 0 {
			return 0, false
		}
		total = sum
	}
	// total / (den × unit), in thousandths
	if total > math.MaxInt64/thousandth || total < -math.MaxInt64/thousandth || int64(d.den) > math.MaxInt64/2/unit {
		return 0, false
	}
	return divRound(total*thousandth, int64(d.den)*unit), true
}

// product is a term in the unit of the sum.
func (t *term) product(k *known, places int) (int64, bool) {
	n := t.factor
	for i := range places {
		by := int64(thousandth)
		if i < len(t.of) {
			by = k.numbers[t.of[i]]
		}
		hi, lo := bits.Mul64(uint64(max(n, -n)), uint64(by))
		if hi != 0 || lo > math.MaxInt64 {
			return 0, false
		}
		if n < 0 {
			n = -int64(lo)
		} else {
			n = int64(lo)
		}
	}
	return n, true
}

// divRound divides by a positive number, rounded half away from zero.
func divRound(n, by int64) int64 {
	quotient, rest := n/by, n%by
	switch {
	case rest > 0 && rest >= by-rest:
		return quotient + 1
	case rest < 0 && -rest >= by+rest:
		return quotient - 1
	}
	return quotient
}

// bigSum is sum without bounds; false when the result does not fit 64 bits. A result
// out of them on the side that Min or Max would bring back is brought to that end.
func (d *derived) bigSum(k *known) (int64, bool) {
	total := new(big.Rat)
	for i := range d.terms {
		f := d.source.Terms[i].Factor
		product := big.NewRat(f.Num, max(1, f.Den))
		for _, slot := range d.terms[i].of {
			product.Mul(product, big.NewRat(k.numbers[slot], thousandth))
		}
		total.Add(total, product)
	}
	n := new(big.Int).Mul(total.Num(), big.NewInt(2*thousandth))
	half := new(big.Int).Set(total.Denom())
	if n.Sign() < 0 {
		half.Neg(half)
	}
	n.Add(n, half)
	n.Quo(n, new(big.Int).Lsh(total.Denom(), 1))
	switch {
	case n.IsInt64():
		return n.Int64(), true
	case n.Sign() < 0:
		return math.MinInt64, true
	}
	return math.MaxInt64, true
}
