package op

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Input is a request's input before validation: by field name, strings,
// json.Number, bool, nil, []any or Upload. JSON, forms, query strings and
// flags all become this, so one validator serves them.
type Input map[string]any

// FromJSON reads a JSON object. Duplicate names and trailing data are refused.
func FromJSON(body []byte) (Input, error) {
	in := Input{}
	if len(bytes.TrimSpace(body)) == 0 {
		return in, nil
	}
	if !utf8.Valid(body) {
		return nil, fault.New(fault.Invalid, "input.utf8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, fault.Wrap(err, fault.Invalid, "input.json", "offset", dec.InputOffset())
	}
	for dec.More() {
		tok, err := dec.Token()
		name, ok := tok.(string)
		if err != nil || !ok {
			return nil, fault.Wrap(err, fault.Invalid, "input.json", "offset", dec.InputOffset())
		}
		if _, twice := in[name]; twice {
			return nil, fault.InvalidField(name, "input.twice")
		}
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "input.json", "offset", dec.InputOffset())
		}
		in[name] = v
	}
	if _, err := dec.Token(); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "input.json", "offset", dec.InputOffset())
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fault.New(fault.Invalid, "input.json", "offset", dec.InputOffset())
	}
	return in, nil
}

// FromValues reads a form, a query string or flags: names to lists of texts.
func FromValues(values map[string][]string) Input {
	in := Input{}
	for name, vs := range values {
		if len(vs) == 1 {
			in[name] = vs[0]
			continue
		}
		list := make([]any, len(vs))
		for i, v := range vs {
			list[i] = v
		}
		in[name] = list
	}
	return in
}

// NewUpload makes the value of a file field.
func NewUpload(name string, data []byte) Upload {
	sum := sha256.Sum256(data)
	return Upload{Name: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Data: data}
}

// Validator is an input with rules across its fields.
type Validator interface{ Validate() []fault.Field }

// decode makes the typed input of what a program wrote, with every field fault
// at once.
func (d *Def) decode(raw Input) (any, error) { return d.decodeBy(raw, byProgram) }

// decodeBy is decode for the hand that wrote the texts.
func (d *Def) decodeBy(raw Input, by hand) (any, error) {
	v := reflect.New(d.In)
	var faults []fault.Field
	for name := range raw {
		if d.Field(name) == nil {
			faults = append(faults, fault.Field{Path: name, Code: "input.unknown_field"})
		}
	}
	for i := range d.Fields {
		f := &d.Fields[i]
		faults = append(faults, f.set(v.Elem(), raw[f.Name], by)...)
	}
	if len(faults) == 0 {
		if rules, ok := v.Interface().(Validator); ok {
			faults = rules.Validate()
		}
	}
	return v.Interface(), fault.InvalidFields(faults)
}

// set puts one raw value into its field and says what is wrong with it.
func (f *Field) set(in reflect.Value, raw any, by hand) []fault.Field {
	target := in.FieldByIndex(f.index)
	if s, ok := raw.(string); ok && !f.Secret {
		raw = strings.TrimSpace(s)
	}
	if raw == nil || (raw == "" && !(f.Pointer && f.Type == Text)) {
		if f.Required {
			return []fault.Field{{Path: f.Name, Code: "input.required"}}
		}
		return nil
	}
	if f.Many {
		return f.setMany(target, raw, by)
	}
	value, fl := f.parse(raw, by)
	if fl != nil {
		fl.Path = f.Name
		return []fault.Field{*fl}
	}
	if f.Pointer {
		p := reflect.New(f.elem)
		p.Elem().Set(value)
		target.Set(p)
		return nil
	}
	target.Set(value)
	return nil
}

// value reads the field of a decoded input; nil when it is absent.
func (f *Field) value(in any) any {
	v := reflect.ValueOf(in).Elem().FieldByIndex(f.index)
	if f.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return v.Interface()
}

