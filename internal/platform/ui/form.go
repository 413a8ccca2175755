package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// FieldKind decides the control of a field.
type FieldKind string

// The kinds of fields.
const (
	// TextField is one line.
	TextField FieldKind = "text"
	// AreaField is several lines.
	AreaField FieldKind = "area"
	// PasswordField hides what is typed.
	PasswordField FieldKind = "password"
	// NumberField is a number typed as text, aligned at the end.
	NumberField FieldKind = "number"
	// AmountField is an amount: 1234,5 and 1 234.50 are both understood by the server.
	AmountField FieldKind = "amount"
	// DateField is a native date; its value is ISO.
	DateField FieldKind = "date"
	// MonthField is a native month; its value is 2026-11.
	MonthField FieldKind = "month"
	// BoolField is one box; its value is "true".
	BoolField FieldKind = "bool"
	// EnumField is one of Options: radios up to four, a menu beyond.
	EnumField FieldKind = "enum"
	// MultiField is several of Options, as boxes.
	MultiField FieldKind = "multi"
	// PickField finds one value through Source (a unit, a user, a role).
	PickField FieldKind = "pick"
	// FileField is a file.
	FileField FieldKind = "file"
)

// radiosMax is the number of options up to which all are shown at once.
const radiosMax = 4

// Option is one choice of a field.
type Option struct {
	// Value is sent.
	Value string
	// Label is shown.
	Label string
	// Sub completes the label, muted.
	Sub string
	// Group gathers options under a title; consecutive ones share it.
	Group string
	// Disabled keeps it visible but out of use.
	Disabled bool
	// Key is the shortcut that chooses it, shown beside it, as that of a [Button]; with
	// one the choices are drawn as radios however many they are. Then is the name of the
	// field of the form that is typed in next.
	Key, Then string
}

// Field describes one field of a form; the same description serves every
// operation and page.
type Field struct {
	// Name is the name sent, and makes the id of the control.
	Name string
	// SendAs is the name sent when it is not Name: several fields of a form may send
	// under one name, and each has its own id.
	SendAs string
	// Label stands above.
	Label string
	// Help stands below when the rule is not obvious.
	Help string
	// Kind decides the control.
	Kind FieldKind
	// Required marks the field.
	Required bool
	// Value is what was typed or holds now.
	Value string
	// Values are the ticked ones of a MultiField.
	Values []string
	// Shown is the text of the picked Value of a PickField.
	Shown string
	// Options are the choices.
	Options []Option
	// Source is the endpoint of a PickField; it answers [Env.PickerOptions] for "q".
	Source string
	// Unit follows the control: DH, %, jours.
	Unit string
	// Error is the French reason why the value was refused.
	Error string
	// MaxLength bounds the text; 0 leaves it to the server.
	MaxLength int
	// Rows is the height of an area; 3 by default.
	Rows int
	// Accept bounds the files; Several lets more than one be chosen.
	Accept  string
	Several bool
	// Auto is the autocomplete hint; "off" by default.
	Auto string
	// Fixed shows the value and sends it, without letting it change.
	Fixed bool
	// Focus puts the cursor here when the page opens.
	Focus bool
	// Again asks for the form anew once a value is chosen: others go with it.
	Again bool
	// Code sets the control in monospace.
	Code bool
	// Wide lets the field take the whole line of a filter row or form.
	Wide bool
}

// FieldSet gathers fields under a title.
type FieldSet struct {
	// Title of the group; may be empty.
	Title string
	// Help of the group.
	Help string
	// Fields of the group.
	Fields []Field
}

// Form is one column of fields and its actions.
type Form struct {
	// ID is unique in the page.
	ID string
	// Action is the address it posts to.
	Action string
	// Method is "post" by default; "get" for searches.
	Method string
	// IdemKey is the idempotency key, made when the form is rendered.
	IdemKey string
	// Hidden are values sent as they are: row version, return address.
	Hidden []Pair
	// Sets are the groups of fields.
	Sets []FieldSet
	// Errors are faults that belong to no field.
	Errors []string
	// Intro stands above the fields: what the form does.
	Intro g.Node
	// Effect stands above the buttons: what will happen, with figures.
	Effect g.Node
	// Submit is the verb of the main button.
	Submit string
	// SubmitIcon stands on the main button.
	SubmitIcon Icon
	// Danger marks the main button as costly or final.
	Danger bool
	// Cancel is where one goes without doing anything.
	Cancel string
	// More are further submit buttons: preview, save and add another.
	More []Button
	// Native leaves the sending to the browser: for downloads.
	Native bool
}

// Form draws a form.
func (e Env) Form(f Form) g.Node {
	method := f.Method
	if method == "" {
		method = "post"
	}
	return h.Form(h.Class("w-form"), h.ID(f.ID), h.Method(method), h.Action(safeURL(f.Action)), g.Attr("novalidate"),
		when(method == "post", g.Attr("data-w-form")), when(method == "post" && !f.Native, g.Attr("data-w-send")),
		when(hasFile(f), h.EncType("multipart/form-data")),
		hiddenInputs(f.IdemKey, f.Hidden), e.errorSummary(f), f.Intro,
		g.Map(f.Sets, func(s FieldSet) g.Node { return e.fieldSet(f.ID, s) }),
		g.Iff(f.Effect != nil, func() g.Node { return h.Div(h.TabIndex("-1"), g.Attr("data-w-effect"), f.Effect) }), e.formActions(f))
}

