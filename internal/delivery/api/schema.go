package api

import (
	"encoding"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// schemaPrefix is where the named schemas are.
const schemaPrefix = "#/components/schemas/"

// The shapes of texts that carry numbers.
const (
	amountPattern = `^-?[0-9]+\.[0-9]{2}$`
	// decimalPattern is a quantity of up to three decimals.
	decimalPattern = `^-?[0-9]+(\.[0-9]{1,3})?$`
	idPattern      = `^[1-9][0-9]{0,15}$`
)

var (
	dateType    = reflect.TypeFor[day.Date]()
	instantType = reflect.TypeFor[time.Time]()
	amountType  = reflect.TypeFor[money.Amount]()
	idType      = reflect.TypeFor[op.ID]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	enumType    = reflect.TypeFor[op.Enum]()
	textType    = reflect.TypeFor[encoding.TextMarshaler]()
	jsonType    = reflect.TypeFor[json.Marshaler]()
)

// schemas collects the named schemas of results: structs, once each.
type schemas struct {
	words render.Words
	named map[string]*huma.Schema
	names map[reflect.Type]string
}

func newSchemas(w render.Words) *schemas {
	return &schemas{words: w, named: map[string]*huma.Schema{}, names: map[reflect.Type]string{}}
}

func ref(name string) *huma.Schema { return &huma.Schema{Ref: schemaPrefix + name} }

// of is the schema of a type as encoding/json writes it.
func (s *schemas) of(t reflect.Type) *huma.Schema {
	if t.Kind() == reflect.Pointer {
		return nullable(s.of(t.Elem()))
	}
	if known := wellKnown(t); known != nil {
		return known
	}
	if t.Implements(enumType) {
		values := reflect.Zero(t).Interface().(op.Enum).EnumValues()
		// The empty word stands for none chosen.
		return &huma.Schema{Type: "string", Enum: anys(append(slices.Clone(values), ""))}
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.structure(t)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return &huma.Schema{Type: "string", ContentEncoding: "base64"}
		}
		return nullable(&huma.Schema{Type: "array", Items: s.of(t.Elem())})
	case reflect.Map:
		return nullable(&huma.Schema{Type: "object", AdditionalProperties: s.of(t.Elem())})
	case reflect.String:
		return &huma.Schema{Type: "string"}
	case reflect.Bool:
		return &huma.Schema{Type: "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &huma.Schema{Type: "integer"}
	}
	return &huma.Schema{} // anything
}

// wellKnown is the schema of the types that write themselves; nil for others.
func wellKnown(t reflect.Type) *huma.Schema {
	switch t {
	case dateType:
		return nullable(&huma.Schema{Type: "string", Format: "date"})
	case instantType:
		return &huma.Schema{Type: "string", Format: "date-time"}
	case amountType:
		return &huma.Schema{Type: "string", Pattern: amountPattern}
	case idType:
		return nullable(&huma.Schema{Type: "string", Pattern: idPattern})
	case rawType:
		return &huma.Schema{}
	}
	switch {
	case t.Implements(enumType):
		return nil
	case t.Implements(jsonType):
		return &huma.Schema{}
	case t.Implements(textType):
		return &huma.Schema{Type: "string"}
	}
	return nil
}

func nullable(s *huma.Schema) *huma.Schema {
	if s.Type != "" {
		s.Nullable = true
		return s
	}
	if s.Ref != "" {
		return &huma.Schema{OneOf: []*huma.Schema{s, {Type: "null"}}}
	}
	return s
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// structure is a reference to the named schema of a struct, made on first use.
// A struct without name is described in place.
func (s *schemas) structure(t reflect.Type) *huma.Schema {
	if t.Name() == "" {
		out := &huma.Schema{Type: "object"}
		s.fill(out, t)
		return out
	}
	name, known := s.names[t]
	if !known {
		name = s.free(notInNames.ReplaceAllString(t.String(), "-"))
		s.names[t] = name
		out := &huma.Schema{Type: "object"}
		s.named[name] = out
		s.fill(out, t)
	}
	return ref(name)
}

// free makes a name unique: two packages may have the same last part.
func (s *schemas) free(name string) string {
	for s.named[name] != nil {
		name += "-2"
	}
	return name
}

func (s *schemas) fill(out *huma.Schema, t reflect.Type) {
	out.Properties = map[string]*huma.Schema{}
	for _, sf := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if sf.Anonymous || !sf.IsExported() || name == "-" || name == "" {
			continue
		}
		property := s.of(sf.Type)
		if property.Ref == "" {
			property.Description = s.words.Column(name)
		}
		out.Properties[name] = property
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			out.Required = append(out.Required, name)
		}
	}
}

// input is the schema of one input field in JSON.
func (s *schemas) input(d *op.Def, f op.Field) *huma.Schema {
	one := s.inputValue(d, f)
	if f.Many {
		most := op.ListMax
		one = &huma.Schema{Type: "array", Items: one, MaxItems: &most}
	}
	one.Description = sentence(s.words.Field(d, f.Name), s.words.FieldHelp(d, f.Name))
	if f.Ref != "" {
		one.Extensions = map[string]any{"x-wasl-ref": f.Ref}
	}
	one.WriteOnly = f.Secret
	return one
}

func (s *schemas) inputValue(d *op.Def, f op.Field) *huma.Schema {
	switch f.Type {
	case op.Number:
		low, high := float64(f.Min), float64(f.Max)
		return &huma.Schema{Type: "integer", Minimum: &low, Maximum: &high}
	case op.Ident:
		return &huma.Schema{Type: "string", Pattern: idPattern}
	case op.Flag:
		return &huma.Schema{Type: "boolean"}
	case op.Date:
		return &huma.Schema{Type: "string", Format: "date"}
	case op.Amount:
		return &huma.Schema{Type: "string", Pattern: amountPattern}
	case op.Decimal:
		return &huma.Schema{Type: "string", Pattern: decimalPattern}
	case op.Choice:
		return &huma.Schema{Type: "string", Enum: anys(f.Values), Extensions: nil}
	case op.File:
		return ref("file")
	}
	most := int(f.Max)
	out := &huma.Schema{Type: "string", MaxLength: &most}
	if f.Min > 0 {
		least := int(f.Min)
		out.MinLength = &least
	}
	if f.Pattern != "" {
		out.Extensions = map[string]any{"x-wasl-pattern": f.Pattern}
	}
	return out
}

// body is the schema of the JSON body of a change: the fields that are not in
// the path.
func (s *schemas) body(d *op.Def) *huma.Schema {
	out := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, f := range d.Fields {
		if slices.Contains(d.PathParams(), f.Name) {
			continue
		}
		out.Properties[f.Name] = s.input(d, f)
		if f.Required {
			out.Required = append(out.Required, f.Name)
		}
	}
	return out
}

// form is body for a multipart form, where a file is a part.
func (s *schemas) form(d *op.Def) *huma.Schema {
	out := s.body(d)
	for _, f := range d.Fields {
		if f.Type == op.File && out.Properties[f.Name] != nil {
			out.Properties[f.Name] = &huma.Schema{Type: "string", Format: "binary", Description: s.words.Field(d, f.Name)}
		}
	}
	return out
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// sentence joins a label and its explanation.
func sentence(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	return strings.Join(parts, ". ")
}
