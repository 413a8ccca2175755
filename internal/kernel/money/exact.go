package money

import (
	"cmp"

	"wasl/internal/kernel/fault"
)

// ScaleMax is the greatest number of decimals of an Exact: enough for
// quantity × price × rate × rate.
const ScaleMax = 18

// Exact is an intermediate value of a computation: 128 bits of magnitude, a sign
// and up to ScaleMax decimals. It is never rounded but by a method that says so.
// The zero value is 0. Do not compare with ==, use Compare: 1.5 and 1.50 are two
// writings of one value.
type Exact struct {
	mantissa wide
	negative bool // never set on zero
	scale    uint8
}

func makeExact(negative bool, mantissa wide, scale int) Exact {
	return Exact{mantissa: mantissa, negative: negative && !mantissa.isZero(), scale: uint8(scale)}
}

// Exact gives the amount as an intermediate value.
func (a Amount) Exact() Exact {
	return makeExact(a < 0, wide{lo: magnitude(int64(a))}, AmountDecimals)
}

// Exact gives the price of one unit as an intermediate value.
func (p Price) Exact() Exact {
	return makeExact(p < 0, wide{lo: magnitude(int64(p))}, PriceDecimals)
}

// Times gives quantity × price, exactly. It always fits.
func (q Quantity) Times(p Price) Exact {
	return makeExact((q < 0) != (p < 0), wideMul(magnitude(int64(q)), magnitude(int64(p))), QuantityDecimals+PriceDecimals)
}

// IsZero says that the value is 0.
func (e Exact) IsZero() bool { return e.mantissa.isZero() }

// Sign is -1, 0 or +1.
func (e Exact) Sign() int {
	switch {
	case e.mantissa.isZero():
		return 0
	case e.negative:
		return -1
	}
	return 1
}

// Neg gives the opposite value. It always fits.
func (e Exact) Neg() Exact { return makeExact(!e.negative, e.mantissa, int(e.scale)) }

// Add gives e + o, exactly; Limit "money.overflow" when it does not fit.
func (e Exact) Add(o Exact) (Exact, error) {
	e, o, err := align(e, o)
	if err != nil {
		return Exact{}, err
	}
	if e.negative == o.negative {
		sum, ok := e.mantissa.add(o.mantissa)
		if !ok {
			return Exact{}, overflow()
		}
		return makeExact(e.negative, sum, int(e.scale)), nil
	}
	if e.mantissa.cmp(o.mantissa) < 0 {
		e, o = o, e
	}
	return makeExact(e.negative, e.mantissa.sub(o.mantissa), int(e.scale)), nil
}

// Sub gives e - o, exactly; Limit "money.overflow" when it does not fit.
func (e Exact) Sub(o Exact) (Exact, error) { return e.Add(o.Neg()) }

// Mul gives e × n, exactly; Limit "money.overflow" when it does not fit.
func (e Exact) Mul(n int64) (Exact, error) {
	product, ok := e.mantissa.mul(magnitude(n))
	if !ok {
		return Exact{}, overflow()
	}
	return makeExact(e.negative != (n < 0), product, int(e.scale)), nil
}

// TimesRate gives e × r, exactly; Limit "money.overflow" when it does not fit in
// 128 bits or needs more than ScaleMax decimals.
func (e Exact) TimesRate(r Rate) (Exact, error) {
	return e.timesDecimal(int64(r), RateDecimals)
}

// TimesQuantity gives e × q, exactly: a pro rata of months. Errors as TimesRate.
func (e Exact) TimesQuantity(q Quantity) (Exact, error) {
	return e.timesDecimal(int64(q), QuantityDecimals)
}

func (e Exact) timesDecimal(n int64, decimals int) (Exact, error) {
	scale := int(e.scale) + decimals
	if scale > ScaleMax {
		return Exact{}, overflow()
	}
	product, err := e.Mul(n)
	if err != nil {
		return Exact{}, err
	}
	return makeExact(product.negative, product.mantissa, scale), nil
}

