package money

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

// charge is one line typed as quantity, price and rate.
func charge(t testing.TB, quantity, price, rate string) Line {
	t.Helper()
	q, err := ParsePlain[Quantity](quantity)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePlain[Price](price)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParsePlain[Rate](rate)
	if err != nil {
		t.Fatal(err)
	}
	return Line{Value: q.Times(p), Rate: r}
}

func opposite(lines []Line) []Line {
	out := make([]Line, 0, len(lines))
	for _, l := range lines {
		out = append(out, Line{Value: l.Value.Neg(), Rate: l.Rate})
	}
	return out
}

// The bills below were worked by hand.
func TestRoundTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		mode   Rounding
		lines  []Line
		print  []Amount
		groups []TaxGroup
		total  Amount
	}{
		{ // 10 × 1.1676 = 11.676; 3 × 0.333 = 0.999; 20 % of 11.68 + 1.00 = 2.536
			"line", RoundLine,
			[]Line{charge(t, "10", "1.1676", "0.20"), charge(t, "3", "0.333", "0.20")},
			[]Amount{1168, 100},
			[]TaxGroup{{Rate: 2000, Base: 1268, Tax: 254}},
			1522,
		},
		{ // two rates: 10 % of 0.05 = 0.005 rounds to 0.01; rates come in order
			"line, two rates", RoundLine,
			[]Line{charge(t, "1", "100", "0.20"), charge(t, "1", "0.05", "0.10")},
			[]Amount{10000, 5},
			[]TaxGroup{{Rate: 1000, Base: 5, Tax: 1}, {Rate: 2000, Base: 10000, Tax: 2000}},
			12006,
		},
		{ // three times 0.333333 = 0.999999: base 1.00, one centime to the first
			"total", RoundTotal,
			[]Line{charge(t, "1", "0.333333", "0.20"), charge(t, "1", "0.333333", "0.20"), charge(t, "1", "0.333333", "0.20")},
			[]Amount{34, 33, 33},
			[]TaxGroup{{Rate: 2000, Base: 100, Tax: 20}},
			120,
		},
		{ // 1.004 + 1.004 + 1.004 = 3.012: rounded lines would sum to 3.00, the base is 3.01
			"total, lines follow the base", RoundTotal,
			[]Line{charge(t, "1", "1.004", "0"), charge(t, "1", "1.004", "0"), charge(t, "1", "1.004", "0")},
			[]Amount{101, 100, 100},
			[]TaxGroup{{Rate: 0, Base: 301, Tax: 0}},
			301,
		},
		{ // a deduction: 10.006 - 3.003 = 7.003, floors 10.00 and -3.01 leave one centime to the larger remainder (0.7 of -3.01)
			"total, mixed signs", RoundTotal,
			[]Line{charge(t, "1", "10.006", "0.10"), charge(t, "-1", "3.003", "0.10")},
			[]Amount{1000, -300},
			[]TaxGroup{{Rate: 1000, Base: 700, Tax: 70}},
			770,
		},
		{ // 291.90 + 19.66 + 35.00 = 346.56 with tax; / 1.20 = 288.80
			"ttc", RoundTTC,
			[]Line{charge(t, "250", "1.1676", "0.20"), charge(t, "1", "19.66", "0.20"), charge(t, "1", "35", "0.20")},
			[]Amount{29190, 1966, 3500},
			[]TaxGroup{{Rate: 2000, Base: 28880, Tax: 5776}},
			34656,
		},
		{ // 0.06 / 1.20 = 0.05; 0.03 / 1.20 = 0.025, away from zero 0.03: no tax left
			"ttc, ties", RoundTTC,
			[]Line{charge(t, "1", "0.06", "0.20")},
			[]Amount{6},
			[]TaxGroup{{Rate: 2000, Base: 5, Tax: 1}},
			6,
		},
		{"no lines", RoundTotal, nil, []Amount{}, nil, 0},
	} {
		for _, sign := range []Amount{1, -1} {
			lines := c.lines
			if sign < 0 {
				lines = opposite(lines)
			}
			got, err := c.mode.Round(lines)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			var net, tax Amount
			for i, g := range c.groups {
				net, tax = net+g.Base, tax+g.Tax
				if len(got.Groups) != len(c.groups) || got.Groups[i] != (TaxGroup{Rate: g.Rate, Base: sign * g.Base, Tax: sign * g.Tax}) {
					t.Errorf("%s: groups %v, want %v times %d", c.name, got.Groups, c.groups, sign)
				}
			}
			for i, p := range c.print {
				if got.Lines[i] != sign*p {
					t.Errorf("%s: lines %v, want %v times %d", c.name, got.Lines, c.print, sign)
				}
			}
			if got.Net != sign*net || got.Tax != sign*tax || got.Total != sign*c.total || len(got.Lines) != len(c.print) {
				t.Errorf("%s: net %d tax %d total %d, want %d times %d", c.name, got.Net, got.Tax, got.Total, c.total, sign)
			}
		}
	}
}

