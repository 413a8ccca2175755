package screen

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// plainValues is a value as a form sends it.
func plainValues(value any) []string {
	switch x := value.(type) {
	case nil:
		return nil
	case []string:
		return x
	case day.Date:
		return []string{x.String()}
	case money.Amount:
		return []string{x.String()}
	case op.ID:
		if x == 0 {
			return nil
		}
		return []string{x.String()}
	case time.Time:
		return nil
	}
	return []string{fmt.Sprint(value)}
}

// Facts are the columns of a record as labels and values, in the order given;
// all of them when none is named.
func (v *View) Facts(ctx context.Context, name string, record any, columns ...string) ([]ui.Fact, error) {
	d := v.Runner.Registry.Find(name)
	var facts []ui.Fact
	for _, c := range v.columns(d, ListOptions{Columns: columns}) {
		f := ui.Fact{Label: v.ColumnLabel(d, c.Name), Code: columnKind(c) == ui.CodeColumn}
		value := c.Value(record)
		if id, ok := value.(op.ID); ok && c.Ref != "" {
			word, err := v.Label(ctx, c.Ref, id)
			if err != nil {
				return nil, err
			}
			f.Value, f.Href = word, v.RecordHref(c.Ref, id)
		} else if status := v.status(c, value); status != nil {
			f.Node = v.Badge(*status)
		} else {
			f.Value = v.Show(c, value)
		}
		facts = append(facts, f)
	}
	return facts, nil
}

// Changes draws what an operation did or would do, record by record.
func (v *View) Changes(_ context.Context, changes []op.Change) (g.Node, error) {
	nodes := g.Group{}
	for _, c := range changes {
		caption := c.Label
		if key := "subject." + c.Kind; v.Texts.Has(key) {
			caption = v.Say(key) + " " + c.Label
		}
		var names []string
		for _, side := range []map[string]any{c.Before, c.After} {
			for name := range side {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
		var lines []ui.Change
		for _, name := range names {
			lines = append(lines, ui.Change{Label: v.Say("field." + name), Before: v.plain(name, c.Before[name]), After: v.plain(name, c.After[name])})
		}
		nodes = append(nodes, v.Diff(caption, lines))
	}
	if len(nodes) == 0 {
		nodes = append(nodes, g.Text(v.Say("form.no_effect")))
	}
	return nodes, nil
}

// plain is a JSON value in words: dates and amounts as they are printed.
func (v *View) plain(name string, value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case bool:
		return v.Show(op.Column{}, x)
	case string:
		if d, err := day.Parse(x); err == nil && len(x) == len("2006-01-02") {
			return d.French()
		}
		for _, enum := range []string{name, "unit_" + name, "user_" + name} {
			if key := "enum." + enum + "." + x; x != "" && v.Texts.Has(key) {
				return v.Say(key)
			}
		}
		return v.wordOf(name, x)
	case json.Number:
		return x.String()
	}
	body, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(body)
}

// Audit draws audit rows as what happened, the latest first.
func (v *View) Audit(ctx context.Context, entries []op.AuditEntry) (g.Node, error) {
	var ids []op.ID
	for _, e := range entries {
		ids = append(ids, e.Actor, e.Approver)
	}
	names, err := v.Labels(ctx, "user", ids)
	if err != nil {
		return nil, err
	}
	events := make([]ui.Event, 0, len(entries))
	for _, e := range entries {
		body, err := v.Changes(ctx, e.Detail.Changes)
		if err != nil {
			return nil, err
		}
		who := names[e.Actor]
		if e.Actor == 0 {
			who = v.Say("channel." + string(e.Channel))
		}
		if e.Approver != 0 {
			who = v.Say("audit.with_approver", "actor", who, "approver", names[e.Approver])
		}
		ev := ui.Event{At: e.RecordedAt, Title: v.Say("op." + e.Operation), Who: who, Href: v.RecordHref("entry", e.ID)}
		if len(e.Detail.Changes) > 0 {
			ev.Body = body
		}
		if e.Outcome != string(op.Done) {
			ev.Text = v.Say("outcome." + e.Outcome)
			ev.Tone = ToneOf(map[string]string{"refused": "failed", "proposed": "waiting"}[e.Outcome])
		}
		events = append(events, ev)
	}
	return v.Env.Timeline(events), nil
}

// History is the audit of one record, for those who may read the audit.
func (v *View) History(ctx context.Context, kind string, id op.ID) (g.Node, error) {
	if !v.May("audit.entry.list") {
		return nil, nil
	}
	rows, more, err := Rows[op.AuditEntry](ctx, v, "audit.entry.list", 20, "subject", kind, "subject_id", id.String())
	if err != nil {
		return nil, err
	}
	line, err := v.Audit(ctx, rows)
	if err != nil {
		return nil, err
	}
	p := ui.Panel{Title: v.Say("audit.history"), Body: line}
	if len(rows) == 0 {
		p.Body = g.Text(v.Say("audit.history_empty"))
	}
	if more {
		p.Links = []ui.Link{{Label: v.Say("audit.all"), Href: v.Href("/audit", "subject", kind, "subject_id", id.String())}}
	}
	return v.Panel(p), nil
}
