package access

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// rolesPage lists the roles.
func rolesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "access.role.list", screen.ListOptions{
		Record: "role", Columns: []string{"name", "code", "description", "right_count", "holders", "retired"},
		Cell: func(column string, row any) *ui.Cell {
			if r, ok := row.(RoleRow); ok && column == "retired" {
				return &ui.Cell{Status: roleStatus(v, r.Retired)}
			}
			return nil
		},
		Empty: &ui.Empty{
			Icon: ui.IconKey, Title: v.Say("page.access.roles_empty"), Text: v.Say("page.access.roles_empty.text"),
			Actions: v.Button("access.role.add", ui.IconPlus),
		},
	})
	for i := range l.Columns {
		if l.Columns[i].Kind == ui.StatusColumn {
			l.Columns[i].Label = v.Say("field.state")
		}
	}
	return ui.Page{Sub: g.Text(v.Say("page.access.roles.sub")), Body: v.Env.List(l), Actions: filled(v.Button("access.role.add", ui.IconPlus))}, err
}

func roleStatus(v *screen.View, retired bool) *ui.Status {
	if retired {
		return &ui.Status{Label: v.Say("page.access.retired"), Icon: ui.IconBan}
	}
	return &ui.Status{Label: v.Say("page.access.in_use"), Tone: ui.Settled}
}

// rolePage is one role: its rights by module and who has it.
func rolePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	r, err := screen.Fetch[Role](ctx, v, "access.role.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	holders, err := roleHolders(ctx, v, r.ID)
	if err != nil {
		return ui.Page{}, err
	}
	history, err := v.History(ctx, "role", r.ID)
	if err != nil {
		return ui.Page{}, err
	}
	id := r.ID.String()
	var actions []ui.Button
	if !r.Retired {
		actions = append(v.Button("access.role.remove", ui.IconBan, "id", id), v.Button("access.role.update", ui.IconEdit, "id", id)...)
		actions = append(actions, filled(v.Button("access.grant.add", ui.IconPlus, "role", id))...)
	}
	rights := rightsList(v, "rights", r.Rights)
	rights.Caption = v.Say("page.access.rights")
	rights.Empty = &ui.Empty{Icon: ui.IconKey, Title: v.Say("page.access.no_right")}
	return ui.Page{
		Title: r.Name, Code: r.Code, Sub: g.Text(r.Description), Back: v.Href("/access/roles"), Actions: actions,
		Crumbs: []ui.Link{{Label: v.Say("page.access.roles"), Href: v.Href("/access/roles")}, {Label: r.Code, Code: true}},
		Body: v.Columns("8-4", g.Group{v.Panel(ui.Panel{
			Title: v.Say("page.access.rights"), Sub: v.Say("page.access.rights_count", "count", len(r.Rights)), Status: roleStatus(v, r.Retired),
			Body: v.Env.List(rights), Flush: true,
		}), history}, holders),
	}, nil
}

// roleHolders lists who has a role today.
func roleHolders(ctx context.Context, v *screen.View, role op.ID) (g.Node, error) {
	if !v.May("access.grant.list") {
		return nil, nil
	}
	rows, more, err := screen.Rows[GrantRow](ctx, v, "access.grant.list", page.LimitDefault, "role", role.String(), "on", v.Today.String())
	if err != nil {
		return nil, err
	}
	ids := make([]op.ID, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.Unit)
	}
	units, err := v.Labels(ctx, "unit", ids)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "holders", Caption: v.Say("page.access.holders"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.name")}, {Label: v.Say("page.access.from_to"), Kind: ui.DateColumn},
	}, Empty: &ui.Empty{Icon: ui.IconUsers, Title: v.Say("page.access.no_holder")}}
	for _, row := range rows {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: row.Name, Sub: units[row.Unit], Href: v.RecordHref("user", row.User)}, periodCell(v, row.GrantFacts),
		}})
	}
	p := ui.Panel{Title: v.Say("page.access.holders"), Sub: v.Say("page.access.people", "count", len(rows)), Body: v.Env.List(l), Flush: true}
	if more {
		p.Links = []ui.Link{{Label: v.Say("page.access.all"), Href: v.Href("/access/grants", "role", role.String(), "on", v.Today.String())}}
	}
	return v.Panel(p), nil
}

