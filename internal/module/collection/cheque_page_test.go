package collection_test

import (
	"strings"
	"testing"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// A cheque stands among those in hand with a box, on the bordereau before it is made, and
// among those at the bank afterwards.
func TestChequePages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		session := w.Session(apptest.Admin)
		id := w.ChequeAt(apptest.Own).ID.String()
		box := `name="id" value="` + id + `"`
		has := func(path, text string, want bool) {
			t.Helper()
			if got := w.Get(path, session); got.Status != 200 || strings.Contains(got.Body, text) != want {
				t.Errorf("%s: status %d, %q is there: %v", path, got.Status, text, !want)
			}
		}
		has("/collection/cheques", box, true)
		has("/collection/cheques?state=deposited", `cheques=`+id, false)
		has("/collection/cheques/deposit?id="+id, `name="cheques" value="`+id+`"`, true)
		w.Must(admin(), "collection.cheque.deposit", op.Input{
			"unit": w.At[apptest.Own].Unit.String(), "cheques": []any{id}, "deposited_on": w.App.Today().String(), "bank": "BMCE",
		})
		has("/collection/cheques", box, false)
		has("/collection/cheques?state=deposited", `cheques=`+id, true)
		has("/collection/cheques/deposit?id="+id, `name="cheques" value="`+id+`"`, false)
	})
}
