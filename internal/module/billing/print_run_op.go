package billing

import (
	"context"
	"io"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
)

// PrintJob is the operation that makes print files.
const PrintJob = "billing.run.print"

// RunPrint names the run to print.
type RunPrint struct {
	ID op.ID `json:"id" in:"required,ref=billing.run.list"`
}

// UniqueKey lets one print file of a run be made at a time.
func (in RunPrint) UniqueKey() string { return in.ID.String() }

// PrintFilter narrows the list of print files.
type PrintFilter struct {
	Run op.ID `json:"run" in:"ref=billing.run.list"`
}

// PrintRef names a print file.
type PrintRef struct {
	ID op.ID `json:"id" in:"required"`
}

// PrintSummary is what became of a print job.
type PrintSummary struct {
	Print  op.ID        `json:"print"`
	Bills  int64        `json:"bills"`
	Pages  int64        `json:"pages"`
	Total  money.Amount `json:"total"`
	SHA256 string       `json:"sha256"`
}

func (m *Module) registerPrintFiles(r *op.Registry) {
	op.RegisterJob(r, op.Spec{Name: PrintJob, Path: "/billing/runs/{id}/print", Duties: duties()}, op.JobHandler[RunPrint, printState]{
		Targets: func(ctx context.Context, x *op.Exec, in RunPrint) ([]op.Target, error) {
			return runTargets(ctx, x, RunRef(in))
		},
		Plan:   planPrint,
		Chunk:  chunkPrint,
		Finish: endPrint,
		Cancel: stopPrint,
	})
	op.RegisterList(r, op.Spec{Name: "billing.print.list", Path: "/billing/prints", Duties: duties()}, op.ListHandler[PrintFilter, Print]{
		Sorts: []string{"-recorded_at"},
		Rows: func(ctx context.Context, x *op.Exec, in PrintFilter) iter.Seq2[Print, error] {
			return listPrints(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "billing.print.download", Path: "/billing/prints/{id}/file", Duties: duties()}, op.GetHandler[PrintRef, op.Document]{
		Targets: func(ctx context.Context, x *op.Exec, in PrintRef) ([]op.Target, error) {
			p, err := findPrint(ctx, x.R, in.ID)
			return unitTarget(p.Unit), err
		},
		Do: m.download,
	})
}

// planPrint counts the bills of a run by walk. Conflict "billing.run_state" before the
// bills are out, Precondition "billing.no_bills" when there are none.
func planPrint(ctx context.Context, x *op.Exec, in RunPrint) (printState, int64, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return printState{}, 0, err
	}
	if err := inState(run.State, Issued); err != nil {
		return printState{}, 0, err
	}
	walks, err := walksOf(ctx, x.R, run.ID)
	if err != nil {
		return printState{}, 0, err
	}
	parts, bills := planParts(walks)
	if bills == 0 {
		return printState{}, 0, fault.New(fault.Precondition, "billing.no_bills")
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return printState{}, 0, err
	}
	p := Print{ID: op.ID(id), Run: run.ID, Unit: run.Unit, State: Printing, Bills: bills, Parts: int64(len(parts)), RequestedBy: op.ID(x.Actor.UserID)}
	if p.Duplicate, err = printedBefore(ctx, x.R, run.ID); err != nil {
		return printState{}, 0, err
	}
	if err := insertPrint(ctx, x.Tx, &p, parts); err != nil {
		return printState{}, 0, err
	}
	return printState{Print: p.ID, Parts: p.Parts}, bills, nil
}

// chunkPrint records the part, or the whole, that was made outside.
func chunkPrint(ctx context.Context, x *op.Exec, _ RunPrint, s *printState) (int64, bool, error) {
	switch {
	case s.Part != nil:
		if err := updatePart(ctx, x.Tx, s.Print, s.Part); err != nil {
			return s.Bills, false, err
		}
		s.Bills += s.Part.Bills
		s.Done++
		s.Part = nil
		return s.Bills, false, nil
	case s.Whole != nil:
		return s.Bills, true, nil
	}
	return s.Bills, false, fault.New(fault.Internal, "internal")
}

// endPrint lets the file be fetched, once it is known to hold exactly the run: Conflict
// "billing.print_differs" otherwise.
func endPrint(ctx context.Context, x *op.Exec, in RunPrint, s printState) (any, error) {
	run, err := findRun(ctx, x, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := findPrint(ctx, x.R, s.Print)
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(ctx, x.R, s.Print)
	if err != nil {
		return nil, err
	}
	bills := int64(0)
	for i := range parts {
		bills, p.Pages = bills+parts[i].Bills, p.Pages+parts[i].Pages
		if p.Total, err = p.Total.Add(parts[i].Total); err != nil {
			return nil, err
		}
	}
	if bills != run.Bills || p.Total != run.Total {
		return nil, fault.New(fault.Conflict, "billing.print_differs", "bills", bills, "total", p.Total)
	}
	p.State, p.SHA256, p.Size = Printed, s.Whole.SHA256, s.Whole.Size
	if err := finishPrint(ctx, x.Tx, &p); err != nil {
		return nil, err
	}
	out := PrintSummary{Print: p.ID, Bills: p.Bills, Pages: p.Pages, Total: p.Total, SHA256: p.SHA256}
	return out, x.Change("billing_print", int64(p.ID), run.Code, nil, out)
}

// stopPrint leaves a print file that was given up out of sight.
func stopPrint(ctx context.Context, x *op.Exec, _ RunPrint, s printState) error {
	p, err := findPrint(ctx, x.R, s.Print)
	if err != nil {
		return err
	}
	p.State = PrintStopped
	return finishPrint(ctx, x.Tx, &p)
}

// download gives a print file. Precondition "billing.print_unfinished" before its end.
func (m *Module) download(ctx context.Context, x *op.Exec, in PrintRef) (op.Document, error) {
	p, err := findPrint(ctx, x.R, in.ID)
	if err != nil {
		return op.Document{}, err
	}
	if p.State != Printed {
		return op.Document{}, fault.New(fault.Precondition, "billing.print_unfinished")
	}
	run, err := findRun(ctx, x, p.Run)
	if err != nil {
		return op.Document{}, err
	}
	ref := file.Ref{SHA256: p.SHA256, Size: p.Size}
	d := op.Document{Name: fileWord(run.Code) + ".zip", MediaType: "application/zip", Size: p.Size, SHA256: p.SHA256}
	return op.StoredDocument(d, func(ctx context.Context) (io.ReadCloser, error) { return m.files.Open(ctx, ref) }), nil
}
