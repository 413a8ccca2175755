package collection

import (
	"context"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// found runs a query whose rows are violations: an id, its words and an amount.
func found(ctx context.Context, r db.Reader, rep *op.Report, code, sql string, args ...any) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var id op.ID
		var number string
		var amount money.Amount
		err := rows.Scan(&id, &number, &amount)
		rep.Found(code, "id", id, "number", number, "amount", amount)
		return err
	}, sql, args...)
}

// checkSeries compares a series with what bears its numbers.
func checkSeries(ctx context.Context, r db.Reader, rep *op.Report, code, kind, table string) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var entity op.ID
		var exercise, next, count, distinct, high int64
		err := rows.Scan(&entity, &exercise, &next, &count, &distinct, &high)
		rep.Count += count
		if count != next-1 || distinct != count || high != next-1 {
			rep.Found(code, "entity", entity, "exercise", exercise, "count", count, "next", next)
		}
		return err
	}, `SELECT s.entity_id, s.exercise, s.next, count(b.id), count(DISTINCT b.serial), COALESCE(max(b.serial), 0) FROM series s
		LEFT JOIN `+table+` b ON b.entity_id = s.entity_id AND b.exercise = s.exercise
		WHERE s.kind = $1 GROUP BY s.entity_id, s.exercise, s.next ORDER BY 1, 2`, kind)
}

func checkSessionNumbers(ctx context.Context, r db.Reader, rep *op.Report) error {
	return checkSeries(ctx, r, rep, "collection.session_gap", sessionSeries, "cash_session")
}

func checkDepositNumbers(ctx context.Context, r db.Reader, rep *op.Report) error {
	return checkSeries(ctx, r, rep, "collection.deposit_gap", depositSeries, "cheque_deposit")
}

// checkReceiptNumbers: the receipts of a session are 1, 2, 3 … and bear its number.
func checkReceiptNumbers(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "collection.receipt_gap", `SELECT s.id, s.number, s.receipts FROM cash_session s LEFT JOIN receipt r ON r.session_id = s.id
		GROUP BY s.id, s.number, s.receipts HAVING count(r.id) <> s.receipts OR COALESCE(max(r.ordinal), 0) <> s.receipts OR COALESCE(min(r.ordinal), 1) <> 1
		ORDER BY s.id`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "collection.receipt_number", `SELECT o.id, o.number, o.total FROM
		(SELECT r.id, r.number, r.total, s.number AS session, CAST(r.ordinal AS {text}) AS ordinal FROM receipt r JOIN cash_session s ON s.id = r.session_id) o
		WHERE o.number <> 'REC' || substr(o.session, 3) || '-' || CASE WHEN length(o.ordinal) < 4 THEN substr('0000', 1, 4 - length(o.ordinal)) ELSE '' END
		  || o.ordinal ORDER BY o.id`)
}