func (f *Field) setMany(target reflect.Value, raw any, by hand) []fault.Field {
	list, ok := raw.([]any)
	if !ok {
		list = nil
		if s, isText := raw.(string); isText && f.Type != Text {
			for _, part := range strings.Split(s, ",") {
				list = append(list, part)
			}
		} else {
			list = []any{raw}
		}
	}
	if len(list) > ListMax {
		return []fault.Field{{Path: f.Name, Code: "input.too_many", Args: fault.Args{"max": ListMax}}}
	}
	out := reflect.MakeSlice(reflect.SliceOf(f.elem), 0, len(list))
	var faults []fault.Field
	for i, item := range list {
		if s, isText := item.(string); isText {
			if item = strings.TrimSpace(s); item == "" {
				continue
			}
		}
		value, fl := f.parse(item, by)
		if fl != nil {
			fl.Path = fmt.Sprintf("%s[%d]", f.Name, i)
			faults = append(faults, *fl)
			continue
		}
		out = reflect.Append(out, value)
	}
	if f.Required && out.Len() == 0 && len(faults) == 0 {
		faults = append(faults, fault.Field{Path: f.Name, Code: "input.required"})
	}
	slot := target
	if f.Pointer {
		slot = reflect.New(reflect.SliceOf(f.elem)).Elem()
	}
	slot.Set(out)
	if f.Pointer {
		p := reflect.New(out.Type())
		p.Elem().Set(out)
		target.Set(p)
	}
	return faults
}

func bad(code string, pairs ...any) *fault.Field {
	args := fault.Args{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	return &fault.Field{Code: code, Args: args}
}

// parse reads one raw value as the field's type.
func (f *Field) parse(raw any, by hand) (reflect.Value, *fault.Field) {
	if f.Type == File {
		return f.parseFile(raw)
	}
	if b, ok := raw.(bool); ok {
		if f.Type != Flag {
			return reflect.Value{}, bad("input.type")
		}
		return reflect.ValueOf(b).Convert(f.elem), nil
	}
	s, ok := raw.(string)
	if n, isNumber := raw.(json.Number); isNumber {
		if f.Type != Number {
			return reflect.Value{}, bad("input.type")
		}
		s, ok = n.String(), true
	}
	if !ok {
		return reflect.Value{}, bad("input.type")
	}
	switch f.Type {
	case Text:
		return f.parseText(s)
	case Number, Ident:
		return f.parseInt(s)
	case Flag:
		return f.parseFlag(s)
	case Date:
		return f.parseDate(s)
	case Amount:
		return f.parseAmount(s)
	case Price, Quantity, Rate:
		return f.parseMeasure(s, by)
	case Choice:
		for _, v := range f.Values {
			if v == s {
				return reflect.ValueOf(s).Convert(f.elem), nil
			}
		}
		return reflect.Value{}, bad("input.enum", "values", strings.Join(f.Values, ", "))
	}
	return reflect.Value{}, bad("input.type")
}

// parseDate reads a date, or the first day of a month where the field asks for months.
func (f *Field) parseDate(s string) (reflect.Value, *fault.Field) {
	if f.Month {
		if m, err := day.ParseMonthFrench(s); err == nil {
			return reflect.ValueOf(m.First()), nil
		}
	}
	d, err := day.ParseFrench(s)
	if err != nil && f.Month {
		return reflect.Value{}, bad("input.month")
	}
	if err != nil {
		return reflect.Value{}, bad("input.date")
	}
	return reflect.ValueOf(d), nil
}

func (f *Field) parseText(s string) (reflect.Value, *fault.Field) {
	if !utf8.ValidString(s) {
		return reflect.Value{}, bad("input.utf8")
	}
	if !f.Secret {
		s = norm.NFC.String(s)
	}
	for _, r := range s {
		if unicode.IsControl(r) && !(f.Lines && (r == '\n' || r == '\r' || r == '\t')) {
			return reflect.Value{}, bad("input.control")
		}
	}
	n := int64(utf8.RuneCountInString(s))
	if n > f.Max {
		return reflect.Value{}, bad("input.too_long", "max", f.Max)
	}
	if n < f.Min {
		return reflect.Value{}, bad("input.too_short", "min", f.Min)
	}
	if f.Pattern != "" && s != "" && !patternOf(f.Pattern).MatchString(s) {
		return reflect.Value{}, bad("input.pattern." + f.Pattern)
	}
	return reflect.ValueOf(s).Convert(f.elem), nil
}

func (f *Field) parseInt(s string) (reflect.Value, *fault.Field) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return reflect.Value{}, bad("input.number")
	}
	if f.Type == Ident {
		if n <= 0 || n >= 1<<53 {
			return reflect.Value{}, bad("input.id")
		}
		return reflect.ValueOf(n).Convert(f.elem), nil
	}
	if n < f.Min || n > f.Max {
		return reflect.Value{}, bad("input.range", "min", f.Min, "max", f.Max)
	}
	if reflect.Zero(f.elem).OverflowInt(n) {
		return reflect.Value{}, bad("input.number")
	}
	return reflect.ValueOf(n).Convert(f.elem), nil
}

