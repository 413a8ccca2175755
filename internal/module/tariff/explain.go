package tariff

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// Explanation is how a quote was made, as data. Values are in the basis of the
// version; exact ones have all their decimals.
type Explanation struct {
	Tariff   string         `json:"tariff"`
	Label    string         `json:"label"`
	Unit     string         `json:"unit"`
	Currency string         `json:"currency"`
	Basis    Basis          `json:"basis"`
	Rounding money.Rounding `json:"rounding"`
	// VATDate decided the rates.
	VATDate day.Date        `json:"vat_date"`
	Parts   []PartExplained `json:"parts"`
	Taxes   []TaxExplained  `json:"taxes"`
	Net     money.Amount    `json:"net"`
	Tax     money.Amount    `json:"tax"`
	Total   money.Amount    `json:"total"`
}

// PartExplained is what one version did.
type PartExplained struct {
	Version  string            `json:"version"`
	Status   Status            `json:"status"`
	Source   string            `json:"source"`
	From     day.Date          `json:"from"`
	To       day.Date          `json:"to"`
	Days     int               `json:"days"`
	Months   money.Quantity    `json:"months"`
	Quantity money.Quantity    `json:"quantity"`
	Derived  []Named           `json:"derived,omitempty"`
	Charges  []ChargeExplained `json:"charges"`
}

// Named is a quantity with its name, and for people its label and unit.
type Named struct {
	Name  string         `json:"name"`
	Label string         `json:"label,omitempty"`
	Unit  string         `json:"unit,omitempty"`
	Value money.Quantity `json:"value"`
}

// Outcome is what became of a charge.
type Outcome string

// The outcomes.
const (
	// Priced: its lines are its arithmetic.
	Priced Outcome = "priced"
	// Exempted: the quantity is at most what is exempt.
	Exempted Outcome = "exempted"
	// Capped: the lines passed the cap, which replaced them.
	Capped Outcome = "capped"
	// Reached: a minimum that the other charges reach by themselves.
	Reached Outcome = "reached"
)

// ChargeExplained is what one charge did. Charges whose conditions do not hold are not
// told.
type ChargeExplained struct {
	Code    string  `json:"code"`
	Label   string  `json:"label"`
	Kind    Kind    `json:"kind"`
	Outcome Outcome `json:"outcome"`
	// Quantity is what unit and blocks charges count.
	Quantity *Named  `json:"quantity,omitempty"`
	Scale    []Named `json:"scale,omitempty"`
	// Blocks are those that have a part of the quantity, before any cap.
	Blocks []BlockExplained `json:"blocks,omitempty"`
	// Selective says that the whole quantity is at the price of the block reached.
	Selective bool `json:"selective,omitempty"`
	// Price is that of a unit, fixed or minimum charge.
	Price *money.Price `json:"price,omitempty"`
	// ExemptUpTo is the effective limit of what is exempt.
	ExemptUpTo *money.Quantity `json:"exempt_up_to,omitempty"`
	// Cap is the effective cap, CapScale what widens it.
	Cap      *money.Exact `json:"cap,omitempty"`
	CapScale []Named      `json:"cap_scale,omitempty"`
	// Rate is that of a percent charge; Of are the charges it or a minimum looks at and
	// Sum what they come to.
	Rate *money.Rate  `json:"rate,omitempty"`
	Of   []string     `json:"of,omitempty"`
	Sum  *money.Exact `json:"sum,omitempty"`
	// Least is the effective minimum.
	Least *money.Exact `json:"least,omitempty"`
	// Value is exact and before any cap; Amount is what is printed of the charge.
	Value      money.Exact  `json:"value"`
	Amount     money.Amount `json:"amount"`
	ThirdParty string       `json:"third_party,omitempty"`
}

// BlockExplained is the part of a quantity in one block.
type BlockExplained struct {
	Block int `json:"block"`
	// Above and UpTo are the effective bounds: above the one, up to and including the
	// other; no UpTo for the last block.
	Above    money.Quantity  `json:"above"`
	UpTo     *money.Quantity `json:"up_to,omitempty"`
	Quantity money.Quantity  `json:"quantity"`
	Price    money.Price     `json:"price"`
	Product  money.Exact     `json:"product"`
}

