package tariff

import (
	"context"
	"embed"
	"io/fs"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module.
func Migrations() fs.FS { return migrations }

// Topic is the revision (db.Revisions) that moves when what is active changes.
const Topic = "tariff"

// Options of New.
type Options struct {
	// Say writes a text of the catalogue in the language of the users, for the
	// sentences that explain a quote; nil writes its key.
	Say func(key string, args fault.Args) string
}

// Module is the tariffs as stored. Make it with New; it is safe for concurrent use.
type Module struct {
	say   func(key string, args fault.Args) string
	shelf *Shelf
}

// New makes the module.
func New(o Options) *Module {
	if o.Say == nil {
		o.Say = func(key string, _ fault.Args) string { return key }
	}
	return &Module{say: o.Say, shelf: &Shelf{}}
}

// Book gives the active versions, compiled and shared: see [Shelf.Book].
func (m *Module) Book(ctx context.Context, r db.Reader) (*Book, error) { return m.shelf.Book(ctx, r) }

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerImport(r)
	m.registerActivation(r)
	m.registerQueries(r)
	m.registerQuote(r)
	r.Label("tariff_version", versionLabels)
}

// duties are the codes of the attributions the module serves: preparing tariff
// changes and holding their parameters.
func duties() []string { return []string{"NORM-3", "NORM-5"} }
