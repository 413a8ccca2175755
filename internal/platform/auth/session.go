package auth

import "time"

// SessionRule bounds the life of a session.
type SessionRule struct {
	// Idle is the longest time between two requests.
	Idle time.Duration
	// Absolute is the longest life since the login, whatever the activity.
	Absolute time.Duration
	// Touch is how often the last activity is written: a page of forty requests
	// must not write forty times. It is less than Idle.
	Touch time.Duration
}

// DefaultSession suits a desk job: 30 minutes of silence, one working day.
func DefaultSession() SessionRule {
	return SessionRule{Idle: 30 * time.Minute, Absolute: 12 * time.Hour, Touch: time.Minute}
}

// SessionTimes is what is remembered of a session; instants in UTC.
type SessionTimes struct {
	// Created is the login.
	Created time.Time
	// Seen is the last recorded activity, at most SessionRule.Touch late.
	Seen time.Time
	// Revoked is when somebody ended it; zero when nobody did.
	Revoked time.Time
}

// SessionState says whether a session may be used.
type SessionState string

// The states of a session.
const (
	// SessionLive: it may be used.
	SessionLive SessionState = "live"
	// SessionIdle: too long without a request.
	SessionIdle SessionState = "idle"
	// SessionExpired: older than its absolute life.
	SessionExpired SessionState = "expired"
	// SessionRevoked: ended by its owner, an administrator or a new password.
	SessionRevoked SessionState = "revoked"
)

// State judges a session at the instant now. Revocation wins over expiry, and
// expiry over idleness. An instant in the future (the clock went back by more
// than Touch) makes it expired: asking for a password again is the safe side.
func (r SessionRule) State(s SessionTimes, now time.Time) SessionState {
	switch {
	case !s.Revoked.IsZero():
		return SessionRevoked
	case !now.Before(s.Created.Add(r.Absolute)), s.Created.After(now.Add(r.Touch)):
		return SessionExpired
	case !now.Before(s.Seen.Add(r.Idle)):
		return SessionIdle
	}
	return SessionLive
}

// Ends is when the session ends if nothing more happens.
func (r SessionRule) Ends(s SessionTimes) time.Time {
	idle, absolute := s.Seen.Add(r.Idle), s.Created.Add(r.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// NeedsTouch says whether the last activity has to be written now.
func (r SessionRule) NeedsTouch(s SessionTimes, now time.Time) bool {
	return now.Sub(s.Seen) >= r.Touch
}

// SessionEvent is something that happens in a session.
type SessionEvent string

// The events that matter to the identity of a session.
const (
	// EventRequest: an ordinary request.
	EventRequest SessionEvent = "request"
	// EventLogin: a password was verified.
	EventLogin SessionEvent = "login"
	// EventPasswordChanged: the owner changed the password.
	EventPasswordChanged SessionEvent = "password_changed"
	// EventLogout: the owner left.
	EventLogout SessionEvent = "logout"
)

// Renewal says what an event does to the tokens of a user.
type Renewal struct {
	// Issue: a new token is made for this browser.
	Issue bool
	// RevokeThis: the token presented, whoever planted it, stops working.
	RevokeThis bool
	// RevokeOthers: every other session of the user stops working.
	RevokeOthers bool
}

// Renew is the rule against fixation and theft: a token is never carried over
// a login, and a new password ends every session that the old one opened.
func Renew(event SessionEvent) Renewal {
	switch event {
	case EventRequest:
		return Renewal{}
	case EventLogin:
		return Renewal{Issue: true, RevokeThis: true}
	case EventPasswordChanged:
		return Renewal{Issue: true, RevokeThis: true, RevokeOthers: true}
	case EventLogout:
		return Renewal{RevokeThis: true}
	}
	return Renewal{RevokeThis: true}
}
