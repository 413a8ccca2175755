package money

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

func TestSplitTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total   Amount
		weights []int64
		want    []Amount
	}{
		{100, []int64{1, 1, 1}, []Amount{34, 33, 33}}, // equal remainders: the first gets the centime
		{-100, []int64{1, 1, 1}, []Amount{-34, -33, -33}},
		{200, []int64{1, 1, 1}, []Amount{67, 67, 66}},
		{100, []int64{1, 2, 4}, []Amount{14, 29, 57}}, // 14.29, 28.57, 57.14: the second has the largest remainder
		{1, []int64{0, 5, 5}, []Amount{0, 1, 0}},
		{0, []int64{3, 4}, []Amount{0, 0}},
		{7, []int64{9}, []Amount{7}},
		{10, []int64{0, 0, 1}, []Amount{0, 0, 10}},
		{math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []Amount{1 << 62, 1<<62 - 1}},
		{math.MinInt64, []int64{1, 1}, []Amount{-1 << 62, -1 << 62}},
		{math.MinInt64, []int64{1}, []Amount{math.MinInt64}},
	} {
		got, err := Split(c.total, c.weights)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%d by %v = %v, %v; want %v", c.total, c.weights, got, err, c.want)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weights []int64
		code    string
	}{
		{nil, "money.weights_zero"},
		{[]int64{0, 0}, "money.weights_zero"},
		{[]int64{1, -1}, "money.weight"},
		{[]int64{math.MaxInt64, math.MaxInt64, 2}, "money.overflow"},
	} {
		if got, err := Split(100, c.weights); got != nil || fault.CodeOf(err) != c.code {
			t.Errorf("%v gives %v, %v", c.weights, got, err)
		}
	}
}

func TestSplitProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := Amount(anyInt64().Draw(t, "total"))
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, 1<<58)), 1, 12).Draw(t, "weights")
		whole := new(big.Int)
		for _, w := range weights {
			whole.Add(whole, big.NewInt(w))
		}
		parts, err := Split(total, weights)
		if whole.Sign() == 0 {
			if fault.CodeOf(err) != "money.weights_zero" {
				t.Fatal(err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Int)
		for i, p := range parts {
			sum.Add(sum, big.NewInt(int64(p)))
			// Each part is within one centime of its exact share.
			share := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(weights[i])), whole)
			gap := share.Sub(share, new(big.Rat).SetInt64(int64(p)))
			if gap.Abs(gap).Cmp(unit(1, 0)) >= 0 || (weights[i] == 0 && p != 0) {
				t.Fatalf("part %d is %d, off by %s", i, p, gap)
			}
		}
		if sum.Cmp(big.NewInt(int64(total))) != 0 {
			t.Fatalf("%v sums to %s, not %d", parts, sum, total)
		}
		if total == math.MinInt64 {
			return
		}
		opposite, err := Split(-total, weights)
		if err != nil {
			t.Fatal(err)
		}
		for i := range parts {
			if opposite[i] != -parts[i] {
				t.Fatalf("%v and %v are not opposite", parts, opposite)
			}
		}
	})
}
