package billing

import (
	"context"
	"iter"
	"strconv"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// billInsert are the columns of a bill, for Bulk.
func billInsert() []string {
	return []string{
		"receivable_account_id", "id", "run_id", "ordinal", "kind", "number", "serial", "entity_id", "exercise", "unit_id", "contract_id", "contract_code",
		"consumption_id", "turn", "cancels_id", "service", "category", "legal_nature", "tariff", "from_date", "to_date", "quantity", "attributes",
		"issued_on", "due_on", "net", "tax", "total", "taxes", "document", "reason", "recorded_at", "tax_date",
	}
}

// insertBills adds bills in bulk. The values are of the plainest types, and a credit note
// alone has a bill that it cancels: of the others 0 is kept.
func insertBills(ctx context.Context, tx db.Tx, drafts []draft) error {
	_, err := tx.Bulk(ctx, "bill", billInsert(), func(yield func([]any, error) bool) {
		r, now := make([]any, len(billInsert())), any(tx.Now())
		for i := range drafts {
			if !yield(drafts[i].bill.appendValues(r, now), nil) {
				return
			}
		}
	})
	return err
}

// appendValues are the values of a row, in the room of the row before: r.
func (b *Bill) appendValues(r []any, now any) []any {
	return append(r[:0],
		int64(b.Account), int64(b.ID), db.Again(r[2], int64(b.Run)), b.ordinal, db.Again(r[4], string(b.Kind)), b.Number, b.serial,
		db.Again(r[7], int64(b.entity)), db.Again(r[8], b.exercise), db.Again(r[9], int64(b.Unit)), int64(b.contractID), b.Contract, int64(b.consumption),
		b.turn, int64(b.Cancels), db.Again(r[15], b.Service), db.Again(r[16], b.Category), db.Again(r[17], b.legalNature), db.Again(r[18], b.tariff),
		db.Again(r[19], b.From), db.Again(r[20], b.To), int64(b.Quantity), db.Again(r[22], b.attributes), db.Again(r[23], b.IssuedOn),
		db.Again(r[24], b.DueOn), int64(b.Net), int64(b.Tax), int64(b.Total), b.taxes, b.document, db.Again(r[30], b.reason), now,
		db.Again(r[32], b.taxDate),
	)
}

const billColumns = `b.receivable_account_id, b.id, b.run_id, b.ordinal, b.kind, b.number, b.serial, b.entity_id, b.exercise, b.unit_id, b.contract_id,
	b.contract_code, b.consumption_id, b.turn, COALESCE(b.cancels_id, 0), b.service, b.category, b.legal_nature, b.tariff, b.from_date, b.to_date,
	b.quantity, b.attributes, b.issued_on, b.due_on, b.net, b.tax, b.total, b.taxes, b.document, b.reason, b.tax_date`

func scanBill(rows db.Rows) (b Bill, err error) {
	err = rows.Scan(&b.Account, &b.ID, &b.Run, &b.ordinal, &b.Kind, &b.Number, &b.serial, &b.entity, &b.exercise, &b.Unit, &b.contractID, &b.Contract,
		&b.consumption, &b.turn, &b.Cancels, &b.Service, &b.Category, &b.legalNature, &b.tariff, &b.From, &b.To, &b.Quantity, &b.attributes, &b.IssuedOn,
		&b.DueOn, &b.Net, &b.Tax, &b.Total, &b.taxes, &b.document, &b.reason, &b.taxDate)
	return b, err
}

// findBill reads a bill; NotFound "billing.bill_unknown".
func findBill(ctx context.Context, r db.Reader, in BillRef) (Bill, error) {
	b, err := db.One(ctx, r, scanBill, `SELECT `+billColumns+` FROM bill b WHERE b.receivable_account_id = $1 AND b.id = $2`, in.Account, in.ID)
	if fault.CodeOf(err) == "db.no_row" {
		return b, fault.New(fault.NotFound, "billing.bill_unknown")
	}
	return b, err
}

// billByNumber finds a bill by what is printed on it; NotFound "billing.bill_unknown".
func billByNumber(ctx context.Context, r db.Reader, number string) (Bill, error) {
	b, err := db.One(ctx, r, scanBill, `SELECT `+billColumns+` FROM bill b WHERE b.number = $1`, number)
	if fault.CodeOf(err) == "db.no_row" {
		return b, fault.New(fault.NotFound, "billing.bill_unknown")
	}
	return b, err
}

// billOrders are the orders of a list of bills.
func billOrders() map[string][]string {
	return map[string][]string{"issued": {"%b.issued_on", "#b.receivable_account_id", "#b.id"}}
}

// listBills reads the bills of a run, of some accounts or of a number by what they are found
// with, and all others unit by unit in the order of their days.
func listBills(ctx context.Context, x *op.Exec, in BillFilter) iter.Seq2[Bill, error] {
	if in.Run == 0 && in.Account == 0 && len(in.Accounts) == 0 && in.Number == "" {
		return op.Merge(ctx, x, op.Lanes{Table: "bill", Column: "unit_id", Keys: billOrders()}, func(y *op.Exec, unit int64) iter.Seq2[Bill, error] {
			return readBills(ctx, y, in, func(w *db.Where) { w.And("b.unit_id = ?", unit) })
		})
	}
	return readBills(ctx, x, in, func(w *db.Where) { x.Filter(w, "b.unit_id") })
}

// readBills reads the bills of some units.
func readBills(ctx context.Context, x *op.Exec, in BillFilter, of func(*db.Where)) iter.Seq2[Bill, error] {
	var w db.Where
	if in.Run != 0 {
		w.And("b.run_id = ?", in.Run)
	}
	if in.Account != 0 {
		w.And("b.receivable_account_id = ?", in.Account)
	}
	if len(in.Accounts) > 0 {
		w.In("b.receivable_account_id", op.Plain(in.Accounts))
	}
	if in.Number != "" {
		w.And("b.number = ?", in.Number)
	}
	switch in.Kind {
	case "":
	case KindCreditNote: // which are few, and have an index of their own
		w.And("b.kind = 'credit_note'")
	default:
		w.And("b.kind = ?", in.Kind)
	}
	of(&w)
	order, err := billsOrder(ctx, x, &w, in.Run)
	if err != nil {
		return func(yield func(Bill, error) bool) { yield(Bill{}, err) }
	}
	return db.Seq(ctx, x.R, scanBill, `SELECT `+billColumns+` FROM bill b`+w.SQL()+order, w.Args()...)
}

// billsOrder is the order of a list of bills, and where its page begins. The bills of a run
// are of one day and stand in the order of their accounts: their places in the run are the
// same order, which has an index. Its credit notes, which have no place of their own, come
// at their end, beside the first.
func billsOrder(ctx context.Context, x *op.Exec, w *db.Where, run op.ID) (string, error) {
	orders := billOrders()
	if run == 0 {
		return x.Keyset(w, orders), nil
	}
	orders["issued"][0] = "#b.ordinal"
	page := x.Page
	defer func() { x.Page = page }()
	if after := page.After; len(after) == len(orders["issued"]) {
		ordinal := int64(0)
		account, _ := strconv.ParseInt(after[1], 10, 64) // an unreadable cursor only starts elsewhere
		id, _ := strconv.ParseInt(after[2], 10, 64)
		_, err := db.ScanOne(ctx, x.R, `SELECT ordinal FROM bill WHERE receivable_account_id = $1 AND id = $2`, []any{account, id}, &ordinal)
		if err != nil {
			return "", err
		}
		x.Page.After = []string{strconv.FormatInt(ordinal, 10), after[1], after[2]}
	}
	return x.Keyset(w, orders), nil
}

// cancelledBy is the credit note of a bill; 0 is none.
func cancelledBy(ctx context.Context, r db.Reader, b *Bill) (id op.ID, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT id FROM bill WHERE receivable_account_id = $1 AND cancels_id = $2 AND cancels_id > 0`, []any{b.Account, b.ID}, &id)
	return id, err
}

// shasOf are the versions of a run by id.
func shasOf(ctx context.Context, r db.Reader, run op.ID) (map[uint64]string, error) {
	out := map[uint64]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var sha string
		err := rows.Scan(&id, &sha)
		out[uint64(id)] = sha
		return err
	}, `SELECT version_id, sha256 FROM billing_version WHERE run_id = $1`, run)
	return out, err
}

// billsFrom reads the bills of a run in order, from an ordinal.
func billsFrom(ctx context.Context, r db.Reader, run op.ID, ordinal, n int64) ([]Bill, error) {
	return db.All(ctx, r, scanBill, `SELECT `+billColumns+` FROM bill b WHERE b.run_id = $1 AND b.kind = 'bill' AND b.ordinal >= $2
		ORDER BY b.ordinal LIMIT $3`, run, ordinal, n)
}

// dueOfBills reads again the consumptions of some bills, by the id that was billed: each as
// it stands today, so that one that was corrected since leads to the one in its place.
func dueOfBills(ctx context.Context, r db.Reader, bills []Bill) (map[op.ID]Due, error) {
	accounts, ids, billed := make([]int64, len(bills)), make([]int64, len(bills)), make(map[op.ID]op.ID, len(bills))
	for i := range bills {
		accounts[i], ids[i] = int64(bills[i].Account), int64(bills[i].consumption)
		billed[bills[i].consumption] = bills[i].consumption
	}
	later := ids
	for range correctionsMax {
		next, err := corrections(ctx, r, accounts, later)
		if err != nil {
			return nil, err
		}
		if later = later[:0:0]; len(next) == 0 {
			break
		}
		for _, c := range next {
			billed[c.by] = billed[c.of]
			ids, later = append(ids, int64(c.by)), append(later, int64(c.by))
		}
	}
	out := map[op.ID]Due{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		d, err := scanDue(rows)
		// In the order of the ids, the last correction comes last.
		out[billed[d.Consumption]] = d
		return err
	}, `SELECT `+dueColumns+` FROM consumption c`+dueFrom+` WHERE c.receivable_account_id IN {ints $1} AND c.id IN {ints $2} ORDER BY c.id`, accounts, ids)
	return out, err
}

// correctionsMax bounds how many times over a consumption is followed to its correction.
const correctionsMax = 50

// correction is a consumption and the one that corrects it.
type correction struct{ of, by op.ID }

// corrections are those of some consumptions.
func corrections(ctx context.Context, r db.Reader, accounts, ids []int64) ([]correction, error) {
	return db.All(ctx, r, func(rows db.Rows) (c correction, err error) {
		err = rows.Scan(&c.of, &c.by)
		return c, err
	}, `SELECT c.corrects_id, c.id FROM consumption c WHERE c.receivable_account_id IN {ints $1} AND c.corrects_id IN {ints $2} AND `+
		intake.VisibleSQL("c.batch_id"), accounts, ids)
}
