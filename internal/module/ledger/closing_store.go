package ledger

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// firstOpenFact is the first month after a closed one in which a unit has facts.
func firstOpenFact(ctx context.Context, r db.Reader, unit op.ID, closed day.Month) (day.Month, error) {
	after := boundary(closed.Last())
	var first day.Month
	for _, sql := range []string{
		`SELECT min(period) FROM ledger_entry WHERE unit_id = $1 AND period > $2`,
		`SELECT min(period) FROM open_item WHERE managing_unit_id = $1 AND period > $2`,
		`SELECT min(period) FROM allocation WHERE managing_unit_id = $1 AND period > $2`,
	} {
		on, err := db.Value[day.Date](ctx, r, sql, unit, after)
		if err != nil {
			return first, err
		}
		if month := day.MonthOf(on); !on.IsZero() && (first.IsZero() || month.Before(first)) {
			first = month
		}
	}
	return first, nil
}

// boundary is a date before every other one when there is none.
func boundary(d day.Date) day.Date {
	if !d.IsZero() {
		return d
	}
	first, _ := day.New(day.YearMin, 1, 1) // it exists
	return first
}

// suspenseOf are the suspense accounts of a unit that are not at zero at the end of
// a month.
func suspenseOf(ctx context.Context, r db.Reader, unit op.ID, month day.Month) ([]Balance, error) {
	return db.All(ctx, r, func(rows db.Rows) (b Balance, err error) {
		err = rows.Scan(&b.Account, &b.Balance)
		return b, err
	}, `SELECT l.account, CAST(sum(l.amount) AS {int}) FROM ledger_line l JOIN gl_account a ON a.code = l.account
		WHERE a.kind = $1 AND l.unit_id = $2 AND l.effective_on <= $3 GROUP BY l.account HAVING sum(l.amount) <> 0 ORDER BY l.account`,
		Suspense, unit, month.Last())
}

func (c *Closing) hashEntries(ctx context.Context, r db.Reader, write func(string, ...any)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var e Entry
		if err := e.scan(rows); err != nil {
			return err
		}
		write("entry", e.Account, e.ID, e.Event, e.Journal, e.Unit, e.Entity, e.Operator, e.Managing, e.Collecting, e.Node, e.Batch, e.Exercise,
			e.BudgetYear, e.EffectiveOn, e.Period, e.RecordedAt.UnixMicro(), e.Document, e.Label, e.RuleSet, e.Reverses, e.Actor, e.Total)
		c.Entries++
		sum, err := c.Debit.Add(e.Total)
		c.Debit = sum
		return err
	}, `SELECT `+entryColumns+` FROM ledger_entry WHERE unit_id = $1 AND period = $2 ORDER BY receivable_account_id, id`, c.Unit, c.Month)
}

func (c *Closing) hashLines(ctx context.Context, r db.Reader, write func(string, ...any)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var account, entry op.ID
		var n int64
		var l EntryLine
		err := rows.Scan(&account, &entry, &n, &l.Account, &l.Service, &l.Section, &l.Rate, &l.Amount)
		write("line", account, entry, n, l.Account, l.Service, l.Section, int64(l.Rate), l.Amount)
		c.Lines++
		return err
	}, `SELECT l.receivable_account_id, l.entry_id, l.line_no, l.account, l.service, l.section, l.rate, l.amount
		FROM ledger_entry e JOIN ledger_line l ON l.receivable_account_id = e.receivable_account_id AND l.entry_id = e.id
		WHERE e.unit_id = $1 AND e.period = $2 ORDER BY l.receivable_account_id, l.entry_id, l.line_no`, c.Unit, c.Month)
}

func (c *Closing) hashItems(ctx context.Context, r db.Reader, write func(string, ...any)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		i, err := scanItem(rows)
		if err != nil {
			return err
		}
		values := i.values()
		values[len(values)-1] = i.RecordedAt.UnixMicro()
		write("item", values...)
		c.Items++
		if i.Amount > 0 {
			c.ItemsDebit, err = c.ItemsDebit.Add(i.Amount)
		} else {
			c.ItemsCredit, err = c.ItemsCredit.Sub(i.Amount)
		}
		return err
	}, `SELECT `+itemColumns+` FROM open_item WHERE managing_unit_id = $1 AND period = $2 ORDER BY receivable_account_id, id`, c.Unit, c.Month)
}

func (c *Closing) hashAllocations(ctx context.Context, r db.Reader, write func(string, ...any)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		a, err := scanAllocation(rows)
		if err != nil {
			return err
		}
		write("allocation", a.Account, a.ID, a.Debit, a.Credit, a.Amount, a.DebitSplit.String(), a.CreditSplit.String(), a.Reserved, a.Reverses,
			a.Entry, a.Batch, a.Actor, a.Reason, a.EffectiveOn, a.Period, a.RecordedAt.UnixMicro())
		c.Allocations++
		c.Allocated, err = c.Allocated.Add(a.Amount)
		return err
	}, `SELECT `+allocationColumns+` FROM allocation WHERE managing_unit_id = $1 AND period = $2 ORDER BY receivable_account_id, id`, c.Unit, c.Month)
}

func (c *Closing) hashClearings(ctx context.Context, r db.Reader, write func(string, ...any)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var account, allocation, entry op.ID
		var on day.Date
		err := rows.Scan(&account, &allocation, &entry, &on)
		write("clearing", account, allocation, entry, on)
		return err
	}, `SELECT c.receivable_account_id, c.allocation_id, c.entry_id, c.effective_on
		FROM allocation_clearing c JOIN allocation a ON a.receivable_account_id = c.receivable_account_id AND a.id = c.allocation_id
		WHERE a.managing_unit_id = $1 AND c.period = $2 ORDER BY c.receivable_account_id, c.allocation_id`, c.Unit, c.Month)
}

