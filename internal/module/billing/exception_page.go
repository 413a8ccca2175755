package billing

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// exceptionsBeside is how many exceptions the list beside the evidence has.
const exceptionsBeside = 50

// exceptionsPage is what waits for a decision: left the list by gravity, right the evidence
// of the one chosen.
func exceptionsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	pairs := exceptionFilter(v)
	rows, more, err := screen.Rows[Exception](ctx, v, "billing.exception.list", exceptionsBeside, pairs...)
	if err != nil {
		return ui.Page{}, err
	}
	runs, err := v.Labels(ctx, "billing_run", runsOf(rows))
	if err != nil {
		return ui.Page{}, err
	}
	at := max(slices.IndexFunc(rows, func(e Exception) bool { return exceptionAt(&e) == v.Query("at") }), 0)
	left := g.Group{exceptionBar(v), v.Panel(ui.Panel{
		Title: v.Say("page.billing.exceptions"), Body: v.Env.List(exceptionList(v, rows, runs, at, more, pairs)), Flush: true,
		Links: v.Exports("billing.exception.list", pairs...),
	})}
	var right g.Node
	if len(rows) > 0 {
		if right, err = exceptionPanel(ctx, v, &rows[at], runs, pairs); err != nil {
			return ui.Page{}, err
		}
	}
	var actions []ui.Button
	if v.May("billing.exception.decide_many") && slices.ContainsFunc(rows, func(e Exception) bool { return e.waits() }) {
		actions = append(actions, ui.Button{Label: v.Say("page.billing.mass"), Icon: ui.IconList, Href: v.Href("/billing/exceptions/mass", pairs...)})
	}
	return ui.Page{Title: v.Say("page.billing.exceptions"), Body: v.Columns("5-7", left, right), Actions: actions}, nil
}

func runsOf(rows []Exception) (ids []op.ID) {
	for i := range rows {
		ids = append(ids, rows[i].Run)
	}
	return ids
}

// exceptionAt names an exception in the address.
func exceptionAt(e *Exception) string { return e.Account.String() + "-" + e.ID.String() }

// exceptionFilter are the filters of the address as names and values; what waits unless said.
func exceptionFilter(v *screen.View) []string {
	pairs := []string{"state", string(ExceptionOpen), "waiting", "true"}
	if state := v.Query("state"); state != "" && state != string(ExceptionOpen) {
		pairs = []string{"state", state}
	}
	for _, name := range []string{"severity", "rule", "service", "run"} {
		if value := v.Query(name); value != "" {
			pairs = append(pairs, name, value)
		}
	}
	return pairs
}

// exceptionBar are the filters of the page.
func exceptionBar(v *screen.View) g.Node {
	options := func(prefix string, values []string, all string) []ui.Option {
		var out []ui.Option
		if all != "" {
			out = append(out, ui.Option{Label: v.Say(all)})
		}
		for _, value := range values {
			out = append(out, ui.Option{Value: value, Label: v.Say("enum." + prefix + "." + value)})
		}
		return out
	}
	state := v.Query("state")
	if state == "" {
		state = string(ExceptionOpen)
	}
	var kept []ui.Pair
	if run := v.Query("run"); run != "" {
		kept = append(kept, ui.Pair{Name: "run", Value: run})
	}
	return v.Bar(screen.Bar{ID: "exceptions", Action: "/billing/exceptions", Kept: kept, Fields: []ui.Field{
		{Name: "state", Label: v.Say("field.state"), Kind: ui.EnumField, Value: state, Options: options("billing_exception_state",
			ExceptionState("").EnumValues(), "")},
		{Name: "severity", Label: v.Say("field.severity"), Kind: ui.EnumField, Value: v.Query("severity"), Options: options("billing_severity",
			Severity("").EnumValues(), "filter.all")},
		{Name: "rule", Label: v.Say("field.rule"), Kind: ui.EnumField, Value: v.Query("rule"), Options: options("billing_rule", Rule("").EnumValues(), "filter.all")},
	}})
}

func exceptionBadge(v *screen.View, s Severity) *ui.Status {
	if s == Blocking {
		return &ui.Status{Label: v.Say("enum.billing_severity.blocking"), Tone: ui.Wrong, Icon: ui.IconStop}
	}
	return &ui.Status{Label: v.Say("enum.billing_severity.warning"), Tone: ui.Waits, Icon: ui.IconEye}
}

