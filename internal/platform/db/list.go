package db

import (
	"slices"
	"strings"
	"unicode/utf8"

	"wasl/internal/kernel/fault"
)

// ListMax bounds the values of one list argument.
//
// A list is one argument, a []string or a []int64, for statements that look up
// many keys at once whatever their number, in one text and one round trip:
//
//	SELECT id, code FROM meter WHERE code IN {texts $1}
//	SELECT r.id FROM reading r WHERE r.receivable_account_id IN {ints $1} AND r.reading_date >= $2
//
// {texts $n} and {ints $n} stand where a subquery may: after IN, or in FROM with a
// name and the column value, when the rows of the table are joined to the list:
//
//	SELECT k.value, m.id FROM {texts $1} k JOIN meter m ON m.code = k.value
//
// An empty list is never true. Values that come twice count once after IN and twice
// in FROM. NULL is no value.
const ListMax = 1 << 17

// listWord translates {texts $n} and {ints $n}.
func listWord(e Engine, word string) (string, bool) {
	kind, mark, found := strings.Cut(word, " $")
	if !found || mark == "" || strings.Trim(mark, "0123456789") != "" {
		return "", false
	}
	switch {
	case kind != "texts" && kind != "ints":
		return "", false
	case e == SQLite:
		return "(SELECT value FROM json_each(?" + mark + "))", true
	case kind == "texts":
		return `(SELECT value COLLATE "C" AS value FROM unnest($` + mark + "::text[]) AS listed (value))", true
	default:
		return "(SELECT value FROM unnest($" + mark + "::bigint[]) AS listed (value))", true
	}
}

// checkTexts refuses in a list what is refused as a single text.
func checkTexts(list []string) (any, error) {
	if len(list) > ListMax {
		return nil, badValue("a list that is too long")
	}
	for _, s := range list {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return nil, fault.New(fault.Invalid, "db.text")
		}
	}
	if list == nil {
		return []string{}, nil
	}
	return slices.Clip(list), nil
}

func checkInts(list []int64) (any, error) {
	if len(list) > ListMax {
		return nil, badValue("a list that is too long")
	}
	if list == nil {
		return []int64{}, nil
	}
	return slices.Clip(list), nil
}