func (f *Field) parseFlag(s string) (reflect.Value, *fault.Field) {
	switch s {
	case "true", "1", "on", "oui":
		return reflect.ValueOf(true).Convert(f.elem), nil
	case "false", "0", "off", "non":
		return reflect.ValueOf(false).Convert(f.elem), nil
	}
	return reflect.Value{}, bad("input.bool")
}

func (f *Field) parseAmount(s string) (reflect.Value, *fault.Field) {
	a, err := money.ParseAmount(s)
	if err != nil {
		return reflect.Value{}, bad("input.amount")
	}
	if int64(a) < f.Min || int64(a) > f.Max {
		return reflect.Value{}, bad("input.range", "min", money.Amount(f.Min), "max", money.Amount(f.Max))
	}
	return reflect.ValueOf(a), nil
}

// FileMax is the largest file the field takes, in bytes.
func (f *Field) FileMax() int64 {
	if f.Stored {
		return StoredMax
	}
	return UploadMax
}

// parseFile accepts an Upload (form, flag) or {"name": …, "content": base64}.
func (f *Field) parseFile(raw any) (reflect.Value, *fault.Field) {
	up, ok := raw.(Upload)
	if !ok {
		object, isObject := raw.(map[string]any)
		name, hasName := object["name"].(string)
		content, hasContent := object["content"].(string)
		if !isObject || !hasName || !hasContent || len(object) != 2 {
			return reflect.Value{}, bad("input.file")
		}
		data, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			return reflect.Value{}, bad("input.file")
		}
		up = NewUpload(name, data)
	}
	if up.Size == 0 {
		return reflect.Value{}, bad("input.file_empty")
	}
	if most := f.FileMax(); up.Size > most || up.Kept && !f.Stored {
		return reflect.Value{}, bad("input.too_large", "max", most)
	}
	if utf8.RuneCountInString(up.Name) > TextMax || !utf8.ValidString(up.Name) || strings.ContainsFunc(up.Name, unicode.IsControl) {
		return reflect.Value{}, bad("input.file_name")
	}
	return reflect.ValueOf(up), nil
}

// The named shapes of texts.
var (
	// code: of a unit, a role, a holiday set: capitals, digits, dash, dot.
	codeShape = regexp.MustCompile(`^[A-Z0-9][A-Z0-9._-]{0,30}$`)
	// login: of a user.
	loginShape = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,40}$`)
	emailShape = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)
	phoneShape = regexp.MustCompile(`^\+?[0-9][0-9 .-]{5,20}$`)
	// ice: identifiant commun de l'entreprise, 15 digits (facts §8).
	iceShape    = regexp.MustCompile(`^[0-9]{15}$`)
	digitsShape = regexp.MustCompile(`^[0-9]+$`)
	// sha256 in lower-case hexadecimal.
	sha256Shape = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// time of day, 24 hours.
	clockShape = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	// right: the name of an operation, or of approving it.
	rightShape = regexp.MustCompile(`^[a-z]+(\.[a-z_]+)+$`)
)

// patternOf gives a named shape of text, or nil.
func patternOf(name string) *regexp.Regexp {
	switch name {
	case "code":
		return codeShape
	case "login":
		return loginShape
	case "email":
		return emailShape
	case "phone":
		return phoneShape
	case "ice":
		return iceShape
	case "digits":
		return digitsShape
	case "sha256":
		return sha256Shape
	case "clock":
		return clockShape
	case "right":
		return rightShape
	}
	return nil
}
