package ui

import (
	"slices"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Fact is one line of a list of facts.
type Fact struct {
	// Label of the fact.
	Label string
	// Value as text; empty shows a dash.
	Value string
	// Code sets the value in monospace.
	Code bool
	// Number sets the value as a figure.
	Number bool
	// Strong sets the value bold.
	Strong bool
	// Href makes the value a link.
	Href string
	// Node replaces the value.
	Node g.Node
	// Explain tells how the value came about.
	Explain *Explain
	// Rule draws a line above: the sum of the facts before.
	Rule bool
}

// Facts draws a list of labels and values.
func (e Env) Facts(all []Fact) g.Node {
	return h.Dl(h.Class("w-facts"), g.Map(all, func(f Fact) g.Node {
		return h.Div(when(f.Rule, h.Class("w-rule")), h.Dt(g.Text(f.Label)), h.Dd(e.factValue(f), e.explainOrNil(f.Explain)))
	}))
}

func (e Env) factValue(f Fact) g.Node {
	if f.Node != nil {
		return f.Node
	}
	var value g.Node = g.Text(f.Value)
	switch {
	case f.Value == "":
		value = g.Text(Dash)
	case f.Code:
		value = Code(f.Value)
	case f.Number:
		value = figure(f.Value)
	}
	if f.Href != "" {
		value = h.A(href(f.Href), value)
	}
	if f.Strong {
		value = h.Strong(value)
	}
	return value
}

// Identity is the head of a record: who or what it is and its state.
type Identity struct {
	// Name of the thing.
	Name string
	// Code of the thing.
	Code string
	// Sub is the muted line: kind, place.
	Sub string
	// Status is its state today.
	Status *Status
	// Figures are the two or three that matter.
	Figures []Figure
}

// Identity draws the head of a record.
func (e Env) Identity(i Identity) g.Node {
	return h.Header(h.Class("w-identity w-panel"),
		h.Div(h.Class("w-identity-line"),
			h.P(h.Class("w-identity-name"), g.Text(i.Name)),
			g.Iff(i.Code != "", func() g.Node { return Code(i.Code) }),
			g.Iff(i.Status != nil, func() g.Node { return e.Badge(*i.Status) }),
			text(h.Span, "w-sub", i.Sub)),
		g.Iff(len(i.Figures) > 0, func() g.Node { return e.Figures(i.Name, i.Figures) }))
}

// Tab is one view of a record. Each one has its address.
type Tab struct {
	// Label of the view.
	Label string
	// Href is a page or an anchor of this one.
	Href string
	// Count of what it holds; 0 shows nothing.
	Count int
	// Current marks the view shown.
	Current bool
}

// Tabs draws the views of a record as links.
func (e Env) Tabs(label string, all []Tab) g.Node {
	return h.Nav(h.Class("w-tabs"), aria("label", label), h.Ul(g.Map(all, func(t Tab) g.Node {
		return h.Li(h.A(href(t.Href), when(t.Current, g.Attr("aria-current", "page")), g.Text(t.Label),
			g.Iff(t.Count > 0, func() g.Node { return h.Span(h.Class("w-nav-count"), g.Text(Number(t.Count))) })))
	})))
}

// Event is one thing that happened.
type Event struct {
	// At is the instant; the zero instant shows When instead.
	At time.Time
	// When is a date or a text used when there is no instant.
	When string
	// Title is what happened.
	Title string
	// Who did it.
	Who string
	// Text completes it.
	Text string
	// Tone tints the mark; Icon replaces its drawing.
	Tone Tone
	// Icon of the mark.
	Icon Icon
	// Href opens the detail.
	Href string
	// Body is what changed, usually a [Env.Diff].
	Body g.Node
}

// Timeline draws what happened, by whom, the latest first as given.
func (e Env) Timeline(all []Event) g.Node {
	return h.Ol(h.Class("w-timeline"), g.Map(all, func(v Event) g.Node {
		icon := v.Icon
		if icon == "" {
			icon = v.Tone.iconOf()
		}
		var at g.Node = h.Span(g.Text(v.When))
		if !v.At.IsZero() {
			at = e.TimeOf(v.At)
		}
		var title g.Node = h.Strong(g.Text(v.Title))
		if v.Href != "" {
			title = h.A(href(v.Href), title)
		}
		return h.Li(h.Span(h.Class("w-mark"+v.Tone.class()), e.icon(icon)),
			h.Div(h.Class("w-event"), h.Div(h.Class("w-event-line"), title, h.Span(h.Class("w-sub"), at, g.Text(dotted(v.Who)))),
				text(h.P, "", v.Text), v.Body))
	}))
}

func dotted(s string) string {
	if s == "" {
		return ""
	}
	return " · " + s
}

// Change is one field before and after.
type Change struct {
	// Label of the field.
	Label string
	// Before is the old value; empty shows a dash.
	Before string
	// After is the new value; empty shows a dash.
	After string
	// Same is true when nothing changed: the line is muted.
	Same bool
}

// Diff draws what changes, field by field. Where there was nothing before, the values
// alone are drawn.
func (e Env) Diff(caption string, all []Change) g.Node {
	if !slices.ContainsFunc(all, func(c Change) bool { return c.Before != "" }) {
		return e.created(caption, all)
	}
	value := diffValue
	return h.Table(h.Class("w-table w-diff"), h.Caption(h.Class("w-vh"), g.Text(caption)),
		h.THead(h.Tr(h.Th(h.Scope("col"), g.Text(e.t("ui.diff_field"))), h.Th(h.Scope("col"), g.Text(e.t("ui.diff_before"))),
			h.Th(h.Scope("col"), g.Text(e.t("ui.diff_after"))))),
		h.TBody(g.Map(all, func(c Change) g.Node {
			if c.Same {
				return h.Tr(h.Class("w-same"), h.Th(h.Scope("row"), g.Text(c.Label)), h.Td(g.Text(value(c.Before))), h.Td(g.Text(value(c.After))))
			}
			return h.Tr(h.Th(h.Scope("row"), g.Text(c.Label)), h.Td(h.Del(g.Text(value(c.Before)))), h.Td(h.Ins(g.Text(value(c.After)))))
		})))
}

// created draws the values of what is new.
func (e Env) created(caption string, all []Change) g.Node {
	return h.Table(h.Class("w-table w-diff"), h.Caption(h.Class("w-vh"), g.Text(caption)),
		h.THead(h.Tr(h.Th(h.Scope("col"), g.Text(e.t("ui.diff_field"))), h.Th(h.Scope("col"), g.Text(e.t("ui.diff_value"))))),
		h.TBody(g.Map(all, func(c Change) g.Node {
			return h.Tr(h.Th(h.Scope("row"), g.Text(c.Label)), h.Td(h.Ins(g.Text(diffValue(c.After)))))
		})))
}

func diffValue(s string) string {
	if s == "" {
		return Dash
	}
	return s
}

// Problem is an error page: the fact, what was kept, the next step.
type Problem struct {
	// Happened says what happened.
	Happened string
	// Kept says what was not changed.
	Kept string
	// Do says what to do now.
	Do string
	// Reference is the number to give to the support.
	Reference string
	// Actions lead on.
	Actions []Button
	// Tone is Wrong unless something only waits.
	Tone Tone
}

// Problem draws the content of an error page.
func (e Env) Problem(p Problem) g.Node {
	tone := p.Tone
	if tone == Neutral {
		tone = Wrong
	}
	line := func(key, value string) g.Node {
		if value == "" {
			return nil
		}
		return h.Div(h.Dt(g.Text(e.t(key))), h.Dd(g.Text(value)))
	}
	return h.Div(h.Class("w-problem w-panel"), h.Div(h.Class("w-mark w-mark-l"+tone.class()), e.icon(tone.iconOf(), "w-i-l")),
		h.Div(h.Dl(h.Class("w-problem-facts"), line("ui.problem_happened", p.Happened), line("ui.problem_kept", p.Kept), line("ui.problem_do", p.Do),
			g.Iff(p.Reference != "", func() g.Node {
				return h.Div(h.Dt(g.Text(e.t("ui.problem_reference"))), h.Dd(e.Copyable(p.Reference, e.t("ui.copy"))))
			})), e.buttons("w-actions", p.Actions)))
}
