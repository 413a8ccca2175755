package intake

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"wasl/internal/kernel/fault"
)

// marks that begin a text.
const (
	markUTF8    = "\xEF\xBB\xBF"
	markUTF16LE = "\xFF\xFE"
	markUTF16BE = "\xFE\xFF"
)

// scan looks at a whole text once, before anything is read out of it: which encoding
// it can be, how many lines it has and whether the last one is ended. It keeps a
// few bytes only.
type scan struct {
	size  int64
	head  []byte // the first bytes, up to scanHead
	lines int64  // line feeds
	nul   bool
	// undefined is the line of the first byte that Windows-1252 does not know.
	undefined int64
	notUTF8   bool
	letters   bool   // a letter of several bytes was seen
	pending   []byte // the beginning of a letter at the end of a piece
	last      [2]byte
	wide      int64 // line feeds of two bytes, by the order of the mark
	odd       bool
	order     Charset
}

const scanHead = 4

// Write implements io.Writer.
func (s *scan) Write(p []byte) (int, error) {
	if len(s.head) < scanHead {
		s.head = append(s.head, p[:min(len(p), scanHead-len(s.head))]...)
		s.order = markOf(s.head)
	}
	s.size += int64(len(p))
	switch s.order {
	case UTF16LE, UTF16BE:
		s.scanWide(p)
	default:
		s.scanBytes(p)
	}
	return len(p), nil
}

// markOf is the encoding that a byte order mark says; empty without one.
func markOf(head []byte) Charset {
	switch {
	case bytes.HasPrefix(head, []byte(markUTF8)):
		return UTF8
	case bytes.HasPrefix(head, []byte(markUTF16LE)):
		return UTF16LE
	case bytes.HasPrefix(head, []byte(markUTF16BE)):
		return UTF16BE
	}
	return ""
}

func (s *scan) scanWide(p []byte) {
	for _, b := range p {
		if s.odd = !s.odd; s.odd {
			s.last[0] = b
			continue
		}
		s.last[1] = b
		if s.last == s.lineFeed() {
			s.wide++
		}
	}
}

func (s *scan) lineFeed() [2]byte {
	if s.order == UTF16LE {
		return [2]byte{'\n', 0}
	}
	return [2]byte{0, '\n'}
}

func (s *scan) scanBytes(p []byte) {
	if len(p) == 0 {
		return
	}
	before := s.lines
	s.lines += int64(bytes.Count(p, []byte{'\n'}))
	s.last[1] = p[len(p)-1]
	s.nul = s.nul || bytes.IndexByte(p, 0) >= 0
	if s.undefined == 0 {
		s.findUndefined(p, before)
	}
	if !s.notUTF8 {
		s.checkUTF8(p)
	}
}

// findUndefined looks for a byte that stands for no letter in Windows-1252.
func (s *scan) findUndefined(p []byte, linesBefore int64) {
	for i, b := range p {
		switch b {
		case 0x81, 0x8D, 0x8F, 0x90, 0x9D:
			s.undefined = linesBefore + int64(bytes.Count(p[:i], []byte{'\n'})) + 1
			return
		}
	}
}

// checkUTF8 goes on with a text in pieces that may cut letters.
func (s *scan) checkUTF8(p []byte) {
	for len(s.pending) > 0 && len(p) > 0 {
		s.pending = append(s.pending, p[0])
		p = p[1:]
		if !utf8.FullRune(s.pending) {
			continue
		}
		if r, size := utf8.DecodeRune(s.pending); r == utf8.RuneError || size != len(s.pending) {
			s.notUTF8 = true
			return
		}
		s.pending, s.letters = s.pending[:0], true
	}
	for cut := 1; cut <= min(len(p), utf8.UTFMax-1); cut++ {
		if b := p[len(p)-cut]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(p[len(p)-cut:]) {
				s.pending = append(s.pending, p[len(p)-cut:]...)
				p = p[:len(p)-cut]
			}
			break
		}
	}
	if !utf8.Valid(p) {
		s.notUTF8 = true
	} else if !s.letters {
		s.letters = len(p) > 0 && utf8.RuneCount(p) < len(p)
	}
}

// charset says which encoding the text is in. wanted replaces what would be found;
// empty finds.
func (s *scan) charset(wanted Charset) (Charset, error) {
	found := s.order
	switch {
	case s.order == UTF16LE || s.order == UTF16BE:
		if s.odd {
			return "", fault.InvalidField("file", "import.truncated")
		}
	case s.nul:
		return "", fault.InvalidField("file", "import.binary")
	case !s.notUTF8 && len(s.pending) == 0:
		found = UTF8
	case !s.notUTF8 && s.letters || s.order == UTF8 && !s.notUTF8:
		return "", fault.InvalidField("file", "import.truncated")
	case s.order == UTF8 || s.undefined > 0:
		return "", fault.InvalidField("file", "import.encoding", "line", max(s.undefined, 1))
	default:
		found = Windows1252
	}
	switch {
	case wanted == "" || wanted == found:
		return found, nil
	case wanted == Windows1252 && s.order == "" && s.undefined == 0:
		return Windows1252, nil
	}
	return "", fault.InvalidField("charset", "import.charset", "found", string(found))
}

// terminated says that the last line is ended.
func (s *scan) terminated() bool {
	if s.order == UTF16LE || s.order == UTF16BE {
		return s.last == s.lineFeed()
	}
	return s.last[1] == '\n'
}

// lineCount is the number of lines, the last one counted even without its end.
func (s *scan) lineCount() int64 {
	n := s.lines
	if s.order == UTF16LE || s.order == UTF16BE {
		n = s.wide
	}
	if !s.terminated() {
		n++
	}
	return n
}

// decoded gives a text in UTF-8 without its mark.
func decoded(src io.Reader, f Form) (io.Reader, error) {
	if f.Mark {
		mark := int64(len(markUTF16LE))
		if f.Charset == UTF8 {
			mark = int64(len(markUTF8))
		}
		if _, err := io.CopyN(io.Discard, src, mark); err != nil {
			return nil, err
		}
	}
	switch f.Charset {
	case Windows1252:
		return transform.NewReader(src, charmap.Windows1252.NewDecoder()), nil
	case UTF16LE:
		return transform.NewReader(src, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder()), nil
	case UTF16BE:
		return transform.NewReader(src, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder()), nil
	}
	return src, nil
}
