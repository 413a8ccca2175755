package customer

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// Lists of a million rows show their first page at once because each is read in one of
// two ways. Where few rows can match (a rare word, a small centre), they are gathered
// through the index of what narrows them and sorted. Otherwise matches are frequent,
// and the list is read in its order until the page is full.

// few says whether a condition holds for at most find.FewMax rows of a table.
func few(ctx context.Context, r db.Reader, table string, narrow func(*db.Where)) (bool, error) {
	var w db.Where
	narrow(&w)
	most := w.Arg(find.FewMax + 1)
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM (SELECT 1 FROM `+table+w.SQL()+` LIMIT `+most+`) q`, w.Args()...)
	return n <= find.FewMax, err
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
// in one. Gathered, the index of the units comes first; otherwise each row is compared.
func customerScope(x *op.Exec, w *db.Where, gathered bool) {
	if gathered {
		w.Or(
			func(w *db.Where) {
				w.Nest("c.id IN (SELECT id FROM customer WHERE ", func(w *db.Where) { x.Filter(w, "unit_id") }, ")")
			},
			func(w *db.Where) {
				w.Nest("c.id IN (SELECT customer_id FROM customer_unit WHERE ", func(w *db.Where) { x.Filter(w, "unit_id") }, ")")
			},
		)
		return
	}
	w.Or(
		func(w *db.Where) { x.Filter(w, "c.unit_id") },
		func(w *db.Where) {
			w.Nest("EXISTS (SELECT 1 FROM customer_unit cu WHERE cu.customer_id = c.id AND ", func(w *db.Where) { x.Filter(w, "cu.unit_id") }, ")")
		},
	)
}

// mustSee refuses a customer who is neither managed in the scope of a query nor has
// contracts there.
func mustSee(ctx context.Context, x *op.Exec, c Customer) error {
	var w db.Where
	w.And("c.id = ?", c.ID)
	customerScope(x, &w, false)
	n, err := db.Value[int64](ctx, x.R, `SELECT count(*) FROM customer c`+w.SQL(), w.Args()...)
	if err == nil && n == 0 {
		return fault.New(fault.Forbidden, "scope.outside", "unit", c.UnitID)
	}
	return err
}

// failed is a sequence that only says what went wrong.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}

func listCustomers(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Row, error] {
	match, err := find.Look(ctx, x.R, kindCustomer, in.Text)
	if err != nil {
		return failed[Row](err)
	}
	scope, nature := false, false
	gathered := match.Few || in.Parent != 0
	if !gathered {
		if scope, err = few(ctx, x.R, "customer", func(w *db.Where) { x.Filter(w, "unit_id") }); err != nil {
			return failed[Row](err)
		}
	}
	if !gathered && !scope && in.Nature != "" {
		if nature, err = few(ctx, x.R, "customer_nature", func(w *db.Where) { w.And("nature = ?", in.Nature) }); err != nil {
			return failed[Row](err)
		}
	}
	gathered = gathered || scope || nature
	var w db.Where
	from := ` FROM customer c LEFT JOIN customer_nature n ON n.customer_id = c.id AND n.valid_from <= ` + w.Arg(x.Today) +
		` AND (n.valid_to IS NULL OR ` + w.Arg(x.Today) + ` < n.valid_to)`
	match.Narrow(&w, "c.id", "c.folded")
	seen(&w, "c")
	if in.Nature != "" {
		w.And("n.nature = ?", in.Nature)
		if nature {
			w.And("c.id IN (SELECT customer_id FROM customer_nature WHERE nature = ?)", in.Nature)
		}
	}
	if in.Parent != 0 {
		w.And("c.id IN (SELECT customer_id FROM customer_parent WHERE parent_id = ? AND valid_from <= ? AND (valid_to IS NULL OR ? < valid_to))",
			in.Parent, x.Today, x.Today)
	}
	customerScope(x, &w, scope)
	order := x.Keyset(&w, sortKeys(gathered, map[string][]string{"code": {"c.code", "#c.id"}, "name": {"c.folded", "#c.id"}}))
	return db.Seq(ctx, x.R, func(rows db.Rows) (row Row, err error) {
		var nature *string
		err = rows.Scan(&row.ID, &row.Code, &row.Name, &row.NameAr, &row.CIN, &row.ICE, &row.Phone, &row.City, &row.UnitID, &row.folded, &nature)
		if nature != nil {
			row.Nature = Nature(*nature)
		}
		return row, err
	}, `SELECT c.id, c.code, c.name, c.name_ar, c.cin, c.ice, c.phone, c.city, c.unit_id, c.folded, n.nature`+from+w.SQL()+order, w.Args()...)
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

func listPoints(ctx context.Context, x *op.Exec, in PointFilter) iter.Seq2[PointRow, error] {
	match, err := find.Look(ctx, x.R, kindServicePoint, in.Text)
	if err != nil {
		return failed[PointRow](err)
	}
	scope := false
	if !match.Few {
		if scope, err = few(ctx, x.R, "service_point", func(w *db.Where) { x.Filter(w, "unit_id") }); err != nil {
			return failed[PointRow](err)
		}
	}
	var w db.Where
	match.Narrow(&w, "p.id", "p.folded")
	seen(&w, "p")
	if in.Service != "" {
		w.And("p.service = ?", in.Service)
	}
	if in.Connection != "" {
		w.And("p.connection = ?", in.Connection)
	}
	switch {
	case scope:
		w.Nest("p.id IN (SELECT id FROM service_point WHERE ", func(w *db.Where) { x.Filter(w, "unit_id") }, ")")
	default:
		x.Filter(&w, "p.unit_id")
	}
	order := x.Keyset(&w, sortKeys(match.Few || scope, map[string][]string{"code": {"p.code", "#p.id"}}))
	return db.Seq(ctx, x.R, func(rows db.Rows) (row PointRow, err error) {
		row.ServicePoint, err = scanPoint(rows)
		return row, err
	}, `SELECT `+pointColumns+` FROM service_point p`+w.SQL()+order, w.Args()...)
}

// contractMatch is what a text means for contracts: their code, or their customer.
type contractMatch struct {
	own, customer find.Match
	few           bool
	accounts      []int64
}

// lookContracts finds the contracts that a text may mean.
func lookContracts(ctx context.Context, r db.Reader, text string) (m contractMatch, err error) {
	if m.own, err = find.Look(ctx, r, kindContract, text); err != nil || m.own.Any {
		return m, err
	}
	if m.customer, err = find.Look(ctx, r, kindCustomer, text); err != nil || !m.own.Few || !m.customer.Few {
		return m, err
	}
	m.accounts, err = db.All(ctx, r, func(rows db.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT receivable_account_id FROM contract WHERE customer_id IN {ints $1} LIMIT $2`, m.customer.Refs, find.FewMax+1)
	m.few = len(m.accounts) <= find.FewMax
	m.accounts = append(m.accounts, m.own.Refs...)
	return m, err
}