// checkReceiptSums: a receipt is the sum of its tenders and of its lines.
func checkReceiptSums(ctx context.Context, r db.Reader, rep *op.Report) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM receipt`)
	if err != nil {
		return err
	}
	rep.Count += n
	err = found(ctx, r, rep, "collection.receipt_tenders", `SELECT r.id, r.number, r.total FROM receipt r
		LEFT JOIN (SELECT receipt_id, sum(amount) AS amount, sum(stamp) AS stamp FROM receipt_tender GROUP BY receipt_id) t ON t.receipt_id = r.id
		WHERE t.amount IS NULL OR t.amount <> r.total OR t.stamp <> r.stamp ORDER BY r.id`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "collection.receipt_lines", `SELECT r.id, r.number, r.total FROM receipt r
		LEFT JOIN (SELECT receipt_id, tender_no, sum(amount) AS amount FROM receipt_line GROUP BY receipt_id, tender_no) l ON l.receipt_id = r.id
		LEFT JOIN receipt_tender t ON t.receipt_id = r.id AND t.tender_no = l.tender_no
		GROUP BY r.id, r.number, r.total HAVING COALESCE(sum(l.amount), 0) <> r.total OR sum(CASE WHEN t.amount = l.amount THEN 0 ELSE 1 END) > 0 ORDER BY r.id`)
}

// checkLines: a line is an item of the ledger, in the batch of its receipt or of the session its
// lot is numbered by, and an item that came in with either is a line.
func checkLines(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "collection.line_item", `SELECT l.receipt_id, '', l.amount FROM receipt_line l
		JOIN receipt r ON r.id = l.receipt_id LEFT JOIN receipt_lot o ON o.session_id = r.session_id
		LEFT JOIN open_item i ON i.receivable_account_id = l.receivable_account_id AND i.id = l.item_id
		WHERE i.id IS NULL OR i.amount <> -l.amount OR i.kind <> l.kind OR i.batch_id <> COALESCE(o.session_id, l.receipt_id) ORDER BY l.receipt_id`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "collection.item_line", `SELECT i.batch_id, i.document, -i.amount FROM open_item i
		JOIN (SELECT id FROM receipt UNION ALL SELECT session_id FROM receipt_lot WHERE session_id <> 0) b ON b.id = i.batch_id
		LEFT JOIN receipt_line l ON l.receivable_account_id = i.receivable_account_id AND l.item_id = i.id
		WHERE i.amount < 0 AND l.receipt_id IS NULL ORDER BY i.batch_id`)
}

// checkCounts: what a counted drawer must hold is its float and the cash of its receipts
// that stand, with their duty.
func checkCounts(ctx context.Context, r db.Reader, rep *op.Report) error {
	return found(ctx, r, rep, "collection.session_count", `SELECT s.id, s.number, s.expected FROM cash_session s
		LEFT JOIN (SELECT t.session_id, sum(t.amount + t.stamp) AS cash FROM receipt_tender t LEFT JOIN receipt_cancel c ON c.receipt_id = t.receipt_id
		  WHERE t.cash AND c.receipt_id IS NULL GROUP BY t.session_id) t ON t.session_id = s.id
		WHERE s.state = 'closed' AND (s.expected <> s.opening_float + COALESCE(t.cash, 0) OR s.difference <> s.counted - s.expected) ORDER BY s.id`)
}

// checkCheques: a cheque goes from hand to bank to money or back, and a bordereau is the sum
// of its cheques.
func checkCheques(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "collection.cheque_order", `SELECT e.tender_id, COALESCE(t.reference, ''), COALESCE(t.amount, 0) FROM cheque_event e
		LEFT JOIN cheque_event p ON p.tender_id = e.tender_id AND p.event_no = e.event_no - 1
		LEFT JOIN receipt_tender t ON t.id = e.tender_id LEFT JOIN receipt_cancel c ON c.receipt_id = t.receipt_id
		WHERE t.id IS NULL OR t.settles <> 'clearing' OR c.receipt_id IS NOT NULL OR e.happened_on < p.happened_on
		  OR e.state <> CASE WHEN e.event_no = 1 THEN 'deposited' WHEN p.state = 'deposited' AND e.state = 'cleared' THEN 'cleared'
		    WHEN p.state IN ('deposited', 'cleared') THEN 'returned' ELSE '' END ORDER BY e.tender_id`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "collection.deposit_total", `SELECT d.id, d.number, d.total FROM cheque_deposit d
		LEFT JOIN cheque_event e ON e.deposit_id = d.id LEFT JOIN receipt_tender t ON t.id = e.tender_id
		GROUP BY d.id, d.number, d.total, d.cheques HAVING count(t.id) <> d.cheques OR COALESCE(sum(t.amount), 0) <> d.total ORDER BY d.id`)
}

// moneySQL is what receipts, cheques and bordereaux say of each account of money, by batch
// of the ledger.
const moneySQL = `SELECT COALESCE(o.session_id, t.receipt_id) AS batch_id, t.account, t.amount + t.stamp AS amount FROM receipt_tender t
	LEFT JOIN receipt_lot o ON o.session_id = t.session_id LEFT JOIN receipt_cancel c ON c.receipt_id = t.receipt_id WHERE c.receipt_id IS NULL
	UNION ALL SELECT t.receipt_id, k.transit_account, -t.amount FROM cheque_event e JOIN receipt_tender t ON t.id = e.tender_id
	  JOIN receipt r ON r.id = t.receipt_id JOIN tender_kind k ON k.code = t.kind AND ` + kindOfDay + `
	  WHERE e.event_no = 2
	UNION ALL SELECT t.receipt_id, k.bank_account, (CASE WHEN e.state = 'cleared' THEN t.amount WHEN e.event_no = 3 THEN -t.amount ELSE 0 END) - e.fee
	  FROM cheque_event e JOIN receipt_tender t ON t.id = e.tender_id
	  JOIN receipt r ON r.id = t.receipt_id JOIN tender_kind k ON k.code = t.kind AND ` + kindOfDay + `
	UNION ALL SELECT d.id, k.transit_account, t.amount FROM cheque_event e JOIN cheque_deposit d ON d.id = e.deposit_id
	  JOIN receipt_tender t ON t.id = e.tender_id JOIN receipt r ON r.id = t.receipt_id JOIN tender_kind k ON k.code = t.kind AND ` + kindOfDay + `
	UNION ALL SELECT d.id, t.account, -t.amount FROM cheque_event e JOIN cheque_deposit d ON d.id = e.deposit_id
	  JOIN receipt_tender t ON t.id = e.tender_id`

// kindOfDay is the version of a kind of tender on the day of a receipt.
const kindOfDay = `k.valid_from = (SELECT max(o.valid_from) FROM tender_kind o WHERE o.code = t.kind AND o.valid_from <= r.received_on)`

// checkBooks: the accounts of money hold what is said of them, and a count what it found.
func checkBooks(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "collection.books", `SELECT m.batch_id, m.account, CAST(sum(m.amount) AS {int}) FROM (`+moneySQL+`
		UNION ALL SELECT e.batch_id, l.account, -l.amount FROM ledger_entry e
		  JOIN ledger_line l ON l.receivable_account_id = e.receivable_account_id AND l.entry_id = e.id
		  WHERE l.account LIKE '5%' AND (EXISTS (SELECT 1 FROM receipt b WHERE b.id = e.batch_id)
		    OR EXISTS (SELECT 1 FROM receipt_lot b WHERE b.session_id = e.batch_id) OR EXISTS (SELECT 1 FROM cheque_deposit b WHERE b.id = e.batch_id))
		) m GROUP BY m.batch_id, m.account HAVING sum(m.amount) <> 0 ORDER BY m.batch_id, m.account`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "collection.session_books", `SELECT s.id, s.number, s.difference FROM cash_session s LEFT JOIN (
		  SELECT e.batch_id, sum(l.amount) AS amount FROM ledger_entry e
		  JOIN ledger_line l ON l.receivable_account_id = e.receivable_account_id AND l.entry_id = e.id WHERE l.account LIKE '5%' GROUP BY e.batch_id
		) m ON m.batch_id = s.id
		WHERE COALESCE(m.amount, 0) <> s.difference AND NOT EXISTS (SELECT 1 FROM receipt_lot o WHERE o.session_id = s.id) ORDER BY s.id`)
}
