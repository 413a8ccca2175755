package tariff

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// samplesMax bounds the quantities a version is tried at.
const samplesMax = 8

// typicalQuantities are quantities at which versions are worth comparing: within and
// at the end of each block of the main quantity, and beyond the last one. Without
// blocks they are round numbers.
func typicalQuantities(versions ...*Version) []money.Quantity {
	var limits []money.Quantity
	for _, v := range versions {
		for i := range v.Charges {
			g := &v.Charges[i]
			if g.Blocks != nil && g.Quantity == NameQuantity && len(g.Scale) <= ScaleMax {
				limits = append(limits, limitsOf(g.Blocks)...)
			}
		}
	}
	slices.Sort(limits)
	limits = slices.Compact(limits)
	if len(limits) == 0 {
		return []money.Quantity{10_000, 50_000, 100_000, 500_000}
	}
	out := []money.Quantity{halfOf(limits[0])}
	out = append(out, limits...)
	out = append(out, limits[len(limits)-1]+halfOf(limits[len(limits)-1]))
	for len(out) > samplesMax { // the ends stay, the middle thins out
		out = slices.Delete(out, len(out)/2, len(out)/2+1)
	}
	return slices.Compact(out)
}

// halfOf is half a limit, in whole units where it has any.
func halfOf(q money.Quantity) money.Quantity {
	half := q / 2
	if half > 1000 {
		half -= half % 1000
	}
	return half
}

func limitsOf(b *Blocks) (out []money.Quantity) {
	for i := range b.List {
		if u := b.List[i].UpTo; u != nil {
			out = append(out, *u)
		}
	}
	for i := range b.Values {
		out = append(out, limitsOf(&b.Values[i].Blocks)...)
	}
	return out
}

// usual is a request with the attributes nobody would have to say: the defaults, the
// first word of a choice, the least number that is not zero.
func usual(t *Tariff, period day.Month, quantity money.Quantity) Request {
	r := Request{Tariff: t.Code, From: period.First(), To: period.Last(), Months: 1000, Quantity: quantity}
	for i := range t.Attributes {
		a := &t.Attributes[i]
		value := ""
		switch {
		case a.Default != nil:
			value = *a.Default
		case a.Type == Choice && len(a.Values) > 0:
			value = a.Values[0]
		default:
			value = min(max(a.Min, 1000), a.Max).String()
		}
		r.Attributes = append(r.Attributes, Value{Name: a.Name, Text: value})
	}
	return r
}

// sampleMonth is the first whole month of a version, or the month of its first day
// when it holds no whole one.
func sampleMonth(from, to day.Date) day.Month {
	m := day.MonthOf(from)
	if m.First() == from {
		return m
	}
	if next := m.Add(1); to.IsZero() || next.Last().Before(to) {
		return next
	}
	return m
}

// Cost is a total, or the code of the refusal.
type Cost struct {
	Total   *money.Amount `json:"total,omitempty"`
	Refused string        `json:"refused,omitempty"`
}

// price quotes a request and keeps what matters for a comparison.
func (b *Book) price(r Request) Cost {
	q, err := b.Quote(r)
	if err != nil {
		return Cost{Refused: fault.CodeOf(err)}
	}
	total := q.Total
	return Cost{Total: &total}
}

// effect is what a sample costs before and after a change.
type effect struct {
	Tariff   string
	Month    day.Month
	Quantity money.Quantity
	Unit     string
	Before   Cost
	After    Cost
}

// same says that the change makes no difference to the sample.
func (e *effect) same() bool {
	a, b := e.Before, e.After
	return a.Refused == b.Refused && (a.Total == nil) == (b.Total == nil) && (a.Total == nil || *a.Total == *b.Total)
}

// shown is a price as the second person reads it.
func (p Cost) shown() map[string]any {
	if p.Total == nil {
		return map[string]any{"total": nil}
	}
	return map[string]any{"total": p.Total.French()}
}

// effects tries two books at the typical quantities of some versions.
func effects(before, after *Book, t *Tariff, v *Version) []effect {
	month := sampleMonth(v.From, v.To)
	var out []effect
	for _, q := range typicalQuantities(v) {
		r := usual(t, month, q)
		e := effect{Tariff: t.Code, Month: month, Quantity: q, Unit: t.Unit, Before: before.price(r), After: after.price(r)}
		out = append(out, e)
	}
	return out
}
