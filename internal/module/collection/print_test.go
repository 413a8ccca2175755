package collection_test

import (
	"strings"
	"testing"
	"time"

	"wasl/internal/module/collection"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/pdftext"
)

// pages reads the file that an operation gives to somebody.
func pages(w *apptest.World, who op.Credential, name string, in op.Input) []string {
	w.Helper()
	_, body := w.PDF(who, name, in)
	return pdftext.Pages(w, body)
}

// TestReceiptPrinted: a bill of 110.00 of which 60.00 are paid in cash. The original goes
// to whoever had it printed, for ten minutes; everything after it is a duplicate. Each
// print is in the audit.
func TestReceiptPrinted(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		h.bill(h.account, "100.00", "10.00")
		taken := h.take("cash;60.00")
		in := op.Input{"id": taken.ID.String()}
		refused(w, "collection.receipt.paper", in, "collection.not_printed")
		first := do[collection.Printed](w, "collection.receipt.print", op.Input{"id": taken.ID.String(), "paper": "ticket"})
		if first.Copy != 1 || first.Duplicate || first.Paper != collection.PaperTicket || first.Number != taken.Number {
			t.Errorf("the first print: %+v", first)
		}
		duplicate := func(who op.Credential, what string, want bool) {
			t.Helper()
			got := pages(w, who, "collection.receipt.paper", in)
			said := "\n" + got[0] + "\n"
			if strings.Contains(said, "\nDUPLICATA\n") != want {
				t.Errorf("%s: duplicate %v", what, !want)
			}
			// 60.00 and its duty of 0.15; 50.00 stay of 110.00.
			for _, word := range []string{taken.Number, "60,00", "0,15", "60,15\u00a0DH", "50,00"} {
				if !strings.Contains(strings.ReplaceAll(said, "\u202f", "\u00a0"), "\n"+word+"\n") {
					t.Errorf("%s: the paper does not say %q:\n%s", what, word, said)
				}
			}
		}
		duplicate(admin(), "at once", false)
		duplicate(apptest.Console(apptest.Second), "for another person", true)
		w.Clock.Advance(11 * time.Minute)
		duplicate(admin(), "later", true)
		h.take("cash;50.00") // what a receipt left of a bill stays what it was
		second := do[collection.Printed](w, "collection.receipt.print", in)
		if second.Copy != 2 || !second.Duplicate || second.Paper != collection.PaperA5 {
			t.Errorf("the second print, on the paper of the desk: %+v", second)
		}
		duplicate(admin(), "printed again", true)
		if card := do[collection.ReceiptCard](w, "collection.receipt.get", in); card.Copies != 2 || card.Paid[0].Left != dh("50.00") {
			t.Errorf("%d prints, %s left", card.Copies, card.Paid[0].Left)
		}
		h.Sound()
	})
}

// TestStatementPrinted: a bill of 110.00, 60.00 paid today: 50.00 are owed.
func TestStatementPrinted(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		h.bill(h.account, "100.00", "10.00")
		taken := h.take("transfer;60.00;V-1")
		got := pages(w, admin(), "collection.statement.paper", op.Input{"receivable_account": h.account.String(), "from": h.today(), "to": h.today()})
		for _, word := range []string{"110,00", "60,00", taken.Number, "50,00\u00a0DH", "page 1/1"} {
			if !strings.Contains("\n"+got[0]+"\n", "\n"+word+"\n") {
				t.Errorf("the statement does not say %q:\n%s", word, got[0])
			}
		}
	})
}
