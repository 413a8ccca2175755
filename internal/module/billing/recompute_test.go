package billing_test

import (
	"encoding/json"
	"slices"
	"testing"

	"wasl/internal/module/billing"
	"wasl/internal/module/metering"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// A reading corrected after its bill makes another consumption: the run computed again names
// that bill and no other. Twelve units cost what they were billed; once the index is 20
// instead of 25, seven do; corrected back, the run is what was approved.
func TestACorrectedReadingIsNamed(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		w.Watered()
		unit := op.Input{"unit": w.At[apptest.Own].Unit.String()}
		for _, f := range [][3]string{
			{"customer.import", "clients.csv", "customer_code,name,contract_code,service,service_point_code,tariff,category,vat_use,starts_on\n" +
				"U-1,Salma Tazi,K-1,water,P-1," + apptest.TariffCode + ",DOM,domestic,2025-06-01\nU-2,Omar Alami,K-2,water,P-2," + apptest.TariffCode + ",DOM,domestic,2025-06-01\n"},
			{"metering.meter.import", "compteurs.csv", "serial,contract,service,installed_on,index\nM-1,K-1,water,2025-06-30,13\nM-2,K-2,water,2025-06-30,13\n"},
			{"metering.reading.import", "releves.csv", "serial,date,index\nM-1,2025-07-31,25\nM-2,2025-07-31,25\n"},
		} {
			if r := w.Imported(f[0], f[1], f[2], unit); r.Created != 2 {
				t.Fatalf("%s: %+v", f[0], r)
			}
		}
		run, _ := w.Issued(apptest.Own, "2025-07-01")
		if len(recomputed(t, w, run)) != 0 {
			t.Fatal("another hash before anything was corrected")
		}
		bill := apptest.Rows[billing.Bill](w, "billing.bill.list", op.Input{"run": run.String()})
		i := slices.IndexFunc(bill, func(b billing.Bill) bool { return b.Contract == "K-2" })
		correct(t, w, "20")
		if got := recomputed(t, w, run); len(got) != 1 || got[0].Number != bill[i].Number || got[0].Was != bill[i].Total || got[0].Now >= got[0].Was || got[0].Now <= 0 {
			t.Errorf("the bill %s of 12 for a consumption of 7: %+v", bill[i].Number, got)
		}
		correct(t, w, "25")
		if got := recomputed(t, w, run); len(got) != 0 {
			t.Errorf("corrected back: %+v", got)
		}
	})
}

// correct gives the last reading of the second meter another index.
func correct(t *testing.T, w *apptest.World, index string) {
	t.Helper()
	for _, r := range apptest.Rows[metering.ReadingRow](w, "metering.reading.list", op.Input{}) {
		if r.Serial == "M-2" && r.State == metering.Valid && r.ReadingDate.String() == "2025-07-31" {
			w.Must(apptest.Console(apptest.Admin), "metering.reading.correct", op.Input{
				"account": r.Account.String(), "id": r.ID.String(), "index": index, "reason": "Erreur de lecture",
			})
			return
		}
	}
	t.Fatal("no reading")
}

// recomputed are the differences of a run computed again.
func recomputed(t *testing.T, w *apptest.World, run op.ID) []billing.Difference {
	t.Helper()
	var s billing.RecomputeSummary
	if err := json.Unmarshal(w.Worked("billing.recompute", op.Input{"run": run.String()}), &s); err != nil {
		t.Fatal(err)
	}
	if s.Equal != (s.Different == 0) || int(s.Different) != len(s.Differences) {
		t.Errorf("%+v", s)
	}
	return s.Differences
}