const closingColumns = `unit_id, month, number, entries, lines, debit, items, items_debit, items_credit, allocations, allocated, sha256, reason, actor_id,
	recorded_at`

func (c *Closing) fields() []any {
	return []any{
		&c.Unit, &c.Month, &c.Number, &c.Entries, &c.Lines, &c.Debit, &c.Items, &c.ItemsDebit, &c.ItemsCredit, &c.Allocations, &c.Allocated, &c.SHA256,
		&c.Reason, &c.Actor, &c.RecordedAt,
	}
}

func scanClosing(rows db.Rows) (c Closing, err error) {
	err = rows.Scan(c.fields()...)
	return c, err
}

// afterCrossings is the instant of a closing: now, or that of the last lettrage which used
// a credit of the unit for another's debt, when its transaction began later and took the
// lock of the unit first. Verify tells by it which of them the closing had seen.
func afterCrossings(ctx context.Context, tx db.Tx, unit op.ID) (time.Time, error) {
	last, err := db.Value[time.Time](ctx, tx, `SELECT max(recorded_at) FROM allocation WHERE credit_unit_id = $1 AND managing_unit_id <> $1`, unit)
	if err != nil || !last.After(tx.Now()) {
		return tx.Now(), err
	}
	return last, nil
}

// afterClosings puts a lettrage between units after the closings of the credit's unit,
// which did not see it: the transaction may have begun before the last of them.
func (a *Allocation) afterClosings(ctx context.Context, tx db.Tx) error {
	last, err := db.Value[time.Time](ctx, tx, `SELECT max(recorded_at) FROM period_closing WHERE unit_id = $1`, a.credit.Managing)
	if !a.RecordedAt.After(last) {
		a.RecordedAt = last.Add(time.Microsecond)
	}
	return err
}

// creditsAt recomputes what was due to customers of a unit at the end of a closed month,
// as its closing had seen it: the rows of its own closed months, and of what was used in
// the books of other units that which had been recorded by then.
func creditsAt(ctx context.Context, r db.Reader, unit op.ID, month day.Month, closed time.Time) (map[piece]money.Amount, error) {
	out := map[piece]money.Amount{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var p piece
		var amount money.Amount
		err := rows.Scan(&p.category, &p.nature, &amount)
		out[p] = amount
		return err
	}, `SELECT category, legal_nature, CAST(sum(amount) AS {int}) FROM (
		  SELECT category, legal_nature, -amount AS amount FROM open_item
		    WHERE managing_unit_id = $1 AND amount < 0 AND period <= $2 AND effective_on <= $3
		  UNION ALL SELECT credit_category, credit_legal_nature, -amount FROM allocation
		    WHERE credit_unit_id = $1 AND effective_on <= $3 AND (managing_unit_id = $1 AND period <= $2 OR managing_unit_id <> $1 AND recorded_at <= $4)
		) AS moves GROUP BY category, legal_nature HAVING sum(amount) <> 0`, unit, month.First(), month.Last(), closed)
}

func insertClosing(ctx context.Context, tx db.Tx, c *Closing) error {
	_, err := tx.Exec(ctx, `INSERT INTO period_closing (`+closingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		c.fields()...)
	return err
}

func insertAges(ctx context.Context, tx db.Tx, unit op.ID, month day.Month, ages []piece) error {
	columns := []string{"unit_id", "month", "line_no", "due_on", "issued_on", "category", "legal_nature", "amount"}
	_, err := tx.Bulk(ctx, "period_ageing", columns, func(yield func([]any, error) bool) {
		for i, p := range ages {
			amount := p.debit
			if p.due.IsZero() {
				amount = p.credit
			}
			if !yield([]any{unit, month.First(), i + 1, p.due, p.issued, p.category, p.nature, amount}, nil) {
				return
			}
		}
	})
	return err
}

func insertSums(ctx context.Context, tx db.Tx, unit op.ID, month day.Month, sums []ageSum) error {
	columns := []string{"month", "counted", "unit_id", "category", "legal_nature", "from_days", "amount"}
	_, err := tx.Bulk(ctx, "period_age", columns, func(yield func([]any, error) bool) {
		for _, s := range sums {
			if !yield([]any{month.First(), s.counted, unit, s.category, s.nature, s.from, s.amount}, nil) {
				return
			}
		}
	})
	return err
}

// closingOf is the closing of a month of a unit; without a number when it is open.
func closingOf(ctx context.Context, r db.Reader, unit op.ID, month day.Month) (c Closing, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT `+closingColumns+` FROM period_closing WHERE unit_id = $1 AND month = $2`, []any{unit, month.First()}, c.fields()...)
	return c, err
}

// itemsBefore is what the items of a unit come to in the months before one.
func itemsBefore(ctx context.Context, r db.Reader, unit op.ID, month day.Month) (money.Amount, error) {
	return db.Value[money.Amount](ctx, r, `SELECT CAST(coalesce(sum(amount), 0) AS {int}) FROM open_item WHERE managing_unit_id = $1 AND period < $2`,
		unit, month.First())
}

func listClosings(ctx context.Context, x *op.Exec, in ClosingFilter) iter.Seq2[Closing, error] {
	var w db.Where
	scoped(x, in.Scope)(&w, "unit_id")
	if !in.From.IsZero() {
		w.And("month >= ?", day.MonthOf(in.From).First())
	}
	order := x.Keyset(&w, map[string][]string{"month": {"%month", "#unit_id"}})
	return db.Seq(ctx, x.R, scanClosing, `SELECT `+closingColumns+` FROM period_closing`+w.SQL()+order, w.Args()...)
}
