package tariff

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// cut checks a request and divides its period among the versions.
func (t *compiled) cut(r *Request, q *Quote) error {
	if err := periodOf(r); err != nil {
		return err
	}
	if r.Quantity < 0 || r.Quantity > QuantityMax {
		return refuse("tariff.quantity", "quantity", "max", QuantityMax)
	}
	first, last := t.versionsOf(r.From, r.To)
	if first == nowhere {
		return refuse("tariff.no_version", "from", "code", t.source.Code)
	}
	if err := t.attributesOf(r, &q.whole); err != nil {
		return err
	}
	change := t.versions[last].source.OnChange
	switch change {
	case ByStart:
		last = first
	case ByEnd:
		first = last
	}
	months, err := t.versions[last].monthsOf(r)
	if err != nil {
		return err
	}
	q.Basis, q.Rounding = t.versions[last].source.Basis, t.versions[last].source.Rounding
	for i := first; i <= last; i++ {
		q.Parts = append(q.Parts, t.versions[i].part(r, change))
		if s := t.versions[i].source; s.Basis != q.Basis || s.Rounding != q.Rounding {
			return refuse("tariff.change_mixed", "from")
		}
	}
	return q.share(r, months)
}

func periodOf(r *Request) error {
	switch {
	case r.From.IsZero():
		return refuse("input.required", "from")
	case r.To.IsZero():
		return refuse("input.required", "to")
	case r.To.Before(r.From) || r.From.DaysUntil(r.To) >= DaysMax:
		return refuse("tariff.period", "to", "max", DaysMax)
	}
	return nil
}

// versionsOf finds the versions of a period; nowhere when a day has none.
func (t *compiled) versionsOf(from, to day.Date) (first, last int) {
	last = len(t.versions) - 1
	for last >= 0 && to.Before(t.versions[last].from) {
		last--
	}
	if last < 0 || to.After(t.versions[last].to) {
		return nowhere, nowhere
	}
	first = last
	for from.Before(t.versions[first].from) {
		if first == 0 || t.versions[first-1].to.DaysUntil(t.versions[first].from) != 1 {
			return nowhere, nowhere
		}
		first--
	}
	return first, last
}

// part is the part of the period a version prices.
func (v *version) part(r *Request, change OnChange) Part {
	p := Part{Version: v.source.Code, From: r.From, To: r.To, version: v}
	if change == ByDays {
		if v.from.After(p.From) {
			p.From = v.from
		}
		if v.to.Before(p.To) {
			p.To = v.to
		}
	}
	p.Days = p.From.DaysUntil(p.To) + 1
	return p
}

// daysPerMonth is the month of the pro rata in days.
const daysPerMonth = 30

// monthsOf gives the months of a request by the pro rata of the version.
func (v *version) monthsOf(r *Request) (money.Quantity, error) {
	prorata := v.source.Prorata
	if r.Months != 0 {
		if r.Months < 0 || r.Months > QuantityMax || prorata == WholeMonths && r.Months%thousandth != 0 {
			return 0, refuse("tariff.months", "months")
		}
		return r.Months, nil
	}
	if prorata == Days30 {
		return money.Quantity(divRound(int64(r.From.DaysUntil(r.To)+1)*thousandth, daysPerMonth)), nil
	}
	from, to := day.MonthOf(r.From), day.MonthOf(r.To)
	if from.First() != r.From || to.Last() != r.To {
		return 0, refuse("tariff.months_needed", "months")
	}
	return money.Quantity(from.MonthsUntil(to)+1) * thousandth, nil
}

// share gives each part its quantity and months, by days.
func (q *Quote) share(r *Request, months money.Quantity) error {
	if len(q.Parts) == 1 {
		q.Parts[0].Quantity, q.Parts[0].Months = r.Quantity, months
		return nil
	}
	quantities, err := q.byDays(int64(r.Quantity))
	if err != nil {
		return err
	}
	shares, err := q.byDays(int64(months))
	if err != nil {
		return err
	}
	for i := range q.Parts {
		q.Parts[i].Quantity, q.Parts[i].Months = money.Quantity(quantities[i]), money.Quantity(shares[i])
	}
	return nil
}

// byDays shares thousandths among the parts by the largest remainder.
func (q *Quote) byDays(total int64) ([]money.Amount, error) {
	days := make([]int64, len(q.Parts))
	for i := range q.Parts {
		days[i] = int64(q.Parts[i].Days)
	}
	return money.Split(money.Amount(total), days)
}

// enter makes known what belongs to a part.
func (q *Quote) enter(t *compiled, part int) error {
	p := &q.Parts[part]
	q.now = q.whole
	q.now.numbers[slotQuantity], q.now.numbers[slotMonths] = int64(p.Quantity), int64(p.Months)
	q.now.numbers[slotDays] = int64(p.Days) * thousandth
	if len(q.Parts) == 1 {
		return nil
	}
	for i := range t.attributes {
		a := &t.attributes[i]
		if !a.source.Split {
			continue
		}
		shares, err := q.byDays(q.whole.numbers[a.slot])
		if err != nil {
			return err
		}
		q.now.numbers[a.slot] = int64(shares[part])
	}
	return nil
}
