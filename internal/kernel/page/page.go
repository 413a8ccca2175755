// Package page owns keyset paging: a page is asked for by the sort key of a row
// and a direction, never by an offset, so that a list does not slip while others
// write to it and the hundredth page costs what the first does.
package page

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"wasl/internal/kernel/fault"
)

// Bounds of a page.
const (
	// LimitDefault is the number of rows when none is asked for.
	LimitDefault = 50
	// LimitMax is the greatest number of rows of one page.
	LimitMax = 500
	// KeysMax bounds the values of a sort key.
	KeysMax = 8
	// CursorBytesMax bounds the text of a cursor.
	CursorBytesMax = 4096
)

const checkBytes = 6

// Limit gives the number of rows to read: LimitDefault for 0. A negative number
// or one above LimitMax is Invalid "page.limit".
func Limit(asked int) (int, error) {
	if asked < 0 || asked > LimitMax {
		return 0, fault.New(fault.Invalid, "page.limit", "max", LimitMax)
	}
	if asked == 0 {
		return LimitDefault, nil
	}
	return asked, nil
}

// Direction says on which side of the key the page lies, in the order of the
// list.
type Direction string

// The directions.
const (
	Forward  Direction = "f"
	Backward Direction = "b"
)

// Cursor is a place in one list: the sort key of the last row of a page (of its
// first row, when going backward). The zero Cursor is the start of the list.
type Cursor struct {
	// Keys are the values of the sort key, as texts in their plain forms.
	Keys []string
	// Direction is where the page lies from there.
	Direction Direction
}

// IsZero says that the cursor is the start of the list.
func (c Cursor) IsZero() bool { return len(c.Keys) == 0 }

type cursorBody struct {
	Keys      []string  `json:"k"`
	Direction Direction `json:"d"`
}

// Encode makes the opaque text of a cursor; "" for the start. List names the
// list and its order (with its filters, where they matter): the cursor is good
// for it only. The text is not secret and its check is no signature: it catches
// cursors of another list, typed or damaged ones. Rights are checked on what a
// page returns, never on the cursor.
func (c Cursor) Encode(list string) string {
	if c.IsZero() {
		return ""
	}
	body, err := json.Marshal(cursorBody(c))
	if err != nil { // texts always marshal
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(check(list, body), body...))
}

// Decode reads the text of a cursor of the same list; "" gives the start. A
// foreign, forged or damaged cursor is Invalid "page.cursor".
func Decode(list, text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	if len(text) > CursorBytesMax {
		return Cursor{}, badCursor()
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= checkBytes || string(raw[:checkBytes]) != string(check(list, raw[checkBytes:])) {
		return Cursor{}, badCursor()
	}
	var body cursorBody
	if json.Unmarshal(raw[checkBytes:], &body) != nil || len(body.Keys) == 0 || len(body.Keys) > KeysMax ||
		(body.Direction != Forward && body.Direction != Backward) {
		return Cursor{}, badCursor()
	}
	return Cursor(body), nil
}

func badCursor() error { return fault.New(fault.Invalid, "page.cursor") }

func check(list string, body []byte) []byte {
	sum := sha256.Sum256(append([]byte(list+"\x00"), body...))
	return append([]byte(nil), sum[:checkBytes]...)
}

// Page is one page of a list, in the order of the list whatever the direction.
type Page[T any] struct {
	Items []T `json:"items"`
	// Next is the cursor of the following page, empty on the last one.
	Next string `json:"next,omitempty"`
	// Prev is the cursor of the page before, empty on the first one.
	Prev string `json:"prev,omitempty"`
}

// Make builds the page of a list out of rows read from a cursor. The reader asks
// for limit+1 rows, nearest to the cursor first (so in reverse order when going
// backward): the row too many says that more follow. Key gives the sort key of a
// row.
func Make[T any](list string, at Cursor, limit int, rows []T, key func(T) []string) Page[T] {
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	items := make([]T, len(rows))
	backward := at.Direction == Backward && !at.IsZero()
	for i, row := range rows {
		if backward {
			items[len(rows)-1-i] = row
		} else {
			items[i] = row
		}
	}
	p := Page[T]{Items: items}
	if len(items) == 0 {
		return p
	}
	if more || backward { // going backward, the page one came from follows
		p.Next = Cursor{Keys: key(items[len(items)-1]), Direction: Forward}.Encode(list)
	}
	if (more && backward) || (!backward && !at.IsZero()) {
		p.Prev = Cursor{Keys: key(items[0]), Direction: Backward}.Encode(list)
	}
	return p
}
