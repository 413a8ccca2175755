package ledger

import (
	"context"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
)

// pieceColumns are the columns that an ageing needs, in the order of its
// covering index: a shorter list makes fewer, larger groups.
func pieceColumns(q AgeingQuery) []string {
	switch {
	case q.detailed():
		return []string{"managing_unit_id", "due_on", "issued_on", "category", "legal_nature"}
	case q.By == ByIssue:
		return []string{"managing_unit_id", "due_on", "issued_on"}
	}
	return []string{"managing_unit_id", "due_on"}
}

// detailed says that an ageing needs to know categories and natures.
func (q AgeingQuery) detailed() bool {
	return q.Group != GroupUnit || q.Category != "" || q.LegalNature != ""
}

func (p *piece) fields(n int) []any {
	return []any{&p.unit, &p.due, &p.issued, &p.category, &p.nature}[:n]
}

// livePieces adds up items less their allocations, each on its covering index.
func livePieces(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string), add func(piece) error) error {
	if q.byService() {
		return servicePieces(ctx, r, q, within, add)
	}
	columns := pieceColumns(q)
	list := strings.Join(columns, ", ")
	each := func(from, unit string, scan func(*piece, db.Rows) error) error {
		var w db.Where
		q.narrow(&w, "")
		if within != nil {
			within(&w, unit)
		}
		sql, group, _ := strings.Cut(from, " GROUP BY ")
		return db.Each(ctx, r, func(rows db.Rows) error {
			var p piece
			if err := scan(&p, rows); err != nil {
				return err
			}
			return add(p)
		}, sql+w.SQL()+" GROUP BY "+group, w.Args()...)
	}
	err := each(`SELECT `+list+`, CAST(sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS {int}),
		  CAST(sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS {int}) FROM open_item GROUP BY `+list, columns[0],
		func(p *piece, rows db.Rows) error {
			return rows.Scan(append(p.fields(len(columns)), &p.debit, &p.credit)...)
		})
	if err != nil {
		return err
	}
	err = each(`SELECT `+list+`, CAST(-sum(amount) AS {int}) FROM allocation GROUP BY `+list, columns[0],
		func(p *piece, rows db.Rows) error { return rows.Scan(append(p.fields(len(columns)), &p.debit)...) })
	if err != nil {
		return err
	}
	const credit = `credit_unit_id, credit_category, credit_legal_nature`
	return each(`SELECT `+credit+`, CAST(-sum(amount) AS {int}) FROM allocation GROUP BY `+credit, "credit_unit_id",
		func(p *piece, rows db.Rows) error { return rows.Scan(&p.unit, &p.category, &p.nature, &p.credit) })
}

// serviceSource is a table a of facts about items i, as it adds to an ageing by service.
type serviceSource struct {
	// table, and its column that points at the item; of has the stamps: a or i.
	table, item, of string
	debit, credit   string
}

// servicePieces adds up by the main service of each item, which its allocations do not
// repeat: it reads the items behind them, and no index covers it.
func servicePieces(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string), add func(piece) error) error {
	for _, s := range []serviceSource{
		{"open_item", "id", "a", "CASE WHEN a.amount > 0 THEN a.amount ELSE 0 END", "CASE WHEN a.amount < 0 THEN -a.amount ELSE 0 END"},
		{"allocation", "debit_item_id", "a", "-a.amount", "0"},
		{"allocation", "credit_item_id", "i", "0", "-a.amount"},
	} {
		if err := s.pieces(ctx, r, q, within, add); err != nil {
			return err
		}
	}
	return nil
}

// pieces adds up the rows of a source.
func (s serviceSource) pieces(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string), add func(piece) error) error {
	var w db.Where
	q.narrow(&w, "a.")
	if within != nil {
		within(&w, s.of+".managing_unit_id")
	}
	if q.Service != "" {
		w.And("i.service = ?", q.Service)
	}
	key := strings.ReplaceAll("$.managing_unit_id, $.due_on, $.issued_on, $.category, $.legal_nature", "$", s.of) + ", i.service"
	return db.Each(ctx, r, func(rows db.Rows) error {
		var p piece
		if err := rows.Scan(&p.unit, &p.due, &p.issued, &p.category, &p.nature, &p.service, &p.debit, &p.credit); err != nil {
			return err
		}
		return add(p)
	}, `SELECT `+key+`, CAST(sum(`+s.debit+`) AS {int}), CAST(sum(`+s.credit+`) AS {int}) FROM `+s.table+` a
		JOIN open_item i ON i.receivable_account_id = a.receivable_account_id AND i.id = a.`+s.item+w.SQL()+` GROUP BY `+key, w.Args()...)
}

