package org

import (
	"bytes"
	"context"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
)

const (
	// chunkLines are the lines staged in one step of an import.
	chunkLines = 5000
	// rejectsShown are the refused lines repeated in an answer; all of them are
	// in org.unit.import_rejects.
	rejectsShown = 100
)

// ImportInput is the input of importing units.
type ImportInput struct {
	// File is a CSV: code;kind;name;parent;valid_from;address;phone;email and
	// short_name. Separator (; , or tabulation) and encoding (UTF-8 or
	// Windows-1252) are recognised.
	File op.Upload `json:"file" in:"required"`
	// Root is the unit below which everything in the file must lie; the top when
	// absent.
	Root op.ID      `json:"root" in:"ref=org.unit.list"`
	Mode ImportMode `json:"mode"`
}

// ImportCheck is the input of checking a file without importing it.
type ImportCheck struct {
	File op.Upload `json:"file" in:"required"`
	Root op.ID     `json:"root" in:"ref=org.unit.list"`
}

// ImportReport says what became of a file, or would.
type ImportReport struct {
	Import op.ID       `json:"import"`
	State  ImportState `json:"state"`
	counts
	// Rejects are the first refused lines.
	Rejects []Reject `json:"rejects"`
}

// ImportRef points at a file handed in.
type ImportRef struct {
	Import op.ID `json:"import" in:"required"`
}

