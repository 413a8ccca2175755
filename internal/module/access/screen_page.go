package access

import (
	"context"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Screens are the pages of people and rights (DRI-07, NORM-6), and those of
// everybody's own account.
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Administration, Title: title, Menu: menu, Right: right, Render: render}
	}
	user := page(0, "/access/users/{id}", "page.access.user", "access.user.show", personPage)
	user.Record = "user"
	role := page(0, "/access/roles/{id}", "page.access.role", "access.role.show", rolePage)
	role.Record = "role"
	return []screen.Screen{
		page(1, "/access/users", "page.access.users", "access.user.list", usersPage), user,
		page(2, "/access/matrix", "page.access.matrix", "access.matrix", matrixScreen),
		page(3, "/access/roles", "page.access.roles", "access.role.list", rolesPage), role,
		page(4, "/access/grants", "page.access.grants", "access.grant.list", grantsPage),
		page(5, "/access/review", "page.access.review", "access.review.list", reviewPage),
		{Path: "/me", Place: screen.Day, Title: "me.title", Render: mePage},
		{Path: "/me/notices", Place: screen.Day, Title: "page.me.notices", Render: noticesPage},
	}
}

// filled fills the last of some buttons.
func filled(all []ui.Button) []ui.Button {
	if len(all) > 0 {
		all[len(all)-1].Primary = true
	}
	return all
}

// poster is a button that acts at once and comes back to the page; nil when the
// person may not.
func poster(v *screen.View, name string, icon ui.Icon, confirm string, pairs ...string) g.Node {
	if !v.May(name) {
		return nil
	}
	b := ui.Button{Label: v.Say("op." + name), Icon: icon, Quiet: true, Post: v.OpHref(name), IdemKey: v.Key(), Confirm: confirm}
	if key := "page.access.short." + name; v.Texts.Has(key) {
		b.Label = v.Say(key)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		b.Hidden = append(b.Hidden, ui.Pair{Name: pairs[i], Value: pairs[i+1]})
	}
	b.Hidden = append(b.Hidden, ui.Pair{Name: screen.BackField, Value: v.Request.URL.RequestURI()})
	return v.Env.Button(b)
}

// quiet is a link to a form, without border, for the rows of a list.
func quiet(v *screen.View, name string, icon ui.Icon, pairs ...string) g.Node {
	node := g.Group{}
	for _, b := range v.Button(name, icon, pairs...) {
		b.Quiet = true
		if key := "page.access.short." + name; v.Texts.Has(key) {
			b.Label = v.Say(key)
		}
		node = append(node, v.Env.Button(b))
	}
	return node
}

// limitText is a ceiling in whole dirhams where it has no centimes; empty for none.
func limitText(limit *money.Amount) string {
	const centimes = 100
	switch {
	case limit == nil:
		return ""
	case int64(*limit)%centimes == 0:
		return ui.Number(int64(*limit) / centimes)
	}
	return ui.MoneyExact(*limit)
}

// limitWords is a ceiling with its unit, or that there is none.
func limitWords(v *screen.View, limit *money.Amount) string {
	if limit == nil {
		return v.Say("page.access.no_limit")
	}
	return ui.MoneyExact(*limit) + ui.HardSpace + v.Say("unit.dh")
}

// standing is the badge of a grant on a date.
func standing(v *screen.View, f GrantFacts) ui.Status {
	const soon = ReviewEndDays
	switch {
	case !f.ValidTo.IsZero() && f.ValidTo.Before(v.Today):
		return ui.Status{Label: v.Say("page.access.ended"), Icon: ui.IconHistory}
	case f.ValidFrom.After(v.Today):
		return ui.Status{Label: v.Say("page.access.future"), Tone: ui.Waits}
	case !f.ValidTo.IsZero() && v.Today.DaysUntil(f.ValidTo) <= soon:
		return ui.Status{Label: v.Say("page.access.ends_in", "days", v.Today.DaysUntil(f.ValidTo)), Tone: ui.Waits}
	}
	return ui.Status{Label: v.Say("page.access.current"), Tone: ui.Settled}
}

// moduleOf is the first part of a right's name.
func moduleOf(right string) string {
	module, _, _ := strings.Cut(right, ".")
	return module
}

// moduleRights are the rights of one module in words.
type moduleRights struct {
	module string
	words  []string
}

// byModule groups rights by module in the order they come, with their words.
func byModule(v *screen.View, rights []string) []moduleRights {
	var out []moduleRights
	for _, right := range rights {
		name := moduleOf(right)
		i := slices.IndexFunc(out, func(m moduleRights) bool { return m.module == name })
		if i < 0 {
			i = len(out)
			out = append(out, moduleRights{module: name})
		}
		out[i].words = append(out[i].words, v.RightLabel(right))
	}
	return out
}

// rightsList is a list of rights by module.
func rightsList(v *screen.View, id string, rights []string) ui.List {
	l := ui.List{ID: id, Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("page.access.module")}, {Label: v.Say("page.access.count"), Kind: ui.NumberColumn}, {Label: v.Say("page.access.rights")},
	}}
	for _, m := range byModule(v, rights) {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: v.Say("module." + m.module)}, {Text: ui.Number(len(m.words))}, {Text: strings.Join(m.words, " · ")},
		}})
	}
	return l
}

// idText is an id as an address says it; empty for none.
func idText(id op.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// idIn reads an id of the address; 0 when there is none.
func idIn(text string) op.ID {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return op.ID(n)
}
