package customer_test

import (
	"os"
	"strings"
	"testing"

	"wasl/internal/module/account"
	"wasl/internal/module/customer"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) { os.Exit(apptest.Main(m, &kit)) }

const (
	header = "customer_code;name;nature;cin;ice;rib;contract_code;service;service_point_code;category;vat_use;households;power;starts_on;ends_on;unit;diameter_mm\n"
	// good are two customers, three contracts: one customer has water and, on the water
	// point, sanitation.
	good = "K1;Amina Berrada;Particulier;AB 123.456;;;KA1;Eau;KP1;DOM;Domestique;;;01/03/2024;;;15\n" +
		"K1;;;;;;KA2;sanitation;KP1;DOM;domestic;;;01/03/2024;;;\n" +
		"K2;Société Atlas;SOCIÉTÉ;;001234567000089;;KA3;électricité;KP3;PRO;autre usage;;6,6;15/01/2025;;;\n"
)

// file imports lines under the place Own; more changes the input.
func file(w *apptest.World, lines string, more op.Input) intake.Report {
	w.Helper()
	in := op.Input{"unit": w.At[apptest.Own].Unit.String()}
	for k, v := range more {
		in[k] = v
	}
	return w.Imported("customer.import", "clients.csv", header+lines, in)
}

// one is the contract with a code, with its terms.
func one(w *apptest.World, code string) (card customer.ContractCard, found bool) {
	w.Helper()
	for _, c := range apptest.Rows[customer.ContractRow](w, "customer.contract.list", op.Input{"text": code}) {
		if c.Code == code {
			card, found = w.Must(apptest.Console(apptest.Admin), "customer.contract.show", op.Input{"id": c.ID.String()}).Out.(customer.ContractCard)
		}
	}
	return card, found
}

func TestImportMakesContracts(t *testing.T) {
	t.Parallel()
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		if r := file(w, good, nil); r.Created != 3 || r.Rejected != 0 || r.State != intake.Applied {
			t.Fatalf("%+v", r)
		}
		water, _ := one(w, "KA1")
		drain, _ := one(w, "KA2")
		power, found := one(w, "KA3")
		if !found || water.CustomerID != drain.CustomerID || water.PointID != drain.PointID || water.Account == drain.Account {
			t.Errorf("one customer at one point with two accounts: %+v %+v", water.Contract, drain.Contract)
		}
		if power.SubscribedPower.String() != "6.6" || power.Category != "PRO" || power.VATUse != customer.OtherUse || power.Households != 1 {
			t.Errorf("terms: %+v", power.Terms)
		}
		if power.StartsOn.String() != "2025-01-15" || water.CustomerName != "Amina Berrada" || power.State != customer.Active {
			t.Errorf("%s %s %s", power.StartsOn, water.CustomerName, power.State)
		}
		card, _ := w.Must(apptest.Console(apptest.Admin), "account.account.show", op.Input{"id": water.Account.String()}).Out.(account.Card)
		if card.Number != "KA1" || card.Kind != account.SupplyContract {
			t.Errorf("account %+v", card.Account)
		}
		// The same file again says nothing new; a cell that differs corrects the customer.
		if r := file(w, good, nil); r.Unchanged != 3 {
			t.Errorf("again: %+v", r)
		}
		if r := file(w, strings.Replace(good, "Amina Berrada", "Amina Berrada Alaoui", 1), nil); r.Changed != 1 || r.Unchanged != 2 {
			t.Errorf("another name: %+v", r)
		}
		if water, _ = one(w, "KA1"); water.CustomerName != "Amina Berrada Alaoui" {
			t.Errorf("the name is %s", water.CustomerName)
		}
		w.Sound()
	})
}