// Reject is a refused line as it was in the file, with the first fault and all
// the reasons. Its CSV can be corrected and imported again.
type Reject struct {
	Line      int64  `json:"line"`
	Code      string `json:"code"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
	Parent    string `json:"parent"`
	ValidFrom string `json:"valid_from"`
	Address   string `json:"address"`
	Phone     string `json:"phone"`
	Email     string `json:"email"`
	// Column, Value and Rule are those of the first fault; Rule is its code.
	Column string `json:"column"`
	Value  string `json:"value"`
	Rule   string `json:"rule"`
	// Reason explains every fault of the line.
	Reason string `json:"reason"`
	// Faults are all of them, for programs.
	Faults []fault.Field `json:"-"`
}

// PageKey is the row's place in its list.
func (j Reject) PageKey(string) []string { return []string{strconv.FormatInt(j.Line, 10)} }

// importProgress is the checkpoint of an import.
type importProgress struct {
	Import int64 `json:"import"`
	Next   int   `json:"next"`
}

func (m *Module) registerImports(r *op.Registry) {
	duties := []string{"AG-08"}
	rooted := func(root op.ID) []op.Target { return unitTarget(root) }
	op.RegisterCommand(r, op.Spec{Name: "org.unit.import_check", Path: "/org/imports/check", Duties: duties}, op.CommandHandler[ImportCheck, ImportReport]{
		Targets: func(_ context.Context, _ *op.Exec, in ImportCheck) ([]op.Target, error) { return rooted(in.Root), nil },
		Do:      m.checkImport,
	})
	op.RegisterJob(r, op.Spec{Name: "org.unit.import", Path: "/org/imports", Duties: duties}, op.JobHandler[ImportInput, importProgress]{
		Prepare: m.prepareImport,
		Targets: func(_ context.Context, _ *op.Exec, in ImportInput) ([]op.Target, error) { return rooted(in.Root), nil },
		Plan:    m.planImport,
		Chunk:   m.stageImport,
		Finish:  m.finishImport,
		Cancel:  m.cancelImport,
	})
	op.RegisterList(r, op.Spec{
		Name: "org.unit.import_rejects", Path: "/org/imports/{import}/rejects", Duties: duties,
	}, op.ListHandler[ImportRef, Reject]{
		Sorts: []string{"line"},
		Rows: func(ctx context.Context, x *op.Exec, in ImportRef) iter.Seq2[Reject, error] {
			root, err := importRoot(ctx, x.R, int64(in.Import))
			if err == nil {
				err = m.mustSee(ctx, x, root)
			}
			if err != nil {
				return db.Failed[Reject](err)
			}
			return m.listRejects(ctx, x, int64(in.Import))
		},
	})
}

// explainReject fills the reason of a refused line.
func (m *Module) explainReject(j *Reject) {
	var reasons []string
	for i, f := range j.Faults {
		if i == 0 {
			j.Column, j.Rule = f.Path, f.Code
			j.Value, _ = f.Args["value"].(string)
		}
		reasons = append(reasons, m.explain(f))
	}
	j.Reason = strings.Join(reasons, " ")
}

// rejectOf is the refused line of a verdict.
func (m *Module) rejectOf(v *verdict) Reject {
	c := v.cells
	j := Reject{
		Line: v.line, Code: c[colCode], Kind: c[colKind], Name: c[colName], ShortName: c[colShortName], Parent: c[colParent],
		ValidFrom: c[colValidFrom], Address: c[colAddress], Phone: c[colPhone], Email: c[colEmail], Faults: v.faults,
	}
	m.explainReject(&j)
	return j
}

// planOf holds records against the organisation as the transaction sees it.
func (m *Module) planOf(ctx context.Context, x *op.Exec, records []record, root op.ID) (*plan, error) {
	f, err := m.places.forest(ctx, x.R)
	if err != nil {
		return nil, err
	}
	units, err := allUnits(ctx, x.R)
	if err != nil {
		return nil, err
	}
	top := int64(root)
	if top == 0 {
		top = f.top
	}
	return newPlan(records, f, units, top, x.Today), nil
}

// report sums a plan up.
func (m *Module) report(id int64, state ImportState, p *plan) ImportReport {
	out := ImportReport{Import: op.ID(id), State: state, counts: p.totals()}
	for _, v := range p.verdicts {
		if v.fate == fateRejected && len(out.Rejects) < rejectsShown {
			out.Rejects = append(out.Rejects, m.rejectOf(v))
		}
	}
	return out
}

func rejected(p *plan) []*verdict {
	return slices.DeleteFunc(slices.Clone(p.verdicts), func(v *verdict) bool { return v.fate != fateRejected })
}

// checkImport says what a file would do and keeps its refused lines for export.
func (m *Module) checkImport(ctx context.Context, x *op.Exec, in ImportCheck) (ImportReport, error) {
	f, err := readImport(in.File.Data)
	if err != nil {
		return ImportReport{}, err
	}
	p, err := m.planOf(ctx, x, f.records, in.Root)
	if err != nil {
		return ImportReport{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return ImportReport{}, err
	}
	row := importRow{
		counts: p.totals(), ID: id, Name: in.File.Name, SHA256: in.File.SHA256, Root: p.root, Mode: AllOrNothing, State: Checked, Actor: x.Actor.UserID,
	}
	if err := insertImport(ctx, x.Tx, row); err != nil {
		return ImportReport{}, err
	}
	if err := stageLines(ctx, x.Tx, id, rejected(p)); err != nil {
		return ImportReport{}, err
	}
	return m.report(id, Checked, p), nil
}

// prepareImport refuses at once a file of which nothing can be made, and stores
// the others for the steps to come.
func (m *Module) prepareImport(ctx context.Context, _ *op.Prep, in *ImportInput) error {
	if in.Mode == "" {
		in.Mode = AllOrNothing
	}
	if _, err := readImport(in.File.Data); err != nil {
		return err
	}
	_, err := m.files.Put(ctx, bytes.NewReader(in.File.Data), ImportBytesMax)
	return err
}

// open reads the stored file again.
func (m *Module) open(ctx context.Context, up op.Upload) (*importFile, error) {
	r, err := m.files.Open(ctx, file.Ref{SHA256: up.SHA256, Size: up.Size})
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, ImportBytesMax+1))
	if closing := r.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	return readImport(data)
}

func (m *Module) planImport(ctx context.Context, x *op.Exec, in ImportInput) (importProgress, int64, error) {
	f, err := m.open(ctx, in.File)
	if err != nil {
		return importProgress{}, 0, err
	}
	root := int64(in.Root)
	if root == 0 {
		if root, err = m.places.Top(ctx, x.R); err != nil {
			return importProgress{}, 0, err
		}
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return importProgress{}, 0, err
	}
	row := importRow{ID: id, Name: in.File.Name, SHA256: in.File.SHA256, Root: root, Mode: in.mode(), State: Staged, Actor: x.Actor.UserID}
	row.Lines = int64(len(f.records))
	return importProgress{Import: id}, row.Lines, insertImport(ctx, x.Tx, row)
}

// mode is what the user chose, or all-or-nothing.
func (in ImportInput) mode() ImportMode {
	if in.Mode == AcceptValid {
		return AcceptValid
	}
	return AllOrNothing
}

// stageImport keeps the next lines of the file, in their reading state.
func (m *Module) stageImport(ctx context.Context, x *op.Exec, in ImportInput, s *importProgress) (int64, bool, error) {
	f, err := m.open(ctx, in.File)
	if err != nil {
		return 0, false, err
	}
	end := min(s.Next+chunkLines, len(f.records))
	var part []*verdict
	for _, r := range f.records[s.Next:end] {
		part = append(part, &verdict{record: r, fate: fateSame})
	}
	if err := stageLines(ctx, x.Tx, s.Import, part); err != nil {
		return 0, false, err
	}
	s.Next = end
	return int64(end), end == len(f.records), nil
}

// finishImport holds the staged lines against the organisation as it now is and
// applies them in this one transaction, or keeps what was refused.
func (m *Module) finishImport(ctx context.Context, x *op.Exec, in ImportInput, s importProgress) (any, error) {
	if err := x.Tx.Lock(ctx, lockTree); err != nil {
		return nil, err
	}
	records, err := stagedRecords(ctx, x.Tx, s.Import)
	if err != nil {
		return nil, err
	}
	p, err := m.planOf(ctx, x, records, in.Root)
	if err != nil {
		return nil, err
	}
	if err := m.rootHeld(ctx, x, p.root); err != nil {
		return nil, err
	}
	row := importRow{counts: p.totals(), ID: s.Import, State: Applied}
	switch {
	case row.Rejected > 0 && in.mode() == AllOrNothing:
		row.State = Refused
	case row.Created+row.Updated+row.Moved == 0:
		row.State = Unchanged
	}
	if err := clearLines(ctx, x.Tx, s.Import); err != nil {
		return nil, err
	}
	if err := stageLines(ctx, x.Tx, s.Import, rejected(p)); err != nil {
		return nil, err
	}
	if row.State == Applied {
		if err := apply(ctx, x, p); err != nil {
			return nil, err
		}
	}
	if err := endImport(ctx, x.Tx, row); err != nil {
		return nil, err
	}
	after := map[string]any{
		"file": in.File.Name, "sha256": in.File.SHA256, "state": row.State, "created": row.Created, "updated": row.Updated,
		"moved": row.Moved, "unchanged": row.Unchanged, "rejected": row.Rejected,
	}
	if err := x.Change("unit_import", s.Import, in.File.Name, nil, after); err != nil {
		return nil, err
	}
	return m.report(s.Import, row.State, p), nil
}

// rootHeld checks again that the owner of the job holds the right where the file
// applies: his grant may have ended since.
func (m *Module) rootHeld(ctx context.Context, x *op.Exec, root int64) error {
	if x.Actor.Channel == op.System {
		return nil
	}
	return m.mustSee(ctx, x, root)
}

// apply writes a plan.
func apply(ctx context.Context, x *op.Exec, p *plan) error {
	first := int64(0)
	if created := p.totals().Created; created > 0 {
		var err error
		if first, err = x.Tx.NewIDs(ctx, created); err != nil {
			return err
		}
	}
	next, changed := p.number(first)
	if err := applyUnits(ctx, x.Tx, p.verdicts); err != nil {
		return err
	}
	if len(changed) == 0 {
		return nil
	}
	return saveTree(ctx, x.Tx, p.old, next, changed, originOf(x, ""))
}

// cancelImport leaves no line behind.
func (m *Module) cancelImport(ctx context.Context, x *op.Exec, _ ImportInput, s importProgress) error {
	if err := clearLines(ctx, x.Tx, s.Import); err != nil {
		return err
	}
	return endImport(ctx, x.Tx, importRow{ID: s.Import, State: Cancelled})
}
