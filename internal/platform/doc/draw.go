package doc

import (
	"strconv"
	"strings"
	"unicode"
)

// Align says on which side of its place a text stands.
type Align int

// The sides.
const (
	Start Align = iota
	Middle
	End
)

// Text sets a text on its base line: it begins, is centred or ends at x.
func (p *Paper) Text(x, y Length, a Align, t Type, s string) {
	s = visual(printable(s))
	if s == "" {
		return
	}
	switch a {
	case Middle:
		x -= p.width(t, s) / 2
	case End:
		x -= p.width(t, s)
	}
	p.fillWith(t.Color)
	p.raw = append(p.raw, "BT "...)
	if now := (typeSet{t.face(), t.Size}); now != p.set {
		p.set = now
		p.raw = append(append(append(p.raw, "/F"...), p.faces[now.face].id...), ' ')
		const tenths = 100
		p.raw = append(appendThousandths(p.raw, t.Size*tenths), " Tf "...)
	}
	p.point(x, y)
	p.raw = append(p.raw, " Td ("...)
	used := p.used[t.face()]
	for _, r := range s {
		if !used[r] {
			used[r] = true
		}
		p.raw = escaped(escaped(p.raw, byte(r>>8)), byte(r)) //nolint:gosec // printable keeps the first plane
	}
	p.raw = append(p.raw, ") Tj ET\n"...)
}

// escaped writes a byte of a text as PDF wants it between brackets.
func escaped(b []byte, c byte) []byte {
	switch c {
	case '(', ')', '\\':
		return append(b, '\\', c)
	case '\r':
		return append(b, '\\', 'r')
	}
	return append(b, c)
}

// face is the place of the type's face.
func (t Type) face() int {
	if t.Bold {
		return 1
	}
	return 0
}

// Width is how long a text is.
func (p *Paper) Width(t Type, s string) Length { return p.width(t, visual(printable(s))) }

// width measures what is ready to be set. A size is in tenths of a point and widths are
// thousandths of it: 254/72 hundredths of a millimetre are a tenth of a point.
func (p *Paper) width(t Type, s string) Length {
	widths, sum := p.faces[t.face()].widths, 0
	for _, r := range s {
		sum += widths[r]
	}
	const hundredths, of, thousand = 254, 72, 1000
	return Length(sum * t.Size * hundredths / (of * thousand))
}

// Fit shortens a text until it fits, with dots at its end.
func (p *Paper) Fit(t Type, s string, width Length) string {
	if p.Width(t, s) <= width {
		return s
	}
	letters := []rune(s)
	for len(letters) > 0 {
		letters = letters[:len(letters)-1]
		if short := strings.TrimRight(string(letters), " ") + "\u2026"; p.Width(t, short) <= width {
			return short
		}
	}
	return ""
}

// Wrap parts a text into lines that fit; at most n, the last of which is shortened.
func (p *Paper) Wrap(t Type, s string, width Length, n int) []string {
	var lines []string
	line := ""
	words := strings.Split(s, " ")
	for i, word := range words {
		longer := strings.TrimPrefix(line+" "+word, " ")
		if line == "" || p.Width(t, longer) <= width {
			line = longer
			continue
		}
		if len(lines) == n-1 {
			line = strings.Join(append([]string{line}, words[i:]...), " ")
			break
		}
		lines, line = append(lines, line), word
	}
	lines = append(lines, line)
	for i := range lines {
		lines[i] = p.Fit(t, lines[i], width)
	}
	return lines
}

// Paragraph sets a text in lines and gives the base line below the last one.
func (p *Paper) Paragraph(x, y Length, t Type, s string, width, leading Length, n int) Length {
	for _, line := range p.Wrap(t, s, width, n) {
		p.Text(x, y, Start, t, line)
		y += leading
	}
	return y
}

