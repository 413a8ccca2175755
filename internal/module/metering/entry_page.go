package metering

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// entryPage is the grid of a route: one number per line, in walking order, the control
// answering beside the field.
func (m *Module) entryPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	p, err := screen.Fetch[PeriodRow](ctx, v, "metering.period.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	rows, more, err := screen.Rows[SheetRow](ctx, v, "metering.route.sheet", page.LimitMax, "id", p.Route.String(), "month", p.Month.String())
	if err != nil {
		return ui.Page{}, err
	}
	on := v.Today
	if on.After(p.ClosesOn) {
		on = p.ClosesOn
	}
	if on.Before(p.OpensOn) {
		on = p.OpensOn
	}
	form := ui.Form{
		ID: "grid", Action: v.OpHref("metering.reading.enter_many"), IdemKey: v.Key(), Submit: v.Say("op.metering.reading.enter_many"), SubmitIcon: ui.IconSave,
		Hidden: []ui.Pair{{Name: "route", Value: p.Route.String()}, {Name: screen.BackField, Value: v.Request.URL.RequestURI()}},
		Sets:   []ui.FieldSet{{Fields: []ui.Field{{Name: "date", Label: v.Say("field.reading_date"), Kind: ui.DateField, Required: true, Value: on.String()}}}},
		Effect: gridTable(v, rows),
	}
	var body g.Node = v.Form(form)
	if !v.May("metering.reading.enter_many") || p.State != PeriodOpen {
		body = gridTable(v, rows)
	}
	figures := []ui.Figure{
		{Label: v.Say("field.stops"), Value: ui.Number(p.Stops)},
		{Label: v.Say("field.read"), Value: ui.Number(p.Read), Sub: share(p.Read, p.Stops)},
		{Label: v.Say("field.estimated"), Value: ui.Number(p.Estimated)},
		{Label: v.Say("field.held_up"), Value: ui.Number(p.ToDecide), Href: v.Href("/metering/anomalies", "month", p.Month.String(), "state", "open")},
	}
	if p.LateDays > 0 {
		figures[1].Sub, figures[1].Tone = v.Say("page.metering.late", "count", p.LateDays), ui.Wrong
	}
	panel := ui.Panel{Title: v.Say("page.metering.entry"), Sub: v.Say("page.metering.entry.sub"), Body: h.Div(h.Class("w-entry"), g.Attr("data-w-grid",
		v.Href("/metering/check")), body)}
	if more {
		panel.Foot = g.Text(v.Say("page.metering.entry.more", "count", len(rows)))
	}
	actions := v.Button("metering.period.close", ui.IconLock, "id", p.ID.String(), "version", strconv.FormatInt(p.Version, 10))
	if p.State != PeriodOpen {
		actions = nil
	}
	return ui.Page{
		Title: p.Name, Code: p.Code, Sub: g.Text(v.Texts.Value(day.MonthOf(p.Month)) + " · " + p.Reader), Back: v.Href("/metering"), Actions: actions,
		Crumbs: []ui.Link{{Label: v.Say("page.metering.cycle"), Href: v.Href("/metering", "month", p.Month.String())}, {Label: p.Code, Code: true}},
		Body:   g.Group{v.Env.Figures(p.Code, figures), v.Panel(panel)},
	}, nil
}

// gridTable is the lines of a walk.
func gridTable(v *screen.View, rows []SheetRow) g.Node {
	heads := []string{"sequence", "contract", "serial", "previous_index", "usual", "index"}
	return h.Table(h.Class("w-table w-grid"), h.Aria("label", v.Say("page.metering.entry")),
		h.THead(h.Tr(g.Map(heads, func(name string) g.Node { return h.Th(h.Scope("col"), g.Text(v.Say("field."+name))) }),
			h.Th(h.Scope("col"), g.Text(v.Say("page.metering.answer"))))),
		h.TBody(g.Map(numbered(rows), func(row numberedRow) g.Node { return gridRow(v, row) })))
}

