package customer

import (
	"context"
	"iter"
	"math"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// Lists of a million rows show their first page at once because each is read in one of
// three ways. Where few rows match the text, or stand under a record, those are gathered
// through the index that finds them, and sorted. Otherwise matches are frequent: the list
// is read in its order, that of each unit of the scope beside the others (op.Merge), and
// each row compared, window by window, until the page is full.

// way is how a list is read.
type way int

const (
	// inOrder reads the list in its order.
	inOrder way = iota
	// byText gathers the records that the text finds.
	byText
	// byOwner gathers the rows of a record, or of a state that few have.
	byOwner
)

const (
	// listSize is the size of list that the choice is made for, and pageSize of page.
	listSize = 1_000_000
	pageSize = 50
	// scopeMax is how far the rows of a scope are counted; a larger one counts as a whole
	// list.
	scopeMax = 20_000
	// window is how many rows are read at once in the order of the list, to be compared.
	window = 2_000
)

// choose compares how many rows each way reads: those gathered, or those read in the order
// of the scope before a page of matches is found, if matches are spread evenly.
func choose(m find.Match, scope int64) way {
	if m.Few && int64(len(m.Refs)) <= min(scope, pageSize*listSize/max(1, int64(len(m.Refs)))) {
		return byText
	}
	return inOrder
}

// everywhere says that the scope is the whole list, which is then read in its own order.
func everywhere(ctx context.Context, x *op.Exec) (bool, error) {
	top, err := x.Places().Top(ctx, x.R)
	return err == nil && top != 0 && slices.Contains(x.ScopeOf().Roots, top), err
}

// look says how a list is read that a text narrows: the rows of the scope are counted as far
// as it matters. Whoever sees everything sees a whole list, which is not counted.
func look(ctx context.Context, x *op.Exec, m find.Match, table string) (way, error) {
	all, err := everywhere(ctx, x)
	if err != nil || all || !m.Few {
		return choose(m, listSize), err
	}
	var w db.Where
	x.Filter(&w, "unit_id")
	most := w.Arg(scopeMax + 1)
	n, err := db.Value[int64](ctx, x.R, `SELECT count(*) FROM (SELECT 1 FROM `+table+w.SQL()+` LIMIT `+most+`) q`, w.Args()...)
	if n > scopeMax {
		n = listSize
	}
	return choose(m, n), err
}

// byUnit reads a list in its order: as one list for whoever sees everything, else unit by
// unit. read gives the rows of a unit, 0 for those of the scope.
func byUnit[T op.Keyed](ctx context.Context, x *op.Exec, l op.Lanes, read func(y *op.Exec, unit int64) iter.Seq2[T, error]) iter.Seq2[T, error] {
	all, err := everywhere(ctx, x)
	switch {
	case err != nil:
		return db.Failed[T](err)
	case all:
		return read(x, 0)
	}
	return op.Merge(ctx, x, l, read)
}

// reading says which rows of a list are read, and how.
type reading struct {
	how way
	// of adds the condition on their units.
	of func(*db.Where)
	// brief reads of a row its place and its words alone.
	brief bool
}

// windows reads a list in its order, some rows at a time, and keeps those that match,
// until there is one more than the page takes. An export reads to the end. Rows are read
// briefly to be compared, and whole, by their ids, to be shown.
func windows[T op.Keyed](
	x *op.Exec, keep func(T) (id int64, matches bool), brief func(*op.Exec) iter.Seq2[T, error], whole func(*op.Exec, []int64) iter.Seq2[T, error],
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		y, left := *x, x.Page.Limit+1
		if y.Page.Limit = window; x.Page.Limit == 0 {
			left = math.MaxInt
		}
		for left > 0 {
			var last T
			var kept []int64
			n := 0
			for row, err := range brief(&y) {
				if err != nil {
					yield(row, err)
					return
				}
				n, last = n+1, row
				if id, matches := keep(row); matches {
					if kept = append(kept, id); len(kept) == left {
						break
					}
				}
			}
			z := *x
			z.Page.After, z.Page.Limit = nil, 0
			for row, err := range whole(&z, kept) {
				if !yield(row, err) || err != nil {
					return
				}
			}
			if left -= len(kept); n <= window {
				return
			}
			y.Page.After = last.PageKey(y.Page.Sort)
		}
	}
}

