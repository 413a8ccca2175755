package billing_test

import (
	"slices"
	"testing"

	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// The bills of a run are listed from the last account to the first, its credit notes
// beside the first, page by page as in one.
func TestBillsOfARunInPages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		admin := apptest.Console(apptest.Admin)
		town(w, 8)
		run := prepared(w, "3")
		w.Approved(w.Must(admin, "billing.run.approve", op.Input{"id": run.String(), "sha256": w.RunCard(run).SHA256}))
		w.Worked("billing.run.issue", op.Input{"id": run.String()})
		in := op.Input{"run": run.String()}
		bills := apptest.Rows[billing.Bill](w, "billing.bill.list", in)
		if len(bills) < 7 || !slices.IsSortedFunc(bills, func(a, b billing.Bill) int { return int(b.Account - a.Account) }) {
			t.Fatalf("%d bills, %v", len(bills), bills)
		}
		taken := bills[3]
		w.Approved(w.Must(admin, "billing.bill.cancel", op.Input{"account": taken.Account.String(), "id": taken.ID.String(), "reason": "Erreur"}))
		want := apptest.Rows[billing.Bill](w, "billing.bill.list", in)
		last := want[len(want)-2:]
		if len(want) != len(bills)+1 || last[0].Kind != billing.KindCreditNote || last[0].Account != taken.Account || last[1].ID != bills[len(bills)-1].ID {
			t.Fatalf("%d bills, the last are %+v", len(want), last)
		}
		for _, limit := range []int{1, 3, len(want) - 1} {
			var got []billing.Bill
			page := op.Page{Limit: limit, Sort: "-issued"}
			for more := true; more; {
				var err error
				more, err = w.App.Runner.Rows(w.Context(), op.Request{Name: "billing.bill.list", Credential: admin, Input: in, Page: page}, nil, func(row any) error {
					got = append(got, row.(billing.Bill)) //nolint:forcetypeassert // a list of bills
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				page.After = got[len(got)-1].PageKey("issued")
			}
			if !slices.EqualFunc(got, want, func(a, b billing.Bill) bool { return a.ID == b.ID }) {
				t.Errorf("pages of %d give %d bills in another order", limit, len(got))
			}
		}
	})
}
