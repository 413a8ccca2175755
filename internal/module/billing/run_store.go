package billing

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/ledger"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
	"wasl/internal/platform/op"
)

const runColumns = `r.id, r.code, r.unit_id, r.route_id, r.categories, r.service, r.from_month, r.to_month, r.issued_on, r.due_on, r.chunk_size, r.state,
	r.due, r.missing, r.bills, r.net, r.tax, r.total, r.sha256, r.entity_id, r.exercise, r.first_number, r.first_bill_id, r.prepared_by, r.approved_by,
	r.recorded_at, r.version, r.rated_at_issue`

func scanRun(rows db.Rows) (r Run, err error) { return scanRunWith(rows) }

// scanRunWith reads a run and further columns behind it.
func scanRunWith(rows db.Rows, more ...any) (r Run, err error) {
	var categories, rated string
	err = rows.Scan(append([]any{
		&r.ID, &r.Code, &r.Unit, &r.Route, &categories, &r.Service, &r.FromMonth, &r.ToMonth, &r.IssuedOn, &r.DueOn, &r.ChunkSize, &r.State,
		&r.Due, &r.Missing, &r.Bills, &r.Net, &r.Tax, &r.Total, &r.SHA256, &r.Entity, &r.exercise, &r.firstNumber, &r.firstBill, &r.PreparedBy,
		&r.ApprovedBy, &r.RecordedAt, &r.Version, &rated,
	}, more...)...)
	r.Categories, r.RatedAtIssue = linesIn(categories), linesIn(rated)
	r.on = r.IssuedOn
	return r, err
}

// linesIn are the words of a column that holds one a line; none of an empty one.
func linesIn(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// findRun reads a run; NotFound "billing.run_unknown".
func findRun(ctx context.Context, x *op.Exec, id op.ID) (Run, error) {
	run, err := loadRun(ctx, x.R, id)
	run.places = x.Places()
	return run, err
}

func loadRun(ctx context.Context, r db.Reader, id op.ID) (Run, error) {
	run, err := db.One(ctx, r, scanRun, `SELECT `+runColumns+` FROM billing_run r WHERE r.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return run, fault.New(fault.NotFound, "billing.run_unknown")
	}
	return run, err
}

func listRuns(ctx context.Context, x *op.Exec, in RunFilter) iter.Seq2[RunRow, error] {
	var w db.Where
	if in.State != "" {
		w.And("r.state = ?", in.State)
	}
	x.Filter(&w, "r.unit_id")
	order := x.Keyset(&w, map[string][]string{"recorded": {"@r.recorded_at", "#r.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row RunRow, err error) {
		var m marks
		row.Run, err = scanRunWith(rows, m.fields()...)
		row.Progress = row.Run.progress(m)
		return row, err
	}, `SELECT `+runColumns+`, `+markColumns+` FROM billing_run r`+w.SQL()+order, w.Args()...)
}

// openRun is the code of a run under way that could bill the same consumptions.
func openRun(ctx context.Context, r db.Reader, run *Run) (code string, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT code FROM billing_run WHERE unit_id = $1 AND from_month <= $3 AND to_month >= $2 AND state = $4 ORDER BY id LIMIT 1`,
		[]any{run.Unit, run.FromMonth, run.ToMonth, Issuing}, &code)
	return code, err
}

// nextRunCode names a run by the exercise and the code of its entity and a number of its own.
func nextRunCode(ctx context.Context, tx db.Tx, run *Run, exercise int64, entity string) (string, error) {
	n, err := seq.Next(ctx, tx, seq.Series{EntityID: int64(run.Entity), Kind: "billing_run", Exercise: exercise}, 1)
	return "R" + strconv.FormatInt(exercise, 10) + "-" + entity + "-" + strconv.FormatInt(n, 10), err
}

func insertRun(ctx context.Context, tx db.Tx, r *Run) error {
	_, err := tx.Exec(ctx, `INSERT INTO billing_run (id, code, unit_id, route_id, categories, service, from_month, to_month, issued_on, due_on, chunk_size, state,
		  due, missing, bills, net, tax, total, sha256, entity_id, exercise, first_number, first_bill_id, prepared_by, approved_by, recorded_at, version,
		  rated_at_issue)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, 0, 0, '', $15, 0, 0, 0, $16, 0, $17, $18, $19)`,
		r.ID, r.Code, r.Unit, r.Route, strings.Join(r.Categories, "\n"), r.Service, r.FromMonth, r.ToMonth, r.IssuedOn, r.DueOn, r.ChunkSize, r.State,
		r.Due, r.Missing, r.Entity, r.PreparedBy, r.RecordedAt, r.Version,
		strings.Join(r.RatedAtIssue, "\n"))
	return err
}

// updateRun stores what changes of a run and moves its version.
func updateRun(ctx context.Context, tx db.Tx, r *Run) error {
	r.Version++
	_, err := tx.Exec(ctx, `UPDATE billing_run SET state = $2, bills = $3, net = $4, tax = $5, total = $6, sha256 = $7, exercise = $8, first_number = $9,
		first_bill_id = $10, approved_by = $11, version = $12, due = $13, rated_at_issue = $14 WHERE id = $1`,
		r.ID, r.State, r.Bills, r.Net, r.Tax, r.Total, r.SHA256, r.exercise, r.firstNumber, r.firstBill, r.ApprovedBy, r.Version, r.Due,
		strings.Join(r.RatedAtIssue, "\n"))
	return err
}

func markApproved(ctx context.Context, tx db.Tx, run op.ID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE billing_run SET approved_at = $2 WHERE id = $1`, run, at)
	return err
}

func markIssued(ctx context.Context, tx db.Tx, run op.ID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE billing_run SET issued_at = $2 WHERE id = $1`, run, at)
	return err
}