// sortKeys are the columns of the orders of a list: as they are where the list is read
// in its order, as expressions, which no index has, where its rows are gathered.
func sortKeys(gathered bool, orders map[string][]string) map[string][]string {
	if !gathered {
		return orders
	}
	out := make(map[string][]string, len(orders))
	for name, columns := range orders {
		for _, c := range columns {
			if c[0] == '#' {
				c += " + 0"
			} else {
				c += " || ''"
			}
			out[name] = append(out[name], c)
		}
	}
	return out
}

// customerScope adds that a customer is managed by a unit of the scope, or has contracts
// in one.
func customerScope(x *op.Exec, w *db.Where) {
	w.Or(
		func(w *db.Where) { x.Filter(w, "c.unit_id") },
		func(w *db.Where) {
			w.Nest("EXISTS (SELECT 1 FROM customer_unit cu WHERE cu.customer_id = c.id AND ", func(w *db.Where) { x.Filter(w, "cu.unit_id") }, ")")
		},
	)
}

// guests adds that a customer is managed outside the scope and has contracts in it.
func guests(x *op.Exec, w *db.Where) {
	w.Nest("c.id IN (SELECT customer_id FROM customer_unit WHERE ", func(w *db.Where) { x.Filter(w, "unit_id") }, ")")
	w.Nest("NOT (", func(w *db.Where) { x.Filter(w, "c.unit_id") }, ")")
}

// mustSee refuses a customer who is neither managed in the scope of a query nor has
// contracts there.
func mustSee(ctx context.Context, x *op.Exec, c Customer) error {
	var w db.Where
	w.And("c.id = ?", c.ID)
	customerScope(x, &w)
	n, err := db.Value[int64](ctx, x.R, `SELECT count(*) FROM customer c`+w.SQL(), w.Args()...)
	if err == nil && n == 0 {
		return fault.New(fault.Forbidden, "scope.outside", "unit", c.UnitID)
	}
	return err
}

// customerOrders are the orders of a list of customers.
func customerOrders() map[string][]string {
	return map[string][]string{"code": {"c.code", "#c.id"}, "name": {"c.folded", "#c.id"}}
}

func listCustomers(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Row, error] {
	match, err := find.Look(ctx, x.R, kindCustomer, in.Text)
	if err != nil {
		return db.Failed[Row](err)
	}
	how, err := look(ctx, x, match, "customer")
	if err != nil {
		return db.Failed[Row](err)
	}
	if how == inOrder && in.Nature != "" && in.Parent == 0 {
		if how, err = wayOfNature(ctx, x, in.Nature); err != nil {
			return db.Failed[Row](err)
		}
	}
	if in.Parent != 0 {
		how = byText // few stand under one customer
	}
	if how == inOrder && !match.Any && x.Page.Sort == "name" {
		how = byText // those of a name stand together in this order: they are not spread evenly
	}
	if how != inOrder {
		return readCustomers(ctx, x, in, match, reading{how: how, of: func(w *db.Where) { customerScope(x, w) }})
	}
	read := func(y *op.Exec, brief bool) iter.Seq2[Row, error] {
		lanes := op.Lanes{Table: "customer", Column: "unit_id", Keys: customerOrders(), Beside: true}
		return byUnit(ctx, y, lanes, func(z *op.Exec, unit int64) iter.Seq2[Row, error] {
			return readCustomers(ctx, z, in, find.Match{Any: true}, reading{brief: brief, of: func(w *db.Where) {
				switch all, _ := everywhere(ctx, z); { // what it may fail with, byUnit has seen
				case unit != 0:
					w.And("c.unit_id = ?", unit)
				case !all:
					guests(z, w)
				}
			}})
		})
	}
	if match.Any {
		return read(x, false)
	}
	return windows(x, func(r Row) (int64, bool) { return int64(r.ID), match.Matches(r.folded) },
		func(y *op.Exec) iter.Seq2[Row, error] { return read(y, true) },
		func(y *op.Exec, ids []int64) iter.Seq2[Row, error] {
			return readCustomers(ctx, y, Filter{}, find.Match{Any: true}, reading{how: byOwner, of: func(w *db.Where) { w.And("c.id IN {ints ?}", ids) }})
		})
}

