package doc

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"wasl/internal/kernel/fault"
)

// packers are compressors at rest: the library would make one of more than a megabyte for
// each page.
type packers struct{ pool sync.Pool }

// pack compresses the streams that a document was written with in plain: its pages. The
// library ends a document with the places of its objects; those, and nothing else, say where
// a stream is. Internal "doc.write" when that is not as the library writes it.
func (k *packers) pack(plain []byte) ([]byte, error) {
	d, err := splitDocument(plain)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, CodeWrite)
	}
	out := bytes.NewBuffer(make([]byte, 0, len(plain)/2))
	out.Write(plain[:d.places[0]])
	moved := make([]int, len(d.places))
	for i, at := range d.places {
		end := d.table
		if i+1 < len(d.places) {
			end = d.places[i+1]
		}
		moved[i] = out.Len()
		if err := k.object(out, plain[at:end]); err != nil {
			return nil, fault.Wrap(err, fault.Internal, CodeWrite)
		}
	}
	d.end(out, moved)
	return out.Bytes(), nil
}

// object writes an object, its stream compressed when it is a plain one.
func (k *packers) object(out *bytes.Buffer, object []byte) error {
	head, rest, ok := bytes.Cut(object, []byte("\n<</Length "))
	length, body, found := bytes.Cut(rest, []byte(">>\nstream\n"))
	n, err := strconv.Atoi(string(length))
	if !ok || !found || err != nil || bytes.IndexByte(head, '\n') >= 0 || n > len(body) {
		out.Write(object)
		return nil
	}
	var packed bytes.Buffer
	w, ok := k.pool.Get().(*zlib.Writer)
	if ok {
		w.Reset(&packed)
	} else if w, err = zlib.NewWriterLevel(&packed, zlib.BestSpeed); err != nil {
		return err
	}
	defer k.pool.Put(w)
	if _, err := w.Write(body[:n]); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	out.Write(head)
	out.WriteString("\n<</Filter /FlateDecode /Length " + strconv.Itoa(packed.Len()) + ">>\nstream\n")
	out.Write(packed.Bytes())
	out.Write(body[n:])
	return nil
}

// document is a PDF file as the library writes it.
type document struct {
	// places are where its objects begin, in the order of the file; numbers are those of
	// the objects.
	places, numbers []int
	// table is where the table of places begins, trailer what follows it.
	table   int
	trailer []byte
}

// The table of the places of objects (ISO 32000-1, 7.5.4).
const (
	placesTitle = "xref\n0 "
	placesNone  = "0000000000 65535 f \n"
	placesLine  = len("0000000000 00000 n \n")
	placesStart = "startxref\n"
	// placesDigits is how long the place itself is.
	placesDigits = 10
)

// splitDocument finds the objects of a document.
func splitDocument(plain []byte) (d document, err error) {
	at := bytes.LastIndex(plain, []byte(placesStart))
	if at < 0 {
		return d, errNotOurs("no table")
	}
	if _, err := fmt.Sscanf(string(plain[at+len(placesStart):]), "%d", &d.table); err != nil {
		return d, err
	}
	rest, ok := bytes.CutPrefix(plain[min(max(d.table, 0), at):at], []byte(placesTitle))
	count, rows, found := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.Atoi(string(count))
	if !ok || !found || err != nil || n < 2 || n > len(rows)/placesLine || !bytes.HasPrefix(rows, []byte(placesNone)) {
		return d, errNotOurs("another table")
	}
	of := make(map[int]int, n)
	for i := 1; i < n; i++ {
		place, err := strconv.Atoi(string(rows[i*placesLine : i*placesLine+placesDigits]))
		if err != nil || place <= 0 || place >= d.table || of[place] != 0 {
			return d, errNotOurs("a place")
		}
		d.places, of[place] = append(d.places, place), i
	}
	d.trailer = rows[n*placesLine:]
	slices.Sort(d.places)
	for _, place := range d.places {
		d.numbers = append(d.numbers, of[place])
	}
	return d, nil
}

// end writes the table anew and what follows it.
func (d *document) end(out *bytes.Buffer, moved []int) {
	table := out.Len()
	at := make([]int, len(moved)+1)
	for i, place := range moved {
		at[d.numbers[i]] = place
	}
	fmt.Fprintf(out, "%s%d\n%s", placesTitle, len(at), placesNone)
	for _, place := range at[1:] {
		fmt.Fprintf(out, "%010d 00000 n \n", place)
	}
	out.Write(d.trailer)
	fmt.Fprintf(out, "%s%d\n%%%%EOF\n", placesStart, table)
}

// errNotOurs says what of a document is not as the library writes it.
func errNotOurs(what string) error { return fmt.Errorf("doc: %s", what) }
