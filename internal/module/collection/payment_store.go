package collection

import (
	"context"
	"iter"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// listPayments reads what paid bills, by account and in the order of its recording. The
// way it was paid is told as its kind is called on that day.
func listPayments(ctx context.Context, x *op.Exec, in PaymentFilter) iter.Seq2[Payment, error] {
	var w db.Where
	if in.Account != 0 {
		w.And("a.receivable_account_id = ?", in.Account)
	}
	if in.Item != 0 {
		w.And("a.debit_item_id = ?", in.Item)
	}
	x.Filter(&w, "a.managing_unit_id")
	order := x.Keyset(&w, map[string][]string{"receivable_account": {"#a.receivable_account_id", "#a.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (p Payment, err error) {
		err = rows.Scan(&p.Account, &p.ID, &p.Item, &p.Bill, &p.Document, &p.Kind, &p.Receipt, &p.PaidOn, &p.Tender, &p.Reference, &p.Amount, &p.Reserved, &p.Unit)
		return p, err
	}, `SELECT a.receivable_account_id, a.id, a.debit_item_id, d.document, c.document, c.kind, COALESCE(l.receipt_id, 0), a.effective_on,
		  COALESCE((SELECT k.label FROM tender_kind k WHERE k.code = t.kind AND k.valid_from <= a.effective_on ORDER BY k.valid_from DESC LIMIT 1), t.kind, ''),
		  COALESCE(t.reference, ''), a.amount, a.reserved AND e.allocation_id IS NULL, a.managing_unit_id
		FROM allocation a
		JOIN open_item d ON d.receivable_account_id = a.receivable_account_id AND d.id = a.debit_item_id
		JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id
		LEFT JOIN allocation_clearing e ON e.receivable_account_id = a.receivable_account_id AND e.allocation_id = a.id
		LEFT JOIN receipt_line l ON l.receivable_account_id = a.receivable_account_id AND l.item_id = a.credit_item_id
		LEFT JOIN receipt_tender t ON t.receipt_id = l.receipt_id AND t.tender_no = l.tender_no`+w.SQL()+order, w.Args()...)
}
