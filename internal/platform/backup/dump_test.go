package backup

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
)

func columnsOfAll() []Column {
	return []Column{
		{"i", typeInt}, {"b", typeBool}, {"m", typeInstant}, {"d", typeDate}, {"t", typeText}, {"x", typeBytes},
	}
}

// TestLinesReadBack: any row written is read back as it was.
func TestLinesReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newCells(columnsOfAll())
		want := make([]any, len(c.dest))
		if rapid.Bool().Draw(t, "int") {
			n := rapid.Int64().Draw(t, "i")
			*c.dest[0].(**int64), want[0] = &n, n
		}
		if rapid.Bool().Draw(t, "bool") {
			b := rapid.Bool().Draw(t, "b")
			*c.dest[1].(**bool), want[1] = &b, b
		}
		if rapid.Bool().Draw(t, "instant") {
			m := time.UnixMicro(rapid.Int64Range(-1e16, 1e16).Draw(t, "m")).UTC()
			*c.dest[2].(*time.Time), want[2] = m, m
		}
		if rapid.Bool().Draw(t, "date") {
			d := day.FromUTC(time.Unix(rapid.Int64Range(-3e10, 2e11).Draw(t, "d"), 0).UTC())
			*c.dest[3].(*day.Date), want[3] = d, d
		}
		if rapid.Bool().Draw(t, "text") {
			s := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("\\\t\n\rNntr x")), 0, 20, -1)).Draw(t, "s")
			*c.dest[4].(**string), want[4] = &s, s
		}
		if rapid.Bool().Draw(t, "bytes") {
			x := rapid.SliceOf(rapid.Byte()).Draw(t, "x")
			*c.dest[5].(*[]byte), want[5] = x, x
		}
		line := c.appendTo(nil)
		if bytes.Count(line, []byte("\n")) != 1 || bytes.Count(line, []byte("\t")) != len(want)-1 {
			t.Fatalf("a value breaks the line: %q", line)
		}
		got, err := parseLine(line[:len(line)-1], c.columns)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q reads as %v (%v), want %v", line, got, err, want)
		}
	})
}

// TestBadLines: what this package never writes is refused, not guessed.
func TestBadLines(t *testing.T) {
	t.Parallel()
	good := `1	0	5	2026-06-02	x	x00`
	if _, err := parseLine([]byte(good), columnsOfAll()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "1", good + "\t", good + "\tx", "x\t0\t5\t2026-06-02\tx\tx00", "1\t2\t5\t2026-06-02\tx\tx00", "1\t0\t5s\t2026-06-02\tx\tx00",
		"1\t0\t5\t02/06/2026\tx\tx00", "1\t0\t5\t2026-02-30\tx\tx00", "1\t0\t5\t2026-06-02\t\\q\tx00", "1\t0\t5\t2026-06-02\t\\\tx00",
		"1\t0\t5\t2026-06-02\tx\t00", "1\t0\t5\t2026-06-02\tx\tx0", "1\t0\t5\t2026-06-02\tx\txzz", "1\t0\t5\t2026-06-02\tx\t", "1e3\t0\t5\t2026-06-02\tx\tx00",
	} {
		if row, err := parseLine([]byte(bad), columnsOfAll()); err == nil {
			t.Errorf("%q was read as %v", bad, row)
		}
	}
	for _, err := range parseRows(strings.NewReader("1\n2"), []Column{{"i", typeInt}}) {
		if err != nil && !errors.Is(err, errLine) {
			t.Errorf("a line cut short: %v", err)
		}
	}
	n := 0
	for _, err := range parseRows(strings.NewReader("1\n2"), []Column{{"i", typeInt}}) {
		if err == nil {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d rows of a file cut short, want 1", n)
	}
}

func FuzzUnescape(f *testing.F) {
	for _, s := range []string{"", `\N`, "a\tb", `\\`, "é\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		if got, err := unescape(appendText(nil, s)); err != nil || got != s {
			t.Errorf("%q reads back as %q (%v)", s, got, err)
		}
		if plain, err := unescape([]byte(s)); err == nil {
			if again, err := unescape(appendText(nil, plain)); err != nil || again != plain {
				t.Errorf("%q: %q reads back as %q (%v)", s, plain, again, err)
			}
		}
	})
}

// FuzzKeys: no content of keys.enc makes the program panic or use much memory.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"kdf":"argon2id","memory_kib":64,"time":1,"threads":1,"cipher":"aes-256-gcm","salt":"AAAA","nonce":"AAAAAAAAAAAAAAAA","data":"AAAA"}`))
	f.Add([]byte(`{"kdf":"argon2id","memory_kib":4294967295,"time":255,"threads":255}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if plain, err := openKeys(body, []byte("a passphrase")); err == nil {
			t.Errorf("%q was opened: %v", body, plain)
		}
	})
}
