package tariff

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"wasl/internal/kernel/money"
)

func (c cursor) version() Version {
	o := c.object("version", "from", "to?", "status", "source", "basis", "rounding", "prorata", "on_change", "quantities?", "charges")
	v := Version{
		At: c.at(), Code: o.code("version"), From: o.date("from"), To: o.date("to"),
		Status: Status(o.oneOf("status", string(Official), string(Example))), Source: o.text("source"),
		Basis:    Basis(o.oneOf("basis", string(TTC), string(HT))),
		Rounding: money.Rounding(o.oneOf("rounding", string(money.RoundLine), string(money.RoundTotal), string(money.RoundTTC))),
		Prorata:  Prorata(o.oneOf("prorata", string(WholeMonths), string(Months), string(Days30))),
		OnChange: OnChange(o.oneOf("on_change", string(ByDays), string(ByStart), string(ByEnd))),
	}
	for _, e := range o.list("quantities", QuantitiesMax) {
		v.Quantities = append(v.Quantities, e.derived())
	}
	for _, e := range o.filled("charges", ChargesMax) {
		v.Charges = append(v.Charges, e.charge())
	}
	return v
}

func (c cursor) derived() Derived {
	o := c.object("name", "label?", "unit?", "terms", "min?", "max?")
	d := Derived{
		At: c.at(), Name: o.name("name"), Label: o.text("label"), Unit: o.named("unit", nil, ""),
		Min: o.quantity("min"), Max: o.quantity("max"),
	}
	for _, e := range o.filled("terms", TermsMax) {
		t := e.object("factor", "of")
		term := Term{At: e.at(), Of: t.names("of", FactorsMax)}
		if f, ok := t.get("factor"); ok {
			term.Factor = f.factor()
		}
		d.Terms = append(d.Terms, term)
	}
	return d
}

// factor reads a decimal, or a quotient of two, either sign, up to FactorMax.
func (c cursor) factor() Factor {
	if c.node.Kind != yaml.ScalarNode || c.node.ShortTag() != "!!str" {
		c.tell("tariff.not_decimal")
		return Factor{}
	}
	above, below, quotient := strings.Cut(c.node.Value, "/")
	f := Factor{Num: c.part(above), Den: int64(priceOne)}
	if quotient {
		f.Den = c.part(below)
	}
	if f.Den == 0 {
		c.tell("tariff.factor")
		return Factor{}
	}
	return f.reduced()
}

// priceOne is 1 in the unit of prices, which have six decimals as factors do.
const priceOne money.Price = 1_000_000

// FactorMax bounds a decimal of a factor: 10⁶.
const FactorMax = PriceMax

func (c cursor) part(s string) int64 {
	n, err := money.ParsePlain[money.Price](s)
	if n < 0 {
		return -int64(bounded(c, -n, err, FactorMax))
	}
	return int64(bounded(c, n, err, FactorMax))
}

// reduced puts a factor in lowest terms with its sign above.
func (f Factor) reduced() Factor {
	a, b := max(f.Num, -f.Num), max(f.Den, -f.Den)
	for b != 0 {
		a, b = b, a%b
	}
	if f.Den < 0 {
		a = -a
	}
	return Factor{Num: f.Num / a, Den: f.Den / a}
}

// prices reads a price or a table of them.
func (c cursor) prices(depth int) Prices {
	p := Prices{At: c.at()}
	if c.node.Kind != yaml.MappingNode {
		p.Price = decimal(c, PriceMax)
		return p
	}
	by, cases := c.table(depth)
	p.By = by
	for _, m := range cases {
		p.Values = append(p.Values, PriceCase{Value: m.key.node.Value, Prices: m.value.prices(depth + 1)})
	}
	return p
}

// blocks reads a list of blocks or a table of lists.
func (c cursor) blocks(depth int) Blocks {
	b := Blocks{At: c.at()}
	if c.node.Kind == yaml.MappingNode {
		by, cases := c.table(depth)
		b.By = by
		for _, m := range cases {
			b.Values = append(b.Values, BlocksCase{Value: m.key.node.Value, Blocks: m.value.blocks(depth + 1)})
		}
		return b
	}
	elements := c.list(BlocksMax)
	if c.node.Kind == yaml.SequenceNode && len(c.node.Content) == 0 {
		c.tell("tariff.list_empty")
	}
	for _, e := range elements {
		b.List = append(b.List, e.block())
	}
	return b
}

// table reads a table by attribute.
func (c cursor) table(depth int) (by string, cases []member) {
	if depth >= TableDepthMax {
		c.tell("tariff.table_deep", "max", TableDepthMax)
		return "", nil
	}
	o := c.object("by", "values")
	by = o.name("by")
	values, ok := o.get("values")
	if !ok {
		return by, nil
	}
	cases, ok = values.members()
	if ok && len(cases) == 0 {
		values.tell("tariff.list_empty")
	}
	return by, cases
}

func (c cursor) block() Block {
	o := c.object("up_to?", "tolerance?", "price")
	b := Block{At: c.at(), UpTo: o.quantity("up_to")}
	if q := o.quantity("tolerance"); q != nil {
		b.Tolerance = *q
		if b.UpTo == nil {
			o.fields["tolerance"].tell("tariff.tolerance")
		}
	}
	if p, ok := o.get("price"); ok {
		b.Price = p.prices(0)
	}
	return b
}

// condition reads what one attribute must be.
func (m member) condition() Condition {
	n := Condition{At: m.key.at(), Name: m.key.named(nameForm, "tariff.name_form")}
	switch m.value.node.Kind {
	case yaml.MappingNode:
		o := m.value.object("min?", "max?")
		n.Range, n.Min, n.Max = true, o.limit("min"), o.limit("max")
		if n.Min == nil && n.Max == nil {
			m.value.tell("tariff.range_empty")
		}
	case yaml.SequenceNode:
		for _, e := range m.value.list(ValuesMax) {
			n.Values = append(n.Values, e.wanted())
		}
		if len(n.Values) == 0 {
			m.value.tell("tariff.list_empty")
		}
	default:
		n.Values = []string{m.value.wanted()}
	}
	return n
}

// limit reads a bound of a condition: a number in quotes, or a bare integer.
func (o object) limit(key string) *money.Quantity {
	c, ok := o.get(key)
	if !ok {
		return nil
	}
	q := money.Quantity(0)
	if c.node.Kind == yaml.ScalarNode && c.node.ShortTag() == "!!int" {
		q = c.whole()
	} else {
		q = decimal(c, QuantityMax)
	}
	return &q
}

// wanted reads a value of a condition: a word or number in quotes, or a bare integer.
func (c cursor) wanted() string {
	if c.node.Kind == yaml.ScalarNode && c.node.ShortTag() == "!!int" {
		return c.whole().String()
	}
	return c.named(nil, "")
}
