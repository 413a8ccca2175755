package apptest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Cookie is the name of the session's cookie on a plain connection.
const Cookie = "wasl_session"

// Answer is what a request came to.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	// Trailer follows the body of an export.
	Trailer http.Header
}

// Object is the body as a JSON object; nil when it is none.
func (a Answer) Object() map[string]any {
	out := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(a.Body))
	dec.UseNumber()
	if dec.Decode(&out) != nil {
		return nil
	}
	return out
}

// Code is the code of a problem document.
func (a Answer) Code() string {
	code, _ := a.Object()["code"].(string)
	return code
}

// Do sends a request straight to the program.
func (w *World) Do(r *http.Request) Answer {
	rec := httptest.NewRecorder()
	if r.RemoteAddr == "" || strings.HasPrefix(r.RemoteAddr, "192.0.2.1:") {
		r.RemoteAddr = Address + ":4711"
	}
	w.Handler().ServeHTTP(rec, r)
	res := rec.Result()
	return Answer{Status: res.StatusCode, Header: res.Header, Body: rec.Body.String(), Trailer: res.Trailer}
}

// Ask sends a request to the API. A nil body is none; pairs are headers.
func (w *World) Ask(method, path, token string, body any, pairs ...string) Answer {
	w.Helper()
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			w.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(sent))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	return w.Do(r)
}

// Get opens a page with a session; an empty one is nobody.
func (w *World) Get(path, session string) Answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if session != "" {
		r.AddCookie(&http.Cookie{Name: Cookie, Value: session})
	}
	return w.Do(r)
}

// Post sends a form as a browser on the program's own page does.
func (w *World) Post(path, session string, form url.Values, pairs ...string) Answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if session != "" {
		r.AddCookie(&http.Cookie{Name: Cookie, Value: session})
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	return w.Do(r)
}

// serve listens until the test ends.
func serve(t testing.TB, h http.Handler) *url.URL {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
