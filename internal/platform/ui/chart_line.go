package ui

import (
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// LineChart draws figures that follow each other as lines, with the name and
// the last figure at each line's end.
type LineChart struct {
	// Title says what is drawn.
	Title string
	// Unit follows the figures.
	Unit string
	// Head names the places: "Mois".
	Head string
	// Labels are the places in order, short.
	Labels []string
	// Lines are what is drawn, three at most; the first has the accent.
	Lines []ChartLine
	// Mark is a line across; nil for none.
	Mark *ChartMark
	// From is the figure the axis begins at when it is not zero; its text stands
	// at the axis, so that nobody takes a small change for a great one.
	From ChartValue
}

// ChartLine is one line of a [LineChart].
type ChartLine struct {
	// Name stands at the line's end.
	Name string
	// Values are its figures, one for each place; a line has a hole where there
	// is none.
	Values []ChartValue
}

// The first and the last place, in ten-thousandths of the width.
const (
	lineFirst = 150
	lineLast  = 9850
	// linesMax is how many lines a drawing tells apart without colour.
	linesMax = 3
)

// LineChart draws lines, rendered whole on the server.
func (e Env) LineChart(c LineChart) g.Node {
	axis := span{c.From.N, c.From.N}
	var all []ChartValue
	c.Lines = c.Lines[:min(len(c.Lines), linesMax)]
	for _, l := range c.Lines {
		axis.hold(l.Values...)
		all = append(all, l.Values...)
	}
	if len(all) == 0 || len(c.Labels) == 0 {
		return e.chartEmpty(c.Title)
	}
	if c.Mark != nil {
		axis.hold(c.Mark.Value)
	}
	base := axis.height(c.From.N)
	drawing := g.Group{
		chartStroke("w-chart-axis", 0, base, partWhole, base), chartAcross(c.Mark, axis),
		chartWord(h.Class("w-chart-word w-chart-start"), 0, base-chartGap+1, c.From.drawn()),
	}
	for i, l := range c.Lines {
		drawing = append(drawing, c.line(axis, i, l))
	}
	letters, ends := longest(c.Labels...), c.ends(axis)
	drawing = append(drawing, mapped(c.Labels, func(i int, label string) g.Node {
		class := "w-chart-word"
		if i == len(c.Labels)-1 && i > 0 {
			class += " w-chart-end"
		}
		return chartWord(thinned(class, i, len(c.Labels), letters), c.place(i), chartUnder, label)
	}))
	return e.chart(chartFrame{
		title: c.Title, keys: markKey(c.Mark, c.Unit), said: e.summary(c.Title, c.Unit, all), table: c.table(e), drawing: drawing,
		beside: chartEnds(ends), besideLetters: longest(endWords(ends)...),
	})
}

// place is where a label stands across.
func (c LineChart) place(i int) int {
	if len(c.Labels) < 2 {
		return partWhole / 2
	}
	return lineFirst + i*(lineLast-lineFirst)/(len(c.Labels)-1)
}

func lineClass(i int) string { return "w-chart-line-" + strconv.Itoa(i+1) }

// line draws the parts of a line between figures that follow each other, and a
// point at each figure.
func (c LineChart) line(axis span, which int, l ChartLine) g.Node {
	nodes := g.Group{}
	for i, v := range l.Values {
		if v.None || i >= len(c.Labels) {
			continue
		}
		x, y := c.place(i), axis.height(v.N)
		if i > 0 && !l.Values[i-1].None {
			nodes = append(nodes, chartStroke("w-chart-stroke "+lineClass(which), c.place(i-1), axis.height(l.Values[i-1].N), x, y))
		}
		nodes = append(nodes, g.El("circle", h.Class("w-chart-point "+lineClass(which)), g.Attr("cx", percent(x)), g.Attr("cy", strconv.Itoa(y)),
			g.Attr("r", "3"), chartTitle(l.Name+", "+c.Labels[i]+HardSpace+": "+with(v.Text, c.Unit))))
	}
	return nodes
}

// lineEnd is the name of a line where it ends.
type lineEnd struct {
	y     int
	word  string
	class string
}

// ends places the names of the lines at the height of their last figures, one
// under the other where they would touch.
func (c LineChart) ends(axis span) []lineEnd {
	var ends []lineEnd
	for i, l := range c.Lines {
		for j := min(len(l.Values), len(c.Labels)) - 1; j >= 0; j-- {
			if v := l.Values[j]; !v.None {
				ends = append(ends, lineEnd{axis.height(v.N) + chartGap - 1, l.Name + HardSpace + v.drawn(), lineClass(i)})
				break
			}
		}
	}
	slices.SortStableFunc(ends, func(a, b lineEnd) int { return a.y - b.y })
	for i := 1; i < len(ends); i++ {
		ends[i].y = max(ends[i].y, ends[i-1].y+chartLine)
	}
	for i, low := len(ends)-1, chartBottom; i >= 0; i, low = i-1, low-chartLine {
		ends[i].y = min(ends[i].y, low)
	}
	return ends
}

func endWords(ends []lineEnd) []string {
	words := make([]string, 0, len(ends))
	for _, n := range ends {
		words = append(words, n.word)
	}
	return words
}

// chartEnds is the strip at the drawing's end that holds the names of the lines.
func chartEnds(ends []lineEnd) g.Node {
	words := g.Map(ends, func(n lineEnd) g.Node {
		return g.El("text", h.Class("w-chart-word w-chart-value w-chart-start "+n.class), g.Attr("x", "2"), g.Attr("y", strconv.Itoa(n.y)), g.Text(n.word))
	})
	return h.SVG(h.Class("w-plot"), h.Width("100%"), h.Height(strconv.Itoa(chartHeight)), g.Attr("focusable", "false"), g.Attr("aria-hidden", "true"), words)
}

func (c LineChart) table(e Env) g.Node {
	heads := []string{c.Head}
	for _, l := range c.Lines {
		heads = append(heads, headed(l.Name, c.Unit))
	}
	rows := make([][]string, 0, len(c.Labels))
	for i, label := range c.Labels {
		row := []string{label}
		for _, l := range c.Lines {
			cell := Dash
			if i < len(l.Values) {
				cell = l.Values[i].said()
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	return e.chartTable(c.Title, heads, rows)
}
