package org

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// Bounds of imported files.
const (
	// ImportBytesMax bounds a file.
	ImportBytesMax = 16 << 20
	// ImportLinesMax bounds the lines of a file, its header not counted: what one
	// transaction applies well within its deadline on both engines.
	ImportLinesMax = 20_000
	// ImportLineBytesMax bounds one record, over all its lines when quoted.
	ImportLineBytesMax = 8 << 10
	// valueShown bounds the wrong value repeated in a fault, in characters.
	valueShown = 80
)

// columns of the file, in the order of record.cells.
const (
	colCode = iota
	colKind
	colName
	colShortName
	colParent
	colValidFrom
	colAddress
	colPhone
	colEmail
	colCount
)

// columnNames are the names of the columns; each is the field it fills.
func columnNames() [colCount]string {
	return [colCount]string{"code", "kind", "name", "short_name", "parent", "valid_from", "address", "phone", "email"}
}

// columnOf finds the column a header means, -1 for one that is carried along
// and not read (what an export or a list of refused lines adds), -2 for none.
func columnOf(header string) int {
	header = strings.NewReplacer(" ", "_", "-", "_", "'", "_").Replace(db.Fold(header))
	switch header {
	case "code":
		return colCode
	case "kind", "type", "nature":
		return colKind
	case "name", "nom", "libelle", "designation":
		return colName
	case "short_name", "nom_court", "sigle", "abrege":
		return colShortName
	case "parent", "rattachement", "rattache_a", "code_parent":
		return colParent
	case "valid_from", "date_effet", "date_d_effet", "depuis", "depuis_le":
		return colValidFrom
	case "address", "adresse":
		return colAddress
	case "phone", "telephone", "tel":
		return colPhone
	case "email", "courriel", "e_mail":
		return colEmail
	case "id", "version", "state", "opened_on", "closed_on", "parent_id", "parent_name", "line", "column", "value", "rule", "reason":
		return -1
	}
	return -2
}

// record is one line of the file as read.
type record struct {
	// line is the number of its first line, the header being line 1.
	line  int64
	cells [colCount]string
	// faults found while reading it; such a record is not looked at further.
	faults []fault.Field
}

// importFile is a file that could be read: its records, right or wrong.
type importFile struct {
	records []record
}

// readImport reads a whole file. A file of which nothing can be made (no text,
// no usable header, too large) is an Invalid fault on the field "file"; what is
// wrong with one record is in that record.
func readImport(data []byte) (*importFile, error) {
	if len(data) > ImportBytesMax {
		return nil, fault.InvalidField("file", "import.too_large", "max", ImportBytesMax)
	}
	text, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	s := &scanner{text: text, line: 1}
	header, at, ok := s.next()
	for ok && blank(header.cells) {
		header, at, ok = s.next()
	}
	if !ok {
		return nil, fault.InvalidField("file", "import.empty")
	}
	layout, err := readHeader(header, at)
	if err != nil {
		return nil, err
	}
	out := &importFile{}
	for {
		raw, line, ok := s.next()
		if !ok {
			return out, nil
		}
		if blank(raw.cells) && raw.fault == "" {
			continue
		}
		if len(out.records) == ImportLinesMax {
			return nil, fault.InvalidField("file", "import.too_many_lines", "max", ImportLinesMax)
		}
		out.records = append(out.records, makeRecord(raw, line, layout))
	}
}

// decodeText gives the text of a file in UTF-8 or, failing that, Windows-1252,
// which is what spreadsheets of this trade write.
func decodeText(data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return "", fault.InvalidField("file", "import.utf16")
	}
	data = bytes.TrimPrefix(data, []byte{0xEF, 0xBB, 0xBF})
	if bytes.IndexByte(data, 0) >= 0 {
		return "", fault.InvalidField("file", "import.binary")
	}
	if utf8.Valid(data) {
		return norm.NFC.String(string(data)), nil
	}
	if whole := beforeCut(data); utf8.Valid(whole) && len(whole) > utf8.RuneCount(whole) {
		return "", fault.InvalidField("file", "import.truncated")
	}
	for i, b := range data {
		switch b {
		case 0x81, 0x8D, 0x8F, 0x90, 0x9D: // no letter in Windows-1252
			return "", fault.InvalidField("file", "import.encoding", "line", 1+bytes.Count(data[:i], []byte{'\n'}))
		}
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "import.encoding", "line", 1)
	}
	return string(text), nil
}

// beforeCut is a text without the letter that is cut at its end, if one is. A
// text in UTF-8 that ends so was cut, and must not be taken for Windows-1252.
func beforeCut(data []byte) []byte {
	for i := len(data) - 1; i >= max(0, len(data)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(data[i]) {
			return data[:i]
		}
	}
	return data
}

