package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// MatrixColumn is one narrow column, its label turned upright.
type MatrixColumn struct {
	// Label of the column.
	Label string
	// Href opens what the column stands for.
	Href string
}

// MatrixGroup gathers columns under a title.
type MatrixGroup struct {
	// Label of the group.
	Label string
	// Columns of the group.
	Columns []MatrixColumn
}

// MatrixCell is what stands where a row meets a column.
type MatrixCell struct {
	// Letter is the mark: C, A, R, or a short count.
	Letter string
	// Level is how far it reaches: 0 plain, 1 tinted, 2 filled.
	Level int
	// Under is the small line below: a ceiling, a date.
	Under string
	// Conflict marks what should not stand together.
	Conflict bool
	// Pending marks what is asked and not decided.
	Pending bool
	// Meaning says it all in words: the title and the text for screen readers.
	Meaning string
	// Href opens the detail.
	Href string
}

// MatrixRow is one line.
type MatrixRow struct {
	// Label of the line.
	Label string
	// Sub is the muted second line.
	Sub string
	// Href opens the line.
	Href string
	// Current marks the line being decided.
	Current bool
	// Cells in the order of all columns; nil is an empty place.
	Cells []*MatrixCell
}

// MatrixMark explains one mark under the matrix.
type MatrixMark struct {
	// Cell as it is drawn; its Meaning is not shown.
	Cell MatrixCell
	// Text is what it means.
	Text string
}

// Matrix is a table of rows by grouped narrow columns.
type Matrix struct {
	// ID is unique in the page.
	ID string
	// Caption names the table for screen readers.
	Caption string
	// Corner heads the rows.
	Corner string
	// Groups of columns.
	Groups []MatrixGroup
	// Rows of the table.
	Rows []MatrixRow
	// TotalLabel heads the last line.
	TotalLabel string
	// Totals by column.
	Totals []string
	// Legend explains the marks.
	Legend []MatrixMark
	// Note completes the legend.
	Note string
	// Pager moves.
	Pager Pager
}

// Matrix draws a matrix.
func (e Env) Matrix(m Matrix) g.Node {
	starts := groupStarts(m.Groups)
	return h.Div(h.Class("w-matrix w-panel"), h.ID(m.ID),
		h.Div(h.Class("w-matrix-wrap"), h.TabIndex("0"), h.Role("region"), aria("label", m.Caption),
			h.Table(h.Caption(h.Class("w-vh"), g.Text(m.Caption)), e.matrixHead(m),
				h.TBody(g.Map(m.Rows, func(r MatrixRow) g.Node { return e.matrixRow(r, starts) })),
				g.Iff(len(m.Totals) > 0, func() g.Node { return matrixFoot(m, starts) }))),
		g.Iff(len(m.Legend) > 0 || m.Note != "", func() g.Node { return e.matrixLegend(m) }),
		g.Iff(m.Pager != Pager{}, func() g.Node {
			return h.Div(h.Class("w-list-foot"), h.P(h.Class("w-sub"), g.Text(m.Pager.Text)), e.Pager(m.Pager))
		}))
}

// groupStarts tells for each column whether a group begins there.
func groupStarts(groups []MatrixGroup) []bool {
	var starts []bool
	for _, group := range groups {
		for i := range group.Columns {
			starts = append(starts, i == 0)
		}
	}
	return starts
}

func startClass(starts []bool, i int) g.Node {
	if i < len(starts) && starts[i] {
		return h.Class("w-start")
	}
	return nil
}

func (e Env) matrixHead(m Matrix) g.Node {
	groups, columns := g.Group{}, g.Group{}
	for _, group := range m.Groups {
		groups = append(groups, h.Th(h.Class("w-start"), h.Scope("colgroup"), h.ColSpan(itoa(max(len(group.Columns), 1))),
			h.Div(h.Class("w-matrix-group"), h.Title(group.Label), g.Text(group.Label))))
		for i, c := range group.Columns {
			var label g.Node = h.Span(g.Text(c.Label))
			if c.Href != "" {
				label = h.A(href(c.Href), g.Text(c.Label))
			}
			columns = append(columns, h.Th(h.Scope("col"), when(i == 0, h.Class("w-start")), h.Div(h.Class("w-upright"), label)))
		}
	}
	return h.THead(h.Tr(h.Th(h.Class("w-corner"), h.Scope("col"), h.RowSpan("2"), g.Text(m.Corner)), groups), h.Tr(columns))
}

func (e Env) matrixRow(r MatrixRow, starts []bool) g.Node {
	var label g.Node = h.Strong(g.Text(r.Label))
	if r.Href != "" {
		label = h.A(href(r.Href), g.Text(r.Label))
	}
	cells := g.Group{}
	for i := range starts {
		var content g.Node
		if i < len(r.Cells) && r.Cells[i] != nil {
			content = e.matrixCell(*r.Cells[i])
		}
		cells = append(cells, h.Td(startClass(starts, i), content))
	}
	return h.Tr(when(r.Current, g.Attr("aria-current", "true")), h.Th(h.Scope("row"), label, text(h.Div, "w-sub", r.Sub)), cells)
}

func (c MatrixCell) class() string {
	class := "w-cell"
	switch {
	case c.Pending:
		class += " w-cell-pending"
	case c.Conflict:
		class += " w-cell-conflict"
	case c.Level == 1:
		class += " w-cell-1"
	case c.Level > 1:
		class += " w-cell-2"
	}
	return class
}

func (e Env) matrixCell(c MatrixCell) g.Node {
	icon := Icon("")
	if c.Conflict {
		icon = IconAlert
	}
	if c.Pending {
		icon = IconHelp
	}
	inner := g.Group{
		h.Span(h.Class("w-cell-top"), unless(c.Meaning == "", g.Attr("aria-hidden", "true")), e.icon(icon), g.Text(c.Letter)),
		g.Iff(c.Under != "", func() g.Node {
			return h.Span(h.Class("w-cell-under"), unless(c.Meaning == "", g.Attr("aria-hidden", "true")), figure(c.Under))
		}), hidden(c.Meaning),
	}
	if c.Href != "" {
		return h.A(h.Class(c.class()), href(c.Href), unless(c.Meaning == "", h.Title(c.Meaning)), inner)
	}
	return h.Span(h.Class(c.class()), unless(c.Meaning == "", h.Title(c.Meaning)), inner)
}

func matrixFoot(m Matrix, starts []bool) g.Node {
	cells := g.Group{}
	for i := range starts {
		value := ""
		if i < len(m.Totals) {
			value = m.Totals[i]
		}
		cells = append(cells, h.Td(startClass(starts, i), g.Text(value)))
	}
	return h.TFoot(h.Tr(h.Th(h.Scope("row"), g.Text(m.TotalLabel)), cells))
}

func (e Env) matrixLegend(m Matrix) g.Node {
	return h.Ul(h.Class("w-legend"), aria("label", e.t("ui.legend")), g.Map(m.Legend, func(k MatrixMark) g.Node {
		cell := k.Cell
		cell.Meaning, cell.Href = "", ""
		return h.Li(e.matrixCell(cell), h.Span(g.Text(k.Text)))
	}), g.Iff(m.Note != "", func() g.Node { return h.Li(g.Text(m.Note)) }))
}
