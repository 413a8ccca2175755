package access

import (
	"context"
	"sync"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const (
	// knownMax bounds the sessions and tokens kept in memory.
	knownMax = 20_000
	// knownLife bounds how long one is kept. Ending a session or a token draws a new
	// stamp, which empties the memory at once; this is for what somebody changes
	// in the database by hand.
	knownLife = 10 * time.Second
)

// known is what was last read of sessions and tokens, for one stamp: with it an
// authentication costs the reading of the stamp.
type known struct {
	mu       sync.Mutex
	stamp    int64
	sessions map[auth.Digest]kept[storedSession]
	tokens   map[auth.Digest]kept[storedToken]
}

// kept is a value with the instant at which it was read.
type kept[T any] struct {
	value T
	at    time.Time
}

func (k kept[T]) fresh(now time.Time) bool {
	age := now.Sub(k.at)
	return age >= 0 && age < knownLife
}

// at empties the memory when it belongs to another stamp, with the mutex held.
func (k *known) at(stamp int64) {
	if k.stamp != stamp || k.sessions == nil || len(k.sessions)+len(k.tokens) >= knownMax {
		k.stamp, k.sessions, k.tokens = stamp, map[auth.Digest]kept[storedSession]{}, map[auth.Digest]kept[storedToken]{}
	}
}

// remembered gives a value of the memory, or reads it and keeps it.
func remembered[T any](ctx context.Context, r db.Reader, k *known, digest auth.Digest, in func() map[auth.Digest]kept[T],
	find func(context.Context, db.Reader, auth.Digest) (T, bool, error),
) (value T, found bool, err error) {
	stamp, err := readStamp(ctx, r, whoStamp)
	if err != nil {
		return value, false, err
	}
	now := r.Now()
	k.mu.Lock()
	if k.stamp == stamp {
		if last, ok := in()[digest]; ok && last.fresh(now) {
			k.mu.Unlock()
			return last.value, true, nil
		}
	}
	k.mu.Unlock()
	value, found, err = find(ctx, r, digest)
	if err == nil && found {
		k.mu.Lock()
		k.at(stamp)
		in()[digest] = kept[T]{value, now}
		k.mu.Unlock()
	}
	return value, found, err
}

// session gives a session and its user.
func (m *Module) session(ctx context.Context, r db.Reader, digest auth.Digest) (storedSession, bool, error) {
	return remembered(ctx, r, &m.known, digest, func() map[auth.Digest]kept[storedSession] { return m.known.sessions }, findSession)
}

// token gives an API token and its owner.
func (m *Module) token(ctx context.Context, r db.Reader, digest auth.Digest) (storedToken, bool, error) {
	return remembered(ctx, r, &m.known, digest, func() map[auth.Digest]kept[storedToken] { return m.known.tokens }, findToken)
}

// Recall implements op.Recaller, for API tokens and sessions.
func (m *Module) Recall(c op.Credential, now time.Time) (op.Actor, *op.Rights, bool) {
	actor, ok := m.recallActor(c, now)
	if !ok {
		return actor, nil, false
	}
	rights := m.rights.last(day.Of(now), actor.UserID)
	return actor, rights.Only(actor.Only), rights != nil
}

func (m *Module) recallActor(c op.Credential, now time.Time) (actor op.Actor, ok bool) {
	kind := auth.APIToken
	if c.Channel == op.Web {
		kind = auth.SessionToken
	} else if c.Channel != op.API {
		return actor, false
	}
	token, err := auth.ParseToken(kind, c.Token)
	if err != nil {
		return actor, false
	}
	m.known.mu.Lock()
	defer m.known.mu.Unlock()
	var user User
	if kind == auth.APIToken {
		last, found := m.known.tokens[token.Hash()]
		user, ok = last.value.user, found && last.fresh(now)
		actor.TokenID, actor.Only = last.value.id, last.value.only
	} else {
		last, found := m.known.sessions[token.Hash()]
		user, ok = last.value.user, found && last.fresh(now)
		actor.SessionID = last.value.id
	}
	known, err := actorOf(user, c.Channel, actor, nil)
	known.SessionID, known.TokenID, known.Only = actor.SessionID, actor.TokenID, actor.Only
	return known, ok && err == nil
}
