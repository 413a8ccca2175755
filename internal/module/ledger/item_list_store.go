package ledger

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// itemOrders are the orders of a list of items.
func itemOrders() map[string][]string {
	return map[string][]string{"due_on": {"%i.due_on", "#i.receivable_account_id", "#i.id"}}
}

// listItems reads items by due date with what was left of each as of two clocks: those of
// some accounts by their accounts, all others unit by unit.
func listItems(ctx context.Context, x *op.Exec, in ItemFilter) iter.Seq2[ItemRow, error] {
	if in.Closed && in.On.IsZero() {
		return db.Failed[ItemRow](fault.InvalidField("on", "input.required"))
	}
	if in.Receivable != 0 || len(in.Accounts) > 0 {
		return readItems(ctx, x, in, func(w *db.Where) { scoped(x, in.Scope)(w, "i.managing_unit_id") })
	}
	dated, err := in.openDates(ctx, x)
	if err != nil {
		return db.Failed[ItemRow](err)
	}
	lanes := op.Lanes{Table: "open_item", Column: "managing_unit_id", Keys: itemOrders()}
	if in.Scope != 0 {
		lanes.Under = []int64{int64(in.Scope)}
	}
	return op.Merge(ctx, x, lanes, func(y *op.Exec, unit int64) iter.Seq2[ItemRow, error] {
		of := func(w *db.Where) { w.And("i.managing_unit_id = ?", unit) }
		if !dated {
			return readItems(ctx, y, in, of)
		}
		return func(yield func(ItemRow, error) bool) { in.byDate(ctx, y, op.ID(unit), of, yield) }
	})
}

// openDates says that the totals tell which due dates have open items: what is asked is
// known now, and nothing counts from a later day.
func (f ItemFilter) openDates(ctx context.Context, x *op.Exec) (bool, error) {
	if f.Settled || f.Closed || !f.KnownOn.IsZero() || x.Page.Limit == 0 {
		return false, nil
	}
	if f.On.IsZero() {
		return true, nil
	}
	kept, err := keptOn(ctx, x.R, f.asOf())
	if err != nil || !kept {
		return false, err
	}
	later, err := countsLater(ctx, x.R, f.On)
	return !later, err
}

// byDate reads the open items of a unit due date by due date: a date of which nothing is
// left is passed over, however many items it has.
func (f ItemFilter) byDate(ctx context.Context, y *op.Exec, unit op.ID, of func(*db.Where), yield func(ItemRow, error) bool) {
	dates, err := dueDates(ctx, y.R, unit, f)
	if err != nil {
		yield(ItemRow{}, err)
		return
	}
	if y.Page.Desc {
		slices.Reverse(dates)
	}
	after := day.Date{}
	if len(y.Page.After) > 0 {
		after, _ = day.Parse(y.Page.After[0]) // an unreadable cursor only starts elsewhere
	}
	z := *y
	for _, due := range dates {
		if !after.IsZero() && (due.Before(after) && !y.Page.Desc || due.After(after) && y.Page.Desc) {
			continue
		}
		n := 0
		for row, err := range readItems(ctx, &z, f, func(w *db.Where) {
			of(w)
			w.And("i.due_on = ?", due)
		}) {
			if !yield(row, err) || err != nil {
				return
			}
			n++
		}
		left := z.Page.Limit - n
		if left < 0 {
			return
		}
		z.Page.Limit = max(left, 1) // 0 would be all
	}
}

// dueDates are the due dates of a unit of which something is left, in their order.
func dueDates(ctx context.Context, r db.Reader, unit op.ID, f ItemFilter) ([]day.Date, error) {
	var all []day.Date
	for _, table := range []string{"owed_total", "owed_change"} {
		var w db.Where
		w.And("managing_unit_id = ?", unit)
		if !f.DueFrom.IsZero() {
			w.And("due_on >= ?", f.DueFrom)
		}
		if !f.DueTo.IsZero() {
			w.And("due_on <= ?", f.DueTo)
		}
		condition := "sum(owed) <> 0 OR sum(credit) <> 0"
		if f.Owing {
			condition = "sum(owed) <> 0"
		}
		if table == "owed_change" { // what they change may be in the totals, or not
			condition = "1 = 1"
		}
		dates, err := db.All(ctx, r, func(rows db.Rows) (due day.Date, err error) {
			err = rows.Scan(&due)
			return due, err
		}, `SELECT due_on FROM `+table+w.SQL()+` GROUP BY due_on HAVING `+condition, w.Args()...)
		if err != nil {
			return nil, err
		}
		all = append(all, dates...)
	}
	slices.SortFunc(all, day.Date.Compare)
	return slices.Compact(all), nil
}

