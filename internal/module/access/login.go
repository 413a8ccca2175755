package access

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Kinds of counters of failed logins.
const (
	countLogin   = "login"
	countPair    = "pair"
	countAddress = "address"
)

// attempt is somebody trying a password.
type attempt struct {
	// login is folded, and may belong to nobody.
	login string
	// address is empty on the local command line, which is not counted by place.
	address string
	// user owns the login; 0 is nobody.
	user op.ID
}

// subjects are the counters an attempt moves.
func (a attempt) subjects() map[string]string {
	s := map[string]string{countLogin: a.login}
	if a.address != "" {
		s[countPair] = a.login + "\n" + a.address
		s[countAddress] = a.address
	}
	return s
}

// locks are the ids that serialise attempts on one account or from one place.
func (a attempt) locks() []int64 {
	var ids []int64
	for kind, subject := range a.subjects() {
		sum := sha256.Sum256([]byte(kind + "\n" + subject))
		ids = append(ids, -int64(binary.BigEndian.Uint64(sum[:8])>>1)-1)
	}
	return ids
}

// throttled refuses an attempt that comes too early. It says for how long, and
// the same for a login that does not exist.
func throttled(d auth.Decision) error {
	return fault.New(fault.Limit, "login.throttled", "seconds", int64(d.Wait/time.Second))
}

// admit lets an attempt go on or refuses it, and counts it as failed before
// anybody looks at the password: parallel guesses see each other.
func (m *Module) admit(ctx context.Context, tx db.Tx, a attempt) error {
	if err := tx.Lock(ctx, a.locks()...); err != nil {
		return err
	}
	recent, err := readRecent(ctx, tx, a)
	if err != nil {
		return err
	}
	if d := m.o.Throttle.Decide(recent, tx.Now()); !d.Allowed {
		return throttled(d)
	}
	return countFailure(ctx, tx, a, m.o.Throttle.Window)
}

// welcome takes the count back after a success and remembers the place.
func (a attempt) welcome(ctx context.Context, tx db.Tx) error {
	if err := clearFailures(ctx, tx, a); err != nil {
		return err
	}
	return rememberPlace(ctx, tx, a)
}

// checked is what Prepare found about a password, outside any transaction. The
// transaction believes it only while the stored hash is still the same.
type checked struct {
	ok     bool
	hash   string
	rehash string
}

// check compares a password with a user's hash; an empty hash costs as much.
func (m *Module) check(ctx context.Context, password, hash string) (checked, error) {
	if hash == "" {
		return checked{}, m.o.Hasher.VerifyUnknown(ctx, password)
	}
	v, err := m.o.Hasher.Verify(ctx, password, hash)
	if err != nil {
		return checked{}, err
	}
	c := checked{ok: v.OK, hash: hash}
	if v.Rehash {
		c.rehash, err = m.o.Hasher.Hash(ctx, password)
	}
	return c, err
}

// holds says whether the password was right and still is.
func (c checked) holds(u secretUser) bool { return c.ok && c.hash == u.hash }