// grantsPage lists who holds which role, where, until when.
func grantsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "access.grant.list", screen.ListOptions{
		Record: "grant", Columns: []string{"name", "role_name", "unit", "valid_from", "valid_to", "limit", "reason", "id"},
		Cell: func(column string, row any) *ui.Cell {
			if grant, ok := row.(GrantRow); ok {
				return grantCell(v, column, grant.Grant, grant.Name, grant.RoleName)
			}
			return nil
		},
		Empty: &ui.Empty{Icon: ui.IconKey, Title: v.Say("page.access.grants_empty"), Text: v.Say("page.access.no_grant.text")},
	})
	lastColumn(v, &l)
	return ui.Page{Sub: g.Text(v.Say("page.access.grants.sub")), Body: v.Env.List(l), Actions: filled(v.Button("access.grant.add", ui.IconPlus))}, err
}

// lastColumn makes the column of the ids that of the actions.
func lastColumn(v *screen.View, l *ui.List) {
	if n := len(l.Columns); n > 0 {
		l.Columns[n-1] = ui.Column{Label: v.Say("page.access.actions")}
	}
}

// grantCell is a cell of a list of grants that is not the plain value.
func grantCell(v *screen.View, column string, grant Grant, name, role string) *ui.Cell {
	switch column {
	case "name":
		return &ui.Cell{Text: name, Href: v.RecordHref("user", grant.User)}
	case "role_name":
		return &ui.Cell{Text: role, Href: v.RecordHref("role", grant.Role)}
	case "limit":
		return &ui.Cell{Text: limitText(grant.Limit)}
	case "valid_to":
		return endCell(v, grant.GrantFacts)
	case "id":
		if !grant.ValidTo.IsZero() && grant.ValidTo.Before(v.Today) {
			return &ui.Cell{}
		}
		return &ui.Cell{Node: quiet(v, "access.grant.end", ui.IconBan, "id", grant.ID.String(), "version", strconv.FormatInt(grant.Version, 10))}
	}
	return nil
}

// endCell is the last day of a grant, with the days left when it is near.
func endCell(v *screen.View, f GrantFacts) *ui.Cell {
	if f.ValidTo.IsZero() {
		return &ui.Cell{Text: ui.Dash}
	}
	cell := &ui.Cell{Text: f.ValidTo.French()}
	left := v.Today.DaysUntil(f.ValidTo)
	if left >= 0 && left <= ReviewEndDays {
		cell.Tone, cell.Sub = ui.Waits, v.Say("page.access.ends_in", "days", left)
	}
	return cell
}

// reviewPage lists the grants somebody should look at, with the two decisions.
func reviewPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "access.review.list", screen.ListOptions{
		Record: "grant", Columns: []string{"why", "name", "role_name", "unit", "valid_to", "used_on", "reviewed_on", "id"},
		Cell: func(column string, row any) *ui.Cell {
			r, ok := row.(ReviewRow)
			switch {
			case !ok:
				return nil
			case column == "why":
				return &ui.Cell{Status: reviewStatus(v, r.Why)}
			case column == "id":
				return &ui.Cell{Node: reviewActions(v, r)}
			}
			return grantCell(v, column, r.Grant, r.Name, r.RoleName)
		},
		Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.access.review_empty"), Text: v.Say("page.access.review_empty.text")},
	})
	lastColumn(v, &l)
	l.Note = v.Say("page.access.review.note", "ending", ReviewEndDays, "unused", ReviewUnusedDays, "every", ReviewEveryDays)
	return ui.Page{Sub: g.Text(v.Say("page.access.review.sub")), Body: v.Env.List(l)}, err
}

func reviewStatus(v *screen.View, why ReviewReason) *ui.Status {
	s := &ui.Status{Label: v.Say("enum.review_reason." + string(why)), Tone: ui.Waits}
	switch why {
	case ReviewConflict:
		s.Tone = ui.Wrong
	case ReviewEnding:
		s.Icon = ui.IconClock
	case ReviewDue:
		s.Tone, s.Icon = ui.Neutral, ui.IconCalendar
	}
	return s
}

func reviewActions(v *screen.View, r ReviewRow) g.Node {
	if int64(r.User) == v.Actor.UserID {
		return nil
	}
	id, version := r.ID.String(), strconv.FormatInt(r.Version, 10)
	return g.Group{
		poster(v, "access.review.mark", ui.IconCheck, "", "id", id, "version", version),
		quiet(v, "access.grant.end", ui.IconBan, "id", id, "version", version),
	}
}
