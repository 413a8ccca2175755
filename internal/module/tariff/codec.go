package tariff

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// LineBytesMax bounds the line of one request.
const LineBytesMax = 64 << 10

// written is a request as it stands in JSON, before its values are read.
type written struct {
	fields     [fieldCount]scalar
	attributes []Value
}

// scalar is one JSON value.
type scalar struct {
	text string
	form form
}

// form is what a JSON value is.
type form uint8

const (
	absent form = iota
	quoted
	number
	unfit
)

// Positions of the fields of a request, in the order of their faults.
const (
	fieldID = iota
	fieldTariff
	fieldFrom
	fieldTo
	fieldQuantity
	fieldTaxDate
	fieldMonths
	fieldCount
)

// nameAttributes is the field beside them: an object.
const nameAttributes = "attributes"

// fieldName is the JSON name of a field.
func fieldName(i int) string {
	switch i {
	case fieldID:
		return "id"
	case fieldTariff:
		return "tariff"
	case fieldFrom:
		return "from"
	case fieldTo:
		return "to"
	case fieldQuantity:
		return "quantity"
	case fieldTaxDate:
		return "tax_date"
	}
	return "months"
}

// fieldNamed finds a field by its JSON name; nowhere for another name.
func fieldNamed(name string) int {
	for i := range fieldCount {
		if fieldName(i) == name {
			return i
		}
	}
	return nowhere
}

// DecodeRequest reads one JSON request into r, whose room is used again. The id is
// read whenever there is one, so that the refusal can carry it. What is no JSON object
// is Invalid "tariff.request"; other faults name their field.
func DecodeRequest(line []byte, r *Request) error {
	w := written{attributes: r.Attributes[:0]}
	*r = Request{}
	if !w.scan(string(line)) {
		w = written{attributes: w.attributes[:0]}
		if err := w.decode(line); err != nil {
			r.ID = w.fields[fieldID].text
			return err
		}
	}
	return w.read(r)
}

// read gives the values of a request.
func (w *written) read(r *Request) error {
	r.Attributes = w.attributes
	r.ID = w.fields[fieldID].text
	for _, i := range []int{fieldID, fieldTariff} {
		if f := w.fields[i].form; f != quoted && f != absent {
			return refuse("tariff.request_field", fieldName(i))
		}
	}
	for _, i := range []int{fieldTariff, fieldFrom, fieldTo, fieldQuantity} {
		if w.fields[i].form == absent {
			return refuse("input.required", fieldName(i))
		}
	}
	r.Tariff = w.fields[fieldTariff].text
	var err error
	if r.From, err = w.date(fieldFrom); err != nil {
		return err
	}
	if r.To, err = w.date(fieldTo); err != nil {
		return err
	}
	n, ok := thousandths(w.fields[fieldQuantity].text)
	if !ok || w.fields[fieldQuantity].form != quoted {
		return refuse("tariff.quantity", "quantity", "max", QuantityMax)
	}
	r.Quantity = money.Quantity(n)
	if w.fields[fieldTaxDate].form != absent {
		if r.TaxDate, err = w.date(fieldTaxDate); err != nil {
			return err
		}
	}
	if m := w.fields[fieldMonths]; m.form != absent {
		n, ok = thousandths(m.text)
		if !ok || n == 0 || m.form == unfit {
			return refuse("tariff.months", "months")
		}
		r.Months = money.Quantity(n)
	}
	return nil
}

func (w *written) date(field int) (day.Date, error) {
	f := w.fields[field]
	if f.form != quoted {
		return day.Date{}, refuse("input.date", fieldName(field))
	}
	d, err := day.Parse(f.text)
	if err != nil {
		return d, refuse(fault.CodeOf(err), fieldName(field))
	}
	return d, nil
}

// decode reads any JSON object, by the standard reader. A key written twice counts
// once, with its last value.
func (w *written) decode(line []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(line, &all); err != nil || all == nil {
		return fault.New(fault.Invalid, "tariff.request")
	}
	for i := range w.fields {
		w.fields[i] = scalarOf(all[fieldName(i)])
	}
	var unknown []string // the empty text is a name too
	for name := range all {
		if name != nameAttributes && fieldNamed(name) == nowhere {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return refuse("input.unknown_field", slices.Min(unknown))
	}
	return w.decodeAttributes(all[nameAttributes])
}

// decodeAttributes reads them in their order; one written twice stands where it stands
// first, with its last value.
func (w *written) decodeAttributes(raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return refuse("tariff.request_field", nameAttributes)
	}
	for d.More() {
		var value json.RawMessage
		key, err := d.Token()
		name, isText := key.(string)
		if err != nil || !isText || d.Decode(&value) != nil {
			return refuse("tariff.request_field", nameAttributes)
		}
		s := scalarOf(value)
		if s.form != quoted && s.form != number {
			return refuse("tariff.request_field", nameAttributes+"."+name)
		}
		v := Value{Name: name, Text: s.text, Bare: s.form == number}
		if i := slices.IndexFunc(w.attributes, func(o Value) bool { return o.Name == name }); i >= 0 {
			w.attributes[i] = v
		} else {
			w.attributes = append(w.attributes, v)
		}
	}
	return nil
}

