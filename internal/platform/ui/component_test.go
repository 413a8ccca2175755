package ui

import (
	"strings"
	"testing"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

func TestShellFramesThePage(t *testing.T) {
	t.Parallel()
	env := Env{Lang: "ar", Dir: "rtl", Prefs: Prefs{Theme: "dark", NavFolded: true}}
	frame := Frame{
		Nav: []NavItem{
			{Label: "Ma journée", Href: "/", Icon: IconSun, Count: 1204, Current: true, Key: "j"},
			{Label: "États", Href: "/etats", Icon: IconReport},
		},
		Search: Search{Action: "/recherche", Value: "kas", Suggest: "/suggestions"},
		Scopes: []Scope{{ID: "u", Icon: IconBuilding, Label: "Unité", Value: "Béni Mellal", Choices: []Choice{
			{Label: "A", Href: "/?u=A", Current: true},
			{Label: "B", Href: "/?u=B"},
		}}},
		User: User{Name: "N. Berrada", Role: "cheffe", Logout: "/sortir"}, Notices: Notices{Href: "/avis", Count: 3}, LoginPath: "/entrer",
	}
	page := Page{Title: "Titre", Code: "KT", Crumbs: []Link{{Label: "Tadla", Href: "/t"}, {Label: "Ici", Href: "/ici"}}, Body: h.P(h.ID("body"),
		g.Text("contenu")), Back: "/avant"}
	d := parse(t, env.Shell(frame, page))
	for name, want := range map[string]string{"lang": "ar", "dir": "rtl", "data-theme": "dark", "data-nav": "folded"} {
		d.attr("html", name, want)
	}
	d.words("title", "Titre · wasl")
	d.words("h1", "Titre KT")
	d.words("nav.w-nav a[aria-current=page] .w-nav-label", "Ma journée")
	d.words("nav.w-nav .w-nav-count", "1\u202f204 ui.waiting")
	d.attr("nav.w-nav a[data-w-go=j]", "href", "/")
	d.attr("[data-w-fold]", "aria-expanded", "false")
	d.attr("form[role=search] input[name=q]", "value", "kas")
	d.attr("form[role=search] input[name=q]", "hx-get", "/suggestions")
	d.words("#u summary strong", "Béni Mellal")
	d.attr("#u a[aria-current=true]", "href", "/?u=A")
	d.attr("form.w-logout", "action", "/sortir")
	d.attr("form.w-logout", "method", "post")
	d.attr("a.w-bell", "href", "/avis")
	d.attr("body", "data-w-login", "/entrer")
	d.attr("main", "data-w-back", "/avant")
	d.count(".w-crumbs a", 1)
	d.words(".w-crumbs [aria-current=page]", "Ici")
	d.count("main #body", 1)
	d.count("[data-w-theme=dark][aria-pressed=true]", 1)
	d.count("[data-w-theme][aria-pressed=true]", 1)
	d.count("dialog#w-help, dialog#w-confirm", 2)
	d.attr("meta[name=htmx-config]", "content", htmxConfig)
}

func TestShellShowsOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Shell(Frame{}, Page{Title: "T"}))
	d.count("form, .w-bell, .w-user, .w-scope, .w-crumbs, .w-actions:not(dialog .w-actions), nav.w-nav li", 0)
	d.attr("a.w-brand", "href", "/")
	d.attr("html", "dir", "ltr")
	if hasAttr(d.one("html"), "data-theme") {
		t.Error("without a choice the page follows the system")
	}
}

func TestBareMarksTheLogin(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Bare(Bare{Title: "Se connecter", Login: true, Flash: []Notice{{Tone: Wrong, Title: "Refusé."}}}))
	d.attr("body", "data-w-page", "login")
	d.words("[role=alert]", "Refusé.")
	parse(t, bareEnv().Bare(Bare{Title: "x"})).attr("body", "data-w-page", "bare")
}

