package access

import (
	"context"
	"sync"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

var _ op.Guard = (*Module)(nil)

// Authenticate implements op.Guard. A browser shows the token of a session, a
// program an API token (on the local command line too: its owner then acts as by
// the API). The local command line acts as an active user by name; a job as its
// owner while he is active.
func (m *Module) Authenticate(ctx context.Context, r db.Reader, c op.Credential) (op.Actor, error) {
	nobody := op.Actor{Channel: c.Channel}
	switch c.Channel {
	case op.System:
		return nobody, nil
	case op.JobRun:
		u, err := findUser(ctx, r, op.ID(c.UserID))
		if fault.KindOf(err) == fault.NotFound {
			return nobody, inactive()
		}
		return actorOf(u, c.Channel, nobody, err)
	case op.Web:
		if c.Token == "" {
			return nobody, nil
		}
		return m.bySession(ctx, r, c.Token)
	case op.API, op.Console:
		if c.Token != "" {
			return m.byToken(ctx, r, c.Token)
		}
		if c.Channel == op.API || c.Login == "" {
			return nobody, nil
		}
		u, found, err := findLogin(ctx, r, foldLogin(c.Login))
		if err == nil && !found {
			err = inactive()
		}
		return actorOf(u.User, c.Channel, nobody, err)
	}
	return nobody, fault.New(fault.Unauthenticated, "unauthenticated")
}

func inactive() error { return fault.New(fault.Unauthenticated, "user.inactive") }

// actorOf makes the actor of an active user.
func actorOf(u User, channel op.Channel, nobody op.Actor, err error) (op.Actor, error) {
	if err != nil {
		return nobody, err
	}
	if u.State != Active {
		return nobody, inactive()
	}
	return op.Actor{UserID: int64(u.ID), Login: u.Login, Name: u.Name, Channel: channel, Lang: string(u.Lang), MustChangePassword: u.MustChange}, nil
}

// bySession finds the user of a live session.
func (m *Module) bySession(ctx context.Context, r db.Reader, text string) (op.Actor, error) {
	nobody := op.Actor{Channel: op.Web}
	token, err := auth.ParseToken(auth.SessionToken, text)
	if err != nil {
		return nobody, err
	}
	s, found, err := m.session(ctx, r, token.Hash())
	if err != nil {
		return nobody, err
	}
	now := r.Now()
	if found {
		s.times.Seen = m.touches.session(s.id, s.times.Seen, now, false)
	}
	if !found || m.o.Session.State(s.times, now) != auth.SessionLive {
		return nobody, fault.New(fault.Unauthenticated, "session.ended")
	}
	actor, err := actorOf(s.user, op.Web, nobody, nil)
	if err != nil {
		return nobody, err
	}
	if m.o.Session.NeedsTouch(s.times, now) {
		m.touches.session(s.id, s.times.Seen, now, true)
	}
	actor.SessionID = s.id
	return actor, nil
}

// byToken finds the owner of an API token.
func (m *Module) byToken(ctx context.Context, r db.Reader, text string) (op.Actor, error) {
	nobody := op.Actor{Channel: op.API}
	token, err := auth.ParseToken(auth.APIToken, text)
	if err != nil {
		return nobody, err
	}
	t, found, err := m.token(ctx, r, token.Hash())
	if err != nil {
		return nobody, err
	}
	now := r.Now()
	if !found || !t.revoked.IsZero() || day.Of(now).After(t.expires) {
		return nobody, fault.New(fault.Unauthenticated, "token.ended")
	}
	actor, err := actorOf(t.user, op.API, nobody, nil)
	if err != nil {
		return nobody, err
	}
	if now.Sub(t.used) >= m.o.Session.Touch {
		m.touches.token(t.id, now)
	}
	actor.TokenID, actor.Only = t.id, t.only
	return actor, nil
}

// rightsMax bounds the users whose rights are kept in memory.
const rightsMax = 20_000

// rightsCache keeps what users may do, for one stamp and one business day.
type rightsCache struct {
	mu    sync.Mutex
	stamp int64
	on    day.Date
	users map[int64]*op.Rights
}

func (c *rightsCache) find(stamp int64, on day.Date, user int64) *op.Rights {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stamp != stamp || c.on != on {
		return nil
	}
	return c.users[user]
}

// last is what was last known of a user's rights, whatever has changed since.
func (c *rightsCache) last(on day.Date, user int64) *op.Rights {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.on != on {
		return nil
	}
	return c.users[user]
}

func (c *rightsCache) keep(stamp int64, on day.Date, user int64, rights *op.Rights) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stamp != stamp || c.on != on || len(c.users) >= rightsMax {
		c.stamp, c.on, c.users = stamp, on, map[int64]*op.Rights{}
	}
	c.users[user] = rights
}

// RightsOf implements op.Guard. It is right inside a transaction that changed
// grants, and leaves nothing wrong behind when that transaction fails: see
// changed.
func (m *Module) RightsOf(ctx context.Context, r db.Reader, userID int64) (*op.Rights, error) {
	stamp, err := readStamp(ctx, r, staffStamp)
	if err != nil {
		return nil, err
	}
	on := day.Of(r.Now())
	if rights := m.rights.find(stamp, on, userID); rights != nil {
		return rights, nil
	}
	byRight, err := readRights(ctx, r, userID, on)
	if err != nil {
		return nil, err
	}
	rights := op.NewRights(byRight)
	m.rights.keep(stamp, on, userID, rights)
	return rights, nil
}

// SecondApprover implements op.Guard: somebody else has, or ever had, the right.
func (m *Module) SecondApprover(ctx context.Context, r db.Reader, right string, userID int64) (bool, error) {
	return everApproved(ctx, r, right, userID, day.Of(r.Now()))
}
