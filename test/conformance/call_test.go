package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// answer is what an operation came to on one channel, in the words they share.
type answer struct {
	status int
	// code is that of the refusal; empty when it was carried out.
	code string
	// paths are the fields at fault, by what is said of each.
	paths map[string]string
	body  string
	to    string
	json  map[string]any
	head  http.Header
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 400 && a.code == "" }

func (a answer) String() string {
	return fmt.Sprintf("status %d, code %q, fields %v, body %.300s", a.status, a.code, a.paths, a.body)
}

// endpoint is one operation of the OpenAPI document.
type endpoint struct {
	path, method string
	// inPath and inQuery are the names of the parameters.
	inPath, inQuery []string
}

// endpoints reads the OpenAPI document as a client would.
func endpoints(w *apptest.World) map[string]endpoint {
	w.Helper()
	var doc struct {
		Servers []struct{ URL string }
		Paths   map[string]map[string]json.RawMessage
	}
	got := w.Ask(http.MethodGet, "/api/openapi.json", "", nil)
	if err := json.Unmarshal([]byte(got.Body), &doc); err != nil || len(doc.Servers) != 1 {
		w.Fatalf("OpenAPI document: status %d, %v", got.Status, err)
	}
	out := map[string]endpoint{}
	for path, methods := range doc.Paths {
		for method, raw := range methods {
			var o struct {
				OperationID string
				Parameters  []struct{ Name, In string }
			}
			if err := json.Unmarshal(raw, &o); err != nil || o.OperationID == "" {
				w.Fatalf("OpenAPI: %s %s: %v", method, path, err)
			}
			e := endpoint{path: doc.Servers[0].URL + path, method: strings.ToUpper(method)}
			for _, p := range o.Parameters {
				switch p.In {
				case "path":
					e.inPath = append(e.inPath, p.Name)
				case "query":
					e.inQuery = append(e.inQuery, p.Name)
				}
			}
			out[o.OperationID] = e
		}
	}
	return out
}

// plain turns an input into JSON values.
func plain(in op.Input) map[string]any {
	out := map[string]any{}
	for name, v := range in {
		if up, ok := v.(op.Upload); ok {
			v = map[string]any{"name": up.Name, "content": base64.StdEncoding.EncodeToString(up.Data)}
		}
		out[name] = v
	}
	return out
}

// values turns an input into the values of a form or an address.
func values(in op.Input) url.Values {
	out := url.Values{}
	for name, v := range in {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				out.Add(name, fmt.Sprint(item))
			}
		case op.Upload:
		default:
			out.Set(name, fmt.Sprint(v))
		}
	}
	return out
}

// byAPI asks over REST as the document says.
func (c *trial) byAPI(token string, in op.Input, pairs ...string) answer {
	c.Helper()
	e, ok := c.doc[c.d.Name]
	if !ok {
		c.Fatalf("not in the OpenAPI document")
	}
	rest, path := maps.Clone(in), e.path
	if rest == nil {
		rest = op.Input{}
	}
	for _, name := range e.inPath {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(fmt.Sprint(in[name])))
		delete(rest, name)
	}
	var got apptest.Answer
	if e.method == http.MethodGet {
		if query := values(rest).Encode(); query != "" {
			path += "?" + query
		}
		got = c.Ask(e.method, path, token, nil, pairs...)
	} else {
		got = c.Ask(e.method, path, token, plain(rest), pairs...)
	}
	a := answer{status: got.Status, body: got.Body, json: got.Object(), head: got.Header, paths: map[string]string{}}
	if got.Status >= http.StatusBadRequest {
		a.code = got.Code()
		list, _ := a.json["errors"].([]any)
		for _, item := range list {
			f, _ := item.(map[string]any)
			a.paths[fmt.Sprint(f["path"])] = fmt.Sprint(f["message"])
		}
	}
	return a
}

