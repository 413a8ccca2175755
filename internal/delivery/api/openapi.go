package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
)

// OpenAPIVersion is the version of the specification the document follows.
const OpenAPIVersion = "3.1.0"

// Document is the OpenAPI document of the operations the network may ask for.
// It depends on the registry, the words and the version only, and is the same bytes
// each time.
func Document(r *op.Registry, w render.Words, version string) ([]byte, error) {
	b := &builder{words: w, registry: r}
	b.schemas = newSchemas(b.words)
	doc := &huma.OpenAPI{
		OpenAPI: OpenAPIVersion,
		Info:    &huma.Info{Title: b.words.T("api.title"), Description: b.words.T("api.intro"), Version: version},
		Servers: []*huma.Server{{URL: Prefix}},
		Paths:   map[string]*huma.PathItem{},
		Tags:    b.tags(),
	}
	for _, d := range served(r) {
		item := doc.Paths[d.Path]
		if item == nil {
			item = &huma.PathItem{}
			doc.Paths[d.Path] = item
		}
		if d.Kind.Changes() {
			item.Post = b.operation(d)
		} else {
			item.Get = b.operation(d)
		}
	}
	doc.Components = b.components()
	doc.Security = []map[string][]string{{"token": {}}}
	body, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return append(body, '\n'), nil
}

// builder makes the parts of one document.
type builder struct {
	words    render.Words
	registry *op.Registry
	schemas  *schemas
}

func (b *builder) tags() []*huma.Tag {
	var tags []*huma.Tag
	for _, m := range modulesOf(b.registry) {
		tags = append(tags, &huma.Tag{Name: m, Description: b.words.Module(m)})
	}
	return tags
}

// modulesOf are the modules that serve something, sorted.
func modulesOf(r *op.Registry) []string {
	var names []string
	for _, d := range served(r) {
		names = append(names, d.Module())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (b *builder) operation(d *op.Def) *huma.Operation {
	o := &huma.Operation{
		OperationID: d.Name, Summary: b.words.Title(d), Description: b.words.Help(d), Tags: []string{d.Module()},
		Parameters: b.parameters(d), Responses: b.responses(d), Extensions: b.extensions(d),
	}
	if d.Access == op.Anyone {
		o.Security = []map[string][]string{{}}
	}
	if d.Kind.Changes() {
		o.RequestBody = b.requestBody(d)
	}
	return o
}

// extensions say what OpenAPI has no word for.
func (b *builder) extensions(d *op.Def) map[string]any {
	x := map[string]any{"x-wasl-kind": string(d.Kind), "x-wasl-access": string(d.Access)}
	if len(d.Duties) > 0 {
		x["x-wasl-duties"] = d.Duties
	}
	if rights := d.Rights(); len(rights) > 0 {
		x["x-wasl-right"] = rights[0]
	}
	if d.FourEyes {
		x["x-wasl-approve-right"] = d.ApproveRight()
	}
	if d.Central {
		x["x-wasl-central"] = true
	}
	return x
}

func (b *builder) parameters(d *op.Def) []*huma.Param {
	var out []*huma.Param
	example := exampleOf(d)
	for _, f := range d.Fields {
		inPath := slices.Contains(d.PathParams(), f.Name)
		if d.Kind.Changes() && !inPath {
			continue
		}
		p := &huma.Param{Name: f.Name, In: "query", Required: f.Required, Schema: b.schemas.input(d, f), Example: example[f.Name]}
		if inPath {
			p.In, p.Required = "path", true
		}
		p.Description, p.Schema.Description = p.Schema.Description, ""
		out = append(out, p)
	}
	common := []string{"request-id"}
	switch {
	case d.Kind.Changes():
		common = []string{"idempotency-key", "dry-run", "request-id"}
	case d.Kind == op.List:
		out = append(out, b.listParameters(d)...)
		common = []string{"unit", "request-id"}
	}
	for _, name := range common {
		out = append(out, &huma.Param{Ref: "#/components/parameters/" + name})
	}
	return out
}

// listParameters are those of paging and of the form of the answer.
func (b *builder) listParameters(d *op.Def) []*huma.Param {
	low, high := float64(1), float64(page.LimitMax)
	query := func(name string, s *huma.Schema) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: b.words.T("api.param." + name), Schema: s}
	}
	out := []*huma.Param{
		query("limit", &huma.Schema{Type: "integer", Minimum: &low, Maximum: &high, Default: page.LimitDefault}),
		query("format", &huma.Schema{Type: "string", Enum: []any{"json", "csv", "xlsx"}, Default: "json"}),
		query("dialect", &huma.Schema{Type: "string", Enum: []any{"rfc4180", "excel"}}),
	}
	if d.Field("unit") == nil {
		out = append(out, query("unit", &huma.Schema{Type: "string", Pattern: idPattern}))
	}
	if render.Paged(d) {
		out = append(out, query("cursor", &huma.Schema{Type: "string"}), query("sort", &huma.Schema{Type: "string", Enum: sortsOf(d), Default: d.Sorts[0]}))
	}
	return out
}

// sortsOf are the orders of a list, each both ways.
func sortsOf(d *op.Def) []any {
	var out []any
	for _, s := range d.Sorts {
		name := s
		if s[0] == '-' {
			name = s[1:]
		}
		out = append(out, name, "-"+name)
	}
	return out
}

