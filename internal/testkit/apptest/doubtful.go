package apptest

import (
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// doubtOn is a day on which the bill of every place is late.
const doubtOn = "2026-02-20"

// Doubt makes every debt that is late doubtful.
func (w *World) Doubt() {
	w.Helper()
	w.Approved(w.Must(Console(Admin), "ledger.doubtful_rule.set", op.Input{
		"valid_from": "2026-01-01", "days_late": "1", "account": "3424", "label": "Essai", "reason": "Essai des transferts",
	}))
}

// DoubtfulList prepares the list of a place, to be transferred.
func (w *World) DoubtfulList(p Place) op.Input {
	w.Helper()
	w.Doubt()
	unit := w.At[p].Unit.String()
	res := w.Must(Console(Admin), "ledger.doubtful.show", op.Input{"id": unit, "effective_on": doubtOn})
	list, ok := res.Out.(ledger.DoubtfulList)
	if !ok || list.Count == 0 {
		w.Fatalf("nothing is doubtful: %+v", res.Out)
	}
	return op.Input{"unit": unit, "effective_on": doubtOn, "sha256": list.SHA256, "reason": "Transfert du trimestre"}
}

// Doubted transfers the bill of a place, once.
func (w *World) Doubted(p Place) {
	w.Helper()
	res := w.Must(Console(Admin), "ledger.item.show", op.Input{"id": w.At[p].Item.String(), "receivable_account": w.At[p].Account.String()})
	if card, ok := res.Out.(ledger.ItemCard); ok && card.InDoubt == 0 {
		w.Approved(w.Must(Console(Admin), "ledger.doubtful.transfer", w.DoubtfulList(p)))
	}
}
