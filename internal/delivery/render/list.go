package render

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
)

// Paged says whether the rows of a list know their place. Those that do not are
// short lists, given whole.
func Paged(d *op.Def) bool {
	_, ok := reflect.Zero(d.Out).Interface().(op.Keyed)
	return ok && len(d.Sorts) > 0
}

// SortOf is the order asked for, or the default one of the list.
func SortOf(d *op.Def, asked string) string {
	if asked == "" && len(d.Sorts) > 0 {
		return d.Sorts[0]
	}
	return asked
}

// place names one list in one order with its filters: a cursor is good for it only.
func place(d *op.Def, req op.Request) string {
	filters, err := json.Marshal(req.Input)
	if err != nil { // an upload or the like; lists have none
		filters = nil
	}
	return strings.Join([]string{d.Name, SortOf(d, req.Page.Sort), strconv.FormatInt(req.Unit, 10), string(filters)}, "\n")
}

// OpenCursor puts the place a cursor stands for into a request whose input,
// order and unit are complete. A cursor of another list, order, unit or filter
// is Invalid "page.cursor".
func OpenCursor(d *op.Def, req *op.Request, cursor string) error {
	c, err := page.Decode(place(d, *req), cursor)
	if err != nil {
		return err
	}
	if cursor != "" && (c.Direction != page.Forward || !Paged(d)) {
		return fault.New(fault.Invalid, "page.cursor")
	}
	req.Page.After = c.Keys
	return nil
}

// NextCursor is the cursor after the last row of a page; empty when the rows do
// not know their place.
func NextCursor(d *op.Def, req op.Request, last any) string {
	keyed, ok := last.(op.Keyed)
	if !ok {
		return ""
	}
	keys := keyed.PageKey(strings.TrimPrefix(SortOf(d, req.Page.Sort), "-"))
	return page.Cursor{Keys: slices.Clone(keys), Direction: page.Forward}.Encode(place(d, req))
}

// ParseUnit reads the id of the unit a list is narrowed to.
func ParseUnit(text string) (int64, error) {
	const idLimit = 1 << 53
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n >= idLimit {
		return 0, fault.InvalidField("unit", "input.id")
	}
	return n, nil
}
