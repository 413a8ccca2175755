package intake

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// hiddenBatches are the batches of which rows may exist that nobody may see: what is
// being taken in, or undone. They are few at any time and have an index of their own.
const hiddenBatches = "SELECT id FROM import_batch WHERE pending"

// Visible adds to a condition that a row is not of a batch that is still being taken
// in. Every query of a table with a batch column has it. The column is null for
// rows that no import brought.
func Visible(w *db.Where, column string) {
	w.And("(" + column + " IS NULL OR " + column + " NOT IN (" + hiddenBatches + "))")
}

// VisibleSQL is Visible as a text, for a statement without db.Where.
func VisibleSQL(column string) string {
	return "(" + column + " IS NULL OR " + column + " NOT IN (" + hiddenBatches + "))"
}

// VisibleTo is Visible with the rows of one batch: what a session of the batch sees.
func VisibleTo(w *db.Where, column string, batch int64) {
	w.And("("+column+" IS NULL OR "+column+" = ? OR "+column+" NOT IN ("+hiddenBatches+"))", batch)
}

// VisibleToSQL is VisibleTo as a text; mark is the placeholder of the batch: "$3".
func VisibleToSQL(column, mark string) string {
	return "(" + column + " IS NULL OR " + column + " = " + mark + " OR " + column + " NOT IN (" + hiddenBatches + "))"
}

// batchRecord is a batch as it is stored.
type batchRecord struct {
	ID         int64
	Kind       string
	Operation  string
	Scope      string
	FileName   string
	SHA256     string
	Size       int64
	Signature  string
	Form       Form
	Map        map[string]string
	Parameters json.RawMessage
	Mode       Mode
	State      State
	Pending    bool
	Same       int64
	Note       string
	Job        int64
	Unit       int64
	Actor      int64
	Preview    json.RawMessage
}

func insertBatch(ctx context.Context, tx db.Tx, b batchRecord) error {
	form, err := json.Marshal(b.Form)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	used, err := json.Marshal(b.Map)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	_, err = tx.Exec(ctx, `INSERT INTO import_batch (id, kind, operation, scope, file_name, sha256, size, signature, form, column_map,
		  parameters, mode, state, pending, reason, same_id, note, job_id, unit_id, actor_id, row_count, created, changed, unchanged, rejected,
		  flagged, preview, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', $15, $16, $17, $18, $19, 0, 0, 0, 0, 0, 0, $20, $21)`,
		b.ID, b.Kind, b.Operation, b.Scope, b.FileName, b.SHA256, b.Size, b.Signature, string(form), string(used),
		string(b.Parameters), b.Mode, b.State, b.Pending, b.Same, b.Note, b.Job, b.Unit, b.Actor, string(b.Preview), tx.Now())
	return err
}

// endBatch writes what became of a batch. From here on nothing of it is hidden: its
// rows are visible, or there are none.
func endBatch(ctx context.Context, tx db.Tx, r Report) error {
	flagged := int64(0)
	for _, n := range r.Flagged {
		flagged += n
	}
	var applied time.Time
	if r.State == Applied {
		applied = tx.Now()
	}
	n, err := tx.Exec(ctx, `UPDATE import_batch SET state = $1, pending = $2, reason = $3, row_count = $4, created = $5, changed = $6,
		  unchanged = $7, rejected = $8, flagged = $9, applied_at = $10
		WHERE id = $11 AND state IN ('staged', 'checked')`,
		r.State, false, r.Reason, r.Rows, r.Created, r.Changed, r.Unchanged, r.Rejected, flagged, applied, r.Batch)
	if err == nil && n != 1 {
		err = fault.New(fault.Internal, "internal", "batch", r.Batch)
	}
	return err
}

const batchColumns = `id, kind, operation, file_name, state, mode, unit_id, actor_id, job_id, row_count, created, changed, unchanged,
	rejected, flagged, recorded_at, applied_at`

func (b *BatchRow) dest() []any {
	return []any{
		&b.ID, &b.Kind, &b.Operation, &b.FileName, &b.State, &b.Mode, &b.Unit, &b.Actor, &b.Job, &b.Rows, &b.Created, &b.Changed, &b.Unchanged,
		&b.Rejected, &b.Flagged, &b.RecordedAt, &b.AppliedAt,
	}
}

