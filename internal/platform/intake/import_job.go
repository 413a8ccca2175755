package intake

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// phase is what a job is doing.
type phase string

const (
	// taking reads the file and writes its rows, invisible.
	taking phase = "take"
	// discarding removes them again, because the file is refused.
	discarding phase = "discard"
	// ending has nothing left but its last transaction.
	ending phase = "end"
)

// progress is the checkpoint of an import: the job goes on from it on any machine.
type progress struct {
	Batch  int64    `json:"batch"`
	Phase  phase    `json:"phase"`
	Script script   `json:"script"`
	At     position `json:"at"`
	Counts Counts   `json:"counts"`
	// Kept is the number of changes kept for the end.
	Kept int64 `json:"kept"`
	// RejectBytes is what the refused rows kept take.
	RejectBytes int64 `json:"reject_bytes"`
	// Reason is why the file is refused; empty as long as it is not.
	Reason string `json:"reason"`
	// Same is the batch that brought the content before.
	Same int64 `json:"same"`
	// Open says that a quote near the end of the file is never closed.
	Open bool `json:"open"`
}

// scopeLock is the number at which imports that may not run beside each other meet,
// below zero, where no row is.
func scopeLock(operation, scope string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("import\n" + operation + "\n" + scope))
	return -1 - int64(h.Sum64()>>1)
}

// plan makes the batch. Another import whose rows are still invisible to this one is
// waited for by the user: two would not see each other's rows.
func (e *engine[In]) plan(ctx context.Context, x *op.Exec, in In) (progress, int64, error) {
	p, err := e.planOf(ctx, x.R, in)
	if err == nil {
		err = p.complete()
	}
	if err != nil {
		return progress{}, 0, err
	}
	if most := e.info.rowsMax; most > 0 && p.form.Lines > most*linesPerRow {
		return progress{}, 0, tooManyRows(most)
	}
	scope := in.UniqueKey()
	if err := x.Tx.Lock(ctx, scopeLock(e.info.operation, scope)); err != nil {
		return progress{}, 0, err
	}
	running, err := pendingBatch(ctx, x.R, e.info.operation, scope)
	if err != nil {
		return progress{}, 0, err
	}
	if running != 0 {
		return progress{}, 0, fault.New(fault.Conflict, "import.running", "batch", op.ID(running))
	}
	b, err := e.newBatch(ctx, x, in, p)
	if err != nil {
		return progress{}, 0, err
	}
	b.Scope, b.State, b.Pending = scope, Staged, true
	s := progress{Batch: b.ID, Phase: taking, At: p.at, Script: script{Ref: p.ref, Form: p.form, Layout: p.layout}}
	before, known, err := appliedBefore(ctx, x.R, p.signature)
	if err != nil {
		return progress{}, 0, err
	}
	if known {
		s.Phase, s.Same, b.Same = ending, before.ID, before.ID
		s.Counts = Counts{Rows: before.Rows, Unchanged: before.Rows, Accepted: before.Rows}
	}
	if err := insertBatch(ctx, x.Tx, b); err != nil {
		return progress{}, 0, err
	}
	if name := in.Common().SaveMap; name != "" {
		err = saveMap(ctx, x.Tx, SavedMap{
			Kind: e.info.name, Name: name, Signature: headerSignature(p.form.Header), Columns: p.used, Actor: op.ID(x.Actor.UserID),
		})
	}
	return s, p.form.Lines, err
}

// linesPerRow is how many lines a row may take on average before a file is refused
// for its length without being read: quoted cells may hold line ends.
const linesPerRow = 8

func tooManyRows(most int64) error {
	return fault.InvalidField("file", "import.too_many_lines", "max", most)
}

// newBatch is the row of a batch as planned.
func (e *engine[In]) newBatch(ctx context.Context, x *op.Exec, in In, p *plan) (batchRecord, error) {
	common := in.Common()
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return batchRecord{}, err
	}
	unit, err := unitOf(ctx, x)
	return batchRecord{
		ID: id, Kind: e.info.name, Operation: e.info.operation, FileName: p.name, SHA256: p.ref.SHA256, Size: p.ref.Size,
		Signature: p.signature, Form: p.form, Map: p.used, Parameters: p.parameters, Mode: common.mode(), Note: common.Note,
		Job: x.Job, Unit: unit, Actor: x.Actor.UserID,
	}, err
}

