package billing

import (
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/text"
)

// The measures of a bill on A4. Two columns, then a summary, the readings, the lines;
// the chart and the payment slip keep their place at the foot.
const (
	left      = 14 * doc.MM
	right     = 196 * doc.MM
	middle    = 105 * doc.MM
	slipAt    = 246 * doc.MM
	chartAt   = 200 * doc.MM
	bottom    = 285 * doc.MM
	rowHeight = 440
	thin      = 20
	thick     = 40
)

// The types of a bill.
func small() doc.Type  { return doc.Type{Size: 75, Color: doc.Muted()} }
func plain() doc.Type  { return doc.Type{Size: 82, Color: doc.Ink()} }
func strong() doc.Type { return doc.Type{Size: 82, Bold: true, Color: doc.Ink()} }
func head() doc.Type   { return doc.Type{Size: 75, Bold: true, Color: doc.Muted()} }
func large() doc.Type  { return doc.Type{Size: 115, Bold: true, Color: doc.Ink()} }

// The colours of a bill.
func accent() doc.Color { return doc.Color{R: 0x1a, G: 0x5a, B: 0xb8} }
func tint() doc.Color   { return doc.Color{R: 0xe7, G: 0xef, B: 0xfb} }
func bars() doc.Color   { return doc.Color{R: 0x4d, G: 0x72, B: 0xa5} }
func hair() doc.Color   { return doc.Color{R: 0xdd, G: 0xe2, B: 0xe8} }
func edge() doc.Color   { return doc.Color{R: 0xb9, G: 0xc1, B: 0xcc} }
func pale() doc.Color   { return doc.Color{R: 0xec, G: 0xee, B: 0xf1} }

// press prints sheets on one document.
type press struct {
	p     *doc.Paper
	words *text.Printer
}

// newPress begins a document of bills.
func newPress(fonts *doc.Fonts, words *text.Printer, title string, at time.Time) (*press, error) {
	p, err := fonts.New(doc.A4(), title, at)
	return &press{p, words}, err
}

func (k *press) say(key string, pairs ...any) string { return k.words.T("bill.paper."+key, pairs...) }

// dirhams is an amount with its unit.
func (k *press) dirhams(a money.Amount) string { return a.French() + hardSpace + k.words.T("unit.dh") }

// hardSpace keeps a figure and its unit on one line.
const hardSpace = "\u00a0"

// sheet prints one bill: a page, and more when its lines do not fit.
func (k *press) sheet(s *sheet) error {
	k.p.Page()
	if s.duplicate {
		k.p.Across(middle, 165*doc.MM, doc.Type{Size: 820, Bold: true, Color: pale()}, k.say("duplicate"))
	}
	k.issuer(s)
	k.title(s)
	k.facts(s)
	k.address(s)
	k.summary(s)
	y := k.readings(s, 99*doc.MM)
	rest := k.lines(s, s.card.Lines, y, (chartAt-y)/rowHeight-totalRows(s))
	k.chart(s)
	if err := k.account(s); err != nil {
		return err
	}
	if err := k.foot(s); err != nil {
		return err
	}
	for page := 2; len(rest) > 0; page++ {
		k.p.Page()
		k.p.Text(left, 18*doc.MM, doc.Start, large(), k.kindOf(s)+" "+s.card.Number)
		k.p.Text(right, 18*doc.MM, doc.End, small(), k.say("page", "page", page))
		rest = k.table(s, rest, 26*doc.MM, int((bottom-26*doc.MM)/rowHeight)-2)
	}
	return nil
}

// kindOf is what the document calls itself.
func (k *press) kindOf(s *sheet) string {
	if s.card.Kind == KindCreditNote {
		return k.say("credit_note")
	}
	return k.say("bill." + s.card.Service)
}

