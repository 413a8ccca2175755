package metering

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// q reads a quantity written by hand.
func q(t testing.TB, s string) money.Quantity {
	t.Helper()
	v, err := money.ParsePlain[money.Quantity](s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return v
}

func plainDial(digits int64) Dial { return Dial{Digits: digits, Coefficient: quantityOne} }

func TestBetween(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		digits   int64
		from, to string
		motion   Motion
		units    string
	}{
		{"usual", 5, "18437", "18692", Forward, "255"},
		{"same", 5, "18437", "18437", Forward, "0"},
		{"exchanged digits", 5, "18962", "18692", Backward, "-270"},
		{"over zero", 5, "99950", "30", Turned, "80"},
		{"over zero, last tenth exactly", 5, "90000", "9999", Turned, "19999"},
		{"before the last tenth", 5, "89999", "5", Backward, "-89994"},
		{"beyond the first tenth", 5, "99999", "10000", Backward, "-89999"},
		{"four digits with decimals", 4, "9999.5", "0.25", Turned, "0.75"},
	} {
		got := plainDial(c.digits).Between(q(t, c.from), q(t, c.to))
		if got.Motion != c.motion || got.Units != q(t, c.units) {
			t.Errorf("%s: %v %v, want %v %v", c.name, got.Motion, got.Units, c.motion, c.units)
		}
	}
}

func TestDialQuantity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ coefficient, units, want string }{
		{"1", "255", "255"},
		{"40", "12.5", "500"},      // a transformer of 200/5
		{"0.001", "1234", "1.234"}, // litres to m³
		{"0.333", "2", "0.666"},
		{"1.005", "0.1", "0.101"}, // 0.1005 away from zero
	} {
		d := Dial{Digits: 6, Decimals: 3, Coefficient: q(t, c.coefficient)}
		got, err := d.Quantity(q(t, c.units))
		if err != nil || got != q(t, c.want) {
			t.Errorf("%s × %s = %v, %v; want %s", c.units, c.coefficient, got, err, c.want)
		}
	}
	if _, err := (Dial{Digits: 9, Coefficient: CoefficientMax}).Quantity(1 << 60); fault.CodeOf(err) != "money.overflow" {
		t.Errorf("too much: %v", err)
	}
}

func TestDialRefuses(t *testing.T) {
	t.Parallel()
	for code, d := range map[string]Dial{
		"metering.dial_digits": {Digits: 10, Coefficient: 1}, "metering.dial_decimals": {Digits: 5, Decimals: 4, Coefficient: 1},
		"metering.dial_coefficient": {Digits: 5},
	} {
		if err := fault.As(d.Validate()); err == nil || err.Fields[0].Code != code {
			t.Errorf("%+v: %v, want %s", d, err, code)
		}
	}
	d := Dial{Digits: 4, Decimals: 1, Coefficient: quantityOne}
	for index, code := range map[string]string{"10000": "metering.index_range", "-1": "metering.index_range", "12.34": "metering.index_decimals"} {
		if err := fault.As(d.CheckIndex("index", q(t, index))); err == nil || err.Fields[0].Code != code {
			t.Errorf("%s: %v, want %s", index, err, code)
		}
	}
	if err := d.CheckIndex("index", q(t, "9999.9")); err != nil {
		t.Errorf("the last index: %v", err)
	}
}

// TestDialProperties: whatever passed within a turn is found again from the index it led
// to, and the coefficient is exact to half a thousandth.
func TestDialProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Dial{
			Digits: rapid.Int64Range(1, DigitsMax).Draw(t, "digits"), Decimals: rapid.Int64Range(0, 3).Draw(t, "decimals"),
			Coefficient: money.Quantity(rapid.Int64Range(1, 5_000_000).Draw(t, "coefficient")),
		}
		steps := int64(d.Turn() / d.step())
		from := money.Quantity(rapid.Int64Range(0, steps-1).Draw(t, "from")) * d.step()
		passed := money.Quantity(rapid.Int64Range(0, steps-1).Draw(t, "passed")) * d.step()
		to := d.Advance(from, passed)
		if err := d.CheckIndex("index", to); err != nil {
			t.Fatalf("an index the dial cannot show: %v", to)
		}
		if got := d.Across(from, to); got.Units != passed {
			t.Fatalf("from %v to %v: %v passed, want %v", from, to, got.Units, passed)
		}
		if got := d.Between(from, to); got.Motion == Backward && got.Units != to-from || got.Motion != Backward && got.Units != passed {
			t.Fatalf("from %v to %v: %+v", from, to, got)
		}
		quantity, err := d.Quantity(passed)
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Rat).Mul(big.NewRat(int64(passed), 1), big.NewRat(int64(d.Coefficient), 1000))
		if off := exact.Sub(exact, big.NewRat(int64(quantity), 1)); off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("%v × %v = %v", passed, d.Coefficient, quantity)
		}
		if d.Coefficient == quantityOne {
			if units, err := d.Units(quantity); err != nil || units != passed {
				t.Fatalf("units of %v: %v, %v", quantity, units, err)
			}
		}
	})
}
