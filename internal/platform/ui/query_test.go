package ui

import (
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	g "maragu.dev/gomponents"
)

// dom is a rendered node, parsed back: tests query it, never its text.
type dom struct {
	t    testing.TB
	root *html.Node
}

func parse(t testing.TB, n g.Node) dom {
	t.Helper()
	var b strings.Builder
	if err := n.Render(&b); err != nil {
		t.Fatalf("render: %v", err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return dom{t, root}
}

// all are the elements a selector finds.
func (d dom) all(selector string) []*html.Node {
	d.t.Helper()
	s, err := cascadia.ParseGroup(selector)
	if err != nil {
		d.t.Fatalf("selector %s: %v", selector, err)
	}
	return cascadia.QueryAll(d.root, s)
}

// one is the only element a selector finds.
func (d dom) one(selector string) *html.Node {
	d.t.Helper()
	found := d.all(selector)
	if len(found) != 1 {
		d.t.Fatalf("%s: found %d elements, want 1", selector, len(found))
	}
	return found[0]
}

func (d dom) count(selector string, want int) {
	d.t.Helper()
	if got := len(d.all(selector)); got != want {
		d.t.Errorf("%s: found %d elements, want %d", selector, got, want)
	}
}

// words is the text of the only element a selector finds.
func (d dom) words(selector, want string) {
	d.t.Helper()
	if got := textOf(d.one(selector)); got != want {
		d.t.Errorf("%s: says %q, want %q", selector, got, want)
	}
}

func (d dom) attr(selector, name, want string) {
	d.t.Helper()
	if got := attrOf(d.one(selector), name); got != want {
		d.t.Errorf("%s: %s is %q, want %q", selector, name, got, want)
	}
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.TrimSpace(b.String())
}

// bareEnv shows the keys of the kit instead of texts.
func bareEnv() Env { return Env{} }
