package faults

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// customerScenarios are the changes of customers, service points, contracts and
// accounts.
func customerScenarios() map[string]scenario {
	const today = "2026-03-10"
	own := func(pairs func(r apptest.Records) []any) scenario {
		return by(apptest.Actor, func(w *apptest.World) op.Input { return about(pairs(w.At[apptest.Own])...) })
	}
	contract := func(more func(r apptest.Records) []any) scenario {
		return versioned("customer.contract.show", own(func(r apptest.Records) []any { return append([]any{"id", r.Contract, "reason", reason}, more(r)...) }))
	}
	customer := func(more func(r apptest.Records) []any) scenario {
		return versioned("customer.customer.show", own(func(r apptest.Records) []any { return append([]any{"id", r.Customer}, more(r)...) }))
	}
	file := own(func(r apptest.Records) []any {
		const body = "customer_code;name;contract_code;service;category;vat_use;starts_on\nCF-1;Rachid Tazi;AF-1;water;DOM;domestic;2024-05-01\n"
		return []any{"file", op.NewUpload("clients.csv", []byte(body)), "unit", r.Unit}
	})
	return map[string]scenario{
		"customer.import":       file,
		"customer.import_check": file,
		"customer.customer.add": own(func(r apptest.Records) []any {
			return []any{"unit", r.Unit, "name", "Société du Nord", "nature", "company"}
		}),
		"customer.customer.update": customer(func(apptest.Records) []any { return []any{"name", "Amina Bensaïd"} }),
		"customer.customer.nature_set": customer(func(apptest.Records) []any {
			return []any{"nature", "company", "valid_from", today, "reason", reason}
		}),
		"customer.customer.parent_set": customer(func(r apptest.Records) []any {
			return []any{"parent", r.Ministry, "valid_from", today, "reason", reason}
		}),
		"customer.service_point.add": own(func(r apptest.Records) []any {
			return []any{"unit", r.Unit, "service", "water", "address", "3 place de la Poste", "connection", "individual"}
		}),
		"customer.service_point.update": versioned("customer.service_point.show", own(func(r apptest.Records) []any {
			return []any{"id", r.Point, "address", "12 bis rue de la Source"}
		})),
		"customer.contract.open": own(func(r apptest.Records) []any {
			return []any{"customer", r.Ministry, "service_point", r.FreePoint, "starts_on", today, "category", "ADM", "vat_use", "other"}
		}),
		"customer.contract.terms_set": contract(func(apptest.Records) []any { return []any{"valid_from", today, "households", "3"} }),
		"customer.contract.close":     contract(func(apptest.Records) []any { return []any{"ends_on", today} }),
		"customer.contract.change_occupant": contract(func(r apptest.Records) []any {
			return []any{"successor", r.Ministry, "moved_on", today}
		}),
		"account.account.payer_set": versioned("account.account.show", own(func(r apptest.Records) []any {
			return []any{"id", r.Account, "payer", r.Ministry, "valid_from", today, "reason", reason}
		})),
	}
}

// someContract is the contract that is damaged.
const someContract = `(SELECT contract_id FROM contract_code WHERE code = 'AB-A1')`

