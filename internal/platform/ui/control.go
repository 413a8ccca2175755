package ui

import (
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

const areaRows = 3

// control draws the input of a field by its kind.
func (e Env) control(id string, f Field) g.Node {
	switch f.Kind {
	case EnumField:
		return e.menuControl(id, f)
	case AreaField:
		rows := f.Rows
		if rows == 0 {
			rows = areaRows
		}
		return h.Textarea(h.Class("w-control"), h.Rows(itoa(rows)), controlAttrs(id, f), g.Text(f.Value))
	case PickField:
		return e.picker(pickerSpec{id: id, name: f.Name, label: f.Label, labelled: true, source: f.Source, value: f.Value, shown: f.Shown, field: f})
	case FileField:
		return h.Input(h.Class("w-control w-file"), h.Type("file"), controlAttrs(id, f), unless(f.Accept == "", h.Accept(f.Accept)),
			when(f.Several, h.Multiple()))
	}
	class, kind := "w-control", "text"
	extra := g.Group{}
	switch f.Kind {
	case PasswordField:
		// The value of a password is never sent back.
		kind, f.Value = "password", ""
	case DateField, MonthField:
		kind = string(f.Kind)
		class += " w-control-short"
	case NumberField, AmountField:
		class += " w-control-n"
		extra = append(extra, g.Attr("inputmode", "decimal"), h.Dir("ltr"))
	}
	if f.Code {
		class += " w-code"
		extra = append(extra, h.Dir("ltr"), g.Attr("spellcheck", "false"))
	}
	return h.Input(h.Class(class), h.Type(kind), controlAttrs(id, f), unless(f.Value == "", h.Value(f.Value)), extra)
}

func controlAttrs(id string, f Field) g.Node {
	auto := f.Auto
	if auto == "" {
		auto = "off"
	}
	return g.Group{
		h.ID(id), h.Name(f.sent()), described(id, f), when(f.Required, h.Required()), unless(f.MaxLength == 0, h.MaxLength(itoa(f.MaxLength))),
		unless(f.Kind == FileField, h.AutoComplete(auto)), when(f.Fixed, h.ReadOnly()), when(f.Focus, h.AutoFocus()),
	}
}

// menuControl is a native menu; a group title makes an optgroup.
func (e Env) menuControl(id string, f Field) g.Node {
	option := func(o Option) g.Node {
		label := o.Label
		if o.Sub != "" {
			label += " · " + o.Sub
		}
		return h.Option(h.Value(o.Value), when(o.Value == f.Value, h.Selected()), when(o.Disabled, h.Disabled()), g.Text(label))
	}
	nodes := g.Group{}
	switch {
	case !f.Required:
		nodes = append(nodes, h.Option(h.Value(""), g.Text(e.t("ui.choose_none"))))
	case f.Value == "":
		nodes = append(nodes, h.Option(h.Value(""), g.Text(e.t("ui.choose"))))
	}
	for i := 0; i < len(f.Options); {
		group := f.Options[i].Group
		inner := g.Group{}
		for ; i < len(f.Options) && f.Options[i].Group == group; i++ {
			inner = append(inner, option(f.Options[i]))
		}
		if group == "" {
			nodes = append(nodes, inner)
			continue
		}
		nodes = append(nodes, h.OptGroup(g.Attr("label", group), inner))
	}
	return h.Select(h.Class("w-control w-menu"), h.ID(id), h.Name(f.sent()), described(id, f), when(f.Required, h.Required()),
		when(f.Focus, h.AutoFocus()), nodes)
}

// boolField is one box with its label after it.
func (e Env) boolField(id string, f Field) g.Node {
	return h.Div(h.Class(f.class()), h.Div(h.Class("w-box"),
		h.Input(h.Type("checkbox"), h.Class("w-check"), h.ID(id), h.Name(f.Name), h.Value("true"), when(f.Value == "true", h.Checked()), described(id, f),
			when(f.Focus, h.AutoFocus())),
		h.Label(h.For(id), g.Text(f.Label))), e.fieldHelp(id, f))
}

// groupField is a set of radios or boxes under one legend.
func (e Env) groupField(id string, f Field) g.Node {
	kind, class := "radio", "w-check w-radio"
	if f.Kind == MultiField {
		kind, class = "checkbox", "w-check"
	}
	nodes := g.Group{}
	group := ""
	for i, o := range f.Options {
		if o.Group != group {
			group = o.Group
			nodes = append(nodes, text(h.P, "w-box-group", group))
		}
		box := id
		if i > 0 {
			box = id + "-" + itoa(i)
		}
		checked := o.Value == f.Value || f.Kind == MultiField && slices.Contains(f.Values, o.Value)
		nodes = append(nodes, h.Div(h.Class("w-box"),
			h.Input(h.Type(kind), h.Class(class), h.ID(box), h.Name(f.Name), h.Value(o.Value), when(checked, h.Checked()), when(o.Disabled, h.Disabled()),
				unless(o.Key == "", g.Attr("data-w-key", o.Key)), unless(o.Key == "", aria("keyshortcuts", o.Key)),
				unless(o.Then == "", g.Attr("data-w-then", o.Then)), described(id, f)),
			h.Label(h.For(box), g.Text(o.Label), g.Iff(o.Key != "", func() g.Node { return g.Group{g.Text(" "), Key(o.Key)} }), text(h.Span, "w-sub", o.Sub))))
	}
	return h.FieldSet(h.Class(f.class()+" w-group"), h.Legend(g.Text(f.Label), e.requiredMark(f)), h.Div(h.Class("w-boxes"), nodes), e.fieldHelp(id, f))
}

// keyed says that choices of the field have shortcuts.
func (f Field) keyed() bool {
	return slices.ContainsFunc(f.Options, func(o Option) bool { return o.Key != "" })
}

// pickerSpec is what a combobox needs, in a form or in the top bar.
type pickerSpec struct {
	id, name, label string
	labelled        bool
	source          string
	value, shown    string
	goes            bool
	field           Field
}

// picker is a combobox: a text that finds, a list of what was found, and the
// hidden value that is sent. The script fetches the list from the source.
func (e Env) picker(p pickerSpec) g.Node {
	list := p.id + "-list"
	return h.Div(h.Class("w-picker"), g.Attr("data-w-picker", safeURL(p.source)), when(p.goes, g.Attr("data-w-goes")), when(p.field.Again, g.Attr("data-w-again")),
		unless(p.name == "", h.Input(h.Type("hidden"), h.Name(p.name), h.Value(p.value))),
		h.Input(h.Class("w-control"), h.ID(p.id), h.Type("text"), h.Role("combobox"), g.Attr("aria-expanded", "false"), g.Attr("aria-autocomplete", "list"),
			g.Attr("aria-controls", list), unless(p.labelled, aria("label", p.label)), h.Value(p.shown), h.AutoComplete("off"), g.Attr("spellcheck", "false"),
			described(p.id, p.field), when(p.field.Required, g.Attr("aria-required", "true")), when(p.field.Focus, h.AutoFocus())),
		h.Button(h.Class("w-picker-clear"), h.Type("button"), h.TabIndex("-1"), aria("label", e.t("ui.clear")), e.icon(IconClose)),
		h.Ul(h.Class("w-picker-list"), h.ID(list), h.Role("listbox"), aria("label", p.label), g.Attr("hidden")))
}

// PickerOptions is what the source of a picker answers: the lines found, as a
// fragment. Values are sent, or are addresses when the picker goes somewhere.
func (e Env) PickerOptions(found []Option) g.Node {
	if len(found) == 0 {
		return h.Li(h.Class("w-picker-none"), h.Role("option"), g.Attr("aria-disabled", "true"), g.Text(e.t("ui.none_found")))
	}
	return g.Map(found, func(o Option) g.Node {
		return h.Li(h.Role("option"), g.Attr("aria-selected", "false"), g.Attr("data-value", o.Value), g.Attr("data-label", o.Label),
			when(o.Disabled, g.Attr("aria-disabled", "true")), h.Span(g.Text(o.Label)), text(h.Span, "w-sub", o.Sub))
	})
}
