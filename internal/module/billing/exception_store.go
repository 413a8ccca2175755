package billing

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const exceptionColumns = `e.receivable_account_id, e.id, e.run_id, e.contract_code, e.unit_id, e.consumption_id, e.rule, e.severity_rank, e.detail, e.amount,
	e.state, e.owner_id, e.reason, e.decided_by, e.recorded_at, e.version, (SELECT r.state FROM billing_run r WHERE r.id = e.run_id)`

func scanException(rows db.Rows) (e Exception, err error) {
	err = rows.Scan(&e.Account, &e.ID, &e.Run, &e.Contract, &e.Unit, &e.Consumption, &e.Rule, &e.rank, &e.Detail, &e.Amount, &e.State, &e.Owner, &e.Reason,
		&e.DecidedBy, &e.RecordedAt, &e.Version, &e.RunState)
	e.Severity = Warning
	if e.rank == 0 {
		e.Severity = Blocking
	}
	return e, err
}

func listExceptions(ctx context.Context, x *op.Exec, in ExceptionFilter) iter.Seq2[Exception, error] {
	var w db.Where
	if in.Run != 0 {
		w.And("e.run_id = ?", in.Run)
	}
	if in.State != "" {
		w.And("e.state = ?", in.State)
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
	if in.Waiting {
		w.And(decidable)
	}
	x.Filter(&w, "e.unit_id")
	order := x.Keyset(&w, map[string][]string{"severity": {"#e.severity_rank", "#e.receivable_account_id", "#e.id"}})
	return db.Seq(ctx, x.R, scanException, `SELECT `+exceptionColumns+` FROM billing_exception e`+w.SQL()+order, w.Args()...)
}

// findException reads an exception; NotFound "billing.exception_unknown".
func findException(ctx context.Context, r db.Reader, account, id op.ID) (Exception, error) {
	e, err := db.One(ctx, r, scanException, `SELECT `+exceptionColumns+` FROM billing_exception e WHERE e.receivable_account_id = $1 AND e.id = $2`, account, id)
	if fault.CodeOf(err) == "db.no_row" {
		return e, fault.New(fault.NotFound, "billing.exception_unknown")
	}
	return e, err
}

func updateException(ctx context.Context, tx db.Tx, e *Exception) error {
	_, err := tx.Exec(ctx, `UPDATE billing_exception SET state = $3, reason = $4, decided_by = $5, decided_at = $6, owner_id = $7, version = $8
		WHERE receivable_account_id = $1 AND id = $2`, e.Account, e.ID, e.State, e.Reason, e.DecidedBy, tx.Now(), e.Owner, e.Version)
	return err
}

// exceptionInsert are the columns of a new exception, for Bulk.
func exceptionInsert() []string {
	return []string{
		"receivable_account_id", "id", "run_id", "contract_id", "contract_code", "unit_id", "consumption_id", "rule", "severity_rank", "detail", "amount",
		"state", "owner_id", "reason", "decided_by", "decided_at", "recorded_at", "version",
	}
}

// insertFindings stores the findings of a part that nobody has decided yet.
func insertFindings(ctx context.Context, x *op.Exec, run op.ID, all []found) error {
	if len(all) == 0 {
		return nil
	}
	dues := make([]Due, len(all))
	for i := range all {
		dues[i] = *all[i].due
	}
	known, err := verdictsOf(ctx, x.R, run, dues)
	if err != nil {
		return err
	}
	return insertExceptions(ctx, x, func(yield func(row exceptionRow) bool) {
		for _, f := range all {
			if _, decided := known[verdictKey{f.due.Consumption, f.Rule}]; decided {
				continue
			}
			d := f.due
			if !yield(exceptionRow{run, d.Account, d.Contract, d.Unit, d.Consumption, d.Code, f.Rule, f.Detail, f.Amount}) {
				return
			}
		}
	})
}

// insertAbsent stores the contracts without consumption, but for those decided.
func insertAbsent(ctx context.Context, x *op.Exec, run op.ID, all []absent) error {
	decided := map[op.ID]bool{}
	err := db.Each(ctx, x.R, func(rows db.Rows) error {
		var id op.ID
		err := rows.Scan(&id)
		decided[id] = true
		return err
	}, `SELECT contract_id FROM billing_exception WHERE run_id = $1 AND rule = $2`, run, RuleMissing)
	if err != nil {
		return err
	}
	return insertExceptions(ctx, x, func(yield func(row exceptionRow) bool) {
		for _, a := range all {
			if !decided[a.Contract] && !yield(exceptionRow{run, a.Account, a.Contract, a.Unit, 0, a.Code, RuleMissing, "", 0}) {
				return
			}
		}
	})
}

// exceptionRow is a new exception.
type exceptionRow struct {
	run, account, contract, unit, consumption op.ID
	code                                      string
	rule                                      Rule
	detail                                    string
	amount                                    money.Amount
}

func insertExceptions(ctx context.Context, x *op.Exec, rows iter.Seq[exceptionRow]) error {
	_, err := x.Tx.Bulk(ctx, "billing_exception", exceptionInsert(), func(yield func([]any, error) bool) {
		for e := range rows {
			id, err := x.Tx.NewID(ctx)
			if !yield([]any{
				e.account, id, e.run, e.contract, e.code, e.unit, e.consumption, e.rule, e.rule.rank(), e.detail, e.amount, verdictOpen, 0, "", 0, nil, x.Now, 1,
			}, err) {
				return
			}
		}
	})
	return err
}
