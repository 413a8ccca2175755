package intake

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// record is one record of a file before its columns are known.
type record struct {
	// line is the number of its first line.
	line  int64
	cells []string
	// fault is the code of what is wrong with it as text; empty when nothing is.
	fault string
	// open says that the fault is a quote that nothing closes until the end of the
	// file: what a cut leaves.
	open bool
	// bytes is its length in the decoded text.
	bytes int
}

// blank says that a record holds nothing.
func (r *record) blank() bool {
	if r.fault != "" {
		return false
	}
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// csvWindow is the most text held at once. It is a few times the longest record, so
// that a record is always whole in it. A small file takes less.
const (
	csvWindow      = 8 * RecordBytesMax
	csvWindowSmall = 8 << 10
)

// csvReader cuts a stream of UTF-8 text into records: cells between separators,
// quoted or not, with doubled quotes inside quotes; a quoted cell may hold
// separators and line ends. A record that is wrong ends at the end of its first
// line, so that the next one is read again properly. Its memory does not depend on
// the file.
type csvReader struct {
	src       io.Reader
	separator byte
	// most is the longest record, at most RecordBytesMax.
	most   int
	window []byte
	start  int
	end    int
	over   error // what ended the source; io.EOF at its end
	// offset and line are where the next record begins.
	offset int64
	line   int64
	slab   []string
}

// newCSV reads from a position of the decoded text on.
func newCSV(src io.Reader, separator byte, offset, line int64) *csvReader {
	return &csvReader{src: src, separator: separator, most: RecordBytesMax, window: make([]byte, csvWindowSmall), offset: offset, line: line}
}

// next gives the next record; io.EOF after the last one.
func (c *csvReader) next() (record, error) {
	if err := c.fill(); err != nil {
		return record{}, err
	}
	if c.start == c.end {
		return record{}, c.over
	}
	text := c.window[c.start:c.end]
	rec := record{line: c.line}
	firstLine := bytes.IndexByte(text, '\n')
	ended := firstLine >= 0
	if !ended {
		firstLine = len(text)
	}
	switch {
	case firstLine > c.most:
		rec.fault = "import.line_too_long"
	case bytes.IndexByte(text[:firstLine], '"') < 0:
		rec.cells = c.split(text[:firstLine])
		rec.bytes = firstLine
		if ended {
			rec.bytes++
		}
		c.pass(rec.bytes, 1)
		return rec, nil
	default:
		c.parse(text, &rec)
	}
	if rec.fault == "" {
		c.pass(rec.bytes, int64(bytes.Count(text[:rec.bytes], []byte{'\n'})))
		return rec, nil
	}
	rec.cells = []string{shown(string(text[:min(firstLine, 4*valueShown)]))}
	var err error
	rec.bytes, err = c.passLine()
	return rec, err
}

// fill makes sure that the window holds more than the longest record, or the whole
// rest. It gives the error of a source that failed.
func (c *csvReader) fill() error {
	if c.end-c.start <= RecordBytesMax && c.over == nil {
		copy(c.window, c.window[c.start:c.end])
		c.start, c.end = 0, c.end-c.start
		for c.over == nil {
			if c.end == len(c.window) {
				if c.end == csvWindow {
					break
				}
				c.window = append(c.window, make([]byte, len(c.window))...)
			}
			n, err := c.src.Read(c.window[c.end:])
			c.end += n
			c.over = err
		}
	}
	if c.over != nil && !errors.Is(c.over, io.EOF) {
		return c.over
	}
	return nil
}

// pass moves on behind what was read.
func (c *csvReader) pass(n int, lines int64) {
	c.start += n
	c.offset += int64(n)
	c.line += lines
}

// passLine moves behind the end of the line, however long it is.
func (c *csvReader) passLine() (passed int, err error) {
	for {
		text := c.window[c.start:c.end]
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			c.pass(i+1, 1)
			return passed + i + 1, nil
		}
		c.pass(len(text), 0)
		passed += len(text)
		if err := c.fill(); err != nil || c.start == c.end {
			c.line++
			return passed, err
		}
	}
}

