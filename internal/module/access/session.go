package access

import (
	"sync"
	"time"

	"wasl/internal/platform/auth"
	"wasl/internal/platform/op"
)

// Bounds of sessions.
const (
	// SessionsMax is the number of live sessions of one user; older ones end.
	SessionsMax = 20
	// AgentMax is how much of a browser's name is kept, in characters.
	AgentMax = 200
)

// Session is a login as shown. Its token is not known.
type Session struct {
	ID        op.ID     `json:"id"`
	User      op.ID     `json:"user" out:"ref=user"`
	Login     string    `json:"login"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	SeenAt    time.Time `json:"seen_at,omitzero"`
	EndsAt    time.Time `json:"ends_at,omitzero"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
	// Current marks the session that asks.
	Current bool `json:"current"`
}

// PageKey is the row's place in its list.
func (s Session) PageKey(string) []string { return []string{op.KeyText(s.CreatedAt), s.ID.String()} }

func (s Session) times() auth.SessionTimes {
	return auth.SessionTimes{Created: s.CreatedAt, Seen: s.SeenAt}
}

// touches keeps the last activity of sessions and tokens in memory until Touch
// writes it, so that reading a page writes nothing.
type touches struct {
	mu       sync.Mutex
	sessions map[int64]time.Time
	tokens   map[int64]time.Time
}

// touchesMax bounds what waits to be written; beyond it the oldest habits win
// and new ones wait for the next Touch.
const touchesMax = 100_000

// session notes an activity and gives the latest one known.
func (t *touches) session(id int64, recorded, now time.Time, due bool) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := recorded
	if pending, ok := t.sessions[id]; ok && pending.After(seen) {
		seen = pending
	}
	if due {
		t.sessions = note(t.sessions, id, now)
	}
	return seen
}

func (t *touches) token(id int64, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens = note(t.tokens, id, now)
}

func note(m map[int64]time.Time, id int64, at time.Time) map[int64]time.Time {
	if m == nil {
		m = map[int64]time.Time{}
	}
	if last, known := m[id]; (known || len(m) < touchesMax) && at.After(last) {
		m[id] = at
	}
	return m
}

// take empties the memory.
func (t *touches) take() (sessions, tokens map[int64]time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sessions, tokens = t.sessions, t.tokens
	t.sessions, t.tokens = nil, nil
	return sessions, tokens
}

// giveBack keeps what could not be written.
func (t *touches) giveBack(sessions, tokens map[int64]time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, at := range sessions {
		t.sessions = note(t.sessions, id, at)
	}
	for id, at := range tokens {
		t.tokens = note(t.tokens, id, at)
	}
}
