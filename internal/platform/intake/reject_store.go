package intake

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// keepRejects keeps the refused rows of a step, up to the bounds of a batch; the
// others are only counted. The totals of the step are already in s.
func keepRejects(ctx context.Context, tx db.Tx, s *progress, rows []*Row) error {
	var refused []*Row
	for _, row := range rows {
		if row.fate == Rejected {
			refused = append(refused, row)
		}
	}
	room := RejectsMax - (s.Counts.Rejected - int64(len(refused)))
	if len(refused) == 0 || room <= 0 || s.RejectBytes >= RejectBytesMax {
		return nil
	}
	columns := []string{"batch_id", "line_no", "cells", "faults"}
	_, err := tx.Bulk(ctx, "import_reject", columns, func(yield func([]any, error) bool) {
		for _, row := range refused {
			if room--; room < 0 || s.RejectBytes >= RejectBytesMax {
				return
			}
			cells, err := json.Marshal(row.raw)
			if err != nil {
				yield(nil, fault.Wrap(err, fault.Internal, "internal"))
				return
			}
			faults, err := json.Marshal(row.faults)
			s.RejectBytes += int64(len(cells) + len(faults))
			if !yield([]any{s.Batch, row.Line, storable(cells), storable(faults)}, err) {
				return
			}
		}
	})
	return err
}

// storable gives a JSON text without what no database keeps in a text. A letter that
// is no letter was made U+FFFD by the encoder already.
func storable(body []byte) string { return strings.ReplaceAll(string(body), `\u0000`, " ") }

// rejectRecord is a refused row as it is stored.
type rejectRecord struct {
	line   int64
	cells  []string
	faults []fault.Field
}

func scanReject(rows db.Rows) (j rejectRecord, err error) {
	var cells, faults string
	if err = rows.Scan(&j.line, &cells, &faults); err != nil {
		return j, err
	}
	if err = decodeJSON(cells, &j.cells); err != nil {
		return j, err
	}
	j.faults, err = DecodeFaults(faults)
	return j, err
}

// DecodeFaults reads faults as they are kept, in JSON; dates are dates again, so
// that a reader sees them in his own form. The wrong value stays as it was
// written.
func DecodeFaults(text string) ([]fault.Field, error) {
	var faults []fault.Field
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&faults); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	for _, f := range faults {
		for name, value := range f.Args {
			s, _ := value.(string)
			if on, err := day.Parse(s); err == nil && name != "value" {
				f.Args[name] = on
			}
		}
	}
	return faults, nil
}

// listRejects reads the refused rows of a batch in the order of the file.
func listRejects(ctx context.Context, x *op.Exec, batch op.ID) iter.Seq2[rejectRecord, error] {
	var w db.Where
	w.And("batch_id = ?", batch)
	order := x.Keyset(&w, map[string][]string{"line": {"#line_no"}})
	return db.Seq(ctx, x.R, scanReject, `SELECT line_no, cells, faults FROM import_reject`+w.SQL()+order, w.Args()...)
}
