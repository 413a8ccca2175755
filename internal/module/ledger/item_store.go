package ledger

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const itemColumns = `receivable_account_id, id, kind, account, amount, split, document, service, category, legal_nature, managing_unit_id, entity_id,
	operator_id, batch_id, entry_id, exercise, budget_year, issued_on, due_on, effective_on, period, recorded_at`

func (i *Item) values() []any {
	return []any{
		i.Account, i.ID, i.Kind, i.Control, i.Amount, i.Split.String(), i.Document, i.Service, i.Category, i.LegalNature, i.Managing, i.Entity,
		i.Operator, i.Batch, i.Entry, i.Exercise, i.BudgetYear, i.IssuedOn, i.DueOn, i.EffectiveOn, i.Period, i.RecordedAt,
	}
}

// appendValues are the values of a row, in the room of the row before: r. They are of the
// plainest types: bulk loads spend their time on little else.
func (i *Item) appendValues(r []any) []any {
	return append(r[:0], int64(i.Account), int64(i.ID), db.Again(r[2], string(i.Kind)), db.Again(r[3], i.Control), int64(i.Amount), i.Split.String(),
		i.Document, db.Again(r[7], string(i.Service)), db.Again(r[8], i.Category), db.Again(r[9], i.LegalNature), db.Again(r[10], int64(i.Managing)),
		db.Again(r[11], int64(i.Entity)), db.Again(r[12], int64(i.Operator)), db.Again(r[13], int64(i.Batch)), db.Again(r[14], int64(i.Entry)),
		db.Again(r[15], i.Exercise), db.Again(r[16], i.BudgetYear), db.Again(r[17], i.IssuedOn), db.Again(r[18], i.DueOn), db.Again(r[19], i.EffectiveOn),
		db.Again(r[20], i.Period), db.Again(r[21], i.RecordedAt))
}

// fields are where a row goes; its split is still text.
func (i *Item) fields(split *string) []any {
	return []any{
		&i.Account, &i.ID, &i.Kind, &i.Control, &i.Amount, split, &i.Document, &i.Service, &i.Category, &i.LegalNature, &i.Managing, &i.Entity,
		&i.Operator, &i.Batch, &i.Entry, &i.Exercise, &i.BudgetYear, &i.IssuedOn, &i.DueOn, &i.EffectiveOn, &i.Period, &i.RecordedAt,
	}
}

func scanItem(rows db.Rows) (i Item, err error) {
	var split string
	if err = rows.Scan(i.fields(&split)...); err == nil {
		i.Split, err = ParseSplit(split)
	}
	return i, err
}

func insertItem(ctx context.Context, tx db.Tx, i *Item) error {
	return db.ExecLater(ctx, tx, `INSERT INTO open_item (`+itemColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`, i.values()...)
}

// bulkColumns are those of itemColumns, for Bulk.
func bulkColumns() []string {
	return []string{
		"receivable_account_id", "id", "kind", "account", "amount", "split", "document", "service", "category", "legal_nature", "managing_unit_id",
		"entity_id", "operator_id", "batch_id", "entry_id", "exercise", "budget_year", "issued_on", "due_on", "effective_on", "period", "recorded_at",
	}
}

// InsertItems writes the items of a run in bulk: the caller has posted its totals
// (Post with account 0) and stamped each item with that entry (Item.Stamp).
func InsertItems(ctx context.Context, tx db.Tx, items iter.Seq2[*Item, error]) (int64, error) {
	var c changes
	n, err := insertItems(ctx, tx, items, &c)
	if err != nil {
		return n, err
	}
	return n, c.writeBulk(ctx, tx)
}

// insertItems writes items in bulk. What they change of the totals is added to c.
func insertItems(ctx context.Context, tx db.Tx, items iter.Seq2[*Item, error], c *changes) (int64, error) {
	return tx.Bulk(ctx, "open_item", bulkColumns(), func(yield func([]any, error) bool) {
		row := make([]any, len(bulkColumns()))
		for item, err := range items {
			if err == nil {
				err = c.item(item)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if row = item.appendValues(row); !yield(row, nil) {
				return
			}
		}
	})
}

const allocationColumns = `receivable_account_id, id, debit_item_id, credit_item_id, amount, debit_split, credit_split, reserved, reverses_id, entry_id,
	batch_id, actor_id, reason, effective_on, period, recorded_at`

func insertAllocation(ctx context.Context, tx db.Tx, a *Allocation) error {
	return db.ExecLater(ctx, tx, `INSERT INTO allocation (`+allocationColumns+`, managing_unit_id, due_on, issued_on, category, legal_nature, credit_unit_id,
		  credit_category, credit_legal_nature)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		a.values()...)
}

