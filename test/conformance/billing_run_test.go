package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestBillingRunAtTheTerminal: one command prepares a run, computes its bills and shows
// what is to be approved; given again with its key it shows the same run. What the run
// cannot have is refused before it is there.
func TestBillingRunAtTheTerminal(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		w.Watered()
		run := func(month string, more ...string) (int, string, string) {
			args := []string{"billing", "run", "--as", apptest.Admin, "--unit", w.At[apptest.Own].Unit.String(), "--from-month", month, "--service", "water"}
			return w.Terminal(strings.NewReader(""), append(args, more...)...)
		}
		runs := func() []billing.RunRow { return apptest.Rows[billing.RunRow](w, "billing.run.list", nil) }
		before := len(runs())
		if code, _, told := run("2031-01-01"); code != 1 || !strings.Contains(told, "billing.run_refused") || len(runs()) != before {
			t.Errorf("a month of which nothing is due: %d %s", code, told)
		}
		var ids []op.ID
		for range 2 {
			code, out, told := run(apptest.DraftMonth, "--allow-missing", "--key", "mars")
			var card billing.RunCard
			if err := json.Unmarshal([]byte(out), &card); code != 0 || err != nil {
				t.Fatalf("%d %v %s %s", code, err, out, told)
			}
			if card.State != billing.Computed || card.Bills == 0 || !strings.Contains(told, card.SHA256) {
				t.Errorf("%+v %s", card.Run, told)
			}
			ids = append(ids, card.ID)
		}
		if ids[0] != ids[1] || len(runs()) != before+1 {
			t.Errorf("runs %v, %d in all", ids, len(runs())-before)
		}
		if code, _, told := w.Terminal(strings.NewReader(""), "billing", "run"); code != 2 {
			t.Errorf("without a field: %d %s", code, told)
		}
	})
}
