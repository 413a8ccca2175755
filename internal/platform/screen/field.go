package screen

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
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
	if f.Type == op.Ident && f.Ref != "" && f.Many {
		if f.Within != "" {
			return out, v.offered(ctx, &out, f, values.Get(f.Within))
		}
		return out, v.several(ctx, &out, f)
	}
	if out.Kind == ui.PickField && out.Value != "" {
		id, err := strconv.ParseInt(out.Value, 10, 64)
		if err != nil {
			return out, nil
		}
		out.Shown, err = v.Label(ctx, v.Runner.Registry.KindOf(f.Ref), op.ID(id))
		return out, err
	}
	if f.Secret {
		out.Value = ""
	}
	return out, nil
}

// severalMax bounds the records offered where several may be chosen.
const severalMax = 200

// several offers records to tick: those the address names, or the first of their list.
func (v *View) several(ctx context.Context, out *ui.Field, f *op.Field) error {
	var ids []op.ID
	for _, value := range out.Values {
		if id := idOfText(value); id != 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 && v.May(f.Ref) {
		d := v.Runner.Registry.Find(f.Ref)
		q := v.request(f.Ref, op.Input{})
		q.Page.Limit = severalMax
		if _, err := v.Runner.Rows(ctx, q, nil, func(row any) error {
			if id, ok := idOf(d, row); ok {
				ids = append(ids, id)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	words, err := v.Labels(ctx, v.Runner.Registry.KindOf(f.Ref), ids)
	out.Kind, out.Source = ui.MultiField, ""
	for _, id := range ids {
		label := words[id]
		if label == "" {
			label = id.String()
		}
		out.Options = append(out.Options, ui.Option{Value: id.String(), Label: label})
	}
	return err
}

// Offered rows of a list say how they read among choices: their name, what comes
// after it, and the title of the group they stand in.
type Offered interface {
	Offer(say func(key string, args ...any) string) (name, sub, group string)
}

// offered offers the records that go with another field of the form, ticked or not;
// before that field is known, those that are ticked.
func (v *View) offered(ctx context.Context, out *ui.Field, f *op.Field, within string) error {
	out.Kind, out.Source = ui.MultiField, ""
	if within == "" || !v.May(f.Ref) {
		out.Options = plainOptions(out.Values)
		return nil
	}
	d := v.Runner.Registry.Find(f.Ref)
	q := v.request(f.Ref, inputOf([]string{f.Within, within}))
	q.Page.Limit = severalMax
	_, err := v.Runner.Rows(ctx, q, nil, func(row any) error {
		id, ok := idOf(d, row)
		if !ok {
			return nil
		}
		o := ui.Option{Value: id.String(), Label: id.String()}
		if named, ok := row.(Offered); ok {
			o.Label, o.Sub, o.Group = named.Offer(v.Say)
		}
		out.Options = append(out.Options, o)
		return nil
	})
	if fault.KindOf(err) == fault.Invalid { // the other field says what is wrong
		out.Options = plainOptions(out.Values)
		return nil
	}
	slices.SortStableFunc(out.Options, func(a, b ui.Option) int { return cmp.Compare(a.Group, b.Group) })
	return err
}

// plainOptions are values that have no better words.
func plainOptions(values []string) (out []ui.Option) {
	for _, value := range values {
		out = append(out, ui.Option{Value: value, Label: value})
	}
	return out
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
	case f.Month:
		out.Kind, out.Value = ui.MonthField, monthValue(out.Value)
	case f.Type == op.Date:
		out.Kind = ui.DateField
	case f.Type == op.Amount:
		out.Kind, out.Unit = ui.AmountField, v.Say("unit.dh")
	case f.Type == op.Price:
		out.Kind, out.Unit = ui.AmountField, v.Say("unit.dh")
	case f.Type.Decimal():
		out.Kind = ui.AmountField
	case f.Type == op.File:
		out.Kind, out.Accept, out.Several = ui.FileField, ".csv,text/csv", f.Many
		if f.Accept != "" {
			out.Accept = strings.ReplaceAll(f.Accept, " ", ",")
		}
	case f.Secret:
		out.Kind = ui.PasswordField
	case f.Lines || f.Many:
		out.Kind = ui.AreaField
	default:
		out.Kind = ui.TextField
		out.Code = f.Pattern == "code" || f.Pattern == "login" || f.Pattern == "right"
	}
}

// monthValue is a date or a month as a control for months takes it, 2026-11; what is
// neither stays as it was typed.
func monthValue(text string) string {
	if d, err := day.ParseFrench(text); err == nil {
		return day.MonthOf(d).String()
	}
	if m, err := day.ParseMonthFrench(text); err == nil {
		return m.String()
	}
	return text
}

// monthWord is a month of the address in words, novembre 2026.
func (v *View) monthWord(text string) string {
	if m, err := day.ParseMonth(monthValue(text)); err == nil {
		return v.Texts.Value(m)
	}
	return text
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
