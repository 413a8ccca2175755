package doc

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"wasl/internal/kernel/fault"
)

// widths128 are the bar and space widths of Code 128 by value, from ISO/IEC 15417
// table 1, up to the values this test reads.
func widths128() []string {
	return strings.Fields(`212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221
		223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311
		211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
		314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242
		121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141
		411131 211412 211214 211232 2331112`)
}

// TestBars reads the bars back with the table of the standard: start, values, check
// digit and stop. The values and the check digit of the first are worked out by hand:
// start B 104, then W55 i73 k75 i73 p80 e69 d68 i73 a65; (104 + 55·1 + 73·2 + 75·3 +
// 73·4 + 80·5 + 69·6 + 68·7 + 73·8 + 65·9) mod 103 = 3281 mod 103 = 88.
func TestBars(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"Wikipedia": "104 55 73 75 73 80 69 68 73 65 88 106",
		// Start C 105, pairs 12 34; (105 + 12 + 2·34) mod 103 = 185 − 103 = 82.
		"1234": "105 12 34 82 106",
	} {
		s, err := Bars(content)
		if err != nil {
			t.Fatal(err)
		}
		if got := values128(t, s); got != want {
			t.Errorf("%s: %s, want %s", content, got, want)
		}
	}
}

// values128 reads a row of bars; it fails on what the table does not know and on a
// quiet zone narrower than ten modules.
func values128(t *testing.T, s Symbol) string {
	t.Helper()
	row := ""
	for x := range s.Width {
		row += map[bool]string{true: "#", false: "."}[s.Dark(x, 0)]
	}
	quiet := strings.Repeat(".", 10)
	if !strings.HasPrefix(row, quiet+"#") || !strings.HasSuffix(row, "#"+quiet) {
		t.Fatalf("the quiet zones are not ten modules wide: %s", row)
	}
	row = strings.Trim(row, ".")
	var widths string
	for len(row) > 0 {
		n := len(row) - len(strings.TrimLeft(row, row[:1]))
		widths, row = widths+fmt.Sprint(n), row[n:]
	}
	var out []string
	for len(widths) > 0 {
		n := 6
		if len(widths) == 7 {
			n = 7
		}
		value := -1
		for i, w := range widths128() {
			if w == widths[:n] {
				value = i
			}
		}
		if value < 0 {
			t.Fatalf("no character has the widths %s", widths[:n])
		}
		out, widths = append(out, fmt.Sprint(value)), widths[n:]
	}
	return strings.Join(out, " ")
}

// TestSymbolRefuses looks at what cannot be printed.
func TestSymbolRefuses(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "é", strings.Repeat("1", 81)} {
		if _, err := Bars(content); fault.CodeOf(err) != CodeSymbol {
			t.Errorf("bars of %q: %v, want %s", content, err, CodeSymbol)
		}
	}
	for _, content := range []string{"", strings.Repeat("a", SymbolMax+1)} {
		if _, err := QR(content); fault.CodeOf(err) != CodeSymbol {
			t.Errorf("QR of %d bytes: %v, want %s", len(content), err, CodeSymbol)
		}
	}
}

// TestPath draws a path again and compares it with the grid.
func TestPath(t *testing.T) {
	t.Parallel()
	s, err := QR("F-2026-1-00001234 346,56 DH")
	if err != nil {
		t.Fatal(err)
	}
	dark := map[[2]int]bool{}
	for part := range strings.SplitSeq(strings.TrimPrefix(s.Path(), "M"), "M") {
		var x, y, right, left int
		if _, err := fmt.Sscanf(part, "%d %dh%dv1h-%dz", &x, &y, &right, &left); err != nil || right != left {
			t.Fatalf("%q is no rectangle of one module's height: %v", part, err)
		}
		for i := range right {
			dark[[2]int{x + i, y}] = true
		}
	}
	for y := range s.Height {
		for x := range s.Width {
			if s.Dark(x, y) != dark[[2]int{x, y}] {
				t.Fatalf("the module %d, %d differs from the path", x, y)
			}
		}
	}
}

// TestQRIsRead lets another program read the code, where one is installed.
func TestQRIsRead(t *testing.T) {
	t.Parallel()
	reader, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed")
	}
	for _, content := range []string{"F-2026-1-00001234|346.56", "https://wasl.example/verifier/R-4-26-08817?code=9f3c", strings.Repeat("0123456789", 21)} {
		s, err := QR(content)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "qr.pgm")
		if err := os.WriteFile(path, pgm(s), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), reader, "--raw", "-q", path).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != content {
			t.Errorf("read %q, want %q: %v", got, content, err)
		}
	}
}

// pgm is a symbol as a grey image, four points a module.
func pgm(s Symbol) []byte {
	const points = 4
	out := fmt.Appendf(nil, "P5 %d %d 255\n", s.Width*points, s.Height*points)
	for y := range s.Height * points {
		for x := range s.Width * points {
			grey := byte(255)
			if s.Dark(x/points, y/points) {
				grey = 0
			}
			out = append(out, grey)
		}
	}
	return out
}

// TestQRAgainstAnother compares with another encoder of byte mode at level M, over every
// length of every version. Both take the mask with the least penalty.
func TestQRAgainstAnother(t *testing.T) {
	t.Parallel()
	for n := 1; n <= SymbolMax; n++ {
		content := strings.Repeat("Facture F2026-1-1-00001874/346.56 ", 7)[:n]
		ours := qrEncode(content)
		theirs, err := qr.Encode(content, qr.M, qr.Unicode)
		if err != nil {
			t.Fatal(err)
		}
		if theirs.Bounds().Dx() != ours.size || !same(ours, theirs) {
			t.Fatalf("%d bytes: %d modules beside %d, or others", n, ours.size, theirs.Bounds().Dx())
		}
	}
}

func same(g *qrGrid, other image.Image) bool {
	for y := range g.size {
		for x := range g.size {
			if r, _, _, _ := other.At(x, y).RGBA(); (r == 0) != g.at(x, y) {
				return false
			}
		}
	}
	return true
}
