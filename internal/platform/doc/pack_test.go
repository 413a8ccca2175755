package doc

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The table of a document says where each object is, and every stream is as long as it
// says and opens.
func TestPackedPlaces(t *testing.T) {
	t.Parallel()
	p := begun(t, NewFonts(), A4(), 0)
	for i := range 3 {
		p.Page()
		p.Text(20*MM, 20*MM, Start, Type{Size: 90}, strings.Repeat(fmt.Sprintf("Page %d endobj ", i), 40))
	}
	body, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?s)startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(body)
	if start == nil {
		t.Fatalf("ends with %q", body[len(body)-60:])
	}
	at, _ := strconv.Atoi(string(start[1]))
	rows := regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`).FindAllSubmatch(body[at:], -1)
	if !bytes.HasPrefix(body[at:], fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(rows)+1)) || len(rows) < 10 {
		t.Fatalf("the table is %q", body[at:at+40])
	}
	packed := 0
	for i, row := range rows {
		place, _ := strconv.Atoi(string(row[1]))
		if !bytes.HasPrefix(body[place:], fmt.Appendf(nil, "%d 0 obj\n", i+1)) {
			t.Errorf("object %d is not at %d: %q", i+1, place, body[place:place+20])
		}
		m := regexp.MustCompile(`(?s)^\d+ 0 obj\n<</Filter /FlateDecode /Length (\d+)>>\nstream\n`).FindSubmatchIndex(body[place:])
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(string(body[place+m[2] : place+m[3]]))
		stream := body[place+m[1]:]
		r, err := zlib.NewReader(bytes.NewReader(stream[:n]))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil || !bytes.HasPrefix(stream[n:], []byte("\nendstream\nendobj\n")) {
			t.Errorf("object %d: %v, then %q", i+1, err, stream[n:n+20])
		}
		if bytes.Contains(plain, []byte(" Tj")) || bytes.Contains(plain, []byte(" TJ")) {
			packed++
		}
	}
	if packed < 3 {
		t.Errorf("%d pages are packed", packed)
	}
}

// What is not a document of the library is refused, whatever its table says.
func TestPackRefuses(t *testing.T) {
	t.Parallel()
	table := func(rows string) string {
		return "%PDF-1.3\n1 0 obj\n<<>>\nendobj\nxref\n" + rows + "trailer\n<<\n>>\nstartxref\n29\n%%EOF\n"
	}
	const none, one = "0000000000 65535 f \n", "0000000009 00000 n \n"
	k := &packers{}
	if out, err := k.pack([]byte(table("0 2\n" + none + one))); err != nil || string(out) != table("0 2\n"+none+one) {
		t.Errorf("%q, %v", out, err)
	}
	for _, bad := range []string{
		"", "startxref\n", "startxref\nx\n", "startxref\n-7\n", "startxref\n999\n", table("0 2\n" + none), table("0 9\n" + none + one), table("0 x\n" + none + one),
		table("0 2\n" + one + one), table("0 2\n" + none + "00000000x9 00000 n \n"), table("0 2\n" + none + "0000009999 00000 n \n"),
		table("0 3\n" + none + one + one),
	} {
		if out, err := k.pack([]byte(bad)); err == nil {
			t.Errorf("%q was packed: %q", bad, out)
		}
	}
}