// issuer is who bills, with what the law wants of him.
func (k *press) issuer(s *sheet) {
	x := &s.issuer
	k.p.Text(left, 19*doc.MM, doc.Start, doc.Type{Size: 140, Bold: true, Color: accent()}, k.p.Fit(large(), x.name, 80*doc.MM))
	y := 24 * doc.MM
	for _, words := range []string{
		joined(" · ", x.legalForm, x.address), joined(" · ", x.phone, x.email),
		joined("  ", k.labelled("ice", x.ice), k.labelled("tax_id", x.taxID), k.labelled("trade_register", x.tradeRegister)),
		joined("  ", k.labelled("business_tax", x.businessTax), k.labelled("cnss", x.cnss)),
	} {
		if words != "" {
			k.p.Text(left, y, doc.Start, small(), k.p.Fit(small(), words, 105*doc.MM))
			y += 360
		}
	}
}

// labelled puts the name of a number before it; nothing without a number.
func (k *press) labelled(key, value string) string {
	if value == "" {
		return ""
	}
	return k.say(key) + hardSpace + value
}

// joined are the words that are not empty.
func joined(between string, words ...string) string {
	kept := make([]string, 0, len(words))
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, between)
}

func (k *press) title(s *sheet) {
	k.p.Text(right, 19*doc.MM, doc.End, doc.Type{Size: 150, Bold: true, Color: doc.Ink()}, k.kindOf(s))
	k.p.Text(right, 25*doc.MM, doc.End, doc.Type{Size: 100, Bold: true, Color: doc.Ink()}, s.card.Number)
	k.p.Text(right, 30*doc.MM, doc.End, small(), k.say("issued", "date", s.card.IssuedOn))
	if s.card.CancelsNumber != "" {
		k.p.Text(right, 34*doc.MM, doc.End, small(), k.say("cancels", "number", s.card.CancelsNumber))
	}
	k.p.Rule(left, 39*doc.MM, right, 39*doc.MM, thick, accent())
}

// facts are contract, service point, walk, tariff and office.
func (k *press) facts(s *sheet) {
	c := &s.card
	walk := ""
	if c.Route != "" {
		walk = k.say("walk.value", "route", c.Route, "place", c.Sequence)
	}
	y := 45 * doc.MM
	for _, f := range [][2]string{
		{"contract", c.Contract},
		{"customer", c.CustomerCode},
		{"point", joined(", ", c.PointAddress, c.Locality)},
		{"walk", walk},
		{"tariff", joined(" · ", s.tariff, c.Category)},
		{"office", joined(", ", s.office.name, s.office.address)},
		{"phone", s.office.phone},
	} {
		if f[1] == "" {
			continue
		}
		k.p.Text(left, y, doc.Start, small(), k.say(f[0]))
		k.p.Text(left+24*doc.MM, y, doc.Start, plain(), k.p.Fit(plain(), f[1], 70*doc.MM))
		y += rowHeight
	}
}

// address stands where a window envelope shows it.
func (k *press) address(s *sheet) {
	c := &s.card
	const at, width = 114 * doc.MM, 80 * doc.MM
	y := 50 * doc.MM
	for i, text := range k.p.Wrap(large(), c.Name, width, 2) {
		k.p.Text(at, y+doc.Length(i)*500, doc.Start, large(), text)
	}
	y += 500 * doc.Length(len(k.p.Wrap(large(), c.Name, width, 2)))
	if c.NameArabic != "" {
		k.p.Text(right, y, doc.End, large(), k.p.Fit(large(), c.NameArabic, width))
		y += 500
	}
	body := doc.Type{Size: 95, Color: doc.Ink()}
	street, town := c.Address, c.City
	if street == "" {
		street, town = c.PointAddress, c.Locality
	}
	y = k.p.Paragraph(at, y, body, street, width, 450, 2)
	k.p.Text(at, y, doc.Start, body, k.p.Fit(body, town, width))
	if c.ICE != "" {
		k.p.Text(at, y+450, doc.Start, small(), k.labelled("ice", c.ICE))
	}
}