// inProcess asks the runner, as the command line does.
func (c *trial) inProcess(cred op.Credential, in op.Input, key string, dry bool) answer {
	c.Helper()
	q := op.Request{Name: c.d.Name, Credential: cred, Input: in, Key: key, DryRun: dry, RequestID: "test"}
	a := answer{status: http.StatusOK, paths: map[string]string{}}
	var err error
	var body []byte
	if c.d.Kind == op.List {
		var rows []any
		_, err = c.App.Runner.Rows(c.Context(), q, nil, func(row any) error {
			rows = append(rows, row)
			return nil
		})
		body, _ = json.Marshal(map[string]any{"items": rows})
	} else {
		var res op.Result
		res, err = c.App.Runner.Run(c.Context(), q)
		body = res.JSON
	}
	if err != nil {
		f := fault.As(err)
		a.status, a.code = 0, f.Code
		for _, field := range f.Fields {
			a.paths[field.Path] = field.Code
		}
		return a
	}
	a.body, a.json = string(body), object(string(body))
	return a
}

func object(body string) map[string]any { return apptest.Answer{Body: body}.Object() }

// byPage asks as a browser on the operation's page.
func (c *trial) byPage(session string, in op.Input, more url.Values) answer {
	c.Helper()
	path := c.s.path(c.d)
	form := values(in)
	for name, v := range more {
		form[name] = v
	}
	var got apptest.Answer
	switch {
	case !c.d.Kind.Changes():
		if query := form.Encode(); query != "" {
			path += "?" + query
		}
		got = c.Get(path, session)
	case slices.ContainsFunc(c.d.Fields, func(f op.Field) bool { return f.Type == op.File }):
		got = c.multipart(path, session, form, in)
	default:
		got = c.Post(path, session, form)
	}
	a := answer{status: got.Status, body: html.UnescapeString(got.Body), to: got.Header.Get("Location"), head: got.Header}
	if got.Status >= http.StatusBadRequest {
		a.code = "page"
	}
	return a
}

func (c *trial) multipart(path, session string, form url.Values, in op.Input) apptest.Answer {
	c.Helper()
	var body bytes.Buffer
	mw := multipart.NewWriter(&body)
	for name, list := range form {
		for _, v := range list {
			_ = mw.WriteField(name, v)
		}
	}
	for name, v := range in {
		if up, ok := v.(op.Upload); ok {
			part, _ := mw.CreateFormFile(name, up.Name)
			_, _ = part.Write(up.Data)
		}
	}
	if err := mw.Close(); err != nil {
		c.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", mw.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if session != "" {
		r.AddCookie(&http.Cookie{Name: apptest.Cookie, Value: session})
	}
	return c.Do(r)
}

// byCommand carries out the command of the operation, with the program's own root
// command on the same database.
func (c *trial) byCommand(login string, in op.Input, key string) answer {
	c.Helper()
	body, err := json.Marshal(plain(in))
	if err != nil {
		c.Fatal(err)
	}
	args := strings.Split(strings.ReplaceAll(c.d.Name, "_", "-"), ".")
	args = append(args, "--json", "-")
	if c.d.Access != op.Anyone {
		args = append(args, "--as", login)
	}
	if key != "" {
		args = append(args, "--key", key)
	}
	if c.d.Kind == op.List {
		args = append(args, "--all")
	}
	code, stdout, stderr := c.Terminal(bytes.NewReader(body), args...)
	a := answer{status: http.StatusOK, body: stdout + stderr, json: object(stdout), paths: map[string]string{}}
	if code != 0 {
		a.status, a.code = code, fmt.Sprint(object(stderr)["code"])
	}
	return a
}

// consoleRows runs a list at the console and gives its rows as JSON objects.
func consoleRows(w *apptest.World, login, name string, in op.Input) []map[string]any {
	w.Helper()
	var out []map[string]any
	_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: name, Credential: apptest.Console(login), Input: in}, nil, func(row any) error {
		body, err := json.Marshal(row)
		out = append(out, object(string(body)))
		return err
	})
	if err != nil {
		w.Fatalf("%s: %v", name, err)
	}
	return out
}
