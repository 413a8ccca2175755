// Package money owns the numbers of a bill: amounts, prices, quantities, rates,
// their exact products, their rounding and their splits.
//
// The four types are whole numbers of a fixed small unit and are distinct, so
// that a price is never added to an amount. Products go through Exact, which
// holds 128 bits and loses nothing; a value becomes an Amount again only through
// a named rounding. Rounding is always half away from zero. There is no float.
//
// What does not fit is an error (Limit "money.overflow"), never a saturated,
// wrapped or zero number. What makes no sense (division by zero, a tax rate
// below zero) is Invalid.
package money

import (
	"cmp"

	"wasl/internal/kernel/fault"
)

// Amount is a sum of money in centimes (10⁻² DH). Its sign is that of the
// document it stands in: what is owed is positive.
type Amount int64

// Price is what one unit costs, in 10⁻⁶ DH.
type Price int64

// Quantity is a measured volume (kWh, m³, months), in 10⁻³ of its unit.
type Quantity int64

// Rate is a proportion in 10⁻⁴: 20 % is 2000.
type Rate int64

// Digits after the decimal separator of each type.
const (
	AmountDecimals   = 2
	PriceDecimals    = 6
	QuantityDecimals = 3
	RateDecimals     = 4
)

// RateOne is the rate 1, or 100 %.
const RateOne Rate = 10_000

// number is what the four types share.
type number interface {
	Amount | Price | Quantity | Rate
}

func overflow() error { return fault.New(fault.Limit, "money.overflow") }

// orOverflow ends a computation that may not have fitted.
func orOverflow[N number](n int64, ok bool) (N, error) {
	if !ok {
		return 0, overflow()
	}
	return N(n), nil
}

// Add gives a + b; Limit "money.overflow" when it does not fit.
func Add[N number](a, b N) (N, error) {
	sum := a + b
	if (sum > a) != (b > 0) {
		return 0, overflow()
	}
	return sum, nil
}

// Sub gives a - b; Limit "money.overflow" when it does not fit.
func Sub[N number](a, b N) (N, error) {
	difference := a - b
	if (difference < a) != (b > 0) {
		return 0, overflow()
	}
	return difference, nil
}

// Neg gives -a; Limit "money.overflow" for the lowest number, which has no
// opposite.
func Neg[N number](a N) (N, error) { return Sub(0, a) }

// Mul gives a × n; Limit "money.overflow" when it does not fit.
func Mul[N number](a N, n int64) (N, error) {
	negative := (a < 0) != (n < 0)
	return orOverflow[N](signed(negative, wideMul(magnitude(int64(a)), magnitude(n))))
}

// Sum adds up any number of values; 0 for none. Limit "money.overflow" when a
// partial sum, in the order given, does not fit.
func Sum[N number](values ...N) (N, error) {
	var total N
	var err error
	for _, v := range values {
		if total, err = Add(total, v); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Portion gives a × part / whole, rounded half away from zero: a pro rata of
// days, a share of an allocation. A zero whole is Invalid
// "money.division_by_zero"; Limit "money.overflow" when the result does not fit.
func Portion[N number](a N, part, whole int64) (N, error) {
	if whole == 0 {
		return 0, fault.New(fault.Invalid, "money.division_by_zero")
	}
	negative := (a < 0) != (part < 0) != (whole < 0)
	return orOverflow[N](signed(negative, wideMul(magnitude(int64(a)), magnitude(part)).divRound(magnitude(whole))))
}

// Add gives a + b; Limit "money.overflow" when it does not fit.
func (a Amount) Add(b Amount) (Amount, error) { return Add(a, b) }

// Sub gives a - b; Limit "money.overflow" when it does not fit.
func (a Amount) Sub(b Amount) (Amount, error) { return Sub(a, b) }

// Neg gives -a; Limit "money.overflow" for the lowest amount.
func (a Amount) Neg() (Amount, error) { return Neg(a) }

// Mul gives a × n; Limit "money.overflow" when it does not fit.
func (a Amount) Mul(n int64) (Amount, error) { return Mul(a, n) }

// Portion gives a × part / whole; see the function of the same name.
func (a Amount) Portion(part, whole int64) (Amount, error) { return Portion(a, part, whole) }

// Abs gives the amount without its sign; Limit "money.overflow" for the lowest.
func (a Amount) Abs() (Amount, error) {
	if a < 0 {
		return Neg(a)
	}
	return a, nil
}

// Sign is -1, 0 or +1.
func (a Amount) Sign() int { return cmp.Compare(a, 0) }

// TimesRate gives a × r rounded half away from zero to the centime: the tax of a
// base, a stamp duty. Limit "money.overflow" when it does not fit.
func (a Amount) TimesRate(r Rate) (Amount, error) {
	return Portion(a, int64(r), int64(RateOne))
}

// Net gives the base of a gross amount, a / (1 + r), rounded half away from zero
// to the centime. A negative rate is Invalid "money.rate".
func (a Amount) Net(r Rate) (Amount, error) {
	whole, err := onePlus(r)
	if err != nil {
		return 0, err
	}
	return Portion(a, int64(RateOne), int64(whole))
}

// Net gives the price without tax of a price with tax, p / (1 + r), rounded half
// away from zero to a number of decimals: tariffs print 4. A negative rate is
// Invalid "money.rate", decimals outside 0 to PriceDecimals Invalid
// "money.decimals".
func (p Price) Net(r Rate, decimals int) (Price, error) {
	whole, err := onePlus(r)
	if err != nil {
		return 0, err
	}
	if decimals < 0 || decimals > PriceDecimals {
		return 0, fault.New(fault.Invalid, "money.decimals", "max", PriceDecimals)
	}
	unit := pow10(PriceDecimals - decimals)
	divisor := wideMul(uint64(whole), unit)
	if divisor.hi != 0 {
		return 0, overflow()
	}
	rounded, fits := wideMul(magnitude(int64(p)), uint64(RateOne)).divRound(divisor.lo).mul(unit)
	n, ok := signed(p < 0, rounded)
	return orOverflow[Price](n, ok && fits)
}

// onePlus is 1 + r for a rate of tax.
func onePlus(r Rate) (Rate, error) {
	if r < 0 {
		return 0, fault.New(fault.Invalid, "money.rate")
	}
	return Add(RateOne, r)
}