// wayOfNature says how the customers of a nature are read: where they are few, by its index.
func wayOfNature(ctx context.Context, x *op.Exec, nature Nature) (way, error) {
	n, err := db.Value[int64](ctx, x.R, `SELECT count(*) FROM (SELECT 1 FROM customer_nature WHERE nature = $1 LIMIT $2) q`, nature, scopeMax/2+1)
	if n <= scopeMax/2 {
		return byText, err
	}
	return inOrder, err
}

// readCustomers reads the list in one of its ways.
func readCustomers(ctx context.Context, x *op.Exec, in Filter, match find.Match, rd reading) iter.Seq2[Row, error] {
	var w db.Where
	how := rd.how
	from := ` FROM customer c LEFT JOIN customer_nature n ON n.customer_id = c.id AND n.valid_from <= ` + w.Arg(x.Today) +
		` AND (n.valid_to IS NULL OR ` + w.Arg(x.Today) + ` < n.valid_to)`
	match.Narrow(&w, "c.id", "c.folded")
	if how == byText {
		match.Collect(&w, kindCustomer, "c.id")
	}
	seen(&w, "c")
	if in.Nature != "" {
		w.And("n.nature = ?", in.Nature)
		if how != inOrder && match.Any {
			w.And("c.id IN (SELECT customer_id FROM customer_nature WHERE nature = ?)", in.Nature)
		}
	}
	if in.Parent != 0 {
		w.And("c.id IN (SELECT customer_id FROM customer_parent WHERE parent_id = ? AND valid_from <= ? AND (valid_to IS NULL OR ? < valid_to))",
			in.Parent, x.Today, x.Today)
	}
	rd.of(&w)
	order := x.Keyset(&w, sortKeys(how != inOrder, customerOrders()))
	where := w.SQL() + order
	if rd.brief {
		return db.Seq(ctx, x.R, func(rows db.Rows) (row Row, err error) {
			err = rows.Scan(&row.ID, &row.Code, &row.folded)
			return row, err
		}, `SELECT c.id, c.code, c.folded`+from+where, w.Args()...)
	}
	if sorted, _, limited := strings.Cut(order, " LIMIT "); limited && how == byText && in.Nature == "" && !match.Any {
		// Many are gathered and sorted to show a page: what the page shows is read of that alone.
		where = ` WHERE c.id IN (SELECT c.id FROM customer c` + where + `)` + sorted
	}
	return db.Seq(ctx, x.R, func(rows db.Rows) (row Row, err error) {
		var nature *string
		err = rows.Scan(&row.ID, &row.Code, &row.Name, &row.NameAr, &row.CIN, &row.ICE, &row.Phone, &row.City, &row.UnitID, &row.folded, &nature)
		if nature != nil {
			row.Nature = Nature(*nature)
		}
		return row, err
	}, `SELECT c.id, c.code, c.name, c.name_ar, c.cin, c.ice, c.phone, c.city, c.unit_id, c.folded, n.nature`+from+where, w.Args()...)
}

// countChildren is the number of customers directly under one on a date.
func countChildren(ctx context.Context, r db.Reader, customer int64, on day.Date) (int64, error) {
	var w db.Where
	w.And("a.parent_id = ?", customer)
	inForce(&w, "a", on)
	return db.Value[int64](ctx, r, `SELECT count(*) FROM customer_parent a`+w.SQL(), w.Args()...)
}

