package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
	"wasl/internal/platform/op"
)

// CloseMargin is how long after its end a month may be closed at the earliest:
// what began in it without a lock has ended by then.
const CloseMargin = time.Hour

// Closing is a closed month of a unit: the control totals of what it holds, and
// the hash of every row.
type Closing struct {
	Unit op.ID `json:"unit" out:"ref=unit"`
	// Month is its first day.
	Month   day.Date     `json:"month" out:"month"`
	Number  string       `json:"number"`
	Entries int64        `json:"entries"`
	Lines   int64        `json:"lines"`
	Debit   money.Amount `json:"debit"`
	Items   int64        `json:"items"`
	// ItemsDebit and ItemsCredit are the items opened in the month, Allocated what
	// was allocated less what was taken back.
	ItemsDebit  money.Amount `json:"items_debit"`
	ItemsCredit money.Amount `json:"items_credit"`
	Allocations int64        `json:"allocations"`
	Allocated   money.Amount `json:"allocated"`
	SHA256      string       `json:"sha256"`
	Reason      string       `json:"reason"`
	Actor       op.ID        `json:"actor" out:"ref=user"`
	RecordedAt  time.Time    `json:"recorded_at"`
}

// CloseMonth closes a month of a unit (arrêté): its rows are counted and hashed,
// and what is owed at its end is kept by age. From then on what belongs to the
// month is posted in the next open one, and its entries have their legal numbers
// (Numbers). A month is never reopened.
//
// It is refused with Precondition: "ledger.close_early" until CloseMargin after
// the end of the month, "ledger.close_done" for a closed month,
// "ledger.close_order" while an earlier one with facts is open,
// "ledger.close_suspense" while a suspense account is not at zero, or by what a
// Blocker says. Obstacles are all of them.
func (m *Module) CloseMonth(ctx context.Context, tx db.Tx, unit op.ID, month day.Month, reason string, actor op.ID) (Closing, error) {
	if err := tx.Lock(ctx, int64(unit)); err != nil {
		return Closing{}, err
	}
	obstacles, err := m.obstacles(ctx, tx, unit, month)
	if err != nil {
		return Closing{}, err
	}
	if len(obstacles) > 0 {
		return Closing{}, obstacles[0].refusal()
	}
	c, err := measure(ctx, tx, unit, month)
	if err != nil {
		return c, err
	}
	n, err := seq.Next(ctx, tx, seq.Series{Kind: "closing"}, 1)
	if err != nil {
		return c, err
	}
	c.Number = fmt.Sprintf("AR-%06d", n)
	c.Reason, c.Actor = reason, actor
	if c.RecordedAt, err = afterCrossings(ctx, tx, unit); err != nil {
		return c, err
	}
	if err := insertClosing(ctx, tx, &c); err != nil {
		return c, err
	}
	rememberClosed(tx, unit, true, month)
	if err := m.numberMonth(ctx, tx, unit, month); err != nil {
		return c, err
	}
	return c, freezeAges(ctx, tx, unit, month)
}

// measure counts and hashes the rows of a month of a unit.
func measure(ctx context.Context, r db.Reader, unit op.ID, month day.Month) (Closing, error) {
	c := Closing{Unit: unit, Month: month.First()}
	h := sha256.New()
	var row []byte
	write := func(table string, values ...any) {
		row = append(row[:0], table...)
		for _, v := range values {
			row = appendHashed(append(row, ' '), v)
		}
		h.Write(append(row, '\n')) // a hash takes every byte
	}
	for _, step := range []func() error{
		func() error { return c.hashEntries(ctx, r, write) },
		func() error { return c.hashLines(ctx, r, write) },
		func() error { return c.hashItems(ctx, r, write) },
		func() error { return c.hashAllocations(ctx, r, write) },
		func() error { return c.hashClearings(ctx, r, write) },
		func() error { return c.hashTransfers(ctx, r, write) },
	} {
		if err := step(); err != nil {
			return c, err
		}
	}
	c.SHA256 = hex.EncodeToString(h.Sum(nil))
	return c, nil
}