func (m contractMatch) narrow(w *db.Where) {
	if m.own.Any {
		return
	}
	if m.few {
		w.And("k.receivable_account_id IN {ints ?}", m.accounts)
	}
	w.Or(func(w *db.Where) { m.own.Compare(w, "k.folded") }, func(w *db.Where) { m.customer.Compare(w, "c.folded") })
}

func listContracts(ctx context.Context, x *op.Exec, in ContractFilter) iter.Seq2[ContractRow, error] {
	match, err := lookContracts(ctx, x.R, in.Text)
	if err != nil {
		return failed[ContractRow](err)
	}
	scope := false
	gathered := match.few || in.Customer != 0 || in.Point != 0
	if !gathered {
		if scope, err = few(ctx, x.R, "contract", func(w *db.Where) { x.Filter(w, "unit_id") }); err != nil {
			return failed[ContractRow](err)
		}
	}
	var w db.Where
	from := ` FROM contract k JOIN customer c ON c.id = k.customer_id JOIN service_point p ON p.id = k.service_point_id
		LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id AND t.valid_from <= ` + w.Arg(x.Today) +
		` AND (t.valid_to IS NULL OR ` + w.Arg(x.Today) + ` < t.valid_to)`
	match.narrow(&w)
	seen(&w, "k")
	in.narrow(&w, x.Today)
	switch {
	case scope:
		w.Nest("k.receivable_account_id IN (SELECT receivable_account_id FROM contract WHERE ", func(w *db.Where) { x.Filter(w, "unit_id") }, ")")
	default:
		x.Filter(&w, "k.unit_id")
	}
	order := x.Keyset(&w, sortKeys(gathered || scope, map[string][]string{"code": {"k.code", "#k.receivable_account_id"}}))
	return db.Seq(ctx, x.R, func(rows db.Rows) (row ContractRow, err error) {
		var category, use *string
		err = rows.Scan(append(row.Contract.fields(), &row.CustomerCode, &row.CustomerName, &row.PointCode, &row.Address, &row.Locality, &category, &use)...)
		if category != nil && use != nil {
			row.Category, row.VATUse = *category, VATUse(*use)
		}
		row.State = row.StateOn(x.Today)
		return row, err
	}, `SELECT `+contractColumns+`, c.code, c.name, p.code, p.address, p.locality, t.category, t.vat_use`+from+w.SQL()+order, w.Args()...)
}

// narrow adds what the filter says beside its text.
func (in ContractFilter) narrow(w *db.Where, today day.Date) {
	if in.Customer != 0 {
		w.And("k.customer_id = ?", in.Customer)
	}
	if in.Point != 0 {
		w.And("k.service_point_id = ?", in.Point)
	}
	if in.Service != "" {
		w.And("k.service = ?", in.Service)
	}
	if in.Category != "" {
		w.And("t.category = ?", in.Category)
	}
	switch in.State {
	case Active:
		w.And("k.starts_on <= ? AND (k.ends_on IS NULL OR ? < k.ends_on)", today, today)
	case Ended:
		w.And("k.ends_on <= ?", today)
	case Planned:
		w.And("k.starts_on > ?", today)
	}
}