// chunk takes the next rows, or removes some when the file is refused.
func (e *engine[In]) chunk(ctx context.Context, x *op.Exec, in In, s *progress) (int64, bool, error) {
	switch s.Phase {
	case ending:
		return s.Counts.Rows, true, nil
	case discarding:
		left, err := e.discard(ctx, x, in, s.Batch)
		if err == nil && !left {
			s.Phase = ending
		}
		return s.Counts.Rows, s.Phase == ending, err
	}
	c, err := e.store.chunkAt(ctx, s.Batch, e.info, s.Script, s.At)
	if err != nil {
		return 0, false, err
	}
	if err := e.take(ctx, x, in, s, c.rows); err != nil {
		return 0, false, err
	}
	s.At, s.Open = c.to, s.Open || c.open
	if most := e.info.rowsMax; most > 0 && s.Counts.Rows > most {
		s.refuse("import.too_many_lines")
	}
	if c.last {
		s.judge(in.Common())
	}
	if s.Phase != taking {
		if err := e.store.drop(s.Batch); err != nil {
			return 0, false, err
		}
	}
	return s.Counts.Rows, s.Phase == ending, nil
}

// refuse ends the taking: what was written is removed.
func (s *progress) refuse(reason string) {
	s.Reason, s.Phase = reason, discarding
}

// judge decides what becomes of the file once its last row was taken.
func (s *progress) judge(in Input) {
	switch {
	case s.Phase != taking:
	case s.Open && !in.Unterminated:
		s.refuse("import.cut")
	case in.Rows > 0 && in.Rows != s.Counts.Rows:
		s.refuse("import.rows_differ")
	case s.Counts.Rejected > 0 && in.mode() == AllOrNothing:
		s.refuse("import.rejected")
	default:
		s.Phase = ending
	}
}

// take asks the session about rows and writes down what it said.
func (e *engine[In]) take(ctx context.Context, x *op.Exec, in In, s *progress, rows []*Row) error {
	session, err := e.open(ctx, x, in, s.Batch, s.Script, false)
	if err != nil {
		return err
	}
	if good := wellFormed(rows); len(good) > 0 {
		if err := session.Take(ctx, x, good); err != nil {
			return err
		}
		if err := e.keepChanges(ctx, x, s, good); err != nil {
			return err
		}
	}
	if err := decided(rows); err != nil {
		return err
	}
	flags := s.count(rows)
	if err := addFlags(ctx, x.Tx, s.Batch, flags); err != nil {
		return err
	}
	return keepRejects(ctx, x.Tx, s, rows)
}

// count adds rows to the totals and gives the flags among them.
func (s *progress) count(rows []*Row) map[string]int64 {
	var flags map[string]int64
	c := &s.Counts
	for _, row := range rows {
		c.Rows++
		switch row.fate {
		case Created:
			c.Created++
		case Changed:
			c.Changed++
		case Unchanged:
			c.Unchanged++
		default:
			c.Rejected++
			continue
		}
		c.Accepted++
		for _, reason := range row.flags {
			if flags == nil {
				flags = map[string]int64{}
			}
			flags[reason]++
		}
	}
	return flags
}

// open makes a session for the batch of a job.
func (e *engine[In]) open(ctx context.Context, x *op.Exec, in In, id int64, sc script, check bool) (Session, error) {
	common := in.Common()
	unit, err := unitOf(ctx, x)
	if err != nil {
		return nil, err
	}
	name := common.File.Name
	if name == "" {
		b, err := findBatch(ctx, x.R, op.ID(id))
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
		name = b.FileName
	}
	return e.kind.Open(ctx, x, batchOf(id, e.info, common, handed{name: name, ref: sc.Ref}, unit, check), in)
}