func exceptionList(v *screen.View, rows []Exception, runs map[op.ID]string, at int, more bool, pairs []string) ui.List {
	l := ui.List{ID: "exceptions", Bare: true, Caption: v.Say("page.billing.exceptions"), Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.severity"), Kind: ui.StatusColumn},
		{Label: v.Say("page.billing.contract_rule")},
		{Label: v.Say("field.run"), Optional: true},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.billing.exceptions_empty"), Text: v.Say("page.billing.exceptions_empty.text")}}
	if v.May("billing.exception.decide_many") {
		l.Mass = []ui.MassAction{{Label: v.Say("page.billing.mass"), Icon: ui.IconList, Action: "/billing/exceptions/mass", Ask: true}}
		l.MassKept = screen.Pairs(pairs)
	}
	for i := range rows {
		e := &rows[i]
		row := ui.Row{
			Href: v.Href("/billing/exceptions", append(slices.Clone(pairs), "at", exceptionAt(e))...), Current: i == at, Label: e.Contract,
			Cells: []ui.Cell{
				{Status: exceptionBadge(v, e.Severity)},
				{Text: e.Contract, Sub: v.Say("enum.billing_rule." + string(e.Rule))},
				{Text: runs[e.Run]},
				{Text: ui.Money(e.Amount)},
			},
		}
		if e.waits() {
			row.ID = e.ID.String()
		}
		l.Rows = append(l.Rows, row)
	}
	if more {
		l.Note = v.Say("page.billing.exceptions_more", "count", len(rows))
	}
	return l
}

// exceptionPanel is the exception chosen: what the control saw and what to do about it, the
// decision, then the bills before.
func exceptionPanel(ctx context.Context, v *screen.View, e *Exception, runs map[op.ID]string, pairs []string) (g.Node, error) {
	tone := ui.Waits
	if e.Severity == Blocking {
		tone = ui.Wrong
	}
	rule := string(e.Rule)
	nodes := g.Group{v.Env.Notice(ui.Notice{Tone: tone, Title: v.Say("enum.billing_rule." + rule), Text: v.Say("page.billing.rule." + rule)})}
	columns := []string{"unit", "amount", "owner"}
	if e.Detail != "" {
		columns = append(columns, "detail")
	}
	if !e.waits() {
		columns = append(columns, "run_state", "state", "reason", "decided_by")
	}
	facts, err := v.Facts(ctx, "billing.exception.list", *e, columns...)
	if err != nil {
		return nil, err
	}
	if e.waits() && v.May("billing.exception.decide") {
		form, err := exceptionForm(ctx, v, e, pairs)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, v.Panel(ui.Panel{Title: v.Say("page.billing.decide"), Body: form, Focus: true}))
	}
	nodes = append(nodes, v.Panel(ui.Panel{Title: v.Say("page.billing.found"), Body: v.Env.Facts(facts)}))
	if v.May("billing.bill.list") {
		bills, err := lastBillsPart(ctx, v, []op.ID{e.Account})
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, bills)
	}
	links := []ui.Link{{Label: v.Say("page.billing.account"), Href: v.RecordHref("account", e.Account)}}
	return v.Panel(ui.Panel{
		Title: e.Contract, Sub: runs[e.Run], Status: exceptionBadge(v, e.Severity), Body: nodes,
		Links: append(links, ui.Link{Label: v.Say("page.billing.run"), Href: v.RecordHref("billing_run", e.Run)}),
	}), nil
}

// exceptionForm is the decision: what each one does to the bill, who looks after it, the
// reason. Its keys are the first letters of the verbs.
func exceptionForm(ctx context.Context, v *screen.View, e *Exception, pairs []string) (g.Node, error) {
	var options []ui.Option
	for _, d := range []ExceptionState{ExceptionAccepted, ExceptionExcluded, ExceptionOpen} {
		if !d.applies(e.Rule) {
			continue
		}
		sub := "page.billing.effect." + string(d)
		if d.moves(e.Rule) {
			sub += ".moves"
		}
		options = append(options, ui.Option{
			Value: string(d), Label: v.Say("page.billing.verb." + string(d)), Sub: v.Say(sub), Key: exceptionKeyOf(d), Then: "reason",
		})
	}
	owner, err := ownerField(ctx, v, "billing.exception.decide")
	if err != nil {
		return nil, err
	}
	return v.Form(ui.Form{
		ID: "decide", Action: v.OpHref("billing.exception.decide"), IdemKey: v.Key(), Submit: v.Say("op.billing.exception.decide"), SubmitIcon: ui.IconCheck,
		Hidden: []ui.Pair{
			{Name: "account", Value: e.Account.String()},
			{Name: "id", Value: e.ID.String()},
			{Name: "version", Value: strconv.FormatInt(e.Version, 10)},
			{Name: screen.BackField, Value: v.Href("/billing/exceptions", pairs...)},
		},
		Sets: []ui.FieldSet{{Fields: []ui.Field{
			{Name: "state", Label: v.Say("field.decision"), Kind: ui.EnumField, Required: true, Options: options, Value: options[0].Value},
			{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Rows: 2, Required: true, MaxLength: 500},
			owner,
		}}},
	}), nil
}

