// Package ui is the presentation kit of wasl: the frame of a page, lists,
// records, forms, matrices, trees and the small parts they are made of, written
// with gomponents and rendered on the server. It knows no business word, no SQL
// and no route; pages declare columns and fields and the kit sets them.
//
// Rules kept by every component, and checked by the tests: no style attribute,
// no inline script, no on… handler (the pages run under a strict
// Content-Security-Policy); every control has a label; an error is tied to its
// field; ids are unique when the ids given by the caller are; states are an
// icon, a word and a tint; texts are escaped; only harmless addresses become
// links; layout uses logical properties so that Arabic reads from the right.
//
// Texts arrive translated, except the few words of the kit itself (keys "ui.…"),
// which come from Env.T.
package ui

import (
	"net/http"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Env is what every component may need to know of the request it is rendered
// for. It is a value: copy it, never share a pointer.
type Env struct {
	// T gives the text of a key completed by alternating names and values.
	// Without it the key itself is shown.
	T func(key string, args ...any) string
	// Lang is the language of the page, "fr" by default.
	Lang string
	// Dir is the reading direction, "ltr" by default, "rtl" for Arabic.
	Dir string
	// Prefs are the choices kept in the browser.
	Prefs Prefs
	// Path is the current path with its query, for links that come back here.
	Path string
	// Assets gives the addresses of the style sheet, the script and the icons.
	Assets *Assets
	// Zone is the zone instants are shown in; UTC when nil.
	Zone *time.Location
}

// t is the text of a key of the kit.
func (e Env) t(key string, args ...any) string {
	if e.T == nil {
		return key
	}
	return e.T(key, args...)
}

func (e Env) lang() string {
	if e.Lang == "" {
		return "fr"
	}
	return e.Lang
}

func (e Env) dir() string {
	if e.Dir == "rtl" {
		return "rtl"
	}
	return "ltr"
}

// PrefsCookie is the name of the cookie the script writes the choices in. It
// holds no personal data and is read on the server so that the first paint is right.
const PrefsCookie = "wasl_ui"

// Prefs are the look a person chose on this browser.
type Prefs struct {
	// Theme is "light", "dark", or empty to follow the system.
	Theme string
	// NavFolded is true when the navigation shows icons only.
	NavFolded bool
}

// ReadPrefs reads the choices from a request; what is unknown is ignored.
func ReadPrefs(r *http.Request) Prefs {
	cookie, err := r.Cookie(PrefsCookie)
	if err != nil {
		return Prefs{}
	}
	var p Prefs
	for part := range strings.SplitSeq(cookie.Value, ".") {
		switch part {
		case "light", "dark":
			p.Theme = part
		case "folded":
			p.NavFolded = true
		}
	}
	return p
}

// Tone is the tint of a state. It never stands alone: an icon and a word go with it.
type Tone string

// The tones. Wrong is kept for what is false or late.
const (
	Neutral Tone = ""
	Action  Tone = "action"
	Wrong   Tone = "wrong"
	Waits   Tone = "waits"
	Settled Tone = "settled"
)

// iconOf is the icon of a tone when the caller names none.
func (t Tone) iconOf() Icon {
	switch t {
	case Action:
		return IconPlay
	case Wrong:
		return IconAlert
	case Waits:
		return IconHourglass
	case Settled:
		return IconCheck
	}
	return IconTodo
}

func (t Tone) class() string {
	if t == Neutral {
		return ""
	}
	return " w-" + string(t)
}

// Link is a word that leads somewhere.
type Link struct {
	// Label is the visible text.
	Label string
	// Href is the address; empty makes a plain text.
	Href string
	// Icon stands before the label; may be empty.
	Icon Icon
	// Code is true when the label is a code, set in monospace.
	Code bool
}

func (e Env) link(l Link, classes ...string) g.Node {
	var text g.Node = g.Text(l.Label)
	if l.Code {
		text = Code(l.Label)
	}
	content := g.Group{e.icon(l.Icon), text}
	class := joined(classes)
	if l.Href == "" {
		return h.Span(class, content)
	}
	return h.A(class, href(l.Href), content)
}

// joined is a class attribute, absent when there is no class.
func joined(classes []string) g.Node {
	all := strings.TrimSpace(strings.Join(classes, " "))
	if all == "" {
		return nil
	}
	return h.Class(all)
}

// href is an address attribute. Addresses that could run a script become "#".
func href(address string) g.Node { return h.Href(safeURL(address)) }

// safeURL keeps relative addresses, http, https, mailto and tel.
func safeURL(address string) string {
	clean := strings.TrimSpace(address)
	if strings.ContainsAny(clean, "\t\r\n\x00\\") || strings.HasPrefix(clean, "//") {
		return "#"
	}
	scheme, _, found := strings.Cut(clean, ":")
	if !found || strings.ContainsAny(scheme, "/?#") {
		return clean
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto", "tel":
		return clean
	}
	return "#"
}

// unless renders a node when the condition is false.
func unless(hidden bool, n g.Node) g.Node {
	if hidden {
		return nil
	}
	return n
}

// when renders a node when the condition holds. Unlike g.If it is used only
// with nodes that are safe to build either way.
func when(shown bool, n g.Node) g.Node { return unless(!shown, n) }

// text renders a string, nothing when it is empty.
func text(tag func(...g.Node) g.Node, class, s string) g.Node {
	if s == "" {
		return nil
	}
	return tag(h.Class(class), g.Text(s))
}

// hidden is a text for screen readers only.
func hidden(s string) g.Node {
	if s == "" {
		return nil
	}
	return h.Span(h.Class("w-vh"), g.Text(s))
}

// aria is an aria-… attribute, absent when empty.
func aria(name, value string) g.Node {
	if value == "" {
		return nil
	}
	return g.Attr("aria-"+name, value)
}
