package collection_test

import (
	"testing"

	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func TestTakeCash(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		s := desk(w)
		out := w.Must(admin(), "collection.receipt.take", op.Input{
			"accounts": w.At[apptest.Own].Account.String(), "tenders": "cash", "given": "60.00",
		}).Out.(collection.Receipted)
		// Half of the bill of 110.00 was paid when the world was made: 55.00 is left, the duty
		// on it 0.1375, and 60.00 less 55.14 goes back.
		if out.Total != 55_00 || out.Stamp != 14 || out.Change != 4_86 {
			t.Fatalf("%+v", out)
		}
		card := w.Must(admin(), "collection.receipt.get", op.Input{"id": out.ID.String()}).Out.(collection.ReceiptCard)
		if len(card.Paid) != 1 || card.Paid[0].Amount != 55_00 || card.Code == "" || len(card.Tenders) != 1 {
			t.Fatalf("%+v", card)
		}
		done := w.Must(admin(), "collection.session.close", op.Input{"id": s.ID.String(), "counted": "255.14"}).Out.(collection.SessionSaved)
		if done.Expected != 255_14 || done.Difference != 0 {
			t.Fatalf("%+v", done)
		}
	})
}
