package ledger

import (
	"fmt"
	"slices"
	"testing"
)

// byHand is a small set of rules: a bill of water or sanitation, the taxes by regime.
func byHand() Rules {
	return Rules{
		{EventBill, AnyRegime, Managing, Debited, "3421", Total, "", ""},
		{EventBill, AnyRegime, Managing, Credited, "71211", Parts, Water, Principal},
		{EventBill, AnyRegime, Managing, Credited, "71243", Parts, Sanitation, Principal},
		{EventBill, OnReceipts, Managing, Credited, "44551", Parts, "", VAT},
		{EventBill, OnInvoices, Managing, Credited, "4455", Parts, "", VAT},
		{EventBill, AnyRegime, Managing, Credited, "44571", Parts, "", TPPAN},
		{EventBill, AnyRegime, Managing, Credited, "71278", Parts, "", Penalty},
		{EventBill, AnyRegime, Managing, Credited, "71276", Parts, "", Costs},
	}
}

// TestBillFaultsByHand breaks rules written by hand and wants every fault of the services
// billed, and none of the others.
func TestBillFaultsByHand(t *testing.T) {
	t.Parallel()
	open := map[string]AccountKind{
		"3421": Control, "3424": Control, "71211": Ordinary, "71243": Ordinary, "44551": Ordinary, "4455": Ordinary, "44571": Ordinary, "71278": Ordinary, "71276": Ordinary,
	}
	receipts, mixed := Uniform(OnReceipts), Uniform(OnReceipts).with(Sanitation, OnInvoices)
	both := []Service{Sanitation, Water}
	for _, c := range []struct {
		what     string
		change   func(rs Rules) Rules
		closed   string
		regimes  Regimes
		services []Service
		want     []string
	}{
		{"as it is", nil, "", mixed, both, nil},
		{"electricity has no line for its principal", nil, "", receipts, []Service{Electricity}, []string{"use_unbalanced electricity principal"}},
		{"the tax of invoices left out, nobody on invoices", func(rs Rules) Rules { return slices.Delete(rs, 4, 5) }, "", receipts, both, nil},
		{
			"the tax of invoices left out, sanitation on invoices",
			func(rs Rules) Rules { return slices.Delete(rs, 4, 5) },
			"", mixed, both,
			[]string{"use_unbalanced sanitation vat"},
		},
		{"nobody bills sanitation", func(rs Rules) Rules { return slices.Delete(rs, 2, 3) }, "", receipts, []Service{Water}, nil},
		{
			"two faults at once",
			func(rs Rules) Rules { rs[1].Side = Debited; return append(rs, rs[5]) },
			"44551", receipts,
			[]Service{Water},
			[]string{"use_account 44551 4", "use_unbalanced water principal", "use_unbalanced water tppan"},
		},
		{"the account of another service is closed", nil, "71243", receipts, []Service{Water}, nil},
		{"the customer's account is closed", nil, "3421", receipts, []Service{Water}, []string{"use_account 3421 1"}},
		{"no line at all", func(Rules) Rules { return nil }, "", receipts, both, []string{"use_missing"}},
		{
			"an item on two accounts",
			func(rs Rules) Rules {
				rs[0].Nature = Principal
				return append(rs, Rule{EventBill, AnyRegime, Managing, Debited, "3424", Total, "", VAT})
			},
			"", receipts,
			[]Service{Water},
			[]string{
				"use_account 3421 1", "use_account 3424 9", "use_item", "use_unbalanced water tppan", "use_unbalanced water penalty", "use_unbalanced water costs",
			},
		},
	} {
		rules, accounts := byHand(), map[string]AccountKind{}
		for code, kind := range open {
			if code != c.closed {
				accounts[code] = kind
			}
		}
		if c.change != nil {
			rules = c.change(rules)
		}
		set := RuleSet{Label: "À la main", Rules: rules}
		var got []string
		for _, f := range set.faults(EventBill, c.regimes, c.services, accounts, date("2026-01-31")) {
			text := f.Code[len("ledger."):]
			for _, arg := range []string{"account", "line", "service", "nature"} {
				if v, told := f.Args[arg]; told {
					text += fmt.Sprintf(" %v", v)
				}
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
