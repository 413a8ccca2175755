package customer

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// contractMatch is what a text means for contracts: their code, or their customer.
type contractMatch struct{ own, customer find.Match }

// lookContracts finds the contracts that a text may mean.
func lookContracts(ctx context.Context, r db.Reader, text string) (m contractMatch, err error) {
	if m.own, err = find.Look(ctx, r, kindContract, text); err != nil || m.own.Any {
		return m, err
	}
	m.customer, err = find.Look(ctx, r, kindCustomer, text)
	return m, err
}

// together is the match as a whole, for the choice of the way: a customer mostly has one
// contract.
func (m contractMatch) together() find.Match {
	out := find.Match{Any: m.own.Any, Few: m.own.Few && m.customer.Few}
	if out.Few {
		out.Refs = append(append(out.Refs, m.own.Refs...), m.customer.Refs...)
	}
	return out
}

// narrow adds the match to a condition. Gathered by it, the accounts of the contracts
// come first.
func (m contractMatch) narrow(w *db.Where, gathered bool) {
	if m.own.Any {
		return
	}
	if gathered {
		w.And(`k.receivable_account_id IN (SELECT value FROM {ints ?} own UNION
			SELECT receivable_account_id FROM contract WHERE customer_id IN {ints ?})`, m.own.Refs, m.customer.Refs)
	}
	w.Or(func(w *db.Where) { m.own.Compare(w, "k.folded") }, func(w *db.Where) { m.customer.Compare(w, "c.folded") })
}

// contractOrders are the orders of a list of contracts.
func contractOrders() map[string][]string {
	return map[string][]string{"code": {"k.code", "#k.receivable_account_id"}}
}

func listContracts(ctx context.Context, x *op.Exec, in ContractFilter) iter.Seq2[ContractRow, error] {
	match, err := lookContracts(ctx, x.R, in.Text)
	if err != nil {
		return db.Failed[ContractRow](err)
	}
	how, err := look(ctx, x, match.together(), "contract")
	if err != nil {
		return db.Failed[ContractRow](err)
	}
	if in.Customer != 0 || in.Point != 0 {
		how = byOwner // few belong to one customer or stand at one point
	}
	if how == inOrder && match.own.Any && (in.State == Ended || in.State == Planned) {
		few, err := fewOfState(ctx, x, in.State)
		if err != nil {
			return db.Failed[ContractRow](err)
		}
		if few {
			how = byOwner
		}
	}
	if how != inOrder {
		return readContracts(ctx, x, in, match, reading{how: how, of: inUnit(x, "k.unit_id", 0)})
	}
	read := func(y *op.Exec, brief bool) iter.Seq2[ContractRow, error] {
		lanes := op.Lanes{Table: "contract", Column: "unit_id", Keys: contractOrders()}
		return byUnit(ctx, y, lanes, func(z *op.Exec, unit int64) iter.Seq2[ContractRow, error] {
			return readContracts(ctx, z, in, anyContract(), reading{brief: brief, of: inUnit(z, "k.unit_id", unit)})
		})
	}
	if match.own.Any {
		return read(x, false)
	}
	return windows(x, func(r ContractRow) (int64, bool) {
		return int64(r.Account), match.own.Matches(r.folded) || match.customer.Matches(r.customerFolded)
	},
		func(y *op.Exec) iter.Seq2[ContractRow, error] { return read(y, true) },
		func(y *op.Exec, accounts []int64) iter.Seq2[ContractRow, error] {
			of := func(w *db.Where) { w.And("k.receivable_account_id IN {ints ?}", accounts) }
			return readContracts(ctx, y, ContractFilter{}, anyContract(), reading{how: byOwner, of: of})
		})
}

// anyContract is the match of no text.
func anyContract() contractMatch { return contractMatch{own: find.Match{Any: true}} }

// fewOfState says that few contracts have ended, or have not begun: they are then read by the
// index of their dates, not looked for among all in the order of the list.
func fewOfState(ctx context.Context, x *op.Exec, state ContractState) (bool, error) {
	condition := `ends_on <= $1`
	if state == Planned {
		condition = `starts_on > $1`
	}
	n, err := db.Value[int64](ctx, x.R, `SELECT count(*) FROM (SELECT 1 FROM contract WHERE `+condition+` LIMIT $2) q`, x.Today, scopeMax/2+1)
	return n <= scopeMax/2, err
}

// readContracts reads the list in one of its ways.
func readContracts(ctx context.Context, x *op.Exec, in ContractFilter, match contractMatch, rd reading) iter.Seq2[ContractRow, error] {
	var w db.Where
	from := ` FROM contract k JOIN customer c ON c.id = k.customer_id`
	if !rd.brief {
		from += ` JOIN service_point p ON p.id = k.service_point_id`
	}
	if !rd.brief || in.Category != "" {
		from += ` LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id AND t.valid_from <= ` + w.Arg(x.Today) +
			` AND (t.valid_to IS NULL OR ` + w.Arg(x.Today) + ` < t.valid_to OR t.valid_to = k.ends_on)`
	}
	match.narrow(&w, rd.how == byText)
	seen(&w, "k")
	in.narrow(&w, x.Today)
	rd.of(&w)
	order := x.Keyset(&w, sortKeys(rd.how != inOrder, contractOrders()))
	if rd.brief {
		return db.Seq(ctx, x.R, func(rows db.Rows) (row ContractRow, err error) {
			err = rows.Scan(&row.Account, &row.Code, &row.folded, &row.customerFolded)
			return row, err
		}, `SELECT k.receivable_account_id, k.code, k.folded, c.folded`+from+w.SQL()+order, w.Args()...)
	}
	return db.Seq(ctx, x.R, func(rows db.Rows) (row ContractRow, err error) {
		var category, use *string
		err = rows.Scan(append(row.Contract.fields(), &row.CustomerCode, &row.CustomerName, &row.PointCode, &row.Address, &row.Locality, &category, &use,
			&row.folded, &row.customerFolded)...)
		if category != nil && use != nil {
			row.Category, row.VATUse = *category, VATUse(*use)
		}
		row.State = row.StateOn(x.Today)
		return row, err
	}, `SELECT `+contractColumns+`, c.code, c.name, p.code, p.address, p.locality, t.category, t.vat_use, k.folded, c.folded`+from+w.SQL()+order, w.Args()...)
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