// summary is what people look for first.
func (k *press) summary(s *sheet) {
	c := &s.card
	const top, height = 79 * doc.MM, 15 * doc.MM
	k.p.Box(left, top, right-left, height, tint())
	last, value, face := k.say("due"), c.DueOn.French(), large()
	if c.Kind == KindCreditNote {
		last, value, face = k.say("cancelled"), c.CancelsNumber, strong()
	}
	tiles := [][2]string{
		{k.say("period"), k.say("period.value", "from", c.From, "to", c.To)},
		{k.say("consumption"), k.measured(c.Quantity, c.Measure)},
		{k.say("amount"), k.dirhams(c.Total)},
		{last, value},
	}
	x := left + 4*doc.MM
	for i, width := range []doc.Length{64 * doc.MM, 37 * doc.MM, 41 * doc.MM, 34 * doc.MM} {
		k.p.Text(x, top+550, doc.Start, small(), tiles[i][0])
		t := large()
		if i == len(tiles)-1 {
			t = face
		}
		k.p.Text(x, top+1120, doc.Start, t, k.p.Fit(t, tiles[i][1], width))
		x += width + 100
	}
}

// measured is a quantity with its unit.
func (k *press) measured(q money.Quantity, unit string) string {
	return joined(hardSpace, q.French(), k.unit(unit))
}

// unit is a unit as it is printed.
func (k *press) unit(code string) string {
	if code == "m3" {
		return k.words.T("unit.service." + string(tariff.Water))
	}
	return code
}

// readingsMax is how many meters a bill shows; a contract has one, two in the month it
// is replaced.
const readingsMax = 4

// readings shows the indexes, and gives where the next table begins.
func (k *press) readings(s *sheet, y doc.Length) doc.Length {
	all := s.card.Readings
	if len(all) == 0 {
		return y
	}
	columns := []doc.Length{left, 82 * doc.MM, 120 * doc.MM, 146 * doc.MM, right}
	for i, key := range []string{"meter", "old_index", "new_index", "coefficient", "consumption"} {
		k.cell(columns[i], y, i, head(), k.say(key))
	}
	k.p.Rule(left, y+150, right, y+150, thin, edge())
	all = all[:min(len(all), readingsMax)]
	for i, r := range all {
		y += rowHeight
		k.cell(columns[0], y, 0, plain(), r.Meter)
		k.index(columns[1], y, r.Old, k.say("read", "date", r.From, "kind", text.Key("enum.reading_kind."+r.OldKind)))
		k.index(columns[2], y, r.New, k.say("read", "date", r.To, "kind", text.Key("enum.reading_kind."+r.NewKind)))
		k.cell(columns[3], y, 1, plain(), r.Coefficient.French())
		if i == len(all)-1 {
			k.cell(columns[4], y, 1, strong(), k.measured(s.card.Quantity, s.card.Measure))
		}
		k.p.Rule(left, y+130, right, y+130, thin, hair())
	}
	return y + 850
}

// index is the figure of a dial with the day and the way it was read before it.
func (k *press) index(x, y doc.Length, q money.Quantity, when string) {
	figure := q.French()
	k.p.Text(x, y, doc.End, plain(), figure)
	k.p.Text(x-k.p.Width(plain(), figure)-150, y, doc.End, doc.Type{Size: 65, Color: doc.Muted()}, when)
}

// cell sets a text of a table: the first column begins at its place, the others end there.
func (k *press) cell(x, y doc.Length, column int, t doc.Type, s string) {
	align := doc.End
	if column == 0 {
		align = doc.Start
	}
	k.p.Text(x, y, align, t, s)
}

// lines prints the lines that fit, then the totals, and gives the others.
func (k *press) lines(s *sheet, all []BillLine, y doc.Length, fit doc.Length) []BillLine {
	n := min(len(all), int(fit))
	if n < len(all) {
		n-- // room to say that there is more
	}
	rest := k.table(s, all, y, n)
	y += doc.Length(n+1) * rowHeight
	if len(rest) > 0 {
		k.p.Text(left, y, doc.Start, small(), k.say("more", "count", len(rest)))
		y += rowHeight
	}
	k.totals(s, y+100)
	return rest
}

