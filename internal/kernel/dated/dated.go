// Package dated owns values that hold from a date until the next one: a line of
// spans that never overlap. A value is set from a day on; what was recorded for
// later days stays, and so does what came before.
package dated

import (
	"slices"

	"wasl/internal/kernel/day"
)

// Span is a value in force from From (included) to To (excluded; the zero date is
// for ever). M is what is noted beside the value: who, when, why.
type Span[V comparable, M any] struct {
	From, To day.Date
	Value    V
	Note     M
}

// Holds says whether the span is in force on a day.
func (s Span[V, M]) Holds(on day.Date) bool {
	return !on.Before(s.From) && (s.To.IsZero() || on.Before(s.To))
}

// Line are spans by date. They never overlap and may leave holes.
type Line[V comparable, M any] []Span[V, M]

// At is the index of the span in force on a day; -1 for none.
func (l Line[V, M]) At(on day.Date) int {
	return slices.IndexFunc(l, func(s Span[V, M]) bool { return s.Holds(on) })
}

// On gives the value in force on a day, and whether there is one.
func (l Line[V, M]) On(on day.Date) (value V, found bool) {
	if i := l.At(on); i >= 0 {
		return l[i].Value, true
	}
	return value, false
}

// Set puts a value in force from a day until the next change already recorded. A
// hole is filled up to the span after it. A span that began on that day is replaced;
// where the day before already has the value, its span goes on. It gives false and the
// line as it was when the value holds on that day already.
func (l Line[V, M]) Set(from day.Date, value V, note M) (Line[V, M], bool) {
	if was, found := l.On(from); found && was == value {
		return l, false
	}
	s := Span[V, M]{From: from, Value: value, Note: note}
	at := l.At(from)
	switch next := slices.IndexFunc(l, func(o Span[V, M]) bool { return o.From.After(from) }); {
	case at >= 0:
		s.To = l[at].To
	case next >= 0:
		s.To = l[next].From
	}
	out := l.cut(at, from)
	if before := slices.IndexFunc(out, func(o Span[V, M]) bool { return o.To == from && o.Value == value }); before >= 0 {
		out[before].To = s.To
		return out, true
	}
	out = append(out, s)
	slices.SortFunc(out, func(a, b Span[V, M]) int { return a.From.Compare(b.From) })
	return out, true
}

// End lets no value hold from a day on: the span of that day is cut, later ones are
// dropped. It gives false when nothing holds on that day or later.
func (l Line[V, M]) End(on day.Date) (Line[V, M], bool) {
	out := slices.DeleteFunc(slices.Clone(l), func(s Span[V, M]) bool { return !s.From.Before(on) })
	changed := len(out) < len(l)
	for i := range out {
		if out[i].Holds(on) {
			out[i].To, changed = on, true
		}
	}
	return out, changed
}

// Until lets no value hold from a day to the next change already recorded, or for
// ever. It gives false when nothing holds on that day.
func (l Line[V, M]) Until(on day.Date) (Line[V, M], bool) {
	at := l.At(on)
	if at < 0 {
		return l, false
	}
	return l.cut(at, on), true
}

// Faulty is the index of the first span that is empty or begins before the one
// before it has ended; -1 when the line is sound.
func (l Line[V, M]) Faulty() int {
	for i, s := range l {
		if s.From.IsZero() || !s.To.IsZero() && !s.From.Before(s.To) {
			return i
		}
		if i > 0 && (l[i-1].To.IsZero() || s.From.Before(l[i-1].To)) {
			return i
		}
	}
	return -1
}

// cut ends one span on a day; one that would last no day disappears.
func (l Line[V, M]) cut(i int, on day.Date) Line[V, M] {
	out := slices.Clone(l)
	if i < 0 {
		return out
	}
	if out[i].From == on {
		return slices.Delete(out, i, i+1)
	}
	out[i].To = on
	return out
}
