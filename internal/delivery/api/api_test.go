package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wasl/internal/delivery/api"
	"wasl/internal/delivery/render/shop"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

func TestCommandWithEveryType(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	body := `{"code":"A-1","name":"  Étau ","amount":"1234.50","count":3,"kind":"tool","since":"2026-02-28","active":true,"unit":"2",` +
		`"tags":["x","y"],"note":"l1\nl2"}`
	a := e.ask("POST", "/api/v1/things", body, asHead, isJSON).is(http.StatusOK)
	got := a.object()
	want := map[string]any{
		"code": "A-1", "name": "Étau", "amount": "1234.50", "count": float64(3), "kind": "tool", "since": "2026-02-28",
		"active": true, "unit": "2", "version": float64(1), "noted_at": "2026-03-02T09:00:00Z",
	}
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s = %v, want %v", name, got[name], v)
		}
	}
	if tags, _ := got["tags"].([]any); len(tags) != 2 || tags[0] != "x" || tags[1] != "y" {
		t.Errorf("tags %v", got["tags"])
	}
	for name, v := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "application/json"} {
		if a.header.Get(name) != v {
			t.Errorf("%s = %q", name, a.header.Get(name))
		}
	}
	if len(a.header.Get("X-Request-Id")) < 16 {
		t.Errorf("request id %q", a.header.Get("X-Request-Id"))
	}
}

func TestFormSaysTheSameAsJSON(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	got := e.ask("POST", "/api/v1/things", "code=F-1&name=Forme&kind=part&amount=12%2C5&active=oui&since=28%2F02%2F2026&tags=a&tags=b", asHead, isForm).
		is(http.StatusOK).object()
	if got["amount"] != "12.50" || got["active"] != true || got["since"] != "2026-02-28" || len(got["tags"].([]any)) != 2 {
		t.Errorf("got %v", got)
	}
}

// A program writes decimals with a point: 1.234 is one and a part, and comes back so.
func TestMeasuresArePlain(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	got := e.ask("GET", "/api/v1/measures?price=1.234&volume=1.234&share=1.50", "").is(http.StatusOK).object()
	for name, want := range map[string]string{"price": "1.234", "volume": "1.234", "share": "1.50"} {
		if got[name] != want {
			t.Errorf("%s = %v, want %s", name, got[name], want)
		}
	}
	p := e.ask("GET", "/api/v1/measures?price=x&volume=1.2345", "").problem(http.StatusUnprocessableEntity, "input.invalid")
	if faults := fieldsOf(p); faults["price"] != "input.price" || faults["volume"] != "money.decimals" {
		t.Errorf("faults %v", faults)
	}
}

func TestAllFieldFaultsAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	p := e.ask("POST", "/api/v1/things", `{"code":"not a code","count":5000,"kind":"other","since":"31/02/2026","color":"red"}`, asHead, isJSON).
		problem(http.StatusUnprocessableEntity, "input.invalid")
	want := map[string]string{
		"code": "input.pattern.code", "name": "input.required", "count": "input.range", "kind": "input.enum", "since": "input.date", "color": "input.unknown_field",
	}
	got := fieldsOf(p)
	if len(got) != len(want) {
		t.Errorf("faults %v", got)
	}
	for path, code := range want {
		if got[path] != code {
			t.Errorf("%s: %q, want %q", path, got[path], code)
		}
	}
	list, _ := p["errors"].([]any)
	first, _ := list[0].(map[string]any)
	if message, _ := first["message"].(string); !strings.Contains(message, " ") {
		t.Errorf("no sentence: %v", first)
	}
	// The rule across fields runs when every field is right.
	p = e.ask("POST", "/api/v1/things", `{"code":"A","name":"Clé","count":11,"kind":"tool"}`, asHead, isJSON).problem(422, "input.invalid")
	if fieldsOf(p)["count"] != "input.range" {
		t.Errorf("faults %v", p)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	session := "wasl_s_" + strings.TrimPrefix(shop.TokenHead, "wasl_t_")
	for name, c := range map[string]struct {
		headers []string
		status  int
		code    string
	}{
		"nobody":             {nil, 401, "unauthenticated"},
		"session as token":   {[]string{"Authorization: Bearer " + session}, 401, "auth.token_invalid"},
		"session cookie":     {[]string{"Cookie: wasl_session=" + shop.TokenHead}, 401, "unauthenticated"},
		"basic":              {[]string{"Authorization: Basic aGVhZDpoZWFk"}, 401, "auth.token_invalid"},
		"two headers":        {[]string{asHead, asHead}, 401, "auth.token_invalid"},
		"empty":              {[]string{"Authorization: Bearer "}, 401, "auth.token_invalid"},
		"unknown token":      {[]string{"Authorization: Bearer wasl_t_EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE"}, 401, "unauthenticated"},
		"no right":           {[]string{asGuest}, 403, "right.missing"},
		"scheme in any case": {[]string{"Authorization: bEARER " + shop.TokenHead}, 200, ""},
	} {
		a := e.ask("GET", "/api/v1/things", "", c.headers...)
		if c.status == http.StatusOK {
			a.is(http.StatusOK)
			continue
		}
		p := e.ask("GET", "/api/v1/things", "", c.headers...).is(c.status).object()
		if p["code"] != c.code {
			t.Errorf("%s: %v", name, p)
		}
		if (a.header.Get("WWW-Authenticate") != "") != (c.status == http.StatusUnauthorized) {
			t.Errorf("%s: WWW-Authenticate %q", name, a.header.Get("WWW-Authenticate"))
		}
		if bytes.Contains(a.body, []byte("wasl_s_A")) || bytes.Contains(a.body, []byte("wasl_t_E")) {
			t.Errorf("%s: the token is repeated: %s", name, a.body)
		}
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	const body = `{"code":"K-1","name":"Clé","kind":"tool"}`
	key := "Idempotency-Key: 0b1f-1"
	first := e.ask("POST", "/api/v1/things", body, asHead, isJSON, key).is(200)
	again := e.ask("POST", "/api/v1/things", body, asHead, isJSON, key).is(200)
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replayed: %q then %q", first.header.Get("Idempotency-Replayed"), again.header.Get("Idempotency-Replayed"))
	}
	if first.object()["id"] != again.object()["id"] {
		t.Errorf("%s then %s", first.body, again.body)
	}
	e.ask("POST", "/api/v1/things", strings.Replace(body, "K-1", "K-2", 1), asHead, isJSON, key).problem(409, "key.other_input")
	e.ask("POST", "/api/v1/things", body, asHead, isJSON, "Idempotency-Key: "+strings.Repeat("k", 101)).problem(422, "key.too_long")
	e.ask("POST", "/api/v1/things", body, asHead, isJSON, key, "Idempotency-Key: other").problem(400, "api.header")
}

func TestSecretsAreGivenOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	first := e.ask("POST", "/api/v1/secrets", "{}", asHead, isJSON, "Idempotency-Key: s1").is(200).object()
	again := e.ask("POST", "/api/v1/secrets", "{}", asHead, isJSON, "Idempotency-Key: s1").is(200).object()
	trial := e.ask("POST", "/api/v1/secrets", "{}", asHead, isJSON, "Wasl-Dry-Run: true").is(200)
	if first["token"] != "hidden" || again["token"] != nil || bytes.Contains(trial.body, []byte("hidden")) {
		t.Errorf("first %v, again %v, trial %s", first, again, trial.body)
	}
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	const body = `{"code":"D-1","name":"Essai","kind":"tool"}`
	a := e.ask("POST", "/api/v1/things", body, asHead, isJSON, "Wasl-Dry-Run: true").is(200)
	got := a.object()
	changes, _ := got["changes"].([]any)
	result, _ := got["result"].(map[string]any)
	if a.header.Get("Wasl-Dry-Run") != "true" || len(changes) != 1 || result["code"] != "D-1" {
		t.Errorf("trial: %s", a.body)
	}
	if items := e.ask("GET", "/api/v1/things", "", asHead).is(200).object()["items"].([]any); len(items) != 0 {
		t.Errorf("the trial left %v", items)
	}
	e.ask("POST", "/api/v1/things", body, asHead, isJSON, "Wasl-Dry-Run: yes").problem(400, "api.header")
	got = e.ask("POST", "/api/v1/works", `{"count":2}`, asHead, isJSON, "Wasl-Dry-Run: true").is(200).object()
	if got["result"] != nil {
		t.Errorf("a job that was never queued: %v", got)
	}
}

