package tariff

import (
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// work is the room of a quote, used again by the next one.
type work struct {
	// whole is what is known of the request, now what is known of the part.
	whole, now known
	// exact are the lines to round; spans say which of them each charge of the part gave.
	exact   []money.Line
	spans   []span
	rounded money.Rounded
	// tooBig says that a value did not fit: whatever else is wrong is told first.
	tooBig bool
}

// known is the values of a request or of a part of it: quantities by slot, in
// thousandths, and the positions of words by attribute.
type known struct {
	numbers [slotsMax]int64
	words   [AttributesMax]int32
}

// span is a range of lines, the end excluded.
type span struct{ from, to int }

// Quote prices a request. A request that cannot be priced is Invalid, or Limit
// "money.overflow", with the one field that is wrong; see docs/tariff-format.md.
func (b *Book) Quote(r Request) (Quote, error) {
	var q Quote
	if err := b.QuoteInto(&r, &q); err != nil {
		return Quote{}, err
	}
	return q, nil
}

// QuoteInto is Quote into room that is used again; after an error the quote means
// nothing.
func (b *Book) QuoteInto(r *Request, q *Quote) error {
	t := b.tariffs[r.Tariff]
	if t == nil {
		return refuse("tariff.unknown", "tariff", "code", r.Tariff)
	}
	q.begin(r)
	if err := t.cut(r, q); err != nil {
		return err
	}
	for i := range q.Parts {
		if err := q.pricePart(t, i); err != nil {
			return err
		}
	}
	if q.tooBig {
		return overflow()
	}
	return overflowed(q.round())
}

// begin empties a quote for a request.
func (q *Quote) begin(r *Request) {
	q.ID, q.Tariff, q.TaxDate = r.ID, r.Tariff, r.TaxDate
	if q.TaxDate.IsZero() {
		q.TaxDate = r.To
	}
	q.Parts, q.Lines, q.Taxes, q.exact, q.tooBig = q.Parts[:0], q.Lines[:0], q.Taxes[:0], q.exact[:0], false
}

// refuse makes the error of a request: its code is also that of its one field.
func refuse(code, field string, pairs ...any) error {
	e := fault.New(fault.Invalid, code, pairs...)
	e.Fields = []fault.Field{{Path: field, Code: code, Args: e.Args}}
	return e
}

// overflowCode is the code of a number that does not fit.
const overflowCode = "money.overflow"

// overflow is a number that does not fit, with its field.
func overflow() error {
	e := fault.New(fault.Limit, overflowCode)
	e.Fields = []fault.Field{{Path: "quantity", Code: e.Code}}
	return e
}

// overflowed names the field of an overflow.
func overflowed(err error) error {
	if err == nil || fault.CodeOf(err) != overflowCode {
		return err
	}
	return overflow()
}

// pricePart prices one part with its version.
func (q *Quote) pricePart(t *compiled, part int) error {
	p := &q.Parts[part]
	v := p.version
	if err := v.derive(&q.now, t, q, part); err != nil {
		return err
	}
	q.spans = append(q.spans[:0], make([]span, len(v.charges))...)
	any := false
	for i := range v.charges {
		g := &v.charges[i]
		q.spans[i] = span{len(q.Lines), len(q.Lines)}
		if !g.applies(t, &q.now) {
			continue
		}
		any = true
		if err := q.charge(t, g, part); err != nil {
			return err
		}
		q.spans[i].to = len(q.Lines)
	}
	if !any {
		return refuse("tariff.no_charge", "attributes")
	}
	return nil
}

// charge adds the lines of a charge.
func (q *Quote) charge(t *compiled, g *charge, part int) error {
	first := len(q.Lines)
	err := q.priced(t, g)
	if err == nil {
		err = q.capped(g, first)
	}
	if fault.CodeOf(err) == overflowCode { // told last: other faults come before it
		q.tooBig, q.Lines, err = true, q.Lines[:first], nil
		q.addValue(g, money.Exact{})
	}
	if err != nil || len(q.Lines) == first {
		return err
	}
	rate, err := t.rateOf(g, q)
	if err != nil {
		return err
	}
	for i := first; i < len(q.Lines); i++ {
		l := &q.Lines[i]
		l.Part, l.Exempt, l.Outside, l.Rate = part, false, rate == nil, 0
		if rate != nil {
			l.Rate, l.Exempt = rate.Rate, rate.Exempt
		}
	}
	return nil
}

// add adds a line of a charge with a quantity and a price.
func (q *Quote) add(g *charge, block int, quantity int64, price money.Price, value money.Exact) {
	q.Lines = append(q.Lines, Line{
		Code: g.codes[block], Label: g.source.Label, Service: g.service, Unit: g.unit, Measured: true, Quantity: money.Quantity(quantity),
		Price: price, Value: value, ThirdParty: g.source.ThirdParty, Charge: g.position, Block: block,
	})
}

// addValue adds a line of a charge that is only a value.
func (q *Quote) addValue(g *charge, value money.Exact) {
	q.Lines = append(q.Lines, Line{
		Code: g.codes[0], Label: g.source.Label, Service: g.service, Value: value, ThirdParty: g.source.ThirdParty, Charge: g.position,
	})
}

// sum adds up the lines of a range.
func (q *Quote) sum(s span) (money.Exact, error) {
	var total money.Exact
	var err error
	for i := s.from; i < s.to; i++ {
		if total, err = total.Add(q.Lines[i].Value); err != nil {
			return total, err
		}
	}
	return total, nil
}
