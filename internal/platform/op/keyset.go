package op

import (
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// Keyed rows know their place in each order of their list: the texts that
// Page.After takes to go on after them.
type Keyed interface{ PageKey(sort string) []string }

// KeyText writes a value as PageKey wants it.
func KeyText(v any) string {
	switch v := v.(type) {
	case time.Time:
		return strconv.FormatInt(v.UnixMicro(), 10)
	case ID:
		return v.String()
	case day.Date:
		return v.String()
	case string:
		return v
	}
	return ""
}

// Keyset adds the page's starting point to a condition and gives the ORDER BY
// and LIMIT that go with it. Columns are the SQL columns of each order, the
// last of them unique; the prefix says the type: # integer, @ instant,
// % date, none text.
func (x *Exec) Keyset(w *db.Where, columns map[string][]string) string {
	cols := columns[x.Page.Sort]
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = strings.TrimLeft(c, "#@%")
	}
	if len(x.Page.After) == len(cols) { // any other number is a forged cursor, which starts the list
		key := make([]any, len(cols))
		for i, c := range cols {
			key[i] = keyValue(c[0], x.Page.After[i])
		}
		w.After(names, key, x.Page.Desc)
	}
	dir := ""
	if x.Page.Desc {
		dir = " DESC"
	}
	sql := " ORDER BY " + strings.Join(names, dir+", ") + dir
	if x.Page.Limit > 0 {
		sql += " LIMIT " + strconv.Itoa(x.Page.Limit+1)
	}
	return sql
}

// keyValue reads one part of a cursor. Cursors are checked when they are
// opened; an unreadable part only starts the list elsewhere.
func keyValue(kind byte, text string) any {
	switch kind {
	case '#':
		n, _ := strconv.ParseInt(text, 10, 64)
		return n
	case '@':
		n, _ := strconv.ParseInt(text, 10, 64)
		return time.UnixMicro(n).UTC()
	case '%':
		d, _ := day.Parse(text)
		return d
	default:
		return text
	}
}

// sortOf resolves the order asked for: NAME or -NAME, one of those offered; a
// leading minus turns it around.
func (d *Def) sortOf(p *Page) error {
	if len(d.Sorts) == 0 {
		p.Sort, p.Desc = "", false
		return nil
	}
	asked := p.Sort
	if asked == "" {
		asked = d.Sorts[0]
	}
	name := strings.TrimPrefix(asked, "-")
	for _, s := range d.Sorts {
		if strings.TrimPrefix(s, "-") == name {
			p.Sort, p.Desc = name, strings.HasPrefix(asked, "-")
			return nil
		}
	}
	return fault.InvalidField("sort", "input.enum", "values", strings.Join(d.Sorts, ", "))
}

// Wide rows are written in CSV with columns of their own, which the program learns
// from the rows themselves: a list of refused rows has the columns of the file that
// brought them. Every row of a list gives the same header.
type Wide interface {
	Wide() (header, cells []string)
}
