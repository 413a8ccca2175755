package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/net/html"

	"wasl/internal/delivery/api"
	"wasl/internal/delivery/render"
	"wasl/internal/platform/op"
)

// walk visits every value of a JSON document with its path.
func walk(path string, v any, visit func(path string, v any)) {
	visit(path, v)
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			walk(path+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), item, visit)
		}
	case []any:
		for _, item := range v {
			walk(path+"/-", item, visit)
		}
	}
}

func document(t *testing.T, e *env) map[string]any {
	t.Helper()
	doc := map[string]any{}
	if err := json.Unmarshal(e.api.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryReferenceResolves(t *testing.T) {
	t.Parallel()
	doc := document(t, newEnv(t))
	places := map[string]bool{}
	var refs []string
	walk("#", doc, func(path string, v any) {
		places[path] = true
		if m, ok := v.(map[string]any); ok {
			if ref, ok := m["$ref"].(string); ok {
				refs = append(refs, ref)
			}
		}
	})
	if len(refs) < 20 {
		t.Errorf("only %d references", len(refs))
	}
	for _, ref := range refs {
		if !places[ref] {
			t.Errorf("%s leads nowhere", ref)
		}
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	// The types of the library read what was written.
	var doc struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(e.api.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("version %q", doc.OpenAPI)
	}
	count := 0
	for _, d := range e.runner.Registry.All() {
		raw := doc.Paths[d.Path][strings.ToLower(d.Method())]
		if d.ConsoleOnly {
			if raw != nil {
				t.Errorf("%s is on the network", d.Name)
			}
			continue
		}
		count++
		walk("", raw, oneType)
		body, err := json.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		var o huma.Operation
		if err := json.Unmarshal(body, &o); err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		checkOperation(t, d, &o, body)
	}
	total := 0
	for _, item := range doc.Paths {
		total += len(item)
	}
	if count != total || count < 15 {
		t.Errorf("%d operations, %d described", count, total)
	}
}

// oneType turns the type [x, "null"] of a schema into x: the library writes
// the list and reads only the word.
func oneType(_ string, v any) {
	m, _ := v.(map[string]any)
	if list, ok := m["type"].([]any); ok {
		m["type"] = list[0]
	}
}

func checkOperation(t *testing.T, d *op.Def, o *huma.Operation, body []byte) {
	t.Helper()
	if o.OperationID != d.Name || o.Summary == "" || !slices.Equal(o.Tags, []string{d.Module()}) || o.Responses["default"] == nil {
		t.Errorf("%s: %s", d.Name, body)
	}
	described := map[string]bool{}
	for _, p := range o.Parameters {
		described[p.Name] = true
		if p.Name != "" && p.Schema == nil {
			t.Errorf("%s: parameter %s without schema", d.Name, p.Name)
		}
		if slices.Contains(d.PathParams(), p.Name) != (p.In == "path") {
			t.Errorf("%s: parameter %s in %s", d.Name, p.Name, p.In)
		}
	}
	if o.RequestBody != nil {
		for name := range o.RequestBody.Content["application/json"].Schema.Properties {
			described[name] = true
		}
	}
	for _, f := range d.Fields {
		if !described[f.Name] {
			t.Errorf("%s: field %s is not described", d.Name, f.Name)
		}
	}
	if d.FourEyes && o.Responses["202"] == nil {
		t.Errorf("%s: no 202", d.Name)
	}
	if d.Kind.Changes() != (o.RequestBody != nil) {
		t.Errorf("%s: body %v", d.Name, o.RequestBody)
	}
}

func TestDocumentDetails(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	doc := document(t, e)
	at := func(path string) any {
		var found any
		walk("#", doc, func(p string, v any) {
			if p == path {
				found = v
			}
		})
		return found
	}
	create := "#/paths/~1things/post"
	properties := create + "/requestBody/content/application~1json/schema/properties"
	for path, want := range map[string]any{
		create + "/x-wasl-right": "shop.thing.create",
		create + "/requestBody/content/application~1json/example/code":   "M-1",
		create + "/requestBody/content/application~1json/example/amount": "12.50",
		properties + "/amount/pattern":                                   `^-?[0-9]+\.[0-9]{2}$`,
		properties + "/since/format":                                     "date",
		properties + "/count/maximum":                                    float64(1000),
		properties + "/name/minLength":                                   float64(2),
		properties + "/unit/type":                                        "string",
		properties + "/tags/items/maxLength":                             float64(20),
		"#/paths/~1things~1{id}~1retire/post/x-wasl-approve-right":       "shop.thing.retire.approve",
		"#/components/securitySchemes/token/scheme":                      "bearer",
		"#/components/schemas/shop.Thing/properties/noted_at/format":     "date-time",
		"#/components/schemas/shop.Measure/properties/price/pattern":     `^-?[0-9]+\.[0-9]{2,6}$`,
		"#/components/schemas/shop.Measure/properties/volume/pattern":    `^-?[0-9]+(\.[0-9]{1,3})?$`,
		"#/components/schemas/shop.Measure/properties/share/pattern":     `^-?[0-9]+\.[0-9]{2,4}$`,
		"#/info/version": "1.2.3",
	} {
		if got := at(path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	if duties, _ := at(create + "/x-wasl-duties").([]any); len(duties) != 2 || duties[1] != "DRI-02" {
		t.Errorf("duties %v", duties)
	}
	if enum, _ := at(properties + "/kind/enum").([]any); len(enum) != 2 || enum[0] != "tool" {
		t.Errorf("enum %v", enum)
	}
	if security, _ := at("#/paths/~1session/post/security").([]any); len(security) != 1 {
		t.Errorf("signing in asks for a token: %v", security)
	}
	secret, _ := at("#/paths/~1session/post/requestBody/content/application~1json/schema/properties/password").(map[string]any)
	if secret["writeOnly"] != true {
		t.Errorf("secret %v", secret)
	}
	if at("#/paths/~1files/post/requestBody/content/multipart~1form-data/schema/properties/file/format") != "binary" {
		t.Error("the file is no part of a form")
	}
}

func TestDocumentIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for range 5 {
		body, err := api.Document(e.runner.Registry, render.NewWords(catalog(t), "fr"), "1.2.3")
		if err != nil || !bytes.Equal(body, e.api.OpenAPI()) {
			t.Fatalf("differs: %v", err)
		}
	}
	a := e.ask("GET", "/api/openapi.json", "").is(200)
	if !bytes.Equal(a.body, e.api.OpenAPI()) {
		t.Error("served otherwise")
	}
	if b := e.ask("GET", "/api/openapi.json", "", "If-None-Match: "+a.header.Get("ETag")); b.status != http.StatusNotModified {
		t.Errorf("status %d", b.status)
	}
}

func TestReferencePage(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.ask("GET", "/api", "").is(200)
	policy := a.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	root, err := html.Parse(bytes.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	all := func(selector string) []*html.Node { return cascadia.QueryAll(root, cascadia.MustCompile(selector)) }
	if n := len(all("[style], style, script, [onclick]")); n != 0 {
		t.Errorf("%d parts break the policy", n)
	}
	ids := map[string]int{}
	for _, n := range all("[id]") {
		for _, attr := range n.Attr {
			if attr.Key == "id" {
				ids[attr.Val]++
			}
		}
	}
	for _, d := range e.runner.Registry.All() {
		if want := map[bool]int{true: 0, false: 1}[d.ConsoleOnly]; ids[d.Name] != want {
			t.Errorf("%s appears %d times", d.Name, ids[d.Name])
		}
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("id %s is there %d times", id, n)
		}
	}
	for _, n := range all(`a[href^="#"]`) {
		for _, attr := range n.Attr {
			if attr.Key == "href" && ids[attr.Val[1:]] == 0 {
				t.Errorf("link to %s leads nowhere", attr.Val)
			}
		}
	}
	text := string(a.body)
	for _, want := range []string{"curl -X POST", "Idempotency-Key", "&#34;code&#34;:&#34;M-1&#34;", "/api/v1/things/42", "Authorization: Bearer $WASL_TOKEN"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	if strings.Contains(text, "[api.") || strings.Contains(text, "[ui.") {
		t.Error("a text is missing")
	}
}

func TestNoTextIsMissing(t *testing.T) {
	t.Parallel()
	texts := catalog(t)
	e := newEnv(t, func(c *api.Config) { c.Text = texts })
	e.ask("GET", "/api", "").is(200)
	for _, kind := range []string{"invalid", "not_found", "conflict", "forbidden", "unauthenticated", "precondition", "limit", "unavailable", "internal"} {
		if p := e.ask("GET", "/api/v1/broken?kind="+kind, "").object(); strings.HasPrefix(p["detail"].(string), "shop.") {
			t.Errorf("a code instead of a sentence: %v", p)
		}
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("missing %v", missing)
	}
}
