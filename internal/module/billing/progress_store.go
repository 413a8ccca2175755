package billing

import (
	"context"

	"wasl/internal/platform/db"
)

// markColumns are the marks of the parts of runs r.
const markColumns = `(SELECT count(*) FROM billing_chunk c WHERE c.run_id = r.id), (SELECT count(*) FROM billing_chunk c WHERE c.run_id = r.id AND c.issued),
	(SELECT min(c.drafted_at) FROM billing_chunk c WHERE c.run_id = r.id), (SELECT max(c.drafted_at) FROM billing_chunk c WHERE c.run_id = r.id),
	(SELECT min(c.issued_at) FROM billing_chunk c WHERE c.run_id = r.id), (SELECT max(c.issued_at) FROM billing_chunk c WHERE c.run_id = r.id)`

func (m *marks) fields() []any {
	return []any{&m.parts, &m.issued, &m.firstDrafted, &m.lastDrafted, &m.firstIssued, &m.lastIssued}
}

// progressOf reads how far a run is.
func progressOf(ctx context.Context, r db.Reader, run *Run) (Progress, error) {
	var m marks
	_, err := db.ScanOne(ctx, r, `SELECT `+markColumns+` FROM billing_run r WHERE r.id = $1`, []any{run.ID}, m.fields()...)
	return run.progress(m), err
}
