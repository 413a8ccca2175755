package billing

import (
	"cmp"
	"context"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// comparedPeriods is how many periods before its own a run is compared with.
const comparedPeriods = 3

// Figures are what some bills come to: how many, what they measure, and amounts in centimes.
type Figures struct {
	Bills    int64          `json:"bills"`
	Quantity money.Quantity `json:"quantity"`
	Net      money.Amount   `json:"net"`
	Tax      money.Amount   `json:"tax"`
	Total    money.Amount   `json:"total"`
}

// add adds other bills; Limit "money.overflow" when they do not fit.
func (f *Figures) add(o Figures) (err error) {
	f.Bills += o.Bills
	if f.Quantity, err = money.Add(f.Quantity, o.Quantity); err != nil {
		return err
	}
	f.Net, f.Tax, f.Total, err = plus3(f.Net, o.Net, f.Tax, o.Tax, f.Total, o.Total)
	return err
}

// Changes are differences against earlier figures, as rates of these; a figure that was zero
// or did not exist has none.
type Changes struct {
	Bills    *money.Rate `json:"bills,omitempty"`
	Quantity *money.Rate `json:"quantity,omitempty"`
	Net      *money.Rate `json:"net,omitempty"`
	Tax      *money.Rate `json:"tax,omitempty"`
	Total    *money.Rate `json:"total,omitempty"`
}

// ComparedPeriod is a period before that of the run, of as many months; Known says that bills
// of its scope are out.
type ComparedPeriod struct {
	From  day.Date `json:"from"`
	To    day.Date `json:"to"`
	Known bool     `json:"known"`
}

// Compared are the figures of a service, or of one of its categories, beside those of the
// periods before.
type Compared struct {
	Service string `json:"service"`
	// Category is empty for the service as a whole.
	Category string  `json:"category"`
	Now      Figures `json:"now"`
	// Before are those of the periods, the latest first; Change compares with the latest that
	// is known.
	Before []Figures `json:"before"`
	Change Changes   `json:"change"`
}

// RunComparison is a run beside the periods before it.
type RunComparison struct {
	Run     op.ID            `json:"run"`
	Periods []ComparedPeriod `json:"periods"`
	Rows    []Compared       `json:"rows"`
}

// kindFigures are the figures of a service and category.
type kindFigures struct {
	service, category string
	Figures
}

func (m *Module) registerComparison(r *op.Registry) {
	op.RegisterGet(r, op.Spec{Name: "billing.run.compare", Path: "/billing/runs/{id}/comparison", Duties: duties()}, op.GetHandler[RunRef, RunComparison]{
		Targets: runTargets, Do: compareRun,
	})
}

// compareRun puts the drafts or the bills of a run beside the issued bills of the three periods
// before it, of the same scope. A bill that was cancelled and made again counts in both runs.
func compareRun(ctx context.Context, x *op.Exec, in RunRef) (RunComparison, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return RunComparison{}, err
	}
	out := RunComparison{Run: run.ID, Periods: run.before()}
	now, err := sumsOf(ctx, x.R, run.ID)
	if err != nil {
		return out, err
	}
	before := make([][]kindFigures, len(out.Periods))
	for i := range out.Periods {
		if before[i], err = periodSums(ctx, x.R, &run, &out.Periods[i]); err != nil {
			return out, err
		}
		out.Periods[i].Known = len(before[i]) > 0
	}
	out.Rows, err = compared(now, before)
	return out, err
}

// before are the periods before that of a run, the latest first.
func (r *Run) before() []ComparedPeriod {
	months := monthsBetween(r.FromMonth, r.ToMonth) + 1
	out := make([]ComparedPeriod, comparedPeriods)
	for i := range out {
		back := -months * (i + 1)
		out[i] = ComparedPeriod{From: r.FromMonth.AddMonths(back), To: r.ToMonth.AddMonths(back)}
	}
	return out
}

// compared lays the figures of periods beside each other, by service and category, each
// service as a whole before its categories.
func compared(now []kindFigures, before [][]kindFigures) (rows []Compared, err error) {
	at := func(service, category string) *Compared {
		i, found := slices.BinarySearchFunc(rows, Compared{Service: service, Category: category}, func(a, b Compared) int {
			return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Category, b.Category))
		})
		if !found {
			rows = slices.Insert(rows, i, Compared{Service: service, Category: category, Before: make([]Figures, len(before))})
		}
		return &rows[i]
	}
	add := func(all []kindFigures, into func(*Compared) *Figures) error {
		for _, k := range all {
			categories := []string{"", k.category}
			if k.category == "" {
				categories = categories[:1] // a contract without a category counts in its service alone
			}
			for _, category := range categories {
				if err := into(at(k.service, category)).add(k.Figures); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := add(now, func(c *Compared) *Figures { return &c.Now }); err != nil {
		return nil, err
	}
	for i, all := range before {
		if err := add(all, func(c *Compared) *Figures { return &c.Before[i] }); err != nil {
			return nil, err
		}
	}
	latest := slices.IndexFunc(before, func(all []kindFigures) bool { return len(all) > 0 })
	for i := range rows {
		if latest >= 0 {
			if rows[i].Change, err = rows[i].Now.against(rows[i].Before[latest]); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// against are the changes of figures since earlier ones; Limit "money.overflow" when one does
// not fit.
func (f Figures) against(was Figures) (c Changes, err error) {
	for _, pair := range []struct {
		now, was int64
		into     **money.Rate
	}{
		{f.Bills, was.Bills, &c.Bills},
		{int64(f.Quantity), int64(was.Quantity), &c.Quantity},
		{int64(f.Net), int64(was.Net), &c.Net},
		{int64(f.Tax), int64(was.Tax), &c.Tax},
		{int64(f.Total), int64(was.Total), &c.Total},
	} {
		if pair.was == 0 || err != nil {
			continue
		}
		var more, of money.Amount
		var rate money.Rate
		if more, err = money.Amount(pair.now).Sub(money.Amount(pair.was)); err == nil {
			of, err = money.Amount(pair.was).Abs()
		}
		if err == nil {
			rate, err = money.Portion(money.RateOne, int64(more), int64(of))
		}
		*pair.into = &rate
	}
	return c, err
}
