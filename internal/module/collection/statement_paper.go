package collection

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/account"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/op"
)

// statementSheet is everything a printed statement says.
type statementSheet struct {
	statement Statement
	issuer    issuer
	office    office
	party     party
	// on is the day of the paper.
	on day.Date
}

// statementPaper gives a statement as PDF.
func (m *Module) statementPaper(ctx context.Context, x *op.Exec, in StatementAsk) (op.Document, error) {
	s := &statementSheet{on: x.Today}
	var err error
	if s.statement, err = statement(ctx, x, in); err != nil {
		return op.Document{}, err
	}
	a, err := account.Find(ctx, x.R, int64(in.Account))
	if err != nil {
		return op.Document{}, err
	}
	stamps, err := m.ledger.StampsOf(ctx, x.R, a.UnitID, ledger.Other, x.Today)
	if err != nil {
		return op.Document{}, err
	}
	if s.issuer, err = issuerOf(ctx, x.R, stamps.Entity); err != nil {
		return op.Document{}, err
	}
	if s.office, err = officeOf(ctx, x.R, a.UnitID); err != nil {
		return op.Document{}, err
	}
	if s.party, err = partyOf(ctx, x.R, s.statement.Customer); err != nil {
		return op.Document{}, err
	}
	name := m.words.T("collection.paper.statement.file", "account", s.statement.Number)
	body, err := m.press(doc.A4(), name, x.Now, func(k *press) error { k.statement(s); return nil })
	return op.NewDocument(fileWord(name)+".pdf", mediaPDF, body), err
}

// fileWord keeps of a word what every system takes in the name of a file.
func fileWord(s string) string {
	out := []byte(s)
	for i, c := range out {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			out[i] = '_'
		}
	}
	return string(out)
}

// statement sets a statement, page by page.
func (k *press) statement(s *statementSheet) {
	t := &s.statement
	k.numbered = true
	k.again = func() {
		k.p.Text(k.left, k.y, doc.Start, doc.Strong(), k.say("statement")+" "+t.Number)
		k.p.Text(k.right, k.y, doc.End, doc.Small(), k.period(t))
		k.y += 700
		k.movementHeads()
	}
	k.letterhead(&s.issuer, &s.office, k.say("statement"), t.Number, k.period(t))
	k.addressee(s)
	k.movementHeads()
	k.movementRow(doc.Strong(), [4]string{t.From.French(), k.say("statement.opening")}, "", "", t.Opening)
	for i := range t.Movements {
		mv := &t.Movements[i]
		words := [4]string{mv.On.French(), k.words.T("enum.ledger_item_kind." + string(mv.Kind)), mv.Document, mv.Due()}
		k.movementRow(doc.Plain(), words, figure(mv.Debit), figure(mv.Credit), mv.Balance)
	}
	k.movementRow(doc.Strong(), [4]string{"", k.say("statement.totals")}, t.Debit.French(), t.Credit.French(), t.Closing)
	k.closing(s)
}

// period is from when to when a statement goes.
func (k *press) period(t *Statement) string {
	switch {
	case t.From.IsZero() && t.To.IsZero():
		return k.say("statement.whole")
	case t.From.IsZero():
		return k.say("statement.to", "to", t.To)
	case t.To.IsZero():
		return k.say("statement.since", "from", t.From)
	}
	return k.say("statement.period", "from", t.From, "to", t.To)
}

// figure is an amount, or nothing for none.
func figure(a money.Amount) string {
	if a == 0 {
		return ""
	}
	return a.French()
}

// addressee sets whose account it is.
func (k *press) addressee(s *statementSheet) {
	half := (k.right - k.left) / 2
	name := s.party.name
	if name == "" {
		name = s.statement.Number
	}
	k.p.Text(k.left, k.y, doc.Start, doc.Large(), k.p.Fit(doc.Large(), name, half))
	if s.party.nameArabic != "" {
		k.p.Text(k.right, k.y, doc.End, doc.Large(), k.p.Fit(doc.Large(), s.party.nameArabic, half-3*doc.MM))
	}
	k.y += smallStep + 40
	for _, words := range []string{
		joined(", ", s.party.address, s.party.city),
		joined(" \u00b7 ", k.customerCode(s.party.code), k.say("statement.account", "number", s.statement.Number)),
	} {
		if words != "" {
			k.p.Text(k.left, k.y, doc.Start, doc.Small(), k.p.Fit(doc.Small(), words, k.right-k.left))
			k.y += smallStep
		}
	}
	k.y += 400
}

func (k *press) customerCode(code string) string {
	if code == "" {
		return ""
	}
	return k.say("customer", "code", code)
}

// movementColumns are where words begin, then where figures end.
func (k *press) movementColumns() ([4]doc.Length, [3]doc.Length) {
	return [4]doc.Length{k.left, k.left + 20*doc.MM, k.left + 52*doc.MM, k.left + 97*doc.MM},
		[3]doc.Length{k.right - 50*doc.MM, k.right - 25*doc.MM, k.right}
}

func (k *press) movementHeads() {
	words, figures := k.movementColumns()
	for i, key := range []string{"date", "kind", "document", "due"} {
		k.p.Text(words[i], k.y, doc.Start, doc.Head(), k.say("statement."+key))
	}
	for i, key := range []string{"debit", "credit", "balance"} {
		k.p.Text(figures[i], k.y, doc.End, doc.Head(), k.say("statement."+key))
	}
	k.p.Rule(k.left, k.y+150, k.right, k.y+150, thin, doc.Edge())
	k.y += 560
}

// movementRow sets a line of the statement with its running balance.
func (k *press) movementRow(t doc.Type, words [4]string, debit, credit string, balance money.Amount) {
	const row = 480
	k.room(row)
	at, ends := k.movementColumns()
	next := [4]doc.Length{at[1], at[2], at[3], ends[0] - 18*doc.MM}
	for i, word := range words {
		width := next[i] - at[i] - doc.MM
		if i == 1 && words[2] == "" {
			width = next[2] - at[i]
		}
		k.p.Text(at[i], k.y, doc.Start, t, k.p.Fit(t, word, width))
	}
	for i, word := range []string{debit, credit, balance.French()} {
		k.p.Text(ends[i], k.y, doc.End, t, word)
	}
	k.p.Rule(k.left, k.y+140, k.right, k.y+140, thin, doc.Hair())
	k.y += row
}

// closing sets what the account comes to.
func (k *press) closing(s *statementSheet) {
	const tall = 11 * doc.MM
	t := &s.statement
	k.room(tall + 12*doc.MM)
	key, amount := "statement.owed", t.Closing
	switch {
	case t.Closing < 0:
		key, amount = "statement.credited", -t.Closing
	case t.Closing == 0:
		key = "statement.even"
	}
	last := t.To
	if last.IsZero() {
		last = s.on
	}
	k.p.Box(k.left, k.y, k.right-k.left, tall, doc.Tint())
	k.p.Text(k.left+3*doc.MM, k.y+680, doc.Start, doc.Large(), k.say(key, "date", last))
	k.p.Text(k.right-3*doc.MM, k.y+700, doc.End, doc.Type{Size: 135, Bold: true, Color: doc.Ink()}, k.dirhams(amount))
	k.y += tall + 500
	note := k.say("statement.edited", "date", s.on)
	if !t.KnownOn.IsZero() {
		note += " \u00b7 " + k.say("statement.known", "date", t.KnownOn)
	}
	k.p.Text(k.left, k.y, doc.Start, doc.Small(), note)
	k.y += smallStep
}