// customerDamages are what somebody does to customers, contracts and accounts behind the
// program's back.
func customerDamages() []damage {
	one := func(code, name string, sql ...string) damage {
		return damage{name: "customer " + name, check: "CUSTOMER", code: "customer." + code, sql: sql}
	}
	const terms = `DELETE FROM contract_terms WHERE contract_id = ` + someContract
	const note = `, 'x', 1, recorded_at FROM `
	return []damage{
		one("terms_none", "terms deleted", terms),
		one("account_contract", "contract deleted", terms, `DELETE FROM contract WHERE id = `+someContract),
		one("contract_account", "account of another kind", `UPDATE receivable_account SET kind = 'works' WHERE number = 'AB-A1'`),
		one("contract_customer", "customer deleted", `DELETE FROM customer WHERE code = 'CU-A1'`),
		one("contract_point", "point deleted", `DELETE FROM service_point WHERE code = 'PT-A1'`),
		one("account_shared", "second contract on an account", `INSERT INTO contract (receivable_account_id, id, code, customer_id, service_point_id, unit_id,
			service, starts_on, ends_on, ending, folded, version) SELECT receivable_account_id, 7, 'ZZ', customer_id, service_point_id, unit_id, 'electricity',
			starts_on, ends_on, ending, folded, version FROM contract WHERE code = 'AB-A1'`),
		one("nature_none", "nature deleted", `DELETE FROM customer_nature WHERE customer_id = (SELECT customer_id FROM customer_code WHERE code = 'CU-A1')`),
		one("terms_hole", "terms that begin late", `UPDATE contract_terms SET valid_from = (SELECT max(opened_on) FROM receivable_account)
			WHERE contract_id = `+someContract, `UPDATE contract SET starts_on = (SELECT min(opened_on) FROM unit) WHERE id = `+someContract),
		one("terms_overlap", "terms twice", `INSERT INTO contract_terms (receivable_account_id, contract_id, valid_from, valid_to, tariff_code, category, vat_use,
			households, subscribed_power, attributes, reason, actor_id, recorded_at) SELECT receivable_account_id, contract_id,
			(SELECT max(valid_from) FROM customer_nature), valid_to, tariff_code, category, vat_use, households, subscribed_power, attributes`+note+
			`contract_terms WHERE contract_id = `+someContract),
		one("terms_hole", "contract that ends before its terms", `UPDATE contract SET ends_on = (SELECT max(valid_from) FROM customer_nature) WHERE id = `+someContract),
		one("nature_overlap", "nature twice", `INSERT INTO customer_nature (customer_id, valid_from, nature, reason, actor_id, recorded_at)
			SELECT customer_id, (SELECT min(opened_on) FROM unit), 'state'`+note+`customer_nature WHERE customer_id =
			(SELECT customer_id FROM customer_code WHERE code = 'CU-A1')`),
		one("parent_circle", "customer above itself", `INSERT INTO customer_parent (customer_id, valid_from, parent_id, reason, actor_id, recorded_at)
			SELECT customer_id, valid_from, customer_id`+note+`customer_nature WHERE customer_id = (SELECT customer_id FROM customer_code WHERE code = 'CU-A1')`),
		one("parent_unknown", "parent that is not there", `INSERT INTO customer_parent (customer_id, valid_from, parent_id, reason, actor_id, recorded_at)
			SELECT customer_id, valid_from, 7`+note+`customer_nature WHERE customer_id = (SELECT customer_id FROM customer_code WHERE code = 'CU-A1')`),
		one("payer_unknown", "payer that is not there", `INSERT INTO account_payer (receivable_account_id, valid_from, payer_id, reason, actor_id, recorded_at)
			SELECT receivable_account_id, valid_from, 7`+note+`contract_terms WHERE contract_id = `+someContract),
		one("parent_overlap", "two parents", `INSERT INTO customer_parent (customer_id, valid_from, parent_id, reason, actor_id, recorded_at)
			SELECT n.customer_id, d.valid_from, (SELECT customer_id FROM customer_code WHERE code = 'MI-A1'), 'x', 1, n.recorded_at FROM customer_nature n,
			(SELECT opened_on AS valid_from FROM unit UNION SELECT valid_from FROM contract_terms) d WHERE n.customer_id =
			(SELECT customer_id FROM customer_code WHERE code = 'CU-A1')`),
		one("payer_overlap", "two payers", `INSERT INTO account_payer (receivable_account_id, valid_from, payer_id, reason, actor_id, recorded_at)
			SELECT t.receivable_account_id, d.valid_from, (SELECT customer_id FROM customer_code WHERE code = 'MI-A1'), 'x', 1, t.recorded_at FROM contract_terms t,
			(SELECT opened_on AS valid_from FROM unit UNION SELECT valid_from FROM contract_terms) d WHERE t.contract_id = `+someContract+` AND t.valid_from = '2024-01-01'`),
		one("contract_overlap", "two contracts at one point", `UPDATE contract SET service = 'water' WHERE code = 'AS-A1'`),
		one("code_customer", "code changed", `UPDATE customer SET code = 'CU-ZZ' WHERE code = 'CU-A1'`),
		one("code_service_point", "code of a point lost", `DELETE FROM service_point_code WHERE code = 'PT-A1'`),
		one("code_contract", "code of another contract", `UPDATE contract_code SET contract_id = 7 WHERE code = 'AB-A1'`),
		one("code_receivable_account", "number lost", `DELETE FROM account_number WHERE number = 'AB-A1'`),
		one("unit_seen", "customer shown to a unit", `INSERT INTO customer_unit (customer_id, unit_id)
			SELECT customer_id, (SELECT min(id) FROM unit) FROM customer_code WHERE code = 'CU-A1'`),
		one("unit_seen", "contract moved to a unit", `UPDATE contract SET unit_id = (SELECT min(id) FROM unit) WHERE id = `+someContract),
		one("word_missing", "word lost", `DELETE FROM find_term WHERE kind = 'customer' AND term = 'cua1'`),
		one("word_beyond", "word added", `INSERT INTO find_term (term, kind, ref) SELECT 'zzz', 'customer', customer_id FROM customer_code WHERE code = 'CU-A1'`),
		one("word_text", "text of the search changed", `UPDATE service_point SET folded = 'zzz' WHERE code = 'PT-A1'`),
		one("word_missing", "name changed", `UPDATE customer SET name = 'Zakia' WHERE code = 'CU-A1'`),
	}
}
