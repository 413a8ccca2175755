package naivetariff

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"strings"
	"time"
)

// PeriodDaysMax is the longest period, both its ends included.
const periodDaysMax = 3660

// A refusal is why a request has no quote.
type refusal struct{ code, field string }

// Asked is a request that was read: its values are whole, not yet shared between
// the versions of its period.
type asked struct {
	from, to, tax time.Time
	quantity      *big.Rat
	months        *big.Rat // nil when the request does not say
	raw           map[string]any
	order         []string          // the names of the attributes, as they follow each other
	words         map[string]string // the choices
	numbers       map[string]*big.Rat
	split         []string
}

// Read takes what a request says by itself: the tariff, the period, the quantity.
func (b *Book) read(text []byte) (tree, []tree, *asked, *refusal) {
	var raw map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		return nil, nil, nil, &refusal{"tariff.request", ""}
	}
	q := &asked{raw: raw, order: attributeOrder(text), words: map[string]string{}, numbers: map[string]*big.Rat{}}
	if r := q.readNumbers(); r != nil {
		return nil, nil, nil, r
	}
	code, _ := raw["tariff"].(string)
	tariff, tables := b.tariff(code)
	if tariff == nil {
		return nil, nil, nil, &refusal{"tariff.unknown", "tariff"}
	}
	if r := q.readDates(); r != nil {
		return nil, nil, nil, r
	}
	return tariff, tables, q, nil
}

// ReadNumbers reads the quantity and the months. They are told before all else.
func (q *asked) readNumbers() *refusal {
	s, _ := q.raw["quantity"].(string)
	v, ok := decimal(s, 3)
	if !ok || v.Cmp(power(9)) > 0 {
		return &refusal{"tariff.quantity", "quantity"}
	}
	q.quantity = v
	given, is := q.raw["months"]
	if !is {
		return nil
	}
	v, ok = decimal(numeral(given), 3)
	if !ok || v.Sign() == 0 || v.Cmp(power(9)) > 0 {
		return &refusal{"tariff.months", "months"}
	}
	q.months = v
	return nil
}

// AttributeOrder lists the names of the request's attributes as they follow each
// other in its text, for the first unknown one is the one told.
func attributeOrder(text []byte) []string {
	var outer map[string]json.RawMessage
	if json.Unmarshal(text, &outer) != nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(outer["attributes"]))
	var names []string
	if _, err := decoder.Token(); err != nil { // the brace
		return nil
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return names
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil && err != io.EOF {
			return names
		}
		s, _ := name.(string)
		names = append(names, s)
	}
	return names
}

func date(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

// Days counts the days from one date to the other, both included.
func days(from, to time.Time) int64 { return int64(to.Sub(from).Hours()/24) + 1 }

func (q *asked) readDates() *refusal {
	for _, at := range []struct {
		field string
		date  *time.Time
	}{{"from", &q.from}, {"to", &q.to}, {"tax_date", &q.tax}} {
		value, given := q.raw[at.field]
		if !given && at.field == "tax_date" {
			q.tax = q.to
			continue
		}
		s, _ := value.(string)
		d, ok := date(s)
		if !ok {
			return &refusal{"tariff.date", at.field}
		}
		*at.date = d
	}
	if q.from.After(q.to) || days(q.from, q.to) > periodDaysMax {
		return &refusal{"tariff.period", "to"}
	}
	return nil
}

// Numeral is the text of a JSON number or of a decimal string.
func numeral(v any) string {
	switch n := v.(type) {
	case json.Number:
		return n.String()
	case string:
		return n
	}
	return ""
}

// Decimal reads a number of a request: at most so many decimals, no exponent, no
// sign, for none is negative.
func decimal(s string, decimals int) (*big.Rat, bool) {
	before, after, point := strings.Cut(s, ".")
	if !digits(before) || point && !digits(after) || len(after) > decimals {
		return nil, false
	}
	return exact(s), true
}

// Digits says whether the text is one digit or more, and nothing else.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (q *asked) readAttributes(tariff tree) *refusal {
	given, _ := q.raw["attributes"].(map[string]any)
	declared := trees(tariff["attributes"])
	for _, name := range q.order {
		if find(declared, "name", name) == nil {
			return &refusal{"tariff.attribute_unknown", "attributes." + name}
		}
	}
	for _, attribute := range declared {
		name := text(attribute["name"])
		field := "attributes." + name
		value, is := given[name]
		if !is {
			byDefault, has := attribute["default"]
			if !has {
				return &refusal{"tariff.attribute_missing", field}
			}
			value = byDefault
		}
		if !q.keep(attribute, name, value) {
			return &refusal{"tariff.attribute_value", field}
		}
	}
	return nil
}

// Keep takes the value of an attribute, when it is one.
func (q *asked) keep(attribute tree, name string, value any) bool {
	kind := text(attribute["type"])
	if kind == "choice" {
		word, _ := value.(string)
		for _, allowed := range texts(attribute["values"]) {
			if allowed == word {
				q.words[name] = word
				return true
			}
		}
		return false
	}
	v, ok := decimal(numeral(value), 3)
	if !ok || kind == "integer" && !v.IsInt() {
		return false
	}
	least := new(big.Rat)
	if s, has := attribute["min"]; has {
		least = exact(text(s))
	}
	most := power(9)
	if s, has := attribute["max"]; has {
		most = exact(text(s))
	}
	if v.Cmp(least) < 0 || v.Cmp(most) > 0 {
		return false
	}
	q.numbers[name] = v
	if kind == "quantity" && text(attribute["split"]) == "true" {
		q.split = append(q.split, name)
	}
	return true
}
