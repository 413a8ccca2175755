package access

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// grantPanel asks what a grant would change, says it, and then asks for it. The
// unit of the grant is "at" in the address, where "unit" is that of the page.
func (a *matrixAsk) grantPanel(ctx context.Context) (g.Node, error) {
	v := a.v
	if !v.May("access.grant.preview") {
		return nil, nil
	}
	f, err := a.askForm(ctx)
	if err != nil {
		return nil, err
	}
	panel := ui.Panel{ID: "grant", Title: v.Say("page.access.if_granted"), Focus: true}
	if v.Query("role") == "" || v.Query("at") == "" || a.user == 0 {
		panel.Body = v.Form(f)
		return v.Panel(panel), nil
	}
	in := a.grantInput()
	preview, err := screen.Fetch[GrantPreview](ctx, v, "access.grant.preview", in...)
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return nil, err
		}
		message, _ := v.Texts.Error(err)
		for _, field := range fault.As(err).Fields {
			message, _ = v.Texts.Error(fault.New(fault.Invalid, field.Code, pairsOf(field.Args)...))
		}
		f.Errors = []string{message}
		panel.Body = v.Form(f)
		return v.Panel(panel), nil
	}
	body, err := a.effect(ctx, preview, in)
	if err != nil {
		return nil, err
	}
	panel.Body = body
	if len(preview.Conflicts) > 0 {
		panel.Status = &ui.Status{Tone: ui.Wrong, Label: v.Say("page.access.conflict_count", "count", len(preview.Conflicts))}
	}
	if preview.Second {
		panel.Foot = g.Text(v.Say("form.four_eyes"))
	}
	return v.Panel(panel), nil
}

func pairsOf(args fault.Args) []any {
	out := make([]any, 0, 2*len(args))
	for name, value := range args {
		out = append(out, name, value)
	}
	return out
}

// grantInput is the grant asked about, as an operation takes it.
func (a *matrixAsk) grantInput() []string {
	v := a.v
	return []string{
		"user", idText(a.user), "role", v.Query("role"), "unit", v.Query("at"), "valid_from", v.Query("from"), "valid_to", v.Query("to"), "limit", v.Query("limit"),
	}
}

// askForm is the question: who, which role, where, from when to when, up to what.
func (a *matrixAsk) askForm(ctx context.Context) (ui.Form, error) {
	v := a.v
	roles, err := a.roleOptions(ctx)
	if err != nil {
		return ui.Form{}, err
	}
	shown, err := v.Label(ctx, "user", a.user)
	if err != nil {
		return ui.Form{}, err
	}
	at, err := a.unitShown(ctx)
	if err != nil {
		return ui.Form{}, err
	}
	hidden := []ui.Pair{}
	for _, name := range []string{"module", "read", "open", "search", "on", "unit"} {
		if value := v.Query(name); value != "" {
			hidden = append(hidden, ui.Pair{Name: name, Value: value})
		}
	}
	return ui.Form{
		ID: "ask", Action: "/access/matrix", Method: "get", Hidden: hidden, Submit: v.Say("page.access.ask"), SubmitIcon: ui.IconEye,
		Sets: []ui.FieldSet{{Fields: []ui.Field{
			{
				Name: "user", Label: v.Say("page.access.person"), Kind: ui.PickField, Required: true, Value: idText(a.user), Shown: shown,
				Source: v.Href("/pick/access.user.list"),
			},
			{Name: "role", Label: v.Say("field.role"), Kind: ui.EnumField, Value: v.Query("role"), Options: roles},
			{
				Name: "at", Label: v.Say("page.access.where"), Kind: ui.PickField, Required: true, Value: v.Query("at"), Shown: at,
				Source: v.Href("/pick/org.unit.list"),
			},
			{Name: "from", Label: v.Say("page.access.first_day"), Kind: ui.DateField, Value: v.Query("from")},
			{Name: "to", Label: v.Say("page.access.last_day"), Kind: ui.DateField, Value: v.Query("to")},
			{Name: "limit", Label: v.Say("page.access.limit"), Kind: ui.AmountField, Unit: v.Say("unit.dh"), Value: v.Query("limit")},
		}}},
	}, nil
}

func (a *matrixAsk) unitShown(ctx context.Context) (string, error) {
	return a.v.Label(ctx, "unit", idIn(a.v.Query("at")))
}

func (a *matrixAsk) roleOptions(ctx context.Context) ([]ui.Option, error) {
	if !a.v.May("access.role.list") {
		return nil, nil
	}
	rows, _, err := screen.Rows[RoleRow](ctx, a.v, "access.role.list", page.LimitMax)
	options := make([]ui.Option, 0, len(rows))
	for _, r := range rows {
		options = append(options, ui.Option{Value: r.ID.String(), Label: r.Name})
	}
	return options, err
}

