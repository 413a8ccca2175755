package conformance

import (
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

const (
	customerShow = "customer.customer.show"
	contractShow = "customer.contract.show"
	pointShow    = "customer.service_point.show"
	accountShow  = "account.account.show"
)

func customerScenarios() map[string]scenario {
	customer := func(r apptest.Records) op.ID { return r.Customer }
	point := func(r apptest.Records) op.ID { return r.Point }
	contract := func(r apptest.Records) op.ID { return r.Contract }
	account := func(r apptest.Records) op.ID { return r.Account }
	today := func(w *apptest.World) string { return w.App.Today().String() }
	code := func(letter string, p apptest.Place) string { return letter + "-" + strings.ToUpper(string(p)) }
	file := func(w *apptest.World, p apptest.Place) op.Input {
		body := "customer_code;name;contract_code;service;category;vat_use;starts_on\n" + code("CF", p) + ";Rachid Tazi;" + code("AF", p) + ";water;DOM;domestic;2024-05-01\n"
		return about("file", op.NewUpload("clients.csv", []byte(body)), "unit", w.At[p].Unit)
	}
	return map[string]scenario{
		// A page cannot send a text where a file is expected.
		"customer.import":        {in: file, page: "/o/customer.import", apart: "the command line waits until the file is imported"},
		"customer.import_check":  {in: file, page: "/o/customer.import_check"},
		"customer.customer.list": {in: nothing, unitOf: column("unit")},
		"customer.customer.show": {in: at(customer)},
		"customer.customer.add": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("code", code("CN", p), "unit", w.At[p].Unit, "name", "Société du Nord", "nature", "company", "ice", "001234567000089")
		}},
		"customer.customer.update": {in: versioned(customerShow, at(customer, "city", "Sefrou"))},
		"customer.customer.nature_set": {in: versioned(customerShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Customer, "nature", "company", "valid_from", today(w), "reason", reason)
		})},
		"customer.customer.parent_set": {in: versioned(customerShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Customer, "parent", w.At[p].Ministry, "valid_from", today(w), "reason", reason)
		})},
		"customer.service_point.list": {in: nothing, unitOf: column("unit")},
		"customer.service_point.show": {in: at(point)},
		"customer.service_point.add": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("code", code("PN", p), "unit", w.At[p].Unit, "service", "electricity", "address", "3 place de la Poste", "connection", "individual",
				"phases", "3", "power", "6.6")
		}},
		"customer.service_point.update": {in: versioned(pointShow, at(point, "locality", "Médina"))},
		"customer.contract.list":        {in: nothing, unitOf: column("unit")},
		"customer.contract.show":        {in: at(contract)},
		"customer.contract.open": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("code", code("AN", p), "customer", w.At[p].Ministry, "service_point", w.At[p].FreePoint, "starts_on", today(w), "category", "ADM",
				"vat_use", "other", "subscribed_power", "6.6", "attributes", []any{"meter=single"})
		}},
		"customer.contract.terms_set": {in: versioned(contractShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Contract, "valid_from", today(w), "households", "3", "reason", reason)
		})},
		"customer.contract.close": {in: versioned(contractShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Contract, "ends_on", today(w), "reason", reason)
		})},
		"customer.contract.change_occupant": {in: versioned(contractShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Contract, "successor", w.At[p].Ministry, "moved_on", today(w), "new_code", code("AN", p), "reason", reason)
		})},
		"account.account.list": {in: nothing, unitOf: column("unit")},
		"account.account.show": {in: at(account)},
		"account.account.payer_set": {in: versioned(accountShow, func(w *apptest.World, p apptest.Place) op.Input {
			return about("id", w.At[p].Account, "payer", w.At[p].Ministry, "valid_from", today(w), "reason", reason)
		})},
	}
}
