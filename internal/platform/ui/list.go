package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// ColumnKind decides how the cells of a column are set.
type ColumnKind int

// The kinds of columns.
const (
	// TextColumn is plain text.
	TextColumn ColumnKind = iota
	// CodeColumn is monospace and isolated.
	CodeColumn
	// AmountColumn is aligned at the end with tabular figures.
	AmountColumn
	// NumberColumn is as AmountColumn, for counts and quantities.
	NumberColumn
	// DateColumn is a date or an instant, never broken.
	DateColumn
	// StatusColumn holds badges.
	StatusColumn
)

// Sort is the state of a sortable column.
type Sort struct {
	// Href sorts by this column, or turns the order round.
	Href string
	// Order is "ascending", "descending", or empty when sorted by another.
	Order string
}

// Column is one column of a list.
type Column struct {
	// Label heads the column.
	Label string
	// Kind sets its cells.
	Kind ColumnKind
	// Sort makes the label a link; no Href, not sortable.
	Sort Sort
	// Optional hides the column on narrow screens.
	Optional bool
	// Explain tells the rule of the column.
	Explain *Explain
}

// Cell is one value of a row.
type Cell struct {
	// Text is the value as shown.
	Text string
	// Sub is a second, muted line.
	Sub string
	// Href makes the value a link.
	Href string
	// Status shows a badge instead of the text.
	Status *Status
	// Tone tints the text; the words must say it too.
	Tone Tone
	// Heat tints the cell by its share of a whole, 0 to HeatMax; the figure says it.
	Heat int
	// Node replaces everything else.
	Node g.Node
}

// HeatMax is the deepest tint of a cell.
const HeatMax = 5

// Row is one line of a list.
type Row struct {
	// ID is the value sent when the row is ticked; empty gives no box.
	ID string
	// Label names the row for screen readers (its box).
	Label string
	// Href is opened by a click on the row or by Enter. It is also the link of
	// the first cell that has none.
	Href string
	// Current marks the row shown beside the list.
	Current bool
	// Selected ticks the box.
	Selected bool
	// Cells in the order of the columns.
	Cells []Cell
}

// Chip is an active filter; its link removes it.
type Chip struct {
	// Label is the filter in words.
	Label string
	// Remove is the address without this filter.
	Remove string
}

// Pager moves by key, never by number: no page is counted.
type Pager struct {
	// First, Prev and Next are addresses; empty ones are not offered.
	First, Prev, Next string
	// Text says what is shown: "1 à 50 sur 102".
	Text string
}

// MassAction acts on the ticked rows.
type MassAction struct {
	// Label of the button.
	Label string
	// Icon of the button.
	Icon Icon
	// Action is the address the ids are posted to, as "id". It answers a
	// confirmation page with the effect.
	Action string
	// Danger marks what destroys or costs.
	Danger bool
	// Ask opens Action as a page with the ids in its address, for an effect that is
	// shown before anything is decided.
	Ask bool
}

// List is a table of rows with all that surrounds it.
type List struct {
	// ID is unique in the page.
	ID string
	// Caption names the table for screen readers.
	Caption string
	// Filters are the fields above; they are sent by GET to FilterAction.
	Filters []Field
	// FilterAction is the address of the list itself.
	FilterAction string
	// Kept are further values of the filter form: scope, sort.
	Kept []Pair
	// Chips are the active filters.
	Chips []Chip
	// ClearHref removes all filters.
	ClearHref string
	// Columns of the table.
	Columns []Column
	// Rows of the table.
	Rows []Row
	// Totals is the last line; Cells in the order of the columns.
	Totals []Cell
	// Pager moves.
	Pager Pager
	// Mass are the actions on ticked rows; without them no box is drawn.
	Mass []MassAction
	// MassKept are sent with the ticked rows: the filters, the page to come back to.
	MassKept []Pair
	// Exports are links to files.
	Exports []Link
	// Empty is shown instead of the table when there is no row.
	Empty *Empty
	// Note is the rule under the table: bounds, rounding, reconciliation.
	Note string
	// Tall gives rows of two lines their height.
	Tall bool
	// Bare draws no frame: the list stands in a panel.
	Bare bool
}

