package ledger

import (
	"context"
	"iter"

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

// journalLines reads the lines by date.
func journalLines(ctx context.Context, x *op.Exec, in ExportFilter) iter.Seq2[JournalLine, error] {
	var w db.Where
	AsOf{On: in.To, KnownAt: in.knownAt()}.narrow(&w, "l.")
	if !in.From.IsZero() {
		w.And("l.effective_on >= ?", in.From)
	}
	in.within(x)(&w, "l.unit_id")
	order := x.Keyset(&w, map[string][]string{"date": {"%l.effective_on", "#l.entry_id", "#l.line_no"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (l JournalLine, err error) {
		var reverses *int64
		err = rows.Scan(&l.Entry, &l.Line, &l.Journal, &l.Event, &l.EffectiveOn, &l.Period, &l.RecordedAt, &l.Unit, &l.Document, &l.Label, &l.Account,
			&l.AccountLabel, &l.Receivable, &l.Service, &l.Section, &l.Debit, &l.Batch, &reverses)
		if l.Debit < 0 {
			l.Debit, l.Credit = 0, -l.Debit
		}
		if reverses != nil {
			l.Reverses = op.ID(*reverses)
		}
		return l, err
	}, `SELECT l.entry_id, l.line_no, e.journal, e.event, l.effective_on, e.period, e.recorded_at, l.unit_id, e.document, e.label, l.account,
		  coalesce(a.label, ''), l.receivable_account_id, l.service, l.section, l.amount, e.batch_id, e.reverses_id
		FROM ledger_line l JOIN ledger_entry e ON e.receivable_account_id = l.receivable_account_id AND e.id = l.entry_id
		LEFT JOIN gl_account a ON a.code = l.account`+w.SQL()+order, w.Args()...)
}
