package ledger

import (
	"testing"

	"wasl/internal/kernel/money"
)

// Two accounts: one owes 10 not due and 20 late by 12 days, the other 30 late by 45 and
// 40 late by 400 days, less 5 to be given back.
func TestTogether(t *testing.T) {
	t.Parallel()
	var all together
	for _, s := range []Standing{
		{
			Owed: 3000, Late: 2000, Balance: 3000, Items: 2, OldestDueOn: date("2026-11-10"),
			Ages: []AgeRow{{Kind: NotDue, Amount: 1000}, {Kind: Late, FromDays: 1, ToDays: 30, Amount: 2000}},
		},
		{
			Owed: 7000, Late: 7000, Credits: 500, Balance: 6500, Items: 3, OldestDueOn: date("2025-10-18"),
			Ages: []AgeRow{{Kind: Late, FromDays: 31, ToDays: 60, Amount: 3000}, {Kind: Late, FromDays: 361, ToDays: 730, Amount: 4000}},
		},
		{Credits: 0},
	} {
		if err := all.add(s); err != nil {
			t.Fatal(err)
		}
	}
	if all.owed != 10000 || all.late != 9000 || all.credits != 500 || all.balance != 9500 || all.notDue != 1000 || all.items != 5 {
		t.Errorf("sums %+v", all)
	}
	if all.oldest != date("2025-10-18") {
		t.Errorf("oldest %v", all.oldest)
	}
	for _, c := range []struct {
		from, to int64
		want     money.Amount
	}{{1, 30, 2000}, {31, 90, 3000}, {91, 0, 4000}} {
		if got := all.between(c.from, c.to); got != c.want {
			t.Errorf("late by %d to %d days: %v, want %v", c.from, c.to, got, c.want)
		}
	}
}
