package metering

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Rule is one control of a reading or consumption.
type Rule string

// The rules, in the order in which they are tried.
const (
	// RuleUnknown: the meter named is not the one that stands there.
	RuleUnknown Rule = "unknown"
	// RuleDate: in the future, before the installation, outside the reading period,
	// out of order, day and month exchanged.
	RuleDate Rule = "date"
	// RuleDuplicate: the period already has a value.
	RuleDuplicate Rule = "duplicate"
	// RuleChain: the old index told is not the last one known.
	RuleChain Rule = "chain"
	// RuleLower: the index is below the previous one.
	RuleLower Rule = "lower"
	// RuleRollover: the dial seems to have passed zero.
	RuleRollover Rule = "rollover"
	// RuleZero: nothing was consumed where something usually is.
	RuleZero Rule = "zero"
	// RuleHigh: much more than usual.
	RuleHigh Rule = "high"
	// RuleLow: much less than usual.
	RuleLow Rule = "low"
	// RuleEstimated: estimated too many times in a row.
	RuleEstimated Rule = "estimated"
	// RuleMissing: the period was closed without a reading.
	RuleMissing Rule = "missing"
)

// EnumName is the prefix of the texts.
func (Rule) EnumName() string { return "control_rule" }

// EnumValues are the rules.
func (Rule) EnumValues() []string {
	return []string{
		string(RuleUnknown), string(RuleDate), string(RuleDuplicate), string(RuleChain), string(RuleLower), string(RuleRollover),
		string(RuleZero), string(RuleHigh), string(RuleLow), string(RuleEstimated), string(RuleMissing),
	}
}

// Severity says what an anomaly holds up.
type Severity string

// The severities.
const (
	// Blocking keeps the consumption from being billed until it is decided.
	Blocking Severity = "blocking"
	// Warning asks for a look; the consumption may be billed.
	Warning Severity = "warning"
)

// EnumName is the prefix of the texts.
func (Severity) EnumName() string { return "anomaly_severity" }

// EnumValues are the severities.
func (Severity) EnumValues() []string { return []string{string(Blocking), string(Warning)} }

// Params are the parameters of one rule, for a tariff category and a date.
type Params struct {
	Enabled  bool     `json:"enabled"`
	Severity Severity `json:"severity"`
	// Factor times the usual consumption is the threshold of high and low.
	Factor money.Quantity `json:"factor"`
	// Floor is the threshold of high at least; for low and zero, the usual
	// consumption from which they are looked at.
	Floor money.Quantity `json:"floor"`
	// Periods is how many earlier periods the usual consumption is taken from, or
	// how many estimates in a row are accepted.
	Periods int64 `json:"periods"`
	// Seasonal compares with the same season of earlier years where it is known.
	Seasonal bool `json:"seasonal"`
}

// Bounds of parameters and histories.
const (
	// HistoryMax is the most earlier periods a control looks at: three years of months.
	HistoryMax = 36
	// MedianMax is the most periods a median is taken from.
	MedianMax = 24
	// FactorMax bounds a factor.
	FactorMax = 1000 * quantityOne
	// historyMin is how many earlier periods a comparison needs.
	historyMin = 3
	// seasonMin is how many periods of the same season replace the latest ones: those of
	// one year alone, three at most, do not.
	seasonMin = 4
	// lengthShare is by which part of its length, as a divisor, a period may differ
	// from another before it is brought to the same number of days: 28 and 31 days
	// are compared as they are.
	lengthShare = 8
)

// DefaultParams are the parameters of a rule nobody has set.
func DefaultParams(r Rule) Params {
	p := Params{Enabled: true, Severity: Blocking}
	switch r {
	case RuleHigh:
		p.Factor, p.Floor, p.Periods, p.Seasonal = 4*quantityOne, 30*quantityOne, 12, true
	case RuleLow:
		p.Severity, p.Factor, p.Floor, p.Periods, p.Seasonal = Warning, quantityOne/4, 10*quantityOne, 12, true
	case RuleZero:
		p.Severity, p.Floor, p.Periods = Warning, 3*quantityOne, 12
	case RuleEstimated:
		p.Severity, p.Periods = Warning, 2
	case RuleRollover:
		p.Severity = Warning
	}
	return p
}

