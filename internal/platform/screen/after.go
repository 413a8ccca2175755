package screen

import (
	"net/url"
	"strconv"

	"wasl/internal/platform/op"
)

func itoa(n int) string { return strconv.Itoa(n) }

// AfterHref is the page that shows the answer of an operation (Screen.After),
// with the plain values of the answer in its address; empty when there is none.
// Only what reads as an id, a number or a word of a closed set goes there.
func (v *View) AfterHref(d *op.Def, out any) string {
	path := v.Set.after[d.Name]
	if path == "" || out == nil {
		return ""
	}
	q := url.Values{}
	for _, c := range d.Columns {
		if c.Secret || c.Type != op.Ident && c.Type != op.Number && c.Type != op.Choice {
			continue
		}
		for _, value := range plainValues(c.Value(out)) {
			q.Add(c.Name, value)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
