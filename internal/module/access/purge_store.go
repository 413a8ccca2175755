package access

import (
	"context"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
)

// How long what has ended is kept.
const (
	// SessionKeep is how long an ended session stays, for questions after a theft.
	SessionKeep = 90 * 24 * time.Hour
	// NoticeKeep is the life of a notice, read or not.
	NoticeKeep = 180 * 24 * time.Hour
	// PlaceKeep is how long a place is remembered after the last login from it.
	PlaceKeep = 180 * 24 * time.Hour
	// LinkKeep is how long a link stays after its end.
	LinkKeep = 30 * 24 * time.Hour
)

// Purges are what the nightly maintenance removes: ended sessions, failures
// outside the throttle's window, places, links, notices. Each removes at most n
// rows, so that no lock lasts.
func (m *Module) Purges() []job.Purge {
	return []job.Purge{
		{Name: "sessions", Do: remove(m.o.Session.Absolute+SessionKeep,
			`DELETE FROM user_session WHERE id IN (SELECT id FROM user_session WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)`)},
		{Name: "login_failures", Do: remove(m.o.Throttle.Window,
			`DELETE FROM login_failure WHERE (kind, subject) IN
			   (SELECT kind, subject FROM login_failure WHERE last_at < $1 ORDER BY last_at, kind, subject LIMIT $2)`)},
		{Name: "login_places", Do: remove(PlaceKeep,
			`DELETE FROM login_place WHERE (user_id, address) IN
			   (SELECT user_id, address FROM login_place WHERE last_at < $1 ORDER BY last_at, user_id, address LIMIT $2)`)},
		{Name: "links", Do: remove(LinkKeep,
			`DELETE FROM access_link WHERE id IN (SELECT id FROM access_link WHERE expires_at < $1 ORDER BY expires_at, id LIMIT $2)`)},
		{Name: "notices", Do: remove(NoticeKeep,
			`DELETE FROM notice WHERE (user_id, id) IN
			   (SELECT user_id, id FROM notice WHERE recorded_at < $1 ORDER BY recorded_at, user_id, id LIMIT $2)`)},
	}
}

// remove runs a bounded DELETE of what is older than an age.
func remove(age time.Duration, sql string) func(context.Context, db.Tx, int) (int64, error) {
	return func(ctx context.Context, tx db.Tx, n int) (int64, error) {
		return tx.Exec(ctx, sql, tx.Now().Add(-age), n)
	}
}
