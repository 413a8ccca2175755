package faults

import (
	"testing"

	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// lotScenarios are the changes of lots of receipts.
func lotScenarios() map[string]scenario {
	file := by(apptest.Actor, func(w *apptest.World) op.Input { return w.LotInput(apptest.Own, "10,00;17/02/2026;transfer;V-1") })
	return map[string]scenario{
		"collection.receipt.import":       file,
		"collection.receipt.import_check": file,
		"collection.lot.post":             by(apptest.Actor, func(w *apptest.World) op.Input { return about("id", w.LotAt(apptest.Own)) }),
	}
}

// lotStep is the distance between the calls that are killed.
const lotStep = 4

// TestAKilledLot loses the database at calls all along the way of a worker while it posts
// a lot; another one resumes. Every receipt is there once and the ledger explains it.
func TestAKilledLot(t *testing.T) {
	t.Parallel()
	killedAlong(t, lotStep, killLot)
}

// killLot loses the n-th call of a posting, lets another worker resume, and says whether
// there was such a call.
func killLot(t *testing.T, engine string, n int, after bool) bool {
	t.Helper()
	r := openRig(t, engine, false)
	admin := apptest.Console(apptest.Admin)
	in := r.LotInput(apptest.Own, "10,00;17/02/2026;transfer;V-1", "10,00;17/02/2026;transfer;V-2", "40,00;18/02/2026;postal;P-3")
	in["surplus"] = "overpayment"
	r.Worked("collection.receipt.import", in)
	lot := func() (l collection.Lot) {
		_, err := r.World.App.Runner.Rows(t.Context(), op.Request{Name: "collection.lot.list", Credential: admin}, nil, func(row any) error {
			l, _ = row.(collection.Lot)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	queued, ok := r.Must(admin, "collection.lot.post", op.Input{"id": lot().Batch.String()}).Out.(op.QueuedJob)
	if !ok {
		t.Fatal("no job")
	}
	killed, last := r.lostAndResumed(queued.Job, n, after, func() bool { return lot().State == collection.LotPosted })
	receipts := 0
	_, err := r.World.App.Runner.Rows(t.Context(), op.Request{Name: "collection.receipt.list", Credential: admin}, nil, func(any) error {
		receipts++
		return nil
	})
	if l := lot(); err != nil || l.State != collection.LotPosted || l.Posted != 3 || receipts != 3 {
		t.Fatalf("%s call %d after=%v: %+v, %d receipts: %v %v", engine, n, after, l, receipts, last, err)
	}
	verifies(t, r.World.App, nil)
	return killed
}