func (a *Allocation) values() []any {
	return []any{
		a.Account, a.ID, a.Debit, a.Credit, a.Amount, a.DebitSplit.String(), a.CreditSplit.String(), a.Reserved, orNone(a.Reverses), a.Entry,
		a.Batch, a.Actor, a.Reason, a.EffectiveOn, a.Period, a.RecordedAt, a.debit.Managing, a.debit.DueOn, a.debit.IssuedOn, a.debit.Category,
		a.debit.LegalNature, a.credit.Managing, a.credit.Category, a.credit.LegalNature,
	}
}

func scanAllocation(rows db.Rows) (a Allocation, err error) {
	var debit, credit string
	var reverses *int64
	err = rows.Scan(&a.Account, &a.ID, &a.Debit, &a.Credit, &a.Amount, &debit, &credit, &a.Reserved, &reverses, &a.Entry, &a.Batch, &a.Actor, &a.Reason,
		&a.EffectiveOn, &a.Period, &a.RecordedAt)
	if err != nil {
		return a, err
	}
	if reverses != nil {
		a.Reverses = op.ID(*reverses)
	}
	if a.DebitSplit, err = ParseSplit(debit); err != nil {
		return a, err
	}
	a.CreditSplit, err = ParseSplit(credit)
	return a, err
}

