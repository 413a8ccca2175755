package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

func (e Env) topBar(f Frame) g.Node {
	return h.Header(h.Class("w-top"), e.searchBox(f.Search),
		g.Map(f.Scopes, e.scope),
		h.Div(h.Class("w-top-end"), e.bell(f.Notices), e.userMenu(f.User)))
}

func (e Env) searchBox(s Search) g.Node {
	if s.Action == "" {
		return nil
	}
	return h.Form(h.Class("w-search"), h.Role("search"), h.Method("get"), h.Action(safeURL(s.Action)), e.icon(IconSearch),
		h.Input(h.ID("w-q"), h.Type("search"), h.Name("q"), h.Value(s.Value), h.Placeholder(s.Placeholder), aria("label", e.t("ui.search")),
			h.AutoComplete("off"), h.MaxLength("80"), aria("keyshortcuts", "/"),
			g.Iff(s.Suggest != "", func() g.Node {
				return g.Group{g.Attr("hx-get", safeURL(s.Suggest)), g.Attr("hx-trigger", "input changed delay:250ms"), g.Attr("hx-target", "#w-found")}
			})),
		Key("/"), h.Div(h.ID("w-found"), h.Class("w-found")))
}

func (e Env) scope(s Scope) g.Node {
	return h.Details(h.Class("w-pop w-scope"), h.ID(s.ID),
		h.Summary(e.icon(s.Icon), h.Span(h.Class("w-sub"), g.Text(s.Label)), h.Strong(g.Text(s.Value)), e.icon(IconChevronDown)),
		h.Div(h.Class("w-pop-body"), s.Panel, e.choices(s.Choices)))
}

func (e Env) choices(all []Choice) g.Node {
	if len(all) == 0 {
		return nil
	}
	return h.Ul(h.Class("w-choices"), g.Map(all, func(c Choice) g.Node {
		return h.Li(h.A(href(c.Href), when(c.Current, g.Attr("aria-current", "true")),
			h.Span(h.Class("w-choice-mark"), when(c.Current, e.icon(IconCheck))), h.Span(g.Text(c.Label)), text(h.Span, "w-sub", c.Sub)))
	}))
}

// ScopeSearch is the panel of a unit picker: a field that finds among all the
// units of the person and goes there. The endpoint answers
// [Env.PickerOptions] whose values are addresses.
func (e Env) ScopeSearch(id, label, source string) g.Node {
	return h.Div(h.Class("w-scope-search"),
		e.picker(pickerSpec{id: id, label: label, source: source, goes: true}))
}

// ScopeForm is the panel of a date or period picker: one native field that
// reloads the page at action with its value. kind is "date" or "month".
func (e Env) ScopeForm(id, action, name, kind, label, value string, kept []Pair) g.Node {
	return h.Form(h.Class("w-scope-form"), h.Method("get"), h.Action(safeURL(action)), hiddenInputs("", kept),
		h.Label(h.For(id), g.Text(label)),
		h.Div(h.Class("w-scope-line"), h.Input(h.Class("w-control"), h.ID(id), h.Type(kind), h.Name(name), h.Value(value), h.Required()),
			h.Button(h.Class("w-btn"), h.Type("submit"), g.Text(e.t("ui.apply")))))
}

func (e Env) bell(n Notices) g.Node {
	if n.Href == "" {
		return nil
	}
	return h.A(h.Class("w-bell"), href(n.Href), aria("label", e.t("ui.notices", "count", n.Count)), e.icon(IconBell),
		g.Iff(n.Count > 0, func() g.Node { return h.Strong(g.Text(Number(n.Count))) }))
}

