package app_test

import (
	"net/url"
	"strings"
	"testing"

	"wasl/internal/module/customer"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/pagetest"
)

// A contract is found at the desk by its code, whatever else the letters and digits of the
// code could mean: the program numbers contracts with a letter that names begin with too.
func TestTheDeskFindsAContractByItsCode(t *testing.T) {
	t.Parallel()
	a := filledOn(t, dbtest.SQLite)
	admin := op.Credential{Channel: op.Console, Login: "admin"}
	ask := func(name string, in op.Input) any {
		res, err := a.Runner.Run(t.Context(), op.Request{Name: name, Credential: admin, Input: in, RequestID: "test"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return res.Out
	}
	list := func(name string, in op.Input, each func(row any)) {
		_, err := a.Runner.Rows(t.Context(), op.Request{Name: name, Credential: admin, Input: in}, nil, func(row any) error {
			each(row)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var known customer.ContractRow
	list("customer.contract.list", op.Input{"service": "water", "state": "active"}, func(row any) { known, _ = row.(customer.ContractRow) })
	var top org.UnitRow
	list("org.unit.list", op.Input{"text": "Direction centrale"}, func(row any) { top, _ = row.(org.UnitRow) })
	drained, _ := ask("customer.contract.open", op.Input{
		"customer": known.CustomerID.String(), "service_point": known.PointID.String(), "service": "sanitation", "starts_on": "2026-11-01",
		"category": known.Category, "vat_use": string(known.VATUse), "code": "A-0000001",
	}).(customer.ContractSaved)
	ask("collection.session.open", op.Input{"unit": top.ID.String(), "desk": "Caisse 9"})
	visit := pagetest.On(t, a)
	for _, code := range []string{known.Code, drained.Code, strings.ToLower(drained.Code)} {
		doc := visit.Page("/collection/counter?unit=" + top.ID.String() + "&find=" + url.QueryEscape(code))
		if n := len(pagetest.All(doc, "[data-w-choices] a")); n != 0 {
			t.Errorf("%s: %d answers", code, n)
		}
		if text := pagetest.Text(doc); !strings.Contains(text, known.CustomerName) {
			t.Errorf("%s: who pays is not %s", code, known.CustomerName)
		}
	}
}