func insertClearing(ctx context.Context, tx db.Tx, account, allocation, entry op.ID, on, period day.Date) error {
	_, err := tx.Exec(ctx, `INSERT INTO allocation_clearing (receivable_account_id, allocation_id, entry_id, effective_on, period, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, account, allocation, entry, on, period, tx.Now())
	return err
}

// loadPaid reads in one statement the items that an opening pays, with what was
// moved of each, and what is foreseen.
func loadPaid(ctx context.Context, tx db.Tx, o *Opening, f *foresight) (*account, error) {
	items := make([]op.ID, len(o.Pay))
	for i, p := range o.Pay {
		items[i] = p.Item
	}
	marks, args := marksOf(o.Account, items)
	a, err := loadSome(ctx, tx, marks, args, len(o.Pay)+1, f)
	if err == nil && len(a.positions) > 0 {
		f.remember()
	}
	return a, err
}

// marksOf gives the arguments of loadSome for some items, with their placeholders: one
// text for each number of them, which the engines plan once.
func marksOf(account op.ID, items []op.ID) (marks string, args []any) {
	args = []any{account}
	for _, id := range items {
		args = append(args, id)
		marks += ", $" + strconv.Itoa(len(args))
	}
	return strings.TrimPrefix(marks, ", "), args
}

// openItems is the ids of the items of account $1 of which something is left.
const openItems = `SELECT i.id FROM open_item i LEFT JOIN (SELECT item, sum(amount) AS moved FROM
		  (SELECT debit_item_id AS item, amount FROM allocation WHERE receivable_account_id = $1
		   UNION ALL SELECT credit_item_id, amount FROM allocation WHERE receivable_account_id = $1) moves GROUP BY item) m ON m.item = i.id
		WHERE i.receivable_account_id = $1 AND abs(i.amount) <> coalesce(m.moved, 0)`

// loadOpen reads in one statement the items of an account of which something is left,
// or of some of them, and what is foreseen.
func loadOpen(ctx context.Context, tx db.Tx, id op.ID, only []op.ID, f *foresight) (*account, error) {
	which, args := openItems, []any{id}
	if len(only) > 0 {
		which, args = marksOf(id, only)
	}
	a, err := loadSome(ctx, tx, which, args, 1, f)
	return a.open(f, err)
}

// open remembers what was foreseen and keeps the items of which something is left.
func (a *account) open(f *foresight, err error) (*account, error) {
	if err == nil && len(a.positions) > 0 {
		f.remember()
	}
	a.positions = slices.DeleteFunc(a.positions, func(p Position) bool { return p.Left == 0 })
	return a, err
}

// loadSome reads some items of an account, args[0], with what was moved of each. which
// is the list of their ids.
func loadSome(ctx context.Context, tx db.Tx, which string, args []any, size int, f *foresight) (*account, error) {
	a := &account{positions: make([]Position, 0, size)}
	err := db.Each(ctx, tx, func(rows db.Rows) error { return a.scan(rows, f) }, itemsSQL(f, which), append(args, f.args...)...)
	return a, a.complete(ctx, tx, err)
}

// itemsSQL reads items with what was moved of each, in the order of their ids. What is
// foreseen comes first.
func itemsSQL(f *foresight, which string) string {
	return `SELECT ` + f.columns + itemColumns + `, CAST(coalesce((SELECT sum(t.amount) FROM item_transfer t
		  WHERE t.receivable_account_id = $1 AND t.item_id = open_item.id), 0) AS {int}),
		coalesce(moved, 0), CASE WHEN moved IS NULL THEN '' WHEN debit_item_id = id THEN debit_split ELSE credit_split END
		FROM open_item LEFT JOIN (SELECT debit_item_id, credit_item_id, amount AS moved, debit_split, credit_split FROM allocation
		  WHERE receivable_account_id = $1) a ON debit_item_id = id OR credit_item_id = id
		WHERE receivable_account_id = $1 AND id IN (` + which + `) ORDER BY id`
}

// scan reads a row of itemsSQL. What takes back comes after all the others (complete).
func (a *account) scan(rows db.Rows, f *foresight) error {
	if a.into == nil {
		a.into = append(append(slices.Clip(f.into), a.row.fields(&a.split)...), &a.row.InDoubt, &a.moved, &a.part)
	}
	if err := rows.Scan(a.into...); err != nil {
		return err
	}
	last := len(a.positions) - 1
	if last < 0 || a.positions[last].ID != a.row.ID {
		split, err := ParseSplit(a.split)
		if err != nil {
			return err
		}
		a.positions = append(a.positions, a.row)
		last++
		a.positions[last].Split = split
	}
	if a.moved >= 0 {
		return a.positions[last].moveText(a.moved, a.part)
	}
	a.back = append(a.back, taken{last, a.moved, a.part})
	return nil
}

// reading is the room for one row of an account that is being read.
type reading struct {
	row         Position
	split, part string
	moved       money.Amount
	into        []any
	back        []taken
}

// taken is what an allocation takes back of the position in a place.
type taken struct {
	at    int
	moved money.Amount
	part  string
}

// complete computes what is left of the items read, and reads where what is doubtful
// stands.
func (a *account) complete(ctx context.Context, r db.Reader, err error) error {
	for _, t := range a.back {
		err = cmp.Or(err, a.positions[t.at].moveText(t.moved, t.part))
	}
	a.reading = reading{}
	err = cmp.Or(err, a.measure())
	if err != nil || !slices.ContainsFunc(a.positions, func(p Position) bool { return p.InDoubt != 0 }) {
		return err
	}
	return a.doubt(ctx, r, AsOf{}.of(a.positions[0].Account))
}

// Foreseen is an account asked for ahead of Hold (db.Ask), once it is locked.
type Foreseen struct {
	account op.ID
	only    []op.ID
	asked   *db.Asked
	f       *foresight
	last    *day.Date
}

// Foresee puts the question of Hold ahead; the accounting month is asked for the unit
// of each item.
func (m *Module) Foresee(ctx context.Context, tx db.Tx, id op.ID, only []op.ID) (s *Foreseen, err error) {
	s = &Foreseen{account: id, only: only, f: foresee(tx, len(only)+2), last: new(day.Date)}
	s.f.columns += ClosedSQL("managing_unit_id") + ", "
	s.f.into = append(s.f.into, s.last)
	which, args := openItems, []any{id}
	if len(only) > 0 {
		which, args = marksOf(id, only)
	}
	s.asked, err = db.Ask(ctx, tx, itemsSQL(s.f, which), append(args, s.f.args...)...)
	return s, err
}

// held reads the answer.
func (s *Foreseen) held(ctx context.Context, tx db.Tx) (*Held, error) {
	a := &account{positions: make([]Position, 0, max(len(s.only), 1))}
	err := s.asked.Each(ctx, func(rows db.Rows) error {
		err := a.scan(rows, s.f)
		if err == nil {
			RememberClosed(tx, a.positions[len(a.positions)-1].Managing, *s.last)
		}
		return err
	})
	a, err = a.open(s.f, a.complete(ctx, tx, err))
	return &Held{a}, err
}

// ClosedSQL is the first day of the last closed month of the unit in a column, NULL when
// there is none, for a statement that is made anyway.
func ClosedSQL(column string) string {
	return `(SELECT max(month) FROM period_closing WHERE unit_id = ` + column + `)`
}

// moveText takes one side of a stored allocation into account; an amount below
// zero takes back, after all the others.
func (p *Position) moveText(amount money.Amount, part string) error {
	if amount == 0 {
		return nil
	}
	s, err := ParseSplit(part)
	if err != nil {
		return err
	}
	return p.move(s, amount < 0)
}

// loadAccount reads an account as it now is.
func loadAccount(ctx context.Context, r db.Reader, id op.ID) (*account, error) {
	return loadAccountAsOf(ctx, r, id, AsOf{})
}

// loadAccountAsOf reads an account as it was on a day, as known at an instant.
func loadAccountAsOf(ctx context.Context, r db.Reader, id op.ID, at AsOf) (*account, error) {
	a := &account{cleared: map[op.ID]bool{}}
	w := at.of(id)
	items, err := db.All(ctx, r, scanItem, `SELECT `+itemColumns+` FROM open_item`+w.SQL()+` ORDER BY id`, w.Args()...)
	if err != nil {
		return a, err
	}
	for _, i := range items {
		a.add(i)
	}
	a.allocations, err = db.All(ctx, r, scanAllocation, `SELECT `+allocationColumns+` FROM allocation`+w.SQL()+` ORDER BY id`, w.Args()...)
	if err != nil {
		return a, err
	}
	err = db.Each(ctx, r, func(rows db.Rows) error {
		var allocation op.ID
		err := rows.Scan(&allocation)
		a.cleared[allocation] = true
		return err
	}, `SELECT allocation_id FROM allocation_clearing`+w.SQL(), w.Args()...)
	if err != nil {
		return a, err
	}
	if err := a.settle(); err != nil {
		return a, err
	}
	return a, a.doubt(ctx, r, w)
}

// managedBy is the unit that manages the latest item of an account; NotFound
// without any.
func managedBy(ctx context.Context, r db.Reader, account op.ID) (unit op.ID, err error) {
	found, err := db.ScanOne(ctx, r, `SELECT managing_unit_id FROM open_item WHERE receivable_account_id = $1 ORDER BY id DESC LIMIT 1`,
		[]any{account}, &unit)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "ledger.item_none")
	}
	return unit, err
}
