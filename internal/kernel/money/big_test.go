package money

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

// The reference of this file is math/big: exact fractions and one rounding.

// anyInt64 draws all sizes, and often the edges.
func anyInt64() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64(), rapid.Int64Range(-1_000_000, 1_000_000), rapid.Int64Range(-3, 3),
		rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64, math.MaxInt64 - 1, 1 << 62, -1 << 62}),
	)
}

func pow(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// unit is n in 10^-scale as a fraction.
func unit(n int64, scale int) *big.Rat { return new(big.Rat).SetFrac(big.NewInt(n), pow(scale)) }

// rounded is x × 10^scale rounded half away from zero: floor(|x| + 1/2), signed.
func rounded(x *big.Rat, scale int) *big.Int {
	y := new(big.Rat).Mul(new(big.Rat).Abs(x), new(big.Rat).SetInt(pow(scale)))
	y.Add(y, big.NewRat(1, 2))
	q := new(big.Int).Quo(y.Num(), y.Denom())
	if x.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

// same checks a result against the reference: equal, or refused exactly when
// int64 cannot hold it.
func same[N number](t *rapid.T, what string, got N, err error, want *big.Int) {
	t.Helper()
	if !want.IsInt64() {
		if fault.CodeOf(err) != "money.overflow" || fault.KindOf(err) != fault.Limit || got != 0 {
			t.Fatalf("%s: %d, %v; %s does not fit", what, int64(got), err, want)
		}
		return
	}
	if err != nil || int64(got) != want.Int64() {
		t.Fatalf("%s: %d, %v; want %s", what, int64(got), err, want)
	}
}

func TestIntegerOperations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, y := anyInt64().Draw(t, "x"), anyInt64().Draw(t, "y")
		a, b := Amount(x), Amount(y)
		bx, by := big.NewInt(x), big.NewInt(y)
		got, err := a.Add(b)
		same(t, "add", got, err, new(big.Int).Add(bx, by))
		got, err = a.Sub(b)
		same(t, "sub", got, err, new(big.Int).Sub(bx, by))
		got, err = a.Neg()
		same(t, "neg", got, err, new(big.Int).Neg(bx))
		got, err = a.Abs()
		same(t, "abs", got, err, new(big.Int).Abs(bx))
		got, err = a.Mul(y)
		same(t, "mul", got, err, new(big.Int).Mul(bx, by))
		if a.Sign() != bx.Sign() {
			t.Fatalf("sign of %d is %d", x, a.Sign())
		}
		price, err := Add(Price(x), Price(y))
		same(t, "add prices", price, err, new(big.Int).Add(bx, by))
	})
}

func TestSum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(-1<<58, 1<<58), 0, 20).Draw(t, "values")
		want, amounts := new(big.Int), make([]Amount, 0, len(values))
		for _, v := range values {
			want.Add(want, big.NewInt(v))
			amounts = append(amounts, Amount(v))
		}
		got, err := Sum(amounts...)
		same(t, "sum", got, err, want)
	})
	if _, err := Sum[Amount](math.MaxInt64, 1, -1); fault.CodeOf(err) != "money.overflow" {
		t.Errorf("a partial sum beyond the range: %v", err)
	}
}

func TestPortion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, part, whole := anyInt64().Draw(t, "x"), anyInt64().Draw(t, "part"), anyInt64().Draw(t, "whole")
		got, err := Amount(x).Portion(part, whole)
		if whole == 0 {
			if got != 0 || fault.CodeOf(err) != "money.division_by_zero" {
				t.Fatalf("a zero whole gives %d, %v", got, err)
			}
			return
		}
		value := new(big.Rat).Mul(unit(x, 0), new(big.Rat).SetFrac(big.NewInt(part), big.NewInt(whole)))
		same(t, "portion", got, err, rounded(value, 0))
	})
}

func TestRates(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, r := anyInt64().Draw(t, "x"), anyInt64().Draw(t, "rate")
		got, err := Amount(x).TimesRate(Rate(r))
		same(t, "amount × rate", got, err, rounded(new(big.Rat).Mul(unit(x, 2), unit(r, 4)), 2))
		if r < 0 {
			if _, err := Amount(x).Net(Rate(r)); fault.CodeOf(err) != "money.rate" {
				t.Fatalf("a negative rate: %v", err)
			}
			return
		}
		if r > math.MaxInt64-10_000 {
			if _, err := Amount(x).Net(Rate(r)); fault.CodeOf(err) != "money.overflow" {
				t.Fatalf("a rate at the end of the range: %v", err)
			}
			return
		}
		divisor := new(big.Rat).Add(unit(r, 4), unit(1, 0))
		got, err = Amount(x).Net(Rate(r))
		same(t, "net amount", got, err, rounded(new(big.Rat).Quo(unit(x, 2), divisor), 2))
	})
}

func TestNetPrice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, decimals := anyInt64().Draw(t, "x"), rapid.IntRange(0, 6).Draw(t, "decimals")
		r := rapid.Int64Range(0, 1_000_000).Draw(t, "rate")
		divisor := new(big.Rat).Add(unit(r, 4), unit(1, 0))
		want := rounded(new(big.Rat).Quo(unit(x, 6), divisor), decimals)
		got, err := Price(x).Net(Rate(r), decimals)
		same(t, "net price", got, err, want.Mul(want, pow(6-decimals)))
	})
	for _, decimals := range []int{-1, 7} {
		if _, err := Price(1).Net(2000, decimals); fault.CodeOf(err) != "money.decimals" {
			t.Errorf("%d decimals: %v", decimals, err)
		}
		if _, err := Price(1).Exact().RoundPrice(decimals); fault.CodeOf(err) != "money.decimals" {
			t.Errorf("%d decimals: %v", decimals, err)
		}
	}
	if _, err := Price(1).Net(math.MaxInt64-20_000, 0); fault.CodeOf(err) != "money.overflow" {
		t.Errorf("a huge rate: %v", err)
	}
}

