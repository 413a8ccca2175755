package web

import (
	"context"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// CoreScreens are the pages of what the platform itself owns: the day's work,
// approvals (DRI-07, DRI-25), the audit and the outbox.
func CoreScreens() []screen.Screen {
	return []screen.Screen{
		{Path: "/", Place: screen.Day, Title: "day.title", Menu: 1, Render: dayPage},
		{Path: "/approvals", Place: screen.Day, Title: "approvals.title", Menu: 2, Render: approvalsPage},
		{Path: "/approvals/{id}", Place: screen.Day, Title: "approval.title", Record: "proposal", Render: approvalPage},
		{Path: "/audit", Place: screen.Administration, Title: "audit.title", Menu: 6, Right: "audit.entry.list", Render: auditPage},
		{Path: "/audit/{id}", Place: screen.Administration, Title: "audit.entry", Right: "audit.entry.show", Record: "entry", Render: auditEntryPage},
		{Path: "/outbox", Place: screen.Administration, Title: "outbox.title", Menu: 9, Right: "outbox.event.list", Render: outboxPage},
	}
}

// dayRows is how many lines of each list the start page shows.
const dayRows = 8

// dayPage answers "what must I do": what other modules show of the day, decisions
// waiting, own requests, long work.
func dayPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	parts := map[screen.Zone]g.Node{}
	for _, zone := range []screen.Zone{screen.Head, screen.Main, screen.Side} {
		node, err := v.PartsIn(ctx, zone, screen.DayRecord, op.ID(v.Unit))
		if err != nil {
			return ui.Page{}, err
		}
		if node != nil {
			parts[zone] = node
		}
	}
	waiting, more, err := screen.Rows[op.Proposal](ctx, v, "approval.list", dayRows, "state", string(op.Waiting), "to_decide", "true")
	if err != nil {
		return ui.Page{}, err
	}
	wide := parts[screen.Main] == nil
	toDecide, err := proposalPanel(ctx, v, "day.to_decide", waiting, more, "/approvals?state=waiting&to_decide=true", wide)
	if err != nil {
		return ui.Page{}, err
	}
	own, err := ownPanels(ctx, v, len(parts) == 0)
	if err != nil {
		return ui.Page{}, err
	}
	main, side := g.Group{toDecide}, own
	if !wide {
		main, side = g.Group{parts[screen.Main]}, append(g.Group{toDecide, parts[screen.Side]}, own...)
	} else if parts[screen.Side] != nil {
		side = append(g.Group{parts[screen.Side]}, own...)
	}
	return ui.Page{Sub: g.Text(v.Today.French()), Body: g.Group{parts[screen.Head], v.Columns("8-4", main, side)}}, nil
}

// ownPanels are what the person has asked for, and his long work; without empty ones
// where the page has other work to show.
func ownPanels(ctx context.Context, v *screen.View, empty bool) (g.Group, error) {
	all, more, err := screen.Rows[op.Proposal](ctx, v, "approval.list", dayRows)
	if err != nil {
		return nil, err
	}
	var mine []op.Proposal
	for _, p := range all {
		if int64(p.ProposerID) == v.Actor.UserID {
			mine = append(mine, p)
		}
	}
	side := g.Group{}
	if empty || len(mine) > 0 {
		own, err := proposalPanel(ctx, v, "day.mine", mine, more, "/approvals", false)
		if err != nil {
			return nil, err
		}
		side = append(side, own)
	}
	if v.May("job.mine") {
		l, err := v.List(ctx, "job.mine", screen.ListOptions{
			Bare: true, Limit: dayRows, Record: "job", Columns: []string{"operation", "state", "recorded_at"},
			Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("day.jobs_empty")},
		})
		if err != nil {
			return nil, err
		}
		if !empty && len(l.Rows) == 0 {
			return side, nil
		}
		l.Pager = ui.Pager{}
		all := []ui.Link{{Label: v.Say("day.all"), Href: v.Href("/work")}}
		side = append(side, v.Panel(ui.Panel{Title: v.Say("day.jobs"), Body: v.Env.List(l), Flush: true, Links: all}))
	}
	return side, nil
}

