package intake

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzKind has a column of each type.
func fuzzKind() *kindInfo {
	return &kindInfo{columns: []Column{
		{Name: "a"},
		{Name: "b", Type: Lines},
		{Name: "c", Type: Code},
		{Name: "d", Type: Whole},
		{Name: "e", Type: Quantity},
		{Name: "f", Type: Amount},
		{Name: "g", Type: Date},
		{Name: "h", Type: Month},
		{Name: "i", Type: Choice, Values: []string{"x"}},
		{Name: "j", Type: Flag},
	}}
}

// FuzzFile: any content is read or refused, never a panic, and what is read has the
// shape of its header.
func FuzzFile(f *testing.F) {
	f.Add([]byte("a;b;c\n1;\"2\n3\";4\n"))
	f.Add([]byte(markUTF16LE + "a\x00;\x00b\x00\n\x00"))
	f.Add([]byte(markUTF8 + "a,b\n\"é\",1\n"))
	f.Add(packed(f, []byte("a\tb\n1\t2\n")))
	f.Add(testBook(f, bookOf(`<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="2"><v>46053.5</v></c></row>`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ref := heldContent(t, data)
		form, at, err := s.inspect(t.Context(), ref, wishes{unterminated: true})
		if err != nil {
			return
		}
		if len(form.Header) > ColumnsMax {
			t.Fatalf("%d columns", len(form.Header))
		}
		k := fuzzKind()
		m, err := k.arrange(form.Header, nil)
		if err != nil {
			t.Fatal(err)
		}
		sc := script{Form: form, Layout: m.layout}
		for {
			c, err := s.chunkAt(t.Context(), 1, k, sc, at)
			if err != nil {
				return
			}
			for _, row := range c.rows {
				for i := range k.columns {
					if row.misread == 0 && !utf8.ValidString(row.Text(i)) && form.Charset != Workbook {
						t.Fatalf("line %d: %q", row.Line, row.Text(i))
					}
				}
			}
			if at = c.to; c.last {
				break
			}
		}
		if err := s.drop(1); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzCells: any text in any column.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"", "1 234,56", "31/01/2026", "2026-01-31 00:00:00", "01/2026", "'=1+1", "oui", "\u0065\u0301", "-", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k := fuzzKind()
		for i := range k.columns {
			b := newBuilder(k, script{Form: Form{Header: []string{"h"}}, Layout: layout{i}})
			b.add(record{line: 2, cells: []string{s}})
			row := b.rows[0]
			if row.misread > 0 && row.Fate() != Rejected || row.misread == 0 && row.Fate() != Undecided {
				t.Fatalf("%s: %d faults, fate %d", k.columns[i].Name, row.misread, row.Fate())
			}
			row.reset()
			if len(row.Faults()) != row.misread {
				t.Fatalf("%s: reset changed the faults", k.columns[i].Name)
			}
		}
	})
}

// FuzzMap: any map is read or refused.
func FuzzMap(f *testing.F) {
	f.Add("a=x,b=y", "x;y")
	f.Add("name", "x")
	f.Add("a=", "a")
	f.Fuzz(func(t *testing.T, given, header string) {
		pairs, _, err := readMap([]string{given})
		if err != nil {
			return
		}
		names := strings.Split(header, ";")
		m, err := fuzzKind().arrange(names, pairs)
		if err == nil && len(m.layout) != len(names) {
			t.Fatalf("%d of %d columns", len(m.layout), len(names))
		}
	})
}
