package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// BarChart is a row of upright bars with the figure on each: months, ages,
// blocks. One or two figures stand at each place.
type BarChart struct {
	// Title says what is drawn: the name of the drawing and of its table.
	Title string
	// Unit follows the figures in the sentence and the table's heads.
	Unit string
	// Head names the places: "Mois".
	Head string
	// Series names what is drawn at each place: one name or two. The second is
	// drawn hollow, for what one compares with.
	Series []string
	// Bars are the places in order.
	Bars []ChartBar
	// Mark is a line across; nil for none.
	Mark *ChartMark
	// Highlight says what a marked bar means, in the key; empty when none is.
	Highlight string
}

// ChartBar is one place of a [BarChart].
type ChartBar struct {
	// Label names the place on the drawing: short, like "nov.".
	Label string
	// Name replaces the label in the table: "novembre 2026"; may be empty.
	Name string
	// Values are the figures, one for each series.
	Values []ChartValue
	// Marked paints the bar with the accent.
	Marked bool
}

func (b ChartBar) name() string {
	if b.Name != "" {
		return b.Name
	}
	return b.Label
}

// barWidestPart keeps a few bars from filling the drawing.
const barWidestPart = 1200

// BarChart draws a row of bars, rendered whole on the server: it needs no
// script, prints, and carries the same figures in a table.
func (e Env) BarChart(c BarChart) g.Node {
	var all []ChartValue
	axis := span{}
	for _, b := range c.Bars {
		all = append(all, b.Values...)
		axis.hold(b.Values...)
	}
	if len(c.Bars) == 0 {
		return e.chartEmpty(c.Title)
	}
	if c.Mark != nil {
		axis.hold(c.Mark.Value)
	}
	base := axis.height(0)
	return e.chart(chartFrame{
		title: c.Title, keys: c.keys(), said: e.summary(c.Title, c.Unit, all), table: c.table(e),
		drawing: g.Group{
			mapped(c.Bars, func(i int, b ChartBar) g.Node { return c.bar(axis, i, b) }),
			chartStroke("w-chart-axis", 0, base, partWhole, base), chartAcross(c.Mark, axis),
			mapped(c.Bars, func(i int, b ChartBar) g.Node { return c.words(axis, i, b) }),
		},
	})
}

func (c BarChart) keys() []chartKey {
	var keys []chartKey
	if len(c.Series) > 1 {
		for i, name := range c.Series {
			keys = append(keys, chartKey{seriesClass(i), name})
		}
	}
	if c.Highlight != "" {
		keys = append(keys, chartKey{"w-chart-accent", c.Highlight})
	}
	return append(keys, markKey(c.Mark, c.Unit)...)
}

func seriesClass(i int) string {
	if i == 0 {
		return "w-chart-first"
	}
	return "w-chart-second"
}

// place is the middle of a place and the width of one of its bars.
func (c BarChart) place(i int) (middle, width int) {
	const filled, of = 7, 10
	count := len(c.Bars)
	return (2*i + 1) * partWhole / (2 * count), min(partWhole/count*filled/of/c.each(), barWidestPart)
}

// each is how many bars stand at a place.
func (c BarChart) each() int { return max(len(c.Series), 1) }

// bar draws the figures of one place.
func (c BarChart) bar(axis span, place int, b ChartBar) g.Node {
	middle, width := c.place(place)
	return mapped(b.Values[:min(len(b.Values), c.each())], func(i int, v ChartValue) g.Node {
		if v.None {
			return nil
		}
		class := "w-chart-fill " + seriesClass(i)
		if b.Marked && i == 0 {
			class += " w-chart-accent"
		}
		left := middle + (2*i-c.each())*width/2
		return chartRect(h.Class(class), left, width, axis.height(0), axis.height(v.N), b.name()+HardSpace+": "+with(v.Text, c.Unit))
	})
}

// words writes the figures on the bars of one place and its label under the
// axis. They come after every line, so that none runs through them.
func (c BarChart) words(axis span, place int, b ChartBar) g.Node {
	middle, _ := c.place(place)
	count := len(c.Bars)
	return g.Group{
		chartWord(thinned("w-chart-word", place, count, c.letters()), middle, chartUnder, b.Label),
		mapped(b.Values[:min(len(b.Values), c.each())], func(i int, v ChartValue) g.Node {
			if v.None {
				return nil
			}
			y := axis.height(v.N) - chartGap
			if v.N < 0 {
				y = axis.height(v.N) + chartLine
			}
			if c.each() == 1 {
				return chartWord(thinned("w-chart-word w-chart-value", place, count, c.digits()), middle, y, v.drawn())
			}
			return c.pairWord(i, middle, y, v.drawn())
		}),
	}
}

// pairWord writes a figure of a pair away from the other one: each has half the place.
func (c BarChart) pairWord(which, middle, y int, word string) g.Node {
	const gap = 40
	if which == 0 {
		return chartWord(thinned("w-chart-word w-chart-value w-chart-end", 0, 1, 0), middle-gap, y, word)
	}
	return chartWord(fit("w-chart-word w-chart-value w-chart-start", (c.digits()+1)*chartLetter*2*len(c.Bars)), middle+gap, y, word)
}

func (c BarChart) letters() int {
	most := 0
	for _, b := range c.Bars {
		most = max(most, longest(b.Label))
	}
	return most
}

func (c BarChart) digits() int {
	most := 0
	for _, b := range c.Bars {
		for _, v := range b.Values {
			most = max(most, longest(v.drawn()))
		}
	}
	return most
}

func (c BarChart) table(e Env) g.Node {
	heads := []string{c.Head}
	for _, name := range c.Series {
		heads = append(heads, headed(name, c.Unit))
	}
	rows := make([][]string, 0, len(c.Bars))
	for _, b := range c.Bars {
		row := []string{b.name()}
		for _, v := range b.Values {
			row = append(row, v.said())
		}
		rows = append(rows, row)
	}
	return e.chartTable(c.Title, heads, rows)
}

// headed puts a unit into the head of a column.
func headed(name, unit string) string {
	if unit == "" {
		return name
	}
	return name + " (" + unit + ")"
}
