package ledger

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const setColumns = `id, label, entity_id, valid_from, status, liaison, sha256, reason, actor_id, recorded_at, activated_by, version`

func scanSet(rows db.Rows) (s RuleSet, err error) {
	err = rows.Scan(&s.ID, &s.Label, &s.Entity, &s.ValidFrom, &s.Status, &s.Liaison, &s.SHA256, &s.Reason, &s.Actor, &s.RecordedAt, &s.ActivatedBy, &s.Version)
	return s, err
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

func listSets(ctx context.Context, x *op.Exec) iter.Seq2[RuleSet, error] {
	var w db.Where
	order := x.Keyset(&w, map[string][]string{"valid_from": {"%valid_from", "#id"}})
	return db.Seq(ctx, x.R, scanSet, `SELECT `+setColumns+` FROM posting_rule_set`+w.SQL()+order, w.Args()...)
}

func findSet(ctx context.Context, r db.Reader, id op.ID) (RuleSet, error) {
	s, err := db.One(ctx, r, scanSet, `SELECT `+setColumns+` FROM posting_rule_set WHERE id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return s, fault.New(fault.NotFound, "ledger.rule_unknown")
	}
	if err == nil {
		s.Rules, err = rulesOf(ctx, r, id)
	}
	return s, err
}

func ruleLines(ctx context.Context, x *op.Exec, set op.ID) iter.Seq2[RuleLine, error] {
	var w db.Where
	w.And("set_id = ?", set)
	order := x.Keyset(&w, map[string][]string{"line": {"#line_no"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (l RuleLine, err error) {
		err = rows.Scan(&l.Event, &l.Regime, &l.Book, &l.Side, &l.Account, &l.Measure, &l.Service, &l.Nature, &l.line)
		return l, err
	}, `SELECT event, regime, book, side, account, measure, service, nature, line_no FROM posting_rule`+w.SQL()+order, w.Args()...)
}

func insertSet(ctx context.Context, tx db.Tx, s *RuleSet) error {
	_, err := tx.Exec(ctx, `INSERT INTO posting_rule_set (`+setColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		s.ID, s.Label, s.Entity, s.ValidFrom, s.Status, s.Liaison, s.SHA256, s.Reason, s.Actor, s.RecordedAt, s.ActivatedBy, s.Version)
	if err != nil {
		return err
	}
	columns := []string{"set_id", "line_no", "event", "regime", "book", "side", "account", "measure", "service", "nature"}
	_, err = tx.Bulk(ctx, "posting_rule", columns, func(yield func([]any, error) bool) {
		for i, l := range s.Rules {
			if !yield([]any{s.ID, i + 1, l.Event, l.Regime, l.Book, l.Side, l.Account, l.Measure, l.Service, l.Nature}, nil) {
				return
			}
		}
	})
	return err
}

func activateSet(ctx context.Context, tx db.Tx, s *RuleSet, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE posting_rule_set SET status = $1, activated_by = $2, activated_at = $3, version = $4 WHERE id = $5`,
		s.Status, s.ActivatedBy, at, s.Version, s.ID)
	return err
}
