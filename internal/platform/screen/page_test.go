package screen

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// keys are texts that show their own keys; only those given exist.
type keys map[string]bool

func (k keys) T(key string, _ ...any) string { return key }

func (k keys) Has(key string) bool { return k[key] }

func (k keys) Error(err error) (string, map[string]string) { return fault.CodeOf(err), nil }

func (k keys) Value(any) string { return "value" }

// viewAt is a view of an address without any operation.
func viewAt(t *testing.T, address string, texts ...string) *View {
	t.Helper()
	known := keys{}
	for _, key := range texts {
		known[key] = true
	}
	return &View{Texts: known, Set: NewSet(), Runner: &op.Runner{Registry: op.NewRegistry()}, Request: httptest.NewRequest("GET", address, nil)}
}

func find(t *testing.T, body, selector string) []*html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return cascadia.QueryAll(doc, cascadia.MustCompile(selector))
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func TestBar(t *testing.T) {
	t.Parallel()
	v := viewAt(t, "/page?unit=12")
	var b strings.Builder
	err := v.Bar(Bar{ID: "bar", Action: "/page", Kept: []ui.Pair{{Name: "all", Value: "true"}}, Fields: []ui.Field{
		{Name: "text", Label: "Nom", Value: `"><b>`, MaxLength: 80},
		{Name: "on", Label: "Date", Kind: ui.DateField, Value: "2026-11-22"},
		{Name: "module", Label: "Module", Kind: ui.EnumField, Value: "b", Options: []ui.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}},
		{Name: "read", Label: "Lecture", Kind: ui.BoolField, Value: "true"},
	}}).Render(&b)
	if err != nil {
		t.Fatal(err)
	}
	body := b.String()
	if forms := find(t, body, `form[method=get][action="/page"]`); len(forms) != 1 {
		t.Fatalf("no form in %s", body)
	}
	for _, label := range find(t, body, "label") {
		if len(find(t, body, "#"+attr(label, "for"))) != 1 {
			t.Errorf("label for %q has no control", attr(label, "for"))
		}
	}
	for selector, want := range map[string]string{
		"input[type=hidden][name=all]": "true", "input[type=hidden][name=unit]": "12", "input[type=search]": `"><b>`,
		"input[type=date]": "2026-11-22", "option[selected]": "b", "input[type=checkbox][checked]": "true",
	} {
		if got := find(t, body, selector); len(got) != 1 || attr(got[0], "value") != want {
			t.Errorf("%s: got %d nodes, want one of value %q", selector, len(got), want)
		}
	}
	if len(find(t, body, "b")) != 0 {
		t.Error("a value was taken for HTML")
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	v := viewAt(t, "/", "enum.state.locked")
	words := labelled{"unit": {12: "BM Béni Mellal"}}
	change := op.Change{
		Before: map[string]any{"id": "1", "version": json.Number("3"), "state": "active", "phone": ""},
		After: map[string]any{
			"id": "1", "version": json.Number("4"), "state": "locked", "phone": "", "unit": "12", "user": "99",
			"from": "2026-11-22", "rights": []any{"org.unit.list", "org.unit.add"},
			"stays": []any{map[string]any{"parent": "AG-BM", "valid_from": "2026-01-01"}},
		},
	}
	got := map[string]string{}
	for _, line := range v.differences(change, words) {
		got[line.Label] = line.Before + ">" + line.After
	}
	want := map[string]string{
		"field.state": "active>enum.state.locked", "field.unit": ">BM Béni Mellal", "field.user": ">99", "field.from": ">22/11/2026",
		"field.rights": ">op.org.unit.list, op.org.unit.add",
		"field.stays":  ">parent" + ui.HardSpace + ": AG-BM · valid_from" + ui.HardSpace + ": 01/01/2026",
	}
	for label, text := range want {
		if got[label] != text {
			t.Errorf("%s: got %q, want %q", label, got[label], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d lines, want %d: %v", len(got), len(want), got)
	}
}

// TestChangesOfOneFieldAreFolded sets three changes of one kind and field in one table;
// fewer, or others, keep a table each.
func TestChangesOfOneFieldAreFolded(t *testing.T) {
	t.Parallel()
	price := func(label, before, after string) op.Change {
		return op.Change{Kind: "sample", Label: label, Before: map[string]any{"total": before}, After: map[string]any{"total": after}}
	}
	other := op.Change{Kind: "unit", Label: "A1", Before: map[string]any{"name": "x"}, After: map[string]any{"name": "y"}}
	v := viewAt(t, "/")
	tables := func(changes ...op.Change) string {
		out := ""
		for i := 0; i < len(changes); {
			n := v.alike(changes[i:], labelled{})
			out += strconv.Itoa(n)
			i += n
		}
		return out
	}
	a, b, c := price("50 kWh", "1", "2"), price("100 kWh", "3", "4"), price("150 kWh", "5", "6")
	for got, want := range map[string]string{
		tables(other, a, b, c): "13", tables(a, b, other, c): "1111", tables(a, b): "11", tables(other): "1", tables(): "",
	} {
		if got != want {
			t.Errorf("tables of %s changes, want %s", got, want)
		}
	}
	var body strings.Builder
	if err := v.folded([]op.Change{a, b, c}, labelled{}).Render(&body); err != nil {
		t.Fatal(err)
	}
	if rows := find(t, body.String(), "tbody tr"); len(rows) != 3 {
		t.Errorf("%d rows", len(rows))
	}
}

// TestFaultsElsewhere says what is wrong at places that are no field of the form.
func TestFaultsElsewhere(t *testing.T) {
	t.Parallel()
	d := &op.Def{Fields: []op.Field{{Name: "files"}}}
	got := elsewhere(d, map[string]string{"files[0]": "a", "files": "b", "eau.yaml:3:5": "c", "eau.yaml:12:1": "d"})
	if want := []string{"eau.yaml:12:1\u00a0: d", "eau.yaml:3:5\u00a0: c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCollect(t *testing.T) {
	t.Parallel()
	ids := map[string][]op.ID{}
	collect(ids, "assignments", []any{map[string]any{"entity": "7", "operator": "0", "unit": "12"}, map[string]any{"entity": "8", "parent": "AG-BM"}})
	collect(ids, "actor", "5")
	collect(ids, "name", "5")
	if !slices.Equal(ids["entity"], []op.ID{7, 8}) || !slices.Equal(ids["unit"], []op.ID{12}) || !slices.Equal(ids["user"], []op.ID{5}) || len(ids) != 3 {
		t.Errorf("got %v", ids)
	}
}

func TestOwnChanges(t *testing.T) {
	t.Parallel()
	all := []op.Change{{Kind: "unit", ID: 1, Label: "a"}, {Kind: "user", ID: 1, Label: "b"}, {Kind: "unit", ID: 2, Label: "c"}}
	if got := ownChanges(all, "unit", 2); len(got) != 1 || got[0].Label != "c" {
		t.Errorf("got %v", got)
	}
	if len(all) != 3 || all[0].Label != "a" {
		t.Error("the entry itself was changed")
	}
}

// answer is what an operation with a page of its own gives.
type answer struct {
	Import op.ID    `json:"import"`
	Lines  int64    `json:"lines"`
	On     day.Date `json:"on"`
	Name   string   `json:"name"`
	Secret op.ID    `json:"secret" out:"secret"`
}

func TestAfterHref(t *testing.T) {
	t.Parallel()
	r := op.NewRegistry()
	op.RegisterGet(r, op.Spec{Name: "a.b.check", Path: "/check", Duties: []string{"AG-08"}}, op.GetHandler[struct{}, answer]{
		Do: func(context.Context, *op.Exec, struct{}) (answer, error) { return answer{}, nil },
	})
	d := r.Find("a.b.check")
	v := viewAt(t, "/")
	if got := v.AfterHref(d, answer{Import: 1}); got != "" {
		t.Errorf("without a page: got %q", got)
	}
	v.Set = NewSet([]Screen{{Path: "/import", After: "a.b.check"}})
	if got := v.AfterHref(d, nil); got != "" {
		t.Errorf("without an answer: got %q", got)
	}
	if got, want := v.AfterHref(d, answer{Import: 42, Lines: 3, Name: "personal", Secret: 9}), "/import?import=42&lines=3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
