package intake

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Check is the invariant of imports: of every batch that has ended, accepted and
// rejected rows are all its rows, and only an applied one has rows in the tables of
// its module.
func (s *Store) Check() op.Check {
	return op.Check{Name: "IMPORT", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		batches, err := endedBatches(ctx, r)
		if err != nil {
			return rep, err
		}
		rep.Count = int64(len(batches))
		byKind := map[string][]endedBatch{}
		for _, b := range batches {
			if b.created+b.changed+b.unchanged+b.rejected != b.rows {
				rep.Found("import.counts", "batch", op.ID(b.id), "rows", b.rows, "accepted", b.created+b.changed+b.unchanged, "rejected", b.rejected)
			}
			if b.pending {
				rep.Found("import.pending", "batch", op.ID(b.id), "state", string(b.state))
			}
			byKind[b.kind] = append(byKind[b.kind], b)
		}
		for _, name := range s.names {
			if err := s.kinds[name].verify(ctx, r, byKind[name], &rep); err != nil {
				return rep, err
			}
		}
		return rep, nil
	}}
}

// verifyPage is how many batches are counted at once.
const verifyPage = 500

// verify compares the rows that a module holds with what its batches say.
func (k *kindInfo) verify(ctx context.Context, r db.Reader, batches []endedBatch, rep *op.Report) error {
	for len(batches) > 0 {
		page := batches[:min(len(batches), verifyPage)]
		batches = batches[len(page):]
		ids := make([]int64, 0, len(page))
		for _, b := range page {
			ids = append(ids, b.id)
		}
		held, err := k.held(ctx, r, ids)
		if err != nil {
			return err
		}
		for _, b := range page {
			switch n := held[b.id]; {
			case b.state != Applied && n > 0:
				rep.Found("import.stray", "batch", op.ID(b.id), "state", string(b.state), "count", n)
			case n > b.created:
				rep.Found("import.surplus", "batch", op.ID(b.id), "count", n, "created", b.created)
			}
		}
	}
	return nil
}

// endedBatch is a batch with its totals.
type endedBatch struct {
	id                                          int64
	kind                                        string
	state                                       State
	pending                                     bool
	rows, created, changed, unchanged, rejected int64
}

// endedBatches are the batches that nobody works on any more.
func endedBatches(ctx context.Context, r db.Reader) ([]endedBatch, error) {
	return db.All(ctx, r, func(rows db.Rows) (b endedBatch, err error) {
		return b, rows.Scan(&b.id, &b.kind, &b.state, &b.pending, &b.rows, &b.created, &b.changed, &b.unchanged, &b.rejected)
	}, `SELECT id, kind, state, pending, row_count, created, changed, unchanged, rejected FROM import_batch WHERE state <> 'staged' ORDER BY id`)
}
