package billing

import (
	"encoding/base64"
	"encoding/binary"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/tariff"
)

// canonicalForm is the first byte of the bytes of a bill: another form is another
// number.
const canonicalForm = 1

// canonical is what is hashed of a bill: everything its customer can read but the
// number, and the versions by their content. Ids, clocks and attempts are not in it, so
// that the same facts give the same bytes in any database. shas gives the hash of a
// version by its id.
func (b *Bill) canonical(buf []byte, shas map[uint64]string) ([]byte, error) {
	raw, err := base64.RawStdEncoding.DecodeString(b.document)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "billing.document")
	}
	doc, err := tariff.DecodeDocument(raw)
	if err != nil {
		return nil, err
	}
	return b.canonicalWith(buf, &doc, shas)
}

// canonicalWith is canonical of a bill whose document is at hand; its versions are numbered
// anew.
func (b *Bill) canonicalWith(buf []byte, doc *tariff.Document, shas map[uint64]string) ([]byte, error) {
	buf = append(buf[:0], canonicalForm)
	for _, s := range [...]string{b.Contract, b.Service, b.Category, b.legalNature, b.tariff, b.attributes, b.taxes} {
		buf = appendText(buf, s)
	}
	for _, d := range [...]day.Date{b.From, b.To, b.IssuedOn, b.DueOn} {
		buf = appendDate(buf, d)
	}
	for _, n := range [...]int64{b.turn, int64(b.Quantity), int64(b.Net), int64(b.Tax), int64(b.Total)} {
		buf = binary.AppendVarint(buf, n)
	}
	for i := range doc.Parts {
		sha := shas[doc.Parts[i].Version]
		if sha == "" {
			return nil, fault.New(fault.Internal, "billing.version_unknown")
		}
		buf = appendText(buf, sha)
		doc.Parts[i].Version = uint64(i)
	}
	return doc.Append(buf), nil
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// appendDate writes a date as the text of its day; nothing for none.
func appendDate(b []byte, d day.Date) []byte {
	if d.IsZero() {
		return append(b, 0)
	}
	at := len(b)
	b = append(b, 0)
	b = d.Append(b)
	b[at] = byte(len(b) - at - 1) // ten letters
	return b
}

// inputBytes is what is hashed of a due consumption: a run whose inputs have changed
// is told so before anybody compares bills.
func (d *Due) inputBytes(buf []byte) []byte {
	buf = buf[:0]
	for _, s := range [...]string{d.Code, d.Service, d.Register, d.Category} {
		buf = appendText(buf, s)
	}
	buf = appendDate(appendDate(buf, d.From), d.To)
	for _, s := range [...]string{d.Tariff, d.VATUse, d.Attributes, d.LegalNature} {
		buf = appendText(buf, s)
	}
	flags := int64(0)
	if d.Undecided {
		flags = 1
	}
	for _, n := range [...]int64{int64(d.Quantity), d.Households, int64(d.Power), d.Turn, d.Ordinal, flags} {
		buf = binary.AppendVarint(buf, n)
	}
	return buf
}