// exampleOf is the example input as a JSON object; nil when there is none.
func exampleOf(d *op.Def) map[string]any {
	if d.Example == nil {
		return nil
	}
	body, err := json.Marshal(d.Example)
	if err != nil {
		return nil
	}
	out := map[string]any{}
	if json.Unmarshal(body, &out) != nil {
		return nil
	}
	for name, v := range out {
		f := d.Field(name)
		if f == nil || v == nil || (v == "" && !f.Required) || f.Type == op.File {
			delete(out, name)
		}
	}
	return out
}

func (b *builder) requestBody(d *op.Def) *huma.RequestBody {
	example := exampleOf(d)
	for _, name := range d.PathParams() {
		delete(example, name)
	}
	media := &huma.MediaType{Schema: b.schemas.body(d)}
	if len(example) > 0 {
		media.Example = example
	}
	body := &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": media}, Required: len(media.Schema.Required) > 0}
	if takesFiles(d) {
		body.Content["multipart/form-data"] = &huma.MediaType{Schema: b.schemas.form(d)}
	}
	return body
}

func (b *builder) responses(d *op.Def) map[string]*huma.Response {
	out := map[string]*huma.Response{"default": {Ref: "#/components/responses/problem"}}
	for _, status := range []int{http.StatusForbidden, http.StatusUnauthorized, http.StatusUnprocessableEntity} {
		if d.Access != op.Anyone || status == http.StatusUnprocessableEntity {
			out[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/problem"}
		}
	}
	done := func(text string, s *huma.Schema) *huma.Response {
		return &huma.Response{Description: b.words.T(text), Content: map[string]*huma.MediaType{"application/json": {Schema: s}}}
	}
	switch d.Kind {
	case op.List:
		ok := done("api.answer.page", b.pageSchema(d))
		ok.Content["text/csv"] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
		ok.Content[render.WorkbookType] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		out["200"] = ok
	case op.Get:
		ok := done("api.answer.record", b.schemas.of(d.Out))
		if d.GivesDocument() {
			ok.Content["application/octet-stream"] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		}
		out["200"] = ok
	case op.Command:
		out["200"] = done("api.answer.done", &huma.Schema{OneOf: []*huma.Schema{b.schemas.of(d.Out), ref("trial")}})
	case op.Job:
		out["200"] = done("api.answer.trial", ref("trial"))
		out["202"] = done("api.answer.queued", b.schemas.of(d.Out))
	}
	if d.FourEyes {
		out["202"] = done("api.answer.proposed", ref("proposed"))
	}
	return out
}

func (b *builder) pageSchema(d *op.Def) *huma.Schema {
	return &huma.Schema{Type: "object", Required: []string{"items", "next"}, Properties: map[string]*huma.Schema{
		"items": {Type: "array", Items: b.schemas.of(d.Out)},
		"next":  {Type: "string", Nullable: true, Description: b.words.T("api.param.cursor")},
	}}
}

// components are the parts that operations share. It comes last: the schemas
// of results are collected on the way.
func (b *builder) components() *huma.Components {
	named := b.schemas
	problem := named.of(reflect.TypeFor[render.Problem]())
	named.named["problem"] = &huma.Schema{AllOf: []*huma.Schema{problem}}
	named.named["trial"] = &huma.Schema{AllOf: []*huma.Schema{named.of(reflect.TypeFor[render.Trial]())}}
	named.named["proposed"] = &huma.Schema{AllOf: []*huma.Schema{named.of(reflect.TypeFor[render.Waiting]())}}
	named.named["file"] = &huma.Schema{Type: "object", Required: []string{"name", "content"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"name": {Type: "string"}, "content": {Type: "string", ContentEncoding: "base64"},
	}}
	parameter := func(name, in, text string, s *huma.Schema) *huma.Param {
		return &huma.Param{Name: name, In: in, Description: b.words.T(text), Schema: s}
	}
	keyMax := op.KeyMax
	return &huma.Components{
		Schemas: registryOf(named.named),
		Parameters: map[string]*huma.Param{
			"idempotency-key": parameter(HeaderKey, "header", "api.param.key", &huma.Schema{Type: "string", MaxLength: &keyMax}),
			"dry-run":         parameter(HeaderDryRun, "header", "api.param.dry_run", &huma.Schema{Type: "string", Enum: []any{"true", "false"}}),
			"request-id":      parameter(HeaderRequestID, "header", "api.param.request_id", &huma.Schema{Type: "string", Pattern: requestIDShape}),
			"unit":            parameter(HeaderUnit, "header", "api.param.unit", &huma.Schema{Type: "string", Pattern: idPattern}),
		},
		Responses: map[string]*huma.Response{"problem": {
			Description: b.words.T("api.answer.problem"),
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: ref("problem")}},
		}},
		SecuritySchemes: map[string]*huma.SecurityScheme{
			"token": {Type: "http", Scheme: "bearer", BearerFormat: "wasl_t_…", Description: b.words.T("api.security")},
		},
	}
}

// registryOf hands ready schemas to the document.
func registryOf(named map[string]*huma.Schema) huma.Registry {
	r := huma.NewMapRegistry(schemaPrefix, huma.DefaultSchemaNamer)
	all := r.Map()
	for name, s := range named {
		all[name] = s
	}
	return r
}
