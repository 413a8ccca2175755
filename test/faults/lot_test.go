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
	lot := func() collection.Lot { return apptest.Rows[collection.Lot](r.World, "collection.lot.list", nil)[0] }
	queued, ok := r.Must(admin, "collection.lot.post", op.Input{"id": lot().Batch.String()}).Out.(op.QueuedJob)
	if !ok {
		t.Fatal("no job")
	}
	killed, last := r.lostAndResumed(queued.Job, n, after, func() bool { return lot().State == collection.LotPosted })
	receipts := apptest.Rows[collection.Receipt](r.World, "collection.receipt.list", nil)
	if l := lot(); l.State != collection.LotPosted || l.Posted != 3 || len(receipts) != 3 {
		t.Fatalf("%s call %d after=%v: %+v, %d receipts: %v", engine, n, after, l, len(receipts), last)
	}
	verifies(t, r.World.App, nil)
	return killed
}
