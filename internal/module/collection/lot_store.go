package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// findPayables finds the bills and accounts that rows name, each in one statement.
func findPayables(ctx context.Context, r db.Reader, rows []*intake.Row) (*payables, error) {
	bills, accounts := make([]string, 0, len(rows)), make([]string, 0, len(rows))
	for _, row := range rows {
		if !row.Empty(lotBill) {
			bills = append(bills, row.Text(lotBill))
		}
		if !row.Empty(lotAccount) {
			accounts = append(accounts, row.Text(lotAccount))
		}
	}
	p := &payables{map[string]placed{}, map[string]placed{}}
	read := func(into map[string]placed) func(db.Rows) error {
		return func(rows db.Rows) error {
			var word string
			var at placed
			err := rows.Scan(&word, &at.account, &at.bill, &at.unit)
			into[word] = at
			return err
		}
	}
	if len(bills) > 0 {
		err := db.Each(ctx, r, read(p.bills), `SELECT b.number, b.receivable_account_id, b.id, a.unit_id FROM bill b
			JOIN receivable_account a ON a.receivable_account_id = b.receivable_account_id
			WHERE b.number IN {texts $1} AND `+intake.VisibleSQL("a.batch_id"), bills)
		if err != nil {
			return nil, err
		}
	}
	if len(accounts) == 0 {
		return p, nil
	}
	return p, db.Each(ctx, r, read(p.accounts), `SELECT n.number, n.receivable_account_id, 0, a.unit_id FROM account_number n
		JOIN receivable_account a ON a.receivable_account_id = n.receivable_account_id
		WHERE n.number IN {texts $1} AND `+intake.VisibleSQL("a.batch_id"), accounts)
}

// lotSeenOf counts what lots say of some accounts: before, and in this batch so far, with
// the amounts that this batch brings.
func lotSeenOf(ctx context.Context, r db.Reader, batch int64, accounts []int64) (map[lotKey]*lotSeen, map[op.ID]money.Amount, error) {
	seen, taken := map[lotKey]*lotSeen{}, map[op.ID]money.Amount{}
	var w db.Where
	w.And("receivable_account_id IN {ints ?}", accounts)
	intake.VisibleTo(&w, "batch_id", batch)
	return seen, taken, db.Each(ctx, r, func(rows db.Rows) error {
		var k lotKey
		var of, n int64
		var repeated bool
		if err := rows.Scan(&k.account, &k.bill, &k.kind, &k.amount, &k.on, &k.reference, &k.operator, &of, &repeated, &n); err != nil {
			return err
		}
		if seen[k] == nil {
			seen[k] = &lotSeen{}
		}
		if of != batch {
			seen[k].before += n
			return nil
		}
		seen[k].here += n
		if repeated {
			return nil
		}
		sum, err := k.amount.Mul(n)
		if err == nil {
			taken[k.account], err = taken[k.account].Add(sum)
		}
		return err
	}, `SELECT receivable_account_id, bill_id, kind, amount, received_on, reference, operator_reference, batch_id, repeated, count(*) FROM receipt_lot_row`+
		w.SQL()+` GROUP BY receivable_account_id, bill_id, kind, amount, received_on, reference, operator_reference, batch_id, repeated`, w.Args()...)
}

func insertLotRows(ctx context.Context, tx db.Tx, batch int64, lines []lotRow) error {
	columns := []string{
		"receivable_account_id", "batch_id", "line_no", "bill_id", "kind", "amount", "received_on", "reference", "operator_reference", "payer", "repeated",
	}
	_, err := tx.Bulk(ctx, "receipt_lot_row", columns, func(yield func([]any, error) bool) {
		for _, l := range lines {
			if !yield([]any{l.account, batch, l.line, l.bill, l.kind, l.amount, l.on, l.reference, l.operator, l.payer, l.repeated}, nil) {
				return
			}
		}
	})
	return err
}