func hasFile(f Form) bool {
	for _, s := range f.Sets {
		for _, field := range s.Fields {
			if field.Kind == FileField {
				return true
			}
		}
	}
	return false
}

func (e Env) formActions(f Form) g.Node {
	return h.Div(h.Class("w-form-actions"),
		h.Button(h.Class(Button{Primary: true, Danger: f.Danger}.class()), h.Type("submit"), aria("keyshortcuts", "Control+Enter"),
			e.icon(f.SubmitIcon), h.Span(g.Text(f.Submit))),
		g.Map(f.More, e.Button),
		g.Iff(f.Cancel != "", func() g.Node {
			return h.A(h.Class("w-btn w-btn-quiet"), href(f.Cancel), g.Attr("data-w-cancel"), g.Text(e.t("ui.cancel")))
		}))
}

// errorSummary lists the faults with links to the fields; it takes the focus.
func (e Env) errorSummary(f Form) g.Node {
	items := g.Group{}
	for _, m := range f.Errors {
		items = append(items, h.Li(g.Text(m)))
	}
	for _, s := range f.Sets {
		for _, field := range s.Fields {
			if field.Error != "" {
				items = append(items, h.Li(h.A(h.Href("#"+fieldID(f.ID, field.Name)), g.Text(field.Label+HardSpace+": "+field.Error))))
			}
		}
	}
	if len(items) == 0 {
		return nil
	}
	return h.Div(h.Class("w-notice w-wrong"), h.Role("alert"), h.TabIndex("-1"), g.Attr("data-w-errors"), e.icon(IconAlert),
		h.Div(h.Class("w-notice-text"), h.Strong(g.Text(e.t("ui.form_errors", "count", len(items)))), h.Ul(items)))
}

func (e Env) fieldSet(form string, s FieldSet) g.Node {
	fields := g.Map(s.Fields, func(f Field) g.Node { return e.field(form, f) })
	if s.Title == "" {
		return h.Div(h.Class("w-fields"), text(h.P, "w-sub", s.Help), fields)
	}
	return h.FieldSet(h.Class("w-fields"), h.Legend(g.Text(s.Title)), text(h.P, "w-sub", s.Help), fields)
}

// FieldID is the id of the control of a field, for links and scripts.
func FieldID(form, name string) string { return fieldID(form, name) }

func fieldID(form, name string) string {
	id := []byte(form + "-" + name)
	for i, c := range id {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
		if !letter {
			id[i] = '_'
		}
	}
	return string(id)
}

// field draws one field with its label, help and error.
func (e Env) field(form string, f Field) g.Node {
	id := fieldID(form, f.Name)
	switch {
	case f.Kind == BoolField:
		return e.boolField(id, f)
	case f.Kind == MultiField, f.Kind == EnumField && f.Required && (len(f.Options) <= radiosMax || f.keyed()):
		return e.groupField(id, f)
	}
	return h.Div(h.Class(f.class()), h.Label(h.For(id), g.Text(f.Label), e.requiredMark(f)),
		h.Div(h.Class("w-control-line"), e.control(id, f), text(h.Span, "w-unit", f.Unit)), e.fieldHelp(id, f))
}

// sent is the name under which the value is sent.
func (f Field) sent() string {
	if f.SendAs != "" {
		return f.SendAs
	}
	return f.Name
}

func (f Field) class() string {
	class := "w-field"
	if f.Wide || f.Kind == AreaField {
		class += " w-field-wide"
	}
	if f.Error != "" {
		class += " w-field-wrong"
	}
	return class
}

func (e Env) requiredMark(f Field) g.Node {
	if !f.Required {
		return nil
	}
	return g.Group{h.Span(h.Class("w-required"), g.Attr("aria-hidden", "true"), g.Text(HardSpace+"*")), hidden(" " + e.t("ui.required"))}
}

func (e Env) fieldHelp(id string, f Field) g.Node {
	return g.Group{
		g.Iff(f.Error != "", func() g.Node {
			return h.P(h.Class("w-error"), h.ID(id+"-error"), e.icon(IconAlert), h.Span(g.Text(f.Error)))
		}),
		g.Iff(f.Help != "", func() g.Node { return h.P(h.Class("w-help"), h.ID(id+"-help"), g.Text(f.Help)) }),
	}
}

// described ties the control to its help and error.
func described(id string, f Field) g.Node {
	ids := ""
	if f.Error != "" {
		ids = id + "-error"
	}
	if f.Help != "" {
		if ids != "" {
			ids += " "
		}
		ids += id + "-help"
	}
	return g.Group{aria("describedby", ids), unless(f.Error == "", g.Attr("aria-invalid", "true"))}
}