// TaxExplained is the arithmetic of one rate.
type TaxExplained struct {
	Code string     `json:"code"`
	Rate money.Rate `json:"rate"`
	// Exact is the exact sum of the lines, in the basis of the version.
	Exact  money.Exact  `json:"exact"`
	Base   money.Amount `json:"base"`
	Amount money.Amount `json:"amount"`
}

// Explain prices a request into q and says how. It costs several quotes: bills keep
// their lines and are explained when somebody asks.
func (b *Book) Explain(r *Request, q *Quote) (Explanation, error) {
	if err := b.QuoteInto(r, q); err != nil {
		return Explanation{}, err
	}
	t := b.tariffs[r.Tariff]
	s := t.source
	e := Explanation{
		Tariff: s.Code, Label: s.Label, Unit: s.Unit, Currency: s.Currency, Basis: q.Basis, Rounding: q.Rounding, VATDate: q.TaxDate,
		Net: q.Net, Tax: q.Tax, Total: q.Total,
	}
	for i := range q.Parts {
		p, err := q.explainPart(t, i)
		if err != nil {
			return e, err
		}
		e.Parts = append(e.Parts, p)
	}
	for _, x := range q.Taxes {
		sum, err := q.sumOfRate(x)
		if err != nil {
			return e, err
		}
		e.Taxes = append(e.Taxes, TaxExplained{Code: x.Code, Rate: x.Rate, Exact: sum, Base: x.Base, Amount: x.Amount})
	}
	return e, nil
}

// sumOfRate adds up the lines of a rate.
func (q *Quote) sumOfRate(x Tax) (money.Exact, error) {
	var total money.Exact
	var err error
	for i := range q.Lines {
		l := &q.Lines[i]
		if l.Rate != x.Rate || l.Exempt != (x.Code == TaxExempt) {
			continue
		}
		if total, err = total.Add(l.Value); err != nil {
			return total, err
		}
	}
	return total, nil
}

// explainPart explains a part: it is priced once more, charge by charge, in a quote of
// its own whose lines are looked at before the cap.
func (q *Quote) explainPart(t *compiled, part int) (PartExplained, error) {
	p := &q.Parts[part]
	v := p.version
	out := PartExplained{
		Version: v.source.Code, Status: v.source.Status, Source: v.source.Source, From: p.From, To: p.To, Days: p.Days, Months: p.Months,
		Quantity: p.Quantity,
	}
	again := &Quote{Parts: q.Parts, work: work{whole: q.whole}}
	if err := v.derive(&again.now, t, again, part); err != nil {
		return out, err
	}
	for i := range v.derived {
		out.Derived = append(out.Derived, t.named(v, again, v.derived[i].slot))
	}
	again.spans = make([]span, len(v.charges))
	for i := range v.charges {
		g := &v.charges[i]
		again.spans[i] = span{len(again.Lines), len(again.Lines)}
		if !g.applies(t, &again.now) {
			continue
		}
		c, err := again.explainCharge(t, v, g)
		if err != nil {
			return out, err
		}
		again.spans[i].to = len(again.Lines)
		c.Amount = q.printed(part, i)
		out.Charges = append(out.Charges, c)
	}
	return out, nil
}

// printed is what is printed of a charge. It fits: the bill it is part of does.
func (q *Quote) printed(part, charge int) (total money.Amount) {
	for i := range q.Lines {
		if q.Lines[i].Part == part && q.Lines[i].Charge == charge {
			total += q.Lines[i].Amount
		}
	}
	return total
}

// named gives a quantity with what people call it.
func (t *compiled) named(v *version, q *Quote, slot int) Named {
	n := Named{Value: money.Quantity(q.now.numbers[slot])}
	switch {
	case slot == slotQuantity:
		n.Name, n.Unit = NameQuantity, t.source.Unit
	case slot == slotMonths:
		n.Name = NameMonths
	case slot == slotDays:
		n.Name = NameDays
	case slot < slotFree+AttributesMax:
		a := t.attributes[slot-slotFree].source
		n.Name, n.Label, n.Unit = a.Name, a.Label, a.Unit
	default:
		d := v.derived[slot-slotFree-AttributesMax].source
		n.Name, n.Label, n.Unit = d.Name, d.Label, d.Unit
	}
	return n
}

func (t *compiled) namedAll(v *version, q *Quote, slots []int) []Named {
	var out []Named
	for _, slot := range slots {
		out = append(out, t.named(v, q, slot))
	}
	return out
}
