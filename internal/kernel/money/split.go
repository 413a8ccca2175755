package money

import (
	"cmp"
	"slices"

	"wasl/internal/kernel/fault"
)

// Split shares a total in proportion to weights by the largest remainder: each
// part is the proportion rounded toward zero, then the centimes left go one each
// to the largest remainders, the first of equals first. The parts always sum to
// the total, and the split of -total is the opposite of the split of total. A
// zero weight receives nothing.
//
// A negative weight is Invalid "money.weight"; weights that sum to zero, or none,
// Invalid "money.weights_zero"; a sum beyond 64 bits Limit "money.overflow".
func Split[W ~int64](total Amount, weights []W) ([]Amount, error) {
	whole, err := sumWeights(weights)
	if err != nil {
		return nil, err
	}
	magnitudes := make([]uint64, len(weights))
	remainders := make([]uint64, len(weights))
	left := magnitude(int64(total))
	for i, w := range weights {
		quotient, remainder := wideMul(magnitude(int64(total)), uint64(w)).div(whole)
		magnitudes[i], remainders[i] = quotient.lo, remainder // at most |total|: hi is 0
		left -= quotient.lo
	}
	for _, i := range largestFirst(remainders, nil)[:left] {
		magnitudes[i]++
	}
	parts := make([]Amount, len(weights))
	for i, m := range magnitudes {
		n, _ := signed(total < 0, wide{lo: m}) // at most |total|: fits with its sign
		parts[i] = Amount(n)
	}
	return parts, nil
}

func sumWeights[W ~int64](weights []W) (uint64, error) {
	var whole uint64
	for i, w := range weights {
		if w < 0 {
			return 0, fault.New(fault.Invalid, "money.weight", "position", i+1)
		}
		sum := whole + uint64(w)
		if sum < whole {
			return 0, overflow()
		}
		whole = sum
	}
	if whole == 0 {
		return 0, fault.New(fault.Invalid, "money.weights_zero")
	}
	return whole, nil
}

// largestFirst gives the positions of values from the largest to the smallest,
// equal ones by position, appended to order.
func largestFirst(values []uint64, order []int) []int {
	for i := range values {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return order
}