// effect says what would change and offers to ask for it.
func (a *matrixAsk) effect(ctx context.Context, p GrantPreview, in []string) (g.Node, error) {
	v := a.v
	facts, units, err := a.asked(ctx, p)
	if err != nil {
		return nil, err
	}
	changes := []ui.Event{
		{Icon: ui.IconPlus, Title: v.Say("page.access.gained", "count", len(p.Gained)), Text: someRights(v, p.Gained)},
		{Icon: ui.IconTree, Title: v.Say("page.access.covered", "count", p.Units)},
	}
	if len(p.Held) > 0 {
		changes = append(changes, ui.Event{Icon: ui.IconCheck, Title: v.Say("page.access.held", "count", len(p.Held))})
	}
	body := g.Group{v.Env.Facts(facts)}
	for i, c := range p.Conflicts {
		if i == conflictsShown {
			body = append(body, v.Env.Notice(ui.Notice{Tone: ui.Wrong, Text: v.Say("page.access.and_more", "count", len(p.Conflicts)-i)}))
			break
		}
		body = append(body, v.Env.Notice(ui.Notice{
			Tone: ui.Wrong, Title: v.Say("page.access.conflict"),
			Text: v.Say("page.access.conflict_at", "a", v.RightLabel(c.RightA), "b", v.RightLabel(c.RightB), "unit", units[c.Unit]),
		}))
	}
	body = append(body, v.Timeline(changes))
	back := a.href("user", idText(a.user))
	if !v.May("access.grant.add") {
		return append(body, v.Env.Button(ui.Button{Label: v.Say("page.access.other"), Href: back})), nil
	}
	form := ui.Form{
		ID: "give", Action: v.OpHref("access.grant.add"), IdemKey: v.Key(), Submit: v.Say("page.access.give"), SubmitIcon: ui.IconKey, Cancel: back,
		Sets:   []ui.FieldSet{{Fields: []ui.Field{{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Rows: 2, Required: true, MaxLength: 300}}}},
		Hidden: []ui.Pair{{Name: screen.BackField, Value: back}},
	}
	if p.Second {
		form.Submit = v.Say("page.access.propose")
	}
	for i := 0; i+1 < len(in); i += 2 {
		if in[i+1] != "" {
			form.Hidden = append(form.Hidden, ui.Pair{Name: in[i], Value: in[i+1]})
		}
	}
	return append(body, v.Form(form)), nil
}

// asked are the terms of the grant in words, and the labels of the units concerned.
func (a *matrixAsk) asked(ctx context.Context, p GrantPreview) ([]ui.Fact, map[op.ID]string, error) {
	v := a.v
	name, err := v.Label(ctx, "user", a.user)
	if err != nil {
		return nil, nil, err
	}
	role := ""
	roles, err := a.roleOptions(ctx)
	for _, o := range roles {
		if o.Value == v.Query("role") {
			role = o.Label
		}
	}
	if err != nil {
		return nil, nil, err
	}
	at := idIn(v.Query("at"))
	ids := []op.ID{at}
	for _, c := range p.Conflicts {
		ids = append(ids, c.Unit)
	}
	units, err := v.Labels(ctx, "unit", ids)
	if err != nil {
		return nil, nil, err
	}
	from, to := v.Say("page.access.at_once"), v.Say("page.access.no_end")
	if text := v.Query("from"); text != "" {
		from = ui.Date(text)
	}
	if text := v.Query("to"); text != "" {
		to = v.Say("page.access.until", "date", ui.Date(text))
	}
	limit := v.Say("page.access.no_limit")
	if text := v.Query("limit"); text != "" {
		limit = text + ui.HardSpace + v.Say("unit.dh")
	}
	return []ui.Fact{
		{Label: v.Say("page.access.person"), Value: name, Strong: true},
		{Label: v.Say("field.role"), Value: role, Strong: true},
		{Label: v.Say("page.access.where"), Value: units[at]},
		{Label: v.Say("page.access.duration"), Value: from + ", " + to},
		{Label: v.Say("field.limit"), Value: limit},
	}, units, nil
}

// rightsShown is how many rights are named before the rest is counted.
const rightsShown = 4

// someRights names the first rights and counts the others.
func someRights(v *screen.View, rights []string) string {
	text := ""
	for i, right := range rights {
		if i == rightsShown {
			return text + " " + v.Say("page.access.and_more", "count", len(rights)-i)
		}
		text = joinDots(text, v.RightLabel(right))
	}
	return text
}
