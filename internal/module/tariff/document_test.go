package tariff

import (
	"bytes"
	"reflect"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

func TestDocumentRoundTrip(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	requests := []Request{
		ask(t, "ma-elec-domestic", "2025", 250_000, "use", "domestic", "fixed", "onee-2018"),
		ask(t, "ma-elec-domestic", "2025", 900_000, "use", "domestic"), // capped
		ask(t, "ma-water-example", "2025", 26_000, "use", "domestic"),  // exempt
		ask(t, "five-tier", "2015", 40_000, "class", "RESIDENTIAL_MULTI"),
		ask(t, "nycha", "2018", 2_000, "days", "35"),
	}
	for _, r := range requests {
		q, err := book.Quote(r)
		if err != nil {
			t.Fatal(err)
		}
		d := q.Document(func(code string) uint64 { return uint64(len(code)) + 1_000_000 })
		b := d.Append(nil)
		back, err := DecodeDocument(b)
		if err != nil || !reflect.DeepEqual(back, d) {
			t.Errorf("%s: %v\n%+v\n%+v", r.Tariff, err, back, d)
		}
		if len(b) > 80 {
			t.Errorf("%s: %d bytes for %d lines", r.Tariff, len(b), len(q.Lines))
		}
		version := book.Tariff(r.Tariff).Versions[q.Parts[0].version.position]
		for i, l := range back.Lines {
			code, label, ok := version.LineName(l.Charge, l.Block)
			if !ok || code != q.Lines[i].Code || label != q.Lines[i].Label {
				t.Errorf("%s line %d: %s %s, want %s %s", r.Tariff, i, code, label, q.Lines[i].Code, q.Lines[i].Label)
			}
		}
		for cut := range b {
			if _, err := DecodeDocument(b[:cut]); fault.CodeOf(err) != "tariff.document" {
				t.Errorf("%s cut at %d: %v", r.Tariff, cut, err)
			}
		}
	}
}

// The bytes of a document are kept for years: they do not change with the program. The
// document below was written out by hand, byte by byte.
func TestDocumentBytes(t *testing.T) {
	t.Parallel()
	d := Document{
		Parts: []DocumentPart{{Version: 300, Days: 31, Months: 1000, Quantity: 7000}},
		Lines: []DocumentLine{
			{Charge: 0, Block: 2, Measured: true, Quantity: 1000, Price: 64, Amount: 3, Rate: 1800},
			{Charge: 3, Amount: -1, Rate: 1800, Exempt: true},
		},
	}
	want := []byte{
		1,              // form
		1,              // one part
		0xac, 0x02, 31, // version 300, days
		0xd0, 0x0f, // months 1000: zigzag 2000
		0xb0, 0x6d, // quantity 7000: zigzag 14000
		2,          // two lines
		1, 0, 0, 2, // measured; part, charge, block
		0xd0, 0x0f, 0x80, 0x01, // quantity 1000, price 64
		6, 0x90, 0x1c, // amount 3, rate 1800: zigzag 3600
		10, 0, 3, 0, 1, // exempt, rate as above; part, charge, block; amount -1
	}
	if got := d.Append(nil); !bytes.Equal(got, want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte{1, 1, 1, 31, 2, 2, 1, 1, 0, 0, 2, 2, 2, 6, 2})
	full := Document{Parts: []DocumentPart{{Version: 1, Days: 3}}, Lines: []DocumentLine{{Measured: true, Price: 1, Rate: 5}, {Rate: money.RateOne}}}
	f.Add(full.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := DecodeDocument(b)
		if err == nil && !bytes.Equal(d.Append(nil), b) {
			t.Errorf("% x is read as %+v, which is written otherwise", b, d)
		}
	})
}
