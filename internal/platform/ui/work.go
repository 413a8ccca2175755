package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Confirm is the page before a costly or final action: what it will do, with
// figures, and the reason when one is due.
type Confirm struct {
	// Will says in one sentence what will be done.
	Will string
	// Facts are its figures.
	Facts []Fact
	// Changes are the fields it changes.
	Changes []Change
	// Warnings are what to know before: what cannot be undone, conflicts.
	Warnings []Notice
	// Rule stands under the buttons: who must act next.
	Rule string
	// Form sends the action; its fields are usually a reason.
	Form Form
}

// Confirm draws a confirmation.
func (e Env) Confirm(c Confirm) g.Node {
	form := c.Form
	form.Intro = g.Group{
		h.P(h.Class("w-will"), g.Text(c.Will)),
		g.Iff(len(c.Facts) > 0, func() g.Node { return e.Facts(c.Facts) }),
		g.Iff(len(c.Changes) > 0, func() g.Node { return e.Diff(c.Will, c.Changes) }),
		g.Map(c.Warnings, e.Notice), form.Intro,
	}
	return h.Div(h.Class("w-panel w-panel-focus w-confirm"), e.Form(form), text(h.P, "w-sub", c.Rule))
}

// Step is one stage of long work.
type Step struct {
	// Label of the stage.
	Label string
	// Sub are the lines under it: figures, dates, who must act.
	Sub []string
	// State is Settled when done, Action when current, Waits or Wrong when it
	// blocks, Neutral when it comes later.
	State Tone
	// Href opens the stage.
	Href string
}

// Steps draws the stages of long work in order.
func (e Env) Steps(label string, all []Step) g.Node {
	items := g.Group{}
	for i, s := range all {
		var mark g.Node = g.Text(strconv.Itoa(i + 1))
		if s.State != Neutral && s.State != Action {
			mark = e.icon(s.State.iconOf())
		}
		var name g.Node = g.Text(s.Label)
		if s.Href != "" {
			name = h.A(href(s.Href), name)
		}
		items = append(items, h.Li(h.Class("w-step"+s.State.class()), when(s.State == Action, g.Attr("aria-current", "step")),
			h.Span(h.Class("w-step-mark"), mark),
			h.Div(h.Strong(name), hidden(" "+e.t("ui.step."+stepWord(s.State))), g.Map(s.Sub, func(line string) g.Node { return text(h.Div, "w-sub", line) }))))
	}
	return h.Ol(h.Class("w-steps"), aria("label", label), items)
}

func stepWord(t Tone) string {
	if t == Neutral {
		return "later"
	}
	return string(t)
}

// Progress is the advance of long work. It goes on when the page is closed.
type Progress struct {
	// ID is unique in the page.
	ID string
	// Label says what advances.
	Label string
	// Done and Total count the same thing; Total 0 is not known yet.
	Done, Total int64
	// Rate is the speed in words: "41/s".
	Rate string
	// Remaining is the time left in words.
	Remaining string
	// Status is the state.
	Status Status
	// Poll is asked every two seconds while the work runs; it answers this
	// component again. Empty once the work is over.
	Poll string
	// Cancel stops the work.
	Cancel *Button
}

// Progress draws an advance that renews itself.
func (e Env) Progress(p Progress) g.Node {
	count := Number(p.Done)
	if p.Total > 0 {
		count += " / " + Number(p.Total)
	}
	return h.Div(h.Class("w-progress"), h.ID(p.ID),
		g.Iff(p.Poll != "", func() g.Node {
			return g.Group{g.Attr("hx-get", safeURL(p.Poll)), g.Attr("hx-trigger", "every 2s"), g.Attr("hx-swap", "outerHTML")}
		}),
		h.Div(h.Class("w-progress-head"), h.Strong(g.Text(p.Label)), e.Badge(p.Status)),
		h.Progress(h.Class("w-progress-bar"), aria("label", p.Label), unless(p.Total <= 0, g.Group{
			h.Max(strconv.FormatInt(max(p.Total, 1), 10)),
			h.Value(strconv.FormatInt(min(max(p.Done, 0), max(p.Total, 1)), 10)),
		})),
		h.Div(h.Class("w-progress-foot"), h.P(figure(count), g.Text(dotted(p.Rate)+dotted(p.Remaining))),
			g.Iff(p.Cancel != nil, func() g.Node { return e.Button(*p.Cancel) })))
}

// Found is one result of a search.
type Found struct {
	// Icon of its kind.
	Icon Icon
	// Kind in words, for groups.
	Kind string
	// Label of the thing.
	Label string
	// Code of the thing.
	Code string
	// Sub says where it is.
	Sub string
	// Href opens it.
	Href string
	// Status of the thing.
	Status *Status
}

// SearchResults draws results, those of the same kind under one title when
// they follow each other. It serves the page of the results and the list that
// opens while typing.
func (e Env) SearchResults(all []Found) g.Node {
	if len(all) == 0 {
		return h.P(h.Class("w-found-none"), g.Text(e.t("ui.none_found")))
	}
	groups := g.Group{}
	for i := 0; i < len(all); {
		kind := all[i].Kind
		items := g.Group{}
		for ; i < len(all) && all[i].Kind == kind; i++ {
			items = append(items, e.found(all[i]))
		}
		groups = append(groups, text(h.P, "w-found-kind", kind), h.Ul(h.Class("w-found-list"), aria("label", kind), items))
	}
	return h.Div(h.Class("w-results"), groups)
}

func (e Env) found(f Found) g.Node {
	return h.Li(h.A(href(f.Href), e.icon(f.Icon), h.Span(g.Text(f.Label)), g.Iff(f.Code != "", func() g.Node { return Code(f.Code) }),
		text(h.Span, "w-sub", f.Sub), g.Iff(f.Status != nil, func() g.Node { return e.Badge(*f.Status) })))
}
