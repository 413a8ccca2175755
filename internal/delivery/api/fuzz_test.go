package api_test

import (
	"net/http"
	"testing"
	"time"

	"wasl/internal/delivery/api"
)

// Whatever the body, a request ends with an answer of ours and never with 500.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"code":"A","name":"Nom","kind":"tool"}`, `{"code":1,"name":null,"kind":{}}`, `[`, `{"a":`, `{"tags":[[[]]]}`, `"x"`, "\xff", `{"id":"1"}`,
		`{"amount":"9999999999999999999999"}`, `{"amount":-0.5e300}`, `{"since":"0000-00-00"}`, `{"count":1e400}`, `{"name":"\ud800"}`, `code=A&name=%00`,
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\ny\r\n--b--\r\n",
	} {
		for kind := range byte(3) {
			f.Add(seed, kind, "k")
		}
	}
	e := newEnv(f, func(c *api.Config) { c.Timeout = time.Minute })
	f.Fuzz(func(t *testing.T, body string, kind byte, key string) {
		e := &env{t, e.api, e.runner, e.clock}
		types := []string{isJSON, isForm, "Content-Type: multipart/form-data; boundary=b"}
		for _, path := range []string{"/api/v1/things", "/api/v1/files", "/api/v1/things/7/rename", "/api/v1/works", "/api/v1/session"} {
			a := e.ask("POST", path, body, asHead, types[int(kind)%len(types)], "Wasl-Dry-Run: true")
			switch a.status {
			case http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict,
				http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
			default:
				t.Fatalf("%s: status %d: %s", path, a.status, a.body)
			}
			if a.status != http.StatusOK && a.object()["code"] == "internal" {
				t.Fatalf("%s: %s", path, a.body)
			}
		}
	})
}

// Whatever the query, a list ends with an answer of ours.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "limit=1", "cursor=AAAA", "sort=-code&cursor=", "kind=tool&unit=2", "a=%", "format=csv&dialect=excel", "name=\x00"} {
		f.Add(seed)
	}
	e := newEnv(f)
	f.Fuzz(func(t *testing.T, query string) {
		e := &env{t, e.api, e.runner, e.clock}
		r := request("GET", "/api/v1/things", http.NoBody, asHead)
		r.URL.RawQuery = query
		if a := e.send(r); a.status >= http.StatusInternalServerError {
			t.Fatalf("status %d: %s", a.status, a.body)
		}
	})
}