func totalsOf(ctx context.Context, r db.Reader, run op.ID) ([]Line, error) {
	return db.All(ctx, r, func(rows db.Rows) (l Line, err error) {
		err = rows.Scan(&l.Unit, &l.Service, &l.Category, &l.Line, &l.Bills, &l.Quantity, &l.Amount)
		return l, err
	}, `SELECT unit_id, service, category, line, bills, quantity, amount FROM billing_total WHERE run_id = $1 ORDER BY unit_id, service, category, line`, run)
}

func openExceptions(ctx context.Context, r db.Reader, run op.ID) (blocking, warnings int64, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT CAST(COALESCE(sum(CASE WHEN severity_rank = 0 THEN 1 ELSE 0 END), 0) AS {int}),
		CAST(COALESCE(sum(CASE WHEN severity_rank = 1 THEN 1 ELSE 0 END), 0) AS {int}) FROM billing_exception WHERE run_id = $1 AND state = $2`,
		[]any{run, verdictOpen}, &blocking, &warnings)
	return blocking, warnings, err
}

func countChunks(ctx context.Context, r db.Reader, run op.ID) (all, issued int64, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT count(*), CAST(COALESCE(sum(CASE WHEN issued THEN 1 ELSE 0 END), 0) AS {int}) FROM billing_chunk WHERE run_id = $1`,
		[]any{run}, &all, &issued)
	return all, issued, err
}

func versionsUsed(ctx context.Context, r db.Reader, run op.ID) ([]tariff.VersionRef, error) {
	return db.All(ctx, r, func(rows db.Rows) (v tariff.VersionRef, err error) {
		var tariff, code string
		err = rows.Scan(&v.ID, &tariff, &code, &v.SHA256)
		v.Name = tariff + " " + code
		return v, err
	}, `SELECT version_id, tariff, version, sha256 FROM billing_version WHERE run_id = $1 ORDER BY tariff, version`, run)
}

