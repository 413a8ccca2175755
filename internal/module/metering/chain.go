package metering

import (
	"cmp"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// ReadingKind says where an index comes from.
type ReadingKind string

// The kinds of reading.
const (
	// Read was read on the spot by the utility.
	Read ReadingKind = "read"
	// Estimated was computed; the next real reading puts it right.
	Estimated ReadingKind = "estimated"
	// OfCustomer was told by the customer himself.
	OfCustomer ReadingKind = "customer"
	// Closing is the last index of a meter or of an occupant.
	Closing ReadingKind = "closing"
	// Opening is the first index of a meter or of an occupant.
	Opening ReadingKind = "opening"
)

// EnumName is the prefix of the texts.
func (ReadingKind) EnumName() string { return "reading_kind" }

// EnumValues are the kinds.
func (ReadingKind) EnumValues() []string {
	return []string{string(Read), string(Estimated), string(OfCustomer), string(Closing), string(Opening)}
}

// Real says that somebody saw the index.
func (k ReadingKind) Real() bool { return k != Estimated }

// order of readings of one day: what closes comes first, what opens after it.
func (k ReadingKind) order() int {
	switch k {
	case Closing:
		return 0
	case Opening:
		return 1
	}
	return 2
}

// Point is an index of one register of one meter on a date.
type Point struct {
	ID    int64
	Meter int64
	// Register of the meter; empty for a meter with one.
	Register string
	Date     day.Date
	Index    money.Quantity
	Kind     ReadingKind
	// Turned says that a person confirmed that the hand passed zero before this
	// index.
	Turned bool
}

// comparePoints is the order in which readings follow each other.
func comparePoints(a, b Point) int {
	return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(a.Kind.order(), b.Kind.order()), cmp.Compare(a.ID, b.ID))
}

// Part is one stretch of a consumption: what one register of one meter counted
// between two readings that follow each other.
type Part struct {
	From, To Point
	Step     Step
	// Quantity is what passed, coefficient applied; below zero when the hand went
	// back, which puts an estimate right when From was estimated.
	Quantity money.Quantity
}

// Parts cut the readings of one register place into stretches, in their order.
// Between the closing of a meter and the opening of the next one nothing passed.
// A new meter that does not begin with an opening reading is Precondition
// "metering.chain_meter". Dials gives the dial of each meter.
func Parts(points []Point, dials func(meter int64) Dial) ([]Part, error) {
	if !slices.IsSortedFunc(points, comparePoints) {
		points = slices.SortedFunc(slices.Values(points), comparePoints)
	}
	parts := make([]Part, 0, max(len(points)-1, 0))
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		if from.Meter != to.Meter {
			if to.Kind != Opening {
				return nil, fault.New(fault.Precondition, "metering.chain_meter", "date", to.Date)
			}
			continue
		}
		if to.Kind == Opening && from.Kind == Closing {
			continue // the same meter passes to another occupant
		}
		part, err := stretch(from, to, dials(to.Meter))
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// stretch is the part between two readings of one meter.
func stretch(from, to Point, d Dial) (Part, error) {
	if d.Coefficient <= 0 { // a meter nobody described counts nothing that could be told
		return Part{}, fault.New(fault.Internal, "internal")
	}
	step := d.Between(from.Index, to.Index)
	switch {
	case to.Turned:
		step = d.Across(from.Index, to.Index)
	case step.Motion == Turned && from.Kind == Estimated && to.Kind.Real():
		// An estimate may stand beyond the true index, on the other side of zero:
		// the shorter way round tells.
		if back := to.Index - from.Index; -back < step.Units {
			step = Step{Backward, back}
		}
	case step.Motion == Forward && from.Kind == Estimated && to.Kind.Real():
		turn := d.Turn()
		if from.Index < turn/zeroShare && to.Index >= turn-turn/zeroShare { // the estimate passed zero, the meter did not
			step = Step{Backward, to.Index - from.Index - turn}
		}
	}
	q, err := d.Quantity(step.Units)
	return Part{From: from, To: to, Step: step, Quantity: q}, err
}

// Total is the sum of some parts; Limit "money.overflow" when it does not fit.
func Total(parts []Part) (total money.Quantity, err error) {
	for _, p := range parts {
		if total, err = money.Add(total, p.Quantity); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Link is a stretch as a file tells it: both indexes of a period, and how many months
// its author says it holds.
type Link struct {
	Date     day.Date
	Old, New money.Quantity
	// Months declared for the period; 0 when the file does not say.
	Months int64
}

// Break is where a chain of indexes does not hold: the old index of a link is not the
// new one of the link before.
type Break struct {
	// At is the place of the later link.
	At int
	// Before is the new index of the earlier link, Old the old index of the later.
	Before, Old money.Quantity
}

// Gap is what was counted by nobody when it is positive, twice when it is negative.
func (b Break) Gap() money.Quantity { return b.Old - b.Before }

// SortLinks puts the links of one register in the order of their indexes, which is
// that of time while the dial does not turn; dates only part equal ones.
func SortLinks(links []Link) { slices.SortStableFunc(links, compareLinks) }

func compareLinks(a, b Link) int {
	return cmp.Or(cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New), a.Date.Compare(b.Date))
}

// Breaks are the places where a chain in its order does not hold.
func Breaks(links []Link) []Break {
	var out []Break
	for i := 1; i < len(links); i++ {
		if links[i].Old != links[i-1].New {
			out = append(out, Break{At: i, Before: links[i-1].New, Old: links[i].Old})
		}
	}
	return out
}
