package metering

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

func quantity(q money.Quantity) *money.Quantity { return &q }

// wrongMeter: the serial told is not that of the meter in place.
func wrongMeter(c *Case) *Evidence {
	if c.Serial == c.Expected {
		return nil
	}
	return &Evidence{Reason: "unknown", Serial: c.Serial, Expected: c.Expected, Date: c.Date}
}

// wrongDate says the first thing that is wrong with the date; a date with day and month
// exchanged is named as such before anything else.
func wrongDate(c *Case) *Evidence {
	e := &Evidence{Date: c.Date, Proposed: c.Swap}
	switch {
	case !c.Swap.IsZero():
		e.Reason, e.Limit = "date_swapped", c.after()
	case c.Date.After(c.Today):
		e.Reason, e.Limit = "date_future", c.Today
	case !c.Installed.IsZero() && c.Date.Before(c.Installed):
		e.Reason, e.Limit = "date_before_installation", c.Installed
	case !c.Removed.IsZero() && c.Date.After(c.Removed):
		e.Reason, e.Limit = "date_after_removal", c.Removed
	case c.Later.After(c.Date):
		e.Reason, e.Limit = "date_late", c.Later
	case !c.Window.IsZero() && c.Kind == Read && !c.Window.Contains(c.Date):
		e.Reason, e.Limit = "date_outside", c.Window.From
		if c.Date.After(c.Window.From) {
			e.Limit = c.Window.To
		}
	default:
		return nil
	}
	if e.Proposed.IsZero() {
		e.Proposed = c.mended()
	}
	return e
}

// after is the date the reading must follow.
func (c *Case) after() day.Date {
	if c.Previous != nil {
		return c.Previous.Date
	}
	return c.Installed
}

// mended is the date with day and month exchanged where nothing speaks against it.
func (c *Case) mended() day.Date {
	s, ok := Swapped(c.Date)
	if !ok || s.After(c.Today) || !c.Installed.IsZero() && s.Before(c.Installed) || c.Previous != nil && !c.Previous.Date.Before(s) ||
		!c.Window.IsZero() && !c.Window.Contains(s) {
		return day.Date{}
	}
	return s
}

// duplicate: the period already has a value.
func duplicate(c *Case) *Evidence {
	if c.Ordinal <= 1 {
		return nil
	}
	return &Evidence{Reason: "duplicate", Ordinal: c.Ordinal, Quantity: quantity(c.Quantity), Date: c.Period.From}
}

// brokenChain: the old index told is not the last one known.
func brokenChain(c *Case) *Evidence {
	before := c.Linked
	if before == nil && c.Previous != nil {
		before = quantity(c.Previous.Index)
	}
	if c.Declared == nil || before == nil || *c.Declared == *before {
		return nil
	}
	gap := *c.Declared - *before
	e := &Evidence{Reason: "chain_hole", Declared: c.Declared, Previous: before, Gap: quantity(gap), Date: c.Date}
	if gap < 0 {
		e.Reason, e.Gap = "chain_overlap", quantity(-gap)
	}
	return e
}

// lower: the hand went back, and not because an estimate was too high.
func lower(c *Case) *Evidence {
	if c.Step == nil || c.Step.Motion != Backward || c.Previous == nil {
		return nil
	}
	e := &Evidence{Reason: "lower", Index: quantity(c.Index), Previous: quantity(c.Previous.Index), Limit: c.Previous.Date, Gap: quantity(-c.Step.Units)}
	if c.Previous.Kind == Estimated && c.Kind.Real() {
		e.Reason = reasonOverEstimated
	}
	return e
}

// rollover: the dial seems to have passed zero.
func rollover(c *Case) *Evidence {
	if c.Step == nil || c.Step.Motion != Turned || c.Previous == nil {
		return nil
	}
	return &Evidence{
		Reason: "rollover", Index: quantity(c.Index), Previous: quantity(c.Previous.Index), Quantity: quantity(c.Quantity), Limit: c.Previous.Date,
	}
}

// zero: nothing was consumed where something usually is.
func zero(c *Case, p Params) *Evidence {
	if c.Quantity != 0 || !c.Kind.Real() || c.Kind == Opening {
		return nil
	}
	usual, ok := c.usual(p.Periods, p.Seasonal)
	if !ok || usual.Quantity < max(p.Floor, 1) {
		return nil
	}
	return &Evidence{Reason: "zero", Quantity: quantity(0), Usual: quantity(usual.Quantity), Periods: usual.Periods}
}

// high: above the usual by a factor, and above the floor.
func high(c *Case, p Params) *Evidence {
	if c.Quantity <= p.Floor || p.Factor <= 0 {
		return nil
	}
	usual, ok := c.usual(p.Periods, p.Seasonal)
	threshold := max(times(usual.Quantity, p.Factor), p.Floor)
	if !ok || c.Quantity <= threshold {
		return nil
	}
	return compared("high", c, p, usual, threshold)
}

// low: below the usual by a factor, where the usual is worth looking at.
func low(c *Case, p Params) *Evidence {
	if c.Quantity <= 0 || !c.Kind.Real() {
		return nil
	}
	usual, ok := c.usual(p.Periods, p.Seasonal)
	threshold := times(usual.Quantity, p.Factor)
	if !ok || usual.Quantity < max(p.Floor, 1) || c.Quantity >= threshold {
		return nil
	}
	return compared("low", c, p, usual, threshold)
}

func compared(reason string, c *Case, p Params, usual Usual, threshold money.Quantity) *Evidence {
	if usual.Seasonal {
		reason += "_season"
	}
	return &Evidence{
		Reason: reason, Quantity: quantity(c.Quantity), Usual: quantity(usual.Quantity), Periods: usual.Periods,
		Threshold: quantity(threshold), Factor: quantity(p.Factor),
	}
}

// estimatedLong: too many estimates in a row.
func estimatedLong(c *Case, p Params) *Evidence {
	if c.Kind != Estimated || c.EstimatedRun <= p.Periods {
		return nil
	}
	return &Evidence{Reason: "estimated", Periods: c.EstimatedRun, Quantity: quantity(c.Quantity)}
}
