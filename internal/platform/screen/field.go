package screen

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// FieldLabel is the label of an operation's field.
func (v *View) FieldLabel(d *op.Def, name string) string {
	if own := "field." + d.Name + "." + name; v.Texts.Has(own) {
		return v.Say(own)
	}
	return v.Say("field." + name)
}

// fieldHelp is the line under the field; empty without a text.
func (v *View) fieldHelp(d *op.Def, name string) string {
	for _, key := range []string{"field." + d.Name + "." + name + ".help", "field." + name + ".help"} {
		if v.Texts.Has(key) {
			return v.Say(key)
		}
	}
	return ""
}

// Noun is the kind of record an operation is about: the second part of its name.
func Noun(name string) string {
	parts := strings.Split(name, ".")
	if len(parts) < 2 {
		return name
	}
	return parts[1]
}

// Field is the control of an operation's field with the values typed so far.
func (v *View) Field(ctx context.Context, d *op.Def, f *op.Field, values url.Values, faults map[string]string) (ui.Field, error) {
	out := ui.Field{
		Name: f.Name, Label: v.FieldLabel(d, f.Name), Help: v.fieldHelp(d, f.Name), Required: f.Required,
		Value: values.Get(f.Name), Values: values[f.Name], Error: faultOf(faults, f.Name),
	}
	if f.Max > 0 && f.Max <= 5000 && f.Type == op.Text {
		out.MaxLength = int(f.Max)
	}
	v.fieldKind(&out, f)
	if out.Kind == ui.PickField && out.Value != "" {
		id, err := strconv.ParseInt(out.Value, 10, 64)
		if err != nil {
			return out, nil
		}
		out.Shown, err = v.Label(ctx, Noun(f.Ref), op.ID(id))
		return out, err
	}
	if f.Secret {
		out.Value = ""
	}
	return out, nil
}

func (v *View) fieldKind(out *ui.Field, f *op.Field) {
	switch {
	case f.Many && f.Pattern == "right":
		out.Kind, out.Options = ui.MultiField, v.rightOptions()
	case f.Pattern == "right" && f.Name == "right":
		out.Kind, out.Options = ui.EnumField, v.rightOptions()
	case f.Type == op.Choice && f.Many:
		out.Kind, out.Options = ui.MultiField, v.EnumOptions(f)
	case f.Type == op.Choice:
		out.Kind, out.Options = ui.EnumField, v.EnumOptions(f)
	case f.Type == op.Ident && f.Ref != "":
		out.Kind, out.Source = ui.PickField, v.Href("/pick/"+f.Ref)
	case f.Type == op.Number, f.Type == op.Ident:
		out.Kind = ui.NumberField
	case f.Type == op.Flag:
		out.Kind = ui.BoolField
	case f.Type == op.Date:
		out.Kind = ui.DateField
	case f.Type == op.Amount:
		out.Kind, out.Unit = ui.AmountField, v.Say("unit.dh")
	case f.Type == op.Decimal:
		out.Kind = ui.AmountField
	case f.Type == op.File:
		out.Kind, out.Accept = ui.FileField, ".csv,text/csv"
	case f.Secret:
		out.Kind = ui.PasswordField
	case f.Lines || f.Many:
		out.Kind = ui.AreaField
	default:
		out.Kind = ui.TextField
		out.Code = f.Pattern == "code" || f.Pattern == "login" || f.Pattern == "right"
	}
}

// EnumOptions are the words of a closed set.
func (v *View) EnumOptions(f *op.Field) []ui.Option {
	out := make([]ui.Option, 0, len(f.Values))
	for _, value := range f.Values {
		out = append(out, ui.Option{Value: value, Label: v.Say("enum." + f.EnumName + "." + value)})
	}
	return out
}

// RightLabel is the name of a right: the operation's title, or approving it.
func (v *View) RightLabel(right string) string {
	if name, approving := strings.CutSuffix(right, op.ApproveSuffix); approving && v.Runner.Registry.Find(name) != nil {
		return v.Say("right.approve", "operation", v.Say("op."+name))
	}
	return v.Say("op." + right)
}

func (v *View) rightOptions() []ui.Option {
	rights := v.Runner.Registry.Rights()
	out := make([]ui.Option, 0, len(rights))
	for _, right := range rights {
		module, _, _ := strings.Cut(right, ".")
		out = append(out, ui.Option{Value: right, Label: v.RightLabel(right), Group: v.Say("module." + module)})
	}
	return out
}

// faultOf is the fault of a field or of one of its elements.
func faultOf(faults map[string]string, name string) string {
	if m := faults[name]; m != "" {
		return m
	}
	for path, m := range faults {
		if strings.HasPrefix(path, name+"[") {
			return m
		}
	}
	return ""
}
