package collection_test

import (
	"testing"

	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestAccountsOfMoneyStayOpen: an account that a desk posts to, today or from a day to come, is
// not closed, and is once no kind of tender has it.
func TestAccountsOfMoneyStayOpen(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		tomorrow, later := w.App.Today().AddDays(1).String(), w.App.Today().AddDays(2).String()
		h.Must(admin(), "ledger.account.add", op.Input{"code": "51619", "label": "Caisse des bons", "kind": "ordinary", "valid_from": h.today()})
		bons := op.Input{
			"code": "BON", "label": "Bon", "valid_from": tomorrow, "account": "51619", "bank_account": "5141", "settles": "receipt", "stamp_rate": "0.00",
			"status": "example", "source": "Note de service", "reason": "Bons de la commune",
		}
		h.Approved(h.Must(admin(), "collection.tender.add", bons))
		accounts := map[string]op.Input{}
		_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: "ledger.account.list", Credential: admin()}, nil, func(row any) error {
			if a, ok := row.(ledger.Account); ok {
				accounts[a.Code] = op.Input{"id": a.ID.String(), "version": "1", "valid_to": later}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// Cash, cheques in hand and at the bank, the bank, money in passing, doubtful debts, clients.
		for _, code := range []string{"5161", "51111", "51112", "5141", "44971", "3424", "3421", "51619"} {
			refused(w, "ledger.account.update", accounts[code], "ledger.account_used")
		}
		bons["ended"], bons["valid_from"] = "true", later
		h.Approved(h.Must(admin(), "collection.tender.update", bons))
		refused(w, "ledger.account.update", accounts["51619"], "ledger.account_used")
		// Nothing ever went through it.
		h.Must(admin(), "ledger.account.update", accounts["3497"])
	})
}