func TestGetAndPath(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.thing("G-1", `,"unit":"3"`)
	a := e.ask("GET", "/api/v1/things/"+id, "", asHead).is(200)
	if a.object()["code"] != "G-1" {
		t.Errorf("got %s", a.body)
	}
	tag := a.header.Get("ETag")
	if b := e.ask("GET", "/api/v1/things/"+id, "", asHead, "If-None-Match: "+tag); b.status != http.StatusNotModified || len(b.body) != 0 {
		t.Errorf("fresh: %d %s", b.status, b.body)
	}
	rename := func(body string) answer { return e.ask("POST", "/api/v1/things/"+id+"/rename", body, asHead, isJSON) }
	if got := rename(`{"id":"` + id + `","version":1,"name":"Neuf"}`).is(200).object(); got["name"] != "Neuf" || got["version"] != float64(2) {
		t.Errorf("renamed %v", got)
	}
	if b := e.ask("GET", "/api/v1/things/"+id, "", asHead, "If-None-Match: "+tag).is(200); b.header.Get("ETag") == tag {
		t.Error("the tag did not change")
	}
	rename(`{"version":1,"name":"Vieux"}`).problem(409, "row.stale")
	if p := rename(`{"id":"999","version":2,"name":"Autre"}`).problem(422, "input.invalid"); fieldsOf(p)["id"] != "api.path_differs" {
		t.Errorf("problem %v", p)
	}
	e.ask("GET", "/api/v1/things/999", "", asHead).problem(404, "not_found")
	e.ask("GET", "/api/v1/things/abc", "", asHead).problem(422, "input.invalid")
	e.ask("GET", "/api/v1/things/"+id, "", asNorth).problem(403, "scope.outside")
	e.ask("GET", "/api/v1/things/"+id, "{}", asHead, isJSON).problem(422, "api.body_on_query")
	e.ask("POST", "/api/v1/things/"+id+"/rename?version=2", `{"name":"x"}`, asHead, isJSON).problem(422, "api.query_on_change")
}

func TestFourEyes(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.thing("P-1", "")
	a := e.ask("POST", "/api/v1/things/"+id+"/retire", "", asHead, "Idempotency-Key: p1").is(http.StatusAccepted)
	got := a.object()
	proposal, _ := got["proposal"].(string)
	number, _ := got["number"].(string)
	if proposal == "" || !strings.HasPrefix(number, "D") || len(got["changes"].([]any)) != 1 {
		t.Fatalf("proposed %s", a.body)
	}
	if a.header.Get("Location") != "/api/v1/approvals/"+proposal {
		t.Errorf("location %q", a.header.Get("Location"))
	}
	again := e.ask("POST", "/api/v1/things/"+id+"/retire", "", asHead, "Idempotency-Key: p1").is(http.StatusAccepted)
	if again.header.Get("Idempotency-Replayed") != "true" || again.object()["proposal"] != proposal {
		t.Errorf("replay %s", again.body)
	}
	approve := "/api/v1/approvals/" + proposal + "/approve"
	e.ask("POST", approve, `{"version":1}`, asHead, isJSON).problem(403, "approval.own")
	done := e.ask("POST", approve, `{"version":1}`, asChief, isJSON).is(200).object()
	result, _ := done["result"].(map[string]any)
	if done["state"] != "approved" || result["active"] != false {
		t.Errorf("approved %v", done)
	}
}