// keepChanges keeps the changes that rows ask for until the end. One subject is
// changed once: a row that repeats the change says nothing new, one that contradicts
// it is rejected.
func (e *engine[In]) keepChanges(ctx context.Context, x *op.Exec, s *progress, rows []*Row) error {
	var subjects []string
	for _, row := range rows {
		if row.fate == Changed && row.keep != nil {
			subjects = append(subjects, row.keep.subject)
		} else if row.fate == Changed {
			return fault.New(fault.Internal, "internal", "line", row.Line)
		}
	}
	if len(subjects) == 0 {
		return nil
	}
	known, err := keptChanges(ctx, x.R, s.Batch, subjects)
	if err != nil {
		return err
	}
	var fresh []*Row
	for _, row := range rows {
		if row.fate != Changed {
			continue
		}
		body, twice := known[row.keep.subject]
		switch {
		case !twice:
			known[row.keep.subject] = string(row.keep.body)
			fresh = append(fresh, row)
		case body == string(row.keep.body):
			row.Same()
		default:
			row.RejectRow("import.changed_twice", "subject", shown(row.keep.subject))
		}
	}
	if s.Kept += int64(len(fresh)); s.Kept > ChangesMax {
		s.refuse("import.too_many_changes")
		return nil
	}
	return insertChanges(ctx, x.Tx, s.Batch, fresh)
}

// discard removes some of the rows written.
func (e *engine[In]) discard(ctx context.Context, x *op.Exec, in In, batch int64) (left bool, err error) {
	session, err := e.open(ctx, x, in, batch, script{}, false)
	if err != nil {
		return false, err
	}
	return session.Discard(ctx, x, discardRows)
}

// finish is the one small transaction in which a batch becomes visible, or ends
// without having been.
func (e *engine[In]) finish(ctx context.Context, x *op.Exec, in In, s progress) (any, error) {
	out := Report{Batch: op.ID(s.Batch), State: Applied, Counts: s.Counts, Same: op.ID(s.Same), Reason: s.Reason}
	switch {
	case s.Reason != "":
		out.State = Refused
	case s.Counts.Created+s.Counts.Changed == 0:
		out.State = NothingNew
	}
	if out.State == Applied {
		session, err := e.open(ctx, x, in, s.Batch, s.Script, false)
		if err != nil {
			return nil, err
		}
		if err := session.Finish(ctx, x, keptOf(ctx, x, s.Batch)); err != nil {
			return nil, err
		}
	}
	if err := clearChanges(ctx, x.Tx, s.Batch); err != nil {
		return nil, err
	}
	var err error
	if out.Flagged, err = flagsOf(ctx, x.R, s.Batch); err != nil {
		return nil, err
	}
	if err := endBatch(ctx, x.Tx, out); err != nil {
		return nil, err
	}
	after := map[string]any{
		"file": in.Common().File.Name, "sha256": s.Script.Ref.SHA256, "state": out.State, "rows": out.Rows, "created": out.Created,
		"changed": out.Changed, "unchanged": out.Unchanged, "rejected": out.Rejected,
	}
	return out, x.Change("import_batch", s.Batch, in.Common().File.Name, nil, after)
}

// keptPage is how many changes are read at once: the transaction is free for the
// session between them.
const keptPage = 1000

// keptOf gives the changes of a batch in the order of the file.
func keptOf(ctx context.Context, x *op.Exec, batch int64) iter.Seq2[Kept, error] {
	return func(yield func(Kept, error) bool) {
		after := int64(-1)
		for {
			page, err := changesAfter(ctx, x.R, batch, after, keptPage)
			if err != nil {
				yield(Kept{}, err)
				return
			}
			for _, k := range page {
				if !yield(k, nil) {
					return
				}
				after = k.Line
			}
			if len(page) < keptPage {
				return
			}
		}
	}
}

// undo removes what a cancelled import wrote, in parts, then closes its batch.
func (e *engine[In]) undo(ctx context.Context, x *op.Exec, in In, s progress) (left bool, err error) {
	if err := e.store.drop(s.Batch); err != nil {
		return false, err
	}
	if s.Counts.Created > 0 {
		if left, err := e.discard(ctx, x, in, s.Batch); err != nil || left {
			return left, err
		}
	}
	if err := clearChanges(ctx, x.Tx, s.Batch); err != nil {
		return false, err
	}
	flags, err := flagsOf(ctx, x.R, s.Batch)
	if err != nil {
		return false, err
	}
	s.Counts.Flagged = flags
	return false, endBatch(ctx, x.Tx, Report{Batch: op.ID(s.Batch), State: Cancelled, Counts: s.Counts})
}

// decodeJSON reads JSON of this program.
func decodeJSON(text string, to any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), to); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	return nil
}
