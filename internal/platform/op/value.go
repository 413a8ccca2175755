package op

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"

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

// differences are the fields in which two records of the same type differ, as JSON
// values; secrets are left out. Only what differs is converted: a change of one
// field of a wide record is the common case.
func (r *Runner) differences(before, after reflect.Value) (b, a map[string]any, err error) {
	b, a = map[string]any{}, map[string]any{}
	for _, c := range r.shape(before.Type()) {
		if c.Secret {
			continue
		}
		was, is := before.FieldByIndex(c.index), after.FieldByIndex(c.index)
		if same(was, is) {
			continue
		}
		if b[c.Name], err = jsonValue(was.Interface()); err != nil {
			return nil, nil, err
		}
		if a[c.Name], err = jsonValue(is.Interface()); err != nil {
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

// shape is the columns of a type of record, found once.
func (r *Runner) shape(t reflect.Type) []Column {
	if known, ok := r.shapes.Load(t); ok {
		if columns, ok := known.([]Column); ok {
			return columns
		}
	}
	columns := columnsOf(t)
	r.shapes.Store(t, columns)
	return columns
}

// jsonValue is a value as it comes back from JSON.
func jsonValue(v any) (out any, err error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return v, nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	}
	body, err := json.Marshal(v)
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
