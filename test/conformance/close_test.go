package conformance

import (
	"net/http"
	"strings"
	"testing"

	"wasl/internal/testkit/apptest"
)

// TestEveryClosingIsShownFirst: the page of a closing carries it out and rolls it back. A
// month that is over offers the closing, one that is not says why; neither changes anything.
func TestEveryClosingIsShownFirst(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	session := w.Session(apptest.Admin)
	unit := w.At[apptest.Own].Unit.String()
	before := w.Dump()
	for _, c := range []struct {
		month, text string
		offered     bool
	}{
		{apptest.BooksMonth, "Totaux de contrôle", true},
		{w.App.Today().String(), "n’est pas terminé", false},
	} {
		got := w.Get("/ledger/periods/close?unit="+unit+"&month="+c.month, session)
		words := wordsOf(got.Body)
		if got.Status != http.StatusOK || !strings.Contains(words, c.text) {
			t.Errorf("%s: status %d, without %q: %.300s", c.month, got.Status, c.text, words)
		}
		if offered := strings.Contains(got.Body, `action="/o/ledger.period.close`); offered != c.offered {
			t.Errorf("%s: the closing is offered: %v", c.month, offered)
		}
	}
	if now := w.Dump(); !same(before, now) {
		t.Error("looking at a closing changed something")
	}
}
