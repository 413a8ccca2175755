package cli

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

// tableRow is a row with a record that has words, one that has none, and a nested list.
type tableRow struct {
	ID      op.ID        `json:"id"`
	Unit    op.ID        `json:"unit" out:"ref=unit"`
	Entry   op.ID        `json:"entry"`
	Amount  money.Amount `json:"amount"`
	Version int64        `json:"version"`
	Lines   []tableLine  `json:"lines"`
}

type tableLine struct {
	Unit op.ID  `json:"unit" out:"ref=unit"`
	Name string `json:"name"`
}

func tableConsole(t *testing.T, out *bytes.Buffer) *console {
	t.Helper()
	texts, err := text.Load(os.DirFS("../../platform/text"))
	if err != nil {
		t.Fatal(err)
	}
	c := &console{words: render.NewWords(texts, "fr"), labels: func(kind string, ids []int64) (map[int64]string, error) {
		if kind != "unit" {
			t.Errorf("asked for the words of %s", kind)
		}
		words := map[int64]string{}
		for _, id := range ids {
			if id == 7 {
				words[id] = "BM Centre Béni Mellal"
			}
		}
		return words, nil
	}}
	c.Stdout, c.Registry = out, op.NewRegistry()
	return c
}

// Records are by their words, amounts stand one above the other, and what a command asks
// for comes last.
func TestTableForPeople(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := tableConsole(t, &out)
	d := &op.Def{Spec: op.Spec{Name: "shop.thing.list"}, Columns: op.ColumnsOf(reflect.TypeFor[tableRow]())}
	w := &tableRowsWriter{t: c, d: d, out: &out, columns: shownColumns(d.Columns, []string{"id"}, false)}
	for _, row := range []tableRow{{ID: 1, Unit: 7, Entry: 55, Amount: 12_345_67, Version: 3}, {ID: 2, Unit: 8, Entry: 56, Amount: 5, Version: 12}} {
		if err := w.row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.end(""); err != nil {
		t.Fatal(err)
	}
	want := "Unité                    Montant  Numéro interne  Version\n" +
		"BM Centre Béni Mellal  12\u202f345,67  1                     3\n" +
		"8                           0,05  2                    12\n"
	if out.String() != want {
		t.Errorf("table:\n%s\nnot:\n%s", out.String(), want)
	}
	c.ids = true
	out.Reset()
	w = &tableRowsWriter{t: c, d: d, out: &out, columns: shownColumns(d.Columns, []string{"id"}, true)}
	if err := w.row(tableRow{ID: 1, Unit: 7, Entry: 55}); err != nil {
		t.Fatal(err)
	}
	if err := w.end(""); err != nil || strings.Contains(out.String(), "Béni") || !strings.Contains(out.String(), "55") {
		t.Errorf("with ids: %v\n%s", err, out.String())
	}
}

// The lines of a record are a table of their own.
func TestRecordForPeople(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := tableConsole(t, &out)
	d := &op.Def{Spec: op.Spec{Name: "shop.thing.show"}, Columns: op.ColumnsOf(reflect.TypeFor[tableRow]())}
	if err := c.printRecord(d, tableRow{ID: 1, Unit: 7, Lines: []tableLine{{7, "Eau"}}}); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	if strings.ContainsAny(got, "{[") || strings.Count(got, "BM Centre Béni Mellal") != 2 || !strings.Contains(got, "  BM Centre Béni Mellal  Eau\n") {
		t.Errorf("record:\n%s", got)
	}
}
