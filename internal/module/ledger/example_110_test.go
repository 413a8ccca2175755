package ledger

import (
	"fmt"
	"testing"

	"wasl/internal/testkit/dbtest"
)

// TestBillOfSevenPayments is the example of the specification: a bill of 110.01
// (100.01 net, VAT at 10 % = 10.00), seven payments, the third a cheque that
// comes back after it was cleared, then a credit note for what is left.
//
// Worked out by hand. VAT moved by the payments p1…pn together is
// 10.00 × paid / 110.01 to the nearest centime:
//
//  1. 20.00 cash      paid  20.00   200.00/110.01 = 1.81801…  VAT 1.82  4455  1.82  44551 8.18
//  2. 15.37 transfer  paid  35.37   353.70/110.01 = 3.21516…  VAT 3.22  4455  3.22  44551 6.78
//  3. 25.00 cheque    paid  60.37   603.70/110.01 = 5.48768…  VAT 5.49: the cheque stands for 2.27,
//     under reserve: nothing moves            4455  3.22  44551 6.78
//  4. 10.00 cash      paid  70.37   703.70/110.01 = 6.39669…  VAT 6.40: 0.91 more
//     4455  4.13  44551 5.87
//     the cheque is cleared: its 2.27                         4455  6.40  44551 3.60
//  5. 8.88 cash       paid  79.25   792.50/110.01 = 7.20389…  VAT 7.20: 0.80 more
//     4455  7.20  44551 2.80
//     the cheque comes back: its 2.27 return                  4455  4.93  44551 5.07
//  6. 30.00 cash      paid  84.25   842.50/110.01 = 7.65839…  VAT 7.66: 7.66 − 4.93 = 2.73 more
//     4455  7.66  44551 2.34
//  7. 5.76 transfer   paid  90.01   900.10/110.01 = 8.18198…  VAT 8.18: 0.52 more
//     4455  8.18  44551 1.82
//  8. credit note of 20.00 = 18.18 + 1.82 for the rest. The note takes 1.82 off 44551 when it
//     is posted; set against the bill, what it moves of both is 1.82: no VAT is cashed.
//     4455  8.18  44551 0.00
func TestBillOfSevenPayments(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			sevenPayments(t, newHouse(t, engine))
		})
	}
}

func sevenPayments(t *testing.T, h *house) {
	bill := h.bill("2026-01-05", "100.01", "10.00")
	step := func(what, due, waiting string) {
		t.Helper()
		got := map[string]string{"4455": "0.00", "44551": "0.00"}
		for _, line := range h.balances(AsOf{}) {
			var account, amount string
			if _, err := fmt.Sscan(line, &account, &amount); err == nil {
				got[account] = amount
			}
		}
		if got["4455"] != due || got["44551"] != waiting {
			t.Errorf("%s: 4455 %s and 44551 %s, want %s and %s", what, got["4455"], got["44551"], due, waiting)
		}
	}
	step("billed", "0.00", "-10.00")
	h.receipt("2026-01-06", "51613", "20.00", false, bill.ID)
	step("1 cash", "-1.82", "-8.18")
	h.receipt("2026-01-07", "5141", "15.37", false, bill.ID)
	step("2 transfer", "-3.22", "-6.78")
	cheque := h.receipt("2026-01-08", "51111", "25.00", true, bill.ID)
	step("3 cheque", "-3.22", "-6.78")
	h.receipt("2026-01-09", "51613", "10.00", false, bill.ID)
	step("4 cash", "-4.13", "-5.87")
	h.transfer("2026-01-10", "51111", "51112", "25.00")
	h.transfer("2026-01-12", "51112", "5141", "25.00")
	h.clear("2026-01-12", cheque.Item.ID)
	step("the cheque is cleared", "-6.40", "-3.60")
	h.receipt("2026-01-13", "51613", "8.88", false, bill.ID)
	step("5 cash", "-7.20", "-2.80")
	h.giveBack("2026-01-14", "5141", cheque.Item.ID, "0.00")
	step("the cheque comes back", "-4.93", "-5.07")
	h.receipt("2026-01-15", "51613", "30.00", false, bill.ID)
	step("6 cash", "-7.66", "-2.34")
	h.receipt("2026-01-16", "5141", "5.76", false, bill.ID)
	step("7 transfer", "-8.18", "-1.82")
	h.open(Opening{
		Posting: h.posting("2026-01-20"), Kind: ItemCreditNote, Split: taxed("18.18", "1.82"), Service: Water, Pay: []Pay{{bill.ID, dh("20.00")}},
	})
	step("8 credit note", "-8.18", "0.00")
	// Cash desks 20.00 + 10.00 + 8.88 + 30.00, bank 15.37 + 5.76 + 25.00 − 25.00, revenue 100.01 − 18.18.
	h.expect("at the end", "4455 -8.18", "5141 21.13", "51613 68.88", "71211 -81.83")
}
