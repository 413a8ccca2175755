package ledger

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// BillFaults says, before the first bill is made, everything in the rules of an entity that
// would keep bills of some services out of its books on a day: no set in force, no line, a
// line that names an account which is not open, an item without one account of its own, a
// component that does not balance. It looks at what is stored, not at what was checked when
// the set was handed in: accounts are closed, and rows may have been damaged.
func (m *Module) BillFaults(ctx context.Context, r db.Reader, entity op.ID, services []Service, on day.Date) ([]fault.Field, error) {
	set, err := m.rulesOn(ctx, r, entity, on)
	if fault.CodeOf(err) == "ledger.rules_none" {
		return []fault.Field{{Code: "ledger.rules_none", Args: fault.Args{"date": on}}}, nil
	}
	if err != nil {
		return nil, err
	}
	accounts, err := accountKinds(ctx, r, on)
	if err != nil {
		return nil, err
	}
	f, err := m.fiscalOf(ctx, r, entity, on)
	return set.faults(EventBill, f.regimes, services, accounts, on), err
}

// faults are what keeps an event of some services from being posted by a set.
func (s *RuleSet) faults(e Event, regimes Regimes, services []Service, accounts map[string]AccountKind, on day.Date) (out []fault.Field) {
	lines, totals := 0, map[string]bool{}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Event != e || !r.concerns(regimes, services) {
			continue
		}
		lines++
		if r.Measure == Total {
			totals[r.Account] = true
		}
		if r.check(accounts) != "" {
			out = append(out, fault.Field{Code: "ledger.use_account", Args: fault.Args{"set": s.Label, "line": i + 1, "account": r.Account, "date": on}})
		}
	}
	switch {
	case lines == 0:
		return append(out, fault.Field{Code: "ledger.use_missing", Args: fault.Args{"set": s.Label}})
	case len(totals) != 1:
		out = append(out, fault.Field{Code: "ledger.use_item", Args: fault.Args{"set": s.Label}})
	}
	for _, service := range services {
		for _, nature := range shapes()[e].natures {
			if s.Rules.weight(e, regimes.Of(service), service, nature) != 0 {
				out = append(out, fault.Field{Code: "ledger.use_unbalanced", Args: fault.Args{
					"set": s.Label, "service": string(service), "nature": string(nature), "regime": string(regimes.Of(service)),
				}})
			}
		}
	}
	return out
}

// concerns says whether a line applies to any of some services.
func (r *Rule) concerns(regimes Regimes, services []Service) bool {
	for _, s := range services {
		if (r.Service == "" || r.Service == s) && r.Regime.holds(regimes.Of(s)) {
			return true
		}
	}
	return false
}

// weight is how often a component is debited by the lines of an event, less how often it is
// credited: 0 is balanced.
func (rs Rules) weight(e Event, regime Regime, s Service, n Nature) (sum int) {
	for i := range rs {
		r := &rs[i]
		if r.answers(e, regime) && (r.Measure == Total || r.Measure == Parts) && r.takes(Part{Service: s, Nature: n}) {
			sum += r.sign()
		}
	}
	return sum
}
