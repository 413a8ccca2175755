package apptest

import (
	"wasl/internal/module/account"
	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
)

// AccountNumber is the number of an account.
func (w *World) AccountNumber(id op.ID) string {
	w.Helper()
	card, ok := w.Must(Console(Admin), "account.account.show", op.Input{"id": id.String()}).Out.(account.Card)
	if !ok {
		w.Fatal("account.account.show gave something else")
	}
	return card.Number
}

// LotInput is the import of a file of receipts of a place: lines begin after the number
// of its account, as in "10,00;17/02/2026;transfer;V-1".
func (w *World) LotInput(p Place, lines ...string) op.Input {
	w.Helper()
	number := w.AccountNumber(w.At[p].Account)
	text := "compte;montant;date;mode;reference\n"
	for _, l := range lines {
		text += number + ";" + l + "\n"
	}
	return op.Input{"file": op.NewUpload("lot-"+string(p)+".csv", []byte(text)), "unit": w.At[p].Unit.String()}
}

// LotAt leaves a lot of one receipt at a place, taken in and not posted; once.
func (w *World) LotAt(p Place) op.ID {
	w.Helper()
	find := func() (id op.ID) {
		w.rows("collection.lot.list", op.Input{}, func(row any) {
			if l, ok := row.(collection.Lot); ok && l.Unit == w.At[p].Unit {
				id = l.Batch
			}
		})
		return id
	}
	if id := find(); id != 0 {
		return id
	}
	w.Worked("collection.receipt.import", w.LotInput(p, "10,00;17/02/2026;transfer;V-1"))
	return find()
}

// LotsEverywhere leaves a lot at every place.
func (w *World) LotsEverywhere() {
	w.Helper()
	for _, p := range Places() {
		w.LotAt(p)
	}
}
