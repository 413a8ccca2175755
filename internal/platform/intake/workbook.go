package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/file"
)

// Bounds of a workbook (XLSX: a zip of XML parts). A part that says it is small and
// is not ends at its bound.
const (
	// partBytesMax bounds the small parts: workbook, relations, styles.
	partBytesMax = 8 << 20
	// stringsBytesMax bounds the texts that cells share; they are held while the sheet is
	// read, because a cell may point at any of them.
	stringsBytesMax = 24 << 20
	// stringsMax bounds their number.
	stringsMax = 2_000_000
	// directoryBytesMax bounds the list of the parts.
	directoryBytesMax = 1 << 20
	// tokenBytesMax bounds one piece of XML.
	tokenBytesMax = 4 * RecordBytesMax
)

// workbook is an XLSX opened for reading its first sheet.
type workbook struct {
	file    *os.File
	parts   map[string]*zip.File
	sheet   string // its part
	name    string
	styles  []styleKind
	texts   sharedTexts
	epoch04 bool
}

// badWorkbook is the error of a file that is no XLSX that can be read.
func badWorkbook(detail string) error {
	return fault.InvalidField("file", "import.workbook", "detail", detail)
}

// openWorkbook copies a content into a file of its own, because a zip is read from
// its end, and reads what its first sheet needs.
func (s *Store) openWorkbook(ctx context.Context, ref file.Ref) (w *workbook, err error) {
	c, err := s.opt.Files.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	temp, err := os.CreateTemp(s.opt.TempDir, "import-*.xlsx")
	if err != nil {
		return nil, errors.Join(fault.Wrap(err, fault.Unavailable, file.CodeWrite), c.Close())
	}
	w = &workbook{file: temp}
	_, err = io.Copy(temp, &cancelled{ctx, c})
	err = errors.Join(err, c.Close())
	if err == nil {
		err = w.list(ref.Size)
	}
	if err == nil {
		err = w.prepare()
	}
	if err != nil {
		return nil, errors.Join(plainFault(err), w.close())
	}
	return w, nil
}

func (w *workbook) close() error {
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}

// End of a zip: signature, then counts and places of the directory.
const (
	zipEnd     = "PK\x05\x06"
	zipEndSize = 22
	zipTailMax = zipEndSize + 1<<16
)

// list opens the zip. The place and the length of its directory are checked before
// the library reads it whole.
func (w *workbook) list(size int64) error {
	tail := make([]byte, min(size, zipTailMax))
	if _, err := w.file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return badWorkbook("read")
	}
	at := bytes.LastIndex(tail, []byte(zipEnd))
	if at < 0 || len(tail)-at < zipEndSize {
		return fault.InvalidField("file", "import.cut")
	}
	length := int64(binary.LittleEndian.Uint32(tail[at+12:]))
	offset := int64(binary.LittleEndian.Uint32(tail[at+16:]))
	if length > directoryBytesMax || offset+length != size-int64(len(tail))+int64(at) {
		return badWorkbook("directory")
	}
	z, err := zip.NewReader(w.file, size)
	if err != nil {
		return badWorkbook("zip")
	}
	w.parts = map[string]*zip.File{}
	for _, f := range z.File {
		name := strings.TrimPrefix(path.Clean("/"+f.Name), "/")
		if _, twice := w.parts[name]; twice {
			return badWorkbook("part twice")
		}
		w.parts[name] = f
	}
	return nil
}

// prepare reads the parts that the first sheet needs.
func (w *workbook) prepare() error {
	relation := ""
	err := w.walk("xl/workbook.xml", partBytesMax, func(p *part, start xml.StartElement) error {
		switch start.Name.Local {
		case "workbookPr":
			date := attribute(start, "date1904")
			w.epoch04 = date == "1" || date == "true"
		case "sheet":
			if relation == "" {
				relation, w.name = attribute(start, "id"), attribute(start, "name")
			}
		}
		return nil
	})
	if err == nil && relation == "" {
		err = badWorkbook("no sheet")
	}
	if err != nil {
		return err
	}
	err = w.walk("xl/_rels/workbook.xml.rels", partBytesMax, func(_ *part, start xml.StartElement) error {
		if start.Name.Local == "Relationship" && attribute(start, "Id") == relation {
			w.sheet = path.Join("xl", attribute(start, "Target"))
			if target := attribute(start, "Target"); strings.HasPrefix(target, "/") {
				w.sheet = strings.TrimPrefix(path.Clean(target), "/")
			}
		}
		return nil
	})
	if err == nil && w.parts[w.sheet] == nil {
		err = badWorkbook("sheet part")
	}
	if err == nil && w.parts["xl/styles.xml"] != nil {
		err = w.readStyles()
	}
	if err == nil && w.parts["xl/sharedStrings.xml"] != nil {
		err = w.readTexts()
	}
	return err
}

