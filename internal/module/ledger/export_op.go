package ledger

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// ExportFilter says what of the journal is exported.
type ExportFilter struct {
	// From and To are effective dates, both included; what came before From is one
	// opening entry. In the order of the numbers they are accounting dates.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
	// Scope is a unit with all below it.
	Scope op.ID `json:"scope" in:"ref=org.unit.list"`
	// KnownOn leaves out what was recorded after that day.
	KnownOn day.Date `json:"known_on"`
	// Entity keeps the books of one legal entity.
	Entity op.ID `json:"entity" in:"ref=org.entity.list"`
	// Closed keeps what has been validated: the entries of closed months.
	Closed bool `json:"closed"`
}

// Validate refuses a period that ends before it begins.
func (f *ExportFilter) Validate() []fault.Field {
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		return []fault.Field{{Path: "to", Code: "ledger.period_order"}}
	}
	return nil
}

// knownAt is the last instant of the day; zero without one.
func (f ExportFilter) knownAt() time.Time { return endOf(f.KnownOn) }

// endOf is the last microsecond of a day; zero without one.
func endOf(d day.Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return day.StartOf(d.AddDays(1)).Add(-time.Microsecond)
}

// within narrows to the scope of the right and to the unit asked for.
func (f ExportFilter) within(x *op.Exec) func(w *db.Where, column string) { return scoped(x, f.Scope) }

// scoped narrows a column of units to where the actor holds the right, and to a
// unit with all below it when there is one.
func scoped(x *op.Exec, unit op.ID) func(w *db.Where, column string) {
	return func(w *db.Where, column string) {
		x.Filter(w, column)
		if unit != 0 {
			x.Places().Filter(w, column, op.Scope{Roots: []int64{int64(unit)}, On: x.Today})
		}
	}
}

func (m *Module) registerExport(r *op.Registry) {
	op.RegisterList(r, op.Spec{
		Name: "ledger.export", Path: "/ledger/export", Duties: []string{"NORM-3"},
		Formats: map[string]op.Format{"hledger": {Open: newHledger}, "fec": {Open: newFEC, Sort: sortNumber}},
	}, op.ListHandler[ExportFilter, JournalLine]{
		Sorts: []string{"date", sortNumber},
		Rows: func(ctx context.Context, x *op.Exec, in ExportFilter) iter.Seq2[JournalLine, error] {
			return m.exportRows(ctx, x, in)
		},
	})
}
