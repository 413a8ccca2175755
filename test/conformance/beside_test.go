package conformance

import (
	"net/http"
	"strings"
	"testing"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestEveryPickedList: wherever a field of a page picks a record, its list answers.
func TestEveryPickedList(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	session := w.Session(apptest.Admin)
	asked := map[string]bool{}
	for _, d := range w.App.Registry.All() {
		for _, f := range d.Fields {
			if f.Type != op.Ident || f.Ref == "" || f.Within != "" || d.ConsoleOnly || asked[f.Ref] {
				continue
			}
			asked[f.Ref] = true
			for _, text := range []string{"", "2", "ag"} {
				if got := w.Get("/pick/"+f.Ref+"?q="+text, session); got.Status != http.StatusOK {
					t.Errorf("%s, field %s of %s, %q: status %d", f.Ref, f.Name, d.Name, text, got.Status)
				}
			}
		}
	}
	if len(asked) < 10 {
		t.Errorf("only %d lists are picked from", len(asked))
	}
}

// TestFormBesideItsRecord: a form about a record shows it, and what would happen before
// anything is typed; nothing happens.
func TestFormBesideItsRecord(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	session := w.Session(apptest.Admin)
	before := w.Dump()
	for path, words := range map[string][]string{
		"/o/org.unit.close?id=" + w.Units["A1"].String():  {"Unité", "A1"},
		"/o/org.unit.update?id=" + w.Units["A1"].String(): {"Unité", "A1"},
	} {
		got := w.Get(path, session)
		if got.Status != http.StatusOK {
			t.Fatalf("%s: status %d", path, got.Status)
		}
		_, side, found := strings.Cut(string(got.Body), `class="w-cols w-cols-8-4"`)
		for _, word := range words {
			if !found || !strings.Contains(side, word) {
				t.Errorf("%s does not show %q beside", path, word)
			}
		}
	}
	if !same(before, w.Dump()) {
		t.Error("something changed")
	}
}
