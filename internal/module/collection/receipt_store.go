package collection

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
	"wasl/internal/platform/op"
)

// receiptNumber is the number of a receipt: that of its session and its place in it.
func receiptNumber(session string, ordinal int64) string {
	return receiptPrefix + strings.TrimPrefix(session, sessionPrefix) + "-" + seq.Padded(ordinal, ordinalDigits)
}

// insertReceipt writes a receipt; on PostgreSQL its rows go along with what follows.
func insertReceipt(ctx context.Context, tx db.Tx, t *taking) error {
	r := &t.receipt
	err := db.ExecLater(ctx, tx, `INSERT INTO receipt (id, number, ordinal, session_id, unit_id, entity_id, customer_id, payer, received_on, total, stamp,
		  given, change_back, note, actor_id, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		r.ID, r.Number, r.ordinal, r.Session, r.Unit, r.Entity, r.Customer, r.Payer, r.ReceivedOn, r.Total, r.Stamp, r.Given, r.Change, r.Note, r.Actor,
		r.RecordedAt)
	if err != nil {
		return err
	}
	for i := range t.tenders {
		d := &t.tenders[i]
		err := db.ExecLater(ctx, tx, `INSERT INTO receipt_tender (receipt_id, tender_no, id, session_id, kind, account, settles, cash, amount, stamp, reference,
			  bank, drawer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			r.ID, d.No, d.ID, r.Session, d.Kind, d.Account, d.Settles, d.Cash, d.Amount, d.Stamp, d.Reference, d.Bank, d.Drawer)
		if err != nil {
			return err
		}
	}
	for i := range t.lines {
		l := &t.lines[i]
		err := db.ExecLater(ctx, tx, `INSERT INTO receipt_line (receivable_account_id, receipt_id, line_no, tender_no, kind, amount, item_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, l.Account, r.ID, l.No, l.Tender, l.Kind, l.Amount, l.Item)
		if err != nil {
			return err
		}
	}
	return nil
}

const receiptColumns = `r.id, r.number, r.ordinal, r.session_id, r.unit_id, r.entity_id, r.customer_id, r.payer, r.received_on, r.total, r.stamp, r.given,
	r.change_back, r.note, CASE WHEN c.receipt_id IS NULL THEN 'taken' ELSE 'cancelled' END, r.actor_id, r.recorded_at`

const receiptFrom = ` FROM receipt r LEFT JOIN receipt_cancel c ON c.receipt_id = r.id`

func scanReceipt(rows db.Rows) (r Receipt, err error) {
	err = rows.Scan(&r.ID, &r.Number, &r.ordinal, &r.Session, &r.Unit, &r.Entity, &r.Customer, &r.Payer, &r.ReceivedOn, &r.Total, &r.Stamp, &r.Given,
		&r.Change, &r.Note, &r.State, &r.Actor, &r.RecordedAt)
	r.ToPay = r.Total + r.Stamp
	return r, err
}

// findReceipt reads a receipt; NotFound "collection.receipt_unknown".
func findReceipt(ctx context.Context, r db.Reader, id op.ID) (Receipt, error) {
	row, err := db.One(ctx, r, scanReceipt, `SELECT `+receiptColumns+receiptFrom+` WHERE r.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return row, fault.New(fault.NotFound, "collection.receipt_unknown")
	}
	return row, err
}

func tendersOf(ctx context.Context, r db.Reader, receipt op.ID) ([]Tender, error) {
	return db.All(ctx, r, func(rows db.Rows) (t Tender, err error) {
		err = rows.Scan(&t.No, &t.ID, &t.Kind, &t.Account, &t.Settles, &t.Cash, &t.Amount, &t.Stamp, &t.Reference, &t.Bank, &t.Drawer)
		return t, err
	}, `SELECT tender_no, id, kind, account, settles, cash, amount, stamp, reference, bank, drawer FROM receipt_tender WHERE receipt_id = $1
		ORDER BY tender_no`, receipt)
}

func linesOf(ctx context.Context, r db.Reader, receipt op.ID) ([]ReceiptLine, error) {
	return db.All(ctx, r, func(rows db.Rows) (l ReceiptLine, err error) {
		err = rows.Scan(&l.Account, &l.No, &l.Tender, &l.Kind, &l.Amount, &l.Item)
		return l, err
	}, `SELECT receivable_account_id, line_no, tender_no, kind, amount, item_id FROM receipt_line WHERE receipt_id = $1 ORDER BY line_no`, receipt)
}

// paidBy are the bills that the items of some lines paid when they were opened.
func paidBy(ctx context.Context, r db.Reader, lines []ReceiptLine) ([]Paid, error) {
	accounts, items := make([]int64, len(lines)), make([]int64, len(lines))
	for i, l := range lines {
		accounts[i], items[i] = int64(l.Account), int64(l.Item)
	}
	return db.All(ctx, r, func(rows db.Rows) (p Paid, err error) {
		err = rows.Scan(&p.Account, &p.Number, &p.Item, &p.Kind, &p.Document, &p.DueOn, &p.Amount, &p.Of, &p.Left)
		return p, err
	}, `SELECT a.receivable_account_id, COALESCE(n.number, ''), i.id, i.kind, i.document, i.due_on, a.amount, i.amount,
		  i.amount - (SELECT CAST(sum(o.amount) AS {int}) FROM allocation o WHERE o.receivable_account_id = a.receivable_account_id
		    AND o.debit_item_id = a.debit_item_id AND (o.recorded_at < a.recorded_at OR o.recorded_at = a.recorded_at AND o.id <= a.id))
		FROM allocation a
		JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id AND c.batch_id = a.batch_id
		JOIN open_item i ON i.receivable_account_id = a.receivable_account_id AND i.id = a.debit_item_id
		LEFT JOIN receivable_account n ON n.receivable_account_id = a.receivable_account_id
		WHERE a.receivable_account_id IN {ints $1} AND a.credit_item_id IN {ints $2} AND a.reverses_id IS NULL AND i.kind <> 'return'
		ORDER BY i.due_on, i.issued_on, i.id, a.id`, accounts, items)
}

func listReceipts(ctx context.Context, x *op.Exec, in ReceiptFilter) iter.Seq2[Receipt, error] {
	var w db.Where
	x.Filter(&w, "r.unit_id")
	if in.Number != "" {
		w.And("r.number = ?", in.Number)
	}
	if in.Session != 0 {
		w.And("r.session_id = ?", in.Session)
	}
	if in.Cashier != 0 {
		w.And("r.actor_id = ?", in.Cashier)
	}
	if !in.From.IsZero() {
		w.And("r.received_on >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And("r.received_on <= ?", in.To)
	}
	if in.Account != 0 {
		w.And("r.id IN (SELECT l.receipt_id FROM receipt_line l WHERE l.receivable_account_id = ?)", in.Account)
	}
	if in.Tender != "" {
		w.And("r.id IN (SELECT t.receipt_id FROM receipt_tender t WHERE t.kind = ?)", in.Tender)
	}
	switch in.State {
	case Taken:
		w.And("c.receipt_id IS NULL")
	case Cancelled:
		w.And("c.receipt_id IS NOT NULL")
	}
	order := x.Keyset(&w, map[string][]string{"received_on": {"%r.received_on", "#r.id"}})
	return db.Seq(ctx, x.R, scanReceipt, `SELECT `+receiptColumns+receiptFrom+w.SQL()+order, w.Args()...)
}

// receiptLabels are the words for receipts.
func receiptLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return db.Words(ctx, r, `SELECT id, number FROM receipt WHERE id IN {ints $1}`, ids)
}

// profile is what an item of an account is stamped with.
type profile struct {
	unit             op.ID
	service          ledger.Service
	category, nature string
}

// profileOf reads it on a day: of a contract its service and category, and the legal
// nature of its customer.
func profileOf(ctx context.Context, r db.Reader, id op.ID, on day.Date) (p profile, err error) {
	found, err := db.ScanOne(ctx, r, `SELECT a.unit_id, COALESCE(k.service, 'other'), COALESCE(t.category, ''), COALESCE(n.nature, '') FROM receivable_account a
		LEFT JOIN contract k ON k.receivable_account_id = a.receivable_account_id
		LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id AND t.valid_from <= $2
		  AND (t.valid_to IS NULL OR $2 < t.valid_to)
		LEFT JOIN customer_nature n ON n.customer_id = k.customer_id AND n.valid_from <= $2 AND (n.valid_to IS NULL OR $2 < n.valid_to)
		WHERE a.receivable_account_id = $1 ORDER BY k.starts_on DESC, k.id DESC LIMIT 1`, []any{id, on}, &p.unit, &p.service, &p.category, &p.nature)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "account.unknown")
	}
	return p, err
}

// holdingAccount finds the account of money to be allocated of a unit, by its number.
func holdingAccount(ctx context.Context, r db.Reader, number string) (id op.ID, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT receivable_account_id FROM account_number WHERE number = $1`, []any{number}, &id)
	return id, err
}

// insertCancel writes that a receipt was taken back.
func insertCancel(ctx context.Context, tx db.Tx, r *Receipt, reason string, on day.Date, actor int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO receipt_cancel (receipt_id, cancelled_on, reason, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5)`,
		r.ID, on, reason, actor, tx.Now())
	return err
}

// receiptByNumber finds a receipt by what is printed on it.
func receiptByNumber(ctx context.Context, r db.Reader, number string) (Receipt, bool, error) {
	row, err := db.One(ctx, r, scanReceipt, `SELECT `+receiptColumns+receiptFrom+` WHERE r.number = $1`, number)
	if fault.CodeOf(err) == "db.no_row" {
		return row, false, nil
	}
	return row, err == nil, err
}