// Evidence is what a rule saw: the figures that made an anomaly, kept with it and
// said in words by the text anomaly.REASON.
type Evidence struct {
	// Reason is the key of the sentence, without the prefix "anomaly.".
	Reason string `json:"reason"`
	// Quantity looked at.
	Quantity *money.Quantity `json:"quantity,omitempty"`
	// Usual is the median of Periods earlier consumptions, Threshold the bound passed.
	Usual     *money.Quantity `json:"usual,omitempty"`
	Threshold *money.Quantity `json:"threshold,omitempty"`
	Factor    *money.Quantity `json:"factor,omitempty"`
	Periods   int64           `json:"periods,omitempty"`
	// Index and Previous are indexes; Declared is the old index told by a file.
	Index    *money.Quantity `json:"index,omitempty"`
	Previous *money.Quantity `json:"previous,omitempty"`
	Declared *money.Quantity `json:"declared,omitempty"`
	Gap      *money.Quantity `json:"gap,omitempty"`
	// Date looked at, Limit the date it is compared with, Proposed what would fit.
	Date     day.Date `json:"date,omitzero"`
	Limit    day.Date `json:"limit,omitzero"`
	Proposed day.Date `json:"proposed,omitzero"`
	// Ordinal of the value in its period.
	Ordinal int64 `json:"ordinal,omitempty"`
	// Serial told and Expected.
	Serial   string `json:"serial,omitempty"`
	Expected string `json:"expected,omitempty"`
}

// Args are the values for the sentence.
func (e Evidence) Args() fault.Args {
	args := fault.Args{
		"periods": e.Periods, "date": e.Date, "limit": e.Limit, "proposed": e.Proposed, "ordinal": e.Ordinal, "serial": e.Serial,
		"expected": e.Expected,
	}
	for name, q := range map[string]*money.Quantity{
		"quantity": e.Quantity, "usual": e.Usual, "threshold": e.Threshold, "factor": e.Factor, "index": e.Index, "previous": e.Previous,
		"declared": e.Declared, "gap": e.Gap,
	} {
		args[name] = nil
		if q != nil {
			args[name] = *q
		}
	}
	return args
}

// Finding is an anomaly a rule found.
type Finding struct {
	Rule     Rule
	Severity Severity
	Evidence Evidence
}

// Case is all that the rules look at: one value, where it stands, and what came
// before it.
type Case struct {
	// Today is the business day.
	Today day.Date
	// Date of the reading; Period is what it is about, both ends included.
	Date   day.Date
	Period day.Period
	// Quantity consumed.
	Quantity money.Quantity
	Kind     ReadingKind
	// Step, Index and Previous are there when an index was read; Previous is nil for a
	// first reading.
	Step     *Step
	Index    money.Quantity
	Previous *Point
	// Declared is the old index told by a file; nil when it tells none. Linked is the new
	// index of the link before it in the file's own chain; nil for the first one, which is
	// held against Previous.
	Declared *money.Quantity
	Linked   *money.Quantity
	// Later is the date of a reading already known after this one, in a file; none
	// otherwise.
	Later day.Date
	// Installed is the first day of the meter there, Removed the day it left.
	Installed, Removed day.Date
	// Window are the days in which the route was to be read; zero for none.
	Window day.Period
	// Swap is the date with day and month exchanged, found along the chain.
	Swap day.Date
	// Ordinal is 1 for the first value of the period, 2 for the next one.
	Ordinal int64
	// Serial told by a file and Expected there; equal when nothing was told.
	Serial, Expected string
	// History are the earlier periods, latest first.
	History []Past
	// EstimatedRun is how many periods in a row were estimated, this one included.
	EstimatedRun int64

	// known keeps what is usual, which several rules ask for.
	known []usualAnswer
}

// usualAnswer is what UsualOf said of a case.
type usualAnswer struct {
	periods  int64
	seasonal bool
	usual    Usual
	ok       bool
}

// usual is UsualOf of the case, computed once for the same parameters.
func (c *Case) usual(periods int64, seasonal bool) (Usual, bool) {
	for _, a := range c.known {
		if a.periods == periods && a.seasonal == seasonal {
			return a.usual, a.ok
		}
	}
	u, ok := UsualOf(c.Period, c.History, periods, seasonal)
	c.known = append(c.known, usualAnswer{periods, seasonal, u, ok})
	return u, ok
}

// Judge looks at a case with one rule; nil when there is nothing to say.
func Judge(r Rule, c *Case, p Params) *Finding {
	if !p.Enabled {
		return nil
	}
	e := evidence(r, c, p)
	if e == nil {
		return nil
	}
	f := &Finding{Rule: r, Severity: p.Severity, Evidence: *e}
	if e.Reason == reasonOverEstimated { // expected after an estimate that was too high
		f.Severity = Warning
	}
	return f
}

// reasonOverEstimated is the one lower index that is in order.
const reasonOverEstimated = "over_estimated"

