package screen

import (
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// TestMeasures sets decimals as figures, fills forms in the way that is read
// back, and prints them in French.
func TestMeasures(t *testing.T) {
	t.Parallel()
	v := viewAt(t, "/")
	for value, want := range map[any]string{
		money.Price(901_000): "0,9010", money.Quantity(1234): "1,234", money.Rate(2000): "20\u00a0%", money.Amount(1234): "12.34",
	} {
		if got := plainValues(value); len(got) != 1 || got[0] != want {
			t.Errorf("%v fills a form with %q, want %q", value, got, want)
		}
	}
	for _, typ := range []op.Type{op.Price, op.Quantity, op.Rate} {
		if columnKind(op.Column{Name: "x", Type: typ}) != ui.NumberColumn {
			t.Errorf("a column of %s is no figure", typ)
		}
		var f ui.Field
		v.fieldKind(&f, &op.Field{Name: "x", Type: typ})
		if f.Kind != ui.AmountField {
			t.Errorf("a field of %s is %q", typ, f.Kind)
		}
	}
}
