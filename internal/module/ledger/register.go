package ledger

import "wasl/internal/platform/op"

// Register registers the operations of the module.
func (m *Module) Register(_ *op.Registry) {}