// List draws a list.
func (e Env) List(l List) g.Node {
	class := "w-list w-panel"
	if l.Bare {
		class = "w-list"
	}
	return h.Div(h.Class(class), h.ID(l.ID), g.Attr("data-w-list"),
		e.filterRow(l), e.listBody(l), text(h.Div, "w-panel-foot", l.Note), e.listFoot(l))
}

func (e Env) listBody(l List) g.Node {
	if len(l.Rows) == 0 {
		empty := Empty{Icon: IconSearch, Title: e.t("ui.list_empty")}
		if l.Empty != nil {
			empty = *l.Empty
		}
		return e.Empty(empty)
	}
	if len(l.Mass) == 0 {
		return e.table(l)
	}
	return h.Form(h.Method("post"), h.Action(safeURL(l.Mass[0].Action)), hiddenInputs("", l.MassKept), e.table(l), e.massBar(l))
}

func (e Env) table(l List) g.Node {
	class := "w-table"
	if l.Tall {
		class += " w-table-tall"
	}
	return h.Div(h.Class("w-table-wrap"), h.Table(h.Class(class), h.Caption(h.Class("w-vh"), g.Text(l.Caption)),
		h.THead(h.Tr(e.selectAll(l), g.Map(l.Columns, e.header))),
		h.TBody(g.Map(l.Rows, func(r Row) g.Node { return e.row(l, r) })),
		g.Iff(len(l.Totals) > 0, func() g.Node { return e.totals(l) })))
}

func (e Env) selectAll(l List) g.Node {
	if len(l.Mass) == 0 {
		return nil
	}
	return h.Th(h.Class("w-tick"), h.Scope("col"),
		h.Input(h.Type("checkbox"), h.Class("w-check"), g.Attr("data-w-all"), aria("label", e.t("ui.select_all"))))
}

func (e Env) header(c Column) g.Node {
	var label g.Node = g.Text(c.Label)
	if c.Sort.Href != "" {
		icon := Icon("")
		if c.Sort.Order == "ascending" {
			icon = IconArrowUp
		}
		if c.Sort.Order == "descending" {
			icon = IconArrowDown
		}
		label = h.A(href(c.Sort.Href), g.Text(c.Label), e.icon(icon))
	}
	return h.Th(h.Scope("col"), joined([]string{c.Kind.class(), optionalClass(c)}), aria("sort", c.Sort.Order), label, e.explainOrNil(c.Explain))
}

func (k ColumnKind) class() string {
	switch k {
	case AmountColumn, NumberColumn:
		return "w-n"
	case DateColumn:
		return "w-d"
	}
	return ""
}

func optionalClass(c Column) string {
	if c.Optional {
		return "w-opt"
	}
	return ""
}

func (e Env) row(l List, r Row) g.Node {
	linked := false
	cells := g.Group{}
	for i, c := range r.Cells {
		if i >= len(l.Columns) {
			break
		}
		if !linked && r.Href != "" && c.Href == "" && c.Status == nil && c.Node == nil && c.Text != "" {
			c.Href = r.Href
		}
		linked = linked || c.Href != ""
		cells = append(cells, e.cell(h.Td, l.Columns[i], c))
	}
	return h.Tr(unless(r.Href == "", g.Attr("data-w-href", safeURL(r.Href))), when(r.Current, g.Attr("aria-current", "true")),
		g.Iff(len(l.Mass) > 0, func() g.Node { return e.tick(r) }), cells)
}

func (e Env) tick(r Row) g.Node {
	if r.ID == "" {
		return h.Td(h.Class("w-tick"))
	}
	label := r.Label
	if label == "" && len(r.Cells) > 0 {
		label = r.Cells[0].Text
	}
	return h.Td(h.Class("w-tick"), h.Input(h.Type("checkbox"), h.Class("w-check"), h.Name("id"), h.Value(r.ID), when(r.Selected, h.Checked()),
		aria("label", e.t("ui.select_row", "row", label))))
}

func (e Env) cell(tag func(...g.Node) g.Node, col Column, c Cell) g.Node {
	class := joined([]string{col.Kind.class(), optionalClass(col), toneText(c.Tone), heatClass(c.Heat)})
	if c.Node != nil {
		return tag(class, c.Node)
	}
	if c.Status != nil {
		return tag(class, e.Badge(*c.Status), text(h.Div, "w-sub", c.Sub))
	}
	var value g.Node = g.Text(c.Text)
	switch col.Kind {
	case CodeColumn:
		value = Code(c.Text)
	case AmountColumn, NumberColumn, DateColumn:
		value = figure(c.Text)
	}
	if c.Text == "" {
		value = nil
	}
	if c.Href != "" {
		value = h.A(href(c.Href), value)
	}
	return tag(class, value, text(h.Div, "w-sub", c.Sub))
}

