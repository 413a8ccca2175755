package op

import (
	"context"
	"time"

	"wasl/internal/platform/db"
)

// storedAnswer is what a key answered.
type storedAnswer struct {
	Operation string
	InputHash []byte
	Outcome   Outcome
	Response  string
}

func findKey(ctx context.Context, r db.Reader, actor int64, key string) (*storedAnswer, error) {
	var s storedAnswer
	found, err := db.ScanOne(ctx, r,
		`SELECT operation, input_hash, outcome, response FROM op_key WHERE actor_id = $1 AND idem_key = $2`,
		[]any{actor, key}, &s.Operation, &s.InputHash, &s.Outcome, &s.Response)
	if err != nil || !found {
		return nil, err
	}
	return &s, nil
}

func saveKey(ctx context.Context, tx db.Tx, m *member, response string, outcome Outcome, audit int64) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO op_key (actor_id, idem_key, operation, input_hash, outcome, response, audit_id, recorded_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.actor.UserID, m.key, m.def.Name, m.hash, outcome, response, audit, tx.Now())
	return err
}

// KeyLife is how long an answer is kept for a replay (reliability page: 400 days).
const KeyLife = 400 * 24 * time.Hour

// PurgeKeys removes at most n answers older than KeyLife and says how many.
func PurgeKeys(ctx context.Context, tx db.Tx, n int) (int64, error) {
	return tx.Exec(ctx,
		`DELETE FROM op_key WHERE (actor_id, idem_key) IN
		   (SELECT actor_id, idem_key FROM op_key WHERE recorded_at < $1 ORDER BY recorded_at LIMIT $2)`,
		tx.Now().Add(-KeyLife), n)
}

// auditRow is one row of the audit as written.
type auditRow struct {
	ID          int64
	RecordedAt  time.Time
	Operation   string
	Outcome     Outcome
	Channel     Channel
	ActorID     int64
	ApproverID  int64
	UnitID      int64
	SubjectKind string
	SubjectID   int64
	RequestID   string
	Salt        []byte
	Detail      string
	Digest      []byte
}

func insertAudit(ctx context.Context, tx db.Tx, a auditRow) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO audit (id, recorded_at, operation, outcome, channel, actor_id, approver_id, unit_id,
		   subject_kind, subject_id, request_id, salt, detail, detail_digest)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		a.ID, a.RecordedAt, a.Operation, a.Outcome, a.Channel, a.ActorID, a.ApproverID, a.UnitID,
		a.SubjectKind, a.SubjectID, a.RequestID, a.Salt, a.Detail, a.Digest)
	return err
}
