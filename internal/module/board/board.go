// Package board puts together what a head of service reads first: the cycle of the
// month per route, what waits for a decision, and the units of a region side by side.
// It owns no table; every figure is that of another module, closed or provisional.
package board

import (
	"context"
	"slices"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Places knows the units above and below a unit; org.Places is one.
type Places interface {
	Path(ctx context.Context, r db.Reader, unit int64, on day.Date) ([]int64, error)
	// Below are the units within roots, and whether they are all there are.
	Below(ctx context.Context, r db.Reader, roots []int64, on day.Date) (units []int64, all bool, err error)
}

// Module gives the pages their figures. Make it with New; it is safe for concurrent use.
type Module struct {
	places Places
}

// New makes the module. places may be nil where only the operations are wanted.
func New(places Places) *Module { return &Module{places: places} }

// Cycle is where a route stands in a month.
type Cycle struct {
	Route  op.ID    `json:"route" out:"ref=route"`
	Code   string   `json:"code"`
	Name   string   `json:"name"`
	Unit   op.ID    `json:"unit" out:"ref=unit"`
	Reader string   `json:"reader"`
	Month  day.Date `json:"month" out:"month"`
	// OpensOn and ClosesOn are the days of the walk, both included.
	OpensOn  day.Date `json:"opens_on"`
	ClosesOn day.Date `json:"closes_on"`
	// Ended says that the reading was closed.
	Ended bool  `json:"ended"`
	Stops int64 `json:"stops"`
	// Read counts the values of the month, ToDecide those that wait for a decision,
	// Billed those that are on a bill.
	Read     int64 `json:"read"`
	ToDecide int64 `json:"to_decide"`
	Billed   int64 `json:"billed"`
	// Run is the latest run that covers the route, 0 for none; RunState where it stands.
	Run      op.ID    `json:"run" out:"ref=billing_run"`
	RunCode  string   `json:"run_code"`
	RunState string   `json:"run_state"`
	IssuedOn day.Date `json:"issued_on"`
	// LateDays is how many days the end of the walk is passed while it is open.
	LateDays int64 `json:"late_days"`
}

// PageKey is the row's place in its list.
func (c Cycle) PageKey(string) []string { return []string{c.Code} }

// Waiting are the open anomalies of a unit that one rule found.
type Waiting struct {
	Unit op.ID  `json:"unit" out:"ref=unit"`
	Rule string `json:"rule"`
	// Blocking says that they hold up bills.
	Blocking bool  `json:"blocking"`
	Count    int64 `json:"count"`
}

// PageKey is the row's place in its list.
func (w Waiting) PageKey(string) []string {
	return []string{w.Unit.String(), w.Rule, strconv.FormatBool(w.Blocking)}
}

// Standing is a unit beside others in a month.
type Standing struct {
	Unit  op.ID    `json:"unit" out:"ref=unit"`
	Month day.Date `json:"month" out:"month"`
	// Closed says that the figures are those of the closing; AsOf is their day.
	Closed bool     `json:"closed"`
	AsOf   day.Date `json:"as_of"`
	Bills  int64    `json:"bills"`
	// Billed in the month, in the one before, and in that of a year before.
	Billed       money.Amount `json:"billed"`
	BilledBefore money.Amount `json:"billed_before"`
	BilledYear   money.Amount `json:"billed_year"`
	// Collected is what was paid of the bills of the month; Rate is Collected ÷ Billed.
	Collected money.Amount `json:"collected"`
	Rate      money.Rate   `json:"rate"`
	// Arrears are past their due day, ArrearsBefore those at the end of the month before,
	// 0 when it is not closed; Old is more than 90 days late.
	Arrears       money.Amount `json:"arrears"`
	ArrearsBefore money.Amount `json:"arrears_before"`
	Old           money.Amount `json:"arrears_over_90"`
	Anomalies     int64        `json:"anomalies"`
	Blocking      int64        `json:"blocking"`
	// Late are the routes whose reading is overdue today, of the Routes of the month Cycle,
	// the latest that is read.
	Late   int64    `json:"late_routes"`
	Routes int64    `json:"routes"`
	Cycle  day.Date `json:"cycle"`
}

// PageKey is the row's place in its list.
func (s Standing) PageKey(string) []string { return []string{s.Unit.String()} }

// tenThousandths is a whole as a rate.
const tenThousandths = 10_000

// rateOf is a share as a rate, rounded half away from zero; 0 of nothing.
func rateOf(part, whole money.Amount) (money.Rate, error) {
	if whole <= 0 {
		return 0, nil
	}
	twice, err := money.Mul(part, 2*tenThousandths)
	if err != nil {
		return 0, err
	}
	n := int64(twice) / int64(whole)
	if n < 0 {
		return money.Rate((n - 1) / 2), nil
	}
	return money.Rate((n + 1) / 2), nil
}

// issueBuckets are limits of ages by issue that keep the bills of a month apart, seen on a
// day; which are the positions of their amounts.
func issueBuckets(month day.Month, on day.Date) (limits []int, which []int) {
	newest, oldest := month.Last().DaysUntil(on), month.First().DaysUntil(on)
	switch {
	case oldest <= 0:
		return []int{1}, []int{0}
	case newest <= 0:
		return []int{oldest}, []int{0, 1}
	case newest == 1:
		return []int{oldest}, []int{1}
	}
	return []int{newest - 1, oldest}, []int{2}
}

// sum adds some of the amounts.
func sum(amounts []money.Amount, which ...int) (total money.Amount, err error) {
	for i, a := range amounts {
		if slices.Contains(which, i) {
			if total, err = total.Add(a); err != nil {
				return 0, err
			}
		}
	}
	return total, nil
}
