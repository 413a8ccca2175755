package doc

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/testkit/pdftext"
)

// begun is a document of some faces.
func begun(t testing.TB, f *Fonts, format Format, at int64) *Paper {
	t.Helper()
	p, err := f.New(format, "Essai", time.Unix(at, 0))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTexts reads back what was set, with brackets, accents and signs outside Latin.
func TestTexts(t *testing.T) {
	t.Parallel()
	p := begun(t, NewFonts(), A4(), 0)
	want := [][]string{
		{"Facture d’électricité (nº 1)", `a\b`, "1\u202f234,56\u00a0DH", "œuvre"},
		{"Deuxième page", "ḥammām"},
	}
	for _, texts := range want {
		p.Page()
		for i, s := range texts {
			p.Text(20*MM, Length(20+10*i)*MM, Align(i%3), Type{Size: 90 + 10*i, Bold: i%2 == 1}, s)
		}
	}
	body, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	pages := pdftext.Pages(t, body)
	if len(pages) != len(want) {
		t.Fatalf("%d pages, want %d", len(pages), len(want))
	}
	for i, page := range pages {
		if page != strings.Join(want[i], "\n") {
			t.Errorf("page %d reads %q", i+1, page)
		}
	}
}

// TestAnotherReader lets poppler read the file, where it is installed: the letters of
// both faces are embedded and named.
func TestAnotherReader(t *testing.T) {
	t.Parallel()
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed")
	}
	p := begun(t, NewFonts(), A5(), 0)
	p.Page()
	p.Text(10*MM, 20*MM, Start, Type{Size: 100}, "Électricité : 346,56")
	p.Text(10*MM, 30*MM, Start, Type{Size: 100, Bold: true}, "Montant")
	body, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), reader, "-", "-")
	c.Stdin = bytes.NewReader(body)
	out, err := c.Output()
	if err != nil || strings.Join(strings.Fields(string(out)), " ") != "Électricité : 346,56 Montant" {
		t.Errorf("read %q: %v", out, err)
	}
}

// TestSameBytes makes one document twice.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	made := func(f *Fonts) []byte {
		p := begun(t, f, A4(), 1_700_000_000)
		p.Page()
		p.Text(10*MM, 20*MM, Start, Type{Size: 100}, "Même contenu, mêmes octets")
		body, err := p.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	f := NewFonts()
	if first := made(f); !bytes.Equal(first, made(f)) || !bytes.Equal(first, made(NewFonts())) {
		t.Error("the same document differs from itself")
	}
}

// TestWidth measures by the advance widths of Noto Sans: a digit is 572 thousandths of
// the size, so that ten digits at 10 points are 57.2 points, or 20.18 mm.
func TestWidth(t *testing.T) {
	t.Parallel()
	p := begun(t, NewFonts(), A4(), 0)
	if got := p.Width(Type{Size: 100}, "0123456789"); got != 2017 && got != 2018 {
		t.Errorf("ten digits are %d hundredths of a millimetre wide, want 2017 or 2018", got)
	}
	narrow, wide := p.Width(Type{Size: 100}, "Montant"), p.Width(Type{Size: 100, Bold: true}, "Montant")
	if narrow >= wide {
		t.Errorf("the bold face (%d) is not wider than the regular one (%d)", wide, narrow)
	}
}

// TestWrap keeps every line within its width, loses no word as long as there are lines,
// and marks what it cut.
func TestWrap(t *testing.T) {
	t.Parallel()
	p := begun(t, NewFonts(), A4(), 0)
	face, text := Type{Size: 90}, "Quatre cent trente-deux mille dirhams et cinquante-six centimes"
	lines := p.Wrap(face, text, 40*MM, 9)
	if strings.Join(lines, " ") != text || len(lines) < 2 {
		t.Errorf("the lines do not make up the text: %q", lines)
	}
	cut := p.Wrap(face, text, 40*MM, 2)
	if len(cut) != 2 || !strings.HasSuffix(cut[1], "…") {
		t.Errorf("two lines: %q", cut)
	}
	for _, line := range append(lines, cut...) {
		if p.Width(face, line) > 40*MM {
			t.Errorf("%q is wider than its place", line)
		}
	}
}

// TestArabic sets names in their joined forms from right to left. The forms are those
// of the Unicode charts: meem FEE1 alone, FEE2 end, FEE3 beginning, FEE4 middle; hah
// FEA3 beginning, FEA4 middle; dal FEA9 alone, FEAA end; lam with alef FEFB alone, FEFC
// end; alef FE8D, FE8E; reh FEAD, FEAE; beh FE91 beginning; tah FEC2 end.
func TestArabic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"joined", "\u0645\u062d\u0645\u062f", "\ufeaa\ufee4\ufea4\ufee3"},
		{"alone", "\u0645", "\ufee1"},
		{"lam alef", "\u0644\u0627", "\ufefb"},
		{"lam alef at the end", "\u0645\u0644\u0627", "\ufefc\ufee3"},
		// After lam, reh takes its shape at the end; beh begins anew.
		{"alef does not join", "\u0627\u0644\u0631\u0628\u0627\u0637", "\ufec1\ufe8e\ufe91\ufeae\ufedf\ufe8d"},
		{"vowel signs go", "\u0645\u064f\u062d", "\ufea2\ufee3"},
		{"digits keep their order", "\u0645 12", "12 \ufee1"},
		{"in a French line", "M. \u0645\u062d, Rabat", "M. \ufea2\ufee3, Rabat"},
		{"no Arabic", "Facture nº 12", "Facture nº 12"},
	} {
		if got := visual(c.in); got != c.want {
			t.Errorf("%s: %+q, want %+q", c.name, got, c.want)
		}
	}
	f, err := readFaces()
	if err != nil {
		t.Fatal(err)
	}
	for key, shapes := range arabicForms() {
		if key[1] != 0 || key[0] < 0x621 || key[0] > 0x64a {
			continue
		}
		if !slices.Contains([]int{1, 2, 4}, len(shapes)) {
			t.Errorf("U+%04X has %d shapes", key[0], len(shapes))
		}
		for _, r := range shapes {
			if f[0].widths[r] == f[0].widths[0xe000] {
				t.Errorf("the face has no U+%04X", r)
			}
		}
	}
}

// TestPrintable leaves out what turns a line around or has no shape.
func TestPrintable(t *testing.T) {
	t.Parallel()
	if got := printable("a\u202eb\tc\u200f\U0001f600\u2212d"); got != "abc\u2013d" {
		t.Errorf("%q", got)
	}
}
