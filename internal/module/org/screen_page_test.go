package org

import (
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// words are texts that show their keys.
type words struct{ screen.Texts }

func (words) T(key string, _ ...any) string { return key }

func (words) Has(key string) bool { return key == "page.org.fiscal.encaissement" }

func on(t *testing.T, iso string) (d day.Date) {
	t.Helper()
	if iso == "" {
		return d
	}
	d, err := day.Parse(iso)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func pageView(t *testing.T) *screen.View {
	t.Helper()
	return &screen.View{Texts: words{}, Today: on(t, "2026-11-22"), Set: screen.NewSet()}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	v := pageView(t)
	for _, c := range []struct{ from, to, want, last string }{
		{"2026-11-23", "", "page.org.planned", ""},
		{"2026-11-22", "", "page.org.current", ""},
		{"2019-01-01", "2026-11-23", "page.org.current", "22/11/2026"},
		{"2019-01-01", "2026-11-22", "page.org.past", "21/11/2026"},
		{"2026-12-01", "2027-01-01", "page.org.planned", "31/12/2026"},
	} {
		if got := standing(v, on(t, c.from), on(t, c.to)).Label; got != c.want {
			t.Errorf("from %s to %s: got %s, want %s", c.from, c.to, got, c.want)
		}
		if got := lastDay(on(t, c.to)); got != c.last {
			t.Errorf("last day before %s: got %s, want %s", c.to, got, c.last)
		}
	}
}

func TestReplacedOn(t *testing.T) {
	t.Parallel()
	all := []FiscalValue{
		{Parameter: VATRegime, ValidFrom: on(t, "2027-01-01"), Value: "debit"},
		{Parameter: VATRegime, ValidFrom: on(t, "2020-01-01"), Value: "encaissement"},
		{Parameter: ExerciseStart, ValidFrom: on(t, "2019-01-01"), Value: "1"},
	}
	for i, want := range []string{"", "2027-01-01", ""} {
		if got := replacedOn(all, i); got != on(t, want) {
			t.Errorf("value %d: got %s, want %q", i, got, want)
		}
	}
	v := pageView(t)
	for i, want := range []string{"debit", "page.org.fiscal.encaissement", "month.1"} {
		if got := fiscalWord(v, all[i]); got != want {
			t.Errorf("value %d: got %s, want %s", i, got, want)
		}
	}
}

// TestImportExample keeps the example of the page one that can be imported.
func TestImportExample(t *testing.T) {
	t.Parallel()
	f, err := readImport([]byte(importExample))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range f.records {
		if len(r.faults) > 0 {
			t.Errorf("line %d: %v", r.line, r.faults)
		}
		kind, known := readKind(r.cells[colKind])
		if _, err := day.ParseFrench(r.cells[colValidFrom]); err != nil || !known || !codeShape.MatchString(r.cells[colCode]) {
			t.Errorf("line %d: kind %q, date %v", r.line, kind, err)
		}
		codes = append(codes, r.cells[colCode])
	}
	if want := []string{"AG-SF", "CTR-0417", "CTR-0418", "GU-0417-1"}; !slices.Equal(codes, want) {
		t.Errorf("got %v, want %v", codes, want)
	}
}

// TestTreeNode: the path is open, the unit selected shows its children, the
// others are asked for when they are opened.
func TestTreeNode(t *testing.T) {
	t.Parallel()
	a := &unitsAsk{v: pageView(t), on: "2026-11-22", selected: 2, found: map[op.ID]bool{5: true}}
	side := treeSide{children: []TreeNode{{ID: 5, Code: "C", Kind: Centre, State: Open}, {ID: 6, Code: "D", Kind: Centre, State: Closed, Children: 1}}}
	top := TreeNode{ID: 1, Kind: Central, State: Open, Children: 2, Below: 1200, Nodes: []TreeNode{
		{ID: 2, Kind: Region, State: Open, Children: 2, Below: 1}, {ID: 3, Kind: Region, State: Open, Children: 4, Below: 4}, {ID: 4, Kind: Region, State: Open},
	}}
	got := a.node(top, 1, &side)
	if got.Count != ui.Number(1200) || !got.Open || len(got.Children) != 3 || got.Lazy != "" {
		t.Errorf("top: %+v", got)
	}
	here, other, leaf := got.Children[0], got.Children[1], got.Children[2]
	if !here.Current || !here.Open || len(here.Children) != 2 || side.below != 1 {
		t.Errorf("selected: %+v, below %d", here, side.below)
	}
	if !here.Children[0].Match || here.Children[1].Status == nil || !here.Children[1].Muted {
		t.Errorf("children: %+v", here.Children)
	}
	if want := "/org/children?at=2&level=3&on=2026-11-22&parent=3"; other.Open || other.Lazy != want {
		t.Errorf("closed level: got %q, want %q", other.Lazy, want)
	}
	if leaf.Lazy != "" || leaf.Open || leaf.Count != "" {
		t.Errorf("leaf: %+v", leaf)
	}
}