// dropRepeated removes the lines that were known.
func dropRepeated(ctx context.Context, tx db.Tx, batch int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM receipt_lot_row WHERE batch_id = $1 AND repeated`, batch)
	return err
}

func discardLotRows(ctx context.Context, tx db.Tx, batch, limit int64) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM receipt_lot_row WHERE batch_id = $1 AND (receivable_account_id, line_no) IN
		(SELECT receivable_account_id, line_no FROM receipt_lot_row WHERE batch_id = $1 LIMIT $2)`, batch, limit)
	return n >= limit, err
}

// lotHeld counts the lines that batches brought.
func lotHeld(ctx context.Context, r db.Reader, batches []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var batch, n int64
		err := rows.Scan(&batch, &n)
		out[batch] = n
		return err
	}, `SELECT batch_id, count(*) FROM receipt_lot_row WHERE batch_id IN {ints $1} GROUP BY batch_id`, batches)
}

func lotTotals(ctx context.Context, r db.Reader, batch int64) (n int64, amount money.Amount, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT count(*), CAST(coalesce(sum(amount), 0) AS {int}) FROM receipt_lot_row WHERE batch_id = $1`, []any{batch}, &n, &amount)
	return n, amount, err
}

const lotColumns = `l.batch_id, l.unit_id, l.label, l.surplus, l.state, l.receipts, l.amount, l.session_id, l.posted, l.posted_amount, l.posted_account,
	l.posted_line, l.actor_id, l.recorded_at`

func scanLot(rows db.Rows) (l Lot, err error) {
	err = rows.Scan(&l.Batch, &l.Unit, &l.Label, &l.Surplus, &l.State, &l.Receipts, &l.Amount, &l.Session, &l.Posted, &l.PostedAmount, &l.account, &l.line,
		&l.Actor, &l.RecordedAt)
	return l, err
}

func insertLot(ctx context.Context, tx db.Tx, l *Lot) error {
	_, err := tx.Exec(ctx, `INSERT INTO receipt_lot (batch_id, unit_id, label, surplus, state, receipts, amount, session_id, posted, posted_amount,
		  posted_account, posted_line, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, $8, $9)`,
		l.Batch, l.Unit, l.Label, l.Surplus, l.State, l.Receipts, l.Amount, l.Actor, l.RecordedAt)
	return err
}

// updateLot writes how far a lot is; Conflict "collection.lot_state" when it is not
// where it was.
func updateLot(ctx context.Context, tx db.Tx, l *Lot, was int64) error {
	n, err := tx.Exec(ctx, `UPDATE receipt_lot SET state = $2, session_id = $3, posted = $4, posted_amount = $5, posted_account = $6, posted_line = $7
		WHERE batch_id = $1 AND posted = $8`, l.Batch, l.State, l.Session, l.Posted, l.PostedAmount, l.account, l.line, was)
	if err == nil && n != 1 {
		err = fault.New(fault.Conflict, "collection.lot_state", "state", l.State)
	}
	return err
}

// findLot reads a lot; NotFound "collection.lot_unknown".
func findLot(ctx context.Context, r db.Reader, id op.ID) (Lot, error) {
	l, err := db.One(ctx, r, scanLot, `SELECT `+lotColumns+` FROM receipt_lot l WHERE l.batch_id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return l, fault.New(fault.NotFound, "collection.lot_unknown")
	}
	return l, err
}

func listLots(ctx context.Context, x *op.Exec, in LotFilter) iter.Seq2[Lot, error] {
	var w db.Where
	x.Filter(&w, "l.unit_id")
	if in.State != "" {
		w.And("l.state = ?", in.State)
	}
	order := x.Keyset(&w, map[string][]string{"id": {"#l.batch_id"}})
	return db.Seq(ctx, x.R, scanLot, `SELECT `+lotColumns+` FROM receipt_lot l`+w.SQL()+order, w.Args()...)
}

