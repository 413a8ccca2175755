package tariff

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module.
func Migrations() fs.FS { return migrations }

// Topic is the revision (db.Revisions) that moves when what is active changes.
const Topic = "tariff"

// Options of New.
type Options struct {
	// Words are those of the sentences that explain a quote.
	Words *text.Printer
}

// Module is the tariffs as stored. Make it with New; it is safe for concurrent use.
type Module struct {
	words *text.Printer
	shelf *Shelf
}

// New makes the module.
func New(o Options) *Module { return &Module{words: o.Words, shelf: &Shelf{}} }

// Book gives the active versions, compiled and shared: see [Shelf.Book].
func (m *Module) Book(ctx context.Context, r db.Reader) (*Book, error) { return m.shelf.Book(ctx, r) }

// BookOf gives some versions, compiled and shared: see [Shelf.BookOf].
func (m *Module) BookOf(ctx context.Context, r db.Reader, versions []op.ID) (*Book, error) {
	return m.shelf.BookOf(ctx, r, versions)
}

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerImport(r)
	m.registerActivation(r)
	m.registerQueries(r)
	m.registerQuote(r)
	r.Label("tariff_version", versionLabels)
	r.Label("versions", versionLabels) // the noun of tariff.versions, where one is picked
}

// duties are the codes of the attributions the module serves: preparing tariff
// changes and holding their parameters.
func duties() []string { return []string{"NORM-3", "NORM-5"} }

// KnowsTariff says whether a version in force, now or later, of a tariff of that code
// charges for a service: as its own, or in one of its charges (sanitation on the volume
// of water).
func (m *Module) KnowsTariff(ctx context.Context, r db.Reader, code, service string) (bool, error) {
	book, err := m.Book(ctx, r)
	if err != nil {
		return false, err
	}
	t := book.Tariff(code)
	if t == nil {
		return false, nil
	}
	if string(t.Service) == service {
		return true, nil
	}
	for _, v := range t.Versions {
		if slices.ContainsFunc(v.Charges, func(c Charge) bool { return string(c.Service) == service }) {
			return true, nil
		}
	}
	return false, nil
}