func proposalPanel(ctx context.Context, v *screen.View, title string, all []op.Proposal, more bool, href string, wide bool) (g.Node, error) {
	var ids, units []op.ID
	for _, p := range all {
		ids, units = append(ids, p.ProposerID), append(units, p.UnitID)
	}
	users, err := v.Labels(ctx, "user", ids)
	if err != nil {
		return nil, err
	}
	places, err := v.Labels(ctx, "unit", units)
	if err != nil {
		return nil, err
	}
	empty := &ui.Empty{Icon: ui.IconCheck, Title: v.Say(title + "_empty")}
	l := ui.List{ID: title, Caption: v.Say(title), Bare: true, Tall: true, Empty: empty, Columns: []ui.Column{
		{Label: v.Say("field.operation")}, {Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}}
	if wide {
		l.Columns = append([]ui.Column{{Label: v.Say("field.number"), Kind: ui.CodeColumn}}, l.Columns[0], ui.Column{Label: v.Say("field.unit")},
			ui.Column{Label: v.Say("field.proposed_at"), Kind: ui.DateColumn}, l.Columns[1])
	}
	for _, p := range all {
		what := ui.Cell{Text: v.Say("op." + p.Operation), Sub: users[p.ProposerID]}
		state := ui.Cell{Status: &ui.Status{Label: v.Say("enum.proposal_state." + string(p.State)), Tone: screen.ToneOf(string(p.State))}}
		cells := []ui.Cell{{Text: p.Number}, what, {Text: places[p.UnitID]}, {Text: v.Instant(p.ProposedAt)}, state}
		if !wide {
			what.Sub = strings.Join([]string{p.Number, users[p.ProposerID], places[p.UnitID]}, " · ")
			cells = []ui.Cell{what, state}
		}
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref("proposal", p.ID), Cells: cells})
	}
	panel := ui.Panel{Title: v.Say(title), Body: v.Env.List(l), Flush: true}
	if more || len(all) > 0 {
		panel.Links = []ui.Link{{Label: v.Say("day.all"), Href: v.Href(href)}}
	}
	return v.Panel(panel), nil
}

func approvalsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "approval.list", screen.ListOptions{
		Record: "proposal", Columns: []string{"number", "operation", "unit", "proposer", "proposed_at", "state", "decider", "decided_at"},
		Empty: &ui.Empty{Icon: ui.IconApprove, Title: v.Say("approvals.empty"), Text: v.Say("approvals.empty.text")},
	})
	return ui.Page{Body: v.Env.List(l)}, err
}

// approvalPage shows what is asked with its effect, and the decision.
func approvalPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	p, err := screen.Fetch[op.Proposal](ctx, v, "approval.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	changes, err := op.DecodeChanges(p.Effect)
	if err != nil {
		return ui.Page{}, err
	}
	effect, err := v.Changes(ctx, changes)
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "approval.show", p, "operation", "unit", "proposer", "channel", "proposed_at", "expires_at", "decider", "decided_at", "reason")
	if err != nil {
		return ui.Page{}, err
	}
	side := g.Group{v.Panel(ui.Panel{Title: v.Say("approval.request"), Body: v.Env.Facts(append(aboutOf(v, changes), facts...))})}
	if p.State == op.Waiting {
		side = append(side, decision(v, p))
	}
	status := ui.Status{Label: v.Say("enum.proposal_state." + string(p.State)), Tone: screen.ToneOf(string(p.State))}
	return ui.Page{
		Title: v.Say("op." + p.Operation), Code: p.Number, Back: "/approvals",
		Crumbs: []ui.Link{{Label: v.Say("approvals.title"), Href: v.Href("/approvals")}, {Label: p.Number}},
		Body:   v.Columns("8-4", v.Panel(ui.Panel{Title: v.Say("approval.effect"), Status: &status, Body: effect}), side),
	}, nil
}

// aboutOf names the record that a request is about, where it has one that has a page.
func aboutOf(v *screen.View, changes []op.Change) []ui.Fact {
	if len(changes) != 1 || !v.Texts.Has("subject."+changes[0].Kind) {
		return nil
	}
	c := changes[0]
	return []ui.Fact{{Label: v.Say("subject." + c.Kind), Value: c.Label, Href: v.RecordHref(c.Kind, c.ID)}}
}

