package op

import (
	"context"
	"strings"
	"time"

	"wasl/internal/platform/db"
)

// storedAnswer is what a key answered.
type storedAnswer struct {
	Operation string
	InputHash []byte
	Outcome   Outcome
	Response  string
	Audit     int64
}

// opening is the first statement of every change: the stamps that the memories of
// the modules are keyed by, and the answer stored under a key. One statement
// instead of one each is a round trip saved for each.
type opening struct {
	sql  string
	keys []any
}

// answeredSQL is the opening when the transaction knows the stamps already, which is
// so from the second member of a group on.
const answeredSQL = `SELECT operation, input_hash, outcome, response, audit_id FROM op_key WHERE actor_id = $1 AND idem_key = $2`

// known says that the transaction remembers all stamps.
func (o opening) known(r db.Reader) bool {
	for _, key := range o.keys {
		if _, known := db.Remembered[int64](r, key); !known {
			return false
		}
	}
	return true
}

func openingOf(parts ...any) opening {
	var o opening
	var sql strings.Builder
	sql.WriteString(`SELECT `)
	for _, part := range parts {
		if s, ok := part.(Stamped); ok {
			for _, stamp := range s.Stamps() {
				o.keys = append(o.keys, stamp.Key)
				sql.WriteString(`COALESCE(` + stamp.SQL + `, 0), `)
			}
		}
	}
	sql.WriteString(`COALESCE(k.operation, ''), k.input_hash, COALESCE(k.outcome, ''), COALESCE(k.response, ''), COALESCE(k.audit_id, 0)
		FROM (SELECT 1 AS one) o LEFT JOIN op_key k ON k.actor_id = $1 AND k.idem_key = $2`)
	o.sql = sql.String()
	return o
}

// read remembers the stamps for the transaction and gives what a key answered; nil
// when it is new.
func (o opening) read(ctx context.Context, r db.Reader, actor int64, key string) (*storedAnswer, error) {
	var s storedAnswer
	if o.known(r) {
		found, err := db.ScanOne(ctx, r, answeredSQL, []any{actor, key}, &s.Operation, &s.InputHash, &s.Outcome, &s.Response, &s.Audit)
		if err != nil || !found {
			return nil, err
		}
		return &s, nil
	}
	stamps := make([]int64, len(o.keys))
	into := make([]any, 0, len(o.keys)+5)
	for i := range stamps {
		into = append(into, &stamps[i])
	}
	_, err := db.ScanOne(ctx, r, o.sql, []any{actor, key}, append(into, &s.Operation, &s.InputHash, &s.Outcome, &s.Response, &s.Audit)...)
	if err != nil {
		return nil, err
	}
	for i, key := range o.keys {
		db.Remember(r, key, stamps[i])
	}
	if s.Operation == "" {
		return nil, nil
	}
	return &s, nil
}

// saveKey stores the answer under the key, whose lock is held: on PostgreSQL it goes with
// the commit.
func saveKey(ctx context.Context, tx db.Tx, m *member, response string, outcome Outcome, audit int64) error {
	err := db.ExecLater(ctx, tx,
		`INSERT INTO op_key (actor_id, idem_key, operation, input_hash, outcome, response, audit_id, recorded_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.actor.UserID, m.key, m.def.Name, m.hash, outcome, response, audit, tx.Now())
	m.last = answered{audit, m.res, m.refusal}
	return err
}

// forgetKey removes what a key answered.
func forgetKey(ctx context.Context, tx db.Tx, actor int64, key string) error {
	_, err := tx.Exec(ctx, `DELETE FROM op_key WHERE actor_id = $1 AND idem_key = $2`, actor, key)
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
	return db.ExecLater(ctx, tx,
		`INSERT INTO audit (id, recorded_at, operation, outcome, channel, actor_id, approver_id, unit_id,
		   subject_kind, subject_id, request_id, salt, detail, detail_digest)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		a.ID, a.RecordedAt, a.Operation, a.Outcome, a.Channel, a.ActorID, a.ApproverID, a.UnitID,
		a.SubjectKind, a.SubjectID, a.RequestID, a.Salt, a.Detail, a.Digest)
}
