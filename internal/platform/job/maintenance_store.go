package job

import (
	"context"
	"time"

	"wasl/internal/platform/db"
)

// keepEvents is how long a delivered event is kept.
const keepEvents = 30 * 24 * time.Hour

func purgeEvents(ctx context.Context, tx db.Tx, n int) (int64, error) {
	return tx.Exec(ctx,
		`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 'done' AND done_at < $1 ORDER BY id LIMIT $2)`,
		tx.Now().Add(-keepEvents), n)
}

// purgeJobs removes jobs long ended.
func purgeJobs(ctx context.Context, tx db.Tx, n int) (int64, error) {
	return tx.Exec(ctx,
		`DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state IN ('done', 'cancelled', 'failed') AND finished_at < $1 ORDER BY finished_at, id LIMIT $2)`,
		tx.Now().Add(-KeepFinished), n)
}
