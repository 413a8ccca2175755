package billing

import (
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Rule names a control of a run.
type Rule string

// The controls.
const (
	// RulePrice: the tariff cannot price it (no version, no VAT rate, an attribute).
	RulePrice Rule = "price"
	// RuleUndecided: metering waits for a decision on it.
	RuleUndecided Rule = "undecided"
	// RuleNegative: the consumption or the bill is below zero.
	RuleNegative Rule = "negative"
	// RuleRegister: the meter has several registers, which no tariff prices yet.
	RuleRegister Rule = "register"
	// RuleDuplicate: a second consumption of the same date, which nobody looked at.
	RuleDuplicate Rule = "duplicate"
	// RuleZero: a bill of nothing.
	RuleZero Rule = "zero"
	// RuleHigh: far above the bills before.
	RuleHigh Rule = "high"
	// RuleMissing: a contract in force without consumption in the period.
	RuleMissing Rule = "missing"
)

// EnumName is the prefix of the texts.
func (Rule) EnumName() string { return "billing_rule" }

// EnumValues are the controls.
func (Rule) EnumValues() []string {
	return []string{
		string(RulePrice), string(RuleUndecided), string(RuleNegative), string(RuleRegister), string(RuleDuplicate), string(RuleZero),
		string(RuleHigh), string(RuleMissing),
	}
}

// Severity of an exception. Its rank orders lists.
type Severity string

// The severities.
const (
	// Blocking keeps a bill out of the drafts until it is decided.
	Blocking Severity = "blocking"
	// Warning leaves it in.
	Warning Severity = "warning"
)

// EnumName is the prefix of the texts.
func (Severity) EnumName() string { return "billing_severity" }

// EnumValues are the severities.
func (Severity) EnumValues() []string { return []string{string(Blocking), string(Warning)} }

// rank is the place of a severity in lists.
func (s Severity) rank() int64 {
	if s == Blocking {
		return 0
	}
	return 1
}

// blocks says whether a control keeps a bill out until it is decided.
func (r Rule) blocks() bool {
	switch r {
	case RulePrice, RuleUndecided, RuleNegative, RuleRegister, RuleDuplicate:
		return true
	}
	return false
}

// acceptable says whether a person may let it pass: what cannot be computed cannot.
func (r Rule) acceptable() bool { return !r.blocks() || r == RuleDuplicate }

// rank is the place of a control's severity: 0 blocks, 1 warns.
func (r Rule) rank() int64 {
	if r.blocks() {
		return 0
	}
	return 1
}

// Finding is what a control says of one consumption.
type Finding struct {
	Rule Rule
	// Detail is a code: that of the tariff's refusal.
	Detail string
	Amount money.Amount
}

// highFactor: a bill this many times the mean of those before is looked at;
// highFloor, in centimes, is below what nobody wants to look at.
const (
	highFactor = 3
	highFloor  = money.Amount(50_000)
)

// highMonths is how far back bills are compared.
const highMonths = 13

// before are the bills of a contract that came before: how many, and their sum.
type before struct {
	count int64
	sum   money.Amount
}

// judgeInput looks at a consumption before it is priced: what blocks it, if anything.
func judgeInput(d *Due) *Finding {
	switch {
	case d.Undecided:
		return &Finding{Rule: RuleUndecided}
	case d.Register != "":
		return &Finding{Rule: RuleRegister, Detail: d.Register}
	case d.Quantity < 0:
		return &Finding{Rule: RuleNegative}
	case d.Tariff == "":
		return &Finding{Rule: RulePrice, Detail: "billing.no_terms"}
	case d.Ordinal > 1 && !d.Accepted:
		return &Finding{Rule: RuleDuplicate}
	}
	return nil
}

// judgeBill looks at a bill by itself.
func judgeBill(b *Bill) *Finding {
	switch {
	case b.Total < 0 || b.Net < 0 || b.Tax < 0:
		return &Finding{Rule: RuleNegative, Amount: b.Total}
	case b.Total == 0:
		return &Finding{Rule: RuleZero}
	}
	return nil
}

// refusal is the finding of an error of pricing. What the customer's data or the
// tariff cannot give is an exception of the run; anything else stops it.
func refusal(err error) (*Finding, error) {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Limit:
		return &Finding{Rule: RulePrice, Detail: fault.CodeOf(err)}, nil
	}
	return nil, err
}

// verdict is what was decided on a finding.
type verdict string

const (
	verdictOpen     verdict = "open"
	verdictAccepted verdict = "accepted"
	verdictExcluded verdict = "excluded"
)

// keeps says whether a bill with a finding belongs to the drafts.
func (f *Finding) keeps(v verdict) bool {
	switch v {
	case verdictExcluded:
		return false
	case verdictAccepted:
		return f.Rule.acceptable()
	}
	return !f.Rule.blocks()
}
