package collection_test

import (
	"testing"

	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestChequeAllocatedByHand: what a cheque leaves over, allocated by hand while the bank has
// it, waits for its money: the VAT of the second bill, 20.00 / 110.00 × 10.00 = 1.818…,
// falls due with the first one's 10.00 when it is cleared.
func TestChequeAllocatedByHand(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		h.bill(h.account, "100.00", "10.00")
		taken := do[collection.Receipted](w, "collection.receipt.take", op.Input{
			"accounts": h.account.String(), "tenders": "cheque;130.00;CH-1", "surplus": "overpayment",
		})
		second := h.bill(h.account, "100.00", "10.00")
		var kept op.ID
		for _, l := range do[collection.ReceiptCard](w, "collection.receipt.get", op.Input{"id": taken.ID.String()}).Lines {
			if l.Kind == "overpayment" {
				kept = l.Item
			}
		}
		w.Must(admin(), "ledger.allocation.make", op.Input{
			"receivable_account": h.account.String(), "items": []any{second.ID.String(), kept.String()}, "reason": "Lettrage",
		})
		h.expect("under reserve", "3421 90.00", "44551 -20.00", "51111 130.00", "71211 -200.00")
		h.clear(h.remit(h.cheque(taken.ID)))
		h.expect("cleared", "3421 90.00", "4455 -11.82", "44551 -8.18", "5141 130.00", "71211 -200.00")
		h.Sound()
	})
}
