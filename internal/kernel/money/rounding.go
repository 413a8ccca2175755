package money

import (
	"slices"

	"wasl/internal/kernel/fault"
)

// Rounding names how the lines of a bill become what is printed. It belongs to
// the tariff version and is stored in the bill. In every mode the totals are the
// sums of what is printed.
type Rounding string

// The modes.
const (
	// RoundLine rounds each net line; the tax of a rate is computed on the sum of
	// its rounded lines.
	RoundLine Rounding = "line"
	// RoundTotal keeps net lines exact: per rate, base = round(Σ) and tax =
	// round(Σ × rate); the printed lines share the base by largest remainder, so
	// each is within one centime of its exact value.
	RoundTotal Rounding = "total"
	// RoundTTC takes lines with tax included, rounds each, and per rate takes the
	// base out of their sum: base = round(gross / (1 + rate)), tax = gross - base.
	RoundTTC Rounding = "ttc"
)

// LinesMax bounds the lines of one computation.
const LinesMax = 10_000

// Line is one charge: an exact value and the tax rate that applies to it. The
// value is net in modes line and total, tax included in mode ttc.
type Line struct {
	Value Exact
	Rate  Rate
}

// TaxGroup is what a bill prints for one rate.
type TaxGroup struct {
	Rate Rate
	Base Amount
	Tax  Amount
}

// Rounded is what a bill prints. Net + Tax = Total; Net and Tax are the sums of
// Groups; the lines sum to Net, or to Total in mode ttc.
type Rounded struct {
	// Lines are the printed lines in the order given: net, or tax included in
	// mode ttc.
	Lines []Amount
	// Groups are in increasing order of rate.
	Groups []TaxGroup
	Net    Amount
	Tax    Amount
	Total  Amount
}

// Valid says whether the mode exists.
func (r Rounding) Valid() bool { return r == RoundLine || r == RoundTotal || r == RoundTTC }

// Round computes what is printed for lines. The result for opposite lines is the
// opposite: a credit note mirrors its bill. An unknown mode is Invalid
// "money.rounding", a negative rate Invalid "money.rate", too many lines Limit
// "money.lines", a number that does not fit Limit "money.overflow".
func (r Rounding) Round(lines []Line) (Rounded, error) {
	if !r.Valid() {
		return Rounded{}, fault.New(fault.Invalid, "money.rounding", "mode", string(r))
	}
	if len(lines) > LinesMax {
		return Rounded{}, fault.New(fault.Limit, "money.lines", "max", LinesMax)
	}
	out := Rounded{Lines: make([]Amount, len(lines))}
	for _, rate := range ratesOf(lines) {
		if rate < 0 {
			return Rounded{}, fault.New(fault.Invalid, "money.rate")
		}
		group, err := r.roundGroup(lines, rate, out.Lines)
		if err != nil {
			return Rounded{}, err
		}
		out.Groups = append(out.Groups, group)
	}
	return out, out.addUp()
}

// addUp makes the totals out of the groups.
func (out *Rounded) addUp() (err error) {
	for _, g := range out.Groups {
		if out.Net, err = Add(out.Net, g.Base); err != nil {
			return err
		}
		if out.Tax, err = Add(out.Tax, g.Tax); err != nil {
			return err
		}
	}
	out.Total, err = Add(out.Net, out.Tax)
	return err
}

// ratesOf gives the distinct rates of lines, in increasing order.
func ratesOf(lines []Line) []Rate {
	rates := make([]Rate, 0, len(lines))
	for _, l := range lines {
		rates = append(rates, l.Rate)
	}
	slices.Sort(rates)
	return slices.Compact(rates)
}

// roundGroup computes one rate and writes its printed lines into printed.
func (r Rounding) roundGroup(lines []Line, rate Rate, printed []Amount) (TaxGroup, error) {
	if r == RoundTotal {
		return roundTotal(lines, rate, printed)
	}
	var sum Amount
	for i, l := range lines {
		if l.Rate != rate {
			continue
		}
		amount, err := l.Value.Round()
		if err != nil {
			return TaxGroup{}, err
		}
		if sum, err = Add(sum, amount); err != nil {
			return TaxGroup{}, err
		}
		printed[i] = amount
	}
	if r == RoundLine {
		tax, err := sum.TimesRate(rate)
		return TaxGroup{Rate: rate, Base: sum, Tax: tax}, err
	}
	base, err := sum.Net(rate)
	return TaxGroup{Rate: rate, Base: base, Tax: sum - base}, err // |base| ≤ |sum|, same sign
}

// roundTotal computes one rate in mode total.
func roundTotal(lines []Line, rate Rate, printed []Amount) (TaxGroup, error) {
	var exact Exact
	var err error
	var at []int
	for i, l := range lines {
		if l.Rate != rate {
			continue
		}
		at = append(at, i)
		if exact, err = exact.Add(l.Value); err != nil {
			return TaxGroup{}, err
		}
	}
	group := TaxGroup{Rate: rate}
	if group.Base, err = exact.Round(); err != nil {
		return TaxGroup{}, err
	}
	taxed, err := exact.TimesRate(rate)
	if err != nil {
		return TaxGroup{}, err
	}
	if group.Tax, err = taxed.Round(); err != nil {
		return TaxGroup{}, err
	}
	return group, shareBase(lines, at, exact, printed)
}

// shareBase prints the lines at the given positions so that they sum to the
// rounded sum of their exact values: each is rounded down to the centime, then
// the centimes left go to the largest remainders, the first of equals first. To
// keep the mirror rule, the work is done on the side where the sum, or failing
// that the first line that is not zero, is positive.
func shareBase(lines []Line, at []int, sum Exact, printed []Amount) error {
	mirror := leansNegative(lines, at, sum)
	left, err := sum.mirrored(mirror).Round()
	if err != nil {
		return err
	}
	remainders := make([]uint64, len(at))
	for k, i := range at {
		if printed[i], remainders[k], err = lines[i].Value.mirrored(mirror).floor(); err != nil {
			return err
		}
		if left, err = Sub(left, printed[i]); err != nil {
			return err
		}
	}
	for _, k := range largestFirst(remainders)[:left] {
		if printed[at[k]], err = Add(printed[at[k]], 1); err != nil {
			return err
		}
	}
	for _, i := range at {
		if !mirror {
			break
		}
		if printed[i], err = Neg(printed[i]); err != nil {
			return err
		}
	}
	return nil
}

// leansNegative says on which side shareBase works.
func leansNegative(lines []Line, at []int, sum Exact) bool {
	sign := sum.Sign()
	for _, i := range at {
		if sign != 0 {
			break
		}
		sign = lines[i].Value.Sign()
	}
	return sign < 0
}

func (e Exact) mirrored(mirror bool) Exact {
	if mirror {
		return e.Neg()
	}
	return e
}

// floor gives the value rounded down to the centime and what was dropped, in
// 10^-ScaleMax DH, so that remainders of all scales compare.
func (e Exact) floor() (Amount, uint64, error) {
	if e.scale <= AmountDecimals {
		a, err := e.Round()
		return a, 0, err
	}
	unit := pow10(int(e.scale) - AmountDecimals)
	quotient, dropped := e.mantissa.div(unit)
	if e.negative && dropped != 0 {
		quotient, _ = quotient.add(wide{lo: 1}) // a quotient of at least 10 leaves room
		dropped = unit - dropped
	}
	n, ok := signed(e.negative, quotient)
	a, err := orOverflow[Amount](n, ok)
	return a, dropped * pow10(ScaleMax-int(e.scale)), err // below 10^16
}