// resetRun empties what drafts left behind; decisions stay.
func resetRun(ctx context.Context, tx db.Tx, run op.ID) error {
	for _, sql := range []string{
		`DELETE FROM billing_input WHERE run_id = $1`, `DELETE FROM billing_chunk WHERE run_id = $1`, `DELETE FROM billing_total WHERE run_id = $1`,
		`DELETE FROM billing_sum WHERE run_id = $1`,
		`DELETE FROM billing_book WHERE run_id = $1`,
		`DELETE FROM billing_version WHERE run_id = $1`, `DELETE FROM billing_exception WHERE run_id = $1 AND state = 'open'`,
	} {
		if _, err := tx.Exec(ctx, sql, run); err != nil {
			return err
		}
	}
	return nil
}

// keepVersions stores which versions the run is computed with: those that may price,
// and the tables of rates.
func keepVersions(ctx context.Context, tx db.Tx, run op.ID) error {
	_, err := tx.Exec(ctx, `INSERT INTO billing_version (run_id, version_id, kind, tariff, version, sha256)
		SELECT $1, v.id, t.kind, t.code, v.code, v.sha256 FROM tariff_version v JOIN tariff t ON t.id = v.tariff_id WHERE v.state = 'active'`, run)
	return err
}

func insertChunk(ctx context.Context, tx db.Tx, run op.ID, no, first int64, p *part) error {
	_, err := tx.Exec(ctx, `INSERT INTO billing_chunk (run_id, chunk_no, last_unit_id, last_account_id, last_consumption_id, first_ordinal, bills, net, tax, total,
		  exceptions, inputs, sha256, issued, drafted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, FALSE, $14)`,
		run, no, p.last.Unit, p.last.Account, p.last.Consumption, first, int64(len(p.drafts)), p.net, p.tax, p.total, int64(len(p.findings)), p.inputs, p.sha,
		tx.Now())
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO billing_input (run_id, chunk_no, body) VALUES ($1, $2, $3)`, run, no, freeze(p))
	}
	return err
}

func addTotals(ctx context.Context, tx db.Tx, run op.ID, p *part) error {
	for k, s := range p.totals {
		if _, err := tx.Exec(ctx, `INSERT INTO billing_total (run_id, unit_id, service, category, line, bills, quantity, amount)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (run_id, unit_id, service, category, line) DO UPDATE SET bills = billing_total.bills + $6, quantity = billing_total.quantity + $7,
			  amount = billing_total.amount + $8`, run, k.unit, k.service, k.category, k.line, s.bills, s.quantity, s.amount); err != nil {
			return err
		}
	}
	if err := addSums(ctx, tx, run, p.kinds); err != nil {
		return err
	}
	for k, s := range p.books {
		if err := addBook(ctx, tx, run, k, s); err != nil {
			return err
		}
	}
	return nil
}

// addBook adds a part to what an entry of the run will post.
func addBook(ctx context.Context, tx db.Tx, run op.ID, k bookKey, s bookSum) error {
	var text string
	found, err := db.ScanOne(ctx, tx, `SELECT split FROM billing_book WHERE run_id = $1 AND unit_id = $2 AND service = $3`, []any{run, k.unit, k.service}, &text)
	if err != nil {
		return err
	}
	if !found {
		_, err = tx.Exec(ctx, `INSERT INTO billing_book (run_id, unit_id, service, bills, total, split, entry_id, entity_id, operator_id, account, exercise,
			  budget_year)
			VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, '', 0, 0)`, run, k.unit, k.service, s.bills, s.total, s.split.String())
		return err
	}
	have, err := ledger.ParseSplit(text)
	if err != nil {
		return err
	}
	if have, err = have.Plus(s.split); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE billing_book SET bills = bills + $4, total = total + $5, split = $6 WHERE run_id = $1 AND unit_id = $2 AND service = $3`,
		run, k.unit, k.service, s.bills, s.total, have.String())
	return err
}

// runLabels reads the codes of runs.
func runLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var words string
		err := rows.Scan(&id, &words)
		out[id] = words
		return err
	}, `SELECT id, code FROM billing_run WHERE id IN {ints $1}`, ids)
	return out, err
}
