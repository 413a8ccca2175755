package tariff

import (
	"wasl/internal/kernel/money"
)

// Parse reads one file. The problems are of its form: what is no YAML, unknown or
// missing keys, numbers and dates that are none. Compile finds the others. The file
// holds what could be read, whatever the problems.
func Parse(name string, source []byte) (*File, Problems) {
	r := &reader{file: name}
	f := &File{Name: name}
	if top, ok := r.document(source); ok {
		top.file(f)
	}
	return f, r.problems.sorted()
}

// file reads the top of a file.
func (c cursor) file(f *File) {
	o := c.object("format", "include?", "vat?", "tariffs?")
	o.oneOf("format", Format)
	for _, e := range o.list("include", FilesMax) {
		f.Include = append(f.Include, Include{At: e.at(), Name: e.named(fileForm, "tariff.include_form")})
	}
	for _, e := range o.list("vat", TariffsMax) {
		f.VAT = append(f.VAT, e.vatTable())
	}
	for _, e := range o.list("tariffs", TariffsMax) {
		f.Tariffs = append(f.Tariffs, e.tariff())
	}
}

func (c cursor) vatTable() VATTable {
	o := c.object("code", "label?", "use_attribute?", "components")
	t := VATTable{At: c.at(), Code: o.code("code"), Label: o.text("label"), UseAttribute: o.name("use_attribute")}
	for _, e := range o.filled("components", ComponentsMax) {
		t.Components = append(t.Components, e.component())
	}
	return t
}

func (c cursor) component() Component {
	o := c.object("code", "label?", "rates")
	out := Component{At: c.at(), Code: o.code("code"), Label: o.text("label")}
	if out.Code == Outside {
		o.fields["code"].tell("tariff.component_none")
	}
	for _, e := range o.filled("rates", RatesMax) {
		out.Rates = append(out.Rates, e.vatRate())
	}
	return out
}

func (c cursor) vatRate() VATRate {
	o := c.object("from", "use?", "rate?", "exempt?", "source?")
	r := VATRate{At: c.at(), From: o.date("from"), Use: o.named("use", nil, ""), Exempt: o.truth("exempt"), Source: o.text("source")}
	rate, found := o.get("rate")
	if found {
		r.Rate = decimal(rate, RateMax)
	}
	if found == r.Exempt && !o.unread("exempt") {
		c.tell("tariff.rate_or_exempt")
	}
	return r
}

// unread says that a field is there and holds neither true nor false, which is told
// already.
func (o object) unread(key string) bool {
	e, ok := o.get(key)
	return ok && e.node.ShortTag() != "!!bool"
}

func (c cursor) tariff() Tariff {
	o := c.object("code", "label", "service", "unit", "currency", "vat_table?", "attributes?", "versions")
	t := Tariff{
		At: c.at(), Code: o.code("code"), Label: o.text("label"), Service: Service(o.oneOf("service", services()...)),
		Unit: o.named("unit", nil, ""), Currency: o.code("currency"), VATTable: o.code("vat_table"),
	}
	for _, e := range o.list("attributes", AttributesMax) {
		t.Attributes = append(t.Attributes, e.attribute())
	}
	for _, e := range o.filled("versions", VersionsMax) {
		t.Versions = append(t.Versions, e.version())
	}
	return t
}

func services() []string {
	return []string{string(Electricity), string(Water), string(Sanitation), string(Other)}
}

func (c cursor) attribute() Attribute {
	kind := AttributeType("")
	if members, ok := c.members(); ok {
		for _, m := range members {
			if m.key.node.Value == "type" {
				kind = AttributeType(m.value.oneOf(string(Choice), string(Integer), string(Decimal)))
			}
		}
	}
	a := Attribute{At: c.at(), Type: kind, Max: QuantityMax}
	switch kind {
	case Choice:
		c.choice(&a)
	case Integer, Decimal:
		c.number(&a)
	default:
		c.object("name", "type", "label?", "unit?", "values?", "labels?", "min?", "max?", "default?", "split?")
	}
	return a
}

func (c cursor) choice(a *Attribute) {
	o := c.object("name", "type", "label?", "values", "labels?", "default?")
	a.Name, a.Label = o.name("name"), o.text("label")
	for _, e := range o.filled("values", ValuesMax) {
		a.Values = append(a.Values, e.named(nil, ""))
	}
	for _, e := range o.list("labels", ValuesMax) {
		s, _ := e.plainText()
		a.Labels = append(a.Labels, s)
	}
	if d, ok := o.get("default"); ok {
		s := d.named(nil, "")
		a.Default = &s
	}
}

func (c cursor) number(a *Attribute) {
	o := c.object("name", "type", "label?", "unit?", "min?", "max?", "default?", "split?")
	a.Name, a.Label, a.Unit, a.Split = o.name("name"), o.text("label"), o.named("unit", nil, ""), o.truth("split")
	read := func(e cursor) money.Quantity { return decimal(e, QuantityMax) }
	if a.Type == Integer {
		read = cursor.whole
	}
	if e, ok := o.get("min"); ok {
		a.Min = read(e)
	}
	if e, ok := o.get("max"); ok {
		a.Max = read(e)
	}
	if e, ok := o.get("default"); ok {
		s := read(e).String()
		a.Default = &s
	}
	if a.Split && a.Type == Integer {
		o.fields["split"].tell("tariff.split_integer")
	}
}