func TestButtons(t *testing.T) {
	t.Parallel()
	env := bareEnv()
	d := parse(t, env.Button(Button{Label: "Voir", Href: "/v", Primary: true, Key: "V"}))
	d.attr("a.w-btn.w-btn-primary", "href", "/v")
	d.attr("a", "data-w-key", "V")
	d.words("kbd", "V")
	d = parse(t, env.Button(Button{Label: "Révoquer", Post: "/r", IdemKey: "k", Hidden: []Pair{{"id", "4"}}, Confirm: "Révoquer la session ?", Danger: true}))
	d.attr("form", "action", "/r")
	d.attr("form", "method", "post")
	d.attr("input[name=_key]", "value", "k")
	d.attr("input[name=id]", "value", "4")
	d.attr("button", "data-w-confirm", "Révoquer la session ?")
	d.count("button.w-btn-danger[data-w-danger]", 1)
	d = parse(t, env.Button(Button{Label: "Plus tard", Href: "/x", Disabled: true, Why: "attend un accord"}))
	d.count("a", 0)
	d.attr("button[disabled]", "title", "attend un accord")
}

func TestNoticeRoles(t *testing.T) {
	t.Parallel()
	d := parse(t, h.Div(bareEnv().Notice(Notice{Tone: Settled, Title: "Fait.", Text: "12 lignes.", Closable: true}), bareEnv().Notice(Notice{
		Tone: Wrong,
		Text: "Refusé.",
	})))
	d.words("[role=status] .w-notice-text", "Fait. 12 lignes.")
	d.attr("[role=status] button", "aria-label", "ui.close")
	d.words("[role=alert] .w-notice-text", "Refusé.")
	d.count("[role=alert] button, [role=alert] strong", 0)
}

func TestStateIsIconWordAndTint(t *testing.T) {
	t.Parallel()
	icons := map[string]bool{}
	for _, tone := range []Tone{Neutral, Action, Wrong, Waits, Settled} {
		d := parse(t, bareEnv().Badge(Status{Tone: tone, Label: "mot"}))
		d.words(".w-badge", "mot")
		use := attrOf(d.one("svg[aria-hidden=true] use"), "href")
		if icons[use] {
			t.Errorf("two tones share the icon %s", use)
		}
		icons[use] = true
	}
	parse(t, bareEnv().Badge(Status{Tone: Wrong, Icon: IconLock, Label: "x"})).count("use[href$='#lock']", 1)
}

func TestFacts(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Facts([]Fact{{Label: "A", Value: "x", Code: true}, {Label: "B"}, {
		Label: "C", Value: "9", Number: true, Strong: true, Href: "/c",
		Rule: true, Explain: &Explain{About: "C", Body: g.Text("3 × 3")},
	}}))
	d.words("dl > div:nth-child(1) bdi.w-code", "x")
	d.words("dl > div:nth-child(2) dd", Dash)
	d.attr("dl > div.w-rule dd strong a", "href", "/c")
	d.words("dl > div.w-rule details .w-explain-body", "3 × 3")
	d.words("dl > div.w-rule summary .w-vh", "ui.explain")
}

func TestBarsDrawWithoutStyle(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Bars("b", []Bar{{Label: "a", Part: 2500, Value: "1"}, {Label: "b", Part: 99999, Value: "2", Wrong: true}, {
		Label: "c", Part: -1,
		Value: "3",
	}}))
	for i, want := range []string{"2500", "10000", "0"} {
		if got := attrOf(d.all("rect.w-bar-fill")[i], "width"); got != want {
			t.Errorf("bar %d is %s long, want %s", i, got, want)
		}
	}
	d.count(".w-bar-wrong", 1)
}

func TestTimelineAndDiff(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 7, 5, 0, 0, time.UTC)
	d := parse(t, bareEnv().Timeline([]Event{
		{At: at, Title: "Créé", Who: "Z. Alami", Tone: Settled, Body: bareEnv().Diff("c", []Change{{Label: "Nom", Before: "a", After: "b"}, {
			Label: "Code",
			After: "K",
		}, {Label: "X", Before: "s", After: "s", Same: true}})},
		{When: "hier", Title: "Vu", Href: "/vu"},
	}))
	d.count("ol.w-timeline > li", 2)
	d.attr("li:first-child time", "datetime", "2026-11-22T07:05:00Z")
	d.words("li:first-child .w-event-line .w-sub", "22/11/2026 07:05 · Z. Alami")
	d.words("li:nth-child(2) .w-sub", "hier")
	d.count("del", 2)
	d.count("ins", 2)
	d.words("tr:nth-child(2) del", Dash)
	d.count("tr.w-same del, tr.w-same ins", 0)
}

