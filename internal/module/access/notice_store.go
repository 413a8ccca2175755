package access

import (
	"context"
	"encoding/json"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

func insertNotice(ctx context.Context, tx db.Tx, user op.ID, kind NoticeKind, args, link string) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO notice (user_id, id, recorded_at, kind, args, link) VALUES ($1, $2, $3, $4, $5, $6)`,
		user, id, tx.Now(), kind, args, link)
	return err
}

func ownNotices(ctx context.Context, x *op.Exec, in NoticeFilter) iter.Seq2[Notice, error] {
	var w db.Where
	w.And("user_id = ?", x.Actor.UserID)
	if in.Unread {
		w.And("read_at IS NULL")
	}
	order := x.Keyset(&w, map[string][]string{"recorded_at": {"@recorded_at", "#id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (n Notice, err error) {
		var args string
		if err := rows.Scan(&n.ID, &n.RecordedAt, &n.Kind, &args, &n.Link, &n.ReadAt); err != nil {
			return n, err
		}
		if err := json.Unmarshal([]byte(args), &n.Args); err != nil {
			return n, fault.Wrap(err, fault.Internal, "internal")
		}
		return n, nil
	}, `SELECT id, recorded_at, kind, args, link, read_at FROM notice`+w.SQL()+order, w.Args()...)
}

// readNotices marks one notice (0: all) of a user as read and says how many were
// not.
func readNotices(ctx context.Context, tx db.Tx, user int64, id op.ID) (int64, error) {
	return tx.Exec(ctx, `UPDATE notice SET read_at = $1 WHERE user_id = $2 AND read_at IS NULL AND (CAST($3 AS {int}) = 0 OR id = $3)`, tx.Now(), user, int64(id))
}

// Unread is the number of notices a user has not read.
func (m *Module) Unread(ctx context.Context, r db.Reader, user int64) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT count(*) FROM notice WHERE user_id = $1 AND read_at IS NULL`, user)
}

// holdersOfRight gives the grants of active users that bring a right on a date.
func holdersOfRight(ctx context.Context, r db.Reader, right string, on day.Date) ([]Grant, error) {
	return db.All(ctx, r, scanGrant,
		`SELECT `+grantColumns+` FROM access_grant g JOIN access_role_right rr ON rr.role_id = g.role_id JOIN app_user u ON u.id = g.user_id
		 WHERE rr.right_name = $1 AND u.state = 'active' AND g.valid_from <= $2 AND (g.valid_to IS NULL OR g.valid_to >= $2) ORDER BY g.user_id, g.id`,
		right, on)
}
