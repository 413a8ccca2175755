package ledger

import (
	"context"
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// doubtfulHouse has a rule of 90 days for all, none for the State, and three bills.
func doubtfulHouse(t *testing.T, engine string) (h *house, bills []Item) {
	t.Helper()
	h = newHouse(t, engine)
	rule := func(nature, days string) {
		do[struct{}](h, "ledger.doubtful_rule.set", op.Input{
			"legal_nature": nature, "valid_from": "2026-01-01", "days_late": days, "account": "3424", "label": "Règle", "reason": "Décision",
		})
		h.approveAll()
	}
	rule("", "90")
	rule("state", "0")
	for _, on := range []string{"2026-01-05", "2026-01-20", "2026-02-01"} {
		h.at(on)
		bills = append(bills, h.bill(on, "100.00", "10.00"))
	}
	h.open(Opening{Posting: h.posting("2026-01-06"), Kind: ItemBill, Split: taxed("1.00", "0.10"), Service: Water, Category: "domestic", LegalNature: "state"})
	return h, bills
}

// transferred prepares the list of C1 and has a second person approve it.
func (h *house) transferred(on string) DoubtfulList {
	h.t.Helper()
	l := do[DoubtfulList](h, "ledger.doubtful.show", op.Input{"id": h.units["C1"].String(), "effective_on": on})
	do[struct{}](h, "ledger.doubtful.transfer", op.Input{"unit": h.units["C1"].String(), "effective_on": on, "sha256": l.SHA256, "reason": "Trimestre"})
	h.approveAll()
	return l
}

// TestDoubtfulByHand: facts §6.2. Debts of 90 days go to 3424 with their tax, the VAT of
// a regime on receipts stays where it waits; what is paid comes back by the entry of its
// payment, a cheque that returns leaves the debt on 3421, and a person takes one back.
func TestDoubtfulByHand(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, bills := doubtfulHouse(t, engine)
			// The first is due since 5 January: 90 days late on 5 April; the second on 20 April.
			h.at("2026-04-30")
			if l := h.transferred("2026-04-19"); l.Count != 1 || l.Amount != dh("110.00") {
				t.Fatalf("on 19 April %+v", l)
			}
			h.expect("one transfer", "3421 221.10", "3424 110.00", "44551 -30.10", "71211 -301.00")
			if l := h.transferred("2026-04-30"); l.Count != 1 || l.Amount != dh("110.00") {
				t.Fatalf("on 30 April %+v", l)
			}
			h.expect("two transfers", "3421 111.10", "3424 220.00", "44551 -30.10", "71211 -301.00")
			// 55.00 of the first in cash: D 51613 55 / C 3424 55, and half its VAT.
			paid := h.receipt("2026-04-30", "51613", "55.00", false, bills[0].ID)
			if lines := h.lines(paid.Entries[0]); !slices.Equal(lines, []string{"51613 55.00", "3424 -55.00", "44551 5.00", "4455 -5.00"}) {
				t.Errorf("the entry of the payment: %v", lines)
			}
			h.expect("a part paid", "3421 111.10", "3424 165.00", "4455 -5.00", "44551 -25.10", "51613 55.00", "71211 -301.00")
			// A cheque of 110.00 for the second comes back: its debt stands on 3421 again.
			cheque := h.receipt("2026-04-30", "51111", "110.00", true, bills[1].ID)
			h.expect("a cheque", "3421 111.10", "3424 55.00", "4455 -5.00", "44551 -25.10", "51111 110.00", "51613 55.00", "71211 -301.00")
			h.must(func(ctx context.Context, tx db.Tx) error {
				_, err := h.m.Return(ctx, tx, Returning{Account: h.account, Credit: cheque.Item.ID, Tender: "51111", On: date("2026-04-30"), Reason: "Impayé"})
				return err
			})
			h.expect("returned", "3421 221.10", "3424 55.00", "4455 -5.00", "44551 -25.10", "51613 55.00", "71211 -301.00")
			do[struct{}](h, "ledger.doubtful.return", op.Input{"id": bills[0].ID.String(), "receivable_account": h.account.String(), "reason": "Échéancier signé"})
			h.approveAll()
			h.expect("taken back", "3421 276.10", "4455 -5.00", "44551 -25.10", "51613 55.00", "71211 -301.00")
			h.refuse("ledger.doubtful.return", op.Input{"id": bills[0].ID.String(), "receivable_account": h.account.String(), "reason": "Encore"}, "ledger.doubtful_none")
			h.sound()
		})
	}
}

