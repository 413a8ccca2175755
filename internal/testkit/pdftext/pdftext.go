// Package pdftext reads the texts of PDF files that use the two-byte codes of their
// letters as Unicode, for tests: it knows nothing of the program that wrote them.
package pdftext

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
)

// Pages gives the texts of each page in the order in which they are set, one a line.
// Streams without text (faces, symbols) are no pages.
func Pages(t testing.TB, pdf []byte) []string {
	t.Helper()
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf[max(0, len(pdf)-16):], []byte("%%EOF")) {
		t.Fatal("this is no whole PDF file")
	}
	var pages []string
	for _, found := range regexp.MustCompile(`(?s)/Filter /FlateDecode /Length \d+>>\nstream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(found[1]))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if texts := texts(content); len(texts) > 0 {
			pages = append(pages, strings.Join(texts, "\n"))
		}
	}
	return pages
}

// texts are the strings that "Tj" shows.
func texts(content []byte) []string {
	var out []string
	for i := 0; i < len(content); i++ {
		if content[i] != '(' {
			continue
		}
		var raw []byte
		for i++; i < len(content) && content[i] != ')'; i++ {
			c := content[i]
			if c == '\\' {
				i++
				if c = content[i]; c == 'r' {
					c = '\r'
				}
			}
			raw = append(raw, c)
		}
		if bytes.HasPrefix(content[i:], []byte(") Tj")) {
			out = append(out, decoded(raw))
		}
	}
	return out
}

func decoded(raw []byte) string {
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

// Says wants texts on a page, each by itself, and others not.
func Says(t testing.TB, page string, want, not []string) {
	t.Helper()
	lines := map[string]bool{}
	for line := range strings.SplitSeq(page, "\n") {
		lines[line] = true
	}
	for _, w := range want {
		if !lines[w] {
			t.Errorf("the page does not say %q:\n%s", w, page)
		}
	}
	for _, w := range not {
		if lines[w] {
			t.Errorf("the page says %q", w)
		}
	}
}
