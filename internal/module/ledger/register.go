package ledger

import "wasl/internal/platform/op"

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerExport(r)
}
