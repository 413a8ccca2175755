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
// value is net in modes line and total, tax included in mode ttc. An exempt line
// has the rate 0 and is kept apart from lines that no tax concerns.
type Line struct {
	Value  Exact
	Rate   Rate
	Exempt bool
}

// TaxGroup is what a bill prints for one rate.
type TaxGroup struct {
	Rate   Rate
	Exempt bool
	Base   Amount
	Tax    Amount
}

// Rounded is what a bill prints. Net + Tax = Total; Net and Tax are the sums of
// Groups; the lines sum to Net, or to Total in mode ttc.
type Rounded struct {
	// Lines are the printed lines in the order given: net, or tax included in
	// mode ttc.
	Lines []Amount
	// Groups are in increasing order of rate, exempt before the rate 0.
	Groups []TaxGroup
	Net    Amount
	Tax    Amount
	Total  Amount
}

// Valid says whether the mode exists.
func (r Rounding) Valid() bool { return r == RoundLine || r == RoundTotal || r == RoundTTC }

// Round computes what is printed for lines. The result for opposite lines is the
// opposite: a credit note mirrors its bill. An unknown mode is Invalid
// "money.rounding", a negative rate, or an exempt line with a rate, Invalid
// "money.rate", too many lines Limit "money.lines", a number that does not fit
// Limit "money.overflow".
func (r Rounding) Round(lines []Line) (Rounded, error) {
	var out Rounded
	if err := r.RoundInto(&out, lines); err != nil {
		return Rounded{}, err
	}
	return out, nil
}

// RoundInto is Round into a result whose room is used again; after an error the
// result means nothing.
func (r Rounding) RoundInto(out *Rounded, lines []Line) error {
	if !r.Valid() {
		return fault.New(fault.Invalid, "money.rounding", "mode", string(r))
	}
	if len(lines) > LinesMax {
		return fault.New(fault.Limit, "money.lines", "max", LinesMax)
	}
	*out = Rounded{Lines: slices.Grow(out.Lines[:0], len(lines))[:len(lines)], Groups: out.Groups[:0]}
	for _, l := range lines {
		if l.Rate < 0 || l.Exempt && l.Rate != 0 {
			return fault.New(fault.Invalid, "money.rate")
		}
		out.group(l)
	}
	for i := range out.Groups {
		if err := r.roundGroup(lines, &out.Groups[i], out.Lines); err != nil {
			return err
		}
	}
	return out.addUp()
}

// group makes the group of a line at its place unless it is there.
func (out *Rounded) group(l Line) {
	at := 0
	for ; at < len(out.Groups); at++ {
		g := out.Groups[at]
		if g.holds(l) {
			return
		}
		if g.Rate > l.Rate || g.Rate == l.Rate && l.Exempt {
			break
		}
	}
	out.Groups = slices.Insert(out.Groups, at, TaxGroup{Rate: l.Rate, Exempt: l.Exempt})
}

func (g TaxGroup) holds(l Line) bool { return g.Rate == l.Rate && g.Exempt == l.Exempt }

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

// roundGroup computes one rate and writes its printed lines into printed.
func (r Rounding) roundGroup(lines []Line, group *TaxGroup, printed []Amount) error {
	if r == RoundTotal {
		return roundTotal(lines, group, printed)
	}
	var sum Amount
	for i := range lines {
		if !group.holds(lines[i]) {
			continue
		}
		amount, err := lines[i].Value.Round()
		if err != nil {
			return err
		}
		if sum, err = Add(sum, amount); err != nil {
			return err
		}
		printed[i] = amount
	}
	var err error
	if r == RoundLine {
		group.Base = sum
		group.Tax, err = sum.TimesRate(group.Rate)
		return err
	}
	group.Base, err = sum.Net(group.Rate)
	group.Tax = sum - group.Base // |base| ≤ |sum|, same sign
	return err
}

// roundTotal computes one rate in mode total.
func roundTotal(lines []Line, group *TaxGroup, printed []Amount) error {
	var exact Exact
	var err error
	var room [linesUsual]int
	at := room[:0]
	for i := range lines {
		if !group.holds(lines[i]) {
			continue
		}
		at = append(at, i)
		if exact, err = exact.Add(lines[i].Value); err != nil {
			return err
		}
	}
	if group.Base, err = exact.Round(); err != nil {
		return err
	}
	taxed, err := exact.TimesRate(group.Rate)
	if err != nil {
		return err
	}
	if group.Tax, err = taxed.Round(); err != nil {
		return err
	}
	return shareBase(lines, at, exact, printed)
}

// linesUsual is how many lines are worked on without asking for memory.
const linesUsual = 16

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
	var room [linesUsual]uint64
	remainders := append(room[:0], make([]uint64, len(at))...)
	for k, i := range at {
		if printed[i], remainders[k], err = lines[i].Value.mirrored(mirror).floor(); err != nil {
			return err
		}
		if left, err = Sub(left, printed[i]); err != nil {
			return err
		}
	}
	var places [linesUsual]int
	for _, k := range largestFirst(remainders, places[:0])[:left] {
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
