package customer_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/customer"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// households is how many a contract counts, told by the days on which that changes.
type households map[day.Date]int64

func (h households) on(d day.Date) (n int64) {
	var last day.Date
	for at, count := range h {
		if !at.After(d) && !at.Before(last) {
			last, n = at, count
		}
	}
	return n
}

func setHouseholds(w *apptest.World, c customer.Contract, on day.Date, n int64) error {
	w.Helper()
	_, err := w.Run(apptest.Console(apptest.Admin), "customer.contract.terms_set", op.Input{
		"id": c.ID.String(), "version": strconv.FormatInt(c.Version, 10), "valid_from": on.String(), "households": strconv.FormatInt(n, 10),
		"reason": "Enquête sur place",
	})
	return err
}

// Whatever the order in which terms are recorded, each day of the contract has those of
// a calendar, and the days of the contract are covered without hole nor overlap.
func TestTermsAreThoseOfACalendar(t *testing.T) {
	t.Parallel()
	const steps, around, most = 40, 20, 4
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		file(w, good, nil)
		c, _ := one(w, "KA1")
		random := rand.New(rand.NewPCG(20261127, 2))
		today := w.App.Today()
		known := households{c.StartsOn: 1}
		for step := range steps {
			on, n := today.AddDays(random.IntN(2*around)-around), 1+random.Int64N(most)
			want := ""
			if known.on(on) == n {
				want = "customer.contract.terms_same"
			} else if known[on] = n; known.on(on.AddDays(-1)) == n {
				delete(known, on)
			}
			if got := fieldCode(setHouseholds(w, c.Contract, on, n)); got != want {
				t.Fatalf("step %d, %d from %s: %q, want %q", step, n, on, got, want)
			}
			c, _ = one(w, "KA1")
			line := slices.Clone(c.History)
			slices.Reverse(line)
			if line[0].ValidFrom != c.StartsOn || !line[len(line)-1].ValidTo.IsZero() {
				t.Fatalf("step %d: the terms run from %s to %s", step, line[0].ValidFrom, line[len(line)-1].ValidTo)
			}
			for i, s := range line {
				if i > 0 && line[i-1].ValidTo != s.ValidFrom {
					t.Fatalf("step %d: %s after %s", step, s.ValidFrom, line[i-1].ValidTo)
				}
				if got := known.on(s.ValidFrom); got != s.Households {
					t.Fatalf("step %d: %d on %s, want %d", step, s.Households, s.ValidFrom, got)
				}
				if last := s.ValidTo.AddDays(-1); !s.ValidTo.IsZero() && known.on(last) != s.Households {
					t.Fatalf("step %d: %d on %s, want %d", step, s.Households, last, known.on(last))
				}
			}
		}
		w.Sound()
	})
}

// fieldCode is the code of the first field that a refusal names.
func fieldCode(err error) string {
	if e := fault.As(err); e != nil && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return fault.CodeOf(err)
}

// A change of occupant ends a contract and opens another one on the same day, with the
// terms of the day before: what was planned for later is not taken over. A contract that
// has ended takes no more changes.
func TestChangeOfOccupant(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		file(w, good, nil)
		today := w.App.Today()
		c, _ := one(w, "KA1")
		for _, change := range []struct {
			on day.Date
			n  int64
		}{{today.AddDays(-9), 3}, {today.AddDays(30), 7}} {
			if err := setHouseholds(w, c.Contract, change.on, change.n); err != nil {
				t.Fatal(err)
			}
			c, _ = one(w, "KA1")
		}
		follow := func(successor op.ID, on day.Date) (op.Result, error) {
			return w.Run(apptest.Console(apptest.Admin), "customer.contract.change_occupant", op.Input{
				"id": c.ID.String(), "version": strconv.FormatInt(c.Version, 10), "successor": successor.String(), "moved_on": on.String(), "new_code": "KN1",
				"reason": "Emménagement",
			})
		}
		next, _ := one(w, "KA3")
		if _, err := follow(c.CustomerID, today); fieldCode(err) != "customer.contract.same_customer" {
			t.Errorf("the same customer: %v", err)
		}
		if _, err := follow(next.CustomerID, c.StartsOn); fieldCode(err) == "" {
			t.Error("the one who follows may not come on the first day")
		}
		if _, err := follow(next.CustomerID, today); err != nil {
			t.Fatal(err)
		}
		c, _ = one(w, "KA1")
		n, found := one(w, "KN1")
		if !found || c.EndsOn != today || n.StartsOn != today || n.PointID != c.PointID || n.Account == c.Account {
			t.Errorf("%s to %s, then %s at the same point with an account of its own", c.Code, c.EndsOn, n.StartsOn)
		}
		if n.Households != 3 || len(n.History) != 1 || c.After != n.ID || n.Before != c.ID {
			t.Errorf("%d households, %d terms, %v after %v", n.Households, len(n.History), n.Before, c.After)
		}
		if err := setHouseholds(w, c.Contract, today, 2); fieldCode(err) == "" {
			t.Error("terms were set after the end")
		}
		w.Sound()
	})
}
