package billing

import (
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/doc"
)

// chart draws what was consumed month by month, this bill's month in the accent.
func (k *press) chart(s *sheet) {
	history := s.card.History
	if len(history) == 0 {
		return
	}
	const width, base, height = 104 * doc.MM, chartAt + 36*doc.MM, 24 * doc.MM
	k.p.Text(left, chartAt+300, doc.Start, head(), k.say("history", "unit", k.unit(s.card.Measure)))
	most := money.Quantity(1)
	for _, q := range history {
		most = max(most, q.Quantity)
	}
	last := monthOf(s.card.To)
	place := width / historyMonths
	for _, q := range history {
		months := monthsBetween(q.Month, last)
		x := left + place*doc.Length(historyMonths-1-months)
		tall := doc.Length(int64(max(q.Quantity, 0)) * int64(height) / int64(most))
		color := bars()
		if months == 0 {
			color = accent()
		}
		k.p.Box(x+80, base-tall, place-160, tall, color)
		k.p.Text(x+place/2, base-tall-100, doc.Middle, doc.Type{Size: 62, Bold: months == 0, Color: doc.Ink()}, q.Quantity.French())
		k.p.Text(x+place/2, base+330, doc.Middle, doc.Type{Size: 62, Color: doc.Muted()}, k.month(q.Month))
	}
	k.p.Rule(left, base, left+width, base, thin, edge())
}

// month is a month in few letters, with its year in January and in the first place.
func (k *press) month(m day.Date) string {
	_, month, _ := m.Civil()
	return k.say("month."+strconv.Itoa(int(month)), "year", strconv.Itoa(m.Year()%100))
}

// monthOf is the first day of a day's month.
func monthOf(d day.Date) day.Date { return d.AddDays(1 - d.Day()) }

const monthsPerYear = 12

// monthsBetween is how many months one first day of a month lies before another.
func monthsBetween(a, b day.Date) int {
	return (b.Year()-a.Year())*monthsPerYear + int(b.Month()) - int(a.Month())
}

// account sets the bill into what was owed before.
func (k *press) account(s *sheet) error {
	due, err := s.due()
	if err != nil {
		return err
	}
	const at, top, height = 124 * doc.MM, chartAt, 38 * doc.MM
	k.p.Frame(at, top, right-at, height, thin, edge())
	x, y := at+3*doc.MM, top+600
	if s.card.Kind == KindCreditNote {
		k.p.Text(x, y, doc.Start, head(), k.say("reason"))
		k.p.Paragraph(x, y+500, plain(), s.card.Reason, right-at-6*doc.MM, 400, 6)
		return nil
	}
	row := func(t doc.Type, name string, amount string) {
		k.p.Text(x, y, doc.Start, t, name)
		k.p.Text(right-3*doc.MM, y, doc.End, t, amount)
		y += 520
	}
	k.p.Text(x, y, doc.Start, head(), k.say("account", "date", s.card.IssuedOn))
	y += 550
	before := "before"
	if s.card.Before < 0 {
		before = "advance"
	}
	row(plain(), k.say(before), s.card.Before.French())
	row(plain(), k.say("this_bill"), s.card.Total.French())
	k.p.Rule(x, y-330, right-3*doc.MM, y-330, thin, edge())
	y += 150
	row(large(), k.say("to_pay"), k.dirhams(max(due, 0)))
	note := k.say("by", "date", s.card.DueOn)
	if due <= 0 {
		note = k.say("nothing_to_pay")
	}
	k.p.Paragraph(x, y+50, small(), note, right-at-6*doc.MM, 360, 2)
	return nil
}

// foot is the payment slip, or a line that ends the document.
func (k *press) foot(s *sheet) error {
	due, err := s.due()
	if err != nil {
		return err
	}
	k.p.Text(left, 292*doc.MM, doc.Start, doc.Type{Size: 60, Color: doc.Muted()}, k.say("note"))
	if !slipOf(s, due) {
		return nil
	}
	// The slip asks for this bill alone: what was owed before has slips of its own.
	code := SlipCode(s.card.Number, s.card.Total)
	barcode, err := doc.Bars(code)
	if err != nil {
		return err
	}
	square, err := doc.QR(code)
	if err != nil {
		return err
	}
	k.p.Dashes(left, slipAt, right, slipAt, thin, 150, doc.Muted())
	k.p.Text(left, slipAt+500, doc.Start, strong(), k.say("slip"))
	k.p.Text(right, slipAt+500, doc.End, small(), k.say("slip.keep"))
	y := slipAt + 1150
	for _, f := range [][2]string{
		{"slip.issuer", s.issuer.name},
		{"slip.number", s.card.Number},
		{"contract", s.card.Contract},
		{"slip.name", s.card.Name},
		{"due", s.card.DueOn.French()},
	} {
		k.p.Text(left, y, doc.Start, small(), k.say(f[0]))
		k.p.Text(left+24*doc.MM, y, doc.Start, plain(), k.p.Fit(plain(), f[1], 46*doc.MM))
		y += rowHeight
	}
	k.p.Text(left, y+350, doc.Start, small(), k.say("slip.amount"))
	k.p.Text(left+24*doc.MM, y+350, doc.Start, large(), k.dirhams(s.card.Total))
	k.p.Symbol(barcode, 84*doc.MM, slipAt+10*doc.MM, 78*doc.MM, 15*doc.MM)
	k.p.Text(123*doc.MM, slipAt+29*doc.MM, doc.Middle, small(), code)
	k.p.Symbol(square, 166*doc.MM, slipAt+8*doc.MM, 30*doc.MM, 30*doc.MM)
	return nil
}
