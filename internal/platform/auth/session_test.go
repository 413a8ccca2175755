package auth

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSessionState(t *testing.T) {
	t.Parallel()
	rule := SessionRule{Idle: 30 * time.Minute, Absolute: 12 * time.Hour, Touch: time.Minute}
	for _, c := range []struct {
		name          string
		created, seen time.Duration
		revoked       bool
		want          SessionState
	}{
		{"fresh", 0, 0, false, SessionLive},
		{"about to be idle", -time.Hour, -30*time.Minute + 1, false, SessionLive},
		{"idle", -time.Hour, -30 * time.Minute, false, SessionIdle},
		{"active and about to end", -12*time.Hour + 1, 0, false, SessionLive},
		{"active and too old", -12 * time.Hour, 0, false, SessionExpired},
		{"idle and too old", -13 * time.Hour, -time.Hour, false, SessionExpired},
		{"revoked", 0, 0, true, SessionRevoked},
		{"revoked and too old", -13 * time.Hour, -time.Hour, true, SessionRevoked},
		{"made a little ahead", time.Minute, time.Minute, false, SessionLive},
		{"made in the future", time.Minute + 1, 0, false, SessionExpired},
	} {
		s := SessionTimes{Created: noon().Add(c.created), Seen: noon().Add(c.seen)}
		if c.revoked {
			s.Revoked = noon()
		}
		if got := rule.State(s, noon()); got != c.want {
			t.Errorf("%s: %s; want %s", c.name, got, c.want)
		}
	}
}

// Ends is exactly the instant at which a session that stays untouched stops
// being live.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	rule := DefaultSession()
	rapid.Check(t, func(t *rapid.T) {
		active := time.Duration(rapid.Int64Range(0, int64(rule.Absolute)).Draw(t, "active"))
		s := SessionTimes{Created: noon(), Seen: noon().Add(active)}
		end := rule.Ends(s)
		if end.Sub(s.Created) > rule.Absolute || end.Sub(s.Seen) > rule.Idle {
			t.Fatalf("ends at %v", end)
		}
		if rule.State(s, end) == SessionLive {
			t.Fatal("live at its end")
		}
		if end.After(s.Seen) && rule.State(s, end.Add(-1)) != SessionLive {
			t.Fatal("not live before its end")
		}
	})
}

func TestSessionNeedsTouch(t *testing.T) {
	t.Parallel()
	rule := DefaultSession()
	s := SessionTimes{Created: noon(), Seen: noon()}
	if rule.NeedsTouch(s, noon().Add(time.Minute-1)) || !rule.NeedsTouch(s, noon().Add(time.Minute)) {
		t.Error("the activity is written once a minute")
	}
	if rule.Touch >= rule.Idle {
		t.Error("an active session would become idle between two writes")
	}
}

func TestRenew(t *testing.T) {
	t.Parallel()
	for event, want := range map[SessionEvent]Renewal{
		EventRequest:         {},
		EventLogin:           {Issue: true, RevokeThis: true},
		EventPasswordChanged: {Issue: true, RevokeThis: true, RevokeOthers: true},
		EventLogout:          {RevokeThis: true},
		"unheard of":         {RevokeThis: true},
	} {
		if got := Renew(event); got != want {
			t.Errorf("%s: %+v; want %+v", event, got, want)
		}
	}
}
