package collection_test

import (
	"fmt"
	"os"
	"testing"

	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) {
	var err error
	if kit, err = apptest.NewKit(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := kit.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func onBoth(t *testing.T, fn func(t *testing.T, w *apptest.World)) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, kit.Open(t, engine, apptest.Options{}))
		})
	}
}

func admin() op.Credential { return apptest.Console(apptest.Admin) }

// desk opens the desk of the administrator at the place Own.
func desk(w *apptest.World) collection.SessionSaved {
	w.Helper()
	return w.Must(admin(), "collection.session.open", op.Input{
		"unit": w.At[apptest.Own].Unit.String(), "desk": "G1", "opening_float": "200.00",
	}).Out.(collection.SessionSaved)
}

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
