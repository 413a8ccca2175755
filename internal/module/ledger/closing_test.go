package ledger

import (
	"fmt"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// What is hashed of a value is what the first closings hashed: fmt's form, quoted.
func TestHashedValuesKeepTheirForm(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		"", "a b", "é\"\n\x00", int64(-7), 12, op.ID(9), money.Amount(-1234), EventBill, ItemReceipt, Water, true, day.Date{}, date("2026-02-28"),
	} {
		if got, want := string(appendHashed(nil, v)), fmt.Sprintf("%q", fmt.Sprint(v)); got != want {
			t.Errorf("%T %v: got %s, want %s", v, v, got, want)
		}
	}
}
