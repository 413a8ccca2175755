package render

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Cell is a column's value of a row as plain text: ISO dates, RFC 3339 instants
// in UTC, decimal amounts with a point, ids as digits, true and false, JSON for
// what has no plain form. No value is the empty text.
func Cell(c op.Column, row any) (string, error) {
	switch v := c.Value(row).(type) {
	case nil:
		return "", nil
	case op.ID:
		if v == 0 {
			return "", nil
		}
		return v.String(), nil
	case time.Time:
		if v.IsZero() {
			return "", nil
		}
		return v.UTC().Format(time.RFC3339Nano), nil
	default:
		return plain(c, v)
	}
}

func plain(c op.Column, v any) (string, error) {
	if c.Type != op.Object {
		return fmt.Sprint(v), nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "internal")
	}
	if string(body) == "null" {
		return "", nil
	}
	return string(body), nil
}

// free says whether a column may hold what a person typed.
func free(t op.Type) bool {
	switch t {
	case op.Number, op.Ident, op.Flag, op.Date, op.Instant, op.Amount, op.Decimal:
		return false
	}
	return true
}

// Neutral takes the power of a formula away from a text that a spreadsheet
// would run: a quote is put before one that begins with = + - @, their wide
// forms, a tab or a line break.
func Neutral(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size > 0 && strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", first) {
		return "'" + s
	}
	return s
}

// OneLine makes a text safe for one line of a terminal: control and invisible
// formatting characters, which could move the cursor or turn the line around,
// become spaces.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
