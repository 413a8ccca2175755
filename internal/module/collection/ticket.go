package collection

import (
	"wasl/internal/kernel/money"
	"wasl/internal/platform/doc"
)

// The measures of a ticket: a roll 80 mm wide, cut where the text ends.
const (
	ticketWidth     = 80 * doc.MM
	ticketMargin    = 4 * doc.MM
	ticketHeightMax = 5000 * doc.MM // a page of PDF ends at 5080 mm
	ticketStep      = 400
	ticketQR        = 32 * doc.MM
)

// The types of a ticket: black alone, for the printer's head knows no other colour.
func ticketPlain() doc.Type  { return doc.Type{Size: 80} }
func ticketStrong() doc.Type { return doc.Type{Size: 84, Bold: true} }
func ticketLarge() doc.Type  { return doc.Type{Size: 120, Bold: true} }

// centred sets lines in the middle of the roll.
func (k *press) centred(t doc.Type, words string) {
	if words == "" {
		return
	}
	for _, line := range k.p.Wrap(t, words, k.right-k.left, 3) {
		k.p.Text((k.left+k.right)/2, k.y, doc.Middle, t, line)
		k.y += ticketStep
	}
}

// cut sets a dashed line between two parts.
func (k *press) cut() {
	k.p.Dashes(k.left, k.y-150, k.right, k.y-150, thin, 120, doc.Color{})
	k.y += 250
}

// lineOf sets a word and a figure; what is too long goes on below.
func (k *press) lineOf(t doc.Type, word, figure string) {
	width := k.right - k.left - k.p.Width(t, figure) - 2*doc.MM
	k.p.Text(k.right, k.y, doc.End, t, figure)
	k.y = k.p.Paragraph(k.left, k.y, t, word, width, ticketStep, 3)
}

// ticket sets a receipt on a roll.
func (k *press) ticket(s *sheet) error {
	r := &s.card.Receipt
	k.turn()
	k.y = ticketMargin + 400
	k.centred(ticketLarge(), s.issuer.name)
	k.y += 60
	k.centred(ticketPlain(), joined("  ", k.labelled("ice", s.issuer.ice), k.labelled("tax_id", s.issuer.taxID)))
	k.centred(ticketPlain(), joined(" \u00b7 ", s.office.name, s.office.phone))
	k.ticketMark(s)
	k.cut()
	k.y += 120
	k.centred(ticketLarge(), k.say("receipt"))
	k.y += 80
	k.centred(ticketStrong(), r.Number)
	k.centred(ticketPlain(), k.say("taken_at", "date", r.ReceivedOn, "time", clock(r.RecordedAt)))
	k.centred(ticketPlain(), k.say("session", "number", s.session.Number, "desk", s.session.Desk))
	k.centred(ticketPlain(), k.say("cashier", "name", s.cashier))
	k.cut()
	k.ticketFrom(s)
	k.cut()
	for _, p := range billsOf(s.card.Paid) {
		k.lineOf(ticketStrong(), p.Document, p.Amount.French())
		k.y = k.p.Paragraph(k.left, k.y, ticketPlain(), k.say("bill.of", "account", p.Number, "date", p.DueOn), k.right-k.left, ticketStep, 2)
		if p.Amount != p.Of {
			k.lineOf(ticketPlain(), k.say("bill.left", "of", p.Of), p.Left.French())
		}
	}
	if kept := keptOf(&s.card); kept > 0 {
		k.lineOf(ticketStrong(), k.keptWord(&s.card), kept.French())
	}
	k.cut()
	k.ticketSums(s)
	return k.ticketProof(s)
}

// ticketMark frames what takes its worth from a ticket.
func (k *press) ticketMark(s *sheet) {
	word := k.markOf(s)
	if word == "" {
		return
	}
	const tall = 7 * doc.MM
	k.p.Frame(k.left, k.y-200, k.right-k.left, tall, thick, doc.Color{})
	k.p.Text((k.left+k.right)/2, k.y+300, doc.Middle, ticketLarge(), word)
	k.y += tall + 300
}

func (k *press) ticketFrom(s *sheet) {
	k.y = k.p.Paragraph(k.left, k.y, ticketPlain(), k.say("from"), k.right-k.left, ticketStep, 1)
	k.y = k.p.Paragraph(k.left, k.y, ticketStrong(), s.payer(), k.right-k.left, ticketStep, 2)
	if s.card.Payer == "" && s.party.nameArabic != "" {
		k.p.Text(k.right, k.y, doc.End, ticketStrong(), k.p.Fit(ticketStrong(), s.party.nameArabic, k.right-k.left))
		k.y += ticketStep
	}
	if s.party.code != "" {
		k.y = k.p.Paragraph(k.left, k.y, ticketPlain(), k.say("customer", "code", s.party.code), k.right-k.left, ticketStep, 1)
	}
}

func (k *press) ticketSums(s *sheet) {
	r := &s.card.Receipt
	k.lineOf(ticketPlain(), k.say("total"), r.Total.French())
	k.lineOf(ticketPlain(), k.say("stamp"), r.Stamp.French())
	k.y += 100
	k.lineOf(ticketLarge(), k.say("received"), k.dirhams(r.ToPay))
	k.y += 100
	for i := range s.card.Tenders {
		t := &s.card.Tenders[i]
		k.lineOf(ticketPlain(), s.means(t), (t.Amount + t.Stamp).French())
	}
	for _, each := range []struct {
		key    string
		amount money.Amount
	}{{"given", r.Given}, {"change", r.Change}} {
		if r.Given > 0 {
			k.lineOf(ticketPlain(), k.say(each.key), each.amount.French())
		}
	}
	for i := range s.card.Tenders {
		if s.card.Tenders[i].Settles == AtClearing {
			k.y = k.p.Paragraph(k.left, k.y, ticketPlain(), k.say("reserve"), k.right-k.left, ticketStep, 3)
			break
		}
	}
}

func (k *press) ticketProof(s *sheet) error {
	square, err := doc.QR(proofOf(&s.card))
	if err != nil {
		return err
	}
	k.cut()
	k.p.Symbol(square, (k.left+k.right-ticketQR)/2, k.y-200, ticketQR, ticketQR)
	k.y += ticketQR + 200
	k.centred(ticketLarge(), s.card.Code)
	k.y += 60
	k.centred(ticketPlain(), k.say("check"))
	return nil
}
