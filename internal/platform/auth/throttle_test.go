package auth

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// noon is an arbitrary instant that the rules are tried around.
func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func TestThrottleWaits(t *testing.T) {
	t.Parallel()
	rule := DefaultThrottle()
	for _, c := range []struct {
		login, address int
		want           time.Duration
	}{
		{0, 0, 0},
		{5, 0, 0},
		{6, 0, time.Second},
		{7, 0, 2 * time.Second},
		{8, 0, 4 * time.Second},
		{15, 0, 512 * time.Second},
		{16, 0, 15 * time.Minute},
		{17, 0, 15 * time.Minute},
		{1 << 40, 0, 15 * time.Minute},
		{0, 30, 0},
		{0, 31, time.Second},
		{0, 34, 8 * time.Second},
		{0, 1000, 15 * time.Minute},
		{8, 31, 4 * time.Second},
		{6, 34, 8 * time.Second},
		{-1, -1, 0},
	} {
		recent := Recent{Login: Failures{c.login, noon()}, Address: Failures{c.address, noon()}}
		d := rule.Decide(recent, noon())
		if d.Allowed != (c.want == 0) || d.Wait != c.want {
			t.Errorf("%d and %d failures: %+v; want a wait of %v", c.login, c.address, d, c.want)
		}
		if c.want > 0 && !d.Until.Equal(noon().Add(c.want)) {
			t.Errorf("%d and %d failures: until %v", c.login, c.address, d.Until)
		}
		if after := rule.Decide(recent, noon().Add(c.want)); !after.Allowed {
			t.Errorf("%d and %d failures: still refused at the end of the wait: %+v", c.login, c.address, after)
		}
	}
}

func TestThrottleWaitIsRoundedUp(t *testing.T) {
	t.Parallel()
	recent := Recent{Login: Failures{8, noon()}}
	d := DefaultThrottle().Decide(recent, noon().Add(1500*time.Millisecond))
	if d.Wait != 3*time.Second || !d.Until.Equal(noon().Add(4*time.Second)) {
		t.Errorf("2.5 s are left: %+v; want 3 s shown", d)
	}
}

func TestThrottleForgets(t *testing.T) {
	t.Parallel()
	rule := ThrottleRule{
		Login:  Backoff{Free: 1, Base: time.Hour, Cap: 100 * time.Hour},
		Window: 2 * time.Hour,
	}
	recent := Recent{Login: Failures{9, noon()}}
	if d := rule.Decide(recent, noon().Add(2*time.Hour-1)); d.Allowed {
		t.Error("inside the window the failures count")
	}
	if d := rule.Decide(recent, noon().Add(2*time.Hour)); !d.Allowed {
		t.Errorf("after the window they do not: %+v", d)
	}
}

// A stranger who guesses without end does not keep out the owner, who comes from
// an address where the login has succeeded; the stranger waits.
func TestThrottleKnownAddress(t *testing.T) {
	t.Parallel()
	rule := DefaultThrottle()
	attack := Failures{100_000, noon()}
	owner := Recent{Login: attack, Known: true}
	if d := rule.Decide(owner, noon()); !d.Allowed {
		t.Errorf("the owner is kept out: %+v", d)
	}
	stranger := Recent{Login: attack, Pair: attack, Address: attack}
	if d := rule.Decide(stranger, noon()); d.Wait != 15*time.Minute {
		t.Errorf("the stranger: %+v", d)
	}
	fumbling := Recent{Login: attack, Pair: Failures{7, noon()}, Known: true}
	if d := rule.Decide(fumbling, noon()); d.Wait != 2*time.Second {
		t.Errorf("the owner's own failures still count: %+v", d)
	}
}

// The clock went back: a failure in the future never locks longer than the cap.
func TestThrottleClockGoesBack(t *testing.T) {
	t.Parallel()
	future := Recent{Login: Failures{50, noon().AddDate(10, 0, 0)}}
	if d := DefaultThrottle().Decide(future, noon()); d.Wait != 15*time.Minute {
		t.Errorf("%+v; want 15 minutes", d)
	}
}

func TestThrottleProperties(t *testing.T) {
	t.Parallel()
	rule := DefaultThrottle()
	failures := rapid.Custom(func(t *rapid.T) Failures {
		seconds := rapid.Int64Range(-100_000, 100_000).Draw(t, "seconds")
		return Failures{rapid.IntRange(0, 100).Draw(t, "count"), noon().Add(time.Duration(seconds) * time.Second)}
	})
	rapid.Check(t, func(t *rapid.T) {
		recent := Recent{
			Login: failures.Draw(t, "login"), Pair: failures.Draw(t, "pair"),
			Address: failures.Draw(t, "address"), Known: rapid.Bool().Draw(t, "known"),
		}
		d := rule.Decide(recent, noon())
		if d.Allowed != d.Until.IsZero() || d.Allowed != (d.Wait == 0) || d.Wait < 0 || d.Wait > 15*time.Minute {
			t.Fatalf("decision %+v", d)
		}
		if !d.Allowed && !rule.Decide(recent, noon().Add(30*time.Minute+27*time.Hour+47*time.Minute)).Allowed {
			t.Fatal("a lock without end")
		}
		more := recent
		more.Login.Count, more.Pair.Count, more.Address.Count = more.Login.Count+1, more.Pair.Count+1, more.Address.Count+1
		if rule.Decide(more, noon()).Wait < d.Wait {
			t.Fatal("one more failure shortens the wait")
		}
	})
}

// Over a day of trying at once whenever it is allowed, a guesser gets few guesses.
func TestThrottleGuessesPerDay(t *testing.T) {
	t.Parallel()
	rule, now, count, last := DefaultThrottle(), noon(), 0, noon()
	for now.Before(noon().Add(24 * time.Hour)) {
		d := rule.Decide(Recent{Login: Failures{count, last}}, now)
		if !d.Allowed {
			now = d.Until
			continue
		}
		count, last = count+1, now
	}
	// 16 guesses in the first 1023 seconds, then one each 15 minutes.
	if count < 100 || count > 115 {
		t.Errorf("%d guesses in a day", count)
	}
}
