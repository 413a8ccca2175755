package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"wasl/internal/delivery/api"
	"wasl/internal/delivery/render/shop"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
	"wasl/internal/platform/ui"
	"wasl/internal/testkit/dbtest"
)

// env is one API over the office, on its own database.
type env struct {
	t      testing.TB
	api    *api.API
	runner *op.Runner
	clock  *dbtest.Clock
}

func newEnv(t testing.TB, change ...func(*api.Config)) *env {
	t.Helper()
	clock := dbtest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	set := dbtest.Migrations(t, os.DirFS("../../platform/op/migrations"), job.Migrations(), shop.Table())
	d := dbtest.Connect(t, dbtest.DSN(t, dbtest.SQLite, set), dbOptions(clock))
	runner, _ := shop.New(d, clock.Now)
	c := api.Config{Runner: runner, Text: catalog(t), Now: time.Now, Version: "1.2.3", Assets: ui.LoadAssets()}
	for _, f := range change {
		f(&c)
	}
	a, err := api.New(c)
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	return &env{t, a, runner, clock}
}

func catalog(t testing.TB) *text.Catalog {
	t.Helper()
	c, err := shop.Texts(os.DirFS("../../platform/text"))
	if err != nil {
		t.Fatalf("texts: %v", err)
	}
	return c
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// ask sends a request; headers are "Name: value".
func (e *env) ask(method, path, body string, headers ...string) answer {
	e.t.Helper()
	return e.send(request(method, path, strings.NewReader(body), headers...))
}

func request(method, path string, body io.Reader, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, body)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func (e *env) send(r *http.Request) answer {
	e.t.Helper()
	w := httptest.NewRecorder()
	e.api.ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return answer{e.t, res.StatusCode, res.Header, body}
}

const (
	asHead  = "Authorization: Bearer " + shop.TokenHead
	asChief = "Authorization: Bearer " + shop.TokenChief
	asNorth = "Authorization: Bearer " + shop.TokenNorth
	asGuest = "Authorization: Bearer " + shop.TokenGuest
	isJSON  = "Content-Type: application/json"
	isForm  = "Content-Type: application/x-www-form-urlencoded"
)

// is checks the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// object reads the body as an object.
func (a answer) object() map[string]any {
	a.t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(a.body, &out); err != nil {
		a.t.Fatalf("body %s: %v", a.body, err)
	}
	return out
}

// problem checks a refusal: status, media type, code, and that it is complete.
func (a answer) problem(status int, code string) map[string]any {
	a.t.Helper()
	a.is(status)
	p := a.object()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("content type %q", got)
	}
	if p["code"] != code || p["type"] != "urn:wasl:error:"+code || p["status"] != float64(status) {
		a.t.Fatalf("problem %s, want %s", a.body, code)
	}
	for _, name := range []string{"title", "detail", "kind", "request_id"} {
		if s, _ := p[name].(string); s == "" {
			a.t.Errorf("problem without %s: %s", name, a.body)
		}
	}
	return p
}

// fields gives the faulty fields of a problem, as "path code".
func fieldsOf(p map[string]any) map[string]string {
	out := map[string]string{}
	list, _ := p["errors"].([]any)
	for _, item := range list {
		f, _ := item.(map[string]any)
		path, _ := f["path"].(string)
		code, _ := f["code"].(string)
		out[path] = code
	}
	return out
}

// thing makes a thing and gives its id.
func (e *env) thing(code string, more string) string {
	e.t.Helper()
	body := `{"code":"` + code + `","name":"Pièce ` + code + `","kind":"part"` + more + `}`
	id, _ := e.ask("POST", "/api/v1/things", body, asHead, isJSON).is(http.StatusOK).object()["id"].(string)
	if id == "" {
		e.t.Fatal("no id")
	}
	return id
}
