package account_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/account"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) { os.Exit(apptest.Main(m, &kit)) }

// calendar is who pays, told by the days on which that changes; 0 is the holder.
type calendar map[day.Date]op.ID

func (c calendar) on(d day.Date) (payer op.ID) {
	var last day.Date
	for at, who := range c {
		if !at.After(d) && !at.Before(last) {
			last, payer = at, who
		}
	}
	return payer
}

// set lets somebody pay from a day to the next change, and says whether that is one.
func (c calendar) set(d day.Date, who op.ID) bool {
	if c.on(d) == who {
		return false
	}
	c[d] = who
	if c.on(d.AddDays(-1)) == who {
		delete(c, d)
	}
	for at, payer := range c {
		if payer == 0 && c.on(at.AddDays(-1)) == 0 {
			delete(c, at)
		}
	}
	return true
}

// refusal is the code of a refusal, of its first field if it has one.
func refusal(err error) string {
	var e *fault.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		return e.Fields[0].Path + " " + e.Fields[0].Code
	}
	return fault.CodeOf(err)
}

type payers struct {
	*apptest.World
	id op.ID
}

func (p payers) card() account.Card {
	p.Helper()
	card, ok := p.Must(apptest.Console(apptest.Admin), "account.account.show", op.Input{"id": p.id.String()}).Out.(account.Card)
	if !ok {
		p.Fatal("no card")
	}
	return card
}

func (p payers) set(on day.Date, payer op.ID) string {
	p.Helper()
	in := op.Input{"id": p.id.String(), "version": fmt.Sprint(p.card().Version), "valid_from": on.String(), "reason": "Convention de prise en charge"}
	if payer != 0 {
		in["payer"] = payer.String()
	}
	_, err := p.Run(apptest.Console(apptest.Admin), "account.account.payer_set", in)
	return refusal(err)
}

// Whatever the order in which payers are recorded, each day has the one that a
// calendar kept day by day has.
func TestPayersAreThoseOfACalendar(t *testing.T) {
	t.Parallel()
	const steps, around = 60, 25
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		random := rand.New(rand.NewPCG(20261127, 1))
		p := payers{w, w.At[apptest.Own].Account}
		who := []op.ID{0, w.At[apptest.Own].Customer, w.At[apptest.Own].Ministry}
		known, today := calendar{}, w.App.Today()
		for step := range steps {
			on, payer := today.AddDays(random.IntN(2*around)-around), who[random.IntN(len(who))]
			want := "account.payer_same"
			if known.set(on, payer) {
				want = ""
			}
			if got := p.set(on, payer); got != want && got != "payer "+want {
				t.Fatalf("step %d, %s from %s: %q, want %q", step, payer, on, got, want)
			}
			spans := p.card().Payers
			for d := today.AddDays(-around - 1); d.Before(today.AddDays(around + 1)); d = d.AddDays(1) {
				var got op.ID
				if i := slices.IndexFunc(spans, func(s account.PayerSpan) bool {
					return !d.Before(s.ValidFrom) && (s.ValidTo.IsZero() || d.Before(s.ValidTo))
				}); i >= 0 {
					got = spans[i].PayerID
				}
				if got != known.on(d) {
					t.Fatalf("step %d: on %s pays %s, want %s", step, d, got, known.on(d))
				}
			}
		}
	})
}

func TestPayersAreRefused(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		p := payers{w, w.At[apptest.Own].Account}
		today, ministry := w.App.Today(), w.At[apptest.Own].Ministry
		opened := p.card().OpenedOn
		for _, c := range []struct {
			on    day.Date
			payer op.ID
			want  string
		}{
			{opened.AddDays(-1), ministry, "valid_from account.before_opening"},
			{today.AddDays(account.AheadDaysMax + 1), ministry, "valid_from account.too_far_ahead"},
			{today, 9_000_000_000, "payer customer.unknown"},
			{today, 0, "payer account.payer_same"},
			{today.AddDays(account.AheadDaysMax), ministry, ""},
			{opened, ministry, ""},
		} {
			if got := p.set(c.on, c.payer); got != c.want {
				t.Errorf("%s from %s: %q, want %q", c.payer, c.on, got, c.want)
			}
		}
		in := op.Input{"id": p.id.String(), "version": "1", "payer": ministry.String(), "valid_from": today.AddDays(9).String(), "reason": "Deux à la fois"}
		if _, err := w.Run(apptest.Console(apptest.Admin), "account.account.payer_set", in); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a version of before: %v, want a conflict", err)
		}
	})
}