// decision is the panel of the second person, or of the proposer who withdraws.
func decision(v *screen.View, p op.Proposal) g.Node {
	back := v.RecordHref("proposal", p.ID)
	form := func(name string, danger bool) g.Node {
		f := ui.Form{
			ID: name, Action: v.OpHref(name), IdemKey: v.Key(), Submit: v.Say("op." + name), Danger: danger,
			Hidden: []ui.Pair{{Name: "id", Value: p.ID.String()}, {Name: "version", Value: strconv.FormatInt(p.Version, 10)}, {Name: screen.BackField, Value: back}},
		}
		if name != "approval.approve" {
			reason := ui.Field{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Rows: 2, Required: name == "approval.decline"}
			f.Sets = []ui.FieldSet{{Fields: []ui.Field{reason}}}
		}
		return v.Form(f)
	}
	if int64(p.ProposerID) == v.Actor.UserID {
		return v.Panel(ui.Panel{Title: v.Say("approval.yours"), Body: g.Group{g.Text(v.Say("approval.yours.text")), form("approval.withdraw", true)}})
	}
	d := v.Runner.Registry.Find(p.Operation)
	if d == nil || !v.Rights.Has(d.ApproveRight()) {
		return nil
	}
	return v.Panel(ui.Panel{Title: v.Say("approval.decide"), Focus: true, Body: g.Group{form("approval.approve", false), form("approval.decline", true)}})
}

func auditPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "audit.entry.list", screen.ListOptions{
		Record: "entry", Columns: []string{"recorded_at", "actor", "operation", "unit", "subject", "outcome", "channel", "approver"}, Hide: []string{"subject_id"},
		Empty: &ui.Empty{Icon: ui.IconHistory, Title: v.Say("audit.empty")},
	})
	l.Note = v.Say("audit.note")
	return ui.Page{Sub: g.Text(v.Say("audit.sub")), Body: v.Env.List(l)}, err
}

func auditEntryPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	e, err := screen.Fetch[op.AuditEntry](ctx, v, "audit.entry.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "audit.entry.show", e, "recorded_at", "actor", "approver", "operation", "outcome", "channel", "unit", "subject", "request_id")
	if err != nil {
		return ui.Page{}, err
	}
	for i := range facts {
		if href := v.RecordHref(e.Subject, e.SubjectID); href != "" && facts[i].Label == v.Say("field.subject") {
			facts[i].Href = href
		}
	}
	changes, err := v.Changes(ctx, e.Detail.Changes)
	if err != nil {
		return ui.Page{}, err
	}
	return ui.Page{
		Title: v.Say("op." + e.Operation), Code: e.ID.String(), Back: "/audit",
		Crumbs: []ui.Link{{Label: v.Say("audit.title"), Href: v.Href("/audit")}, {Label: e.ID.String(), Code: true}},
		Body: v.Columns("8-4", v.Panel(ui.Panel{Title: v.Say("audit.changes"), Body: changes}),
			v.Panel(ui.Panel{Title: v.Say("audit.entry"), Body: v.Env.Facts(facts)})),
	}, nil
}

func outboxPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "outbox.event.list", screen.ListOptions{
		Columns: []string{"id", "recorded_at", "topic", "consumer", "state", "attempts", "next_at", "error"},
		Empty:   &ui.Empty{Icon: ui.IconCheck, Title: v.Say("outbox.empty"), Text: v.Say("outbox.empty.text")},
		Cell: func(column string, row any) *ui.Cell {
			e, ok := row.(op.OutboxEntry)
			if !ok || column != "id" || e.State != op.EventFailed || !v.May("outbox.event.retry") {
				return nil
			}
			return &ui.Cell{Node: v.Env.Button(ui.Button{
				Label: v.Say("op.outbox.event.retry"), Icon: ui.IconRefresh, Post: v.OpHref("outbox.event.retry"), IdemKey: v.Key(),
				Hidden: []ui.Pair{{Name: "id", Value: e.ID.String()}, {Name: screen.BackField, Value: "/outbox"}},
			})}
		},
	})
	return ui.Page{Sub: g.Text(v.Say("outbox.sub")), Body: v.Env.List(l)}, err
}
