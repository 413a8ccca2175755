package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Status is a state: an icon, a word and a tint.
type Status struct {
	// Tone is the tint.
	Tone Tone
	// Icon replaces the icon of the tone.
	Icon Icon
	// Label is the word; required.
	Label string
}

// Badge draws a state.
func (e Env) Badge(s Status) g.Node {
	icon := s.Icon
	if icon == "" {
		icon = s.Tone.iconOf()
	}
	return h.Span(h.Class("w-badge"+s.Tone.class()), e.icon(icon), h.Span(g.Text(s.Label)))
}

// Button is a link, a submit button, or a small form of its own that posts.
type Button struct {
	// Label is the verb, in the infinitive.
	Label string
	// Icon stands before the label.
	Icon Icon
	// Href makes it a link.
	Href string
	// Post makes it a form that posts to this address with IdemKey and Hidden.
	Post string
	// IdemKey is the idempotency key of the posted form.
	IdemKey string
	// Hidden are further values of the posted form.
	Hidden []Pair
	// Name and Value are sent when it submits the form it stands in.
	Name, Value string
	// Primary fills it; one per zone.
	Primary bool
	// Danger marks what destroys or costs.
	Danger bool
	// Quiet draws it without a border.
	Quiet bool
	// Disabled keeps it visible but out of use; Why says the reason.
	Disabled bool
	// Why is the reason it is disabled, shown as its title.
	Why string
	// Key is the shortcut shown beside the label and obeyed by the script: one
	// letter or digit, not g, j, k or x, which move in every page.
	Key string
	// Confirm is a question asked before it acts; empty asks nothing.
	Confirm string
	// Form is the id of the form it submits when it stands outside.
	Form string
}

// Pair is a name and a value sent with a form.
type Pair struct {
	// Name of the input.
	Name string
	// Value of the input.
	Value string
}

// KeyField is the name of the hidden input that carries the idempotency key.
const KeyField = "_key"

// Button draws an action.
func (e Env) Button(b Button) g.Node {
	if b.Post != "" {
		return h.Form(h.Class("w-inline"), h.Method("post"), h.Action(safeURL(b.Post)), g.Attr("data-w-send"),
			hiddenInputs(b.IdemKey, b.Hidden), e.button(b))
	}
	return e.button(b)
}

func (e Env) button(b Button) g.Node {
	inner := g.Group{e.icon(b.Icon), h.Span(g.Text(b.Label)), g.Iff(b.Key != "", func() g.Node { return Key(b.Key) })}
	common := g.Group{
		h.Class(b.class()),
		unless(b.Key == "", g.Attr("data-w-key", b.Key)),
		unless(b.Key == "", aria("keyshortcuts", b.Key)),
		unless(b.Confirm == "", g.Attr("data-w-confirm", b.Confirm)),
		unless(!b.Danger, g.Attr("data-w-danger")),
		unless(b.Why == "", h.Title(b.Why)),
	}
	if b.Href != "" && !b.Disabled {
		return h.A(common, href(b.Href), inner)
	}
	return h.Button(common, h.Type("submit"), unless(b.Form == "", g.Attr("form", b.Form)),
		unless(b.Name == "", h.Name(b.Name)), unless(b.Name == "", h.Value(b.Value)), when(b.Disabled, h.Disabled()), inner)
}

func (b Button) class() string {
	class := "w-btn"
	if b.Primary {
		class += " w-btn-primary"
	}
	if b.Danger {
		class += " w-btn-danger"
	}
	if b.Quiet {
		class += " w-btn-quiet"
	}
	return class
}

func (e Env) buttons(class string, all []Button) g.Node {
	if len(all) == 0 {
		return nil
	}
	return h.Div(h.Class(class), g.Map(all, e.Button))
}

func hiddenInputs(key string, pairs []Pair) g.Node {
	nodes := g.Group{}
	if key != "" {
		nodes = append(nodes, h.Input(h.Type("hidden"), h.Name(KeyField), h.Value(key)))
	}
	for _, p := range pairs {
		nodes = append(nodes, h.Input(h.Type("hidden"), h.Name(p.Name), h.Value(p.Value)))
	}
	return nodes
}