func TestJob(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.ask("POST", "/api/v1/works", `{"count":3}`, asHead, isJSON, "Idempotency-Key: j1").is(http.StatusAccepted)
	id, _ := a.object()["job"].(string)
	if a.header.Get("Location") != "/api/v1/jobs/"+id {
		t.Errorf("location %q", a.header.Get("Location"))
	}
	if got := e.ask("GET", a.header.Get("Location"), "", asHead).is(200).object(); got["operation"] != "shop.work.run" || got["state"] != "queued" {
		t.Errorf("job %v", got)
	}
	again := e.ask("POST", "/api/v1/works", `{"count":3}`, asHead, isJSON, "Idempotency-Key: j1").is(http.StatusAccepted)
	if again.object()["job"] != id || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay %s", again.body)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	content := []byte("a;b\n1;2\n")
	sum := sha256.Sum256(content)
	check := func(a answer) {
		t.Helper()
		if got := a.is(200).object(); got["name"] != "f.csv" || got["size"] != float64(len(content)) || got["sha256"] != hex.EncodeToString(sum[:]) {
			t.Errorf("received %v", got)
		}
	}
	form := func(build func(*multipart.Writer)) answer {
		t.Helper()
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		build(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return e.send(request("POST", "/api/v1/files", &b, asHead, "Content-Type: "+w.FormDataContentType()))
	}
	file := func(w *multipart.Writer, field string) {
		part, err := w.CreateFormFile(field, "f.csv")
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	check(form(func(w *multipart.Writer) { file(w, "file"); _ = w.WriteField("label", "mars") }))
	check(e.ask("POST", "/api/v1/files", `{"file":{"name":"f.csv","content":"`+base64.StdEncoding.EncodeToString(content)+`"}}`, asHead, isJSON))
	p := form(func(w *multipart.Writer) { file(w, "label") }).problem(422, "input.invalid")
	if fieldsOf(p)["label"] != "input.type" {
		t.Errorf("problem %v", p)
	}
	p = form(func(w *multipart.Writer) { _ = w.WriteField("label", "seul") }).problem(422, "input.invalid")
	if fieldsOf(p)["file"] != "input.required" {
		t.Errorf("problem %v", p)
	}
	p = form(func(w *multipart.Writer) { file(w, "file"); file(w, "file") }).problem(422, "input.invalid")
	if len(fieldsOf(p)) == 0 {
		t.Errorf("two files for one field: %v", p)
	}
	form(func(w *multipart.Writer) {
		for range api.PartsMax + 1 {
			_ = w.WriteField("label", "x")
		}
	}).problem(422, "api.form_parts")
	form(func(w *multipart.Writer) { _ = w.WriteField("label", strings.Repeat("x", api.BodyBytesMax+1)) }).problem(413, "api.too_large")
	e.ask("POST", "/api/v1/files", "--b\r\nbroken", asHead, "Content-Type: multipart/form-data; boundary=b").problem(400, "api.form")
}

// slow hands a body over with a pause that the server's own timeout would cut.
type slow struct {
	parts []string
	pause <-chan time.Time
}

func (s *slow) Read(b []byte) (int, error) {
	if len(s.parts) == 0 {
		return 0, io.EOF
	}
	if s.pause != nil {
		<-s.pause
		s.pause = nil
	}
	n := copy(b, s.parts[0])
	s.parts = s.parts[1:]
	return n, nil
}

func TestUploadsOutliveTheServersTimeout(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	server := httptest.NewUnstartedServer(e.api)
	// Long enough for a machine at work to read a request, far shorter than the pause in the body.
	server.Config.ReadTimeout, server.Config.WriteTimeout = time.Second, time.Second
	server.Start()
	defer server.Close()
	post := func(path string) (int, error) {
		body := &slow{parts: []string{`{"file":{"name":"a","content":"YQ=="},`, `"label":"b"}`}, pause: time.After(4 * time.Second)}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, body)
		if err != nil {
			return 0, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+shop.TokenHead)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	if status, err := post("/api/v1/files"); status != http.StatusOK || err != nil {
		t.Errorf("upload: %d %v", status, err)
	}
	if status, err := post("/api/v1/things"); err == nil && status < http.StatusBadRequest {
		t.Errorf("a slow change without file: %d", status)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	long := `{"name":"` + strings.Repeat("x", api.BodyBytesMax) + `"}`
	deep := `{"name":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`
	wide := `{"tags":[` + strings.Repeat("0,", api.ValuesMax) + `0]}`
	for name, c := range map[string]struct {
		body, kind string
		status     int
		code       string
	}{
		"cut":             {`{"code":`, isJSON, 400, "input.json"},
		"array":           {`[1]`, isJSON, 400, "input.json"},
		"two objects":     {`{}{}`, isJSON, 400, "input.json"},
		"not utf-8":       {"{\"name\":\"\xff\"}", isJSON, 400, "input.utf8"},
		"twice":           {`{"name":"a","name":"b"}`, isJSON, 422, "input.invalid"},
		"too long":        {long, isJSON, 413, "api.too_large"},
		"form too long":   {"name=" + strings.Repeat("x", api.BodyBytesMax), isForm, 413, "api.too_large"},
		"too deep":        {deep, isJSON, 400, "api.deep"},
		"too wide":        {wide, isJSON, 400, "api.deep"},
		"braces in text":  {`{"name":"` + strings.Repeat("[", 60) + `"}`, isJSON, 422, "input.invalid"},
		"quote in text":   {`{"name":"\"[[[[[[[[[[[[[[[[[[[["}`, isJSON, 422, "input.invalid"},
		"xml":             {`<a/>`, "Content-Type: application/xml", 415, "api.media_type"},
		"no type":         {`{}`, "X: y", 415, "api.media_type"},
		"bad type":        {`{}`, "Content-Type: ;;", 415, "api.media_type"},
		"other charset":   {`{}`, "Content-Type: application/json; charset=latin1", 415, "api.media_type"},
		"bad form":        {`a=%zz`, isForm, 400, "api.form"},
		"no boundary":     {`x`, "Content-Type: multipart/form-data", 400, "api.form"},
		"charset is fine": {`{}`, "Content-Type: application/json; charset=UTF-8", 422, "input.invalid"},
		"empty body":      {``, isJSON, 422, "input.invalid"},
	} {
		e.ask("POST", "/api/v1/things", c.body, asHead, c.kind).problem(c.status, c.code)
		_ = name
	}
	e.ask("POST", "/api/v1/things", "", asHead).problem(422, "input.invalid")
	e.ask("POST", "/api/v1/things", "{}", asHead, isJSON, "Content-Encoding: gzip").problem(415, "api.media_type")
}

func TestAddressesAndMethods(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.ask("GET", "/api/v1/nothing", "", asHead).problem(404, "api.path")
	e.ask("GET", "/api/v2/things", "", asHead).problem(404, "api.path")
	a := e.ask("DELETE", "/api/v1/things", "", asHead)
	a.problem(405, "api.method")
	for _, method := range []string{"GET", "POST"} {
		if !strings.Contains(a.header.Get("Allow"), method) {
			t.Errorf("allow %q", a.header.Get("Allow"))
		}
	}
	// What belongs to the console is not on the network.
	e.ask("POST", "/api/v1/purge", "{}", asHead, isJSON).problem(404, "api.path")
	if strings.Contains(string(e.api.OpenAPI()), "/purge") {
		t.Error("the document names an operation of the console")
	}
}

func TestStatusOfEveryKind(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for kind, status := range map[fault.Kind]int{
		fault.Invalid: 422, fault.NotFound: 404, fault.Conflict: 409, fault.Forbidden: 403, fault.Unauthenticated: 401,
		fault.Precondition: 409, fault.Limit: 422, fault.Unavailable: 503, fault.Internal: 500, "unheard of": 500,
	} {
		a := e.ask("GET", "/api/v1/broken?kind="+strings.ReplaceAll(string(kind), " ", "+"), "").is(status)
		if strings.Contains(string(a.body), "never-shown") {
			t.Errorf("%s shows internals: %s", kind, a.body)
		}
		if (a.header.Get("Retry-After") != "") != (kind == fault.Unavailable) {
			t.Errorf("%s: Retry-After %q", kind, a.header.Get("Retry-After"))
		}
	}
	e.ask("GET", "/api/v1/broken?kind=internal", "").problem(500, "internal")
	a := e.ask("GET", "/api/v1/broken?kind=limit&wait=90", "").is(http.StatusTooManyRequests)
	if a.header.Get("Retry-After") != "90" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.ask("GET", "/api/v1/nothing", "", "X-Request-Id: trace-42")
	if p := a.problem(404, "api.path"); p["request_id"] != "trace-42" || a.header.Get("X-Request-Id") != "trace-42" {
		t.Errorf("id %v", p)
	}
	for _, bad := range []string{"a", strings.Repeat("x", 65), "a b c d", "évé-nement", "<script>"} {
		if got := e.ask("GET", "/api/v1/nothing", "", "X-Request-Id: "+bad).header.Get("X-Request-Id"); got == bad || len(got) < 16 {
			t.Errorf("kept %q as %q", bad, got)
		}
	}
	id := e.ask("POST", "/api/v1/things", `{"code":"R-1","name":"Suivi","kind":"part"}`, asHead, isJSON, "X-Request-Id: trace-77").is(200).object()["id"]
	items, _ := e.ask("GET", "/api/v1/audit?subject_id="+id.(string), "", asHead).is(200).object()["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["request_id"] != "trace-77" || items[0].(map[string]any)["channel"] != "api" {
		t.Errorf("audit %v", items)
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	hold, entered := make(chan struct{}), make(chan struct{})
	e := newEnv(t, func(c *api.Config) {
		c.MaxConcurrent = 1
		first := true
		c.Runner.Observe = func(op.Event) {
			if first {
				first = false
				close(entered)
				<-hold
			}
		}
	})
	done := make(chan int)
	go func() { done <- e.ask("GET", "/api/v1/rows?count=1", "").status }()
	<-entered
	start := time.Now()
	a := e.ask("GET", "/api/v1/rows?count=1", "")
	a.problem(503, "api.busy")
	if took := time.Since(start); took > 3*api.QueueWaitMax || a.header.Get("Retry-After") == "" {
		t.Errorf("refused after %v, Retry-After %q", took, a.header.Get("Retry-After"))
	}
	close(hold)
	if status := <-done; status != http.StatusOK {
		t.Errorf("the first one got %d", status)
	}
	e.ask("GET", "/api/v1/rows?count=1", "").is(200)
}

func TestRegistrationsThatCannotBeServed(t *testing.T) {
	t.Parallel()
	type hiding struct {
		Sort string `json:"sort"`
	}
	r := op.NewRegistry()
	rows := func(context.Context, *op.Exec, hiding) iter.Seq2[shop.Thing, error] {
		return func(func(shop.Thing, error) bool) {}
	}
	op.RegisterList(r, op.Spec{Name: "bad.thing.list", Path: "/bad"}, op.ListHandler[hiding, shop.Thing]{Sorts: []string{"code"}, Rows: rows})
	if _, err := api.New(api.Config{Runner: &op.Runner{Registry: r}, Text: catalog(t), Now: time.Now}); fault.CodeOf(err) != "api.registration" {
		t.Errorf("accepted: %v", err)
	}
	r = op.NewRegistry()
	get := op.GetHandler[shop.Ref, shop.Thing]{Do: func(context.Context, *op.Exec, shop.Ref) (shop.Thing, error) { return shop.Thing{}, nil }}
	op.RegisterGet(r, op.Spec{Name: "bad.thing.one", Path: "/a/{id}/b"}, get)
	op.RegisterGet(r, op.Spec{Name: "bad.thing.two", Path: "/a/b/{id}"}, get)
	if _, err := api.New(api.Config{Runner: &op.Runner{Registry: r}, Text: catalog(t), Now: time.Now}); fault.CodeOf(err) != "api.registration" {
		t.Errorf("accepted two paths that overlap: %v", err)
	}
}
