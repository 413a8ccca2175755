package billing

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// where narrows a condition on e to the open exceptions of a mass decision.
func (in *ExceptionMass) where(x *op.Exec, w *db.Where) {
	w.And("e.state = ?", ExceptionOpen)
	w.And(decidable)
	if in.Run != 0 {
		w.And("e.run_id = ?", in.Run)
	}
	if in.Rule != "" {
		w.And("e.rule = ?", in.Rule)
	}
	if in.Severity != "" {
		w.And("e.severity_rank = ?", in.Severity.rank())
	}
	if in.Service != "" {
		w.And(ofService, in.Service)
	}
	if len(in.IDs) > 0 {
		w.And("e.id IN {ints ?}", op.Plain(in.IDs))
	}
	x.Filter(w, "e.unit_id")
	if in.Unit != 0 {
		x.Places().Filter(w, "e.unit_id", op.Scope{Roots: []int64{int64(in.Unit)}, On: x.Today})
	}
}

const (
	// decidable are the exceptions of runs that are neither being computed nor approved.
	decidable = `EXISTS (SELECT 1 FROM billing_run r WHERE r.id = e.run_id AND r.state IN ('prepared', 'computed'))`
	// ofService are the exceptions of contracts of a service.
	ofService = `EXISTS (SELECT 1 FROM contract k WHERE k.receivable_account_id = e.receivable_account_id AND k.id = e.contract_id AND k.service = ?)`
)

// runGroup is the part of a run in a group.
type runGroup struct {
	ExceptionGroup
	run op.ID
}

// exceptionGroups counts the open exceptions of a mass decision by rule, service and run.
func exceptionGroups(ctx context.Context, x *op.Exec, in ExceptionMass) ([]runGroup, error) {
	var w db.Where
	in.where(x, &w)
	return db.All(ctx, x.R, func(rows db.Rows) (g runGroup, err error) {
		err = rows.Scan(&g.Rule, &g.Service, &g.run, &g.Count, &g.Amount)
		return g, err
	}, `SELECT e.rule, COALESCE(k.service, ''), e.run_id, count(*), CAST(sum(e.amount) AS {int}) FROM billing_exception e
		LEFT JOIN contract k ON k.receivable_account_id = e.receivable_account_id AND k.id = e.contract_id`+w.SQL()+`
		GROUP BY e.severity_rank, e.rule, COALESCE(k.service, ''), e.run_id ORDER BY e.severity_rank, e.rule, 2, e.run_id`, w.Args()...)
}

// exceptionKey is an exception in the order of mass decisions.
type exceptionKey struct{ Account, ID op.ID }

// nextExceptions reads the next exceptions that a mass decision applies to.
func nextExceptions(ctx context.Context, x *op.Exec, in ExceptionDecideMany, after exceptionKey) ([]Exception, error) {
	var w db.Where
	in.where(x, &w)
	for _, name := range Rule("").EnumValues() {
		if !in.Decision.applies(Rule(name)) {
			w.And("e.rule <> ?", name)
		}
	}
	w.After([]string{"e.receivable_account_id", "e.id"}, []any{after.Account, after.ID}, false)
	return db.All(ctx, x.R, scanException, `SELECT `+exceptionColumns+` FROM billing_exception e`+w.SQL()+
		` ORDER BY e.receivable_account_id, e.id LIMIT `+w.Arg(op.MassChunk), w.Args()...)
}

// decideExceptions writes the decision on the exceptions of a chunk.
func decideExceptions(ctx context.Context, x *op.Exec, in ExceptionDecideMany, rows []Exception) error {
	accounts, ids := make([]int64, len(rows)), make([]int64, len(rows))
	for i := range rows {
		accounts[i], ids[i] = int64(rows[i].Account), int64(rows[i].ID)
	}
	by := op.ID(x.Actor.UserID)
	if in.Decision == ExceptionOpen {
		by = 0
	}
	_, err := x.Tx.Exec(ctx, `UPDATE billing_exception SET state = $3, reason = $4, decided_by = $5, decided_at = $6,
		owner_id = CASE WHEN CAST($7 AS {int}) = 0 THEN owner_id ELSE CAST($7 AS {int}) END, version = version + 1
		WHERE receivable_account_id IN {ints $1} AND id IN {ints $2} AND state = 'open'`, accounts, ids, in.Decision, in.Reason, by, x.Now, in.Owner)
	return err
}
