package op

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// asMap turns a record into its JSON object; nil stays nil. Fields tagged
// out:"secret" are left out.
func asMap(v any) (map[string]any, error) {
	rv := reflect.ValueOf(v)
	if v == nil || (rv.Kind() == reflect.Pointer || rv.Kind() == reflect.Map) && rv.IsNil() {
		return nil, nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	m := map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	for rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	for _, c := range columnsOf(rv.Type()) {
		if c.Secret {
			delete(m, c.Name)
		}
	}
	return m, nil
}

// shape is what is known of a type of record.
type shape struct {
	columns []Column
	// plain says that every field is a column whose JSON plainValue writes: the record
	// becomes a map without going through its text.
	plain bool
}

// record is asMap, by the shortest way.
func (r *Runner) record(v any) (map[string]any, error) {
	rv := structOf(v)
	if !rv.IsValid() {
		return asMap(v)
	}
	s := r.shape(rv.Type())
	if !s.plain {
		return asMap(v)
	}
	m := make(map[string]any, len(s.columns))
	for i := range s.columns {
		c := &s.columns[i]
		if c.Secret {
			continue
		}
		value, ok := plainValue(rv.FieldByIndex(c.index))
		if !ok {
			return asMap(v)
		}
		m[c.Name] = value
	}
	return m, nil
}

// shapeOf looks at a type of record.
func shapeOf(t reflect.Type) shape {
	s := shape{columns: columnsOf(t), plain: true}
	n := 0
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous || f.Tag.Get("json") == "-" {
			continue
		}
		n++
		s.plain = s.plain && !f.Anonymous && f.Tag.Get("json") == jsonName(f) && plainType(f.Type)
	}
	s.plain = s.plain && n == len(s.columns)
	return s
}

// plainType says that plainValue knows what JSON makes of a type.
func plainType(t reflect.Type) bool {
	switch t {
	case idType, dateType, instantType, amountType, priceType, quantityType, rateType:
		return true
	}
	if t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return false
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64:
		return true
	}
	return false
}

// plainValue is a value of a plain type as it comes back from JSON; false where only the
// text tells.
func plainValue(v reflect.Value) (any, bool) {
	switch x := v.Interface().(type) {
	case ID:
		if x == 0 {
			return nil, true
		}
		return x.String(), true
	case day.Date:
		if x.IsZero() {
			return nil, true
		}
		return x.String(), true
	case time.Time:
		text, err := x.MarshalText()
		return string(text), err == nil
	case fmt.Stringer:
		if encoded, ok := x.(encoding.TextMarshaler); ok { // a decimal of the money package
			text, err := encoded.MarshalText()
			return string(text), err == nil
		}
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), utf8.ValidString(v.String())
	case reflect.Bool:
		return v.Bool(), true
	default:
		return json.Number(strconv.FormatInt(v.Int(), 10)), true
	}
}

// differences are the fields in which two records of the same type differ, as JSON
// values; secrets are left out. Only what differs is converted: a change of one
// field of a wide record is the common case.
func (r *Runner) differences(before, after reflect.Value) (b, a map[string]any, err error) {
	b, a = map[string]any{}, map[string]any{}
	s := r.shape(before.Type())
	for i := range s.columns {
		c := &s.columns[i]
		if c.Secret {
			continue
		}
		was, is := before.FieldByIndex(c.index), after.FieldByIndex(c.index)
		if same(was, is) {
			continue
		}
		if b[c.Name], err = jsonValue(was); err != nil {
			return nil, nil, err
		}
		if a[c.Name], err = jsonValue(is); err != nil {
			return nil, nil, err
		}
	}
	return b, a, nil
}

// same compares two values of one type, the simple ones without an allocation.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.String:
		return a.String() == b.String()
	case reflect.Int64:
		return a.Int() == b.Int()
	case reflect.Bool:
		return a.Bool() == b.Bool()
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// shape is that of a type of record, looked at once.
func (r *Runner) shape(t reflect.Type) *shape {
	if known, ok := r.shapes.Load(t); ok {
		if s, ok := known.(*shape); ok {
			return s
		}
	}
	s := shapeOf(t)
	r.shapes.Store(t, &s)
	return &s
}

// jsonValue is a value as it comes back from JSON.
func jsonValue(v reflect.Value) (out any, err error) {
	if plainType(v.Type()) {
		if out, ok := plainValue(v); ok {
			return out, nil
		}
	}
	body, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return out, nil
}

// onlyDifferent removes what is the same on both sides.
func onlyDifferent(before, after map[string]any) {
	for k, b := range before {
		if a, both := after[k]; both && reflect.DeepEqual(a, b) {
			delete(before, k)
			delete(after, k)
		}
	}
}

// storable is an output as kept for a replay: without its secrets.
func (d *Def) storable(out any) (json.RawMessage, error) {
	if out == nil {
		return json.RawMessage("{}"), nil
	}
	for _, c := range d.Columns {
		if c.Secret {
			m, err := asMap(out)
			if err != nil {
				return nil, err
			}
			return json.Marshal(m)
		}
	}
	return json.Marshal(out)
}

// absAtMost says whether an amount, whatever its sign, is within a limit. The smallest
// amount has no opposite and is within none.
func absAtMost(a, limit money.Amount) bool {
	if a < 0 {
		if -a < 0 {
			return false
		}
		a = -a
	}
	return a <= limit
}
