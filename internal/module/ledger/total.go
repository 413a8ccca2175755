package ledger

import (
	"context"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Totals of what is owed are kept as it grows. A posting appends what it changes
// (owed_change) in its own transaction and so waits for nobody; Fold adds that to the sums
// (owed_total, rate_total, owed_month) behind it. Both together are the sums of the rows in
// every snapshot. In owed_total and rate_total the days that are over are one: a question
// about a day before, or about what was known at an instant, is put to the rows themselves.

// totalKey is what the items of a change have in common. on is the day from which it
// counts.
type totalKey struct {
	unit             op.ID
	due, issued      day.Date
	service          Service
	category, nature string
	on, period       day.Date
}

// totalSums are the sums of a change, in centimes: what is left of debits, of credits (above
// zero), what of the debits is doubtful; what was billed, what receipts paid of it, and what
// came in.
type totalSums struct{ owed, credit, doubtful, billed, collected, received money.Amount }

// add adds others.
func (s *totalSums) add(o totalSums) (err error) {
	for _, each := range []struct {
		sum *money.Amount
		by  money.Amount
	}{
		{&s.owed, o.owed},
		{&s.credit, o.credit},
		{&s.doubtful, o.doubtful},
		{&s.billed, o.billed},
		{&s.collected, o.collected},
		{&s.received, o.received},
	} {
		if *each.sum, err = each.sum.Add(each.by); err != nil {
			return err
		}
	}
	return nil
}

// change is what a transaction changes of the totals.
type change struct {
	totalKey
	totalSums
}

// changes are gathered by what their items have in common, in the order in which they came.
type changes struct {
	rows []change
	at   map[totalKey]int
	last int
}

// put adds sums to those of a key.
func (c *changes) put(key totalKey, sums totalSums) error {
	if c.last < len(c.rows) && c.rows[c.last].totalKey == key { // the items of a run come in the order of their keys
		return c.rows[c.last].add(sums)
	}
	at, known := c.at[key]
	if !known {
		if c.at == nil {
			c.at = map[totalKey]int{}
		}
		at = len(c.rows)
		c.at[key], c.rows = at, append(c.rows, change{totalKey: key})
	}
	c.last = at
	return c.rows[at].add(sums)
}

// keyOf is what an item has in common with others, counted from a day.
func keyOf(i *Item, on day.Date) totalKey {
	return totalKey{i.Managing, i.DueOn, i.IssuedOn, i.Service, i.Category, i.LegalNature, on, i.Period}
}

// billed says that the amount of a debit is in the rates of collection, received that the
// money of a credit is.
func (k ItemKind) billed() bool { return k.debit() && k != ItemReturn }

func (k ItemKind) received() bool { return !k.debit() && k != ItemCreditNote }

// item adds a new item.
func (c *changes) item(i *Item) error {
	var s totalSums
	switch {
	case i.Kind.billed():
		s.billed = i.Amount
	case i.Kind.received() || i.Kind == ItemReturn:
		s.received = -i.Amount
	}
	if s.owed = i.Amount; i.Amount < 0 {
		s.owed, s.credit = 0, -i.Amount
	}
	return c.put(keyOf(i, i.EffectiveOn), s)
}

// allocation takes an allocation off both its items.
func (c *changes) allocation(amount money.Amount, on day.Date, debit, credit *Item) error {
	s := totalSums{owed: -amount}
	if debit.Kind.billed() && credit.Kind.received() {
		s.collected = amount
	}
	if err := c.put(keyOf(debit, on), s); err != nil {
		return err
	}
	return c.put(keyOf(credit, on), totalSums{credit: -amount})
}

// made are the changes that change something: what a receipt opens and pays with at once is
// none.
func (c *changes) made() []change {
	return slices.DeleteFunc(slices.Clone(c.rows), func(row change) bool { return row.totalSums == totalSums{} })
}

// foldDays is how many days stay apart in the totals: today and the day before can be asked
// for. foldBatch is how many changes one transaction adds to them.
const (
	foldDays  = 2
	foldBatch = 20_000
	// foldLock serialises folding; ids of rows are far above.
	foldLock = 2
)

// earlier stands in a total for every day up to that of the last fold.
func earlier() day.Date { return boundary(day.Date{}) }

// Fold adds to the totals of what is owed what has changed since, in transactions of
// foldBatch changes, and makes one of the days that are over. The program calls it beside
// its work; nothing is wrong while it does not.
func (m *Module) Fold(ctx context.Context, d *db.DB) error {
	for {
		n := 0
		err := d.Write(ctx, db.WriteOptions{Keyed: true, NoGroup: true}, func(ctx context.Context, tx db.Tx) (err error) {
			n, err = fold(ctx, tx, foldBatch)
			return err
		})
		if err != nil || n < foldBatch {
			return err
		}
	}
}

// fold adds up to so many changes to the totals and says how many.
func fold(ctx context.Context, tx db.Tx, batch int64) (int, error) {
	if err := tx.Lock(ctx, foldLock); err != nil {
		return 0, err
	}
	through, err := foldedThrough(ctx, tx)
	if err != nil {
		return 0, err
	}
	if over := day.Of(tx.Now()).AddDays(-foldDays); over.After(through) {
		through = over
		if err := passDays(ctx, tx, through); err != nil {
			return 0, err
		}
	}
	ids, rows, err := oldestChanges(ctx, tx, batch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := addTotals(ctx, tx, rows, through); err != nil {
		return 0, err
	}
	return len(ids), dropChanges(ctx, tx, ids)
}

// foldOf makes one of the changes that are kept in one row: of is what is left of their
// key, and which of their sums.
func foldOf(rows []change, through day.Date, of func(totalKey, totalSums) (totalKey, totalSums)) ([]change, error) {
	var c changes
	for _, row := range rows {
		if !row.on.After(through) {
			row.on = earlier()
		}
		if err := c.put(of(row.totalKey, row.totalSums)); err != nil {
			return nil, err
		}
	}
	return c.made(), nil
}

// owedOf, ratesOf and monthsOf are what the three totals keep of a change.
func owedOf(k totalKey, s totalSums) (totalKey, totalSums) {
	k.period = day.Date{}
	return k, totalSums{owed: s.owed, credit: s.credit, doubtful: s.doubtful}
}

func ratesOf(k totalKey, s totalSums) (totalKey, totalSums) {
	return totalKey{unit: k.unit, on: k.on, period: k.period}, totalSums{billed: s.billed, collected: s.collected, received: s.received}
}

func monthsOf(k totalKey, s totalSums) (totalKey, totalSums) {
	return totalKey{unit: k.unit, on: day.MonthOf(k.on).First()}, totalSums{owed: s.owed}
}

// keptOn says that the totals that are kept know a day: what is asked is everything known,
// and the day stands apart in them. A command reads the rows: a fold may come between two of
// its statements.
func keptOn(ctx context.Context, r db.Reader, at AsOf) (bool, error) {
	if db.Writing(r) || !at.KnownAt.IsZero() {
		return false, nil
	}
	through, err := foldedThrough(ctx, r)
	return at.On.IsZero() || !at.On.Before(through), err
}

// owedAtEnd is what was owed to each unit at the end of a month, as known at an instant.
func owedAtEnd(
	ctx context.Context, r db.Reader, month day.Month, known time.Time, within func(*db.Where, string), add func(unit op.ID, owed money.Amount),
) error {
	if !db.Writing(r) && known.IsZero() {
		return monthSums(ctx, r, month, within, add)
	}
	ages, err := Ageing(ctx, r, AgeingQuery{AsOf: AsOf{month.Last(), known}, By: ByDue, Group: GroupUnit}, within, nil)
	for _, a := range ages {
		add(a.Unit, a.Debits)
	}
	return err
}
