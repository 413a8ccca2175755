package ledger

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Service is what an amount is for.
type Service string

// The services.
const (
	Water       Service = "water"
	Electricity Service = "electricity"
	Sanitation  Service = "sanitation"
	// Works are works invoiced to third parties (travaux tiers).
	Works Service = "works"
	// Other is everything else, and money that is not yet known to be for anything.
	Other Service = "other"
)

// EnumName is the prefix of the texts.
func (Service) EnumName() string { return "ledger_service" }

// EnumValues are the services.
func (Service) EnumValues() []string {
	return []string{string(Water), string(Electricity), string(Sanitation), string(Works), string(Other)}
}

// Nature is what a part of an amount is, whatever the service.
type Nature string

// The natures.
const (
	// Principal is the price without taxes.
	Principal Nature = "principal"
	// VAT is value added tax, by rate.
	VAT Nature = "vat"
	// TPPAN is the audiovisual tax, collected for the State (facts §1.3).
	TPPAN Nature = "tppan"
	// Penalty is a charge for lateness.
	Penalty Nature = "penalty"
	// Costs are the costs of collection and of returned cheques.
	Costs Nature = "costs"
	// Money is what was received, which has no nature of its own.
	Money Nature = "money"
)

// EnumName is the prefix of the texts.
func (Nature) EnumName() string { return "ledger_nature" }

// EnumValues are the natures.
func (Nature) EnumValues() []string {
	return []string{string(Principal), string(VAT), string(TPPAN), string(Penalty), string(Costs), string(Money)}
}

// Letters of the stored form of a split, in the order of the enums.
const (
	serviceLetters = "wesxo"
	natureLetters  = "pvanc" + "m"
)

// Part is one component of an amount. Amount is in centimes, never negative.
type Part struct {
	Service Service `json:"service"`
	Nature  Nature  `json:"nature"`
	// Rate is that of VAT; zero for the other natures.
	Rate   money.Rate   `json:"rate"`
	Amount money.Amount `json:"amount"`
}

// Split is an amount by component, in one order, each component once. Who owes
// it is said by what carries it.
type Split []Part

// PartsMax bounds the components of a split.
const PartsMax = 40

// NewSplit puts parts in order and adds up equal components. Errors: an
// unknown service or nature, a rate without VAT, a negative amount are Invalid
// "ledger.split"; more than PartsMax components Limit "ledger.split_parts".
func NewSplit(parts ...Part) (Split, error) {
	sorted := slices.Clone(parts)
	slices.SortStableFunc(sorted, compareParts)
	out := Split(sorted[:0]) // it never gets ahead of what is read
	for _, p := range sorted {
		if !p.valid() {
			return nil, fault.New(fault.Invalid, "ledger.split", "service", string(p.Service), "nature", string(p.Nature))
		}
		if p.Amount == 0 {
			continue
		}
		if last := len(out) - 1; last >= 0 && compareParts(out[last], p) == 0 {
			sum, err := out[last].Amount.Add(p.Amount)
			if err != nil {
				return nil, err
			}
			out[last].Amount = sum
			continue
		}
		out = append(out, p)
	}
	if len(out) > PartsMax {
		return nil, fault.New(fault.Limit, "ledger.split_parts", "max", PartsMax)
	}
	return out, nil
}

// Received is the split of money received.
func Received(a money.Amount) Split {
	if a == 0 {
		return Split{}
	}
	return Split{{Service: Other, Nature: Money, Amount: a}}
}

func (p Part) valid() bool {
	return p.Amount >= 0 && p.Rate >= 0 && (p.Rate == 0 || p.Nature == VAT) && serviceIndex(p.Service) >= 0 && natureIndex(p.Nature) >= 0
}

// serviceIndex is the place of a service among EnumValues; -1 for another word.
func serviceIndex(s Service) int {
	switch s {
	case Water:
		return 0
	case Electricity:
		return 1
	case Sanitation:
		return 2
	case Works:
		return 3
	case Other:
		return 4
	default:
		return -1
	}
}

// natureIndex is the place of a nature among EnumValues; -1 for another word.
func natureIndex(n Nature) int {
	switch n {
	case Principal:
		return 0
	case VAT:
		return 1
	case TPPAN:
		return 2
	case Penalty:
		return 3
	case Costs:
		return 4
	case Money:
		return 5
	default:
		return -1
	}
}

// compareParts orders components: by service, nature and rate.
func compareParts(a, b Part) int {
	return cmp.Or(
		cmp.Compare(serviceIndex(a.Service), serviceIndex(b.Service)),
		cmp.Compare(natureIndex(a.Nature), natureIndex(b.Nature)),
		cmp.Compare(a.Rate, b.Rate),
	)
}

