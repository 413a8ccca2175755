package collection

import (
	"context"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/op"
)

// sheet is everything a printed receipt says.
type sheet struct {
	card    ReceiptCard
	session Session
	issuer  issuer
	office  office
	party   party
	cashier string
	// kinds are the names of the means, by code.
	kinds map[string]string
	// duplicate marks every print but the first.
	duplicate bool
}

// receiptSheet gathers what a receipt says on paper.
func (m *Module) receiptSheet(ctx context.Context, x *op.Exec, id op.ID) (s *sheet, err error) {
	s = &sheet{}
	if s.card, err = m.receiptCard(ctx, x.R, id); err != nil {
		return s, err
	}
	r := &s.card.Receipt
	if s.session, err = findSession(ctx, x.R, r.Session); err != nil {
		return s, err
	}
	if s.issuer, err = issuerOf(ctx, x.R, r.Entity); err != nil {
		return s, err
	}
	if s.office, err = officeOf(ctx, x.R, r.Unit); err != nil {
		return s, err
	}
	if s.party, err = partyOf(ctx, x.R, max(r.Customer, s.card.Holder)); err != nil {
		return s, err
	}
	names, err := x.Registry().Labels(ctx, x.R, "user", []int64{int64(r.Actor)})
	if err != nil {
		return s, err
	}
	s.cashier = names[int64(r.Actor)]
	s.kinds, err = kindNames(ctx, x, r.ReceivedOn)
	return s, err
}

// kindNames are the names of the means on a day.
func kindNames(ctx context.Context, x *op.Exec, on day.Date) (map[string]string, error) {
	rows, err := kindsOf(ctx, x.R)
	out := map[string]string{}
	for _, k := range rows { // in order of days: the last one that holds stays
		if !k.ValidFrom.After(on) {
			out[k.Code] = k.Label
		}
	}
	return out, err
}

// printReceipt sets a receipt on a paper.
func (m *Module) printReceipt(s *sheet, paper Paper) ([]byte, error) {
	draw := (*press).receipt
	if paper == PaperTicket {
		draw = (*press).ticket
	}
	return m.press(paper.format(), s.card.Number, s.card.RecordedAt, func(k *press) error { return draw(k, s) })
}

// payer is who paid.
func (s *sheet) payer() string {
	if s.card.Payer != "" {
		return s.card.Payer
	}
	return s.party.name
}

// billsOf are the bills of a receipt, each once: several means may have paid one.
func billsOf(paid []Paid) []Paid {
	var out []Paid
	at := map[op.ID]int{}
	for _, p := range paid {
		i, known := at[p.Item]
		if !known {
			at[p.Item] = len(out)
			out = append(out, p)
			continue
		}
		out[i].Amount += p.Amount // parts of a total that was checked
		out[i].Left = min(out[i].Left, p.Left)
	}
	return out
}

// keptOf is what a receipt holds beyond the bills it paid.
func keptOf(card *ReceiptCard) money.Amount {
	kept := card.Total
	for _, p := range card.Paid {
		kept -= p.Amount
	}
	return kept
}

// keptWord says as what it is kept.
func (k *press) keptWord(card *ReceiptCard) string {
	for _, l := range card.Lines {
		if l.Kind != "receipt" {
			return k.words.T("enum.ledger_item_kind." + string(l.Kind))
		}
	}
	return k.say("kept")
}

// means names a means with what identifies it.
func (s *sheet) means(t *Tender) string {
	label := s.kinds[t.Kind]
	if label == "" {
		label = t.Kind
	}
	return joined(" \u00b7 ", label, t.Reference, t.Bank, t.Drawer)
}

