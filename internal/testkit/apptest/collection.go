package apptest

import (
	"wasl/internal/module/access"
	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
)

// DeskOf opens a desk of a person at a place, unless he has one. Admin opens it.
func (w *World) DeskOf(login string, p Place) op.ID {
	w.Helper()
	var open, cashier op.ID
	w.rows("access.user.list", op.Input{}, func(row any) {
		if u, ok := row.(access.User); ok && u.Login == login {
			cashier = u.ID
		}
	})
	w.rows("collection.session.list", op.Input{"state": "open"}, func(row any) {
		if s, ok := row.(collection.Session); ok && s.Cashier == cashier {
			open = s.ID
		}
	})
	if open != 0 {
		return open
	}
	res := w.Must(Console(Admin), "collection.session.open", op.Input{
		"unit": w.At[p].Unit.String(), "desk": "G1", "opening_float": "200.00", "cashier": cashier.String(),
	})
	saved, ok := res.Out.(collection.SessionSaved)
	if !ok {
		w.Fatalf("collection.session.open gave %T", res.Out)
	}
	return saved.ID
}

// Receipted takes money from the account of a place at the desk of Admin, by tenders
// written as collection.receipt.take wants them.
func (w *World) Receipted(p Place, tenders ...any) collection.Receipted {
	w.Helper()
	res := w.Must(Console(Admin), "collection.receipt.take", op.Input{"accounts": w.At[p].Account.String(), "tenders": tenders})
	taken, ok := res.Out.(collection.Receipted)
	if !ok {
		w.Fatalf("collection.receipt.take gave %T", res.Out)
	}
	return taken
}

// CollectedEverywhere leaves a desk that was counted, with a receipt in cash and one by
// cheque, at every place; once.
func (w *World) CollectedEverywhere() {
	w.Helper()
	some := false
	w.rows("collection.receipt.list", op.Input{}, func(any) { some = true })
	if some {
		return
	}
	for _, p := range Places() {
		session := w.DeskOf(Admin, p)
		w.Receipted(p, "cash;5.00")
		w.Receipted(p, "cheque;5.00;CH-"+string(p))
		w.Must(Console(Admin), "collection.session.close", op.Input{"id": session.String(), "counted": "205.01"})
	}
}

// ChequeAt leaves a cheque in hand at a place, taken at the desk of Admin.
func (w *World) ChequeAt(p Place) (found collection.Cheque) {
	w.Helper()
	session := w.DeskOf(Admin, p)
	taken := w.Receipted(p, "cheque;8.00;CH-8;BMCE;ALAMI")
	w.Must(Console(Admin), "collection.session.close", op.Input{"id": session.String(), "counted": "200.00"})
	w.rows("collection.cheque.list", op.Input{}, func(row any) {
		if c, ok := row.(collection.Cheque); ok && c.Receipt == taken.ID {
			found = c
		}
	})
	if found.ID == 0 {
		w.Fatalf("no cheque of %s", p)
	}
	return found
}

// DepositedAt leaves a bordereau of one cheque at a place.
func (w *World) DepositedAt(p Place) (cheque collection.Cheque, deposit op.ID) {
	w.Helper()
	cheque = w.ChequeAt(p)
	res := w.Must(Console(Admin), "collection.cheque.deposit", op.Input{
		"unit": w.At[p].Unit.String(), "cheques": cheque.ID.String(), "deposited_on": w.App.Today().String(), "bank": "BMCE",
	})
	saved, ok := res.Out.(collection.ChequesSaved)
	if !ok {
		w.Fatalf("collection.cheque.deposit gave %T", res.Out)
	}
	return cheque, saved.ID
}

// ReceiptAt leaves receipts everywhere and gives the latest one of a place.
func (w *World) ReceiptAt(p Place) (found collection.Receipt) {
	w.Helper()
	w.CollectedEverywhere()
	w.rows("collection.receipt.list", op.Input{}, func(row any) {
		if r, ok := row.(collection.Receipt); ok && r.Unit == w.At[p].Unit && r.ID > found.ID {
			found = r
		}
	})
	if found.ID == 0 {
		w.Fatalf("no receipt of %s", p)
	}
	return found
}

// WaitingEverywhere leaves 5.00 that came in by transfer from nobody knows whom at every
// place, at desks that were counted; once.
func (w *World) WaitingEverywhere() {
	w.Helper()
	some := false
	w.rows("collection.waiting.list", op.Input{}, func(any) { some = true })
	if some {
		return
	}
	for _, p := range Places() {
		session := w.DeskOf(Admin, p)
		w.Must(Console(Admin), "collection.receipt.take", op.Input{"unallocated": "true", "tenders": "transfer;5.00;V-" + string(p)})
		w.Must(Console(Admin), "collection.session.close", op.Input{"id": session.String(), "counted": "200.00"})
	}
}

// AssigningAt leaves money that waits everywhere and gives the input that brings 4.00 of
// that of a place to the account of the place.
func (w *World) AssigningAt(p Place) op.Input {
	w.Helper()
	w.WaitingEverywhere()
	in := op.Input{"receivable_account": w.At[p].Account.String(), "amount": "4.00", "reason": "Virement reconnu"}
	w.rows("collection.waiting.list", op.Input{}, func(row any) {
		if one, ok := row.(collection.Waiting); ok && one.Unit == w.At[p].Unit {
			in["from_account"], in["item"] = one.Account.String(), one.Item.String()
		}
	})
	return in
}

// MovedAt brings money that waits at a place to the account of the place, by two people,
// and gives the move; once while it stands.
func (w *World) MovedAt(p Place) (id op.ID) {
	w.Helper()
	look := func() {
		w.rows("collection.move.list", op.Input{"state": string(collection.Moved)}, func(row any) {
			if m, ok := row.(collection.Move); ok && m.Unit == w.At[p].Unit {
				id = m.ID
			}
		})
	}
	if look(); id == 0 {
		w.Approved(w.Must(Console(Admin), "collection.waiting.assign", w.AssigningAt(p)))
		look()
	}
	return id
}
