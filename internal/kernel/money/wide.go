package money

import "math/bits"

// wide is an unsigned number of 128 bits: what a product of two 64-bit numbers
// needs. Every operation that could pass its end says so.
type wide struct{ hi, lo uint64 }

func wideMul(a, b uint64) wide {
	hi, lo := bits.Mul64(a, b)
	return wide{hi, lo}
}

func (w wide) isZero() bool { return w.hi == 0 && w.lo == 0 }

func (w wide) cmp(o wide) int {
	switch {
	case w.hi < o.hi || (w.hi == o.hi && w.lo < o.lo):
		return -1
	case w == o:
		return 0
	}
	return 1
}

// add gives w + o; false when the sum does not fit.
func (w wide) add(o wide) (wide, bool) {
	lo, carry := bits.Add64(w.lo, o.lo, 0)
	hi, carry := bits.Add64(w.hi, o.hi, carry)
	return wide{hi, lo}, carry == 0
}

// sub gives w - o, for o not above w.
func (w wide) sub(o wide) wide {
	lo, borrow := bits.Sub64(w.lo, o.lo, 0)
	hi, _ := bits.Sub64(w.hi, o.hi, borrow)
	return wide{hi, lo}
}

// mul gives w × n; false when the product does not fit.
func (w wide) mul(n uint64) (wide, bool) {
	over, hi := bits.Mul64(w.hi, n)
	carry, lo := bits.Mul64(w.lo, n)
	hi, c := bits.Add64(hi, carry, 0)
	return wide{hi, lo}, over == 0 && c == 0
}

// div gives the quotient and the remainder of w by n, which is not zero.
func (w wide) div(n uint64) (wide, uint64) {
	hi, r := w.hi/n, w.hi%n
	lo, r := bits.Div64(r, w.lo, n)
	return wide{hi, lo}, r
}

// divRound gives w / n rounded half up, which on magnitudes is half away from
// zero; n is not zero. It cannot overflow: rounding up needs a remainder, and a
// quotient that has one is at most half of the range.
func (w wide) divRound(n uint64) wide {
	q, r := w.div(n)
	if r != 0 && r >= n-r {
		q, _ = q.add(wide{lo: 1})
	}
	return q
}

// signed puts a sign on a magnitude; false when int64 cannot hold it.
func signed(negative bool, w wide) (int64, bool) {
	const top = 1 << 63
	if w.hi != 0 || w.lo > top || (w.lo == top && !negative) {
		return 0, false
	}
	if negative {
		return -int64(w.lo), true // -int64(1<<63) is the lowest int64
	}
	return int64(w.lo), true
}

// magnitude is |n|, exact for the lowest int64 too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// pow10 is 10^n, for n from 0 to ScaleMax.
func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}
