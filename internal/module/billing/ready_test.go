package billing_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/billing"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// written changes rows behind the back of the operations.
func written(w *apptest.World, topic, sql string, args ...any) {
	w.Helper()
	err := w.App.DB.Write(w.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.Exec(ctx, sql, args...); err != nil {
			return err
		}
		return db.Renew(ctx, tx, topic)
	})
	if err != nil {
		w.Fatal(err)
	}
}

// TestAllReasonsBeforeTheStart puts three wrongs beside each other: a contract without
// consumption, a rule for the tax that is gone, and an account of sales that is closed. The
// run is refused with all of them, and nothing is begun.
func TestAllReasonsBeforeTheStart(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		w.Watered()
		town(w, 2)
		in := op.Input{"unit": w.Units["C21"].String(), "from_month": apptest.BillMonth, "service": "water"}
		unread := "customer_code,name,contract_code,service,service_point_code,tariff,category,vat_use,starts_on\n" +
			"N9,Client 9,N9,water,N9," + apptest.TariffCode + ",DOM,domestic,2024-01-01\n"
		w.Worked("customer.import", op.Input{"file": op.NewUpload("c.csv", []byte(unread)), "unit": in["unit"]})
		written(w, "ledger.rules", `DELETE FROM posting_rule WHERE set_id = 1 AND event = 'bill' AND regime = 'encaissement'`)
		written(w, "ledger.rules", `UPDATE gl_account SET valid_to = $1 WHERE code = '71211'`, w.App.Today())
		_, err := w.Run(apptest.Console(apptest.Admin), "billing.run.prepare", in)
		if fault.CodeOf(err) != "billing.run_refused" {
			t.Fatal(err)
		}
		var got []string
		for _, f := range fault.As(err).Fields {
			got = append(got, f.Path+" "+f.Code)
		}
		want := []string{"allow_missing billing.missing", "issued_on ledger.use_account", "issued_on ledger.use_unbalanced"}
		if !slices.Equal(got, want) {
			t.Errorf("reasons %q, want %q", got, want)
		}
		if f := fault.As(err).Fields[2]; f.Args["service"] != "water" || f.Args["nature"] != "vat" {
			t.Errorf("unbalanced: %v", f.Args)
		}
		if f := fault.As(err).Fields[1]; f.Args["account"] != "71211" {
			t.Errorf("account: %v", f.Args)
		}
		for _, r := range apptest.Rows[billing.RunRow](w, "billing.run.list", op.Input{}) {
			if r.Unit == w.Units["C21"] {
				t.Errorf("a run was begun: %s", r.Code)
			}
		}
	})
}

// TestTaxPoint bills ten cubic metres of November 2025, the same at two places, 43.40 without taxes, on 15
// December 2026, when VAT is 9 %. While the supply decides the rate it is that of November,
// 8 %: 3.472, printed 3.47, 46.87 in all. Once the bill decides, for water alone, it is 9 %:
// 3.906, printed 3.91, 47.31 in all; what was billed keeps its rate, explained and computed
// again.
func TestTaxPoint(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		admin := apptest.Console(apptest.Admin)
		w.Watered()
		w.Must(admin, "tariff.import", op.Input{"files": []any{op.NewUpload("tva.yaml", apptest.TaxFile("2026-12-01", "0.09"))}})
		var drafts []any
		for _, v := range apptest.Rows[tariff.VersionRow](w, "tariff.versions", op.Input{}) {
			if v.Tariff == apptest.TariffTax && v.State == tariff.Draft {
				drafts = append(drafts, v.ID.String())
			}
		}
		w.Approved(w.Must(admin, "tariff.activate", op.Input{"versions": drafts, "reason": "Taux de 9 %"}))
		first := decemberBill(t, w, apptest.Own, 3_47, 46_87)
		for _, set := range [][2]string{{"", "supply"}, {"water", "bill"}} {
			w.Approved(w.Must(admin, "org.entity.fiscal_set", op.Input{
				"id": w.Entity.String(), "parameter": "tax_point", "service": set[0], "value": set[1], "valid_from": "2026-12-01", "reason": "Option",
			}))
		}
		decemberBill(t, w, apptest.Sibling, 3_91, 47_31)
		if told := explained(w, first.Number); !strings.Contains(told, "8") || !strings.Contains(told, "46,87") {
			t.Errorf("the first bill is explained as %s", told)
		}
		w.Sound()
	})
}

// decemberBill bills November on 15 December 2026 and looks at the bill of the place.
func decemberBill(t *testing.T, w *apptest.World, place apptest.Place, tax, total money.Amount) (bill billing.Bill) {
	t.Helper()
	admin := apptest.Console(apptest.Admin)
	saved, ok := w.Must(admin, "billing.run.prepare", op.Input{
		"unit": w.At[place].Unit.String(), "from_month": apptest.BillMonth, "service": "water", "allow_missing": true, "issued_on": "2026-12-15",
	}).Out.(billing.RunSaved)
	if !ok {
		t.Fatal("no run")
	}
	id := op.Input{"id": saved.ID.String()}
	w.Worked("billing.run.compute", id)
	w.Approved(w.Must(admin, "billing.run.approve", op.Input{"id": saved.ID.String(), "sha256": w.RunCard(saved.ID).SHA256}))
	w.Worked("billing.run.issue", id)
	for _, b := range apptest.Rows[billing.Bill](w, "billing.bill.list", op.Input{"run": saved.ID.String()}) {
		if b.Unit == w.At[place].Unit {
			bill = b
		}
	}
	if bill.Net != 43_40 || bill.Tax != tax || bill.Total != total {
		t.Errorf("at %v: %v + %v = %v, want 43.40 + %v = %v", place, bill.Net, bill.Tax, bill.Total, tax, total)
	}
	if told := explained(w, bill.Number); !strings.Contains(told, total.French()) {
		t.Errorf("at %v explained as %s", place, told)
	}
	queued, ok := w.Must(admin, "billing.recompute", op.Input{"run": saved.ID.String()}).Out.(op.QueuedJob)
	if err := w.App.Queue.RunJob(w.Context(), queued.Job); err != nil || !ok {
		t.Fatal(err)
	}
	j, ok := w.Must(admin, "job.show", op.Input{"id": queued.Job.String()}).Out.(job.Job)
	if !ok || !strings.Contains(string(j.Summary), `"equal":true`) {
		t.Errorf("at %v computed again: %s", place, j.Summary)
	}
	return bill
}

// explained are the sentences on how a bill came about.
func explained(w *apptest.World, number string) string {
	w.Helper()
	told, _ := w.Must(apptest.Console(apptest.Admin), "billing.explain", op.Input{"number": number}).Out.(billing.Explained)
	return strings.Join(told.Sentences, " ")
}