// slabCells are the cells allocated at once.
const slabCells = 4096

// cellsOf gives room for n cells.
func (c *csvReader) cellsOf(n int) []string {
	if n > slabCells/4 {
		return make([]string, 0, n)
	}
	if len(c.slab) < n {
		c.slab = make([]string, slabCells)
	}
	out := c.slab[:0:n]
	c.slab = c.slab[n:]
	return out
}

// split cuts a line without quotes.
func (c *csvReader) split(line []byte) []string {
	s := strings.TrimSuffix(string(line), "\r")
	cells := c.cellsOf(strings.Count(s, string(rune(c.separator))) + 1)
	for {
		i := strings.IndexByte(s, c.separator)
		if i < 0 {
			return append(cells, s)
		}
		cells = append(cells, s[:i])
		s = s[i+1:]
	}
}

// What follows a cell.
const (
	moreCells = iota
	endOfRecord
	badQuote
	openQuote
)

// parse cuts a record with quotes, which may reach over several lines.
func (c *csvReader) parse(text []byte, rec *record) {
	pos := 0
	for {
		cell, next, end := c.cell(text, pos)
		switch {
		case next > c.most+1:
			rec.fault = "import.line_too_long"
		case end == openQuote && c.over != nil:
			rec.fault, rec.open = "import.quote", true
		case end == badQuote || end == openQuote:
			rec.fault = "import.quote"
		}
		if rec.fault != "" {
			return
		}
		rec.cells = append(rec.cells, cell)
		pos = next
		if end == endOfRecord {
			rec.bytes = pos
			return
		}
	}
}

// cell reads one cell and what ends it; next is the position behind that.
func (c *csvReader) cell(text []byte, pos int) (cell string, next, end int) {
	if pos < len(text) && text[pos] == '"' {
		return c.quoted(text, pos+1)
	}
	i := pos
	for i < len(text) && text[i] != c.separator && text[i] != '\n' {
		i++
	}
	next, end = c.after(text, i)
	if end == endOfRecord && i > pos && text[i-1] == '\r' {
		i--
	}
	return string(text[pos:i]), next, end
}

// quoted reads a cell from behind its opening quote on.
func (c *csvReader) quoted(text []byte, pos int) (cell string, next, end int) {
	var b strings.Builder
	for {
		i := bytes.IndexByte(text[pos:], '"')
		if i < 0 || b.Len()+i > c.most {
			return "", len(text), c.openQuoteWithin(text, pos)
		}
		b.Write(text[pos : pos+i])
		pos += i + 1
		if pos < len(text) && text[pos] == '"' {
			b.WriteByte('"')
			pos++
			continue
		}
		for pos < len(text) && (text[pos] == ' ' || text[pos] == '\r') {
			pos++
		}
		if pos < len(text) && text[pos] != c.separator && text[pos] != '\n' {
			return "", pos, badQuote
		}
		next, end = c.after(text, pos)
		return b.String(), next, end
	}
}

// openQuoteWithin says how a quote without end is wrong: open when the text of the
// record could still end there, bad when it is too long anyhow.
func (c *csvReader) openQuoteWithin(text []byte, pos int) int {
	if len(text)-pos > c.most {
		return badQuote
	}
	return openQuote
}

// after passes the separator or the end of the line.
func (c *csvReader) after(text []byte, pos int) (next, end int) {
	switch {
	case pos >= len(text):
		return pos, endOfRecord
	case text[pos] == c.separator:
		return pos + 1, moreCells
	}
	return pos + 1, endOfRecord
}

// guessSeparator takes the separator that is most frequent in the first line,
// outside quotes: semicolon, comma, tabulation or bar.
func guessSeparator(first string) Separator {
	counts := map[byte]int{}
	inside := false
	for i := range len(first) {
		if first[i] == '"' {
			inside = !inside
		} else if !inside {
			counts[first[i]]++
		}
	}
	best, most := Semicolon, -1
	for _, s := range []Separator{Semicolon, Comma, Tab, Pipe} {
		if n := counts[s.char()]; n > most {
			best, most = s, n
		}
	}
	return best
}
