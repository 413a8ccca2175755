package db

import (
	"strconv"
	"strings"
)

// Where builds a condition: parts joined by AND, values numbered $1, $2 … as
// they are added.
type Where struct {
	parts []string
	args  []any
}

// Arg adds a value and gives its placeholder.
func (w *Where) Arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// And adds a part; each ? in it takes the next value.
func (w *Where) And(part string, values ...any) {
	var b strings.Builder
	for i, piece := range strings.Split(part, "?") {
		if i > 0 {
			b.WriteString(w.Arg(values[i-1]))
		}
		b.WriteString(piece)
	}
	w.parts = append(w.parts, b.String())
}

// In adds that a column is one of the values; no value is never true.
func (w *Where) In(column string, values []int64) {
	if len(values) == 0 {
		w.parts = append(w.parts, "1 = 0")
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = w.Arg(v)
	}
	w.parts = append(w.parts, column+" IN ("+strings.Join(marks, ", ")+")")
}

// Or adds that at least one of the groups holds; each group joins its own
// parts by AND. A group without parts always holds; no group never does.
func (w *Where) Or(groups ...func(*Where)) {
	kept := w.parts
	alternatives := make([]string, 0, len(groups))
	for _, group := range groups {
		w.parts = nil
		group(w)
		if len(w.parts) == 0 {
			w.parts = []string{"1 = 1"}
		}
		alternatives = append(alternatives, "("+strings.Join(w.parts, " AND ")+")")
	}
	if len(alternatives) == 0 {
		alternatives = []string{"1 = 0"}
	}
	w.parts = append(kept, "("+strings.Join(alternatives, " OR ")+")")
}

// Nest adds a part made of other parts, joined by AND, between two texts: the
// condition of a subquery. A group without parts always holds.
func (w *Where) Nest(before string, group func(*Where), after string) {
	kept := w.parts
	w.parts = nil
	group(w)
	if len(w.parts) == 0 {
		w.parts = []string{"1 = 1"}
	}
	w.parts = append(kept, before+strings.Join(w.parts, " AND ")+after)
}

// Text gives the parts of a group joined by AND, without adding them: its values are
// numbered with the others. A group without parts always holds.
func (w *Where) Text(group func(*Where)) string {
	kept := w.parts
	w.parts = nil
	group(w)
	text := strings.Join(w.parts, " AND ")
	w.parts = kept
	if text == "" {
		return "1 = 1"
	}
	return text
}

// SQL is "WHERE …", or nothing without parts.
func (w *Where) SQL() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

// Args are the values in the order of their placeholders.
func (w *Where) Args() []any { return w.args }

// After adds a keyset condition: rows after the key in the order of the
// columns, all ascending or all descending.
func (w *Where) After(columns []string, key []any, desc bool) {
	if len(key) == 0 {
		return
	}
	marks := make([]string, len(key))
	for i, v := range key {
		marks[i] = w.Arg(v)
	}
	op := " > "
	if desc {
		op = " < "
	}
	w.parts = append(w.parts, "("+strings.Join(columns, ", ")+")"+op+"("+strings.Join(marks, ", ")+")")
}
