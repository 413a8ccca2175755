package apptest_test

import (
	"fmt"
	"os"
	"testing"

	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) { os.Exit(apptest.Main(m, &kit)) }

func TestEveryPlaceHasEveryRecord(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := kit.Open(t, engine, apptest.Options{})
			for _, p := range apptest.Places() {
				r := w.At[p]
				for name, id := range map[string]any{
					"unit": r.Unit, "leaf": r.Leaf, "target": r.LeafTo, "closed": r.Closed, "moving": r.Moving, "agent": r.Agent, "locked": r.Locked, "grant": r.Grant,
					"session": r.Session, "holiday": r.Holiday, "job": r.Job, "failed": r.Failed, "proposal": r.Proposal,
					"import": r.Import, "event": r.Event, "audit": r.Audit,
				} {
					if fmt.Sprint(id) == "0" {
						t.Errorf("%s: no %s", p, name)
					}
				}
			}
			found, err := w.App.Verify(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range found {
				if len(c.Findings) > 0 {
					t.Errorf("%s: %v", c.Name, c.Findings)
				}
			}
		})
	}
}