// appendHashed adds a value as it is hashed: as fmt prints it, quoted.
func appendHashed(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return strconv.AppendQuote(b, v)
	case int64:
		b = strconv.AppendInt(append(b, '"'), v, 10)
		return append(b, '"')
	case fmt.Stringer:
		return strconv.AppendQuote(b, v.String())
	}
	return strconv.AppendQuote(b, fmt.Sprint(v))
}

// freezeAges keeps what is owed to a unit at the end of a month, as known now.
func freezeAges(ctx context.Context, tx db.Tx, unit op.ID, month day.Month) error {
	q := AgeingQuery{AsOf: AsOf{On: month.Last()}, Group: GroupCategory}
	byKey := map[piece]*piece{}
	err := livePieces(ctx, tx, q, func(w *db.Where, column string) { w.And(column+" = ?", unit) }, func(p piece) error {
		return addPiece(byKey, p)
	})
	if err != nil {
		return err
	}
	rows := make([]piece, 0, len(byKey))
	for _, p := range byKey {
		if p.debit != 0 || p.credit != 0 {
			rows = append(rows, *p)
		}
	}
	slices.SortFunc(rows, func(a, b piece) int {
		return cmp.Or(a.due.Compare(b.due), a.issued.Compare(b.issued), cmp.Compare(a.category, b.category), cmp.Compare(a.nature, b.nature))
	})
	if err := insertAges(ctx, tx, unit, month, rows); err != nil {
		return err
	}
	sums, err := usualAges(month, rows)
	if err != nil {
		return err
	}
	return insertSums(ctx, tx, unit, month, sums)
}

// ageSum is what was owed of one category and nature in one of the usual ages.
type ageSum struct {
	counted          AgeingBy
	category, nature string
	// from is the first day late of the age: 0 is not late, -1 due to customers.
	from   int
	amount money.Amount
}

func compareSums(a, b ageSum) int {
	return cmp.Or(cmp.Compare(a.counted, b.counted), cmp.Compare(a.category, b.category), cmp.Compare(a.nature, b.nature), cmp.Compare(a.from, b.from))
}

// usualAges adds the details of a month up by LimitsDefault, counted from both dates.
func usualAges(month day.Month, rows []piece) ([]ageSum, error) {
	limits, sums := LimitsDefault(), map[ageSum]money.Amount{}
	starts := append([]int{0, 1}, limits...)
	for i := range limits {
		starts[i+2] = limits[i] + 1
	}
	for _, p := range rows {
		for by, from := range map[AgeingBy]day.Date{ByDue: p.due, ByIssue: p.issued} {
			key, amount := ageSum{by, p.category, p.nature, -1, 0}, p.credit
			if !from.IsZero() {
				key.from, amount = starts[ageOf(from.DaysUntil(month.Last()), limits)], p.debit
			}
			sum, err := sums[key].Add(amount)
			if err != nil {
				return nil, err
			}
			sums[key] = sum
		}
	}
	out := make([]ageSum, 0, len(sums))
	for key, amount := range sums {
		if key.amount = amount; amount != 0 {
			out = append(out, key)
		}
	}
	slices.SortFunc(out, compareSums)
	return out, nil
}

// addPiece adds debits up by date, category and nature, and credits by the last
// two.
func addPiece(byKey map[piece]*piece, p piece) error {
	add := func(key piece, debit, credit money.Amount) (err error) {
		if debit == 0 && credit == 0 {
			return nil
		}
		sum := byKey[key]
		if sum == nil {
			sum = new(piece)
			*sum = key
			byKey[key] = sum
		}
		if sum.debit, err = sum.debit.Add(debit); err != nil {
			return err
		}
		sum.credit, err = sum.credit.Add(credit)
		return err
	}
	if err := add(piece{unit: p.unit, category: p.category, nature: p.nature}, 0, p.credit); err != nil {
		return err
	}
	return add(piece{unit: p.unit, due: p.due, issued: p.issued, category: p.category, nature: p.nature}, p.debit, 0)
}
