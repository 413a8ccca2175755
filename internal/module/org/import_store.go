package org

import (
	"context"
	"encoding/json"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// importRow is a file handed in.
type importRow struct {
	counts
	ID     int64
	Name   string
	SHA256 string
	Root   int64
	Mode   ImportMode
	State  ImportState
	Actor  int64
}

func insertImport(ctx context.Context, tx db.Tx, i importRow) error {
	_, err := tx.Exec(ctx, `INSERT INTO unit_import (id, file_name, sha256, root_id, mode, state, lines, created, updated, moved,
		  unchanged, rejected, actor_id, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		i.ID, i.Name, i.SHA256, i.Root, i.Mode, i.State, i.Lines, i.Created, i.Updated, i.Moved, i.Unchanged, i.Rejected, i.Actor, tx.Now())
	return err
}

// endImport writes what became of a file.
func endImport(ctx context.Context, tx db.Tx, i importRow) error {
	_, err := tx.Exec(ctx, `UPDATE unit_import SET state = $1, lines = $2, created = $3, updated = $4, moved = $5, unchanged = $6, rejected = $7
		WHERE id = $8`, i.State, i.Lines, i.Created, i.Updated, i.Moved, i.Unchanged, i.Rejected, i.ID)
	return err
}

// importRoot gives the unit under which a file was imported.
func importRoot(ctx context.Context, r db.Reader, id int64) (int64, error) {
	var root int64
	found, err := db.ScanOne(ctx, r, `SELECT root_id FROM unit_import WHERE id = $1`, []any{id}, &root)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "import.unknown")
	}
	return root, err
}

// stageLines keeps lines with their fate.
func stageLines(ctx context.Context, tx db.Tx, id int64, list []*verdict) error {
	columns := []string{"import_id", "line_no", "code", "kind", "name", "short_name", "parent", "valid_from", "address", "phone", "email", "fate", "faults"}
	_, err := tx.Bulk(ctx, "unit_import_line", columns, func(yield func([]any, error) bool) {
		for _, v := range list {
			faults, err := json.Marshal(v.faults)
			row := []any{id, v.line}
			for _, cell := range v.cells {
				row = append(row, cell)
			}
			if !yield(append(row, v.fate, string(faults)), err) {
				return
			}
		}
	})
	return err
}

// stagedRecords reads the lines kept, in order, with the faults of reading only.
func stagedRecords(ctx context.Context, r db.Reader, id int64) ([]record, error) {
	return db.All(ctx, r, func(rows db.Rows) (record, error) {
		var rec record
		var faults string
		dest := []any{&rec.line}
		for i := range rec.cells {
			dest = append(dest, &rec.cells[i])
		}
		if err := rows.Scan(append(dest, &faults)...); err != nil {
			return rec, err
		}
		var err error
		rec.faults, err = intake.DecodeFaults(faults)
		return rec, err
	}, `SELECT line_no, code, kind, name, short_name, parent, valid_from, address, phone, email, faults
		FROM unit_import_line WHERE import_id = $1 ORDER BY line_no`, id)
}

// clearLines removes the lines of a file that are kept.
func clearLines(ctx context.Context, tx db.Tx, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM unit_import_line WHERE import_id = $1`, id)
	return err
}

// listRejects reads the refused lines of a file.
func (m *Module) listRejects(ctx context.Context, x *op.Exec, id int64) iter.Seq2[Reject, error] {
	var w db.Where
	w.And("import_id = ?", id)
	w.And("fate = 'rejected'")
	order := x.Keyset(&w, map[string][]string{"line": {"#line_no"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (Reject, error) {
		var j Reject
		var faults string
		err := rows.Scan(&j.Line, &j.Code, &j.Kind, &j.Name, &j.ShortName, &j.Parent, &j.ValidFrom, &j.Address, &j.Phone, &j.Email, &faults)
		if err != nil {
			return j, err
		}
		j.Faults, err = intake.DecodeFaults(faults)
		m.explainReject(&j)
		return j, err
	}, `SELECT line_no, code, kind, name, short_name, parent, valid_from, address, phone, email, faults FROM unit_import_line`+w.SQL()+order, w.Args()...)
}

// applyUnits writes the units of a plan: the new ones and those whose record
// differs.
func applyUnits(ctx context.Context, tx db.Tx, list []*verdict) error {
	var fresh []*Unit
	for _, v := range list {
		switch {
		case v.fate == fateCreate:
			fresh = append(fresh, &v.unit)
		case v.fate == fateUpdate || v.fate == fateMove:
			if err := updateUnit(ctx, tx, &v.unit); err != nil {
				return err
			}
		}
	}
	return insertUnits(ctx, tx, fresh...)
}