// numberedRow is a line with its place on the page.
type numberedRow struct {
	SheetRow
	at int
}

func numbered(rows []SheetRow) []numberedRow {
	out := make([]numberedRow, len(rows))
	for i, r := range rows {
		out[i] = numberedRow{r, i}
	}
	return out
}

func gridRow(v *screen.View, r numberedRow) g.Node {
	previous := shown(r.Previous)
	if !r.PreviousOn.IsZero() {
		previous += " · " + r.PreviousOn.French()
	}
	answer := "answer-" + strconv.Itoa(r.at)
	return h.Tr(
		h.Td(h.Class("w-num"), g.Text(strconv.FormatInt(r.Sequence, 10))),
		h.Td(ui.Code(r.Contract), g.Text(" "+r.Customer), h.Div(h.Class("w-sub"), g.Text(r.Address))),
		h.Td(ui.Code(r.Serial), g.If(r.Register != "", g.Text(" "+r.Register))),
		h.Td(h.Class("w-num"), g.Text(previous)),
		h.Td(h.Class("w-num"), g.Text(shown(r.Usual))),
		h.Td(gridInput(v, r, answer)),
		h.Td(h.ID(answer), g.Attr("aria-live", "polite"), gridState(v, r.SheetRow)),
	)
}

// gridInput is the field of a line; what was entered is shown, not typed again.
func gridInput(v *screen.View, r numberedRow, answer string) g.Node {
	if r.Serial == "" {
		return g.Text(ui.Dash)
	}
	if r.Quantity != nil && r.State != SentBack {
		return h.Span(h.Class("w-num"), g.Text(shown(r.Index)))
	}
	return h.Input(h.Type("text"), h.Class("w-control w-num"), g.Attr("inputmode", "decimal"), h.AutoComplete("off"), g.Attr("size", "9"),
		h.Aria("label", v.Say("page.metering.index_of", "serial", r.Serial)), h.MaxLength("14"), g.Attr("data-w-serial", r.Serial), g.Attr("data-w-register",
			r.Register),
		g.Attr("data-w-meter", r.Meter.String()), g.Attr("data-w-answer", answer))
}

// gridState is what a value entered came to.
func gridState(v *screen.View, r SheetRow) g.Node {
	if r.Quantity == nil {
		return nil
	}
	status := ui.Status{Label: v.Say("enum.consumption_state." + string(r.State)), Tone: ui.Settled}
	if !r.State.Billable() {
		status.Tone = ui.Waits
	}
	return g.Group{g.Text(shown(r.Quantity) + " "), v.Badge(status)}
}

// checkPage answers one line of the grid: what the index would come to.
func (m *Module) checkPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	a, err := screen.Fetch[ReadingAnswer](ctx, v, "metering.reading.check", "meter", v.Query("meter"), "register", v.Query("register"), "date", v.Query("date"),
		"index", v.Query("index"))
	if err != nil {
		if fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unauthenticated {
			return ui.Page{}, err
		}
		message, fields := v.Texts.Error(err)
		for _, words := range fields {
			message = words
		}
		return ui.Page{Body: v.Badge(ui.Status{Label: message, Tone: ui.Wrong})}, nil
	}
	if a.Known {
		return ui.Page{Body: v.Badge(ui.Status{Label: v.Say("page.metering.known"), Tone: ui.Neutral})}, nil
	}
	nodes := g.Group{h.Strong(g.Text(shown(a.Quantity))), g.Text(" ")}
	if a.Severity == "" {
		return ui.Page{Body: append(nodes, v.Badge(ui.Status{Label: v.Say("page.metering.fine"), Tone: ui.Settled}))}, nil
	}
	nodes = append(nodes, v.Badge(*severityBadge(v, a.Severity)))
	for _, words := range a.Findings {
		nodes = append(nodes, h.Div(h.Class("w-sub"), g.Text(words)))
	}
	return ui.Page{Body: nodes}, nil
}
