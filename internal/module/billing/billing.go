// Package billing owns billing runs and bills: who is due and who is missing, what
// each one owes and how that came about, what is out of the ordinary, the approval of
// exactly that, its issue under gap-free numbers, and the cancellation of one bill.
package billing

import (
	"embed"
	"io/fs"
	"runtime"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/ledger"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module.
func Migrations() fs.FS { return migrations }

// Options of New.
type Options struct {
	Tariffs *tariff.Module
	Ledger  *ledger.Module
	// Places tells units from each other where no operation is at hand.
	Places op.Places
	// Words are those of the sentences that explain a bill, and of its paper.
	Words *text.Printer
	// Fonts are the faces of printed bills.
	Fonts *doc.Fonts
	// Files keep what is printed.
	Files file.Store
	// Workers price the drafts of one part at once; the processors of the machine when 0.
	Workers int
}

// Module is billing. Make it with New; it is safe for concurrent use.
type Module struct {
	tariffs *tariff.Module
	ledger  *ledger.Module
	words   *text.Printer
	places  op.Places
	workers int
	ahead   *ahead
	fonts   *doc.Fonts
	files   file.Store
}

// New makes the module.
func New(o Options) *Module {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return &Module{
		tariffs: o.Tariffs, ledger: o.Ledger, words: o.Words, places: o.Places, workers: o.Workers, fonts: o.Fonts, files: o.Files,
	}
}

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerRuns(r)
	m.registerComparison(r)
	m.registerDrafts(r)
	m.registerExceptions(r)
	m.registerMass(r)
	m.registerApproval(r)
	m.registerIssue(r)
	m.registerBills(r)
	m.registerCancel(r)
	m.registerRecompute(r)
	m.registerPrint(r)
	m.registerPrintFiles(r)
	r.Label("billing_run", runLabels)
}

// RunState is where a run stands.
type RunState string

// The states of a run.
const (
	// Prepared: its scope is known to be billable.
	Prepared RunState = "prepared"
	// Computing: its drafts are being computed.
	Computing RunState = "computing"
	// Computed: its drafts and their hash can be looked at and approved.
	Computed RunState = "computed"
	// Approved by a second person: exactly that hash may be issued.
	Approved RunState = "approved"
	// Issuing has begun: it can only be completed.
	Issuing RunState = "issuing"
	// Issued: its bills are out.
	Issued RunState = "issued"
	// Abandoned before its issue.
	Abandoned RunState = "cancelled"
)

// EnumName is the prefix of the texts.
func (RunState) EnumName() string { return "billing_run_state" }

// EnumValues are the states.
func (RunState) EnumValues() []string {
	return []string{string(Prepared), string(Computing), string(Computed), string(Approved), string(Issuing), string(Issued), string(Abandoned)}
}

// BillKind is what a numbered document is.
type BillKind string

// The kinds. They are also the names of the series of numbers.
const (
	// KindBill is a bill.
	KindBill BillKind = "bill"
	// KindCreditNote takes a bill back as a whole.
	KindCreditNote BillKind = "credit_note"
)

// EnumName is the prefix of the texts.
func (BillKind) EnumName() string { return "bill_kind" }

// EnumValues are the kinds.
func (BillKind) EnumValues() []string { return []string{string(KindBill), string(KindCreditNote)} }

// Chunk sizes of a run, in bills.
const (
	chunkDefault = 10_000
	chunkMax     = 20_000
)

// unitTarget is one unit as a target.
func unitTarget(unit op.ID) []op.Target { return []op.Target{{Unit: int64(unit)}} }

// inState refuses what a run's state does not allow: Conflict "billing.run_state".
func inState(have RunState, allowed ...RunState) error {
	for _, s := range allowed {
		if have == s {
			return nil
		}
	}
	return fault.New(fault.Conflict, "billing.run_state", "state", have)
}
