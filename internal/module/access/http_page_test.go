package access_test

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

func TestAccessPages(t *testing.T) {
	t.Parallel()
	b := signedIn(t)
	matrix := b.page("/access/matrix?module=access")
	columns, rows := all(matrix, "#matrix thead .w-upright"), all(matrix, "#matrix tbody tr")
	if len(columns) == 0 || len(columns) > 15 || len(rows) < 5 {
		t.Errorf("the matrix has %d columns and %d lines", len(columns), len(rows))
	}
	if got := len(all(matrix, "#matrix tfoot td")); got != len(columns) {
		t.Errorf("%d totals for %d columns", got, len(columns))
	}
	if len(all(matrix, "#matrix .w-cell-conflict")) == 0 || len(all(matrix, "#matrix .w-cell-pending")) == 0 {
		t.Error("no conflict or no request is shown; the example has both")
	}
	wide := b.page("/access/matrix?read=true&open=true")
	if got := len(all(wide, "#matrix thead .w-upright")); got <= len(columns) {
		t.Errorf("unfolded: %d columns, want more than %d", got, len(columns))
	}
	users := b.page("/access/users?search=idrissi")
	links := all(users, "tbody tr[data-w-href]")
	if len(links) != 1 {
		t.Fatalf("%d people found, want one", len(links))
	}
	for _, a := range links[0].Attr {
		if a.Key == "data-w-href" {
			person := b.page(a.Val)
			if len(all(person, "#grants tbody tr")) == 0 || !strings.Contains(textOf(all(person, "h1")[0]), "s.idrissi") {
				t.Error("the person's roles are not shown")
			}
		}
	}
	for _, path := range []string{"/access/users", "/access/roles", "/access/grants", "/access/review", "/me"} {
		if len(all(b.page(path), "main table")) == 0 {
			t.Errorf("%s shows no list", path)
		}
	}
	if len(all(b.page("/me/notices"), "main .w-empty")) != 1 {
		t.Error("no notice was delivered, and the page does not say what it is for")
	}
}
