package conformance

import (
	"testing"
	"time"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// TestProposalsAreApproved: whatever needs a second person is carried out once that person
// approves it unchanged, the same day or in the next month. The effect that the second person
// was shown may hold neither the id of a row made anew nor the day on which it is looked at.
func TestProposalsAreApproved(t *testing.T) {
	t.Parallel()
	all := scenarios(t)
	registry := kit.Open(t, dbtest.SQLite, apptest.Options{Empty: true}).App.Registry
	for _, d := range registry.All() {
		if !d.FourEyes {
			continue
		}
		name, s := d.Name, all[d.Name]
		for when, wait := range map[string]time.Duration{"at once": 0, "in the next month": 29 * 24 * time.Hour} {
			t.Run(name+"/"+when, func(t *testing.T) {
				t.Parallel()
				w := kit.Open(t, dbtest.SQLite, apptest.Options{Empty: s.empty})
				in := s.in(w, apptest.Own)
				res, err := w.Run(op.Credential{Channel: op.Web, Token: w.Session(s.login(d)), Address: apptest.Address}, name, in)
				if err != nil || res.Proposal == 0 {
					t.Fatalf("no proposal: %v %v", res, err)
				}
				w.Clock.Advance(wait)
				second := op.Credential{Channel: op.Web, Token: w.NewSession(apptest.Second), Address: apptest.Address}
				if _, err := w.Run(second, "approval.approve", op.Input{"id": res.Proposal.String(), "version": "1"}); err != nil {
					t.Errorf("not approved: %v", err)
				}
			})
		}
	}
}