// Findings are all anomalies of a case, in the order of the rules. A value that the rule of
// dates or the unknown meter puts in doubt is still compared with the usual. Params
// gives the parameters of each rule.
func Findings(c *Case, params func(Rule) Params) []Finding {
	var out []Finding
	for _, r := range controls() {
		if f := Judge(r, c, params(r)); f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// controls are the rules that look at a value; missing looks at its absence.
func controls() []Rule {
	return []Rule{RuleUnknown, RuleDate, RuleDuplicate, RuleChain, RuleLower, RuleRollover, RuleZero, RuleHigh, RuleLow, RuleEstimated}
}

func evidence(r Rule, c *Case, p Params) *Evidence {
	switch r {
	case RuleUnknown:
		return wrongMeter(c)
	case RuleDate:
		return wrongDate(c)
	case RuleDuplicate:
		return duplicate(c)
	case RuleChain:
		return brokenChain(c)
	case RuleLower:
		return lower(c)
	case RuleRollover:
		return rollover(c)
	case RuleZero:
		return zero(c, p)
	case RuleHigh:
		return high(c, p)
	case RuleLow:
		return low(c, p)
	case RuleEstimated:
		return estimatedLong(c, p)
	}
	return nil
}

// Usual is what is usually consumed, with what it was taken from.
type Usual struct {
	Quantity money.Quantity `json:"quantity"`
	// Periods is how many periods it is the median of.
	Periods int64 `json:"periods"`
	// Seasonal says that they are of the same season of earlier years.
	Seasonal bool `json:"seasonal"`
}

// UsualOf is the median of up to n earlier really read periods of the case, brought to
// its length where that differs; false when there are too few.
func UsualOf(period day.Period, history []Past, n int64, seasonal bool) (Usual, bool) {
	past := latest(history, period.From, HistoryMax)
	if seasonal {
		if same := sameSeason(past, period); len(same) >= seasonMin {
			return Usual{medianOf(same, period), int64(len(same)), true}, true
		}
	}
	past = past[:min(int64(len(past)), max(n, 0), MedianMax)]
	if len(past) < historyMin {
		return Usual{}, false
	}
	return Usual{medianOf(past, period), int64(len(past)), false}, true
}

// latest are the last n really read periods that ended before a day, or on it.
func latest(history []Past, before day.Date, n int64) []Past {
	n = max(n, 0)
	if inOrder(history, before) {
		return history[:min(int64(len(history)), n)]
	}
	out := make([]Past, 0, len(history))
	for _, h := range history {
		if h.Real && h.Quantity >= 0 && !h.To.After(before) {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b Past) int { return b.To.Compare(a.To) })
	return out[:min(int64(len(out)), n)]
}

// inOrder says that a history needs no choosing and no sorting, as it mostly is.
func inOrder(history []Past, before day.Date) bool {
	for i := range history {
		if h := &history[i]; !h.Real || h.Quantity < 0 || h.To.After(before) || i > 0 && history[i-1].To.Before(h.To) {
			return false
		}
	}
	return true
}

// sameSeason keeps the periods that end in the month of the year in which the period
// ends, or a neighbouring one, of an earlier year.
func sameSeason(past []Past, period day.Period) []Past {
	end := day.MonthOf(period.To)
	var out []Past
	for _, h := range past {
		ago := day.MonthOf(h.To).MonthsUntil(end)
		if off := (ago + 6) % 12; ago >= 11 && off >= 5 && off <= 7 {
			out = append(out, h)
		}
	}
	return out
}

// medianOf is the middle consumption, of two the lower one, so that it is one that was
// seen.
func medianOf(past []Past, period day.Period) money.Quantity {
	days, bounded := period.Days()
	var room [HistoryMax]money.Quantity
	values := room[:len(past)]
	for i, h := range past {
		values[i] = h.Quantity
		if own := h.days(); bounded && own > 0 && differs(own, int64(days)) {
			if q, err := money.Portion(h.Quantity, int64(days), own); err == nil {
				values[i] = q
			}
		}
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// differs says that two lengths are too far apart to be compared as they are.
func differs(a, b int64) bool { return max(a, b)-min(a, b) > max(a, b)/lengthShare }

// times is a quantity by a factor, as high as it goes where that does not fit.
func times(q, factor money.Quantity) money.Quantity {
	out, err := money.Portion(q, int64(factor), int64(quantityOne))
	if err != nil {
		return quantityMax
	}
	return out
}

// quantityMax is the highest threshold.
const quantityMax = money.Quantity(1 << 62)