// printable leaves out what no face can show: control and format signs, and what is
// outside the first plane. The minus sign becomes the dash of its length.
func printable(s string) string {
	const firstPlane, minus, dash = 0xffff, 0x2212, 0x2013
	return strings.Map(func(r rune) rune {
		switch {
		case r == minus:
			return dash
		case r < ' ' || r == 0x7f || r > firstPlane || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// Box fills a rectangle.
func (p *Paper) Box(x, y, width, height Length, c Color) {
	p.fillWith(c)
	p.rect(x, y, width, height)
	p.raw = append(p.raw, " f\n"...)
}

// Frame draws the edge of a rectangle.
func (p *Paper) Frame(x, y, width, height, thick Length, c Color) {
	p.strokeWith(stroke{thick, c, 0})
	p.rect(x, y, width, height)
	p.raw = append(p.raw, " S\n"...)
}

// Rule draws a straight line.
func (p *Paper) Rule(x1, y1, x2, y2, thick Length, c Color) {
	p.rule(x1, y1, x2, y2, stroke{thick, c, 0})
}

// Dashes draws a straight line in dashes: where paper is torn.
func (p *Paper) Dashes(x1, y1, x2, y2, thick, dash Length, c Color) {
	p.rule(x1, y1, x2, y2, stroke{thick, c, dash})
}

func (p *Paper) rule(x1, y1, x2, y2 Length, s stroke) {
	p.strokeWith(s)
	p.point(x1, y1)
	p.raw = append(p.raw, " m "...)
	p.point(x2, y2)
	p.raw = append(p.raw, " l S\n"...)
}

// Symbol draws a QR code or bars into a rectangle.
func (p *Paper) Symbol(s Symbol, x, y, width, height Length) {
	p.fillWith(Color{})
	for _, r := range s.dark {
		left, right := x+width*Length(r.x)/Length(s.Width), x+width*Length(r.x+r.length)/Length(s.Width)
		top, bottom := y+height*Length(r.y)/Length(s.Height), y+height*Length(r.y+1)/Length(s.Height)
		p.rect(left, top, right-left, bottom-top)
		p.raw = append(p.raw, '\n')
	}
	p.raw = append(p.raw, "f\n"...)
}

// Across sets a text that climbs to the right, its middle at a point: the mark of a
// duplicate.
func (p *Paper) Across(x, y Length, t Type, s string) {
	// A turn by 35 degrees: cosine and sine in thousandths.
	const matrix = "q .819 .574 -.574 .819 "
	p.forget()
	p.raw = append(p.raw, matrix...)
	p.point(x, y)
	p.raw = append(p.raw, " cm\n"...)
	p.Text(0, p.format.Height, Middle, t, s)
	p.raw = append(p.raw, "Q\n"...)
	p.forget()
}

// fillWith sets the colour of texts and areas. A page begins with black.
func (p *Paper) fillWith(c Color) {
	if c != p.fill {
		p.fill = c
		p.color(c)
		p.raw = append(p.raw, " rg\n"...)
	}
}

// strokeWith sets how lines are drawn.
func (p *Paper) strokeWith(s stroke) {
	if s == p.line {
		return
	}
	p.line = s
	p.color(s.color)
	p.raw = append(p.raw, " RG "...)
	p.length(s.width)
	p.raw = append(p.raw, " w ["...)
	if s.dash > 0 {
		p.length(s.dash)
	}
	p.raw = append(p.raw, "] 0 d\n"...)
}

func (p *Paper) color(c Color) {
	const full, thousand = 255, 1000
	for i, part := range [3]uint8{c.R, c.G, c.B} {
		if i > 0 {
			p.raw = append(p.raw, ' ')
		}
		p.raw = appendThousandths(p.raw, int(part)*thousand/full)
	}
}

func (p *Paper) rect(x, y, width, height Length) {
	p.point(x, y+height)
	p.raw = append(p.raw, ' ')
	p.length(width)
	p.raw = append(p.raw, ' ')
	p.length(height)
	p.raw = append(p.raw, " re"...)
}

func (p *Paper) point(x, y Length) {
	p.length(x)
	p.raw = append(p.raw, ' ')
	p.length(p.format.Height - y)
}

// length writes a length in points, to the thousandth: a point is 25.4/72 mm, so that
// a hundredth of a millimetre is 72000/2540 thousandths of a point.
func (p *Paper) length(l Length) {
	const thousandthsOfPoint, of = 72000, 2540
	p.raw = appendThousandths(p.raw, int(l)*thousandthsOfPoint/of)
}

func appendThousandths(b []byte, n int) []byte {
	const thousand = 1000
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, int64(n/thousand), 10)
	if rest := n % thousand; rest != 0 {
		digits := strconv.Itoa(thousand + rest)
		b = append(append(b, '.'), strings.TrimRight(digits[1:], "0")...)
	}
	return b
}
