package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// StepChart draws a figure that changes at limits: a price by quantity.
type StepChart struct {
	// Title says what is drawn.
	Title string
	// Unit is that of the figures (a price): "DH/kWh".
	Unit string
	// Across is the unit of the limits: "kWh".
	Across string
	// Heads name the table's columns: the step, its limit, its figure.
	Heads [3]string
	// Steps in order of their limits.
	Steps []ChartStep
	// At fills the drawing up to a quantity: the surface is what it costs. Nil
	// for none.
	At *ChartMark
	// Whole says that the whole quantity goes at the figure of the step it
	// reaches; otherwise each part goes at the figure of its own step.
	Whole bool
}

// ChartStep is one step of a [StepChart].
type ChartStep struct {
	// Label names the step in the table.
	Label string
	// UpTo is the last quantity it holds; None for the last step, which has no limit.
	UpTo ChartValue
	// Value is its figure.
	Value ChartValue
}

// StepChart draws a step function, rendered whole on the server.
func (e Env) StepChart(c StepChart) g.Node {
	if len(c.Steps) == 0 {
		return e.chartEmpty(c.Title)
	}
	var figures []ChartValue
	across, up := span{}, span{}
	for _, s := range c.Steps {
		figures = append(figures, s.Value)
		across.hold(s.UpTo)
	}
	up.hold(figures...)
	if c.At != nil {
		across.hold(c.At.Value)
	}
	across.high += max(across.high/5, 1)
	base := up.height(0)
	return e.chart(chartFrame{
		title: c.Title, said: e.summary(c.Title, c.Unit, figures), table: c.table(e), keys: c.keys(),
		drawing: g.Group{
			c.filled(across, up),
			chartStroke("w-chart-axis", 0, base, partWhole, base),
			c.pointer(across),
			mapped(c.Steps, func(i int, _ ChartStep) g.Node { return c.step(across, up, i) }),
			chartWord(h.Class("w-chart-word w-chart-start"), 0, chartUnder, "0"),
		},
	})
}

func (c StepChart) keys() []chartKey {
	if c.At == nil {
		return nil
	}
	return []chartKey{{"w-chart-accent", c.At.Label + HardSpace + ": " + with(c.At.Value.Text, c.Across)}}
}

// from is the quantity at which a step begins.
func (c StepChart) from(i int) int64 {
	if i == 0 {
		return 0
	}
	return c.Steps[i-1].UpTo.N
}

// to is the quantity at which the drawing of a step ends.
func (c StepChart) to(i int, across span) int64 {
	if c.Steps[i].UpTo.None {
		return across.high
	}
	return c.Steps[i].UpTo.N
}

// step draws one step: its riser, its tread, its figure and its limit.
func (c StepChart) step(across, up span, i int) g.Node {
	s := c.Steps[i]
	left, right, y := across.part(c.from(i)), across.part(c.to(i, across)), up.height(s.Value.N)
	word := s.Value.drawn()
	nodes := g.Group{
		chartStroke("w-chart-tread", left, y, right, y),
		chartWord(room("w-chart-word w-chart-value", right-left, word), (left+right)/2, y-chartGap-1, word),
	}
	if i > 0 {
		nodes = append(nodes, chartStroke("w-chart-riser", left, up.height(c.Steps[i-1].Value.N), left, y))
	}
	if !s.UpTo.None {
		nodes = append(nodes, chartStroke("w-chart-axis", right, chartBottom, right, chartBottom+chartGap),
			chartWord(room("w-chart-word", right-left, s.UpTo.drawn()), right, chartUnder, s.UpTo.drawn()))
	}
	return nodes
}

// room is the class of a word that stands in a part of the width.
func room(class string, part int, word string) g.Node {
	if part <= 0 {
		return fit(class, chartFits()[len(chartFits())-1])
	}
	return fit(class, (longest(word)+1)*chartLetter*partWhole/part)
}

// filled is the surface under the steps up to the quantity.
func (c StepChart) filled(across, up span) g.Node {
	if c.At == nil || c.At.Value.None {
		return nil
	}
	at, nodes := c.At.Value.N, g.Group{}
	for i, s := range c.Steps {
		from, to := c.from(i), min(c.to(i, across), at)
		if at <= from && i > 0 {
			break
		}
		last := s.UpTo.None || at <= s.UpTo.N
		if c.Whole {
			if !last {
				continue
			}
			from = 0
		}
		left := across.part(from)
		nodes = append(nodes, chartRect(h.Class("w-chart-fill w-chart-area"), left, across.part(to)-left, up.height(0), up.height(s.Value.N), s.Label))
		if last {
			break
		}
	}
	return nodes
}

