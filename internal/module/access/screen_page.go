package access

import "wasl/internal/platform/screen"

// Screens are the pages of the module.
func (m *Module) Screens() []screen.Screen { return nil }
