package billing

import (
	"context"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
	"wasl/internal/platform/op"
)

// chunk is a part of a run that is to be issued.
type chunk struct {
	no, first, bills int64
	after, last      place
	inputs, sha      string
	issued           bool
}

// partsLeft are the numbers of the parts that are not out, in order.
func partsLeft(ctx context.Context, r db.Reader, run op.ID) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (no int64, err error) {
		err = rows.Scan(&no)
		return no, err
	}, `SELECT chunk_no FROM billing_chunk WHERE run_id = $1 AND NOT issued ORDER BY chunk_no`, run)
}

// chunkAt is one part of a run, for its issue: what was read for it stays aside.
func chunkAt(ctx context.Context, r db.Reader, run op.ID, no int64) (chunk, error) {
	return db.One(ctx, r, func(rows db.Rows) (c chunk, err error) {
		err = rows.Scan(&c.no, &c.first, &c.bills, &c.sha, &c.issued)
		return c, err
	}, `SELECT chunk_no, first_ordinal, bills, sha256, issued FROM billing_chunk WHERE run_id = $1 AND chunk_no = $2`, run, no)
}

// chunksOf are all parts of a run.
func chunksOf(ctx context.Context, r db.Reader, run op.ID) ([]chunk, error) {
	var after place
	return db.All(ctx, r, func(rows db.Rows) (c chunk, err error) {
		c.after = after
		err = rows.Scan(&c.no, &c.first, &c.bills, &c.last.Unit, &c.last.Account, &c.last.Consumption, &c.inputs, &c.sha)
		after = c.last
		return c, err
	}, `SELECT chunk_no, first_ordinal, bills, last_unit_id, last_account_id, last_consumption_id, inputs, sha256 FROM billing_chunk
		WHERE run_id = $1 ORDER BY chunk_no`, run)
}

// inputOf is what the bills of a part were priced from.
func inputOf(ctx context.Context, r db.Reader, run op.ID, no int64) ([]byte, error) {
	return db.Value[[]byte](ctx, r, `SELECT body FROM billing_input WHERE run_id = $1 AND chunk_no = $2`, run, no)
}

// dropInputs drops what the bills of a run were priced from: they are out, and hold it.
func dropInputs(ctx context.Context, tx db.Tx, run op.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM billing_input WHERE run_id = $1`, run)
	return err
}

// rivalsOf are other runs of the same months and entity that take consumptions from this
// one: those being issued, and those that took their numbers after some reservation.
func rivalsOf(ctx context.Context, r db.Reader, run *Run, after int64) ([]Run, error) {
	return db.All(ctx, r, scanRun, `SELECT `+runColumns+` FROM billing_run r WHERE r.id <> $1 AND r.entity_id = $2 AND r.from_month <= $4 AND r.to_month >= $3
		AND (r.state = $5 OR r.reservation > $6) ORDER BY r.id`, run.ID, run.Entity, run.FromMonth, run.ToMonth, Issuing, after)
}

// lastReservation is the last one of an entity; 0 is none.
func lastReservation(ctx context.Context, r db.Reader, entity op.ID) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT COALESCE(max(reservation), 0) FROM billing_run WHERE entity_id = $1`, entity)
}

func markReserved(ctx context.Context, tx db.Tx, run *Run) error {
	last, err := lastReservation(ctx, tx, run.Entity)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE billing_run SET reservation = $2 WHERE id = $1`, run.ID, last+1)
	}
	return err
}

// activeChanged says that other versions of tariffs are active than a run was computed with.
func activeChanged(ctx context.Context, r db.Reader, run op.ID) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT (SELECT count(*) FROM tariff_version v WHERE v.state = 'active'
		  AND NOT EXISTS (SELECT 1 FROM billing_version b WHERE b.run_id = $1 AND b.version_id = v.id AND b.sha256 = v.sha256))
		+ (SELECT count(*) FROM billing_version b WHERE b.run_id = $1
		  AND NOT EXISTS (SELECT 1 FROM tariff_version v WHERE v.id = b.version_id AND v.state = 'active' AND v.sha256 = b.sha256))`, run)
	return n > 0, err
}

