package naivetariff

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Readable takes what a request says by itself. What cannot be read is told
// before all else, in the order of the page.
func readable(text []byte) (*asked, *refusal) {
	var raw map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil || raw == nil {
		return nil, &refusal{"tariff.request", ""}
	}
	q := &asked{raw: raw, words: map[string]string{}, numbers: map[string]*big.Rat{}}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if !slices.Contains([]string{"id", "tariff", "from", "to", "months", "quantity", "tax_date", "attributes"}, key) {
			return nil, &refusal{"input.unknown_field", key}
		}
	}
	if r := q.readableAttributes(text); r != nil {
		return nil, r
	}
	for key, value := range raw {
		if value == nil { // null is absence
			delete(raw, key)
		}
	}
	for _, key := range []string{"id", "tariff"} {
		if _, isText := raw[key].(string); raw[key] != nil && !isText {
			return nil, &refusal{"tariff.request_field", key}
		}
	}
	for _, key := range []string{"tariff", "from", "to", "quantity"} {
		if raw[key] == nil {
			return nil, &refusal{"input.required", key}
		}
	}
	for _, step := range []func() *refusal{
		func() *refusal { return q.date("from", &q.from) },
		func() *refusal { return q.date("to", &q.to) },
		q.readQuantity,
		func() *refusal { return q.date("tax_date", &q.tax) },
		q.readMonths,
	} {
		if r := step(); r != nil {
			return nil, r
		}
	}
	if raw["tax_date"] == nil {
		q.tax = q.to
	}
	return q, nil
}

// Pairs lists the keys of a JSON object as they follow each other in its text, with
// the value that stands at each place: a key may be written twice.
func pairs(object []byte) (names []string, values []any) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	if _, err := decoder.Token(); err != nil { // the brace
		return nil, nil
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return names, values
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return names, values
		}
		s, _ := name.(string)
		names, values = append(names, s), append(values, value)
	}
	return names, values
}

func (q *asked) readableAttributes(text []byte) *refusal {
	value, given := q.raw["attributes"]
	if !given || value == nil {
		return nil
	}
	if _, is := value.(map[string]any); !is {
		return &refusal{"tariff.request_field", "attributes"}
	}
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(text, &outer); err != nil {
		return &refusal{"tariff.request", ""}
	}
	var values []any
	q.order, values = pairs(outer["attributes"])
	for i, name := range q.order {
		switch values[i].(type) {
		case string, json.Number:
		default:
			return &refusal{"tariff.request_field", "attributes." + name}
		}
	}
	return nil
}

// Date reads a date; an absent one is none.
func (q *asked) date(field string, d *time.Time) *refusal {
	value := q.raw[field]
	if value == nil {
		return nil
	}
	s, _ := value.(string)
	for i, part := range strings.SplitN(s, "-", 3) {
		if len(s) != 10 || len(part) != []int{4, 2, 2}[i] || !digits(part) {
			return &refusal{"input.date", field}
		}
	}
	t, ok := date(s)
	if !ok {
		return &refusal{"date.impossible", field}
	}
	*d = t
	return nil
}

func date(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

func (q *asked) readQuantity() *refusal {
	s, _ := q.raw["quantity"].(string)
	v, ok := decimal(s, 3)
	if !ok || v.Cmp(power(9)) > 0 {
		return &refusal{"tariff.quantity", "quantity"}
	}
	q.quantity = v
	return nil
}

func (q *asked) readMonths() *refusal {
	given := q.raw["months"]
	if given == nil {
		return nil
	}
	v, ok := decimal(numeral(given), 3)
	if !ok || v.Sign() == 0 || v.Cmp(power(9)) > 0 {
		return &refusal{"tariff.months", "months"}
	}
	q.months = v
	return nil
}
