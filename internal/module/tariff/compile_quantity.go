package tariff

import "math/bits"

// denominatorMax bounds the common denominator of the factors of a quantity, so
// that small sums stay within 128 bits; above it the sum is made with big numbers.
const denominatorMax = 1 << 62

// derived prepares a derived quantity: its factors are put over one denominator.
func (w *within) derived(d *Derived, position int, at string) derived {
	out := derived{source: d, slot: slotFree + AttributesMax + position, den: 1}
	if d.Min != nil && d.Max != nil && *d.Min > *d.Max {
		w.tell(d.At, at+".min", "tariff.min_above_max")
	}
	for i := range d.Terms {
		t := &d.Terms[i]
		out.terms = append(out.terms, term{factor: t.Factor.Num, of: w.slotsOf(t.Of, t.At, indexed(at, "terms", i)+".of")})
		out.places = max(out.places, len(t.Of))
		out.den = common(out.den, uint64(max(1, t.Factor.Den)))
	}
	for i := range out.terms {
		if !scaled(&out.terms[i].factor, out.den, uint64(max(1, d.Terms[i].Factor.Den))) {
			out.den = 0 // every sum is made with big numbers
		}
	}
	if _, word := w.words[d.Name]; d.Name != "" && (word || w.known(d.Name)) {
		w.tell(d.At, at+".name", "tariff.name_taken", "name", d.Name)
	} else {
		w.slots[d.Name] = out.slot
	}
	w.units[out.slot] = d.Unit
	if d.Unit == "" {
		w.units[out.slot] = w.source.Unit
	}
	return out
}

// common is the least common multiple of two denominators; 0 when one is 0 or it
// passes denominatorMax.
func common(a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	hi, lo := bits.Mul64(a/x, b)
	if hi != 0 || lo > denominatorMax {
		return 0
	}
	return lo
}

// scaled puts a factor over the common denominator; false when it does not fit.
func scaled(factor *int64, den, own uint64) bool {
	if den == 0 {
		return false
	}
	n := *factor
	hi, lo := bits.Mul64(uint64(max(n, -n)), den/own)
	if hi != 0 || lo > denominatorMax {
		return false
	}
	if *factor = int64(lo); n < 0 {
		*factor = -int64(lo)
	}
	return true
}
