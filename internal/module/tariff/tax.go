package tariff

import "wasl/internal/kernel/money"

// rateOf finds the VAT rate of a charge on the tax date; nil outside VAT.
func (t *compiled) rateOf(g *charge, q *Quote) (*VATRate, error) {
	if g.component == nowhere {
		return nil, nil
	}
	c := &t.components[g.component]
	use := 0
	if t.use != nowhere {
		use = int(q.whole.words[t.use])
	}
	rates := c.rates[use]
	for i := len(rates) - 1; i >= 0; i-- {
		if !rates[i].From.After(q.TaxDate) {
			return &rates[i], nil
		}
	}
	return nil, refuse("tariff.vat_missing", "tax_date", "code", c.code, "date", q.TaxDate)
}

// round makes the amounts, taxes and totals of a quote.
func (q *Quote) round() error {
	for i := range q.Lines {
		l := &q.Lines[i]
		if l.Quantity < 0 {
			return overflow()
		}
		q.exact = append(q.exact, money.Line{Value: l.Value, Rate: l.Rate, Exempt: l.Exempt})
	}
	if err := q.Rounding.RoundInto(&q.rounded, q.exact); err != nil {
		return err
	}
	for i := range q.Lines {
		q.Lines[i].Amount = q.rounded.Lines[i]
	}
	for _, g := range q.rounded.Groups {
		q.Taxes = append(q.Taxes, Tax{Code: taxCode(g), Rate: g.Rate, Base: g.Base, Amount: g.Tax})
	}
	q.Net, q.Tax, q.Total = q.rounded.Net, q.rounded.Tax, q.rounded.Total
	return nil
}

func taxCode(g money.TaxGroup) string {
	switch {
	case g.Exempt:
		return TaxExempt
	case g.Rate == 0:
		return TaxNone
	}
	return TaxVAT
}
