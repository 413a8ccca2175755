package faults

import (
	"testing"

	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// billingScenarios are the changes of runs and bills.
func billingScenarios() map[string]scenario {
	own := apptest.Own
	of := func(name string, pick func(w *apptest.World) op.ID, more ...any) scenario {
		return by(apptest.Actor, func(w *apptest.World) op.Input { return about(append([]any{name, pick(w)}, more...)...) })
	}
	drafted := func(w *apptest.World) op.ID { return w.Drafted(own, apptest.DraftMonth) }
	return map[string]scenario{
		"billing.run.prepare": by(apptest.Actor, func(w *apptest.World) op.Input {
			w.Watered()
			return about("unit", w.At[own].Unit, "from_month", apptest.DraftMonth, "service", "water", "allow_missing", true)
		}),
		"billing.run.compute": of("id", func(w *apptest.World) op.ID { return w.Prepared(own, apptest.DraftMonth) }),
		"billing.run.cancel":  of("id", func(w *apptest.World) op.ID { return w.Prepared(own, apptest.DraftMonth) }, "version", "1", "reason", reason),
		"billing.run.approve": by(apptest.Actor, func(w *apptest.World) op.Input {
			id := drafted(w)
			return about("id", id, "sha256", w.RunCard(id).SHA256)
		}),
		"billing.run.issue": of("id", func(w *apptest.World) op.ID { return w.Accepted(own, apptest.DraftMonth) }),
		"billing.exception.decide": by(apptest.Actor, func(w *apptest.World) op.Input {
			e := w.Exception(w.Drafted(own, apptest.BlockedMonth), w.At[own].Unit)
			return about("account", e.Account, "id", e.ID, "version", "1", "state", "excluded", "reason", reason)
		}),
		"billing.exception.decide_many": by(apptest.Actor, func(w *apptest.World) op.Input {
			e := w.Exception(w.Drafted(own, apptest.BlockedMonth), w.At[own].Unit)
			return about("unit", w.At[own].Unit, "run", e.Run, "decision", "excluded", "expected", "1", "reason", reason)
		}),
		"billing.bill.cancel": by(apptest.Actor, func(w *apptest.World) op.Input {
			_, b := w.Issued(own, apptest.BillMonth)
			return about("account", b.Account, "id", b.ID, "reason", reason)
		}),
		"billing.run.print": of("id", func(w *apptest.World) op.ID { return w.BillAt(own).Run }),
		"billing.recompute": of("run", func(w *apptest.World) op.ID {
			id, _ := w.Issued(own, apptest.BillMonth)
			return id
		}),
	}
}

// TestAKilledIssue loses the database at calls all along the way of a worker while it
// issues a run of three parts; another one resumes. Every bill is out once, numbers have
// no gap, and the bills hash to what was approved.
func TestAKilledIssue(t *testing.T) {
	t.Parallel()
	killedAlong(t, killStep, killIssue)
}

// killStep is the distance between the calls that are killed. It spares time, and is
// prime to the number of calls of a part, so that each kind of call is met.
const killStep = 13

// wholeRun is a run of all places in three parts, approved.
func wholeRun(r *rig) (run op.ID) {
	r.Helper()
	r.Watered()
	admin := apptest.Console(apptest.Admin)
	res := r.Must(admin, "billing.run.prepare", op.Input{
		"unit": r.Units["DC"].String(), "from_month": apptest.BillMonth, "service": "water", "allow_missing": true, "chunk_size": "2",
	})
	for _, c := range r.World.App.Registry.Find("billing.run.prepare").Columns {
		if id, ok := c.Value(res.Out).(op.ID); ok && c.Name == "id" {
			run = id
		}
	}
	r.Worked("billing.run.compute", op.Input{"id": run.String()})
	card := r.RunCard(run)
	if card.Bills != int64(len(apptest.Places())) || card.Chunks != 3 {
		r.Fatalf("%d bills in %d parts", card.Bills, card.Chunks)
	}
	r.Approved(r.Must(admin, "billing.run.approve", op.Input{"id": run.String(), "sha256": card.SHA256}))
	return run
}

// killIssue loses the n-th call of an issue, lets another worker resume, and says
// whether there was such a call.
func killIssue(t *testing.T, engine string, n int, after bool) bool {
	t.Helper()
	r := openRig(t, engine, false)
	run := wholeRun(r)
	admin := apptest.Console(apptest.Admin)
	queued, ok := r.Must(admin, "billing.run.issue", op.Input{"id": run.String()}).Out.(op.QueuedJob)
	if !ok {
		t.Fatal("no job")
	}
	killed, last := r.lostAndResumed(queued.Job, n, after, func() bool { return string(r.RunCard(run).State) == "issued" })
	if card := r.RunCard(run); string(card.State) != "issued" || card.Issued != 3 {
		t.Fatalf("%s call %d after=%v: the run is %s, %d parts are out: %v", engine, n, after, card.State, card.Issued, last)
	}
	verifies(t, r.World.App, nil)
	return killed
}

// printStep is the distance between the calls of a print file that are killed.
const printStep = 9

// TestAKilledPrint loses the database at calls all along the way of a worker while it makes
// the print file of a run; another one resumes. The file is whole, and opens.
func TestAKilledPrint(t *testing.T) {
	t.Parallel()
	killedAlong(t, printStep, killPrint)
}

// killPrint loses the n-th call of a print file, lets another worker resume, and says
// whether there was such a call.
func killPrint(t *testing.T, engine string, n int, after bool) bool {
	t.Helper()
	r := openRig(t, engine, false)
	run := wholeRun(r)
	r.Worked("billing.run.issue", op.Input{"id": run.String()})
	queued, ok := r.Must(apptest.Console(apptest.Admin), billing.PrintJob, op.Input{"id": run.String()}).Out.(op.QueuedJob)
	if !ok {
		t.Fatal("no job")
	}
	file := func() billing.Print {
		all := apptest.Rows[billing.Print](r.World, "billing.print.list", op.Input{"run": run.String()})
		if len(all) != 1 {
			t.Fatalf("%s call %d after=%v: %d print files", engine, n, after, len(all))
		}
		return all[0]
	}
	killed, last := r.lostAndResumed(queued.Job, n, after, func() bool { return file().State == billing.Printed })
	if p := file(); p.State != billing.Printed || p.Bills != int64(len(apptest.Places())) || p.Total != r.RunCard(run).Total {
		t.Fatalf("%s call %d after=%v: %+v: %v", engine, n, after, p, last)
	}
	d, ok := r.Must(apptest.Console(apptest.Admin), "billing.print.download", op.Input{"id": file().ID.String()}).Out.(op.Document)
	if !ok {
		t.Fatal("no document")
	}
	content, err := d.Open(t.Context())
	if err == nil {
		err = content.Close()
	}
	if err != nil {
		t.Fatalf("%s call %d after=%v: %v", engine, n, after, err)
	}
	verifies(t, r.World.App, nil)
	return killed
}

// billingDamages are what somebody could do to bills. The damage brings its own run.
func billingDamages() []damage {
	one := func(name, code, sql string) damage {
		return damage{name: name, check: "BILLING", code: "billing." + code, sql: []string{sql}, before: func(w *apptest.World) { w.IssuedEverywhere() }}
	}
	const first = ` WHERE id = (SELECT min(id) FROM bill)`
	return []damage{
		one("a bill that is gone", "number_gap", `DELETE FROM bill`+first),
		one("a bill with the number of another", "number_twice", `UPDATE bill SET serial = (SELECT max(serial) FROM bill)`+first),
		one("a bill of another amount", "run_total", `UPDATE bill SET total = total + 100`+first),
		one("a bill of another consumption", "hash", `UPDATE bill SET quantity = quantity + 1000`+first),
		one("a bill with another version", "document_damaged", `UPDATE billing_version SET version_id = version_id + 7`),
		one("a bill whose lines are damaged", "document_damaged", `UPDATE bill SET document = 'AAAA'`+first),
		one("a consumption billed twice", "billed_twice", `UPDATE bill SET kind = 'credit_note'`+first),
	}
}
