package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
)

// memory is a store of one content.
type memory struct{ open func() io.Reader }

func (m memory) Put(context.Context, io.Reader, int64) (file.Ref, error) { return file.Ref{}, nil }

func (m memory) Open(context.Context, file.Ref) (io.ReadCloser, error) {
	return io.NopCloser(m.open()), nil
}

// held is a store of a content and its reference.
func heldContent(t testing.TB, data []byte) (*Store, file.Ref) {
	t.Helper()
	return New(Options{Files: memory{func() io.Reader { return bytes.NewReader(data) }}, TempDir: t.TempDir()}), file.Ref{Size: int64(len(data))}
}

// readAll reads every record of a content as an import would; why is the code of what
// refuses it whole.
func readAll(t testing.TB, data []byte, w wishes) (form Form, records [][]string, why string) {
	t.Helper()
	s, ref := heldContent(t, data)
	form, at, err := s.inspect(t.Context(), ref, w)
	if err != nil {
		return form, nil, codeOf(err)
	}
	src, err := s.read(t.Context(), ref, form, at)
	if err != nil {
		return form, nil, codeOf(err)
	}
	defer src.close() //nolint:errcheck // read only
	for {
		rec, err := src.next()
		switch {
		case errors.Is(err, io.EOF):
			return form, records, why
		case err != nil:
			return form, records, codeOf(err)
		case rec.open && !w.unterminated:
			why = "import.cut"
		}
		if !rec.blank() {
			if rec.fault != "" {
				rec.cells = []string{"!" + rec.fault}
			}
			records = append(records, rec.cells)
		}
	}
}

func codeOf(err error) string {
	e := fault.As(err)
	if len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return e.Code
}

func packed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each form a file may come in is read to the same cells, and said.
func TestForms(t *testing.T) {
	t.Parallel()
	text := "Référence;Prix;Été\r\nA1;12,5;\"dit \"\"oui\"\"\"\r\n\r\nB2;;\"deux\nlignes; une cellule\"\r\n"
	want := [][]string{{"A1", "12,5", `dit "oui"`}, {"B2", "", "deux\nlignes; une cellule"}}
	encode := func(e interface{ String(string) (string, error) }) []byte {
		out, err := e.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(out)
	}
	for name, c := range map[string]struct {
		data []byte
		form Form
	}{
		"utf-8":         {[]byte(text), Form{Charset: UTF8, Separator: Semicolon}},
		"utf-8 marked":  {[]byte(markUTF8 + text), Form{Charset: UTF8, Separator: Semicolon, Mark: true}},
		"windows":       {encode(charmap.Windows1252.NewEncoder()), Form{Charset: Windows1252, Separator: Semicolon}},
		"utf-16 little": {encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()), Form{Charset: UTF16LE, Separator: Semicolon, Mark: true}},
		"utf-16 big":    {encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()), Form{Charset: UTF16BE, Separator: Semicolon, Mark: true}},
		"gzip":          {packed(t, []byte(text)), Form{Charset: UTF8, Separator: Semicolon, Gzip: true}},
		"tab":           {[]byte(strings.NewReplacer(";", "\t", "lignes\t", "lignes;").Replace(text)), Form{Charset: UTF8, Separator: Tab}},
		"bar":           {[]byte(strings.ReplaceAll(text, ";", "|")), Form{Charset: UTF8, Separator: Pipe}},
	} {
		form, got, why := readAll(t, c.data, wishes{})
		if why != "" {
			t.Errorf("%s: refused for %s", name, why)
			continue
		}
		if !slices.Equal(form.Header, []string{"Référence", "Prix", "Été"}) || form.HeaderLine != 1 || form.Lines != 4 {
			t.Errorf("%s: form %+v", name, form)
		}
		form.Header, form.HeaderLine, form.Lines = nil, 0, 0
		if fmt.Sprint(form) != fmt.Sprint(c.form) {
			t.Errorf("%s: form %+v; want %+v", name, form, c.form)
		}
		for i := range want {
			for j := range want[i] {
				cell := want[i][j]
				switch c.form.Separator {
				case Tab:
					cell = strings.ReplaceAll(cell, "; ", "\t ")
				case Pipe:
					cell = strings.ReplaceAll(cell, "; ", "| ")
				}
				if c.form.Separator != Tab && (len(got) != len(want) || got[i][j] != cell) {
					t.Errorf("%s: %q; want %q", name, got, want)
				}
			}
		}
	}
}