// Panel is a framed part of a page with its title.
type Panel struct {
	// ID is the anchor; needed when a link or a tab leads here.
	ID string
	// Title is the heading; empty draws a bare frame.
	Title string
	// Sub is the small text beside the title: the scope, the unit, the rule.
	Sub string
	// Status stands beside the title.
	Status *Status
	// Links stand at the end of the title line.
	Links []Link
	// Body is the content; Flush removes its padding, for lists.
	Body g.Node
	// Flush lets a list touch the frame.
	Flush bool
	// Focus frames the panel as the thing to decide.
	Focus bool
	// Foot is the rule under the content.
	Foot g.Node
}

// Panel draws a framed part.
func (e Env) Panel(p Panel) g.Node {
	class := "w-panel"
	if p.Focus {
		class += " w-panel-focus"
	}
	body := "w-panel-body"
	if p.Flush {
		body = "w-panel-flush"
	}
	return h.Section(h.Class(class), unless(p.ID == "", h.ID(p.ID)), unless(p.Title == "", aria("label", p.Title)),
		g.Iff(p.Title != "", func() g.Node { return e.panelHead(p) }),
		g.Iff(p.Body != nil, func() g.Node { return h.Div(h.Class(body), p.Body) }),
		g.Iff(p.Foot != nil, func() g.Node { return h.Div(h.Class("w-panel-foot"), p.Foot) }))
}

func (e Env) panelHead(p Panel) g.Node {
	return h.Div(h.Class("w-panel-head"), h.H2(g.Text(p.Title)),
		g.Iff(p.Status != nil, func() g.Node { return e.Badge(*p.Status) }),
		text(h.P, "w-sub", p.Sub),
		g.Iff(len(p.Links) > 0, func() g.Node {
			return h.Div(h.Class("w-panel-links"), g.Map(p.Links, func(l Link) g.Node { return e.link(l) }))
		}))
}

// Figure is one number of a strip that opens a page or a record.
type Figure struct {
	// Label says what is counted.
	Label string
	// Value is the figure, already set.
	Value string
	// Unit follows it: DH, %, kWh, or a few words.
	Unit string
	// Sub is the change, the bound or the next step.
	Sub string
	// Tone tints Sub and gives it an icon; the word is in Sub.
	Tone Tone
	// Href opens the list behind the figure.
	Href string
	// Status replaces the figure by a state.
	Status *Status
	// Explain tells how the figure came about.
	Explain *Explain
}

// Figures draws a strip of figures.
func (e Env) Figures(label string, all []Figure) g.Node {
	return h.Ul(h.Class("w-figures"), aria("label", label), g.Map(all, func(f Figure) g.Node {
		var value g.Node = h.Span(h.Class("w-figure-value"), figure(f.Value))
		if f.Href != "" {
			value = h.A(h.Class("w-figure-value"), href(f.Href), figure(f.Value), hidden(" "+f.Label))
		}
		if f.Status != nil {
			value = e.Badge(*f.Status)
		}
		return h.Li(
			h.Div(h.Class("w-figure-label"), h.Span(g.Text(f.Label)), e.explainOrNil(f.Explain)),
			h.Div(h.Class("w-figure-line"), value, text(h.Span, "w-sub", f.Unit)),
			g.Iff(f.Sub != "", func() g.Node {
				return h.Div(h.Class("w-figure-sub"+f.Tone.class()), g.Iff(f.Tone != Neutral, func() g.Node { return e.icon(f.Tone.iconOf()) }),
					h.Span(g.Text(f.Sub)))
			}))
	}))
}

// Explain is the discreet "?" beside a computed value.
type Explain struct {
	// About names the value, for screen readers.
	About string
	// Body tells how it came about: formula and operands.
	Body g.Node
}

// Explain draws the "?" and what it opens.
func (e Env) Explain(x Explain) g.Node {
	return h.Details(h.Class("w-explain w-pop"),
		h.Summary(h.Span(g.Attr("aria-hidden", "true"), g.Text("?")), hidden(e.t("ui.explain", "about", x.About))),
		h.Div(h.Class("w-explain-body w-pop-body"), x.Body))
}

func (e Env) explainOrNil(x *Explain) g.Node {
	if x == nil {
		return nil
	}
	return e.Explain(*x)
}

