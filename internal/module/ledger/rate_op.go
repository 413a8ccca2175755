package ledger

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// RateFilter asks for the rates of collection of an accounting month.
type RateFilter struct {
	// Month is any day of it; by default the present one.
	Month day.Date `json:"month" in:"month"`
	// On is the day up to which is counted, KnownOn the day on which it was known: by
	// default today, and everything known.
	On      day.Date `json:"on"`
	KnownOn day.Date `json:"known_on"`
	// Scope is a unit with all below it.
	Scope op.ID `json:"scope" in:"ref=org.unit.list"`
}

// RateRow is what a unit billed and received in a month (facts §9). Rate of the month
// is Collected ÷ Billed, the global rate Received ÷ (Arrears + Billed).
type RateRow struct {
	Unit op.ID `json:"unit" out:"ref=unit"`
	// Billed are the bills, works, penalties and costs of the month, taxes included;
	// credit notes are not taken off.
	Billed money.Amount `json:"billed"`
	// Collected is what receipts have paid of them, whenever they came.
	Collected money.Amount `json:"collected"`
	// Received is what came in during the month, less what went back.
	Received money.Amount `json:"received"`
	// Arrears is what was owed on the eve of the month.
	Arrears money.Amount `json:"arrears"`
}

// PageKey is the row's place in its list.
func (r RateRow) PageKey(string) []string { return []string{r.Unit.String()} }

func (m *Module) registerRates(r *op.Registry) {
	spec := op.Spec{Name: "ledger.rate.list", Path: "/ledger/rates", Duties: []string{"DRI-08", "DRI-09", "AG-18"}}
	op.RegisterList(r, spec, op.ListHandler[RateFilter, RateRow]{
		Sorts: []string{"unit"},
		Rows: func(ctx context.Context, x *op.Exec, in RateFilter) iter.Seq2[RateRow, error] {
			rows, err := m.rates(ctx, x, in)
			return listed(x, rows, err)
		},
	})
}

// rates adds the operands up, unit by unit.
func (m *Module) rates(ctx context.Context, x *op.Exec, in RateFilter) ([]RateRow, error) {
	if in.Month.IsZero() {
		in.Month = x.Today
	}
	if in.On.IsZero() {
		in.On = x.Today
	}
	month := day.MonthOf(in.Month)
	within, err := m.named(ctx, x, in.Scope)
	if err != nil {
		return nil, err
	}
	by := map[op.ID]*RateRow{}
	at := func(unit op.ID) *RateRow {
		if by[unit] == nil {
			by[unit] = &RateRow{Unit: unit}
		}
		return by[unit]
	}
	asked := AsOf{in.On, endOf(in.KnownOn)}
	kept, err := keptOn(ctx, x.R, asked)
	if err != nil {
		return nil, err
	}
	sums := rateSums
	if kept {
		sums = keptRates
	}
	if err := sums(ctx, x.R, month, asked, within, at); err != nil {
		return nil, err
	}
	err = owedAtEnd(ctx, x.R, month.Add(-1), asked.KnownAt, within, func(unit op.ID, owed money.Amount) { at(unit).Arrears += owed })
	if err != nil {
		return nil, err
	}
	out := make([]RateRow, 0, len(by))
	for _, r := range by {
		if *r != (RateRow{Unit: r.Unit}) {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b RateRow) int { return cmp.Compare(a.Unit, b.Unit) })
	return out, nil
}

// named is narrowed with the units always named, for indexes that begin with them.
func (m *Module) named(ctx context.Context, x *op.Exec, unit op.ID) (func(w *db.Where, column string), error) {
	if m.places == nil {
		return scoped(x, unit), nil
	}
	scope := x.ScopeOf()
	units, _, err := m.places.Below(ctx, x.R, scope.Roots, scope.On)
	if err != nil {
		return nil, err
	}
	if unit != 0 {
		own, _, err := m.places.Below(ctx, x.R, []int64{int64(unit)}, x.Today)
		if err != nil {
			return nil, err
		}
		units = slices.DeleteFunc(units, func(u int64) bool { return !slices.Contains(own, u) })
	}
	slices.Sort(units)
	return func(w *db.Where, column string) { w.In(column, units) }, nil
}
