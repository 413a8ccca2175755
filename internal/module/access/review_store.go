package access

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
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