func TestRoundRefuses(t *testing.T) {
	t.Parallel()
	one := charge(t, "1", "1", "0.20")
	huge := Line{Value: Amount(math.MaxInt64).Exact(), Rate: 2000}
	beyond := Line{Value: Quantity(math.MaxInt64).Times(math.MaxInt64), Rate: 2000}
	for _, c := range []struct {
		name  string
		mode  Rounding
		lines []Line
		code  string
	}{
		{"mode", "nearest", []Line{one}, "money.rounding"},
		{"rate", RoundLine, []Line{{Value: one.Value, Rate: -1}}, "money.rate"},
		{"count", RoundLine, make([]Line, LinesMax+1), "money.lines"},
		{"sum", RoundLine, []Line{huge, huge}, "money.overflow"},
		{"sum", RoundTotal, []Line{huge, huge}, "money.overflow"},
		{"sum", RoundTTC, []Line{huge, huge}, "money.overflow"},
		{"total", RoundLine, []Line{huge}, "money.overflow"},
		{"line", RoundTTC, []Line{beyond}, "money.overflow"},
		{"line", RoundTotal, []Line{beyond, {Value: beyond.Value.Neg(), Rate: 2000}}, "money.overflow"},
	} {
		if _, err := c.mode.Round(c.lines); fault.CodeOf(err) != c.code {
			t.Errorf("%s in mode %s: %v, want %s", c.name, c.mode, err, c.code)
		}
	}
}

func anyLines() *rapid.Generator[[]Line] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Line {
		q := Quantity(rapid.Int64Range(-2_000_000, 2_000_000).Draw(t, "quantity"))
		p := Price(rapid.OneOf(rapid.Int64Range(0, 3_000_000), rapid.SampledFrom([]int64{5000, 10000, 1_000_000})).Draw(t, "price"))
		return Line{Value: q.Times(p), Rate: Rate(rapid.SampledFrom([]int64{0, 700, 1000, 2000}).Draw(t, "rate"))}
	}), 0, 12)
}

// exactValue is the reference value of a line.
func exactValue(t *rapid.T, l Line) *big.Rat {
	v, ok := new(big.Rat).SetString(l.Value.String())
	if !ok {
		t.Fatalf("%q is not a number", l.Value.String())
	}
	return v
}

// checkPrinted checks what holds in every mode: totals are sums of what is printed.
func checkPrinted(t *rapid.T, mode Rounding, lines []Line, got Rounded) {
	var net, tax, printed Amount
	for _, g := range got.Groups {
		net, tax = net+g.Base, tax+g.Tax
	}
	for _, a := range got.Lines {
		printed += a
	}
	want := net
	if mode == RoundTTC {
		want = net + tax
	}
	if got.Net != net || got.Tax != tax || got.Total != net+tax || printed != want || len(got.Lines) != len(lines) {
		t.Fatalf("mode %s: printed %d, net %d, tax %d, total %d: %+v", mode, printed, net, tax, got.Total, got)
	}
}

// checkGroup checks one rate against the definition of its mode, with fractions.
func checkGroup(t *rapid.T, mode Rounding, lines []Line, got Rounded, g TaxGroup) {
	exact, roundedSum := new(big.Rat), new(big.Int)
	for i, l := range lines {
		if l.Rate != g.Rate {
			continue
		}
		v := exactValue(t, l)
		exact.Add(exact, v)
		cents := rounded(v, 2)
		roundedSum.Add(roundedSum, cents)
		gap := new(big.Rat).Sub(v, unit(int64(got.Lines[i]), 2))
		if mode == RoundTotal && gap.Abs(gap).Cmp(unit(1, 2)) >= 0 {
			t.Fatalf("line %d prints %d for %s", i, got.Lines[i], l.Value)
		}
		if mode != RoundTotal && cents.Int64() != int64(got.Lines[i]) {
			t.Fatalf("line %d prints %d for %s", i, got.Lines[i], l.Value)
		}
	}
	lineSum := unit(roundedSum.Int64(), 2)
	var base, tax *big.Int
	switch mode {
	case RoundLine:
		base, tax = roundedSum, rounded(new(big.Rat).Mul(lineSum, unit(int64(g.Rate), 4)), 2)
	case RoundTotal:
		base, tax = rounded(exact, 2), rounded(new(big.Rat).Mul(exact, unit(int64(g.Rate), 4)), 2)
	case RoundTTC:
		base = rounded(new(big.Rat).Quo(lineSum, new(big.Rat).Add(unit(1, 0), unit(int64(g.Rate), 4))), 2)
		tax = new(big.Int).Sub(roundedSum, base)
	}
	if base.Int64() != int64(g.Base) || tax.Int64() != int64(g.Tax) {
		t.Fatalf("mode %s: %+v, want base %s tax %s", mode, g, base, tax)
	}
}

func TestRoundProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := anyLines().Draw(t, "lines")
		mode := rapid.SampledFrom([]Rounding{RoundLine, RoundTotal, RoundTTC}).Draw(t, "mode")
		got, err := mode.Round(lines)
		if err != nil {
			t.Fatal(err)
		}
		checkPrinted(t, mode, lines, got)
		if !slices.IsSortedFunc(got.Groups, func(a, b TaxGroup) int { return int(a.Rate - b.Rate) }) {
			t.Fatalf("groups out of order: %v", got.Groups)
		}
		for _, g := range got.Groups {
			checkGroup(t, mode, lines, got, g)
		}
		// A credit note mirrors its bill to the centime.
		mirror, err := mode.Round(opposite(lines))
		if err != nil || mirror.Total != -got.Total || mirror.Tax != -got.Tax {
			t.Fatalf("mirror %+v of %+v, %v", mirror, got, err)
		}
		for i := range got.Lines {
			if mirror.Lines[i] != -got.Lines[i] {
				t.Fatalf("mirror %v of %v", mirror.Lines, got.Lines)
			}
		}
	})
}

// Exempt lines are apart from lines of the rate 0: each group has its own rounding.
func TestRoundExemptApart(t *testing.T) {
	t.Parallel()
	exempt, outside := charge(t, "1", "1.004", "0"), charge(t, "1", "1.004", "0")
	exempt.Exempt = true
	got, err := RoundTotal.Round([]Line{outside, exempt, charge(t, "1", "10", "0.20"), outside, exempt})
	if err != nil {
		t.Fatal(err)
	}
	// Each pair is 2.008, printed 2.01: 1.01 and 1.00. One group would be 4.016, or 4.02.
	want := []TaxGroup{{Rate: 0, Exempt: true, Base: 201}, {Rate: 0, Base: 201}, {Rate: 2000, Base: 1000, Tax: 200}}
	if !slices.Equal(got.Groups, want) || !slices.Equal(got.Lines, []Amount{101, 101, 1000, 100, 100}) || got.Total != 1602 {
		t.Errorf("got %+v", got)
	}
	bad := []Line{{Rate: 100, Exempt: true}}
	if _, err := RoundLine.Round(bad); fault.CodeOf(err) != "money.rate" {
		t.Errorf("an exempt line with a rate: %v", err)
	}
}

// RoundInto uses the room of the last result, and asks for no memory once it has it.
func TestRoundIntoReusesRoom(t *testing.T) {
	t.Parallel()
	lines := []Line{charge(t, "10", "1.1676", "0.20"), charge(t, "3", "0.333", "0.07"), charge(t, "7", "0.3333", "0.20")}
	for _, mode := range []Rounding{RoundLine, RoundTotal, RoundTTC} {
		var out Rounded
		for range 2 {
			if err := mode.RoundInto(&out, lines); err != nil {
				t.Fatal(err)
			}
		}
		fresh, err := mode.Round(lines)
		if err != nil || !slices.Equal(out.Lines, fresh.Lines) || !slices.Equal(out.Groups, fresh.Groups) || out.Total != fresh.Total {
			t.Errorf("%s: used room %+v, fresh %+v, %v", mode, out, fresh, err)
		}
	}
}

// RoundTo agrees with whole-number arithmetic on the digits dropped.
func TestRoundToAgainstBig(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := Quantity(rapid.Int64Range(-1e12, 1e12).Draw(t, "quantity"))
		p := Price(rapid.Int64Range(0, 1e12).Draw(t, "price"))
		keep := rapid.IntRange(0, ScaleMax).Draw(t, "decimals")
		got, err := q.Times(p).RoundTo(keep)
		if err != nil {
			t.Fatal(err)
		}
		want := new(big.Int).Mul(big.NewInt(int64(q)), big.NewInt(int64(p)))
		if drop := QuantityDecimals + PriceDecimals - keep; drop > 0 {
			unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(drop)), nil)
			half := new(big.Int).Quo(unit, big.NewInt(2))
			if want.Sign() < 0 {
				half.Neg(half)
			}
			want.Add(want, half)
			want.Quo(want, unit) // truncation after half a unit away from zero
			want.Mul(want, unit)
		}
		if got.Compare(fromBig(t, want)) != 0 {
			t.Fatalf("%s × %s to %d: %s, want %s", q, p, keep, got, want)
		}
	})
}

// fromBig makes a value of nine decimals out of a number of at most 10²⁴.
func fromBig(t *rapid.T, n *big.Int) Exact {
	high, low := new(big.Int).QuoRem(n, big.NewInt(1e12), new(big.Int))
	e, err := Quantity(high.Int64()).Times(1e12).Add(Quantity(low.Int64()).Times(1))
	if err != nil {
		t.Fatal(err)
	}
	return e
}