// exceptionKeyOf is the key that chooses a decision: accepter, écarter, confier.
func exceptionKeyOf(d ExceptionState) string {
	switch d {
	case ExceptionAccepted:
		return "a"
	case ExceptionExcluded:
		return "e"
	}
	return "c"
}

// ownerField picks who looks after an exception.
func ownerField(ctx context.Context, v *screen.View, operation string) (ui.Field, error) {
	d := v.Runner.Registry.Find(operation)
	for i := range d.Fields {
		if d.Fields[i].Name == "owner" {
			return v.Field(ctx, d, &d.Fields[i], url.Values{}, nil)
		}
	}
	return ui.Field{}, nil
}

// massPage shows what a mass decision on exceptions would do, then asks for the reason.
func massPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	chosen := v.Query("decision")
	if chosen == "" {
		chosen = string(ExceptionAccepted)
	}
	filter, ticked := exceptionFilter(v), v.Ticked(exceptionsBeside)
	pairs := filter[:0:0]
	for i := 0; i+1 < len(filter); i += 2 {
		if filter[i] != "state" && filter[i] != "waiting" { // what waits is what a mass decision is about
			pairs = append(pairs, filter[i], filter[i+1])
		}
	}
	p, err := screen.Fetch[ExceptionEffect](ctx, v, "billing.exception.preview",
		slices.Concat(pairs, screen.TickedPairs(ticked), []string{"decision", chosen, "unit", v.Query("unit")})...)
	if err != nil {
		return ui.Page{}, err
	}
	owner, err := ownerField(ctx, v, "billing.exception.decide_many")
	if err != nil {
		return ui.Page{}, err
	}
	owner.Required = chosen == string(ExceptionOpen)
	var options []ui.Option
	for _, d := range []ExceptionState{ExceptionAccepted, ExceptionExcluded, ExceptionOpen} {
		options = append(options, ui.Option{Value: string(d), Label: v.Say("page.billing.verb." + string(d))})
	}
	about := "page.billing.mass.sub"
	if len(ticked) > 0 {
		about = "page.billing.mass.ticked"
	}
	list := v.Href("/billing/exceptions", filter...)
	return ui.Page{Back: list, Body: v.Mass(screen.Mass{
		Page: "/billing/exceptions/mass", List: list, Operation: "billing.exception.decide_many", Chosen: chosen, Options: options, Pairs: pairs, Ticked: ticked,
		Count: p.Count, Figures: massFigures(v, p), More: massGroups(v, p), Caption: v.Say("page.billing.mass"), Title: v.Say("page.billing.verb." + chosen),
		Sub: v.Say(about), Submit: v.Say("page.billing.mass.submit", "count", p.Count), Fields: []ui.Field{owner},
	})}, nil
}

// massFigures are what a mass decision is about.
func massFigures(v *screen.View, p ExceptionEffect) []ui.Figure {
	figures := []ui.Figure{
		{Label: v.Say("field.exceptions"), Value: ui.Number(p.Count)},
		{Label: v.Say("field.blocking"), Value: ui.Number(p.Blocking)},
		{Label: v.Say("field.amount"), Value: ui.MoneyExact(p.Amount), Unit: v.Say("unit.dh")},
		{Label: v.Say("page.billing.mass.moved"), Value: ui.Number(p.Moved), Sub: v.Say("page.billing.mass.runs", "count", p.Runs)},
	}
	if p.Refused > 0 {
		figures = append(figures, ui.Figure{Label: v.Say("page.billing.mass.left"), Value: ui.Number(p.Refused), Sub: v.Say("page.billing.mass.refused")})
	}
	return figures
}

// massGroups are the same by rule and service.
func massGroups(v *screen.View, p ExceptionEffect) g.Node {
	l := ui.List{ID: "groups", Bare: true, Caption: v.Say("page.billing.mass.groups"), Columns: []ui.Column{
		{Label: v.Say("field.rule")},
		{Label: v.Say("field.service")},
		{Label: v.Say("field.exceptions"), Kind: ui.NumberColumn},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.billing.exceptions_empty")}}
	for _, group := range p.Groups {
		rule := ui.Cell{Text: v.Say("enum.billing_rule." + string(group.Rule))}
		if group.Refused {
			rule.Sub, rule.Tone = v.Say("page.billing.mass.refused"), ui.Waits
		}
		service := ui.Dash
		if group.Service != "" {
			service = v.Say("enum.service." + group.Service)
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{rule, {Text: service}, {Text: ui.Number(group.Count)}, {Text: ui.Money(group.Amount)}}})
	}
	if len(p.Groups) > 0 {
		l.Totals = []ui.Cell{{Text: v.Say("page.billing.mass.decided")}, {}, {Text: ui.Number(p.Count)}, {Text: ui.Money(p.Amount)}}
	}
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true})
}
