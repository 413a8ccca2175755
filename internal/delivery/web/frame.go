package web

import (
	"context"
	"net/http"
	"time"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// zone is the zone of every instant shown: Africa/Casablanca.
func zone() *time.Location { return day.Zone() }

// place is one entry of the navigation.
type place struct {
	place screen.Place
	icon  ui.Icon
	key   string
}

// places is the navigation by work, in its order; others come with their modules.
func places() []place {
	return []place{
		{screen.Day, ui.IconSun, "j"},
		{screen.Customers, ui.IconUsers, "c"},
		{screen.Reading, ui.IconGauge, "r"},
		{screen.Billing, ui.IconInvoice, "f"},
		{screen.Collection, ui.IconCash, "e"},
		{screen.Accounting, ui.IconBook, "k"},
		{screen.Organisation, ui.IconTree, "o"},
		{screen.Administration, ui.IconSettings, "a"},
	}
}

// frame is what surrounds the page: only what the person may do.
func (s *Server) frame(ctx context.Context, x *op.Exec, v *screen.View, here screen.Place) (ui.Frame, error) {
	waiting, err := x.CountWaiting(ctx)
	if err != nil {
		return ui.Frame{}, err
	}
	unread, err := s.cfg.Unread(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return ui.Frame{}, err
	}
	f := ui.Frame{
		Search:    ui.Search{Action: "/search", Suggest: "/search/suggest", Placeholder: v.Say("search.placeholder"), Value: v.Query("q")},
		Notices:   ui.Notices{Href: "/me/notices", Count: int(unread)},
		LoginPath: "/login",
		Foot:      v.Say("frame.foot", "version", s.cfg.Version),
		User: ui.User{Name: x.Actor.Name, Role: x.Actor.Login, Logout: "/logout", Menu: []ui.Link{
			{Label: v.Say("me.title"), Href: "/me", Icon: ui.IconUser},
			{Label: v.Say("op.me.password"), Href: "/o/me.password", Icon: ui.IconKey},
		}},
	}
	for _, p := range places() {
		first := s.firstOf(v, p.place)
		if first == "" {
			continue
		}
		item := ui.NavItem{Label: v.Say("place." + string(p.place)), Href: v.Href(first), Icon: p.icon, Current: p.place == here, Key: p.key}
		if p.place == screen.Day {
			item.Count = int(waiting)
		}
		f.Nav = append(f.Nav, item)
	}
	scope, err := s.scope(ctx, x, v)
	if err != nil {
		return f, err
	}
	f.Scopes = append(f.Scopes, scope)
	return f, nil
}

// firstOf is the first page of a place the person may open.
func (s *Server) firstOf(v *screen.View, p screen.Place) string {
	best, path := 0, ""
	for _, sc := range s.cfg.Set.All() {
		if sc.Place == p && sc.Menu > 0 && (sc.Right == "" || v.May(sc.Right)) && (best == 0 || sc.Menu < best) {
			best, path = sc.Menu, sc.Path
		}
	}
	return path
}

// tabs is the menu of the place a screen belongs to; nil for a single page.
func (s *Server) tabs(v *visit, path string) g.Node {
	var own screen.Place
	for _, sc := range s.cfg.Set.All() {
		if sc.Path == path {
			own = sc.Place
		}
	}
	if own == "" {
		return nil
	}
	var tabs []ui.Tab
	for order := 1; order <= menuMax; order++ {
		for _, sc := range s.cfg.Set.All() {
			if sc.Place == own && sc.Menu == order && (sc.Right == "" || v.May(sc.Right)) {
				tabs = append(tabs, ui.Tab{Label: v.Say(sc.Title), Href: v.Href(sc.Path), Current: sc.Path == path})
			}
		}
	}
	if len(tabs) < 2 {
		return nil
	}
	return v.Tabs(v.Say("place."+string(own)), tabs)
}

// menuMax is the most pages in the menu of a place.
const menuMax = 16

// scope is the unit picker: the units the person's rights start from, and a
// search among all below them.
func (s *Server) scope(ctx context.Context, x *op.Exec, v *screen.View) (ui.Scope, error) {
	var roots []int64
	seen := map[int64]bool{}
	for _, right := range x.Rights.Names() {
		for _, root := range x.Rights.Roots(right) {
			if !seen[root.Unit] {
				seen[root.Unit] = true
				roots = append(roots, root.Unit)
			}
		}
	}
	ids := roots
	if v.Unit != 0 {
		ids = append([]int64{v.Unit}, roots...)
	}
	words, err := x.Registry().Labels(ctx, x.R, "unit", ids)
	if err != nil {
		return ui.Scope{}, err
	}
	sc := ui.Scope{ID: "scope-unit", Icon: ui.IconBuilding, Label: v.Say("scope.unit"), Value: v.Say("scope.all")}
	if v.Unit != 0 {
		sc.Value = words[v.Unit]
	}
	path := v.Request.URL.Path
	sc.Choices = append(sc.Choices, ui.Choice{Label: v.Say("scope.all"), Href: path, Current: v.Unit == 0})
	for _, id := range roots {
		if len(sc.Choices) > scopeChoices {
			break
		}
		text := op.ID(id).String()
		sc.Choices = append(sc.Choices, ui.Choice{Label: words[id], Href: path + "?unit=" + text, Current: v.Unit == id})
	}
	if v.May("org.unit.list") {
		sc.Panel = v.ScopeSearch("scope-search", v.Say("scope.search"), "/pick-unit?path="+path)
	}
	return sc, nil
}

// scopeChoices is the most units listed in the picker; the search finds the rest.
const scopeChoices = 12

// requestID is the id given by the outer handler.
func requestID(r *http.Request) string { return r.Header.Get("X-Request-Id") }
