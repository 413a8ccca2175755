package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Frame is what surrounds every page of a signed-in person. Delivery builds it
// once per request: it holds only what the person may do.
type Frame struct {
	// Home is the address behind the mark; "/" when empty.
	Home string
	// Nav is the navigation by work.
	Nav []NavItem
	// Search is the one search box; no Action, no box.
	Search Search
	// Scopes are the pickers of unit, period or date.
	Scopes []Scope
	// Notices leads to what waits; no Href, no bell.
	Notices Notices
	// User is the person and the menu of the account.
	User User
	// Foot is the small line at the end of the page: version, node, environment.
	Foot string
	// LoginPath is where a session starts again; the script leads there, in
	// another tab, when the session ended while a form was being filled.
	LoginPath string
}

// NavItem is one place of work.
type NavItem struct {
	// Label of the place.
	Label string
	// Href of its first page.
	Href string
	// Icon of the place.
	Icon Icon
	// Count is the work that waits there; 0 shows nothing.
	Count int
	// Current is true for the place of this page.
	Current bool
	// Key is the letter typed after "g" to go there.
	Key string
}

// Search is the search box of the top bar.
type Search struct {
	// Action is the page of the results; the words go in "q".
	Action string
	// Value is what was searched, on the page of the results.
	Value string
	// Placeholder names what can be found.
	Placeholder string
	// Suggest is an endpoint that answers [Env.SearchResults] while typing; may be empty.
	Suggest string
}

// Scope is one picker of the top bar: the unit, the period, the date.
type Scope struct {
	// ID is unique in the frame.
	ID string
	// Icon of the picker.
	Icon Icon
	// Label says what is picked: Unité, Période.
	Label string
	// Value is what is picked now.
	Value string
	// Choices are links, the current one marked.
	Choices []Choice
	// Panel stands above the choices: a field, a small form.
	Panel g.Node
}

// Choice is one line of a menu.
type Choice struct {
	// Label of the line.
	Label string
	// Sub is a second, muted text.
	Sub string
	// Href of the line.
	Href string
	// Current marks the line that holds now.
	Current bool
}

// Notices is the bell of the top bar.
type Notices struct {
	// Href is the page of what waits.
	Href string
	// Count of unread ones.
	Count int
}

// User is the person who is signed in.
type User struct {
	// Name is the name shown.
	Name string
	// Role is the function, muted.
	Role string
	// Menu are the pages of the account.
	Menu []Link
	// Logout is the address a sign-out posts to.
	Logout string
}

// Page is the part that changes from one page to the next.
type Page struct {
	// Title is the heading and the title of the window.
	Title string
	// Code follows the title in monospace: a number, a code.
	Code string
	// Sub is the muted line beside the title.
	Sub g.Node
	// Crumbs lead from the organisation to here; the last one is this page.
	Crumbs []Link
	// Actions stand at the end of the title line, the main one last and filled.
	Actions []Button
	// Flash are the outcomes of the last action.
	Flash []Notice
	// Body is the content.
	Body g.Node
	// Print is the header of the paper version.
	Print Print
	// Back is where Escape leads; may be empty.
	Back string
	// Anew says, of a part that was asked for by itself, that the page around it has
	// changed too: the browser loads the page again.
	Anew bool
}

// Print is what a paper version carries besides the page.
type Print struct {
	// Unit is the unit that prints.
	Unit string
	// Params are the bounds and filters in force.
	Params string
	// Number is the number of the state; may be empty.
	Number string
	// By is who printed it and when.
	By string
}

// Shell is a whole page in its frame.
func (e Env) Shell(f Frame, p Page) g.Node {
	return e.document(p.Title, "page", f.LoginPath,
		h.A(h.Class("w-skip"), h.Href("#main"), g.Text(e.t("ui.skip"))),
		h.Div(h.Class("w-shell"),
			e.nav(f),
			h.Div(h.Class("w-body"),
				e.topBar(f),
				e.main(p),
				h.Footer(h.Class("w-foot"), g.Text(f.Foot)))),
		e.helpDialog(f), e.confirmDialog(), e.liveRegion())
}

// Bare is a page without frame: sign-in, first start, public error.
type Bare struct {
	// Title is the heading and the title of the window.
	Title string
	// Sub says where one is: the name of the office, the environment.
	Sub string
	// Flash are the outcomes of the last action.
	Flash []Notice
	// Body is the content.
	Body g.Node
	// Foot is a muted line under the card.
	Foot string
	// Login marks the sign-in page for the script.
	Login bool
}

// Bare draws a page without frame.
func (e Env) Bare(b Bare) g.Node {
	kind := "bare"
	if b.Login {
		kind = "login"
	}
	return e.document(b.Title, kind, "",
		h.A(h.Class("w-skip"), h.Href("#main"), g.Text(e.t("ui.skip"))),
		h.Main(h.Class("w-bare"), h.ID("main"), h.TabIndex("-1"),
			h.Div(h.Class("w-bare-brand"), e.logo(), h.Span(g.Text("wasl"))),
			h.Div(h.Class("w-bare-card"),
				h.H1(g.Text(b.Title)), text(h.P, "w-sub", b.Sub),
				g.Map(b.Flash, e.Notice), b.Body),
			text(h.P, "w-sub w-bare-foot", b.Foot)),
		e.confirmDialog(), e.liveRegion())
}