// What is wrong with a record is told, and the next one is read again properly.
func TestWrongRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", RecordBytesMax+1)
	for name, c := range map[string]struct {
		body string
		want [][]string
	}{
		"text behind a quote":    {"\"a\"b;c\nd;e\n", [][]string{{"!import.quote"}, {"d", "e"}}},
		"a quote inside":         {"a\"b;c\n", [][]string{{`a"b`, "c"}}},
		"spaces behind a quote":  {"\"a\"  ;c\n", [][]string{{"a", "c"}}},
		"a long line":            {long + ";b\nd;e\n", [][]string{{"!import.line_too_long"}, {"d", "e"}}},
		"a long quoted cell":     {"\"" + long + "\";b\nd;e\n", [][]string{{"!import.line_too_long"}, {"d", "e"}}},
		"a quote over the bound": {"\"a\n" + strings.Repeat("row;row\n", RecordBytesMax/4), nil},
		"two long lines":         {strings.Repeat(long+"\n", 40) + "d;e\n", nil},
		"empty cells":            {";\n\n ; \na;\n", [][]string{{"a", ""}}},
		"the longest line":       {long[:RecordBytesMax-2] + ";b\n", [][]string{{long[:RecordBytesMax-2], "b"}}},
	} {
		_, got, why := readAll(t, []byte("h1;h2\n"+c.body), wishes{})
		if why != "" {
			t.Errorf("%s: %s", name, why)
		}
		switch name {
		case "a quote over the bound":
			if len(got) != 1+RecordBytesMax/4 || got[0][0] != "!import.line_too_long" || got[1][1] != "row" {
				t.Errorf("%s: %d records, %q", name, len(got), got[:2])
			}
		case "two long lines":
			if len(got) != 41 || got[39][0] != "!import.line_too_long" || got[40][0] != "d" {
				t.Errorf("%s: %d records", name, len(got))
			}
		default:
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s: %.200q", name, fmt.Sprint(got))
			}
		}
	}
}

// sample is a file with everything in it that a cut can fall into: letters of several
// bytes, quoted cells with separators, doubled quotes and line ends.
func sample(size int) []byte {
	var b bytes.Buffer
	b.WriteString("code;name;value\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "K%d;\"Été \"\"%d\"\"; à\nla ligne\";%d\nS%d;simple é;%d\r\n", i, i, i, i, i)
	}
	return b.Bytes()
}

// A file cut at any byte is refused, or ends between two records: then it is shorter
// by whole records, which the number of rows its sender says finds out.
func TestTornAtEveryByte(t *testing.T) {
	t.Parallel()
	data := sample(64 << 10)
	if testing.Short() {
		data = sample(6 << 10)
	}
	torn(t, data, 1)
}

// The same at 4,096 places of a larger file.
func TestTornLarge(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("short")
	}
	data := sample(1 << 20)
	torn(t, data, len(data)/4096)
}

func torn(t *testing.T, data []byte, step int) {
	t.Helper()
	_, whole, why := readAll(t, data, wishes{})
	if why != "" {
		t.Fatal(why)
	}
	between, refused := 0, 0
	for cut := 0; cut < len(data); cut += step {
		_, got, why := readAll(t, data[:cut], wishes{})
		if why != "" {
			refused++
			continue
		}
		between++
		if data[cut-1] != '\n' || len(got) >= len(whole) {
			t.Fatalf("cut at %d: accepted with %d records", cut, len(got))
		}
		for i, rec := range got {
			if !slices.Equal(rec, whole[i]) {
				t.Fatalf("cut at %d: record %d is %q; want %q", cut, i, rec, whole[i])
			}
		}
	}
	if refused == 0 || step == 1 && between == 0 {
		t.Fatalf("%d cuts refused, %d between records", refused, between)
	}
}

// A compressed file that is cut anywhere is refused.
func TestTornGzip(t *testing.T) {
	t.Parallel()
	data := packed(t, sample(20<<10))
	for cut := range len(data) {
		if _, _, why := readAll(t, data[:cut], wishes{}); why == "" {
			t.Fatalf("cut at %d of %d: accepted", cut, len(data))
		}
	}
	for _, at := range []int{12, len(data) / 2, len(data) - 5} {
		flipped := bytes.Clone(data)
		flipped[at] ^= 0x10
		if _, _, why := readAll(t, flipped, wishes{}); why == "" {
			t.Fatalf("flipped at %d: accepted", at)
		}
	}
}

