package collection_test

import (
	"testing"
	"time"

	"wasl/internal/kernel/money"
	"wasl/internal/module/collection"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestDeskAndMonth: a desk takes money on its own day; a month waits for the count of every
// desk of the unit that was opened in it.
func TestDeskAndMonth(t *testing.T) {
	t.Parallel()
	onBoth(t, func(_ *testing.T, w *apptest.World) {
		h := newTill(w)
		unit := w.At[apptest.Own].Unit.String()
		refused(w, "collection.session.open", op.Input{"unit": unit, "desk": "G2"}, "collection.session_already")
		h.bill(h.account, "100.00", "10.00")
		h.take("cash;10.00")
		march := h.today()
		closing := func(month string) op.Input {
			return op.Input{"unit": unit, "month": month, "reason": "Arrêté"}
		}
		// February ended before the desk was opened.
		w.Must(admin(), "ledger.period.close", closing(apptest.BooksMonth))
		w.Clock.Advance(30 * 24 * time.Hour)
		refused(w, "collection.receipt.take", op.Input{"accounts": h.account.String(), "tenders": "cash;10.00"}, "collection.session_yesterday")
		refused(w, "ledger.period.close", closing(march), "collection.desk_open")
		done := do[collection.SessionSaved](w, "collection.session.close", op.Input{"id": h.session.ID.String(), "counted": "210.03"})
		if done.Difference != 0 {
			h.Errorf("the drawer differs by %s", done.Difference)
		}
		w.Must(admin(), "ledger.period.close", closing(march))
		h.Sound()
	})
}

// TestAnotherUnitCollects: a desk of A1 takes the 55.00 that an account of A2 owes. The books
// of A2 lose the debt, those of A1 hold the money, and 1605 says so in both.
func TestAnotherUnitCollects(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		books := func(p apptest.Place) map[string]money.Amount {
			out := map[string]money.Amount{}
			_, err := w.App.Runner.Rows(w.Context(), op.Request{
				Name: "ledger.balance", Credential: admin(), Input: op.Input{}, Unit: int64(w.At[p].Unit),
			}, nil, func(row any) error {
				if b, ok := row.(ledger.Balance); ok && b.Unit == w.At[p].Unit {
					out[b.Account] = b.Balance
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		before := map[apptest.Place]map[string]money.Amount{apptest.Own: books(apptest.Own), apptest.Sibling: books(apptest.Sibling)}
		moved := func(what string, p apptest.Place, want map[string]string) {
			now := books(p)
			for account, amount := range want {
				if got := now[account] - before[p][account]; got != dh(amount) {
					t.Errorf("%s: %s of %s moved by %s, want %s", what, account, p, got, amount)
				}
			}
		}
		taken := w.Receipted(apptest.Sibling, "cash;33.00", "cheque;;CH-7")
		// The duty on 33.00 is 0.0825; the cheque has the other 22.00.
		moved("taken", apptest.Own, map[string]string{"5161": "33.08", "44573": "-0.08", "51111": "22.00", "1605": "-55.00", "3421": "0.00"})
		moved("taken", apptest.Sibling, map[string]string{"5161": "0.00", "1605": "55.00", "3421": "-55.00"})
		cheque := h.cheque(taken.ID)
		h.remit(cheque)
		h.giveBack(cheque, "0.00")
		moved("returned", apptest.Own, map[string]string{"51111": "0.00", "51112": "0.00", "1605": "-33.00"})
		moved("returned", apptest.Sibling, map[string]string{"1605": "33.00", "3421": "-33.00"})
		h.Sound()
	})
}

// TestProof: a receipt is genuine with its own code only.
func TestProof(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		newTill(w)
		a, b := w.Receipted(apptest.Own, "cash;1.00"), w.Receipted(apptest.Own, "cash;1.00")
		code := func(r collection.Receipted) string {
			return do[collection.ReceiptCard](w, "collection.receipt.get", op.Input{"id": r.ID.String()}).Code
		}
		ask := func(number, code string) collection.Proven {
			return do[collection.Proven](w, "collection.receipt.check", op.Input{"number": number, "code": code})
		}
		if got := ask(a.Number, code(a)); !got.Genuine || got.Total != 1_00 || got.State != collection.Taken {
			t.Errorf("genuine: %+v", got)
		}
		for what, got := range map[string]collection.Proven{
			"the code of another": ask(a.Number, code(b)), "no such number": ask(a.Number+"0", code(a)), "a guess": ask(a.Number, "AAAA-AAAA-AAAA"),
		} {
			if got.Genuine || got.Total != 0 {
				t.Errorf("%s: %+v", what, got)
			}
		}
	})
}