// readHeader maps the columns of the file. cells[i] of a record is column
// layout[i].
func readHeader(raw rawRecord, line int64) ([]int, error) {
	if raw.fault != "" {
		return nil, fault.InvalidField("file", raw.fault, "line", line)
	}
	var faults []fault.Field
	bad := func(code string, name string) {
		faults = append(faults, fault.Field{Path: "file", Code: code, Args: fault.Args{"column": shown(name), "line": line}})
	}
	var layout []int
	seen := map[int]bool{}
	for _, name := range raw.cells {
		column := columnOf(name)
		if column == -2 && strings.TrimSpace(name) != "" {
			bad("import.unknown_column", name)
		}
		if column >= 0 && seen[column] {
			bad("import.column_twice", name)
		}
		seen[column] = true
		layout = append(layout, column)
	}
	for _, column := range []int{colCode, colKind, colName, colParent, colValidFrom} {
		if !seen[column] {
			bad("import.missing_column", columnNames()[column])
		}
	}
	return layout, fault.InvalidFields(faults)
}

func makeRecord(raw rawRecord, line int64, layout []int) record {
	r := record{line: line}
	for i, cell := range raw.cells {
		if i < len(layout) && layout[i] >= 0 {
			r.cells[layout[i]] = strings.TrimSpace(cell)
		}
	}
	switch {
	case raw.fault != "":
		r.faults = []fault.Field{{Path: "", Code: raw.fault, Args: fault.Args{"max": ImportLineBytesMax}}}
		for i, cell := range r.cells {
			r.cells[i] = shown(cell)
		}
	case len(raw.cells) != len(layout):
		r.faults = []fault.Field{{Path: "", Code: "import.cell_count", Args: fault.Args{"want": len(layout), "have": len(raw.cells)}}}
	}
	return r
}

// shown cuts a wrong value to what a message can hold.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > valueShown {
		return string(runes[:valueShown]) + "..."
	}
	return s
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// rawRecord is one record before its columns are known.
type rawRecord struct {
	cells []string
	// fault is the code of what is wrong with it as text.
	fault string
}

// scanner cuts a text into records: cells between separators, quoted or not,
// with doubled quotes inside quotes. A record that is wrong ends at the end of
// its line, so that the next one is read again properly.
type scanner struct {
	text string
	pos  int
	line int64
	// separator is chosen from the first record.
	separator byte
}

// next gives a record and the number of its first line.
func (s *scanner) next() (raw rawRecord, line int64, ok bool) {
	if s.pos >= len(s.text) {
		return rawRecord{}, 0, false
	}
	if s.separator == 0 {
		s.separator = guessSeparator(s.text)
	}
	line = s.line
	start, firstLine := s.pos, s.lineEnd(s.pos)
	for {
		cell, end := s.cell()
		raw.cells = append(raw.cells, cell)
		switch {
		case s.pos-start > ImportLineBytesMax:
			raw.fault = "import.line_too_long"
		case end == badQuote:
			raw.fault = "import.quote"
		}
		if raw.fault != "" {
			s.resume(firstLine)
			raw.cells = []string{shown(s.text[start:min(firstLine, start+4*valueShown)])}
			return raw, line, true
		}
		if end != moreCells {
			s.line += int64(strings.Count(s.text[start:s.pos], "\n"))
			return raw, line, true
		}
	}
}

// resume goes to the line after the first one of a wrong record.
func (s *scanner) resume(firstLine int) {
	s.pos = min(firstLine+1, len(s.text))
	s.line++
}

// lineEnd is where the line of a position ends.
func (s *scanner) lineEnd(from int) int {
	if i := strings.IndexByte(s.text[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(s.text)
}

// What follows a cell.
const (
	moreCells = iota
	endOfRecord
	badQuote
)

// cell reads one cell and what ends it.
func (s *scanner) cell() (string, int) {
	if s.pos < len(s.text) && s.text[s.pos] == '"' {
		return s.quoted()
	}
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos] != s.separator && s.text[s.pos] != '\n' {
		s.pos++
	}
	return s.text[start:s.pos], s.after()
}

// quoted reads a cell in quotes; it may hold separators and line ends.
func (s *scanner) quoted() (string, int) {
	var b strings.Builder
	for s.pos++; s.pos < len(s.text); {
		i := strings.IndexByte(s.text[s.pos:], '"')
		if i < 0 || i+b.Len() > ImportLineBytesMax {
			break
		}
		b.WriteString(s.text[s.pos : s.pos+i])
		s.pos += i + 1
		if s.pos < len(s.text) && s.text[s.pos] == '"' {
			b.WriteByte('"')
			s.pos++
			continue
		}
		for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\r') {
			s.pos++
		}
		if s.pos < len(s.text) && s.text[s.pos] != s.separator && s.text[s.pos] != '\n' {
			return "", badQuote
		}
		return b.String(), s.after()
	}
	return "", badQuote
}

// after passes the separator or the end of the line.
func (s *scanner) after() int {
	if s.pos >= len(s.text) {
		return endOfRecord
	}
	s.pos++
	if s.text[s.pos-1] == s.separator {
		return moreCells
	}
	return endOfRecord
}

// guessSeparator takes the separator that is more frequent in the first line:
// semicolon, comma or tabulation.
func guessSeparator(text string) byte {
	first, _, _ := strings.Cut(text, "\n")
	best, most := byte(';'), -1
	for _, c := range []byte{';', ',', '\t'} {
		if n := strings.Count(first, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}