// table prints up to n lines and gives those that are left.
func (k *press) table(s *sheet, all []BillLine, y doc.Length, n int) []BillLine {
	columns := []doc.Length{left, 124 * doc.MM, 148 * doc.MM, 166 * doc.MM, right}
	heads := []string{k.say("line"), k.say("quantity"), k.say("price"), k.say("vat"), k.say("amount." + strings.ToLower(string(s.basis())))}
	for i, words := range heads {
		k.cell(columns[i], y, i, head(), words)
	}
	k.p.Rule(left, y+150, right, y+150, thin, edge())
	n = min(n, len(all))
	for _, l := range all[:n] {
		y += rowHeight
		k.line(s, &l, y, columns)
	}
	return all[n:]
}

// basis says whether the lines hold tax.
func (s *sheet) basis() tariff.Basis {
	if s.card.Basis == "" {
		return tariff.HT
	}
	return s.card.Basis
}

func (k *press) line(s *sheet, l *BillLine, y doc.Length, columns []doc.Length) {
	detail, width := k.block(l, s.card.Measure), columns[3]-columns[0]-16*doc.MM
	if l.Quantity != nil {
		width = 48 * doc.MM
	}
	name := k.p.Fit(plain(), l.Label, width)
	k.p.Text(columns[0], y, doc.Start, plain(), name)
	if detail != "" {
		at := columns[0] + k.p.Width(plain(), name) + 150
		k.p.Text(at, y, doc.Start, small(), k.p.Fit(small(), detail, columns[1]-17*doc.MM-at))
	}
	if l.Quantity != nil {
		k.cell(columns[1], y, 1, plain(), l.Quantity.French())
		k.cell(columns[2], y, 1, plain(), l.Price.French())
	}
	rate := l.Rate.French()
	if l.Exempt {
		rate = k.say("exempt")
	}
	k.cell(columns[3], y, 1, plain(), rate)
	k.cell(columns[4], y, 1, plain(), l.Amount.French())
	k.p.Rule(left, y+130, right, y+130, thin, hair())
}

// block tells a block by its bounds.
func (k *press) block(l *BillLine, unit string) string {
	if l.Block == 0 {
		return ""
	}
	n := strconv.Itoa(l.Block)
	switch {
	case l.Above == nil:
		return k.say("block", "n", n)
	case l.Whole:
		return k.say("block.whole", "n", n)
	case l.UpTo == nil:
		return k.say("block.last", "n", n, "above", k.measured(*l.Above, unit))
	case *l.Above == 0:
		return k.say("block.first", "n", n, "up_to", k.measured(*l.UpTo, unit))
	}
	return k.say("block.between", "n", n, "above", *l.Above, "up_to", k.measured(*l.UpTo, unit))
}

// totalRows is how many rows the totals take.
func totalRows(s *sheet) doc.Length { return doc.Length(len(s.card.Taxes)) + 5 }

// totals are taxes by rate and the total, in figures and in words.
func (k *press) totals(s *sheet, y doc.Length) {
	c := &s.card
	const label = 124 * doc.MM
	owed := c.Total
	if c.Kind == KindCreditNote {
		owed = -owed
	}
	row := func(t doc.Type, name string, amount money.Amount) {
		k.p.Text(label, y, doc.Start, t, name)
		k.p.Text(right, y, doc.End, t, amount.French())
		y += rowHeight
	}
	top := y
	row(plain(), k.say("net"), c.Net)
	for _, t := range c.Taxes {
		if t.Code == tariff.TaxExempt || t.Code == tariff.TaxNone {
			continue
		}
		row(plain(), k.say("tax", "rate", t.Rate, "base", t.Base), t.Amount)
	}
	k.p.Rule(label, y-270, right, y-270, thick, doc.Ink())
	y += 160
	total := doc.Type{Size: 105, Bold: true, Color: doc.Ink()}
	k.p.Text(label, y, doc.Start, total, k.say("total"))
	k.p.Text(right, y, doc.End, total, k.dirhams(c.Total))
	k.p.Text(left, top, doc.Start, head(), k.say("words."+string(c.Kind)))
	k.p.Paragraph(left, top+rowHeight, plain(), upper(k.words.InWords(owed)), 100*doc.MM, 400, 3)
}

// upper begins a sentence.
func upper(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// slipOf says whether a document asks for money.
func slipOf(s *sheet, due money.Amount) bool { return s.card.Kind == KindBill && due > 0 }
