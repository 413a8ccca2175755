package doc

import (
	"strconv"

	"github.com/boombuler/barcode/code128"

	"wasl/internal/kernel/fault"
)

// Symbol is a QR code or a row of bars: what is dark on a grid of modules. A quiet
// zone as its standard asks for is part of it.
type Symbol struct {
	// Width and Height are in modules; a row of bars is one module high and is
	// stretched by whoever draws it.
	Width, Height int
	// dark are runs of dark modules, row by row from the top.
	dark []run
}

// run is a stretch of dark modules in one row.
type run struct{ x, y, length int }

// Quiet zones in modules (ISO/IEC 18004 and 15417).
const (
	quietQR   = 4
	quietBars = 10
)

// SymbolMax bounds what a code may hold, in bytes: version 10 at level M.
const SymbolMax = 213

// QR is the QR code of a content, with error correction M: 15 % of it may be lost.
// Invalid "doc.symbol" when the content is empty or longer than SymbolMax.
func QR(content string) (Symbol, error) {
	if content == "" || len(content) > SymbolMax {
		return Symbol{}, fault.New(fault.Invalid, CodeSymbol)
	}
	g := qrEncode(content)
	return symbolOf(g.size, g.size, quietQR, quietQR, g.at), nil
}

// Bars are the Code 128 bars of a content: up to 80 printable ASCII characters.
// Invalid "doc.symbol" for anything else.
func Bars(content string) (Symbol, error) {
	for _, r := range content {
		if r < ' ' || r > '~' {
			return Symbol{}, fault.New(fault.Invalid, CodeSymbol)
		}
	}
	code, err := code128.Encode(content)
	if err != nil {
		return Symbol{}, fault.Wrap(err, fault.Invalid, CodeSymbol)
	}
	size := code.Bounds()
	return symbolOf(size.Dx(), size.Dy(), quietBars, 0, func(x, y int) bool {
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}), nil
}

// symbolOf gathers the dark modules of a drawing and puts a quiet zone around them.
func symbolOf(width, height, besides, above int, dark func(x, y int) bool) Symbol {
	s := Symbol{Width: width + 2*besides, Height: height + 2*above}
	for y := range height {
		for x := 0; x < width; x++ {
			from := x
			for x < width && dark(x, y) {
				x++
			}
			if x > from {
				s.dark = append(s.dark, run{from + besides, y + above, x - from})
			}
		}
	}
	return s
}

// Dark says whether a module is dark; outside the grid nothing is.
func (s Symbol) Dark(x, y int) bool {
	for _, r := range s.dark {
		if r.y == y && r.x <= x && x < r.x+r.length {
			return true
		}
	}
	return false
}

// Path is the symbol as the "d" of one SVG path, a module being one unit. It needs no
// style: the path is filled with one colour on a light ground.
func (s Symbol) Path() string {
	var b []byte
	for _, r := range s.dark {
		b = strconv.AppendInt(append(b, 'M'), int64(r.x), 10)
		b = strconv.AppendInt(append(b, ' '), int64(r.y), 10)
		b = strconv.AppendInt(append(b, 'h'), int64(r.length), 10)
		b = append(b, "v1h-"...)
		b = append(strconv.AppendInt(b, int64(r.length), 10), 'z')
	}
	return string(b)
}
