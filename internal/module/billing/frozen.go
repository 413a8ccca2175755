package billing

import (
	"encoding/binary"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// What a part's bills are priced from is kept with it, from its drafts to its issue: whatever
// happens to contracts and consumptions in the meantime, an issue that has begun can be
// completed, and gives what was approved. A due consumption takes some forty bytes.

// frozenForm is the first byte: another form is another number.
const frozenForm = 1

// The bits of a due consumption.
const (
	frozenUndecided = 1 << iota
	frozenAccepted
	frozenSameFrom
	frozenSameTo
)

// icebox writes due consumptions one after the other: numbers as differences from the one
// before, words once.
type icebox struct {
	buf   []byte
	last  Due
	words map[string]uint64
}

// freeze keeps what the bills of a part were priced from, in their order.
func freeze(p *part) []byte {
	w := &icebox{buf: []byte{frozenForm}, words: map[string]uint64{}}
	w.buf = binary.AppendUvarint(w.buf, uint64(len(p.drafts)))
	for i := range p.drafts {
		w.add(p.drafts[i].due)
	}
	return w.buf
}

func (w *icebox) add(d *Due) {
	bits := byte(0)
	for i, set := range [...]bool{d.Undecided, d.Accepted, d.From == w.last.From, d.To == w.last.To} {
		if set {
			bits |= 1 << i
		}
	}
	w.buf = append(w.buf, bits)
	if bits&frozenSameFrom == 0 {
		w.buf = binary.AppendVarint(w.buf, dayNumber(d.From))
	}
	if bits&frozenSameTo == 0 {
		w.buf = binary.AppendVarint(w.buf, dayNumber(d.To))
	}
	have, last := d.numbers(), w.last.numbers()
	for i := range have {
		w.buf = binary.AppendVarint(w.buf, *have[i]-*last[i])
	}
	w.buf = appendText(w.buf, d.Code)
	for _, s := range d.texts() {
		w.word(*s)
	}
	w.last = *d
}

// word writes a text: its place among those before, or 0 and itself.
func (w *icebox) word(s string) {
	if n, known := w.words[s]; known {
		w.buf = binary.AppendUvarint(w.buf, n)
		return
	}
	w.words[s] = uint64(len(w.words)) + 1
	w.buf = appendText(binary.AppendUvarint(w.buf, 0), s)
}

// numbers are the whole numbers of a due consumption, in the order they are kept in.
func (d *Due) numbers() [9]*int64 {
	return [...]*int64{
		(*int64)(&d.Account), (*int64)(&d.Contract), (*int64)(&d.Unit), (*int64)(&d.Consumption), (*int64)(&d.Quantity), &d.Ordinal, &d.Households,
		(*int64)(&d.Power), &d.Turn,
	}
}

// texts are the words of a due consumption, in the order they are kept in.
func (d *Due) texts() [7]*string {
	return [...]*string{&d.Service, &d.Register, &d.Category, &d.Tariff, &d.VATUse, &d.Attributes, &d.LegalNature}
}

const secondsPerDay = 86_400

func dayNumber(d day.Date) int64 { return d.UTC().Unix() / secondsPerDay }

// thaw reads what freeze wrote. Anything else is Internal "billing.frozen": it is damaged.
func thaw(b []byte) ([]Due, error) {
	r := icereader{rest: b, ok: len(b) > 0 && b[0] == frozenForm}
	if r.ok {
		r.rest = b[1:]
	}
	n := r.unsigned()
	if n > chunkMax {
		r.ok = false
	}
	var out []Due
	if r.ok {
		out = make([]Due, 0, n)
	}
	var last Due
	for range n {
		if !r.ok {
			break
		}
		last = r.due(last)
		out = append(out, last)
	}
	if !r.ok || len(r.rest) > 0 {
		return nil, fault.New(fault.Internal, "billing.frozen")
	}
	return out, nil
}

// icereader reads due consumptions; ok is false from the first thing on that does not fit.
type icereader struct {
	rest  []byte
	words []string
	ok    bool
}

func (r *icereader) due(d Due) Due {
	bits := byte(0)
	if r.ok = r.ok && len(r.rest) > 0; r.ok {
		bits, r.rest = r.rest[0], r.rest[1:]
	}
	d.Undecided, d.Accepted = bits&frozenUndecided != 0, bits&frozenAccepted != 0
	if bits&frozenSameFrom == 0 {
		d.From = r.date()
	}
	if bits&frozenSameTo == 0 {
		d.To = r.date()
	}
	for _, n := range d.numbers() {
		*n += r.signed()
	}
	d.Code = r.text()
	for _, s := range d.texts() {
		*s = r.word()
	}
	return d
}

func (r *icereader) date() day.Date { return day.FromUTC(time.Unix(r.signed()*secondsPerDay, 0).UTC()) }

func (r *icereader) unsigned() uint64 {
	n, size := binary.Uvarint(r.rest)
	if r.ok = r.ok && size > 0; !r.ok {
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *icereader) signed() int64 {
	n, size := binary.Varint(r.rest)
	if r.ok = r.ok && size > 0; !r.ok {
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *icereader) text() string {
	n := r.unsigned()
	if r.ok = r.ok && n <= uint64(len(r.rest)); !r.ok {
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *icereader) word() string {
	n := r.unsigned()
	if n == 0 {
		s := r.text()
		r.words = append(r.words, s)
		return s
	}
	if r.ok = r.ok && n <= uint64(len(r.words)); !r.ok {
		return ""
	}
	return r.words[n-1]
}