// Total is the sum of the parts; Limit "money.overflow" when it does not fit.
func (s Split) Total() (money.Amount, error) {
	var total money.Amount
	var err error
	for _, p := range s {
		if total, err = total.Add(p.Amount); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Of is the sum of the parts of a nature, of all services.
func (s Split) Of(n Nature) money.Amount {
	var total money.Amount
	for _, p := range s {
		if p.Nature == n {
			total += p.Amount // a part of Total, which was checked
		}
	}
	return total
}

// at is the amount of the component of p.
func (s Split) at(p Part) money.Amount {
	for _, q := range s {
		if compareParts(p, q) == 0 {
			return q.Amount
		}
	}
	return 0
}

// Plus adds two splits.
func (s Split) Plus(o Split) (Split, error) { return NewSplit(slices.Concat(s, o)...) }

// Minus takes a split away. A component that would fall below zero is Conflict
// "ledger.split_below_zero".
func (s Split) Minus(o Split) (Split, error) {
	out := slices.Clone(s)
	for _, p := range o {
		i := slices.IndexFunc(out, func(q Part) bool { return compareParts(p, q) == 0 })
		if p.Amount == 0 {
			continue
		}
		if i < 0 || out[i].Amount < p.Amount {
			return nil, fault.New(fault.Conflict, "ledger.split_below_zero")
		}
		out[i].Amount -= p.Amount
	}
	return slices.DeleteFunc(out, func(p Part) bool { return p.Amount == 0 }), nil
}

// Take splits a part payment of an item. whole is the item, moved what its
// earlier payments have moved and were not taken back. The payments so far and
// this one together move the proportion of the whole that they pay, by largest
// remainder; a component that an undone payment left ahead of its proportion
// waits. So every part is at least zero, no component is ever moved beyond its
// whole, and full payment moves exactly the whole, whatever came before.
//
// An amount that is not above zero, or beyond what remains, is Invalid
// "ledger.take".
func (s Split) Take(moved Split, amount money.Amount) (Split, error) {
	whole, err := s.Total()
	if err != nil {
		return nil, err
	}
	before, err := moved.Total()
	if err != nil {
		return nil, err
	}
	if amount <= 0 || amount > whole-before {
		return nil, fault.New(fault.Invalid, "ledger.take", "amount", amount, "left", whole-before)
	}
	weights := make([]money.Amount, len(s))
	for i, p := range s {
		weights[i] = p.Amount
	}
	targets, err := money.Split(before+amount, weights)
	if err != nil {
		return nil, err
	}
	out, excess := slices.Clone(s), -amount
	for i := range out {
		out[i].Amount = max(0, targets[i]-moved.at(out[i]))
		excess += out[i].Amount
	}
	trim(out, excess)
	return slices.DeleteFunc(out, func(p Part) bool { return p.Amount == 0 }), nil
}

// trim takes an excess off the largest parts first.
func trim(s Split, excess money.Amount) {
	order := make([]int, len(s))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s[b].Amount, s[a].Amount) })
	for _, i := range order {
		cut := min(excess, s[i].Amount)
		s[i].Amount -= cut
		excess -= cut
	}
}

// String is the stored form: a letter of the service, one of the nature, the
// rate of VAT in 10⁻⁴, a colon and centimes, as in "wp:10000 wv1000:1000".
func (s Split) String() string {
	b := make([]byte, 0, len(s)*14)
	for i, p := range s {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, serviceLetters[serviceIndex(p.Service)], natureLetters[natureIndex(p.Nature)])
		if p.Nature == VAT {
			b = strconv.AppendInt(b, int64(p.Rate), 10)
		}
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(p.Amount), 10)
	}
	return string(b)
}

// ParseSplit reads the stored form exactly; anything else is Internal
// "ledger.split_stored".
func ParseSplit(text string) (Split, error) {
	var out Split
	for text != "" {
		var word string
		word, text, _ = strings.Cut(text, " ")
		p, ok := parsePart(word)
		if n := len(out); !ok || n > 0 && compareParts(out[n-1], p) >= 0 {
			return nil, fault.New(fault.Internal, "ledger.split_stored", "text", word)
		}
		out = append(out, p)
	}
	return out, nil
}

func parsePart(word string) (p Part, ok bool) {
	head, digits, found := strings.Cut(word, ":")
	if !found || len(head) < 2 {
		return p, false
	}
	service, nature := strings.IndexByte(serviceLetters, head[0]), strings.IndexByte(natureLetters, head[1])
	amount, err := strconv.ParseInt(digits, 10, 64)
	if service < 0 || nature < 0 || err != nil {
		return p, false
	}
	p = Part{Service: Service(p.Service.EnumValues()[service]), Nature: Nature(p.Nature.EnumValues()[nature]), Amount: money.Amount(amount)}
	if rate := head[2:]; p.Nature == VAT {
		n, err := strconv.ParseInt(rate, 10, 64)
		if err != nil {
			return p, false
		}
		p.Rate = money.Rate(n)
	} else if rate != "" {
		return p, false
	}
	return p, p.valid()
}
