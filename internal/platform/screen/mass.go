package screen

import (
	"slices"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/ui"
)

// Mass is a decision on many records: which one, what it would do, and the reason.
type Mass struct {
	// Page is the address of the page itself, List that of the list it came from.
	Page, List string
	// Operation decides; it takes the filters, "ids", "decision", "expected" and "reason".
	Operation string
	// Chosen is the decision whose effect is shown, Options are all of them.
	Chosen  string
	Options []ui.Option
	// Pairs are the filters as names and values; Ticked the records ticked, none for all
	// that the filters leave.
	Pairs, Ticked []string
	// Count is how many records the decision is about; without any it cannot be made.
	Count int64
	// Figures are its effect, More their details.
	Figures []ui.Figure
	More    g.Node
	// Caption names the figures; Title, Sub and Submit are the words of the form.
	Caption, Title, Sub, Submit string
	// Fields are asked beside the reason.
	Fields []ui.Field
}

// Ticked are the records ticked in a list that led to the page, up to a number.
func (v *View) Ticked(limit int) []string {
	ids := v.Request.URL.Query()["id"]
	return ids[:min(len(ids), limit)]
}

// TickedPairs are records ticked as an operation takes them.
func TickedPairs(ids []string) (pairs []string) {
	for _, id := range ids {
		pairs = append(pairs, "ids", id)
	}
	return pairs
}

// Mass draws the decision in its two steps: choose it and see the effect, then give the
// reason and confirm the number of records that was shown.
func (v *View) Mass(m Mass) g.Node {
	kept := Pairs(m.Pairs)
	for _, id := range m.Ticked {
		kept = append(kept, ui.Pair{Name: "id", Value: id})
	}
	body := g.Group{
		v.Bar(Bar{ID: "mass", Action: m.Page, Kept: kept, Submit: v.Say("ui.mass_effect"), Fields: []ui.Field{
			{Name: "decision", Label: v.Say("field.decision"), Kind: ui.EnumField, Value: m.Chosen, Options: m.Options},
		}}),
		v.Env.Figures(m.Caption, m.Figures), m.More,
	}
	if m.Count == 0 || !v.May(m.Operation) {
		return body
	}
	hidden := append(Pairs(slices.Concat(m.Pairs, TickedPairs(m.Ticked))), ui.Pair{Name: "decision", Value: m.Chosen},
		ui.Pair{Name: "expected", Value: strconv.FormatInt(m.Count, 10)}, ui.Pair{Name: "unit", Value: v.Query("unit")},
		ui.Pair{Name: BackField, Value: m.List})
	fields := append(slices.Clone(m.Fields), ui.Field{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Required: true, MaxLength: massReasonMax})
	return append(body, v.Panel(ui.Panel{Title: m.Title, Sub: m.Sub, Focus: true, Body: v.Form(ui.Form{
		ID: "mass-decide", Action: v.OpHref(m.Operation), IdemKey: v.Key(), Hidden: hidden, Danger: true, Submit: m.Submit, Cancel: m.List,
		Sets: []ui.FieldSet{{Fields: fields}},
	})}))
}

// massReasonMax is the length of a reason.
const massReasonMax = 500

// Pairs are names and values as a form sends them.
func Pairs(pairs []string) (out []ui.Pair) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, ui.Pair{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}
