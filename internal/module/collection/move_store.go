package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// leftSQL is what is left of an item of a line: the allocations of a credit take from it.
const leftSQL = `l.amount - COALESCE((SELECT CAST(sum(a.amount) AS {int}) FROM allocation a
	WHERE a.receivable_account_id = l.receivable_account_id AND a.credit_item_id = l.item_id), 0)`

// clearedSQL says that the money of a tender t is there.
const clearedSQL = `(t.settles <> 'clearing' OR EXISTS (SELECT 1 FROM cheque_event e WHERE e.tender_id = t.id AND e.state IN ('cleared', 'returned')))`

// listWaiting lists money to be allocated of which something is left, the oldest first.
func listWaiting(ctx context.Context, x *op.Exec, in WaitingFilter) iter.Seq2[Waiting, error] {
	var w db.Where
	x.Filter(&w, "n.unit_id")
	w.And("l.kind = 'unallocated' AND " + leftSQL + " > 0")
	if in.Account != 0 {
		w.And("l.receivable_account_id = ?", in.Account)
	}
	if in.Reference != "" {
		w.And("t.reference = ?", in.Reference)
	}
	if in.Amount != 0 {
		w.And("l.amount = ?", in.Amount)
	}
	if in.Days != 0 {
		w.And("r.received_on <= ?", x.Today.AddDays(-int(in.Days)))
	}
	order := x.Keyset(&w, map[string][]string{"received_on": {"%r.received_on", "#l.receivable_account_id", "#l.item_id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (v Waiting, err error) {
		var there bool
		err = rows.Scan(&v.Account, &v.Number, &v.Item, &v.Receipt, &v.Unit, &v.Payer, &v.Kind, &v.Reference, &v.Note, &v.ReceivedOn, &v.Amount, &v.Left, &there)
		v.Age, v.Reserved = int64(v.ReceivedOn.DaysUntil(x.Today)), !there
		return v, err
	}, `SELECT l.receivable_account_id, n.number, l.item_id, r.id, n.unit_id, r.payer, t.kind, t.reference, r.note, r.received_on, l.amount,
		  `+leftSQL+`, `+clearedSQL+`
		FROM receipt_line l JOIN receipt r ON r.id = l.receipt_id JOIN receipt_tender t ON t.receipt_id = l.receipt_id AND t.tender_no = l.tender_no
		JOIN receivable_account n ON n.receivable_account_id = l.receivable_account_id`+w.SQL()+order, w.Args()...)
}

const moveColumns = `m.id, m.receipt_id, m.document, m.unit_id, m.from_account_id, m.from_item_id, m.return_item_id, m.allocation_id, m.to_account_id, m.amount,
	m.moved_on, m.reason, CASE WHEN u.move_id IS NULL THEN 'moved' ELSE 'undone' END, m.actor_id, m.recorded_at`

const moveFrom = ` FROM receipt_move m LEFT JOIN receipt_move_undo u ON u.move_id = m.id`

func scanMove(rows db.Rows) (m Move, err error) {
	err = rows.Scan(&m.ID, &m.Receipt, &m.Document, &m.Unit, &m.From, &m.Item, &m.returned, &m.allocation, &m.To, &m.Amount, &m.MovedOn, &m.Reason, &m.State,
		&m.Actor, &m.RecordedAt)
	return m, err
}

// findMove reads a move; NotFound "collection.move_unknown".
func findMove(ctx context.Context, r db.Reader, id op.ID) (Move, error) {
	row, err := db.One(ctx, r, scanMove, `SELECT `+moveColumns+moveFrom+` WHERE m.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return row, fault.New(fault.NotFound, "collection.move_unknown")
	}
	return row, err
}

func listMoves(ctx context.Context, x *op.Exec, in MoveFilter) iter.Seq2[Move, error] {
	var w db.Where
	x.Filter(&w, "m.unit_id")
	if in.Receipt != 0 {
		w.And("m.receipt_id = ?", in.Receipt)
	}
	switch in.State {
	case Moved:
		w.And("u.move_id IS NULL")
	case Undone:
		w.And("u.move_id IS NOT NULL")
	}
	if !in.From.IsZero() {
		w.And("m.moved_on >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And("m.moved_on <= ?", in.To)
	}
	order := x.Keyset(&w, map[string][]string{"moved_on": {"%m.moved_on", "#m.id"}})
	return db.Seq(ctx, x.R, scanMove, `SELECT `+moveColumns+moveFrom+w.SQL()+order, w.Args()...)
}

func insertMove(ctx context.Context, tx db.Tx, m *Move) error {
	return db.ExecLater(ctx, tx, `INSERT INTO receipt_move (id, receipt_id, document, unit_id, from_account_id, from_item_id, return_item_id, allocation_id,
		  to_account_id, amount, moved_on, reason, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		m.ID, m.Receipt, m.Document, m.Unit, m.From, m.Item, m.returned, m.allocation, m.To, m.Amount, m.MovedOn, m.Reason, m.Actor, m.RecordedAt)
}

func insertUndo(ctx context.Context, tx db.Tx, move op.ID, reason string, x *op.Exec) error {
	return db.ExecLater(ctx, tx, `INSERT INTO receipt_move_undo (move_id, undone_on, reason, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5)`,
		move, x.Today, reason, x.Actor.UserID, x.Now)
}

// movedItems are the credits that a move opened.
func movedItems(ctx context.Context, r db.Reader, m *Move) ([]op.ID, error) {
	return db.All(ctx, r, func(rows db.Rows) (id op.ID, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT id FROM open_item WHERE receivable_account_id = $1 AND batch_id = $2 AND amount < 0 ORDER BY id`, m.To, m.ID)
}

// receiptOfItem is the receipt an item came in with; 0 for none.
func receiptOfItem(ctx context.Context, r db.Reader, account, item op.ID) (id op.ID, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT receipt_id FROM receipt_line WHERE receivable_account_id = $1 AND item_id = $2`, []any{account, item}, &id)
	return id, err
}

// movedAway counts the moves that stand of what some lines of a receipt brought.
func movedAway(ctx context.Context, r db.Reader, receipt op.ID, lines []ReceiptLine) (int64, error) {
	items := make([]int64, len(lines))
	for i, l := range lines {
		items[i] = int64(l.Item)
	}
	return db.Value[int64](ctx, r, `SELECT count(*)`+moveFrom+` WHERE m.receipt_id = $1 AND m.from_item_id IN {ints $2} AND u.move_id IS NULL`, receipt, items)
}

// moveLabels are the words for moves.
func moveLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	words := map[int64]string{}
	return words, db.Each(ctx, r, func(rows db.Rows) error {
		m, err := scanMove(rows)
		words[int64(m.ID)] = m.Document + " \u00b7 " + m.Amount.French()
		return err
	}, `SELECT `+moveColumns+moveFrom+` WHERE m.id IN {ints $1}`, ids)
}

// checkMoves: what left one account came to the other, and nothing stayed between; what
// was undone is as if it had never been.
func checkMoves(ctx context.Context, r db.Reader, rep *op.Report) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM receipt_move`)
	if err != nil {
		return err
	}
	rep.Count += n
	for _, each := range []struct{ code, column, sign string }{{"collection.move_from", "from_account_id", ""}, {"collection.move_to", "to_account_id", "-"}} {
		err := found(ctx, r, rep, each.code, `SELECT m.id, m.document, m.amount`+moveFrom+`
			LEFT JOIN open_item i ON i.receivable_account_id = m.`+each.column+` AND i.batch_id = m.id
			GROUP BY m.id, m.document, m.amount, u.move_id
			HAVING COALESCE(sum(i.amount), 0) <> CASE WHEN u.move_id IS NULL THEN `+each.sign+`m.amount ELSE 0 END ORDER BY m.id`)
		if err != nil {
			return err
		}
	}
	return found(ctx, r, rep, "collection.move_books", `SELECT m.id, m.document, CAST(sum(g.amount) AS {int}) FROM receipt_move m
		JOIN ledger_entry e ON e.batch_id = m.id JOIN ledger_line g ON g.receivable_account_id = e.receivable_account_id AND g.entry_id = e.id
		WHERE g.account = '`+suspense+`' GROUP BY m.id, m.document HAVING sum(g.amount) <> 0 ORDER BY m.id`)
}
