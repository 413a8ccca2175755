package ledger

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const setColumns = `id, label, entity_id, valid_from, status, liaison, sha256, reason, actor_id, recorded_at, activated_by, version`

func scanSet(rows db.Rows) (s RuleSet, err error) {
	err = rows.Scan(&s.ID, &s.Label, &s.Entity, &s.ValidFrom, &s.Status, &s.Liaison, &s.SHA256, &s.Reason, &s.Actor, &s.RecordedAt, &s.ActivatedBy, &s.Version)
	return s, err
}

// ruleRevision is the number of changes of the active sets.
func ruleRevision(ctx context.Context, r db.Reader) (n int64, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT n FROM revision WHERE topic = $1`, []any{ruleTopic}, &n)
	return n, err
}

// activeSets reads the active sets with their lines, latest first.
func activeSets(ctx context.Context, r db.Reader) ([]RuleSet, error) {
	sets, err := db.All(ctx, r, scanSet, `SELECT `+setColumns+` FROM posting_rule_set WHERE status = $1 ORDER BY valid_from DESC, id DESC`, Active)
	if err != nil {
		return nil, err
	}
	for i := range sets {
		if sets[i].Rules, err = rulesOf(ctx, r, sets[i].ID); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

func rulesOf(ctx context.Context, r db.Reader, set op.ID) (Rules, error) {
	return db.All(ctx, r, func(rows db.Rows) (l Rule, err error) {
		err = rows.Scan(&l.Event, &l.Regime, &l.Book, &l.Side, &l.Account, &l.Measure, &l.Service, &l.Nature)
		return l, err
	}, `SELECT event, regime, book, side, account, measure, service, nature FROM posting_rule WHERE set_id = $1 ORDER BY line_no`, set)
}