// receipt sets a receipt on a page, A4 or A5.
func (k *press) receipt(s *sheet) error {
	r := &s.card.Receipt
	k.again = func() {
		k.p.Text(k.left, k.y, doc.Start, doc.Strong(), k.say("receipt")+" "+r.Number)
		k.y += 700
		k.heads()
	}
	k.letterhead(&s.issuer, &s.office, k.say("receipt"), r.Number, k.say("taken_at", "date", r.ReceivedOn, "time", clock(r.RecordedAt)))
	k.mark(s)
	k.from(s)
	k.heads()
	for _, p := range billsOf(s.card.Paid) {
		k.bill(&p)
	}
	if kept := keptOf(&s.card); kept > 0 {
		k.kept(k.keptWord(&s.card), kept)
	}
	k.sums(s)
	return k.proof(s)
}

// markOf is the word for what takes its worth from a receipt; empty for an original.
func (k *press) markOf(s *sheet) string {
	switch {
	case s.card.State == Cancelled:
		return k.say("cancelled")
	case s.duplicate:
		return k.say("duplicate")
	}
	return ""
}

// mark says across the page what takes its worth from it.
func (k *press) mark(s *sheet) {
	word := k.markOf(s)
	if word == "" {
		return
	}
	wide := k.right - k.left
	size := int(wide / 22) // fills the page from edge to edge
	k.p.Across((k.left+k.right)/2, k.y+wide/2, doc.Type{Size: size, Bold: true, Color: doc.Pale()}, word)
}

// from sets who paid and the amount, in figures and in words.
func (k *press) from(s *sheet) {
	const tall = 13 * doc.MM
	k.p.Text(k.left, k.y, doc.Start, doc.Small(), k.say("from"))
	k.y += 480
	half := (k.right - k.left) / 2
	k.p.Text(k.left, k.y, doc.Start, doc.Large(), k.p.Fit(doc.Large(), s.payer(), half))
	if s.card.Payer == "" && s.party.nameArabic != "" {
		k.p.Text(k.right, k.y, doc.End, doc.Large(), k.p.Fit(doc.Large(), s.party.nameArabic, half-3*doc.MM))
	}
	k.y += smallStep + 20
	if s.party.code != "" {
		k.p.Text(k.left, k.y, doc.Start, doc.Small(), k.say("customer", "code", s.party.code))
		k.y += smallStep
	}
	k.p.Box(k.left, k.y, k.right-k.left, tall, doc.Tint())
	k.p.Text(k.left+3*doc.MM, k.y+500, doc.Start, doc.Small(), k.say("sum"))
	k.p.Paragraph(k.left+3*doc.MM, k.y+880, doc.Plain(), upper(k.words.InWords(s.card.ToPay)), k.right-k.left-46*doc.MM, 340, 2)
	k.p.Text(k.right-3*doc.MM, k.y+820, doc.End, doc.Type{Size: 135, Bold: true, Color: doc.Ink()}, k.dirhams(s.card.ToPay))
	k.y += tall + 620
}

