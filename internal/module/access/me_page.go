package access

import (
	"cmp"
	"context"
	"slices"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// mePage is one's own account: what one may do and where, sessions and tokens.
func mePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	u, err := screen.Fetch[User](ctx, v, "me.show")
	if err != nil {
		return ui.Page{}, err
	}
	rights, err := screen.Fetch[MyRights](ctx, v, "me.rights")
	if err != nil {
		return ui.Page{}, err
	}
	sessions, _, err := screen.Rows[Session](ctx, v, "me.sessions", SessionsMax)
	if err != nil {
		return ui.Page{}, err
	}
	tokens, err := tokensPanel(ctx, v)
	if err != nil {
		return ui.Page{}, err
	}
	places := placesOf(rights)
	ids := []op.ID{u.Unit}
	for _, p := range places {
		ids = append(ids, p.unit)
	}
	units, err := v.Labels(ctx, "unit", ids)
	if err != nil {
		return ui.Page{}, err
	}
	f := &userFile{v: v, user: u, units: units}
	actions := v.Button("me.password", ui.IconKey)
	for i := range actions {
		actions[i].Primary = true
	}
	return ui.Page{
		Title: u.Name, Code: u.Login, Sub: g.Text(joinDots(u.Function, units[u.Unit])), Actions: actions,
		Crumbs: []ui.Link{{Label: v.Say("place.day"), Href: v.Href("/")}, {Label: v.Say("me.title")}},
		Body:   v.Columns("8-4", g.Group{myRightsPanel(v, places, units), tokens}, g.Group{f.identityPanel(), sessionsPanel(v, sessions, "me.session_revoke")}),
	}, nil
}

// myPlace are the rights held over one unit up to one amount.
type myPlace struct {
	unit   op.ID
	limit  string
	place  MyPlace
	rights []string
}

// placesOf turns rights with their places into places with their rights: what
// one holds at the same place stands together.
func placesOf(rights MyRights) []*myPlace {
	var out []*myPlace
	for _, r := range rights.Rights {
		for _, p := range r.Places {
			limit := limitText(p.Limit)
			i := slices.IndexFunc(out, func(o *myPlace) bool { return o.unit == p.Unit && o.limit == limit })
			if i < 0 {
				i = len(out)
				out = append(out, &myPlace{unit: p.Unit, limit: limit, place: p})
			}
			if !slices.Contains(out[i].rights, r.Right) {
				out[i].rights = append(out[i].rights, r.Right)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *myPlace) int { return cmp.Compare(len(b.rights), len(a.rights)) })
	return out
}

func myRightsPanel(v *screen.View, places []*myPlace, units map[op.ID]string) g.Node {
	body := g.Group{}
	for i, p := range places {
		l := rightsList(v, "place-"+ui.Number(i), p.rights)
		l.Caption = units[p.unit]
		body = append(body, v.Panel(ui.Panel{
			Title: v.Say("page.me.place", "unit", units[p.unit]), Sub: joinDots(v.Say("page.access.rights_count", "count", len(p.rights)), limitWords(v, p.place.Limit)),
			Body: v.Env.List(l), Flush: true,
		}))
	}
	if len(body) == 0 {
		none := ui.Empty{Icon: ui.IconKey, Title: v.Say("page.me.no_right"), Text: v.Say("page.me.no_right.text")}
		return v.Panel(ui.Panel{Title: v.Say("page.me.rights"), Body: v.Env.Empty(none)})
	}
	return body
}

// tokensPanel lists one's API tokens: the good ones first.
func tokensPanel(ctx context.Context, v *screen.View) (g.Node, error) {
	rows, _, err := screen.Rows[Token](ctx, v, "me.token_list", page.LimitDefault)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "tokens", Caption: v.Say("page.me.tokens"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.name")},
		{Label: v.Say("field.expires_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.used_at"), Kind: ui.DateColumn},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
		{Label: v.Say("page.access.actions")},
	}, Empty: &ui.Empty{Icon: ui.IconKey, Title: v.Say("page.me.no_token"), Text: v.Say("page.me.no_token.text")}}
	slices.SortStableFunc(rows, func(a, b Token) int { return cmp.Compare(tokenRank(v, a), tokenRank(v, b)) })
	for _, t := range rows {
		l.Rows = append(l.Rows, tokenRow(v, t))
	}
	p := ui.Panel{Title: v.Say("page.me.tokens"), Sub: v.Say("page.me.tokens.sub"), Body: v.Env.List(l), Flush: true}
	for _, b := range v.Button("me.token_add", ui.IconPlus) {
		p.Links = append(p.Links, ui.Link{Label: b.Label, Href: b.Href, Icon: b.Icon})
	}
	return v.Panel(p), nil
}

