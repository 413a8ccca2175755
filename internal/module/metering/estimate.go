package metering

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Method is how a consumption was estimated.
type Method string

// The methods, in the order in which they are tried.
const (
	// BySeason takes the same days of the year before.
	BySeason Method = "season"
	// ByAverage takes the last really read periods, by days.
	ByAverage Method = "average"
	// ByPower takes the subscribed power during some hours a day (new customers).
	ByPower Method = "power"
)

// EnumName is the prefix of the texts.
func (Method) EnumName() string { return "estimate_method" }

// EnumValues are the methods.
func (Method) EnumValues() []string {
	return []string{string(BySeason), string(ByAverage), string(ByPower)}
}

// EstimateRule are the parameters of estimation.
type EstimateRule struct {
	// Cover is the part of the period, in percent of its days, that must have been really
	// read the year before.
	Cover int64 `json:"cover"`
	// Periods is how many really read periods the average takes; 0 takes none.
	Periods int64 `json:"periods"`
	// PowerHours is how many hours a day the subscribed power is held to be used; 0 leaves
	// that method out.
	PowerHours int64 `json:"power_hours"`
}

// DefaultEstimate are the parameters while nobody has set others: half of the period, the
// last six, three hours.
func DefaultEstimate() EstimateRule { return EstimateRule{Cover: 50, Periods: 6, PowerHours: 3} }

// Past is one earlier period of consumption.
type Past struct {
	// From is the first day, To the last one.
	From, To day.Date
	Quantity money.Quantity
	// Real says that it was read, not estimated.
	Real bool
	// Month is the month it is billed in.
	Month day.Month
}

// days of the period; 0 when it has none.
func (p Past) days() int64 {
	n, _ := day.Period{From: p.From, To: p.To}.Days()
	return int64(n)
}

// Estimate is a consumption computed, with the figures that explain it.
type Estimate struct {
	Method   Method         `json:"method"`
	Quantity money.Quantity `json:"quantity"`
	// Days of the period estimated.
	Days int64 `json:"days"`
	// BaseQuantity was consumed in BaseDays, over Periods periods.
	BaseQuantity money.Quantity `json:"base_quantity"`
	BaseDays     int64          `json:"base_days"`
	Periods      int64          `json:"periods"`
	// Power and Hours are those of ByPower.
	Power money.Quantity `json:"power"`
	Hours int64          `json:"hours"`
}

// wholePercent is all of a period, in percent.
const wholePercent = 100

// EstimateFor computes a consumption by the first method that has what it needs:
// the same days of the year before, the average of the last periods really read, the
// subscribed power. None has it: Precondition "metering.no_estimate". The
// history may be in any order.
func EstimateFor(p day.Period, history []Past, power money.Quantity, r EstimateRule) (Estimate, error) {
	days, ok := p.Days()
	if !ok || p.Validate() != nil {
		return Estimate{}, fault.New(fault.Invalid, "metering.estimate_period")
	}
	if e, ok, err := bySeason(p, history, r.Cover); ok || err != nil {
		return e, err
	}
	if e, ok, err := byAverage(p, history, r.Periods); ok || err != nil {
		return e, err
	}
	if power <= 0 || r.PowerHours <= 0 {
		return Estimate{}, fault.New(fault.Precondition, "metering.no_estimate")
	}
	q, err := money.Mul(power, r.PowerHours*int64(days))
	return Estimate{Method: ByPower, Quantity: q, Days: int64(days), Power: power, Hours: r.PowerHours}, err
}

// bySeason takes the days of the year before that were really read, and brings them to the
// days of the period, where they cover enough of it.
func bySeason(p day.Period, history []Past, cover int64) (e Estimate, ok bool, err error) {
	last := day.Period{From: p.From.AddMonths(-12), To: p.To.AddMonths(-12)}
	days, _ := p.Days()
	e = Estimate{Method: BySeason, Days: int64(days)}
	for _, h := range history {
		common, shared := last.Intersect(day.Period{From: h.From, To: h.To})
		if !h.Real || !shared || h.Quantity < 0 || h.days() == 0 {
			continue
		}
		n, _ := common.Days()
		part, err := money.Portion(h.Quantity, int64(n), h.days())
		if err != nil {
			return e, false, err
		}
		if e.BaseQuantity, err = money.Add(e.BaseQuantity, part); err != nil {
			return e, false, err
		}
		e.BaseDays += int64(n)
		e.Periods++
	}
	if e.BaseDays*wholePercent < e.Days*cover || e.BaseDays == 0 {
		return e, false, nil
	}
	e.Quantity, err = money.Portion(e.BaseQuantity, e.Days, e.BaseDays)
	return e, err == nil, err
}

// byAverage brings the last really read periods before p to its days.
func byAverage(p day.Period, history []Past, periods int64) (e Estimate, ok bool, err error) {
	days, _ := p.Days()
	e = Estimate{Method: ByAverage, Days: int64(days)}
	for _, h := range latest(history, p.From, periods) {
		if e.BaseQuantity, err = money.Add(e.BaseQuantity, h.Quantity); err != nil {
			return e, false, err
		}
		e.BaseDays += h.days()
		e.Periods++
	}
	if e.BaseDays == 0 {
		return e, false, nil
	}
	e.Quantity, err = money.Portion(e.BaseQuantity, e.Days, e.BaseDays)
	return e, err == nil, err
}

// Adjustment is what a real reading says after periods that were estimated: the bill of
// the estimates was an advance on it.
type Adjustment struct {
	// Total passed since the last real reading, Billed was estimated, Rest is what
	// remains to bill now: below zero when too much was estimated.
	Total, Billed, Rest money.Quantity
	// Shares is Total spread over the periods by their days, the last one being that of
	// the real reading; they sum to Total.
	Shares []money.Quantity
}

// Adjust compares a real consumption with the estimates before it. Periods are the
// estimated ones in their order, then the one now read, whose quantity is not
// looked at; total is what the meter counted over all of them.
func Adjust(total money.Quantity, periods []Past) (Adjustment, error) {
	a := Adjustment{Total: total}
	weights := make([]int64, len(periods))
	for i, p := range periods {
		weights[i] = p.days()
		if i == len(periods)-1 {
			continue
		}
		var err error
		if a.Billed, err = money.Add(a.Billed, p.Quantity); err != nil {
			return a, err
		}
	}
	var err error
	if a.Rest, err = money.Sub(a.Total, a.Billed); err != nil {
		return a, err
	}
	shares, err := money.Split(money.Amount(total), weights) // whole numbers share alike, whatever their unit
	for _, s := range shares {
		a.Shares = append(a.Shares, money.Quantity(s))
	}
	return a, err
}
