package ledger

import (
	"context"
	"strconv"
	"strings"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const entryColumns = `receivable_account_id, id, event, journal, unit_id, entity_id, operator_id, managing_unit_id, collecting_unit_id, node, batch_id,
	exercise, budget_year, effective_on, period, recorded_at, document, label, rule_set_id, reverses_id, actor_id, total`

func insertEntry(ctx context.Context, tx db.Tx, e *Entry) error {
	_, err := tx.Exec(ctx, `INSERT INTO ledger_entry (`+entryColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		e.Account, e.ID, e.Event, e.Journal, e.Unit, e.Entity, e.Operator, e.Managing, e.Collecting, e.Node, e.Batch, e.Exercise, e.BudgetYear,
		e.EffectiveOn, e.Period, e.RecordedAt, e.Document, e.Label, e.RuleSet, orNone(e.Reverses), e.Actor, e.Total)
	return err
}

// orNone is NULL for no id.
func orNone(id op.ID) *int64 {
	if id == 0 {
		return nil
	}
	n := int64(id)
	return &n
}

// lineColumns is the number of values of a line.
const lineColumns = 11

// insertLines writes the lines of an entry in one statement.
func insertLines(ctx context.Context, tx db.Tx, e *Entry, section string, lines []Line) error {
	var b strings.Builder
	b.WriteString(`INSERT INTO ledger_line (receivable_account_id, entry_id, line_no, account, service, section, rate, amount, unit_id, effective_on,
		recorded_at) VALUES `)
	args := make([]any, 0, len(lines)*lineColumns)
	for i, l := range lines {
		if i > 0 {
			b.WriteString(", ")
		}
		for c := range lineColumns {
			b.WriteString([]string{"($", ", $"}[min(c, 1)] + strconv.Itoa(len(args)+c+1))
		}
		b.WriteByte(')')
		own := ""
		if sectioned(l.Account) {
			own = section
		}
		args = append(args, e.Account, e.ID, i+1, l.Account, l.Service, own, l.Rate, l.Amount, e.Unit, e.EffectiveOn, e.RecordedAt)
	}
	_, err := tx.Exec(ctx, b.String(), args...)
	return err
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