// tokenRank is 0 for a token that is good, 1 for an expired, 2 for a revoked one.
func tokenRank(v *screen.View, t Token) int {
	switch {
	case !t.RevokedAt.IsZero():
		return 2
	case t.ExpiresOn.Before(v.Today):
		return 1
	}
	return 0
}

func tokenRow(v *screen.View, t Token) ui.Row {
	state := &ui.Status{Label: v.Say("page.me.token_good"), Tone: ui.Settled}
	about := t.Shown
	if n := len(t.Rights); n > 0 {
		about = v.Say("page.me.token_rights", "shown", t.Shown, "count", n)
	}
	row := ui.Row{Cells: []ui.Cell{{Text: t.Name, Sub: about}, {Text: t.ExpiresOn.French()}, {Text: v.Instant(t.UsedAt)}, {}, {}}}
	switch tokenRank(v, t) {
	case 1:
		state = &ui.Status{Label: v.Say("page.me.token_expired"), Icon: ui.IconHistory}
	case 2:
		state = &ui.Status{Label: v.Say("page.me.token_revoked"), Icon: ui.IconBan}
	default:
		row.Cells[4].Node = poster(v, "me.token_revoke", ui.IconBan, v.Say("page.me.token_confirm", "name", t.Name), "id", t.ID.String())
	}
	row.Cells[3].Status = state
	return row
}

// noticesPage lists what one should know, with the way to mark it as read.
func noticesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	unread := v.Query("unread")
	rows, more, err := screen.Rows[Notice](ctx, v, "me.notices", page.LimitDefault, "unread", unread)
	if err != nil {
		return ui.Page{}, err
	}
	waiting := 0
	l := ui.List{ID: "notices", Caption: v.Say("page.me.notices"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.recorded_at"), Kind: ui.DateColumn}, {Label: v.Say("page.me.notice")}, {Label: v.Say("field.read_at"), Kind: ui.DateColumn},
	}, Empty: &ui.Empty{Icon: ui.IconBell, Title: v.Say("page.me.no_notice"), Text: v.Say("page.me.no_notice.text")}}
	for _, n := range rows {
		read := ui.Cell{Text: v.Instant(n.ReadAt)}
		if n.ReadAt.IsZero() {
			waiting++
			read.Node = poster(v, "me.notice_read", ui.IconCheck, "", "id", n.ID.String())
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: v.Instant(n.RecordedAt)}, {Text: noticeText(v, n), Href: noticeHref(v, n)}, read}})
	}
	p := ui.Page{Crumbs: []ui.Link{{Label: v.Say("place.day"), Href: v.Href("/")}, {Label: v.Say("page.me.notices")}}}
	if waiting > 0 {
		p.Actions = []ui.Button{{
			Label: v.Say("page.me.read_all"), Icon: ui.IconCheck, Primary: true, Post: v.OpHref("me.notice_read"), IdemKey: v.Key(),
			Hidden: []ui.Pair{{Name: screen.BackField, Value: v.Request.URL.RequestURI()}},
		}}
	}
	panel := ui.Panel{Title: v.Say("page.me.unread", "count", waiting), Body: v.Env.List(l), Flush: true}
	key, turn := "page.me.only_unread", "true"
	if unread != "" {
		key, turn = "page.me.also_read", ""
	}
	panel.Links = []ui.Link{{Label: v.Say(key), Href: v.Href("/me/notices", "unread", turn)}}
	if more {
		panel.Foot = g.Text(v.Say("page.me.notices_more", "count", len(rows)))
	}
	p.Body = v.Panel(panel)
	return p, nil
}

// noticeText is a notice in words; the operation and the decision are said as
// people say them.
func noticeText(v *screen.View, n Notice) string {
	args := make([]any, 0, 2*len(n.Args))
	for name, value := range n.Args {
		switch {
		case name == "operation":
			value = v.Say("op." + value)
		case name == "state" && n.Kind == NoticeJob:
			value = strings.ToLower(v.Say("enum.job_state." + value))
		case name == "state":
			value = strings.ToLower(v.Say("enum.proposal_state." + value))
		}
		args = append(args, name, value)
	}
	return v.Say("page.me.notice."+string(n.Kind), args...)
}

// noticeHref is the page of a notice; only pages of the program are linked.
func noticeHref(v *screen.View, n Notice) string {
	if !strings.HasPrefix(n.Link, "/") || strings.HasPrefix(n.Link, "//") {
		return ""
	}
	return v.Href(n.Link)
}
