package collection

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const chequeColumns = `t.id, CASE WHEN c.receipt_id IS NOT NULL THEN 'cancelled' ELSE COALESCE(e.state, 'received') END, t.receipt_id, r.unit_id, t.kind,
	t.amount, t.reference, t.bank, t.drawer, r.received_on, COALESCE(d.deposit_id, 0), COALESCE(e.happened_on, c.cancelled_on, r.received_on),
	r.entity_id, r.number, t.account, t.tender_no, COALESCE(e.event_no, 0)`

const chequeFrom = ` FROM receipt_tender t JOIN receipt r ON r.id = t.receipt_id
	LEFT JOIN receipt_cancel c ON c.receipt_id = t.receipt_id
	LEFT JOIN cheque_event d ON d.tender_id = t.id AND d.event_no = 1
	LEFT JOIN cheque_event e ON e.tender_id = t.id AND e.event_no = (SELECT max(o.event_no) FROM cheque_event o WHERE o.tender_id = t.id)`

func scanCheque(rows db.Rows) (c Cheque, err error) {
	err = rows.Scan(&c.ID, &c.State, &c.Receipt, &c.Unit, &c.Kind, &c.Amount, &c.Reference, &c.Bank, &c.Drawer, &c.ReceivedOn, &c.Deposit, &c.ChangedOn,
		&c.entity, &c.number, &c.account, &c.no, &c.events)
	return c, err
}

// chequesOf reads some cheques in order of their ids; NotFound "collection.cheque_unknown"
// when one is missing.
func chequesOf(ctx context.Context, r db.Reader, ids []op.ID) ([]Cheque, error) {
	plain := plainIDs(ids)
	out, err := db.All(ctx, r, scanCheque, `SELECT `+chequeColumns+chequeFrom+` WHERE t.settles = 'clearing' AND t.id IN {ints $1} ORDER BY t.id`, plain)
	if err == nil && len(out) != len(ids) {
		err = fault.New(fault.NotFound, "collection.cheque_unknown")
	}
	return out, err
}

// chequesIn are the cheques of a deposit that are in a state.
func chequesIn(ctx context.Context, r db.Reader, deposit op.ID, state ChequeState) ([]op.ID, error) {
	return db.All(ctx, r, func(rows db.Rows) (id op.ID, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT d.tender_id FROM cheque_event d WHERE d.deposit_id = $1 AND (SELECT e.state FROM cheque_event e WHERE e.tender_id = d.tender_id
		ORDER BY e.event_no DESC LIMIT 1) = $2 ORDER BY d.tender_id`, deposit, state)
}

// inHand are the cheques of a unit that are in hand, at most ChequesMax.
func inHand(ctx context.Context, r db.Reader, unit op.ID) ([]op.ID, error) {
	return db.All(ctx, r, func(rows db.Rows) (id op.ID, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT t.id FROM receipt_tender t JOIN receipt r ON r.id = t.receipt_id WHERE r.unit_id = $1 AND t.settles = 'clearing'
		AND NOT EXISTS (SELECT 1 FROM cheque_event e WHERE e.tender_id = t.id)
		AND NOT EXISTS (SELECT 1 FROM receipt_cancel c WHERE c.receipt_id = r.id) ORDER BY t.id LIMIT $2`, unit, ChequesMax)
}

func insertEvent(ctx context.Context, tx db.Tx, c *Cheque, e event, actor int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO cheque_event (tender_id, event_no, state, deposit_id, happened_on, fee, reason, actor_id, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, c.ID, c.events+1, e.state, e.deposit, e.on, e.fee, e.reason, actor, tx.Now())
	return err
}

func insertDeposit(ctx context.Context, tx db.Tx, d *Deposit) error {
	_, err := tx.Exec(ctx, `INSERT INTO cheque_deposit (id, number, serial, entity_id, exercise, unit_id, deposited_on, bank, cheques, total, actor_id,
		  recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		d.ID, d.Number, d.serial, d.entity, d.exercise, d.Unit, d.DepositedOn, d.Bank, d.Cheques, d.Total, d.Actor, d.RecordedAt)
	return err
}

// Reserved says whether the money of a credit is still to come: it came in by a cheque
// that is in hand or at the bank. It is a ledger.Reserve.
func Reserved(ctx context.Context, r db.Reader, account, credit op.ID) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM receipt_line l
		JOIN receipt_tender t ON t.receipt_id = l.receipt_id AND t.tender_no = l.tender_no
		WHERE l.receivable_account_id = $1 AND l.item_id = $2 AND t.settles = 'clearing'
		  AND NOT EXISTS (SELECT 1 FROM cheque_event e WHERE e.tender_id = t.id AND e.state IN ('cleared', 'returned'))
		  AND NOT EXISTS (SELECT 1 FROM receipt_cancel c WHERE c.receipt_id = l.receipt_id)`, account, credit)
	return n > 0, err
}

// depositUnit is the unit of a deposit; NotFound "collection.deposit_unknown".
func depositUnit(ctx context.Context, r db.Reader, id op.ID) (unit op.ID, err error) {
	found, err := db.ScanOne(ctx, r, `SELECT unit_id FROM cheque_deposit WHERE id = $1`, []any{id}, &unit)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "collection.deposit_unknown")
	}
	return unit, err
}

// linesOfTender are the lines of a receipt that a tender paid.
func linesOfTender(ctx context.Context, r db.Reader, c *Cheque) ([]ReceiptLine, error) {
	all, err := linesOf(ctx, r, c.Receipt)
	var out []ReceiptLine
	for _, l := range all {
		if l.Tender == c.no {
			out = append(out, l)
		}
	}
	return out, err
}

func listCheques(ctx context.Context, x *op.Exec, in ChequeFilter) iter.Seq2[Cheque, error] {
	var w db.Where
	w.And("t.settles = 'clearing'")
	x.Filter(&w, "r.unit_id")
	if in.State != "" {
		w.And("CASE WHEN c.receipt_id IS NOT NULL THEN 'cancelled' ELSE COALESCE(e.state, 'received') END = ?", in.State)
	}
	if in.Deposit != 0 {
		w.And("d.deposit_id = ?", in.Deposit)
	}
	if len(in.Cheques) > 0 {
		w.In("t.id", plainIDs(in.Cheques))
	}
	if in.Reference != "" {
		w.And("t.reference = ?", in.Reference)
	}
	if !in.From.IsZero() {
		w.And("r.received_on >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And("r.received_on <= ?", in.To)
	}
	order := x.Keyset(&w, map[string][]string{"received_on": {"%r.received_on", "#t.id"}})
	return db.Seq(ctx, x.R, scanCheque, `SELECT `+chequeColumns+chequeFrom+w.SQL()+order, w.Args()...)
}

// chequeLabels are the words for cheques: the number, the bank, the drawer, the amount.
func chequeLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	words := map[int64]string{}
	return words, db.Each(ctx, r, func(rows db.Rows) error {
		c, err := scanCheque(rows)
		words[int64(c.ID)] = strings.Join([]string{c.Reference, c.Bank, c.Drawer, c.Amount.French()}, " · ")
		return err
	}, `SELECT `+chequeColumns+chequeFrom+` WHERE t.settles = 'clearing' AND t.id IN {ints $1}`, ids)
}

// depositLabels are the words for bordereaux.
func depositLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return db.Words(ctx, r, `SELECT id, number FROM cheque_deposit WHERE id IN {ints $1}`, ids)
}

// plainIDs are ids as the engines take them.
func plainIDs(ids []op.ID) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}
