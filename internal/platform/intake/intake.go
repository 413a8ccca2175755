// Package intake takes files of rows into the program: customers, readings, units.
// One piece serves every kind of file. A module declares the columns and decides
// the rows; the package reads (encoding, separator, compression, XLSX), maps the
// columns, checks the cells, carries the rows over in resumable chunks, keeps what
// was refused, and makes the whole visible at once, or nothing.
//
// Rows are written as they are read, with the id of their batch, and are invisible
// until the batch is applied (docs/adr/0009): Visible is in every query of a table
// with a batch column. Whatever stops an import (a cut file, a full disk, the end
// of the process), nothing is half-visible, and the job goes on or is undone.
package intake

import (
	"context"
	"embed"
	"io"
	"io/fs"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this package.
func Migrations() fs.FS { return migrations }

// Bounds of files.
const (
	// FileBytesMax bounds a file as it is handed in.
	FileBytesMax = op.StoredMax
	// PlainBytesMax bounds what a compressed file comes to.
	PlainBytesMax = 1 << 30
	// RecordBytesMax bounds one record, over all its lines when it is quoted.
	RecordBytesMax = 64 << 10
	// ColumnsMax bounds the columns of a file.
	ColumnsMax = 256
	// ChunkRows is the most rows taken in one transaction.
	ChunkRows = 20_000
	// RejectsMax bounds the refused rows that are kept; the others are only counted.
	RejectsMax = 100_000
	// RejectBytesMax bounds them in bytes.
	RejectBytesMax = 64 << 20
	// ChangesMax bounds the changes of known records that a batch may bring: they are
	// applied in one transaction.
	ChangesMax = 20_000
	// PreviewRows are shown of a file that is checked.
	PreviewRows = 20
	// CheckRowsDefault are looked at by a check.
	CheckRowsDefault = 1000
	// FlagReasonsMax bounds the reasons of a batch.
	FlagReasonsMax = 100

	// chunkBytes and chunkCells end a chunk before ChunkRows when its rows are long.
	chunkBytes = 8 << 20
	chunkCells = 400_000
	// discardRows are removed in one transaction.
	discardRows = 20_000
)

// Files keeps the contents; the file package implements it.
type Files interface {
	Put(ctx context.Context, source io.Reader, limit int64) (file.Ref, error)
	Open(ctx context.Context, ref file.Ref) (io.ReadCloser, error)
}

// Options of New.
type Options struct {
	// Files keep what is handed in.
	Files Files
	// Explain gives the text of a fault, for the list of refused rows.
	Explain func(fault.Field) string
	// Say gives the text of a key, for the values of a Choice; none leaves them as the
	// columns declare them.
	Say func(key string) string
	// TempDir is where a workbook is unpacked; the system's when empty.
	TempDir string
}

// Store is the import of a program: its kinds of files and where contents are kept.
// Make it with New; it is safe for concurrent use.
type Store struct {
	opt   Options
	kinds map[string]*kindInfo
	names []string
	live  readers
	seen  looks
	// faults are what is wrong with the kinds registered.
	faults []string
}

// New makes a store without kinds.
func New(o Options) *Store {
	return &Store{opt: o, kinds: map[string]*kindInfo{}}
}
