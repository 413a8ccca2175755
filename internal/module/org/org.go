// Package org owns the organisation of the utility: its units and where they
// stand on each date, the legal entities and network operators behind them, and
// the days that are not worked. It answers, for every other module, what lies
// below a unit (it implements op.Places).
package org

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

// Migrations are the tables of this module.
func Migrations() fs.FS { return migrations }

// Topic is the revision (db.Revisions) that moves when the tree changes: a
// place, a kind, an opening or a closing. Names and addresses do not move it.
const Topic = "org"

// FiscalTopic is the revision (db.RevisionOf) that is renewed when a fiscal
// parameter of an entity changes.
const FiscalTopic = "org.fiscal"

// Files keeps imported files; file.Store is one.
type Files interface {
	Put(ctx context.Context, source io.Reader, limit int64) (file.Ref, error)
	Open(ctx context.Context, ref file.Ref) (io.ReadCloser, error)
}

// Options of New.
type Options struct {
	// Files keeps the files that are imported; nil only where nothing is.
	Files Files
	// Explain writes a fault in the language of the users, for the reason column
	// of refused lines; nil writes its code.
	Explain func(fault.Field) string
}

// Module is the organisation. Make it with New; it is safe for concurrent use.
type Module struct {
	files   Files
	explain func(fault.Field) string
	places  *Places
}

// New makes the module.
func New(o Options) *Module {
	if o.Explain == nil {
		o.Explain = func(f fault.Field) string { return f.Code }
	}
	return &Module{files: o.Files, explain: o.Explain, places: newPlaces()}
}

// Places answers what lies below what.
func (m *Module) Places() *Places { return m.places }

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerUnits(r)
	m.registerTree(r)
	m.registerMoves(r)
	m.registerImports(r)
	m.registerEntities(r)
	m.registerOperators(r)
	m.registerAssignments(r)
	m.registerHolidays(r)
	r.Label("unit", m.unitLabels)
	r.Label("entity", rowLabels("legal_entity"))
	r.Label("operator", rowLabels("network_operator"))
}
