package op

import (
	"context"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// saveUse notes a use unless a later day is noted: the clock of another process may
// be a little ahead.
func saveUse(ctx context.Context, tx db.Tx, use useKey, on day.Date) error {
	return db.ExecLater(ctx, tx,
		`INSERT INTO right_use (user_id, right_name, used_at) VALUES ($1, $2, $3)
		 ON CONFLICT (user_id, right_name) DO UPDATE SET used_at = excluded.used_at WHERE right_use.used_at < $4`,
		use.user, use.right, tx.Now(), day.StartOf(on))
}

// EachRightUse gives the rights used since an instant, each with the last day of its
// use. A use is known by its first instant of that day.
func EachRightUse(ctx context.Context, r db.Reader, since time.Time, fn func(RightUse)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var u RightUse
		var at time.Time
		err := rows.Scan(&u.User, &u.Right, &at)
		u.On = day.Of(at)
		fn(u)
		return err
	}, `SELECT user_id, right_name, used_at FROM right_use WHERE used_at >= $1 ORDER BY used_at, user_id, right_name`, since)
}

// minInstant is before every row.
func minInstant() time.Time { return time.UnixMicro(1).UTC() }

// auditUses gives the uses that the audit tells.
func auditUses(ctx context.Context, r db.Reader, fn func(use useKey, on day.Date)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var actor, approver int64
		var operation string
		var last time.Time
		err := rows.Scan(&actor, &approver, &operation, &last)
		if actor != 0 {
			fn(useKey{actor, operation}, day.Of(last))
		}
		if approver != 0 {
			fn(useKey{approver, operation + ApproveSuffix}, day.Of(last))
		}
		return err
	}, `SELECT actor_id, approver_id, operation, max(recorded_at) FROM audit
	    WHERE outcome <> 'refused' GROUP BY actor_id, approver_id, operation ORDER BY actor_id, approver_id, operation`)
}
