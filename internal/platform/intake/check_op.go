package intake

import (
	"context"
	"encoding/json"
	"errors"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// check says how a file is understood and what would become of its first rows. The
// session writes as it would, and everything it wrote is undone.
func (e *engine[In]) check(ctx context.Context, x *op.Exec, in In) (Report, error) {
	p, err := e.planOf(ctx, x.R, in)
	if err != nil {
		return Report{}, err
	}
	b, err := e.newBatch(ctx, x, in, p)
	if err != nil {
		return Report{}, err
	}
	b.State = Checked
	rows, err := e.firstRows(ctx, p)
	if err != nil {
		return Report{}, err
	}
	if len(p.missing) > 0 {
		return e.unmapped(ctx, x, p, b, rows)
	}
	s := progress{Batch: b.ID, Script: script{Ref: p.ref, Form: p.form, Layout: p.layout}}
	if err := e.tryRows(ctx, x, in, &s, rows); err != nil {
		return Report{}, err
	}
	s.Counts.Flagged = s.count(rows)
	before, known, err := appliedBefore(ctx, x.R, p.signature)
	if err != nil {
		return Report{}, err
	}
	if known {
		b.Same = before.ID
	}
	if b.Preview, err = json.Marshal(preview(rows)); err != nil {
		return Report{}, fault.Wrap(err, fault.Internal, "internal")
	}
	if err := insertBatch(ctx, x.Tx, b); err != nil {
		return Report{}, err
	}
	if err := addFlags(ctx, x.Tx, b.ID, s.Counts.Flagged); err != nil {
		return Report{}, err
	}
	if err := keepRejects(ctx, x.Tx, &s, rows); err != nil {
		return Report{}, err
	}
	out := Report{Batch: op.ID(b.ID), State: Checked, Counts: s.Counts, Same: op.ID(b.Same)}
	return out, endBatch(ctx, x.Tx, out)
}

// unmapped is the answer for a file whose columns are not all found: it is shown as
// it stands, so that somebody can say which is which.
func (e *engine[In]) unmapped(ctx context.Context, x *op.Exec, p *plan, b batchRecord, rows []*Row) (Report, error) {
	shownRows := make([]PreviewRow, 0, PreviewRows)
	for _, row := range rows[:min(len(rows), PreviewRows)] {
		raw := make([]string, len(row.raw))
		for i, cell := range row.raw {
			raw[i] = shown(cell)
		}
		shownRows = append(shownRows, PreviewRow{Line: row.Line, Raw: raw})
	}
	var err error
	if b.Preview, err = json.Marshal(shownRows); err != nil {
		return Report{}, fault.Wrap(err, fault.Internal, "internal")
	}
	if err := insertBatch(ctx, x.Tx, b); err != nil {
		return Report{}, err
	}
	out := Report{Batch: op.ID(b.ID), State: Checked, Counts: Counts{Flagged: map[string]int64{}}, Reason: reasonUnmapped, Missing: p.missing}
	return out, endBatch(ctx, x.Tx, out)
}

// reasonUnmapped says that the columns of a file are not all found.
const reasonUnmapped = "import.unmapped"

// firstRows reads the rows that a check looks at.
func (e *engine[In]) firstRows(ctx context.Context, p *plan) (rows []*Row, err error) {
	sc := script{Ref: p.ref, Form: p.form, Layout: p.layout}
	src, err := e.store.read(ctx, p.ref, p.form, p.at)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	b := newBuilder(e.info, sc)
	b.most = min(e.info.checkRows, ChunkRows)
	c, err := readChunk(ctx, src, b)
	return c.rows, err
}

// tryRows lets the session decide rows and undoes what it wrote.
func (e *engine[In]) tryRows(ctx context.Context, x *op.Exec, in In, s *progress, rows []*Row) error {
	good := wellFormed(rows)
	if len(good) == 0 {
		return nil
	}
	err := x.Tx.Sub(ctx, true, func(db.Tx) error {
		session, err := e.open(ctx, x, in, s.Batch, s.Script, true)
		if err != nil {
			return err
		}
		if err := session.Take(ctx, x, good); err != nil {
			return err
		}
		return e.keepChanges(ctx, x, s, good)
	})
	if err != nil {
		return err
	}
	return decided(rows)
}

// preview are the first rows as they were understood.
func preview(rows []*Row) []PreviewRow {
	out := make([]PreviewRow, 0, PreviewRows)
	for _, row := range rows[:min(len(rows), PreviewRows)] {
		cells := make([]string, len(row.cells))
		for i, cell := range row.cells {
			cells[i] = shown(cell)
		}
		if row.misread > 0 && len(row.faults) > 0 && row.faults[0].Path == "" {
			cells = nil
		}
		out = append(out, PreviewRow{Line: row.Line, Cells: cells, Fate: row.fate.word(), Faults: row.faults, Flags: row.flags})
	}
	return out
}

// word is the name of a fate in texts: enum.import_fate.WORD.
func (f Fate) word() string {
	return [...]string{"undecided", "created", "changed", "unchanged", "rejected"}[f]
}
