package ledger

import "wasl/internal/platform/op"

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerChart(r)
	m.registerRules(r)
	m.registerEntries(r)
	m.registerItems(r)
	m.registerAllocations(r)
	m.registerStates(r)
	m.registerRates(r)
	m.registerExport(r)
	m.registerDoubtful(r)
	r.Label("ledger_account", accountLabelled)
}