func scanBatchRow(rows db.Rows) (b BatchRow, err error) {
	return b, rows.Scan(b.dest()...)
}

func scanBatchCard(rows db.Rows) (b BatchCard, err error) {
	var form, used, parameters, preview string
	err = rows.Scan(append(b.dest(), &b.SHA256, &b.Size, &form, &used, &parameters, &b.Same, &b.Reason, &b.Note, &preview)...)
	for _, part := range []struct {
		text string
		to   any
	}{{form, &b.Form}, {used, &b.Map}, {parameters, &b.Parameters}, {preview, &b.Preview}} {
		if err == nil {
			err = decodeJSON(part.text, part.to)
		}
	}
	return b, err
}

// findBatch reads a batch with what was detected of it; NotFound "import.unknown".
func findBatch(ctx context.Context, r db.Reader, id op.ID) (BatchCard, error) {
	b, err := db.One(ctx, r, scanBatchCard, `SELECT `+batchColumns+`, sha256, size, form, column_map, parameters, same_id, reason, note, preview
		FROM import_batch WHERE id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		err = fault.New(fault.NotFound, "import.unknown")
	}
	return b, err
}

// pendingBatch gives the batch of an operation and scope of which rows may be hidden;
// 0 for none.
func pendingBatch(ctx context.Context, r db.Reader, operation, scope string) (int64, error) {
	var id int64
	_, err := db.ScanOne(ctx, r, `SELECT id FROM import_batch WHERE pending = $1 AND operation = $2 AND scope = $3 ORDER BY id LIMIT 1`,
		[]any{true, operation, scope}, &id)
	return id, err
}

// sameBatch is a batch that brought a content before.
type sameBatch struct{ ID, Rows int64 }

// appliedBefore finds the last batch that was applied with the same signature and of
// which no row was refused.
func appliedBefore(ctx context.Context, r db.Reader, signature string) (b sameBatch, found bool, err error) {
	found, err = db.ScanOne(ctx, r, `SELECT id, row_count FROM import_batch WHERE signature = $1 AND state = 'applied' AND rejected = 0
		ORDER BY id DESC LIMIT 1`, []any{signature}, &b.ID, &b.Rows)
	return b, found, err
}

// listBatches are the batches in the actor's scope, the latest first.
func listBatches(ctx context.Context, x *op.Exec, in BatchFilter) iter.Seq2[BatchRow, error] {
	var w db.Where
	if in.Kind != "" {
		w.And("kind = ?", in.Kind)
	}
	if in.State != "" {
		w.And("state = ?", in.State)
	} else {
		w.And("state <> 'checked'")
	}
	x.Filter(&w, "unit_id")
	order := x.Keyset(&w, map[string][]string{"recorded_at": {"#id"}})
	return db.Seq(ctx, x.R, scanBatchRow, `SELECT `+batchColumns+` FROM import_batch`+w.SQL()+order, w.Args()...)
}

// addFlags adds to the counts of flags of a batch.
func addFlags(ctx context.Context, tx db.Tx, batch int64, flags map[string]int64) error {
	reasons := make([]string, 0, len(flags))
	for reason := range flags {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		_, err := tx.Exec(ctx, `INSERT INTO import_flag (batch_id, reason, row_count) VALUES ($1, $2, $3)
			ON CONFLICT (batch_id, reason) DO UPDATE SET row_count = import_flag.row_count + $3`, batch, reason, flags[reason])
		if err != nil {
			return err
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	n, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM import_flag WHERE batch_id = $1`, batch)
	if err == nil && n > FlagReasonsMax {
		err = fault.New(fault.Internal, "internal", "reasons", n)
	}
	return err
}

// flagsOf are the counts of flags of a batch by reason; never nil.
func flagsOf(ctx context.Context, r db.Reader, batch int64) (map[string]int64, error) {
	out := map[string]int64{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var reason string
		var n int64
		err := rows.Scan(&reason, &n)
		out[reason] = n
		return err
	}, `SELECT reason, row_count FROM import_flag WHERE batch_id = $1 ORDER BY reason`, batch)
	return out, err
}