// upper begins a sentence.
func upper(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// columns are where the figures of a bill end: the whole, what was paid, what is left.
func (k *press) columns() [3]doc.Length {
	return [3]doc.Length{k.right - 48*doc.MM, k.right - 24*doc.MM, k.right}
}

// heads sets the heads of the bills.
func (k *press) heads() {
	k.p.Text(k.left, k.y, doc.Start, doc.Head(), k.say("bill"))
	for i, key := range []string{"amount", "paid", "left"} {
		k.p.Text(k.columns()[i], k.y, doc.End, doc.Head(), k.say(key))
	}
	k.p.Rule(k.left, k.y+150, k.right, k.y+150, thin, doc.Edge())
	k.y += 560
}

// bill sets what a bill got and what is left of it.
func (k *press) bill(p *Paid) {
	k.room(900)
	at := k.columns()
	k.p.Text(k.left, k.y, doc.Start, doc.Plain(), k.p.Fit(doc.Plain(), p.Document, at[0]-20*doc.MM-k.left))
	for i, figure := range []money.Amount{p.Of, p.Amount, p.Left} {
		t := doc.Plain()
		if i == 1 {
			t = doc.Strong()
		}
		k.p.Text(at[i], k.y, doc.End, t, figure.French())
	}
	k.y += smallStep
	k.p.Text(k.left, k.y, doc.Start, doc.Small(), k.say("bill.of", "account", p.Number, "date", p.DueOn))
	k.p.Rule(k.left, k.y+130, k.right, k.y+130, thin, doc.Hair())
	k.y += 540
}

// kept sets what is beyond the bills.
func (k *press) kept(word string, amount money.Amount) {
	k.room(900)
	k.p.Text(k.left, k.y, doc.Start, doc.Plain(), word)
	k.p.Text(k.columns()[1], k.y, doc.End, doc.Strong(), amount.French())
	k.p.Rule(k.left, k.y+130, k.right, k.y+130, thin, doc.Hair())
	k.y += 540
}

// sums sets the total with its duty, and the means.
func (k *press) sums(s *sheet) {
	r := &s.card.Receipt
	k.room(doc.Length(len(s.card.Tenders)+8) * lineStep)
	k.y += 60
	from := k.right - 72*doc.MM
	k.pair(doc.Plain(), from, k.say("total"), r.Total.French())
	k.pair(doc.Plain(), from, k.say("stamp"), r.Stamp.French())
	k.p.Rule(from, k.y-280, k.right, k.y-280, thick, doc.Ink())
	k.y += 150
	k.pair(doc.Large(), from, k.say("received"), k.dirhams(r.ToPay))
	k.y += 200
	k.p.Text(k.left, k.y, doc.Start, doc.Head(), k.say("tenders"))
	k.p.Rule(k.left, k.y+150, k.right, k.y+150, thin, doc.Edge())
	k.y += 540
	for i := range s.card.Tenders {
		t := &s.card.Tenders[i]
		k.room(lineStep)
		k.pair(doc.Plain(), k.left, s.means(t), (t.Amount + t.Stamp).French())
	}
	if r.Given > 0 {
		k.pair(doc.Small(), k.left, k.say("given"), r.Given.French())
		k.pair(doc.Small(), k.left, k.say("change"), r.Change.French())
	}
	k.reserve(s)
}

// reserve says that a cheque is no money yet.
func (k *press) reserve(s *sheet) {
	for i := range s.card.Tenders {
		if s.card.Tenders[i].Settles == AtClearing {
			k.p.Text(k.left, k.y, doc.Start, doc.Small(), k.p.Fit(doc.Small(), k.say("reserve"), k.right-k.left))
			k.y += smallStep
			return
		}
	}
}

// proofOf is what the code of a receipt holds.
func proofOf(card *ReceiptCard) string { return card.Number + " " + card.Code }

// proof sets the code that proves the receipt, and where it was given.
func (k *press) proof(s *sheet) error {
	const side = 28 * doc.MM
	square, err := doc.QR(proofOf(&s.card))
	if err != nil {
		return err
	}
	k.room(side + 6*doc.MM)
	k.y += 100
	k.p.Rule(k.left, k.y, k.right, k.y, thin, doc.Edge())
	top := k.y + 2*doc.MM
	k.p.Symbol(square, k.left, top, side, side)
	x := k.left + side + 4*doc.MM
	k.y = top + 4*doc.MM
	k.p.Text(x, k.y, doc.Start, doc.Small(), k.say("code"))
	k.p.Text(x, k.y+580, doc.Start, doc.Type{Size: 130, Bold: true, Color: doc.Ink()}, s.card.Code)
	k.y += 1080
	for _, words := range []string{
		k.say("session", "number", s.session.Number, "desk", s.session.Desk), k.say("cashier", "name", s.cashier),
	} {
		k.p.Text(x, k.y, doc.Start, doc.Small(), k.p.Fit(doc.Small(), words, k.right-x))
		k.y += smallStep
	}
	k.p.Paragraph(x, k.y, doc.Small(), k.say("check"), k.right-x, smallStep, 2)
	k.y = top + side
	return nil
}