// part is one part being read.
type part struct {
	decoder *xml.Decoder
	bytes   *tokenReader
	close   func() error
}

// tokenReader gives bytes one at a time and refuses a piece of XML, and a part, that
// is too long, before it is built in memory.
type tokenReader struct {
	src    io.Reader
	buffer [4096]byte
	at, n  int
	token  int
	left   int64
	err    error
}

// ReadByte implements io.ByteReader.
func (t *tokenReader) ReadByte() (byte, error) {
	if t.at == t.n {
		if t.err != nil {
			return 0, t.err
		}
		t.n, t.err = t.src.Read(t.buffer[:])
		t.at = 0
		if t.n == 0 {
			if t.err == nil {
				return t.ReadByte()
			}
			return 0, t.err
		}
	}
	if t.token++; t.token > tokenBytesMax {
		return 0, fault.InvalidField("file", "import.line_too_long", "max", RecordBytesMax)
	}
	if t.left--; t.left < 0 {
		return 0, fault.InvalidField("file", "import.too_large", "max", int64(PlainBytesMax))
	}
	b := t.buffer[t.at]
	t.at++
	return b, nil
}

// Read implements io.Reader, which the decoder asks for and does not use.
func (t *tokenReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := t.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// openPart opens a part by its name.
func (w *workbook) openPart(name string, most int64) (*part, error) {
	f := w.parts[name]
	if f == nil {
		return nil, badWorkbook(name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, badWorkbook(name)
	}
	bounded := &tokenReader{src: r, left: most}
	return &part{decoder: xml.NewDecoder(bounded), bytes: bounded, close: r.Close}, nil
}

// token gives the next piece of XML. A document type is refused: nothing of the
// format has one.
func (p *part) token() (xml.Token, error) {
	p.bytes.token = 0
	t, err := p.decoder.RawToken()
	if err == nil {
		if _, declares := t.(xml.Directive); declares {
			return nil, badWorkbook("document type")
		}
		return t, nil
	}
	var own *fault.Error
	switch {
	case errors.Is(err, io.EOF) && p.bytes.err != nil && errors.Is(p.bytes.err, io.EOF):
		return nil, io.EOF
	case errors.As(err, &own):
		return nil, own
	case p.bytes.err != nil && !errors.Is(p.bytes.err, io.EOF):
		return nil, badWorkbook("content")
	}
	return nil, badWorkbook("xml")
}

// walk calls visit for every element of a part.
func (w *workbook) walk(name string, most int64, visit func(p *part, start xml.StartElement) error) (err error) {
	p, err := w.openPart(name, most)
	if err != nil {
		return err
	}
	defer func() { _ = p.close() }() // read to its end, or refused
	for {
		t, err := p.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := t.(xml.StartElement); ok {
			if err := visit(p, start); err != nil {
				return err
			}
		}
	}
}

// attribute is the value of an attribute by its local name.
func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// sharedTexts are the texts that cells point at, in one piece of memory.
type sharedTexts struct {
	all  []byte
	ends []uint32
}

func (s *sharedTexts) at(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return string(s.all[from:s.ends[i]]), true
}

// readTexts reads the shared texts; what is said of pronunciation is passed over.
func (w *workbook) readTexts() error {
	p, err := w.openPart("xl/sharedStrings.xml", PlainBytesMax)
	if err != nil {
		return err
	}
	defer func() { _ = p.close() }() // read to its end, or refused
	inText, phonetic := false, 0
	for {
		t, err := p.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			inText = t.Name.Local == "t"
			if t.Name.Local == "rPh" {
				phonetic++
			}
		case xml.CharData:
			if inText && phonetic == 0 {
				w.texts.all = append(w.texts.all, t...)
			}
		case xml.EndElement:
			inText = false
			switch t.Name.Local {
			case "rPh":
				phonetic--
			case "si":
				w.texts.ends = append(w.texts.ends, uint32(len(w.texts.all)))
			}
		}
		if len(w.texts.all) > stringsBytesMax || len(w.texts.ends) > stringsMax {
			return fault.InvalidField("file", "import.workbook_large")
		}
	}
}