// pointer is the line at the quantity.
func (c StepChart) pointer(across span) g.Node {
	if c.At == nil || c.At.Value.None {
		return nil
	}
	x := across.part(c.At.Value.N)
	return g.Group{chartStroke("w-chart-stroke w-chart-accent", x, chartTop-chartGap, x, chartBottom), chartWord(h.Class("w-chart-word w-chart-value"), x,
		chartTop-2*chartGap, with(c.At.Value.drawn(), c.Across))}
}

func (c StepChart) table(e Env) g.Node {
	rows := make([][]string, 0, len(c.Steps))
	for _, s := range c.Steps {
		limit := s.UpTo.said()
		if s.UpTo.None {
			limit = e.t("ui.chart_beyond")
		}
		rows = append(rows, []string{s.Label, limit, s.Value.said()})
	}
	return e.chartTable(c.Title, []string{c.Heads[0], headed(c.Heads[1], c.Across), headed(c.Heads[2], c.Unit)}, rows)
}

// SplitBar is one bar cut into the parts of a whole: the volume of a bill in
// the blocks it falls into.
type SplitBar struct {
	// Title says what is cut.
	Title string
	// Unit follows the figures.
	Unit string
	// Heads name the table's columns: the part, its figure.
	Heads [2]string
	// Parts in order; a part that is not positive is only in the table.
	Parts []SplitPart
}

// SplitPart is one part of a [SplitBar].
type SplitPart struct {
	// Label names the part on the drawing: "T1".
	Label string
	// Name replaces the label in the table; may be empty.
	Name string
	// Value is its size.
	Value ChartValue
}

// The measures of a cut bar, in CSS pixels.
const (
	splitHeight = 46
	splitBottom = 26
	splitWord   = 18
	splitUnder  = 41
)

// SplitBar draws a bar cut into parts, rendered whole on the server.
func (e Env) SplitBar(c SplitBar) g.Node {
	whole := int64(0)
	var values []ChartValue
	rows := make([][]string, 0, len(c.Parts))
	for _, p := range c.Parts {
		values = append(values, p.Value)
		name := p.Name
		if name == "" {
			name = p.Label
		}
		rows = append(rows, []string{name, p.Value.said()})
		if !p.Value.None && p.Value.N > 0 {
			whole += p.Value.N
		}
	}
	if whole <= 0 {
		return e.chartEmpty(c.Title)
	}
	said := e.summary(c.Title, c.Unit, values)
	return h.Figure(h.Class("w-chart"),
		h.SVG(h.Class("w-plot"), h.Width("100%"), h.Height(strconv.Itoa(splitHeight)), g.Attr("focusable", "false"), h.Role("img"), aria("label", said),
			c.parts(whole)),
		h.Details(h.Class("w-chart-figures"), h.Summary(g.Text(e.t("ui.chart_figures")), hidden(" "+c.Title)),
			h.Div(h.Class("w-chart-table"), e.chartTable(c.Title, []string{c.Heads[0], headed(c.Heads[1], c.Unit)}, rows))))
}

func (c SplitBar) parts(whole int64) g.Node {
	nodes, done, left := g.Group{}, int64(0), 0
	for i, p := range c.Parts {
		if p.Value.None || p.Value.N <= 0 {
			continue
		}
		done += p.Value.N
		right := span{high: whole}.part(done)
		class := "w-chart-fill w-chart-first w-chart-part"
		if i%2 == 1 {
			class = "w-chart-fill w-chart-second w-chart-part"
		}
		word := p.Value.drawn()
		middle := (left + right) / 2
		inside := "w-chart-word w-chart-inside"
		if i%2 == 1 {
			inside = "w-chart-word w-chart-value"
		}
		nodes = append(nodes, chartRect(h.Class(class), left, right-left, 0, splitBottom, p.Label+HardSpace+": "+with(p.Value.Text, c.Unit)),
			chartWord(room(inside, right-left, word), middle, splitWord, word),
			chartWord(room("w-chart-word", right-left, p.Label), middle, splitUnder, p.Label))
		left = right
	}
	return nodes
}
