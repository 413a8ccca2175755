package naivetariff

import (
	"math/big"
	"strings"
)

// Exact is the number a decimal text or a quotient of two stands for.
func exact(s string) *big.Rat {
	over, under, quotient := strings.Cut(s, "/")
	n, ok := new(big.Rat).SetString(strings.TrimSpace(over))
	if !ok {
		return new(big.Rat)
	}
	if quotient {
		d, ok := new(big.Rat).SetString(strings.TrimSpace(under))
		if !ok || d.Sign() == 0 {
			return new(big.Rat)
		}
		n.Quo(n, d)
	}
	return n
}

// Whole is a whole number as a fraction.
func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// Add, sub and mul leave their operands alone.
func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// Power is ten to that power.
func power(decimals int) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
}

// Floor is the greatest whole number that is not above the value.
func floor(v *big.Rat) *big.Int {
	q, m := new(big.Int).DivMod(v.Num(), v.Denom(), new(big.Int))
	_ = m // Euclidean: the remainder is not negative, so q is the floor.
	return q
}

// Round rounds to that many decimals, half away from zero.
func round(v *big.Rat, decimals int) *big.Rat {
	p := power(decimals)
	shifted := mul(new(big.Rat).Abs(v), p)
	n := new(big.Rat).SetInt(floor(add(shifted, big.NewRat(1, 2))))
	if v.Sign() < 0 {
		n.Neg(n)
	}
	return n.Quo(n, p)
}

// Fits says whether an amount is a 64-bit number of centimes.
func fits(amount *big.Rat) bool {
	c := mul(amount, whole(100))
	return c.IsInt() && c.Num().IsInt64()
}

// Share cuts a whole number into parts in proportion to the weights: each part
// is rounded down, and what is left goes one each to the largest remainders, the
// first of equals first.
func share(total *big.Int, weights []int64) []*big.Int {
	sum := int64(0)
	for _, w := range weights {
		sum += w
	}
	exactParts := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exactParts[i] = mul(new(big.Rat).SetInt(total), big.NewRat(w, sum))
	}
	return remainders(total, exactParts)
}

// Remainders rounds the parts down and gives what is missing to the total, one
// each, to the largest remainders, the first of equals first.
func remainders(total *big.Int, parts []*big.Rat) []*big.Int {
	given := make([]*big.Int, len(parts))
	left := new(big.Int).Set(total)
	rest := make([]*big.Rat, len(parts))
	for i, part := range parts {
		given[i] = floor(part)
		rest[i] = sub(part, new(big.Rat).SetInt(given[i]))
		left.Sub(left, given[i])
	}
	for left.Sign() > 0 {
		best := 0
		for i := range rest {
			if rest[i].Cmp(rest[best]) > 0 {
				best = i
			}
		}
		given[best].Add(given[best], big.NewInt(1))
		rest[best] = whole(-1)
		left.Sub(left, big.NewInt(1))
	}
	return given
}

// Show writes a fraction that is a decimal number, without zeros at its end.
func show(v *big.Rat) string {
	if v == nil {
		return ""
	}
	s := v.FloatString(15)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
