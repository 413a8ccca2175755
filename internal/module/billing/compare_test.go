package billing_test

import (
	"fmt"
	"strings"
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// TestComparisonByHand bills two contracts of two categories: 1 m³ in September (one of them),
// nothing in October, 10 and 6 m³ in November, then 5 and 12 m³ in December. The first six
// cubic metres are at 2.30, the others at 7.40, VAT is 8 %:
//
//	September  KA  1 m³   2.30  0.18   2.48
//	November   KA 10 m³  43.40  3.47  46.87   KB  6 m³  13.80  1.10  14.90   both 16 m³  57.20  4.57  61.77
//	December   KA  5 m³  11.50  0.92  12.42   KB 12 m³  58.20  4.66  62.86   both 17 m³  69.70  5.58  75.28
func TestComparisonByHand(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		w.Watered()
		pair(w)
		for _, month := range []string{"2025-09-01", "2025-11-01"} {
			run := pairRun(w, month)
			w.Approved(w.Must(apptest.Console(apptest.Admin), "billing.run.approve", op.Input{"id": run.String(), "sha256": w.RunCard(run).SHA256}))
			w.Worked("billing.run.issue", op.Input{"id": run.String()})
		}
		run := pairRun(w, "2025-12-01")
		c, ok := w.Must(apptest.Console(apptest.Admin), "billing.run.compare", op.Input{"id": run.String()}).Out.(billing.RunComparison)
		if !ok || len(c.Periods) != 3 || len(c.Rows) != 3 {
			t.Fatalf("%+v", c)
		}
		for i, want := range []string{"2025-11-01 true", "2025-10-01 false", "2025-09-01 true"} {
			if got := fmt.Sprint(c.Periods[i].From, " ", c.Periods[i].Known); got != want || c.Periods[i].From != c.Periods[i].To {
				t.Errorf("period %d is %s, want %s", i, got, want)
			}
		}
		rate := func(r *money.Rate) string {
			if r == nil {
				return "none"
			}
			return fmt.Sprint(int64(*r))
		}
		for i, want := range []string{
			"water  {2 17 69.70 5.58 75.28} {2 16 57.20 4.57 61.77} {1 1 2.30 0.18 2.48} 0 625 2185 2210 2187",
			"water KA {1 5 11.50 0.92 12.42} {1 10 43.40 3.47 46.87} {1 1 2.30 0.18 2.48} 0 -5000 -7350 -7349 -7350",
			"water KB {1 12 58.20 4.66 62.86} {1 6 13.80 1.10 14.90} {0 0 0.00 0.00 0.00} 0 10000 32174 32364 32188",
		} {
			r, ch := c.Rows[i], c.Rows[i].Change
			got := fmt.Sprint(r.Service, " ", r.Category, " ", r.Now, " ", r.Before[0], " ", r.Before[2], " ", rate(ch.Bills), " ", rate(ch.Quantity), " ", rate(ch.Net),
				" ", rate(ch.Tax), " ", rate(ch.Total))
			if got != want {
				t.Errorf("row %d:\n %s\n want\n %s", i, got, want)
			}
		}
		page := w.Get("/billing/runs/"+run.String(), w.Session(apptest.Admin))
		for _, text := range []string{"11/2025", "69,70", "57,20", "+21,87"} {
			if page.Status != 200 || !strings.Contains(page.Body, text) {
				t.Errorf("status %d, the page does not show %q", page.Status, text)
			}
		}
	})
}

// pair gives the place Sibling the two contracts and what they used.
func pair(w *apptest.World) {
	w.Helper()
	customers := "customer_code,name,contract_code,service,service_point_code,tariff,category,vat_use,starts_on\n"
	spent := "contract,from,to,quantity\n"
	for _, code := range []string{"KA", "KB"} {
		customers += fmt.Sprintf("%s,Client %s,%s,water,%s,%s,%s,domestic,2024-01-01\n", code, code, code, code, apptest.TariffCode, code)
	}
	for _, line := range []string{
		"KA,2025-09-01,2025-09-30,1", "KA,2025-11-01,2025-11-30,10", "KB,2025-11-01,2025-11-30,6", "KA,2025-12-01,2025-12-31,5", "KB,2025-12-01,2025-12-31,12",
	} {
		spent += line + "\n"
	}
	unit := w.Units["C21"].String()
	w.Worked("customer.import", op.Input{"file": op.NewUpload("c.csv", []byte(customers)), "unit": unit})
	w.Worked("metering.import", op.Input{"file": op.NewUpload("m.csv", []byte(spent)), "unit": unit, "service": "water"})
}

// pairRun computes the run of a month for the two categories.
func pairRun(w *apptest.World, month string) op.ID {
	w.Helper()
	saved, ok := w.Must(apptest.Console(apptest.Admin), "billing.run.prepare", op.Input{
		"unit": w.Units["C21"].String(), "from_month": month, "service": "water", "categories": []any{"KA", "KB"}, "allow_missing": true,
	}).Out.(billing.RunSaved)
	if !ok {
		w.Fatal("no run")
	}
	w.Worked("billing.run.compute", op.Input{"id": saved.ID.String()})
	return saved.ID
}
