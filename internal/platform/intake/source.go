package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/file"
)

// magic numbers of what is no plain text.
const (
	magicGzip = "\x1f\x8b"
	magicZip  = "PK\x03\x04"
	// sniffBytes are looked at to know what a content is.
	sniffBytes = 4
)

// position is where a reader stands, between two records: the offset in the decoded
// text, or the number of rows read of a workbook, and the line that follows.
type position struct {
	Offset int64 `json:"offset"`
	Line   int64 `json:"line"`
}

// source gives the records of a content from a position on.
type source struct {
	sheet string
	next  func() (record, error)
	at    func() position
	close func() error
}

// content is a stored file opened for reading, decompressed.
type content struct {
	io.Reader
	raw  *bufio.Reader
	gzip *gzip.Reader
	file io.Closer
}

// Close ends the reading.
func (c *content) Close() error {
	if c.gzip != nil {
		_ = c.gzip.Close() // it holds nothing
	}
	return c.file.Close()
}

// rawWindow is what is read of a stored file at once.
const rawWindow = 32 << 10

// isGzip and isZip say what the first bytes mean.
func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte(magicGzip)) }
func isZip(head []byte) bool  { return bytes.HasPrefix(head, []byte(magicZip)) }

// open opens a stored content and says how it begins. What it gives is bounded by
// PlainBytesMax.
func (s *Store) open(ctx context.Context, ref file.Ref) (*content, []byte, error) {
	stored, err := s.opt.Files.Open(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	c := &content{raw: bufio.NewReaderSize(&cancelled{ctx, stored}, rawWindow), file: stored}
	head, err := c.raw.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, errors.Join(err, stored.Close())
	}
	c.Reader = c.raw
	if isGzip(head) {
		if c.gzip, err = gzip.NewReader(c.raw); err != nil {
			return nil, nil, errors.Join(gzipFault(err), stored.Close())
		}
		c.Reader = &unpacked{src: c.gzip}
	}
	return c, bytes.Clone(head), nil
}

// cancelled ends a long reading with its request or its step.
type cancelled struct {
	ctx context.Context
	src io.Reader
}

// Read implements io.Reader.
func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.src.Read(p)
}

// unpacked is a decompressed content: bounded, its errors in words.
type unpacked struct {
	src  io.Reader
	size int64
}

// Read implements io.Reader.
func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.src.Read(p)
	if u.size += int64(n); u.size > PlainBytesMax {
		return 0, fault.InvalidField("file", "import.too_large", "max", int64(PlainBytesMax))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = gzipFault(err)
	}
	return n, err
}

// gzipFault tells a cut content from one that is wrong.
func gzipFault(err error) error {
	var own *fault.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return fault.InvalidField("file", "import.cut")
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fault.InvalidField("file", "import.gzip")
}

// wishes are what the user says instead of what would be detected.
type wishes struct {
	charset      Charset
	separator    Separator
	unterminated bool
}

// inspect reads a whole content once, before anything is written: it is complete and
// as it was handed in, a text in a known encoding whose last line is ended, and has
// a header. It gives its form and the position behind the header. Errors are Invalid
// on the field file, or on the wish that cannot be met.
func (s *Store) inspect(ctx context.Context, ref file.Ref, w wishes) (Form, position, error) {
	c, head, err := s.open(ctx, ref)
	if err != nil {
		return Form{}, position{}, err
	}
	if isZip(head) {
		if err := c.Close(); err != nil {
			return Form{}, position{}, err
		}
		return s.inspectWorkbook(ctx, ref)
	}
	var look scan
	_, err = io.Copy(&look, c)
	if err == nil { // the digest is checked at the end of what is stored
		_, err = io.Copy(io.Discard, c.raw)
	}
	if err = errors.Join(err, c.Close()); err != nil {
		return Form{}, position{}, plainFault(err)
	}
	if look.size == 0 {
		return Form{}, position{}, fault.InvalidField("file", "import.empty")
	}
	f := Form{Gzip: c.gzip != nil, Mark: look.order != "", Separator: w.separator}
	if f.Charset, err = look.charset(w.charset); err != nil {
		return Form{}, position{}, err
	}
	if !look.terminated() && !w.unterminated {
		return Form{}, position{}, fault.InvalidField("file", "import.unterminated")
	}
	at, err := s.readHead(ctx, ref, &f)
	f.Lines = max(look.lineCount()-f.HeaderLine, 0)
	return f, at, err
}

// plainFault gives a joined error its own face again.
func plainFault(err error) error {
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	return err
}

// readHead reads the header and chooses the separator.
func (s *Store) readHead(ctx context.Context, ref file.Ref, f *Form) (at position, err error) {
	text, closing, err := s.text(ctx, ref, *f, 0)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, closing()) }()
	r, head, err := beginText(text, f.Separator, RecordBytesMax)
	if err != nil {
		return at, err
	}
	f.Separator = separatorOf(r.separator)
	f.Header, f.HeaderLine = head.cells, head.line
	return position{Offset: r.offset, Line: r.line}, nil
}

// beginText reads the header of a text and chooses the separator, unless one is wanted.
// most bounds a record.
func beginText(text io.Reader, wanted Separator, most int) (*csvReader, record, error) {
	buffered := bufio.NewReaderSize(text, RecordBytesMax)
	if wanted == "" {
		first, err := buffered.Peek(RecordBytesMax)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, record{}, err
		}
		first = bytes.TrimLeft(first, "\r\n")
		if end := bytes.IndexByte(first, '\n'); end >= 0 {
			first = first[:end]
		}
		wanted = guessSeparator(string(first))
	}
	if wanted.char() == 0 {
		return nil, record{}, fault.InvalidField("separator", "import.separator")
	}
	r := newCSV(buffered, wanted.char(), 0, 1)
	r.most = most
	head, err := headerOf(r.next)
	return r, head, err
}

// headerOf is the first record that is not blank.
func headerOf(next func() (record, error)) (record, error) {
	for {
		rec, err := next()
		switch {
		case errors.Is(err, io.EOF):
			return rec, fault.InvalidField("file", "import.empty")
		case err != nil:
			return rec, err
		case rec.fault != "":
			return rec, fault.InvalidField("file", rec.fault, "line", rec.line, "max", RecordBytesMax)
		case len(rec.cells) > ColumnsMax:
			return rec, tooWide()
		case !rec.blank():
			for i, cell := range rec.cells {
				rec.cells[i] = clean(cell)
			}
			return rec, nil
		}
	}
}

// text opens the decoded text from an offset on.
func (s *Store) text(ctx context.Context, ref file.Ref, f Form, offset int64) (io.Reader, func() error, error) {
	c, _, err := s.open(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	text, err := decoded(c, f)
	if err == nil && offset > 0 {
		_, err = io.CopyN(io.Discard, text, offset)
	}
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return text, c.Close, nil
}

// read opens the records of a content from a position on.
func (s *Store) read(ctx context.Context, ref file.Ref, f Form, at position) (*source, error) {
	if f.Charset == Workbook {
		return s.readWorkbook(ctx, ref, f, at)
	}
	text, closing, err := s.text(ctx, ref, f, at.Offset)
	if err != nil {
		return nil, err
	}
	r := newCSV(text, f.Separator.char(), at.Offset, at.Line)
	return &source{next: r.next, at: func() position { return position{Offset: r.offset, Line: r.line} }, close: closing}, nil
}
