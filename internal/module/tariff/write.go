package tariff

import (
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// Write gives a file as canonical text: Parse of it is the same model, positions
// and name apart, and two files that mean the same are written the same. Includes
// are not written, for the database finds a VAT table by its code. The text is what
// is stored, hashed and shown; it changes with the format only.
func Write(f *File) string {
	s := &scribe{}
	s.line(0, "format: "+Format)
	if len(f.VAT) > 0 {
		s.line(0, "vat:")
	}
	for i := range f.VAT {
		s.table(&f.VAT[i])
	}
	if len(f.Tariffs) > 0 {
		s.line(0, "tariffs:")
	}
	for i := range f.Tariffs {
		s.tariff(&f.Tariffs[i])
	}
	return s.b.String()
}

// scribe writes lines.
type scribe struct{ b strings.Builder }

// The depths of the parts of a file, in steps of two spaces.
const (
	depthItem    = 1
	depthMember  = 2
	depthInner   = 3
	depthVersion = 4
	depthPart    = 5
	depthCharge  = 6
	depthBlock   = 7
)

func (s *scribe) line(depth int, text string) {
	s.b.WriteString(strings.Repeat("  ", depth))
	s.b.WriteString(text)
	s.b.WriteByte('\n')
}

// pair is a key with its value, already written; an empty value leaves it out.
type pair struct{ key, value string }

// inQuotes writes a text in the double quotes of YAML; nothing for none.
func inQuotes(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}

func listed(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = strconv.Quote(t)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func dated(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	return inQuotes(d.String())
}

func limited(q *money.Quantity) string {
	if q == nil {
		return ""
	}
	return inQuotes(q.String())
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// item writes a list item with its pairs one under the other.
func (s *scribe) item(depth int, pairs ...pair) {
	mark := "- "
	for _, p := range pairs {
		if p.value != "" {
			s.line(depth, mark+p.key+": "+p.value)
			mark = "  "
		}
	}
}

// flow writes pairs on one line, in braces.
func flow(pairs ...pair) string {
	var all []string
	for _, p := range pairs {
		if p.value != "" {
			all = append(all, p.key+": "+p.value)
		}
	}
	return "{ " + strings.Join(all, ", ") + " }"
}

func (s *scribe) table(t *VATTable) {
	s.item(depthItem, pair{"code", inQuotes(t.Code)}, pair{"label", inQuotes(t.Label)}, pair{"use_attribute", inQuotes(t.UseAttribute)})
	s.line(depthMember, "components:")
	for i := range t.Components {
		c := &t.Components[i]
		s.item(depthInner, pair{"code", inQuotes(c.Code)}, pair{"label", inQuotes(c.Label)})
		s.line(depthVersion, "rates:")
		for _, r := range c.Rates {
			rate := ""
			if !r.Exempt {
				rate = inQuotes(r.Rate.String())
			}
			s.line(depthPart, "- "+flow(pair{"from", dated(r.From)}, pair{"use", inQuotes(r.Use)}, pair{"rate", rate}, pair{"exempt", truth(r.Exempt)},
				pair{"source", inQuotes(r.Source)}))
		}
	}
}

func (s *scribe) tariff(t *Tariff) {
	s.item(depthItem, pair{"code", inQuotes(t.Code)}, pair{"label", inQuotes(t.Label)}, pair{"service", string(t.Service)}, pair{"unit", inQuotes(t.Unit)},
		pair{"currency", inQuotes(t.Currency)}, pair{"vat_table", inQuotes(t.VATTable)})
	if len(t.Attributes) > 0 {
		s.line(depthMember, "attributes:")
	}
	for i := range t.Attributes {
		s.line(depthInner, "- "+attributeText(&t.Attributes[i]))
	}
	s.line(depthMember, "versions:")
	for i := range t.Versions {
		s.version(&t.Versions[i])
	}
}

func attributeText(a *Attribute) string {
	pairs := []pair{
		{"name", inQuotes(a.Name)},
		{"type", string(a.Type)},
		{"label", inQuotes(a.Label)},
		{"unit", inQuotes(a.Unit)},
		{"values", listed(a.Values)},
		{"labels", listed(a.Labels)},
	}
	if a.Number() && a.Min != 0 {
		pairs = append(pairs, pair{"min", inQuotes(a.Min.String())})
	}
	if a.Number() && a.Max != QuantityMax {
		pairs = append(pairs, pair{"max", inQuotes(a.Max.String())})
	}
	if a.Default != nil {
		pairs = append(pairs, pair{"default", strconv.Quote(*a.Default)})
	}
	return flow(append(pairs, pair{"split", truth(a.Split)})...)
}

func (s *scribe) version(v *Version) {
	s.item(depthInner, pair{"version", inQuotes(v.Code)}, pair{"from", dated(v.From)}, pair{"to", dated(v.To)}, pair{"status", string(v.Status)},
		pair{"source", inQuotes(v.Source)}, pair{"basis", string(v.Basis)}, pair{"rounding", string(v.Rounding)}, pair{"prorata", string(v.Prorata)},
		pair{"on_change", string(v.OnChange)})
	if len(v.Quantities) > 0 {
		s.line(depthVersion, "quantities:")
	}
	for i := range v.Quantities {
		s.derived(&v.Quantities[i])
	}
	s.line(depthVersion, "charges:")
	for i := range v.Charges {
		s.charge(&v.Charges[i])
	}
}

func (s *scribe) derived(d *Derived) {
	s.item(depthPart, pair{"name", inQuotes(d.Name)}, pair{"label", inQuotes(d.Label)}, pair{"unit", inQuotes(d.Unit)}, pair{"min", limited(d.Min)},
		pair{"max", limited(d.Max)})
	s.line(depthCharge, "terms:")
	for _, t := range d.Terms {
		s.line(depthBlock, "- "+flow(pair{"factor", inQuotes(t.Factor.String())}, pair{"of", listed(t.Of)}))
	}
}

// String writes a factor as files do: a decimal where it is one, else a quotient.
func (f Factor) String() string {
	one := int64(priceOne)
	switch {
	case one%f.Den == 0:
		return money.Price(f.Num * (one / f.Den)).String()
	case max(f.Num, -f.Num) <= one && f.Den <= one: // a whole number up to FactorMax is a decimal too
		return strconv.FormatInt(f.Num, 10) + "/" + strconv.FormatInt(f.Den, 10)
	}
	return money.Price(f.Num).String() + "/" + money.Price(f.Den).String()
}

func (s *scribe) charge(g *Charge) {
	pairs := []pair{
		{"code", inQuotes(g.Code)},
		{"label", inQuotes(g.Label)},
		{"kind", string(g.Kind)},
		{"service", string(g.Service)},
		{"vat", inQuotes(g.VAT)},
		{"when", whenText(g.When)},
	}
	if g.Quantity != NameQuantity {
		pairs = append(pairs, pair{"quantity", inQuotes(g.Quantity)})
	}
	if g.Price != nil {
		pairs = append(pairs, pair{"price", pricesText(g.Price)})
	}
	if g.Kind == Percent {
		pairs = append(pairs, pair{"rate", inQuotes(g.Rate.String())})
	}
	pairs = append(pairs, pair{"scale", listed(g.Scale)}, pair{"of", listed(g.Of)}, pair{"progressive_up_to", limited(g.ProgressiveUpTo)},
		pair{"exempt_up_to", limited(g.ExemptUpTo)})
	if g.Cap != nil {
		pairs = append(pairs, pair{"cap", inQuotes(g.Cap.String())})
	}
	pairs = append(pairs, pair{"cap_scale", listed(g.CapScale)}, pair{"third_party", inQuotes(g.ThirdParty)})
	s.item(depthPart, pairs...)
	if g.Blocks != nil {
		s.blocks(depthCharge, "blocks:", g.Blocks)
	}
}

func whenText(all []Condition) string {
	if len(all) == 0 {
		return ""
	}
	pairs := make([]pair, 0, len(all))
	for _, c := range all {
		value := listed(c.Values)
		switch {
		case c.Range:
			value = flow(pair{"min", limited(c.Min)}, pair{"max", limited(c.Max)})
		case len(c.Values) == 1:
			value = strconv.Quote(c.Values[0])
		}
		pairs = append(pairs, pair{strconv.Quote(c.Name), value})
	}
	return flow(pairs...)
}

func pricesText(p *Prices) string {
	if p.By == "" {
		return inQuotes(p.Price.String())
	}
	cases := make([]pair, 0, len(p.Values))
	for i := range p.Values {
		cases = append(cases, pair{strconv.Quote(p.Values[i].Value), pricesText(&p.Values[i].Prices)})
	}
	return flow(pair{"by", inQuotes(p.By)}, pair{"values", flow(cases...)})
}

// blocks writes a list of blocks, or a table of lists one level deeper each.
func (s *scribe) blocks(depth int, key string, b *Blocks) {
	s.line(depth, key)
	if b.By != "" {
		s.line(depth+1, "by: "+inQuotes(b.By))
		s.line(depth+1, "values:")
		for i := range b.Values {
			s.blocks(depth+2, strconv.Quote(b.Values[i].Value)+":", &b.Values[i].Blocks)
		}
		return
	}
	for i := range b.List {
		k := &b.List[i]
		tolerance := ""
		if k.Tolerance != 0 {
			tolerance = inQuotes(k.Tolerance.String())
		}
		s.line(depth+1, "- "+flow(pair{"up_to", limited(k.UpTo)}, pair{"tolerance", tolerance}, pair{"price", pricesText(&k.Price)}))
	}
}