// Compare is -1, 0 or +1 as e is below, equal to or above o. Any two values compare,
// those too that cannot be brought to one scale.
func (e Exact) Compare(o Exact) int {
	sign := e.Sign()
	if sign != o.Sign() {
		return cmp.Compare(sign, o.Sign())
	}
	return sign * compareMagnitudes(e, o)
}

// compareMagnitudes leaves the signs out. A value that does not fit 128 bits with the
// decimals of the other is above it.
func compareMagnitudes(e, o Exact) int {
	if e.scale > o.scale {
		return -compareMagnitudes(o, e)
	}
	wider, ok := e.mantissa.mul(pow10(int(o.scale - e.scale)))
	if !ok {
		return 1
	}
	return wider.cmp(o.mantissa)
}

// Round gives the value in centimes, rounded half away from zero; Limit
// "money.overflow" when it does not fit.
func (e Exact) Round() (Amount, error) {
	return orOverflow[Amount](e.round(AmountDecimals))
}

// RoundPrice gives the value as a price, rounded half away from zero to a number
// of decimals. Decimals outside 0 to PriceDecimals are Invalid "money.decimals";
// Limit "money.overflow" when it does not fit.
func (e Exact) RoundPrice(decimals int) (Price, error) {
	if decimals < 0 || decimals > PriceDecimals {
		return 0, fault.New(fault.Invalid, "money.decimals", "max", PriceDecimals)
	}
	n, ok := e.round(decimals)
	if !ok {
		return 0, overflow()
	}
	return Mul(Price(n), int64(pow10(PriceDecimals-decimals)))
}

// RoundTo gives the value rounded half away from zero to a number of decimals, still
// as an intermediate value; with that many decimals or fewer it is unchanged. Decimals
// outside 0 to ScaleMax are Invalid "money.decimals".
func (e Exact) RoundTo(decimals int) (Exact, error) {
	if decimals < 0 || decimals > ScaleMax {
		return Exact{}, fault.New(fault.Invalid, "money.decimals", "max", ScaleMax)
	}
	if int(e.scale) <= decimals {
		return e, nil
	}
	return makeExact(e.negative, e.mantissa.divRound(pow10(int(e.scale)-decimals)), decimals), nil
}

// round gives the value in 10^-decimals; false when int64 cannot hold it.
func (e Exact) round(decimals int) (int64, bool) {
	shift := int(e.scale) - decimals
	if shift >= 0 {
		return signed(e.negative, e.mantissa.divRound(pow10(shift)))
	}
	m, fits := e.mantissa.mul(pow10(-shift))
	n, ok := signed(e.negative, m)
	return n, ok && fits
}

// rescale writes the value with more decimals.
func (e Exact) rescale(scale uint8) (Exact, error) {
	m, ok := e.mantissa.mul(pow10(int(scale - e.scale)))
	if !ok {
		return Exact{}, overflow()
	}
	return makeExact(e.negative, m, int(scale)), nil
}

// align writes two values with the same number of decimals.
func align(e, o Exact) (Exact, Exact, error) {
	scale := max(e.scale, o.scale)
	e, err := e.rescale(scale)
	if err != nil {
		return e, o, err
	}
	o, err = o.rescale(scale)
	return e, o, err
}

// String is the exact decimal writing, with a point and two decimals at least, without
// useless zeros after them: "143.76", "162.0532", "0.00".
func (e Exact) String() string {
	if e.scale < AmountDecimals {
		if wider, err := e.rescale(AmountDecimals); err == nil {
			e = wider
		}
	}
	var reversed []byte
	for m, i := e.mantissa, 0; !m.isZero() || i <= int(e.scale); i++ {
		var digit uint64
		if i == int(e.scale) && i > 0 {
			reversed = append(reversed, '.')
		}
		m, digit = m.div(10)
		reversed = append(reversed, byte('0'+digit))
	}
	if e.negative {
		reversed = append(reversed, '-')
	}
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	return trimDecimals(string(reversed), AmountDecimals)
}

// French is the printed form, with all its decimals and two at least: "1 234,5678".
func (e Exact) French() string { return french(e.String()) }

// MarshalText writes the plain form.
func (e Exact) MarshalText() ([]byte, error) { return []byte(e.String()), nil }