// nextLotRows reads the lines that come next, in the order of the accounts.
func nextLotRows(ctx context.Context, r db.Reader, l *Lot, limit int) ([]lotRow, error) {
	return db.All(ctx, r, func(rows db.Rows) (row lotRow, err error) {
		err = rows.Scan(&row.account, &row.line, &row.bill, &row.kind, &row.amount, &row.on, &row.reference, &row.operator, &row.payer)
		return row, err
	}, `SELECT receivable_account_id, line_no, bill_id, kind, amount, received_on, reference, operator_reference, payer FROM receipt_lot_row
		WHERE batch_id = $1 AND (receivable_account_id > $2 OR receivable_account_id = $2 AND line_no > $3)
		ORDER BY receivable_account_id, line_no LIMIT $4`, l.Batch, l.account, l.line, limit)
}

// insertLotSession opens the session of a lot, which nobody counts: it is closed.
func insertLotSession(ctx context.Context, tx db.Tx, s *Session) error {
	_, err := tx.Exec(ctx, `INSERT INTO cash_session (id, number, serial, entity_id, exercise, unit_id, desk, cashier_id, business_day, opening_float, state,
		  receipts, expected, counted, difference, reason, opened_at, closed_at, closed_by, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, 0, 0, 0, 0, '', $11, $11, $8, 1)`,
		s.ID, s.Number, s.serial, s.Entity, s.Exercise, s.Unit, s.Desk, s.Cashier, s.Day, s.State, s.OpenedAt)
	return err
}

// takeOrdinals gives n receipts of a lot their places and adds the cash they brought; it
// gives the first place.
func takeOrdinals(ctx context.Context, tx db.Tx, session op.ID, n int64, cash money.Amount) (int64, error) {
	last, err := db.Value[int64](ctx, tx, `UPDATE cash_session SET receipts = receipts + $2, expected = expected + $3, counted = counted + $3 WHERE id = $1
		RETURNING receipts`, session, n, cash)
	return last - n + 1, err
}

// insertLotReceipts writes the receipts of a part of a lot in bulk.
func insertLotReceipts(ctx context.Context, tx db.Tx, made []*taking) error {
	err := bulkRows(ctx, tx, "receipt", []string{
		"id", "number", "ordinal", "session_id", "unit_id", "entity_id", "customer_id", "payer", "received_on", "total", "stamp", "given", "change_back",
		"note", "actor_id", "recorded_at",
	}, made, func(t *taking) [][]any {
		r := &t.receipt
		return [][]any{{
			r.ID, r.Number, r.ordinal, r.Session, r.Unit, r.Entity, r.Customer, r.Payer, r.ReceivedOn, r.Total, r.Stamp, r.Given, r.Change, r.Note, r.Actor,
			r.RecordedAt,
		}}
	})
	if err != nil {
		return err
	}
	err = bulkRows(ctx, tx, "receipt_tender", []string{
		"receipt_id", "tender_no", "id", "session_id", "kind", "account", "settles", "cash", "amount", "stamp", "reference", "bank", "drawer",
	}, made, func(t *taking) (rows [][]any) {
		for i := range t.tenders {
			d := &t.tenders[i]
			rows = append(rows, []any{
				t.receipt.ID, d.No, d.ID, t.receipt.Session, d.Kind, d.Account, d.Settles, d.Cash, d.Amount, d.Stamp, d.Reference, d.Bank, d.Drawer,
			})
		}
		return rows
	})
	if err != nil {
		return err
	}
	return bulkRows(ctx, tx, "receipt_line", []string{"receivable_account_id", "receipt_id", "line_no", "tender_no", "kind", "amount", "item_id"}, made,
		func(t *taking) (rows [][]any) {
			for _, l := range t.lines {
				rows = append(rows, []any{l.Account, t.receipt.ID, l.No, l.Tender, l.Kind, l.Amount, l.Item})
			}
			return rows
		})
}

// bulkRows writes the rows that each receipt has in a table.
func bulkRows(ctx context.Context, tx db.Tx, table string, columns []string, made []*taking, of func(t *taking) [][]any) error {
	_, err := tx.Bulk(ctx, table, columns, func(yield func([]any, error) bool) {
		for _, t := range made {
			for _, row := range of(t) {
				if !yield(row, nil) {
					return
				}
			}
		}
	})
	return err
}