// TestDoubtfulTwoClocks: a payment of a day before the transfer, entered after it, leaves
// the past as it was: the debt is doubtful from its transfer on, less what was paid.
func TestDoubtfulTwoClocks(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, bills := doubtfulHouse(t, engine)
			h.at("2026-05-10")
			h.transferred("2026-04-10")
			january, _ := day.ParseMonth("2026-01")
			for m := january; m.Before(january.Add(4)); m = m.Add(1) {
				h.close(m)
			}
			h.at("2026-05-12")
			h.receipt("2026-03-20", "5141", "30.00", false, bills[0].ID)
			ages := func(what string, q AgeingQuery, want ...string) {
				t.Helper()
				h.ages(what, q, want...)
			}
			end := date("2026-04-30")
			then := h.clock.Now().AddDate(0, 0, -1)
			ages("doubtful on 9 April", AgeingQuery{AsOf: AsOf{On: date("2026-04-09")}, Doubt: InDoubt})
			ages("doubtful on 10 April", AgeingQuery{AsOf: AsOf{On: date("2026-04-10")}, Doubt: InDoubt}, "80.00")
			ages("doubtful at the end of April", AgeingQuery{AsOf: AsOf{On: end}, Doubt: InDoubt}, "80.00")
			ages("as known before the payment", AgeingQuery{AsOf: AsOf{On: end, KnownAt: then}, Doubt: InDoubt}, "110.00")
			ages("as closed", AgeingQuery{AsOf: AsOf{On: end}, Doubt: InDoubt, Closed: true}, "110.00")
			ages("the others as closed", AgeingQuery{AsOf: AsOf{On: end}, Doubt: WithoutDoubt, Closed: true}, "221.10")
			ages("the others", AgeingQuery{AsOf: AsOf{On: end}, Doubt: WithoutDoubt}, "221.10")
			ages("all", AgeingQuery{AsOf: AsOf{On: end}}, "301.10")
			if got := h.balances(AsOf{On: end}); !slices.Contains(got, "3424 80.00") || !slices.Contains(got, "3421 221.10") {
				t.Errorf("accounts at the end of April: %v", got)
			}
			h.sound()
		})
	}
}

// TestDoubtfulListChanges: a list that has changed between its preparation and its
// approval is not posted.
func TestDoubtfulListChanges(t *testing.T) {
	t.Parallel()
	h, bills := doubtfulHouse(t, dbtest.SQLite)
	h.at("2026-04-30")
	in := op.Input{"unit": h.units["C1"].String(), "effective_on": "2026-04-30", "reason": "Trimestre"}
	in["sha256"] = do[DoubtfulList](h, "ledger.doubtful.show", op.Input{"id": h.units["C1"].String(), "effective_on": "2026-04-30"}).SHA256
	do[struct{}](h, "ledger.doubtful.transfer", in)
	h.receipt("2026-04-30", "51613", "1.00", false, bills[0].ID)
	before := h.balances(AsOf{})
	var waiting op.Proposal
	_, err := h.run.Rows(t.Context(), h.as(2, "approval.list", op.Input{"state": "waiting"}), nil, func(row any) error {
		waiting, _ = row.(op.Proposal)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.run.Run(t.Context(), h.as(2, "approval.approve", op.Input{"id": waiting.ID.String(), "version": "1"}))
	if !slices.Contains(codesOf(err), "ledger.doubtful_changed") {
		t.Errorf("approving another list: %v", err)
	}
	if after := h.balances(AsOf{}); !slices.Equal(before, after) {
		t.Errorf("it moved %v to %v", before, after)
	}
	h.refuse("ledger.doubtful.transfer", op.Input{"unit": h.units["C2"].String(), "effective_on": "2026-04-30", "sha256": "x", "reason": "Vide"}, "ledger.doubtful_empty")
	h.refuse("ledger.doubtful_rule.set", op.Input{
		"valid_from": "2026-01-01", "days_late": "1", "account": "5141", "label": "Banque", "reason": "Erreur",
	}, "ledger.doubtful_account")
}

// TestDoubtfulInBulk: a lot of receipts brings doubtful debts back as single receipts do.
func TestDoubtfulInBulk(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, bills := doubtfulHouse(t, engine)
			h.at("2026-04-30")
			h.transferred("2026-04-30")
			h.must(func(ctx context.Context, tx db.Tx) error {
				held, err := h.m.HoldAll(ctx, tx, []op.ID{h.account})
				if err != nil {
					return err
				}
				open := func(amount string, item op.ID) Opening {
					return Opening{
						Posting: h.posting("2026-04-30"), Kind: ItemReceipt, Split: Received(dh(amount)), Service: Other, Tender: "5141",
						Pay: []Pay{{item, dh(amount)}},
					}
				}
				_, err = h.m.OpenAll(ctx, tx, held, Totals{Document: "LOT"}, []Opening{open("40.00", bills[0].ID), open("110.00", bills[1].ID), open("70.00", bills[0].ID)})
				return err
			})
			h.expect("all doubtful debts paid", "3421 111.10", "4455 -20.00", "44551 -10.10", "5141 220.00", "71211 -301.00")
			h.sound()
		})
	}
}

// lines are those of an entry as text.
func (h *house) lines(e Entry) (out []string) {
	h.read(func(ctx context.Context, r db.Reader) error {
		all, err := linesOf(ctx, r, e.Account, e.ID)
		for _, l := range all {
			out = append(out, l.Account+" "+l.Amount.String())
		}
		return err
	})
	return out
}
