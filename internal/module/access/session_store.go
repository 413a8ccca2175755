package access

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// insertSession opens a session and ends the oldest beyond SessionsMax.
func insertSession(ctx context.Context, tx db.Tx, s Session, digest auth.Digest) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO user_session (id, user_id, digest, created_at, seen_at, address, agent) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		s.ID, s.User, digest, s.CreatedAt, s.SeenAt, s.Address, s.Agent)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx,
		`UPDATE user_session SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL AND id NOT IN
		   (SELECT id FROM user_session WHERE user_id = $2 AND revoked_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $3)`,
		tx.Now(), s.User, SessionsMax)
	return forgetIf(ctx, tx, n, err, whoStamp)
}

// storedSession is what a token is checked against.
type storedSession struct {
	id    int64
	times auth.SessionTimes
	user  User
}

func findSession(ctx context.Context, r db.Reader, digest auth.Digest) (s storedSession, found bool, err error) {
	found, err = db.ScanOne(ctx, r,
		`SELECT s.id, s.created_at, s.seen_at, s.revoked_at, `+userColumns+`
		 FROM user_session s JOIN app_user u ON u.id = s.user_id WHERE s.digest = $1`,
		[]any{digest}, append([]any{&s.id, &s.times.Created, &s.times.Seen, &s.times.Revoked}, s.user.scan()...)...)
	return s, found, err
}

// liveSessions gives the sessions that may still be used at the reader's
// instant, the newest first, as far as the database knows of their activity.
func liveSessions(ctx context.Context, x *op.Exec, rule auth.SessionRule, w *db.Where) iter.Seq2[Session, error] {
	w.And("s.revoked_at IS NULL")
	w.And("s.created_at > ?", x.Now.Add(-rule.Absolute))
	w.And("s.seen_at > ?", x.Now.Add(-rule.Idle))
	order := x.Keyset(w, map[string][]string{"created_at": {"@s.created_at", "#s.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (s Session, err error) {
		err = rows.Scan(&s.ID, &s.User, &s.Login, &s.CreatedAt, &s.SeenAt, &s.Address, &s.Agent)
		s.EndsAt, s.Current = rule.Ends(s.times()), int64(s.ID) == x.Actor.SessionID
		return s, err
	}, `SELECT s.id, s.user_id, u.login, s.created_at, s.seen_at, s.address, s.agent
	    FROM user_session s JOIN app_user u ON u.id = s.user_id`+w.SQL()+order, w.Args()...)
}

func ownSessions(ctx context.Context, x *op.Exec, rule auth.SessionRule) iter.Seq2[Session, error] {
	var w db.Where
	w.And("s.user_id = ?", x.Actor.UserID)
	return liveSessions(ctx, x, rule, &w)
}

func allSessions(ctx context.Context, x *op.Exec, rule auth.SessionRule, in SessionFilter) iter.Seq2[Session, error] {
	var w db.Where
	if in.User != 0 {
		w.And("s.user_id = ?", in.User)
	}
	x.Filter(&w, "u.unit_id")
	return liveSessions(ctx, x, rule, &w)
}

// sessionOwner gives the user of a session; NotFound "session.unknown".
func sessionOwner(ctx context.Context, r db.Reader, id op.ID) (User, error) {
	u, err := db.One(ctx, r, scanUser,
		`SELECT `+userColumns+` FROM user_session s JOIN app_user u ON u.id = s.user_id WHERE s.id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		return u, fault.New(fault.NotFound, "session.unknown", "id", id)
	}
	return u, err
}

// revokeSession ends one session; ending it twice changes nothing.
func revokeSession(ctx context.Context, tx db.Tx, id op.ID) error {
	n, err := tx.Exec(ctx, `UPDATE user_session SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, tx.Now(), id)
	return forgetIf(ctx, tx, n, err, whoStamp)
}

// revokeSessions ends the sessions of a user except one (0 spares none).
func revokeSessions(ctx context.Context, tx db.Tx, user op.ID, except int64) error {
	n, err := tx.Exec(ctx, `UPDATE user_session SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL AND id <> $3`, tx.Now(), user, except)
	return forgetIf(ctx, tx, n, err, whoStamp)
}

// touchChunk is how many activities are written in one transaction.
const touchChunk = 500

// Touch writes the activity of sessions and tokens seen since it was last
// called. A ticker calls it at least every auth.SessionRule.Touch. What could
// not be written is kept for the next time.
func (m *Module) Touch(ctx context.Context) error {
	sessions, tokens := m.touches.take()
	err := m.touchAll(ctx, `UPDATE user_session SET seen_at = $1 WHERE id = $2 AND seen_at < $1`, sessions)
	if err == nil {
		err = m.touchAll(ctx, `UPDATE api_token SET used_at = $1 WHERE id = $2 AND (used_at IS NULL OR used_at < $1)`, tokens)
	}
	if err != nil {
		m.touches.giveBack(sessions, tokens)
	}
	return err
}

func (m *Module) touchAll(ctx context.Context, sql string, seen map[int64]time.Time) error {
	ids := slices.Sorted(maps.Keys(seen))
	for chunk := range slices.Chunk(ids, touchChunk) {
		err := m.o.DB.Write(ctx, db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) error {
			for _, id := range chunk {
				if _, err := tx.Exec(ctx, sql, seen[id], id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// agentOf gives the browser's name of a session.
func agentOf(ctx context.Context, r db.Reader, session int64) (string, error) {
	return db.Value[string](ctx, r, `SELECT agent FROM user_session WHERE id = $1`, session)
}