func TestSteps(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Steps("Import", []Step{{Label: "Un", State: Settled}, {Label: "Deux", State: Action, Sub: []string{"3 sur 9"}}, {Label: "Trois"}}))
	d.words("li[aria-current=step] strong", "Deux")
	d.words("li[aria-current=step] .w-step-mark", "2")
	d.words("li:first-child .w-vh", "ui.step.settled")
	d.words("li:last-child .w-vh", "ui.step.later")
	d.count("li:first-child svg", 1)
}

func TestProgress(t *testing.T) {
	t.Parallel()
	p := Progress{ID: "p", Label: "Import", Done: 1843, Total: 3291, Rate: "41/s", Remaining: "reste 35 s", Poll: "/jobs/1", Status: Status{
		Tone:  Action,
		Label: "En cours",
	}}
	d := parse(t, bareEnv().Progress(p))
	d.attr("#p", "hx-get", "/jobs/1")
	d.attr("#p", "hx-trigger", "every 2s")
	d.attr("#p", "hx-swap", "outerHTML")
	d.attr("progress", "max", "3291")
	d.attr("progress", "value", "1843")
	d.words("#p p", "1\u202f843 / 3\u202f291 · 41/s · reste 35 s")
	p.Poll, p.Total = "", 0
	d = parse(t, bareEnv().Progress(p))
	if n := d.one("progress"); hasAttr(n, "value") || hasAttr(d.one("#p"), "hx-get") {
		t.Error("an unknown total has no value, and a finished work is not asked again")
	}
	p.Total, p.Done = 5, 9
	parse(t, bareEnv().Progress(p)).attr("progress", "value", "5")
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	m := Matrix{
		ID: "m", Caption: "Qui peut quoi", Corner: "Personne", TotalLabel: "Total", Totals: []string{"1", "2"},
		Groups: []MatrixGroup{{Label: "G1", Columns: []MatrixColumn{{Label: "a"}, {Label: "b", Href: "/b"}}}, {Label: "G2", Columns: []MatrixColumn{{Label: "c"}}}},
		Rows: []MatrixRow{
			{Label: "N", Sub: "cheffe", Href: "/n", Current: true, Cells: []*MatrixCell{nil, {
				Letter: "A", Level: 1, Under: "500", Meaning: "agence, 500 DH",
				Href: "/d",
			}}},
			{Label: "S", Cells: []*MatrixCell{{Letter: "C", Conflict: true, Meaning: "conflit"}, {Pending: true, Under: "04/12", Meaning: "demandé"}, {
				Letter: "R",
				Level:  2,
			}, {Letter: "trop"}}},
		},
		Legend: []MatrixMark{{Cell: MatrixCell{Letter: "C", Meaning: "x"}, Text: "centre"}}, Note: "note",
	}
	d := parse(t, bareEnv().Matrix(m))
	d.attr("th[scope=colgroup]:nth-child(2)", "colspan", "2")
	d.count("thead tr:last-child th[scope=col]", 3)
	d.count("tbody tr:first-child td", 3)
	d.count("tbody tr:last-child td", 3)
	d.count("tfoot td", 3)
	d.words("tbody tr[aria-current] th a", "N")
	d.words("a.w-cell.w-cell-1 .w-vh", "agence, 500 DH")
	d.attr("a.w-cell", "href", "/d")
	d.words("a.w-cell .w-cell-top[aria-hidden=true]", "A")
	d.words("tbody .w-cell-conflict .w-vh", "conflit")
	d.words("tbody .w-cell-pending .w-vh", "demandé")
	d.words("tbody .w-cell-2", "R")
	d.words(".w-legend li:first-child", "Ccentre")
	d.count(".w-legend .w-vh", 0)
	d.attr("[role=region]", "tabindex", "0")
	d.count("td.w-start", 6)
}

