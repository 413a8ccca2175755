package faults

import (
	"strconv"
	"testing"

	"wasl/internal/kernel/fault"
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
	for _, engine := range engines() {
		for _, after := range []bool{false, true} {
			t.Run(engine+"/after="+strconv.FormatBool(after), func(t *testing.T) {
				t.Parallel()
				killed := 0
				for n := 1; killLot(t, engine, n, after); n += lotStep {
					killed++
				}
				if killed < killsMin {
					t.Errorf("only %d calls were killed", killed)
				}
			})
		}
	}
}

// killLot loses the n-th call of a posting, lets another worker resume, and says whether
// there was such a call.
func killLot(t *testing.T, engine string, n int, after bool) (killed bool) {
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
	r.eye.arm(n, "", after, fault.New(fault.Unavailable, "db.lost"))
	_ = r.app.Queue.RunJob(t.Context(), queued.Job)
	killed = r.eye.disarm() != ""
	var last error
	for range resumesMax {
		r.Clock.Advance(resumeAfter)
		if last = r.World.App.Queue.RunJob(t.Context(), queued.Job); last == nil && lot().State == collection.LotPosted {
			break
		}
	}
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