// countsLater says that something counts from a day after another one only.
func countsLater(ctx context.Context, r db.Reader, on day.Date) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM (SELECT 1 FROM owed_total WHERE effective_on > '1000-01-01' AND effective_on > $1
		UNION ALL SELECT 1 FROM owed_change WHERE effective_on > $1 LIMIT 1) q`, on)
	return n > 0, err
}

// readItems reads the items of the units that of adds.
func readItems(ctx context.Context, x *op.Exec, in ItemFilter, of func(*db.Where)) iter.Seq2[ItemRow, error] {
	at := in.asOf()
	var w db.Where
	left := `i.amount - (CASE WHEN i.amount > 0 THEN 1 ELSE -1 END) * CAST(coalesce((SELECT sum(a.amount) FROM allocation a
		WHERE a.receivable_account_id = i.receivable_account_id AND (a.debit_item_id = i.id OR a.credit_item_id = i.id)`
	if !at.On.IsZero() {
		left += " AND a.effective_on <= " + w.Arg(at.On)
	}
	if !at.KnownAt.IsZero() {
		left += " AND a.recorded_at <= " + w.Arg(at.KnownAt)
	}
	if in.Closed {
		// What comes after the closing is entered in a later accounting month.
		left += " AND a.period <= " + w.Arg(day.MonthOf(at.On).First())
	}
	left += `), 0) AS {int})`
	doubt := inDoubt(&w, at, in.Closed)
	if in.Doubtful {
		w.And(doubt + " <> 0")
	}
	at.narrow(&w, "i.")
	of(&w)
	in.narrow(&w)
	if !in.Settled {
		w.And(left + " <> 0")
	}
	order := x.Keyset(&w, itemOrders())
	return db.Seq(ctx, x.R, func(rows db.Rows) (r ItemRow, err error) {
		var split string
		if err = rows.Scan(append(r.fields(&split), &r.Left, &r.InDoubt)...); err == nil {
			r.Split, err = ParseSplit(split)
		}
		return r, err
	}, `SELECT `+itemColumns+`, `+left+`, `+doubt+` FROM open_item i`+w.SQL()+order, w.Args()...)
}

func (f ItemFilter) narrow(w *db.Where) {
	if f.Receivable != 0 {
		w.And("i.receivable_account_id = ?", f.Receivable)
	}
	if len(f.Accounts) > 0 {
		w.In("i.receivable_account_id", op.Plain(f.Accounts))
	}
	if f.Kind != "" {
		w.And("i.kind = ?", f.Kind)
	}
	if f.Category != "" {
		w.And("i.category = ?", f.Category)
	}
	if f.LegalNature != "" {
		w.And("i.legal_nature = ?", f.LegalNature)
	}
	if f.Service != "" {
		w.And("i.service = ?", f.Service)
	}
	if !f.DueFrom.IsZero() {
		w.And("i.due_on >= ?", f.DueFrom)
	}
	if !f.DueTo.IsZero() {
		w.And("i.due_on <= ?", f.DueTo)
	}
	if !f.IssuedFrom.IsZero() {
		w.And("i.issued_on >= ?", f.IssuedFrom)
	}
	if !f.IssuedTo.IsZero() {
		w.And("i.issued_on <= ?", f.IssuedTo)
	}
	if f.Owing {
		w.And("i.amount > 0")
	}
	if f.Closed {
		month := day.MonthOf(f.On).First()
		w.And("i.period <= ?", month)
		w.And("EXISTS (SELECT 1 FROM period_closing c WHERE c.unit_id = i.managing_unit_id AND c.month = ?)", month)
	}
}
