package access

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// stampKey names a stamp, in the database and in a transaction's memory.
type stampKey int64

const (
	// staffStamp changes with users, roles and grants.
	staffStamp stampKey = 1
	// whoStamp changes with whom sessions and tokens stand for.
	whoStamp stampKey = 2
)

const (
	staffStampSQL = `(SELECT stamp FROM access_stamp WHERE one = 1)`
	whoStampSQL   = `(SELECT stamp FROM access_stamp WHERE one = 2)`
)

// Stamps implements op.Stamped.
func (m *Module) Stamps() []op.Stamp {
	return []op.Stamp{{Key: staffStamp, SQL: staffStampSQL}, {Key: whoStamp, SQL: whoStampSQL}}
}

// readStamp gives the number of the last change, read once per transaction; 0
// before the first change.
func readStamp(ctx context.Context, r db.Reader, key stampKey) (int64, error) {
	if stamp, known := db.Remembered[int64](r, key); known {
		return stamp, nil
	}
	var staff, who int64
	_, err := db.ScanOne(ctx, r, `SELECT COALESCE(`+staffStampSQL+`, 0), COALESCE(`+whoStampSQL+`, 0)`, nil, &staff, &who)
	if err != nil {
		return 0, err
	}
	db.Remember(r, staffStamp, staff)
	db.Remember(r, whoStamp, who)
	if key == whoStamp {
		return who, nil
	}
	return staff, nil
}

// forget draws new stamps: every process reads again what it kept under the old
// ones. It comes with each write that may change what is kept.
func forget(ctx context.Context, tx db.Tx, keys ...stampKey) error {
	stamp, err := tx.NewID(ctx) // given once, even when the transaction fails
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := saveStamp(ctx, tx, key, stamp); err != nil {
			return err
		}
	}
	return nil
}

// forgetIf is forget after a statement that changed something.
func forgetIf(ctx context.Context, tx db.Tx, changed int64, err error, keys ...stampKey) error {
	if err != nil || changed == 0 {
		return err
	}
	return forget(ctx, tx, keys...)
}

func saveStamp(ctx context.Context, tx db.Tx, key stampKey, stamp int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO access_stamp (one, stamp) VALUES ($1, $2) ON CONFLICT (one) DO UPDATE SET stamp = excluded.stamp`, key, stamp)
	db.Remember(tx, key, stamp)
	return err
}

// readRights gives what an active user may do on a date.
func readRights(ctx context.Context, r db.Reader, user int64, on day.Date) (map[string][]op.Root, error) {
	byRight := map[string][]op.Root{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var right string
		var root op.Root
		var limit *money.Amount
		err := rows.Scan(&right, &root.Unit, &limit)
		root.Limit = limit
		byRight[right] = append(byRight[right], root)
		return err
	}, `SELECT rr.right_name, g.unit_id, g.amount_limit
	    FROM access_grant g JOIN access_role_right rr ON rr.role_id = g.role_id JOIN app_user u ON u.id = g.user_id
	    WHERE g.user_id = $1 AND u.state = 'active' AND g.valid_from <= $2 AND (g.valid_to IS NULL OR g.valid_to >= $2)
	    ORDER BY rr.right_name, g.unit_id, g.id`, user, on)
	return byRight, err
}

// markApprovers notes who can approve, or could since the last call. It is
// called before and after whatever may take such a right away.
func markApprovers(ctx context.Context, tx db.Tx, on day.Date) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO approver_mark (right_name, user_id, recorded_at)
		 SELECT DISTINCT rr.right_name, g.user_id, CAST($1 AS {instant})
		 FROM access_grant g JOIN access_role_right rr ON rr.role_id = g.role_id JOIN app_user u ON u.id = g.user_id
		 WHERE rr.right_name LIKE '%.approve' AND u.state = 'active' AND g.valid_from <= $2 AND (g.valid_to IS NULL OR g.valid_to >= g.valid_from)
		 ON CONFLICT (right_name, user_id) DO NOTHING`, tx.Now(), on)
	return err
}

// everApproved says whether somebody else than the user holds or held a right:
// by the marks, or by a grant that has begun since the last mark was made.
func everApproved(ctx context.Context, r db.Reader, right string, user int64, on day.Date) (bool, error) {
	n, err := db.Value[int64](ctx, r,
		`SELECT (SELECT count(*) FROM approver_mark WHERE right_name = $1 AND user_id <> $2)
		   + (SELECT count(*) FROM access_grant g JOIN access_role_right rr ON rr.role_id = g.role_id JOIN app_user u ON u.id = g.user_id
		      WHERE rr.right_name = $1 AND g.user_id <> $2 AND u.state = 'active' AND g.valid_from <= $3
		        AND (g.valid_to IS NULL OR g.valid_to >= g.valid_from))`, right, user, on)
	return n > 0, err
}
