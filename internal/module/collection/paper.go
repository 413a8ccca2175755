package collection

import (
	"strings"
	"time"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/text"
)

// issuer is the legal entity that gives a paper, with what the law wants of it.
type issuer struct{ name, legalForm, ice, taxID, tradeRegister, address, phone string }

// office is the unit that gives it.
type office struct{ name, address, phone string }

// party is who it is for.
type party struct{ code, name, nameArabic, address, city string }

// press sets one paper, from the top to the bottom.
type press struct {
	p     *doc.Paper
	words *text.Printer
	// left and right bound the lines, bottom the page.
	left, right, bottom doc.Length
	// y is where the next line stands.
	y doc.Length
	// page is the one being set, pages how many there are: 0 while they are counted.
	page, pages int
	// numbered says that a single page tells its number too.
	numbered bool
	// again sets the head of every page but the first.
	again func()
}

// The measures of a page.
const (
	margin    = 12 * doc.MM
	pageFoot  = 14 * doc.MM
	lineStep  = 440
	smallStep = 360
	thin      = 20
	thick     = 40
)

// hardSpace keeps a figure and its unit on one line.
const hardSpace = "\u00a0"

func (k *press) say(key string, pairs ...any) string {
	return k.words.T("collection.paper."+key, pairs...)
}

// dirhams is an amount with its unit.
func (k *press) dirhams(a money.Amount) string { return a.French() + hardSpace + k.words.T("unit.dh") }

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

// labelled puts the name of a number before it; nothing without a number.
func (k *press) labelled(key, value string) string {
	if value == "" {
		return ""
	}
	return k.say(key) + hardSpace + value
}

// turn begins a page.
func (k *press) turn() {
	k.p.Page()
	k.page++
	k.y = margin + 3*doc.MM
	if k.pages > 1 || k.numbered {
		k.p.Text(k.right, k.bottom+8*doc.MM, doc.End, doc.Small(), k.say("page", "page", k.page, "pages", k.pages))
	}
	if k.page > 1 && k.again != nil {
		k.again()
	}
}

// room turns the page when less than a height is left.
func (k *press) room(height doc.Length) {
	if k.y+height > k.bottom {
		k.turn()
	}
}

// pair sets a word on the left and a figure on the right of a line.
func (k *press) pair(t doc.Type, from doc.Length, word, figure string) {
	width := k.p.Width(t, figure)
	k.p.Text(from, k.y, doc.Start, t, k.p.Fit(t, word, k.right-from-width-2*doc.MM))
	k.p.Text(k.right, k.y, doc.End, t, figure)
	k.y += lineStep
}

// letterhead sets who gives the paper, its name and its number.
func (k *press) letterhead(x *issuer, o *office, title, number, below string) {
	k.turn()
	top := k.y
	half := (k.right-k.left)/2 + 8*doc.MM
	name := doc.Type{Size: 120, Bold: true, Color: doc.Accent()}
	k.p.Text(k.left, k.y, doc.Start, name, k.p.Fit(name, x.name, half))
	k.y += 480
	for _, words := range []string{
		joined(" \u00b7 ", x.legalForm, x.address),
		joined("  ", k.labelled("ice", x.ice), k.labelled("tax_id", x.taxID), k.labelled("trade_register", x.tradeRegister)),
		joined(" \u00b7 ", o.name, o.address, o.phone),
	} {
		if words != "" {
			k.p.Text(k.left, k.y, doc.Start, doc.Small(), k.p.Fit(doc.Small(), words, half))
			k.y += smallStep
		}
	}
	k.p.Text(k.right, top, doc.End, doc.Type{Size: 130, Bold: true, Color: doc.Ink()}, title)
	k.p.Text(k.right, top+540, doc.End, doc.Type{Size: 92, Bold: true, Color: doc.Ink()}, number)
	k.p.Text(k.right, top+540+420, doc.End, doc.Small(), below)
	k.y = max(k.y, top+1400)
	k.p.Rule(k.left, k.y, k.right, k.y, thick, doc.Accent())
	k.y += 620
}

// press draws a paper twice: once to count its pages and to measure a ticket, once for
// good.
func (m *Module) press(format doc.Format, title string, at time.Time, draw func(k *press) error) ([]byte, error) {
	pages := 0
	for {
		p, err := m.fonts.New(format, title, at)
		if err != nil {
			return nil, err
		}
		k := &press{p: p, words: m.words, left: margin, right: format.Width - margin, bottom: format.Height - pageFoot, pages: pages}
		if format.Width == ticketWidth {
			k.left, k.right, k.bottom = ticketMargin, format.Width-ticketMargin, format.Height
		}
		if err := draw(k); err != nil {
			return nil, err
		}
		if pages > 0 {
			return p.Bytes()
		}
		pages = k.page
		if format.Width == ticketWidth {
			format.Height = k.y + ticketMargin
		}
	}
}
