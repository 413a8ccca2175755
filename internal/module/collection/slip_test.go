package collection_test

import (
	"strings"
	"testing"

	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestSlipAtTheDesk: a reader types the code of a payment slip into the search. The bill
// is found and is the only one ticked, though its account owes another; once it is paid,
// the page says so and shows what is left.
func TestSlipAtTheDesk(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		desk(w)
		_, bill := w.Issued(apptest.Own, apptest.BillMonth)
		h := &till{World: w, account: bill.Account}
		other := h.bill(bill.Account, "100.00", "10.00")
		session := w.Session(apptest.Admin)
		find := func() string {
			t.Helper()
			got := w.Get("/collection/counter?find="+strings.ToLower(bill.Number)+"%2F"+bill.Total.String(), session)
			if got.Status != 200 {
				t.Fatalf("status %d", got.Status)
			}
			return got.Body
		}
		// box is the box of an item and what it says.
		box := func(page string, item op.ID) string {
			_, after, _ := strings.Cut(page, `id="item-`+item.String()+`"`)
			before, _, _ := strings.Cut(after, ">")
			return before
		}
		page := find()
		if b := box(page, bill.ID); !strings.Contains(b, " checked") {
			t.Errorf("the bill of the slip is not ticked: %q", b)
		}
		if b := box(page, other.ID); b == "" || strings.Contains(b, " checked") {
			t.Errorf("another bill of the account: %q", b)
		}
		if billing.SlipCode(bill.Number, bill.Total) != bill.Number+"/"+bill.Total.String() {
			t.Error("the slip bears another code")
		}
		w.Must(admin(), "collection.receipt.take", op.Input{
			"accounts": bill.Account.String(), "items": bill.ID.String(), "tenders": "transfer;;V-1",
		})
		page = find()
		if !strings.Contains(page, "La facture "+bill.Number+" est soldée") || box(page, bill.ID) != "" || box(page, other.ID) == "" {
			t.Error("the page does not say that the bill is paid and what is left")
		}
	})
}
