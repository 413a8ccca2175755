package access

import (
	"context"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// usersPage lists the people.
func usersPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "access.user.list", screen.ListOptions{
		Record: "user", Columns: []string{"name", "login", "function", "unit", "phone", "state"},
		Empty: &ui.Empty{
			Icon: ui.IconUsers, Title: v.Say("page.access.users_empty"), Text: v.Say("page.access.users_empty.text"),
			Actions: v.Button("access.user.add", ui.IconUserAdd),
		},
	})
	return ui.Page{Body: v.Env.List(l), Actions: filled(v.Button("access.user.add", ui.IconUserAdd))}, err
}

// userFile is all that is shown of a person.
type userFile struct {
	v         *screen.View
	user      User
	grants    []GrantRow
	sessions  []Session
	conflicts []HeldConflict
	units     map[op.ID]string
}

// readUser reads what the viewer may see of a person, each list once.
func readUser(ctx context.Context, v *screen.View, id string) (*userFile, error) {
	f := &userFile{v: v}
	var err error
	if f.user, err = screen.Fetch[User](ctx, v, "access.user.show", "id", id); err != nil {
		return nil, err
	}
	if v.May("access.grant.list") {
		if f.grants, _, err = screen.Rows[GrantRow](ctx, v, "access.grant.list", page.LimitMax, "user", id); err != nil {
			return nil, err
		}
	}
	if v.May("access.session.list") {
		if f.sessions, _, err = screen.Rows[Session](ctx, v, "access.session.list", SessionsMax, "user", id); err != nil {
			return nil, err
		}
	}
	if v.May("access.conflict.list") {
		if f.conflicts, _, err = screen.Rows[HeldConflict](ctx, v, "access.conflict.list", page.LimitMax, "user", id); err != nil {
			return nil, err
		}
	}
	ids := []op.ID{f.user.Unit}
	for _, grant := range f.grants {
		ids = append(ids, grant.Unit)
	}
	for _, c := range f.conflicts {
		ids = append(ids, c.Unit)
	}
	f.units, err = v.Labels(ctx, "unit", ids)
	return f, err
}

// personPage is one person: who it is, what he may do, where he is signed in.
func personPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	f, err := readUser(ctx, v, v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, "user", f.user.ID)
	if err != nil {
		return ui.Page{}, err
	}
	u := f.user
	left := g.Group{conflictNotice(v, f.conflicts, f.units), f.grantsPanel(), history}
	right := g.Group{f.identityPanel(), f.sessionsPanel()}
	return ui.Page{
		Title: u.Name, Code: u.Login, Sub: g.Text(joinDots(u.Function, f.units[u.Unit])), Back: v.Href("/access/users"), Actions: f.actions(),
		Crumbs: []ui.Link{{Label: v.Say("page.access.users"), Href: v.Href("/access/users")}, {Label: u.Name}},
		Body:   v.Columns("8-4", left, right),
	}, nil
}

// joinDots joins what is there.
func joinDots(parts ...string) string {
	out := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if out != "" {
			out += " · "
		}
		out += p
	}
	return out
}

// actions are what may be done with a person; giving a role is the main one.
func (f *userFile) actions() []ui.Button {
	v, u, id := f.v, f.user, f.user.ID.String()
	if u.State == Left {
		return nil
	}
	all := v.Button("access.user.update", ui.IconEdit, "id", id)
	if int64(u.ID) != v.Actor.UserID {
		if u.State == Active {
			all = append(all, v.Button("access.user.reset_password", ui.IconKey, "id", id)...)
			all = append(all, v.Button("access.user.lock", ui.IconLock, "id", id)...)
		} else {
			all = append(all, v.Button("access.user.unlock", ui.IconRefresh, "id", id)...)
		}
		all = append(all, v.Button("access.user.leave", ui.IconLogout, "id", id)...)
		if u.State == Active {
			all = append(all, filled(v.Button("access.grant.add", ui.IconPlus, "user", id))...)
		}
	}
	for i := range all {
		name := strings.TrimPrefix(all[i].Href, "/o/")
		name, _, _ = strings.Cut(name, "?")
		if key := "page.access.short." + name; v.Texts.Has(key) {
			all[i].Label = v.Say(key)
		}
	}
	return all
}

// userStatus is the badge of a person's state.
func userStatus(v *screen.View, u User) ui.Status {
	s := ui.Status{Label: v.Say("enum.user_state." + string(u.State)), Tone: screen.ToneOf(string(u.State))}
	switch u.State {
	case Locked:
		s.Icon = ui.IconLock
	case Left:
		s.Icon = ui.IconLogout
	}
	return s
}

func (f *userFile) identityPanel() g.Node {
	v, u := f.v, f.user
	facts := []ui.Fact{
		{Label: v.Say("field.state"), Node: v.Badge(userStatus(v, u))},
		{Label: v.Say("field.login"), Value: u.Login, Code: true},
		{Label: v.Say("field.unit"), Value: f.units[u.Unit], Href: v.RecordHref("unit", u.Unit)},
		{Label: v.Say("field.function"), Value: u.Function},
		{Label: v.Say("field.email"), Value: u.Email},
		{Label: v.Say("field.phone"), Value: u.Phone},
		{Label: v.Say("field.lang"), Value: v.Say("enum.lang." + string(u.Lang))},
	}
	if u.Reason != "" {
		facts = append(facts[:1], append([]ui.Fact{{Label: v.Say("field.reason"), Value: u.Reason}}, facts[1:]...)...)
	}
	body := g.Group{v.Env.Facts(facts)}
	if u.MustChange {
		body = append(body, v.Env.Notice(ui.Notice{Tone: ui.Waits, Text: v.Say("page.access.must_change")}))
	}
	return v.Panel(ui.Panel{Title: v.Say("page.access.identity"), Body: body})
}

