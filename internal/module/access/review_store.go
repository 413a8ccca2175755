package access

import (
	"context"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

func saveReview(ctx context.Context, tx db.Tx, g Grant, reviewer int64) error {
	n, err := tx.Exec(ctx,
		`UPDATE access_grant SET reviewed_on = $1, reviewer_id = $2, version = version + 1 WHERE id = $3 AND version = $4`,
		g.ReviewedOn, reviewer, g.ID, g.Version)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "row.stale", "given", g.Version)
	}
	return forgetIf(ctx, tx, n, err, staffStamp)
}

// readUses adds from the audit when each user last used each right since an
// instant. An approval counts for the approver's right.
func readUses(ctx context.Context, r db.Reader, since time.Time, out uses) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var actor, approver op.ID
		var operation string
		var last time.Time
		if err := rows.Scan(&actor, &approver, &operation, &last); err != nil {
			return err
		}
		out.note(actor, operation, last)
		out.note(approver, operation+op.ApproveSuffix, last)
		return nil
	}, `SELECT actor_id, approver_id, operation, max(recorded_at) FROM audit
	    WHERE recorded_at >= $1 AND outcome <> 'refused' GROUP BY actor_id, approver_id, operation ORDER BY actor_id, approver_id, operation`, since)
}

// nameRoles completes rows with the names of their roles.
func nameRoles(ctx context.Context, r db.Reader, rows []ReviewRow) error {
	seen := map[int64]bool{}
	var ids []int64
	for _, row := range rows {
		if !seen[int64(row.Role)] {
			seen[int64(row.Role)] = true
			ids = append(ids, int64(row.Role))
		}
	}
	names, err := roleLabels(ctx, r, ids)
	for i := range rows {
		rows[i].RoleName = names[int64(rows[i].Role)]
	}
	return err
}
