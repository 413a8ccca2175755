package screen

import (
	"context"
	"maps"
	"net/url"
	"slices"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// aboutMax bounds the facts of a record beside a form; its page has all.
const aboutMax = 16

// About is what the form of an operation is about: the record it changes, or what a module
// shows beside this form; nil when the form begins something new.
func (v *View) About(ctx context.Context, d *op.Def, values url.Values) (g.Node, error) {
	if own := v.Set.forms[d.Name]; own != nil {
		return own(ctx, v, values)
	}
	show := v.Runner.Registry.Shown(d)
	if show == nil || !v.May(show.Name) {
		return nil, nil
	}
	var pairs []string
	for _, p := range show.Fields {
		if p.Required && values.Get(p.Name) == "" {
			return nil, nil
		}
		pairs = append(pairs, p.Name, values.Get(p.Name))
	}
	record, err := v.Get(ctx, show.Name, pairs...)
	if err != nil || len(pairs) == 0 {
		return nil, passable(err)
	}
	facts, err := v.Facts(ctx, show.Name, record)
	if err != nil {
		return nil, err
	}
	facts = slices.DeleteFunc(facts, func(f ui.Fact) bool { return f.Node == nil && (f.Value == "" || f.Value == ui.Dash) })
	return v.aboutPanel(op.Noun(show.Name), facts[:min(len(facts), aboutMax)]), nil
}

// aboutPanel is what a form is about, in a panel named after the kind of record.
func (v *View) aboutPanel(kind string, facts []ui.Fact) g.Node {
	title := v.Say("form.about")
	if key := "subject." + kind; v.Texts.Has(key) {
		title = v.Say(key)
	}
	return v.Panel(ui.Panel{Title: title, Body: v.Env.Facts(facts)})
}

// passable hides why a record beside a form cannot be shown: the form itself says it.
func passable(err error) error {
	switch fault.KindOf(err) {
	case fault.Forbidden, fault.NotFound, fault.Invalid:
		return nil
	}
	return err
}

// Ahead is what an operation would do with what its form knows when it opens: it is
// carried out and rolled back, as for a preview. A reason, which changes nothing, is not
// waited for. Nothing is said while something else is missing, and of what makes
// something new. refusal says why it cannot be done as things stand.
func (v *View) Ahead(ctx context.Context, d *op.Def, values url.Values) (changes []op.Change, refusal error) {
	in := url.Values{}
	for _, f := range d.Fields {
		if f.Type == op.File || f.Secret {
			return nil, nil
		}
		if some := values[f.Name]; len(some) > 0 && some[0] != "" {
			in[f.Name] = some
		} else if f.Required && f.Name == "reason" {
			in.Set(f.Name, v.Say("op."+d.Name))
		}
	}
	if d.Kind != op.Command || len(d.PathParams()) == 0 || slices.ContainsFunc(d.Fields, func(f op.Field) bool { return f.Required && in.Get(f.Name) == "" }) {
		return nil, nil
	}
	q := v.request(d.Name, op.FromValues(in))
	q.DryRun = true
	res, err := v.Runner.Run(ctx, q)
	switch fault.KindOf(err) {
	case "":
		return v.withoutReason(values, res.Changes), nil
	case fault.Precondition, fault.Conflict, fault.Invalid:
		return nil, err
	}
	return nil, nil
}

// withoutReason leaves the reason out that was put in place of one.
func (v *View) withoutReason(values url.Values, changes []op.Change) []op.Change {
	if values.Get("reason") != "" {
		return changes
	}
	out := make([]op.Change, 0, len(changes))
	for _, c := range changes {
		c.After = maps.Clone(c.After)
		delete(c.After, "reason")
		out = append(out, c)
	}
	return out
}
