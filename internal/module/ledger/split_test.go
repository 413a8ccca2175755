package ledger

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// dh reads an amount in DH.
func dh(s string) money.Amount {
	a, err := money.ParsePlain[money.Amount](s)
	if err != nil {
		panic(err)
	}
	return a
}

// taxed is a split of one service with a principal and VAT at 10 %.
func taxed(net, vat string) Split {
	return Split{{Service: Water, Nature: Principal, Amount: dh(net)}, {Service: Water, Nature: VAT, Rate: 1000, Amount: dh(vat)}}
}

func anySplit() *rapid.Generator[Split] {
	part := rapid.Custom(func(t *rapid.T) Part {
		p := Part{
			Service: Service(rapid.SampledFrom(Service("").EnumValues()).Draw(t, "service")),
			Nature:  Nature(rapid.SampledFrom(Nature("").EnumValues()).Draw(t, "nature")),
			Amount:  money.Amount(rapid.OneOf(rapid.Int64Range(1, 20), rapid.Int64Range(1, 1_000_000)).Draw(t, "amount")),
		}
		if p.Nature == VAT {
			p.Rate = money.Rate(rapid.SampledFrom([]int64{0, 700, 1000, 2000}).Draw(t, "rate"))
		}
		return p
	})
	return rapid.Custom(func(t *rapid.T) Split {
		s, err := NewSplit(rapid.SliceOfN(part, 1, 8).Draw(t, "parts")...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// TestTakeByHand follows a bill of 110.01 (100.01 + 10.00). The VAT moved after
// x DH is 10 × x / 110.01 to the nearest centime: 15.715 → 1.43, 31.43 → 2.86 …
func TestTakeByHand(t *testing.T) {
	t.Parallel()
	whole := taxed("100.01", "10.00")
	var moved Split
	for i, c := range []struct{ pay, net, vat string }{
		{"15.72", "14.29", "1.43"}, // 10×15.72/110.01 = 1.42896
		{"15.72", "14.29", "1.43"}, // 31.44 → 2.85792 → 2.86
		{"0.01", "0.01", ""},       // 31.45 → 2.85883 → 2.86
		{"0.05", "0.05", ""},       // 31.50 → 2.86338 → 2.86
		{"0.02", "0.01", "0.01"},   // 31.52 → 2.86519 → 2.87
		{"78.49", "71.36", "7.13"}, // the rest, exactly
	} {
		got, err := whole.Take(moved, dh(c.pay))
		if err != nil || got.Of(Principal) != dh(c.net) || c.vat != "" && got.Of(VAT) != dh(c.vat) || c.vat == "" && got.Of(VAT) != 0 {
			t.Fatalf("payment %d of %s: %v, %v; want %s and %s", i+1, c.pay, got, err, c.net, c.vat)
		}
		if moved, err = moved.Plus(got); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(moved, whole) {
		t.Errorf("paid in full: %v", moved)
	}
	for _, bad := range []string{"0.00", "-1.00", "0.01"} {
		if _, err := whole.Take(moved, dh(bad)); fault.CodeOf(err) != "ledger.take" {
			t.Errorf("taking %s of nothing left: %v", bad, err)
		}
	}
}

// TestTakeInAnyOrder: any sequence of payments and reversals of any of them.
func TestTakeInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := anySplit().Draw(t, "whole")
		total, _ := whole.Total()
		var paid []Split
		var moved Split
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			now, _ := moved.Total()
			if len(paid) > 0 && (now == total || rapid.IntRange(0, 2).Draw(t, "undo") == 0) {
				i := rapid.IntRange(0, len(paid)-1).Draw(t, "which")
				next, err := moved.Minus(paid[i])
				if err != nil {
					t.Fatalf("undoing %v of %v: %v", paid[i], moved, err)
				}
				moved, paid = next, slices.Delete(paid, i, i+1)
				continue
			}
			amount := money.Amount(rapid.Int64Range(1, int64(total-now)).Draw(t, "amount"))
			part := mustTake(t, whole, moved, amount)
			paid = append(paid, part)
			moved, _ = moved.Plus(part)
			within(t, whole, moved)
		}
		if now, _ := moved.Total(); now < total {
			part := mustTake(t, whole, moved, total-now)
			moved, _ = moved.Plus(part)
		}
		if !slices.Equal(moved, whole) {
			t.Fatalf("fully paid: %v of %v", moved, whole)
		}
	})
}

func mustTake(t *rapid.T, whole, moved Split, amount money.Amount) Split {
	part, err := whole.Take(moved, amount)
	if err != nil {
		t.Fatalf("taking %s of %v: %v", amount, whole, err)
	}
	if sum, err := part.Total(); err != nil || sum != amount {
		t.Fatalf("the parts %v of %s sum to %s", part, amount, sum)
	}
	for _, p := range part {
		if p.Amount <= 0 {
			t.Fatalf("a part is not above zero: %v", part)
		}
	}
	return part
}

func within(t *rapid.T, whole, moved Split) {
	for _, p := range moved {
		if p.Amount > whole.at(p) {
			t.Fatalf("%v moved of %v", moved, whole)
		}
	}
}

// TestTakeIsProportional: without reversals the moved part of each component is
// within one centime of the exact proportion.
func TestTakeIsProportional(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := anySplit().Draw(t, "whole")
		total, _ := whole.Total()
		a := money.Amount(rapid.Int64Range(1, int64(total)).Draw(t, "amount"))
		part := mustTake(t, whole, nil, a)
		for _, p := range whole {
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(p.Amount)), big.NewInt(int64(a))), big.NewInt(int64(total)))
			off := exact.Sub(exact, new(big.Rat).SetInt64(int64(part.at(p))))
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("%s of %v: %v is off by %s", a, whole, part, off.FloatString(3))
			}
		}
	})
}

func TestSplitText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySplit().Draw(t, "split")
		back, err := ParseSplit(s.String())
		if err != nil || !slices.Equal(back, s) {
			t.Fatalf("%q reads as %v, %v", s, back, err)
		}
	})
	if got := taxed("100.01", "10.00").String(); got != "wp:10001 wv1000:1000" {
		t.Errorf("the stored form is %q", got)
	}
	for _, bad := range []string{"w", "wp", "wp:", "wp:x", "qp:1", "wq:1", "wp10:1", "wv:1", "wp:-1", "wp:1 wp:2", "wv10:1 wp:1", " wp:1"} {
		if s, err := ParseSplit(bad); fault.CodeOf(err) != "ledger.split_stored" {
			t.Errorf("%q reads as %v, %v", bad, s, err)
		}
	}
}

func TestNewSplit(t *testing.T) {
	t.Parallel()
	for _, bad := range []Part{
		{Service: "gas", Nature: Principal, Amount: 1},
		{Service: Water, Nature: "gift", Amount: 1},
		{Service: Water, Nature: Principal, Rate: 1000, Amount: 1},
		{Service: Water, Nature: VAT, Rate: 1000, Amount: -1},
	} {
		if _, err := NewSplit(bad); fault.CodeOf(err) != "ledger.split" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	got, err := NewSplit(Part{Water, VAT, 1000, 5}, Part{Water, Principal, 0, 7}, Part{Water, VAT, 700, 1}, Part{Water, Principal, 0, 3}, Part{Other, Costs, 0, 0})
	if want := "wp:10 wv700:1 wv1000:5"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v; want %s", got, err, want)
	}
}
