package customer

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"wasl/internal/kernel/dated"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// VATUse is the use that decides the VAT rate of water and sanitation.
type VATUse string

// The uses.
const (
	// DomesticUse is that of a household.
	DomesticUse VATUse = "domestic"
	// OtherUse is any other: trade, industry, administrations, hotels, baths.
	OtherUse VATUse = "other"
)

// EnumName is the prefix of the texts.
func (VATUse) EnumName() string { return "vat_use" }

// EnumValues are the uses.
func (VATUse) EnumValues() []string { return []string{string(DomesticUse), string(OtherUse)} }

// Ending says why a contract ended.
type Ending string

// The endings.
const (
	// Terminated at the customer's request (résiliation).
	Terminated Ending = "terminated"
	// TerminatedByUtility for unpaid bills or fraud (résiliation d'office).
	TerminatedByUtility Ending = "terminated_by_utility"
	// Changed: another customer follows at the same place (mutation).
	Changed Ending = "changed"
)

// EnumName is the prefix of the texts.
func (Ending) EnumName() string { return "ending" }

// EnumValues are the endings.
func (Ending) EnumValues() []string {
	return []string{string(Terminated), string(TerminatedByUtility), string(Changed)}
}

// ContractState says whether a contract is in force on a date.
type ContractState string

// The states of a contract.
const (
	Active  ContractState = "active"
	Ended   ContractState = "ended"
	Planned ContractState = "planned"
)

// EnumName is the prefix of the texts.
func (ContractState) EnumName() string { return "contract_state" }

// EnumValues are the states.
func (ContractState) EnumValues() []string {
	return []string{string(Active), string(Ended), string(Planned)}
}

// Key is where a contract is kept: its receivable account and its id.
type Key struct {
	Account op.ID `json:"account" out:"ref=account"`
	ID      op.ID `json:"id"`
}

// Contract is the supply of one service to one customer at one point (abonnement).
type Contract struct {
	Key
	Code       string `json:"code"`
	CustomerID op.ID  `json:"customer" out:"ref=customer"`
	PointID    op.ID  `json:"service_point" out:"ref=service_point"`
	// UnitID is the unit that manages it.
	UnitID  op.ID       `json:"unit" out:"ref=unit"`
	Service org.Service `json:"service"`
	// StartsOn is the first day, EndsOn the day after the last; none is for ever.
	StartsOn day.Date `json:"starts_on"`
	EndsOn   day.Date `json:"ends_on"`
	// Ending says why it ended; empty while it has no end.
	Ending  Ending `json:"ending"`
	Version int64  `json:"version"`
	// BatchID is the import it came with; 0 for none.
	BatchID int64 `json:"-"`
}

func (c Contract) label() string { return c.Code }

// terms are the words by which the contract is found, beside those of its customer.
func (c Contract) terms() []string { return find.Terms(find.Code(c.Code)) }

// InForce says whether the contract holds on a day.
func (c Contract) InForce(on day.Date) bool { return c.StateOn(on) == Active }

// StateOn is the state on a date.
func (c Contract) StateOn(on day.Date) ContractState {
	switch {
	case on.Before(c.StartsOn):
		return Planned
	case !c.EndsOn.IsZero() && !on.Before(c.EndsOn):
		return Ended
	}
	return Active
}

// overlaps says whether two contracts hold on a same day.
func (c Contract) overlaps(o Contract) bool {
	return (o.EndsOn.IsZero() || c.StartsOn.Before(o.EndsOn)) && (c.EndsOn.IsZero() || o.StartsOn.Before(c.EndsOn))
}

// Terms are what a contract is priced by.
type Terms struct {
	// Tariff is the code of a tariff; empty where the category of the unit decides.
	Tariff string `json:"tariff"`
	// Category is the tariff category: a code of the utility.
	Category string `json:"category"`
	// VATUse decides the VAT rate.
	VATUse VATUse `json:"vat_use"`
	// Households behind one meter, at least 1: they widen the blocks.
	Households int64 `json:"households"`
	// SubscribedPower in kVA; 0 when the contract has none.
	SubscribedPower money.Quantity `json:"subscribed_power"`
	// Attributes are further ones, as a JSON object of texts with its names sorted.
	Attributes Attributes `json:"attributes"`
}

// Attributes are names and values as a JSON object with its names sorted, so that
// equal attributes are equal texts. Empty is none.
type Attributes string

// AttributesMax is the most attributes of a contract; attributeMax the longest value.
const (
	AttributesMax = 20
	attributeMax  = 80
)

// NewAttributes makes attributes of names and values; empty values are left out.
func NewAttributes(values map[string]string) Attributes {
	values = maps.Clone(values)
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	if len(values) == 0 {
		return ""
	}
	body, err := json.Marshal(values) // of texts, with its names sorted: it cannot fail
	if err != nil {
		return ""
	}
	return Attributes(body)
}

// Map gives the names and values.
func (a Attributes) Map() map[string]string {
	out := map[string]string{}
	if a == "" || json.Unmarshal([]byte(a), &out) != nil {
		return map[string]string{}
	}
	return out
}

// MarshalJSON writes the object itself.
func (a Attributes) MarshalJSON() ([]byte, error) {
	if a == "" {
		return []byte("{}"), nil
	}
	return []byte(a), nil
}

// UnmarshalJSON reads an object of texts.
func (a *Attributes) UnmarshalJSON(body []byte) error {
	values := map[string]string{}
	if err := json.Unmarshal(body, &values); err != nil {
		return err
	}
	*a = NewAttributes(values)
	return nil
}

// Lines are the attributes as name=value, by name.
func (a Attributes) Lines() []string {
	values := a.Map()
	out := make([]string, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, name+"="+values[name])
	}
	return out
}

// String is the lines one below the other, as a form shows them.
func (a Attributes) String() string { return strings.Join(a.Lines(), "\n") }

// ParseAttributes reads lines of name=value; a fault names what cannot be read.
func ParseAttributes(lines []string) (Attributes, *fault.Field) {
	values := map[string]string{}
	for _, line := range lines {
		for part := range strings.Lines(line) {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			name, value, found := strings.Cut(part, "=")
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			if !found || !attributeName(name) || value == "" || len(value) > attributeMax {
				return "", &fault.Field{Path: "attributes", Code: "customer.attribute", Args: fault.Args{"line": part}}
			}
			values[name] = value
		}
	}
	if len(values) > AttributesMax {
		return "", &fault.Field{Path: "attributes", Code: "input.too_many", Args: fault.Args{"max": int64(AttributesMax)}}
	}
	return NewAttributes(values), nil
}

// attributeName says whether a text may name an attribute: small letters, digits and _.
func attributeName(name string) bool {
	if name == "" || len(name) > 31 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// termsLine are the terms of a contract, in time.
type termsLine = dated.Line[Terms, note]

// TermsSpan are terms in force from From (included) to To (excluded; none is for
// ever).
type TermsSpan struct {
	From, To day.Date
	Terms
}