// Bar is one line of a list of bars.
type Bar struct {
	// Label of the line.
	Label string
	// Part is the length, in ten-thousandths of the longest bar; values outside
	// 0..10000 are drawn at the nearest end.
	Part int
	// Value is printed at the end of the line.
	Value string
	// Sub follows the value.
	Sub string
	// Href opens the list behind the bar.
	Href string
	// Wrong paints the bar as an alert.
	Wrong bool
}

// Bars draws a list of bars with their values.
func (e Env) Bars(label string, all []Bar) g.Node {
	return h.Ul(h.Class("w-bars"), aria("label", label), g.Map(all, func(b Bar) g.Node {
		var name g.Node = g.Text(b.Label)
		if b.Href != "" {
			name = h.A(href(b.Href), g.Text(b.Label))
		}
		class := "w-bar"
		if b.Wrong {
			class += " w-bar-wrong"
		}
		return h.Li(h.Span(h.Class("w-bar-label"), name), bar(class, b.Part),
			h.Span(h.Class("w-bar-value"), figure(b.Value), text(h.Span, "w-sub", b.Sub)))
	}))
}

// partWhole is the length of a full bar.
const partWhole = 10000

// bar draws a proportion without a style attribute: a rectangle of an SVG.
func bar(class string, part int) g.Node {
	part = min(max(part, 0), partWhole)
	return h.SVG(h.Class(class), g.Attr("viewBox", "0 0 "+strconv.Itoa(partWhole)+" 10"), g.Attr("preserveAspectRatio", "none"),
		g.Attr("aria-hidden", "true"), g.Attr("focusable", "false"),
		g.El("rect", h.Class("w-bar-track"), h.Width(strconv.Itoa(partWhole)), h.Height("10")),
		g.El("rect", h.Class("w-bar-fill"), h.Width(strconv.Itoa(part)), h.Height("10")))
}

// Empty says what a place is for and the first thing to do there.
type Empty struct {
	// Icon of the place.
	Icon Icon
	// Title is the fact: nothing is here.
	Title string
	// Text says what the place is for.
	Text string
	// Actions are the first things to do.
	Actions []Button
}

// Empty draws an empty state.
func (e Env) Empty(x Empty) g.Node {
	return h.Div(h.Class("w-empty"), e.icon(x.Icon, "w-i-l"), h.P(h.Class("w-empty-title"), g.Text(x.Title)),
		text(h.P, "w-sub", x.Text), e.buttons("w-actions", x.Actions))
}

// Notice is a boxed message: a flash of the outcome, a warning, a conflict.
type Notice struct {
	// Tone is the tint.
	Tone Tone
	// Title is the fact.
	Title string
	// Text is the figure and the next step.
	Text string
	// Body replaces Text when it needs more than words.
	Body g.Node
	// Links lead to the next step.
	Links []Link
	// Closable adds a button that hides it.
	Closable bool
}

// Notice draws a message; screen readers announce it.
func (e Env) Notice(n Notice) g.Node {
	role, icon := "status", n.Tone.iconOf()
	if n.Tone == Wrong {
		role = "alert"
	}
	if n.Tone == Neutral || n.Tone == Action {
		icon = IconInfo
	}
	return h.Div(h.Class("w-notice"+n.Tone.class()), h.Role(role), e.icon(icon),
		h.Div(h.Class("w-notice-text"), g.Iff(n.Title != "", func() g.Node { return h.Strong(g.Text(n.Title)) }), g.Text(spaced(n.Title, n.Text)), n.Body,
			g.Map(n.Links, func(l Link) g.Node { return g.Group{g.Text(" "), e.link(l)} })),
		g.Iff(n.Closable, func() g.Node {
			return h.Button(h.Class("w-close"), h.Type("button"), g.Attr("data-w-close"), aria("label", e.t("ui.close")), e.icon(IconClose))
		}))
}

func spaced(before, after string) string {
	if before == "" || after == "" {
		return after
	}
	return " " + after
}

// Copyable shows a value with a button that copies it.
func (e Env) Copyable(value, label string) g.Node {
	return h.Span(h.Class("w-copy"), Code(value), h.Button(h.Class("w-icon-btn"), h.Type("button"), g.Attr("data-w-copy", value),
		g.Attr("data-w-done", e.t("ui.copied")), aria("label", label), h.Title(label), e.icon(IconCopy)))
}