func heatClass(n int) string {
	if n <= 0 {
		return ""
	}
	return "w-heat-" + strconv.Itoa(min(n, HeatMax))
}

func toneText(t Tone) string {
	if t == Neutral {
		return ""
	}
	return "w-ink-" + string(t)
}

func (e Env) totals(l List) g.Node {
	cells := g.Group{}
	if len(l.Mass) > 0 {
		cells = append(cells, h.Td(h.Class("w-tick")))
	}
	for i, c := range l.Totals {
		if i < len(l.Columns) {
			cells = append(cells, e.cell(h.Td, l.Columns[i], c))
		}
	}
	return h.TFoot(h.Tr(cells))
}

func (e Env) massBar(l List) g.Node {
	return h.Div(h.Class("w-mass"), g.Attr("data-w-mass"), g.Attr("hidden"),
		h.P(h.Strong(g.Attr("data-w-count"), g.Text("0")), g.Text(" "+e.t("ui.selected"))),
		h.Div(h.Class("w-actions"), g.Map(l.Mass, func(m MassAction) g.Node {
			return h.Button(h.Class(Button{Danger: m.Danger}.class()), h.Type("submit"), g.Attr("formaction", safeURL(m.Action)),
				unless(!m.Ask, g.Attr("formmethod", "get")), e.icon(m.Icon), h.Span(g.Text(m.Label)))
		})))
}

func (e Env) filterRow(l List) g.Node {
	if len(l.Filters) == 0 && len(l.Chips) == 0 {
		return nil
	}
	return h.Div(h.Class("w-filters"),
		g.Iff(len(l.Filters) > 0, func() g.Node {
			return h.Form(h.Class("w-filter-form"), h.Method("get"), h.Action(safeURL(l.FilterAction)), hiddenInputs("", l.Kept),
				g.Map(l.Filters, func(f Field) g.Node { return e.field(l.ID+"-f", f) }),
				h.Button(h.Class("w-btn"), h.Type("submit"), e.icon(IconFilter), h.Span(g.Text(e.t("ui.filter")))))
		}),
		g.Iff(len(l.Chips) > 0, func() g.Node { return e.chips(l) }))
}

func (e Env) chips(l List) g.Node {
	return h.Ul(h.Class("w-chips"), aria("label", e.t("ui.filters_active")), g.Map(l.Chips, func(c Chip) g.Node {
		return h.Li(h.A(h.Class("w-chip"), href(c.Remove), h.Span(g.Text(c.Label)), hidden(" "+e.t("ui.filter_remove")), e.icon(IconClose)))
	}), g.Iff(l.ClearHref != "", func() g.Node { return h.Li(h.A(href(l.ClearHref), g.Text(e.t("ui.filters_clear")))) }))
}

func (e Env) listFoot(l List) g.Node {
	p := l.Pager
	if p == (Pager{}) && len(l.Exports) == 0 {
		return nil
	}
	return h.Div(h.Class("w-list-foot"), h.P(h.Class("w-sub"), g.Text(p.Text)),
		g.Iff(len(l.Exports) > 0, func() g.Node {
			return h.Div(h.Class("w-exports"), h.Span(h.Class("w-sub"), g.Text(e.t("ui.export"))), g.Map(l.Exports, func(x Link) g.Node { return e.link(x) }))
		}),
		e.Pager(p))
}

// Pager draws the links of a list moved by key.
func (e Env) Pager(p Pager) g.Node {
	if p.First == "" && p.Prev == "" && p.Next == "" {
		return nil
	}
	to := func(address, key string, rel string) g.Node {
		if address == "" {
			return nil
		}
		return h.A(href(address), unless(rel == "", h.Rel(rel)), g.Text(e.t(key)))
	}
	return h.Nav(h.Class("w-pager"), aria("label", e.t("ui.pages")),
		to(p.First, "ui.page_first", ""), to(p.Prev, "ui.page_prev", "prev"), to(p.Next, "ui.page_next", "next"))
}
