package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// SpanChart draws what holds from when to when: rows of spans on one time line.
type SpanChart struct {
	// Title says what is drawn.
	Title string
	// Heads name the table's columns: the row, the span, from, to, the state.
	Heads [5]string
	// Ticks are the dates written under the line.
	Ticks []SpanTick
	// Today is where today is, in ten-thousandths of the line; outside it is not drawn.
	Today int
	// TodayLabel names that line in the key.
	TodayLabel string
	// Rows in order.
	Rows []SpanRow
}

// SpanTick is a date of the line.
type SpanTick struct {
	// At is its place, in ten-thousandths of the line.
	At int
	// Label is the date, short.
	Label string
}

// SpanRow is one row of spans.
type SpanRow struct {
	// Label names the row; Href opens it.
	Label, Href string
	// Spans in order.
	Spans []Span
}

// Span is what holds between two places of the line.
type Span struct {
	// From and To are ten-thousandths of the line.
	From, To int
	// Label stands in the span and in the table; Href opens it.
	Label, Href string
	// Since and Until are the dates in the table, State is a word.
	Since, Until, State string
	// Hollow draws what does not hold yet, or no longer.
	Hollow bool
}

const (
	spanHeight = 28
	spanTop    = 4
	spanBottom = 24
	spanWord   = 18
	tickHeight = 18
	tickWord   = 12
)

// SpanChart draws rows of spans, rendered whole on the server.
func (e Env) SpanChart(c SpanChart) g.Node {
	if len(c.Rows) == 0 {
		return e.chartEmpty(c.Title)
	}
	count := 0
	for _, r := range c.Rows {
		count += len(r.Spans)
	}
	said := e.t("ui.span_summary", "title", c.Title, "rows", Number(len(c.Rows)), "count", Number(count))
	return h.Figure(h.Class("w-chart"),
		g.Iff(c.TodayLabel != "", func() g.Node { return h.Ul(h.Class("w-chart-key"), h.Li(swatch("w-chart-mark"), g.Text(c.TodayLabel))) }),
		h.Div(h.Class("w-spans"), h.Role("group"), aria("label", said),
			g.Map(c.Rows, func(r SpanRow) g.Node {
				var name g.Node = g.Text(r.Label)
				if r.Href != "" {
					name = h.A(href(r.Href), name)
				}
				return h.Div(h.Class("w-span-row"), h.Span(h.Class("w-span-label"), name), c.drawn(spanHeight, c.spans(r)))
			}),
			h.Div(h.Class("w-span-row"), h.Span(), c.drawn(tickHeight, mapped(c.Ticks, c.tick)))),
		h.Details(h.Class("w-chart-figures"), h.Summary(g.Text(e.t("ui.chart_figures")), hidden(" "+c.Title)), h.Div(h.Class("w-chart-table"), c.table())))
}

func (c SpanChart) drawn(height int, content g.Node) g.Node {
	return h.SVG(h.Class("w-plot"), h.Width("100%"), h.Height(strconv.Itoa(height)), g.Attr("focusable", "false"), g.Attr("aria-hidden", "true"), content)
}

func (c SpanChart) tick(_ int, t SpanTick) g.Node {
	class := "w-chart-word"
	const end = 9500
	switch {
	case t.At > end:
		class += " w-chart-end"
	case t.At < partWhole-end:
		class += " w-chart-start"
	}
	return chartWord(fit(class, (longest(t.Label)+1)*chartLetter*(len(c.Ticks)+1)), t.At, tickWord, t.Label)
}

func (c SpanChart) spans(r SpanRow) g.Node {
	nodes := g.Group{}
	for _, t := range c.Ticks {
		nodes = append(nodes, chartStroke("w-chart-grid", t.At, 0, t.At, spanHeight))
	}
	for _, s := range r.Spans {
		class, word := "w-chart-fill w-chart-first", "w-chart-word w-chart-inside"
		if s.Hollow {
			class, word = "w-chart-fill w-chart-second", "w-chart-word w-chart-value"
		}
		from, to := min(max(s.From, 0), partWhole), min(max(s.To, 0), partWhole)
		if to <= from {
			continue
		}
		nodes = append(nodes, chartRect(h.Class(class), from, to-from, spanTop, spanBottom, s.Label+HardSpace+": "+s.Since+" – "+s.Until),
			chartWord(room(word, to-from, s.Label), (from+to)/2, spanWord, s.Label))
	}
	if c.Today > 0 && c.Today < partWhole {
		nodes = append(nodes, chartStroke("w-chart-mark", c.Today, 0, c.Today, spanHeight))
	}
	return nodes
}

func (c SpanChart) table() g.Node {
	rows := g.Group{}
	for _, r := range c.Rows {
		for _, s := range r.Spans {
			var name g.Node = g.Text(s.Label)
			if s.Href != "" {
				name = h.A(href(s.Href), name)
			}
			rows = append(rows, h.Tr(h.Th(h.Scope("row"), g.Text(r.Label)), h.Td(name), h.Td(figure(s.Since)), h.Td(figure(s.Until)), h.Td(g.Text(s.State))))
		}
	}
	return h.Table(h.Class("w-table"), h.Caption(h.Class("w-vh"), g.Text(c.Title)),
		h.THead(h.Tr(mapped(c.Heads[:], func(_ int, head string) g.Node { return h.Th(h.Scope("col"), g.Text(head)) }))), h.TBody(rows))
}
