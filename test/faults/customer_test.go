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
	return map[string]scenario{
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
