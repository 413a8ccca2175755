package op

import (
	"context"
	"time"

	"wasl/internal/platform/db"
)

const sealColumns = `chain_id, seq, members, member_count, until, previous_hash, hash, sealed_at, key_id, signature`

func scanSeal(rows db.Rows) (s Seal, err error) {
	err = rows.Scan(&s.Chain, &s.Seq, &s.Members, &s.Count, &s.Until, &s.Previous, &s.Hash, &s.SealedAt, &s.KeyID, &s.Signature)
	return s, err
}

func insertSeal(ctx context.Context, tx db.Tx, s Seal) error {
	_, err := tx.Exec(ctx, `INSERT INTO audit_seal (`+sealColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		s.Chain, s.Seq, s.Members, s.Count, s.Until, s.Previous, s.Hash, s.SealedAt, s.KeyID, s.Signature)
	return err
}

func saveSigningKey(ctx context.Context, tx db.Tx, s *Signer) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO signing_key (key_id, public_key, recorded_at) VALUES ($1, $2, $3) ON CONFLICT (key_id) DO NOTHING`,
		s.KeyID, []byte(s.Public()), tx.Now())
	return err
}

func lastSealed(ctx context.Context, r db.Reader) (time.Time, error) {
	return db.Value[time.Time](ctx, r, `SELECT max(until) FROM audit_seal`)
}

// sealsSince gives the seals whose rows may be as young as an instant.
func sealsSince(ctx context.Context, r db.Reader, from time.Time) ([]Seal, error) {
	if from.IsZero() {
		return nil, nil
	}
	return db.All(ctx, r, scanSeal, `SELECT `+sealColumns+` FROM audit_seal WHERE until >= $1`, from)
}

// chainHead is the last seal of a chain; zero when it has none.
func chainHead(ctx context.Context, r db.Reader, chain int64) (s Seal, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT seq, hash FROM audit_seal WHERE chain_id = $1 ORDER BY seq DESC LIMIT 1`,
		[]any{chain}, &s.Seq, &s.Hash)
	return s, err
}

// ChainHeads are the last seals of all chains.
func ChainHeads(ctx context.Context, r db.Reader) ([]Seal, error) {
	return db.All(ctx, r, scanSeal,
		`SELECT `+sealColumns+` FROM audit_seal s
		 WHERE seq = (SELECT max(seq) FROM audit_seal t WHERE t.chain_id = s.chain_id) ORDER BY chain_id`)
}

const auditColumns = `id, recorded_at, operation, outcome, channel, actor_id, approver_id, unit_id,
	subject_kind, subject_id, request_id, salt, detail, detail_digest`

func scanAudit(rows db.Rows) (a auditRow, err error) {
	var detail *string
	err = rows.Scan(&a.ID, &a.RecordedAt, &a.Operation, &a.Outcome, &a.Channel, &a.ActorID, &a.ApproverID, &a.UnitID,
		&a.SubjectKind, &a.SubjectID, &a.RequestID, &a.Salt, &detail, &a.Digest)
	if detail != nil {
		a.Detail = *detail
	} else {
		a.Salt = nil
	}
	return a, err
}

// unsealedRows gives the oldest rows between two instants that are not taken.
func unsealedRows(ctx context.Context, r db.Reader, from, until time.Time, taken map[int64]bool, n int) (out []auditRow, err error) {
	if from.IsZero() {
		from = time.UnixMicro(1).UTC()
	}
	for a, err := range db.Seq(ctx, r, scanAudit,
		`SELECT `+auditColumns+` FROM audit WHERE recorded_at >= $1 AND recorded_at <= $2 ORDER BY recorded_at, id`, from, until) {
		if err != nil {
			return nil, err
		}
		if taken[a.ID] {
			continue
		}
		if out = append(out, a); len(out) == n {
			break
		}
	}
	return out, nil
}

func eachSeal(ctx context.Context, r db.Reader, fn func(Seal) error) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		s, err := scanSeal(rows)
		if err != nil {
			return err
		}
		return fn(s)
	}, `SELECT `+sealColumns+` FROM audit_seal ORDER BY chain_id, seq`)
}

func eachAudit(ctx context.Context, r db.Reader, fn func(auditRow) error) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		a, err := scanAudit(rows)
		if err != nil {
			return err
		}
		return fn(a)
	}, `SELECT `+auditColumns+` FROM audit ORDER BY id`)
}

func publicKeys(ctx context.Context, r db.Reader) (map[string][]byte, error) {
	keys := map[string][]byte{}
	return keys, db.Each(ctx, r, func(rows db.Rows) error {
		var id string
		var key []byte
		err := rows.Scan(&id, &key)
		keys[id] = key
		return err
	}, `SELECT key_id, public_key FROM signing_key`)
}

// keyAudits calls fn for each answered key with its audit row's id and whether
// the row is there.
func keyAudits(ctx context.Context, r db.Reader, fn func(actor int64, key string, audit int64, there bool) error) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var actor, audit int64
		var key string
		var found *int64
		if err := rows.Scan(&actor, &key, &audit, &found); err != nil {
			return err
		}
		return fn(actor, key, audit, found != nil)
	}, `SELECT k.actor_id, k.idem_key, k.audit_id, a.id FROM op_key k LEFT JOIN audit a ON a.id = k.audit_id`)
}

// sharedAudits counts audit rows claimed by more than one key.
func sharedAudits(ctx context.Context, r db.Reader) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT audit_id FROM op_key GROUP BY audit_id HAVING count(*) > 1 ORDER BY audit_id`)
}

// KeyKnown says whether a key was answered, by the actor's login when given.
func KeyKnown(ctx context.Context, r db.Reader, key string) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT count(*) FROM op_key WHERE idem_key = $1`, key)
}

// proposalNumbers calls fn for each proposal's number.
func proposalNumbers(ctx context.Context, r db.Reader, fn func(number, operation string, state ProposalState) error) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var number, operation string
		var state ProposalState
		if err := rows.Scan(&number, &operation, &state); err != nil {
			return err
		}
		return fn(number, operation, state)
	}, `SELECT number, operation, state FROM proposal ORDER BY length(number), number`)
}

// proposalSeries gives the next number of each series of proposals, by the
// prefix its numbers are printed with.
func proposalSeries(ctx context.Context, r db.Reader) (map[string]int64, error) {
	next := map[string]int64{}
	return next, db.Each(ctx, r, func(rows db.Rows) error {
		var node, year, n int64
		err := rows.Scan(&node, &year, &n)
		next[proposalPrefix(node, year)] = n
		return err
	}, `SELECT node, exercise, next FROM series WHERE kind = 'proposal'`)
}

// UnsealedTail counts the audit rows younger than the last seal and gives the
// instant of the oldest of them.
func UnsealedTail(ctx context.Context, r db.Reader) (count int64, oldest time.Time, err error) {
	last, err := lastSealed(ctx, r)
	if err != nil {
		return 0, oldest, err
	}
	if last.IsZero() {
		last = time.UnixMicro(1).UTC()
	}
	_, err = db.ScanOne(ctx, r, `SELECT count(*), min(recorded_at) FROM audit WHERE recorded_at > $1`, []any{last}, &count, &oldest)
	return count, oldest, err
}
