package op

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// appendChanges appends the JSON of changes, byte for byte as encoding/json writes it.
// It is written by hand because every command does it while all others wait, and
// maps are what encoding/json is slowest at.
func appendChanges(out []byte, changes []Change) ([]byte, error) {
	out = append(out, '[')
	for i, c := range changes {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendChange(out, c); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendChange(out []byte, c Change) (_ []byte, err error) {
	if out, err = appendValue(append(out, `{"kind":`...), c.Kind); err != nil {
		return nil, err
	}
	if out, err = appendValue(append(out, `,"id":`...), c.ID); err != nil {
		return nil, err
	}
	if out, err = appendValue(append(out, `,"label":`...), c.Label); err != nil {
		return nil, err
	}
	for _, side := range []struct {
		name   string
		fields map[string]any
	}{{`,"before":`, c.Before}, {`,"after":`, c.After}} {
		if len(side.fields) == 0 {
			continue
		}
		if out, err = appendFields(append(out, side.name...), side.fields); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendFields(out []byte, fields map[string]any) (_ []byte, err error) {
	sep := byte('{')
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if out, err = appendValue(append(out, sep), name); err != nil {
			return nil, err
		}
		if out, err = appendValue(append(out, ':'), fields[name]); err != nil {
			return nil, err
		}
		sep = ','
	}
	return append(out, '}'), nil
}

// appendValue writes what records are mostly made of, and leaves the rest to
// encoding/json.
func appendValue(out []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case string:
		if plainText(v) {
			return append(append(append(out, '"'), v...), '"'), nil
		}
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && strconv.FormatInt(n, 10) == string(v) {
			return append(out, v...), nil
		}
	case ID:
		if v != 0 {
			return append(strconv.AppendInt(append(out, '"'), int64(v), 10), '"'), nil
		}
	}
	body, err := json.Marshal(v)
	return append(out, body...), err
}

// plainText says that a text is its own JSON between quotes.
func plainText(s string) bool {
	ascii := true
	for _, b := range []byte(s) {
		if b < ' ' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
			return false
		}
		ascii = ascii && b < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(s) && !strings.ContainsAny(s, "\u2028\u2029")
}
