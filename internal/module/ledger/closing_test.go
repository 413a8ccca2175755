package ledger

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
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

// TestAllObstaclesAreShown: three things keep February open at once; each is named, in
// its order, and the totals are those of the month, before and after.
func TestAllObstaclesAreShown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.bill("2026-01-02", "100.00", "10.00")
	h.at("2026-02-20")
	h.bill("2026-02-10", "50.00", "5.00")
	h.receipt("2026-02-20", "51613", "20.00", false)
	h.transfer("2026-02-20", "5141", "44971", "70.00")
	h.m.blockers = append(h.m.blockers, func(context.Context, db.Reader, int64, day.Month) (string, []any, error) {
		return "desk.open", []any{"number", "7"}, nil
	})
	h.at("2026-03-02")
	check := func(month string) (ClosingCheck, []string) {
		c := do[ClosingCheck](h, "ledger.period.show", op.Input{"id": h.units["C1"].String(), "month": month})
		var out []string
		for _, o := range c.Obstacles {
			out = append(out, string(o.Control)+" "+o.Code)
		}
		return c, out
	}
	c, got := check("2026-02-11")
	want := []string{"order ledger.close_order", "suspense ledger.close_suspense", "others desk.open"}
	if !slices.Equal(got, want) || c.Obstacles[0].Month != date("2026-01-01") || c.Obstacles[1].Account != "44971" || c.Obstacles[1].Amount != dh("70.00") {
		t.Errorf("February: %v %+v", got, c.Obstacles)
	}
	if c.Before != dh("110.00") || c.After != dh("145.00") || c.Now.ItemsDebit != dh("55.00") || c.Now.ItemsCredit != dh("20.00") || c.Number != "" {
		t.Errorf("totals of February: %+v", c)
	}
	if _, got := check("2026-03-11"); !slices.Equal(got, append([]string{"early ledger.close_early"}, want...)) {
		t.Errorf("March: %v", got)
	}
	h.m.blockers = nil
	january, _ := day.ParseMonth("2026-01")
	kept := h.close(january)
	c, got = check("2026-01-31")
	if !slices.Equal(got, []string{"done ledger.close_done"}) || c.Kept.SHA256 != kept.SHA256 || c.Now.SHA256 != kept.SHA256 || c.Number != kept.Number {
		t.Errorf("January: %v %+v", got, c)
	}
}
