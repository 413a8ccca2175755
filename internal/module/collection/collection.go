// Package collection owns what happens at the desk and after: how people pay, the
// sessions of cashiers, receipts with their legal numbers and their means, and the
// life of a cheque. What is owed, and what a payment does to it, is the ledger's.
package collection

import (
	"embed"
	"io/fs"

	"wasl/internal/module/ledger"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module and the reference kinds of tender.
func Migrations() fs.FS { return migrations }

// Options of New.
type Options struct {
	Ledger *ledger.Module
	// Imports take files of receipts in.
	Imports *intake.Store
	// Secret keys the codes printed on receipts; whoever does not know it cannot make
	// one.
	Secret []byte
	// Find finds who pays, for the page of the desk; nil finds nobody.
	Find Finder
	// Words and Fonts are those of receipts and statements on paper.
	Words *text.Printer
	Fonts *doc.Fonts
}

// Module is the collection. Make it with New; it is safe for concurrent use.
type Module struct {
	ledger  *ledger.Module
	imports *intake.Store
	secret  []byte
	memory  kindMemory
	find    Finder
	words   *text.Printer
	fonts   *doc.Fonts
}

// New makes the module.
func New(o Options) *Module {
	return &Module{ledger: o.Ledger, imports: o.Imports, secret: o.Secret, find: o.Find, words: o.Words, fonts: o.Fonts}
}

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	registerTenders(r)
	m.registerSessions(r)
	registerDue(r)
	m.registerTake(r)
	m.registerReceipts(r)
	m.registerPayments(r)
	m.registerPrint(r)
	m.registerCancel(r)
	m.registerProof(r)
	m.registerCheques(r)
	m.registerStatement(r)
	registerDays(r)
	m.registerLots(r)
	m.registerMoves(r)
	r.Label("cash_session", sessionLabels)
	r.Label("collection_session", sessionLabels) // as fields that pick one name it
	r.Label("receipt", receiptLabels)
	r.Label("cheque", chequeLabels)
	r.Label("receipt_move", moveLabels)
	r.Label("cheque_deposit", depositLabels)
}

// duties are the attributions that the desk serves.
func duties() []string { return []string{"AG-18", "AG-19", "AG-24"} }

// unitTarget is one unit as a target.
func unitTarget(unit op.ID) []op.Target { return []op.Target{{Unit: int64(unit)}} }