// Each line is wrong in one way. What is right of the file comes in when the user chose so, and nothing
// of it otherwise.
func TestImportRefusesLines(t *testing.T) {
	t.Parallel()
	wrong := []struct{ line, column, rule string }{
		{";Sans code;;;;;X1;water;;DOM;domestic;;;01/03/2024;;;", "customer_code", "input.required"},
		{"x y;Code impossible;;;;;X2;water;;DOM;domestic;;;01/03/2024;;;", "customer_code", "input.pattern.code"},
		{"X3;Carte;;12345;;;X3;water;;DOM;domestic;;;01/03/2024;;;", "cin", "customer.cin"},
		{"X4;Quatorze chiffres;company;;00123456700008;;X4;water;;DOM;domestic;;;01/03/2024;;;", "ice", "customer.ice"},
		{"X5;Clé fausse;;;;011780000012345678901200;X5;water;;DOM;domestic;;;01/03/2024;;;", "rib", "customer.rib"},
		{"X6;Nature;planète;;;;X6;water;;DOM;domestic;;;01/03/2024;;;", "nature", "input.enum"},
		{"X7;Sans usage;;;;;X7;water;;DOM;;;;01/03/2024;;;", "vat_use", "input.required"},
		{"X8;Sans date;;;;;X8;water;;DOM;domestic;;;;;;", "starts_on", "input.required"},
		{"X9;Date;;;;;X9;water;;DOM;domestic;;;31/02/2024;;;", "starts_on", "date.impossible"},
		{"X10;Fin avant début;;;;;X10;water;;DOM;domestic;;;01/03/2024;01/02/2024;;", "ends_on", "customer.contract.before_start"},
		{"X11;Puissance d'eau;;;;;X11;water;;DOM;domestic;;6;01/03/2024;;;", "power", "customer.contract.no_power"},
		{"X12;Conduite de courant;;;;;X12;electricity;;DOM;domestic;;6;01/03/2024;;;15", "diameter_mm", "customer.point.no_pipe"},
		{"X13;Ailleurs;;;;;X13;water;;DOM;domestic;;;01/03/2024;;A2;", "unit", "customer.import.unit"},
		{"X14;Point occupé;;;;;X14;water;KP1;DOM;domestic;;;01/03/2024;;;", "service_point_code", "customer.contract.overlap"},
		{"X15;Courant sur l'eau;;;;;X15;electricity;KP1;DOM;domestic;;;01/03/2024;;;", "service", "customer.contract.service"},
		{"K2;;;;;;KA1;water;KP1;DOM;domestic;;;01/03/2024;;;", "contract_code", "customer.import.other_customer"},
		{"K1;;;;;;KA1;water;KP1;PRO;domestic;;;01/03/2024;;;", "category", "customer.import.other_terms"},
		{"K1;;company;;;;;;;;;;;;;;", "nature", "customer.import.other_nature"},
	}
	var lines []string
	for _, c := range wrong {
		lines = append(lines, c.line)
	}
	bad := strings.Join(lines, "\n") + "\nX99;Bonne ligne;;;;;X99;water;;DOM;domestic;;;01/03/2024;;;\n"
	kit.OnBoth(t, func(t *testing.T, w *apptest.World) {
		file(w, good, nil)
		if r := file(w, bad, nil); r.State != intake.Refused || r.Rejected != int64(len(wrong)) {
			t.Errorf("the whole file: %+v", r)
		}
		if _, found := one(w, "X99"); found {
			t.Error("a line of a refused file came in")
		}
		r := file(w, bad, op.Input{"mode": "valid"})
		if r.Created != 1 || r.Rejected != int64(len(wrong)) {
			t.Errorf("the right lines alone: %+v", r)
		}
		if _, found := one(w, "X99"); !found {
			t.Error("the right line is not there")
		}
		told := apptest.Rows[intake.Reject](w, "intake.batch.rejects", op.Input{"batch": r.Batch.String()})
		for i, c := range wrong {
			if i >= len(told) {
				t.Fatalf("%d refusals are told, want %d", len(told), len(wrong))
			}
			if got := told[i]; got.Line != int64(i)+2 || got.Column != c.column || got.Rule != c.rule || got.Reason == "" {
				t.Errorf("%s\n got line %d, %s %s: %s\nwant line %d, %s %s", c.line, got.Line, got.Column, got.Rule, got.Reason, i+2, c.column, c.rule)
			}
			if c.rule == "input.enum" && !strings.Contains(told[i].Reason, "Particulier, Société") {
				t.Errorf("the values are told as %q", told[i].Reason)
			}
		}
		w.Sound()
	})
}
