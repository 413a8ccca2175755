package conformance

import (
	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func collectionScenarios() map[string]scenario {
	everywhere := func(w *apptest.World, _ apptest.Place) op.Input {
		w.CollectedEverywhere()
		return op.Input{}
	}
	waits := func(w *apptest.World, _ apptest.Place) op.Input {
		w.WaitingEverywhere()
		return op.Input{}
	}
	moved := func(w *apptest.World, _ apptest.Place) op.Input {
		for _, each := range apptest.Places() {
			w.MovedAt(each)
		}
		return op.Input{}
	}
	values := func(more ...any) maker {
		return func(*apptest.World, apptest.Place) op.Input {
			return about(append([]any{
				"label", "Terminal", "valid_from", "2027-01-01", "account", "5118", "bank_account", "5141", "settles", "receipt", "status", "official",
				"source", "Note du 5 janvier", "reason", reason,
			}, more...)...)
		}
	}
	cashiers := map[apptest.Place]string{
		apptest.Own: apptest.Own.Chef(), apptest.Child: apptest.Child.Chef(), apptest.Parent: apptest.Parent.Chef(), apptest.Sibling: apptest.Sibling.Chef(),
		apptest.Other: apptest.Other.Chef(),
	}
	today := func(w *apptest.World) string { return w.App.Today().String() }
	return map[string]scenario{
		"collection.tender.list":   {in: nothing, reach: everything, why: shared},
		"collection.tender.add":    {in: values("code", "TPE")},
		"collection.tender.update": {in: values("code", "card")},
		"collection.session.list":  {in: everywhere, unitOf: column("unit")},
		"collection.session.get": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.ReceiptAt(p).Session)
		}},
		"collection.session.open": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("unit", w.At[p].Unit, "desk", "G2", "opening_float", "100.00", "cashier", w.Users[cashiers[p]])
		}},
		"collection.session.close": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.DeskOf(cashiers[p], p), "counted", "199.50", "reason", reason)
		}},
		"collection.due.list": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("receivable_account", w.At[p].Account)
		}},
		"collection.receipt.take": {in: func(w *apptest.World, p apptest.Place) op.Input {
			w.DeskOf(apptest.Actor, apptest.Own)
			return about("accounts", w.At[p].Account, "tenders", "cash;20.00", "given", "50.00")
		}},
		"collection.payment.list": {in: everywhere, unitOf: column("unit")},
		"collection.receipt.list": {in: everywhere, unitOf: column("unit")},
		"collection.receipt.check": {in: func(w *apptest.World, p apptest.Place) op.Input {
			r := w.ReceiptAt(p)
			card, ok := w.Must(apptest.Console(apptest.Admin), "collection.receipt.get", op.Input{"id": r.ID.String()}).Out.(collection.ReceiptCard)
			if !ok {
				w.Fatal("collection.receipt.get gave something else")
			}
			return about("number", r.Number, "code", card.Code)
		}, reach: everything, why: "whoever holds a receipt may know whether it is genuine"},
		"collection.receipt.cancel": {in: func(w *apptest.World, p apptest.Place) op.Input {
			session := w.DeskOf(apptest.Admin, p)
			taken := w.Receipted(p, "transfer;5.00;V-1")
			w.Must(apptest.Console(apptest.Admin), "collection.session.close", op.Input{"id": session.String(), "counted": "200.00"})
			return about("id", taken.ID, "reason", reason)
		}},
		"collection.cheque.list": {in: everywhere, unitOf: column("unit")},
		"collection.cheque.deposit": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("unit", w.At[p].Unit, "cheques", w.ChequeAt(p).ID, "deposited_on", today(w), "bank", "BMCE")
		}},
		"collection.cheque.clear": {in: func(w *apptest.World, p apptest.Place) op.Input {
			_, deposit := w.DepositedAt(p)
			return about("deposit", deposit, "cleared_on", today(w))
		}},
		"collection.cheque.return": {in: func(w *apptest.World, p apptest.Place) op.Input {
			cheque, _ := w.DepositedAt(p)
			return about("id", cheque.ID, "returned_on", today(w), "fee", "12.50", "reason", reason)
		}},
		"collection.statement.get": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("receivable_account", w.At[p].Account)
		}},
		"collection.waiting.list": {in: waits, unitOf: column("unit")},
		"collection.waiting.assign": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return w.AssigningAt(p)
		}},
		"collection.move.list": {in: moved, unitOf: column("unit")},
		"collection.move.undo": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.MovedAt(p), "reason", reason)
		}},
		"collection.statement.paper": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("receivable_account", w.At[p].Account)
		}},
		"collection.receipt.print": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.ReceiptAt(p).ID, "paper", "ticket")
		}},
		"collection.receipt.paper": {in: func(w *apptest.World, p apptest.Place) op.Input {
			id := w.ReceiptAt(p).ID
			w.Must(apptest.Console(apptest.Admin), "collection.receipt.print", op.Input{"id": id.String()})
			return about("id", id)
		}},
		"collection.day.list": {in: everywhere, unitOf: column("unit")},
		"collection.receipt.get": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.ReceiptAt(p).ID)
		}},
	}
}
