package metering

import (
	"context"

	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
)

// ReadingChunk is how many rows of a file of readings or consumptions are judged and written
// in one transaction: the history of their places is in memory meanwhile.
const ReadingChunk = 10_000

// registerImports registers the three kinds of files: meters with where they stand,
// readings of an index, and consumptions that come as such.
func (m *Module) registerImports(r *op.Registry) {
	duties := []string{"AG-12", "AG-13", "AG-14"}
	targets := func(_ context.Context, _ *op.Exec, in FileImport) ([]op.Target, error) {
		return unitTargets(int64(in.Unit)), nil
	}
	intake.Register(r, m.imports, intake.Kind[FileImport]{
		Name: "consumption", Operation: "metering.import", Path: "/metering/imports", Duties: duties, Place: screen.Reading,
		Columns: consumptionColumnsOfFile(), ChunkRows: ReadingChunk,
		Example: "contrat;mois;quantite\nC-0412-118;11/2026;23\nC-0412-119;11/2026;8,5\n",
		Targets: targets, Held: heldIn("consumption"),
		Open: func(_ context.Context, _ *op.Exec, b intake.Batch, in FileImport) (intake.Session, error) {
			return &consumptionSession{m, b, in}, nil
		},
	})
	intake.Register(r, m.imports, intake.Kind[FileImport]{
		Name: "reading", Operation: "metering.reading.import", Path: "/metering/readings/imports", Duties: duties, Place: screen.Reading,
		Columns: readingColumnsOfFile(), ChunkRows: ReadingChunk,
		Example: "compteur;date;index\n04118772;17/11/2026;18692\n04118773;17/11/2026;421\n",
		Targets: targets, Held: heldIn("reading"),
		Open: func(_ context.Context, _ *op.Exec, b intake.Batch, in FileImport) (intake.Session, error) {
			return &readingSession{m, b, in}, nil
		},
	})
	intake.Register(r, m.imports, intake.Kind[FileImport]{
		Name: "meter", Operation: "metering.meter.import", Path: "/metering/meters/imports", Duties: duties, Place: screen.Reading, Columns: meterColumnsOfFile(),
		Example: "compteur;contrat;calibre;pose_le;index\n04118772;C-0412-118;DN15;12/03/2019;0\n",
		Targets: targets, Held: heldIn("meter"),
		Open: func(_ context.Context, _ *op.Exec, b intake.Batch, in FileImport) (intake.Session, error) {
			return &meterSession{m, b, in}, nil
		},
	})
}
