package tariff

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Document is the lines of a bill as they are kept inside it: what was printed and
// where in which version it comes from, so that codes, labels and the explanation are
// found again. Its bytes are small: some seventy for a bill of electricity.
type Document struct {
	Parts []DocumentPart
	Lines []DocumentLine
}

// DocumentPart is a part of the period.
type DocumentPart struct {
	// Version is the identifier that the keeper of the document gives to the version.
	Version  uint64
	Days     int
	Months   money.Quantity
	Quantity money.Quantity
}

// DocumentLine is one line; its fields are those of Line.
type DocumentLine struct {
	Part, Charge, Block int
	Measured            bool
	Quantity            money.Quantity
	Price               money.Price
	Amount              money.Amount
	Rate                money.Rate
	Exempt, Outside     bool
}

// documentForm is the first byte: another form is another number.
const documentForm = 1

// The bits of a line. The rate is written when it is not that of the line above.
const (
	bitMeasured = 1 << iota
	bitExempt
	bitOutside
	bitSameRate
	bitsEnd
)

// documentLinesMax bounds the lines and the parts of a document.
const documentLinesMax = money.LinesMax

// Document gives the lines of a quote; versionID names the versions.
func (q *Quote) Document(versionID func(code string) uint64) Document {
	d := Document{Parts: make([]DocumentPart, 0, len(q.Parts)), Lines: make([]DocumentLine, 0, len(q.Lines))}
	q.DocumentInto(&d, versionID)
	return d
}

// DocumentInto is Document into room that is used again.
func (q *Quote) DocumentInto(d *Document, versionID func(code string) uint64) {
	d.Parts, d.Lines = d.Parts[:0], d.Lines[:0]
	for i := range q.Parts {
		p := &q.Parts[i]
		d.Parts = append(d.Parts, DocumentPart{Version: versionID(p.Version), Days: p.Days, Months: p.Months, Quantity: p.Quantity})
	}
	for i := range q.Lines {
		l := &q.Lines[i]
		d.Lines = append(d.Lines, DocumentLine{
			Part: l.Part, Charge: l.Charge, Block: l.Block, Measured: l.Measured, Quantity: l.Quantity, Price: l.Price, Amount: l.Amount,
			Rate: l.Rate, Exempt: l.Exempt, Outside: l.Outside,
		})
	}
}

// LineName gives the code and the label of a line by its place in the version; false
// when the version has no such place.
func (v *Version) LineName(charge, block int) (code, label string, ok bool) {
	if charge < 0 || charge >= len(v.Charges) || block < 0 || block > BlocksMax {
		return "", "", false
	}
	g := &v.Charges[charge]
	if block == 0 {
		return g.Code, g.Label, true
	}
	return g.Code + "-" + strconv.Itoa(block), g.Label, g.Blocks != nil
}

// Append writes the document at the end of b.
func (d *Document) Append(b []byte) []byte {
	b = append(b, documentForm)
	b = binary.AppendUvarint(b, uint64(len(d.Parts)))
	for _, p := range d.Parts {
		b = binary.AppendUvarint(b, p.Version)
		b = binary.AppendUvarint(b, uint64(p.Days))
		b = binary.AppendVarint(b, int64(p.Months))
		b = binary.AppendVarint(b, int64(p.Quantity))
	}
	b = binary.AppendUvarint(b, uint64(len(d.Lines)))
	above := DocumentLine{}
	for _, l := range d.Lines {
		b = l.append(b, &above)
		above = l
	}
	return b
}

// append writes a line behind the one above.
func (l *DocumentLine) append(b []byte, above *DocumentLine) []byte {
	bits := byte(0)
	for _, f := range []struct {
		set bool
		bit byte
	}{{l.Measured, bitMeasured}, {l.Exempt, bitExempt}, {l.Outside, bitOutside}, {l.Rate == above.Rate, bitSameRate}} {
		if f.set {
			bits |= f.bit
		}
	}
	b = append(b, bits)
	b = binary.AppendUvarint(b, uint64(l.Part))
	b = binary.AppendUvarint(b, uint64(l.Charge))
	b = binary.AppendUvarint(b, uint64(l.Block))
	if l.Measured {
		b = binary.AppendVarint(b, int64(l.Quantity))
		b = binary.AppendVarint(b, int64(l.Price))
	}
	b = binary.AppendVarint(b, int64(l.Amount))
	if bits&bitSameRate == 0 {
		b = binary.AppendVarint(b, int64(l.Rate))
	}
	return b
}

// DecodeDocument reads what Append wrote. Anything else is Internal "tariff.document":
// a document is written by the program and read back as it was, or it is damaged.
func DecodeDocument(b []byte) (Document, error) {
	r := documentReader{rest: b, ok: len(b) > 0 && b[0] == documentForm}
	if r.ok {
		r.rest = b[1:]
	}
	var d Document
	for range r.count() {
		d.Parts = append(d.Parts, DocumentPart{
			Version: r.unsigned(), Days: int(r.below(DaysMax)), Months: money.Quantity(r.signed()), Quantity: money.Quantity(r.signed()),
		})
	}
	above := DocumentLine{}
	for range r.count() {
		above = r.line(above.Rate)
		d.Lines = append(d.Lines, above)
	}
	if !r.ok || len(r.rest) > 0 || !bytes.Equal(d.Append(make([]byte, 0, len(b))), b) {
		return Document{}, fault.New(fault.Internal, "tariff.document")
	}
	return d, nil
}

// documentReader walks through the bytes of a document; ok is false once they are not
// those of one, and then everything reads as 0.
type documentReader struct {
	rest []byte
	ok   bool
}

func (r *documentReader) unsigned() uint64 {
	n, size := binary.Uvarint(r.rest)
	if !r.ok || size <= 0 {
		r.ok = false
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *documentReader) signed() int64 {
	n, size := binary.Varint(r.rest)
	if !r.ok || size <= 0 {
		r.ok = false
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// below reads a number up to a bound.
func (r *documentReader) below(most uint64) uint64 {
	n := r.unsigned()
	if n > most {
		r.ok = false
		return 0
	}
	return n
}

// count reads how many elements follow; each takes a byte at least.
func (r *documentReader) count() uint64 {
	return r.below(min(documentLinesMax, uint64(len(r.rest))))
}

func (r *documentReader) line(rate money.Rate) DocumentLine {
	bits := byte(r.below(bitsEnd - 1))
	l := DocumentLine{
		Measured: bits&bitMeasured != 0, Exempt: bits&bitExempt != 0, Outside: bits&bitOutside != 0, Rate: rate,
		Part: int(r.below(documentLinesMax)), Charge: int(r.below(ChargesMax)), Block: int(r.below(BlocksMax)),
	}
	if l.Measured {
		l.Quantity, l.Price = money.Quantity(r.signed()), money.Price(r.signed())
	}
	l.Amount = money.Amount(r.signed())
	if bits&bitSameRate == 0 {
		l.Rate = money.Rate(r.signed())
	}
	return l
}
