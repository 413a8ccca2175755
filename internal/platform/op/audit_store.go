package op

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// findAudit reads one row; NotFound when there is none.
func findAudit(ctx context.Context, r db.Reader, id ID) (auditRow, error) {
	a, err := db.One(ctx, r, scanAudit, `SELECT `+auditColumns+` FROM audit WHERE id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		return a, fault.New(fault.NotFound, "audit.unknown")
	}
	return a, err
}

// listAudit gives the rows of a filter within the scope, newest first unless
// asked otherwise.
func listAudit(ctx context.Context, x *Exec, in AuditFilter) iter.Seq2[AuditEntry, error] {
	var w db.Where
	if !in.From.IsZero() {
		w.And("recorded_at >= ?", day.StartOf(in.From))
	}
	if !in.To.IsZero() {
		w.And("recorded_at < ?", day.StartOf(in.To.AddDays(1)))
	}
	if in.Operation != "" {
		w.And("operation = ?", in.Operation)
	}
	if in.Actor != 0 {
		w.Or(func(w *db.Where) { w.And("actor_id = ?", in.Actor) }, func(w *db.Where) { w.And("approver_id = ?", in.Actor) })
	}
	if in.Subject != "" {
		w.And("subject_kind = ?", in.Subject)
	}
	if in.SubjectID != 0 {
		w.And("subject_id = ?", in.SubjectID)
	}
	x.Filter(&w, "unit_id")
	order := x.Keyset(&w, map[string][]string{"recorded_at": {"@recorded_at", "#id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (AuditEntry, error) {
		a, err := scanAudit(rows)
		if err != nil {
			return AuditEntry{}, err
		}
		return a.entry()
	}, `SELECT `+auditColumns+` FROM audit`+w.SQL()+order, w.Args()...)
}