func TestTree(t *testing.T) {
	t.Parallel()
	tree := Tree{ID: "t", Label: "Organisation", Nodes: []TreeNode{{
		ID: "r", Label: "Racine", Href: "/r", Open: true, Children: []TreeNode{
			{ID: "a", Label: "A", Href: "/a", Current: true, Match: true},
			{ID: "b", Label: "B", Href: "/b", Lazy: "/b/enfants", Open: true},
			{ID: "c", Label: "C", Href: "/c", Muted: true, Children: []TreeNode{{ID: "d", Label: "D", Href: "/d"}}},
		},
	}}}
	d := parse(t, bareEnv().Tree(tree))
	d.attr("ul[role=tree]", "aria-label", "Organisation")
	d.count("[role=treeitem]", 5)
	d.attr("a[href='/r']", "aria-expanded", "true")
	d.attr("a[href='/r']", "aria-level", "1")
	d.attr("a[href='/d']", "aria-level", "3")
	d.attr("a[href='/c']", "aria-expanded", "false")
	d.attr("a[href='/b']", "aria-expanded", "false")
	d.count("a[href='/a'][aria-current=true][aria-selected=true].w-match", 1)
	d.count("[aria-selected=true]", 1)
	if hasAttr(d.one("a[href='/a']"), "aria-expanded") {
		t.Error("a leaf has nothing to expand")
	}
	d.attr("[data-w-lazy]", "hx-get", "/b/enfants")
	d.attr("[data-w-lazy]", "hx-trigger", "w-expand once")
	d.count("ul[role=group][hidden]", 2)
	checkIDs(t, d)
	parse(t, h.Ul(bareEnv().TreeItems(tree.Nodes[0].Children[:1], 7))).attr("[role=treeitem]", "aria-level", "7")
}

func TestProblemSaysWhatToDo(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Problem(Problem{Happened: "Refusé.", Do: "Relire.", Reference: "8f3c", Actions: []Button{{Label: "Relire", Href: "/r"}}}))
	d.words(".w-problem-facts > div:first-child dd", "Refusé.")
	d.count(".w-problem-facts > div", 3)
	d.attr("[data-w-copy]", "data-w-copy", "8f3c")
	d.attr(".w-actions a", "href", "/r")
}

func TestSearchResultsGroupKinds(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().SearchResults([]Found{
		{Kind: "Unités", Label: "A", Href: "/a", Code: "KA"},
		{Kind: "Unités", Label: "B", Href: "/b"},
		{Kind: "Personnes", Label: "C", Href: "/c", Status: &Status{Label: "Fermé"}},
	}))
	d.count(".w-found-kind", 2)
	d.count("ul[aria-label='Unités'] li", 2)
	d.words("a[href='/a'] bdi", "KA")
	d.words("a[href='/c'] .w-badge", "Fermé")
	parse(t, bareEnv().SearchResults(nil)).words(".w-found-none", "ui.none_found")
}

func TestPanelAndFigures(t *testing.T) {
	t.Parallel()
	env := bareEnv()
	d := parse(t, env.Columns("8-4", env.Panel(Panel{
		ID: "x", Title: "Titre", Sub: "sous", Focus: true, Body: g.Text("b"), Foot: g.Text("règle"),
		Links: []Link{{Label: "Tout", Href: "/t"}},
	}),
		env.Figures("f", []Figure{{Label: "N", Value: "9", Unit: "DH", Sub: "en retard", Tone: Wrong, Href: "/n"}, {
			Label:  "E",
			Status: &Status{Label: "Provisoire"},
		}})))
	d.words("section#x.w-panel-focus h2", "Titre")
	d.attr("section#x", "aria-label", "Titre")
	d.words("section .w-panel-foot", "règle")
	d.count(".w-cols-8-4 > .w-col", 2)
	if got := textOf(d.one("a.w-figure-value")); !strings.HasPrefix(got, "9") {
		t.Errorf("the figure reads %q", got)
	}
	d.words(".w-figure-sub.w-wrong", "en retard")
	d.count(".w-figures li:last-child .w-badge", 1)
	d.count(".w-figures li:last-child .w-figure-value", 0)
}
