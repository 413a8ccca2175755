package db

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// Instants outside these years are refused on both engines: they can only come
// from a mistake, and the engines disagree on them.
const (
	instantYearMin = 1
	instantYearMax = 9999
)

// normalise turns an argument into one of the few types the engines bind:
// nil, int64, bool, string, []byte, time.Time (UTC, microseconds) or day.Date.
// Pointers are followed, zero dates and instants are NULL.
func normalise(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int64:
		return v, nil // as it came: packing x again would be a copy
	case string:
		return v, textFault(x)
	case int:
		return int64(x), nil
	case bool:
		return x, nil
	case []byte:
		if x == nil {
			return nil, nil
		}
		return v, nil
	case day.Date:
		if x.IsZero() {
			return nil, nil
		}
		return v, nil
	case time.Time:
		return normaliseTime(x)
	case []string:
		return checkTexts(x)
	case []int64:
		return checkInts(x)
	}
	return normaliseKind(reflect.ValueOf(v))
}

// normaliseKind handles named types and pointers.
func normaliseKind(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return normalise(v.Elem().Interface())
	case reflect.String:
		return checkText(v.String())
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return nil, badValue("an unsigned number beyond 63 bits")
		}
		return int64(v.Uint()), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return normalise(v.Bytes())
		}
	}
	return nil, badValue(fmt.Sprintf("type %s", v.Type()))
}

// normaliseTime truncates to the microsecond towards the past, as both engines
// would otherwise do each in its way.
func normaliseTime(t time.Time) (any, error) {
	if t.IsZero() {
		return nil, nil
	}
	t = time.UnixMicro(t.UnixMicro()).UTC()
	if y := t.Year(); y < instantYearMin || y > instantYearMax {
		return nil, badValue("an instant outside the years 1 to 9999")
	}
	return t, nil
}

// checkText refuses what PostgreSQL refuses and SQLite would keep.
func checkText(s string) (any, error) {
	if err := textFault(s); err != nil {
		return nil, err
	}
	return s, nil
}

// textFault says why a text is refused, to those who have no use for another copy of it.
func textFault(s string) error {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return fault.New(fault.Invalid, "db.text")
	}
	return nil
}

func badValue(what string) error {
	return fault.New(fault.Internal, "db.value", "reason", what)
}

// normaliseAll normalises the arguments of one call, in place of a copy.
func normaliseAll(args []any) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i, a := range args {
		v, err := normalise(a)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// cellKind is what an engine says a result value is.
type cellKind uint8

const (
	cellNull cellKind = iota
	cellInt
	cellBool
	cellText
	cellBytes
	cellDate    // days since 1970-01-01 in n
	cellInstant // microseconds since 1970 in n
	cellOther   // a type the house does not use: name in s
)

// cell is one value of a result row.
type cell struct {
	kind cellKind
	n    int64
	s    string
	b    []byte
}

// assign stores a cell into a destination pointer. It never converts what
// could lose something: a NULL needs a pointer to a pointer (or a date, an
// instant or bytes, where it is the zero value).
func assign(dest any, c cell) error {
	switch d := dest.(type) {
	case *int64:
		if c.kind == cellInt {
			*d = c.n
			return nil
		}
	case *string:
		if s, ok := c.text(); ok {
			*d = s
			return nil
		}
	case *bool:
		if v, ok := c.truth(); ok {
			*d = v
			return nil
		}
	case *[]byte:
		if c.kind == cellBytes || c.kind == cellNull {
			*d = c.b
			return nil
		}
	case *day.Date:
		v, ok := c.date()
		if ok {
			*d = v
			return nil
		}
	case *time.Time:
		if v, ok := c.instant(); ok {
			*d = v
			return nil
		}
	default:
		return assignKind(reflect.ValueOf(dest), c)
	}
	return mismatch(dest, c)
}

// assignKind handles pointers to pointers and named types.
func assignKind(dest reflect.Value, c cell) error {
	if dest.Kind() != reflect.Pointer || dest.IsNil() {
		return badValue("a destination that is not a pointer")
	}
	v := dest.Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if c.kind == cellNull {
			v.SetZero()
			return nil
		}
		fresh := reflect.New(v.Type().Elem())
		if err := assign(fresh.Interface(), c); err != nil {
			return err
		}
		v.Set(fresh)
		return nil
	case reflect.String:
		if s, ok := c.text(); ok {
			v.SetString(s)
			return nil
		}
	case reflect.Bool:
		if t, ok := c.truth(); ok {
			v.SetBool(t)
			return nil
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if c.kind == cellInt && !v.OverflowInt(c.n) {
			v.SetInt(c.n)
			return nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if c.kind == cellInt && c.n >= 0 && !v.OverflowUint(uint64(c.n)) {
			v.SetUint(uint64(c.n))
			return nil
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 && (c.kind == cellBytes || c.kind == cellNull) {
			v.SetBytes(c.b)
			return nil
		}
	}
	return mismatch(dest.Interface(), c)
}

func (c cell) text() (string, bool) {
	switch c.kind {
	case cellText:
		return c.s, true
	case cellDate:
		return dateOf(c.n).String(), true
	}
	return "", false
}

func (c cell) truth() (value, ok bool) {
	return c.n == 1, c.kind == cellBool || c.kind == cellInt && (c.n == 0 || c.n == 1)
}

func (c cell) date() (day.Date, bool) {
	switch c.kind {
	case cellNull:
		return day.Date{}, true
	case cellDate:
		return dateOf(c.n), true
	case cellText:
		d, err := day.Parse(c.s)
		return d, err == nil
	}
	return day.Date{}, false
}

func (c cell) instant() (time.Time, bool) {
	switch c.kind {
	case cellNull:
		return time.Time{}, true
	case cellInstant, cellInt:
		return time.UnixMicro(c.n).UTC(), true
	}
	return time.Time{}, false
}

const secondsPerDay = 86400

func dateOf(days int64) day.Date {
	return day.FromUTC(time.Unix(days*secondsPerDay, 0).UTC())
}

func (k cellKind) String() string {
	return [...]string{"NULL", "int", "bool", "text", "bytes", "date", "instant", "other"}[k]
}

func mismatch(dest any, c cell) error {
	what := c.kind.String()
	if c.kind == cellOther {
		what = c.s
	}
	return badValue(fmt.Sprintf("a value of type %s does not fit %T", what, dest))
}