// pair is an Exact with its reference.
type pair struct {
	exact Exact
	value *big.Rat
}

// anyExact draws products of up to two rates, and amounts.
func anyExact() *rapid.Generator[pair] {
	return rapid.Custom(func(t *rapid.T) pair {
		x, y := anyInt64().Draw(t, "quantity"), anyInt64().Draw(t, "price")
		switch rapid.IntRange(0, 3).Draw(t, "shape") {
		case 0:
			return pair{Amount(x).Exact(), unit(x, 2)}
		case 1:
			return pair{Price(y).Exact(), unit(y, 6)}
		}
		p := pair{Quantity(x).Times(Price(y)), new(big.Rat).Mul(unit(x, 3), unit(y, 6))}
		for range rapid.IntRange(0, 2).Draw(t, "rates") {
			r := rapid.Int64Range(-20_000, 20_000).Draw(t, "rate")
			if e, err := p.exact.TimesRate(Rate(r)); err == nil {
				p = pair{e, p.value.Mul(p.value, unit(r, 4))}
			}
		}
		return p
	})
}

// fits says whether a value with a number of decimals has a mantissa of 128 bits.
func fits(v *big.Rat, scale int) bool {
	m := new(big.Rat).Mul(v, new(big.Rat).SetInt(pow(scale)))
	return m.Num().BitLen() <= 128
}

func sameExact(t *rapid.T, what string, got Exact, err error, want *big.Rat, scale int) {
	t.Helper()
	if !fits(want, scale) {
		if fault.CodeOf(err) != "money.overflow" {
			t.Fatalf("%s: %s, %v; %s does not fit", what, got, err, want)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v; want %s", what, err, want.FloatString(18))
	}
	back, ok := new(big.Rat).SetString(got.String())
	if !ok || back.Cmp(want) != 0 {
		t.Fatalf("%s: %s; want %s", what, got, want.FloatString(18))
	}
}

func TestExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyExact().Draw(t, "a"), anyExact().Draw(t, "b")
		sameExact(t, "value", a.exact, nil, a.value, int(a.exact.scale))
		if a.exact.Sign() != a.value.Sign() || a.exact.IsZero() != (a.value.Sign() == 0) {
			t.Fatalf("sign of %s is %d", a.exact, a.exact.Sign())
		}
		sameExact(t, "neg", a.exact.Neg(), nil, new(big.Rat).Neg(a.value), int(a.exact.scale))

		scale := max(int(a.exact.scale), int(b.exact.scale))
		alignable := fits(a.value, scale) && fits(b.value, scale)
		sum, err := a.exact.Add(b.exact)
		difference, errSub := a.exact.Sub(b.exact)
		if order := a.exact.Compare(b.exact); order != a.value.Cmp(b.value) {
			t.Fatalf("%s against %s: %d", a.exact, b.exact, order)
		}
		if !alignable {
			if fault.CodeOf(err) != "money.overflow" || errSub == nil {
				t.Fatalf("%s and %s have no common scale: %v %v", a.exact, b.exact, err, errSub)
			}
			return
		}
		sameExact(t, "sum", sum, err, new(big.Rat).Add(a.value, b.value), scale)
		sameExact(t, "difference", difference, errSub, new(big.Rat).Sub(a.value, b.value), scale)
	})
}

func TestExactProducts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, n := anyExact().Draw(t, "a"), anyInt64().Draw(t, "n")
		scale := int(a.exact.scale)
		got, err := a.exact.Mul(n)
		sameExact(t, "× n", got, err, new(big.Rat).Mul(a.value, unit(n, 0)), scale)
		got, err = a.exact.TimesQuantity(Quantity(n))
		if scale+3 > ScaleMax {
			if fault.CodeOf(err) != "money.overflow" {
				t.Fatalf("too many decimals: %s, %v", got, err)
			}
			return
		}
		sameExact(t, "× quantity", got, err, new(big.Rat).Mul(a.value, unit(n, 3)), scale+3)
	})
}

func TestExactRound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := anyExact().Draw(t, "a")
		amount, err := a.exact.Round()
		same(t, "round", amount, err, rounded(a.value, 2))
		decimals := rapid.IntRange(0, 6).Draw(t, "decimals")
		price, err := a.exact.RoundPrice(decimals)
		want := rounded(a.value, decimals)
		same(t, "round to a price", price, err, want.Mul(want, pow(6-decimals)))

		floor, dropped, err := a.exact.floor()
		whole := new(big.Int)
		cents := new(big.Rat).Mul(a.value, unit(100, 0))
		whole.Div(cents.Num(), cents.Denom()) // Euclidean: down, the denominator is positive
		same(t, "floor", floor, err, whole)
		rest := new(big.Rat).Sub(cents, new(big.Rat).SetInt(whole))
		if want := new(big.Rat).SetFrac(new(big.Int).SetUint64(dropped), pow(16)); rest.Cmp(want) != 0 {
			t.Fatalf("floor of %s drops %s, want %s", a.exact, want, rest)
		}
	})
}

func TestTies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		price Price
		want  Amount
	}{
		{5000, 1}, {4999, 0}, {15000, 2}, {25000, 3}, {-5000, -1}, {-4999, 0}, {-15000, -2}, {-25000, -3}, {0, 0},
	} {
		if got, err := c.price.Exact().Round(); err != nil || got != c.want {
			t.Errorf("%s rounds to %d, want %d", c.price, got, c.want)
		}
	}
}