// doubtfulPieces adds up what is on the account of doubtful debts. The rows of a closed
// month no longer change: they are told by their period.
func doubtfulPieces(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string), add func(piece) error) error {
	if q.byService() {
		return serviceSource{"item_transfer", "item_id", "a", "a.amount", "0"}.pieces(ctx, r, q, within, add)
	}
	columns := pieceColumns(q)
	list := strings.Join(columns, ", ")
	var w db.Where
	q.narrow(&w, "")
	if q.Closed {
		w.And("period <= ?", day.MonthOf(q.On).First())
		w.And("EXISTS (SELECT 1 FROM period_closing c WHERE c.unit_id = managing_unit_id AND c.month = ?)", day.MonthOf(q.On).First())
	}
	if within != nil {
		within(&w, "managing_unit_id")
	}
	return db.Each(ctx, r, func(rows db.Rows) error {
		var p piece
		if err := rows.Scan(append(p.fields(len(columns)), &p.debit)...); err != nil {
			return err
		}
		return add(p)
	}, `SELECT `+list+`, CAST(sum(amount) AS {int}) FROM item_transfer`+w.SQL()+` GROUP BY `+list, w.Args()...)
}

// closedPieces reads what was frozen when the months were closed.
func closedPieces(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string), add func(piece) error) error {
	var w db.Where
	w.And("month = ?", day.MonthOf(q.On).First())
	if within != nil {
		within(&w, "unit_id")
	}
	return db.Each(ctx, r, func(rows db.Rows) error {
		var p piece
		var amount money.Amount
		if err := rows.Scan(&p.unit, &p.due, &p.issued, &p.category, &p.nature, &amount); err != nil {
			return err
		}
		if p.due.IsZero() {
			p.credit = amount
		} else {
			p.debit = amount
		}
		return add(p)
	}, `SELECT unit_id, due_on, issued_on, category, legal_nature, amount FROM period_ageing`+w.SQL(), w.Args()...)
}

// closedAges reads the sums by the usual ages that were kept when the months were
// closed; where a month was closed before they were kept, its details.
func closedAges(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string), a *ages) error {
	by := q.By
	if by == "" {
		by = ByDue
	}
	var w db.Where
	w.And("month = ?", day.MonthOf(q.On).First())
	w.And("counted = ?", by)
	if within != nil {
		within(&w, "unit_id")
	}
	columns, group := "unit_id, '', ''", "unit_id"
	if q.detailed() {
		columns = "unit_id, category, legal_nature"
		group = columns
	}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var p piece
		var late int64
		var amount money.Amount
		if err := rows.Scan(&p.unit, &p.category, &p.nature, &late, &amount); err != nil {
			return err
		}
		if late < 0 {
			p.credit = amount
		} else {
			p.debit = amount
		}
		return a.put(p, int(late))
	}, `SELECT `+columns+`, from_days, CAST(sum(amount) AS {int}) FROM period_age`+w.SQL()+` GROUP BY `+group+`, from_days`, w.Args()...)
	if err != nil {
		return err
	}
	older, err := closedBefore(ctx, r, q, within)
	if err != nil || len(older) == 0 {
		return err
	}
	return closedPieces(ctx, r, q, func(w *db.Where, column string) { w.In(column, older) }, a.add)
}

// closedBefore are the units that closed a month and have no sums by age: nothing was
// owed, or it was closed before they were kept.
func closedBefore(ctx context.Context, r db.Reader, q AgeingQuery, within func(*db.Where, string)) ([]int64, error) {
	var w db.Where
	w.And("c.month = ?", day.MonthOf(q.On).First())
	if within != nil {
		within(&w, "c.unit_id")
	}
	w.And("NOT EXISTS (SELECT 1 FROM period_age a WHERE a.month = c.month AND a.counted = ? AND a.unit_id = c.unit_id)", ByDue)
	return db.All(ctx, r, func(rows db.Rows) (unit int64, err error) {
		err = rows.Scan(&unit)
		return unit, err
	}, `SELECT c.unit_id FROM period_closing c`+w.SQL()+` ORDER BY c.unit_id`, w.Args()...)
}