func (e Env) userMenu(u User) g.Node {
	if u.Name == "" {
		return nil
	}
	return h.Details(h.Class("w-pop w-user"),
		h.Summary(h.Strong(g.Text(u.Name)), text(h.Span, "w-sub", u.Role), e.icon(IconChevronDown)),
		h.Div(h.Class("w-pop-body w-pop-end"),
			h.Ul(h.Class("w-choices"), g.Map(u.Menu, func(l Link) g.Node { return h.Li(e.link(l)) }),
				h.Li(h.Button(h.Type("button"), g.Attr("data-w-help"), e.icon(IconKeyboard), h.Span(g.Text(e.t("ui.shortcuts"))), Key("?")))),
			e.themePicker(),
			g.Iff(u.Logout != "", func() g.Node {
				return h.Form(h.Class("w-logout"), h.Method("post"), h.Action(safeURL(u.Logout)),
					h.Button(h.Class("w-btn"), h.Type("submit"), e.icon(IconLogout), h.Span(g.Text(e.t("ui.logout")))))
			})))
}

// themePicker offers light, dark and the choice of the system. The script obeys
// and writes the cookie; the server paints the right one from the next page on.
func (e Env) themePicker() g.Node {
	option := func(value, key string, icon Icon) g.Node {
		pressed := "false"
		if e.Prefs.Theme == value {
			pressed = "true"
		}
		return h.Button(h.Type("button"), g.Attr("data-w-theme", value), g.Attr("aria-pressed", pressed), e.icon(icon), h.Span(g.Text(e.t(key))))
	}
	return h.Div(h.Class("w-themes"), h.Role("group"), aria("label", e.t("ui.theme")),
		option("light", "ui.theme_light", IconLight), option("dark", "ui.theme_dark", IconDark), option("", "ui.theme_system", IconScreen))
}

// escapeKey stands for the Escape key, whose name is a text.
const escapeKey = "escape"

func (e Env) keyName(name string) g.Node {
	if name == escapeKey {
		name = e.t("ui.key.escape_name")
	}
	return Key(name)
}

// shortcut is one line of the keyboard help.
type shortcut struct {
	keys []string
	key  string
}

func shortcuts() []shortcut {
	return []shortcut{
		{[]string{"/"}, "ui.key.search"},
		{[]string{"?"}, "ui.key.help"},
		{[]string{"j", "k"}, "ui.key.move"},
		{[]string{"↵"}, "ui.key.open"},
		{[]string{"x"}, "ui.key.select"},
		{[]string{"Ctrl", "↵"}, "ui.key.submit"},
		{[]string{escapeKey}, "ui.key.cancel"},
	}
}

func (e Env) helpDialog(f Frame) g.Node {
	line := func(keys []string, label string) g.Node {
		return h.Div(h.Dt(g.Map(keys, e.keyName)), h.Dd(g.Text(label)))
	}
	return g.El("dialog", h.Class("w-dialog"), h.ID("w-help"), aria("labelledby", "w-help-title"),
		h.Div(h.Class("w-dialog-head"), h.H2(h.ID("w-help-title"), g.Text(e.t("ui.shortcuts"))),
			h.Button(h.Class("w-close"), h.Type("button"), g.Attr("data-w-dismiss"), aria("label", e.t("ui.close")), e.icon(IconClose))),
		h.Dl(h.Class("w-keys"),
			g.Map(shortcuts(), func(s shortcut) g.Node { return line(s.keys, e.t(s.key)) }),
			g.Map(f.Nav, func(n NavItem) g.Node {
				if n.Key == "" {
					return nil
				}
				return line([]string{"g", n.Key}, n.Label)
			})))
}

func (e Env) confirmDialog() g.Node {
	return g.El("dialog", h.Class("w-dialog"), h.ID("w-confirm"), aria("labelledby", "w-confirm-title"), aria("describedby", "w-confirm-text"),
		h.H2(h.ID("w-confirm-title"), g.Text(e.t("ui.confirm"))),
		h.P(h.ID("w-confirm-text")),
		h.Div(h.Class("w-actions"),
			h.Button(h.Class("w-btn"), h.Type("button"), g.Attr("data-w-dismiss"), g.Text(e.t("ui.cancel"))),
			h.Button(h.Class("w-btn w-btn-primary"), h.Type("button"), g.Attr("data-w-accept"), g.Text(e.t("ui.continue")))))
}

func (e Env) liveRegion() g.Node {
	return h.Div(h.Class("w-vh"), h.ID("w-live"), h.Role("status"))
}