func billsIssued(ctx context.Context, r db.Reader, run op.ID) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT CAST(COALESCE(sum(bills), 0) AS {int}) FROM billing_chunk WHERE run_id = $1 AND issued`, run)
}

// nextNumbers takes legal numbers for a run, or for one credit note.
func nextNumbers(ctx context.Context, tx db.Tx, run *Run, kind BillKind, n int64) (int64, error) {
	return seq.Next(ctx, tx, seq.Series{EntityID: int64(run.Entity), Kind: string(kind), Exercise: run.exercise}, n)
}

// numberOf is the number of a document as it is printed: letter, exercise, entity, node
// and serial. The letter tells bills from credit notes.
func numberOf(kind BillKind, exercise int64, entity string, node, serial int64) string {
	letter := "F"
	if kind == KindCreditNote {
		letter = "A"
	}
	return seq.Number(letter, exercise, entity, node, serial, serialDigits)
}

// serialDigits is how many digits a serial is printed with at least.
const serialDigits = 8

// bookRow is an entry of a run as posted.
type bookRow struct {
	bookKey
	total   money.Amount
	split   ledger.Split
	entry   ledger.Entry
	control string
}

func booksOf(ctx context.Context, r db.Reader, run op.ID) ([]bookRow, error) {
	return db.All(ctx, r, func(rows db.Rows) (b bookRow, err error) {
		var split string
		var period *day.Date
		var posted *time.Time
		err = rows.Scan(&b.unit, &b.service, &b.total, &split, &b.entry.ID, &b.entry.Entity, &b.entry.Operator, &b.control, &b.entry.Exercise,
			&b.entry.BudgetYear, &period, &posted)
		if period != nil {
			b.entry.Period = *period
		}
		if posted != nil {
			b.entry.RecordedAt = *posted
		}
		if err == nil {
			b.split, err = ledger.ParseSplit(split)
		}
		return b, err
	}, `SELECT unit_id, service, total, split, entry_id, entity_id, operator_id, account, exercise, budget_year, period, posted_at
		FROM billing_book WHERE run_id = $1 ORDER BY unit_id, service`, run)
}

// postBooks posts the totals of a run: an entry for each unit and service.
func (m *Module) postBooks(ctx context.Context, x *op.Exec, run *Run) error {
	books, err := booksOf(ctx, x.R, run.ID)
	if err != nil {
		return err
	}
	if run.exercise, err = m.ledger.Exercise(ctx, x.R, run.Entity, run.IssuedOn); err != nil {
		return err
	}
	for i := range books {
		b := &books[i]
		stamps, err := m.ledger.StampsOf(ctx, x.R, b.unit, ledger.Service(b.service), run.IssuedOn)
		if err != nil {
			return err
		}
		if b.total == 0 {
			continue
		}
		entries, err := m.ledger.Post(ctx, x.Tx, ledger.Posting{
			Stamps: stamps, On: run.IssuedOn, Document: run.Code, Label: run.Code, Batch: run.ID, Actor: op.ID(x.Actor.UserID),
			Events: []ledger.Facts{{Event: ledger.EventBill, Parts: b.split}},
		})
		if err != nil {
			return err
		}
		if len(entries) != 1 {
			return fault.New(fault.Internal, "billing.entries", "count", len(entries))
		}
		run.exercise = entries[0].Exercise
		if err := keepBook(ctx, x.Tx, run.ID, b, &entries[0]); err != nil {
			return err
		}
	}
	return nil
}

// keepBook stores what the items of a run take over from its entry. The control account
// is that of the entry's one line against the customers.
func keepBook(ctx context.Context, tx db.Tx, run op.ID, b *bookRow, e *ledger.Entry) error {
	control, err := db.Value[string](ctx, tx, `SELECT account FROM ledger_line WHERE receivable_account_id = 0 AND entry_id = $1 AND amount = $2`, e.ID, b.total)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE billing_book SET entry_id = $4, entity_id = $5, operator_id = $6, account = $7, exercise = $8, budget_year = $9, period = $10,
		posted_at = $11 WHERE run_id = $1 AND unit_id = $2 AND service = $3`,
		run, b.unit, b.service, e.ID, e.Entity, e.Operator, control, e.Exercise, e.BudgetYear, e.Period, e.RecordedAt)
	return err
}

// put inserts the bills of a part with their open items, once: the same transaction
// marks the part as issued.
func (m *Module) put(ctx context.Context, x *op.Exec, run *Run, c chunk, p *part) error {
	n, err := x.Tx.Exec(ctx, `UPDATE billing_chunk SET issued = TRUE, issued_at = $3 WHERE run_id = $1 AND chunk_no = $2 AND NOT issued`, run.ID, c.no, x.Now)
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.New(fault.Conflict, "billing.run_state", "state", run.State)
	}
	books, err := booksOf(ctx, x.R, run.ID)
	if err != nil {
		return err
	}
	byKey := map[bookKey]*bookRow{}
	for i := range books {
		byKey[books[i].bookKey] = &books[i]
	}
	node := db.NodeOf(run.firstBill)
	_, entity, err := m.ledger.Numbering(ctx, x.Tx, run.Entity, run.IssuedOn)
	if err != nil {
		return err
	}
	for i := range p.drafts {
		b := &p.drafts[i].bill
		b.ordinal = c.first + int64(i)
		b.ID, b.serial = op.ID(run.firstBill+b.ordinal), run.firstNumber+b.ordinal
		b.entity, b.exercise = run.Entity, run.exercise
		b.Number = numberOf(KindBill, run.exercise, entity, node, b.serial)
	}
	if err := insertBills(ctx, x.Tx, p.drafts); err != nil {
		return err
	}
	return putItems(ctx, x.Tx, run, p.drafts, byKey)
}

// putItems inserts what the bills of a part leave owed; a bill of nothing leaves nothing.
func putItems(ctx context.Context, tx db.Tx, run *Run, drafts []draft, books map[bookKey]*bookRow) error {
	_, err := ledger.InsertItems(ctx, tx, func(yield func(*ledger.Item, error) bool) {
		for i := range drafts {
			b := &drafts[i].bill
			if b.Total == 0 {
				continue
			}
			book := books[bookKey{b.Unit, b.Service}]
			item := ledger.Item{
				Account: b.Account, ID: b.ID, Kind: ledger.ItemBill, Control: book.control, Amount: b.Total, Split: drafts[i].split, Document: b.Number,
				Service: ledger.Service(b.Service), Category: b.Category, LegalNature: b.legalNature, Managing: b.Unit, Entity: book.entry.Entity,
				Operator: book.entry.Operator, Batch: run.ID, IssuedOn: b.IssuedOn, DueOn: b.DueOn, EffectiveOn: run.IssuedOn,
			}
			item.Stamp(book.entry)
			if !yield(&item, nil) {
				return
			}
		}
	})
	return err
}