// parentsOf gives the customers above some customers, on any date.
func parentsOf(ctx context.Context, r db.Reader, customers []int64) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT DISTINCT parent_id FROM customer_parent WHERE customer_id IN {ints $1} ORDER BY parent_id`, customers)
}

// sameNumber says whether another customer has the same identity number.
func sameNumber(ctx context.Context, r db.Reader, column, value string, customer int64) (bool, error) {
	if value == "" {
		return false, nil
	}
	match, err := find.Look(ctx, r, kindCustomer, value)
	if err != nil || !match.Few {
		return false, err
	}
	var w db.Where
	w.And("c.id IN {ints ?}", match.Refs)
	w.And("c."+column+" = ? AND c.id <> ?", value, customer)
	seen(&w, "c")
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM customer c`+w.SQL(), w.Args()...)
	return n > 0, err
}

// pointOrders are the orders of a list of service points.
func pointOrders() map[string][]string { return map[string][]string{"code": {"p.code", "#p.id"}} }

func listPoints(ctx context.Context, x *op.Exec, in PointFilter) iter.Seq2[PointRow, error] {
	match, err := find.Look(ctx, x.R, kindServicePoint, in.Text)
	if err != nil {
		return db.Failed[PointRow](err)
	}
	how, err := look(ctx, x, match, "service_point")
	if err != nil {
		return db.Failed[PointRow](err)
	}
	if how != inOrder {
		return readPoints(ctx, x, in, match, reading{how: how, of: inUnit(x, "p.unit_id", 0)})
	}
	read := func(y *op.Exec, brief bool) iter.Seq2[PointRow, error] {
		lanes := op.Lanes{Table: "service_point", Column: "unit_id", Keys: pointOrders()}
		return byUnit(ctx, y, lanes, func(z *op.Exec, unit int64) iter.Seq2[PointRow, error] {
			return readPoints(ctx, z, in, find.Match{Any: true}, reading{brief: brief, of: inUnit(z, "p.unit_id", unit)})
		})
	}
	if match.Any {
		return read(x, false)
	}
	return windows(x, func(r PointRow) (int64, bool) { return int64(r.ID), match.Matches(r.folded) },
		func(y *op.Exec) iter.Seq2[PointRow, error] { return read(y, true) },
		func(y *op.Exec, ids []int64) iter.Seq2[PointRow, error] {
			return readPoints(ctx, y, PointFilter{}, find.Match{Any: true}, reading{how: byOwner, of: func(w *db.Where) { w.And("p.id IN {ints ?}", ids) }})
		})
}

// readPoints reads the list in one of its ways.
func readPoints(ctx context.Context, x *op.Exec, in PointFilter, match find.Match, rd reading) iter.Seq2[PointRow, error] {
	var w db.Where
	match.Narrow(&w, "p.id", "p.folded")
	seen(&w, "p")
	if in.Service != "" {
		w.And("p.service = ?", in.Service)
	}
	if in.Connection != "" {
		w.And("p.connection = ?", in.Connection)
	}
	rd.of(&w)
	order := x.Keyset(&w, sortKeys(rd.how != inOrder, pointOrders()))
	if rd.brief {
		return db.Seq(ctx, x.R, func(rows db.Rows) (row PointRow, err error) {
			err = rows.Scan(&row.ID, &row.Code, &row.folded)
			return row, err
		}, `SELECT p.id, p.code, p.folded FROM service_point p`+w.SQL()+order, w.Args()...)
	}
	return db.Seq(ctx, x.R, func(rows db.Rows) (row PointRow, err error) {
		err = rows.Scan(append(row.fields(), &row.folded)...)
		return row, err
	}, `SELECT `+pointColumns+`, p.folded FROM service_point p`+w.SQL()+order, w.Args()...)
}

// inUnit narrows to a unit or, 0, to the scope.
func inUnit(x *op.Exec, column string, unit int64) func(*db.Where) {
	return func(w *db.Where) {
		if unit != 0 {
			w.And(column+" = ?", unit)
			return
		}
		x.Filter(w, column)
	}
}
