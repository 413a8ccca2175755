package screen

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/platform/ui"
)

// Bar is a row of fields that reloads a page with what was chosen: the filters
// of a page that is no list.
type Bar struct {
	// ID is unique in the page.
	ID string
	// Action is the address of the page itself; the unit chosen is kept.
	Action string
	// Fields are texts, dates, menus and boxes.
	Fields []ui.Field
	// Kept are further values of the address.
	Kept []ui.Pair
	// Submit is the word of the button; that of filters when empty.
	Submit string
	// More stands at the end of the row.
	More g.Node
}

// Bar draws the row.
func (v *View) Bar(b Bar) g.Node {
	kept := b.Kept
	if unit := v.Query("unit"); unit != "" {
		kept = append(kept, ui.Pair{Name: "unit", Value: unit})
	}
	return h.Div(h.Class("w-filters"), h.Form(h.Class("w-filter-form"), h.Method("get"), h.Action(b.Action),
		g.Map(kept, func(p ui.Pair) g.Node { return h.Input(h.Type("hidden"), h.Name(p.Name), h.Value(p.Value)) }),
		g.Map(b.Fields, func(f ui.Field) g.Node { return barField(ui.FieldID(b.ID, f.Name), f) }),
		v.Env.Button(v.barButton(b)), b.More))
}

// barButton filters, or does what the page says; then it is the main one.
func (v *View) barButton(b Bar) ui.Button {
	if b.Submit == "" {
		return ui.Button{Label: v.Say("ui.filter"), Icon: ui.IconFilter}
	}
	return ui.Button{Label: b.Submit, Icon: ui.IconCheck, Primary: true}
}

func barField(id string, f ui.Field) g.Node {
	class := "w-field"
	if f.Wide {
		class += " w-field-wide"
	}
	if f.Kind == ui.BoolField {
		return h.Div(h.Class(class), h.Div(h.Class("w-box"), barControl(id, f), h.Label(h.For(id), g.Text(f.Label))))
	}
	return h.Div(h.Class(class), h.Label(h.For(id), g.Text(f.Label)), h.Div(h.Class("w-control-line"), barControl(id, f)))
}

func barControl(id string, f ui.Field) g.Node {
	common := g.Group{h.ID(id), h.Name(f.Name)}
	switch f.Kind {
	case ui.BoolField:
		return h.Input(h.Type("checkbox"), h.Class("w-check"), common, h.Value("true"), g.If(f.Value == "true", h.Checked()))
	case ui.EnumField:
		return h.Select(h.Class("w-control w-menu"), common, g.Map(f.Options, func(o ui.Option) g.Node {
			return h.Option(h.Value(o.Value), g.If(o.Value == f.Value, h.Selected()), g.Text(o.Label))
		}))
	case ui.DateField, ui.MonthField:
		return h.Input(h.Type(string(f.Kind)), h.Class("w-control"), common, h.Value(f.Value))
	}
	if f.Kind == ui.AmountField {
		return h.Input(h.Type("text"), h.Class("w-control"), common, h.Value(f.Value), h.AutoComplete("off"), g.Attr("inputmode", "decimal"))
	}
	return h.Input(h.Type("search"), h.Class("w-control"), common, h.Value(f.Value), h.AutoComplete("off"),
		g.If(f.MaxLength > 0, h.MaxLength(itoa(f.MaxLength))))
}
