package ui

import (
	"math/bits"
	"strconv"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// ChartValue is one figure of a chart. The kit draws its proportion and prints
// the text it is given: it knows no unit.
type ChartValue struct {
	// N is the figure in whole units of whatever is drawn: centimes,
	// thousandths, millionths. All figures of one axis share that unit.
	N int64
	// Text is the figure as people read it, without its unit.
	Text string
	// Short replaces the text on the drawing when the text is long; the table
	// always prints the text.
	Short string
	// None says that there is no figure: nothing is drawn, the table has a dash.
	None bool
}

func (v ChartValue) drawn() string {
	if v.Short != "" {
		return v.Short
	}
	return v.Text
}

func (v ChartValue) said() string {
	if v.None {
		return Dash
	}
	return v.Text
}

// ChartMark is a line drawn across a chart at one figure: a usual consumption,
// a limit, a goal.
type ChartMark struct {
	// Label says what the figure is.
	Label string
	// Value is where the line stands.
	Value ChartValue
}

// The drawing's measures in CSS pixels. Positions across are parts of the
// width, so that a drawing fills its place while its letters keep their size.
const (
	chartHeight = 200
	chartTop    = 22
	chartBottom = 174
	// chartUnder is the base line of the words under the axis.
	chartUnder = 191
	// chartGap parts a figure from what it belongs to.
	chartGap = 5
	// chartLetter is the width a letter is reckoned with at the size of the words.
	chartLetter = 6
	// chartLine is the least distance between the base lines of two words.
	chartLine = 13
)

// chartFits are the widths of a chart, in CSS pixels, at which a word may begin
// to be shown; the style sheet has a rule for each.
func chartFits() []int { return []int{240, 320, 400, 480, 560, 640, 760, 880, 1040, 1280} }

// fit is the class of a word that needs a width: the word is hidden in a chart
// that is narrower. The table below the drawing always has it.
func fit(class string, width int) g.Node {
	fits := chartFits()
	if width <= fits[0] {
		return h.Class(class)
	}
	for _, at := range fits {
		if width <= at {
			return h.Class(class + " w-fit-" + strconv.Itoa(at))
		}
	}
	return h.Class(class + " w-fit-" + strconv.Itoa(fits[len(fits)-1]))
}

// thinned is the class of the word at a place of a row of words: in a chart too
// narrow for all of them every second one goes, then every fourth stays; the
// last one always stays.
func thinned(class string, place, count, letters int) g.Node {
	width := count * (letters + 1) * chartLetter
	switch fromEnd := count - 1 - place; {
	case fromEnd%4 == 0:
		width = 0
	case fromEnd%2 == 0:
		width /= 2
	}
	return fit(class, width)
}

// longest is the number of letters of the longest word.
func longest(words ...string) int {
	most := 0
	for _, w := range words {
		most = max(most, utf8.RuneCountInString(w))
	}
	return most
}

// span is the range of an axis that holds zero and every figure it was shown.
type span struct{ low, high int64 }

func (s *span) hold(values ...ChartValue) {
	for _, v := range values {
		if !v.None {
			s.low, s.high = min(s.low, v.N), max(s.high, v.N)
		}
	}
}

// part is the place of a figure in the range, in ten-thousandths from its low
// end. Differences are taken unsigned: they pass what int64 holds.
func (s span) part(n int64) int {
	whole := uint64(s.high) - uint64(s.low)
	if whole == 0 || n <= s.low {
		return 0
	}
	if n >= s.high {
		return partWhole
	}
	hi, lo := bits.Mul64(uint64(n)-uint64(s.low), partWhole)
	quotient, _ := bits.Div64(hi, lo, whole)
	return int(quotient)
}

// height is the distance of a figure from the top, in pixels.
func (s span) height(n int64) int {
	bottom := chartBottom
	if s.low < 0 {
		bottom -= chartLine
	}
	return bottom - (s.part(n)*(bottom-chartTop)+partWhole/2)/partWhole
}

// percent writes ten-thousandths as SVG reads them: 12.34%.
func percent(part int) string {
	const hundredth = 100
	sign := ""
	if part < 0 {
		sign, part = "-", -part
	}
	tail := strconv.Itoa(hundredth + part%hundredth)[1:]
	return sign + strconv.Itoa(part/hundredth) + "." + tail + "%"
}

// The shapes of a drawing: x in ten-thousandths of the width, y in pixels.

func chartRect(class g.Node, x, width, y1, y2 int, title string) g.Node {
	top, bottom := min(y1, y2), max(y1, y2)
	return g.El("rect", class, g.Attr("x", percent(x)), g.Attr("y", strconv.Itoa(top)),
		h.Width(percent(width)), h.Height(strconv.Itoa(bottom-top)), chartTitle(title))
}

func chartStroke(class string, x1, y1, x2, y2 int) g.Node {
	return g.El("line", h.Class(class), g.Attr("x1", percent(x1)), g.Attr("y1", strconv.Itoa(y1)), g.Attr("x2", percent(x2)), g.Attr("y2", strconv.Itoa(y2)))
}

func chartWord(class g.Node, x, y int, word string) g.Node {
	return g.El("text", class, g.Attr("x", percent(x)), g.Attr("y", strconv.Itoa(y)), g.Text(word))
}

// chartTitle is what a browser shows while pointing at a shape.
func chartTitle(words string) g.Node {
	if words == "" {
		return nil
	}
	return g.El("title", g.Text(words))
}

// chartKey is one entry of the key above a drawing.
type chartKey struct{ class, label string }

// chartFrame is what all charts share: a key, the drawing, the same figures in
// a table.
type chartFrame struct {
	title string
	keys  []chartKey
	// said tells the drawing to those who do not see it.
	said    string
	drawing g.Node
	// beside stands at the drawing's end: the names of lines, with the letters
	// of the longest.
	beside        g.Node
	besideLetters int
	table         g.Node
}

func (e Env) chart(c chartFrame) g.Node {
	class := "w-chart-row"
	if c.beside != nil {
		class += " w-chart-beside w-chart-beside-" + besideWidth(c.besideLetters)
	}
	return h.Figure(h.Class("w-chart"),
		g.Iff(len(c.keys) > 0, func() g.Node {
			return h.Ul(h.Class("w-chart-key"), g.Map(c.keys, func(k chartKey) g.Node { return h.Li(swatch(k.class), g.Text(k.label)) }))
		}),
		h.Div(h.Class(class), chartSVG(c.drawing, h.Role("img"), aria("label", c.said)), c.beside),
		h.Details(h.Class("w-chart-figures"), h.Summary(g.Text(e.t("ui.chart_figures")), hidden(" "+c.title)),
			h.Div(h.Class("w-chart-table"), c.table)))
}

// besideWidth is the width of the strip beside a drawing, in CSS pixels; the
// style sheet has a rule for each.
func besideWidth(letters int) string {
	const small, middle, wide = 80, 130, 180
	switch width := (letters + 1) * (chartLetter + 1); {
	case width <= small:
		return strconv.Itoa(small)
	case width <= middle:
		return strconv.Itoa(middle)
	}
	return strconv.Itoa(wide)
}

func chartSVG(content ...g.Node) g.Node {
	return h.SVG(h.Class("w-plot"), h.Width("100%"), h.Height(strconv.Itoa(chartHeight)), g.Attr("focusable", "false"), g.Group(content))
}

// swatch shows how something of the key is drawn.
func swatch(class string) g.Node {
	return h.SVG(h.Class("w-chart-swatch"), h.Width("16"), h.Height("10"), g.Attr("aria-hidden", "true"), g.Attr("focusable", "false"),
		g.El("rect", h.Class("w-chart-fill "+class), g.Attr("x", "1"), g.Attr("y", "1"), h.Width("14"), h.Height("8")),
		g.El("line", h.Class("w-chart-stroke "+class), g.Attr("x1", "0"), g.Attr("y1", "5"), g.Attr("x2", "16"), g.Attr("y2", "5")))
}

// chartTable is the table below a drawing: figures at the end, words at the start.
func (e Env) chartTable(title string, heads []string, rows [][]string) g.Node {
	return h.Table(h.Class("w-table"), h.Caption(h.Class("w-vh"), g.Text(title)),
		h.THead(h.Tr(mapped(heads, func(i int, head string) g.Node {
			return h.Th(h.Scope("col"), when(i > 0, h.Class("w-n")), g.Text(head))
		}))),
		h.TBody(g.Map(rows, func(row []string) g.Node {
			return h.Tr(mapped(row, func(i int, cell string) g.Node {
				if i == 0 {
					return h.Th(h.Scope("row"), g.Text(cell))
				}
				return h.Td(h.Class("w-n"), figure(cell))
			}))
		})))
}

func mapped[T any](all []T, draw func(int, T) g.Node) g.Node {
	nodes := make(g.Group, 0, len(all))
	for i, one := range all {
		nodes = append(nodes, draw(i, one))
	}
	return nodes
}

// summary tells a chart in one sentence: its title, how many figures, the least
// and the greatest.
func (e Env) summary(title, unit string, values []ChartValue) string {
	var least, greatest *ChartValue
	count := 0
	for i := range values {
		v := &values[i]
		if v.None {
			continue
		}
		count++
		if least == nil || v.N < least.N {
			least = v
		}
		if greatest == nil || v.N > greatest.N {
			greatest = v
		}
	}
	if count == 0 {
		return e.t("ui.chart_none", "title", title)
	}
	return e.t("ui.chart_summary", "title", title, "count", Number(count), "least", with(least.Text, unit), "greatest", with(greatest.Text, unit))
}

// with puts a unit behind a figure.
func with(value, unit string) string {
	if unit == "" {
		return value
	}
	return value + HardSpace + unit
}

func markKey(m *ChartMark, unit string) []chartKey {
	if m == nil {
		return nil
	}
	return []chartKey{{"w-chart-mark", m.Label + HardSpace + ": " + with(m.Value.Text, unit)}}
}

// chartAcross is the line of a mark over the whole width.
func chartAcross(m *ChartMark, s span) g.Node {
	if m == nil || m.Value.None {
		return nil
	}
	y := s.height(m.Value.N)
	return chartStroke("w-chart-mark", 0, y, partWhole, y)
}

// chartEmpty stands where a chart would when there is nothing to draw.
func (e Env) chartEmpty(title string) g.Node {
	return h.P(h.Class("w-sub"), g.Text(e.t("ui.chart_none", "title", title)))
}