// htmxConfig keeps htmx inside the policy: no indicator styles, no history of
// its own (the browser's is right), nothing swapped on an error answer.
const htmxConfig = `{"includeIndicatorCSS":false,"history":false,"noSwap":[204,304,"4xx","5xx"],"defaultTimeout":15000}`

func (e Env) document(title, kind, login string, body ...g.Node) g.Node {
	return h.Doctype(h.HTML(h.Lang(e.lang()), h.Dir(e.dir()), unless(e.Prefs.Theme == "", g.Attr("data-theme", e.Prefs.Theme)),
		when(e.Prefs.NavFolded, g.Attr("data-nav", "folded")),
		h.Head(h.Meta(h.Charset("utf-8")), h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.TitleEl(g.Text(title+" · wasl")),
			h.Meta(h.Name("htmx-config"), h.Content(htmxConfig)),
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.Link(h.Rel("icon"), h.Href(e.Assets.URL("logo.svg")), h.Type("image/svg+xml")),
			h.Link(h.Rel("stylesheet"), h.Href(e.Assets.URL("wasl.css"))),
			h.Script(h.Src(e.Assets.URL("wasl.js")), h.Defer())),
		h.Body(append([]g.Node{
			g.Attr("data-w-page", kind), unless(login == "", g.Attr("data-w-login", login)),
			g.Attr("data-w-expired", e.t("ui.session_expired")), g.Attr("data-w-offline", e.t("ui.offline")),
			unless(login == "", g.Attr("data-w-login-words", e.t("ui.login_again"))), g.Attr("data-w-sending", e.t("ui.sending")),
		}, body...)...)))
}

func (e Env) logo() g.Node {
	return h.Img(h.Class("w-logo"), h.Src(e.Assets.URL("logo.svg")), h.Alt(""), h.Width("20"), h.Height("20"))
}

func (e Env) nav(f Frame) g.Node {
	home := f.Home
	if home == "" {
		home = "/"
	}
	expanded := "true"
	if e.Prefs.NavFolded {
		expanded = "false"
	}
	return h.Nav(h.Class("w-nav"), aria("label", e.t("ui.nav")),
		h.A(h.Class("w-brand"), href(home), aria("label", "wasl"), e.logo(), h.Span(h.Class("w-nav-label"), g.Text("wasl"))),
		h.Ul(g.Map(f.Nav, func(n NavItem) g.Node { return h.Li(e.navItem(n)) })),
		h.Button(h.Class("w-nav-fold"), h.Type("button"), g.Attr("data-w-fold"), g.Attr("aria-expanded", expanded),
			aria("label", e.t("ui.nav_fold")), e.icon(IconFold, "w-i-flip"),
			h.Span(h.Class("w-nav-label"), g.Attr("aria-hidden", "true"), g.Text(e.t("ui.fold")))))
}

func (e Env) navItem(n NavItem) g.Node {
	return h.A(href(n.Href), h.Title(n.Label), when(n.Current, g.Attr("aria-current", "page")),
		unless(n.Key == "", g.Attr("data-w-go", n.Key)), e.icon(n.Icon),
		h.Span(h.Class("w-nav-label"), g.Text(n.Label)),
		g.Iff(n.Count > 0, func() g.Node {
			return h.Span(h.Class("w-nav-count"), g.Text(Number(n.Count)), hidden(" "+e.t("ui.waiting")))
		}))
}

func (e Env) main(p Page) g.Node {
	return h.Main(h.Class("w-main"), h.ID("main"), h.TabIndex("-1"), unless(p.Back == "", g.Attr("data-w-back", safeURL(p.Back))),
		e.printHead(p), e.Crumbs(p.Crumbs),
		h.Div(h.Class("w-title"),
			h.H1(g.Text(p.Title), g.Iff(p.Code != "", func() g.Node { return g.Group{g.Text(" "), Code(p.Code)} })),
			g.Iff(p.Sub != nil, func() g.Node { return h.Div(h.Class("w-sub"), p.Sub) }),
			e.buttons("w-actions", p.Actions)),
		h.Div(h.ID("w-flash"), g.Map(p.Flash, e.Notice)),
		p.Body)
}

// Crumbs draws the path to the current page, the last element being the page itself.
func (e Env) Crumbs(all []Link) g.Node {
	if len(all) == 0 {
		return nil
	}
	items := g.Group{}
	for i, l := range all {
		last := i == len(all)-1
		if last {
			l.Href = ""
		}
		items = append(items, h.Li(when(last, g.Attr("aria-current", "page")), unless(i == 0, e.icon(IconChevronEnd, "w-i-flip")), e.link(l)))
	}
	return h.Nav(h.Class("w-crumbs"), aria("label", e.t("ui.crumbs")), h.Ol(items))
}

func (e Env) printHead(p Page) g.Node {
	return h.Div(h.Class("w-print"), g.Attr("aria-hidden", "true"), h.Strong(g.Text(p.Print.Unit)), h.Span(g.Text(p.Print.Params)),
		h.Span(g.Text(p.Print.By)), g.Iff(p.Print.Number != "", func() g.Node { return Code(p.Print.Number) }))
}

func itoa(n int) string { return strconv.Itoa(n) }
