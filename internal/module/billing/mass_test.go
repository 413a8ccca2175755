package billing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// street gives the place Sibling three contracts that used nothing in November 2025 and two
// that nobody read, beside those that are there.
func street(w *apptest.World) {
	w.Helper()
	var customers, spent strings.Builder
	customers.WriteString("customer_code,name,contract_code,service,service_point_code,tariff,category,vat_use,starts_on\n")
	spent.WriteString("contract,from,to,quantity\n")
	for _, code := range []string{"Z1", "Z2", "Z3", "M1", "M2"} {
		fmt.Fprintf(&customers, "%s,Client %s,%s,water,%s,%s,DOM,domestic,2024-01-01\n", code, code, code, code, apptest.TariffCode)
		if code[0] == 'Z' {
			fmt.Fprintf(&spent, "%s,2025-11-01,2025-11-30,0\n", code)
		}
	}
	unit := w.Units["C21"].String()
	w.Worked("customer.import", op.Input{"file": op.NewUpload("c.csv", []byte(customers.String())), "unit": unit})
	w.Worked("metering.import", op.Input{"file": op.NewUpload("m.csv", []byte(spent.String())), "unit": unit, "service": "water"})
}

// exceptionsOf are the exceptions of a run by contract.
func exceptionsOf(w *apptest.World, run op.ID) map[string]billing.Exception {
	w.Helper()
	out := map[string]billing.Exception{}
	for _, e := range apptest.Rows[billing.Exception](w, "billing.exception.list", op.Input{"run": run.String()}) {
		out[e.Contract] = e
	}
	return out
}

// TestMassDecisionsOnExceptions: three bills of nothing and two contracts without consumption.
// Accepting all changes no bill; leaving two of the bills of nothing out takes them from the
// run, which is computed anew without them; what is handed to somebody stays open.
func TestMassDecisionsOnExceptions(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		street(w)
		run := prepared(w, "10")
		bills := w.RunCard(run).Bills
		found := exceptionsOf(w, run)
		in := op.Input{"run": run.String(), "decision": "accepted"}
		admin := apptest.Console(apptest.Admin)
		preview := w.Must(admin, "billing.exception.preview", in).Out.(billing.ExceptionEffect)
		want := []billing.ExceptionGroup{{Rule: billing.RuleMissing, Service: "water", Count: 2}, {Rule: billing.RuleZero, Service: "water", Count: 3}}
		if preview.Count != 5 || preview.Moved != 0 || preview.Refused != 0 || !slices.Equal(preview.Groups, want) {
			t.Errorf("accepting: %+v, want %+v", preview, want)
		}
		in["decision"] = "excluded"
		if preview = w.Must(admin, "billing.exception.preview", in).Out.(billing.ExceptionEffect); preview.Count != 5 || preview.Moved != 3 || preview.Runs != 1 {
			t.Errorf("excluding: %+v", preview)
		}
		agent := w.At[apptest.Sibling].Agent
		w.Worked("billing.exception.decide_many", op.Input{
			"run": run.String(), "rule": "missing", "decision": "open", "owner": agent.String(), "expected": "2", "reason": "À voir sur place",
		})
		if state := w.RunCard(run).State; state != billing.Computed {
			t.Errorf("handing over left the run %s", state)
		}
		w.Worked("billing.exception.decide_many", op.Input{
			"ids": []any{found["Z1"].ID.String(), found["Z3"].ID.String()}, "decision": "excluded", "expected": "2", "reason": "Branchements fermés",
		})
		after := exceptionsOf(w, run)
		for code, state := range map[string]billing.ExceptionState{"Z1": "excluded", "Z2": "open", "Z3": "excluded", "M1": "open", "M2": "open"} {
			if after[code].State != state {
				t.Errorf("%s is %s, want %s", code, after[code].State, state)
			}
		}
		if after["M1"].Owner != agent || after["M1"].DecidedBy != 0 || after["Z1"].Reason != "Branchements fermés" || after["Z1"].Version != 2 {
			t.Errorf("handed over: %+v; excluded: %+v", after["M1"], after["Z1"])
		}
		if state := w.RunCard(run).State; state != billing.Prepared {
			t.Errorf("the run is %s", state)
		}
		w.Worked("billing.run.compute", op.Input{"id": run.String()})
		if card := w.RunCard(run); card.Bills != bills-2 {
			t.Errorf("%d bills, want %d", card.Bills, bills-2)
		}
		w.Sound()
	})
}

// TestMassLeavesWhatCannotPass: what blocks cannot be accepted by the hundred either, and a
// count that has changed since the preview refuses.
func TestMassLeavesWhatCannotPass(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		run := w.Drafted(apptest.Own, apptest.BlockedMonth)
		e := w.Exception(run, w.At[apptest.Own].Unit)
		admin, in := apptest.Console(apptest.Admin), op.Input{"ids": []any{e.ID.String()}, "decision": "accepted"}
		if p := w.Must(admin, "billing.exception.preview", in).Out.(billing.ExceptionEffect); p.Count != 0 || p.Refused != 1 || !p.Groups[0].Refused {
			t.Errorf("accepting what blocks: %+v", p)
		}
		for decision, code := range map[string]string{"accepted": "op.mass_changed", "excluded": "op.mass_changed"} {
			queued, ok := w.Must(admin, "billing.exception.decide_many", op.Input{
				"ids": in["ids"], "decision": decision, "expected": "2", "reason": "Sans effet",
			}).Out.(op.QueuedJob)
			if !ok {
				t.Fatal("no job")
			}
			_ = w.App.Queue.RunJob(w.Context(), queued.Job)
			if got := jobError(w, queued.Job); got != code {
				t.Errorf("%s: %q, want %q", decision, got, code)
			}
		}
		if _, err := w.Run(admin, "billing.exception.decide_many", op.Input{
			"ids": in["ids"], "decision": "open", "expected": "1", "reason": "Sans responsable",
		}); err == nil {
			t.Error("left open without an owner")
		}
		if got := exceptionsOf(w, run)[e.Contract]; got.State != billing.ExceptionOpen || got.Version != 1 {
			t.Errorf("changed: %+v", got)
		}
	})
}
