// Package pagetest visits the pages of a small demonstration as a browser
// without scripts would.
package pagetest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"wasl/internal/app"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/config"
	"wasl/internal/platform/ui"
)

// Visitor is a signed-in administrator of a demonstration.
type Visitor struct {
	t    *testing.T
	base string
	c    *http.Client
}

// SignedIn makes a demonstration of 60 contracts on SQLite, serves it and signs
// its administrator in.
func SignedIn(t *testing.T) *Visitor {
	t.Helper()
	ctx := t.Context()
	cfg, err := config.Load(map[string]string{"db": "sqlite:" + filepath.Join(t.TempDir(), "wasl.db"), "listen": "127.0.0.1:0"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(ctx, cfg, app.Options{Now: time.Now, Demo: true, Password: auth.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	if _, err := a.Migrate(context.WithoutCancel(ctx)); err != nil {
		t.Fatal(err)
	}
	if err := a.Demo(ctx, app.DemoSize{Contracts: 60}, io.Discard); err != nil {
		t.Fatal(err)
	}
	return On(t, a)
}

// On serves a demonstration that is there and signs its administrator in.
func On(t *testing.T, a *app.App) *Visitor {
	t.Helper()
	handler, err := a.Handler(ui.LoadAssets())
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &Visitor{t: t, base: s.URL, c: &http.Client{Jar: jar, Timeout: time.Minute}}
	r, err := b.c.PostForm(s.URL+"/login", url.Values{"login": {"admin"}, "password": {"tenir-la-maison-ouverte"}})
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("sign in: %v %v", r, err)
	}
	_ = r.Body.Close()
	return b
}

// Page reads a page, which must answer and lack no text.
func (b *Visitor) Page(path string) *html.Node {
	b.t.Helper()
	r, err := b.c.Get(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %d %v", path, r.StatusCode, err)
	}
	if missing := regexp.MustCompile(`\[[a-z_]+(\.[a-z0-9_]+)+\]`).FindAllString(string(body), -1); missing != nil {
		b.t.Errorf("%s: texts missing %v", path, missing)
	}
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	return doc
}

// All are the elements that a selector finds.
func All(doc *html.Node, selector string) []*html.Node {
	return cascadia.QueryAll(doc, cascadia.MustCompile(selector))
}

// Text is what an element says.
func Text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(Text(c))
	}
	return b.String()
}
