package auth

import "time"

// Failures summarises failed logins: how many there were since the last success
// (and inside ThrottleRule.Window), and when the last one was.
type Failures struct {
	// Count is the number of failures; zero or less means none.
	Count int
	// Last is the instant of the last failure, UTC.
	Last time.Time
}

// Recent is what is remembered when somebody tries to log in. An attempt refused
// by Decide is not a failure and is not counted: waiting never makes the wait
// longer. The caller counts an attempt as failed before it verifies the password
// and takes it back on success, so that parallel guesses see each other.
type Recent struct {
	// Login: failures of this login, from anywhere.
	Login Failures
	// Pair: failures of this login from this address.
	Pair Failures
	// Address: failures from this address, for any login.
	Address Failures
	// Known: this login has succeeded from this address before. Then failures
	// from elsewhere are not held against it: a stranger who guesses all day does
	// not keep the owner out.
	Known bool
}

// Backoff is an exponential wait with a cap.
type Backoff struct {
	// Free is the number of failures without any wait.
	Free int
	// Base is the wait after the first failure beyond Free; it doubles with each
	// further one.
	Base time.Duration
	// Cap is the longest wait. There is no lock beyond it.
	Cap time.Duration
}

// ThrottleRule says how failed logins slow the next ones down.
type ThrottleRule struct {
	// Login applies to one account.
	Login Backoff
	// Address applies to one network address. It is laxer: a whole agency may
	// share one.
	Address Backoff
	// Window is how long a failure counts after it happened.
	Window time.Duration
}

// DefaultThrottle allows 5 tries on an account and 30 from an address, then
// waits from 1 second up to 15 minutes. A guesser gets about a hundred guesses a
// day on an account.
func DefaultThrottle() ThrottleRule {
	return ThrottleRule{
		Login:   Backoff{Free: 5, Base: time.Second, Cap: 15 * time.Minute},
		Address: Backoff{Free: 30, Base: time.Second, Cap: 15 * time.Minute},
		Window:  24 * time.Hour,
	}
}

// Decision is the answer to an attempt to log in.
type Decision struct {
	// Allowed: the password may be verified now.
	Allowed bool
	// Until is when the next attempt is allowed; the zero time when Allowed.
	Until time.Time
	// Wait is Until less now, rounded up to the second; zero when Allowed.
	Wait time.Duration
}

// Decide says whether an attempt may go on at the instant now, or until when to
// wait. Until is never later than now plus the larger cap, whatever the clock
// did.
func (r ThrottleRule) Decide(recent Recent, now time.Time) Decision {
	account := recent.Login
	if recent.Known {
		account = recent.Pair
	}
	until := r.Login.until(account, r.Window, now)
	if byAddress := r.Address.until(recent.Address, r.Window, now); byAddress.After(until) {
		until = byAddress
	}
	if !until.After(now) {
		return Decision{Allowed: true}
	}
	wait := until.Sub(now)
	if rest := wait % time.Second; rest > 0 {
		wait += time.Second - rest
	}
	return Decision{Until: until, Wait: wait}
}

// until is the end of the wait that failures cause; now or earlier when there
// is none. A last failure in the future (the clock went back) counts as now.
func (b Backoff) until(f Failures, window time.Duration, now time.Time) time.Time {
	last := f.Last
	if last.After(now) {
		last = now
	}
	if f.Count <= b.Free || now.Sub(last) >= window {
		return now
	}
	return last.Add(b.wait(f.Count))
}

// wait is Base doubled for each failure beyond the first that counts, at most
// Cap.
func (b Backoff) wait(count int) time.Duration {
	wait := min(b.Base, b.Cap)
	for i := b.Free + 1; i < count && wait < b.Cap; i++ {
		wait = min(2*wait, b.Cap)
	}
	return wait
}
