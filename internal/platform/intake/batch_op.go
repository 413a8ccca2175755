package intake

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Operations of this package, the same for every kind of file.
const (
	opList    = "intake.batch.list"
	opShow    = "intake.batch.show"
	opRejects = "intake.batch.rejects"
	opMaps    = "intake.map.list"
	opDelete  = "intake.map.delete"
)

// BatchFilter narrows the list of batches. Checks are shown only when their state is
// asked for.
type BatchFilter struct {
	Kind  string `json:"kind" in:"max=40"`
	State State  `json:"state"`
}

// BatchRef points at a batch.
type BatchRef struct {
	ID op.ID `json:"id" in:"required"`
}

// RejectsOf points at the batch whose refused rows are asked for.
type RejectsOf struct {
	Batch op.ID `json:"batch" in:"required"`
}

// Reject is a refused row. As CSV it is the row as it stood in the file, then these
// fields: it can be corrected and imported again.
type Reject struct {
	Line int64 `json:"line"`
	// Column, Value and Rule are those of the first fault; Rule is its code.
	Column string `json:"column"`
	Value  string `json:"value"`
	Rule   string `json:"rule"`
	// Reason explains every fault of the row.
	Reason string `json:"reason"`
	// Cells are those of the file, under Header.
	Cells []string `json:"cells"`
	// Header are the names of the columns of the file; only the first row of an answer
	// has them.
	Header []string `json:"header,omitempty"`
}

// PageKey is the row's place in its list.
func (j Reject) PageKey(string) []string { return []string{strconv.FormatInt(j.Line, 10)} }

// SavedMap says which header is which column, for files that look alike.
type SavedMap struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Signature names the header it was made for.
	Signature string `json:"signature"`
	// Columns gives the header of each column.
	Columns    map[string]string `json:"columns"`
	Actor      op.ID             `json:"actor" out:"ref=user"`
	RecordedAt time.Time         `json:"recorded_at"`
}

// pairs are what a map says of the columns that a header has.
func (m SavedMap) pairs(header []string) []wish {
	var out []wish
	for column, name := range m.Columns {
		if slices.Contains(header, name) {
			out = append(out, wish{column: column, header: name})
		}
	}
	slices.SortFunc(out, func(a, b wish) int { return strings.Compare(a.column, b.column) })
	return out
}

// MapFilter narrows the list of saved maps.
type MapFilter struct {
	Kind string `json:"kind" in:"max=40"`
}

// MapRef points at a saved map.
type MapRef struct {
	Kind string `json:"kind" in:"required,max=40"`
	Name string `json:"name" in:"required,max=60"`
}

// Register registers the operations on batches and saved maps.
func (s *Store) Register(r *op.Registry) {
	duties := []string{"AG-08"}
	op.RegisterList(r, op.Spec{Name: opList, Path: "/imports", Duties: duties}, op.ListHandler[BatchFilter, BatchRow]{
		Sorts: []string{"-recorded_at"},
		Rows: func(ctx context.Context, x *op.Exec, in BatchFilter) iter.Seq2[BatchRow, error] {
			return listBatches(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: opShow, Path: "/imports/{id}", Access: op.Signed}, op.GetHandler[BatchRef, BatchCard]{
		Do: func(ctx context.Context, x *op.Exec, in BatchRef) (BatchCard, error) {
			b, err := visibleBatch(ctx, x, in.ID)
			if err == nil {
				b.Flags, err = flagsOf(ctx, x.R, int64(in.ID))
			}
			return b, err
		},
	})
	op.RegisterList(r, op.Spec{Name: opRejects, Path: "/imports/{batch}/rejects", Access: op.Signed}, op.ListHandler[RejectsOf, Reject]{
		Sorts: []string{"line"}, Rows: s.rejects,
	})
	op.RegisterList(r, op.Spec{Name: opMaps, Path: "/import-maps", Access: op.Signed}, op.ListHandler[MapFilter, SavedMap]{
		Rows: func(ctx context.Context, x *op.Exec, in MapFilter) iter.Seq2[SavedMap, error] {
			return listMaps(ctx, x.R, in.Kind)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: opDelete, Path: "/import-maps/{kind}/{name}/delete", Central: true, Duties: duties},
		op.CommandHandler[MapRef, MapRef]{Do: removeMap})
}

// visibleBatch reads a batch for its owner, for who may import such files over its
// unit, and for who may see batches there. For others it does not exist.
func visibleBatch(ctx context.Context, x *op.Exec, id op.ID) (BatchCard, error) {
	b, err := findBatch(ctx, x.R, id)
	if err != nil {
		return b, err
	}
	if x.Actor.Channel == op.System || int64(b.Actor) == x.Actor.UserID && x.Actor.UserID != 0 {
		return b, nil
	}
	rights, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return BatchCard{}, err
	}
	for _, right := range []string{b.Operation, opList} {
		for _, root := range rights.Roots(right) {
			in, err := x.Places().Within(ctx, x.R, int64(b.Unit), root.Unit, x.Today)
			if err != nil || in {
				return b, err
			}
		}
	}
	return BatchCard{}, fault.New(fault.NotFound, "import.unknown")
}

// rejects gives the refused rows of a batch with their reasons.
func (s *Store) rejects(ctx context.Context, x *op.Exec, in RejectsOf) iter.Seq2[Reject, error] {
	return func(yield func(Reject, error) bool) {
		b, err := visibleBatch(ctx, x, in.Batch)
		if err != nil {
			yield(Reject{}, err)
			return
		}
		header := b.Form.Header[:readable(b.Form.Header)]
		for rec, err := range listRejects(ctx, x, in.Batch) {
			if err != nil {
				yield(Reject{}, err)
				return
			}
			if !yield(s.explained(rec, header), nil) {
				return
			}
		}
	}
}

// explained is a refused row with its reasons in words.
func (s *Store) explained(rec rejectRecord, header []string) Reject {
	j := Reject{Line: rec.line, Cells: rec.cells, Header: header}
	var reasons []string
	for i, f := range rec.faults {
		if i == 0 {
			j.Column, j.Rule = f.Path, f.Code
			j.Value, _ = f.Args["value"].(string)
		}
		if s.opt.Explain != nil {
			reasons = append(reasons, s.opt.Explain(f))
		}
	}
	j.Reason = strings.Join(reasons, " ")
	return j
}

// Wide implements op.Wide: the CSV of refused rows has the columns of the file first.
func (j Reject) Wide() (header, cells []string) {
	cells = slices.Clone(j.Cells)
	for len(cells) < len(j.Header) {
		cells = append(cells, "")
	}
	return append(slices.Clone(j.Header), rejectColumns()...),
		append(cells[:len(j.Header)], strconv.FormatInt(j.Line, 10), j.Column, j.Value, j.Rule, j.Reason)
}

// removeMap forgets a saved map. It is a NotFound "import.map_unknown".
func removeMap(ctx context.Context, x *op.Exec, in MapRef) (MapRef, error) {
	found, err := deleteMap(ctx, x.Tx, in.Kind, in.Name)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "import.map_unknown", "name", in.Name)
	}
	if err != nil {
		return in, err
	}
	return in, x.Change("import_map", 0, in.Name, map[string]any{"kind": in.Kind, "name": in.Name}, nil)
}
