package tariff

import (
	"strings"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/text"
)

// Sentences say an explanation to people: the period and its version, one sentence a
// charge, then the taxes, the rounding and the total.
func (e *Explanation) Sentences(p *text.Printer) []string {
	t := teller{words: p, e: e}
	if len(e.Parts) > 1 {
		t.say("cut", "count", len(e.Parts))
	}
	for i := range e.Parts {
		t.part(&e.Parts[i])
	}
	for _, x := range e.Taxes {
		t.tax(x)
	}
	t.say("rounding." + string(e.Rounding))
	t.say("total", "net", t.amount(e.Net), "tax", t.amount(e.Tax), "total", t.amount(e.Total))
	return t.out
}

// teller writes the sentences of one explanation.
type teller struct {
	words *text.Printer
	e     *Explanation
	out   []string
}

const sentencePrefix = "tariff.explain."

func (t *teller) word(key string, pairs ...any) string {
	return t.words.T(sentencePrefix+key, pairs...)
}

func (t *teller) say(key string, pairs ...any) { t.out = append(t.out, t.word(key, pairs...)) }

// currency is the sign of the money of the tariff.
func (t *teller) currency() string {
	if t.e.Currency == "MAD" {
		return t.word("dirham")
	}
	return t.e.Currency
}

// printed are the numbers of money with a form of their own for people.
type printed interface{ French() string }

func (t *teller) amount(n printed) string { return n.French() + noBreak + t.currency() }

// noBreak keeps a number and its unit on one line.
const noBreak = "\u00a0"

func withUnit(q money.Quantity, unit string) string {
	if unit == "" {
		return q.French()
	}
	return q.French() + noBreak + unit
}

// called is the name of a quantity for people, with its value.
func (t *teller) called(n Named) string {
	switch n.Name {
	case NameQuantity:
		return withUnit(n.Value, n.Unit)
	case NameMonths:
		return t.word("months", "value", n.Value)
	case NameDays:
		return t.word("days", "value", n.Value)
	}
	label := n.Label
	if label == "" {
		label = n.Name
	}
	return t.word("named", "label", label, "value", withUnit(n.Value, n.Unit))
}

// times writes a scale as factors.
func (t *teller) times(scale []Named) string {
	var b strings.Builder
	for _, n := range scale {
		b.WriteString(" × " + t.called(n))
	}
	return b.String()
}

func (t *teller) part(p *PartExplained) {
	t.say("part", "from", p.From, "to", p.To, "days", p.Days, "months", t.word("months", "value", p.Months),
		"quantity", withUnit(p.Quantity, t.e.Unit), "version", p.Version)
	t.say("status."+string(p.Status), "source", p.Source)
	for _, n := range p.Derived {
		t.say("derived", "quantity", t.called(n))
	}
	for i := range p.Charges {
		t.charge(&p.Charges[i])
	}
}

// charge says one charge.
func (t *teller) charge(c *ChargeExplained) {
	switch {
	case c.Outcome == Exempted:
		t.say("exempt", "label", c.Label, "quantity", t.called(*c.Quantity), "limit", withUnit(*c.ExemptUpTo, c.Quantity.Unit))
		return
	case c.Kind == InBlock:
		t.blocks(c)
	case c.Kind == Unit:
		t.say("product", "label", c.Label, "product", t.called(*c.Quantity)+" × "+t.amount(*c.Price)+t.times(c.Scale), "value", t.amount(c.Value))
	case c.Kind == Fixed:
		t.say("product", "label", c.Label, "product", t.amount(c.Price.Exact())+t.times(c.Scale), "value", t.amount(c.Value))
	case c.Kind == Percent:
		t.say("percent", "label", c.Label, "rate", *c.Rate, "of", c.Of, "sum", t.amount(*c.Sum), "value", t.amount(c.Value))
	case c.Kind == Minimum:
		t.minimum(c)
	}
	if c.Outcome == Capped {
		t.say("capped", "label", c.Label, "cap", t.amount(*c.Cap), "value", t.amount(c.Value))
	}
	if c.ThirdParty != "" {
		t.say("third_party", "label", c.Label, "party", c.ThirdParty)
	}
}

// blocks says how a quantity went through the blocks.
func (t *teller) blocks(c *ChargeExplained) {
	b := c.Blocks[0]
	switch {
	case c.Selective:
		t.say("selective", "label", c.Label, "block", b.Block, "bounds", t.bounds(b, c.Quantity.Unit),
			"quantity", withUnit(b.Quantity, c.Quantity.Unit), "price", t.amount(b.Price), "value", t.amount(b.Product))
	case len(c.Blocks) == 1:
		t.say("one_block", "label", c.Label, "block", b.Block, "quantity", withUnit(b.Quantity, c.Quantity.Unit), "price", t.amount(b.Price),
			"value", t.amount(b.Product))
	default:
		parts := make([]string, 0, len(c.Blocks))
		for _, b := range c.Blocks {
			parts = append(parts, t.word("block", "quantity", withUnit(b.Quantity, c.Quantity.Unit), "price", t.amount(b.Price), "value", t.amount(b.Product)))
		}
		t.say("progressive", "label", c.Label, "count", len(parts), "blocks", parts, "value", t.amount(c.Value))
	}
	if len(c.Scale) > 0 && !unscaled(c.Scale) {
		t.say("scaled", "scale", strings.TrimPrefix(t.times(c.Scale), " × "))
	}
}

// unscaled says that a scale is 1.
func unscaled(scale []Named) bool {
	for _, n := range scale {
		if n.Value != thousandth {
			return false
		}
	}
	return true
}

func (t *teller) bounds(b BlockExplained, unit string) string {
	if b.UpTo == nil {
		return t.word("above", "above", withUnit(b.Above, unit))
	}
	return t.word("between", "above", b.Above, "up_to", withUnit(*b.UpTo, unit))
}

func (t *teller) minimum(c *ChargeExplained) {
	least := t.amount(c.Price.Exact()) + t.times(c.Scale)
	if len(c.Scale) > 0 {
		least += " = " + t.amount(*c.Least)
	}
	if c.Outcome == Reached {
		t.say("reached", "label", c.Label, "least", least, "of", c.Of, "sum", t.amount(*c.Sum))
		return
	}
	t.say("minimum", "label", c.Label, "least", least, "of", c.Of, "sum", t.amount(*c.Sum), "value", t.amount(c.Value))
}

func (t *teller) tax(x TaxExplained) {
	key := "tax." + strings.ToLower(x.Code)
	if x.Code == TaxVAT {
		key += "." + string(t.e.Rounding)
	}
	t.say(key, "rate", x.Rate, "date", t.e.VATDate, "exact", t.amount(x.Exact), "base", t.amount(x.Base), "tax", t.amount(x.Amount),
		"gross", t.amount(x.Base+x.Amount))
}
