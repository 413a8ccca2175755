package ledger

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

func accountLabels(ctx context.Context, r db.Reader) (map[string]string, error) {
	out := map[string]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var code, label string
		err := rows.Scan(&code, &label)
		out[code] = label
		return err
	}, `SELECT code, label FROM gl_account`)
	return out, err
}

// sumsBefore adds up, by account, what an export leaves out because it lies before a
// day.
func sumsBefore(ctx context.Context, x *op.Exec, in ExportFilter, first day.Date) ([]Balance, error) {
	var w db.Where
	AsOf{KnownAt: in.knownAt()}.narrow(&w, "l.")
	column := "l.effective_on"
	if x.Page.Sort == sortNumber {
		column = accountingOn("e.")
	}
	w.And(column+" < ?", first)
	in.narrow(x, &w)
	return db.All(ctx, x.R, func(rows db.Rows) (b Balance, err error) {
		err = rows.Scan(&b.Account, &b.Balance)
		return b, err
	}, `SELECT l.account, CAST(sum(l.amount) AS {int}) FROM ledger_line l
		JOIN ledger_entry e ON e.receivable_account_id = l.receivable_account_id AND e.id = l.entry_id`+w.SQL()+` GROUP BY l.account ORDER BY l.account`, w.Args()...)
}

// narrow keeps the books that are asked for.
func (f ExportFilter) narrow(x *op.Exec, w *db.Where) {
	f.within(x)(w, "l.unit_id")
	if f.Entity != 0 {
		w.And("e.entity_id = ?", f.Entity)
	}
	if f.Closed {
		w.And("EXISTS (SELECT 1 FROM period_closing p WHERE p.unit_id = e.unit_id AND p.month = e.period)")
	}
}

// months is the condition on the months whose entries are counted for their numbers: a
// fact lies in its month or a later one.
func (f ExportFilter) months(x *op.Exec, w *db.Where) string {
	first := f.From
	if len(x.Page.After) > 0 {
		if on, err := day.Parse(x.Page.After[0]); err == nil && on.After(first) {
			first = on
		}
	}
	if first.IsZero() {
		return ""
	}
	return " WHERE period >= " + w.Arg(day.MonthOf(first).First())
}

// journalLines reads the lines by date, or in the order of the numbers.
func journalLines(ctx context.Context, x *op.Exec, in ExportFilter) iter.Seq2[JournalLine, error] {
	var w db.Where
	numbers, order := x.Page.Sort == sortNumber, map[string][]string{
		"date": {"%l.effective_on", "#l.entry_id", "#l.line_no"}, sortNumber: {"%" + accountingOn("e."), "@e.recorded_at", "#e.id", "#l.line_no"},
	}
	AsOf{KnownAt: in.knownAt()}.narrow(&w, "l.")
	column := "l.effective_on"
	if numbers {
		column = accountingOn("e.")
	}
	if !in.From.IsZero() {
		w.And(column+" >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And(column+" <= ?", in.To)
	}
	in.narrow(x, &w)
	months := in.months(x, &w)
	end := x.Keyset(&w, order)
	return db.Seq(ctx, x.R, scanJournal, `SELECT l.entry_id, l.line_no, e.journal, e.event, l.effective_on, `+accountingOn("e.")+`, e.period, e.recorded_at,
		  l.unit_id, u.code, n.code, coalesce(s.exercise, 0), coalesce(s.first_number + e.place - 1, 0), c.recorded_at, e.document, e.label, l.account,
		  coalesce(a.label, ''), l.receivable_account_id, l.service, l.section, l.amount, e.batch_id, e.reverses_id
		FROM ledger_line l JOIN (SELECT receivable_account_id, id, journal, event, unit_id, entity_id, effective_on, period, recorded_at, document, label,
		    batch_id, reverses_id, row_number() OVER (PARTITION BY unit_id, period, entity_id, journal ORDER BY `+accountingOn("")+`, recorded_at, id) AS place
		  FROM ledger_entry`+months+`) e ON e.receivable_account_id = l.receivable_account_id AND e.id = l.entry_id
		JOIN unit u ON u.id = l.unit_id JOIN legal_entity n ON n.id = e.entity_id
		LEFT JOIN period_closing c ON c.unit_id = e.unit_id AND c.month = e.period
		LEFT JOIN entry_series s ON s.unit_id = e.unit_id AND s.month = e.period AND s.entity_id = e.entity_id AND s.journal = e.journal
		LEFT JOIN gl_account a ON a.code = l.account`+w.SQL()+end, w.Args()...)
}

func scanJournal(rows db.Rows) (l JournalLine, err error) {
	var reverses *int64
	var exercise, n int64
	var closed time.Time
	err = rows.Scan(&l.Entry, &l.Line, &l.Journal, &l.Event, &l.EffectiveOn, &l.AccountingOn, &l.Period, &l.RecordedAt, &l.Unit, &l.UnitCode, &l.EntityCode,
		&exercise, &n, &closed, &l.Document, &l.Label, &l.Account, &l.AccountLabel, &l.Receivable, &l.Service, &l.Section, &l.Debit, &l.Batch, &reverses)
	if l.Debit < 0 {
		l.Debit, l.Credit = 0, -l.Debit
	}
	if reverses != nil {
		l.Reverses = op.ID(*reverses)
	}
	if n != 0 {
		l.Number = printed(exercise, n)
	}
	if !closed.IsZero() {
		l.ValidatedOn = day.Of(closed)
	}
	return l, err
}
