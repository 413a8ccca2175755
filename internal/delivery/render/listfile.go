package render

import (
	"io"

	"wasl/internal/platform/op"
)

// ListFile writes the rows of one list as a file. Header comes first and End last, when
// nothing is missing; Close is called always, and gives back what the file took.
type ListFile interface {
	Header(w Words) error
	Row(row any) error
	End() error
	Close() error
}

// FileForm is a form of file in which a list is handed out. Make it with CSVForm or
// WorkbookForm.
type FileForm struct {
	// Extension is that of the file's name, without the point.
	Extension string
	// MediaType is the type told to who receives it.
	MediaType string
	open      func(out io.Writer, d *op.Def) ListFile
}

// Open begins a file of the form.
func (f FileForm) Open(out io.Writer, d *op.Def) ListFile { return f.open(out, d) }

// CSVForm is CSV in a dialect.
func CSVForm(dialect Dialect) FileForm {
	return FileForm{Extension: "csv", MediaType: "text/csv; charset=utf-8; header=present", open: func(out io.Writer, d *op.Def) ListFile {
		return NewListCSV(out, dialect, d)
	}}
}

// WorkbookForm is a workbook of one sheet (XLSX).
func WorkbookForm() FileForm {
	return FileForm{Extension: "xlsx", MediaType: WorkbookType, open: func(out io.Writer, d *op.Def) ListFile { return NewWorkbook(out, d) }}
}
