package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Symbol is a QR code or a row of bars drawn from the path of its dark modules
// (package doc makes it). It keeps a light ground in every theme, or no reader would
// take it.
type Symbol struct {
	// Path is the "d" of the dark modules, one unit a module.
	Path string
	// Width and Height are the modules of the grid, quiet zone included.
	Width, Height int
	// Label says what the symbol holds, for those who do not see it.
	Label string
	// Bars stretches the grid upwards: a row of bars.
	Bars bool
}

// Symbol draws a symbol. It carries no style of its own.
func (e Env) Symbol(s Symbol) g.Node {
	class, stretch := "w-symbol", "xMidYMid meet"
	if s.Bars {
		class, stretch = "w-symbol w-symbol-bars", "none"
	}
	box := "0 0 " + strconv.Itoa(s.Width) + " " + strconv.Itoa(s.Height)
	return h.SVG(h.Class(class), g.Attr("viewBox", box), g.Attr("preserveAspectRatio", stretch), g.Attr("shape-rendering", "crispEdges"),
		g.Attr("focusable", "false"), h.Role("img"), aria("label", s.Label),
		g.El("rect", h.Class("w-symbol-ground"), h.Width(strconv.Itoa(s.Width)), h.Height(strconv.Itoa(s.Height))),
		g.El("path", h.Class("w-symbol-dark"), g.Attr("d", s.Path)))
}
