package ledger

import (
	"context"
	"iter"
	"strconv"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const entryColumns = `receivable_account_id, id, event, journal, unit_id, entity_id, operator_id, managing_unit_id, collecting_unit_id, node, batch_id,
	exercise, budget_year, effective_on, period, recorded_at, document, label, rule_set_id, reverses_id, actor_id, total`

func insertEntry(ctx context.Context, tx db.Tx, e *Entry) error {
	return db.ExecLater(ctx, tx, `INSERT INTO ledger_entry (`+entryColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		e.Account, e.ID, e.Event, e.Journal, e.Unit, e.Entity, e.Operator, e.Managing, e.Collecting, e.Node, e.Batch, e.Exercise, e.BudgetYear,
		e.EffectiveOn, e.Period, e.RecordedAt, e.Document, e.Label, e.RuleSet, orNone(e.Reverses), e.Actor, e.Total)
}

// orNone is NULL for no id.
func orNone(id op.ID) *int64 {
	if id == 0 {
		return nil
	}
	n := int64(id)
	return &n
}

// lineColumns is the number of values of a line, linesText room for what comes before them.
const (
	lineColumns = 11
	linesText   = 200
)

// insertLines writes the lines of an entry in one statement.
func insertLines(ctx context.Context, tx db.Tx, e *Entry, section string, lines []Line) error {
	sql := make([]byte, 0, linesText+len(lines)*lineColumns*len(", $100"))
	sql = append(sql, `INSERT INTO ledger_line (receivable_account_id, entry_id, line_no, account, service, section, rate, amount, unit_id, effective_on,
		recorded_at) VALUES `...)
	args := make([]any, 0, len(lines)*lineColumns)
	for i := range lines {
		l := &lines[i]
		if i > 0 {
			sql = append(sql, ", "...)
		}
		sep := "($"
		for c := range lineColumns {
			sql = strconv.AppendInt(append(sql, sep...), int64(len(args)+c+1), 10)
			sep = ", $"
		}
		sql = append(sql, ')')
		own := ""
		if sectioned(l.Account) {
			own = section
		}
		args = append(args, e.Account, e.ID, i+1, l.Account, l.Service, own, l.Rate, l.Amount, e.Unit, e.EffectiveOn, e.RecordedAt)
	}
	return db.ExecLater(ctx, tx, string(sql), args...)
}

func (e *Entry) scan(rows db.Rows) error {
	var reverses *int64
	err := rows.Scan(&e.Account, &e.ID, &e.Event, &e.Journal, &e.Unit, &e.Entity, &e.Operator, &e.Managing, &e.Collecting, &e.Node, &e.Batch,
		&e.Exercise, &e.BudgetYear, &e.EffectiveOn, &e.Period, &e.RecordedAt, &e.Document, &e.Label, &e.RuleSet, &reverses, &e.Actor, &e.Total)
	if reverses != nil {
		e.Reverses = op.ID(*reverses)
	}
	return err
}

func listEntries(ctx context.Context, x *op.Exec, in EntryFilter) iter.Seq2[Entry, error] {
	var w db.Where
	x.Filter(&w, "unit_id")
	if !in.From.IsZero() {
		w.And("effective_on >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And("effective_on <= ?", in.To)
	}
	if in.Journal != "" {
		w.And("journal = ?", in.Journal)
	}
	if in.Event != "" {
		w.And("event = ?", in.Event)
	}
	if in.Batch != 0 {
		w.And("batch_id = ?", in.Batch)
	}
	if in.Receivable != 0 {
		w.And("receivable_account_id = ?", in.Receivable)
	}
	if in.Account != "" {
		w.And(`EXISTS (SELECT 1 FROM ledger_line l WHERE l.receivable_account_id = ledger_entry.receivable_account_id AND l.entry_id = ledger_entry.id
			AND l.account = ?)`, in.Account)
	}
	order := x.Keyset(&w, map[string][]string{"effective_on": {"%effective_on", "#id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (e Entry, err error) {
		err = e.scan(rows)
		return e, err
	}, `SELECT `+entryColumns+` FROM ledger_entry`+w.SQL()+order, w.Args()...)
}

// findEntry reads an entry; NotFound when there is none.
func findEntry(ctx context.Context, r db.Reader, account, id op.ID) (Entry, error) {
	e, err := db.One(ctx, r, func(rows db.Rows) (e Entry, err error) {
		err = e.scan(rows)
		return e, err
	}, `SELECT `+entryColumns+` FROM ledger_entry WHERE receivable_account_id = $1 AND id = $2`, account, id)
	if fault.CodeOf(err) == "db.no_row" {
		return e, fault.New(fault.NotFound, "ledger.entry_unknown")
	}
	return e, err
}

func linesOf(ctx context.Context, r db.Reader, account, entry op.ID) ([]EntryLine, error) {
	return db.All(ctx, r, func(rows db.Rows) (l EntryLine, err error) {
		err = rows.Scan(&l.Account, &l.Service, &l.Section, &l.Rate, &l.Amount)
		return l, err
	}, `SELECT account, service, section, rate, amount FROM ledger_line WHERE receivable_account_id = $1 AND entry_id = $2 ORDER BY line_no`, account, entry)
}

// entryCard reads an entry with its lines and what takes it back.
func entryCard(ctx context.Context, r db.Reader, account, id op.ID) (c EntryCard, err error) {
	if c.Entry, err = findEntry(ctx, r, account, id); err != nil {
		return c, err
	}
	if c.Lines, err = linesOf(ctx, r, account, id); err != nil {
		return c, err
	}
	if c.Number, err = numberOf(ctx, r, &c.Entry); err != nil {
		return c, err
	}
	_, err = db.ScanOne(ctx, r, `SELECT id FROM ledger_entry WHERE receivable_account_id = $1 AND unit_id = $2 AND reverses_id = $3`,
		[]any{account, c.Unit, id}, &c.ReversedBy)
	return c, err
}

// entityCode is the code of a legal entity, which never changes.
func entityCode(ctx context.Context, r db.Reader, id op.ID) (string, error) {
	return db.Value[string](ctx, r, `SELECT code FROM legal_entity WHERE id = $1`, id)
}
