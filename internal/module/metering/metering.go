// Package metering owns meters and where they stand, the walks of the readers, what
// was read and what was consumed, the controls that look at both, and the decisions
// on what they find.
package metering

import (
	"embed"
	"io/fs"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module.
func Migrations() fs.FS { return migrations }

// Options of New.
type Options struct {
	// Imports takes in files; nil only where nothing is imported.
	Imports *intake.Store
	// Say writes a text with its values in the language of the users, for anomalies in
	// words; nil writes the key.
	Say func(key string, args fault.Args) string
}

// Module is metering. Make it with New; it is safe for concurrent use.
type Module struct {
	imports *intake.Store
	say     func(key string, args fault.Args) string
}

// New makes the module.
func New(o Options) *Module {
	if o.Say == nil {
		o.Say = func(key string, _ fault.Args) string { return key }
	}
	return &Module{imports: o.Imports, say: o.Say}
}

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerMeters(r)
	m.registerPlacing(r)
	m.registerSeals(r)
	m.registerRoutes(r)
	m.registerPeriods(r)
	m.registerReadings(r)
	m.registerConsumptions(r)
	m.registerAnomalies(r)
	m.registerDecisions(r)
	m.registerControls(r)
	registerEstimates(r)
	m.registerImports(r)
	r.Label("meter", meterLabels())
	r.Label("route", routeLabels())
	r.Label("period", periodLabels)
}

// sentence is an anomaly in words.
func (m *Module) sentence(e Evidence, service string) string {
	args := e.Args()
	args["unit"] = m.say("unit.service."+service, nil)
	return m.say("anomaly."+e.Reason, args)
}

// Key names one row of a table that belongs to a receivable account: the account is
// part of its identity.
type Key struct {
	Account op.ID `json:"account" in:"required"`
	ID      op.ID `json:"id" in:"required"`
}

// unitTargets are units as targets, each once.
func unitTargets(units ...int64) []op.Target {
	var out []op.Target
	seen := map[int64]bool{}
	for _, u := range units {
		if !seen[u] {
			seen[u] = true
			out = append(out, op.Target{Unit: u})
		}
	}
	return out
}

// orDate is the date, or another when there is none.
func orDate(d, other day.Date) day.Date {
	if d.IsZero() {
		return other
	}
	return d
}

// monthStart is the first day of the month of a date, as months are stored.
func monthStart(d day.Date) day.Date { return day.MonthOf(d).First() }

// reader is what a query of this module needs.
type reader = db.Reader
