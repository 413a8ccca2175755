package org_test

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

// visitor is a signed-in administrator of the demo.
type visitor struct {
	t    *testing.T
	base string
	c    *http.Client
}

func signedIn(t *testing.T) *visitor {
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
	b := &visitor{t: t, base: s.URL, c: &http.Client{Jar: jar, Timeout: time.Minute}}
	r, err := b.c.PostForm(s.URL+"/login", url.Values{"login": {"admin"}, "password": {"tenir-la-maison-ouverte"}})
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("sign in: %v %v", r, err)
	}
	_ = r.Body.Close()
	return b
}

// page reads a page, which must answer and lack no text.
func (b *visitor) page(path string) *html.Node {
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

func all(doc *html.Node, selector string) []*html.Node {
	return cascadia.QueryAll(doc, cascadia.MustCompile(selector))
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(textOf(c))
	}
	return b.String()
}

func TestOrganisationPages(t *testing.T) {
	t.Parallel()
	b := signedIn(t)
	tree := b.page("/org")
	if got := len(all(tree, "#units [role=treeitem]")); got != 4 {
		t.Errorf("the tree shows %d units, want the top and its 3 regions", got)
	}
	found := b.page("/org?find=oued+zem")
	if got := all(found, "#found [role=treeitem]"); len(got) != 1 || !strings.Contains(textOf(got[0]), "Centre Oued Zem") {
		t.Errorf("found %d units", len(got))
	}
	if got := all(found, "#units [aria-current]"); len(got) != 1 || !strings.Contains(textOf(got[0]), "OZ") {
		t.Errorf("the unit found is not the one selected")
	}
	if crumbs := all(found, ".w-crumbs li"); len(crumbs) != 4 {
		t.Errorf("%d crumbs, want top, region, agency and centre", len(crumbs))
	}
	for _, path := range []string{"/org/list", "/org/import", "/org/import?step=import", "/org/entities", "/org/operators"} {
		if len(all(b.page(path), "main table, main form")) == 0 {
			t.Errorf("%s shows nothing", path)
		}
	}
	year := b.page("/org/holidays?year=2026")
	if got := len(all(year, "#holidays tbody tr")); got != 9 {
		t.Errorf("%d holidays, want the 9 of the example", got)
	}
	if got := len(all(b.page("/org/holidays?year=1999"), "#holidays .w-empty")); got != 1 {
		t.Error("a year without holiday does not say what to do")
	}
}