// conflictNotice says which rights held together should not be.
func conflictNotice(v *screen.View, all []HeldConflict, units map[op.ID]string) g.Node {
	if len(all) == 0 {
		return nil
	}
	text := ""
	for i, c := range all {
		if i == conflictsShown {
			text += " " + v.Say("page.access.and_more", "count", len(all)-i)
			break
		}
		text += " " + v.Say("page.access.conflict_at", "a", v.RightLabel(c.RightA), "b", v.RightLabel(c.RightB), "unit", units[c.Unit])
	}
	return v.Env.Notice(ui.Notice{Tone: ui.Wrong, Title: v.Say("page.access.conflicts", "count", len(all)), Text: text})
}

// conflictsShown is how many conflicts are told in words; the review has all.
const conflictsShown = 3

// grantsPanel are the roles held, then those to come; the ended ones fold.
func (f *userFile) grantsPanel() g.Node {
	v := f.v
	if !v.May("access.grant.list") {
		return nil
	}
	showEnded := v.Query("ended") != ""
	l := ui.List{ID: "grants", Caption: v.Say("page.access.grants"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.role")},
		{Label: v.Say("field.unit")},
		{Label: v.Say("page.access.from_to"), Kind: ui.DateColumn},
		{Label: v.Say("field.limit"), Kind: ui.AmountColumn},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
		{Label: v.Say("page.access.actions")},
	}, Empty: &ui.Empty{Icon: ui.IconKey, Title: v.Say("page.access.no_grant"), Text: v.Say("page.access.no_grant.text")}}
	ended := 0
	for _, grant := range f.grants {
		over := !grant.ValidTo.IsZero() && grant.ValidTo.Before(v.Today)
		if over {
			ended++
		}
		if !over || showEnded {
			l.Rows = append(l.Rows, f.grantRow(grant, over))
		}
	}
	panel := ui.Panel{Title: v.Say("page.access.grants"), Body: v.Env.List(l), Flush: true}
	if ended > 0 {
		key, turn := "page.access.show_ended", "1"
		if showEnded {
			key, turn = "page.access.hide_ended", ""
		}
		panel.Links = []ui.Link{{Label: v.Say(key, "count", ended), Href: v.Href(v.Request.URL.Path, "ended", turn)}}
	}
	return v.Panel(panel)
}

func (f *userFile) grantRow(grant GrantRow, over bool) ui.Row {
	v := f.v
	status := standing(v, grant.GrantFacts)
	row := ui.Row{Cells: []ui.Cell{
		{Text: grant.RoleName, Sub: grant.Reason, Href: v.RecordHref("role", grant.Role)},
		{Text: f.units[grant.Unit], Href: v.RecordHref("unit", grant.Unit)},
		periodCell(v, grant.GrantFacts),
		{Text: limitText(grant.Limit)},
		{Status: &status, Sub: grant.EndReason},
		{},
	}}
	if !over {
		row.Cells[5].Node = quiet(v, "access.grant.end", ui.IconBan, "id", grant.ID.String(), "version", strconv.FormatInt(grant.Version, 10))
	}
	return row
}

// periodCell is the first day of a grant above its last one.
func periodCell(v *screen.View, f GrantFacts) ui.Cell {
	last := v.Say("page.access.no_end")
	if !f.ValidTo.IsZero() {
		last = v.Say("page.access.until", "date", f.ValidTo)
	}
	return ui.Cell{Text: f.ValidFrom.French(), Sub: last}
}

func (f *userFile) sessionsPanel() g.Node {
	v := f.v
	if !v.May("access.session.list") {
		return nil
	}
	return sessionsPanel(v, f.sessions, "access.session.revoke")
}

// sessionsPanel lists sessions with the way to end each by an operation.
func sessionsPanel(v *screen.View, sessions []Session, revoke string) g.Node {
	events := make([]ui.Event, 0, len(sessions))
	for _, s := range sessions {
		e := ui.Event{When: v.Say("page.access.seen", "at", s.SeenAt), Title: browserOf(v, s.Agent), Who: s.Address, Icon: ui.IconScreen}
		if s.Current {
			e.Tone, e.Text = ui.Settled, v.Say("page.access.this_session")
		} else {
			e.Body = poster(v, revoke, ui.IconLogout, v.Say("page.access.revoke_confirm"), "id", s.ID.String())
		}
		events = append(events, e)
	}
	p := ui.Panel{Title: v.Say("page.access.sessions"), Sub: v.Say("page.access.sessions_open", "count", len(sessions)), Body: v.Timeline(events)}
	if len(events) == 0 {
		p.Body = g.Text(v.Say("page.access.no_session"))
	}
	return v.Panel(p)
}

// browserOf names the browser and the system of a session.
func browserOf(v *screen.View, agent string) string {
	first := func(marks ...string) string {
		for i := 0; i+1 < len(marks); i += 2 {
			if strings.Contains(agent, marks[i]) {
				return marks[i+1]
			}
		}
		return ""
	}
	browser := first("Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari")
	system := first("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	if browser == "" {
		return v.Say("page.access.other_browser")
	}
	return joinDots(browser, system)
}
