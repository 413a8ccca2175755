package doctor

import (
	"context"
	"time"

	"wasl/internal/platform/db"
)

// askServer reads what a PostgreSQL server says of itself, with the
// transactions open for longer than a time.
func askServer(ctx context.Context, r db.Reader, long time.Duration) (s serverState, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT current_setting('server_version_num')::bigint, clock_timestamp()`, nil, &s.number, &s.now)
	if err != nil {
		return s, err
	}
	var oldest *time.Time
	_, err = db.ScanOne(ctx, r,
		`SELECT count(*), min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < $1`,
		[]any{s.now.Add(-long)}, &s.long, &oldest)
	if oldest != nil {
		s.longest = *oldest
	}
	return s, err
}