// Reading on from any position gives the records that follow.
func TestPositions(t *testing.T) {
	t.Parallel()
	text := string(sample(4 << 10))
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"utf-8": []byte(text), "utf-16": []byte(wide), "windows": []byte(narrow), "gzip": packed(t, []byte(text)),
		"xlsx": testBook(t, bookOf(strings.Repeat(`<row><c><v>1</v></c><c t="inlineStr"><is><t>é</t></is></c></row>`, 50))),
	} {
		s, ref := heldContent(t, data)
		form, at, err := s.inspect(t.Context(), ref, wishes{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		src, err := s.read(t.Context(), ref, form, at)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for {
			here := src.at()
			want, end := src.next()
			again, err := s.read(t.Context(), ref, form, here)
			if err != nil {
				t.Fatalf("%s at %+v: %v", name, here, err)
			}
			got, err := again.next()
			if fmt.Sprint(got, err) != fmt.Sprint(want, end) {
				t.Fatalf("%s at %+v: %+v %v; want %+v %v", name, here, got, err, want, end)
			}
			if err := again.close(); err != nil {
				t.Fatal(err)
			}
			if end != nil {
				break
			}
		}
		if err := src.close(); err != nil {
			t.Fatal(err)
		}
	}
}

// rows repeats a line up to a size without holding it.
type endless struct {
	head, line string
	left       int64
	rest       string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.head != "" {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	if e.left <= 0 && e.rest == "" {
		return 0, io.EOF
	}
	if e.rest == "" {
		e.rest = strings.Repeat(e.line, 1+(32<<10)/len(e.line))
		e.left -= int64(len(e.rest))
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// Whatever the file is, memory stays bounded: a bomb ends at its bound.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := io.Copy(w, &endless{head: "a;b\n", line: "1;2\n", left: PlainBytesMax + 1<<20}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		open func() io.Reader
		want string
	}{
		"256 MB of lines": {func() io.Reader { return &endless{head: "a;b\n", line: "1;2\n", left: FileBytesMax} }, ""},
		"one line":        {func() io.Reader { return &endless{head: "a;b\n", line: "x", left: 200 << 20} }, "import.unterminated"},
		"one quote":       {func() io.Reader { return &endless{head: "a;b\n\"", line: "x", left: 100 << 20} }, "import.unterminated"},
		"gzip":            {func() io.Reader { return bytes.NewReader(bomb.Bytes()) }, "import.too_large"},
	} {
		s := New(Options{Files: memory{c.open}})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		form, at, err := s.inspect(t.Context(), file.Ref{}, wishes{})
		if err != nil && codeOf(err) != c.want || err == nil && c.want != "" {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		if err == nil {
			sc := script{Form: form, Layout: layout{0, 1}}
			k := &kindInfo{columns: []Column{{Name: "a"}, {Name: "b"}}}
			for range 3 {
				ch, err := s.chunkAt(t.Context(), 1, k, sc, at)
				if err != nil || len(ch.rows) != ChunkRows {
					t.Fatalf("%s: %d rows, %v", name, len(ch.rows), err)
				}
				at = ch.to
			}
		}
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
			t.Errorf("%s: %d MB in use", name, grown>>20)
		}
		if err := s.drop(1); err != nil {
			t.Error(err)
		}
	}
}

// Names and synonyms of a header, whatever their case, accents and spaces.
func TestArrange(t *testing.T) {
	t.Parallel()
	k := &kindInfo{columns: []Column{
		{Name: "code", Required: true, Synonyms: []string{"N° de compteur"}},
		{Name: "held_on", Expected: true, Synonyms: []string{"date de relève"}},
		{Name: "note"},
	}}
	for _, c := range []struct {
		header  []string
		wishes  []wish
		want    layout
		missing int
		code    string
	}{
		{header: []string{"CODE", "Held On", "Note"}, want: layout{0, 1, 2}},
		{header: []string{"n° DE COMPTEUR", "Date-de-Releve", "autre"}, want: layout{0, 1, unused}},
		{header: []string{"code", "autre"}, want: layout{0, unused}, missing: 1},
		{header: []string{"code", "code", "held_on"}, want: layout{0, unused, 1}, missing: 1},
		{header: []string{"code", "x", "held_on"}, wishes: []wish{{"note", "x"}}, want: layout{0, 2, 1}},
		{header: []string{"code", "x", "held_on"}, wishes: []wish{{"code", "x"}}, want: layout{unused, 0, 1}},
		{header: []string{"code", "held_on", "note"}, wishes: []wish{{"note", ""}}, want: layout{0, 1, unused}},
		{header: []string{"code", "held_on"}, wishes: []wish{{"note", "code"}}, want: layout{2, 1}, missing: 1},
		{header: []string{"code", "held_on"}, wishes: []wish{{"note", "code"}, {"code", "code"}}, code: "import.header_twice"},
		{header: []string{"code", "held_on", "line", "column", "value", "rule", "reason"}, want: layout{0, 1, unused, unused, unused, unused, unused}},
	} {
		m, err := k.arrange(c.header, c.wishes)
		if c.code != "" {
			if codeOf(err) != c.code {
				t.Errorf("%q %v: %v; want %s", c.header, c.wishes, err, c.code)
			}
			continue
		}
		if err != nil || !slices.Equal(m.layout, c.want) || len(m.missing) != c.missing {
			t.Errorf("%q %v: %v, missing %v, %v", c.header, c.wishes, m.layout, m.missing, err)
		}
	}
	if foldHeader("N° de Compteur (réel)") != "ndecompteurreel" || foldHeader("Σ") == "" || foldHeader(db.Fold("É")) != "e" {
		t.Errorf("folded: %q", foldHeader("N° de Compteur (réel)"))
	}
}
