package screen

import (
	"context"
	"fmt"
	"slices"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

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
	case money.Price:
		return []string{x.French()}
	case money.Quantity:
		return []string{x.French()}
	case money.Rate:
		return []string{x.French()}
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
func (v *View) Changes(ctx context.Context, changes []op.Change) (g.Node, error) {
	words, err := v.wordsOf(ctx, changes)
	if err != nil {
		return nil, err
	}
	nodes := g.Group{}
	for i := 0; i < len(changes); i++ {
		c := changes[i]
		if end := v.alike(changes[i:], words); end > 1 {
			nodes = append(nodes, v.folded(changes[i:i+end], words))
			i += end - 1
			continue
		}
		caption := c.Label
		if key := "subject." + c.Kind; v.Texts.Has(key) {
			caption = v.Say(key) + " " + c.Label
		}
		if len(changes) > 1 {
			nodes = append(nodes, h.P(h.Class("w-sub"), g.Text(caption)))
		}
		nodes = append(nodes, v.Diff(caption, v.differences(c, words)))
	}
	if len(nodes) == 0 {
		nodes = append(nodes, g.Text(v.Say("form.no_effect")))
	}
	return nodes, nil
}

// foldedMin is how many changes of one field it takes to set them in one table.
const foldedMin = 3

// alike is how many changes at the beginning are of one kind with one and the same
// field each; 1 when there are too few to fold them.
func (v *View) alike(changes []op.Change, words labelled) int {
	label, n := "", 0
	for _, c := range changes {
		lines := v.differences(c, words)
		if c.Kind != changes[0].Kind || len(lines) != 1 || n > 0 && lines[0].Label != label {
			break
		}
		label = lines[0].Label
		n++
	}
	if n < foldedMin {
		return 1
	}
	return n
}

// folded are changes of one field each, one line a record.
func (v *View) folded(changes []op.Change, words labelled) g.Node {
	lines := make([]ui.Change, 0, len(changes))
	field := ""
	for _, c := range changes {
		line := v.differences(c, words)[0]
		field, line.Label = line.Label, c.Label
		lines = append(lines, line)
	}
	caption := field
	if key := "subject." + changes[0].Kind; v.Texts.Has(key) {
		caption = v.Say(key) + ui.HardSpace + ": " + field
	}
	return g.Group{h.P(h.Class("w-sub"), g.Text(caption)), v.Diff(caption, lines)}
}

// differences are the fields of a change that differ, in words. What names the
// row itself (id, version) and what is empty on both sides says nothing.
func (v *View) differences(c op.Change, words labelled) []ui.Change {
	var names []string
	for _, side := range []map[string]any{c.Before, c.After} {
		for name := range side {
			if name != "id" && name != "version" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	var lines []ui.Change
	for _, name := range names {
		line := ui.Change{Label: v.Say("field." + name), Before: v.of(c.Kind, name, c.Before[name], words), After: v.of(c.Kind, name, c.After[name], words)}
		if line.Before != line.After {
			lines = append(lines, line)
		}
	}
	return lines
}

// of is a value in words: a state has those of its kind of record first.
func (v *View) of(kind, name string, value any, words labelled) string {
	if text, ok := value.(string); ok && text != "" && v.Texts.Has("enum."+kind+"_"+name+"."+text) {
		return v.Say("enum." + kind + "_" + name + "." + text)
	}
	return v.plain(name, value, words)
}

// Audit draws audit rows as what happened, the latest first.
func (v *View) Audit(ctx context.Context, entries []op.AuditEntry) (g.Node, error) {
	events, err := v.events(ctx, entries)
	return v.Env.Timeline(events), err
}

// events are audit rows as what happened.
func (v *View) events(ctx context.Context, entries []op.AuditEntry) ([]ui.Event, error) {
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
	return events, nil
}

// ownChanges are those of one record; the entry's page has all of them.
func ownChanges(all []op.Change, kind string, id op.ID) []op.Change {
	return slices.DeleteFunc(slices.Clone(all), func(c op.Change) bool { return c.Kind != kind || c.ID != id })
}

// historyShown is the most audit rows on the page of a record; the audit has all.
const historyShown = 20

// History is the audit of one record, for those who may read the audit. first are the
// events before all of them, the latest first: an import writes no audit row for each
// record it brings.
func (v *View) History(ctx context.Context, kind string, id op.ID, first ...ui.Event) (g.Node, error) {
	if !v.May("audit.entry.list") {
		return nil, nil
	}
	rows, more, err := Rows[op.AuditEntry](ctx, v, "audit.entry.list", historyShown, "subject", kind, "subject_id", id.String())
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Detail.Changes = ownChanges(rows[i].Detail.Changes, kind, id)
	}
	events, err := v.events(ctx, rows)
	if err != nil {
		return nil, err
	}
	p := ui.Panel{Title: v.Say("audit.history")}
	if more {
		p.Links = []ui.Link{{Label: v.Say("audit.all"), Href: v.Href("/audit", "subject", kind, "subject_id", id.String())}}
	} else {
		events = append(events, first...)
	}
	if p.Body = v.Env.Timeline(events); len(events) == 0 {
		p.Body = g.Text(v.Say("audit.history_empty"))
	}
	return v.Panel(p), nil
}
