package apptest

import (
	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
)

// The months of the consumptions of every place. That of the last one waits for a
// decision.
const (
	BillMonth    = "2025-11-01"
	DraftMonth   = "2025-12-01"
	BlockedMonth = "2026-01-01"
)

// approver is the second person, signed in.
func (w *World) approver() op.Credential {
	return op.Credential{Channel: op.Web, Token: w.Session(Second), Address: Address}
}

// Approved has the second person approve what an operation answered.
func (w *World) Approved(res op.Result) op.Result {
	w.Helper()
	return w.Must(w.approver(), "approval.approve", op.Input{"id": res.Proposal.String(), "version": "1"})
}

// Watered gives the water of every unit to the entity, so that it can be billed; once.
func (w *World) Watered() {
	_, _ = w.Run(Console(Admin), "org.unit.assign", op.Input{
		"id": w.Units["DC"].String(), "entity": w.Entity.String(), "services": []any{"water"}, "valid_from": "2026-03-01", "reason": "Eau",
	})
}

// Prepared makes a run of a month at a place.
func (w *World) Prepared(p Place, month string) op.ID {
	w.Helper()
	w.Watered()
	res := w.Must(Console(Admin), "billing.run.prepare", op.Input{"unit": w.At[p].Unit.String(), "from_month": month, "service": "water", "allow_missing": true})
	saved, ok := res.Out.(billing.RunSaved)
	if !ok {
		w.Fatalf("billing.run.prepare gave %T", res.Out)
	}
	return saved.ID
}

// Drafted makes a run with its drafts.
func (w *World) Drafted(p Place, month string) op.ID {
	w.Helper()
	id := w.Prepared(p, month)
	w.Worked("billing.run.compute", op.Input{"id": id.String()})
	return id
}

// RunCard is what there is to know of a run.
func (w *World) RunCard(id op.ID) billing.RunCard {
	w.Helper()
	card, ok := w.Must(Console(Admin), "billing.run.show", op.Input{"id": id.String()}).Out.(billing.RunCard)
	if !ok {
		w.Fatal("billing.run.show gave something else")
	}
	return card
}

// Accepted makes a run that is approved.
func (w *World) Accepted(p Place, month string) op.ID {
	w.Helper()
	id := w.Drafted(p, month)
	w.Approved(w.Must(Console(Admin), "billing.run.approve", op.Input{"id": id.String(), "sha256": w.RunCard(id).SHA256}))
	return id
}

// Issued makes a run whose bills are out, and gives one of them.
func (w *World) Issued(p Place, month string) (run op.ID, bill billing.Bill) {
	w.Helper()
	run = w.Accepted(p, month)
	w.Worked("billing.run.issue", op.Input{"id": run.String()})
	for _, b := range Rows[billing.Bill](w, "billing.bill.list", op.Input{"run": run.String()}) {
		if b.Unit == w.At[p].Unit {
			bill = b
		}
	}
	if bill.ID == 0 {
		w.Fatalf("no bill of %d", run)
	}
	return run, bill
}

// Exception is an open one of a run.
func (w *World) Exception(run op.ID, unit op.ID) (e billing.Exception) {
	w.Helper()
	_, err := w.App.Runner.Rows(w.Context(), op.Request{
		Name: "billing.exception.list", Credential: Console(Admin), Input: op.Input{"run": run.String()},
	}, nil, func(row any) error {
		if x, ok := row.(billing.Exception); ok && x.Unit == unit {
			e = x
		}
		return nil
	})
	if err != nil || e.ID == 0 {
		w.Fatalf("exceptions of %d: %v", run, err)
	}
	return e
}

// IssuedEverywhere leaves a run with its bills, and one with exceptions, at every place;
// once.
func (w *World) IssuedEverywhere() {
	w.Helper()
	if len(Rows[billing.RunRow](w, "billing.run.list", nil)) > 0 {
		return
	}
	for _, p := range []Place{Child, Own, Sibling, Parent, Other} {
		w.Issued(p, BillMonth)
		w.Drafted(p, BlockedMonth)
	}
}

// BillAt leaves bills everywhere and gives the one of a place.
func (w *World) BillAt(p Place) (bill billing.Bill) {
	w.Helper()
	w.IssuedEverywhere()
	_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: "billing.bill.list", Credential: Console(Admin), Input: op.Input{}}, nil, func(row any) error {
		if b, ok := row.(billing.Bill); ok && b.Unit == w.At[p].Unit && b.Kind == billing.KindBill {
			bill = b
		}
		return nil
	})
	if err != nil || bill.ID == 0 {
		w.Fatalf("bill of %s: %v", p, err)
	}
	return bill
}

// prints are the print files by unit.
func (w *World) prints() map[op.ID]op.ID {
	w.Helper()
	out := map[op.ID]op.ID{}
	_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: "billing.print.list", Credential: Console(Admin), Input: op.Input{}}, nil, func(row any) error {
		if p, ok := row.(billing.Print); ok && p.State == billing.Printed {
			out[p.Unit] = p.ID
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// PrintedEverywhere leaves a print file of a run at every place; once.
func (w *World) PrintedEverywhere() {
	w.Helper()
	w.IssuedEverywhere()
	known := w.prints()
	for _, p := range []Place{Child, Own, Sibling, Parent, Other} {
		if known[w.At[p].Unit] == 0 {
			w.Worked(billing.PrintJob, op.Input{"id": w.BillAt(p).Run.String()})
		}
	}
}

// PrintAt leaves print files everywhere and gives the one of a place.
func (w *World) PrintAt(p Place) op.ID {
	w.Helper()
	w.PrintedEverywhere()
	id := w.prints()[w.At[p].Unit]
	if id == 0 {
		w.Fatalf("no print file at %s", p)
	}
	return id
}