// scalarOf reads a JSON value; null is absent.
func scalarOf(raw json.RawMessage) scalar {
	if len(raw) == 0 || string(raw) == "null" {
		return scalar{}
	}
	var text string
	switch {
	case raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
		return scalar{text: text, form: quoted}
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return scalar{text: string(raw), form: number}
	}
	return scalar{form: unfit}
}

// AppendQuote writes a quote as one line of JSON at the end of b, without newline.
func AppendQuote(b []byte, q *Quote) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, q.ID)
	b = append(b, `,"lines":[`...)
	for i := range q.Lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendLine(b, &q.Lines[i], q.Basis)
	}
	b = append(b, `],"taxes":[`...)
	for i, x := range q.Taxes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"code":"`...), x.Code...)
		b = x.Rate.Append(append(b, `","rate":"`...))
		b = x.Base.Append(append(b, `","base":"`...))
		b = append(x.Amount.Append(append(b, `","amount":"`...)), `"}`...)
	}
	b = q.Net.Append(append(b, `],"net":"`...))
	b = q.Tax.Append(append(b, `","tax":"`...))
	b = q.Total.Append(append(b, `","total":"`...))
	b = append(b, `","tariff_version":"`...)
	for i := range q.Parts {
		if i > 0 {
			b = append(b, '+')
		}
		b = append(b, q.Parts[i].Version...) // letters, digits, points and hyphens
	}
	return append(b, `"}`...)
}

func appendLine(b []byte, l *Line, basis Basis) []byte {
	b = append(append(b, `{"code":"`...), l.Code...)
	b = appendText(append(b, `","label":`...), l.Label)
	if l.Measured {
		b = l.Quantity.Append(append(b, `,"quantity":"`...))
		b = append(b, '"')
		if l.Unit != "" {
			b = appendText(append(b, `,"unit":`...), l.Unit)
		}
		b = append(l.Price.Append(append(b, `,"price":"`...)), '"')
	}
	b = append(append(b, `,"basis":"`...), basis...)
	b = l.Amount.Append(append(b, `","amount":"`...))
	b = l.Rate.Append(append(b, `","tax_rate":"`...))
	b = append(append(b, `","service":"`...), l.Service...)
	b = append(b, '"')
	if l.Exempt {
		b = append(b, `,"exempt":true`...)
	}
	if l.ThirdParty != "" {
		b = appendText(append(b, `,"third_party":`...), l.ThirdParty)
	}
	return append(b, '}')
}

// appendText writes a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf && !utf8.ValidString(s) {
			escaped, err := json.Marshal(s)
			if err != nil { // a string always has a JSON form
				escaped = []byte(`""`)
			}
			return append(b, escaped...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// AppendRequest writes a request as one line of JSON at the end of b, without newline;
// DecodeRequest reads it back.
func AppendRequest(b []byte, r *Request) []byte {
	b = appendText(append(b, `{"id":`...), r.ID)
	b = appendText(append(b, `,"tariff":`...), r.Tariff)
	b = appendDate(append(b, `,"from":"`...), r.From)
	b = appendDate(append(b, `","to":"`...), r.To)
	if r.Months != 0 {
		b = append(r.Months.Append(append(b, `","months":"`...)), `","quantity":"`...)
	} else {
		b = append(b, `","quantity":"`...)
	}
	b = r.Quantity.Append(b)
	if !r.TaxDate.IsZero() {
		b = appendDate(append(b, `","tax_date":"`...), r.TaxDate)
	}
	b = append(b, `","attributes":{`...)
	for i, v := range r.Attributes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, v.Name), ':')
		if v.Bare {
			b = append(b, v.Text...)
		} else {
			b = appendText(b, v.Text)
		}
	}
	return append(b, `}}`...)
}

func appendDate(b []byte, d day.Date) []byte { return append(b, d.String()...) }
