package ledger

import (
	"context"
	"testing"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// TestRatesByHand: facts §9. February bills 220.00 and 55.00. In February come 110.00 for
// a bill of January, 60.00 for one of February, and a cheque of 40.00 that goes back; in
// March 100.00 more for February. A credit note is not a collection.
func TestRatesByHand(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			h.at("2026-01-10")
			january := h.bill("2026-01-10", "100.00", "10.00")
			h.at("2026-02-28")
			first := h.bill("2026-02-05", "200.00", "20.00")
			second := h.bill("2026-02-10", "50.00", "5.00")
			h.receipt("2026-02-12", "51613", "110.00", false, january.ID)
			h.receipt("2026-02-15", "5141", "60.00", false, first.ID)
			cheque := h.receipt("2026-02-18", "51111", "40.00", true)
			h.must(func(ctx context.Context, tx db.Tx) error {
				_, err := h.m.Return(ctx, tx, Returning{Account: h.account, Credit: cheque.Item.ID, Tender: "51111", On: date("2026-02-22"), Reason: "Impayé"})
				return err
			})
			h.open(Opening{
				Posting: h.posting("2026-02-20"), Kind: ItemCreditNote, Split: taxed("20.00", "2.00"), Service: Water, Pay: []Pay{{second.ID, dh("22.00")}},
			})
			h.at("2026-03-03")
			h.receipt("2026-03-03", "5141", "100.00", false, first.ID)
			for _, c := range []struct {
				on   string
				want RateRow
			}{
				{"2026-02-28", RateRow{h.units["C1"], dh("275.00"), dh("60.00"), dh("170.00"), dh("110.00")}},
				{"2026-03-31", RateRow{h.units["C1"], dh("275.00"), dh("160.00"), dh("170.00"), dh("110.00")}},
			} {
				var got []RateRow
				_, err := h.run.Rows(t.Context(), h.as(1, "ledger.rate.list", op.Input{"month": "2026-02-14", "on": c.on}), nil, func(row any) error {
					r, _ := row.(RateRow)
					got = append(got, r)
					return nil
				})
				if err != nil || len(got) != 1 || got[0] != c.want {
					t.Errorf("on %s: %+v, want %+v: %v", c.on, got, c.want, err)
				}
			}
		})
	}
}
