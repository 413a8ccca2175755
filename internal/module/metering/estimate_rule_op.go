package metering

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// EstimateFilter narrows the list of parameters of estimation.
type EstimateFilter struct {
	Category string `json:"category" in:"max=60"`
}

// EstimateRow is a set of parameters in the list; the built-in ones have no date.
type EstimateRow struct {
	EstimateSetting
	// Current says that it is the one that applies today.
	Current bool `json:"in_force"`
}

// PageKey is the row's place in its list.
func (e EstimateRow) PageKey(string) []string { return []string{e.Category, e.ValidFrom.String()} }

// EstimateSet is the input of setting the parameters of estimation.
type EstimateSet struct {
	// Category of the tariff; none is every one without its own.
	Category string `json:"category" in:"max=60"`
	// ValidFrom is the first day of the periods estimated by it.
	ValidFrom  day.Date `json:"valid_from" in:"required"`
	Cover      int64    `json:"cover" in:"required,min=1,max=100"`
	Periods    int64    `json:"periods" in:"min=0,max=36"`
	PowerHours int64    `json:"power_hours" in:"min=0,max=24"`
	Reason     string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// Validate refuses parameters by which a customer without the year before could never be
// estimated.
func (in EstimateSet) Validate() (faults []fault.Field) {
	if in.Periods == 0 && in.PowerHours == 0 {
		faults = append(faults, fault.Field{Path: "periods", Code: "input.required"})
	}
	return faults
}

// EstimateSaved is the answer of setting parameters.
type EstimateSaved struct {
	Category  string   `json:"category"`
	ValidFrom day.Date `json:"valid_from"`
}

// registerEstimates registers the parameters of estimation, which change like those of the
// controls: from a date, with the agreement of a second person.
func registerEstimates(r *op.Registry) {
	duties := []string{"DRI-02", "AG-13"}
	op.RegisterList(r, op.Spec{Name: "metering.estimate.list", Path: "/metering/estimates", Duties: duties}, op.ListHandler[EstimateFilter, EstimateRow]{
		Sorts: []string{"category"},
		Rows: func(ctx context.Context, x *op.Exec, in EstimateFilter) iter.Seq2[EstimateRow, error] {
			return estimateRows(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.estimate.set", Path: "/metering/estimates", Central: true, FourEyes: true, SoleAllowed: true, Duties: duties,
	}, op.CommandHandler[EstimateSet, EstimateSaved]{
		Locks: func(EstimateSet) []int64 { return []int64{lockEstimates} },
		Do:    setEstimate,
	})
}

// lockEstimates serialises changes of parameters.
const lockEstimates int64 = 0x65737469

// estimateRows are the built-in parameters and those that were set, by category and date.
func estimateRows(ctx context.Context, x *op.Exec, in EstimateFilter) iter.Seq2[EstimateRow, error] {
	return func(yield func(EstimateRow, error) bool) {
		set, err := estimateRules(ctx, x.R)
		if err != nil {
			yield(EstimateRow{}, err)
			return
		}
		for _, row := range estimatesArranged(set, in, x.Today, x.Page) {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// estimatesArranged puts the built-in parameters before those that were set, by category and
// date, and marks those that apply today.
func estimatesArranged(set []EstimateSetting, in EstimateFilter, today day.Date, page op.Page) []EstimateRow {
	rows := []EstimateRow{{EstimateSetting: EstimateSetting{EstimateRule: DefaultEstimate()}}}
	for _, s := range set {
		rows = append(rows, EstimateRow{EstimateSetting: s})
	}
	slices.SortStableFunc(rows, func(a, b EstimateRow) int { return slices.Compare(a.PageKey(""), b.PageKey("")) })
	var out []EstimateRow
	for i, row := range rows {
		last := i == len(rows)-1 || rows[i+1].Category != row.Category || rows[i+1].ValidFrom.After(today)
		row.Current = last && !row.ValidFrom.After(today)
		if in.Category == "" || in.Category == row.Category {
			out = append(out, row)
		}
	}
	if page.Desc {
		slices.Reverse(out)
	}
	if len(page.After) != 2 {
		return out
	}
	return slices.DeleteFunc(out, func(row EstimateRow) bool {
		at := slices.Compare(row.PageKey(""), page.After)
		return at <= 0 && !page.Desc || at >= 0 && page.Desc
	})
}

func setEstimate(ctx context.Context, x *op.Exec, in EstimateSet) (EstimateSaved, error) {
	rules, err := estimateRules(ctx, x.R)
	if err != nil {
		return EstimateSaved{}, err
	}
	before := EstimateSetting{Category: in.Category, EstimateRule: estimateIn(rules, in.Category, in.ValidFrom)}
	after := EstimateSetting{
		Category: in.Category, ValidFrom: in.ValidFrom, EstimateRule: EstimateRule{in.Cover, in.Periods, in.PowerHours}, Reason: in.Reason,
		Actor: op.ID(x.Actor.UserID),
	}
	if err := putEstimateRule(ctx, x.Tx, after, originOf(x)); err != nil {
		return EstimateSaved{}, err
	}
	return EstimateSaved{in.Category, in.ValidFrom}, x.Change("estimate", 0, in.Category, before, after)
}
