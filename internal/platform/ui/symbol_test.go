package ui

import "testing"

// TestSymbol looks at what a page gets: the whole grid as view box, a light ground
// under one dark path, a name.
func TestSymbol(t *testing.T) {
	t.Parallel()
	env := frenchEnv(t)
	d := parse(t, env.Symbol(Symbol{Path: "M4 4h7v1h-7z", Width: 29, Height: 29, Label: "F 12"}))
	checkPolicy(t, d)
	d.attr("svg.w-symbol", "viewBox", "0 0 29 29")
	d.attr("svg.w-symbol", "aria-label", "F 12")
	d.attr("path.w-symbol-dark", "d", "M4 4h7v1h-7z")
	d.attr("rect.w-symbol-ground", "width", "29")
	bars := parse(t, env.Symbol(Symbol{Path: "M10 0h2v1h-2z", Width: 90, Height: 1, Label: "F 12", Bars: true}))
	bars.attr("svg.w-symbol-bars", "preserveAspectRatio", "none")
}
