package screen

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// FormState is what a form is drawn with.
type FormState struct {
	// Values typed so far, or the record's.
	Values url.Values
	// Message and Faults are a refusal in words.
	Message string
	Faults  map[string]string
	// Key is the idempotency key: kept when the form comes back with errors.
	Key string
	// Back is where one returns.
	Back string
	// Again says that a value others go with was chosen: nothing is judged yet.
	Again bool
	// Effect is what a dry run found.
	Effect []op.Change
}

// AgainField asks for a posted form again with what is known so far: nothing is judged.
const AgainField = "_again"

// PreviewField asks a posted form for its effect instead of carrying it out.
const PreviewField = "_preview"

// BackField carries the address to return to.
const BackField = "back"

// OpForm is the form of an operation. Path parameters and the row version are sent
// as they are; everything else is a field.
func (v *View) OpForm(ctx context.Context, d *op.Def, s FormState) (ui.Form, error) {
	f := ui.Form{
		ID: "op", Action: v.OpHref(d.Name), IdemKey: s.Key, Submit: v.Say("op." + d.Name), Cancel: s.Back,
		Hidden: []ui.Pair{{Name: BackField, Value: s.Back}},
	}
	if s.Message != "" {
		f.Errors = []string{s.Message}
	}
	sets := []ui.FieldSet{{}}
	shown := 0
	for i := range d.Fields {
		field := &d.Fields[i]
		if v.carried(d, field, s.Values) {
			f.Hidden = append(f.Hidden, ui.Pair{Name: field.Name, Value: s.Values.Get(field.Name)})
			if m := faultOf(s.Faults, field.Name); m != "" {
				f.Errors = append(f.Errors, v.FieldLabel(d, field.Name)+ui.HardSpace+": "+m)
			}
			continue
		}
		control, err := v.Field(ctx, d, field, s.Values, s.Faults)
		if err != nil {
			return f, err
		}
		control.Focus = shown == 0 && len(s.Faults) == 0
		control.Again = slices.ContainsFunc(d.Fields, func(other op.Field) bool { return other.Within == field.Name })
		shown++
		if title := "fieldset." + d.Name + "." + field.Name; v.Texts.Has(title) {
			sets = append(sets, ui.FieldSet{Title: v.Say(title)})
		}
		last := &sets[len(sets)-1]
		last.Fields = append(last.Fields, control)
	}
	f.Sets = slices.DeleteFunc(sets, func(set ui.FieldSet) bool { return len(set.Fields) == 0 })
	f.Errors = append(f.Errors, elsewhere(d, s.Faults)...)
	f.More = []ui.Button{{Label: v.Say("form.preview"), Icon: ui.IconEye, Name: PreviewField, Value: "1"}}
	if d.Kind == op.Job {
		f.More = nil
	}
	if s.Effect != nil {
		diff, err := v.Changes(ctx, s.Effect)
		if err != nil {
			return f, err
		}
		f.Effect = v.Panel(ui.Panel{Title: v.Say("form.effect"), Body: diff})
	}
	return f, nil
}

// faultsShown bounds the faults of a form that belong to no field of it.
const faultsShown = 50

// elsewhere are the faults at places that are no field: the lines of a file.
func elsewhere(d *op.Def, faults map[string]string) []string {
	var out []string
	for path, message := range faults {
		name, _, _ := strings.Cut(path, "[")
		if d.Field(name) == nil {
			out = append(out, path+ui.HardSpace+": "+message)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), faultsShown)]
}

// carried says that a field goes with the form without being shown: a path
// parameter already known, the version of the row read.
func (v *View) carried(d *op.Def, f *op.Field, values url.Values) bool {
	known := values.Get(f.Name) != ""
	if f.Name == "sha256" && known {
		return true // what was read, as the version is
	}
	if f.Name == "version" && d.Versioned {
		return true
	}
	return known && slices.Contains(d.PathParams(), f.Name)
}

// Prefill gives the values of the record a form changes: those of the noun's
// show operation whose names the form knows.
func (v *View) Prefill(ctx context.Context, d *op.Def, values url.Values) error {
	show := v.Runner.Registry.Record(d)
	if show == nil || !v.May(show.Name) {
		return nil
	}
	var pairs []string
	for _, p := range show.Fields {
		if p.Required && values.Get(p.Name) == "" {
			return nil
		}
		pairs = append(pairs, p.Name, values.Get(p.Name))
	}
	if len(pairs) == 0 {
		return nil
	}
	record, err := v.Get(ctx, show.Name, pairs...)
	if err != nil {
		return err
	}
	for _, f := range d.Fields {
		if f.Secret || f.Type == op.File || len(values[f.Name]) > 0 {
			continue
		}
		for _, c := range show.Columns {
			if c.Name == f.Name {
				values[f.Name] = plainValues(c.Value(record))
			}
		}
	}
	return nil
}
